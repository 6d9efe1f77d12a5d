//! The forms that the first release promised to read, because people's mods write them.
//!
//! Owns these forms and the names they refuse. They are anchored at the start of a bare line, of a dated line without a
//! console tag, or of a `Script` body, and end with the text; chat can never reach them. Must not know mods by name.
//! One full stop at the end is taken as part of the template, for mods that print the game's own locale texts.

use crate::fact::Fact;
use crate::name::{Who, is_account_name, is_name_byte};
use crate::scan::{filled, split_once, without_dot};

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A line of its own, with or without a date.
    Line,
    /// What a mod passed to `log()`: far too often `word: text`, so that form is not read here.
    ScriptBody,
}

/// Words that programs, not players, write in front of a colon. Compared without regard to case.
const RESERVED: [&[u8]; 11] = [
    b"error", b"warning", b"info", b"verbose", b"debug", b"server", b"console", b"script", b"mod",
    b"players", b"stack",
];

/// Longest technology name that is believed, in bytes.
const TECHNOLOGY_LENGTH: usize = 128;

/// Reads a promised form.
pub(crate) fn read(text: &[u8], place: Place) -> Option<Fact<'_>> {
    match text.first()? {
        b'[' => bracketed(text),
        b' ' | b'\t' => None,
        _ => named(text, place).or_else(|| research(text)),
    }
}

fn bracketed(text: &[u8]) -> Option<Fact<'_>> {
    let (tag, body) = split_once(&text[1..], b"] ")?;
    match tag {
        b"CHAT" => {
            let text = filled(body.strip_prefix(b"<server>: ")?)?;
            Some(Fact::Chat {
                player: Who::named(b"<server>"),
                text,
            })
        }
        b"MILESTONE" => {
            let (player, text) = achieved(body, b" completed: ")?;
            Some(Fact::Milestone { player, text })
        }
        b"TODO" | b"TASK" => {
            let (player, text) = achieved(body, b" finished task: ")?;
            Some(Fact::Task { player, text })
        }
        _ => None,
    }
}

/// `NAME did: TEXT`
fn achieved<'a>(body: &'a [u8], did: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (player, rest) = leading_name(body)?;
    Some((player, filled(rest.strip_prefix(did)?)?))
}

fn named(text: &[u8], place: Place) -> Option<Fact<'_>> {
    let (player, rest) = leading_name(text)?;
    if let Some(text) = rest.strip_prefix(b": ") {
        return match place {
            Place::Line => Some(Fact::Chat {
                player: Who::named(player),
                text: filled(text)?,
            }),
            Place::ScriptBody => None,
        };
    }
    match without_dot(rest) {
        b" joined the game" => Some(Fact::Join {
            player: Who::named(player),
        }),
        b" left the game" => Some(Fact::Leave {
            player: Who::named(player),
        }),
        b" died" => Some(Fact::Death { player, cause: None }),
        rest => {
            let cause = filled(rest.strip_prefix(b" was killed by ")?)?;
            Some(Fact::Death {
                player,
                cause: Some(cause),
            })
        }
    }
}

/// One word by the account name rules that is not reserved, and what follows.
fn leading_name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = text
        .iter()
        .take(31)
        .take_while(|byte| is_name_byte(**byte))
        .count();
    let (name, rest) = text.split_at(length);
    (is_account_name(name) && !is_reserved(name)).then_some((name, rest))
}

fn is_reserved(name: &[u8]) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// `TECH technology has been researched`. A technology holds no `": "`, or someone's words would become research.
fn research(text: &[u8]) -> Option<Fact<'_>> {
    let technology = without_dot(text).strip_suffix(b" technology has been researched")?;
    let sound = !technology.is_empty()
        && technology.len() <= TECHNOLOGY_LENGTH
        && memchr::memmem::find(technology, b": ").is_none();
    sound.then_some(Fact::Research { technology })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<Fact<'_>> {
        read(text.as_bytes(), Place::Line)
    }

    fn body(text: &str) -> Option<Fact<'_>> {
        read(text.as_bytes(), Place::ScriptBody)
    }

    #[test]
    fn each_promised_form_is_read() {
        let bob = Who::named(b"Bob");
        for (text, fact) in [
            ("Bob joined the game", Fact::Join { player: bob }),
            ("Bob left the game.", Fact::Leave { player: bob }),
            (
                "[CHAT] <server>: hi: all",
                Fact::Chat {
                    player: Who::named(b"<server>"),
                    text: b"hi: all",
                },
            ),
            (
                "[MILESTONE] Bob completed: first rocket",
                Fact::Milestone {
                    player: b"Bob",
                    text: b"first rocket",
                },
            ),
            (
                "[TODO] Bob finished task: walls",
                Fact::Task {
                    player: b"Bob",
                    text: b"walls",
                },
            ),
            (
                "[TASK] Bob finished task: walls",
                Fact::Task {
                    player: b"Bob",
                    text: b"walls",
                },
            ),
            (
                "Mining productivity 4 technology has been researched",
                Fact::Research {
                    technology: b"Mining productivity 4",
                },
            ),
            (
                "Bob was killed by a small biter",
                Fact::Death {
                    player: b"Bob",
                    cause: Some(b"a small biter"),
                },
            ),
            (
                "Bob died",
                Fact::Death {
                    player: b"Bob",
                    cause: None,
                },
            ),
            (
                "Bob died.",
                Fact::Death {
                    player: b"Bob",
                    cause: None,
                },
            ),
        ] {
            assert_eq!(line(text), Some(fact), "{text}");
            assert_eq!(body(text), Some(fact), "{text}");
        }
    }

    #[test]
    fn a_name_and_a_colon_are_chat_on_a_line_only() {
        let chat = Some(Fact::Chat {
            player: Who::named(b"Bob"),
            text: b"Bob died",
        });
        assert_eq!(line("Bob: Bob died"), chat);
        assert_eq!(body("Bob: Bob died"), None);
        assert_eq!(body("Bob: laser technology has been researched"), None);
        assert_eq!(line("Bob: "), None);
        assert_eq!(line("Bob:text"), None);
    }

    #[test]
    fn reserved_words_are_nobody_in_any_case() {
        for word in RESERVED {
            let word = String::from_utf8_lossy(word).to_uppercase();
            for rest in [
                ": text",
                " joined the game",
                " left the game",
                " died",
                " was killed by x",
            ] {
                assert_eq!(line(&format!("{word}{rest}")), None, "{word}{rest}");
            }
            assert_eq!(line(&format!("[TASK] {word} finished task: x")), None, "{word}");
        }
        assert!(line("Errors: text").is_some());
    }

    #[test]
    fn near_misses_are_nothing() {
        for text in [
            "",
            " Bob joined the game",
            "\tBob died",
            "Bob the builder joined the game",
            "Bob [R]: hi",
            "Bob joined the game yesterday",
            "Bob died again",
            "Bob was killed by ",
            "x joined the game",
            "<server>: hi",
            "<server> joined the game",
            "Zoë: hi",
            "[CHAT] Bob: hi",
            "[CHAT] <server>:hi",
            "[MILESTONE] Bob completed:",
            "[MILESTONE]Bob completed: x",
            "[milestone] Bob completed: x",
            "[TODO] Bob completed: x",
            "[MILESTONE] <server> completed: x",
            " technology has been researched",
            "technology has been researched",
            "Bob [R]: laser technology has been researched",
            "[x] laser technology has been researched",
            "laser technology has been researched today",
            "Players (0):",
            "7 seconds",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }
}
