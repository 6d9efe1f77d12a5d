//! What was held back while it was quiet, told at once.
//!
//! Owns how a digest reads: what there was of each kind, then the lines with their times. A long one is several messages;
//! what does not fit those either is counted. Must not know who held it back. Cannot fail.

use std::collections::BTreeMap;

use crate::event::EventKind;
use crate::text::{CONTENT_LIMIT, cut_finished, escape_player_text, fill, units};

/// So many messages at most.
const MOST_PARTS: usize = 5;
/// So many kinds are named.
const MOST_KINDS: usize = 12;

/// The words of digests; sentences are literal but for their parts in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestWords {
    /// The first line: `{kinds}`.
    pub heading: String,
    /// What is told by its number only, also at the end of other lists: `{count}`.
    pub more: String,
    /// What a kind of event is called behind its number.
    pub kinds: BTreeMap<EventKind, String>,
}

impl Default for DigestWords {
    /// English.
    fn default() -> Self {
        Self {
            heading: "🌙 **While it was quiet:** {kinds}".to_owned(),
            more: "and {count} more".to_owned(),
            kinds: EventKind::ALL
                .map(|kind| (kind, kind.as_str().replace('_', " ")))
                .into(),
        }
    }
}

impl DigestWords {
    /// `and 3 more`.
    #[must_use]
    pub fn more(&self, count: usize) -> String {
        fill(&self.more, &[("count", &count.to_string())])
    }

    /// What a kind is called; one without a word is called as in the configuration.
    fn kind(&self, name: &str) -> String {
        let word = EventKind::from_name(name).and_then(|kind| self.kinds.get(&kind));
        word.cloned()
            .unwrap_or_else(|| escape_player_text(name.as_bytes()))
    }
}

/// One line that was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldLine<'a> {
    /// The event's kind.
    pub kind: &'a str,
    /// The finished Discord text, one line.
    pub text: &'a str,
    /// When it happened, Unix milliseconds.
    pub happened_ms: i64,
}

/// The messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Their texts, each within Discord's limit; none without lines.
    pub parts: Vec<String>,
    /// How many lines are told by their number only.
    pub left_out: usize,
}

