//! One row per server and minute.
//!
//! Owns their keeping: [`KEPT_MINUTES`]. A minute that is written again holds what was written last. Nothing in here is a
//! name or a word of a player.

use std::ops::Range;

use isr_core::source::ServerTag;
use rusqlite::{Connection, params};

use crate::columns::{quantity, read_quantity};
use crate::work::Work;

/// Pictures need a day; a week helps to see what is usual.
const KEPT_MINUTES: i64 = 8 * 24 * 60;
const MINUTE_MS: i64 = 60_000;
/// Rows removed in one step.
const ROWS: usize = 500;

/// What was seen of a server in one minute. What could not be read is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRow {
    /// The server.
    pub server: ServerTag,
    /// The minute since 1970, UTC.
    pub minute: i64,
    /// Players on the server.
    pub players: Option<u32>,
    /// Updates per second, times 100.
    pub ups_x100: Option<u32>,
    /// How long the map was played, in seconds of the game.
    pub game_s: Option<u64>,
}

impl SampleRow {
    /// The minute of a moment, Unix milliseconds.
    #[must_use]
    pub const fn minute_of(unix_ms: i64) -> i64 {
        unix_ms.div_euclid(MINUTE_MS)
    }
}

/// Writes rows into the current transaction.
pub(crate) fn record(work: &mut Work<'_>, rows: &[SampleRow]) -> rusqlite::Result<()> {
    for row in rows {
        let server = work.ledger.names.server(work.conn, &row.server)?;
        work.conn
            .prepare_cached(
                "INSERT INTO sample (server, minute, players, ups_x100, game_s) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET players = excluded.players, ups_x100 = excluded.ups_x100,
                                           game_s = excluded.game_s",
            )?
            .execute(params![
                server,
                row.minute,
                row.players,
                row.ups_x100,
                row.game_s.map(quantity)
            ])?;
    }
    Ok(())
}

/// The rows of a server in a stretch of minutes (the end is not part of it), by time.
pub(crate) fn within(
    conn: &Connection,
    tag: &ServerTag,
    number: i64,
    minutes: Range<i64>,
) -> rusqlite::Result<Vec<SampleRow>> {
    conn.prepare_cached(
        "SELECT minute, players, ups_x100, game_s FROM sample
         WHERE server = ?1 AND minute >= ?2 AND minute < ?3 ORDER BY minute",
    )?
    .query_map([number, minutes.start, minutes.end], |row| {
        let has_time = row.get::<_, Option<i64>>(3)?.is_some();
        Ok(SampleRow {
            server: tag.clone(),
            minute: row.get(0)?,
            players: row.get(1)?,
            ups_x100: row.get(2)?,
            game_s: has_time.then(|| read_quantity(row, 3)).transpose()?,
        })
    })?
    .collect()
}

/// Removes some rows past their time; how many.
pub(crate) fn remove(conn: &Connection, now_ms: i64) -> rusqlite::Result<usize> {
    let oldest = SampleRow::minute_of(now_ms) - KEPT_MINUTES;
    conn.prepare_cached(
        "DELETE FROM sample WHERE (server, minute) IN (
             SELECT s.server, s.minute FROM stat_server t CROSS JOIN sample s
             ON s.server = t.server AND s.minute < ?1 LIMIT ?2)",
    )?
    .execute(params![oldest, ROWS as i64])
}
