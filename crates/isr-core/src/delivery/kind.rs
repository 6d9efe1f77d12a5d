//! The name of a kind of event: one of ours, or one that a pattern brings.
//!
//! Owns a name that is cheap to copy, and which names are words of people. Must not know which other kinds exist. Cannot
//! fail.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::event::EventKind;

/// What people say to each other.
const SPEECH: [&str; 4] = ["chat", "shout", "server_chat", "mention"];

/// Whether events of this kind are words of people: they are not held back and not counted up unless somebody wants it.
pub(crate) fn is_speech(kind: &str) -> bool {
    SPEECH.contains(&kind)
}

/// The name of a kind of event, as routes, lists and metrics have it. Cheap to clone; equal by its text.
#[derive(Clone)]
pub struct KindName(Repr);

#[derive(Clone)]
enum Repr {
    Fixed(&'static str),
    Named(Arc<str>),
}

impl KindName {
    /// A name that the program knows.
    #[must_use]
    pub const fn fixed(name: &'static str) -> Self {
        Self(Repr::Fixed(name))
    }

    /// A name that a pattern brings.
    #[must_use]
    pub fn named(name: &str) -> Self {
        EventKind::from_name(name).map_or_else(|| Self(Repr::Named(name.into())), Self::from)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Fixed(name) => name,
            Repr::Named(name) => name,
        }
    }
}

impl From<EventKind> for KindName {
    fn from(kind: EventKind) -> Self {
        Self::fixed(kind.as_str())
    }
}

impl PartialEq for KindName {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for KindName {}

impl Hash for KindName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for KindName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KindName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
