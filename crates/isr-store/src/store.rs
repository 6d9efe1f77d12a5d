//! The handle: how the rest of the program talks to the writer.
//!
//! Owns the queue to the writer (bounded: whoever is faster than the disk waits) and the rule that batches with
//! positions are committed one after the other. Has an async face for the lanes and a blocking one for the reader thread;
//! the blocking one must not be used inside an async task.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use isr_core::delivery::{ClaimedDelivery, Destination, NewDelivery};
use isr_core::drift::UnknownLines;
use isr_core::source::{Checkpoint, SourceId};
use tokio::sync::{mpsc, oneshot};

use crate::admin::AdminError;
use crate::answer::Answer;
use crate::attended::{Attendance, Attended};
use crate::claims::{ClaimLimits, Settlement};
use crate::command::Command;
use crate::error::{CommitError, StoreError};
use crate::health::{Health, HealthBoard};
use crate::held::HeldRow;
use crate::ingest::{Committed, IngestBatch};
use crate::opening::{self, OpenReport};
use crate::options::StoreOptions;
use crate::statistics::{SeriesMark, SeriesPosted, StatisticsReader};
use crate::upkeep::Swept;
use crate::verification::{Soundness, Verification};
use crate::writer::Writer;

/// Commands that may wait for the writer.
const QUEUE: usize = 64;

type Reply<T> = oneshot::Receiver<Result<T, CommitError>>;

/// A handle to the open store. Clones share it. The store closes when [`Store::close`] is called, or some time after the
/// last handle is dropped.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    queue: mpsc::Sender<Command>,
    board: Arc<HealthBoard>,
    attendance: Arc<Attendance>,
    database: PathBuf,
    identity: u64,
    verification: Verification,
    /// A batch with positions is on its way and its outcome was not taken yet.
    turn_taken: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// An opened store and what opening found.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub store: Store,
    /// What was found and done.
    pub report: OpenReport,
}

impl Store {
    /// Opens the store of a state folder and starts its writer. Blocks for as long as the disk takes, normally a few
    /// milliseconds however much waits; salvaging a damaged store takes longer.
    ///
    /// # Errors
    /// [`StoreError`]; see [`StoreError::is_refusal`] for the exit code.
    pub fn open(options: StoreOptions) -> Result<Opened, StoreError> {
        let opened = opening::open(&options)?;
        let report = opened.report.clone();
        let (database, identity) = (opened.folder.database(), opened.identity);
        let (queue, inbox) = mpsc::channel(QUEUE);
        let board = Arc::new(HealthBoard::default());
        let attendance = Arc::new(Attendance::default());
        let writer = Writer::new(opened, options, inbox, board.clone(), attendance.clone());
        let thread = thread::Builder::new()
            .name("isr-store".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| StoreError::Io {
                operation: "start the writer of",
                path: database.clone(),
                source,
            })?;
        let inner = Inner {
            queue,
            board,
            attendance,
            database,
            identity,
            verification: Verification::default(),
            turn_taken: Arc::default(),
            thread: Mutex::new(Some(thread)),
        };
        Ok(Opened {
            store: Self {
                inner: Arc::new(inner),
            },
            report,
        })
    }

    /// What tells this store from every other one; the same after a restart.
    #[must_use]
    pub fn identity(&self) -> u64 {
        self.inner.identity
    }

