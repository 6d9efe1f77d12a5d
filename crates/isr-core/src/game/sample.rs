//! What one round of probes read.
//!
//! Owns the values that the game's answers become, each of which may be missing with the reason. Must not know how they
//! were asked for, nor the form of a reply. Texts in here are hostile: names of players and surfaces as the game has them.
//! Cannot fail.

use std::time::Duration;

use super::{Asked, Now};

/// A value, or why there is none.
pub type Read<T> = Result<T, Unread>;

/// Why a value is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
pub enum Unread {
    /// It was not this round's turn, or the configuration does not ask for it. What was known stays known.
    #[default]
    #[error("not asked for")]
    NotAsked,
    /// The question was not answered: the server is saving, or the connection ended.
    #[error("no answer")]
    NoAnswer,
    /// The game does not know the question: another version.
    #[error("this version of the game does not tell")]
    Unsupported,
    /// The answer was not understood; its beginning, for the operator's log. It is hostile text.
    #[error("the answer was not understood: {0:?}")]
    NotUnderstood(String),
}

/// One round of probes. [`Sample::empty`] is one that asked nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When the round ended.
    pub at: Now,
    /// Who is on the server, in the order in which they first joined the save (`/players online`).
    pub players: Read<Vec<String>>,
    /// How long the map has been played (`/time`).
    pub time: Read<TimeAnswer>,
    /// How far the enemies have evolved (`/evolution`).
    pub evolution: Read<Vec<Surface>>,
    /// The game's version, such as `2.0.77` (`/version`).
    pub version: Read<String>,
    /// The seed of the map (`/seed`).
    pub seed: Read<u64>,
    /// Who may administrate (`/admins`).
    pub admins: Read<Vec<String>>,
    /// What `/config get` told. Never holds the password.
    pub settings: Read<Vec<Setting>>,
    /// What Lua told, where the configuration allows it.
    pub exact: Read<Exact>,
}

impl Sample {
    /// A round that asked nothing.
    #[must_use]
    pub const fn empty(at: Now) -> Self {
        Self {
            at,
            players: Err(Unread::NotAsked),
            time: Err(Unread::NotAsked),
            evolution: Err(Unread::NotAsked),
            version: Err(Unread::NotAsked),
            seed: Err(Unread::NotAsked),
            admins: Err(Unread::NotAsked),
            settings: Err(Unread::NotAsked),
            exact: Err(Unread::NotAsked),
        }
    }

    /// Whether the game answered anything.
    #[must_use]
    pub fn was_answered(&self) -> bool {
        const fn is<T>(read: &Read<T>) -> bool {
            !matches!(read, Err(Unread::NotAsked | Unread::NoAnswer))
        }
        is(&self.players)
            || is(&self.time)
            || is(&self.evolution)
            || is(&self.version)
            || is(&self.seed)
            || is(&self.admins)
            || is(&self.settings)
            || is(&self.exact)
    }
}

/// The answer to `/time`: whole seconds of the game, 60 ticks each, cut down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeAnswer {
    /// When it was asked.
    pub asked: Asked,
    /// What it said.
    pub game_time: Duration,
}

/// How far the enemies of one surface have evolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// The surface's name; `None` before 2.0, where one factor holds for all.
    pub name: Option<String>,
    /// From 0 to 1.
    pub evolution: f64,
}

/// One setting of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its key, as `/config get` has it.
    pub key: String,
    /// Its value, as text.
    pub value: String,
}

/// What only Lua tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// When it was asked.
    pub asked: Asked,
    /// `game.tick`.
    pub tick: u64,
    /// `game.speed`: 1 is 60 ticks a second. Finite and above zero.
    pub speed: f64,
    /// `game.tick_paused`. The pause of an empty server is not told here.
    pub pausing: Pausing,
    /// What is being researched.
    pub research: Option<Research>,
    /// The space platforms of the players' force (since 2.0).
    pub platforms: Vec<Platform>,
    /// What was made most, most first; as many as were asked for.
    pub production: Vec<Production>,
    /// Rockets launched so far.
    pub rockets: Option<u64>,
}

/// Whether somebody stopped the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pausing {
    /// The game goes on.
    Going,
    /// Its ticks are paused.
    Paused,
}

/// A technology that is being researched.
#[derive(Debug, Clone, PartialEq)]
pub struct Research {
    /// Its inner name.
    pub technology: String,
    /// From 0 to 1.
    pub progress: f64,
}

/// A space platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// The name that players gave it.
    pub name: String,
    /// Its state, in the words of `defines.space_platform_state`.
    pub state: String,
    /// Where it is, by the inner name of the place, unless it is on its way.
    pub place: Option<String>,
}

/// How much of an item there was made and used so far, over all surfaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Production {
    /// Its inner name.
    pub item: String,
    /// Made.
    pub made: f64,
    /// Used up.
    pub used: f64,
}
