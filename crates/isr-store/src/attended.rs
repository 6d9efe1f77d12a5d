//! Which destinations somebody sends to.
//!
//! Owns the newest word of the program on that, and after how long rows of all other destinations are given up. Rows that
//! nobody sends must not keep others out of the outbox, and must not stay for ever. Must not know the configuration.
//! Cannot fail.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::delivery::Destination;

/// What the program sends to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attended {
    /// The destinations.
    pub destinations: HashSet<Destination>,
    /// Rows of other destinations are given up when they are older.
    pub give_up_after: Duration,
}

/// Where the writer finds it. Until the program has said something every destination is attended.
#[derive(Debug, Default)]
pub(crate) struct Attendance(Mutex<Option<Attended>>);

impl Attendance {
    fn newest(&self) -> MutexGuard<'_, Option<Attended>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, attended: Attended) {
        *self.newest() = Some(attended);
    }

    pub(crate) fn is_attended(&self, destination: &Destination) -> bool {
        self.newest()
            .as_ref()
            .is_none_or(|attended| attended.destinations.contains(destination))
    }

    pub(crate) fn give_up_after(&self) -> Option<Duration> {
        self.newest().as_ref().map(|attended| attended.give_up_after)
    }
}
