//! What the writer knows by heart: lanes with exact counters, numbers of generations and sources, tallies.
//!
//! Owns the cache and its way back into the database. Every change of a counter is written in the transaction that
//! changes the rows, so that nothing is counted at start, however much waits. After a rollback, or when another process
//! changed the database, the ledger is loaded anew; only the row number counter is carried over, so that a number is
//! never used twice while a lane may still hold it.

use std::collections::{BTreeMap, HashMap};

use isr_core::delivery::Destination;
use isr_core::source::{GenerationId, ServerTag, SourceId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::attended::Attendance;
use crate::columns::{meaningless, quantity, read_quantity};
use crate::held;
use crate::statistics::Names;

/// More numbers of generations than this are not remembered; they are looked up again.
const GENERATIONS_KEPT: usize = 1024;

#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) number: i64,
    pub(crate) destination: Destination,
    pub(crate) waiting_rows: u64,
    pub(crate) waiting_bytes: u64,
    pub(crate) given_up_rows: u64,
    /// How often an operator asked for another try.
    pub(crate) releases: u64,
    /// When the line at the head of the lane was first seen.
    pub(crate) oldest_seen_ms: Option<i64>,
    counters_changed: bool,
    front_changed: bool,
}

impl Lane {
    pub(crate) fn added(&mut self, bytes: u64, seen_ms: i64) {
        self.waiting_rows += 1;
        self.waiting_bytes += bytes;
        self.oldest_seen_ms.get_or_insert(seen_ms);
        self.counters_changed = true;
    }

    pub(crate) fn removed(&mut self, bytes: u64) {
        self.waiting_rows = self.waiting_rows.saturating_sub(1);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes);
        self.counters_changed = true;
        self.front_changed = true;
    }

    pub(crate) fn gave_up(&mut self) {
        self.given_up_rows += 1;
        self.counters_changed = true;
    }

    pub(crate) fn forgot_given_up(&mut self, rows: u64) {
        self.given_up_rows = self.given_up_rows.saturating_sub(rows);
        self.counters_changed = true;
    }
}

/// A generation as the store numbers it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownGeneration {
    pub(crate) number: i64,
    /// Lines before this offset have been turned into deliveries already. `None` without a committed position.
    pub(crate) committed: Option<u64>,
    /// Whether rows of it may be in the index over ids, because no position passed their lines when they were inserted.
    pub(crate) has_unguarded: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    lanes: BTreeMap<i64, Lane>,
    lane_numbers: HashMap<Destination, i64>,
    generations: HashMap<GenerationId, KnownGeneration>,
    sources: HashMap<SourceId, i64>,
    tallies: BTreeMap<(ServerTag, String), u64>,
    changed_tallies: Vec<(ServerTag, String)>,
    next_seq: i64,
    data_version: i64,
    /// When the first of the held lines is due.
    pub(crate) held_until_ms: Option<i64>,
    /// Numbers of names in the statistics.
    pub(crate) names: Names,
}

impl Ledger {
    /// Reads the ledger. `next_seq` is the lowest row number that may be given out.
    pub(crate) fn load(conn: &Connection, next_seq: i64) -> rusqlite::Result<Self> {
        let newest: Option<i64> = conn.query_row("SELECT max(seq) FROM delivery", [], |row| row.get(0))?;
        let mut ledger = Self {
            next_seq: next_seq.max(newest.unwrap_or(0).saturating_add(1)),
            data_version: data_version(conn)?,
            held_until_ms: held::first_end(conn)?,
            ..Self::default()
        };
        ledger.load_lanes(conn)?;
        ledger.load_tallies(conn)?;
        Ok(ledger)
    }

