//! The texts without which an expression cannot match, and where in a line they can begin.
//!
//! Owns the choice of the best such texts. Must not know lines. Cannot fail: an expression without any has none.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::bytes::Bytes;

/// The most alternatives that are worth looking for.
const MOST: usize = 32;
/// A text of this length in the first word is better than a longer one further on: the search for it ends early.
const LONG_ENOUGH: usize = 4;

/// What a line has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Required {
    /// Texts in small letters of which a matching line holds at least one, whatever the case; empty when nothing is sure.
    pub(super) texts: Vec<Vec<u8>>,
    /// What may stand between the beginning of the line and that text.
    pub(super) before: Bytes,
}

/// What a line has to hold for an expression to match.
pub(super) fn required(hir: &Hir) -> Required {
    let anchored = hir.properties().look_set_prefix().contains(Look::Start);
    match best(hir) {
        Some(found) => Required {
            before: if anchored { found.before } else { Bytes::ALL },
            texts: found.texts,
        },
        None => Required {
            texts: Vec::new(),
            before: Bytes::ALL,
        },
    }
}

/// Texts that a part of an expression cannot do without.
struct Found {
    texts: Vec<Vec<u8>>,
    /// What of the part may stand before them.
    before: Bytes,
    /// They are all that the part matches.
    whole: bool,
}

impl Found {
    /// This part directly before another one, as one text, where both are nothing but texts and one has a single one.
    fn joined(&self, next: &Self) -> Option<Self> {
        let joins = self.whole && next.whole && (self.texts.len() == 1 || next.texts.len() == 1);
        let pairs = self
            .texts
            .iter()
            .flat_map(|first| next.texts.iter().map(move |second| (first, second)));
        joins.then(|| Self {
            texts: pairs
                .map(|(first, second)| [first.as_slice(), second].concat())
                .collect(),
            before: Bytes::NONE,
            whole: true,
        })
    }

    /// Long texts are rare in lines, and few are better than many.
    fn worth(&self) -> (bool, usize, usize) {
        let shortest = self.texts.iter().map(Vec::len).min().unwrap_or(0);
        let is_near = !self.before.contains(b' ') && shortest >= LONG_ENOUGH;
        (is_near, shortest, MOST.saturating_sub(self.texts.len()))
    }
}

