//! Times of many rounds, and what to tell of them.

use std::fmt;
use std::time::Duration;

/// Sorted times.
#[derive(Debug, Clone)]
pub(super) struct Quantiles(Vec<Duration>);

impl Quantiles {
    /// Sorts them.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that this share (0 to 1) of all rounds does not exceed; zero without rounds.
    pub(super) fn at(&self, share: f64) -> Duration {
        let rank = (share * self.0.len() as f64).ceil().max(1.0) as usize;
        self.0
            .get(rank.min(self.0.len()).saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn median(&self) -> Duration {
        self.at(0.5)
    }

    pub(super) fn p99(&self) -> Duration {
        self.at(0.99)
    }

    pub(super) fn max(&self) -> Duration {
        self.at(1.0)
    }
}

impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99, max) = (ms(self.median()), ms(self.p99()), ms(self.max()));
        write!(f, "p50 {p50}, p99 {p99}, max {max} (n = {})", self.0.len())
    }
}

/// Milliseconds with two decimals below ten, one below a hundred, none above.
pub(super) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    let decimals = if ms < 10.0 { 2 } else { usize::from(ms < 100.0) };
    format!("{ms:.decimals$} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks() {
        let times = Quantiles::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(times.median(), Duration::from_millis(100));
        assert_eq!(
            (times.p99(), times.max()),
            (Duration::from_millis(198), Duration::from_millis(200))
        );
        assert_eq!(Quantiles::of(Vec::new()).max(), Duration::ZERO);
        assert_eq!(
            (ms(Duration::from_micros(1_234)), ms(Duration::from_millis(305))),
            ("1.23 ms".into(), "305 ms".into())
        );
    }
}
