//! `factorio-isr audit`: who did what through the bot. Works beside the running daemon and without one.
//!
//! Owns the two forms: lines for people, JSON for programs. What the store keeps is shown as it is, but for characters that
//! would steer a terminal. Fails where there is no store.

use std::fmt::Write as _;

use clap::{Args, Subcommand, ValueEnum};
use isr_core::source::ServerTag;
use isr_core::text::{clean, is_invisible};
use isr_store::{Admin, AuditKind, AuditRow, Break, ChainReport, Fault, Removal};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::Exit;
use crate::config::{Loaded, Refused};
use crate::logging;
use crate::when;

/// Rows that are shown when nobody says how many.
const USUAL: u64 = 200;

/// `factorio-isr audit`.
#[derive(Debug, Args)]
pub struct AuditOptions {
    /// Something else than to show it.
    #[command(subcommand)]
    command: Option<AuditCommand>,
    /// Only what was done since then: a date and time (`2026-01-31 18:00`), or an age (`2h`, `3d`).
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// At most so many rows, the newest.
    #[arg(long, value_name = "ROWS", default_value_t = USUAL)]
    last: u64,
    /// How it is shown.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// What else can be done with the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
enum AuditCommand {
    /// Check that no entry was changed, removed or put in between. Exit code 1 when one was.
    Verify,
}

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A line per row, for people.
    Text,
    /// A JSON object per row, for programs.
    Jsonl,
}

/// Shows the audit log.
#[must_use]
pub fn run(options: &AuditOptions, loaded: Result<Loaded, Refused>) -> Exit {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(refused) => return super::refuse(&refused),
    };
    if options.command == Some(AuditCommand::Verify) {
        return verify(&loaded);
    }
    let now_ms = Timestamp::now().as_millisecond();
    let since = options.since.as_deref();
    let since_ms = match since.map(|text| when::parse(text, &TimeZone::system(), now_ms)) {
        None => 0,
        Some(Ok(ms)) => ms,
        Some(Err(why)) => return failed(Exit::Usage, &why.to_string()),
    };
    let rows =
        Admin::open(&loaded.config.state_dir).and_then(|admin| admin.audit_since(since_ms, options.last));
    match rows {
        Ok(rows) => {
            super::show(&shown(&rows, options.format));
            Exit::Clean
        }
        Err(error) => failed(Exit::Failed, &logging::error_chain(&error)),
    }
}

/// Checks the chain.
fn verify(loaded: &Loaded) -> Exit {
    let checked = Admin::open(&loaded.config.state_dir).and_then(|admin| admin.check_audit());
    match checked {
        Ok(report) => {
            super::show(&verified(&report));
            match report.broken {
                None => Exit::Clean,
                Some(_) => Exit::Failed,
            }
        }
        Err(error) => failed(Exit::Failed, &logging::error_chain(&error)),
    }
}

fn verified(report: &ChainReport) -> String {
    let mut out = String::new();
    if report.uncovered > 0 {
        let _to_memory = writeln!(
            out,
            "{} entries were written before there was a chain: nothing can be said of them.",
            report.uncovered
        );
    }
    if let Some(Removal { upto, seq, at_ms }) = report.removed {
        let oldest = report.oldest.map_or_else(
            || "None is left.".to_owned(),
            |(oldest, at_ms)| format!("The oldest that is left is {oldest} of {}.", moment(at_ms)),
        );
        let _to_memory = writeln!(
            out,
            "Entries up to {upto} were removed for their age: {seq} of {} says so. {oldest}",
            moment(at_ms)
        );
    }
    let _to_memory = match (report.broken, report.head) {
        (None, None) => writeln!(
            out,
            "There is no entry to check: nothing was done since the chain began, or somebody removed all."
        ),
        (None, Some((seq, hash))) => writeln!(
            out,
            "{} entries are as they were written. The last is {seq}, its hash {hash}: keep it elsewhere to know of the \
             chain's end, too.",
            report.sound
        ),
        (Some(Break { seq, fault }), _) => {
            let what = match fault {
                Fault::Changed => "was changed, or the one before it was",
                Fault::Missing => "is missing",
                Fault::Unhashed => "has lost its hash",
                Fault::CutOff => "and all before it are gone, and no entry says that they were too old",
            };
            writeln!(
                out,
                "BROKEN: entry {seq} {what}. {} entries {} sound.",
                report.sound,
                if fault == Fault::CutOff {
                    "behind it are"
                } else {
                    "before it are"
                },
            )
        }
    };
    out
}

fn shown(rows: &[AuditRow], form: Form) -> String {
    if rows.is_empty() && form == Form::Text {
        return "Nothing was done through the bot or the command line.\n".to_owned();
    }
    let mut out = String::new();
    for row in rows {
        let _to_memory = match form {
            Form::Text => writeln!(out, "{}", line(row)),
            Form::Jsonl => writeln!(out, "{}", object(row)),
        };
    }
    out
}

