//! Somebody's words are no events: what a line of speech is, and which patterns may read it.
//!
//! Owns the one rule that keeps chat from forging: on a line that carries somebody's words, a pattern whose events are
//! not speech counts only if its expression names what stands in front of the words (`[CHAT]`, `Stats:`) and matches
//! from there on. Must not know how a pattern is found. Cannot fail.

use super::definition::Place;
use super::expression::Expression;
use super::text::Text;
use crate::event::EventKind;

/// Tags behind which a player's or an admin's own text stands, besides those that end in `CHAT`.
const SPOKEN: [&str; 7] = ["SHOUT", "WHISPER", "COMMAND", "WARNING", "REPORT", "CMD", "WEB"];
/// The longest tag that is looked for.
const TAG_LENGTH: usize = 24;

/// Whether a match that begins at `start` of `haystack` may count.
pub(super) fn may_count(
    expression: &Expression,
    class: EventKind,
    text: &Text<'_>,
    haystack: &str,
    start: usize,
) -> bool {
    if is_speech(class) {
        return true;
    }
    let Some(header) = header(&text.part, text.place) else {
        return true;
    };
    let begins = haystack.len().saturating_sub(text.part.len());
    start <= begins && names(&expression.plain, header)
}

const fn is_speech(class: EventKind) -> bool {
    matches!(class, EventKind::Chat | EventKind::Shout | EventKind::ServerChat)
}

/// What stands in front of somebody's words: a tag without its closing bracket, or a name with its colon.
fn header(part: &str, place: Option<Place>) -> Option<&str> {
    let place = place.filter(|place| *place != Place::Engine)?;
    if let Some(inner) = part.strip_prefix('[') {
        let length = inner.bytes().take(TAG_LENGTH).position(|byte| byte == b']')?;
        let tag = inner.get(..length)?;
        return is_spoken(tag).then(|| &part[..=length]);
    }
    // What a mod logs is far too often `word: text`.
    let length = part.find(char::is_whitespace)?;
    let word = part.get(..length)?;
    (place != Place::Script && word.ends_with(':')).then_some(word)
}

fn is_spoken(tag: &str) -> bool {
    let ends_in_chat = tag
        .len()
        .checked_sub(4)
        .and_then(|at| tag.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case("CHAT"));
    ends_in_chat || SPOKEN.iter().any(|word| tag.eq_ignore_ascii_case(word))
}

/// Whether an expression, in capitals and without backslashes, holds what stands in front of the words.
fn names(plain: &str, header: &str) -> bool {
    let header = header.to_uppercase();
    match header.strip_prefix('[') {
        Some(tag) => ["[TAG", "TAG]", "|TAG", "TAG|"]
            .iter()
            .any(|shape| plain.contains(&shape.replace("TAG", tag))),
        None => plain.contains(&header),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_told_by_what_stands_in_front() {
        for (part, place, expected) in [
            ("[CHAT] Bob: hi", Place::Console, Some("[CHAT")),
            ("[chat] Bob: hi", Place::Bare, Some("[chat")),
            ("[PLAYER-CHAT]Bob hi", Place::Bare, Some("[PLAYER-CHAT")),
            ("[CHAT] Bob: hi", Place::Script, Some("[CHAT")),
            (
                "[WARNING] Player Bob tried using the command \"x\".",
                Place::Console,
                Some("[WARNING"),
            ),
            ("Bob: hi", Place::Bare, Some("Bob:")),
            ("Bob: hi", Place::Console, Some("Bob:")),
            ("Bob: hi", Place::Script, None),
            ("[MILESTONE] Bob: hi", Place::Bare, None),
            ("[JOIN] Bob joined the game", Place::Console, None),
            ("Bob died", Place::Bare, None),
            ("Info A.cpp:1: [CHAT] x", Place::Engine, None),
        ] {
            assert_eq!(header(part, Some(place)), expected, "{part}");
        }
    }

    #[test]
    fn an_expression_names_a_tag_or_a_word() {
        for plain in ["^[CHAT] ", "(?:CHAT|SHOUT)", "[(?:SHOUT|CHAT)]"] {
            assert!(names(plain, "[chat"), "{plain}");
        }
        assert!(!names("CHATTER", "[CHAT"));
        assert!(names("^STATS: (D+)", "Stats:"));
        assert!(!names("^(.*) DIED", "Bob:"));
    }
}
