//! Who did what.
//!
//! Owns the rows of the audit log. A row is written before a command leaves and another when its end is known, so that a
//! crash in between leaves a command without an end, never an end without a command. Rows are never changed; age removes
//! them. Must not know commands. Fails when SQLite fails.

use isr_core::source::ServerTag;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use super::chain::{self, COLUMNS, ChainHash, Fields};
use crate::columns::{count, meaningless, quantity};

/// The longest text that is kept of one field, in characters.
const LONGEST: usize = 4_000;
/// How much older the oldest becomes before anything is removed: that is a row itself, and one a day is enough.
const SLACK_MS: i64 = 24 * 3600 * 1000;
/// Rows removed in one transaction.
const ROWS_PER_STEP: usize = 500;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// A command is about to leave.
    Sent,
    /// The end of the one with this number is known.
    Ended {
        /// The number of its row.
        of: i64,
    },
    /// Somebody wanted what they may not.
    Refused,
    /// Age removed rows.
    Removed {
        /// The number of the last of them.
        upto: i64,
    },
    /// The row is none that this program wrote: somebody changed it. Nothing but its number and time is told.
    Unreadable,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user of Discord; `None` for somebody at the command line.
    pub id: Option<u64>,
    /// The name. Hostile text.
    pub name: String,
    /// The Discord server.
    pub guild: Option<u64>,
    /// The channel or thread.
    pub channel: Option<u64>,
}

/// One thing that somebody did. Secrets are taken out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// What the row is about.
    pub kind: AuditKind,
    /// Who did it.
    pub person: Person,
    /// On which server.
    pub server: Option<ServerTag>,
    /// Under which name: `/factorio kick`.
    pub command: String,
    /// The exact line for the console.
    pub line: Option<String>,
    /// What became of it: `sent`, `done`, `refused`, `unknown` and the like.
    pub outcome: String,
    /// What the game said.
    pub answer: Option<String>,
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number; numbers are given once and grow.
    pub seq: i64,
    /// What it says.
    pub entry: AuditEntry,
    /// Its link of the chain; none: it was written before there was one.
    pub hash: Option<ChainHash>,
}

/// Adds a row to the chain and gives its number. Inside a transaction that writes: nobody else adds one meanwhile.
pub(crate) fn add(conn: &Connection, entry: &AuditEntry) -> rusqlite::Result<i64> {
    let (kind, of) = match entry.kind {
        AuditKind::Sent => ("sent", None),
        AuditKind::Ended { of } => ("ended", Some(of)),
        AuditKind::Refused => ("refused", None),
        AuditKind::Removed { upto } => (chain::REMOVED, Some(upto)),
        AuditKind::Unreadable => ("unreadable", None),
    };
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    let bits = |id: Option<u64>| number(id.map(u64::cast_signed));
    let text = |text: &str| Value::Text(bounded(text).to_owned());
    let perhaps = |given: Option<&str>| given.map_or(Value::Null, text);
    let next = chain::next(conn)?;
    let fields: Fields = [
        Value::Integer(next.seq),
        Value::Integer(entry.at_ms),
        text(kind),
        number(of),
        bits(entry.person.id),
        text(&entry.person.name),
        bits(entry.person.guild),
        bits(entry.person.channel),
        perhaps(entry.server.as_ref().map(ServerTag::as_str)),
        text(&entry.command),
        perhaps(entry.line.as_deref()),
        text(&entry.outcome),
        perhaps(entry.answer.as_deref()),
    ];
    let hash = next.hash(&fields);
    conn.prepare_cached(&format!(
        "INSERT INTO audit ({COLUMNS}, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    ))?
    .execute(params_from_iter(fields.iter().cloned().chain([Value::Blob(hash.bytes().to_vec())])))?;
    Ok(next.seq)
}

/// The rows behind a number, the oldest `most` of them.
pub(crate) fn after(conn: &Connection, seq: i64, most: u64) -> rusqlite::Result<Vec<AuditRow>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    ))?
    .query_map([seq, quantity(most)], read)?
    .collect()
}

/// The rows since a moment (Unix milliseconds), the newest `most` of them, oldest first.
pub(crate) fn since(conn: &Connection, since_ms: i64, most: u64) -> rusqlite::Result<Vec<AuditRow>> {
    let mut rows: Vec<AuditRow> = conn
        .prepare(&format!(
            "SELECT {COLUMNS}, hash FROM audit WHERE at_ms >= ?1 ORDER BY seq DESC LIMIT ?2"
        ))?
        .query_map([since_ms, quantity(most)], read)?
        .collect::<Result<_, _>>()?;
    rows.reverse();
    Ok(rows)
}

/// One row that makes no sense hides no other: it is told of by its number.
fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    understood(row).or_else(|_| unreadable(row))
}

