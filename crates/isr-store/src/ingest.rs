//! A batch from the reader: positions, deliveries and tallies, all or nothing.
//!
//! Owns the insertion, the rule that no line becomes a delivery twice, and the caps. Must not know SQL transactions:
//! the writer begins and ends them. Fails when SQLite fails, or when a batch can never be stored.
//!
//! A delivery is known, and ignored, when its line lies before the position of its generation that an earlier batch
//! committed, when its id stands twice in the batch, or when its id is in the table. The first case is the usual one, and
//! it is why settled rows can be removed without a later duplicate. So the index over ids holds only *unguarded* rows:
//! those whose line the position in their own batch did not pass (a batch without a position, for one). Retention leaves
//! an unguarded row alone until a position has passed it, or its generation has none.

use std::collections::{HashMap, HashSet};

use isr_core::delivery::{DeliveryId, Destination, NewDelivery};
use isr_core::drift::UnknownLines;
use isr_core::quiet_hours::Held;
use isr_core::source::{Checkpoint, GenerationId, ServerTag, SourceId};
use isr_core::statistics::Fact;
use isr_core::suppressed::RuleName;
use rusqlite::params;

use crate::columns::{count, quantity};
use crate::error::CommitError;
use crate::faults::FailPoint;
use crate::form;
use crate::game::{self, AlertChange};
use crate::held;
use crate::ledger::KnownGeneration;
use crate::options::OutboxFull;
use crate::positions::{self, MAX_CONTEXT, Saved};
use crate::rows::{Row, Rows};
use crate::statistics;
use crate::unknown;
use crate::work::{ROW_OVERHEAD_BYTES, Work};

/// The rule under which rows are counted that [`OutboxFull::DropOldest`] removed.
pub const RULE_OUTBOX_CAP: &str = "outbox_cap";

/// The longest text of a delivery, in bytes. Discord's own limit is 2,000 code points.
const MAX_TEXT: usize = 64 * 1024;
/// The largest picture of a delivery, in bytes. Discord takes 10 MiB.
const MAX_PICTURE: usize = 4 * 1024 * 1024;
/// The most deliveries in one batch: a transaction must not grow without bound.
const MAX_DELIVERIES: usize = 100_000;
/// So many rows are removed at a time when the outbox is at its cap.
const DROP_CHUNK: u64 = 256;

/// What one commit of the reader holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestBatch {
    /// The positions after the lines that the deliveries were made from.
    pub checkpoints: Vec<(SourceId, Checkpoint)>,
    /// What those lines say, in the order of the log.
    pub deliveries: Vec<NewDelivery>,
    /// What was suppressed or discarded on the way.
    pub tallies: Vec<Tally>,
    /// Lines that nothing understood; each tells how many more.
    pub unknown: Vec<UnknownLines>,
    /// What is held back until quiet hours end.
    pub held: Vec<Held>,
    /// Held rows whose digest is among the deliveries: they go away with this batch.
    pub released: Vec<i64>,
    /// What the lines add to the statistics, in the order of the log.
    pub facts: Vec<Fact>,
    /// What rules of alerts remember after these lines, and tell of them.
    pub alerts: Vec<AlertChange>,
}

/// A count of lines or events that a rule kept from being delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The server.
    pub server: ServerTag,
    /// The rule, as metrics name it (`max_event_age`).
    pub rule: RuleName,
    /// How many more.
    pub count: u64,
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// New deliveries per destination: the lanes that have news.
    pub fresh: Vec<(Destination, u64)>,
    /// Deliveries that were known already and were ignored.
    pub duplicates: u64,
    /// Positions that lay before the committed one, or belonged to an ended generation, and were ignored.
    pub stale_checkpoints: u64,
    /// Waiting deliveries that were removed because of the cap (only with [`OutboxFull::DropOldest`]).
    pub dropped: Vec<(ServerTag, u64)>,
}

impl Committed {
    /// How many waiting deliveries were dropped in all.
    #[must_use]
    pub fn dropped_rows(&self) -> u64 {
        self.dropped.iter().map(|(_, count)| count).sum()
    }
}

