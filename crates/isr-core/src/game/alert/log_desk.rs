//! The rules that a line of the log sets off.
//!
//! Owns which lines are trouble. Run where lines are translated, so that the state, the post and the position in the log
//! are written together: nothing is told twice and nothing is lost. Must not know files. Cannot fail.

use std::collections::BTreeMap;
use std::time::Duration;

use factorio_log::Fact;

use super::latch::{Latch, Observed, Verdict, Voice};
use super::pulse::Pulse;
use super::{Alert, News, Rule, Settings, Step, stored};
use crate::event::{Event, Evidence};

/// The longest text of a line that an alert keeps, in characters.
const WORDS: usize = 300;

/// Reasons for which a player did not leave by choice, in the words of `defines.disconnect_reason`.
const DROPPED: [&[u8]; 5] = [
    b"dropped",
    b"wrong_input",
    b"desync_limit_reached",
    b"cannot_keep_up",
    b"afk",
];

/// What a line told. Texts are hostile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The game crashed: in its words, or without any where only the goodbye was missing.
    Crashed(Option<String>),
    /// A player's game went out of step; the number of the connection.
    Desync(Option<u64>),
    /// A player was dropped.
    Dropped {
        /// Who.
        player: String,
        /// Why, in the game's word.
        reason: String,
    },
    /// A save took long.
    SlowSave(Duration),
    /// A save failed, in the game's words.
    SaveFailed(String),
    /// The public list of servers cannot be reached, in the game's words.
    Matching(String),
}

impl Trouble {
    /// The rule that it belongs to.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Crashed(_) => Rule::Crashed,
            Self::Desync(_) => Rule::Desync,
            Self::Dropped { .. } => Rule::Dropped,
            Self::SlowSave(_) => Rule::SlowSave,
            Self::SaveFailed(_) => Rule::SaveFailed,
            Self::Matching(_) => Rule::Matching,
        }
    }

    /// The trouble in an event.
    #[must_use]
    pub fn of_event(event: &Event) -> Option<Self> {
        Some(match event {
            Event::ServerCrashed { evidence } => Self::Crashed(match evidence {
                Evidence::NoGoodbye => None,
                Evidence::Error(words) => Some(words.chars().take(WORDS).collect()),
            }),
            Event::Desync { peer } => Self::Desync(*peer),
            Event::SlowSave { took } => Self::SlowSave(*took),
            _ => return None,
        })
    }

    /// The trouble in a line that is no event of its own.
    #[must_use]
    pub fn of_fact(fact: &Fact<'_>) -> Option<Self> {
        match *fact {
            Fact::EngineError { text, .. } | Fact::EngineWarning { text, .. }
                if text.starts_with(b"Matching server connection failed") =>
            {
                Some(Self::Matching(words(text)))
            }
            Fact::EngineError { text, .. } if says_that_a_save_failed(text) => {
                Some(Self::SaveFailed(words(text)))
            }
            Fact::ModLeave {
                player,
                reason: Some(reason),
                ..
            } if DROPPED.contains(&reason) => Some(Self::Dropped {
                player: words(player),
                reason: words(reason),
            }),
            _ => None,
        }
    }

    /// Whether a line tells that the public list can be reached.
    #[must_use]
    pub const fn is_over(fact: &Fact<'_>) -> bool {
        matches!(fact, Fact::EngineMatchingOk | Fact::EngineMatchingGame { .. })
    }
}

/// The engine has no one sentence for it; in English these say so. In another language nothing is told.
fn says_that_a_save_failed(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let is_about_saving = ["saving", "save the", "save game", "save file", "autosave"];
    let says_no = [
        "fail",
        "error",
        "could not",
        "couldn't",
        "cannot",
        "can't",
        "unable",
        "no space",
    ];
    is_about_saving.iter().any(|word| text.contains(word)) && says_no.iter().any(|word| text.contains(word))
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(WORDS).collect()
}

/// All rules of one server that look at lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LogDesk {
    settings: Settings,
    pulses: BTreeMap<Rule, Pulse>,
    matching: Latch,
}

impl LogDesk {
    /// The rules that run here.
    pub const RULES: [Rule; 6] = [
        Rule::Crashed,
        Rule::Desync,
        Rule::Dropped,
        Rule::SlowSave,
        Rule::SaveFailed,
        Rule::Matching,
    ];

    /// A desk with the states that the store has, as rule and text. Rules of others and unknown texts are left alone.
    #[must_use]
    pub fn restore<'a>(settings: Settings, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let rows = stored(rows);
        let text = |rule: Rule| rows.get(&rule).map_or("", String::as_str);
        let pulsed = Self::RULES.into_iter().filter(|rule| *rule != Rule::Matching);
        Self {
            settings,
            pulses: pulsed.map(|rule| (rule, Pulse::from_text(text(rule)))).collect(),
            matching: Latch::from_text(text(Rule::Matching)),
        }
    }

    /// Goes by these settings from now on.
    pub fn follow(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// A line told of trouble. `maintenance_until_ms` and `now_ms` are Unix milliseconds.
    pub fn trouble(
        &mut self,
        trouble: &Trouble,
        maintenance_until_ms: Option<i64>,
        now_ms: i64,
    ) -> Option<Step> {
        let rule = trouble.rule();
        if !self.settings.is_on(rule) {
            return None;
        }
        if let Trouble::SlowSave(took) = trouble
            && *took < self.settings.slow_save
        {
            return None;
        }
        let is_on = maintenance_until_ms.is_some_and(|until| until > now_ms);
        let voice = if is_on && rule.is_kept_back_by_maintenance() {
            Voice::KeptBack
        } else {
            Voice::Free
        };
        if rule == Rule::Matching {
            return self.looked_at_matching(Observed::Bad { since_ms: now_ms }, Some(trouble), voice, now_ms);
        }
        let cooldown = self.settings.cooldown_of(rule);
        let before = self.pulses.get(&rule).copied().unwrap_or_default();
        let (after, beat) = before.step_with(cooldown, voice, now_ms);
        self.pulses.insert(rule, after);
        Some(Step {
            rule,
            state: Some(after.to_text()),
            news: beat.map(|beat| {
                News::Fired(Alert::Trouble {
                    trouble: trouble.clone(),
                    kept_back: beat.kept_back,
                })
            }),
        })
    }

    /// A line told that the public list can be reached ([`Trouble::is_over`]).
    pub fn matching_is_back(&mut self, now_ms: i64) -> Option<Step> {
        self.looked_at_matching(Observed::Good, None, Voice::Free, now_ms)
    }

    fn looked_at_matching(
        &mut self,
        seen: Observed,
        trouble: Option<&Trouble>,
        voice: Voice,
        now_ms: i64,
    ) -> Option<Step> {
        let rule = Rule::Matching;
        let before = self.matching;
        let (after, verdict) = before.step_with(seen, &self.settings.tuning(rule), voice, now_ms);
        self.matching = after;
        let news = verdict.and_then(|verdict| match verdict {
            Verdict::Fire { .. } => trouble.map(|trouble| {
                News::Fired(Alert::Trouble {
                    trouble: trouble.clone(),
                    kept_back: 0,
                })
            }),
            Verdict::End { ending, lasted } => Some(News::Ended { ending, lasted }),
            Verdict::Remind { lasting } => Some(News::StillSo { lasting }),
        });
        let state = (after.to_text() != before.to_text()).then(|| after.to_text());
        (state.is_some() || news.is_some()).then_some(Step { rule, state, news })
    }
}
