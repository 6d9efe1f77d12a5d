//! The one writer: a thread that owns the connection, the ledger and the lock.
//!
//! Owns the order of things: commands are taken in the order they came, those that wait together share one transaction
//! (and one sync), and nobody is answered before it is durable. Must not know who asks.
//!
//! A failed transaction fails all commands in it, and each caller repeats its own. After a failed sync or damage the
//! thread only answers with that error: after a failed sync the connection is leaked on purpose, because closing it would
//! sync again and could report success for pages that the kernel has already dropped.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::mpsc::{Receiver, error::TryRecvError};

use crate::answer::Answer;
use crate::attended::Attendance;
use crate::command::{Command, Trace, take_closer};
use crate::error::CommitError;
use crate::faults::{FailPoint, Faults};
use crate::folder::{InstanceLock, StateFolder};
use crate::health::{Condition, Health, HealthBoard, LaneHealth, TallyHealth};
use crate::ledger::Ledger;
use crate::opening::OpenStore;
use crate::options::StoreOptions;
use crate::schema;
use crate::upkeep::{Sweep, Swept, WalGauge};
use crate::work::Work;

/// So many commands share a transaction at most.
const GROUP: usize = 32;

/// The writer's state, moved into its thread.
pub(crate) struct Writer {
    hold: Hold,
    inbox: Receiver<Command>,
    board: Arc<HealthBoard>,
    attendance: Arc<Attendance>,
    options: StoreOptions,
    folder: StateFolder,
    condition: Condition,
    sweep: Option<Sweep>,
}

/// What the writer has in its hands.
enum Hold {
    Open(Box<OpenDatabase>),
    Failed(CommitError),
}

struct OpenDatabase {
    conn: Connection,
    ledger: Ledger,
    /// A transaction was rolled back: the ledger may say what the database does not.
    ledger_is_stale: bool,
    wal: WalGauge,
    lock: InstanceLock,
}

impl Writer {
    pub(crate) fn new(
        opened: OpenStore,
        options: StoreOptions,
        inbox: Receiver<Command>,
        board: Arc<HealthBoard>,
        attendance: Arc<Attendance>,
    ) -> Self {
        let OpenStore {
            conn,
            ledger,
            folder,
            lock,
            report: _,
            identity: _,
        } = opened;
        let mut wal = WalGauge::new(folder.wal(), options.wal);
        wal.measure();
        let open = OpenDatabase {
            conn,
            ledger,
            ledger_is_stale: false,
            wal,
            lock,
        };
        let mut writer = Self {
            hold: Hold::Open(Box::new(open)),
            inbox,
            board,
            attendance,
            options,
            folder,
            condition: Condition::Working,
            sweep: None,
        };
        writer.publish();
        writer
    }

    /// Serves until the store is closed or every handle is gone.
    pub(crate) fn run(mut self) {
        let mut group = Vec::with_capacity(GROUP);
        let closer = loop {
            let Some(first) = self.next_command() else {
                break None;
            };
            group.push(first);
            while group.len() < GROUP
                && let Ok(next) = self.inbox.try_recv()
            {
                group.push(next);
            }
            let closer = take_closer(&mut group);
            self.serve(&mut group);
            if closer.is_some() {
                break closer;
            }
            self.keep_up();
        };
        self.close(closer);
    }

    /// The next command. While a sweep is under way, its steps fill the time until one comes.
    fn next_command(&mut self) -> Option<Command> {
        loop {
            if self.sweep.is_none() {
                return self.inbox.blocking_recv();
            }
            match self.inbox.try_recv() {
                Ok(command) => return Some(command),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => self.keep_up(),
            }
        }
    }

    fn serve(&mut self, group: &mut Vec<Command>) {
        let outcome = self.transact(|work, trace| {
            for command in group.iter_mut() {
                command.execute(work, trace)?;
            }
            Ok(())
        });
        let outcome = outcome.and_then(|()| Ok(self.options.faults.pass(FailPoint::BeforeAck)?));
        self.publish();
        for command in group.drain(..) {
            match (command, &outcome) {
                (Command::Maintain { now_ms, answer }, Ok(())) => self.begin_sweep(now_ms, answer),
                (Command::ReportDamage { found, answer }, _) => {
                    self.fail(CommitError::Damaged, &found);
                    answer.send(Ok(()));
                }
                (command, Ok(())) => command.deliver(),
                (command, Err(error)) => command.refuse(error),
            }
        }
    }

