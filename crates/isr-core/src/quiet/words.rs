//! How merged lines read.
//!
//! Owns these sentences and how a name or a number gets into them. A name is escaped; what it holds is never read
//! as a part of the sentence. Cannot fail: a part that a sentence does not name is left out.

use crate::text::{clean, escape, fill, is_blank};

/// The most characters of a player's name that are shown.
const NAME_CHARACTERS: usize = 60;

/// The sentences of merged lines; literal but for their parts in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietWords {
    /// A player left and came back: `{player}`.
    pub reconnected: String,
    /// The same several times: `{player}`, `{count}`.
    pub reconnected_again: String,
    /// The same line several times: `{text}`, `{count}`.
    pub repeated: String,
    /// What somebody said, where it cannot stand under the name of who said it: `{player}`, `{text}`.
    pub spoken: String,
}

impl Default for QuietWords {
    /// English.
    fn default() -> Self {
        Self {
            reconnected: "🔁 **{player}** reconnected".to_owned(),
            reconnected_again: "🔁 **{player}** reconnected ({count} times)".to_owned(),
            repeated: "{text} (×{count})".to_owned(),
            spoken: "💬 **{player}**: {text}".to_owned(),
        }
    }
}

impl QuietWords {
    pub(super) fn reconnected(&self, player: &str, times: u32) -> String {
        let sentence = if times > 1 {
            &self.reconnected_again
        } else {
            &self.reconnected
        };
        fill(
            sentence,
            &[("player", &shown_name(player)), ("count", &times.to_string())],
        )
    }

    /// What a player said, for a message under another name; `text` is finished Discord text.
    #[must_use]
    pub fn spoken(&self, player: &str, text: &str) -> String {
        fill(&self.spoken, &[("player", &shown_name(player)), ("text", text)])
    }

    pub(super) fn repeated(&self, text: &str, times: u32) -> String {
        fill(&self.repeated, &[("text", text), ("count", &times.to_string())])
    }
}

fn shown_name(name: &str) -> String {
    let name = clean(name);
    let name = name.trim();
    if is_blank(name) {
        return "?".to_owned();
    }
    match name.char_indices().nth(NAME_CHARACTERS) {
        Some((end, _)) => format!("{}…", escape(&name[..end])),
        None => escape(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text_and_never_a_part_of_the_sentence() {
        let words = QuietWords::default();
        assert_eq!(words.reconnected("Bob", 1), "🔁 **Bob** reconnected");
        assert_eq!(words.reconnected("Bob", 3), "🔁 **Bob** reconnected (3 times)");
        assert_eq!(
            words.reconnected("a_*{count}", 2),
            r"🔁 **a\_\*{count}** reconnected (2 times)"
        );
        assert_eq!(words.repeated("{count} {x", 2), "{count} {x (×2)");
        assert_eq!(
            words.spoken("*{text}", "hi {player}"),
            r"💬 **\*{text}**: hi {player}"
        );
    }
}
