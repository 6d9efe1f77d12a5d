//! What a caller chooses about the store.
//!
//! Owns the options and their defaults (design.md, section 11). Fails never.

use std::path::PathBuf;
use std::time::Duration;

use crate::faults::Faults;

/// Everything that [`Store::open`](crate::Store::open) needs to know.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The state folder. Created with mode 0700 when it does not exist.
    pub state_dir: PathBuf,
    /// How much may wait, and what happens beyond that.
    pub caps: OutboxCaps,
    /// How long settled rows are kept.
    pub retention: Retention,
    /// When the write-ahead log is folded back into the database.
    pub wal: WalLimits,
    /// Faults for tests. Nothing is armed by default.
    #[doc(hidden)]
    pub faults: Faults,
}

impl StoreOptions {
    /// The defaults for a state folder.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self {
            state_dir: state_dir.into(),
            caps: OutboxCaps::default(),
            retention: Retention::default(),
            wal: WalLimits::default(),
            faults: Faults::default(),
        }
    }
}

/// How much may wait for delivery. Rows in flight count; settled rows do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCaps {
    /// Rows.
    pub rows: u64,
    /// Bytes of text, with 128 added per row for what surrounds it.
    pub bytes: u64,
    /// What happens to a batch that would exceed a cap.
    pub when_full: OutboxFull,
}

impl Default for OutboxCaps {
    fn default() -> Self {
        Self {
            rows: 1_000_000,
            bytes: 512 * 1024 * 1024,
            when_full: OutboxFull::Pause,
        }
    }
}

/// What happens when the outbox is at its cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxFull {
    /// The batch is refused with [`CommitError::Full`](crate::CommitError::Full): reading pauses, the log itself is the
    /// buffer.
    Pause,
    /// The oldest waiting rows are removed and counted under [`RULE_OUTBOX_CAP`](crate::RULE_OUTBOX_CAP).
    DropOldest,
}

/// How long settled rows are kept. Their ids stay refused afterwards: the committed position guards them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Delivered rows.
    pub delivered: Duration,
    /// Dead letters and expired rows.
    pub given_up: Duration,
    /// Statistics.
    pub statistics: Duration,
    /// The audit log; without it for ever.
    pub audit: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            delivered: Duration::from_secs(24 * 3600),
            given_up: Duration::from_secs(30 * 24 * 3600),
            statistics: Duration::from_secs(400 * 24 * 3600),
            audit: None,
        }
    }
}

/// When the write-ahead log is folded back, and when its size becomes an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalLimits {
    /// Folded back as soon as it reaches this many bytes.
    pub checkpoint_bytes: u64,
    /// Folded back in a quiet moment from this many bytes.
    pub idle_bytes: u64,
    /// [`Health::wal_alarm`](crate::Health::wal_alarm) is raised from this many bytes: somebody holds a read
    /// transaction open.
    pub alarm_bytes: u64,
}

impl Default for WalLimits {
    fn default() -> Self {
        Self {
            checkpoint_bytes: 32 * 1024 * 1024,
            idle_bytes: 1024 * 1024,
            alarm_bytes: 64 * 1024 * 1024,
        }
    }
}
