//! The small world behind the fake.
//!
//! Owns players, time, enemies, bans, admins, the whitelist and whether achievements are still on. Its parts: how time
//! passes (`time`), who comes and goes (`people`, `visitors`), the process around the map (`process`, `saves`), what it
//! makes (`industry`), where its lines go (`chronicle`), what it answers to commands (`answer`, `moderation`, and with the
//! feature `lua` `lua`). Cannot fail.

mod answer;
mod chronicle;
mod industry;
#[cfg(feature = "lua")]
mod lua;
mod moderation;
mod people;
mod process;
mod saves;
mod time;
mod visitors;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

pub use industry::{Industry, Platform};
pub use saves::{Autosave, SaveOutcome, SaveWay};
pub use time::Pause;

use crate::log::lines::{self, Stamp};
use chronicle::Chronicle;
use people::Player;
use process::Process;
use saves::Saves;
use visitors::Visitors;

/// The date at the beginning of a world, unless a test sets another.
const EPOCH: i64 = 1_790_000_000;
/// At normal speed.
const TICKS_PER_SECOND: u64 = 60;

/// Enemies of one surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// As the game prints it.
    pub name: String,
    /// From 0 to 1.
    pub evolution: f64,
}

/// The world. What is public may be set at any time, the rest changes as in the game.
#[derive(Debug)]
pub struct World {
    /// As `/version` prints it. Before 2.0 there is one evolution factor for all surfaces.
    pub version: String,
    /// As `/seed` prints it.
    pub seed: u32,
    /// How far the map has been played.
    pub ticks: u64,
    /// `game.speed`: 1 is 60 updates per second.
    pub speed: f64,
    /// The most updates per second that the machine manages.
    pub top_ups: f64,
    /// What holds the game still besides saves and an empty server.
    pub pause: Pause,
    /// Whether the game stands still while nobody is there, as it does unless its settings say otherwise. Off at first, so
    /// that a test about something else needs no player.
    pub auto_pause: bool,
    /// Whether the factory works and enemies evolve by themselves. Off at first.
    pub industry: Industry,
    /// When and how the game saves by itself.
    pub autosave: Autosave,
    /// Surfaces with enemies.
    pub surfaces: Vec<Surface>,
    /// `/config get`: the whole reply for each key.
    pub config: BTreeMap<String, String>,
    /// Whether only those on the whitelist may come in.
    pub whitelist_on: bool,
    /// Space platforms; 2.0 and later.
    pub platforms: Vec<Platform>,
    /// What mods let a busy factory make as well: the inner name of an item, and how many a minute.
    pub mod_items: Vec<(String, f64)>,
    players: Vec<Player>,
    admins: Vec<String>,
    bans: BTreeMap<String, String>,
    whitelist: Vec<String>,
    mutes: Vec<String>,
    chronicle: Chronicle,
    achievements: Achievements,
    /// Seconds from 1970 to the beginning, in the server's own zone.
    epoch_s: i64,
    /// Time since the beginning, played or not.
    wall: Duration,
    /// Parts of a tick that have passed.
    begun_tick: f64,
    process: Process,
    saves: Saves,
    works: industry::Works,
    visitors: Option<Visitors>,
    /// What scripts wrote, by file name.
    #[cfg(feature = "lua")]
    pub script_output: BTreeMap<String, String>,
    #[cfg(feature = "lua")]
    lua: Option<lua::Interpreter>,
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
            speed: 1.0,
            top_ups: f64::INFINITY,
            pause: Pause::None,
            auto_pause: false,
            industry: Industry::Still,
            autosave: Autosave::default(),
            surfaces: vec![Surface {
                name: "Nauvis".into(),
                evolution: 0.0,
            }],
            config: config.map(|(key, reply)| (key.into(), reply.into())).into(),
            whitelist_on: false,
            platforms: Vec::new(),
            mod_items: Vec::new(),
            players: Vec::new(),
            admins: Vec::new(),
            bans: BTreeMap::new(),
            whitelist: Vec::new(),
            mutes: Vec::new(),
            chronicle: Chronicle::default(),
            achievements: Achievements::On,
            epoch_s: EPOCH,
            wall: Duration::ZERO,
            begun_tick: 0.0,
            process: Process::default(),
            saves: Saves::default(),
            works: industry::Works::default(),
            visitors: None,
            #[cfg(feature = "lua")]
            script_output: BTreeMap::new(),
            #[cfg(feature = "lua")]
            lua: None,
        }
    }
}

impl World {
    /// Writes `console.log`, `factorio-current.log` and `stdout.log` (both streams together) in this folder from now on,
    /// with the beginning of a run.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn write_logs(&mut self, folder: &Path) -> io::Result<()> {
        self.chronicle.open(folder)?;
        self.tell_of_the_start();
        Ok(())
    }

    /// What went wrong first when a log was written.
    #[must_use]
    pub fn log_fault(&self) -> Option<&str> {
        self.chronicle.fault()
    }

    /// A player says something.
    pub fn chat(&mut self, name: &str, text: &str) {
        self.print(lines::chat(self.stamp(), name, text));
    }

    /// Whether somebody is there.
    #[must_use]
    pub fn has_players_online(&self) -> bool {
        self.players.iter().any(|player| player.online)
    }

    /// The names of those who are there.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        let online = self.players.iter().filter(|player| player.online);
        online.map(|player| player.name.as_str())
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
        self.chronicle.take_pending()
    }

    fn print(&mut self, line: String) {
        self.chronicle.console(line);
    }

    fn tagged(&mut self, tag: &str, body: &str) {
        let line = lines::tagged(self.stamp(), tag, body);
        self.print(line);
    }

    fn engine(&mut self, text: impl AsRef<str>) {
        self.chronicle.engine(self.uptime(), text.as_ref());
    }

    /// The wall clock of the server.
    fn stamp(&self) -> Stamp {
        let passed = i64::try_from(self.wall.as_secs()).unwrap_or(0);
        Stamp::from_unix(self.epoch_s.saturating_add(passed))
    }
}

/// Names compare without regard to case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|listed| same(listed, name))
}

/// Takes a name out of a list; says whether it was there.
fn take(names: &mut Vec<String>, name: &str) -> bool {
    let before = names.len();
    names.retain(|listed| !same(listed, name));
    names.len() < before
}
