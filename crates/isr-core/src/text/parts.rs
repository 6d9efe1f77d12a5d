//! Cuts long text to what fits one message, or into several messages.
//!
//! Owns the rule where to cut: at the last space of the second half, else between two characters; never inside an
//! escaped character or a web address. Takes cleaned text and gives escaped text, because only the escaped length
//! counts. Must not know what stands around the text. Cannot fail.

use super::escape::{LONGEST_ADDRESS, Place, Token, Tokens};
use super::marked::Marked;
use super::units;

/// The least room that is worth a part: smaller wishes are raised to it.
const LEAST_ROOM: usize = 64;

/// The first stretch of a text, escaped, with a note of what was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Escaped, within the room given, the note included.
    pub text: String,
    /// How many characters of the text are not shown.
    pub left_out: usize,
}

/// A text in several stretches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// In order; each escaped and within the room given; the last one ends in a note when something was left out.
    /// Empty for an empty text.
    pub parts: Vec<String>,
    /// How many characters of the text are not shown.
    pub left_out: usize,
}

/// How a language tells what was left out: `character` and `characters`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    one: String,
    many: String,
}

impl LeftOut {
    /// The most UTF-16 units of a word that are kept.
    const LONGEST_WORD: usize = 20;

    /// The words for one character and for several; what is too long for a note is cut.
    #[must_use]
    pub fn new(one: &str, many: &str) -> Self {
        let short = |word| shorten(&Marked::text(word), Place::Prose, Self::LONGEST_WORD);
        Self {
            one: short(one),
            many: short(many),
        }
    }

    fn note(&self, left_out: usize) -> String {
        let word = if left_out == 1 { &self.one } else { &self.many };
        format!("… (+{left_out} {word})")
    }
}

impl Default for LeftOut {
    fn default() -> Self {
        Self::new("character", "characters")
    }
}

/// Cuts a cleaned text to `room` UTF-16 units after escaping: `long te… (+12 characters)`.
#[must_use]
pub fn cut(text: &str, room: usize) -> Cut {
    one(
        Tokens::of_text(text, longest_address(room)),
        room,
        &LeftOut::default(),
    )
}

/// As [`cut`], for a text with marks and for any place. `room` is at least 64.
#[must_use]
pub fn cut_marked(text: &Marked, place: Place, room: usize, left_out: &LeftOut) -> Cut {
    let tokens = Tokens::of_marked(text.pieces(), place, longest_address(room));
    one(tokens, room, left_out)
}

fn one(tokens: Tokens<'_>, room: usize, left_out: &LeftOut) -> Cut {
    let Parts { mut parts, left_out } = several(tokens, room, 1, left_out);
    Cut {
        text: parts.pop().unwrap_or_default(),
        left_out,
    }
}

/// Adds a text that has room in plenty: [`most_units`] are not more than half of what there is.
pub(crate) fn push_whole(out: &mut String, text: &Marked, place: Place) {
    Tokens::of_marked(text.pieces(), place, LONGEST_ADDRESS).render_all(out);
}

/// The most UTF-16 units that a text can take, whatever is in it and wherever it stands.
pub(crate) fn most_units(text: &Marked) -> usize {
    Tokens::of_marked(text.pieces(), Place::Prose, LONGEST_ADDRESS).most_units()
}

/// Splits a cleaned text into at most `most` stretches of `room` UTF-16 units after escaping. `room` is at least 64.
#[must_use]
pub fn split(text: &str, room: usize, most: usize) -> Parts {
    let tokens = Tokens::of_text(text, longest_address(room));
    several(tokens, room, most, &LeftOut::default())
}

/// As [`split`], for a text with marks.
#[must_use]
pub fn split_marked(text: &Marked, room: usize, most: usize, left_out: &LeftOut) -> Parts {
    let tokens = Tokens::of_marked(text.pieces(), Place::Prose, longest_address(room));
    several(tokens, room, most, left_out)
}

/// Cuts a text to any room, even a tiny one: `long te…`.
#[must_use]
pub fn shorten(text: &Marked, place: Place, room: usize) -> String {
    let mut tokens = Tokens::of_marked(text.pieces(), place, longest_address(room));
    let whole = fill(&mut tokens, room);
    if tokens.is_done() {
        return whole;
    }
    let mut tokens = Tokens::of_marked(text.pieces(), place, longest_address(room));
    let mut part = fill(&mut tokens, room.saturating_sub(1));
    part.truncate(part.trim_end().len());
    part.push('…');
    part
}

