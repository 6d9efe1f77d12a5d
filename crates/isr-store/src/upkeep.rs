//! Upkeep between transactions: folding the write-ahead log back, removing settled rows, giving space back.
//!
//! Owns when and how much. Every step is small (at most 500 rows or 128 pages), so that a commit never waits long for
//! one (S08). Must not start a thread or a timer: the writer calls it after its transactions, and the program asks for a
//! sweep now and then ([`Store::maintain`](crate::Store::maintain)).
//!
//! In a quiet moment folding back truncates the log. A log that is fully folded back but still readable is a trap: cut
//! short by damage, it would bring back old versions of some pages beside newer versions of others. Under load the next
//! commit, a moment later, starts the log over instead: that spares the file system from growing the file again.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, params};

use crate::answer::Answer;
use crate::attended::Attendance;
use crate::error::CommitError;
use crate::game;
use crate::ledger::{Lane, Ledger};
use crate::options::{Retention, WalLimits};
use crate::people;
use crate::schema;
use crate::statistics::{self, Names};
use crate::work::ROW_OVERHEAD_BYTES;

/// Rows removed in one transaction.
const ROWS_PER_STEP: usize = 500;
/// Free pages that stay in the file, to be used again.
const FREE_PAGES_KEPT: i64 = 256;
/// Pages given back in one step.
const PAGES_PER_STEP: i64 = 128;
/// An ended generation is remembered so much longer than its last dead letters.
const ENDED_KEPT_LONGER: Duration = Duration::from_secs(5 * 24 * 3600);

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Waiting rows that nobody sends and that were given up: they are kept like dead letters.
    pub left_over: u64,
    /// Delivered rows.
    pub delivered: u64,
    /// Dead letters and expired rows.
    pub given_up: u64,
    /// Positions of generations that ended long ago.
    pub generations: u64,
    /// Minutes of running games.
    pub samples: u64,
    /// Rows of the audit log.
    pub audit: u64,
    /// Days, sessions and players of the statistics.
    pub statistics: u64,
    /// Pages given back to the file system.
    pub pages: u64,
}

/// How much is in the write-ahead log, and when to fold it back.
#[derive(Debug)]
pub(crate) struct WalGauge {
    path: PathBuf,
    limits: WalLimits,
    file_bytes: u64,
    fold_at: u64,
    /// A reader kept the last attempt from finishing: quiet moments are not used until the next sweep.
    blocked: bool,
}

impl WalGauge {
    pub(crate) fn new(path: PathBuf, limits: WalLimits) -> Self {
        Self {
            path,
            limits,
            file_bytes: 0,
            fold_at: limits.checkpoint_bytes,
            blocked: false,
        }
    }

    pub(crate) fn measure(&mut self) {
        self.file_bytes = fs::metadata(&self.path).map_or(0, |found| found.len());
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.file_bytes
    }

    pub(crate) fn alarm(&self) -> bool {
        self.file_bytes >= self.limits.alarm_bytes
    }

    /// Whether so much is in the log that it must be folded back, busy or not. The file may be larger than what is in it.
    pub(crate) fn is_due(&self, conn: &Connection) -> rusqlite::Result<bool> {
        Ok(self.file_bytes >= self.fold_at && checkpoint(conn, "NOOP")?.bytes() >= self.fold_at)
    }

    pub(crate) fn is_worth_a_quiet_moment(&self) -> bool {
        self.file_bytes >= self.limits.idle_bytes && !self.blocked
    }

    /// Folds the log back as far as readers let us, and leaves the file to be written over.
    pub(crate) fn fold_back_in_passing(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let done = checkpoint(conn, "PASSIVE")?;
        self.blocked = done.is_partial();
        self.fold_at = self.limits.checkpoint_bytes + if self.blocked { done.bytes() } else { 0 };
        Ok(())
    }

    /// Folds the log back as far as readers let us, without waiting for them, and empties the file.
    pub(crate) fn fold_back(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let done = schema::without_waiting(conn, |conn| checkpoint(conn, "TRUNCATE"))?;
        self.blocked = done.is_partial();
        self.measure();
        self.fold_at = self.limits.checkpoint_bytes + if self.blocked { done.bytes() } else { 0 };
        Ok(())
    }
}

/// What SQLite says about a fold-back.
struct Folded {
    busy: bool,
    frames: u64,
    folded: u64,
}

impl Folded {
    fn is_partial(&self) -> bool {
        self.busy || self.folded < self.frames
    }

    fn bytes(&self) -> u64 {
        self.frames * schema::WAL_FRAME_BYTES
    }
}

