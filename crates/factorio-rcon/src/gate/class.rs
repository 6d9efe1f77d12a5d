//! What the game would make of a text.
//!
//! Owns the judgement, for any text whatever; it is total and cannot fail. In doubt it says [`Class::Unknown`] or
//! [`Class::Lua`], never [`Class::Chat`] or [`Class::Vanilla`].

use super::chat::is_blank;
use super::words::Word;

/// The class of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class<'a> {
    /// Only blanks.
    Nothing,
    /// No slash at its beginning: the game says it.
    Chat,
    /// A command of the unmodded game that keeps achievements.
    Vanilla {
        /// Which one.
        word: &'static Word,
        /// What stands behind it, without blanks around it.
        arguments: &'a str,
    },
    /// A command that runs Lua or ends achievements in another way.
    Lua {
        /// Which one.
        word: &'static Word,
    },
    /// A slash, and then no word of the list.
    Unknown {
        /// What was taken for the word; may be empty.
        word: &'a str,
        /// What stands behind it, without blanks around it.
        arguments: &'a str,
    },
}

/// Judges a text as a person types it: blanks around it and the case of the word do not matter.
#[must_use]
pub fn classify(text: &str) -> Class<'_> {
    let meant = text.trim_matches(is_blank);
    if meant.is_empty() {
        return Class::Nothing;
    }
    let Some(behind_slash) = meant.strip_prefix('/') else {
        return Class::Chat;
    };
    // A game that is more generous than we think must not be talked into Lua by "/ c" or "//c".
    let begun = behind_slash.trim_start_matches(|c| c == '/' || is_blank(c));
    let end = begun
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
        .unwrap_or(begun.len());
    let (typed, behind) = begun.split_at(end);
    let arguments = behind.trim_matches(is_blank);
    let is_plain = begun.len() == behind_slash.len() && (behind.is_empty() || behind.starts_with(' '));
    match Word::find(typed) {
        Some(word) if word.ends_achievements() => Class::Lua { word },
        Some(word) if is_plain => Class::Vanilla { word, arguments },
        // The whole odd thing is the word, so that no configuration can name it.
        _ if !is_plain => Class::Unknown {
            word: behind_slash.split(' ').next().unwrap_or_default(),
            arguments: "",
        },
        _ => Class::Unknown {
            word: typed,
            arguments,
        },
    }
}
