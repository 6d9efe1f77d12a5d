//! What people want to be told for themselves, and which players they are.
//!
//! Owns these rows and their bounds. Must not know what is told. Fails when SQLite fails; a bound that is reached is an
//! answer.

use isr_core::delivery::NewDelivery;
use isr_core::source::ServerTag;
use isr_core::watching::{Watch, Watched};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::columns::meaningless;
use crate::error::CommitError;
use crate::ingest::{self, Committed, IngestBatch, Refusal};
use crate::work::Work;

/// So many watches one person may have …
pub const MOST_WATCHES_EACH: i64 = 10;
/// … and everybody together.
pub const MOST_WATCHES: i64 = 500;

/// Watches that this program ended are shown for so long, in milliseconds …
const ENDED_SHOWN_MS: i64 = 7 * 24 * 3600 * 1000;
/// … and so many of them.
const MOST_ENDED: i64 = 100;

/// A watch and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchRow {
    /// Its number; numbers are given once.
    pub number: i64,
    /// What is watched, for whom, and where it is told.
    pub watch: Watch,
    /// When Discord last said what gives the right to it, Unix milliseconds; 0: never, or not any more.
    pub confirmed_ms: i64,
    /// Why and when this program ended it; it is only shown then.
    pub ended: Option<(WatchEnd, i64)>,
}

/// Why this program ended a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WatchEnd {
    /// The bot may not post in its channel, or the channel is gone.
    Channel,
    /// The person takes no direct messages of the bot.
    Closed,
    /// The person may not use the command any more.
    Forbidden,
    /// The person left the Discord server.
    Left,
}

impl WatchEnd {
    const ALL: [Self; 4] = [Self::Channel, Self::Closed, Self::Forbidden, Self::Left];

    /// The stable name, for the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Closed => "closed",
            Self::Forbidden => "forbidden",
            Self::Left => "left",
        }
    }
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

const COLUMNS: &str =
    "number, person, server, what, player, channel, guild, direct, confirmed_ms, ended, ended_ms";

/// All of them, with those that were ended lately.
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
    let ended: Option<String> = row.get(9)?;
    let ended = ended.map(|name| {
        let known = WatchEnd::ALL.into_iter().find(|end| end.as_str() == name);
        known.ok_or_else(|| meaningless(9, "an end of a watch"))
    });
    let ended = ended.transpose()?;
    Ok(WatchRow {
        number: row.get(0)?,
        watch: Watch {
            person: row.get::<_, i64>(1)?.cast_unsigned(),
            server: ServerTag::parse(server).map_err(|_| meaningless(2, "a server tag"))?,
            what,
            channel: row.get::<_, i64>(5)?.cast_unsigned(),
            guild: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
            direct: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
        },
        confirmed_ms: row.get(8)?,
        ended: ended.zip(row.get(10)?),
    })
}

/// Adds one that somebody has the right to now, unless it is there or there are too many. The same at another place moves
/// there.
pub(crate) fn add(conn: &Connection, watch: &Watch, now_ms: i64) -> rusqlite::Result<Added> {
    let (what, player) = match &watch.what {
        Watched::Player(player) => ("player", Some(player.as_str())),
        Watched::Research => ("research", None),
        Watched::Server => ("server", None),
    };
    let bits = |id: Option<u64>| id.map(u64::cast_signed);
    let (person, server, channel) = (
        watch.person.cast_signed(),
        watch.server.as_str(),
        watch.channel.cast_signed(),
    );
    let same: Option<(i64, i64, Option<i64>)> = conn
        .prepare_cached(
            "SELECT number, channel, direct FROM watch
             WHERE person = ?1 AND server = ?2 AND what = ?3 AND ifnull(player, '') = ifnull(?4, '') COLLATE NOCASE
               AND ended IS NULL",
        )?
        .query_row(params![person, server, what, player], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if let Some((number, known, directly)) = same {
        conn.prepare_cached(
            "UPDATE watch SET channel = ?2, guild = ?3, direct = ?4, confirmed_ms = ?5 WHERE number = ?1",
        )?
        .execute(params![
            number,
            channel,
            bits(watch.guild),
            bits(watch.direct),
            now_ms
        ])?;
        let is_same_place = match (directly, bits(watch.direct)) {
            (None, None) => known == channel,
            (former, wanted) => former == wanted,
        };
        return Ok(if is_same_place { Added::Before } else { Added::Now });
    }
    let (own, all): (i64, i64) = conn
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE person = ?1), count(*) FROM watch WHERE ended IS NULL",
        )?
        .query_row([person], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if own >= MOST_WATCHES_EACH {
        return Ok(Added::TooManyOfYours);
    }
    if all >= MOST_WATCHES {
        return Ok(Added::TooMany);
    }
    conn.prepare_cached(
        "INSERT INTO watch (person, server, what, player, channel, guild, direct, confirmed_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        person,
        server,
        what,
        player,
        channel,
        bits(watch.guild),
        bits(watch.direct),
        now_ms
    ])?;
    Ok(Added::Now)
}

