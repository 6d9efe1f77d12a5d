//! A language: its words and a sentence for every key.
//!
//! Owns the packs that are built in. One more comes from a file of the same shape. Must not know files. Cannot fail.

use super::entry::{Body, Entries, Entry};
use super::key::Key;
use super::words::Words;
use super::{english, german};
use crate::text::Emoji;

/// Key, emoji (`None`: that of the plain key) and sentence.
pub(super) type Sentence = (&'static str, Option<&'static str>, &'static str);

/// One language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name, for people.
    pub name: String,
    /// Its words.
    pub words: Words,
    /// Its sentences.
    pub entries: Entries,
}

impl Pack {
    /// The names of the packs that are built in, each with its short form.
    pub const BUILT_IN: [(&'static str, &'static str); 2] = [("english", "en"), ("german", "de")];

    /// English.
    #[must_use]
    pub fn english() -> Self {
        Self::of("english", Words::english(), &english::SENTENCES)
    }

    /// German.
    #[must_use]
    pub fn german() -> Self {
        Self::of("german", Words::german(), &german::SENTENCES)
    }

    /// A pack that is built in, by its name or its short form.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "english" | "en" => Some(Self::english()),
            "german" | "de" | "deutsch" => Some(Self::german()),
            _ => None,
        }
    }

    /// The keys for which a pack has no sentence.
    #[must_use]
    pub fn missing(&self) -> Vec<Key> {
        let told = |key: &Key| self.entries.get(*key).is_some_and(|entry| entry.body.is_some());
        Key::all().filter(|key| !told(key)).collect()
    }

    /// The English sentences and words as a file of the same shape as one that an admin writes, for translators.
    #[must_use]
    pub fn english_as_yaml() -> String {
        let mut out = String::from("words:\n");
        let mut words = Words::english();
        for name in Words::names() {
            if let Some(word) = words.named(&name) {
                out.push_str(&format!("  {name}: {}\n", quoted(word)));
            }
        }
        out.push_str("messages:\n");
        for (key, emoji, sentence) in english::SENTENCES {
            out.push_str(&format!("  {key}:\n"));
            if let Some(emoji) = emoji {
                out.push_str(&format!("    emoji: {}\n", quoted(emoji)));
            }
            out.push_str(&format!("    text: {}\n", quoted(sentence)));
        }
        out
    }

    fn of(name: &str, words: Words, sentences: &[Sentence]) -> Self {
        let mut entries = Entries::default();
        for (name, emoji, sentence) in sentences {
            // A test holds that every row of the packs is understood.
            let Some(key) = Key::from_name(name) else { continue };
            let body = key.text(sentence).ok().map(|text| Body::Texts(vec![text]));
            let entry = Entry {
                body,
                emoji: emoji.and_then(|emoji| Emoji::parse(emoji).ok()),
                ..Entry::default()
            };
            entries.set(key, entry);
        }
        Self {
            name: name.to_owned(),
            words,
            entries,
        }
    }
}

/// A text as YAML reads it whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
