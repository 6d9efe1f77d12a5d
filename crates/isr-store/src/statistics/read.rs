//! Reading statistics back, over a connection that only reads: it works while the daemon runs, and keeps nobody waiting.
//!
//! Owns which table answers what: whole days come from the days, what is left at both ends from the hours. Rows are
//! summed up here by number; names are looked up once each.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use isr_core::source::ServerTag;
use isr_core::statistics::{Count, Period, Session};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{DAY_HOURS, HOUR_MS, HOURS_KEPT, NOBODY, Series};
use crate::admin::AdminError;
use crate::columns::read_quantity;
use crate::folder::StateFolder;
use crate::game::{self, AlertRow, CardPlace, CardState, SampleRow};
use crate::schema;

/// Hours since 1970, UTC; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourRange {
    from: i64,
    until: i64,
}

impl HourRange {
    /// The hours of a period that other periods come before and after: each hour belongs to one of them.
    #[must_use]
    pub const fn within(period: Period) -> Self {
        Self {
            from: period.from_ms.div_euclid(HOUR_MS),
            until: period.until_ms.div_euclid(HOUR_MS),
        }
    }

    /// All hours that a period touches.
    #[must_use]
    pub const fn touching(period: Period) -> Self {
        Self {
            from: period.from_ms.div_euclid(HOUR_MS),
            until: period.until_ms.div_euclid(HOUR_MS).saturating_add(1),
        }
    }
}

/// Who is on a server, and who ever was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendance {
    /// Open sessions: who, and since when.
    pub open: Vec<(String, i64)>,
    /// Everybody who ever joined.
    pub joined: Vec<String>,
    /// The first join that was seen, Unix milliseconds.
    pub since_ms: Option<i64>,
}

/// A connection that reads statistics.
#[derive(Debug)]
pub struct StatisticsReader {
    conn: Connection,
    path: PathBuf,
}

impl StatisticsReader {
    /// Opens the store of a state folder for reading. Creates nothing.
    ///
    /// # Errors
    /// [`AdminError`] when there is none, or when it cannot be used.
    pub fn open(state_dir: &Path) -> Result<Self, AdminError> {
        Self::open_database(StateFolder::unchecked(state_dir).database())
    }

    pub(crate) fn open_database(path: PathBuf) -> Result<Self, AdminError> {
        if !path.exists() {
            return Err(AdminError::Missing { path });
        }
        match schema::connect_reader(&path).and_then(|conn| Ok((schema::version(&conn)?, conn))) {
            Ok((found, conn)) if found == schema::newest() => Ok(Self { conn, path }),
            Ok((found, _)) => Err(AdminError::Schema {
                path,
                found,
                known: schema::newest(),
            }),
            Err(source) => Err(AdminError::Sqlite {
                path,
                source: source.into(),
            }),
        }
    }

