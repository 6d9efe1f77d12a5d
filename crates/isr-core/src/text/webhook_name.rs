//! Names under which a webhook may post.
//!
//! Owns the rewriting of names that Discord refuses, so that a player called `discordfan` still posts under a name
//! that people recognise. Must not know where a name comes from. Cannot fail: there is a fallback.

use std::fmt;

use super::clean::{clean, is_invisible};
use super::is_blank;

/// The longest webhook name.
const LIMIT: usize = 80;

/// What stands for a name of which nothing is left.
const FALLBACK: &str = "Factorio";

/// Visible, and not removed by Discord: parts a word that must not stand in a name.
const PARTING: char = '·';

/// Words that may not stand anywhere in a webhook name, each in lower case.
const NOWHERE: [&str; 2] = ["clyde", "discord"];

/// Words that may not be the whole name, each in lower case.
const NOT_ALONE: [&str; 2] = ["everyone", "here"];

/// A name that Discord accepts for a webhook message: 1 to 80 characters, none of the forbidden words and marks.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebhookName(String);

impl WebhookName {
    /// Makes a legal name of any text: invisible characters go, white space is collapsed, forbidden marks become
    /// look-alikes, forbidden words are parted (`dis·cord`), and the rest is cut. Legal names pass unchanged.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // Far more than can stay, so that a hostile name of any length costs nothing.
        let clean = clean(text);
        let visible = clean.chars().filter(|c| !is_invisible(*c)).take(4 * LIMIT);
        let visible: String = visible.map(look_alike).collect();
        let mut name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in NOWHERE {
            part_word(&mut name, word);
        }
        if NOT_ALONE.iter().any(|word| same_letters(&name, word)) {
            part_at(&mut name, 2);
        }
        let name = within_limit(&name);
        Self(if is_blank(name) {
            FALLBACK.to_owned()
        } else {
            name.to_owned()
        })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WebhookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Marks that must not stand in a name, and the wide forms that a normalising server would turn into them.
const fn look_alike(c: char) -> char {
    match c {
        '@' | '＠' | '﹫' => 'ⓐ',
        '#' | '＃' | '﹟' => '♯',
        ':' | '：' | '﹕' | '︓' => '꞉',
        '`' | '｀' => '\'',
        c => c,
    }
}

/// The letter that Discord compares: lower case, wide forms taken for plain ones.
fn folded(c: char) -> char {
    let plain = match u32::from(c) {
        wide @ 0xFF21..=0xFF5A => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    plain.to_ascii_lowercase()
}

fn same_letters(name: &str, word: &str) -> bool {
    name.chars().map(folded).eq(word.chars())
}

/// Puts the parting mark into every place where the word stands.
fn part_word(name: &mut String, word: &str) {
    let length = word.chars().count();
    let letters: Vec<char> = name.chars().map(folded).collect();
    let places = letters
        .windows(length)
        .enumerate()
        .filter(|(_, window)| window.iter().copied().eq(word.chars()));
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    // From the end, so that the earlier places stay where they are.
    for at in places.into_iter().rev() {
        part_at(name, at + length / 2);
    }
}

fn part_at(name: &mut String, character: usize) {
    let at = name
        .char_indices()
        .nth(character)
        .map_or(name.len(), |(at, _)| at);
    name.insert(at, PARTING);
}

fn within_limit(name: &str) -> &str {
    let mut used = 0;
    let beyond = name.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > LIMIT
    });
    name[..beyond.map_or(name.len(), |(at, _)| at)].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_names_are_rewritten_and_stay_readable() {
        let cases = [
            ("Bob", "Bob"),
            ("DiscordFan", "Dis·cordFan"),
            ("xCLYDEx", "xCL·YDEx"),
            ("ｄｉｓｃｏｒｄ", "ｄｉｓ·ｃｏｒｄ"),
            ("dis\u{200b}cord", "dis·cord"),
            ("everyone", "ev·eryone"),
            ("Here", "He·re"),
            ("heretic", "heretic"),
            ("a@b#c:d```e", "aⓐb♯c꞉d'''e"),
            ("  a \n  b ", "a b"),
            ("", "Factorio"),
            ("\u{200b}\u{3164}", "Factorio"),
        ];
        for (raw, legal) in cases {
            assert_eq!(WebhookName::new(raw).as_str(), legal, "{raw:?}");
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(WebhookName::new(&"x".repeat(500)).as_str().len(), 80);
        assert_eq!(WebhookName::new(&"🏆".repeat(50)).as_str().chars().count(), 40);
        assert_eq!(
            WebhookName::new(&"discord".repeat(20)).as_str().chars().count(),
            80
        );
    }
}
