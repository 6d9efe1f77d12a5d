//! What is wrong with games, as cards and alerts show it, and how it ends.
//!
//! Owns which troubles there are. Fails when one is not told, or its end is not.

use std::time::Duration;

use anyhow::Result;
use isr_testkit::log::LogWriter;
use isr_testkit::rcon::Pause;
use tokio::time::sleep;

use super::still;
use crate::rehearsal::cast::Cast;
use crate::rehearsal::{Length, Shown, Still};

/// A minute of a trouble is told as a minute.
const A_WHILE: Duration = Duration::from_secs(75);

/// What is wrong with games, as cards and alerts show it, and how it ends.
pub(super) async fn troubles(cast: &mut Cast, length: Length, stills: &mut Vec<Still>) -> Result<()> {
    let alerts_of = |cast: &Cast, tag: &str| -> Result<Vec<Shown>> {
        Ok(cast.book.of_webhook(cast.player(tag)?.alerts()))
    };
    let card_of = |cast: &Cast, tag: &str| -> Result<Vec<Shown>> {
        let shown = cast.book.of_webhook(cast.player(tag)?.card());
        Ok(shown.into_iter().filter(|shown| shown.files.is_empty()).collect())
    };
    cast.player("lake")?
        .game
        .world(|world| world.pause = Pause::ByPlayer);
    cast.player("dock")?.game.shut_down().await;
    cast.player("mill")?
        .game
        .crash("The mod Krastorio2 caused a non-recoverable error.")
        .await;
    cast.wait_for(cast.player("mill")?.alerts(), "🔴").await?;
    engine_lines(cast, "main")?;
    engine_lines(cast, "haupt")?;
    for sign in ["🔀", "🐢", "📉", "💾", "📡"] {
        cast.wait_for(cast.player("main")?.alerts(), sign).await?;
    }
    let main = cast.player("main")?;
    cast.wait_for(main.card(), "status.png")
        .await
        .or_else(|_| Ok::<_, anyhow::Error>(()))?;
    if length == Length::Full {
        sleep(A_WHILE).await;
        cast.player("hush")?.game.world(|world| world.join("Ann"));
        cast.wait_for(cast.player("hush")?.alerts(), "🔇").await?;
        cast.wait_for(cast.player("hush")?.alerts(), "💽").await?;
        cast.wait_for(cast.player("mega")?.alerts(), "🐌").await?;
        cast.wait_for(cast.player("lake")?.card(), "⏸️").await?;
        cast.wait_for(cast.player("main")?.card(), "±").await?;
    }
    cast.wait_for(cast.player("dock")?.card(), "🔴").await?;
    for tag in [
        "main", "haupt", "mega", "far", "mill", "south", "space", "lake", "dock",
    ] {
        cast.wait_for(cast.player(tag)?.card(), "fields").await?;
    }
    stills.push(still(
        "card",
        "The card of a server that runs",
        card_of(cast, "main")?,
    ));
    stills.push(still(
        "card-space",
        "The card of a server with Lua",
        card_of(cast, "space")?,
    ));
    stills.push(still(
        "card-german",
        "The card of a server whose language is German",
        card_of(cast, "haupt")?,
    ));
    let mut states = Vec::new();
    for tag in ["mega", "south", "lake", "far", "mill", "dock"] {
        states.extend(card_of(cast, tag)?);
    }
    stills.push(still(
        "card-states",
        "Cards of servers that are slow, empty, paused by a player, unreachable, crashed and stopped",
        states,
    ));
    let posts = cast.book.of_webhook(cast.player("main")?.channel());
    let is_status = |shown: &&Shown| shown.payload["embeds"].is_array();
    let status = posts.iter().rfind(is_status).cloned();
    stills.push(still(
        "status-post",
        "A status post",
        status.into_iter().collect(),
    ));

    let mut alerts = Vec::new();
    for tag in ["mega", "mill", "far", "hush", "main"] {
        alerts.extend(alerts_of(cast, tag)?);
    }
    stills.push(still("alerts", "Alerts", alerts));
    stills.push(still(
        "alerts-german",
        "Alerts of a server whose language is German",
        alerts_of(cast, "haupt")?,
    ));

    ends(cast, length).await?;
    let mut over = Vec::new();
    for tag in ["mega", "mill", "far", "hush", "main"] {
        over.extend(alerts_of(cast, tag)?);
    }
    let over = over
        .into_iter()
        .filter(|shown| shown.payload.to_string().contains('✅'))
        .collect();
    stills.push(still("alerts-over", "The end of an alert changes its post", over));
    let updated = alerts_of(cast, "mill")?
        .into_iter()
        .filter(|shown| shown.payload.to_string().contains("🆕"))
        .collect();
    stills.push(still("alerts-updated", "The game was updated", updated));
    cast.player("main")?.game.begin_save();
    cast.wait_for(cast.player("main")?.card(), "💾").await?;
    let saving = card_of(cast, "main")?;
    stills.push(still("card-saving", "The card of a server that saves", saving));
    cast.player("main")?.game.end_save();
    Ok(())
}

/// What the game's own log tells of troubles.
fn engine_lines(cast: &Cast, tag: &str) -> Result<()> {
    let path = cast.log(tag).with_file_name("factorio-current.log");
    let mut engine = LogWriter::open(path)?;
    cast.player(tag)?.game.world(|world| world.desync("Ann"));
    for line in [
        "90000.000 Info AppManager.cpp:306: Saving to _autosave1 (blocking).",
        "90023.000 Info AppManager.cpp:287: Saving finished",
        "90030.000 Script @__event-logger__/control.lua:1: [LEAVE] Ann cannot_keep_up",
        "90040.000 Error SaveGame.cpp:7: Saving the game failed: No space left on device",
        "90050.000 Error MatchingServer.cpp:83: Matching server connection failed: timed out",
        "90051.000 Error MatchingServer.cpp:83: Matching server connection failed: timed out",
        "90052.000 Error MatchingServer.cpp:83: Matching server connection failed: timed out",
        "90053.000 Error MatchingServer.cpp:83: Matching server connection failed: timed out",
    ] {
        engine.line(line)?;
    }
    Ok(())
}

/// All is well again.
async fn ends(cast: &mut Cast, length: Length) -> Result<()> {
    cast.player("far")?.game.start_again().await?;
    let mill = cast.player("mill")?.game.clone();
    mill.world(|world| "2.0.80".clone_into(&mut world.version));
    mill.boot().await?;
    cast.wait_for(cast.player("far")?.alerts(), "✅").await?;
    cast.wait_for(cast.player("mill")?.alerts(), "✅").await?;
    cast.wait_for(cast.player("mill")?.alerts(), "🆕").await?;
    let mut engine = LogWriter::open(cast.log("main").with_file_name("factorio-current.log"))?;
    engine.line("90120.000 Info MatchingServer.cpp:127: Matching server connection resumed")?;
    cast.wait_for(cast.player("main")?.alerts(), "✅").await?;
    if length == Length::Full {
        cast.player("mega")?.game.world(|world| world.top_ups = 60.0);
        let mut hush = LogWriter::open(cast.log("hush"))?;
        hush.chat("Ann", "hello")?;
        cast.wait_for(cast.player("hush")?.alerts(), "✅").await?;
        // The disk is as full as before: what counts as full is changed.
        let lenient = super::with_disk("16MiB");
        super::set(cast, "hush", &lenient)?;
        cast.configure(&super::bot())?;
        cast.wait_for(cast.player("hush")?.alerts(), "The disk has room again")
            .await?;
        cast.wait_for(cast.player("mega")?.alerts(), "✅").await?;
    }
    Ok(())
}
