//! A factory that works, and its neighbours.
//!
//! Owns how far it has come, and evolution. What it made and found out only Lua can ask for: that is in `lua/products.rs`.
//! Cannot fail.

use super::{TICKS_PER_SECOND, World};

/// How much enemies evolve in a second of play, at the beginning.
const EVOLUTION_PER_SECOND: f64 = 0.000_012;

/// Whether the factory works by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Industry {
    /// Nothing changes but by the test.
    Still,
    /// It makes, researches and annoys the neighbours.
    Busy,
}

/// A space platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Platform {
    /// Its name.
    pub name: String,
    /// Where it is (`nauvis` …); nowhere while it flies.
    pub location: Option<String>,
    /// How fast it is.
    pub speed: f64,
}

/// How far it has come: ticks of work. Everything else follows from them.
#[derive(Debug, Default)]
pub(super) struct Works {
    pub(super) ticks: u64,
}

impl World {
    pub(super) fn work(&mut self, ticks: u64) {
        if self.industry == Industry::Still {
            return;
        }
        self.works.ticks += ticks;
        let seconds = ticks as f64 / TICKS_PER_SECOND as f64;
        for surface in &mut self.surfaces {
            let left = 1.0 - surface.evolution;
            surface.evolution += left * left * EVOLUTION_PER_SECOND * seconds;
        }
    }
}
