//! Numbers for the names in the statistics.
//!
//! Owns a bounded cache of them; the tables are the truth. It lives in the ledger and goes with it: after a rollback, or
//! when another process changed the database, it is empty.

use std::collections::HashMap;

use isr_core::source::ServerTag;
use rusqlite::{Connection, OptionalExtension as _};

/// So many names of each sort are remembered; then all are forgotten and looked up again.
const KEPT: usize = 16_384;
/// So many different causes and technologies are kept apart; what comes later is counted without its detail.
const MOST_WORDS: i64 = 50_000;
/// The number of no detail.
const NO_WORD: i64 = 0;

#[derive(Debug, Default)]
pub(crate) struct Names {
    servers: HashMap<ServerTag, i64>,
    players: HashMap<i64, HashMap<String, Player>>,
    words: HashMap<String, i64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Player {
    pub(super) number: i64,
    last_hour: i64,
}

impl Names {
    pub(crate) fn server(&mut self, conn: &Connection, tag: &ServerTag) -> rusqlite::Result<i64> {
        if let Some(number) = self.servers.get(tag) {
            return Ok(*number);
        }
        conn.prepare_cached("INSERT INTO stat_server (tag) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([tag.as_str()])?;
        let number = conn
            .prepare_cached("SELECT server FROM stat_server WHERE tag = ?1")?
            .query_row([tag.as_str()], |row| row.get(0))?;
        self.servers.insert(tag.clone(), number);
        Ok(number)
    }

    /// The number of a player who was seen in an hour.
    pub(super) fn player(
        &mut self,
        conn: &Connection,
        server: i64,
        name: &str,
        hour: i64,
    ) -> rusqlite::Result<i64> {
        let known = self.players.entry(server).or_default();
        match known.get_mut(name) {
            Some(player) if player.last_hour >= hour => return Ok(player.number),
            Some(player) => player.last_hour = hour,
            None => {
                if known.len() >= KEPT {
                    known.clear();
                }
                let player = Player {
                    number: find_player(conn, server, name, hour)?,
                    last_hour: hour,
                };
                known.insert(name.to_owned(), player);
            }
        }
        let number = known.get(name).map_or(super::NOBODY, |player| player.number);
        conn.prepare_cached("UPDATE stat_player SET last_hour = max(last_hour, ?2) WHERE player = ?1")?
            .execute([number, hour])?;
        Ok(number)
    }

    /// The number of a kind.
    pub(super) fn kind(&mut self, conn: &Connection, text: &str) -> rusqlite::Result<i64> {
        self.word(conn, text, i64::MAX)
    }

    /// The number of a cause or technology.
    pub(super) fn detail(&mut self, conn: &Connection, text: Option<&str>) -> rusqlite::Result<i64> {
        text.map_or(Ok(NO_WORD), |text| self.word(conn, text, MOST_WORDS))
    }

    fn word(&mut self, conn: &Connection, text: &str, most: i64) -> rusqlite::Result<i64> {
        if let Some(number) = self.words.get(text) {
            return Ok(*number);
        }
        let find = |conn: &Connection| {
            conn.prepare_cached("SELECT word FROM stat_word WHERE text = ?1")?
                .query_row([text], |row| row.get::<_, i64>(0))
                .optional()
        };
        let number = match find(conn)? {
            Some(number) => number,
            None => {
                let count: i64 = conn
                    .prepare_cached("SELECT count(*) FROM stat_word")?
                    .query_row([], |row| row.get(0))?;
                if count >= most {
                    return Ok(NO_WORD);
                }
                conn.prepare_cached("INSERT INTO stat_word (text) VALUES (?1)")?
                    .execute([text])?;
                conn.last_insert_rowid()
            }
        };
        if self.words.len() >= KEPT {
            self.words.clear();
        }
        self.words.insert(text.to_owned(), number);
        Ok(number)
    }
}

fn find_player(conn: &Connection, server: i64, name: &str, hour: i64) -> rusqlite::Result<i64> {
    conn.prepare_cached(
        "INSERT INTO stat_player (server, name, last_hour) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute(rusqlite::params![server, name, hour])?;
    conn.prepare_cached("SELECT player FROM stat_player WHERE server = ?1 AND name = ?2")?
        .query_row(rusqlite::params![server, name], |row| row.get(0))
}
