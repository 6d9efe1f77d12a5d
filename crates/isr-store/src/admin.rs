//! The operator's look into the outbox: list, retry, drop.
//!
//! Owns a second connection that works whether or not factorio-isr runs. It takes no instance lock: SQLite's own locking
//! orders its small transactions among the writer's, and the writer loads its counters anew when it sees that another
//! process committed. What a running lane has in flight is never touched. A lane that has given its destination up learns
//! of `retry` by [`Store::operator_releases`](crate::Store::operator_releases).

use std::path::{Path, PathBuf};

use isr_core::delivery::Destination;
use isr_core::drift::UnknownLines;
use isr_core::source::{Checkpoint, ServerTag, SourceId};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use crate::columns::{count, meaningless, quantity, read_quantity};
use crate::error::SqliteCause;
use crate::folder::StateFolder;
use crate::held::{self, HeldRow};
use crate::positions;
use crate::schema;
use crate::statistics::{Forgotten, forget};
use crate::unknown;
use crate::work::ROW_OVERHEAD_BYTES;

/// The rule under which deliveries are counted that an operator removed before they were delivered.
pub const RULE_OPERATOR: &str = "operator";

/// Rows changed in one transaction: the writer never waits long.
const CHUNK: usize = 500;

/// Why the outbox cannot be looked at or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// There is no store in the folder.
    #[error("there is no store at {path}: name the state folder that factorio-isr runs with")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The store has another schema than this program.
    #[error(
        "the store {path} has schema {found}, this program knows {known}: use the version that runs on it"
    )]
    Schema {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// The version that this program knows.
        known: i32,
    },
    /// SQLite failed.
    #[error("cannot use the store {path}: run this as the user that runs factorio-isr")]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: SqliteCause,
    },
}

/// The state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// Waits for its attempt.
    Waiting,
    /// An attempt is being made, or was when the process ended.
    InFlight,
    /// Delivered; kept for a day.
    Delivered,
    /// Refused by the destination; kept for 30 days.
    Dead,
    /// Waited for too long; kept for 30 days.
    Expired,
}

impl RowState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::InFlight,
        Self::Delivered,
        Self::Dead,
        Self::Expired,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::InFlight => "in-flight",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Expired => "expired",
        }
    }

    /// The reverse of [`RowState::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    const fn code(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::InFlight => 1,
            Self::Delivered => 2,
            Self::Dead => 3,
            Self::Expired => 4,
        }
    }

    fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Which rows are meant. Everything empty means all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxFilter {
    /// Rows in one of these states.
    pub states: Vec<RowState>,
    /// Rows for this destination.
    pub destination: Option<Destination>,
    /// Rows of this server.
    pub server: Option<ServerTag>,
    /// Rows with one of these numbers.
    pub numbers: Vec<i64>,
}

impl OutboxFilter {
    /// The condition in SQL for the states that `allowed` leaves, with `?1` the destination and `?2` the server.
    /// Only numbers are written into the text.
    fn condition(&self, allowed: &[RowState]) -> String {
        let wanted = |state: &RowState| self.states.is_empty() || self.states.contains(state);
        let states = join(
            allowed
                .iter()
                .filter(|state| wanted(state))
                .map(|state| state.code()),
        );
        let numbers = match self.numbers.as_slice() {
            [] => String::new(),
            numbers => format!(" AND d.seq IN ({})", join(numbers.iter().copied())),
        };
        format!(
            "d.state IN ({states}) AND (?1 IS NULL OR l.destination = ?1) AND (?2 IS NULL OR d.server = ?2){numbers}"
        )
    }

    fn names(&self) -> [Option<&str>; 2] {
        [
            self.destination.as_ref().map(Destination::as_str),
            self.server.as_ref().map(ServerTag::as_str),
        ]
    }
}

