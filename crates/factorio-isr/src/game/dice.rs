//! Dice that keep many servers from doing the same at the same time.
//!
//! Owns one row of random numbers, splitmix64. Not for secrets. Cannot fail.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A row of random numbers.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// A row of its own.
    pub(super) fn new() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }

    /// A duration from nothing up to this one.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX - 1);
        Duration::from_nanos(mixed % (most + 1))
    }
}