/// Why a batch did not go in, although SQLite works.
pub(crate) enum Refusal {
    /// The batch is refused; the transaction goes on with what else is in it.
    Batch(CommitError),
    /// The transaction has failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Puts a batch into the current transaction.
pub(crate) fn ingest(work: &mut Work<'_>, batch: &IngestBatch) -> Result<Committed, Refusal> {
    check(batch).map_err(|what| Refusal::Batch(CommitError::Unstorable(what)))?;
    if work.caps.when_full == OutboxFull::Pause && exceeds_caps(work, batch) {
        return Err(Refusal::Batch(CommitError::Full));
    }
    if !batch.checkpoints.is_empty() {
        mark_initialised(work)?;
    }
    let mut committed = Committed::default();
    let overflowing = held::overflowing(work.conn, batch)?;
    let batch = overflowing.as_ref().unwrap_or(batch);
    insert_deliveries(work, batch, &mut committed)?;
    committed.duplicates += held::hold(work, &batch.held)?;
    held::release(work, &batch.released)?;
    unknown::record(work.conn, &batch.unknown)?;
    statistics::record(work, &batch.facts)?;
    game::take_alerts(work, &batch.alerts, &mut committed)?;
    save_checkpoints(work, batch, &mut committed)?;
    for tally in batch.tallies.iter().filter(|tally| tally.count > 0) {
        work.ledger.tally(&tally.server, tally.rule.as_str(), tally.count);
    }
    if work.caps.when_full == OutboxFull::DropOldest {
        committed.dropped = drop_oldest(work)?;
    }
    Ok(committed)
}

pub(crate) fn check(batch: &IngestBatch) -> Result<(), &'static str> {
    let offset_fits = |offset: u64| i64::try_from(offset).is_ok();
    if batch.deliveries.len() + batch.held.len() > MAX_DELIVERIES {
        return Err("more than 100,000 deliveries");
    }
    for (_, checkpoint) in &batch.checkpoints {
        if checkpoint.context.len() > MAX_CONTEXT {
            return Err("a context of more than 4 KiB");
        }
        if !offset_fits(checkpoint.offset) || !offset_fits(checkpoint.seen_size) {
            return Err("a position beyond 2^63");
        }
    }
    let held = batch.held.iter().map(|held| &held.delivery);
    for delivery in batch.deliveries.iter().chain(held) {
        if delivery.text.len() > MAX_TEXT
            || delivery
                .username
                .as_ref()
                .is_some_and(|name| name.len() > MAX_TEXT)
        {
            return Err("a text of more than 64 KiB");
        }
        if form::attached_bytes(&delivery.form) > MAX_PICTURE {
            return Err("a picture of more than 4 MiB");
        }
        if !offset_fits(delivery.id.offset) {
            return Err("a line beyond 2^63");
        }
    }
    Ok(())
}

fn bytes_of(delivery: &NewDelivery) -> u64 {
    let texts = delivery.text.len()
        + delivery.username.as_ref().map_or(0, String::len)
        + form::attached_bytes(&delivery.form);
    u64::try_from(texts)
        .unwrap_or(u64::MAX)
        .saturating_add(ROW_OVERHEAD_BYTES)
}

/// A batch is let into an empty outbox whatever its size: it could never be let in otherwise. Rows that nobody sends keep
/// nothing out: they would do so until they are given up.
fn exceeds_caps(work: &Work<'_>, batch: &IngestBatch) -> bool {
    let (rows, bytes) = work.ledger.waiting_for(work.attendance);
    let more_rows = u64::try_from(batch.deliveries.len()).unwrap_or(u64::MAX);
    let more_bytes: u64 = batch.deliveries.iter().map(bytes_of).sum();
    more_rows > 0
        && rows > 0
        && (rows.saturating_add(more_rows) > work.caps.rows
            || bytes.saturating_add(more_bytes) > work.caps.bytes)
}

