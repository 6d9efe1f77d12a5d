//! Commands of the unmodded game that keep achievements, and words that a configuration named.
//!
//! Owns how such a line is put together: `/word arguments`, one line, within the cap. Fails with [`Refusal`].

use super::chat::{breaks_a_line, is_blank};
use super::class::{Class, classify};
use super::line::{Answer, Effect, Line, Origin};
use super::refusal::{Refusal, shortened};
use super::words::Word;

/// The most bytes of one command.
pub const COMMAND_CAP: usize = 4 << 10;

/// A command of the list in [`words`](super::words), or one that `allow_commands` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VanillaCommand(Line);

impl VanillaCommand {
    /// Takes what a person typed, slash included. Only words of the list pass; see
    /// [`Policy::command`](super::Policy::command) for a server with words of its own.
    ///
    /// # Errors
    /// [`Refusal`], for anything that is not exactly one such command.
    pub fn typed(text: &str) -> Result<Self, Refusal> {
        checked(text).and_then(|class| match class {
            Class::Vanilla { word, arguments } => Self::of(word, arguments),
            other => Err(refused(other)),
        })
    }

    /// What is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.text()
    }

    /// What it does to the server.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.0.effect()
    }

    pub(super) fn into_line(self) -> Line {
        self.0
    }

    pub(super) fn of(word: &'static Word, arguments: &str) -> Result<Self, Refusal> {
        if word.name == "config" && asks_for_the_password(arguments) {
            return Err(Refusal::Secret);
        }
        let text = assembled(word.name, arguments)?;
        Ok(Self(Line::new(
            text,
            word.effect(arguments),
            word.answer(),
            Origin::Vanilla,
        )))
    }

    /// A command whose word and arguments are known to be in order: the typed commands of this crate.
    pub(crate) fn known(name: &'static str, arguments: &str) -> Result<Self, Refusal> {
        let word = Word::find(name).ok_or_else(|| Refusal::UnknownCommand {
            word: name.to_owned(),
        })?;
        if word.ends_achievements() || arguments.chars().any(breaks_a_line) {
            return Err(Refusal::NotOneLine);
        }
        Self::of(word, arguments)
    }

    pub(super) fn named(word: &str, arguments: &str) -> Result<Self, Refusal> {
        let text = assembled(word, arguments)?;
        let origin = Origin::Named(word.to_owned());
        Ok(Self(Line::new(text, Effect::Changes, Answer::Packet, origin)))
    }
}

/// The class of a text that is one line.
pub(super) fn checked(text: &str) -> Result<Class<'_>, Refusal> {
    let meant = text.trim_matches(is_blank);
    if meant.chars().any(breaks_a_line) {
        return Err(Refusal::NotOneLine);
    }
    if meant.len() > COMMAND_CAP {
        return Err(Refusal::TooLong {
            length: meant.len(),
            cap: COMMAND_CAP,
        });
    }
    Ok(classify(meant))
}

pub(super) fn refused(class: Class<'_>) -> Refusal {
    match class {
        Class::Nothing => Refusal::Empty,
        Class::Chat | Class::Vanilla { .. } => Refusal::NotACommand,
        Class::Lua { word } => Refusal::LuaAsCommand {
            word: word.name.to_owned(),
        },
        Class::Unknown { word, .. } => Refusal::UnknownCommand {
            word: shortened(word),
        },
    }
}

fn assembled(word: &str, arguments: &str) -> Result<String, Refusal> {
    let text = if arguments.is_empty() {
        format!("/{word}")
    } else {
        format!("/{word} {arguments}")
    };
    if text.len() > COMMAND_CAP {
        return Err(Refusal::TooLong {
            length: text.len(),
            cap: COMMAND_CAP,
        });
    }
    Ok(text)
}

fn asks_for_the_password(arguments: &str) -> bool {
    let mut words = arguments.split_whitespace();
    let mut next_is = |wanted: &str| words.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    next_is("get") && next_is("password")
}
