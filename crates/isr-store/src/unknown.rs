//! The table of lines that nothing understood.
//!
//! Owns its rows and their bound: of each server the [`MOST_SHAPES`] that were seen last are kept. Must not know what a
//! shape is. Fails when SQLite fails.

use isr_core::drift::{MOST_SHAPES, UnknownLines};
use isr_core::source::ServerTag;
use rusqlite::{Connection, Row, params};

use crate::columns::{count, meaningless, quantity, read_quantity};

/// Adds what was seen since the last batch.
pub(crate) fn record(conn: &Connection, seen: &[UnknownLines]) -> rusqlite::Result<()> {
    let mut add = conn.prepare_cached(
        "INSERT INTO unknown_lines (server, version, shape, lines, first_ms, last_ms, told_ms, sample)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET lines = lines + excluded.lines, last_ms = max(last_ms, excluded.last_ms),
                                   told_ms = ifnull(told_ms, excluded.told_ms)",
    )?;
    for lines in seen {
        add.execute(params![
            lines.server.as_str(),
            lines.version,
            lines.shape,
            quantity(lines.lines),
            lines.first_ms,
            lines.last_ms,
            lines.told_ms,
            lines.sample,
        ])?;
    }
    let mut servers: Vec<&ServerTag> = seen.iter().map(|lines| &lines.server).collect();
    servers.dedup();
    for server in servers {
        conn.prepare_cached(
            "DELETE FROM unknown_lines WHERE server = ?1 AND (version, shape) IN (
                 SELECT version, shape FROM unknown_lines WHERE server = ?1
                 ORDER BY last_ms DESC, version, shape LIMIT -1 OFFSET ?2)",
        )?
        .execute(params![server.as_str(), count(MOST_SHAPES)])?;
    }
    Ok(())
}

/// All rows, by server, the most frequent first.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<UnknownLines>> {
    conn.prepare_cached(
        "SELECT server, version, shape, lines, first_ms, last_ms, told_ms, sample FROM unknown_lines
         ORDER BY server, lines DESC, version, shape",
    )?
    .query_map([], read)?
    .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<UnknownLines> {
    let server = row.get_ref(0)?.as_str()?;
    Ok(UnknownLines {
        server: ServerTag::parse(server).map_err(|_| meaningless(0, "a server's tag"))?,
        version: row.get(1)?,
        shape: row.get(2)?,
        lines: read_quantity(row, 3)?,
        first_ms: row.get(4)?,
        last_ms: row.get(5)?,
        told_ms: row.get(6)?,
        sample: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("schema/003_unknown_lines.sql"))
            .unwrap();
        conn
    }

    fn seen(server: &str, shape: &str, lines: u64, at_ms: i64, told_ms: Option<i64>) -> UnknownLines {
        UnknownLines {
            server: ServerTag::parse(server).unwrap(),
            version: "2.1.9".into(),
            shape: shape.into(),
            lines,
            first_ms: at_ms,
            last_ms: at_ms,
            told_ms,
            sample: format!("{shape} at {at_ms}"),
        }
    }

    #[test]
    fn counts_add_up_and_the_first_time_the_sample_and_the_notice_stay() {
        let conn = table();
        record(&conn, &[seen("a", "[X] *", 3, 10, None)]).unwrap();
        record(
            &conn,
            &[
                seen("a", "[X] *", 2, 20, Some(20)),
                seen("b", "[X] *", 1, 20, None),
            ],
        )
        .unwrap();
        record(&conn, &[seen("a", "[X] *", 1, 30, Some(30))]).unwrap();
        let rows = all(&conn).unwrap();
        let wanted = UnknownLines {
            last_ms: 30,
            told_ms: Some(20),
            ..seen("a", "[X] *", 6, 10, None)
        };
        assert_eq!(rows, [wanted, seen("b", "[X] *", 1, 20, None)]);
    }

    #[test]
    fn of_each_server_the_shapes_that_were_seen_last_stay() {
        let conn = table();
        record(&conn, &[seen("b", "[OTHER] *", 1, 0, None)]).unwrap();
        for number in 0..300 {
            record(&conn, &[seen("a", &format!("[T{number}] *"), 1, number, None)]).unwrap();
        }
        let rows = all(&conn).unwrap();
        assert_eq!(rows.len(), MOST_SHAPES + 1);
        let oldest = rows
            .iter()
            .filter(|row| row.server.as_str() == "a")
            .map(|row| row.last_ms)
            .min();
        assert_eq!(oldest, Some(100));
    }
}
