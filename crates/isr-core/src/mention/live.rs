//! Where an `@word` of a text is a mention, and what is put in its place.
//!
//! Owns the border of a word: whole words in any case, never a part of a longer word, of an e-mail address or of a web
//! address. Every text costs time in proportion to its length. Must not know how targets are found or limited. Cannot
//! fail.

use std::collections::HashMap;

use crate::text::is_combining;

/// The longest word that can be called, in characters.
pub const LONGEST_WORD: usize = 64;

/// The words that are mentions in a text, and the mentions that stand in their place. Nothing else that a player types
/// can become one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    words: HashMap<Box<str>, Box<str>>,
}

/// An `@word` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// Bytes behind the `@`.
    pub(crate) length: usize,
    /// The word as the list has it.
    pub(crate) word: &'a str,
    /// What stands in its place.
    pub(crate) shown: &'a str,
}

impl Live {
    /// Adds a word (in lower case) and what stands in its place.
    pub(super) fn insert(&mut self, word: &str, shown: String) {
        self.words.insert(word.into(), shown.into());
    }

    /// Whether there is no word at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The mention whose `@` stands between `before` and `rest`.
    pub(crate) fn at(&self, before: Option<char>, rest: &str) -> Option<Found<'_>> {
        if self.words.is_empty() || !may_stand_before(before) {
            return None;
        }
        let parts = rest.chars().take(LONGEST_WORD + 2).take_while(|c| is_part(*c));
        let length = parts.map(char::len_utf8).sum();
        let (run, behind) = rest.split_at_checked(length)?;
        // A run that goes on beyond all words is none of them.
        if behind.starts_with(|c| c == '@' || is_part(c)) {
            return None;
        }
        // A full stop or a hyphen at the end mostly belongs to the sentence.
        let without_marks = run.trim_end_matches(['.', '-']);
        [run, without_marks].into_iter().find_map(|typed| {
            let (word, shown) = self.words.get_key_value(lower(typed).as_str())?;
            Some(Found {
                length: typed.len(),
                word,
                shown,
            })
        })
    }
}

/// The form in which words are compared.
pub(super) fn lower(word: &str) -> String {
    word.chars()
        .take(LONGEST_WORD + 1)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a word of the list can ever be found in a text.
pub(super) fn can_be_typed(word: &str) -> bool {
    !word.is_empty() && word.chars().count() <= LONGEST_WORD && word.chars().all(is_part)
}

/// What a word is made of.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_combining(c)
}

/// Only the start of a text, white space, and marks that no address has before its `@`.
fn may_stand_before(before: Option<char>) -> bool {
    before.is_none_or(|c| {
        c.is_whitespace()
            || matches!(
                c,
                '(' | '[' | ',' | ';' | '¿' | '¡' | '«' | '„' | '“' | '‘' | '，' | '。' | '！' | '？' | '、'
            )
    })
}
