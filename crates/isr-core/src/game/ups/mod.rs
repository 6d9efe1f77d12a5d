//! How fast the game runs, told from successive answers to `/time`.
//!
//! Owns the estimate and its precision. Must not know how answers come; moments are readings of a monotonic clock. Cannot
//! fail: where too little is known, that is the answer. It is never negative, never a zero for a game that only stands, and
//! an older save that is loaded starts it anew.
//!
//! # How
//!
//! An answer to `/time` says in whole seconds (60 ticks) how far the game was at some moment between question and answer.
//! So each answer is a gate through which the line «ticks over time» passes: not below the told second when the answer was
//! there, not above its end when the question left. Of the answers so far back as **one** rate explains them (one line),
//! the slopes of all lines through all gates are the estimate with its precision. Standstill that is known (a save that
//! the log tells, a pause, an answer that took unusually long) and one short one that nobody told of cut the line: the
//! parts lie apart, but have the same slope. Where no one rate explains the last minute, the speed changed in it, and the
//! plain mean over it is the estimate. Ticks told by Lua are the same with gates of one tick.
//!
//! # How to ask
//!
//! How precise it becomes is decided by when is asked. Asked every 10 s sharp, a game at 60 UPS shows the same fraction of
//! its second each time, and the tenth answer says no more than the second one. [`ASK_BUSY`] and [`ASK_IDLE`] are so many
//! seconds **and the golden ratio's fraction**, so that the fractions spread as evenly as they can:
//!
//! * with players there every 5.6 s, and after an answer that does not fit those before it every 1.6 s for 5 s, which
//!   tells a standstill from a change of the rate (eight times a minute at most, and not while it stands): within ±2 % of the truth over 60 s, see `docs/performance.md`;
//! * with nobody there every 30.6 s, so that with `/players online` and one slow question (evolution, version, admins …)
//!   every 60 s it is four commands a minute. It is as precise while the game keeps its rate, and takes a minute or two
//!   to be so again after a change.
//!
//! [`Meter::ask_again_after`] says so.

mod gates;
mod meter;
mod reading;

use std::time::Duration;

pub use meter::{Company, Meter, Options, TickAnswer};

/// A healthy game at normal speed makes so many updates a second.
pub const NORMAL_UPS: f64 = 60.0;

/// From one `/time` to the next while players are there.
pub const ASK_BUSY: Duration = Duration::from_millis(5_618);

/// From one `/time` to the next while nobody is there.
pub const ASK_IDLE: Duration = Duration::from_millis(30_618);

/// From one `/time` to the next after an answer that does not fit those before it.
pub const ASK_IN_DOUBT: Duration = Duration::from_millis(1_618);

/// How fast the game runs, as far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Pace {
    /// Too little was heard yet, or nothing for too long.
    #[default]
    Unknown,
    /// It runs.
    Running(Ups),
    /// It stands although players are there, or nobody knows whether they are: it was paused.
    Standing,
    /// It stands and nobody is there.
    AutoPaused,
}

/// Updates per second over a window, with what the measurement is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ups {
    /// The estimate. Finite, above zero.
    pub value: f64,
    /// How far the truth may lie from it, as long as the game kept one rate over [`Ups::window`].
    pub plus_minus: f64,
    /// The time that it was measured over.
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
