//! A post of a series (a recap, a status, a picture of the day) becomes a delivery once.
//!
//! Owns the mark up to which a series of a server was posted. It is written in the transaction of the delivery, and a
//! period at or before it gives no delivery: whatever crashes, none is posted twice.

use isr_core::delivery::NewDelivery;
use isr_core::source::ServerTag;
use isr_core::statistics::Span;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::CommitError;
use crate::ingest::{self, IngestBatch, Refusal};
use crate::work::Work;

/// Posts of a server that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Series {
    /// The recaps of its days, or of its weeks.
    Recap(Span),
    /// Its status, every so often.
    Status,
    /// The picture of its last 24 hours.
    Picture,
}

impl Series {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Recap(span) => span.as_str(),
            Self::Status => "status",
            Self::Picture => "picture",
        }
    }
}

/// A period of a series that is settled with this transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesMark {
    /// The server.
    pub server: ServerTag,
    /// The series.
    pub series: Series,
    /// The end of the period, Unix milliseconds.
    pub until_ms: i64,
}

/// What became of a post of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesPosted {
    /// It is in the outbox, or there was nothing to post; the mark is set.
    Now,
    /// This period, or a later one, was settled before; of a status, this one.
    Before,
}

/// Puts a post into the outbox unless its period was settled before.
pub(crate) fn post(
    work: &mut Work<'_>,
    mark: &SeriesMark,
    delivery: Option<&NewDelivery>,
) -> rusqlite::Result<Result<SeriesPosted, CommitError>> {
    let server = work.ledger.names.server(work.conn, &mark.server)?;
    let is_before = |settled: i64| match mark.series {
        // Its periods begin when the last one was told: a mark beyond this one is one of a clock that was set back.
        Series::Status => settled == mark.until_ms,
        Series::Recap(_) | Series::Picture => settled >= mark.until_ms,
    };
    if settled_until(work.conn, server, mark.series)?.is_some_and(is_before) {
        return Ok(Ok(SeriesPosted::Before));
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
        .execute(params![server, mark.series.as_str(), mark.until_ms])?;
    Ok(Ok(SeriesPosted::Now))
}

pub(super) fn settled_until(conn: &Connection, server: i64, series: Series) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT until_ms FROM recap WHERE server = ?1 AND span = ?2")?
        .query_row(params![server, series.as_str()], |row| row.get(0))
        .optional()
}
