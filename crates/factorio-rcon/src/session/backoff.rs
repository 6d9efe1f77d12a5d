//! How long to wait before the next attempt to connect.
//!
//! Owns the pauses and their dice. Exponential with jitter, from half a second to 30 s, for ever. A refused password
//! waits at least a minute, so that no server sees more than one such login a minute. Pure: the caller sleeps.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The ceiling of the first pause.
const FIRST: Duration = Duration::from_millis(500);
/// The ceiling that is never passed.
const LAST: Duration = Duration::from_secs(30);
/// No pause is shorter, so that a server that drops every connection sees no hot loop.
const FLOOR: Duration = Duration::from_millis(100);
/// The shortest pause after a refused password.
pub(super) const WRONG_PASSWORD_PAUSE: Duration = Duration::from_secs(60);
/// How much longer it may be.
const WRONG_PASSWORD_SPREAD: Duration = Duration::from_secs(15);

/// The pauses of one session.
#[derive(Debug)]
pub(super) struct Backoff {
    failures: u32,
    state: u64,
}

impl Backoff {
    /// No failure so far; dice of its own.
    pub(super) fn new() -> Self {
        Self {
            failures: 0,
            state: RandomState::new().hash_one(0_u8),
        }
    }

    /// Counts one more failure and says how long to wait.
    pub(super) fn next_pause(&mut self) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(16)).min(LAST);
        self.failures = self.failures.saturating_add(1);
        self.between(FLOOR, ceiling)
    }

    /// How long to wait after a refused password.
    pub(super) fn wrong_password_pause(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.between(WRONG_PASSWORD_PAUSE, WRONG_PASSWORD_PAUSE + WRONG_PASSWORD_SPREAD)
    }

    /// Forgets the failures: the server answered a command.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// Evenly spread between the two, splitmix64.
    fn between(&mut self, low: Duration, high: Duration) -> Duration {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let span = u64::try_from((high - low).as_nanos()).unwrap_or(u64::MAX - 1);
        low + Duration::from_nanos(mixed % (span + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r01_pauses_grow_jittered_to_a_cap_and_never_run_hot() {
        let mut all = Vec::new();
        for _ in 0..100 {
            let mut backoff = Backoff::new();
            for failure in 0..40_u32 {
                let pause = backoff.next_pause();
                let ceiling = FIRST.saturating_mul(1 << failure.min(16)).min(LAST);
                assert!((FLOOR..=ceiling).contains(&pause), "{failure}: {pause:?}");
                all.push(pause);
            }
            backoff.reset();
            assert!(backoff.next_pause() <= FIRST);
        }
        assert!(all.iter().any(|pause| *pause > Duration::from_secs(25)));
        assert_ne!(all[..40], all[40..80], "two sessions do not knock together");
    }

    #[test]
    fn r01_a_wrong_password_is_tried_at_most_once_a_minute() {
        let mut backoff = Backoff::new();
        for _ in 0..1_000 {
            let pause = backoff.wrong_password_pause();
            assert!((60..=75).contains(&pause.as_secs()), "{pause:?}");
        }
    }
}
