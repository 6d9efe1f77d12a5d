//! What the store tells about itself.
//!
//! Owns the snapshot that the writer publishes after each transaction. Reading it takes one short lock and never waits
//! for the disk. Holds server tags and destination names, no player names and no paths.

use std::sync::{Arc, Mutex, PoisonError};

use isr_core::delivery::Destination;
use isr_core::source::ServerTag;

use crate::claims::RULE_UNCERTAIN_RESEND;

/// Whether the store takes what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    /// It does.
    #[default]
    Working,
    /// The last batch was refused because of the cap.
    OutboxFull,
    /// The last transaction found no space on the disk.
    DiskFull,
    /// The last transaction could not write, or another process held the database.
    Unwritable,
    /// A sync failed or the database is damaged: the process must end.
    Failed,
    /// Closed.
    Closed,
}

/// A snapshot of the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether the store takes what it is given.
    pub condition: Condition,
    /// Deliveries that wait or are in flight.
    pub waiting_rows: u64,
    /// Their text, with 128 bytes added per row.
    pub waiting_bytes: u64,
    /// When the first of the lines that quiet hours hold back is due, Unix milliseconds; none when nothing is held.
    pub held_until_ms: Option<i64>,
    /// Every destination that ever had a delivery, oldest first.
    pub lanes: Vec<LaneHealth>,
    /// What rules suppressed or dropped, since the store exists.
    pub tallies: Vec<TallyHealth>,
    /// The size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
    /// Somebody holds a read transaction open, so that the write-ahead log cannot be folded back.
    pub wal_alarm: bool,
}

impl Health {
    /// Deliveries that were claimed again although an earlier attempt may have arrived, since the store exists: the
    /// most duplicates that can have been posted (G5).
    #[must_use]
    pub fn uncertain_resends(&self) -> u64 {
        self.tallies
            .iter()
            .filter(|tally| tally.rule == RULE_UNCERTAIN_RESEND)
            .map(|tally| tally.count)
            .sum()
    }
}

/// One destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneHealth {
    /// The destination.
    pub destination: Destination,
    /// Deliveries that wait or are in flight.
    pub waiting_rows: u64,
    /// When the line at the head of the lane was first seen, Unix milliseconds.
    pub oldest_seen_ms: Option<i64>,
    /// Dead letters and expired deliveries that are still kept.
    pub given_up_rows: u64,
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyHealth {
    /// The server.
    pub server: ServerTag,
    /// The rule.
    pub rule: String,
    /// How many, since the store exists.
    pub count: u64,
}

/// Where the writer puts the newest snapshot.
#[derive(Debug, Default)]
pub(crate) struct HealthBoard(Mutex<Arc<Health>>);

impl HealthBoard {
    pub(crate) fn read(&self) -> Arc<Health> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn publish(&self, health: Health) {
        let fresh = Arc::new(health);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    pub(crate) fn set_condition(&self, condition: Condition) {
        let old = self.read();
        if old.condition != condition {
            self.publish(Health {
                condition,
                ..Health::clone(&old)
            });
        }
    }
}
