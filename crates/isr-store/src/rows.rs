//! Puts rows into the table of deliveries, several with one statement.
//!
//! Owns the statements. A row that nothing can refuse waits for its neighbours: opening the table and its indexes for each
//! one costs a quarter of what it takes to insert it. Must not know which rows are to be inserted. Fails when SQLite fails.

use std::sync::LazyLock;

use isr_core::delivery::NewDelivery;
use rusqlite::{CachedStatement, Connection, Statement, ToSql};

use crate::columns::quantity;
use crate::form;

/// So many rows share a statement; more of them gain nothing.
const TOGETHER: usize = 8;

const COLUMNS: &str = "
    INSERT INTO delivery (seq, lane, generation, line_offset, part, guarded, state, attempts, uncertain, happened_ms,
                          seen_ms, changed_ms, server, kind, username, text, form, subject, pings, attachment)
    VALUES ";
const VALUES: &str = "(?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/// Only an unguarded row is in the index over ids, so only such a one can be refused.
const IF_NEW: &str = " ON CONFLICT (generation, line_offset, part, lane) WHERE guarded = 0 DO NOTHING";

static INSERT: LazyLock<String> = LazyLock::new(|| [COLUMNS, VALUES, IF_NEW].concat());
static INSERT_TOGETHER: LazyLock<String> =
    LazyLock::new(|| [COLUMNS, &[VALUES; TOGETHER].join(", ")].concat());

/// A delivery with the numbers that it has in the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) seq: i64,
    pub(crate) lane: i64,
    pub(crate) generation: i64,
    pub(crate) changed_ms: i64,
    pub(crate) delivery: &'a NewDelivery,
}

/// Whether a row's line lies behind the position that is committed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    Off,
    On,
}

/// Rows on their way into the table.
pub(crate) struct Rows<'c, 'a> {
    conn: &'c Connection,
    waiting: Vec<Row<'a>>,
    together: Option<CachedStatement<'c>>,
}

impl<'c, 'a> Rows<'c, 'a> {
    pub(crate) fn into_table(conn: &'c Connection) -> Self {
        Self {
            conn,
            waiting: Vec::with_capacity(TOGETHER),
            together: None,
        }
    }

    /// Inserts a row whose line lies behind the position of its batch, at the latest with [`Self::finish`].
    pub(crate) fn guarded(&mut self, row: Row<'a>) -> rusqlite::Result<()> {
        self.waiting.push(row);
        if self.waiting.len() < TOGETHER {
            return Ok(());
        }
        if self.together.is_none() {
            self.together = Some(self.conn.prepare_cached(&INSERT_TOGETHER)?);
        }
        if let Some(statement) = &mut self.together {
            let mut place = Place::first();
            for row in self.waiting.drain(..) {
                bind(statement, &mut place, row, Guard::On)?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    /// Inserts a row unless its id is in the table. Says whether it was inserted.
    pub(crate) fn unguarded(&self, row: Row<'_>) -> rusqlite::Result<bool> {
        insert(self.conn, row, Guard::Off)
    }

    /// Inserts what still waits.
    pub(crate) fn finish(&mut self) -> rusqlite::Result<()> {
        for row in self.waiting.drain(..) {
            insert(self.conn, row, Guard::On)?;
        }
        Ok(())
    }
}

fn insert(conn: &Connection, row: Row<'_>, guard: Guard) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare_cached(&INSERT)?;
    bind(&mut statement, &mut Place::first(), row, guard)?;
    Ok(statement.raw_execute()? > 0)
}

/// The parameter that is bound next.
struct Place(usize);

impl Place {
    fn first() -> Self {
        Self(1)
    }

    fn bind(&mut self, statement: &mut Statement<'_>, value: impl ToSql) -> rusqlite::Result<()> {
        statement.raw_bind_parameter(self.0, value)?;
        self.0 += 1;
        Ok(())
    }
}

fn bind(
    statement: &mut Statement<'_>,
    place: &mut Place,
    row: Row<'_>,
    guard: Guard,
) -> rusqlite::Result<()> {
    let delivery = row.delivery;
    let (form, attachment) = form::columns(&delivery.form);
    place.bind(statement, row.seq)?;
    place.bind(statement, row.lane)?;
    place.bind(statement, row.generation)?;
    place.bind(statement, quantity(delivery.id.offset))?;
    place.bind(statement, delivery.id.part)?;
    place.bind(statement, guard == Guard::On)?;
    place.bind(statement, delivery.happened_ms)?;
    place.bind(statement, delivery.seen_ms)?;
    place.bind(statement, row.changed_ms)?;
    place.bind(statement, delivery.server.as_str())?;
    place.bind(statement, delivery.kind.as_str())?;
    place.bind(statement, &delivery.username)?;
    place.bind(statement, &delivery.text)?;
    place.bind(statement, form)?;
    place.bind(statement, &delivery.subject)?;
    place.bind(statement, delivery.pings.encode())?;
    place.bind(statement, attachment)
}
