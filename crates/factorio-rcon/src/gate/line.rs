//! What a session takes: one line that passed the gate, and what is known about it.
//!
//! Owns the three facts that a session and a policy act on. Cannot fail.

use super::{ChatText, Lua, VanillaCommand};

/// What a line does to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It asks.
    Reads,
    /// It speaks to the players and changes nothing.
    Speaks,
    /// It changes something, or might.
    Changes,
}

/// How the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// With one packet, perhaps an empty one.
    Packet,
    /// By closing the connection (`/quit`).
    Hangup,
}

/// One line for the console that came through the gate. Can only be made of [`ChatText`], [`VanillaCommand`] and [`Lua`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    text: String,
    effect: Effect,
    answer: Answer,
    origin: Origin,
}

/// Which class a line came from, with what the policy has to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// No slash.
    Chat,
    /// A word of the list.
    Vanilla,
    /// A word that a configuration named.
    Named(String),
    /// Needs the switch.
    Lua,
}

impl Line {
    pub(super) const fn new(text: String, effect: Effect, answer: Answer, origin: Origin) -> Self {
        Self {
            text,
            effect,
            answer,
            origin,
        }
    }

    /// The bytes that are sent. Never empty: the game does not answer an empty body.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it does to the server.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// How the server answers.
    #[must_use]
    pub const fn answer(&self) -> Answer {
        self.answer
    }

    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl From<ChatText> for Line {
    fn from(text: ChatText) -> Self {
        Self::new(text.into_text(), Effect::Speaks, Answer::Packet, Origin::Chat)
    }
}

impl From<VanillaCommand> for Line {
    fn from(command: VanillaCommand) -> Self {
        command.into_line()
    }
}

impl From<Lua> for Line {
    fn from(lua: Lua) -> Self {
        // What a script does is not known before it ran.
        Self::new(lua.into_text(), Effect::Changes, Answer::Packet, Origin::Lua)
    }
}