    /// The servers of which there are statistics.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn servers(&self) -> Result<Vec<ServerTag>, AdminError> {
        self.ask(|conn| {
            let mut statement = conn.prepare("SELECT tag FROM stat_server ORDER BY tag")?;
            let tags = statement
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(tags.iter().filter_map(|tag| ServerTag::parse(tag).ok()).collect())
        })
    }

    /// Who is on a server, and who ever was.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn attendance(&self, server: &ServerTag) -> Result<Attendance, AdminError> {
        self.for_server(server, |conn, server| {
            let mut open = conn.prepare(
                "SELECT p.name, s.began_ms FROM session s INDEXED BY session_open
                 JOIN stat_player p ON p.player = s.player WHERE s.server = ?1 AND s.ended_ms IS NULL",
            )?;
            let open = open
                .query_map([server], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut joined =
                conn.prepare("SELECT name FROM stat_player WHERE server = ?1 AND joined_ms IS NOT NULL")?;
            let joined = joined
                .query_map([server], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let since_ms = conn.query_row(
                "SELECT min(joined_ms) FROM stat_player WHERE server = ?1",
                [server],
                |row| row.get(0),
            )?;
            Ok(Attendance {
                open,
                joined,
                since_ms,
            })
        })
    }

    /// The sessions that touch a period.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn sessions(&self, server: &ServerTag, period: Period) -> Result<Vec<Session>, AdminError> {
        self.for_server(server, |conn, server| {
            let names = players(conn, server)?;
            let mut statement = conn.prepare(
                "SELECT player, began_ms, ended_ms FROM session INDEXED BY session_ended
                 WHERE ended_ms IS NOT NULL AND ended_ms >= ?2 AND began_ms < ?3 AND server = ?1
                 UNION ALL
                 SELECT player, began_ms, NULL FROM session INDEXED BY session_open
                 WHERE ended_ms IS NULL AND server = ?1 AND began_ms < ?3",
            )?;
            let mut rows = statement.query(params![server, period.from_ms, period.until_ms])?;
            let mut sessions = Vec::new();
            while let Some(row) = rows.next()? {
                if let Some(name) = names.get(&row.get(0)?) {
                    sessions.push(Session {
                        player: name.clone(),
                        began_ms: row.get(1)?,
                        ended_ms: row.get(2)?,
                    });
                }
            }
            Ok(sessions)
        })
    }

    /// What was seen of a server in each minute of a stretch (the end is not part of it), by time. Minutes of which nothing
    /// is known are not in it.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn samples(&self, server: &ServerTag, minutes: Range<i64>) -> Result<Vec<SampleRow>, AdminError> {
        self.for_server(server, |conn, number| {
            game::samples_in(conn, server, number, minutes)
        })
    }

    /// What the rules of alerts remember of all servers.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn alerts(&self) -> Result<Vec<AlertRow>, AdminError> {
        self.ask(game::all_alerts)
    }

    /// Where cards are.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn cards(&self) -> Result<Vec<(CardPlace, CardState)>, AdminError> {
        self.ask(game::all_cards)
    }

    /// Up to where a series of a server was settled.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn settled_until(&self, server: &ServerTag, series: Series) -> Result<Option<i64>, AdminError> {
        self.for_server(server, |conn, server| {
            super::series::settled_until(conn, server, series)
        })
    }

    /// Who joined for the first time in a period, in that order. Nobody, where no join from before it is known: everybody
    /// would be new.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn newcomers(&self, server: &ServerTag, period: Period) -> Result<Vec<String>, AdminError> {
        self.for_server(server, |conn, server| {
            let mut statement = conn.prepare(
                "SELECT name FROM stat_player WHERE server = ?1 AND joined_ms >= ?2 AND joined_ms < ?3
                   AND EXISTS (SELECT 1 FROM stat_player WHERE server = ?1 AND joined_ms < ?2)
                 ORDER BY joined_ms, name",
            )?;
            statement
                .query_map(params![server, period.from_ms, period.until_ms], |row| row.get(0))?
                .collect()
        })
    }

    /// How often what happened in a range of hours. Hours that are rolled up count with their whole day.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn counts(
        &self,
        server: &ServerTag,
        range: HourRange,
        now_ms: i64,
    ) -> Result<Vec<Count>, AdminError> {
        self.for_server(server, |conn, server| {
            let mut sums = HashMap::new();
            for part in parts(range, super::hour_of(now_ms) - HOURS_KEPT) {
                add(conn, server, part, &mut sums)?;
            }
            named(conn, server, sums)
        })
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, AdminError> {
        question(&self.conn).map_err(|source| AdminError::Sqlite {
            path: self.path.clone(),
            source: source.into(),
        })
    }

    /// Nothing is known of a server that was never read.
    fn for_server<T: Default>(
        &self,
        server: &ServerTag,
        question: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, AdminError> {
        self.ask(|conn| {
            let number = conn
                .prepare("SELECT server FROM stat_server WHERE tag = ?1")?
                .query_row([server.as_str()], |row| row.get(0))
                .optional()?;
            number.map_or_else(|| Ok(T::default()), |number| question(conn, number))
        })
    }
}

/// A stretch of one of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Hours(i64, i64),
    Days(i64, i64),
}

