//! What people want to be told for themselves, and which players they are.
//!
//! Owns these rows and their bounds. Must not know what is told. Fails when SQLite fails; a bound that is reached is an
//! answer.

use isr_core::source::ServerTag;
use isr_core::watching::{Watch, Watched};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::columns::meaningless;

/// So many watches one person may have …
pub const MOST_WATCHES_EACH: i64 = 10;
/// … and everybody together.
pub const MOST_WATCHES: i64 = 500;

/// A watch and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchRow {
    /// Its number; numbers are given once.
    pub number: i64,
    /// What is watched, for whom, and where it is told.
    pub watch: Watch,
}

/// What became of a watch that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Now,
    /// It was there.
    Before,
    /// The person has as many as anybody may.
    TooManyOfYours,
    /// There are as many as there may be.
    TooMany,
}

const COLUMNS: &str = "number, person, server, what, player, channel";

/// All of them.
pub(crate) fn watches(conn: &Connection) -> rusqlite::Result<Vec<WatchRow>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM watch ORDER BY number"))?
        .query_map([], read)?
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<WatchRow> {
    let what = match (row.get_ref(3)?.as_str()?, row.get::<_, Option<String>>(4)?) {
        ("player", Some(player)) => Watched::Player(player),
        ("research", None) => Watched::Research,
        ("server", None) => Watched::Server,
        _ => return Err(meaningless(3, "a thing to watch")),
    };
    let server = row.get_ref(2)?.as_str()?;
    Ok(WatchRow {
        number: row.get(0)?,
        watch: Watch {
            person: row.get::<_, i64>(1)?.cast_unsigned(),
            server: ServerTag::parse(server).map_err(|_| meaningless(2, "a server tag"))?,
            what,
            channel: row.get::<_, i64>(5)?.cast_unsigned(),
        },
    })
}

/// Adds one, unless it is there or there are too many. The same at another place moves there.
pub(crate) fn add(conn: &Connection, watch: &Watch) -> rusqlite::Result<Added> {
    let (what, player) = match &watch.what {
        Watched::Player(player) => ("player", Some(player.as_str())),
        Watched::Research => ("research", None),
        Watched::Server => ("server", None),
    };
    let (person, server, channel) = (
        watch.person.cast_signed(),
        watch.server.as_str(),
        watch.channel.cast_signed(),
    );
    let same: Option<(i64, i64)> = conn
        .prepare_cached(
            "SELECT number, channel FROM watch
             WHERE person = ?1 AND server = ?2 AND what = ?3 AND ifnull(player, '') = ifnull(?4, '') COLLATE NOCASE",
        )?
        .query_row(params![person, server, what, player], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((number, known)) = same {
        conn.prepare_cached("UPDATE watch SET channel = ?2 WHERE number = ?1")?
            .execute([number, channel])?;
        return Ok(if known == channel {
            Added::Before
        } else {
            Added::Now
        });
    }
    let (own, all): (i64, i64) = conn
        .prepare_cached("SELECT count(*) FILTER (WHERE person = ?1), count(*) FROM watch")?
        .query_row([person], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if own >= MOST_WATCHES_EACH {
        return Ok(Added::TooManyOfYours);
    }
    if all >= MOST_WATCHES {
        return Ok(Added::TooMany);
    }
    conn.prepare_cached(
        "INSERT INTO watch (person, server, what, player, channel) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![person, server, what, player, channel])?;
    Ok(Added::Now)
}

/// Which watches end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchesOf {
    /// All of this person.
    Person(u64),
    /// This one, if it is this person's.
    Own {
        /// Whose.
        person: u64,
        /// Its number.
        number: i64,
    },
    /// All that are told in this channel.
    Channel(u64),
    /// This one, whoever's it is.
    Number(i64),
}

/// Ends watches. Tells how many.
pub(crate) fn end(conn: &Connection, which: WatchesOf) -> rusqlite::Result<u64> {
    let (person, channel, number) = match which {
        WatchesOf::Person(person) => (Some(person), None, None),
        WatchesOf::Own { person, number } => (Some(person), None, Some(number)),
        WatchesOf::Channel(channel) => (None, Some(channel), None),
        WatchesOf::Number(number) => (None, None, Some(number)),
    };
    let ended = conn
        .prepare_cached(
            "DELETE FROM watch WHERE (?1 IS NULL OR person = ?1) AND (?2 IS NULL OR channel = ?2)
                 AND (?3 IS NULL OR number = ?3)",
        )?
        .execute(params![
            person.map(u64::cast_signed),
            channel.map(u64::cast_signed),
            number
        ])?;
    Ok(ended as u64)
}

/// A person and the player whom they proved to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedPlayer {
    /// The user of Discord.
    pub person: u64,
    /// The player's name.
    pub player: String,
}

/// All of them.
pub(crate) fn links(conn: &Connection) -> rusqlite::Result<Vec<LinkedPlayer>> {
    conn.prepare_cached("SELECT person, player FROM linked_player")?
        .query_map([], |row| {
            Ok(LinkedPlayer {
                person: row.get::<_, i64>(0)?.cast_unsigned(),
                player: row.get(1)?,
            })
        })?
        .collect()
}

/// Links somebody; an earlier link of that person, or to that player, ends.
pub(crate) fn link(conn: &Connection, linked: &LinkedPlayer) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO linked_player (person, player) VALUES (?1, ?2)")?
        .execute(params![linked.person.cast_signed(), linked.player])
        .map(drop)
}

/// Ends a person's link. Tells whether there was one.
pub(crate) fn unlink(conn: &Connection, person: u64) -> rusqlite::Result<bool> {
    let ended = conn
        .prepare_cached("DELETE FROM linked_player WHERE person = ?1")?
        .execute([person.cast_signed()])?;
    Ok(ended > 0)
}
