//! How time passes.
//!
//! Owns the two clocks: the one on the wall, which always goes, and the ticks of the map, which stand still while the game
//! is paused, empty, in a blocking save or not running, and are as fast as speed and machine allow. Cannot fail.

use std::time::Duration;

use super::{TICKS_PER_SECOND, World};

/// Things that happen by themselves are looked for this often.
const STEP: Duration = Duration::from_secs(1);

/// What holds the game still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Nothing.
    None,
    /// A player who may.
    ByPlayer,
    /// `game.tick_paused`, set by Lua.
    ByLua,
}

impl World {
    /// The date is this now (seconds since 1970, in the server's own zone).
    pub fn set_date(&mut self, unix_s: i64) {
        let passed = i64::try_from(self.wall.as_secs()).unwrap_or(0);
        self.epoch_s = unix_s.saturating_sub(passed);
    }

    /// Time passes, and what happens by itself happens.
    pub fn pass(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(STEP);
            self.step(step);
            left -= step;
        }
    }

    /// The updates per second that the game makes now.
    #[must_use]
    pub fn ups(&self) -> f64 {
        if self.stands_still() {
            0.0
        } else {
            (self.speed * TICKS_PER_SECOND as f64).min(self.top_ups)
        }
    }

    fn stands_still(&self) -> bool {
        let is_empty = self.auto_pause && !self.has_players_online();
        is_empty || self.pause != Pause::None || self.is_blocked() || !self.is_running()
    }

    fn step(&mut self, step: Duration) {
        self.wall += step;
        if !self.is_running() {
            return;
        }
        self.begun_tick += self.ups() * step.as_secs_f64();
        let whole = self.begun_tick.floor();
        self.begun_tick -= whole;
        // Far below 2^53.
        let ticks = whole as u64;
        self.ticks += ticks;
        self.work(ticks);
        self.keep_saving(ticks);
        self.let_visitors_act(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn ticks_follow_speed_machine_and_pauses() {
        let mut world = World::default();
        let played = |world: &mut World, time| {
            let before = world.ticks;
            world.pass(time);
            world.ticks - before
        };
        assert_eq!(played(&mut world, HOUR), 216_000);
        world.speed = 2.0;
        assert_eq!(played(&mut world, HOUR), 432_000);
        world.top_ups = 45.5;
        assert_eq!(played(&mut world, HOUR), 163_800);
        world.pause = Pause::ByPlayer;
        assert_eq!(played(&mut world, HOUR), 0);
        world.pause = Pause::None;
        world.auto_pause = true;
        assert_eq!(played(&mut world, HOUR), 0);
        world.join("alice");
        assert_eq!(played(&mut world, Duration::from_millis(500)), 22);
        assert_eq!(played(&mut world, Duration::from_millis(500)), 23);
    }

    #[test]
    fn the_wall_clock_goes_on_while_the_game_stands() {
        let mut world = World {
            auto_pause: true,
            ..World::default()
        };
        world.set_date(0);
        world.pass(HOUR);
        assert_eq!(world.ticks, 0);
        world.chat("alice", "hi");
        assert_eq!(world.take_console(), ["1970-01-01 01:00:00 [CHAT] alice: hi"]);
    }
}