/// Before the first position is committed: from then on a store without positions has lost them.
fn mark_initialised(work: &Work<'_>) -> Result<(), Refusal> {
    if work.folder.is_initialised() {
        return Ok(());
    }
    work.folder.mark_initialised().map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::StorageFull => rusqlite::ffi::SQLITE_FULL,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                rusqlite::ffi::SQLITE_READONLY
            }
            _ => rusqlite::ffi::SQLITE_IOERR_WRITE,
        };
        let failure = rusqlite::ffi::Error::new(code);
        Refusal::Sqlite(rusqlite::Error::SqliteFailure(failure, Some(error.to_string())))
    })
}

/// Inserts the deliveries of a batch, whatever the caps say.
pub(crate) fn insert_deliveries(
    work: &mut Work<'_>,
    batch: &IngestBatch,
    committed: &mut Committed,
) -> rusqlite::Result<()> {
    let mut rows = Rows::into_table(work.conn);
    let mut numbers = Numbers::default();
    let mut met = HashSet::with_capacity(batch.deliveries.len());
    let mut fresh: Vec<(i64, u64)> = Vec::new();
    let passed = positions_after(batch);
    let middle = batch.deliveries.len() / 2;
    for (index, delivery) in batch.deliveries.iter().enumerate() {
        if index == middle {
            rows.finish()?;
            work.faults.pass(FailPoint::MidInsert)?;
        }
        let id = delivery.id;
        let generation = numbers.generation(work, id.generation)?;
        let lane = numbers.lane(work, &delivery.destination)?;
        let is_behind = generation.committed.is_some_and(|position| id.offset < position);
        let guarded = passed
            .get(&id.generation)
            .is_some_and(|position| id.offset < *position);
        if is_behind || !met.insert((id, lane)) || (guarded && is_in_index(work, generation, id, lane)?) {
            committed.duplicates += 1;
            continue;
        }
        let row = Row {
            seq: work.ledger.take_seq(),
            lane,
            generation: generation.number,
            changed_ms: work.now_ms,
            delivery,
        };
        if guarded {
            rows.guarded(row)?;
        } else if rows.unguarded(row)? {
            work.ledger.inserted_unguarded(id.generation);
        } else {
            committed.duplicates += 1;
            continue;
        }
        if let Some(lane) = work.ledger.lane_mut(lane) {
            lane.added(bytes_of(delivery), delivery.seen_ms);
        }
        match fresh.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, rows)) => *rows += 1,
            None => fresh.push((lane, 1)),
        }
    }
    rows.finish()?;
    let named = |(lane, rows): (i64, u64)| Some((work.ledger.lane_mut(lane)?.destination.clone(), rows));
    committed.fresh = fresh.into_iter().filter_map(named).collect();
    Ok(())
}

/// Whether an unguarded row has this id. Insertion itself only asks that for rows that become unguarded.
fn is_in_index(
    work: &Work<'_>,
    generation: KnownGeneration,
    id: DeliveryId,
    lane: i64,
) -> rusqlite::Result<bool> {
    if !generation.has_unguarded {
        return Ok(false);
    }
    work.conn
        .prepare_cached(
            "SELECT 1 FROM delivery INDEXED BY delivery_id
             WHERE guarded = 0 AND generation = ?1 AND line_offset = ?2 AND part = ?3 AND lane = ?4",
        )?
        .exists(params![generation.number, quantity(id.offset), id.part, lane])
}

/// Up to where this batch guards the lines of each generation. A position that turns out stale lies before the committed
/// one, and so does every line before it.
fn positions_after(batch: &IngestBatch) -> HashMap<GenerationId, u64> {
    let mut passed = HashMap::new();
    for (_, checkpoint) in &batch.checkpoints {
        let position = passed.entry(checkpoint.generation).or_insert(0);
        *position = checkpoint.offset.max(*position);
    }
    passed
}

/// The numbers that the last row had: rows that follow each other mostly share them.
#[derive(Default)]
struct Numbers {
    generation: Option<(GenerationId, KnownGeneration)>,
    lane: Option<(Destination, i64)>,
}