fn longest_address(room: usize) -> usize {
    LONGEST_ADDRESS.min(room.max(LEAST_ROOM) / 2)
}

fn several(mut tokens: Tokens<'_>, room: usize, most: usize, left_out: &LeftOut) -> Parts {
    let room = room.max(LEAST_ROOM);
    let mut parts = Vec::new();
    while !tokens.is_done() && parts.len() < most {
        tokens.start_line();
        let before = tokens.clone();
        let part = fill(&mut tokens, room);
        if part.is_empty() {
            // A mark that no part can hold: it is left out, so that the walk ends.
            tokens.next();
        } else if tokens.is_done() || parts.len() + 1 < most {
            parts.push(part);
        } else {
            tokens = before;
            parts.push(fill_with_note(&mut tokens, room, left_out));
        }
    }
    Parts {
        parts,
        left_out: tokens.left(),
    }
}

/// The last stretch that is allowed although text remains.
fn fill_with_note(tokens: &mut Tokens<'_>, room: usize, left_out: &LeftOut) -> String {
    // The note grows with the number in it, and the number with the note: take the longest it can become.
    let longest = units(&left_out.note(tokens.left()));
    let mut part = fill(tokens, room.saturating_sub(longest));
    part.truncate(part.trim_end().len());
    part.push_str(&left_out.note(tokens.left()));
    part
}

/// Renders tokens until the room is used, and stands before the first one that did not fit.
fn fill(tokens: &mut Tokens<'_>, room: usize) -> String {
    let mut out = String::new();
    if tokens.most_units() <= room {
        tokens.render_all(&mut out);
        return out;
    }
    let mut used = 0;
    let mut last_space = None;
    loop {
        let before = tokens.clone();
        let Some(token) = tokens.next() else { return out };
        if used + token.units() > room {
            *tokens = before;
            break;
        }
        if token.is_space() && used * 2 >= room {
            last_space = Some((out.len(), tokens.clone()));
        }
        used += token.units();
        token.render(&mut out);
    }
    if tokens.clone().next().is_some_and(Token::is_space) {
        tokens.next();
    } else if let Some((length, after)) = last_space {
        out.truncate(length);
        *tokens = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_stays_whole() {
        assert_eq!(
            split("hello *you*", 100, 5),
            Parts {
                parts: vec![r"hello \*you\*".into()],
                left_out: 0
            }
        );
        assert_eq!(split("", 100, 5).parts, Vec::<String>::new());
        let exact = "x".repeat(100);
        assert_eq!(
            cut(&exact, 100),
            Cut {
                text: exact,
                left_out: 0
            }
        );
    }

    #[test]
    fn long_text_is_cut_at_a_space_and_tells_what_is_missing() {
        let text = format!("{} {}", "a".repeat(60), "b".repeat(60));
        let whole = split(&text, 64, 5);
        assert_eq!(whole.parts, ["a".repeat(60), "b".repeat(60)]);
        let one = cut(&text, 100);
        assert_eq!(one.text, format!("{}… (+60 characters)", "a".repeat(60)));
        assert_eq!(one.left_out, 60);
    }

    #[test]
    fn nothing_is_cut_inside_an_escape_or_an_address() {
        let stars = split(&"*".repeat(1000), 65, 100);
        assert!(stars.parts.iter().all(|p| p.len() % 2 == 0));
        assert_eq!(stars.parts.concat().len(), 2000);
        let text = format!("{} https://a.b/{} end", "x".repeat(150), "y".repeat(50));
        let parts = split(&text, 200, 5).parts;
        assert_eq!(parts[1], format!("<https://a.b/{}> end", "y".repeat(50)));
    }

    #[test]
    fn a_hundred_kibibytes_end_after_five_parts() {
        let Parts { parts, left_out } = split(&"é".repeat(100 * 1024), 1900, 5);
        assert_eq!(parts.len(), 5);
        assert!(parts.iter().all(|p| units(p) <= 1900));
        let shown: usize = parts.iter().map(|p| p.matches('é').count()).sum();
        assert_eq!(shown + left_out, 100 * 1024);
        assert!(parts[4].ends_with(&format!("… (+{left_out} characters)")));
    }
}
