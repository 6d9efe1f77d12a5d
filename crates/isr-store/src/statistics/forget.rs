//! Erasing a player.
//!
//! Owns what is erased: the player's name, sessions and counts on every server, the name as the cause of other players'
//! deaths, and samples of lines that nothing understood in which it stands. Works on the operator's connection, in small transactions among the writer's; the writer then
//! forgets its cached numbers. Does not touch messages: the outbox has its own retention.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::DAY_HOURS;

/// So many hours or days of counts are looked through in one transaction.
const STRETCH: i64 = 4 * DAY_HOURS;

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Players of that name, one for each server.
    pub players: u64,
    /// Their sessions.
    pub sessions: u64,
    /// Rows of counts.
    pub counts: u64,
    /// Samples of lines that nothing understood.
    pub samples: u64,
}

/// Erases everybody of that name, in any case of its letters.
pub(crate) fn forget(conn: &mut Connection, name: &str) -> rusqlite::Result<Forgotten> {
    // What is deleted is overwritten in the file, too.
    conn.pragma_update(None, "secure_delete", "ON")?;
    let mut forgotten = Forgotten::default();
    let players = numbers(
        conn,
        "SELECT player FROM stat_player WHERE name = ?1 COLLATE NOCASE",
        name,
    )?;
    let words = numbers(
        conn,
        "SELECT word FROM stat_word WHERE text = ?1 COLLATE NOCASE
           AND word NOT IN (SELECT DISTINCT kind FROM day_count)",
        name,
    )?;
    for player in &players {
        let step = begin(conn)?;
        forgotten.sessions += step.execute("DELETE FROM session WHERE player = ?1", [player])? as u64;
        step.commit()?;
        for table in TABLES {
            forgotten.counts += in_stretches(conn, table, |step, from, until| {
                step.execute(
                    &format!(
                        "DELETE FROM {} WHERE {time} >= ?1 AND {time} < ?2 AND player = ?3",
                        table.name,
                        time = table.time
                    ),
                    params![from, until, player],
                )
            })?;
        }
    }
    for word in &words {
        for table in TABLES {
            in_stretches(conn, table, |step, from, until| {
                take_out_cause(step, table, [from, until, *word])
            })?;
        }
        conn.execute("DELETE FROM stat_word WHERE word = ?1", [word])?;
    }
    // The shapes hold no names.
    forgotten.samples += conn.execute(
        "UPDATE unknown_lines SET sample = '' WHERE instr(lower(sample), lower(?1)) > 0",
        [name],
    )? as u64;
    // Last, so that a call that was broken off can be made again.
    for player in &players {
        forgotten.players += conn.execute("DELETE FROM stat_player WHERE player = ?1", [player])? as u64;
    }
    Ok(forgotten)
}

/// A table of counts and its column of time.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    time: &'static str,
}

const TABLES: [Table; 2] = [
    Table {
        name: "hour_count",
        time: "hour",
    },
    Table {
        name: "day_count",
        time: "day",
    },
];

/// The deaths stay, without their cause.
fn take_out_cause(
    step: &Connection,
    Table { name, time }: Table,
    range_and_word: [i64; 3],
) -> rusqlite::Result<usize> {
    step.execute(
        &format!(
            "INSERT INTO {name} ({time}, server, player, kind, detail, count)
             SELECT {time}, server, player, kind, 0, count FROM {name}
             WHERE {time} >= ?1 AND {time} < ?2 AND detail = ?3
             ON CONFLICT DO UPDATE SET count = count + excluded.count"
        ),
        range_and_word,
    )?;
    step.execute(
        &format!("DELETE FROM {name} WHERE {time} >= ?1 AND {time} < ?2 AND detail = ?3"),
        range_and_word,
    )
}

fn in_stretches(
    conn: &mut Connection,
    Table { name, time }: Table,
    mut change: impl FnMut(&Connection, i64, i64) -> rusqlite::Result<usize>,
) -> rusqlite::Result<u64> {
    let span = conn.query_row(
        &format!("SELECT min({time}), max({time}) FROM {name}"),
        [],
        |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)),
    )?;
    let (Some(mut from), Some(last)) = span else {
        return Ok(0);
    };
    let mut changed = 0;
    while from <= last {
        let until = from.saturating_add(STRETCH);
        let step = begin(conn)?;
        changed += change(&step, from, until)? as u64;
        step.commit()?;
        // Gaps, and there may be wide ones after a stamp of another century, are jumped over.
        let next: Option<i64> = conn.query_row(
            &format!("SELECT min({time}) FROM {name} WHERE {time} >= ?1"),
            [until],
            |row| row.get(0),
        )?;
        let Some(next) = next else { break };
        from = next;
    }
    Ok(changed)
}

fn begin(conn: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    Transaction::new(conn, TransactionBehavior::Immediate)
}

fn numbers(conn: &Connection, sql: &str, name: &str) -> rusqlite::Result<Vec<i64>> {
    conn.prepare(sql)?.query_map([name], |row| row.get(0))?.collect()
}
