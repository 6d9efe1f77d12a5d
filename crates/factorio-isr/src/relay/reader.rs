//! The reader: one thread that reads all logs in turn and hands what it found to the store.
//!
//! Owns the order of things: read a fair share of each log, interpret it, commit position and deliveries together,
//! tell the lanes, sleep. A log that cannot be read holds up no other one; a panic while reading one source sends that
//! source back to its committed position. Must not know Discord. Ends the program only when the disk fails to sync
//! (S05).

mod orders;
mod parts;

use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use isr_core::interpreter::{GameLog, Role};
use isr_core::session::SessionBook;
use isr_core::source::Stream;
use isr_core::suppressed::RuleName;
use isr_store::{CommitError, Committed, IngestBatch, PendingCommit, Store, Tally};
use isr_tail::{Look, Waiter, Woken};
use jiff::Timestamp;

use super::lanes::Bells;
use super::source::{Source, Turn};
use crate::game::Board;
use crate::metrics::Metrics;
use crate::status::{Status, StoreState};
use crate::supervisor::Restarts;

pub use orders::{Followed, OrderDesk, Orders, order_desk};

/// A source's share of one round, in bytes.
const SHARE: usize = 512 * 1024;
/// The pause before a commit that failed is tried again; reading pauses with it.
const COMMIT_PAUSE: Duration = Duration::from_secs(1);
/// A source that is due so soon is looked at with the others: two that take turns would wake the thread twice as often.
const TOGETHER: Duration = Duration::from_millis(500);
/// The longest sleep: `/health` wants to see the reader turn.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// The rule name of deliveries that the store can never take.
const RULE_UNSTORABLE: RuleName = RuleName::fixed("unstorable");

/// Why the reader ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderEnd {
    /// It was told to stop; everything read was committed, or is read again after the next start.
    Stopped,
    /// The disk failed to sync: nothing that was not committed can be trusted any more.
    SyncFailed,
}

/// What the reader shares with the rest of the program.
#[derive(Debug)]
pub struct ReaderSurroundings {
    /// Where positions and deliveries are committed.
    pub store: Store,
    /// Told when there is something new for a lane.
    pub bells: Bells,
    /// What is to be read from now on, when that changes.
    pub orders: Orders,
    /// The running games, which hear what their logs tell.
    pub board: Board,
    /// Where its state is shown.
    pub status: Status,
    /// Where it counts.
    pub metrics: Metrics,
    /// Counts its panics.
    pub restarts: Restarts,
    /// Set when it has to stop; wake the waiter afterwards.
    pub stop: Arc<AtomicBool>,
}

/// The reader's state.
#[derive(Debug)]
pub struct Reader {
    sources: Vec<Source>,
    waiter: Waiter,
    /// The source behind each place in the waiter's list.
    watched: Vec<usize>,
    around: ReaderSurroundings,
    epoch: Instant,
    in_flight: Option<InFlight>,
}

/// A batch on its way to the disk, and a copy to try again with.
#[derive(Debug)]
struct InFlight {
    source: usize,
    batch: Arc<IngestBatch>,
    pending: Result<PendingCommit, CommitError>,
}

impl Reader {
    /// A reader of these sources; `waiter` watches the files of those that have one, in the same order.
    #[must_use]
    pub fn new(sources: Vec<Source>, waiter: Waiter, around: ReaderSurroundings) -> Self {
        let files = sources
            .iter()
            .enumerate()
            .filter(|(_, source)| source.path().is_some());
        let watched = files.map(|(index, _)| index).collect();
        Self {
            sources,
            waiter,
            watched,
            around,
            epoch: Instant::now(),
            in_flight: None,
        }
    }

    /// Reads until it is told to stop.
    pub fn run(mut self) -> ReaderEnd {
        match self.read_on() {
            Ok(()) => ReaderEnd::Stopped,
            Err(end) => end,
        }
    }

