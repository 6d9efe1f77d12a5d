//! How the rules of one server are set.
//!
//! Owns the defaults, which are those of the Python program where it had any. Must not know how they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Rule;
use super::latch::Tuning;

/// Which of three values is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Judge {
    /// The last sample.
    Raw,
    /// The mean of the last five.
    Sma,
    /// The exponential mean: a deep fall is told soon, a shallow one when it lasts.
    #[default]
    Ema,
}

/// The settings of one server.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Rules that tell nothing.
    pub off: BTreeSet<Rule>,
    /// From one alert of a rule to the next, at least (`alert_cooldown`).
    pub cooldown: Duration,
    /// The same for single rules.
    pub cooldowns: BTreeMap<Rule, Duration>,
    /// A reminder each so often while something lasts; none by default.
    pub reminder: Option<Duration>,
    /// The same for single rules; `None` is none.
    pub reminders: BTreeMap<Rule, Option<Duration>>,
    /// How often the updates per second are looked at (`alert_check_interval`).
    pub check_interval: Duration,
    /// So many bad looks in a row alert; so many good ones in a row end it (`alert_samples_required`).
    pub samples_required: u32,
    /// Below it is bad (`ups_warning_threshold`), at the usual speed of the game; at another one in proportion.
    pub ups_warning: f64,
    /// From there on it is good (`ups_recovery_threshold`).
    pub ups_recovery: f64,
    /// The weight of the newest sample in the exponential mean (`ups_ema_alpha`).
    pub ema_alpha: f64,
    /// What is compared with the threshold.
    pub judge: Judge,
    /// An estimate that may be off by more is not looked at.
    pub ups_plus_minus: f64,
    /// RCON does not answer for so long: it is lost. A restart takes less, with most maps.
    pub rcon_lost_after: Duration,
    /// The game has ended for so long: it is down. A restart takes less.
    pub server_down_after: Duration,
    /// A player is there for so long, and the log has told nothing since: it is silent.
    pub log_silent_after: Duration,
    /// Below so many bytes the disk is full; at a quarter more it is not.
    pub disk_free_below: u64,
    /// A save that takes at least so long is slow.
    pub slow_save: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            off: BTreeSet::new(),
            cooldown: Duration::from_secs(300),
            cooldowns: BTreeMap::new(),
            reminder: None,
            reminders: BTreeMap::new(),
            check_interval: Duration::from_secs(60),
            samples_required: 3,
            ups_warning: 55.0,
            ups_recovery: 58.0,
            ema_alpha: 0.2,
            judge: Judge::Ema,
            ups_plus_minus: 3.0,
            rcon_lost_after: Duration::from_secs(120),
            server_down_after: Duration::from_secs(60),
            log_silent_after: Duration::from_secs(180),
            disk_free_below: 512 << 20,
            slow_save: Duration::from_secs(15),
        }
    }
}

impl Settings {
    /// Whether a rule tells anything.
    #[must_use]
    pub fn is_on(&self, rule: Rule) -> bool {
        !self.off.contains(&rule)
    }

    /// From one alert of a rule to the next.
    #[must_use]
    pub fn cooldown_of(&self, rule: Rule) -> Duration {
        self.cooldowns.get(&rule).copied().unwrap_or(self.cooldown)
    }

    /// How often a rule reminds of what lasts.
    #[must_use]
    pub fn reminder_of(&self, rule: Rule) -> Option<Duration> {
        self.reminders.get(&rule).copied().unwrap_or(self.reminder)
    }

    pub(super) fn tuning(&self, rule: Rule) -> Tuning {
        let looks = if rule == Rule::UpsLow {
            self.samples_required.max(1)
        } else {
            1
        };
        Tuning {
            bad_looks: looks,
            good_looks: looks,
            cooldown: self.cooldown_of(rule),
            reminder: self.reminder_of(rule),
        }
    }
}