    fn load_lanes(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(
            "SELECT lane, destination, waiting_rows, waiting_bytes, given_up_rows, releases FROM lane",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            let lane = Lane {
                number,
                destination: Destination::new(row.get_ref(1)?.as_str()?),
                waiting_rows: read_quantity(row, 2)?,
                waiting_bytes: read_quantity(row, 3)?,
                given_up_rows: read_quantity(row, 4)?,
                releases: read_quantity(row, 5)?,
                oldest_seen_ms: front(conn, number)?,
                counters_changed: false,
                front_changed: false,
            };
            self.lane_numbers.insert(lane.destination.clone(), number);
            self.lanes.insert(number, lane);
        }
        Ok(())
    }

    fn load_tallies(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached("SELECT server, rule, count FROM tally")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let server =
                ServerTag::parse(row.get_ref(0)?.as_str()?).map_err(|_| meaningless(0, "a server tag"))?;
            self.tallies.insert((server, row.get(1)?), read_quantity(row, 2)?);
        }
        Ok(())
    }

    /// Whether another process changed the database since the ledger was loaded. To be asked inside a transaction.
    pub(crate) fn is_outdated(&self, conn: &Connection) -> rusqlite::Result<bool> {
        Ok(data_version(conn)? != self.data_version)
    }

    pub(crate) fn next_seq(&self) -> i64 {
        self.next_seq
    }

    pub(crate) fn take_seq(&mut self) -> i64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    pub(crate) fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.values()
    }

    pub(crate) fn waiting(&self) -> (u64, u64) {
        self.lanes.values().fold((0, 0), |(rows, bytes), lane| {
            (rows + lane.waiting_rows, bytes + lane.waiting_bytes)
        })
    }

    /// The same for the destinations that somebody sends to.
    pub(crate) fn waiting_for(&self, attendance: &Attendance) -> (u64, u64) {
        let attended = self
            .lanes()
            .filter(|lane| attendance.is_attended(&lane.destination));
        attended.fold((0, 0), |(rows, bytes), lane| {
            (rows + lane.waiting_rows, bytes + lane.waiting_bytes)
        })
    }

    pub(crate) fn tallies(&self) -> impl Iterator<Item = (&ServerTag, &str, u64)> {
        self.tallies
            .iter()
            .map(|((server, rule), count)| (server, rule.as_str(), *count))
    }

    /// The lane of a destination, if it ever had a delivery.
    pub(crate) fn find_lane(&self, destination: &Destination) -> Option<&Lane> {
        self.lanes.get(self.lane_numbers.get(destination)?)
    }

    pub(crate) fn lane_mut(&mut self, number: i64) -> Option<&mut Lane> {
        self.lanes.get_mut(&number)
    }

    /// The number of a destination's lane; a new destination gets one.
    pub(crate) fn lane_number(
        &mut self,
        conn: &Connection,
        destination: &Destination,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.lane_numbers.get(destination) {
            return Ok(*number);
        }
        conn.prepare_cached("INSERT INTO lane (destination) VALUES (?1)")?
            .execute([destination.as_str()])?;
        let number = conn.last_insert_rowid();
        let lane = Lane {
            number,
            destination: destination.clone(),
            waiting_rows: 0,
            waiting_bytes: 0,
            given_up_rows: 0,
            releases: 0,
            oldest_seen_ms: None,
            counters_changed: false,
            front_changed: false,
        };
        self.lane_numbers.insert(destination.clone(), number);
        self.lanes.insert(number, lane);
        Ok(number)
    }

    /// The number of a generation and its committed position; a new generation gets a number.
    pub(crate) fn generation(
        &mut self,
        conn: &Connection,
        id: GenerationId,
    ) -> rusqlite::Result<KnownGeneration> {
        if let Some(known) = self.generations.get(&id) {
            return Ok(*known);
        }
        let known = match find_generation(conn, id)? {
            Some(known) => known,
            None => {
                conn.prepare_cached("INSERT INTO generation (id) VALUES (?1)")?
                    .execute([id.0])?;
                KnownGeneration {
                    number: conn.last_insert_rowid(),
                    committed: None,
                    has_unguarded: false,
                }
            }
        };
        if self.generations.len() >= GENERATIONS_KEPT {
            self.generations.clear();
        }
        self.generations.insert(id, known);
        Ok(known)
    }

    /// Notes the position that was just saved. An ended generation takes no more lines at all.
    pub(crate) fn committed(&mut self, id: GenerationId, position: u64) {
        if let Some(known) = self.generations.get_mut(&id) {
            known.committed = Some(position);
        }
    }

    /// Notes that a row was inserted which no position guards.
    pub(crate) fn inserted_unguarded(&mut self, id: GenerationId) {
        if let Some(known) = self.generations.get_mut(&id) {
            known.has_unguarded = true;
        }
    }

    /// Forgets the numbers of generations, after some were removed.
    pub(crate) fn forget_generations(&mut self) {
        self.generations.clear();
    }

    /// The number of a source; a new one gets a number.
    pub(crate) fn source(&mut self, conn: &Connection, id: &SourceId) -> rusqlite::Result<i64> {
        if let Some(number) = self.sources.get(id) {
            return Ok(*number);
        }
        let (server, stream) = (id.server.as_str(), id.stream.as_str());
        conn.prepare_cached("INSERT INTO source (server, stream) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute([server, stream])?;
        let number = conn
            .prepare_cached("SELECT source FROM source WHERE server = ?1 AND stream = ?2")?
            .query_row([server, stream], |row| row.get(0))?;
        self.sources.insert(id.clone(), number);
        Ok(number)
    }

    /// Counts under a rule.
    pub(crate) fn tally(&mut self, server: &ServerTag, rule: &str, count: u64) {
        let key = (server.clone(), rule.to_owned());
        *self.tallies.entry(key.clone()).or_insert(0) += count;
        if !self.changed_tallies.contains(&key) {
            self.changed_tallies.push(key);
        }
    }

    /// Writes what changed; the last step of a transaction.
    pub(crate) fn flush(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        for lane in self.lanes.values_mut() {
            if lane.counters_changed {
                write_counters(conn, lane)?;
                lane.counters_changed = false;
            }
            if lane.front_changed {
                lane.oldest_seen_ms = front(conn, lane.number)?;
                lane.front_changed = false;
            }
        }
        for key in self.changed_tallies.drain(..) {
            let count = self.tallies.get(&key).copied().unwrap_or(0);
            conn.prepare_cached(
                "INSERT INTO tally (server, rule, count) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET count = excluded.count",
            )?
            .execute(params![key.0.as_str(), key.1, quantity(count)])?;
        }
        Ok(())
    }
}