fn unreadable(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get(0)?,
        entry: AuditEntry {
            at_ms: row.get(1)?,
            kind: AuditKind::Unreadable,
            person: Person {
                id: None,
                name: String::new(),
                guild: None,
                channel: None,
            },
            server: None,
            command: String::new(),
            line: None,
            outcome: String::new(),
            answer: None,
        },
        hash: None,
    })
}

fn understood(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    let id =
        |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned));
    let kind = match (row.get_ref(2)?.as_str()?, row.get(3)?) {
        ("sent", None) => AuditKind::Sent,
        ("ended", Some(of)) => AuditKind::Ended { of },
        ("refused", None) => AuditKind::Refused,
        (chain::REMOVED, Some(upto)) => AuditKind::Removed { upto },
        _ => return Err(meaningless(2, "a kind of audit row")),
    };
    let server: Option<String> = row.get(8)?;
    let server = server.map(|tag| ServerTag::parse(&tag).map_err(|_| meaningless(8, "a server tag")));
    Ok(AuditRow {
        seq: row.get(0)?,
        entry: AuditEntry {
            at_ms: row.get(1)?,
            kind,
            person: Person {
                id: id(4)?,
                name: row.get(5)?,
                guild: id(6)?,
                channel: id(7)?,
            },
            server: server.transpose()?,
            command: row.get(9)?,
            line: row.get(10)?,
            outcome: row.get(11)?,
            answer: row.get(12)?,
        },
        hash: row.get_ref(13)?.as_blob_or_null()?.and_then(ChainHash::read),
    })
}

/// How far back an end may be missing: a command that left earlier was ended by an earlier start.
const UNENDED_MS: i64 = 7 * 24 * 3600 * 1000;

/// How long the command line may still wait for an answer: longer than it waits for a connection and a reply.
const BY_HAND_MS: i64 = 60 * 1000;

/// Ends what left and never ended, for the program died in between: whether it was carried out is unknown. What the command
/// line began a moment ago is left to it: it works beside us.
pub(crate) fn end_unended(conn: &Connection, now_ms: i64) -> rusqlite::Result<u64> {
    let lost: Vec<AuditRow> = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, hash FROM audit sent INDEXED BY audit_at
             WHERE sent.at_ms > ?1 AND sent.kind = 'sent' AND (sent.person IS NOT NULL OR sent.at_ms <= ?2)
               AND NOT EXISTS (SELECT 1 FROM audit ended
                               WHERE ended.seq > sent.seq AND ended.kind = 'ended' AND ended.of = sent.seq)
             ORDER BY seq"
        ))?
        .query_map(
            [
                now_ms.saturating_sub(UNENDED_MS),
                now_ms.saturating_sub(BY_HAND_MS),
            ],
            read,
        )?
        .collect::<Result<_, _>>()?;
    for row in lost.iter().filter(|row| row.entry.kind == AuditKind::Sent) {
        let ended = AuditEntry {
            at_ms: now_ms,
            kind: AuditKind::Ended { of: row.seq },
            outcome: "unknown".to_owned(),
            answer: None,
            ..row.entry.clone()
        };
        add(conn, &ended)?;
    }
    Ok(lost.len() as u64)
}

/// Removes some of the rows from before a moment: always the first ones, so that what is left is still a chain; its newest row says
/// so.
pub(crate) fn remove(conn: &Connection, now_ms: i64, before_ms: i64) -> rusqlite::Result<usize> {
    let oldest_ms: Option<i64> = conn
        .prepare_cached("SELECT at_ms FROM audit ORDER BY seq LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    if oldest_ms.is_none_or(|oldest_ms| oldest_ms > before_ms.saturating_sub(SLACK_MS)) {
        return Ok(0);
    }
    let kept = "SELECT min(seq) FROM audit WHERE at_ms >= ?1";
    let first = "SELECT seq FROM audit ORDER BY seq LIMIT 1 OFFSET ?2";
    let end: i64 = conn
        .prepare_cached(&format!(
            "SELECT min(ifnull(({kept}), 9223372036854775807), ifnull(({first}), 9223372036854775807))"
        ))?
        .query_row([before_ms, count(ROWS_PER_STEP)], |row| row.get(0))?;
    let Some(upto) = chain::note_removed(conn, end)? else {
        return Ok(0);
    };
    let removed = conn
        .prepare_cached("DELETE FROM audit WHERE seq <= ?1")?
        .execute([upto])?;
    let told = AuditEntry {
        at_ms: now_ms,
        kind: AuditKind::Removed { upto },
        person: Person {
            id: None,
            name: "factorio-isr".to_owned(),
            guild: None,
            channel: None,
        },
        server: None,
        command: "audit".to_owned(),
        line: None,
        outcome: "removed for their age".to_owned(),
        answer: None,
    };
    add(conn, &told)?;
    Ok(removed)
}

/// The beginning of a text: a row has a bound.
fn bounded(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST)
        .map_or(text, |(end, _)| &text[..end])
}