    /// Runs `operations` in one durable transaction.
    fn transact(
        &mut self,
        operations: impl FnOnce(&mut Work<'_>, &mut Trace) -> rusqlite::Result<()>,
    ) -> Result<(), CommitError> {
        let open = match &mut self.hold {
            Hold::Open(open) => open,
            Hold::Failed(error) => return Err(error.clone()),
        };
        match open.transact(&self.options, &self.folder, &self.attendance, operations) {
            Ok(trace) => {
                self.condition = next_condition(self.condition, trace, open.ledger.waiting().0);
                Ok(())
            }
            Err(error) => Err(self.absorb(error)),
        }
    }

    /// Takes note of a failure.
    fn absorb(&mut self, error: rusqlite::Error) -> CommitError {
        let text = error.to_string();
        let error = CommitError::from(error);
        self.condition = match &error {
            CommitError::DiskFull(_) => Condition::DiskFull,
            fatal if fatal.is_fatal() => Condition::Failed,
            _ => Condition::Unwritable,
        };
        match &mut self.hold {
            Hold::Open(open) if !error.is_fatal() => open.reload_ledger(),
            _ => self.fail(error.clone(), &text),
        }
        error
    }

    /// Lets go of the database for good.
    fn fail(&mut self, error: CommitError, found: &str) {
        if matches!(self.hold, Hold::Failed(_)) {
            return;
        }
        let Hold::Open(open) = std::mem::replace(&mut self.hold, Hold::Failed(error.clone())) else {
            return;
        };
        if let CommitError::Damaged = error {
            // If the note cannot be written, the next start has to find the damage by itself.
            let _ = self.folder.note_damage(found);
            let _ = schema::distrust(&open.conn);
        } else {
            // Never closed, and the folder stays locked until the process ends.
            std::mem::forget(open);
        }
        if let Some(sweep) = self.sweep.take() {
            sweep.finish(Err(error));
        }
        self.condition = Condition::Failed;
        self.publish();
    }

    /// What is due after a transaction: at most one step of everything.
    fn keep_up(&mut self) {
        let quiet = self.inbox.is_empty();
        let folded = match &mut self.hold {
            Hold::Open(open) if quiet && open.wal.is_worth_a_quiet_moment() => self.fold_back(),
            Hold::Open(open) => open.fold_back_if_due(&self.options.faults),
            Hold::Failed(_) => Ok(()),
        };
        if let Err(error) = folded {
            self.absorb(error);
        }
        self.sweep_step();
        self.publish();
    }

    fn fold_back(&mut self) -> rusqlite::Result<()> {
        let Hold::Open(open) = &mut self.hold else {
            return Ok(());
        };
        self.options.faults.pass(FailPoint::BeforeCheckpoint)?;
        open.wal.fold_back(&open.conn)
    }

    fn begin_sweep(&mut self, now_ms: i64, answer: Answer<Swept>) {
        if let Some(earlier) = self.sweep.replace(Sweep::new(
            now_ms,
            self.options.retention,
            self.attendance.clone(),
            answer,
        )) {
            // What it did not get to, the new one does.
            earlier.finish(Ok(()));
        }
    }

    fn sweep_step(&mut self) {
        let Some(mut sweep) = self.sweep.take() else {
            return;
        };
        let stepped = self.step(&mut sweep);
        match stepped {
            Ok(()) if sweep.is_done() => {
                let folded = self.fold_back().map_err(|error| self.absorb(error));
                // Whoever waited for the sweep sees what it did.
                self.publish();
                sweep.finish(folded);
            }
            Ok(()) => self.sweep = Some(sweep),
            Err(error) => sweep.finish(Err(error)),
        }
    }

    fn step(&mut self, sweep: &mut Sweep) -> Result<(), CommitError> {
        if !sweep.is_vacuuming() {
            return self.transact(|work, _| sweep.remove(work.conn, work.ledger));
        }
        let Hold::Open(open) = &mut self.hold else {
            return Err(CommitError::Closed);
        };
        match sweep.vacuum(&open.conn) {
            Ok(()) => {
                open.wal.measure();
                Ok(())
            }
            Err(error) => Err(self.absorb(error)),
        }
    }

    fn publish(&mut self) {
        match &mut self.hold {
            Hold::Open(open) => {
                open.wal.measure();
                self.board.publish(open.health(self.condition));
            }
            Hold::Failed(_) => self.board.set_condition(Condition::Failed),
        }
    }

    fn close(self, closer: Option<Answer<()>>) {
        let Self {
            hold,
            sweep,
            board,
            mut inbox,
            ..
        } = self;
        inbox.close();
        if let Some(sweep) = sweep {
            sweep.finish(Err(CommitError::Closed));
        }
        let outcome = match hold {
            Hold::Open(open) => {
                board.set_condition(Condition::Closed);
                open.close()
            }
            Hold::Failed(error) => Err(error),
        };
        while let Ok(command) = inbox.try_recv() {
            command.refuse(&CommitError::Closed);
        }
        drop(board);
        if let Some(closer) = closer {
            closer.send(outcome);
        }
    }
}

impl OpenDatabase {
    fn transact(
        &mut self,
        options: &StoreOptions,
        folder: &StateFolder,
        attendance: &Attendance,
        operations: impl FnOnce(&mut Work<'_>, &mut Trace) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Trace> {
        let faults = &options.faults;
        if let Some(pages) = faults.max_pages() {
            self.conn
                .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        faults.pass(FailPoint::BeforeBegin)?;
        let mut trace = Trace::default();
        let changes = self.conn.total_changes();
        let transaction = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)?;
        if self.ledger_is_stale || self.ledger.is_outdated(&transaction)? {
            self.ledger = Ledger::load(&transaction, self.ledger.next_seq())?;
            self.ledger_is_stale = false;
        }
        let mut work = Work {
            conn: &transaction,
            ledger: &mut self.ledger,
            caps: options.caps,
            faults,
            folder,
            attendance,
            now_ms: unix_ms(),
        };
        operations(&mut work, &mut trace)?;
        self.ledger.flush(&transaction)?;
        faults.pass(FailPoint::BeforeCommit)?;
        transaction.commit()?;
        faults.pass(FailPoint::AfterCommit)?;
        trace.wrote = self.conn.total_changes() != changes;
        Ok(trace)
    }

    fn fold_back_if_due(&mut self, faults: &Faults) -> rusqlite::Result<()> {
        if !self.wal.is_due(&self.conn)? {
            return Ok(());
        }
        faults.pass(FailPoint::BeforeCheckpoint)?;
        self.wal.fold_back_in_passing(&self.conn)
    }

    /// Brings the ledger back to what is committed. If that cannot be read now, the next transaction tries again.
    fn reload_ledger(&mut self) {
        self.ledger_is_stale = true;
        if let Ok(ledger) = Ledger::load(&self.conn, self.ledger.next_seq()) {
            self.ledger = ledger;
            self.ledger_is_stale = false;
        }
    }

    fn health(&self, condition: Condition) -> Health {
        let (waiting_rows, waiting_bytes) = self.ledger.waiting();
        let lanes = self.ledger.lanes().map(|lane| LaneHealth {
            destination: lane.destination.clone(),
            waiting_rows: lane.waiting_rows,
            oldest_seen_ms: lane.oldest_seen_ms.filter(|_| lane.waiting_rows > 0),
            given_up_rows: lane.given_up_rows,
        });
        let tallies = self.ledger.tallies().map(|(server, rule, count)| TallyHealth {
            server: server.clone(),
            rule: rule.to_owned(),
            count,
        });
        Health {
            condition,
            waiting_rows,
            waiting_bytes,
            held_until_ms: self.ledger.held_until_ms,
            lanes: lanes.collect(),
            tallies: tallies.collect(),
            wal_bytes: self.wal.bytes(),
            wal_alarm: self.wal.alarm(),
        }
    }

    /// Folds the log back and closes. When the fold-back fails, the connection is leaked like after a failed commit: the
    /// log still holds everything.
    fn close(mut self) -> Result<(), CommitError> {
        if let Err(error) = self.wal.fold_back(&self.conn) {
            let _ = schema::distrust(&self.conn);
            let error = CommitError::from(error);
            if error.is_fatal() {
                std::mem::forget(self);
            }
            return Err(error);
        }
        let Self { conn, lock, .. } = self;
        let closed = conn.close();
        drop(lock);
        closed.map_err(|(_, error)| error.into())
    }
}

/// A refused batch keeps the condition until a batch is taken again or the outbox is empty; trouble with the disk ends
/// with the first write that succeeds.
fn next_condition(before: Condition, trace: Trace, waiting_rows: u64) -> Condition {
    if trace.refused_batch {
        return Condition::OutboxFull;
    }
    match before {
        Condition::OutboxFull if !trace.took_batch && waiting_rows > 0 => Condition::OutboxFull,
        Condition::OutboxFull => Condition::Working,
        _ if trace.wrote => Condition::Working,
        unchanged => unchanged,
    }
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
