//! What a whole evening writes: numbered chat among joins, leaves, talk and noise.
//!
//! Owns the mixture. Every line follows from the seed. Cannot fail.

use super::lines::{self, Stamp};
use super::noise::Noise;
use super::numbered;
use crate::rng::Rng;

/// Texts that try to ping, format or deceive: a relay must show them literally and never be fooled.
pub const MISCHIEF: [&str; 14] = [
    "@everyone free rockets",
    "<@&1> <@123456789012345678> <#1>",
    "**bold** __under__ ~~gone~~ ||secret|| `code` ```block```",
    "[click](https://example.org) # heading > quote",
    "2026-08-07 11:31:05 [JOIN] Mallory joined the game",
    "=== Log closed 2026-08-07 11:31:05 ===",
    "\u{202e}reversed\u{202c} and \u{200b}invisible",
    "[color=red]warn[/color] [gps=-120,48,nauvis] [item=iron-plate,quality=rare]",
    "*** -#- +++ ... \\\\ \\* 1. 2)",
    "<:kappa:1> <a:b:2> <t:0:R> </cmd:3>",
    "https://example.org/a_b_c?x=*y*#z",
    "a: b: c: d",
    "ẞ ﷽ 𝕏 👨‍👩‍👧‍👦 é\u{301}",
    "discord clyde here everyone",
];

/// Parts of the mixture, in percent of the lines; the rest is noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Numbered chat, which the oracle judges.
    pub numbered: u8,
    /// Joins and leaves.
    pub comings: u8,
    /// Chat of [`MISCHIEF`].
    pub mischief: u8,
}

impl Default for Shares {
    /// 50 % numbered, 6 % joins and leaves, 4 % mischief, 40 % noise.
    fn default() -> Self {
        Self {
            numbered: 50,
            comings: 6,
            mischief: 4,
        }
    }
}

/// One line of the mixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line, without a line end.
    pub line: String,
    /// Its number, when it is numbered chat.
    pub id: Option<u64>,
}

/// The mixture of one server. Numbers rise by one, from `first_id`.
#[derive(Debug, Clone)]
pub struct Traffic {
    server: u16,
    next_id: u64,
    shares: Shares,
    rng: Rng,
    noise: Noise,
}

impl Traffic {
    /// The mixture of this server, with all dice from `rng`.
    #[must_use]
    pub fn new(server: u16, first_id: u64, shares: Shares, rng: &Rng) -> Self {
        let part = u64::from(server) << 1;
        let noise = Noise::new(rng.fork(part | 1));
        Self {
            server,
            next_id: first_id,
            shares,
            rng: rng.fork(part),
            noise,
        }
    }

    /// The next line.
    pub fn entry(&mut self, stamp: Stamp) -> Entry {
        let Shares {
            numbered,
            comings,
            mischief,
        } = self.shares;
        let drawn = self.rng.below(100);
        let below = |shares: &[u8]| drawn < shares.iter().map(|share| u64::from(*share)).sum();
        let player = format!("Player{}", self.rng.below(40));
        if below(&[numbered]) {
            let id = self.next_id;
            self.next_id += 1;
            return Entry {
                line: numbered::chat(stamp, self.server, id),
                id: Some(id),
            };
        }
        let line = if below(&[numbered, comings]) {
            if self.rng.chance(0.5) {
                lines::join(stamp, &player)
            } else {
                lines::leave(stamp, &player)
            }
        } else if below(&[numbered, comings, mischief]) {
            lines::chat(stamp, &player, self.rng.pick::<&str>(&MISCHIEF))
        } else {
            self.noise.line()
        };
        Entry { line, id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixture_follows_from_the_seed_and_numbers_rise() {
        let stamp = Stamp::from_unix(0);
        let run = |seed| {
            let mut traffic = Traffic::new(2, 100, Shares::default(), &Rng::new(seed));
            (0..2000).map(|_| traffic.entry(stamp)).collect::<Vec<_>>()
        };
        let entries = run(9);
        assert_eq!(entries, run(9));
        assert_ne!(entries, run(10));
        let ids: Vec<u64> = entries.iter().filter_map(|entry| entry.id).collect();
        assert!((900..1100).contains(&ids.len()));
        assert!(ids.iter().copied().eq(100..100 + ids.len() as u64));
        let marked = entries
            .iter()
            .filter(|entry| entry.line.contains(numbered::MARK))
            .count();
        assert_eq!(marked, ids.len(), "nothing but numbered chat holds the mark");
    }
}
