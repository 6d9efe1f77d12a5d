//! Commands and what is answered.
//!
//! Owns which commands are used, by whom, and which answers are kept. Fails when one is not answered.

use anyhow::{Context, Result};

use super::{SKY_CARD, still};
use crate::rehearsal::cast::{ADMINISTRATOR, Cast, EVERYBODY};
use crate::rehearsal::{SOON, Still};

/// The buttons below a card, and what they answer.
pub(super) async fn buttons(cast: &mut Cast, stills: &mut Vec<Still>) -> Result<()> {
    let sky = cast.player("sky")?.game.clone();
    sky.world(|world| {
        world.join("C.Babbage");
        world.join("Tesla_42");
    });
    cast.wait_for_bot(SKY_CARD, "Tesla").await?;
    let card = |cast: &Cast| cast.book.of_channel(SKY_CARD).pop().context("no card");
    let (moderator, somebody) = (cast.person("Ann", ADMINISTRATOR), cast.person("Bert", EVERYBODY));
    let shown = card(cast)?;
    let mut told = cast.pressed(&somebody, &shown, 0).await?;
    let edits = cast.discord.counters().edits;
    told.extend(cast.pressed(&somebody, &shown, 1).await?);
    cast.discord
        .wait_for(SOON, |seen| seen.counters().edits > edits)
        .await?;
    told.extend(cast.pressed(&moderator, &shown, 2).await?);
    told.insert(0, card(cast)?);
    stills.push(still(
        "card-buttons",
        "The card of a server with its buttons, and what they answer to whoever clicks",
        told,
    ));
    // Who may not is told why, and a name that nobody gave does nothing.
    cast.pressed(&somebody, &shown, 2).await?;
    let mut forged = shown;
    forged.payload["components"][0]["components"][0]["custom_id"] = "isr:card:stop:sky".into();
    cast.pressed(&moderator, &forged, 0).await?;
    Ok(())
}

/// Commands and what is answered.
pub(super) async fn commands(cast: &mut Cast, stills: &mut Vec<Still>) -> Result<()> {
    let mut asked = Vec::new();
    for (typed, given) in [
        ("factorio servers", vec![]),
        ("factorio players", vec![("server", "main")]),
        ("factorio evolution", vec![("server", "space")]),
        ("factorio version", vec![("server", "main")]),
        ("factorio-more time", vec![("server", "main")]),
        ("factorio admins", vec![("server", "main")]),
        ("factorio health", vec![("server", "main")]),
    ] {
        let person = cast.person("Ann", EVERYBODY);
        asked.extend(cast.used(&person, typed, &given).await?);
    }
    let questions = "Answers to questions: servers, players, evolution, version, played time, admins, health";
    stills.push(still("replies-questions", questions, asked));

    let ann = cast.person("Ann", EVERYBODY);
    let card = cast.used(&ann, "factorio status", &[("server", "space")]).await?;
    stills.push(still(
        "reply-status",
        "The answer to /factorio status: the card of a server",
        card,
    ));
    let help = cast.used(&ann, "factorio help", &[]).await?;
    stills.push(still(
        "reply-help",
        "The answer to /factorio help: the commands that one may use",
        help,
    ));

    let admin = cast.person("Ann", ADMINISTRATOR);
    let page = cast
        .used(&admin, "factorio-more bans", &[("server", "main")])
        .await?;
    let second = cast.pressed(&admin, page.first().context("no page")?, 0).await?;
    let last = second.last().cloned().context("no second page")?;
    stills.push(still(
        "reply-pages",
        "A long list in pages, with a button to the one before",
        vec![last],
    ));

    let (mut asking, person) = (Vec::new(), cast.person("Ann", ADMINISTRATOR));
    let given = [
        ("server", "main"),
        ("player", "griefer"),
        ("reason", "set fire to the oil"),
    ];
    let question = cast.used(&person, "factorio ban", &given).await?;
    asking.extend(question.clone());
    let done = cast
        .pressed(&person, question.first().context("no question")?, 0)
        .await?;
    asking.extend(done);
    stills.push(still(
        "reply-confirmation",
        "A ban asks first, with a red button that names what follows; then it tells what the game said",
        asking,
    ));

    let mut done = Vec::new();
    for (typed, given) in [
        (
            "factorio kick",
            vec![("server", "main"), ("player", "Tesla_42"), ("reason", "afk")],
        ),
        (
            "factorio whisper",
            vec![("server", "main"), ("player", "Ann"), ("message", "psst")],
        ),
        ("factorio save", vec![("server", "main")]),
        (
            "factorio broadcast",
            vec![("server", "main"), ("message", "restart in 5 minutes")],
        ),
        (
            "factorio whitelist",
            vec![("server", "main"), ("action", "add"), ("player", "carl")],
        ),
        ("factorio connect", vec![("server", "main")]),
    ] {
        let person = cast.person("Ann", ADMINISTRATOR);
        done.extend(cast.used(&person, typed, &given).await?);
    }
    let person = cast.person("Ann", ADMINISTRATOR);
    let given = [("server", "main"), ("command", "/banlist get")];
    let question = cast.used(&person, "factorio rcon", &given).await?;
    let answer = cast
        .pressed(&person, question.first().context("no question")?, 0)
        .await?;
    let mut console = question;
    console.extend(answer);
    stills.push(still(
        "replies-done",
        "Answers to what changes something, each for who asked",
        done,
    ));
    stills.push(still(
        "reply-rcon",
        "A line for the game's console, and what the game said",
        console,
    ));

    // What was never reached may be starting; this one was.
    cast.wait_for(cast.player("far")?.card(), "fields").await?;
    cast.player("far")?.game.stop().await;
    cast.wait_for(cast.player("far")?.alerts(), "🔌").await?;
    let mut refused = Vec::new();
    for (typed, given, permissions) in [
        (
            "factorio kick",
            vec![("server", "main"), ("player", "Ann")],
            EVERYBODY,
        ),
        (
            "factorio kick",
            vec![("server", "main"), ("player", "nobody-here")],
            ADMINISTRATOR,
        ),
        ("factorio players", vec![("server", "far")], ADMINISTRATOR),
        ("factorio players", vec![("server", "nowhere")], EVERYBODY),
        ("factorio players", vec![], EVERYBODY),
        (
            "factorio speed",
            vec![("server", "main"), ("value", "#2")],
            ADMINISTRATOR,
        ),
    ] {
        let person = cast.person("Bert", permissions);
        refused.extend(cast.used(&person, typed, &given).await?);
    }
    let why = "What is refused says why, and what to do; only who asked sees it";
    stills.push(still("replies-refused", why, refused));

    let mut german = Vec::new();
    for (typed, given) in [
        ("factorio players", vec![("server", "haupt")]),
        (
            "factorio kick",
            vec![("server", "haupt"), ("player", "Tesla_42"), ("reason", "afk")],
        ),
        ("factorio evolution", vec![("server", "haupt")]),
    ] {
        let person = cast.person("Ann", ADMINISTRATOR);
        german.extend(cast.used(&person, typed, &given).await?);
    }
    let person = cast.person("Ann", ADMINISTRATOR);
    german.extend(
        cast.used(
            &person,
            "factorio ban",
            &[("server", "haupt"), ("player", "griefer")],
        )
        .await?,
    );
    stills.push(still(
        "replies-german",
        "Answers of a server whose language is German",
        german,
    ));

    let person = cast.person("Ann", ADMINISTRATOR);
    cast.typed(&person, "factorio kick", "player", "a").await?;
    cast.typed(&person, "factorio players", "server", "").await?;
    Ok(())
}