    fn read_on(&mut self) -> Result<(), ReaderEnd> {
        self.recall_all();
        let mut looks = vec![Look::Timed; self.sources.len()];
        while !self.is_stopping() {
            self.around.status.reader_beat();
            self.follow_order(&mut looks)?;
            let more = self.round(&mut looks)?;
            // With more to read, the next share is interpreted while this one syncs.
            if !more {
                self.finish_commit()?;
                self.show_states();
            }
            self.sleep(&mut looks, more);
        }
        self.finish_commit()
    }

    fn is_stopping(&self) -> bool {
        self.around.stop.load(Ordering::Acquire)
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// One turn of each source that is due; tells whether one has more to read at once.
    fn round(&mut self, looks: &mut [Look]) -> Result<bool, ReaderEnd> {
        let mut more = false;
        let is_quiet = looks.iter().all(|look| *look == Look::Timed);
        let early = if is_quiet { TOGETHER } else { Duration::ZERO };
        for (index, look) in looks.iter_mut().enumerate() {
            if *look == Look::Timed && self.sources[index].next_look() > self.now() + early {
                continue;
            }
            self.assign_role(index);
            self.assign_signs(index);
            let turn = self.turn(index, std::mem::replace(look, Look::Timed))?;
            if turn.more {
                *look = Look::Again;
                more = true;
            }
            if let Some(batch) = turn.batch {
                self.submit(index, batch)?;
            }
        }
        Ok(more)
    }

    /// A turn that panics sends the source back to its committed position.
    fn turn(&mut self, index: usize, look: Look) -> Result<Turn, ReaderEnd> {
        let now = self.now();
        let now_ms = Timestamp::now().as_millisecond();
        let source = &mut self.sources[index];
        if let Ok(turn) = catch_unwind(AssertUnwindSafe(|| source.turn(look, now, now_ms, SHARE))) {
            return Ok(turn);
        }
        let name = format!("reader {}", source.id());
        let pause = self.around.restarts.record_panic(&name, Duration::ZERO);
        tracing::error!(source = %source.id(), "reader_panicked: the source goes back to its committed position");
        self.send_back(index, now + pause)?;
        Ok(Turn {
            batch: None,
            more: false,
        })
    }

    fn send_back(&mut self, index: usize, not_before: Duration) -> Result<(), ReaderEnd> {
        // A batch of this source on its way must be durable before its position is read back.
        self.finish_commit()?;
        self.sources[index].go_back(not_before);
        self.recall(index);
        Ok(())
    }

    fn recall_all(&self) {
        for (index, source) in self.sources.iter().enumerate() {
            let known = self.sources[..index]
                .iter()
                .any(|other| other.id().server == source.id().server);
            if !known {
                self.recall(index);
            }
        }
    }

    /// Takes up what was committed of the server of a source.
    fn recall(&self, index: usize) {
        self.load_sessions(index);
        self.load_alerts(index);
    }

    /// Reads what the rules of alerts remember. What they had decided about lines that are read again is forgotten with it:
    /// no alert is taken for told that was not committed.
    fn load_alerts(&self, index: usize) {
        let server = &self.sources[index].id().server;
        match self.around.store.statistics().and_then(|reader| reader.alerts()) {
            Ok(rows) => {
                let own = self.sources.iter().filter(|source| source.id().server == *server);
                for translator in own.map(Source::translator) {
                    translator.alerts().resume(translator.rules(), &rows);
                }
            }
            Err(error) => {
                tracing::warn!(%server, error = &error as &dyn std::error::Error, "alerts_not_read");
            }
        }
    }

    /// Reads who is on the server of a source, as it was committed. Without it sessions are told of from now on only;
    /// the statistics themselves lose nothing.
    fn load_sessions(&self, index: usize) {
        let source = &self.sources[index];
        let server = &source.id().server;
        match self
            .around
            .store
            .statistics()
            .and_then(|reader| reader.attendance(server))
        {
            Ok(found) => {
                let joined = found.joined.iter().map(String::as_str);
                source
                    .sessions()
                    .replace(SessionBook::reopen(found.open, joined, found.since_ms));
            }
            Err(error) => {
                tracing::warn!(%server, error = &error as &dyn std::error::Error, "sessions_unread");
            }
        }
    }

    /// Hands a batch to the store, in parts where it is large.
    fn submit(&mut self, source: usize, batch: IngestBatch) -> Result<(), ReaderEnd> {
        for part in parts::of(batch) {
            self.submit_part(source, part)?;
        }
        Ok(())
    }

    /// Hands a part to the store once the one before is durable: a failed one is never overtaken.
    fn submit_part(&mut self, source: usize, batch: IngestBatch) -> Result<(), ReaderEnd> {
        self.finish_commit()?;
        let batch = Arc::new(batch);
        let pending = self.around.store.submit(Arc::clone(&batch));
        self.in_flight = Some(InFlight {
            source,
            batch,
            pending,
        });
        Ok(())
    }

    /// Waits until the batch on its way is durable, trying again for as long as that can help. Whoever stops meanwhile
    /// ends the reader here: a later batch of the same log must not be committed over one that was not.
    fn finish_commit(&mut self) -> Result<(), ReaderEnd> {
        let Some(InFlight {
            source,
            mut batch,
            mut pending,
        }) = self.in_flight.take()
        else {
            return Ok(());
        };
        loop {
            match pending.and_then(PendingCommit::wait_blocking) {
                Ok(committed) => {
                    self.committed(source, &batch, &committed);
                    return Ok(());
                }
                Err(error) if error.is_transient() => self.hold(&error),
                Err(CommitError::Unstorable(why)) => batch = Arc::new(without_deliveries(&batch, why)),
                Err(error) => return Err(store_failed(&error)),
            }
            if self.is_stopping() {
                // Nothing is lost: position and deliveries are both old, the lines are read again.
                return Err(ReaderEnd::Stopped);
            }
            pending = self.around.store.submit(Arc::clone(&batch));
        }
    }

    /// Reading pauses while the store cannot take anything: the logs themselves are the buffer.
    fn hold(&mut self, error: &CommitError) {
        let state = match error {
            CommitError::DiskFull(_) => StoreState::DiskFull,
            CommitError::Full => StoreState::OutboxFull,
            _ => StoreState::Failing,
        };
        if self.around.status.set_store(state) {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "reading_paused: it goes on by itself"
            );
        }
        self.around.status.reader_beat();
        std::thread::sleep(COMMIT_PAUSE);
        let now = self.now();
        let now_ms = Timestamp::now().as_millisecond();
        self.sources
            .iter_mut()
            .for_each(|source| source.glance(now, now_ms));
    }

