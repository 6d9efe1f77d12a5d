//! A reply that was not understood, as a value.

use crate::gate::shortened;

/// Why a reply was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The game does not know the command: another version, perhaps.
    UnknownCommand,
    /// The game ran it and reports an error.
    CommandFailed,
    /// The surface that was asked for does not exist.
    UnknownSurface,
    /// The setting that was asked for does not exist: another version, perhaps.
    UnknownSetting,
    /// The game did not run a script: it only warned that Lua ends achievements, as it does once on each map.
    OnlyWarned,
    /// It is no form that is known: nonsense, another language, another version.
    Form,
}

/// A reply that was not understood. It holds the beginning of it for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server's reply was not understood: {shown:?}")]
pub struct Unreadable {
    /// Why.
    pub why: Why,
    /// The beginning of the reply.
    pub shown: String,
}

impl Unreadable {
    pub(super) fn new(why: Why, reply: &str) -> Self {
        Self {
            why,
            shown: shortened(reply.trim_end()),
        }
    }

    pub(super) fn form(reply: &str) -> Self {
        Self::new(Why::Form, reply)
    }
}
