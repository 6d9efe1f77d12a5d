//! A paused clock that only the test moves.
//!
//! tokio's own paused clock jumps to the next timer whenever nothing is left to run, also while bytes are on their way
//! through a socket. This one stands still until it is told, so that deadlines of hours and real sockets get along.
//! Owns how time passes in a test that starts paused. Must not know what is tested. It panics where something does not
//! come to hold.

use std::sync::mpsc;
use std::time::Duration;

use tokio::task::{spawn_blocking, yield_now};
use tokio::time::{Instant, advance};

/// Time passes in steps of this.
const STEP: Duration = Duration::from_millis(100);
/// So often everything that can run is let run, so that a conversation over a socket comes to rest.
const ROUNDS: usize = 40;
/// What needs no time of this clock, but other threads or the disk, is waited for so long at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// The clock of a test that starts paused. Dropped, it jumps again.
#[derive(Debug)]
pub struct Clock {
    /// While this is held, a blocking task runs, and with one running tokio leaves a paused clock alone.
    _held: mpsc::SyncSender<()>,
}

impl Clock {
    /// Stops the clock. The runtime has to be one that started paused.
    #[must_use]
    pub fn hold() -> Self {
        let (held, released) = mpsc::sync_channel::<()>(0);
        // It ends with an error when the sender is dropped; that is its only purpose.
        drop(spawn_blocking(move || released.recv().is_ok()));
        Self { _held: held }
    }

    /// Lets everything run that can.
    pub async fn settle(&self) {
        for _ in 0..ROUNDS {
            yield_now().await;
        }
    }

    /// Lets everything run, other threads too, until it holds. No time passes on this clock.
    ///
    /// # Panics
    /// When it does not come to hold in a minute of real time.
    #[track_caller]
    pub fn now(&self, mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let began = std::time::Instant::now();
            while !holds() {
                assert!(
                    began.elapsed() < PATIENCE,
                    "{place}: it did not come to hold while the clock stood still"
                );
                self.settle().await;
                std::thread::yield_now();
            }
        }
    }

    /// Lets time pass.
    pub async fn pass(&self, time: Duration) {
        let end = Instant::now() + time;
        self.settle().await;
        while Instant::now() < end {
            advance(STEP.min(end - Instant::now())).await;
            self.settle().await;
        }
    }

    /// Lets time pass until it holds. How long that took.
    ///
    /// # Panics
    /// When it does not come to hold in this time.
    #[track_caller]
    pub fn until(&self, within: Duration, mut holds: impl FnMut() -> bool) -> impl Future<Output = Duration> {
        let place = std::panic::Location::caller();
        async move {
            let began = Instant::now();
            self.settle().await;
            while !holds() {
                assert!(
                    began.elapsed() < within,
                    "{place}: it did not come to hold within {within:?}"
                );
                advance(STEP).await;
                self.settle().await;
            }
            began.elapsed()
        }
    }
}
