//! Who did what.
//!
//! Owns the rows of the audit log. A row is written before a command leaves and another when its end is known, so that a
//! crash in between leaves a command without an end, never an end without a command. Rows are never changed; age removes
//! them. Must not know commands. Fails when SQLite fails.

use isr_core::source::ServerTag;
use rusqlite::{Connection, Row, params};

use crate::columns::{count, meaningless, quantity};

/// The longest text that is kept of one field, in characters.
const LONGEST: usize = 4_000;
/// How long rows are kept: a year and a month.
const KEPT_MS: i64 = 396 * 24 * 3600 * 1000;
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
}

/// Adds a row and gives its number.
pub(crate) fn add(conn: &Connection, entry: &AuditEntry) -> rusqlite::Result<i64> {
    let (kind, of) = match entry.kind {
        AuditKind::Sent => ("sent", None),
        AuditKind::Ended { of } => ("ended", Some(of)),
        AuditKind::Refused => ("refused", None),
    };
    let bits = |id: Option<u64>| id.map(u64::cast_signed);
    conn.prepare_cached(
        "INSERT INTO audit (at_ms, kind, of, person, name, guild, channel, server, command, line, outcome, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING seq",
    )?
    .query_row(
        params![
            entry.at_ms,
            kind,
            of,
            bits(entry.person.id),
            bounded(&entry.person.name),
            bits(entry.person.guild),
            bits(entry.person.channel),
            entry.server.as_ref().map(ServerTag::as_str),
            bounded(&entry.command),
            entry.line.as_deref().map(bounded),
            entry.outcome,
            entry.answer.as_deref().map(bounded),
        ],
        |row| row.get(0),
    )
}

/// The rows since a moment (Unix milliseconds), the newest `most` of them, oldest first.
pub(crate) fn since(conn: &Connection, since_ms: i64, most: u64) -> rusqlite::Result<Vec<AuditRow>> {
    let mut rows: Vec<AuditRow> = conn
        .prepare(
            "SELECT seq, at_ms, kind, of, person, name, guild, channel, server, command, line, outcome, answer
             FROM audit WHERE at_ms >= ?1 ORDER BY seq DESC LIMIT ?2",
        )?
        .query_map([since_ms, quantity(most)], read)?
        .collect::<Result<_, _>>()?;
    rows.reverse();
    Ok(rows)
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    let id =
        |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned));
    let kind = match (row.get_ref(2)?.as_str()?, row.get(3)?) {
        ("sent", None) => AuditKind::Sent,
        ("ended", Some(of)) => AuditKind::Ended { of },
        ("refused", None) => AuditKind::Refused,
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
    })
}

/// How far back an end may be missing: a command that left earlier was ended by an earlier start.
const UNENDED_MS: i64 = 7 * 24 * 3600 * 1000;

/// Ends what left and never ended, for the program died in between: whether it was carried out is unknown.
pub(crate) fn end_unended(conn: &Connection, now_ms: i64) -> rusqlite::Result<u64> {
    let ended = conn
        .prepare_cached(
            "INSERT INTO audit (at_ms, kind, of, person, name, guild, channel, server, command, line, outcome, answer)
             SELECT ?1, 'ended', sent.seq, person, name, guild, channel, server, command, line, 'unknown', NULL
             FROM audit sent INDEXED BY audit_at
             WHERE sent.at_ms > ?2 AND sent.kind = 'sent'
               AND NOT EXISTS (SELECT 1 FROM audit ended
                               WHERE ended.seq > sent.seq AND ended.kind = 'ended' AND ended.of = sent.seq)",
        )?
        .execute([now_ms, now_ms.saturating_sub(UNENDED_MS)])?;
    Ok(ended as u64)
}

/// Removes some of the rows that are too old.
pub(crate) fn remove(conn: &Connection, now_ms: i64) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit INDEXED BY audit_at WHERE at_ms < ?1 LIMIT ?2)",
    )?
    .execute([now_ms.saturating_sub(KEPT_MS), count(ROWS_PER_STEP)])
}

/// The beginning of a text: a row has a bound.
fn bounded(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST)
        .map_or(text, |(end, _)| &text[..end])
}
