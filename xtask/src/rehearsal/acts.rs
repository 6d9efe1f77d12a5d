//! What is played, in order, and the moments that are kept.
//!
//! Owns the order and the configuration; each act is a module of its own. Fails when the program
//! does not say what the story expects.

mod asked;
mod past;
mod setup;
mod talk;
mod troubles;

use anyhow::{Context, Result};

use super::cast::{Cast, TALK};
use super::{Length, SOON, Shown, Still, now};
use crate::shell;

/// Every rule, with no wait longer than it must be.
const ALERTS: &str = "    alerts: {cooldown: 1s, crashed: on, desync: on, dropped: on, slow_save: on, save_failed: on, \
                      server_down: {after: 1s}, rcon_lost: {after: 1s}, log_silent: {after: 1s}, \
                      ups_low: {every: 5s, checks: 2}, disk_full: off, matching: on}\n    card: {webhook: \"CARD\"}\n";
const QUIET: &str = "    alerts: off\n    card: off\n";
/// Where the bot posts.
const SKY: u64 = TALK;
/// Where the bot shows a card.
const SKY_CARD: u64 = 300_000_000_000_000_088;
/// Where the copy of the program that speaks says so.
const LEASE: u64 = 300_000_000_000_000_099;

/// The same for the server that tells of the disk, when less than this is free.
fn with_disk(below: &str) -> String {
    ALERTS.replace("disk_full: off", &format!("disk_full: {{below: {below}}}"))
}

/// What stands before the servers.
fn bot() -> String {
    format!("bot: {{lease_channel_id: {LEASE}}}\n")
}

/// Everything.
pub(super) async fn all(cast: &mut Cast, length: Length) -> Result<Vec<Still>> {
    past::gather(cast).await?;
    let settled = |ahead: i64| {
        let at = clock(now() + ahead);
        let restart = clock(now() + 8 * 3_600 + 45 * 60);
        format!(
            "{ALERTS}    restart_at: [\"{restart}\"]\n    stats: {{interval: 10s}}\n    recap: {{daily: \"{at}\"}}\n",
        )
        .replace("card: {", &format!("card: {{picture: \"{at}\", "))
    };
    // What was due before the first start is not made up for, so a first one settles it.
    set(cast, "main", &settled(7_200))?;
    cast.configure("send_test_message: on\n")?;
    let daemon = cast.start().await?;
    daemon.wait_for_line("picture_settled", SOON).await?;
    daemon.wait_for_line("recap_settled", SOON).await?;
    daemon.terminate(SOON).await?;
    past::remember_a_day(cast).await?;
    set(cast, "main", &settled(-120))?;
    cast.configure(&bot())?;
    cast.let_time_pass();
    let daemon = cast.start().await?;
    let mut stills = Vec::new();
    let played = scenes(cast, length, &mut stills).await;
    if played.is_err() {
        let log = shell::target_dir().join("rehearsal.log");
        std::fs::write(&log, daemon.text())?;
        println!("what the program logged is in {}", log.display());
    }
    daemon.terminate(SOON).await?;
    played.map(|()| stills)
}

async fn scenes(cast: &mut Cast, length: Length, stills: &mut Vec<Still>) -> Result<()> {
    stills.push(talk::lines(cast).await?);
    asked::commands(cast, stills).await?;
    talk::chat(cast, stills).await?;
    talk::personal(cast).await?;
    talk::outages(cast).await?;
    setup::init(cast).await?;
    setup::topic(cast).await?;
    troubles::troubles(cast, length, stills).await?;
    // By then it is known how fast the game is.
    asked::buttons(cast, stills).await
}

fn set(cast: &mut Cast, tag: &str, more: &str) -> Result<()> {
    let player = cast.players.iter_mut().find(|player| player.tag == tag);
    more.clone_into(&mut player.context("a server that is not there")?.more);
    Ok(())
}

/// `HH:MM` in UTC.
fn clock(unix_s: i64) -> String {
    let minutes = unix_s.rem_euclid(86_400) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn still(name: &'static str, about: &'static str, messages: Vec<Shown>) -> Still {
    Still {
        name,
        about,
        now: now(),
        messages,
    }
}
