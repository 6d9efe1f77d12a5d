//! The oracle's verdict.
//!
//! Owns the figures and how they are told. Cannot fail.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How many examples of each kind are shown.
pub(super) const EXAMPLES: usize = 12;

/// The figures of a run. `lost`, `spurious`, `corrupt`, `inversions` and `misuse` must be 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Seed of the run.
    pub seed: u64,
    /// W: numbers written.
    pub written: u64,
    /// D: distinct numbers accepted, counted per destination.
    pub delivered: u64,
    /// Numbers neither delivered nor accounted for by number, before the accounts by count.
    pub missing: u64,
    /// Numbers missing for which no account stands.
    pub lost: u64,
    /// Accepted a second time or more.
    pub dup: u64,
    /// Accepted but never written.
    pub spurious: u64,
    /// Accepted lines that hold a number and are not exactly its text.
    pub corrupt: u64,
    /// Numbers accepted for the first time after a greater one of the same server and destination.
    pub inversions: u64,
    /// Accounts by number: reason and how many.
    pub accounted: BTreeMap<String, u64>,
    /// Accounts by count alone: reason and how many.
    pub accounted_by_count: BTreeMap<String, u64>,
    /// Accounted by count beyond what is missing.
    pub over_accounted: u64,
    /// Accounted by number and delivered all the same.
    pub accounted_and_delivered: u64,
    /// Accepted lines without a number.
    pub other_lines: u64,
    /// The fresh event after the faults: None when not tried, its time when it arrived.
    pub live: Option<Liveness>,
    /// Mistakes of the test itself: numbers written that do not rise.
    pub misuse: u64,
    /// Some of what was found, in words.
    pub examples: Vec<String>,
}

/// Whether a fresh event arrived after the faults stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// After this time.
    Arrived(Duration),
    /// Not within this time.
    Missing(Duration),
}

impl Report {
    /// Nothing lost, spurious, corrupt or out of order, and alive as far as tried. Duplicates are not judged here: how
    /// many are allowed depends on the scenario.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.lost == 0
            && self.spurious == 0
            && self.corrupt == 0
            && self.inversions == 0
            && self.misuse == 0
            && !matches!(self.live, Some(Liveness::Missing(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            written,
            delivered,
            lost,
            dup,
            spurious,
            corrupt,
            inversions,
            ..
        } = self;
        writeln!(
            f,
            "seed {seed}: written {written}, delivered {delivered}, other lines {}",
            self.other_lines
        )?;
        writeln!(
            f,
            "lost {lost} (missing {}), dup {dup}, spurious {spurious}, corrupt {corrupt}, order {inversions}",
            self.missing
        )?;
        for (reason, count) in self.accounted.iter().chain(&self.accounted_by_count) {
            writeln!(f, "accounted: {reason}: {count}")?;
        }
        if self.over_accounted > 0 || self.accounted_and_delivered > 0 {
            let (over, both) = (self.over_accounted, self.accounted_and_delivered);
            writeln!(
                f,
                "accounted beyond what is missing: {over}; accounted and delivered: {both}"
            )?;
        }
        if let Some(live) = self.live {
            writeln!(f, "live: {live:?}")?;
        }
        if self.misuse > 0 {
            writeln!(
                f,
                "the test itself wrote {} numbers that do not rise",
                self.misuse
            )?;
        }
        self.examples
            .iter()
            .try_for_each(|example| writeln!(f, "  {example}"))
    }
}
