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
    /// Who is banned (`/banlist get`).
    pub bans: Read<Vec<String>>,
    /// Who is on the whitelist (`/whitelist get`), whether it is switched on or not.
    pub whitelist: Read<Vec<String>>,
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
            bans: Err(Unread::NotAsked),
            whitelist: Err(Unread::NotAsked),
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
            || is(&self.bans)
            || is(&self.whitelist)
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
    /// Its value, as text; `None` where the game did not tell it, or not in words that are known.
    pub value: Option<String>,
}

/// What only Lua tells. A part that was not asked for this time is [`Unread::NotAsked`].
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
    /// What is being researched; `None` inside: nothing.
    pub research: Read<Option<Technology>>,
    /// What is to be researched after it, in order.
    pub queue: Read<Vec<Technology>>,
    /// The space platforms of the players' force (since 2.0).
    pub platforms: Read<Platforms>,
    /// What was made most in the last minute; per surface most first.
    pub production: Read<Vec<Production>>,
    /// Rockets launched so far.
    pub rockets: Read<u64>,
}

impl Exact {
    /// This, and what was known before of the parts that were not asked for.
    #[must_use]
    pub fn over(self, before: &Self) -> Self {
        fn part<T: Clone>(now: Read<T>, before: &Read<T>) -> Read<T> {
            match now {
                Err(Unread::NotAsked) => before.clone(),
                told => told,
            }
        }
        Self {
            research: part(self.research, &before.research),
            queue: part(self.queue, &before.queue),
            platforms: part(self.platforms, &before.platforms),
            production: part(self.production, &before.production),
            rockets: part(self.rockets, &before.rockets),
            ..self
        }
    }
}

/// Whether somebody stopped the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pausing {
    /// The game goes on.
    Going,
    /// Its ticks are paused.
    Paused,
}

/// A technology that is researched or waits for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Technology {
    /// Its inner name.
    pub name: String,
    /// Its level; 0 where that is not told.
    pub level: u32,
    /// From 0 to 1.
    pub progress: f64,
}

/// The space platforms of a force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Platforms {
    /// As many of them as were told.
    pub listed: Vec<Platform>,
    /// How many there are.
    pub count: u32,
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

/// What kind of thing is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Matter {
    /// Items.
    Item,
    /// A fluid.
    Fluid,
}

/// How much of something was made and used in the last minute, as the game's own statistics show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Production {
    /// The inner name of the surface; `None` before 2.0, where all are one.
    pub surface: Option<String>,
    /// What kind of thing it is.
    pub matter: Matter,
    /// Its inner name.
    pub name: String,
    /// Made per minute.
    pub made: f64,
    /// Used up per minute.
    pub used: f64,
}
