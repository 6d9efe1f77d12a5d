//! The audit log in a channel: rows become deliveries, each once.
//!
//! Owns the mark up to which rows were put into the outbox for a destination. It is written in the transaction of the
//! deliveries: whatever crashes, no row is left out and none is posted twice. Must not know how a row reads. Fails when SQLite
//! fails.

use isr_core::delivery::{Destination, NewDelivery};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::audit::{self, AuditRow};
use crate::error::CommitError;
use crate::ingest::{self, Committed, IngestBatch, Refusal};
use crate::work::Work;

/// What is to be posted next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unposted {
    /// Rows in the order in which they are posted; a few at a time.
    pub rows: Vec<AuditRow>,
}

/// The rows that were not posted yet at the one destination that there is. What was written before it was first asked for is
/// not made up for, nor what was written while the log was posted elsewhere or nowhere: other marks are forgotten.
pub(crate) fn unposted(
    conn: &Connection,
    destination: Option<&Destination>,
    most: u64,
) -> rusqlite::Result<Unposted> {
    conn.prepare_cached("DELETE FROM audit_posted WHERE destination IS NOT ?1")?
        .execute([destination.map(Destination::as_str)])?;
    let Some(destination) = destination else {
        return Ok(Unposted { rows: Vec::new() });
    };
    let mark: Option<i64> = conn
        .prepare_cached("SELECT seq FROM audit_posted WHERE destination = ?1")?
        .query_row([destination.as_str()], |row| row.get(0))
        .optional()?;
    let rows = match mark {
        Some(mark) => audit::after(conn, mark, most)?,
        None => {
            conn.prepare_cached(
                "INSERT INTO audit_posted (destination, seq)
                 SELECT ?1, ifnull((SELECT max(seq) FROM audit), 0)",
            )?
            .execute([destination.as_str()])?;
            Vec::new()
        }
    };
    Ok(Unposted { rows })
}

/// Puts posts into the outbox and notes how far they go.
pub(crate) fn post(
    work: &mut Work<'_>,
    destination: &Destination,
    upto: i64,
    deliveries: &[NewDelivery],
) -> rusqlite::Result<Result<Committed, CommitError>> {
    let batch = IngestBatch {
        deliveries: deliveries.to_vec(),
        ..IngestBatch::default()
    };
    let committed = match ingest::ingest(work, &batch) {
        Ok(committed) => committed,
        Err(Refusal::Batch(error)) => return Ok(Err(error)),
        Err(Refusal::Sqlite(error)) => return Err(error),
    };
    work.conn
        .prepare_cached(
            "INSERT INTO audit_posted (destination, seq) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
        )?
        .execute(params![destination.as_str(), upto])?;
    Ok(Ok(committed))
}
