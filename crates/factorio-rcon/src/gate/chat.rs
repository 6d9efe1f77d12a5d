//! Text that the server says in the game's chat.
//!
//! Owns that such a text is one line, not empty, within its cap, and never begins with what the game, or a careless
//! reader of its text, could take for a command. Fails with [`Refusal`].

use super::Refusal;

/// The most bytes of one chat text.
pub const CHAT_CAP: usize = 2_000;

/// A text for the game's chat. The game shows it as said by `<server>`; it needs no Lua and keeps achievements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatText(String);

impl ChatText {
    /// Takes a text exactly as it is.
    ///
    /// # Errors
    /// [`Refusal`] when it is empty, too long, not one line, or begins with a slash (blanks before it do not help).
    pub fn exact(text: &str) -> Result<Self, Refusal> {
        if text.chars().any(breaks_a_line) {
            return Err(Refusal::NotOneLine);
        }
        let meant = text.trim_start_matches(is_blank);
        if meant.is_empty() {
            return Err(Refusal::Empty);
        }
        if meant.starts_with('/') {
            return Err(Refusal::LooksLikeACommand);
        }
        within_cap(text).map(|()| Self(text.to_owned()))
    }

    /// Makes one harmless line of whatever somebody typed: line breaks and control characters become blanks, blanks at
    /// the ends and slashes at the beginning are cut.
    ///
    /// # Errors
    /// [`Refusal::Empty`] when nothing is left, [`Refusal::TooLong`].
    pub fn tidied(text: &str) -> Result<Self, Refusal> {
        let begun = text.trim_start_matches(|c| is_blank(c) || c == '/');
        let meant = begun.trim_end_matches(is_blank);
        if meant.is_empty() {
            return Err(Refusal::Empty);
        }
        let flat = |c| if breaks_a_line(c) { ' ' } else { c };
        let line: String = meant.chars().map(flat).collect();
        within_cap(&line).map(|()| Self(line))
    }

    /// The text as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

const fn within_cap(text: &str) -> Result<(), Refusal> {
    if text.len() > CHAT_CAP {
        return Err(Refusal::TooLong {
            length: text.len(),
            cap: CHAT_CAP,
        });
    }
    Ok(())
}

/// Whether a character ends a line somewhere, or steers a terminal: all control characters, and the two separators of
/// Unicode.
pub(crate) fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a reader sees nothing where this character stands.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || breaks_a_line(c)
        || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}
