//! The words on the picture of a server's day.
//!
//! Owns which words there are. Must not know how they are drawn. Cannot fail.

use crate::voice::{GameWord, Words};

/// The words on the picture of a day.
#[derive(Debug, Clone, Copy)]
pub struct DayWords<'a>(&'a Words);

impl<'a> DayWords<'a> {
    /// Those of a language.
    #[must_use]
    pub const fn new(words: &'a Words) -> Self {
        Self(words)
    }

    /// Which day it is; `until` is a finished time.
    #[must_use]
    pub fn until(&self, until: &str) -> String {
        self.0.game.fill(GameWord::DayUntil, &[("until", until)])
    }

    /// What stands above the picture where it is posted.
    #[must_use]
    pub fn posted(&self) -> &'a str {
        self.0.game.get(GameWord::DayPosted)
    }

    /// The headings of the two plots: players, updates per second.
    #[must_use]
    pub fn headings(&self) -> [&'a str; 2] {
        [GameWord::Players, GameWord::DayUps].map(|word| self.0.game.get(word))
    }

    /// Below the figures: players now, at most, updates per second on average and at worst, how much was seen.
    #[must_use]
    pub fn figures(&self) -> [&'a str; 5] {
        [
            GameWord::DayNow,
            GameWord::DayMost,
            GameWord::DayAverage,
            GameWord::DayWorst,
            GameWord::DaySeen,
        ]
        .map(|word| self.0.game.get(word))
    }

    /// What the colours mean: slow, stood, not known.
    #[must_use]
    pub fn colours(&self) -> [&'a str; 3] {
        [GameWord::DaySlow, GameWord::DayStood, GameWord::DayUnknown].map(|word| self.0.game.get(word))
    }

    /// A moment as people of this language write it.
    #[must_use]
    pub fn moment(&self, at: jiff::civil::DateTime) -> String {
        self.0.recap.moment(at)
    }
}
