//! One finished line for Discord.
//!
//! Owns the promise of a line: escaped, one line, visible, and short enough that a late mark fits in front. Must not
//! know templates or events. Cannot fail: what is not legal is made so.

use std::fmt;

use crate::fold::LateMark;
use crate::text::{CONTENT_LIMIT, is_blank, units};

/// What stands for a line of which nothing can be seen.
const BLANK: &str = "(blank)";

/// One finished line for Discord: escaped, without line breaks, at most [`Line::LIMIT`] UTF-16 units, not blank.
#[derive(Clone, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// A message with a [`LateMark`] in front of one line is within Discord's limit.
    pub const LIMIT: usize = CONTENT_LIMIT - LateMark::MAX_UNITS;

    /// A finished text as a line. Templates keep every promise but that something can be seen; the others are kept
    /// here once more, so that no way leads past them.
    pub(crate) fn of(text: String) -> Self {
        if is_blank(&text) {
            return Self(BLANK.to_owned());
        }
        let fits = text.len() <= Self::LIMIT || units(&text) <= Self::LIMIT;
        if fits && !(may_have_control(&text) && text.contains(char::is_control)) {
            return Self(text);
        }
        let mut used = 1;
        let mut line: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take_while(|c| {
                used += c.len_utf16();
                fits || used <= Self::LIMIT
            })
            .collect();
        if !fits {
            let escapes = line.len() - line.trim_end_matches('\\').len();
            if escapes % 2 == 1 {
                line.pop();
            }
            line.push('…');
        }
        Self(line)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the text away.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// By the bytes alone: a control character beyond ASCII begins with 0xC2.
fn may_have_control(text: &str) -> bool {
    let may_begin_one = |found: bool, byte: u8| found | (byte < b' ') | (byte == 0x7f) | (byte == 0xC2);
    text.bytes().fold(false, may_begin_one)
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_becomes_one_legal_line() {
        assert_eq!(Line::of("a\nb".into()).as_str(), "a b");
        assert_eq!(Line::of("a\u{85}b\u{7f}c".into()).as_str(), "a b c");
        assert_eq!(Line::of("\u{200b} ".into()).as_str(), "(blank)");
        let long = Line::of(r"\*".repeat(3000));
        assert!(units(long.as_str()) <= Line::LIMIT);
        assert!(long.as_str().ends_with(r"\*…"));
    }
}