fn join(numbers: impl Iterator<Item = i64>) -> String {
    numbers
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A row as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub number: i64,
    /// Its state.
    pub state: RowState,
    /// Where it goes.
    pub destination: Destination,
    /// The server that it tells of.
    pub server: ServerTag,
    /// The event's kind.
    pub kind: String,
    /// When the event happened, Unix milliseconds.
    pub happened_ms: i64,
    /// When it took its state, Unix milliseconds.
    pub changed_ms: i64,
    /// How many attempts were begun.
    pub attempts: u32,
    /// Whether an attempt ended without a certain answer.
    pub uncertain: bool,
    /// Why it was given up.
    pub reason: Option<String>,
    /// The text.
    pub text: String,
}

/// What is open for one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCount {
    /// Where it goes.
    pub destination: Destination,
    /// Deliveries that wait or are on their way.
    pub waiting: u64,
    /// Deliveries that were given up.
    pub given_up: u64,
}

/// The operator's connection.
#[derive(Debug)]
pub struct Admin {
    conn: Connection,
    path: PathBuf,
}

impl Admin {
    /// Opens the outbox of a state folder. Creates nothing.
    ///
    /// # Errors
    /// [`AdminError`] when there is none, or when it cannot be used.
    pub fn open(state_dir: &Path) -> Result<Self, AdminError> {
        let path = StateFolder::unchecked(state_dir).database();
        if !path.exists() {
            return Err(AdminError::Missing { path });
        }
        let opened = schema::connect_operator(&path).and_then(|conn| Ok((schema::version(&conn)?, conn)));
        match opened {
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

    /// The rows that a filter means, in the order of their numbers, at most `limit`.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn list(&self, filter: &OutboxFilter, limit: usize) -> Result<Vec<OutboxRow>, AdminError> {
        let sql = format!(
            "SELECT d.seq, d.state, l.destination, d.server, d.kind, d.happened_ms, d.changed_ms, d.attempts,
                    d.uncertain, d.reason, d.text
             FROM delivery d JOIN lane l ON l.lane = d.lane WHERE {} ORDER BY d.seq LIMIT ?3",
            filter.condition(&RowState::ALL)
        );
        let [destination, server] = filter.names();
        let run = || {
            let mut statement = self.conn.prepare(&sql)?;
            let rows = statement.query_map(params![destination, server, count(limit)], read)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|source| self.failed(source))
    }

    /// The positions of all generations that have not ended and of the newest ended ones (16 a source), oldest first.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn checkpoints(&self) -> Result<Vec<(SourceId, Checkpoint)>, AdminError> {
        positions::remembered(&self.conn).map_err(|source| self.failed(source))
    }

