//! Discord's limits as types, and the way from hostile text to text that Discord shows literally.
//!
//! Owns what Discord accepts as a message ([`Content`]) and as a webhook name ([`WebhookName`]), and the steps that
//! player text takes: [`clean`] removes what cannot be seen, [`escape`] takes the meaning from markdown and mentions,
//! [`cut`] and [`split`] end a text at a sensible place. Must not know events, wording or HTTP. Only building a
//! [`Content`] can fail.
//!
//! Lengths are counted in UTF-16 units. Discord counts code points and its client counts UTF-16 units; the second
//! number is never smaller, so a text within the limit by our count is within it by both.

mod clean;
mod colour;
mod embed;
mod emoji;
mod escape;
mod fill;
mod finished;
mod marked;
mod parts;
mod rich;
mod topic;
mod webhook_name;

pub(crate) use clean::is_combining;
pub use clean::{clean, is_invisible};
pub use colour::{Colour, NoColour};
pub use embed::{Embed, EmbedPart, Layout};
pub use emoji::{Emoji, EmojiMap, NoEmoji};
pub(crate) use escape::address_length;
pub(crate) use escape::names_everyone;
pub use escape::{Place, escape, escape_player_text};
pub(crate) use fill::fill;
pub use finished::cut_finished;
pub use marked::{Mark, Marked, MomentStyle};
pub use parts::{Cut, LeftOut, Parts, cut, cut_marked, shorten, split, split_marked};
pub(crate) use parts::{most_units, push_whole};
pub use rich::{RichWords, illustrated, readable};
pub use topic::{NoRoom, TOPIC_LIMIT, Topic};
pub use webhook_name::WebhookName;

use std::fmt;

/// The longest message content that Discord takes from a bot or a webhook.
pub const CONTENT_LIMIT: usize = 2000;

/// The length of a text in UTF-16 units: at least its number of code points.
#[must_use]
pub fn units(text: &str) -> usize {
    // Each character but its further bytes, and those of four bytes twice: without decoding.
    let of_byte = |byte: u8| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    text.bytes().map(of_byte).sum()
}

/// The empty pattern of Braille: drawings need it, alone it shows nothing.
const EMPTY_BRAILLE: char = '\u{2800}';

/// Whether nothing of a text could be seen: it is empty, or holds only white space and invisible characters.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || is_invisible(c) || c == EMPTY_BRAILLE)
}

/// The content of one Discord message: 1 to [`CONTENT_LIMIT`] characters, with something to see in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Content(String);

/// Why a text cannot be the content of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing could be seen: Discord answers 50006.
    #[error("a message needs at least one visible character")]
    Empty,
    /// Longer than [`CONTENT_LIMIT`]: Discord answers 50035.
    #[error("a message holds at most {CONTENT_LIMIT} characters, this one has {units}; split it first")]
    TooLong {
        /// Its length in UTF-16 units.
        units: usize,
    },
}

impl Content {
    /// Checks and wraps a text. White space at both ends is removed first, as Discord does.
    ///
    /// # Errors
    /// [`ContentError`] when nothing visible is left or the text is too long.
    pub fn new(text: &str) -> Result<Self, ContentError> {
        let text = text.trim();
        if is_blank(text) {
            return Err(ContentError::Empty);
        }
        match units(text) {
            0..=CONTENT_LIMIT => Ok(Self(text.to_owned())),
            units => Err(ContentError::TooLong { units }),
        }
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

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_between_one_and_two_thousand_characters() {
        assert_eq!(Content::new(""), Err(ContentError::Empty));
        assert_eq!(Content::new(" \n\t\u{200b}\u{3164} "), Err(ContentError::Empty));
        assert!(Content::new("a").is_ok());
        assert!(Content::new(&"a".repeat(2000)).is_ok());
        assert!(Content::new(&format!("  {}  ", "a".repeat(2000))).is_ok());
        assert_eq!(
            Content::new(&"a".repeat(2001)),
            Err(ContentError::TooLong { units: 2001 })
        );
    }

    #[test]
    fn an_emoji_counts_as_the_client_counts_it() {
        assert!(Content::new(&"🏆".repeat(1000)).is_ok());
        assert_eq!(
            Content::new(&"🏆".repeat(1001)),
            Err(ContentError::TooLong { units: 2002 })
        );
    }
}
