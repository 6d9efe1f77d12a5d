//! The machine of a rule that has a beginning and an end.
//!
//! Owns hysteresis and cooldown: so many bad looks in a row before it fires, so many good ones before it ends, and no
//! second alert before the cooldown has passed since the first. Must not know what is looked at. Cannot fail.

use std::time::Duration;

use super::{Ending, ago};

/// What a rule sees at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// Something is wrong, since then (Unix milliseconds).
    Bad {
        /// Since when.
        since_ms: i64,
    },
    /// Neither wrong nor well again: between the two thresholds.
    Between,
    /// All is well.
    Good,
    /// Nothing can be seen now: what was so stays so.
    Unseen,
    /// There is nothing to look at: an alert ends, and not because it got better.
    Void(Ending),
}

/// How a latch is tuned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// So many bad looks in a row fire.
    pub bad_looks: u32,
    /// So many good looks in a row end.
    pub good_looks: u32,
    /// From one alert to the next, at least.
    pub cooldown: Duration,
    /// A reminder each so often, while it lasts.
    pub reminder: Option<Duration>,
}

impl Default for Tuning {
    /// At once, with 5 min from one alert to the next.
    fn default() -> Self {
        Self {
            bad_looks: 1,
            good_looks: 1,
            cooldown: Duration::from_secs(300),
            reminder: None,
        }
    }
}

/// Whether an alert may be posted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// It may.
    Free,
    /// Maintenance is on.
    KeptBack,
}

/// What a latch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It fires.
    Fire {
        /// Since when something is wrong.
        since_ms: i64,
    },
    /// It is over.
    End {
        /// How.
        ending: Ending,
        /// How long it lasted.
        lasted: Duration,
    },
    /// It still lasts.
    Remind {
        /// For so long.
        lasting: Duration,
    },
}

/// The state of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latch {
    fired: Option<Fired>,
    /// When it fired last, over or not.
    last_ms: Option<i64>,
    /// Looks in a row: bad ones while it is calm, good ones while it fires. Not stored: they begin anew.
    looks: u32,
    /// When the first of the bad looks was, or what it saw began.
    bad_since_ms: Option<i64>,
}

/// An alert that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fired {
    since_ms: i64,
    told_ms: i64,
}

impl Latch {
    /// Whether an alert lasts.
    #[must_use]
    pub const fn is_firing(&self) -> bool {
        self.fired.is_some()
    }

    /// Since when what is wrong lasts, where an alert does.
    #[must_use]
    pub fn since_ms(&self) -> Option<i64> {
        self.fired.map(|fired| fired.since_ms)
    }

    /// Takes a look.
    #[must_use]
    pub fn step(self, seen: Observed, tuning: &Tuning, now_ms: i64) -> (Self, Option<Verdict>) {
        self.step_with(seen, tuning, Voice::Free, now_ms)
    }

    /// Takes a look, with or without leave to fire.
    pub(super) fn step_with(
        self,
        seen: Observed,
        tuning: &Tuning,
        voice: Voice,
        now_ms: i64,
    ) -> (Self, Option<Verdict>) {
        let this = self.not_after(now_ms);
        match this.fired {
            None => this.calm(seen, tuning, voice, now_ms),
            Some(fired) => this.firing(fired, seen, tuning, voice, now_ms),
        }
    }

    fn calm(mut self, seen: Observed, tuning: &Tuning, voice: Voice, now_ms: i64) -> (Self, Option<Verdict>) {
        match seen {
            Observed::Bad { since_ms } => {
                self.looks = self.looks.saturating_add(1);
                let since_ms = self
                    .bad_since_ms
                    .map_or(since_ms, |first| first.min(since_ms))
                    .min(now_ms);
                self.bad_since_ms = Some(since_ms);
                let has_cooled = self
                    .last_ms
                    .is_none_or(|last| ago(now_ms, last) >= tuning.cooldown);
                if self.looks < tuning.bad_looks || !has_cooled || voice == Voice::KeptBack {
                    return (self, None);
                }
                let fired = Some(Fired {
                    since_ms,
                    told_ms: now_ms,
                });
                let firing = Self {
                    fired,
                    last_ms: Some(now_ms),
                    ..Self::default()
                };
                (firing, Some(Verdict::Fire { since_ms }))
            }
            Observed::Between | Observed::Unseen => (self, None),
            Observed::Good | Observed::Void(_) => (self.looked_away(), None),
        }
    }

    fn firing(
        mut self,
        fired: Fired,
        seen: Observed,
        tuning: &Tuning,
        voice: Voice,
        now_ms: i64,
    ) -> (Self, Option<Verdict>) {
        let lasted = ago(now_ms, fired.since_ms);
        let end = |ending| Some(Verdict::End { ending, lasted });
        let over = Self {
            fired: None,
            ..self.looked_away()
        };
        match seen {
            Observed::Void(ending) => (over, end(ending)),
            Observed::Good => {
                self.looks = self.looks.saturating_add(1);
                if self.looks < tuning.good_looks {
                    return (self, None);
                }
                (over, end(Ending::Recovered))
            }
            Observed::Unseen => (self, None),
            Observed::Bad { .. } | Observed::Between => {
                self.looks = 0;
                let is_due = |every| ago(now_ms, fired.told_ms) >= every;
                if voice == Voice::KeptBack || !tuning.reminder.is_some_and(is_due) {
                    return (self, None);
                }
                self.fired = Some(Fired {
                    told_ms: now_ms,
                    ..fired
                });
                (self, Some(Verdict::Remind { lasting: lasted }))
            }
        }
    }

    const fn looked_away(self) -> Self {
        Self {
            looks: 0,
            bad_since_ms: None,
            ..self
        }
    }

    /// Nothing has happened after now: a clock that was set back must not hold an alert back for years.
    fn not_after(mut self, now_ms: i64) -> Self {
        self.last_ms = self.last_ms.map(|last| last.min(now_ms));
        if let Some(fired) = &mut self.fired {
            fired.since_ms = fired.since_ms.min(now_ms);
            fired.told_ms = fired.told_ms.min(now_ms);
        }
        self
    }

    /// What is stored: `calm LAST` or `firing SINCE TOLD LAST`, `-` where it never fired.
    #[must_use]
    pub fn to_text(&self) -> String {
        let last = self
            .last_ms
            .map_or_else(|| "-".to_owned(), |last| last.to_string());
        match self.fired {
            None => format!("calm {last}"),
            Some(fired) => format!("firing {} {} {last}", fired.since_ms, fired.told_ms),
        }
    }

    /// The reverse; a text of another form is a latch that has never fired.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let words: Vec<&str> = text.split(' ').collect();
        let number = |word: &str| word.parse::<i64>().ok();
        match words.as_slice() {
            ["calm", last] => Self {
                last_ms: number(last),
                ..Self::default()
            },
            ["firing", since, told, last] => match (number(since), number(told)) {
                (Some(since_ms), Some(told_ms)) => Self {
                    fired: Some(Fired { since_ms, told_ms }),
                    last_ms: number(last),
                    ..Self::default()
                },
                _ => Self::default(),
            },
            _ => Self::default(),
        }
    }
}
