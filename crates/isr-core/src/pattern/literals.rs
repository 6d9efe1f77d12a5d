//! The texts without which an expression cannot match.
//!
//! Owns the choice of the best such texts. Must not know lines. Cannot fail: an expression without any has none.

use regex_syntax::hir::{Hir, HirKind};

/// The most alternatives that are worth looking for.
const MOST: usize = 32;

/// Texts in small letters of which a matching line holds at least one, whatever the case; empty when nothing is sure.
pub(super) fn required(hir: &Hir) -> Vec<Vec<u8>> {
    best(hir).unwrap_or_default()
}

fn best(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => longest_ascii(&literal.0).map(|text| vec![text]),
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(best).max_by_key(|texts| worth(texts)),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<_>> = branches.iter().map(best).collect();
            Some(all?.concat()).filter(|texts| texts.len() <= MOST)
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// Long texts are rare in lines, and few are better than many.
fn worth(texts: &[Vec<u8>]) -> (usize, usize) {
    let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
    (shortest, MOST.saturating_sub(texts.len()))
}

/// Letters beyond ASCII have their own rules of case: they are left out.
fn longest_ascii(bytes: &[u8]) -> Option<Vec<u8>> {
    bytes
        .split(|byte| !byte.is_ascii())
        .max_by_key(|run| run.len())
        .filter(|run| !run.is_empty())
        .map(<[u8]>::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(expression: &str) -> Vec<String> {
        let hir = regex_syntax::parse(expression).unwrap();
        required(&hir)
            .into_iter()
            .map(|text| String::from_utf8(text).unwrap())
            .collect()
    }

    #[test]
    fn the_longest_text_that_must_be_there_is_found() {
        assert_eq!(
            of(r"^(?:\d{4} )?\[JOIN\] (\w+) joined the game"),
            [" joined the game"]
        );
        assert_eq!(of(r"\[(?:TASK|TODO)\]"), ["task", "todo"]);
        assert_eq!(of("(?:abc)+x"), ["abc"]);
        assert_eq!(of("Größe: "), ["e: "]);
    }

    #[test]
    fn what_need_not_be_there_is_not_relied_on() {
        for expression in [".*", "(?:abc)?", r"\w+|abc", "(?:abc)*", "(?i)abc", "ä", ""] {
            assert!(of(expression).is_empty(), "{expression}");
        }
    }
}
