//! What a session counts, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Totals since the session was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Attempts to connect.
    pub attempts: u64,
    /// Logins that succeeded.
    pub logins: u64,
    /// Requests that left.
    pub sent: u64,
    /// Replies that found their request.
    pub answered: u64,
    /// Replies without a waiting request: late, unknown or of the console stream. Dropped.
    pub stray: u64,
    /// Requests whose deadline passed after they had left.
    pub late: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) attempts: AtomicU64,
    pub(super) logins: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) stray: AtomicU64,
    pub(super) late: AtomicU64,
}

/// Counts one more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn read(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            attempts: read(&self.attempts),
            logins: read(&self.logins),
            sent: read(&self.sent),
            answered: read(&self.answered),
            stray: read(&self.stray),
            late: read(&self.late),
        }
    }
}
