//! Saving what can still be read of a damaged database.
//!
//! Owns the copying. Must not change the damaged file. Fails only when the new database cannot be written.
//!
//! Positions are only worth keeping together with every delivery made from the lines before them: a position whose
//! deliveries are gone would lose them silently. So they are copied only when all waiting rows could be read and agree
//! with the counters of their lanes; otherwise the logs are read anew, and the waiting rows that could be read are kept
//! on top of that (rather a message twice than none).

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

use crate::schema;

/// What was saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Salvaged {
    pub(crate) checkpoints: u64,
    pub(crate) deliveries: u64,
}

/// A table and the columns to copy.
struct Table {
    name: &'static str,
    columns: &'static str,
}

/// Without these no other row has a meaning.
const NAMES: [Table; 3] = [
    Table {
        name: "source",
        columns: "source, server, stream",
    },
    Table {
        name: "generation",
        columns: "generation, id",
    },
    Table {
        name: "lane",
        columns: "lane, destination, waiting_rows, waiting_bytes, releases",
    },
];
const TALLIES: Table = Table {
    name: "tally",
    columns: "server, rule, count",
};
const CHECKPOINTS: Table = Table {
    name: "checkpoint",
    columns:
        "generation, source, device, inode, head_len, head_hash, position, anchor_len, anchor_hash, seen_size,
              ended, saved_ms, context",
};
const HELD: Table = Table {
    name: "held",
    columns: "held, until_ms, destination, server, generation, line_offset, part, kind, text, happened_ms",
};
const DELIVERIES: Table = Table {
    name: "delivery",
    columns: "seq, lane, generation, line_offset, part, guarded, state, attempts, uncertain, happened_ms, seen_ms, changed_ms,
              server, kind, username, message_id, reason, text, form, subject, pings, attachment",
};

/// Posted recaps are kept whatever happens: none is posted twice.
const RECAPS: [Table; 2] = [
    Table {
        name: "stat_server",
        columns: "server, tag",
    },
    Table {
        name: "recap",
        columns: "server, span, until_ms",
    },
];
/// What is seen of running games is kept whatever happens: cards and alerts must not appear a second time. The message of
/// an alert is found no more, as what was delivered is not kept.
const GAMES: [Table; 4] = [
    Table {
        name: "sample",
        columns: "server, minute, players, ups_x100, game_s",
    },
    Table {
        name: "alert",
        columns: "server, rule, state, changed_ms",
    },
    Table {
        name: "card",
        columns: "destination, server, message_id, begun_ms",
    },
    Table {
        name: "maintenance",
        columns: "server, from_ms, until_ms, by_whom",
    },
];
/// What people did and chose is kept whatever happens.
const PEOPLE: [Table; 7] = [
    Table {
        name: "audit_chain",
        columns: "one, oldest, first",
    },
    Table {
        name: "audit",
        columns: "seq, at_ms, kind, of, person, name, guild, channel, server, command, line, outcome, answer, hash",
    },
    Table {
        name: "audit_removed",
        columns: "one, seq, hash",
    },
    Table {
        name: "audit_posted",
        columns: "destination, seq",
    },
    Table {
        name: "watch",
        columns: "number, person, server, what, player, channel, guild, direct, confirmed_ms, ended, ended_ms",
    },
    Table {
        name: "linked_player",
        columns: "person, player",
    },
    Table {
        name: "chosen_server",
        columns: "person, server",
    },
];
/// Statistics are kept with the positions only: without them the logs are read, and counted, anew.
const STATISTICS: [Table; 5] = [
    Table {
        name: "stat_player",
        columns: "player, server, name, joined_ms, last_hour",
    },
    Table {
        name: "stat_word",
        columns: "word, text",
    },
    Table {
        name: "session",
        columns: "session, server, player, began_ms, ended_ms",
    },
    Table {
        name: "hour_count",
        columns: "hour, server, player, kind, detail, count",
    },
    Table {
        name: "day_count",
        columns: "day, server, player, kind, detail, count",
    },
];

