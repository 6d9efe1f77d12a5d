//! Players by themselves: who comes, talks, goes, loses the connection.
//!
//! Owns the dice. Everything follows from the seed and from how time passes. Cannot fail.

use std::time::Duration;

use super::World;
use crate::log::{lines, traffic};
use crate::rng::Rng;

/// Who may come.
const REGULARS: [&str; 12] = [
    "alice",
    "Bob",
    "Dr.Gadorcha",
    "foo-bar",
    "Vladlena07",
    "engineer_9",
    "Mattie",
    "spaghetti",
    "Klonan2",
    "lena.k",
    "TheFrizz",
    "belt-balancer",
];
/// Who is turned away.
const STRANGER: &str = "old-timer";
/// What they talk about, besides mischief.
const TALK: [&str; 8] = [
    "hi all",
    "who took the last [item=iron-plate]?",
    "[gps=98,69]",
    "brb",
    "the trains are stuck again",
    "can somebody build more power please",
    "gg",
    "wb",
];
/// The mean time between two visits of one player.
const AWAY: f64 = 2.5 * 3_600.0;
/// The mean length of a visit.
const STAY: f64 = 40.0 * 60.0;
/// The mean time between two sentences of one player.
const SILENCE: f64 = 180.0;
/// The mean time between two clients that are turned away.
const TURNED_AWAY: f64 = 3.0 * 3_600.0;

/// The dice of all visitors.
#[derive(Debug)]
pub(super) struct Visitors {
    dice: Rng,
}

impl World {
    /// From now on players come and go by themselves.
    pub fn invite_visitors(&mut self, dice: Rng) {
        self.visitors = Some(Visitors { dice });
    }

    pub(super) fn let_visitors_act(&mut self, step: Duration) {
        // Nobody can come in, and nobody's keys do anything, while everything stands still.
        if self.is_blocked() {
            return;
        }
        let Some(Visitors { mut dice }) = self.visitors.take() else {
            return;
        };
        let seconds = step.as_secs_f64();
        for name in REGULARS {
            if self.is_online(name) {
                self.act(name, seconds, &mut dice);
            } else if dice.chance(seconds / AWAY) {
                // Who is turned away is in the log.
                let _refused = self.knock(name);
            }
        }
        if dice.chance(seconds / TURNED_AWAY) {
            self.turn_away(STRANGER, dice.pick::<&str>(&["ModsMismatch", "PasswordMismatch"]));
        }
        self.visitors = Some(Visitors { dice });
    }

    fn act(&mut self, name: &str, seconds: f64, dice: &mut Rng) {
        if dice.chance(seconds / STAY) {
            if dice.chance(0.1) {
                self.lose_connection(name);
            } else {
                self.leave(name);
            }
        } else if dice.chance(seconds / SILENCE) && !super::contains(&self.mutes, name) {
            match dice.below(20) {
                0 => self.tagged("SHOUT", &format!("{name}: can everybody hear me?")),
                1 => self.tagged("COLOR", &format!("{name}'s color is now green.")),
                2 | 3 => {
                    let text = dice.pick::<&str>(&traffic::MISCHIEF);
                    self.print(lines::chat(self.stamp(), name, text));
                }
                _ => self.chat(name, dice.pick::<&str>(&TALK)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_follows_from_its_seed() {
        let evening = |seed| {
            let mut world = World::default();
            world.invite_visitors(Rng::new(seed));
            world.pass(Duration::from_secs(4 * 3_600));
            world.take_console()
        };
        let lines = evening(5);
        assert_eq!(lines, evening(5));
        assert_ne!(lines, evening(6));
        for tag in ["[JOIN]", "[LEAVE]", "[CHAT]"] {
            assert!(
                lines.iter().filter(|line| line.contains(tag)).count() >= 5,
                "{lines:#?}"
            );
        }
    }
}