/// Notes that Discord said, at this moment, what gives the right to these watches (0: that it gives none just now), and
/// in which Discord server they were asked for.
pub(crate) fn confirm(conn: &Connection, numbers: &[i64], guild: u64, at_ms: i64) -> rusqlite::Result<()> {
    // One that was asked for elsewhere meanwhile is judged there.
    let mut change = conn.prepare_cached(
        "UPDATE watch SET confirmed_ms = ?2, guild = ?3 WHERE number = ?1 AND (guild IS NULL OR guild = ?3)",
    )?;
    for number in numbers {
        change.execute([*number, at_ms, guild.cast_signed()])?;
    }
    Ok(())
}

/// Ends watches that can be told no more, and puts what people are told of that into the outbox. Where one was asked for again
/// since it was judged nothing is done: all are judged anew.
pub(crate) fn lose(
    work: &mut Work<'_>,
    lost: &[LostWatch],
    told: &[NewDelivery],
    now_ms: i64,
) -> rusqlite::Result<Result<Committed, CommitError>> {
    let mut as_judged = work
        .conn
        .prepare_cached("SELECT 1 FROM watch WHERE number = ?1 AND confirmed_ms = ?2 AND ended IS NULL")?;
    for watch in lost {
        if !as_judged.exists([watch.number, watch.confirmed_ms])? {
            return Ok(Ok(Committed::default()));
        }
    }
    drop(as_judged);
    let batch = IngestBatch {
        deliveries: told.to_vec(),
        ..IngestBatch::default()
    };
    let committed = match ingest::ingest(work, &batch) {
        Ok(committed) => committed,
        Err(Refusal::Batch(error)) => return Ok(Err(error)),
        Err(Refusal::Sqlite(error)) => return Err(error),
    };
    let mut end = work
        .conn
        .prepare_cached("UPDATE watch SET ended = ?2, ended_ms = ?3 WHERE number = ?1 AND ended IS NULL")?;
    for watch in lost {
        end.execute(params![watch.number, watch.end.as_str(), now_ms])?;
    }
    work.conn
        .prepare_cached(
            "DELETE FROM watch WHERE ended IS NOT NULL AND (ended_ms < ?1 OR number NOT IN
                 (SELECT number FROM watch WHERE ended IS NOT NULL ORDER BY ended_ms DESC, number DESC LIMIT ?2))",
        )?
        .execute([now_ms.saturating_sub(ENDED_SHOWN_MS), MOST_ENDED])?;
    Ok(Ok(committed))
}

/// A watch that can be told no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostWatch {
    /// Its number.
    pub number: i64,
    /// [`WatchRow::confirmed_ms`] when that was found.
    pub confirmed_ms: i64,
    /// Why.
    pub end: WatchEnd,
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
    /// This one, whoever's it is.
    Number(i64),
}

/// Ends watches that somebody does not want any more. Tells how many.
pub(crate) fn end(conn: &Connection, which: WatchesOf) -> rusqlite::Result<u64> {
    let (person, number) = match which {
        WatchesOf::Person(person) => (Some(person), None),
        WatchesOf::Own { person, number } => (Some(person), Some(number)),
        WatchesOf::Number(number) => (None, Some(number)),
    };
    let ended = conn
        .prepare_cached(
            "DELETE FROM watch WHERE (?1 IS NULL OR person = ?1) AND (?2 IS NULL OR number = ?2) AND ended IS NULL",
        )?
        .execute(params![person.map(u64::cast_signed), number])?;
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