    fn committed(&mut self, source: usize, batch: &IngestBatch, committed: &Committed) {
        if self.around.status.set_store(StoreState::Working) {
            tracing::debug!("store_works");
        }
        let source = &mut self.sources[source];
        source.count_tallies(&batch.tallies);
        source.count_dropped(&committed.dropped);
        source.committed(batch.checkpoints.iter().map(|(_, checkpoint)| checkpoint.clone()));
        // Its position is durable, however much is still to be read: `/health` need not wait for the backlog.
        self.around.status.set_source(source.id(), source.state());
        for (destination, _rows) in &committed.fresh {
            self.around.bells.ring(destination);
        }
        if !batch.held.is_empty() {
            self.around.bells.of_digests().ring();
        }
    }

    /// With a game log in sight the console stream is asked for console lines only.
    fn assign_role(&mut self, index: usize) {
        let id = self.sources[index].id();
        if id.stream != Stream::Console {
            return;
        }
        let console = self.sources[index].path();
        let has_game_log = self.sources.iter().any(|other| {
            other.id().server == id.server
                && other.id().stream == Stream::Game
                && other.is_present()
                && !other.is_left_over(console.map(PathBuf::as_path))
        });
        let game_log = if has_game_log {
            GameLog::Present
        } else {
            GameLog::Absent
        };
        let game = |other: &&Source| other.id().server == id.server && other.id().stream == Stream::Game;
        let version = self.sources.iter().find(game).and_then(Source::version);
        let version = version.map(str::to_owned);
        let translator = self.sources[index].translator_mut();
        translator.set_role(Role::of(Stream::Console, game_log));
        translator.watches_mut().set_version(version);
    }

