//! Samples of the updates per second, smoothed.
//!
//! Owns the two means. Must not know thresholds. Cannot fail.

use std::collections::VecDeque;

/// The plain mean is over so many samples, as in the Python program.
const SAMPLES: usize = 5;

/// The last samples.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Smoothing {
    last: VecDeque<f64>,
    ema: Option<f64>,
}

/// One sample and the means with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothed {
    /// As measured.
    pub raw: f64,
    /// The mean of the last five.
    pub sma: f64,
    /// The exponential mean.
    pub ema: f64,
}

impl Smoothing {
    /// Takes a sample. `alpha` is the weight of the newest one, above 0, at most 1.
    pub(super) fn with(&mut self, raw: f64, alpha: f64) -> Smoothed {
        let alpha = if alpha > 0.0 { alpha.min(1.0) } else { 1.0 };
        if self.last.len() == SAMPLES {
            self.last.pop_front();
        }
        self.last.push_back(raw);
        let count = self.last.iter().map(|_| 1.0).sum::<f64>();
        let ema = self.ema.map_or(raw, |before| before + alpha * (raw - before));
        self.ema = Some(ema);
        Smoothed {
            raw,
            sma: self.last.iter().sum::<f64>() / count,
            ema,
        }
    }

    /// The former samples belong to another time: the game stood, or ran at another speed.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