    /// The positions of all generations that have not ended and of the newest ended ones (16 a source), oldest first, including everything handed over
    /// before this call. Blocking.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<(SourceId, Checkpoint)>, CommitError> {
        self.ask_blocking(|answer| Command::Checkpoints { answer })
    }

    /// The lines that nothing understood so far, including everything handed over before this call. Blocking.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub fn unknown_lines(&self) -> Result<Vec<UnknownLines>, CommitError> {
        self.ask_blocking(|answer| Command::UnknownLines { answer })
    }

    /// Commits a batch and waits until it is durable. Blocking. On a transient error hand the same batch over again: it
    /// is shared, not copied.
    ///
    /// # Errors
    /// [`CommitError`]; nothing of the batch is in the store then, except after [`CommitError::SyncFailed`].
    pub fn commit_blocking(&self, batch: impl Into<Arc<IngestBatch>>) -> Result<Committed, CommitError> {
        self.submit(batch)?.wait_blocking()
    }

    /// Hands a batch over and returns at once, so that reading can go on while it syncs. Blocking only while the queue
    /// is full.
    ///
    /// A batch with positions must wait its turn: the outcome of the one before must have been taken from its
    /// [`PendingCommit`] (or that one dropped). Otherwise a batch that failed could be overtaken by its successor, whose
    /// later position would leave the failed lines behind for ever.
    ///
    /// # Errors
    /// [`CommitError::OutOfTurn`], [`CommitError::Closed`].
    pub fn submit(&self, batch: impl Into<Arc<IngestBatch>>) -> Result<PendingCommit, CommitError> {
        let batch = batch.into();
        let turn = self.take_turn(&batch)?;
        let (answer, reply) = Answer::channel();
        let command = Command::Ingest { batch, answer };
        self.inner
            .queue
            .blocking_send(command)
            .map_err(|_| CommitError::Closed)?;
        Ok(PendingCommit { reply, _turn: turn })
    }

    /// Commits a batch and waits until it is durable, in an async task.
    ///
    /// # Errors
    /// As [`Store::commit_blocking`].
    pub async fn commit(&self, batch: impl Into<Arc<IngestBatch>>) -> Result<Committed, CommitError> {
        let batch = batch.into();
        let _turn = self.take_turn(&batch)?;
        self.ask(|answer| Command::Ingest { batch, answer }).await
    }

    fn take_turn(&self, batch: &IngestBatch) -> Result<Option<Turn>, CommitError> {
        if batch.checkpoints.is_empty() {
            return Ok(None);
        }
        let taken = &self.inner.turn_taken;
        match taken.compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(Some(Turn(taken.clone()))),
            Err(_) => Err(CommitError::OutOfTurn),
        }
    }

    /// Claims the next deliveries of a destination: in the order of the log, all under one webhook name, in flight and
    /// counted as one more attempt, durably. Empty when nothing waits.
    ///
    /// # Errors
    /// [`CommitError`]; nothing is claimed then.
    pub async fn claim(
        &self,
        destination: &Destination,
        limits: ClaimLimits,
        now_ms: i64,
    ) -> Result<Vec<ClaimedDelivery>, CommitError> {
        let destination = destination.clone();
        self.ask(|answer| Command::Claim {
            destination,
            limits,
            now_ms,
            answer,
        })
        .await
    }

    /// Records what became of claimed deliveries. Settling a delivery again, or one that was removed, changes nothing.
    ///
    /// # Errors
    /// [`CommitError`]; none of them is settled then.
    pub async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), CommitError> {
        if settlements.is_empty() {
            return Ok(());
        }
        self.ask(|answer| Command::Settle { settlements, answer })
            .await
            .map(drop)
    }

    /// Returns what a destination has in flight to waiting, marked uncertain, because its lane is gone and nobody knows
    /// whether it was sent. Gives the number of deliveries.
    ///
    /// # Errors
    /// [`CommitError`]; nothing is released then.
    pub async fn release_claims(&self, destination: &Destination) -> Result<u64, CommitError> {
        let destination = destination.clone();
        self.ask(|answer| Command::Release { destination, answer }).await
    }

    /// How often an operator asked to try a destination again (`outbox retry`), since the store exists. A lane that has
    /// given its destination up compares this with what it saw last.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn operator_releases(&self, destination: &Destination) -> Result<u64, CommitError> {
        let destination = destination.clone();
        self.ask(|answer| Command::Releases { destination, answer }).await
    }

    /// The held lines whose time has come, by destination, server and order of the log. They stay until a batch names them
    /// as released.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn due_held(&self, now_ms: i64) -> Result<Vec<HeldRow>, CommitError> {
        self.ask(|answer| Command::DueHeld { now_ms, answer }).await
    }

    /// Puts a post of a series into the outbox, unless one of its period or of a later one was settled before; without a
    /// delivery the period is settled and nothing is posted.
    ///
    /// # Errors
    /// [`CommitError`]; nothing is settled then.
    pub async fn post_of_series(
        &self,
        mark: SeriesMark,
        delivery: Option<NewDelivery>,
    ) -> Result<SeriesPosted, CommitError> {
        self.ask(|answer| Command::Series {
            mark,
            delivery: delivery.map(Box::new),
            answer,
        })
        .await
    }

    /// A connection of its own that reads statistics. Blocking.
    ///
    /// # Errors
    /// [`AdminError`] when the database cannot be read.
    pub fn statistics(&self) -> Result<StatisticsReader, AdminError> {
        StatisticsReader::open_database(self.inner.database.clone())
    }

    /// Removes what retention says, gives free space back and folds the write-ahead log back, in small steps between
    /// other work. To be called every minute or so. Gives what was removed, when the sweep has ended.
    ///
    /// # Errors
    /// [`CommitError`]; the next call goes on where this one ended.
    pub async fn maintain(&self, now_ms: i64) -> Result<Swept, CommitError> {
        self.ask(|answer| Command::Maintain { now_ms, answer }).await
    }

    /// Reads the whole database over a connection of its own and looks for damage (`PRAGMA quick_check`). Blocking, for
    /// seconds when a million rows wait: call it from a blocking task, after the start. When it finds damage, every later
    /// operation fails with [`CommitError::Damaged`] and the next start moves the database aside.
    ///
    /// # Errors
    /// [`CommitError`] when the check could not be made.
    pub fn verify(&self) -> Result<Soundness, CommitError> {
        let soundness = self.inner.verification.run(&self.inner.database)?;
        if let Soundness::Damaged(found) = &soundness {
            let found = found.clone();
            self.ask_blocking(|answer| Command::ReportDamage { found, answer })?;
        }
        Ok(soundness)
    }

    /// Says which destinations somebody sends to from now on. Rows of all others do not count for the cap under which
    /// batches are refused, and [`Store::maintain`] gives them up by age. Without a word all are attended.
    pub fn attend(&self, attended: Attended) {
        self.inner.attendance.set(attended);
    }

    /// The newest snapshot. Never waits for the disk.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        self.inner.board.read()
    }

    /// Ends the writer after everything handed over before, and closes the database. A check that is running is broken
    /// off.
    ///
    /// # Errors
    /// [`CommitError`] when the last fold-back failed; everything committed is in the write-ahead log then.
    pub async fn close(&self) -> Result<(), CommitError> {
        self.inner.verification.stop();
        let outcome = self.ask(|answer| Command::Close { answer }).await;
        self.join();
        outcome
    }

    /// [`Store::close`] outside of async tasks.
    ///
    /// # Errors
    /// As [`Store::close`].
    pub fn close_blocking(&self) -> Result<(), CommitError> {
        self.inner.verification.stop();
        let outcome = self.ask_blocking(|answer| Command::Close { answer });
        self.join();
        outcome
    }

    /// The thread has nothing left to do but to end once its answer is here.
    fn join(&self) {
        let thread = self
            .inner
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, CommitError> {
        let (answer, reply) = Answer::channel();
        self.inner
            .queue
            .send(command(answer))
            .await
            .map_err(|_| CommitError::Closed)?;
        reply.await.unwrap_or(Err(CommitError::Closed))
    }

    fn ask_blocking<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, CommitError> {
        let (answer, reply) = Answer::channel();
        self.inner
            .queue
            .blocking_send(command(answer))
            .map_err(|_| CommitError::Closed)?;
        reply.blocking_recv().unwrap_or(Err(CommitError::Closed))
    }
}

/// A batch on its way to the disk.
#[derive(Debug)]
#[must_use = "a batch may fail: its outcome must be looked at before the next one is handed over"]
pub struct PendingCommit {
    reply: Reply<Committed>,
    /// Frees the turn for the next batch when the outcome was taken.
    _turn: Option<Turn>,
}

impl PendingCommit {
    /// Waits until the batch is durable or has failed. Blocking.
    ///
    /// # Errors
    /// As [`Store::commit_blocking`].
    pub fn wait_blocking(self) -> Result<Committed, CommitError> {
        self.reply.blocking_recv().unwrap_or(Err(CommitError::Closed))
    }

    /// Waits in an async task.
    ///
    /// # Errors
    /// As [`Store::commit_blocking`].
    pub async fn wait(self) -> Result<Committed, CommitError> {
        self.reply.await.unwrap_or(Err(CommitError::Closed))
    }
}

#[derive(Debug)]
struct Turn(Arc<AtomicBool>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
