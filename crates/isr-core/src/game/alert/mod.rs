//! When somebody should look at a server: rules with hysteresis, a cooldown and an end.
//!
//! Owns the rules. Each is a small machine: state, what is seen now and the time in; state and at most one verdict out.
//! [`Desk`] runs those that look at a [`Snapshot`](super::Snapshot), [`LogDesk`] those that a line of the log sets off. A
//! state has a short text form for the store, so that a restart neither repeats an alert nor forgets its end; a text that
//! is not understood is a state that knows nothing. Must not know destinations, wording or the store. Cannot fail.
//!
//! Times are Unix milliseconds. Take them from a clock that goes on evenly while the program runs; one that is set back
//! makes spans shorter, never negative.

mod desk;
mod latch;
mod log_desk;
mod pulse;
mod settings;
mod smooth;
mod wait;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::time::Duration;

pub use desk::{Desk, DiskRoom, LogSource, Signals};
pub use latch::{Latch, Observed, Tuning, Verdict};
pub use log_desk::{LogDesk, Trouble};
pub use pulse::{Beat, Pulse};
pub use settings::{Judge, Settings};
pub use smooth::Smoothed;

use super::{End, WhyDown};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The game runs slower than it should.
    UpsLow,
    /// The game has ended and did not come back soon.
    ServerDown,
    /// RCON does not answer.
    RconLost,
    /// Players came of whom the log told nothing: it is not written, or another file is.
    LogSilent,
    /// There is little room where the program keeps its state.
    DiskFull,
    /// The game's version changed.
    GameUpdated,
    /// The game crashed.
    Crashed,
    /// A player's game went out of step.
    Desync,
    /// A player was dropped, for a reason that the log tells.
    Dropped,
    /// A save took long.
    SlowSave,
    /// A save failed.
    SaveFailed,
    /// The public list of servers cannot be reached.
    Matching,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 12] = [
        Self::UpsLow,
        Self::ServerDown,
        Self::RconLost,
        Self::LogSilent,
        Self::DiskFull,
        Self::GameUpdated,
        Self::Crashed,
        Self::Desync,
        Self::Dropped,
        Self::SlowSave,
        Self::SaveFailed,
        Self::Matching,
    ];

    /// The stable name, in the configuration and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpsLow => "ups_low",
            Self::ServerDown => "server_down",
            Self::RconLost => "rcon_lost",
            Self::LogSilent => "log_silent",
            Self::DiskFull => "disk_full",
            Self::GameUpdated => "game_updated",
            Self::Crashed => "crashed",
            Self::Desync => "desync",
            Self::Dropped => "dropped",
            Self::SlowSave => "slow_save",
            Self::SaveFailed => "save_failed",
            Self::Matching => "matching",
        }
    }

    /// The rule of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// What maintenance keeps back: what somebody causes who restarts, updates or moves a server. A crash, a save that
    /// fails and a full disk are told all the same.
    #[must_use]
    pub const fn is_kept_back_by_maintenance(self) -> bool {
        !matches!(self, Self::DiskFull | Self::Crashed | Self::SaveFailed)
    }
}

/// What is wrong. Texts are hostile.
#[derive(Debug, Clone, PartialEq)]
pub enum Alert {
    /// Updates per second are low.
    UpsLow {
        /// The last sample,
        raw: f64,
        /// the mean of the last five,
        sma: f64,
        /// and their exponential mean.
        ema: f64,
        /// It should be at least this.
        threshold: f64,
        /// For so long.
        lasting: Duration,
    },
    /// The game has ended.
    ServerDown {
        /// How.
        end: End,
        /// When.
        since_ms: i64,
    },
    /// RCON does not answer.
    RconLost {
        /// Since when.
        since_ms: i64,
        /// Why.
        why: WhyDown,
    },
    /// The log says nothing of players who are there.
    LogSilent {
        /// Who came first of those.
        player: String,
        /// When.
        since_ms: i64,
    },
    /// Little room on the disk.
    DiskFull {
        /// What there is.
        room: DiskRoom,
        /// It is told below so many bytes of free room.
        below: u64,
    },
    /// Another version of the game.
    GameUpdated {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// What a line of the log told, and how many alike were kept back since the last one that was told.
    Trouble {
        /// What.
        trouble: Trouble,
        /// How many.
        kept_back: u32,
    },
}

impl Alert {
    /// The rule that it comes from.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::UpsLow { .. } => Rule::UpsLow,
            Self::ServerDown { .. } => Rule::ServerDown,
            Self::RconLost { .. } => Rule::RconLost,
            Self::LogSilent { .. } => Rule::LogSilent,
            Self::DiskFull { .. } => Rule::DiskFull,
            Self::GameUpdated { .. } => Rule::GameUpdated,
            Self::Trouble { trouble, .. } => trouble.rule(),
        }
    }
}

/// How an alert ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is as it should be.
    Recovered,
    /// The game was paused, or everybody left: there is nothing to measure any more.
    Paused,
    /// The rule, or what it looks at, was taken out of the configuration.
    GivenUp,
}

/// What is to be posted.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// An alert.
    Fired(Alert),
    /// The alert that was posted last for this rule is over.
    Ended {
        /// How.
        ending: Ending,
        /// How long it lasted, from when it began (not from when it was posted).
        lasted: Duration,
    },
    /// It still lasts; only where reminders are configured.
    StillSo {
        /// For so long.
        lasting: Duration,
    },
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// Its state for the store, where that changed. It is to be written together with the post.
    pub state: Option<String>,
    /// What is to be posted.
    pub news: Option<News>,
}

/// States by rule, as the store has them.
fn stored<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<Rule, String> {
    let known = |(rule, state): (&str, &str)| Some((Rule::from_name(rule)?, state.to_owned()));
    rows.into_iter().filter_map(known).collect()
}

/// How long ago something was; nothing where it lies ahead.
fn ago(now_ms: i64, then_ms: i64) -> Duration {
    Duration::from_millis(now_ms.saturating_sub(then_ms).try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests;
