//! `factorio-isr maintenance`: planned work, during which alerts keep silent. Works beside the running daemon.
//!
//! Owns the wording. Fails where there is no store, or no such server.

use std::fmt::Write as _;

use isr_core::source::ServerTag;
use isr_core::statistics::lasted;
use isr_core::text::clean;
use isr_core::voice::Words;
use isr_store::{Admin, AdminError, Maintenance, Scope};
use jiff::Timestamp;

use super::Exit;
use super::noted::{Ledger, operator};
use crate::cli::MaintenanceCommand;
use crate::config::{Config, Loaded, Refused};
use crate::logging;

/// Plans, ends or shows maintenance.
#[must_use]
pub fn run(command: &MaintenanceCommand, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    let done = act(command, &loaded.config, Timestamp::now().as_millisecond());
    match done {
        Ok(text) => {
            super::show(&text);
            Exit::Clean
        }
        Err(why) => failed(&why),
    }
}

fn act(command: &MaintenanceCommand, config: &Config, now_ms: i64) -> Result<String, String> {
    let words = |error: AdminError| logging::error_chain(&error);
    let mut admin = Admin::open(&config.state_dir).map_err(words)?;
    match command {
        MaintenanceCommand::On { span, server } => {
            let scope = scope(server.as_deref(), config)?;
            let planned = Maintenance {
                until_ms: now_ms.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
                scope,
                from_ms: now_ms,
                by: operator(),
            };
            let command = format!("factorio-isr maintenance on {} min", span.as_secs() / 60);
            let mut ledger = Ledger::open(config);
            let begun = ledger.begin(tag_of(&planned.scope), &command, None);
            let done = admin.begin_maintenance(&planned).map_err(words);
            ledger.end(begun, outcome_of(&done), None);
            done?;
            Ok(format!(
                "Maintenance of {} until {}: alerts keep silent.\n",
                whom(&planned.scope),
                moment(planned.until_ms)
            ))
        }
        MaintenanceCommand::Off { server } => {
            let scope = scope(server.as_deref(), config)?;
            let mut ledger = Ledger::open(config);
            let begun = ledger.begin(tag_of(&scope), "factorio-isr maintenance off", None);
            let done = admin.end_maintenance(&scope, now_ms).map_err(words);
            ledger.end(begun, outcome_of(&done), None);
            let ended = done?;
            Ok(if ended == 0 {
                "There was no maintenance.\n".to_owned()
            } else {
                format!("Maintenance of {} is over.\n", whom(&scope))
            })
        }
        MaintenanceCommand::Status => {
            let planned = admin.maintenance().map_err(words)?;
            Ok(listed(
                planned.iter().filter(|planned| planned.is_on(now_ms)),
                now_ms,
            ))
        }
    }
}

fn listed<'a>(planned: impl Iterator<Item = &'a Maintenance>, now_ms: i64) -> String {
    let mut out = String::new();
    for Maintenance {
        scope, until_ms, by, ..
    } in planned
    {
        let left = lasted(
            until_ms.saturating_sub(now_ms).max(0).unsigned_abs(),
            &Words::english(),
        );
        let _to_memory = writeln!(
            out,
            "{}: until {} (another {left}), planned by {}",
            whom(scope),
            moment(*until_ms),
            clean(by)
        );
    }
    if out.is_empty() {
        out.push_str("There is no maintenance.\n");
    }
    out
}

fn scope(server: Option<&str>, config: &Config) -> Result<Scope, String> {
    let Some(tag) = server else { return Ok(Scope::All) };
    let known = config.servers.iter().map(|server| &server.tag);
    let found = known.clone().find(|known| known.as_str() == tag);
    found.cloned().map(Scope::Server).ok_or_else(|| {
        let names: Vec<&str> = known.map(ServerTag::as_str).collect();
        format!(
            "there is no server with that tag; the configuration names {}",
            names.join(", ")
        )
    })
}

fn tag_of(scope: &Scope) -> Option<&ServerTag> {
    match scope {
        Scope::All => None,
        Scope::Server(tag) => Some(tag),
    }
}

const fn outcome_of<T, E>(done: &Result<T, E>) -> &'static str {
    match done {
        Ok(_) => "done",
        Err(_) => "failed",
    }
}

fn whom(scope: &Scope) -> String {
    match scope {
        Scope::All => "all servers".to_owned(),
        Scope::Server(tag) => tag.to_string(),
    }
}

fn moment(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms).map_or_else(
        |_| "?".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn failed(why: &str) -> Exit {
    eprintln!("factorio-isr maintenance: {why}");
    Exit::Failed
}
