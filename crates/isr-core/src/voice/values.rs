//! From an event to the values of its sentence.
//!
//! Owns which key an event speaks under, and how long a name, a reason or a report may be. Whatever an admin or the
//! engine wrote goes without addresses, ids and home folders. Must not know sentences. Cannot fail.

use super::key::{Finer, Key};
use super::words::Words;
use super::{Known, Telling};
use crate::event::{Actor, Effect, Event, EventKind, Evidence};
use crate::redact::redact;
use crate::template::{Fields, Value};
use crate::text::{Emoji, EmojiMap, Mark, Marked, MomentStyle, clean, illustrated, is_blank, readable};

/// The most characters of a player's name that are shown.
const NAME_CHARACTERS: usize = 60;

/// Room for reasons, technologies, causes and the like, in UTF-16 units.
const SHORT_ROOM: usize = 400;

/// Room for commands, warnings and errors, in UTF-16 units.
const LONG_ROOM: usize = 1200;

/// What stands for a fact that the line does not tell.
const UNTOLD: &str = "–";

/// The key that an event speaks under, by what is known of it.
pub(super) fn key_of(event: &Event, known: Known) -> Key {
    let finer = match event {
        Event::Join { .. } if known == Known::FirstVisit => Finer::First,
        Event::Leave { .. } if matches!(known, Known::Stayed(_)) => Finer::After,
        Event::Death { cause: Some(_), .. } => Finer::Cause,
        Event::Rocket { count: Some(_) } => Finer::Count,
        Event::Kick { reason, .. } | Event::Ban { reason, .. } | Event::ServerStopped { reason }
            if given(reason.as_deref()).is_some() =>
        {
            Finer::Reason
        }
        Event::Promote { effect, .. } | Event::Demote { effect, .. } if *effect == Effect::OnJoining => {
            Finer::Later
        }
        Event::ServerStarted { version: Some(_) } => Finer::Version,
        Event::ServerCrashed {
            evidence: Evidence::Error(_),
        } => Finer::Error,
        Event::Desync { peer: Some(_) } => Finer::Peer,
        _ => Finer::Plain,
    };
    Key::finer(event.kind(), finer)
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !is_blank(text))
}

/// Makes values in one language.
pub(super) struct Teller<'a> {
    pub(super) words: &'a Words,
    pub(super) emoji: &'a EmojiMap,
    pub(super) telling: &'a Telling<'a>,
}

