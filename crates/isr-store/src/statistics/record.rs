//! Facts into the tables, as part of the reader's batch.
//!
//! Owns the rule that a line is counted once: like a delivery, a fact whose line lies before the committed position of
//! its generation is left out. A batch is summed up in memory first, so that a burst costs a row per player and kind, not
//! one per line. Session steps are done in the order of the log, by the rules of
//! [`SessionBook`](isr_core::session::SessionBook).

use std::collections::BTreeMap;

use isr_core::source::GenerationId;
use isr_core::statistics::{Fact, Step};
use rusqlite::{Connection, params};

use super::{DAY_HOURS, NOBODY, hour_of};
use crate::columns::quantity;
use crate::work::Work;

/// Hour or day, server, player, kind, detail.
type Key = (i64, i64, i64, i64, i64);

/// Writes facts into the current transaction, before the positions of their batch.
pub(crate) fn record(work: &mut Work<'_>, facts: &[Fact]) -> rusqlite::Result<()> {
    let mut hours: BTreeMap<Key, u64> = BTreeMap::new();
    let mut last: Option<(GenerationId, Option<u64>)> = None;
    for fact in facts {
        let committed = match last {
            Some((generation, committed)) if generation == fact.generation => committed,
            _ => work.ledger.generation(work.conn, fact.generation)?.committed,
        };
        last = Some((fact.generation, committed));
        if committed.is_some_and(|position| fact.offset < position) {
            continue;
        }
        if let Some(key) = take_in(work, fact)? {
            *hours.entry(key).or_default() += 1;
        }
    }
    let mut days: BTreeMap<Key, u64> = BTreeMap::new();
    for ((hour, server, player, kind, detail), count) in &hours {
        *days
            .entry((hour / DAY_HOURS, *server, *player, *kind, *detail))
            .or_default() += count;
    }
    add(
        work.conn,
        "INSERT INTO hour_count (hour, server, player, kind, detail, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
        &hours,
    )?;
    add(
        work.conn,
        "INSERT INTO day_count (day, server, player, kind, detail, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
        &days,
    )
}

fn add(conn: &Connection, sql: &str, counts: &BTreeMap<Key, u64>) -> rusqlite::Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let mut insert = conn.prepare_cached(sql)?;
    for ((time, server, player, kind, detail), count) in counts {
        insert.execute(params![time, server, player, kind, detail, quantity(*count)])?;
    }
    Ok(())
}

/// Does the session step of a fact and gives the row that it counts in.
fn take_in(work: &mut Work<'_>, fact: &Fact) -> rusqlite::Result<Option<Key>> {
    let (conn, hour) = (work.conn, hour_of(fact.at_ms));
    let names = &mut work.ledger.names;
    let server = names.server(conn, &fact.server)?;
    let player = match &fact.player {
        Some(name) => names.player(conn, server, name, hour)?,
        None => NOBODY,
    };
    match fact.step {
        Step::None => {}
        Step::EndsRun => end_run(conn, server, fact.at_ms)?,
        // A step of nobody: the name was blank.
        _ if player == NOBODY => {}
        Step::Opens => open(conn, server, player, fact.at_ms)?,
        Step::Closes => close(conn, server, player, fact.at_ms)?,
    }
    let Some(kind) = &fact.kind else { return Ok(None) };
    let kind = names.kind(conn, kind.as_str())?;
    let detail = names.detail(conn, fact.detail.as_deref())?;
    Ok(Some((hour, server, player, kind, detail)))
}

fn open(conn: &Connection, server: i64, player: i64, at_ms: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO session (server, player, began_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (server, player) WHERE ended_ms IS NULL DO NOTHING",
    )?
    .execute([server, player, at_ms])?;
    conn.prepare_cached("UPDATE stat_player SET joined_ms = ?2 WHERE player = ?1 AND joined_ms IS NULL")?
        .execute([player, at_ms])
        .map(drop)
}

fn close(conn: &Connection, server: i64, player: i64, at_ms: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE session INDEXED BY session_open SET ended_ms = max(began_ms, ?3)
         WHERE server = ?1 AND player = ?2 AND ended_ms IS NULL",
    )?
    .execute([server, player, at_ms])
    .map(drop)
}

fn end_run(conn: &Connection, server: i64, at_ms: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE session INDEXED BY session_open SET ended_ms = ?2
         WHERE server = ?1 AND ended_ms IS NULL AND began_ms <= ?2",
    )?
    .execute([server, at_ms])
    .map(drop)
}
