//! Which patterns may match a line at all, by one pass over it.
//!
//! Owns the search for the literals of all patterns at once. Must not know what a pattern means. A pattern that is left
//! out cannot match; one that is named need not. Cannot fail: without a search every pattern is named.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::bytes::Bytes;
use super::literals::Required;
use super::text::Text;

/// Up to how many bytes of literals the fastest form of the search is built: its memory grows with them.
const FAST_BYTES: usize = 20_000;
/// The two characters beyond ASCII that are, without regard to case, letters of ASCII: K of Kelvin and the long s.
const ODD_LETTERS: [&str; 2] = ["\u{212a}", "\u{17f}"];

/// Looks for the literals of all patterns.
#[derive(Debug, Default)]
pub(super) struct Prefilter {
    /// By how far into a line they have to look.
    searches: Vec<Search>,
    /// Patterns that have no literal, or whose literals cannot be looked for.
    always: Candidates,
    everyone: Candidates,
    reads: Reads,
}

/// Looks for some literals.
#[derive(Debug)]
struct Search {
    automaton: AhoCorasick,
    /// The patterns that a literal stands for, by the literal's number.
    owners: Vec<Vec<usize>>,
    /// What may stand between the beginning of the part and a literal, where that is known.
    before: Option<Bytes>,
    /// The length of the longest literal.
    longest: usize,
}

/// What of a line the patterns look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Reads {
    /// Perhaps all of it.
    #[default]
    Whole,
    /// Nothing but the part that counts.
    Part,
}

/// A set of patterns, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates(Vec<u64>);

impl Candidates {
    fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// The numbers, from the lowest.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

/// How far into a line a literal may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    FirstWord,
    Words,
    Anywhere,
}

impl Reach {
    const ALL: [Self; 3] = [Self::FirstWord, Self::Words, Self::Anywhere];

    fn of(reads: Reads, before: &Bytes) -> Self {
        match reads {
            Reads::Part if !before.contains(b' ') => Self::FirstWord,
            Reads::Part if *before != Bytes::ALL => Self::Words,
            // Of a whole line it is not known where the pattern begins.
            Reads::Part | Reads::Whole => Self::Anywhere,
        }
    }
}

impl Prefilter {
    /// Builds the search; `all` has what each pattern needs, in the order of the patterns.
    pub(super) fn new<'a>(reads: Reads, all: impl ExactSizeIterator<Item = &'a Required>) -> Self {
        let mut always = Candidates::none(all.len());
        let mut everyone = Candidates::none(all.len());
        let mut needy = Vec::new();
        for (number, required) in all.enumerate() {
            everyone.insert(number);
            if required.texts.is_empty() {
                always.insert(number);
            } else {
                needy.push((Reach::of(reads, &required.before), number, required));
            }
        }
        let mut searches = Vec::new();
        for reach in Reach::ALL {
            let within = needy.iter().filter(|(of_one, ..)| *of_one == reach);
            let within: Vec<_> = within.map(|(_, number, required)| (*number, *required)).collect();
            match Search::new(reach, &within) {
                _ if within.is_empty() => {}
                Some(search) => searches.push(search),
                None => within.iter().for_each(|(number, _)| always.insert(*number)),
            }
        }
        Self {
            searches,
            always,
            everyone,
            reads,
        }
    }

    /// Fills `candidates` with the patterns that may match the line.
    pub(super) fn candidates(&self, text: &Text<'_>, candidates: &mut Candidates) {
        let line: &str = match self.reads {
            Reads::Whole => &text.whole,
            Reads::Part => &text.part,
        };
        if has_odd_letters(line) {
            candidates.0.clone_from(&self.everyone.0);
            return;
        }
        candidates.0.clone_from(&self.always.0);
        for search in &self.searches {
            search.find(line.as_bytes(), candidates);
        }
    }
}

impl Search {
    fn new(reach: Reach, patterns: &[(usize, &Required)]) -> Option<Self> {
        let mut before = Bytes::NONE;
        let mut texts: Vec<&[u8]> = Vec::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for (number, required) in patterns {
            before = before.or(&required.before);
            for text in &required.texts {
                let at = *known.entry(text.as_slice()).or_insert_with(|| {
                    texts.push(text);
                    owners.push(Vec::new());
                    texts.len() - 1
                });
                owners[at].push(*number);
            }
        }
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind((bytes <= FAST_BYTES).then_some(AhoCorasickKind::DFA))
            .build(texts)
            .ok()?;
        Some(Self {
            automaton,
            owners,
            before: (reach != Reach::Anywhere).then_some(before),
            longest,
        })
    }

