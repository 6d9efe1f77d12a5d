//! What is kept from being posted: by kind, player, text, time of day and rate.
//!
//! Owns the conditions of a filter and the counting of its rate. The first filter that applies decides: it suppresses the
//! event, or lets it pass for good. There is no filter unless the configuration has one. Must not know where events go.
//! Matching takes time linear in the text; only a pattern that cannot be read fails, when it is built.

use regex::{Regex, RegexBuilder};

use crate::event::{Event, EventKind};
use crate::hours::Hours;
use crate::rate::{Rate, Windows};
use crate::route::{Condition, Subject};
use crate::suppressed::RuleName;

/// The most memory that one compiled expression may take, in bytes.
const COMPILED_LIMIT: usize = 1 << 20;

/// One filter. What it does not mention does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Its name: what it suppresses is counted under it.
    pub name: RuleName,
    /// Kinds, patterns and channels.
    pub when: Condition,
    /// The player has to match.
    pub players: Option<Expression>,
    /// The words of the event have to match: every one of these.
    pub text: Vec<Expression>,
    /// The event has to happen in these hours.
    pub hours: Option<Hours>,
    /// It applies only to what is beyond this rate.
    pub beyond: Option<Beyond>,
    /// What it does.
    pub then: Then,
}

/// What happens to an event that a filter applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is not posted.
    Suppress,
    /// It is posted, whatever later filters say.
    Pass,
}

/// A rate, and what has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    /// So many.
    pub rate: Rate,
    /// For each of these.
    pub per: Per,
}

/// What has a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// Every player. Events without a player have one rate together.
    Player,
    /// Every kind.
    Kind,
}

/// An expression that is matched in linear time. Equal by its text.
#[derive(Debug, Clone)]
pub struct Expression(Regex);

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Expression {}

impl Expression {
    /// A regular expression, found anywhere in the text.
    ///
    /// # Errors
    /// In words, without the expression.
    pub fn regex(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text).size_limit(COMPILED_LIMIT).build();
        built.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => {
                let told = other.to_string();
                let last = told.lines().last().unwrap_or_default();
                last.trim().trim_start_matches("error: ").to_owned()
            }
        })
    }

    /// Words that are found anywhere in the text, in any case.
    ///
    /// # Errors
    /// When there are too many.
    pub fn words(words: &[&str]) -> Result<Self, String> {
        Self::regex(&format!("(?i:{})", alternatives(words)))
    }

    /// Whole names in any case, in which `*` stands for anything.
    ///
    /// # Errors
    /// When there are too many.
    pub fn names(names: &[&str]) -> Result<Self, String> {
        let escaped = alternatives(names).replace(r"\*", ".*");
        Self::regex(&format!("(?is:^(?:{escaped})$)"))
    }

    /// Whether it matches the empty text, and so probably every one.
    #[must_use]
    pub fn matches_empty(&self) -> bool {
        self.matches("")
    }

    fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn alternatives(texts: &[&str]) -> String {
    let escaped: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
    escaped.join("|")
}

/// What filters see of an event.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// What routes see of it.
    pub subject: Subject<'a>,
    /// The player.
    pub player: Option<&'a str>,
    /// Its words.
    pub text: Option<&'a str>,
    /// When it happened, Unix milliseconds.
    pub happened_ms: i64,
}

impl<'a> Candidate<'a> {
    /// The player and the words of an event.
    #[must_use]
    pub fn new(subject: Subject<'a>, event: &'a Event, happened_ms: i64) -> Self {
        let (player, text) = player_and_text(event);
        Self {
            subject,
            player,
            text,
            happened_ms,
        }
    }
}

fn player_and_text(event: &Event) -> (Option<&str>, Option<&str>) {
    match event {
        Event::Join { player } | Event::Leave { player } => (Some(player), None),
        Event::Chat { player, text }
        | Event::Shout { player, text }
        | Event::Milestone { player, text }
        | Event::Task { player, text } => (Some(player), Some(text)),
        Event::Death { player, cause } => (Some(player), cause.as_deref()),
        Event::Kick { player, reason, .. } | Event::Ban { player, reason, .. } => {
            (Some(player), reason.as_deref())
        }
        Event::Unban { player, .. } | Event::Promote { player, .. } | Event::Demote { player, .. } => {
            (Some(player), None)
        }
        Event::Research { technology }
        | Event::ResearchStarted { technology }
        | Event::ResearchCancelled { technology } => (None, Some(technology)),
        Event::ServerChat { text }
        | Event::Message { text }
        | Event::AdminMessage { text }
        | Event::Report { text }
        | Event::EngineError { text } => (None, Some(text)),
        Event::Refused { player, reason } => (Some(player), Some(reason)),
        Event::Custom(custom) => (custom.player.as_deref(), custom.message.as_deref()),
        _ => (None, None),
    }
}