/// Copies what is readable of the database at `damaged` into the empty one behind `into`.
pub(crate) fn salvage(damaged: &Path, into: &mut Connection) -> rusqlite::Result<Salvaged> {
    let step = Transaction::new(into, TransactionBehavior::Immediate)?;
    let source = schema::connect_reader(damaged)
        .ok()
        .filter(|conn| schema::version(conn) == Ok(schema::newest()));
    let salvaged = match source {
        Some(source) => copy_everything(&source, &step)?,
        None => Salvaged::default(),
    };
    recount(&step)?;
    step.commit()?;
    Ok(salvaged)
}

fn copy_everything(source: &Connection, into: &Connection) -> rusqlite::Result<Salvaged> {
    let mut salvaged = Salvaged::default();
    copy_people(source, into)?;
    for table in &NAMES {
        if !copy(source, into, table)?.is_whole() {
            return Ok(salvaged);
        }
    }
    copy(source, into, &TALLIES)?;
    for table in RECAPS.iter().chain(&GAMES) {
        copy(source, into, table)?;
    }
    let waiting = copy_waiting(source, into)?;
    salvaged.deliveries = waiting.rows() + copy_deliveries(source, into, "state = 3 OR state = 4")?.rows();
    // Held lines are deliveries to come: a position without them would lose them.
    let held = copy(source, into, &HELD)?;
    begin_new_numbers(into)?;
    if waiting.is_whole() && held.is_whole() && counters_agree(into)? {
        salvaged.checkpoints = keep_checkpoints(source, into)?;
    }
    if salvaged.checkpoints > 0 {
        for table in &STATISTICS {
            copy(source, into, table)?;
        }
    }
    if salvaged.checkpoints == 0 {
        // No position guards these rows any more.
        into.execute("UPDATE OR IGNORE delivery SET guarded = 0", [])?;
    }
    Ok(salvaged)
}

/// Copies what people did and chose. The numbers of the audit log go on behind the last that was given, even where its row is
/// lost: what was posted under a number is not posted again, and the chain says which row is missing.
fn copy_people(source: &Connection, into: &Connection) -> rusqlite::Result<()> {
    let begins = "SELECT oldest, first FROM audit_chain";
    let begins: Option<(i64, i64)> = source
        .query_row(begins, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .ok();
    if begins.is_some() {
        // That of the empty store gives way.
        into.execute("DELETE FROM audit_chain", [])?;
    }
    for table in &PEOPLE {
        copy(source, into, table)?;
    }
    let given = "SELECT seq FROM sqlite_sequence WHERE name = 'audit'";
    let given: i64 = source.query_row(given, [], |row| row.get(0)).unwrap_or(0);
    let known: i64 = into.query_row(
        "SELECT max(?1, ifnull((SELECT max(seq) FROM audit), 0), ifnull((SELECT seq FROM audit_removed), 0),
                    ifnull((SELECT max(seq) FROM audit_posted), 0))",
        [given],
        |row| row.get(0),
    )?;
    into.execute("DELETE FROM sqlite_sequence WHERE name = 'audit'", [])?;
    into.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('audit', ?1)",
        [known],
    )
    .map(drop)
}

/// Held lines are numbered anew from the present moment on: no earlier number can be as large, and a digest that was made
/// from one may still be waiting.
fn begin_new_numbers(into: &Connection) -> rusqlite::Result<()> {
    into.execute("DELETE FROM sqlite_sequence WHERE name = 'held'", [])?;
    into.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('held', unixepoch() * 1000)",
        [],
    )
    .map(drop)
}

/// How far a table could be read.
enum Copied {
    Whole(u64),
    Partly(u64),
}

impl Copied {
    fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }

    fn rows(&self) -> u64 {
        match self {
            Self::Whole(rows) | Self::Partly(rows) => *rows,
        }
    }
}

fn copy(source: &Connection, into: &Connection, table: &Table) -> rusqlite::Result<Copied> {
    let Table { name, columns } = table;
    copy_rows(source, into, table, &format!("SELECT {columns} FROM {name}"))
}