    /// The lines that nothing understood, by server, the most frequent first.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn unknown_lines(&self) -> Result<Vec<UnknownLines>, AdminError> {
        unknown::all(&self.conn).map_err(|source| self.failed(source))
    }

    /// How often each rule suppressed something, by server and rule.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn tallies(&self) -> Result<Vec<(ServerTag, String, u64)>, AdminError> {
        let run = || {
            let mut statement = self
                .conn
                .prepare("SELECT server, rule, count FROM tally ORDER BY server, rule")?;
            let rows = statement.query_map([], |row| {
                let server = row.get_ref(0)?.as_str()?;
                let server = ServerTag::parse(server).map_err(|_| meaningless(0, "a server tag"))?;
                Ok((server, row.get(1)?, read_quantity(row, 2)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|source| self.failed(source))
    }

    /// How many deliveries of a filter wait or were given up, for each destination that has any.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn open_counts(&self, filter: &OutboxFilter) -> Result<Vec<OpenCount>, AdminError> {
        let open = [
            RowState::Waiting,
            RowState::InFlight,
            RowState::Dead,
            RowState::Expired,
        ];
        let sql = format!(
            "SELECT l.destination, count(*) FILTER (WHERE d.state IN (0, 1)), count(*) FILTER (WHERE d.state IN (3, 4))
             FROM delivery d JOIN lane l ON l.lane = d.lane WHERE {} GROUP BY d.lane ORDER BY d.lane",
            filter.condition(&open)
        );
        self.look(|conn| {
            let read = |row: &Row<'_>| {
                Ok(OpenCount {
                    destination: Destination::new(row.get_ref(0)?.as_str()?),
                    waiting: read_quantity(row, 1)?,
                    given_up: read_quantity(row, 2)?,
                })
            };
            conn.prepare(&sql)?.query_map(filter.names(), read)?.collect()
        })
    }

    /// How many deliveries wait for each destination that has any.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn waiting(&self) -> Result<Vec<(Destination, u64)>, AdminError> {
        let run = || {
            let mut statement = self
                .conn
                .prepare("SELECT destination, waiting_rows FROM lane WHERE waiting_rows > 0 ORDER BY lane")?;
            let rows = statement.query_map([], |row| {
                let destination = Destination::new(row.get_ref(0)?.as_str()?);
                Ok((destination, read_quantity(row, 1)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|source| self.failed(source))
    }

    /// The lines that quiet hours hold back, by destination, server and order of the log.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn held(&self) -> Result<Vec<HeldRow>, AdminError> {
        held::due(&self.conn, i64::MAX).map_err(|source| self.failed(source))
    }

    /// Erases a player from the statistics of all servers, in any case of the name's letters.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; what was erased before the error stays erased, and the call can be made again.
    pub fn forget_player(&mut self, name: &str) -> Result<Forgotten, AdminError> {
        forget(&mut self.conn, name).map_err(|source| self.failed(source))
    }

    /// Puts rows that were given up back into their lanes, at their old place, with a fresh start of the clock that
    /// gives deliveries up by age; tells the lanes of the filter's destinations (all, without one) to try again, but with a
    /// server in the filter only those in which something of that server waits. Gives the number of rows.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; what was changed before the error stays changed.
    pub fn retry(&mut self, filter: &OutboxFilter, now_ms: i64) -> Result<u64, AdminError> {
        let retried = self.in_chunks(filter, &[RowState::Dead, RowState::Expired], |step, row| {
            step.prepare_cached(
                "UPDATE delivery SET state = 0, attempts = 0, reason = NULL, seen_ms = ?2, changed_ms = ?2
                 WHERE seq = ?1",
            )?
            .execute([row.number, now_ms])?;
            step.prepare_cached(
                "UPDATE lane SET waiting_rows = waiting_rows + 1, waiting_bytes = waiting_bytes + ?2,
                                 given_up_rows = max(given_up_rows - 1, 0) WHERE lane = ?1",
            )?
            .execute([row.lane, quantity(row.bytes)])
            .map(drop)
        })?;
        self.conn
            .execute(
                "UPDATE lane SET releases = releases + 1 WHERE (?1 IS NULL OR destination = ?1) AND (?2 IS NULL
                     OR EXISTS (SELECT 1 FROM delivery d WHERE d.lane = lane.lane AND d.state <= 1 AND d.server = ?2))",
                filter.names(),
            )
            .map_err(|source| self.failed(source))?;
        Ok(retried)
    }

    /// Removes rows that wait or were given up, and counts those that waited under [`RULE_OPERATOR`]. Gives the number
    /// of rows. Rows in flight are not removed.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; what was removed before the error stays removed.
    pub fn discard(&mut self, filter: &OutboxFilter) -> Result<u64, AdminError> {
        let droppable = [RowState::Waiting, RowState::Dead, RowState::Expired];
        self.in_chunks(filter, &droppable, |step, row| {
            step.prepare_cached("DELETE FROM delivery WHERE seq = ?1")?
                .execute([row.number])?;
            if row.state != RowState::Waiting {
                return step
                    .prepare_cached(
                        "UPDATE lane SET given_up_rows = max(given_up_rows - 1, 0) WHERE lane = ?1",
                    )?
                    .execute([row.lane])
                    .map(drop);
            }
            step.prepare_cached(
                "UPDATE lane SET waiting_rows = max(waiting_rows - 1, 0),
                                 waiting_bytes = max(waiting_bytes - ?2, 0) WHERE lane = ?1",
            )?
            .execute([row.lane, quantity(row.bytes)])?;
            step.prepare_cached(
                "INSERT INTO tally (server, rule, count) VALUES (?1, ?2, 1)
                 ON CONFLICT DO UPDATE SET count = count + 1",
            )?
            .execute([row.server.as_str(), RULE_OPERATOR])
            .map(drop)
        })
    }

    /// Applies a change to all matching rows, so many at a time; the change must take the row out of `allowed`.
    fn in_chunks(
        &mut self,
        filter: &OutboxFilter,
        allowed: &[RowState],
        change: impl Fn(&Connection, &Affected) -> rusqlite::Result<()>,
    ) -> Result<u64, AdminError> {
        let sql = format!(
            "SELECT d.seq, d.lane, d.state, d.server, octet_length(d.text) + ifnull(octet_length(d.username), 0) + ifnull(octet_length(d.attachment), 0)
             FROM delivery d JOIN lane l ON l.lane = d.lane WHERE {} ORDER BY d.seq LIMIT ?3",
            filter.condition(allowed)
        );
        let mut changed = 0;
        loop {
            let step = change_chunk(&mut self.conn, &sql, filter.names(), &change);
            let rows = step.map_err(|source| self.failed(source))?;
            changed += rows as u64;
            if rows < CHUNK {
                return Ok(changed);
            }
        }
    }

    pub(crate) fn look<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, AdminError> {
        question(&self.conn).map_err(|source| self.failed(source))
    }

    /// Several questions, answered as of one moment whoever writes meanwhile.
    pub(crate) fn look_at_one_moment<T>(
        &self,
        questions: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, AdminError> {
        self.look(|conn| {
            let moment = conn.unchecked_transaction()?;
            questions(&moment)
        })
    }

    /// Makes a change in one transaction.
    pub(crate) fn change<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, AdminError> {
        let run = |conn: &mut Connection| {
            let step = Transaction::new(conn, TransactionBehavior::Immediate)?;
            let changed = change(&step)?;
            step.commit()?;
            Ok(changed)
        };
        run(&mut self.conn).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: rusqlite::Error) -> AdminError {
        AdminError::Sqlite {
            path: self.path.clone(),
            source: source.into(),
        }
    }
}

/// What a change needs to know of a row.
struct Affected {
    number: i64,
    lane: i64,
    state: RowState,
    server: String,
    bytes: u64,
}

fn change_chunk(
    conn: &mut Connection,
    sql: &str,
    [destination, server]: [Option<&str>; 2],
    change: impl Fn(&Connection, &Affected) -> rusqlite::Result<()>,
) -> rusqlite::Result<usize> {
    let step = Transaction::new(conn, TransactionBehavior::Immediate)?;
    let rows: Vec<Affected> = step
        .prepare_cached(sql)?
        .query_map(params![destination, server, count(CHUNK)], |row| {
            Ok(Affected {
                number: row.get(0)?,
                lane: row.get(1)?,
                state: read_state(row, 2)?,
                server: row.get(3)?,
                bytes: read_quantity(row, 4)? + ROW_OVERHEAD_BYTES,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    for row in &rows {
        change(&step, row)?;
    }
    step.commit()?;
    Ok(rows.len())
}

fn read(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        number: row.get(0)?,
        state: read_state(row, 1)?,
        destination: Destination::new(row.get_ref(2)?.as_str()?),
        server: ServerTag::parse(row.get_ref(3)?.as_str()?).map_err(|_| meaningless(3, "a server tag"))?,
        kind: row.get(4)?,
        happened_ms: row.get(5)?,
        changed_ms: row.get(6)?,
        attempts: row.get(7)?,
        uncertain: row.get(8)?,
        reason: row.get(9)?,
        text: row.get(10)?,
    })
}

fn read_state(row: &Row<'_>, column: usize) -> rusqlite::Result<RowState> {
    RowState::from_code(row.get(column)?).ok_or_else(|| meaningless(column, "a state"))
}