/// Whether events of a kind can tell of a player.
#[must_use]
pub const fn has_player(kind: EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Join
            | K::Leave
            | K::Chat
            | K::Shout
            | K::Milestone
            | K::Task
            | K::Death
            | K::Kick
            | K::Ban
            | K::Unban
            | K::Promote
            | K::Demote
            | K::Refused
            | K::Custom
    )
}

/// Whether events of a kind can have words that a filter looks at.
#[must_use]
pub const fn has_words(kind: EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Chat
            | K::Shout
            | K::ServerChat
            | K::Milestone
            | K::Task
            | K::Death
            | K::Kick
            | K::Ban
            | K::Research
            | K::ResearchStarted
            | K::ResearchCancelled
            | K::Message
            | K::AdminMessage
            | K::Report
            | K::EngineError
            | K::Refused
            | K::Custom
    )
}

/// All filters of a server, strongest first.
#[derive(Debug, Clone, Default)]
pub struct Filters(Vec<Filter>);

/// What the rates of filters have counted.
#[derive(Debug, Clone, Default)]
pub struct Counted(Vec<Windows>);

impl Filters {
    /// Filters in their order.
    #[must_use]
    pub const fn new(filters: Vec<Filter>) -> Self {
        Self(filters)
    }

    /// Fresh counts for the rates.
    #[must_use]
    pub fn fresh(&self) -> Counted {
        Counted(vec![Windows::default(); self.0.len()])
    }

    /// The filter that suppresses all events of a kind, whoever says what and when.
    #[must_use]
    pub fn always_suppresses(&self, subject: &Subject<'_>) -> Option<&RuleName> {
        let mut concerned = self.0.iter().filter(|filter| filter.when.holds(subject));
        let first = concerned.find(|filter| filter.then == Then::Pass || filter.asks_for_kinds_alone())?;
        (first.then == Then::Suppress).then_some(&first.name)
    }

    /// What other filters have counted, for those that are the same here; fresh counts for the rest.
    #[must_use]
    pub fn carry(&self, before: &Self, counted: &Counted) -> Counted {
        let carried = |filter: &Filter| {
            let same = before.0.iter().position(|other| other == filter)?;
            counted.0.get(same).cloned()
        };
        Counted(
            self.0
                .iter()
                .map(|filter| carried(filter).unwrap_or_default())
                .collect(),
        )
    }

    /// The filter that suppresses an event, if one does.
    pub fn suppresses(&self, candidate: &Candidate<'_>, counted: &mut Counted) -> Option<&RuleName> {
        for (filter, windows) in self.0.iter().zip(&mut counted.0) {
            if filter.applies(candidate, windows) {
                return (filter.then == Then::Suppress).then_some(&filter.name);
            }
        }
        None
    }
}

impl Filter {
    /// Whether it asks for kinds, patterns and channels alone: then it applies to every such event.
    #[must_use]
    pub const fn asks_for_kinds_alone(&self) -> bool {
        self.players.is_none() && self.text.is_empty() && self.hours.is_none() && self.beyond.is_none()
    }

    fn applies(&self, candidate: &Candidate<'_>, windows: &mut Windows) -> bool {
        let matches =
            |expression: &Expression, text: Option<&str>| text.is_some_and(|text| expression.matches(text));
        self.when.holds(&candidate.subject)
            && self.players.as_ref().is_none_or(|players| matches(players, candidate.player))
            && self.text.iter().all(|expression| matches(expression, candidate.text))
            && self.hours.as_ref().is_none_or(|hours| hours.contain(candidate.happened_ms))
            // Last: whatever does not concern this filter does not count.
            && self.beyond.is_none_or(|beyond| beyond.is_beyond(candidate, windows))
    }
}

impl Beyond {
    fn is_beyond(self, candidate: &Candidate<'_>, windows: &mut Windows) -> bool {
        let name = match self.per {
            Per::Player => candidate.player.unwrap_or_default(),
            Per::Kind => candidate.subject.kind,
        };
        !windows.take(name, self.rate, candidate.happened_ms)
    }
}

#[cfg(test)]
mod tests;