fn checkpoint(conn: &Connection, mode: &'static str) -> rusqlite::Result<Folded> {
    let read = |row: &rusqlite::Row<'_>| {
        let number = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.max(0).cast_unsigned());
        Ok(Folded {
            busy: row.get(0)?,
            frames: number(1)?,
            folded: number(2)?,
        })
    };
    match conn
        .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
        .query_row([], read)
    {
        Err(error) if is_busy(&error) => Ok(Folded {
            busy: true,
            frames: 0,
            folded: 0,
        }),
        outcome => outcome,
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// What a sweep looks at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    LeftOver,
    Delivered,
    Dead,
    Expired,
    Generations,
    Samples,
    Audit,
    Counts,
    Sessions,
    Players,
    Vacuum,
    Done,
}

/// One walk over everything that may be removed, in small steps.
#[derive(Debug)]
pub(crate) struct Sweep {
    now_ms: i64,
    retention: Retention,
    attendance: Arc<Attendance>,
    phase: Phase,
    swept: Swept,
    answer: Answer<Swept>,
}

impl Sweep {
    pub(crate) fn new(
        now_ms: i64,
        retention: Retention,
        attendance: Arc<Attendance>,
        answer: Answer<Swept>,
    ) -> Self {
        Self {
            now_ms,
            retention,
            attendance,
            phase: Phase::LeftOver,
            swept: Swept::default(),
            answer,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    pub(crate) fn finish(self, outcome: Result<(), CommitError>) {
        let swept = self.swept;
        self.answer.send(outcome.map(|()| swept));
    }

    /// Whether the next step runs outside a transaction of ours.
    pub(crate) fn is_vacuuming(&self) -> bool {
        self.phase == Phase::Vacuum
    }

    /// One step inside a transaction.
    pub(crate) fn remove(&mut self, conn: &Connection, ledger: &mut Ledger) -> rusqlite::Result<()> {
        match self.phase {
            Phase::LeftOver => {
                let expired = self.expire_left_over(conn, ledger)?;
                self.swept.left_over += expired;
                self.advance(expired, Phase::Delivered);
            }
            Phase::Delivered => {
                let removed = self.remove_settled(conn, ledger, 2, self.retention.delivered)?;
                self.swept.delivered += removed;
                self.advance(removed, Phase::Dead);
            }
            Phase::Dead => {
                let removed = self.remove_settled(conn, ledger, 3, self.retention.given_up)?;
                self.swept.given_up += removed;
                self.advance(removed, Phase::Expired);
            }
            Phase::Expired => {
                let removed = self.remove_settled(conn, ledger, 4, self.retention.given_up)?;
                self.swept.given_up += removed;
                self.advance(removed, Phase::Generations);
            }
            Phase::Generations => {
                self.swept.generations += self.remove_generations(conn, ledger)?;
                self.phase = Phase::Samples;
            }
            Phase::Samples => {
                let removed = game::remove_samples(conn, self.now_ms)?;
                self.swept.samples += removed as u64;
                self.advance(removed as u64, Phase::Audit);
            }
            Phase::Audit => {
                let removed = match self.retention.audit {
                    Some(kept) => people::remove_audit(conn, self.now_ms, self.before(kept))? as u64,
                    None => 0,
                };
                self.swept.audit += removed;
                self.advance(removed, Phase::Counts);
            }
            Phase::Counts => {
                let before = self.before(self.retention.statistics);
                let step = statistics::remove_counts(conn, self.now_ms, before)?;
                self.count_statistics(&step, Phase::Sessions);
            }
            Phase::Sessions => {
                let step = statistics::remove_sessions(conn, self.before(self.retention.statistics))?;
                let any = self.swept.statistics + step.removed > 0;
                self.count_statistics(&step, if any { Phase::Players } else { Phase::Vacuum });
            }
            Phase::Players => {
                let step = statistics::remove_players(conn, self.before(self.retention.statistics))?;
                // Their numbers may be cached.
                ledger.names = Names::default();
                self.count_statistics(&step, Phase::Vacuum);
            }
            Phase::Vacuum | Phase::Done => {}
        }
        Ok(())
    }

    fn count_statistics(&mut self, step: &statistics::Removed, next: Phase) {
        self.swept.statistics += step.removed;
        if !step.more {
            self.phase = next;
        }
    }

    fn advance(&mut self, removed: u64, next: Phase) {
        if removed < ROWS_PER_STEP as u64 {
            self.phase = next;
        }
    }

    /// Gives up old rows that nobody sends: their destination is no longer configured.
    fn expire_left_over(&self, conn: &Connection, ledger: &mut Ledger) -> rusqlite::Result<u64> {
        let Some(give_up_after) = self.attendance.give_up_after() else {
            return Ok(0);
        };
        let before = self.before(give_up_after);
        let is_left_over =
            |lane: &&Lane| lane.waiting_rows > 0 && !self.attendance.is_attended(&lane.destination);
        let lanes: Vec<i64> = ledger
            .lanes()
            .filter(is_left_over)
            .map(|lane| lane.number)
            .collect();
        let mut statement = conn.prepare_cached(
            "UPDATE delivery SET state = 4, reason = 'nobody sends to its destination any more', changed_ms = ?4
             WHERE seq IN (
                 SELECT seq FROM delivery INDEXED BY delivery_open
                 WHERE lane = ?1 AND state <= 1 AND state = 0 AND seen_ms < ?2 ORDER BY seq LIMIT ?3)
             RETURNING octet_length(text) + ifnull(octet_length(username), 0) + ifnull(octet_length(attachment), 0)",
        )?;
        let mut expired = 0;
        for number in lanes {
            let most = crate::columns::count(ROWS_PER_STEP) - crate::columns::quantity(expired);
            let mut rows = statement.query(params![number, before, most, self.now_ms])?;
            while let Some(row) = rows.next()? {
                expired += 1;
                if let Some(lane) = ledger.lane_mut(number) {
                    lane.removed(crate::columns::read_quantity(row, 0)? + ROW_OVERHEAD_BYTES);
                    lane.gave_up();
                }
            }
        }
        Ok(expired)
    }

    /// Removes settled rows of one state. A row whose line no committed position guards yet stays: removed, its line
    /// could be delivered a second time. So does one whose message is still to be changed.
    fn remove_settled(
        &self,
        conn: &Connection,
        ledger: &mut Ledger,
        state: i64,
        kept: Duration,
    ) -> rusqlite::Result<u64> {
        let mut statement = conn.prepare_cached(
            "DELETE FROM delivery WHERE seq IN (
                 SELECT d.seq FROM delivery d INDEXED BY delivery_settled
                 LEFT JOIN checkpoint c ON c.generation = d.generation
                 WHERE d.state >= 2 AND d.state = ?1 AND d.changed_ms < ?2
                   AND (d.guarded OR c.generation IS NULL OR c.ended OR c.position > d.line_offset)
                   AND NOT EXISTS (SELECT 1 FROM alert a INDEXED BY alert_post
                                   WHERE a.post IS NOT NULL AND a.post = d.seq)
                   AND NOT EXISTS (SELECT 1 FROM delivery later INDEXED BY delivery_changes
                                   WHERE later.changes IS NOT NULL AND later.changes = d.seq AND later.state <= 1)
                 LIMIT ?3)
             RETURNING lane",
        )?;
        let before = self.before(kept);
        let mut rows = statement.query(params![state, before, crate::columns::count(ROWS_PER_STEP)])?;
        let mut removed = 0;
        while let Some(row) = rows.next()? {
            removed += 1;
            if state != 2
                && let Some(lane) = ledger.lane_mut(row.get(0)?)
            {
                lane.forgot_given_up(1);
            }
        }
        Ok(removed)
    }

    /// Forgets generations that ended long ago, and those that never had a position and have no rows left.
    fn remove_generations(&self, conn: &Connection, ledger: &mut Ledger) -> rusqlite::Result<u64> {
        let before = self.before(self.retention.given_up.saturating_add(ENDED_KEPT_LONGER));
        let removed = conn
            .prepare_cached("DELETE FROM checkpoint WHERE ended AND saved_ms < ?1")?
            .execute([before])?;
        conn.prepare_cached(
            "DELETE FROM generation
             WHERE NOT EXISTS (SELECT 1 FROM checkpoint c WHERE c.generation = generation.generation)
               AND NOT EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_id
                               WHERE d.guarded = 0 AND d.generation = generation.generation)",
        )?
        .execute([])?;
        ledger.forget_generations();
        Ok(removed as u64)
    }

    fn before(&self, kept: Duration) -> i64 {
        self.now_ms
            .saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX))
    }

    /// Gives some free pages back; a statement of its own.
    pub(crate) fn vacuum(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let free: i64 = conn.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        if free <= FREE_PAGES_KEPT {
            self.phase = Phase::Done;
            return Ok(());
        }
        let pages = PAGES_PER_STEP.min(free - FREE_PAGES_KEPT);
        let mut statement = conn.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
        // Each row of this pragma is one step of its work: it must be run to its end.
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        self.swept.pages += u64::try_from(pages).unwrap_or(0);
        Ok(())
    }
}
