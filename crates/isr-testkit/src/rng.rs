//! Small seeded dice (splitmix64): the same seed gives the same run, on every machine.
//!
//! Owns randomness of tests. Not for secrets, and good enough only for choosing. Cannot fail.

use std::hash::{BuildHasher, RandomState};

/// A seeded generator.
#[derive(Debug, Clone)]
pub struct Rng {
    seed: u64,
    state: u64,
}

impl Rng {
    /// A generator with a fixed seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// The seed of the environment variable `variable`, else a fresh one. The seed is printed to standard error, so
    /// that a failed run can be repeated.
    #[must_use]
    pub fn from_environment(variable: &str) -> Self {
        let given = std::env::var(variable)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one("seed") >> 16);
        eprintln!("seed: repeat with {variable}={seed}");
        Self::new(seed)
    }

    /// The seed it began with.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// An independent generator for one part of a run: drawing from it does not move this one.
    #[must_use]
    pub fn fork(&self, part: u64) -> Self {
        Self::new(mix(self.seed ^ mix(part)))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product: no modulo, bias below 2^-32 for the bounds of tests.
        let product = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` when the range is empty.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True with this probability (0.0 never, 1.0 always).
    pub fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are exact in an f64.
        let drawn = (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        drawn < probability
    }

    /// One of the items.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.below(items.len() as u64)).unwrap_or(0)]
    }
}

/// A hash of 64 bits to 64 bits (the finaliser of splitmix64).
#[must_use]
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let draw = |mut rng: Rng| (0..50).map(|_| rng.next_u64()).collect::<Vec<_>>();
        assert_eq!(draw(Rng::new(7)), draw(Rng::new(7)));
        assert_ne!(draw(Rng::new(7)), draw(Rng::new(8)));
        assert_ne!(draw(Rng::new(7).fork(1)), draw(Rng::new(7).fork(2)));
    }

    #[test]
    fn draws_stay_in_range_and_reach_its_ends() {
        let mut rng = Rng::new(1);
        let drawn: Vec<u64> = (0..1000).map(|_| rng.between(3, 6)).collect();
        assert!((3..=6).all(|n| drawn.contains(&n)) && drawn.iter().all(|n| (3..=6).contains(n)));
        assert!(!(0..1000).any(|_| rng.chance(0.0)));
        assert!((0..1000).all(|_| rng.chance(1.0)));
        let heads = (0..10_000).filter(|_| rng.chance(0.25)).count();
        assert!((2_200..2_800).contains(&heads), "{heads}");
        assert_eq!(rng.below(0), 0);
    }
}
