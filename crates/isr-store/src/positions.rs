//! Positions in the logs: how they are written and read back.
//!
//! Owns the table `checkpoint`. Must not know how a position is found or checked against a file. A row that cannot be
//! a position (a negative offset, an unknown stream) is reported as damage.

use isr_core::source::{Checkpoint, Fingerprint, GenerationId, ServerTag, SourceId, Stream};
use rusqlite::{Connection, Row, params};

use crate::columns::{meaningless, quantity, read_bits, read_quantity};

/// The longest context that a checkpoint may carry, in bytes.
pub(crate) const MAX_CONTEXT: usize = 4096;

const SAVE: &str = "
    INSERT INTO checkpoint (generation, source, device, inode, head_len, head_hash, position, anchor_len, anchor_hash,
                            seen_size, ended, saved_ms, context)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (generation) DO UPDATE SET
        source = excluded.source, device = excluded.device, inode = excluded.inode,
        head_len = excluded.head_len, head_hash = excluded.head_hash, position = excluded.position,
        anchor_len = excluded.anchor_len, anchor_hash = excluded.anchor_hash, seen_size = excluded.seen_size,
        ended = excluded.ended, saved_ms = excluded.saved_ms, context = excluded.context
    WHERE excluded.position >= checkpoint.position AND NOT checkpoint.ended";

/// So many ended generations of a source are given back: the tailer recognises their files and never reads them again,
/// and an ended placeholder says that the source was looked at before its file was there.
const REMEMBERED: &str = "
    SELECT generation FROM (
        SELECT generation, row_number() OVER (PARTITION BY source ORDER BY generation DESC) AS age
        FROM checkpoint WHERE ended)
    WHERE age <= 16";

const SELECT: &str = "
    SELECT s.server, s.stream, g.id, c.device, c.inode, c.head_len, c.head_hash, c.position, c.anchor_len,
           c.anchor_hash, c.seen_size, c.ended, c.context
    FROM checkpoint c JOIN generation g ON g.generation = c.generation JOIN source s ON s.source = c.source
    WHERE NOT c.ended OR c.generation IN";

/// Whether a saved position took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saved {
    /// It is the committed position now.
    Taken,
    /// It lies before the committed one, or the generation had ended: the store keeps what it has.
    Stale,
}

/// Saves a position under the small numbers of its generation and source.
pub(crate) fn save(
    conn: &Connection,
    generation: i64,
    source: i64,
    checkpoint: &Checkpoint,
    now_ms: i64,
) -> rusqlite::Result<Saved> {
    let changed = conn.prepare_cached(SAVE)?.execute(params![
        generation,
        source,
        checkpoint.device.cast_signed(),
        checkpoint.inode.cast_signed(),
        checkpoint.head.len,
        checkpoint.head.hash.cast_signed(),
        quantity(checkpoint.offset),
        checkpoint.anchor.len,
        checkpoint.anchor.hash.cast_signed(),
        quantity(checkpoint.seen_size),
        checkpoint.ended,
        now_ms,
        checkpoint.context,
    ])?;
    Ok(if changed == 0 { Saved::Stale } else { Saved::Taken })
}

/// The positions of all generations that have not ended and of the newest ended ones, oldest generation first.
pub(crate) fn remembered(conn: &Connection) -> rusqlite::Result<Vec<(SourceId, Checkpoint)>> {
    let mut statement = conn.prepare(&format!("{SELECT} ({REMEMBERED}) ORDER BY c.generation"))?;
    let rows = statement.query_map([], read)?;
    rows.collect()
}

/// Whether any position was ever committed.
pub(crate) fn any(conn: &Connection) -> rusqlite::Result<bool> {
    conn.prepare("SELECT 1 FROM checkpoint LIMIT 1")?.exists([])
}

fn read(row: &Row<'_>) -> rusqlite::Result<(SourceId, Checkpoint)> {
    let server: String = row.get(0)?;
    let stream: String = row.get(1)?;
    let source = SourceId {
        server: ServerTag::parse(&server).map_err(|_| meaningless(0, "a server tag"))?,
        stream: Stream::from_name(&stream).ok_or_else(|| meaningless(1, "a stream"))?,
    };
    let checkpoint = Checkpoint {
        generation: GenerationId(row.get(2)?),
        device: read_bits(row, 3)?,
        inode: read_bits(row, 4)?,
        head: Fingerprint {
            len: row.get(5)?,
            hash: read_bits(row, 6)?,
        },
        offset: read_quantity(row, 7)?,
        anchor: Fingerprint {
            len: row.get(8)?,
            hash: read_bits(row, 9)?,
        },
        seen_size: read_quantity(row, 10)?,
        ended: row.get(11)?,
        context: row.get(12)?,
    };
    Ok((source, checkpoint))
}