fn best(hir: &Hir) -> Option<Found> {
    match hir.kind() {
        HirKind::Literal(literal) => longest_ascii(&literal.0),
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => Some(Found {
            whole: false,
            ..best(&repetition.sub)?
        }),
        HirKind::Concat(parts) => best_of(parts),
        HirKind::Alternation(branches) => {
            let all: Vec<Found> = branches.iter().map(best).collect::<Option<_>>()?;
            let found = Found {
                before: all.iter().fold(Bytes::NONE, |sum, found| sum.or(&found.before)),
                whole: all.iter().all(|found| found.whole),
                texts: all.into_iter().flat_map(|found| found.texts).collect(),
            };
            Some(found).filter(|found| found.texts.len() <= MOST)
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The best of what follows each other: texts that stand side by side count as one.
fn best_of(parts: &[Hir]) -> Option<Found> {
    let mut all: Vec<Found> = Vec::new();
    let mut passed = Bytes::NONE;
    let mut beside = false;
    for part in parts {
        let found = best(part);
        let joined = all.last().filter(|_| beside).zip(found.as_ref());
        if let Some(joined) = joined.and_then(|(last, found)| last.joined(found)) {
            let before = all.last().map_or(Bytes::NONE, |last| last.before.clone());
            all.pop();
            all.push(Found { before, ..joined });
        } else if let Some(found) = found {
            beside = found.whole;
            all.push(Found {
                before: passed.or(&found.before),
                ..found
            });
        } else {
            beside = beside && matches!(part.kind(), HirKind::Look(_));
        }
        passed = passed.or(&bytes_of(part));
    }
    let whole = all.len() == 1
        && parts
            .iter()
            .all(|part| best(part).is_some_and(|found| found.whole));
    let best = all.into_iter().max_by_key(Found::worth)?;
    Some(Found { whole, ..best })
}

/// Letters beyond ASCII have their own rules of case: they are left out.
fn longest_ascii(bytes: &[u8]) -> Option<Found> {
    let text = bytes
        .split(|byte| !byte.is_ascii())
        .max_by_key(|run| run.len())
        .filter(|run| !run.is_empty())?;
    let whole = text.len() == bytes.len();
    Some(Found {
        texts: vec![text.to_ascii_lowercase()],
        before: if whole { Bytes::NONE } else { Bytes::of(bytes) },
        whole,
    })
}

/// Every byte of every text that an expression matches, whatever the case.
fn bytes_of(hir: &Hir) -> Bytes {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Bytes::NONE,
        HirKind::Literal(literal) => Bytes::of(&literal.0),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges().iter();
            ranges.fold(Bytes::NONE, |sum, range| {
                sum.or(&Bytes::between(range.start(), range.end()))
            })
        }
        HirKind::Class(Class::Bytes(_)) => Bytes::ALL,
        HirKind::Capture(capture) => bytes_of(&capture.sub),
        HirKind::Repetition(repetition) => bytes_of(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts
            .iter()
            .fold(Bytes::NONE, |sum, part| sum.or(&bytes_of(part))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(expression: &str) -> Vec<String> {
        let hir = regex_syntax::parse(expression).unwrap();
        let texts = required(&hir).texts.into_iter();
        texts.map(|text| String::from_utf8(text).unwrap()).collect()
    }

    fn before(expression: &str) -> Bytes {
        required(&regex_syntax::parse(expression).unwrap()).before
    }

    #[test]
    fn the_longest_text_that_must_be_there_is_found() {
        assert_eq!(
            of(r"^(?:\d{4} )?\[JOIN\] (\w+) joined the game"),
            [" joined the game"]
        );
        assert_eq!(of(r"\[(?:TASK|TODO)\]"), ["[task]", "[todo]"]);
        assert_eq!(of("(?:abc)+x"), ["abc"]);
        assert_eq!(of("Größe: "), ["e: "]);
    }

    #[test]
    fn texts_side_by_side_are_one() {
        assert_eq!(of("^(?:info|mod): (.*)"), ["info: ", "mod: "]);
        assert_eq!(of("^(?:in|out)(?:ab|c)x"), ["abx", "cx"]);
        assert_eq!(of("ab*cd"), ["cd"]);
        assert_eq!(of("ab(?:cd)?ef"), ["ef"]);
        assert_eq!(of("^(?:x+|y)z"), ["z"]);
    }

    #[test]
    fn a_text_in_the_first_word_is_better_than_a_longer_one_behind_it() {
        assert_eq!(of(r"^\[KICK\] (.+?) was kicked by (.+)"), ["[kick] "]);
        assert_eq!(of("^ab(.*) died"), [" died"]);
        assert_eq!(of(r"^(\w+) demoted (.+) from admin"), [" demoted "]);
        assert_eq!(before(r"^\[KICK\] (.+?) was kicked by (.+)"), Bytes::NONE);
    }

    #[test]
    fn what_may_stand_before_a_text_is_known_where_the_expression_begins_with_the_line() {
        let word = before(r"^([^\s:]+) died\.");
        for (byte, expected) in [(b'x', true), (0xC3, true), (b':', false), (b' ', false)] {
            assert_eq!(word.contains(byte), expected, "{byte}");
        }
        let letters = before("^(?:\u{17f}x|[A-C]) died");
        for (byte, expected) in [
            (b'a', true),
            (b'B', true),
            (b'd', false),
            (b's', true),
            (b'X', true),
        ] {
            assert_eq!(letters.contains(byte), expected, "{byte}");
        }
        for anywhere in [r"([^\s:]+) died\.", r"(?:^|x)y died", r"(?:a|^b) died", ".*"] {
            assert_eq!(before(anywhere), Bytes::ALL, "{anywhere}");
        }
        assert!(before("^(?:a+ died|b: died)").contains(b'a'));
    }

    #[test]
    fn what_need_not_be_there_is_not_relied_on() {
        for expression in [".*", "(?:abc)?", r"\w+|abc", "(?:abc)*", "(?i)abc", "ä", ""] {
            assert!(of(expression).is_empty(), "{expression}");
        }
    }
}