impl Numbers {
    fn generation(&mut self, work: &mut Work<'_>, id: GenerationId) -> rusqlite::Result<KnownGeneration> {
        match self.generation {
            Some((last, known)) if last == id => Ok(known),
            _ => {
                let known = work.ledger.generation(work.conn, id)?;
                self.generation = Some((id, known));
                Ok(known)
            }
        }
    }

    fn lane(&mut self, work: &mut Work<'_>, destination: &Destination) -> rusqlite::Result<i64> {
        match &self.lane {
            Some((last, number)) if last == destination => Ok(*number),
            _ => {
                let number = work.ledger.lane_number(work.conn, destination)?;
                self.lane = Some((destination.clone(), number));
                Ok(number)
            }
        }
    }
}

fn save_checkpoints(
    work: &mut Work<'_>,
    batch: &IngestBatch,
    committed: &mut Committed,
) -> rusqlite::Result<()> {
    for (source, checkpoint) in &batch.checkpoints {
        let generation = work.ledger.generation(work.conn, checkpoint.generation)?;
        let source = work.ledger.source(work.conn, source)?;
        match positions::save(work.conn, generation.number, source, checkpoint, work.now_ms)? {
            Saved::Taken => {
                let guarded = if checkpoint.ended {
                    u64::MAX
                } else {
                    checkpoint.offset
                };
                work.ledger.committed(checkpoint.generation, guarded);
            }
            Saved::Stale => committed.stale_checkpoints += 1,
        }
    }
    Ok(())
}

/// Removes the oldest waiting rows until the caps hold. Rows in flight stay: they may be at Discord already.
fn drop_oldest(work: &mut Work<'_>) -> rusqlite::Result<Vec<(ServerTag, u64)>> {
    let mut dropped: Vec<(ServerTag, u64)> = Vec::new();
    loop {
        let (rows, bytes) = work.ledger.waiting();
        let too_many = rows.saturating_sub(work.caps.rows);
        if too_many == 0 && bytes <= work.caps.bytes {
            return Ok(dropped);
        }
        let chunk = oldest_waiting(work, too_many.clamp(1, DROP_CHUNK))?;
        if chunk.is_empty() {
            return Ok(dropped);
        }
        for row in chunk {
            work.conn
                .prepare_cached("DELETE FROM delivery WHERE seq = ?1")?
                .execute([row.seq])?;
            if let Some(lane) = work.ledger.lane_mut(row.lane) {
                lane.removed(row.bytes);
            }
            work.ledger.tally(&row.server, RULE_OUTBOX_CAP, 1);
            match dropped.iter_mut().find(|(server, _)| *server == row.server) {
                Some((_, count)) => *count += 1,
                None => dropped.push((row.server, 1)),
            }
        }
    }
}

struct OldRow {
    seq: i64,
    lane: i64,
    server: ServerTag,
    bytes: u64,
}

/// The oldest waiting rows of all lanes, by row number.
fn oldest_waiting(work: &Work<'_>, most: u64) -> rusqlite::Result<Vec<OldRow>> {
    let mut statement = work.conn.prepare_cached(
        "SELECT seq, server, octet_length(text) + ifnull(octet_length(username), 0) + ifnull(octet_length(attachment), 0)
         FROM delivery INDEXED BY delivery_open WHERE lane = ?1 AND state <= 1 AND state = 0 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = Vec::new();
    for lane in work.ledger.lanes().filter(|lane| lane.waiting_rows > 0) {
        let found = statement.query_map([lane.number, quantity(most)], |row| {
            let server = ServerTag::parse(row.get_ref(1)?.as_str()?)
                .map_err(|_| crate::columns::meaningless(1, "a server tag"))?;
            let bytes = crate::columns::read_quantity(row, 2)? + ROW_OVERHEAD_BYTES;
            Ok(OldRow {
                seq: row.get(0)?,
                lane: lane.number,
                server,
                bytes,
            })
        })?;
        for row in found {
            rows.push(row?);
        }
    }
    rows.sort_unstable_by_key(|row| row.seq);
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    debug_assert!(count(rows.len()) <= quantity(most));
    Ok(rows)
}
