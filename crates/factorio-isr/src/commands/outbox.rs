//! `factorio-isr outbox`: looks at deliveries, tries them again, drops them. Works beside the running daemon.
//!
//! Owns the wording. Fails where there is no store.

use std::fmt::Write as _;

use isr_core::source::ServerTag;
use isr_store::{Admin, AdminError, HeldRow, OutboxFilter, OutboxRow, RowState};
use jiff::Timestamp;

use super::Exit;
use super::noted::Ledger;
use crate::cli::{OutboxCommand, OutboxFilter as Shown, OutboxSelection};
use crate::config::{Config, Loaded, Refused};
use crate::logging;

/// So much of a text is shown.
const SHOWN_CHARACTERS: usize = 80;

/// Runs one of the outbox commands.
#[must_use]
#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
pub fn run(command: &OutboxCommand, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    match Admin::open(&loaded.config.state_dir).and_then(|admin| act(command, admin, &loaded.config)) {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("factorio-isr outbox: {}", logging::error_chain(&error));
            Exit::Failed
        }
    }
}

fn act(command: &OutboxCommand, mut admin: Admin, config: &Config) -> Result<Exit, AdminError> {
    match command {
        OutboxCommand::List { state, limit } => {
            let filter = OutboxFilter {
                states: states(*state),
                ..OutboxFilter::default()
            };
            let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
            let rows = admin.list(&filter, limit.saturating_add(1))?;
            super::show(&listed(&rows, limit));
            Ok(Exit::Clean)
        }
        OutboxCommand::Rules => {
            super::show(&ruled(&admin.tallies()?, &admin.held()?));
            Ok(Exit::Clean)
        }
        OutboxCommand::Retry(selection) => {
            let states = vec![RowState::Dead, RowState::Expired];
            let filter = filter(selection, states);
            let count = noted(config, "factorio-isr outbox retry", || {
                admin.retry(&filter, Timestamp::now().as_millisecond())
            })?;
            Ok(conclude(
                selection,
                count,
                "put back; a running daemon tries again within half a minute, webhooks that it had given up included",
            ))
        }
        OutboxCommand::Drop(selection) => {
            let given_up = vec![RowState::Dead, RowState::Expired];
            let states = if selection.all {
                given_up
            } else {
                [given_up, vec![RowState::Waiting]].concat()
            };
            let filter = filter(selection, states);
            let count = noted(config, "factorio-isr outbox drop", || admin.discard(&filter))?;
            Ok(conclude(selection, count, "dropped"))
        }
    }
}

/// Does it, and writes down that it was done and to how many.
fn noted(
    config: &Config,
    command: &str,
    work: impl FnOnce() -> Result<u64, AdminError>,
) -> Result<u64, AdminError> {
    let mut ledger = Ledger::open(config);
    let begun = ledger.begin(None, command, None);
    let done = work();
    match &done {
        Ok(count) => ledger.end(begun, "done", Some(&format!("{count} deliveries"))),
        Err(_) => ledger.end(begun, "failed", None),
    }
    done
}

/// Numbers that mean nothing are a failure: a script should notice.
#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn conclude(selection: &OutboxSelection, count: u64, what: &str) -> Exit {
    if count == 0 && !selection.all {
        eprintln!(
            "factorio-isr outbox: no such delivery, or it is not in that state: see `factorio-isr outbox list`"
        );
        return Exit::Failed;
    }
    let noun = if count == 1 { "delivery" } else { "deliveries" };
    super::show(&format!("{count} {noun} {what}.\n"));
    Exit::Clean
}

fn filter(selection: &OutboxSelection, states: Vec<RowState>) -> OutboxFilter {
    OutboxFilter {
        states,
        numbers: selection.numbers.clone(),
        ..OutboxFilter::default()
    }
}

fn states(shown: Shown) -> Vec<RowState> {
    match shown {
        Shown::Open => vec![
            RowState::Waiting,
            RowState::InFlight,
            RowState::Dead,
            RowState::Expired,
        ],
        Shown::Waiting => vec![RowState::Waiting, RowState::InFlight],
        Shown::Dead => vec![RowState::Dead, RowState::Expired],
        Shown::Delivered => vec![RowState::Delivered],
    }
}

fn listed(rows: &[OutboxRow], limit: usize) -> String {
    if rows.is_empty() {
        return "Nothing there.\n".to_owned();
    }
    let mut out = format!(
        "{:>8}  {:<9}  {:<19}  {:<12}  {:<28}  text\n",
        "number", "state", "happened (UTC)", "server", "destination"
    );
    for row in rows.iter().take(limit) {
        one(row, &mut out);
    }
    if rows.len() > limit {
        let _ = writeln!(out, "There are more: --limit shows them.");
    }
    out
}

/// What was not posted, and what waits for the end of quiet hours.
fn ruled(tallies: &[(ServerTag, String, u64)], held: &[HeldRow]) -> String {
    let mut out = String::new();
    if tallies.is_empty() {
        out.push_str("Nothing was kept from being posted.\n");
    } else {
        let _ = writeln!(out, "{:<12}  {:<28}  {:>10}", "server", "rule", "count");
    }
    for (server, rule, count) in tallies {
        let _ = writeln!(out, "{:<12}  {rule:<28}  {count:>10}", server.as_str());
    }
    for group in held.chunk_by(|a, b| a.destination == b.destination && a.server == b.server) {
        let Some(first) = group.first() else { continue };
        let until = Timestamp::from_millisecond(first.until_ms).map_or_else(
            |_| "?".to_owned(),
            |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        );
        let noun = if group.len() == 1 {
            "line waits"
        } else {
            "lines wait"
        };
        let _ = writeln!(
            out,
            "{}: {} {noun} for the digest at {until} (UTC), for {}",
            first.server,
            group.len(),
            first.destination
        );
    }
    out
}

fn one(row: &OutboxRow, out: &mut String) {
    let happened = Timestamp::from_millisecond(row.happened_ms).map_or_else(
        |_| "?".to_owned(),
        |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    );
    let text: String = row
        .text
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARACTERS)
        .collect();
    let _ = writeln!(
        out,
        "{:>8}  {:<9}  {happened:<19}  {:<12}  {:<28}  {text}",
        row.number,
        row.state.as_str(),
        row.server.as_str(),
        row.destination.as_str()
    );
    if let Some(reason) = &row.reason {
        let attempts = if row.attempts == 1 { "attempt" } else { "attempts" };
        let _ = writeln!(
            out,
            "{:>8}  given up after {} {attempts}: {reason}",
            "", row.attempts
        );
    }
}
