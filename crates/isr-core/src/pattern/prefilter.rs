//! Which patterns may match a line at all, by one pass over it.
//!
//! Owns the search for the literals of all patterns at once. Must not know what a pattern means. A pattern that is left
//! out cannot match; one that is named need not. Cannot fail: without a search every pattern is named.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Up to how many bytes of literals the fastest form of the search is built: its memory grows with them.
const FAST_BYTES: usize = 20_000;
/// The two characters beyond ASCII that are, without regard to case, letters of ASCII: K of Kelvin and the long s.
const ODD_LETTERS: [&str; 2] = ["\u{212a}", "\u{17f}"];

/// Looks for the literals of all patterns.
#[derive(Debug, Default)]
pub(super) struct Prefilter {
    search: Option<AhoCorasick>,
    /// The patterns that a literal stands for, by the literal's number.
    owners: Vec<Vec<usize>>,
    /// Patterns that have no literal.
    always: Candidates,
    everyone: Candidates,
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

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word & (1 << (number % 64)) != 0)
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

impl Prefilter {
    /// Builds the search; `literals` has the literals of each pattern, in the order of the patterns.
    pub(super) fn new<'a>(literals: impl ExactSizeIterator<Item = &'a [Vec<u8>]>) -> Self {
        let count = literals.len();
        let mut always = Candidates::none(count);
        let mut everyone = Candidates::none(count);
        let mut texts: Vec<&[u8]> = Vec::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for (number, literals) in literals.enumerate() {
            everyone.insert(number);
            if literals.is_empty() {
                always.insert(number);
            }
            for text in literals {
                let at = *known.entry(text.as_slice()).or_insert_with(|| {
                    texts.push(text);
                    owners.push(Vec::new());
                    texts.len() - 1
                });
                owners[at].push(number);
            }
        }
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind((bytes <= FAST_BYTES).then_some(AhoCorasickKind::DFA))
            .build(texts)
            .ok();
        Self {
            search,
            owners,
            always,
            everyone,
        }
    }

    /// Fills `candidates` with the patterns that may match the line.
    pub(super) fn candidates(&self, line: &str, candidates: &mut Candidates) {
        let odd = !line.is_ascii() && ODD_LETTERS.iter().any(|letter| line.contains(letter));
        let start = match (&self.search, odd) {
            (Some(_), false) => &self.always,
            _ => &self.everyone,
        };
        candidates.0.clone_from(&start.0);
        if let (Some(search), false) = (&self.search, odd) {
            for found in search.find_overlapping_iter(line) {
                for number in &self.owners[found.pattern().as_usize()] {
                    candidates.insert(*number);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(literals: &[Vec<Vec<u8>>], line: &str) -> Vec<usize> {
        let filter = Prefilter::new(literals.iter().map(Vec::as_slice));
        let mut candidates = Candidates::default();
        filter.candidates(line, &mut candidates);
        candidates.numbers().collect()
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
