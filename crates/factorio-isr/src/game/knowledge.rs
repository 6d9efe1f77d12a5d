//! What is known of one game, shared by its connection and its logs.
//!
//! Owns the [`Watch`], which lives as long as the game is followed, also when the task of its connection panics. Must not
//! know where anything comes from. Cannot fail.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::game::{LinkChange, LogSign, Sample, Snapshot, Watch, WatchOptions};
use tokio::sync::Notify;

use super::clock::Clock;

/// What is known of one game.
#[derive(Debug)]
pub(super) struct Knowledge {
    clock: Clock,
    watch: Mutex<Watch>,
    news: Notify,
}

impl Knowledge {
    pub(super) fn new(options: WatchOptions, clock: Clock) -> Self {
        Self {
            clock,
            watch: Mutex::new(Watch::new(options)),
            news: Notify::new(),
        }
    }

    /// Each change is one step, so that a panic elsewhere leaves it whole.
    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by other options from now on.
    pub(super) fn follow(&self, options: WatchOptions) {
        self.watch().follow(options);
        self.news.notify_one();
    }

    pub(super) fn told(&self, sign: &LogSign<'_>, happened_ms: i64) {
        self.watch().told(sign, happened_ms, self.clock.now());
        // Lines come by the thousand, and that one came changes nothing that could not wait.
        if *sign != LogSign::Line {
            self.news.notify_one();
        }
    }

    pub(super) fn link(&self, change: LinkChange) {
        self.watch().link(change, self.clock.now());
    }

    pub(super) fn took(&self, sample: &Sample) {
        self.watch().took(sample);
    }

    /// How long to wait before `/time` is asked again.
    pub(super) fn ask_time_after(&self) -> Duration {
        self.watch().ask_time_after()
    }

    /// The picture now.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.watch().snapshot(self.clock.now())
    }

    /// Waits until the logs or a reload told something.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }
}
