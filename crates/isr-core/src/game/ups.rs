//! How fast the game runs.

use std::time::Duration;

/// A healthy game at normal speed makes so many updates a second.
pub const NORMAL_UPS: f64 = 60.0;

/// How fast the game runs, as far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Pace {
    /// Too little was heard yet, or nothing for too long.
    #[default]
    Unknown,
    /// It runs.
    Running(Ups),
    /// It stands although players are there: it was paused, or it saves.
    Standing,
    /// It stands and nobody is there.
    AutoPaused,
}

/// Updates per second over a window, with what the measurement is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ups {
    /// The estimate. Finite, above zero.
    pub value: f64,
    /// The truth lies at most so far from it.
    pub plus_minus: f64,
    /// The time that it was measured over, standstill left out.
    pub window: Duration,
    /// What a healthy game makes at the speed it is set to: 60, or 60 × `game.speed` where that is known.
    pub target: f64,
    /// Of what kind the answers were.
    pub basis: Basis,
}

/// What an estimate was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Answers to `/time`, in whole seconds.
    Seconds,
    /// Ticks, told by Lua.
    Ticks,
}

impl Pace {
    /// The updates per second, where it runs.
    #[must_use]
    pub const fn ups(&self) -> Option<&Ups> {
        match self {
            Self::Running(ups) => Some(ups),
            _ => None,
        }
    }
}