/// Tells lines in their order.
#[must_use]
pub fn digest(lines: &[HeldLine<'_>], words: &DigestWords) -> Digest {
    let mut told = Digest {
        parts: Vec::new(),
        left_out: 0,
    };
    if lines.is_empty() {
        return told;
    }
    // A note about what is left out fits every message.
    let room = CONTENT_LIMIT.saturating_sub(units(&note(words, lines.len())));
    let mut part = cut_finished(&headline(lines, words), CONTENT_LIMIT / 2);
    for (at, line) in lines.iter().enumerate() {
        let shown = shown(line);
        if units(&part) + 1 + units(&shown) > room {
            if told.parts.len() + 1 == MOST_PARTS {
                told.left_out = lines.len() - at;
                part.push_str(&note(words, told.left_out));
                break;
            }
            told.parts.push(std::mem::take(&mut part));
        }
        if !part.is_empty() {
            part.push('\n');
        }
        part.push_str(&shown);
    }
    told.parts.push(part);
    told
}

/// What there was, the most frequent first.
fn headline(lines: &[HeldLine<'_>], words: &DigestWords) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for line in lines {
        match kinds.iter_mut().find(|(kind, _)| *kind == line.kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((line.kind, 1)),
        }
    }
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut named: Vec<String> = kinds
        .iter()
        .take(MOST_KINDS)
        .map(|(kind, count)| format!("{count} × {}", words.kind(kind)))
        .collect();
    if kinds.len() > named.len() {
        named.push("…".to_owned());
    }
    fill(&words.heading, &[("kinds", &named.join(", "))])
}

fn note(words: &DigestWords, left_out: usize) -> String {
    format!("\n… {}", words.more(left_out))
}

/// A line with its time; a long one is cut so that it fits a message beside the headline.
fn shown(line: &HeldLine<'_>) -> String {
    let whole = line.text.trim().replace('\n', " ");
    let text = cut_finished(&whole, CONTENT_LIMIT / 2);
    let seconds = line.happened_ms.div_euclid(1000);
    if (0..=8_640_000_000_000).contains(&seconds) {
        format!("<t:{seconds}:t> {text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &'static str, text: &'static str) -> HeldLine<'static> {
        HeldLine {
            kind,
            text,
            happened_ms: 1_769_882_400_000,
        }
    }

    fn told(lines: &[HeldLine<'_>]) -> Digest {
        digest(lines, &DigestWords::default())
    }

    #[test]
    fn a_digest_speaks_the_language_of_its_words() {
        let words = crate::voice::Words::german().digest;
        let lines = [
            line("join", "a"),
            line("join", "b"),
            line("slow_save", "c"),
            line("my_kind", "d"),
        ];
        let text = &digest(&lines, &words).parts[0];
        assert!(
            text.starts_with(
                "🌙 **In der Ruhezeit:** 2 × Beitritt, 1 × langsames Speichern, 1 × my\\_kind\n"
            ),
            "{text}"
        );
        let many = vec![line("death", "💀 **Bob** was killed by something with a long name"); 1000];
        let last = digest(&many, &words).parts.pop().unwrap();
        assert!(last.contains("… und ") && last.ends_with(" weitere"), "{last}");
    }

    #[test]
    fn words_of_any_length_leave_the_limit_alone() {
        let words = DigestWords {
            heading: "x".repeat(5000),
            more: "y".repeat(300),
            kinds: BTreeMap::new(),
        };
        let told = digest(&vec![line("death", "💀 **Bob** died"); 1000], &words);
        assert!(told.parts.iter().all(|part| units(part) <= CONTENT_LIMIT));
        assert!(told.parts.last().unwrap().ends_with('y'));
    }

    #[test]
    fn a_digest_counts_and_tells_every_line_with_its_time() {
        let told = told(&[
            line("join", "✅ **Bob** joined"),
            line("death", "💀 **Bob** died"),
            line("join", "✅ **Ann** joined"),
        ]);
        assert_eq!(
            told.parts,
            ["🌙 **While it was quiet:** 2 × join, 1 × death\n\
              <t:1769882400:t> ✅ **Bob** joined\n\
              <t:1769882400:t> 💀 **Bob** died\n\
              <t:1769882400:t> ✅ **Ann** joined"]
        );
        assert_eq!(told.left_out, 0);
        assert_eq!(digest(&[], &DigestWords::default()).parts, [""; 0]);
    }

    #[test]
    fn a_long_digest_is_several_messages_and_then_a_number() {
        let lines = vec![line("death", "💀 **Bob** was killed by something with a long name"); 1000];
        let told = told(&lines);
        assert_eq!(told.parts.len(), MOST_PARTS);
        for part in &told.parts {
            assert!(units(part) <= CONTENT_LIMIT && !part.trim().is_empty(), "{part}");
        }
        let shown: usize = told.parts.iter().map(|part| part.matches("<t:").count()).sum();
        assert_eq!(shown + told.left_out, 1000);
        let last = told.parts.last().expect("a part");
        assert!(last.ends_with(&format!("… and {} more", told.left_out)), "{last}");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut() {
        let long = "🏆".repeat(3000);
        let told = told(&[HeldLine {
            kind: "chat",
            text: &long,
            happened_ms: 0,
        }]);
        assert!(told.parts.iter().all(|part| units(part) <= CONTENT_LIMIT));
    }

    #[test]
    fn a_line_is_never_cut_in_the_middle_of_markup() {
        let long = format!("💀 **{}** died", "x".repeat(1500));
        let told = told(&[HeldLine {
            kind: "death",
            text: &long,
            happened_ms: 0,
        }]);
        assert!(told.parts[0].ends_with("x…**"), "{:?}", told.parts);
    }
}
