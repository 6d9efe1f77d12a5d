//! `factorio-isr watches`: the personal notices that people asked for, and their end. Works beside the running daemon.
//!
//! Owns the wording. Fails where there is no store, or no such watch.

use std::fmt::Write as _;

use isr_core::text::clean;
use isr_core::watching::Watched;
use isr_store::{Admin, AdminError, WatchRow, WatchesOf};
use jiff::Timestamp;

use super::Exit;
use super::noted::Ledger;
use crate::bot::watching::{is_allowed, is_confirmed, is_home, meant};
use crate::cli::WatchesOptions;
use crate::config::{Config, Loaded, Refused};
use crate::logging;
use crate::relay::moment::now_ms;

/// Lists them, or ends some.
#[must_use]
pub fn run(options: &WatchesOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    match act(options, &loaded.config) {
        Ok(text) => {
            super::show(&text);
            Exit::Clean
        }
        Err(why) => failed(&why),
    }
}

fn act(options: &WatchesOptions, config: &Config) -> Result<String, String> {
    let words = |error: AdminError| logging::error_chain(&error);
    let mut admin = Admin::open(&config.state_dir).map_err(words)?;
    let which = match (options.end, options.end_person) {
        (None, None) => return Ok(listed(&admin.watches().map_err(words)?, config)),
        (Some(number), _) => WatchesOf::Number(number),
        (None, Some(person)) => WatchesOf::Person(person),
    };
    let command = match which {
        WatchesOf::Person(person) => format!("factorio-isr watches --end-person {person}"),
        _ => format!("factorio-isr watches --end {}", options.end.unwrap_or_default()),
    };
    let mut ledger = Ledger::open(config);
    let begun = ledger.begin(None, &command, None);
    let ended = admin.end_watches(which).map_err(words);
    let outcome = match &ended {
        Ok(0) => "nothing changed",
        Ok(_) => "done",
        Err(_) => "failed",
    };
    ledger.end(begun, outcome, None);
    match ended? {
        0 => Err("there is no such watch; `factorio-isr watches` lists them".to_owned()),
        count => Ok(format!(
            "Ended: {count}. A running daemon knows of it within half a minute.\n"
        )),
    }
}

fn listed(rows: &[WatchRow], config: &Config) -> String {
    let now_ms = now_ms();
    let mut out = String::new();
    for row in rows {
        let WatchRow { number, watch, .. } = row;
        let what = match &watch.what {
            Watched::Player(player) => format!("player {}", clean(player)),
            Watched::Research => "research".to_owned(),
            Watched::Server => "server".to_owned(),
        };
        let server = config.servers.iter().find(|server| server.tag == watch.server);
        let guilds = config.bot.as_ref().map_or(&[][..], |bot| &bot.guilds);
        let is_home = watch.guild.is_none_or(|guild| is_home(guilds, guild));
        let note = match (server, row.ended) {
            (_, Some((end, at_ms))) => format!(" (ended {}: {})", at(at_ms), meant(end)),
            (Some(server), _) if !is_allowed(config, server) => {
                " (rests: there is no bot, or `watch` is off there)".to_owned()
            }
            (None, _) => " (rests: the configuration has no such server)".to_owned(),
            _ if !is_home => " (rests: bot.guilds does not name its Discord server)".to_owned(),
            _ if !is_confirmed(row, now_ms) => {
                " (rests: Discord does not confirm that the person may)".to_owned()
            }
            _ => String::new(),
        };
        let place = match watch.direct {
            Some(_) => "by direct message".to_owned(),
            None => format!("in channel {}", watch.channel),
        };
        let _to_memory = writeln!(
            out,
            "{number}: {what} on {}, for user {} {place}{note}",
            watch.server, watch.person
        );
    }
    if out.is_empty() {
        out.push_str("Nobody watches anything.\n");
    }
    out
}

/// A moment in UTC, to the minute.
fn at(unix_ms: i64) -> String {
    let moment = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn failed(why: &str) -> Exit {
    eprintln!("factorio-isr watches: {why}");
    Exit::Failed
}
