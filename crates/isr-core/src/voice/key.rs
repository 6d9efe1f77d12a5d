//! The names under which sentences are kept: one for each kind of event, and finer ones where more is known.
//!
//! Owns which keys exist, which fields each one has, and which finer keys a plain one speaks for. Must not know
//! languages. Cannot fail.

use std::fmt;

use crate::event::EventKind;

/// The name of a sentence: `join`, `join.first`, `death.cause` …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    kind: EventKind,
    finer: Finer,
}

/// What is known beyond the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Finer {
    Plain,
    /// The first visit ever.
    First,
    /// How long the visit was.
    After,
    /// It is posted under the player's own name.
    Speaker,
    Cause,
    Count,
    Reason,
    /// It holds from the next visit on.
    Later,
    Version,
    Error,
    Peer,
}

/// The fields that every sentence has.
const EVERYWHERE: [&str; 4] = ["emoji", "server", "time", "kind"];

impl Key {
    /// The sentence of a kind when nothing more is known.
    #[must_use]
    pub const fn plain(kind: EventKind) -> Self {
        Self::finer(kind, Finer::Plain)
    }

    pub(super) const fn finer(kind: EventKind, finer: Finer) -> Self {
        Self { kind, finer }
    }

    /// All keys, by kind. What a pattern finds has a sentence in the pattern itself.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = EventKind::ALL
            .into_iter()
            .filter(|kind| *kind != EventKind::Custom);
        kinds.flat_map(|kind| {
            let finer = finer_of(kind)
                .iter()
                .map(move |finer| Self { kind, finer: *finer });
            std::iter::once(Self::plain(kind)).chain(finer)
        })
    }

    /// The key of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|key| key.to_string() == name)
    }

    /// The kind of event that it tells of.
    #[must_use]
    pub const fn kind(self) -> EventKind {
        self.kind
    }

    /// The plain key of the same kind.
    #[must_use]
    pub const fn base(self) -> Self {
        Self::plain(self.kind)
    }

    /// Whether the words for the plain key hold here too, unless this key has words of its own beside them: true where
    /// the same thing is told with one fact more.
    pub(super) const fn follows_base(self) -> bool {
        !matches!(self.finer, Finer::Speaker | Finer::Later)
    }

    /// The fields that its sentence may have.
    #[must_use]
    pub fn fields(self) -> Vec<&'static str> {
        own_fields(self.kind).iter().chain(&EVERYWHERE).copied().collect()
    }

    /// The field that is spoken, and split over several lines where it is long.
    #[must_use]
    pub(super) const fn speech(self) -> Option<&'static str> {
        match self.kind {
            EventKind::Chat | EventKind::Shout | EventKind::ServerChat | EventKind::Message => Some("text"),
            _ => None,
        }
    }
}

const fn finer_of(kind: EventKind) -> &'static [Finer] {
    match kind {
        EventKind::Join => &[Finer::First],
        EventKind::Leave => &[Finer::After],
        EventKind::Chat | EventKind::Shout => &[Finer::Speaker],
        EventKind::Death => &[Finer::Cause],
        EventKind::Rocket => &[Finer::Count],
        EventKind::Kick | EventKind::Ban | EventKind::ServerStopped => &[Finer::Reason],
        EventKind::Promote | EventKind::Demote => &[Finer::Later],
        EventKind::ServerStarted => &[Finer::Version],
        EventKind::ServerCrashed => &[Finer::Error],
        EventKind::Desync => &[Finer::Peer],
        _ => &[],
    }
}

const fn own_fields(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::Join => &["player"],
        EventKind::Leave => &["player", "after"],
        EventKind::Chat | EventKind::Shout | EventKind::Milestone | EventKind::Task | EventKind::Warning => {
            &["player", "text"]
        }
        EventKind::Research | EventKind::ResearchStarted | EventKind::ResearchCancelled => &["technology"],
        EventKind::Death => &["player", "cause"],
        EventKind::Rocket => &["count"],
        EventKind::Kick | EventKind::Ban => &["player", "by", "reason"],
        EventKind::Unban | EventKind::Promote | EventKind::Demote => &["player", "by"],
        EventKind::ServerStarted => &["version"],
        EventKind::ServerStopped => &["reason"],
        EventKind::Desync => &["peer"],
        EventKind::Command => &["by", "text"],
        EventKind::Color => &["player", "color"],
        EventKind::Refused => &["player", "reason"],
        EventKind::ServerChat
        | EventKind::Message
        | EventKind::ServerCrashed
        | EventKind::CommandError
        | EventKind::AdminMessage
        | EventKind::Report
        | EventKind::EngineError => &["text"],
        EventKind::SlowSave => &["seconds"],
        EventKind::Matching | EventKind::Custom => &[],
    }
}

impl Finer {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::First => "first",
            Self::After => "after",
            Self::Speaker => "speaker",
            Self::Cause => "cause",
            Self::Count => "count",
            Self::Reason => "reason",
            Self::Later => "later",
            Self::Version => "version",
            Self::Error => "error",
            Self::Peer => "peer",
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        if self.finer != Finer::Plain {
            write!(f, ".{}", self.finer.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_of_its_own() {
        for key in Key::all() {
            assert_eq!(Key::from_name(&key.to_string()), Some(key));
        }
        assert_eq!(Key::from_name("join.cause"), None);
        assert_eq!(Key::all().count(), 32 + 14);
    }
}
