//! A recap becomes a delivery once.
//!
//! Owns the mark up to which recaps of a server were posted. It is written in the transaction of the delivery, and a
//! period at or before it gives no delivery: whatever crashes, no recap is posted twice.

use isr_core::delivery::NewDelivery;
use isr_core::source::ServerTag;
use isr_core::statistics::Span;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::CommitError;
use crate::ingest::{self, IngestBatch, Refusal};
use crate::work::Work;

/// A recap that is settled with this transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecapMark {
    /// The server.
    pub server: ServerTag,
    /// Day or week.
    pub span: Span,
    /// The end of its period, Unix milliseconds.
    pub until_ms: i64,
}

/// What became of a recap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecapPosted {
    /// It is in the outbox, or there was nothing to post; the mark is set.
    Now,
    /// This period, or a later one, was settled before.
    Before,
}

/// Puts a recap into the outbox unless its period was settled before.
pub(crate) fn post(
    work: &mut Work<'_>,
    mark: &RecapMark,
    delivery: Option<&NewDelivery>,
) -> rusqlite::Result<Result<RecapPosted, CommitError>> {
    let server = work.ledger.names.server(work.conn, &mark.server)?;
    if settled_until(work.conn, server, mark.span)?.is_some_and(|until| until >= mark.until_ms) {
        return Ok(Ok(RecapPosted::Before));
    }
    let batch = IngestBatch {
        deliveries: delivery.cloned().into_iter().collect(),
        ..IngestBatch::default()
    };
    match ingest::ingest(work, &batch) {
        Ok(_) => {}
        Err(Refusal::Batch(error)) => return Ok(Err(error)),
        Err(Refusal::Sqlite(error)) => return Err(error),
    }
    work.conn
        .prepare_cached(
            "INSERT INTO recap (server, span, until_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms",
        )?
        .execute(params![server, mark.span.as_str(), mark.until_ms])?;
    Ok(Ok(RecapPosted::Now))
}

pub(super) fn settled_until(conn: &Connection, server: i64, span: Span) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT until_ms FROM recap WHERE server = ?1 AND span = ?2")?
        .query_row(params![server, span.as_str()], |row| row.get(0))
        .optional()
}
