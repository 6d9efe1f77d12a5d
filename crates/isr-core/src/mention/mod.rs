//! Whom a player may call: the words that an admin listed, and the ids behind them.
//!
//! Owns the list and the step from a text to its mentions: only a listed word becomes one, only listed ids are pinged,
//! and only within the rates. `@everyone` and `@here` are mentions only where an admin listed them, and then they are a
//! message of their own. Must not know Discord's requests or the configuration's form. Cannot fail.

mod live;
mod watch;

use std::collections::{BTreeSet, HashMap};

use crate::delivery::Pings;
use crate::text::{clean, cut};

pub use live::{LONGEST_WORD, Live, Stretch};
pub use watch::{Called, MentionRates, MentionWatch, Mentions};

/// The most ids behind one word.
pub const MOST_TARGETS: usize = 10;

/// One role or one user of Discord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A role.
    Role(u64),
    /// A user.
    User(u64),
}

/// The room for the words of a call of everybody, in UTF-16 units.
const CALL_ROOM: usize = 500;

/// Everybody at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crowd {
    /// Everybody who is online.
    Here,
    /// Everybody.
    Everyone,
}

impl Crowd {
    /// The whole message: only the admin's words, for a text of a player has no place beside a mention of everybody.
    #[must_use]
    pub fn message(self, words: &str) -> String {
        format!("{} {}", self.name(), cut(&clean(words), CALL_ROOM).text)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Here => "@here",
            Self::Everyone => "@everyone",
        }
    }
}

/// Whom one word calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whom {
    targets: BTreeSet<Target>,
    crowd: Option<Crowd>,
}

/// All words that call somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MentionTable {
    words: HashMap<Box<str>, Whom>,
    every: Live,
}

/// Why a word cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableWord {
    /// It holds a space or a mark, is empty or too long: `@` and it can never be read as one word.
    #[error("a word has 1 to 64 letters, digits, `_`, `-` or `.`")]
    CannotBeTyped,
    /// It has [`MOST_TARGETS`] ids already.
    #[error("a word calls at most 10 roles and users")]
    TooManyTargets,
}

impl MentionTable {
    /// Lists a role or a user under a word.
    ///
    /// # Errors
    /// [`UnusableWord`]; the table is as it was.
    pub fn list(&mut self, word: &str, target: Target) -> Result<(), UnusableWord> {
        let key = key(word)?;
        let whom = self.words.entry(key.clone()).or_default();
        if whom.targets.len() >= MOST_TARGETS && !whom.targets.contains(&target) {
            return Err(UnusableWord::TooManyTargets);
        }
        whom.targets.insert(target);
        self.every.insert(&key, whom.targets.iter().copied());
        Ok(())
    }

    /// Lists everybody under a word; where both are listed, `@everyone` is meant.
    ///
    /// # Errors
    /// [`UnusableWord`]; the table is as it was.
    pub fn list_crowd(&mut self, word: &str, crowd: Crowd) -> Result<(), UnusableWord> {
        let key = key(word)?;
        let whom = self.words.entry(key.clone()).or_default();
        whom.crowd = whom.crowd.max(Some(crowd));
        self.every.insert(&key, whom.targets.iter().copied());
        Ok(())
    }

    /// Whether nobody can be called.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether what a player said calls anybody.
    #[must_use]
    pub fn calls_anybody(&self, text: &str) -> bool {
        !self.called_in(text).is_empty()
    }

    /// How many words are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Every word and whom it calls, by the alphabet, for people.
    #[must_use]
    pub fn described(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self
            .words
            .iter()
            .map(|(word, whom)| (word.to_string(), whom.to_string()))
            .collect();
        all.sort();
        all
    }

    /// The listed words in what a player said, each once, in the order of the text.
    fn called_in(&self, text: &str) -> Vec<(&str, &Whom)> {
        if self.words.is_empty() || !text.contains('@') {
            return Vec::new();
        }
        let text = clean(text);
        let mut called: Vec<(&str, &Whom)> = Vec::new();
        for stretch in self.every.cut(&text) {
            if let Stretch::Call { word, .. } = stretch
                && let Some((word, whom)) = self.words.get_key_value(word)
                && !called.iter().any(|(known, _)| *known == &**word)
            {
                called.push((word, whom));
            }
        }
        called
    }
}

impl std::fmt::Display for Whom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let targets = self.targets.iter().map(|target| match target {
            Target::Role(id) => format!("role {id}"),
            Target::User(id) => format!("user {id}"),
        });
        let crowd = self.crowd.map(|crowd| crowd.name().to_owned());
        let all: Vec<String> = targets.chain(crowd).collect();
        f.write_str(&all.join(", "))
    }
}

fn key(word: &str) -> Result<Box<str>, UnusableWord> {
    let word = word.strip_prefix('@').unwrap_or(word);
    if live::can_be_typed(word) {
        Ok(live::lower(word).into())
    } else {
        Err(UnusableWord::CannotBeTyped)
    }
}

fn pings_of(targets: &BTreeSet<Target>) -> Pings {
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for target in targets {
        match target {
            Target::Role(id) => roles.push(*id),
            Target::User(id) => users.push(*id),
        }
    }
    Pings::targets(users, roles).unwrap_or_default()
}

#[cfg(test)]
mod tests;
