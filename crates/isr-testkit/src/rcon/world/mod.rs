//! The small world behind the fake.
//!
//! Owns players, time, enemies, bans, admins, the whitelist and whether achievements are still on, and the console lines
//! that changes leave. How commands are answered is in `answer`. Cannot fail.

mod answer;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::log::lines::{self, Stamp};

/// When the clock of the server stood at tick 0.
const EPOCH: i64 = 1_790_000_000;
/// At normal speed.
const TICKS_PER_SECOND: u64 = 60;
/// The console lines that are kept for request id 0.
const CONSOLE_KEPT: usize = 10_000;

/// Enemies of one surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// As the game prints it.
    pub name: String,
    /// From 0 to 1.
    pub evolution: f64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Player {
    name: String,
    online: bool,
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// As `/version` prints it. Before 2.0 there is one evolution factor for all surfaces.
    pub version: String,
    /// As `/seed` prints it.
    pub seed: u32,
    /// How far the map has been played.
    pub ticks: u64,
    /// Surfaces with enemies.
    pub surfaces: Vec<Surface>,
    /// `/config get`: the whole reply for each key.
    pub config: BTreeMap<String, String>,
    players: Vec<Player>,
    admins: Vec<String>,
    bans: BTreeMap<String, String>,
    whitelist: Vec<String>,
    mutes: Vec<String>,
    console: Vec<String>,
    achievements: Achievements,
}

/// The way to the end of achievements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Achievements {
    On,
    /// The first Lua command only warns.
    Warned,
    Off,
}

impl Default for World {
    fn default() -> Self {
        let config = [
            ("name", "Server name: Nauvis by night"),
            ("description", "Server description: A test"),
            ("tags", "Server tags: test fake"),
            ("visibility-lan", "LAN visibility: false."),
            ("require-user-verification", "Verify user identity: true."),
            ("autosave-interval", "Autosave every 10 minutes."),
            ("afk-auto-kick", "AFK auto-kick is disabled."),
        ];
        Self {
            version: "2.0.77".into(),
            seed: 3_141_592_653,
            ticks: 0,
            surfaces: vec![Surface {
                name: "Nauvis".into(),
                evolution: 0.0,
            }],
            config: config.map(|(key, reply)| (key.into(), reply.into())).into(),
            players: Vec::new(),
            admins: Vec::new(),
            bans: BTreeMap::new(),
            whitelist: Vec::new(),
            mutes: Vec::new(),
            console: Vec::new(),
            achievements: Achievements::On,
        }
    }
}

impl World {
    /// A player joins, for the first time or again.
    pub fn join(&mut self, name: &str) {
        match self.player(name) {
            Some(player) => player.online = true,
            None => self.players.push(Player {
                name: name.to_owned(),
                online: true,
            }),
        }
        self.print(lines::join(self.stamp(), name));
    }

    /// A player leaves.
    pub fn leave(&mut self, name: &str) {
        if let Some(player) = self.player(name) {
            player.online = false;
            self.print(lines::leave(self.stamp(), name));
        }
    }

    /// A player says something.
    pub fn chat(&mut self, name: &str, text: &str) {
        self.print(lines::chat(self.stamp(), name, text));
    }

    /// Time passes at normal speed.
    pub fn pass(&mut self, time: Duration) {
        self.ticks += u64::try_from(time.as_millis()).unwrap_or(0) * TICKS_PER_SECOND / 1_000;
    }

    /// Whether somebody is there.
    #[must_use]
    pub fn has_players_online(&self) -> bool {
        self.players.iter().any(|player| player.online)
    }

    /// Whether the save still counts for achievements: no Lua has run.
    #[must_use]
    pub fn achievements_are_on(&self) -> bool {
        self.achievements != Achievements::Off
    }

    /// Whether no Lua was even tried.
    #[must_use]
    pub fn was_never_warned(&self) -> bool {
        self.achievements == Achievements::On
    }

    /// The console lines since the last call, as the console log has them.
    pub fn take_console(&mut self) -> Vec<String> {
        std::mem::take(&mut self.console)
    }

    fn print(&mut self, line: String) {
        if self.console.len() < CONSOLE_KEPT {
            self.console.push(line);
        }
    }

    fn tagged(&mut self, tag: &str, body: &str) {
        let line = lines::tagged(self.stamp(), tag, body);
        self.print(line);
    }

    fn stamp(&self) -> Stamp {
        Stamp::from_unix(EPOCH + i64::try_from(self.ticks / TICKS_PER_SECOND).unwrap_or(0))
    }

    fn player(&mut self, name: &str) -> Option<&mut Player> {
        self.players.iter_mut().find(|player| same(&player.name, name))
    }

    fn knows(&self, name: &str) -> bool {
        self.players.iter().any(|player| same(&player.name, name))
    }

    fn is_online(&self, name: &str) -> bool {
        self.players
            .iter()
            .any(|player| player.online && same(&player.name, name))
    }
}

/// Names compare without regard to case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