    /// The game behind a log may be followed anew after a reload.
    fn assign_signs(&mut self, index: usize) {
        let source = &mut self.sources[index];
        let game = self.around.board.get(&source.id().server);
        source.translator_mut().tell_to(game.map(|game| game.signs));
    }

    fn show_states(&self) {
        for source in &self.sources {
            self.around.status.set_source(source.id(), source.state());
        }
        let polled_only = self.sources.iter().any(Source::misses_hints);
        self.around
            .metrics
            .file_events_degraded
            .set(i64::from(polled_only));
    }

    fn sleep(&mut self, looks: &mut [Look], more: bool) {
        let now = self.now();
        let next = self
            .sources
            .iter()
            .map(Source::next_look)
            .min()
            .unwrap_or(now + LONGEST_SLEEP);
        let timeout = if more {
            Duration::ZERO
        } else {
            next.saturating_sub(now).min(LONGEST_SLEEP)
        };
        let stdin = self.sources.iter().find_map(Source::waiting_on);
        match self.waiter.wait(timeout, stdin.map(AsFd::as_fd)) {
            Ok(woken) => self.heed(&woken, looks),
            Err(error) => {
                tracing::warn!(%error, "waiting_failed: files are polled");
                std::thread::sleep(timeout.min(Duration::from_millis(100)));
            }
        }
    }

    /// Marks the sources that an event pointed at.
    fn heed(&mut self, woken: &Woken, looks: &mut [Look]) {
        if woken.overflow {
            tracing::warn!("file_events_lost: every log is looked at");
        }
        for (watched, &source) in self.watched.iter().enumerate() {
            if woken.overflow || woken.is_hinted(watched) {
                looks[source] = Look::Hinted;
            }
            self.sources[source].set_hints(self.waiter.hints_for(watched));
        }
        for (look, source) in looks.iter_mut().zip(&self.sources) {
            if woken.stdin && source.path().is_none() {
                *look = Look::Hinted;
            }
        }
    }
}

fn store_failed(error: &CommitError) -> ReaderEnd {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "store_failed: the program stops"
    );
    ReaderEnd::SyncFailed
}

/// The position goes on, and what cannot be stored is counted: it would stop everything behind it for ever.
fn without_deliveries(batch: &IngestBatch, why: &'static str) -> IngestBatch {
    tracing::error!(
        why,
        deliveries = batch.deliveries.len(),
        "batch_unstorable: its deliveries were given up; please report it"
    );
    let mut tallies = batch.tallies.clone();
    let held = batch.held.iter().map(|held| &held.delivery);
    for delivery in batch.deliveries.iter().chain(held) {
        match tallies
            .iter_mut()
            .find(|tally| tally.server == delivery.server && tally.rule == RULE_UNSTORABLE)
        {
            Some(tally) => tally.count += 1,
            None => tallies.push(Tally {
                server: delivery.server.clone(),
                rule: RULE_UNSTORABLE,
                count: 1,
            }),
        }
    }
    IngestBatch {
        checkpoints: batch.checkpoints.clone(),
        tallies,
        unknown: batch.unknown.clone(),
        facts: batch.facts.clone(),
        // Few, short, and taken for told by the rules.
        alerts: batch.alerts.clone(),
        ..IngestBatch::default()
    }
}

#[cfg(test)]
mod tests;