    fn find(&self, text: &[u8], candidates: &mut Candidates) {
        for found in self.automaton.find_overlapping_iter(self.within_reach(text)) {
            for number in &self.owners[found.pattern().as_usize()] {
                candidates.insert(*number);
            }
        }
    }

    /// The part of a text in which a literal has to be.
    fn within_reach<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let Some(before) = &self.before else { return text };
        let last = text.iter().position(|byte| !before.contains(*byte));
        let end = last.map_or(text.len(), |last| last.saturating_add(self.longest));
        text.get(..end).unwrap_or(text)
    }
}

/// Whether a line holds one of these texts, wherever it stands and whatever the case.
pub(super) fn holds_one(line: &str, texts: &[Vec<u8>]) -> bool {
    let line_holds = |text: &[u8]| {
        let mut windows = line.as_bytes().windows(text.len());
        windows.any(|window| window.eq_ignore_ascii_case(text))
    };
    !texts.is_empty() && (has_odd_letters(line) || texts.iter().any(|text| line_holds(text)))
}

fn has_odd_letters(line: &str) -> bool {
    !line.is_ascii() && ODD_LETTERS.iter().any(|letter| line.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(required: &[Required], line: &str) -> Vec<usize> {
        found_in(Reads::Part, required, line)
    }

    fn found_in(reads: Reads, required: &[Required], line: &str) -> Vec<usize> {
        let filter = Prefilter::new(reads, required.iter());
        let mut candidates = Candidates::default();
        let text = Text {
            whole: format!("2026-11-26 10:00:00 {line}").into(),
            part: line.into(),
            place: None,
        };
        filter.candidates(&text, &mut candidates);
        candidates.numbers().collect()
    }

    fn candidates(literals: &[Vec<Vec<u8>>], line: &str) -> Vec<usize> {
        let anywhere = |texts: &Vec<Vec<u8>>| Required {
            texts: texts.clone(),
            before: Bytes::ALL,
        };
        found(&literals.iter().map(anywhere).collect::<Vec<_>>(), line)
    }

    #[test]
    fn a_literal_is_looked_for_as_far_as_it_can_lie() {
        let required = |text: &str, before: &[u8]| Required {
            texts: vec![text.into()],
            before: Bytes::of(before),
        };
        let near = [required(": ", b"abc"), required("longest", b"xyz")];
        let far = [near[0].clone(), required("longest", b"abc! :")];
        assert_eq!(found(&near, "aABcz: longest"), [0]);
        assert_eq!(found(&near, "aABczlongest: "), [1]);
        assert_eq!(
            found(&near, "abc! : longest"),
            [0],
            "beyond, but within the longest one"
        );
        assert_eq!(found(&near, "abc! ::::::: longest"), [] as [usize; 0]);
        assert_eq!(found(&far, "abc! : longest"), [1]);
        assert_eq!(found(&far, "abc! x longest"), [] as [usize; 0]);
        assert_eq!(
            found_in(Reads::Whole, &near, "abc: longest"),
            [0, 1],
            "behind the date"
        );
        let anywhere = [
            near[0].clone(),
            Required {
                before: Bytes::ALL,
                ..near[1].clone()
            },
        ];
        assert_eq!(found(&anywhere, "abc! ::::::: longest"), [1]);
    }

    #[test]
    fn only_patterns_whose_literal_is_there_are_named() {
        let literals = vec![
            vec![b"join".to_vec(), b"leave".to_vec()],
            vec![b"in the".to_vec()],
            vec![],
            vec![b"join".to_vec()],
        ];
        assert_eq!(candidates(&literals, "[JOIN] the "), [0, 2, 3]);
        assert_eq!(candidates(&literals, "in the leaves"), [0, 1, 2]);
        assert_eq!(candidates(&literals, ""), [2]);
        assert_eq!(candidates(&literals, "\u{17f}"), [0, 1, 2, 3]);
    }

    #[test]
    fn more_patterns_than_a_word_has_bits_are_told_apart() {
        let literals: Vec<Vec<Vec<u8>>> = (0..200).map(|n| vec![format!("<{n}>").into_bytes()]).collect();
        assert_eq!(candidates(&literals, "<0> <63> <64> <199>"), [0, 63, 64, 199]);
    }
}
