//! A small source of randomness for waits, so that many relays do not knock at the same instant.
//!
//! Owns a seedable generator (splitmix64). Not for secrets. Cannot fail.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A generator of random waits. The same seed gives the same sequence.
#[derive(Debug, Clone)]
pub struct Jitter(u64);

impl Jitter {
    /// A generator that starts at `seed`.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator with a seed of its own, different in every process.
    #[must_use]
    pub fn random() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }

    /// A duration between `low` and `high`, both included, evenly spread. Gives `low` when `high` is not above it.
    pub fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let span = high.saturating_sub(low).as_nanos();
        let span = u64::try_from(span).unwrap_or(u64::MAX - 1);
        // The bias of the remainder is below 2^-20 for the minutes that are asked for here.
        low + Duration::from_nanos(self.next() % (span + 1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_between_their_ends_and_repeat_for_a_seed() {
        let (low, high) = (Duration::from_millis(100), Duration::from_millis(300));
        let draw = |seed| {
            let mut jitter = Jitter::seeded(seed);
            (0..1000).map(|_| jitter.between(low, high)).collect::<Vec<_>>()
        };
        let waits = draw(7);
        assert!(waits.iter().all(|wait| (low..=high).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < Duration::from_millis(120)));
        assert!(waits.iter().any(|wait| *wait > Duration::from_millis(280)));
        assert_eq!(waits, draw(7));
        assert_ne!(waits, draw(8));
    }

    #[test]
    fn an_empty_or_huge_span_is_no_trouble() {
        let mut jitter = Jitter::random();
        assert_eq!(
            jitter.between(Duration::from_secs(2), Duration::from_secs(1)),
            Duration::from_secs(2)
        );
        assert!(jitter.between(Duration::ZERO, Duration::MAX) <= Duration::MAX);
    }
}
