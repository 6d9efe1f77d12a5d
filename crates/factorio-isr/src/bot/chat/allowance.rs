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
#[derive(Debug)]
pub(super) struct Allowance {
    rate: Rate,
    windows: Windows,
    told: HashSet<u64>,
}

impl Allowance {
    /// So many lines of one person.
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            windows: Windows::default(),
            told: HashSet::new(),
        }
    }

    /// How many of so many lines may be said, the first ones. They count as said.
    pub(super) fn take(&mut self, author: u64, lines: usize, written_ms: i64) -> (usize, Excess) {
        let name = author.to_string();
        let granted = (0..lines)
            .take_while(|_| self.windows.take(&name, self.rate, written_ms))
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
        let mut allowance = Allowance::new(Rate::new(7, Duration::from_secs(10)));
        assert_eq!(allowance.take(1, 5, 0), (5, Excess::None));
        assert_eq!(allowance.take(1, 5, 1), (2, Excess::New), "the first lines of it");
        assert_eq!(allowance.take(1, 1, 2), (0, Excess::Known));
        assert_eq!(allowance.take(2, 5, 2), (5, Excess::None));
        assert_eq!(allowance.take(1, 1, 10_001), (1, Excess::None));
        assert_eq!(allowance.take(1, 5, 10_002), (5, Excess::None));
        let again = allowance.take(1, 5, 10_003);
        assert_eq!(again, (1, Excess::New), "and again after a pause");
    }

    #[test]
    fn a_crowd_takes_no_more_memory_than_its_bound() {
        let mut allowance = Allowance::new(Rate::new(1, Duration::from_secs(86_400)));
        for author in 0..10_000 {
            allowance.take(author, 2, 0);
        }
        assert!(allowance.told.len() <= Windows::MOST);
    }
}
