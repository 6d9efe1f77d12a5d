//! `factorio-isr watches`: the personal notices that people asked for, and their end. Works beside the running daemon.
//!
//! Owns the wording. Fails where there is no store, or no such watch.

use std::fmt::Write as _;

use isr_core::text::clean;
use isr_core::watching::Watched;
use isr_store::{Admin, AdminError, WatchRow, WatchesOf};

use super::Exit;
use super::noted::Ledger;
use crate::bot::watching::is_allowed;
use crate::cli::WatchesOptions;
use crate::config::{Config, Loaded, Refused};
use crate::logging;

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
    let mut out = String::new();
    for WatchRow { number, watch } in rows {
        let what = match &watch.what {
            Watched::Player(player) => format!("player {}", clean(player)),
            Watched::Research => "research".to_owned(),
            Watched::Server => "server".to_owned(),
        };
        let server = config.servers.iter().find(|server| server.tag == watch.server);
        let note = match server {
            Some(server) if is_allowed(config, server) => "",
            Some(_) => " (left out: there is no bot, or `watch` is off there)",
            None => " (left out: the configuration has no such server)",
        };
        let _to_memory = writeln!(
            out,
            "{number}: {what} on {}, for user {} in channel {}{note}",
            watch.server, watch.person, watch.channel
        );
    }
    if out.is_empty() {
        out.push_str("Nobody watches anything.\n");
    }
    out
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn failed(why: &str) -> Exit {
    eprintln!("factorio-isr watches: {why}");
    Exit::Failed
}
