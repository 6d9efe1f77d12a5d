//! What the reader is to read from now on: the way from a changed configuration to the reader, between two batches.
//!
//! Owns the mailbox, which holds the newest order only, and how the reader follows one. Everything read under the old
//! rules is committed before the new ones count. A log that is no longer named is read to the end that it has then, and
//! committed. Must not know where the order comes from.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use isr_core::drift::UnknownLines;
use isr_core::source::{Checkpoint, SourceId};
use isr_store::CommitError;
use isr_tail::{Look, WakeHandle};
use tokio::sync::watch;

use super::{Reader, ReaderEnd, store_failed};
use crate::relay::handover::Beginning;
use crate::relay::source::{Source, WantedSource};
use crate::relay::watches;

/// A log that is left is read on for so many rounds at most: one that grows faster than we read has no end.
const LAST_ROUNDS: usize = 128;

/// A whole new set of sources.
#[derive(Debug)]
struct Order {
    number: u64,
    wanted: Vec<WantedSource>,
}

/// What the store knows of the sources.
struct Stored {
    positions: Vec<(SourceId, Checkpoint)>,
    unknown: Vec<UnknownLines>,
}

/// Gives orders to the reader.
#[derive(Debug)]
pub struct OrderDesk {
    mailbox: Arc<Mutex<Option<Order>>>,
    last: u64,
    followed: watch::Receiver<u64>,
    wake: WakeHandle,
}

/// The reader's end of the desk.
#[derive(Debug)]
pub struct Orders {
    mailbox: Arc<Mutex<Option<Order>>>,
    followed: watch::Sender<u64>,
}

/// Tells whether the reader has followed an order, or a later one.
#[derive(Debug, Clone)]
pub struct Followed {
    number: u64,
    newest: watch::Receiver<u64>,
}

impl Followed {
    /// Whether it has: everything that it read before is committed.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        *self.newest.borrow() >= self.number
    }

    /// Waits until it has.
    pub async fn reached(&mut self) {
        let _gone_counts_too = self.newest.wait_for(|newest| *newest >= self.number).await;
    }
}

/// The two ends of a desk; `wake` interrupts the reader's sleep.
#[must_use]
pub fn order_desk(wake: WakeHandle) -> (OrderDesk, Orders) {
    let mailbox = Arc::new(Mutex::new(None));
    let (sender, followed) = watch::channel(0);
    let orders = Orders {
        mailbox: Arc::clone(&mailbox),
        followed: sender,
    };
    let desk = OrderDesk {
        mailbox,
        last: 0,
        followed,
        wake,
    };
    (desk, orders)
}

impl OrderDesk {
    /// When the next order will have been followed.
    #[must_use]
    pub fn next(&self) -> Followed {
        Followed {
            number: self.last + 1,
            newest: self.followed.clone(),
        }
    }

    /// The last order that was given.
    #[must_use]
    pub fn last(&self) -> Followed {
        Followed {
            number: self.last,
            newest: self.followed.clone(),
        }
    }

    /// Gives the next order. One that was not followed yet is replaced.
    pub fn put(&mut self, wanted: Vec<WantedSource>) {
        self.last += 1;
        let order = Order {
            number: self.last,
            wanted,
        };
        *self.mailbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
        self.wake.wake();
    }
}

