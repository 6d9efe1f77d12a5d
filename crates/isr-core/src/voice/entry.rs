//! What is written for one key: the parts that a pack, a configuration or a route may set one by one.
//!
//! Owns how the parts of stronger and weaker sources come together. Must not know events. Parsing fails with a
//! [`TemplateError`]; merging cannot fail.

use std::collections::BTreeMap;

use super::key::Key;
use crate::template::{EmbedTemplate, Template, TemplateError};
use crate::text::{Colour, EmbedPart, Emoji};

/// What one source says about one key. What it does not say, a weaker source decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The words.
    pub body: Option<Body>,
    /// What stands in front.
    pub emoji: Option<Emoji>,
    /// The colour where it is an embed.
    pub colour: Option<Colour>,
    /// Whether words are shown as an embed.
    pub dress: Option<Dress>,
    /// Whether it is told at all.
    pub sound: Option<Sound>,
}

/// Words, in one or more variants of which one is chosen each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// One line each.
    Texts(Vec<Template>),
    /// An embed each.
    Embeds(Vec<EmbedTemplate>),
}

/// How words are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress {
    /// As a line.
    Line,
    /// As the description of an embed.
    Embed,
}

/// Whether a kind is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Key {
    /// Reads the words of this key.
    ///
    /// # Errors
    /// [`TemplateError`] with the place and a remedy.
    pub fn text(self, text: &str) -> Result<Template, TemplateError> {
        Template::parse(text, &self.fields())
    }

    /// Reads a part of an embed of this key.
    ///
    /// # Errors
    /// [`TemplateError`] with the place and a remedy.
    pub fn part(self, part: EmbedPart, text: &str) -> Result<Template, TemplateError> {
        Template::parse_block(text, &self.fields(), part.limit())
    }
}

impl Entry {
    /// What `stronger` says, and this where it says nothing.
    fn overridden(&mut self, stronger: &Self) {
        fn take<T: Clone>(weaker: &mut Option<T>, stronger: Option<&T>) {
            if let Some(stronger) = stronger {
                *weaker = Some(stronger.clone());
            }
        }
        take(&mut self.body, stronger.body.as_ref());
        take(&mut self.emoji, stronger.emoji.as_ref());
        take(&mut self.colour, stronger.colour.as_ref());
        take(&mut self.dress, stronger.dress.as_ref());
        take(&mut self.sound, stronger.sound.as_ref());
    }
}

/// Entries by key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entries(BTreeMap<Key, Entry>);

impl Entries {
    /// Sets what is said about a key.
    pub fn set(&mut self, key: Key, entry: Entry) {
        self.0.insert(key, entry);
    }

    /// The keys about which something is said.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.keys().copied()
    }

    /// What is said about a key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&Entry> {
        self.0.get(&key)
    }

    /// Lays a stronger source over this one. New words for a plain key hold for its finer keys as well, unless the same
    /// source has words for those.
    pub fn overlay(&mut self, stronger: &Self) {
        for (key, entry) in &stronger.0 {
            if *key == key.base() && entry.body.is_some() {
                for (finer, known) in &mut self.0 {
                    if finer.base() == *key && finer.follows_base() {
                        known.body = None;
                    }
                }
            }
        }
        for (key, entry) in &stronger.0 {
            self.0.entry(*key).or_default().overridden(entry);
        }
    }

    /// All that is known about a key, with what its plain key says where it is silent.
    pub(super) fn settled(&self, key: Key) -> Entry {
        let mut settled = self.0.get(&key.base()).cloned().unwrap_or_default();
        if let Some(own) = self.0.get(&key) {
            settled.overridden(own);
        }
        settled
    }
}
