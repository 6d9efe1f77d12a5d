//! Where an `@word` of a text is a mention, and what is put in its place.
//!
//! Owns the border of a word: whole words in any case, never a part of a longer word, of an e-mail address or of a web
//! address. Every text costs time in proportion to its length. Must not know how targets are found or limited. Cannot
//! fail.

use std::collections::HashMap;

use super::Target;
use crate::text::{Mark, Marked, address_length, is_combining};

/// The longest word that can be called, in characters.
pub const LONGEST_WORD: usize = 64;

/// The words that are mentions in a text, and whom each calls. Nothing else that a player types can become one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    words: HashMap<Box<str>, Box<[Target]>>,
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch<'a> {
    /// As it was typed.
    Text(&'a str),
    /// A mention.
    Call {
        /// The `@` and the word, as they were typed.
        typed: &'a str,
        /// The word as the list has it.
        word: &'a str,
        /// Whose mentions stand in its place.
        targets: &'a [Target],
    },
}

impl Live {
    /// Adds a word (in lower case) and whom it calls.
    pub(super) fn insert(&mut self, word: &str, targets: impl IntoIterator<Item = Target>) {
        self.words.insert(word.into(), targets.into_iter().collect());
    }

    /// Whether there is no word at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A cleaned text, cut where mentions are.
    #[must_use]
    pub fn cut<'a>(&'a self, text: &'a str) -> Vec<Stretch<'a>> {
        let mut stretches = Vec::new();
        let (mut begin, mut at) = (0, 0);
        let mut before = None;
        while let Some(c) = text[at..].chars().next().filter(|_| !self.words.is_empty()) {
            let rest = &text[at + c.len_utf8()..];
            if let Some(length) = address(before, &text[at..]) {
                at += length;
                before = Some('/');
            } else if c == '@'
                && let Some((length, word, targets)) = self.at(before, rest)
            {
                let end = at + 1 + length;
                if begin < at {
                    stretches.push(Stretch::Text(&text[begin..at]));
                }
                let typed = &text[at..end];
                stretches.push(Stretch::Call { typed, word, targets });
                (begin, at, before) = (end, end, Some('@'));
            } else {
                at += c.len_utf8();
                before = Some(c);
            }
        }
        if begin < text.len() {
            stretches.push(Stretch::Text(&text[begin..]));
        }
        stretches
    }

    /// A cleaned text with its mentions, ready to be shown; `write` makes something of all else.
    #[must_use]
    pub fn marked(&self, text: &str, mut write: impl FnMut(&str) -> Marked) -> Marked {
        if self.words.is_empty() {
            return write(text);
        }
        let mut marked = Marked::default();
        for stretch in self.cut(text) {
            match stretch {
                Stretch::Text(text) => marked.append(write(text)),
                Stretch::Call { typed, targets, .. } => call(&mut marked, typed, targets),
            }
        }
        marked
    }

    /// The word whose `@` stands between `before` and `rest`: its length as typed, the word, whom it calls.
    fn at(&self, before: Option<char>, rest: &str) -> Option<(usize, &str, &[Target])> {
        if !may_stand_before(before) {
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
            let (word, targets) = self.words.get_key_value(lower(typed).as_str())?;
            Some((typed.len(), &**word, &**targets))
        })
    }
}

/// The longest web address that is skipped as one: a longer one is shown as text, and its `@` has a mark before it.
const LONGEST_ADDRESS: usize = 2000;

/// The length of the web address that begins here, if one does.
fn address(before: Option<char>, rest: &str) -> Option<usize> {
    let begins = rest.starts_with(['h', 'H']) && !before.is_some_and(char::is_alphanumeric);
    begins.then(|| address_length(rest, LONGEST_ADDRESS)).flatten()
}

/// The mentions that stand for a listed word.
fn call(marked: &mut Marked, typed: &str, targets: &[Target]) {
    if targets.is_empty() {
        marked.push_text(typed);
    }
    for (at, target) in targets.iter().enumerate() {
        if at > 0 {
            marked.push_text(" ");
        }
        // In code the word that was typed says who is meant, once.
        let plain = if at == 0 { typed } else { "" };
        marked.push_mark(match target {
            Target::Role(id) => Mark::role(*id, plain),
            Target::User(id) => Mark::user(*id, plain),
        });
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
