//! The values that a template takes.
//!
//! Owns the pairing of names and values. A value is always text of others with marks of ours, never finished markup,
//! so that no caller can forget to escape. Must not know events. Cannot fail.

use crate::text::{Marked, clean, readable};

/// One value: hostile text, perhaps with marks of ours in it, and the most room it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    text: Marked,
    room: usize,
    addresses: Addresses,
}

/// How web addresses in a value are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addresses {
    /// Without a preview.
    Quiet,
    /// With one, where nothing behind can become a part of them.
    Previewed,
}

impl Value {
    /// Any text: it is cleaned, its rich text made readable; the template escapes it for its place.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let clean = clean(text);
        Self::marked(Marked::text(readable(&clean).trim()))
    }

    /// A text with marks of ours.
    #[must_use]
    pub const fn marked(text: Marked) -> Self {
        Self {
            text,
            room: usize::MAX,
            addresses: Addresses::Quiet,
        }
    }

    /// A number.
    #[must_use]
    pub fn number(number: u64) -> Self {
        Self::text(&number.to_string())
    }

    /// The same value, cut to so many UTF-16 units.
    #[must_use]
    pub fn within(mut self, room: usize) -> Self {
        self.room = self.room.min(room);
        self
    }

    /// The same value, with previews of the web addresses in it.
    #[must_use]
    pub(crate) const fn with_previews(mut self) -> Self {
        self.addresses = Addresses::Previewed;
        self
    }

    pub(super) const fn addresses(&self) -> Addresses {
        self.addresses
    }

    pub(super) const fn as_marked(&self) -> &Marked {
        &self.text
    }

    pub(super) const fn room(&self) -> usize {
        self.room
    }
}

/// Values by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields<'a>(Vec<(&'a str, Value)>);

impl<'a> Fields<'a> {
    /// No values.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// These values and one more; a name that is there already gets the new value.
    #[must_use]
    pub fn with(mut self, name: &'a str, value: Value) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a value.
    pub fn set(&mut self, name: &'a str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}
