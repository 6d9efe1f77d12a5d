//! What alerts remember, and the posts that tell of them.
//!
//! Owns the rule that memory and post go in together, and which message the end of an alert changes. Must not know what
//! a memory says: it is text.

use isr_core::delivery::{Destination, NewDelivery};
use isr_core::source::ServerTag;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::columns::{meaningless, quantity};
use crate::error::CommitError;
use crate::ingest::{self, Committed, IngestBatch};
use crate::work::Work;

/// The longest memory of a rule, in bytes.
const MAX_STATE: usize = 4096;

/// A rule's new memory of a server, with what is told of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChange {
    /// The server.
    pub server: ServerTag,
    /// The rule's name.
    pub rule: String,
    /// What it remembers from now on; without one, what it remembered.
    pub state: Option<String>,
    /// What is told.
    pub post: AlertPost,
}

/// What is told of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertPost {
    /// Nothing.
    Nothing,
    /// This delivery, whose message is the alert's own until the alert ends.
    Opens(Box<NewDelivery>),
    /// This delivery, and that is all.
    Tells(Box<NewDelivery>),
    /// The alert's own message becomes this one. Where there is none at this delivery's destination, it is posted. The
    /// alert has no message afterwards.
    Closes(Box<NewDelivery>),
}

/// What a rule remembers of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// The server.
    pub server: ServerTag,
    /// The rule's name.
    pub rule: String,
    /// Its memory.
    pub state: String,
    /// When that changed last, Unix milliseconds.
    pub changed_ms: i64,
    /// Where the alert's own message is, while it has one.
    pub destination: Option<Destination>,
}

/// All memories.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<AlertRow>> {
    conn.prepare("SELECT server, rule, state, changed_ms, destination FROM alert ORDER BY server, rule")?
        .query_map([], |row| {
            let server = row.get_ref(0)?.as_str()?;
            let destination = row.get_ref(4)?.as_str_or_null()?;
            Ok(AlertRow {
                server: ServerTag::parse(server).map_err(|_| meaningless(0, "a server tag"))?,
                rule: row.get(1)?,
                state: row.get(2)?,
                changed_ms: row.get(3)?,
                destination: destination.map(Destination::new),
            })
        })?
        .collect()
}

/// Makes changes, all or none.
pub(crate) fn apply(
    work: &mut Work<'_>,
    changes: &[AlertChange],
) -> rusqlite::Result<Result<Committed, CommitError>> {
    if changes
        .iter()
        .any(|change| change.state.as_ref().is_some_and(|state| state.len() > MAX_STATE))
    {
        return Ok(Err(CommitError::Unstorable(
            "an alert's memory of more than 4 KiB",
        )));
    }
    if let Err(what) = ingest::check(&posts(changes)) {
        return Ok(Err(CommitError::Unstorable(what)));
    }
    let mut committed = Committed::default();
    take(work, changes, &mut committed)?;
    Ok(Ok(committed))
}

fn posts(changes: &[AlertChange]) -> IngestBatch {
    let deliveries = changes.iter().filter_map(AlertChange::delivery).cloned();
    IngestBatch {
        deliveries: deliveries.collect(),
        ..IngestBatch::default()
    }
}

/// Makes the changes that go in with a batch of lines. Their posts are few, each rule has a cooldown: a full outbox takes
/// them, or the rules would stand still until it has room.
pub(crate) fn take(
    work: &mut Work<'_>,
    changes: &[AlertChange],
    committed: &mut Committed,
) -> rusqlite::Result<()> {
    let mut posted = Committed::default();
    ingest::insert_deliveries(work, &posts(changes), &mut posted)?;
    committed.duplicates += posted.duplicates;
    for (destination, rows) in posted.fresh {
        match committed
            .fresh
            .iter_mut()
            .find(|(known, _)| *known == destination)
        {
            Some((_, known)) => *known += rows,
            None => committed.fresh.push((destination, rows)),
        }
    }
    for change in changes {
        let number = change
            .delivery()
            .map(|delivery| number_of(work, delivery))
            .transpose()?;
        apply_one(work, change, number.flatten())?;
    }
    Ok(())
}

impl AlertChange {
    fn delivery(&self) -> Option<&NewDelivery> {
        match &self.post {
            AlertPost::Nothing => None,
            AlertPost::Opens(delivery) | AlertPost::Tells(delivery) | AlertPost::Closes(delivery) => {
                Some(delivery)
            }
        }
    }
}

/// The row of a delivery that no position guards.
fn number_of(work: &mut Work<'_>, delivery: &NewDelivery) -> rusqlite::Result<Option<i64>> {
    let generation = work.ledger.generation(work.conn, delivery.id.generation)?.number;
    let lane = work.ledger.lane_number(work.conn, &delivery.destination)?;
    work.conn
        .prepare_cached(
            "SELECT seq FROM delivery INDEXED BY delivery_id
             WHERE guarded = 0 AND generation = ?1 AND line_offset = ?2 AND part = ?3 AND lane = ?4",
        )?
        .query_row(
            params![generation, quantity(delivery.id.offset), delivery.id.part, lane],
            |row| row.get(0),
        )
        .optional()
}

fn apply_one(work: &Work<'_>, change: &AlertChange, number: Option<i64>) -> rusqlite::Result<()> {
    let key = [change.server.as_str(), &change.rule];
    let own: Option<(Option<String>, Option<i64>)> = work
        .conn
        .prepare_cached("SELECT destination, post FROM alert WHERE server = ?1 AND rule = ?2")?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (mut destination, mut post) = own.unwrap_or_default();
    match &change.post {
        AlertPost::Nothing | AlertPost::Tells(_) => {}
        AlertPost::Opens(delivery) => {
            (destination, post) = (Some(delivery.destination.to_string()), number);
        }
        AlertPost::Closes(delivery) => {
            if destination.as_deref() == Some(delivery.destination.as_str()) {
                work.conn
                    .prepare_cached("UPDATE delivery SET changes = ?2 WHERE seq = ?1")?
                    .execute([number, post])?;
            }
            (destination, post) = (None, None);
        }
    }
    work.conn
        .prepare_cached(
            "INSERT INTO alert (server, rule, state, changed_ms, destination, post) VALUES (?1, ?2, ifnull(?3, ''), ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET state = ifnull(?3, state), changed_ms = excluded.changed_ms,
                                       destination = excluded.destination, post = excluded.post",
        )?
        .execute(params![key[0], key[1], change.state, work.now_ms, destination, post])
        .map(drop)
}
