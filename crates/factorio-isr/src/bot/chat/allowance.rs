//! How much one person may say in a game.
//!
//! Owns who said how many lines lately, and who was told that it was too much: once, until the same person writes within
//! the rate again. Bounded: of 256 people the one who was quiet for longest is forgotten. Pure; the time of a message is
//! that of its id, so that what was missed counts for when it was written. Cannot fail.

use std::collections::HashSet;

use isr_core::rate::{Rate, Windows};

/// Whether somebody has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// Everything is within the rate.
    None,
    /// Some of it is not, and the writer does not know yet.
    New,
    /// Some of it is not, as before.
    Known,
}

/// What people said lately in one game.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    windows: Windows,
    told: HashSet<u64>,
}

impl Allowance {
    /// How many of so many lines may be said, the first ones. They count as said.
    pub(super) fn take(&mut self, rate: Rate, author: u64, lines: usize, written_ms: i64) -> (usize, Excess) {
        if lines == 0 {
            return (0, Excess::None);
        }
        let name = author.to_string();
        let granted = (0..lines)
            .take_while(|_| self.windows.take(&name, rate, written_ms))
            .count();
        if granted == lines {
            self.told.remove(&author);
            return (granted, Excess::None);
        }
        if self.told.len() >= Windows::MOST {
            self.told.clear();
        }
        let excess = if self.told.insert(author) {
            Excess::New
        } else {
            Excess::Known
        };
        (granted, excess)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_person_is_told_once_and_others_are_not_concerned() {
        let mut all = Allowance::default();
        let mut take = |author, lines, at| all.take(Rate::new(7, Duration::from_secs(10)), author, lines, at);
        assert_eq!(take(1, 5, 0), (5, Excess::None));
        assert_eq!(take(1, 5, 1), (2, Excess::New), "the first lines of it");
        assert_eq!(take(1, 1, 2), (0, Excess::Known));
        assert_eq!(take(1, 0, 2), (0, Excess::None), "nothing to say");
        assert_eq!(take(1, 1, 2), (0, Excess::Known));
        assert_eq!(take(2, 5, 2), (5, Excess::None));
        assert_eq!(take(1, 1, 10_001), (1, Excess::None));
        assert_eq!(take(1, 5, 10_002), (5, Excess::None));
        let again = take(1, 5, 10_003);
        assert_eq!(again, (1, Excess::New), "and again after a pause");
    }

    #[test]
    fn a_crowd_takes_no_more_memory_than_its_bound() {
        let (mut allowance, rate) = (Allowance::default(), Rate::new(1, Duration::from_secs(86_400)));
        for author in 0..10_000 {
            allowance.take(rate, author, 2, 0);
        }
        assert!(allowance.told.len() <= Windows::MOST);
    }
}