fn line(row: &AuditRow) -> String {
    let entry = &row.entry;
    if entry.kind == AuditKind::Unreadable {
        return format!(
            "{:>6}  {}  cannot be read: somebody changed it (factorio-isr audit verify)",
            row.seq,
            moment(entry.at_ms)
        );
    }
    let mut text = format!(
        "{:>6}  {}  {}",
        row.seq,
        moment(entry.at_ms),
        clean(&entry.person.name)
    );
    if let Some(id) = entry.person.id {
        let _to_memory = write!(text, " ({id})");
    }
    let _to_memory = write!(text, "  {}", clean(&entry.command));
    if let Some(server) = &entry.server {
        let _to_memory = write!(text, " on {server}");
    }
    let end = match entry.kind {
        AuditKind::Sent => "sent".to_owned(),
        AuditKind::Refused => "refused: the person may not".to_owned(),
        AuditKind::Ended { of } => format!("{} (of {of})", clean(&entry.outcome)),
        AuditKind::Removed { upto } => format!("entries up to {upto} were removed for their age"),
        AuditKind::Unreadable => "cannot be read".to_owned(),
    };
    let _to_memory = write!(text, ": {end}");
    if let Some(line) = &entry.line {
        let _to_memory = write!(text, "  > {}", harmless(line));
    }
    match entry.answer.as_deref().map(str::trim) {
        None => {}
        Some("") => text.push_str("  < (nothing)"),
        Some(answer) => {
            let _to_memory = write!(text, "  < {}", harmless(answer));
        }
    }
    text
}

fn object(row: &AuditRow) -> serde_json::Value {
    let entry = &row.entry;
    let (kind, of) = match entry.kind {
        AuditKind::Sent => ("sent", None),
        AuditKind::Ended { of } => ("ended", Some(of)),
        AuditKind::Refused => ("refused", None),
        AuditKind::Removed { upto } => ("removed", Some(upto)),
        AuditKind::Unreadable => ("unreadable", None),
    };
    // Ids of Discord are texts, as everywhere: not every reader of JSON holds 64 bits.
    let id = |id: Option<u64>| id.map(|id| id.to_string());
    json!({
        "seq": row.seq, "at_ms": entry.at_ms, "at": moment(entry.at_ms), "kind": kind, "of": of,
        "person": id(entry.person.id), "name": entry.person.name, "guild": id(entry.person.guild),
        "channel": id(entry.person.channel), "server": entry.server.as_ref().map(ServerTag::as_str),
        "hash": row.hash.map(|hash| hash.to_string()), "command": entry.command, "line": entry.line, "outcome": entry.outcome, "answer": entry.answer,
    })
}

/// One line that cannot steer a terminal.
fn harmless(text: &str) -> String {
    let flat = |c: char| if c == '\n' { ' ' } else { c };
    text.chars().map(flat).filter(|c| !is_invisible(*c)).collect()
}

fn moment(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms).map_or_else(|_| "?".to_owned(), |at| at.to_string())
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn failed(exit: Exit, why: &str) -> Exit {
    eprintln!("factorio-isr audit: {why}");
    exit
}

#[cfg(test)]
mod tests {
    use isr_store::{AuditEntry, Person};

    use super::*;

    fn row() -> AuditRow {
        AuditRow {
            seq: 2,
            hash: None,
            entry: AuditEntry {
                at_ms: 0,
                kind: AuditKind::Ended { of: 1 },
                person: Person {
                    id: Some(u64::MAX),
                    name: "Ann\u{1b}[31m".into(),
                    guild: Some(1),
                    channel: None,
                },
                server: ServerTag::parse("main").ok(),
                command: "/factorio kick".into(),
                line: Some("/kick bob".into()),
                outcome: "done".into(),
                answer: Some("one\ntwo\u{202e}".into()),
            },
        }
    }

    #[test]
    fn a_row_is_one_line_that_steers_nothing() {
        let text = shown(&[row()], Form::Text);
        assert_eq!(text.lines().count(), 1);
        assert!(
            text.contains("/factorio kick on main: done (of 1)  > /kick bob  < one two"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }

    #[test]
    fn what_age_removed_is_told_whether_or_not_the_chain_is_sound() {
        let removed = ChainReport {
            uncovered: 0,
            sound: 3,
            head: None,
            removed: Some(Removal {
                upto: 60,
                seq: 900,
                at_ms: 0,
            }),
            oldest: Some((61, 0)),
            broken: None,
        };
        let cut = ChainReport {
            broken: Some(Break {
                seq: 70,
                fault: Fault::CutOff,
            }),
            ..removed.clone()
        };
        for report in [&removed, &cut] {
            let text = verified(report);
            assert!(
                text.starts_with("Entries up to 60 were removed for their age: 900 of 1970-01-01T00:00:00Z says so. The oldest that is left is 61 of"),
                "{text}"
            );
        }
        assert!(verified(&cut).contains("BROKEN: entry 70 and all before it are gone"));
    }

    #[test]
    fn a_row_for_programs_holds_ids_as_texts() {
        let text = shown(&[row()], Form::Jsonl);
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(object["person"], u64::MAX.to_string());
        assert_eq!(
            (&object["of"], &object["at"]),
            (&json!(1), &json!("1970-01-01T00:00:00Z"))
        );
        assert_eq!(shown(&[], Form::Jsonl), "");
        assert!(shown(&[], Form::Text).starts_with("Nothing"));
    }
}
