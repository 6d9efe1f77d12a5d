//! How long a lane waits after trouble that names no time: a refused connection, a 5xx, a lost answer.
//!
//! Exponential with full jitter: each pause is drawn between a small floor and a ceiling that doubles from 1 s to
//! 30 s (for lanes; the gateway has a longer one). With the attempt deadline of 15 s a lane is heard again within 45 s of the end of an outage (D08 allows
//! 60 s). Pure: the caller sleeps. Cannot fail.

use std::time::Duration;

use crate::jitter::Jitter;

/// The ceiling of the first pause.
pub const FIRST_CEILING: Duration = Duration::from_secs(1);
/// The ceiling that a lane never passes.
pub const LAST_CEILING: Duration = Duration::from_secs(30);
/// No pause is shorter, so that a dead peer never sees a hot loop.
pub const FLOOR: Duration = Duration::from_millis(100);

/// The pauses of one lane.
#[derive(Debug, Clone)]
pub struct Backoff {
    failures: u32,
    last_ceiling: Duration,
    jitter: Jitter,
}

impl Backoff {
    /// No failure so far.
    #[must_use]
    pub const fn new(jitter: Jitter) -> Self {
        Self::up_to(jitter, LAST_CEILING)
    }

    /// No failure so far, and no pause that is longer than this.
    #[must_use]
    pub const fn up_to(jitter: Jitter, last_ceiling: Duration) -> Self {
        Self {
            failures: 0,
            last_ceiling,
            jitter,
        }
    }

    /// Counts one more failure and says how long to wait before the next attempt.
    pub fn next_pause(&mut self) -> Duration {
        let doubled = FIRST_CEILING.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        self.jitter.between(FLOOR, doubled.min(self.last_ceiling))
    }

    /// Forgets the failures: an attempt got through.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many failures followed each other.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_pauses_grow_jittered_to_a_cap_that_lets_a_lane_recover_within_60_s() {
        let attempt_deadline = crate::client::ATTEMPT_DEADLINE;
        for seed in 0..200 {
            let mut backoff = Backoff::new(Jitter::seeded(seed));
            for failure in 0..40_u32 {
                let pause = backoff.next_pause();
                let ceiling = Duration::from_secs(1 << failure.min(5)).min(LAST_CEILING);
                assert!(
                    (FLOOR..=ceiling).contains(&pause),
                    "seed {seed}, failure {failure}: {pause:?}"
                );
                assert!(pause + attempt_deadline < Duration::from_secs(60));
            }
            backoff.reset();
            assert!(backoff.next_pause() <= FIRST_CEILING);
        }
    }

    #[test]
    fn d08_lanes_do_not_knock_together() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(Jitter::seeded(seed));
            (0..8).map(|_| backoff.next_pause()).collect::<Vec<_>>()
        };
        assert_ne!(pauses(1), pauses(2));
        assert_eq!(pauses(3), pauses(3));
    }
}
