//! What a log tells, chat both ways, and what goes wrong between the program and Discord.
//!
//! Owns the lines alone. Fails when one is not shown, or not said.

use std::time::Duration;

use anyhow::{Context, Result};
use isr_testkit::discord::gateway::{PersonCard, message_create};
use isr_testkit::log::LogWriter;
use isr_testkit::rcon::Script;
use serde_json::Value;
use tokio::time::sleep;

use super::{SKY, still};
use crate::rehearsal::cast::{Cast, EVERYBODY, GUILD, TALK};
use crate::rehearsal::{SOON, Shown, Still, now};

const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// What a log tells, line by line.
pub(super) async fn lines(cast: &Cast) -> Result<Still> {
    let plain = cast.player("plain")?;
    let mut log = LogWriter::open(cast.log("plain"))?;
    log.join("Ada")?;
    log.chat(
        "Ada",
        "belts are backed up at [gps=-120,48], who has [item=iron-plate]?",
    )?;
    log.join("C.Babbage")?;
    log.chat(
        "C.Babbage",
        "@everyone **free** rockets: https://example.org/rockets",
    )?;
    cast.wait_for(plain.channel(), "free").await?;
    for line in [
        "C.Babbage was killed by a locomotive",
        "rocket-silo technology has been researched",
        "[MILESTONE] Ada completed: first rocket",
    ] {
        log.line(line)?;
    }
    log.leave("C.Babbage")?;
    log.closed()?;
    cast.wait_for(plain.channel(), "stopped").await?;
    let mut shown = cast.book.of_webhook(plain.channel());
    shown.retain(|shown| !shown.payload.to_string().contains("is connected"));
    Ok(still(
        "events",
        "What Discord shows: joins, chat, deaths, research, milestones and a server stop, one line each",
        shown,
    ))
}

/// What people write on Discord, and what is said in the game.
pub(super) async fn chat(cast: &mut Cast, stills: &mut Vec<Still>) -> Result<()> {
    let sky = cast.player("sky")?.game.clone();
    let write = |cast: &mut Cast, text: &str| {
        let (message, shown) = written(cast, text);
        cast.discord.gateway().dispatch("MESSAGE_CREATE", &message);
        let id = message["id"].as_str().and_then(|id| id.parse::<u64>().ok());
        (id.unwrap_or_default(), shown)
    };
    sky.world(|world| world.join("Ada"));
    cast.wait_for_bot(SKY, "Ada").await?;
    sky.world(|world| world.chat("Ada", "is anybody on Discord?"));
    cast.wait_for_bot(SKY, "anybody").await?;
    let mut shown = cast.book.of_channel(SKY);
    // The greeting of the first start is for another picture.
    shown.retain(|shown| !shown.payload.to_string().contains("is connected"));
    shown.push(write(cast, "yes! do you need a hand with the silo?").1);
    sky.wait_for_command("[Discord] Bert: yes! do you need a hand with the silo?", SOON)
        .await?;
    sky.world(|world| world.chat("Ada", "please :)"));
    cast.wait_for_bot(SKY, "please").await?;
    shown.extend(cast.book.of_channel(SKY).pop());
    sky.stop().await;
    // Until it is known that nobody hears, a message waits.
    sleep(Duration::from_secs(1)).await;
    let (id, mut lost) = write(cast, "on my way");
    let gateway = cast.discord.gateway();
    let mut reaction = Vec::new();
    for _ in 0..600 {
        reaction = gateway.reactions(id);
        if !reaction.is_empty() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    lost.reactions = reaction;
    shown.push(lost);
    stills.push(still(
        "chat",
        "Chat both ways: a message that could not be said in the game carries a mark",
        shown,
    ));
    let logins = sky.logins().len();
    sky.start_again().await?;
    // What is written before that would not be said.
    sky.wait_for_logins(logins + 1, SOON).await?;
    Ok(())
}

/// Somebody is told for themselves, by direct message.
pub(super) async fn personal(cast: &mut Cast) -> Result<()> {
    let person = cast.person("Ann", EVERYBODY);
    let given = [("server", "plain"), ("event", "player"), ("player", "Grace")];
    cast.used(&person, "factorio-more watch", &given).await?;
    let direct = cast.discord.direct_with(person.id).context("no direct message")?;
    LogWriter::open(cast.log("plain"))?.join("Grace")?;
    cast.wait_for_bot(direct, "Grace").await
}

/// What goes wrong between the program and Discord, and what is looked after from the command line.
pub(super) async fn outages(cast: &mut Cast) -> Result<()> {
    // A question whose answer is lost takes its promise back.
    let space = cast.player("space")?.game.clone();
    space.script("/evolution gleba", Script::Close);
    let person = cast.person("Ann", EVERYBODY);
    let given = [("server", "space"), ("target", "gleba")];
    cast.used(&person, "factorio evolution", &given).await?;
    // A message that nobody told the bot of is fetched once its session is there again.
    let sky = cast.player("sky")?.game.clone();
    let gateway = cast.discord.gateway().clone();
    let missed = written(cast, "did you hear that?");
    gateway.forget_sessions();
    gateway.write_unheard(&missed.0);
    gateway.cut();
    sky.wait_for_command("[Discord] bert: did you hear that?", SOON)
        .await?;
    // Who comes back at once changes the line of the leave.
    sky.world(|world| world.leave("Ada"));
    cast.wait_for_bot(SKY, "left").await?;
    sky.world(|world| world.join("Ada"));
    let edits = cast.discord.counters().edits;
    cast.discord
        .wait_for(SOON, |seen| seen.counters().edits > edits)
        .await?;
    let doctor = cast.command.clone().args(["doctor"]).spawn()?;
    doctor.wait_for_exit_and_output(SOON).await?;
    Ok(())
}

/// A message that Bert writes, as the gateway tells it and as the channel shows it.
fn written(cast: &mut Cast, text: &str) -> (Value, Shown) {
    let bert = PersonCard {
        nick: Some("Bert".to_owned()),
        ..PersonCard::new(200_000_000_000_000_002, "bert")
    };
    let ms = u64::try_from(now() * 1_000 - DISCORD_EPOCH_MS).unwrap_or(0);
    let id = (ms << 22) + cast.fresh();
    let shown = Shown {
        name: "Bert".to_owned(),
        app: false,
        at: now(),
        used: None,
        private: false,
        edited: false,
        reactions: Vec::new(),
        files: Vec::new(),
        payload: serde_json::json!({"content": text}),
    };
    (message_create(id, GUILD, TALK, &bert, text), shown)
}
