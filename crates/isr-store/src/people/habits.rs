//! What is remembered of people between two commands.
//!
//! Owns the uses that count towards a limit and the servers that people chose. Must not know limits. Fails when SQLite
//! fails.

use isr_core::command::{Class, Use};
use isr_core::source::ServerTag;
use rusqlite::{Connection, params};

use crate::columns::meaningless;

/// The server that somebody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenServer {
    /// Who.
    pub person: u64,
    /// Which.
    pub server: ServerTag,
}

/// Notes a use; uses that count no more go.
pub(crate) fn note_use(conn: &Connection, used: Use) -> rusqlite::Result<()> {
    let longest = i64::try_from(Class::LONGEST.as_millis()).unwrap_or(i64::MAX);
    conn.prepare_cached("DELETE FROM command_use WHERE at_ms <= ?1")?
        .execute([used.at_ms.saturating_sub(longest)])?;
    conn.prepare_cached("INSERT INTO command_use (person, class, at_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![used.user.cast_signed(), used.class.as_str(), used.at_ms])
        .map(drop)
}

/// The uses that may still count.
pub(crate) fn uses(conn: &Connection) -> rusqlite::Result<Vec<Use>> {
    conn.prepare_cached("SELECT person, class, at_ms FROM command_use ORDER BY at_ms")?
        .query_map([], |row| {
            let class = row.get_ref(1)?.as_str()?;
            Ok(Use {
                user: row.get::<_, i64>(0)?.cast_unsigned(),
                class: Class::from_name(class).ok_or_else(|| meaningless(1, "a class of commands"))?,
                at_ms: row.get(2)?,
            })
        })?
        .collect()
}

/// Remembers a choice.
pub(crate) fn choose(conn: &Connection, chosen: &ChosenServer) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO chosen_server (person, server) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET server = excluded.server",
    )?
    .execute(params![chosen.person.cast_signed(), chosen.server.as_str()])
    .map(drop)
}

/// All choices.
pub(crate) fn choices(conn: &Connection) -> rusqlite::Result<Vec<ChosenServer>> {
    conn.prepare_cached("SELECT person, server FROM chosen_server ORDER BY person")?
        .query_map([], |row| {
            let tag = row.get_ref(1)?.as_str()?;
            Ok(ChosenServer {
                person: row.get::<_, i64>(0)?.cast_unsigned(),
                server: ServerTag::parse(tag).map_err(|_| meaningless(1, "a server tag"))?,
            })
        })?
        .collect()
}