impl Orders {
    fn take(&self) -> Option<Order> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Reader {
    /// Follows the newest order, if there is one.
    pub(super) fn follow_order(&mut self, looks: &mut Vec<Look>) -> Result<(), ReaderEnd> {
        let Some(order) = self.around.orders.take() else {
            return Ok(());
        };
        // Sources are known by their place, also to the batch on its way.
        self.finish_commit()?;
        for index in 0..self.sources.len() {
            if !order
                .wanted
                .iter()
                .any(|wanted| self.sources[index].is_read_by(wanted))
            {
                self.read_to_the_end(index)?;
            }
        }
        self.take_up(order.wanted)?;
        self.recall_all();
        *looks = vec![Look::Again; self.sources.len()];
        self.around.orders.followed.send_replace(order.number);
        // A lane that leaves may have waited for this.
        self.around.bells.ring_all();
        Ok(())
    }

    /// The last look at a log that is no longer named: what it holds now belongs to the old configuration.
    fn read_to_the_end(&mut self, index: usize) -> Result<(), ReaderEnd> {
        let mut more = true;
        for _ in 0..LAST_ROUNDS {
            let turn = self.turn(index, Look::Again)?;
            more = turn.more;
            if let Some(batch) = turn.batch {
                self.submit(index, batch)?;
            }
            if !more {
                break;
            }
        }
        self.finish_commit()?;
        let source = self.sources[index].id();
        if more {
            tracing::warn!(%source, "log_left: it is no longer configured; not all of it was read, its position is kept");
        } else {
            tracing::info!(%source, "log_left: it is no longer configured; its position is kept");
        }
        Ok(())
    }

    fn take_up(&mut self, wanted: Vec<WantedSource>) -> Result<(), ReaderEnd> {
        let (mut staying, leaving): (Vec<_>, Vec<_>) = std::mem::take(&mut self.sources)
            .into_iter()
            .partition(|source| wanted.iter().any(|wanted| source.is_read_by(wanted)));
        let mut stored = None;
        for wanted in wanted {
            if let Some(index) = staying.iter().position(|source| source.is_read_by(&wanted)) {
                let mut source = staying.swap_remove(index);
                source.adopt(wanted);
                self.sources.push(source);
                continue;
            }
            let known = match stored.take() {
                Some(known) => known,
                None => self.stored()?,
            };
            self.open(wanted, &leaving, &known)?;
            stored = Some(known);
        }
        self.finish_commit()?;
        for gone in leaving {
            if !self.sources.iter().any(|source| source.id() == gone.id()) {
                self.around.status.forget_source(gone.id());
            }
        }
        self.watch_files();
        Ok(())
    }

    /// Opens a source. What it takes over from another is its own, durably, before it reads.
    fn open(&mut self, wanted: WantedSource, leaving: &[Source], stored: &Stored) -> Result<(), ReaderEnd> {
        let beginning = Beginning::of(&wanted, leaving, &stored.positions);
        let taken_over = beginning.batch(&wanted.plan.id);
        let own = beginning.into_positions();
        let mut source = Source::open(wanted.plan, wanted.translator, own, &self.around.metrics);
        watches::resume_one(&mut source, &stored.unknown);
        self.sources.push(source);
        match taken_over {
            Some(batch) => self.submit(self.sources.len() - 1, batch),
            None => Ok(()),
        }
    }

    fn watch_files(&mut self) {
        let (watched, paths): (Vec<usize>, Vec<PathBuf>) = self
            .sources
            .iter()
            .enumerate()
            .filter_map(|(index, source)| Some((index, source.path()?.clone())))
            .unzip();
        self.watched = watched;
        self.waiter.watch(&paths);
    }

    /// What the store knows of sources that are opened now.
    fn stored(&mut self) -> Result<Stored, ReaderEnd> {
        let store = self.around.store.clone();
        let read = || {
            Ok(Stored {
                positions: store.checkpoints()?,
                unknown: store.unknown_lines()?,
            })
        };
        loop {
            match read() {
                Ok(stored) => return Ok(stored),
                Err(error) if CommitError::is_transient(&error) => self.hold(&error),
                Err(error) => return Err(store_failed(&error)),
            }
            if self.is_stopping() {
                return Err(ReaderEnd::Stopped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use isr_store::{Opened, Store, StoreHistory, StoreOptions};
    use isr_tail::{Events, Waiter};

    use super::*;
    use crate::config::{self, Config, Overrides, Surroundings};
    use crate::game::Board;
    use crate::metrics::Metrics;
    use crate::relay::lanes::Bells;
    use crate::relay::plan;
    use crate::relay::reader::ReaderSurroundings;
    use crate::status::Status;
    use crate::supervisor::Restarts;

    /// A configuration that reads one log of the folder from its beginning.
    fn config(folder: &Path, log: &str) -> Config {
        let file = folder.join("factorio-isr.yml");
        let text = format!("servers:\n  a:\n    log_path: {log}\n    game_log: off\n    start: beginning\n");
        std::fs::write(&file, text).unwrap();
        let surroundings = Surroundings::empty(folder)
            .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
            .with_variable("FACTORIO_ISR_STATE_DIR", folder.join("state").to_string_lossy());
        config::load(&surroundings, &Overrides::default()).unwrap().config
    }

    struct Scene {
        reader: Reader,
        desk: OrderDesk,
        stop: Arc<AtomicBool>,
    }

    fn scene(config: &Config, store: &Store) -> Scene {
        let (metrics, _) = Metrics::new();
        let restarts = Restarts::default();
        let sources = plan::sources(config, &[], StoreHistory::FirstEver, &metrics);
        let paths: Vec<_> = sources
            .iter()
            .filter_map(|source| source.path().cloned())
            .collect();
        let waiter = Waiter::new(Events::Off, &paths).unwrap();
        let (desk, orders) = order_desk(waiter.wake_handle());
        let stop = Arc::new(AtomicBool::new(false));
        let around = ReaderSurroundings {
            store: store.clone(),
            bells: Bells::default(),
            orders,
            board: Board::default(),
            status: Status::new(plan::source_ids(config), restarts.clone()),
            metrics,
            restarts,
            stop: Arc::clone(&stop),
        };
        Scene {
            reader: Reader::new(sources, waiter, around),
            desk,
            stop,
        }
    }

    impl Scene {
        /// Runs the reader until it has followed everything.
        fn run_until(self, followed: &[Followed]) {
            let Self { reader, desk, stop } = self;
            let thread = std::thread::spawn(move || reader.run());
            let deadline = Instant::now() + Duration::from_secs(30);
            while !followed.iter().all(Followed::is_reached) {
                assert!(Instant::now() < deadline, "the order was not followed");
                std::thread::yield_now();
            }
            stop.store(true, Ordering::Release);
            desk.wake.wake();
            assert_eq!(thread.join().unwrap(), ReaderEnd::Stopped);
        }
    }

    fn store(folder: &Path) -> Store {
        let Opened { store, .. } = Store::open(StoreOptions::new(folder.join("state"))).unwrap();
        store
    }

    #[test]
    fn p04_a_log_that_is_left_is_read_and_committed_to_its_end_before_the_order_counts() {
        let folder = tempfile::tempdir().unwrap();
        let line = "[MILESTONE] Ada completed: one\n";
        std::fs::write(folder.path().join("old.log"), line.repeat(3)).unwrap();
        let store = store(folder.path());
        let mut scene = scene(&config(folder.path(), "old.log"), &store);
        // The order is there before the reader has read anything.
        let followed = scene.desk.next();
        let moved = config(folder.path(), "new.log");
        scene.desk.put(plan::readings(&moved, StoreHistory::Resumed));
        scene.run_until(&[followed]);
        assert_eq!(store.health().waiting_rows, 3);
        let positions = store.checkpoints().unwrap();
        assert_eq!(positions[0].1.offset, 3 * line.len() as u64);
        store.close_blocking().unwrap();
    }

    #[test]
    fn p04_an_order_that_was_replaced_before_it_was_followed_counts_as_followed_with_the_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("third.log"),
            "[MILESTONE] Ada completed: one\n",
        )
        .unwrap();
        let store = store(folder.path());
        let mut scene = scene(&config(folder.path(), "first.log"), &store);
        let mut followed = Vec::new();
        for log in ["second.log", "third.log"] {
            followed.push(scene.desk.next());
            let config = config(folder.path(), log);
            scene.desk.put(plan::readings(&config, StoreHistory::Resumed));
        }
        assert!(!followed[0].is_reached());
        scene.run_until(&followed);
        store.close_blocking().unwrap();
    }
}
