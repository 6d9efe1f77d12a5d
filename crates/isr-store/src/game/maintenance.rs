//! Planned work.
//!
//! Owns one row per server, and one for all. It is written by an operator's connection beside a running daemon, which asks
//! when it decides. A row past its end means nothing; it goes when the next one is written.

use isr_core::source::ServerTag;
use rusqlite::{Connection, params};

use crate::columns::meaningless;

/// The stored name of all servers. No tag is empty.
const ALL: &str = "";

/// Whom a maintenance is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All servers.
    All,
    /// One of them.
    Server(ServerTag),
}

impl Scope {
    /// Whether a server is meant.
    #[must_use]
    pub fn covers(&self, server: &ServerTag) -> bool {
        match self {
            Self::All => true,
            Self::Server(tag) => tag == server,
        }
    }

    fn stored(&self) -> &str {
        match self {
            Self::All => ALL,
            Self::Server(tag) => tag.as_str(),
        }
    }
}

/// A planned stretch of work. Moments are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Whom it is about.
    pub scope: Scope,
    /// Its beginning.
    pub from_ms: i64,
    /// Its end.
    pub until_ms: i64,
    /// Who planned it.
    pub by: String,
}

impl Maintenance {
    /// Whether it is going on.
    #[must_use]
    pub const fn is_on(&self, now_ms: i64) -> bool {
        self.from_ms <= now_ms && now_ms < self.until_ms
    }
}

/// All rows, the one for all servers first.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<Maintenance>> {
    conn.prepare_cached("SELECT server, from_ms, until_ms, by_whom FROM maintenance ORDER BY server")?
        .query_map([], |row| {
            let scope = match row.get_ref(0)?.as_str()? {
                ALL => Scope::All,
                tag => Scope::Server(ServerTag::parse(tag).map_err(|_| meaningless(0, "a server tag"))?),
            };
            Ok(Maintenance {
                scope,
                from_ms: row.get(1)?,
                until_ms: row.get(2)?,
                by: row.get(3)?,
            })
        })?
        .collect()
}

/// Writes one down; an earlier one of the same scope ends with it.
pub(crate) fn begin(conn: &Connection, planned: &Maintenance) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM maintenance WHERE until_ms <= ?1", [planned.from_ms])?;
    conn.execute(
        "INSERT INTO maintenance (server, from_ms, until_ms, by_whom) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET from_ms = excluded.from_ms, until_ms = excluded.until_ms,
                                   by_whom = excluded.by_whom",
        params![
            planned.scope.stored(),
            planned.from_ms,
            planned.until_ms,
            planned.by
        ],
    )
    .map(drop)
}

/// Ends what goes on: that of a server, or everything. Tells how many were going on.
pub(crate) fn end(conn: &Connection, scope: &Scope, now_ms: i64) -> rusqlite::Result<usize> {
    let sql = "FROM maintenance WHERE (?1 = '' OR server = ?1)";
    let going_on = conn.query_row(
        &format!("SELECT count(*) {sql} AND until_ms > ?2"),
        params![scope.stored(), now_ms],
        |row| row.get::<_, i64>(0),
    )?;
    conn.execute(&format!("DELETE {sql}"), [scope.stored()])?;
    Ok(usize::try_from(going_on).unwrap_or(usize::MAX))
}