fn write_counters(conn: &Connection, lane: &Lane) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE lane SET waiting_rows = ?2, waiting_bytes = ?3, given_up_rows = ?4 WHERE lane = ?1",
    )?
    .execute([
        lane.number,
        quantity(lane.waiting_rows),
        quantity(lane.waiting_bytes),
        quantity(lane.given_up_rows),
    ])
    .map(drop)
}

fn front(conn: &Connection, lane: i64) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached(
        "SELECT seen_ms FROM delivery INDEXED BY delivery_open WHERE lane = ?1 AND state <= 1 ORDER BY seq LIMIT 1",
    )?
    .query_row([lane], |row| row.get(0))
    .optional()
}

fn find_generation(conn: &Connection, id: GenerationId) -> rusqlite::Result<Option<KnownGeneration>> {
    conn.prepare_cached(
        "SELECT g.generation, c.position, c.ended,
                EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_id
                        WHERE d.guarded = 0 AND d.generation = g.generation)
         FROM generation g LEFT JOIN checkpoint c ON c.generation = g.generation WHERE g.id = ?1",
    )?
    .query_row([id.0], |row| {
        let ended = row.get::<_, Option<bool>>(2)?.unwrap_or(false);
        let committed = match (ended, row.get::<_, Option<i64>>(1)?) {
            (true, _) => Some(u64::MAX),
            (false, None) => None,
            (false, Some(_)) => Some(read_quantity(row, 1)?),
        };
        Ok(KnownGeneration {
            number: row.get(0)?,
            committed,
            has_unguarded: row.get(3)?,
        })
    })
    .optional()
}

fn data_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}
