//! Statistics past their time, in small steps.
//!
//! Owns what goes when: hours after five weeks (their days stay), days, sessions and players after the retention. Called
//! by the sweep inside its transactions.

use rusqlite::{Connection, params};

use super::{DAY_HOURS, HOUR_MS, HOURS_KEPT, hour_of};

/// Rows removed in one step.
const ROWS: usize = 500;

/// What a step removed.
pub(crate) struct Removed {
    /// Rows.
    pub(crate) removed: u64,
    /// Whether there may be more.
    pub(crate) more: bool,
}

/// Removes hours that are rolled up, and days past the retention.
pub(crate) fn remove_counts(conn: &Connection, now_ms: i64, before_ms: i64) -> rusqlite::Result<Removed> {
    let oldest_hour = (hour_of(now_ms) - HOURS_KEPT).max(hour_of(before_ms));
    let hours = conn
        .prepare_cached(
            "DELETE FROM hour_count WHERE (hour, server, player, kind, detail) IN (
                 SELECT hour, server, player, kind, detail FROM hour_count WHERE hour < ?1 LIMIT ?2)",
        )?
        .execute(params![oldest_hour, ROWS as i64])?;
    let days = conn
        .prepare_cached(
            "DELETE FROM day_count WHERE (day, server, player, kind, detail) IN (
                 SELECT day, server, player, kind, detail FROM day_count WHERE day < ?1 LIMIT ?2)",
        )?
        .execute(params![hour_of(before_ms) / DAY_HOURS, ROWS as i64])?;
    Ok(step(hours.max(days), days as u64))
}

/// Removes sessions that ended before the retention.
pub(crate) fn remove_sessions(conn: &Connection, before_ms: i64) -> rusqlite::Result<Removed> {
    let removed = conn
        .prepare_cached(
            "DELETE FROM session WHERE session IN (
                 SELECT session FROM session INDEXED BY session_ended
                 WHERE ended_ms IS NOT NULL AND ended_ms < ?1 LIMIT ?2)",
        )?
        .execute(params![before_ms, ROWS as i64])?;
    Ok(step(removed, removed as u64))
}

/// Removes players of whom nothing is left. They are looked for only when counts or sessions went.
pub(crate) fn remove_players(conn: &Connection, before_ms: i64) -> rusqlite::Result<Removed> {
    let removed = conn
        .prepare_cached(
            "DELETE FROM stat_player WHERE player IN (
                 SELECT player FROM stat_player p WHERE last_hour < ?1
                   AND NOT EXISTS (SELECT 1 FROM session s INDEXED BY session_open
                                   WHERE s.server = p.server AND s.player = p.player AND s.ended_ms IS NULL)
                 LIMIT ?2)",
        )?
        .execute(params![hour_of(before_ms - HOUR_MS), ROWS as i64])?;
    Ok(step(removed, removed as u64))
}

const fn step(deleted: usize, removed: u64) -> Removed {
    Removed {
        removed,
        more: deleted >= ROWS,
    }
}