/// Whole days, and the hours at both ends; where the hours are gone, the whole first day.
fn parts(range: HourRange, oldest_hour: i64) -> Vec<Part> {
    let HourRange { from, until } = range;
    let first_day = if from < oldest_hour {
        from.div_euclid(DAY_HOURS)
    } else {
        from.saturating_add(DAY_HOURS - 1).div_euclid(DAY_HOURS)
    };
    let end_day = until.div_euclid(DAY_HOURS);
    if first_day >= end_day {
        return vec![Part::Hours(from, until)];
    }
    vec![
        Part::Hours(from, (first_day * DAY_HOURS).max(from)),
        Part::Days(first_day, end_day),
        Part::Hours(end_day * DAY_HOURS, until),
    ]
}

type Sums = HashMap<(i64, i64, i64), u64>;

fn add(conn: &Connection, server: i64, part: Part, sums: &mut Sums) -> rusqlite::Result<()> {
    let (sql, from, until) = match part {
        Part::Hours(from, until) => (
            "SELECT player, kind, detail, count FROM hour_count WHERE hour >= ?2 AND hour < ?3 AND server = ?1",
            from,
            until,
        ),
        Part::Days(from, until) => (
            "SELECT player, kind, detail, count FROM day_count WHERE day >= ?2 AND day < ?3 AND server = ?1",
            from,
            until,
        ),
    };
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([server, from, until])?;
    while let Some(row) = rows.next()? {
        *sums.entry((row.get(0)?, row.get(1)?, row.get(2)?)).or_default() += read_quantity(row, 3)?;
    }
    Ok(())
}

fn named(conn: &Connection, server: i64, sums: Sums) -> rusqlite::Result<Vec<Count>> {
    let (players, words) = (players(conn, server)?, words(conn)?);
    let mut counts: Vec<Count> = sums
        .into_iter()
        // A player who is being erased at this moment is left out.
        .filter(|((player, ..), _)| *player == NOBODY || players.contains_key(player))
        .map(|((player, kind, detail), count)| Count {
            player: players.get(&player).cloned(),
            kind: words.get(&kind).cloned().unwrap_or_default(),
            detail: words.get(&detail).cloned(),
            count,
        })
        .collect();
    counts.sort_by(|a, b| (&a.kind, &a.player, &a.detail).cmp(&(&b.kind, &b.player, &b.detail)));
    Ok(counts)
}

fn players(conn: &Connection, server: i64) -> rusqlite::Result<HashMap<i64, String>> {
    conn.prepare("SELECT player, name FROM stat_player WHERE server = ?1")?
        .query_map([server], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn words(conn: &Connection) -> rusqlite::Result<HashMap<i64, String>> {
    conn.prepare("SELECT word, text FROM stat_word")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i64, until: i64) -> HourRange {
        HourRange { from, until }
    }

    #[test]
    fn whole_days_come_from_the_days_and_the_ends_from_the_hours() {
        assert_eq!(
            parts(range(30, 30 + 48), 0),
            [Part::Hours(30, 48), Part::Days(2, 3), Part::Hours(72, 78)]
        );
        assert_eq!(parts(range(25, 47), 0), [Part::Hours(25, 47)]);
        assert_eq!(
            parts(range(48, 72), 0),
            [Part::Hours(48, 48), Part::Days(2, 3), Part::Hours(72, 72)]
        );
    }

    #[test]
    fn a_first_day_whose_hours_are_gone_counts_whole() {
        assert_eq!(
            parts(range(30, 80), 100),
            [Part::Hours(30, 30), Part::Days(1, 3), Part::Hours(72, 80)]
        );
    }
}
