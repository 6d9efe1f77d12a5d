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
        b'[' => bracketed(text, place),
        b' ' | b'\t' => None,
        _ => named(text, place).or_else(|| research(text)),
    }
}

fn bracketed(text: &[u8], place: Place) -> Option<Fact<'_>> {
    let (tag, body) = split_once(&text[1..], b"] ")?;
    let is = |word: &[u8]| tag.eq_ignore_ascii_case(word);
    if is(b"CHAT") {
        return chat(body, place);
    }
    if is(b"MILESTONE") || is(b"MILESTONES") {
        let (player, text) = achieved(body, &[b" completed: ", b" completed milestone: ", b": "])?;
        return Some(Fact::Milestone { player, text });
    }
    if is(b"TODO") || is(b"TASK") {
        let spellings: [&[u8]; 4] = [
            b" finished task: ",
            b" completed task: ",
            b" finished: ",
            b" completed: ",
        ];
        let (player, text) = achieved(body, &spellings)?;
        return Some(Fact::Task { player, text });
    }
    if is(b"RESEARCH") {
        return research(body);
    }
    // In a `Script` body these tags are a mod's own, see the dialects. The tag has to agree with what follows it.
    if place == Place::ScriptBody {
        return None;
    }
    let fact = leading_name(body).and_then(|(player, rest)| done(player, rest))?;
    let agrees = match fact {
        Fact::Join { .. } => is(b"JOIN"),
        Fact::Leave { .. } => is(b"LEAVE"),
        Fact::Death { .. } => is(b"DEATH"),
        _ => false,
    };
    agrees.then_some(fact)
}

fn chat(body: &[u8], place: Place) -> Option<Fact<'_>> {
    let (player, text) = match (body.strip_prefix(b"<server>: "), place) {
        (Some(text), _) => (&b"<server>"[..], text),
        (None, Place::Line) => achieved(body, &[b": "])?,
        (None, Place::ScriptBody) => return None,
    };
    Some(Fact::Chat {
        player: Who::named(player),
        text: filled(text)?,
    })
}

/// `NAME did: TEXT`, in one of several spellings.
fn achieved<'a>(body: &'a [u8], spellings: &[&[u8]]) -> Option<(&'a [u8], &'a [u8])> {
    let (player, rest) = leading_name(body)?;
    let text = spellings.iter().find_map(|did| after(rest, did))?;
    Some((player, filled(text)?))
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
    done(player, rest)
}

/// What a player did, behind the name, in any case.
fn done<'a>(player: &'a [u8], rest: &'a [u8]) -> Option<Fact<'a>> {
    if let Some(cause) = after(rest, b" was killed by ") {
        let cause = Some(filled(without_dot(cause))?);
        return Some(Fact::Death { player, cause });
    }
    let rest = without_dot(rest);
    let is = |words: &[u8]| rest.eq_ignore_ascii_case(words);
    let player = Who::named(player);
    if is(b" joined the game") || is(b" joined") {
        Some(Fact::Join { player })
    } else if is(b" left the game") || is(b" left") || is(b" leaving") {
        Some(Fact::Leave { player })
    } else if is(b" died") {
        let player = player.name;
        Some(Fact::Death { player, cause: None })
    } else {
        None
    }
}

/// What follows these words, in any case.
fn after<'a>(text: &'a [u8], words: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(words.len())?;
    head.eq_ignore_ascii_case(words).then_some(rest)
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
    fn looser_spellings_of_the_first_release_are_read_on_a_line() {
        let bob = Who::named(b"Bob");
        let death = Fact::Death {
            player: b"Bob",
            cause: Some(b"a spitter"),
        };
        let milestone = Fact::Milestone {
            player: b"Bob",
            text: b"x: y",
        };
        for (text, fact) in [
            ("Bob joined", Fact::Join { player: bob }),
            ("Bob JOINED the game", Fact::Join { player: bob }),
            ("[JOIN] Bob joined the game", Fact::Join { player: bob }),
            ("[LEAVE] Bob left the game", Fact::Leave { player: bob }),
            ("[LEAVE] Bob leaving", Fact::Leave { player: bob }),
            ("[DEATH] Bob was killed by a spitter", death),
            ("[Milestones] Bob completed milestone: x: y", milestone),
            ("[milestone] Bob: x: y", milestone),
            (
                "[TODO] Bob completed: x",
                Fact::Task {
                    player: b"Bob",
                    text: b"x",
                },
            ),
            (
                "[RESEARCH] Automation technology has been researched",
                Fact::Research {
                    technology: b"Automation",
                },
            ),
            (
                "[CHAT] Bob: [JOIN] Eve joined the game",
                Fact::Chat {
                    player: bob,
                    text: b"[JOIN] Eve joined the game",
                },
            ),
        ] {
            assert_eq!(line(text), Some(fact), "{text}");
        }
        for text in ["[JOIN] Bob joined the game", "[CHAT] Bob: hi", "[DEATH] Bob died"] {
            assert_eq!(body(text), None, "{text}");
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
            "[CHAT] Bob the builder: hi",
            "[CHAT] <server>:hi",
            "[MILESTONE] Bob completed:",
            "[MILESTONE]Bob completed: x",
            "[JOIN] Bob left the game",
            "[LEAVE] Bob was killed by x",
            "[DEATH] Bob joined the game",
            "[JOIN] Bob: hi",
            "[RESEARCH] Bob: laser technology has been researched",
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