impl Teller<'_> {
    /// The values of an event's fields, of those that a template names: others would be made for nothing.
    pub(super) fn fields<'t>(
        &self,
        event: &Event,
        emoji: &Emoji,
        names: impl Iterator<Item = &'t str>,
    ) -> Fields<'t> {
        let mut fields = Fields::new();
        for name in names {
            if fields.get(name).is_some() {
                continue;
            }
            let value = match name {
                "server" => self.name(self.telling.server),
                "time" => self.time(),
                "kind" => Value::text(event.kind().as_str()),
                "emoji" => Value::marked(Marked::mark(Mark::emoji(emoji, emoji.as_str()))),
                _ => self.value(event, name).unwrap_or_else(|| Value::text(UNTOLD)),
            };
            fields.set(name, value);
        }
        fields
    }

    fn value(&self, event: &Event, name: &str) -> Option<Value> {
        match name {
            "player" => self.player(event),
            "by" => self.by(event),
            "text" => self.text(event),
            "reason" => self.reason(event),
            _ => self.fact(event, name),
        }
    }

    fn player(&self, event: &Event) -> Option<Value> {
        let player = match event {
            Event::Refused { player, .. } => Some(player.as_str()),
            Event::Warning { player, .. } => player.as_deref(),
            event => event.player(),
        };
        player.map(|player| self.name(player))
    }

    fn by(&self, event: &Event) -> Option<Value> {
        match event {
            Event::Kick { by, .. }
            | Event::Ban { by, .. }
            | Event::Unban { by, .. }
            | Event::Promote { by, .. }
            | Event::Demote { by, .. }
            | Event::Command { by, .. } => Some(self.actor(by)),
            _ => None,
        }
    }

    fn text(&self, event: &Event) -> Option<Value> {
        match event {
            Event::Chat { text, .. }
            | Event::Shout { text, .. }
            | Event::ServerChat { text }
            | Event::Message { text } => Some(self.said(text)),
            Event::Milestone { text, .. } | Event::Task { text, .. } => Some(self.word(text)),
            Event::Command { text, .. }
            | Event::CommandError { text }
            | Event::Warning { text, .. }
            | Event::AdminMessage { text }
            | Event::Report { text }
            | Event::EngineError { text }
            | Event::ServerCrashed {
                evidence: Evidence::Error(text),
            } => Some(self.redacted(text, LONG_ROOM)),
            _ => None,
        }
    }

    fn reason(&self, event: &Event) -> Option<Value> {
        match event {
            Event::Kick { reason, .. } | Event::Ban { reason, .. } | Event::ServerStopped { reason } => {
                given(reason.as_deref()).map(|reason| self.redacted(reason, SHORT_ROOM))
            }
            Event::Refused { reason, .. } => Some(self.redacted(reason, SHORT_ROOM)),
            _ => None,
        }
    }

    fn fact(&self, event: &Event, name: &str) -> Option<Value> {
        match (event, name, self.telling.known) {
            (
                Event::Research { technology }
                | Event::ResearchStarted { technology }
                | Event::ResearchCancelled { technology },
                "technology",
                _,
            ) => Some(self.word(technology)),
            (Event::Death { cause, .. }, "cause", _) => cause.as_deref().map(|cause| self.word(cause)),
            (Event::Rocket { count }, "count", _) => count.map(Value::number),
            (Event::SlowSave { took }, "seconds", _) => Some(Value::number(took.as_secs())),
            (Event::Desync { peer }, "peer", _) => peer.map(Value::number),
            (Event::ServerStarted { version }, "version", _) => version.as_deref().map(|v| self.word(v)),
            (Event::Color { color, .. }, "color", _) => Some(self.word(color)),
            (Event::Leave { .. }, "after", Known::Stayed(span)) => Some(Value::text(&self.words.span(span))),
            _ => None,
        }
    }

    fn time(&self) -> Value {
        let unix_s = self.telling.happened_ms.div_euclid(1000);
        Value::marked(Marked::mark(Mark::moment(unix_s, MomentStyle::Time, "")))
    }

    /// A player's name: the first characters.
    fn name(&self, name: &str) -> Value {
        Value::marked(Marked::text(&self.short_name(name)))
    }

    fn short_name(&self, name: &str) -> String {
        let name = clean(name);
        let name = name.trim();
        let long = name.len() > NAME_CHARACTERS;
        match long.then(|| name.char_indices().nth(NAME_CHARACTERS)).flatten() {
            _ if is_blank(name) => self.words.nameless.clone(),
            Some((end, _)) => format!("{}…", &name[..end]),
            None => name.to_owned(),
        }
    }

    /// Who did it. A name is in bold, so that a player called `the server` is not taken for it.
    fn actor(&self, by: &Actor) -> Value {
        Value::marked(match by {
            Actor::Player(name) => Marked::mark(Mark::strong(&self.short_name(name))),
            Actor::Server => Marked::text(&self.words.server),
            Actor::Script => Marked::text(&self.words.script),
        })
    }

    /// What somebody said: in full, with mentions and emoji.
    fn said(&self, text: &str) -> Value {
        let text = clean(text);
        let marked = match self.telling.calls {
            Some(calls) => calls.marked(&text, |text| self.illustrated(text)),
            None => self.illustrated(&text),
        };
        if marked.is_blank() {
            return Value::marked(Marked::mark(Mark::emphasis(&self.words.blank)));
        }
        Value::marked(marked.trimmed())
    }

    fn illustrated(&self, text: &str) -> Marked {
        illustrated(text, &self.words.rich, self.emoji)
    }

    /// A short text of a player or a mod.
    fn word(&self, text: &str) -> Value {
        let marked = self.illustrated(&clean(text)).trimmed();
        if marked.is_blank() {
            return Value::text(&self.words.blank);
        }
        Value::marked(marked).within(SHORT_ROOM)
    }

    /// A text of the engine or an admin, without addresses, ids and home folders.
    fn redacted(&self, text: &str, room: usize) -> Value {
        let text = clean(text);
        let text = readable(&text);
        let text = redact(&text);
        if is_blank(&text) {
            return Value::text(&self.words.blank);
        }
        Value::marked(Marked::text(text.trim())).within(room)
    }
}

/// The colour of an embed when nobody chose another.
pub(super) const fn colour_of(kind: EventKind) -> crate::text::Colour {
    use crate::text::Colour;
    match kind {
        EventKind::Join | EventKind::ServerStarted | EventKind::Unban => Colour::GREEN,
        EventKind::Leave | EventKind::Kick | EventKind::Demote | EventKind::Desync | EventKind::SlowSave => {
            Colour::ORANGE
        }
        EventKind::Death
        | EventKind::Ban
        | EventKind::ServerStopped
        | EventKind::ServerCrashed
        | EventKind::EngineError
        | EventKind::CommandError
        | EventKind::Refused => Colour::RED,
        EventKind::Chat | EventKind::Shout | EventKind::ServerChat | EventKind::Message => Colour::BLUE,
        EventKind::Milestone
        | EventKind::Task
        | EventKind::Rocket
        | EventKind::Research
        | EventKind::ResearchStarted => Colour::YELLOW,
        EventKind::Promote
        | EventKind::Command
        | EventKind::AdminMessage
        | EventKind::Report
        | EventKind::Warning => Colour::PURPLE,
        _ => Colour::GREY,
    }
}
