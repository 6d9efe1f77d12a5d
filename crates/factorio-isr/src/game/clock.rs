//! The two clocks, as values for what is pure.
//!
//! Owns the epoch of monotonic readings. Cannot fail: a wall clock before 1970 reads as 1970.

use isr_core::game::{Mono, Now};
use jiff::Timestamp;
use tokio::time::Instant;

/// The clocks of this process.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: Instant,
}

impl Clock {
    /// Monotonic readings begin here.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: Instant::now(),
        }
    }

    /// This moment.
    #[must_use]
    pub fn now(&self) -> Now {
        Now {
            mono: self.mono(Instant::now()),
            unix_ms: Timestamp::now().as_millisecond(),
        }
    }

    /// A moment of the runtime's clock.
    #[must_use]
    pub fn mono(&self, at: Instant) -> Mono {
        Mono(at.saturating_duration_since(self.epoch))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
