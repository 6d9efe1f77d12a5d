//! What the factory makes, finds out and lets fly.
//!
//! Owns production, research and rockets; all of it follows from how long the factory has worked. Cannot fail.

use std::collections::BTreeMap;

use super::super::TICKS_PER_SECOND;
use super::super::industry::Works;

/// What a busy factory makes of each item in a minute.
const PER_MINUTE: [(&str, f64); 4] = [
    ("iron-plate", 900.0),
    ("copper-plate", 600.0),
    ("electronic-circuit", 240.0),
    ("automation-science-pack", 45.0),
];
/// What it makes of each fluid in a minute.
const FLUIDS_PER_MINUTE: [(&str, f64); 2] = [("petroleum-gas", 12_345.0), ("water", 60_000.0)];
/// What of it the factory uses up itself.
const USED: f64 = 0.9;
/// What is researched, in this order and then again with the next level.
const TECHNOLOGIES: [&str; 6] = [
    "automation",
    "logistics",
    "military",
    "oil-gathering",
    "rocket-silo",
    "mining-productivity-4",
];
/// How long each takes.
const RESEARCH_TICKS: u64 = 15 * 60 * TICKS_PER_SECOND;
/// A rocket flies this often once there is a silo.
const ROCKET_TICKS: u64 = 30 * 60 * TICKS_PER_SECOND;
/// The place of the silo among the technologies.
const SILO: u64 = 5;

/// Where research stands.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Research {
    pub(in super::super) technology: &'static str,
    pub(in super::super) level: u64,
    /// From 0 to 1.
    pub(in super::super) progress: f64,
}

impl Works {
    /// What was made and used of each item; mods make these as well.
    pub(in super::super) fn items<'a>(&self, of_mods: &'a [(String, f64)]) -> BTreeMap<&'a str, (f64, f64)> {
        let of_mods = of_mods
            .iter()
            .map(|(item, per_minute)| (item.as_str(), *per_minute));
        self.made(PER_MINUTE.into_iter().chain(of_mods))
    }

    /// What was made and used of each fluid.
    pub(in super::super) fn fluids(&self) -> BTreeMap<&'static str, (f64, f64)> {
        self.made(FLUIDS_PER_MINUTE.into_iter())
    }

    fn made<'a>(&self, rates: impl Iterator<Item = (&'a str, f64)>) -> BTreeMap<&'a str, (f64, f64)> {
        let minutes = self.minutes();
        let made = |(name, per_minute): (&'a str, f64)| {
            let made = (minutes * per_minute).floor();
            (name, (made, (made * USED).floor()))
        };
        rates.map(made).collect()
    }

    pub(in super::super) fn minutes(&self) -> f64 {
        self.ticks as f64 / (60 * TICKS_PER_SECOND) as f64
    }

    /// Nothing at all before the first minute of work.
    pub(in super::super) fn research(&self) -> Option<Research> {
        let finished = self.ticks / RESEARCH_TICKS;
        let place = usize::try_from(finished).unwrap_or(0) % TECHNOLOGIES.len();
        (self.ticks > 0).then(|| Research {
            technology: TECHNOLOGIES[place],
            level: 1 + finished / TECHNOLOGIES.len() as u64,
            progress: (self.ticks % RESEARCH_TICKS) as f64 / RESEARCH_TICKS as f64,
        })
    }

    /// Everything that was found out.
    pub(in super::super) fn researched(&self) -> &'static [&'static str] {
        let finished = usize::try_from(self.ticks / RESEARCH_TICKS).unwrap_or(usize::MAX);
        &TECHNOLOGIES[..finished.min(TECHNOLOGIES.len())]
    }

    pub(in super::super) fn rockets(&self) -> u64 {
        self.ticks.saturating_sub(SILO * RESEARCH_TICKS) / ROCKET_TICKS
    }
}
