//! What quiet hours hold back until their end.
//!
//! Owns the table of held lines and its bound: with [`MOST_HELD`] of them, further ones are posted at once, because noise
//! is better than a loss. They go in with the position behind their line, and go out in the transaction that stores
//! their digest. Must not know how a digest reads. Fails when SQLite fails.

use isr_core::delivery::Destination;
use isr_core::quiet_hours::Held;
use isr_core::source::ServerTag;
use rusqlite::{Connection, Row, params};

use crate::columns::{count, meaningless, quantity};
use crate::ingest::IngestBatch;
use crate::work::Work;

/// So many lines are held at most, of all servers together.
pub const MOST_HELD: usize = 10_000;

/// A line that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// Its number: what [`IngestBatch::released`] names.
    pub number: i64,
    /// When the quiet hours end, Unix milliseconds.
    pub until_ms: i64,
    /// Where it goes.
    pub destination: Destination,
    /// The server that it tells of.
    pub server: ServerTag,
    /// The event's kind.
    pub kind: String,
    /// The finished Discord text.
    pub text: String,
    /// When the event happened, Unix milliseconds.
    pub happened_ms: i64,
}

/// The batch with everything to be posted at once, when there is no room to hold it.
pub(crate) fn overflowing(conn: &Connection, batch: &IngestBatch) -> rusqlite::Result<Option<IngestBatch>> {
    if batch.held.is_empty() {
        return Ok(None);
    }
    let held: i64 = conn.query_row("SELECT count(*) FROM held", [], |row| row.get(0))?;
    if held.saturating_add(count(batch.held.len())) <= count(MOST_HELD) {
        return Ok(None);
    }
    let mut all = batch.clone();
    let now = all.held.drain(..).map(|held| held.delivery);
    all.deliveries.extend(now);
    Ok(Some(all))
}

/// Holds what the batch says, but for lines that an earlier position has passed. Gives how many were known already.
pub(crate) fn hold(work: &mut Work<'_>, held: &[Held]) -> rusqlite::Result<u64> {
    let mut duplicates = 0;
    for Held { delivery, until_ms } in held {
        let id = delivery.id;
        let known = work.ledger.generation(work.conn, id.generation)?;
        if known.committed.is_some_and(|position| id.offset < position) {
            duplicates += 1;
            continue;
        }
        let inserted = work
            .conn
            .prepare_cached(
                "INSERT OR IGNORE INTO held (until_ms, destination, server, generation, line_offset, part, kind, text, happened_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                until_ms,
                delivery.destination.as_str(),
                delivery.server.as_str(),
                id.generation.0,
                quantity(id.offset),
                id.part,
                delivery.kind.as_str(),
                delivery.text,
                delivery.happened_ms,
            ])?;
        if inserted == 0 {
            duplicates += 1;
        } else {
            let first = work
                .ledger
                .held_until_ms
                .map_or(*until_ms, |first| first.min(*until_ms));
            work.ledger.held_until_ms = Some(first);
        }
    }
    Ok(duplicates)
}

/// Forgets rows whose digest is stored in the same transaction.
pub(crate) fn release(work: &mut Work<'_>, numbers: &[i64]) -> rusqlite::Result<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    let mut remove = work.conn.prepare_cached("DELETE FROM held WHERE held = ?1")?;
    for number in numbers {
        remove.execute([number])?;
    }
    work.ledger.held_until_ms = first_end(work.conn)?;
    Ok(())
}

/// When the first row is due.
pub(crate) fn first_end(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT min(until_ms) FROM held")?
        .query_row([], |row| row.get(0))
}

/// The rows whose time has come, by destination, server and order of the log.
pub(crate) fn due(conn: &Connection, now_ms: i64) -> rusqlite::Result<Vec<HeldRow>> {
    conn.prepare_cached(
        "SELECT held, until_ms, destination, server, kind, text, happened_ms FROM held
         WHERE until_ms <= ?1 ORDER BY destination, server, held",
    )?
    .query_map([now_ms], read)?
    .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<HeldRow> {
    Ok(HeldRow {
        number: row.get(0)?,
        until_ms: row.get(1)?,
        destination: Destination::new(row.get_ref(2)?.as_str()?),
        server: ServerTag::parse(row.get_ref(3)?.as_str()?).map_err(|_| meaningless(3, "a server tag"))?,
        kind: row.get(4)?,
        text: row.get(5)?,
        happened_ms: row.get(6)?,
    })
}