/// Copies the rows of a query until it ends or cannot be read further. An error of `into` is passed on.
fn copy_rows(
    source: &Connection,
    into: &Connection,
    Table { name, columns }: &Table,
    query: &str,
) -> rusqlite::Result<Copied> {
    let width = columns.split(',').count();
    let marks = vec!["?"; width].join(", ");
    let mut insert = into.prepare(&format!(
        "INSERT OR IGNORE INTO {name} ({columns}) VALUES ({marks})"
    ))?;
    let mut copied = 0;
    let Ok(mut select) = source.prepare(query) else {
        return Ok(Copied::Partly(0));
    };
    let Ok(mut rows) = select.query([]) else {
        return Ok(Copied::Partly(0));
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Copied::Whole(copied)),
            Err(_) => return Ok(Copied::Partly(copied)),
        };
        let values: rusqlite::Result<Vec<Value>> = (0..width).map(|column| row.get(column)).collect();
        let Ok(values) = values else {
            return Ok(Copied::Partly(copied));
        };
        match insert.execute(params_from_iter(values)) {
            Ok(inserted) => copied += inserted as u64,
            // The new schema refuses the row: it is not one that we wrote.
            Err(error) if is_refused_row(&error) => return Ok(Copied::Partly(copied)),
            Err(error) => return Err(error),
        }
    }
}

fn is_refused_row(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    matches!(
        error.sqlite_error_code(),
        Some(ConstraintViolation | TooBig | TypeMismatch)
    )
}

/// Waiting rows: over their index, which touches no page of settled rows, else over the table.
fn copy_waiting(source: &Connection, into: &Connection) -> rusqlite::Result<Copied> {
    let columns = DELIVERIES.columns;
    // The second condition is asked of the row itself: the index may point anywhere.
    let query = format!(
        "SELECT {columns} FROM delivery INDEXED BY delivery_open WHERE state <= 1 AND state + 0 <= 1 ORDER BY lane, seq"
    );
    let indexed = copy_rows(source, into, &DELIVERIES, &query)?;
    if indexed.is_whole() && counters_agree(into)? {
        return Ok(indexed);
    }
    let scanned = copy_deliveries(source, into, "state <= 1")?;
    let rows = indexed.rows() + scanned.rows();
    Ok(if scanned.is_whole() {
        Copied::Whole(rows)
    } else {
        Copied::Partly(rows)
    })
}

/// Rows in the order of the table; after a place that cannot be read, from the end backwards.
fn copy_deliveries(source: &Connection, into: &Connection, condition: &str) -> rusqlite::Result<Copied> {
    let columns = DELIVERIES.columns;
    let query = |order: &str| {
        format!("SELECT {columns} FROM delivery NOT INDEXED WHERE {condition} ORDER BY seq {order}")
    };
    let forward = copy_rows(source, into, &DELIVERIES, &query("ASC"))?;
    if forward.is_whole() {
        return Ok(forward);
    }
    let backward = copy_rows(source, into, &DELIVERIES, &query("DESC"))?;
    Ok(Copied::Partly(forward.rows() + backward.rows()))
}

/// Whether the rows that were read are all that the damaged store says it had waiting.
fn counters_agree(into: &Connection) -> rusqlite::Result<bool> {
    into.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM lane l WHERE l.waiting_rows !=
             (SELECT count(*) FROM delivery d WHERE d.lane = l.lane AND d.state <= 1))",
        [],
        |row| row.get(0),
    )
}

/// Copies the positions, or none of them when one cannot be read.
fn keep_checkpoints(source: &Connection, into: &Connection) -> rusqlite::Result<u64> {
    let copied = copy(source, into, &CHECKPOINTS)?;
    if copied.is_whole() && crate::positions::remembered(into).is_ok() {
        return Ok(copied.rows());
    }
    into.execute("DELETE FROM checkpoint", [])?;
    Ok(0)
}

fn recount(into: &Connection) -> rusqlite::Result<()> {
    let overhead = crate::columns::quantity(crate::work::ROW_OVERHEAD_BYTES);
    into.execute(
        "DELETE FROM delivery WHERE lane NOT IN (SELECT lane FROM lane)",
        [],
    )?;
    into.execute(
        "UPDATE lane SET
             waiting_rows = (SELECT count(*) FROM delivery d WHERE d.lane = lane.lane AND d.state <= 1),
             waiting_bytes = (SELECT ifnull(sum(octet_length(text) + ifnull(octet_length(username), 0) + ifnull(octet_length(attachment), 0) + ?1), 0)
                              FROM delivery d WHERE d.lane = lane.lane AND d.state <= 1),
             given_up_rows = (SELECT count(*) FROM delivery d WHERE d.lane = lane.lane AND d.state >= 3)",
        [overhead],
    )
    .map(drop)
}
