//! The shape of a line that looks like an event: its tag, and its words without names and numbers.
//!
//! Owns what looks like an event and what of it is a name. A shape holds capital letters, digits, `_` and `-` in the tag
//! and small ASCII words behind it, so it can be shown anywhere as it is. Must not know which lines are understood.
//! Cannot fail; a line that does not look like an event costs a look at its first byte.

/// The longest tag.
const TAG_LENGTH: usize = 24;
/// So many words of a line are looked at.
const WORDS: usize = 8;
/// A longer word is a name, or nothing that tells shapes apart.
const WORD_LENGTH: usize = 14;

/// What stands for a name or anything else that differs from line to line.
const NAME: &str = "*";
/// What stands for a number.
const NUMBER: &str = "#";
/// What stands for the rest of a line.
const REST: &str = "…";

/// Behind these words comes a name.
const BEFORE_NAMES: [&str; 9] = ["by", "from", "to", "of", "for", "player", "with", "at", "named"];

/// A line that looks like an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tagged<'a> {
    tag: &'a str,
    rest: &'a [u8],
}

impl<'a> Tagged<'a> {
    /// Reads `[TAG] text`: what stands behind the date of a console line, or a bare line.
    #[must_use]
    pub fn read(text: &'a [u8]) -> Option<Self> {
        let inner = text.strip_prefix(b"[")?;
        let is_tag =
            |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        let length = inner
            .iter()
            .take(TAG_LENGTH)
            .take_while(|byte| is_tag(byte))
            .count();
        let (tag, rest) = inner.split_at_checked(length)?;
        let rest = rest.strip_prefix(b"] ")?;
        if tag.len() < 2 || !tag[0].is_ascii_uppercase() {
            return None;
        }
        let tag = std::str::from_utf8(tag).ok()?;
        Some(Self { tag, rest })
    }

    /// `[TAG] …`: the shape of all lines with its tag.
    pub(super) fn any_of_its_tag(&self) -> String {
        format!("[{}] {REST}", self.tag)
    }

    /// How the shapes of its tag begin.
    pub(super) fn opening(&self) -> String {
        format!("[{}] ", self.tag)
    }

    /// Its shape.
    pub(super) fn shape(&self) -> String {
        let mut shape = format!("[{}]", self.tag);
        let mut words = self
            .rest
            .split(|byte| byte.is_ascii_whitespace())
            .filter(|word| !word.is_empty());
        // The first word of an event mostly says who.
        let mut name_follows = true;
        let mut last = "";
        for bytes in words.by_ref().take(WORDS) {
            let word = std::str::from_utf8(bytes).unwrap_or(NAME);
            let bare = word.trim_end_matches([',', '.', ':', ';', '!', '?']);
            let shown = masked(bare, name_follows);
            name_follows = BEFORE_NAMES.contains(&bare);
            if shown != last || shown == word {
                shape.push(' ');
                shape.push_str(shown);
            }
            last = shown;
            if word.ends_with(':') {
                // Behind a colon comes what somebody said.
                shape.push_str(": ");
                shape.push_str(REST);
                return shape;
            }
        }
        if words.next().is_some() {
            shape.push(' ');
            shape.push_str(REST);
        }
        shape
    }
}

fn masked(word: &str, is_name: bool) -> &str {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    // `Bob1` is a name where a name is due.
    let may_be_name = is_name && word.bytes().any(|byte| byte.is_ascii_alphabetic());
    if has_digit && !may_be_name {
        return NUMBER;
    }
    let plain = (1..=WORD_LENGTH).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if plain && !is_name { word } else { NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(line: &str) -> Option<String> {
        Tagged::read(line.as_bytes()).map(|tagged| tagged.shape())
    }

    #[test]
    fn names_and_numbers_do_not_tell_shapes_apart() {
        let cases = [
            (
                "[TELEPORT] Bob went to Nauvis (12, -7)",
                "[TELEPORT] * went to * #",
            ),
            ("[TELEPORT] ada went to gleba (1, 2)", "[TELEPORT] * went to * #"),
            (
                "[TELEPORT] Bob_1 went to ship2 (1, 2)",
                "[TELEPORT] * went to * #",
            ),
            ("[JOIN] Bob has entered the game", "[JOIN] * has entered the game"),
            ("[CHAT-2] Bob: hi there", "[CHAT-2] *: …"),
            (
                "[KICK] Bob Smith was removed by Jane.",
                "[KICK] * was removed by *",
            ),
            ("[VOTE] 3 of 5 for Bob", "[VOTE] # of # for *"),
            ("[X1] \u{1f600} `code` <@1> @everyone", "[X1] * # *"),
            (
                "[LONG] who did one two three four five six seven",
                "[LONG] * did one two three four five six …",
            ),
        ];
        for (line, wanted) in cases {
            assert_eq!(shape(line).as_deref(), Some(wanted), "{line}");
        }
    }

    #[test]
    fn what_is_no_tag_is_no_event() {
        for line in [
            "",
            "[",
            "[gps=1,2] x",
            "[X] y",
            "[JOIN]y",
            "[JOIN",
            "[1A] x",
            "x [JOIN] y",
            "[color=red] x",
        ] {
            assert_eq!(shape(line), None, "{line}");
        }
        assert_eq!(shape(&format!("[{}] x", "A".repeat(25))), None);
    }

    #[test]
    fn a_shape_is_harmless_wherever_it_is_shown() {
        let hostile: Vec<u8> = (0..=255).flat_map(|byte| [byte, b' ']).collect();
        let line = [b"[TAG] ", hostile.as_slice()].concat();
        let shape = Tagged::read(&line)
            .map(|tagged| tagged.shape())
            .unwrap_or_default();
        assert!(
            shape
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "[]*#… -_:".contains(c)),
            "{shape}"
        );
    }
}
