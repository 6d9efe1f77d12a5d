//! What can be posted: typed facts of one server, with the player's words as they were.
//!
//! Owns the event type that the grammar's facts become and that every voice renders. The texts in here are hostile
//! and unescaped; only bad UTF-8 has been replaced. Must not know Discord. Cannot fail.

mod kind;
mod read;

pub use kind::{Audience, EventKind, Selection};
pub use read::event_of;

use std::time::Duration;

use crate::delivery::KindName;
use crate::pattern::{Custom, Profile};

/// One fact worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A player joined.
    Join {
        /// The player.
        player: String,
    },
    /// A player left.
    Leave {
        /// The player.
        player: String,
    },
    /// A player said something.
    Chat {
        /// The player.
        player: String,
        /// What was said.
        text: String,
    },
    /// A player said something to all forces.
    Shout {
        /// The player.
        player: String,
        /// What was said.
        text: String,
    },
    /// Text typed at the server or sent by RCON.
    ServerChat {
        /// What was said.
        text: String,
    },
    /// A player reached a milestone.
    Milestone {
        /// The player.
        player: String,
        /// Its name.
        text: String,
    },
    /// A player finished a task.
    Task {
        /// The player.
        player: String,
        /// Its name.
        text: String,
    },
    /// A technology was researched.
    Research {
        /// Its name, as the line has it.
        technology: String,
    },
    /// Research of a technology began.
    ResearchStarted {
        /// Its name, as the line has it.
        technology: String,
    },
    /// Research of a technology was given up.
    ResearchCancelled {
        /// Its name, as the line has it.
        technology: String,
    },
    /// A player died.
    Death {
        /// The player.
        player: String,
        /// What or who killed the player.
        cause: Option<String>,
    },
    /// A rocket was launched.
    Rocket {
        /// How many have been launched, this one included.
        count: Option<u64>,
    },
    /// A mod or a scenario has something to say to everyone.
    Message {
        /// Its words.
        text: String,
    },
    /// A player was kicked.
    Kick {
        /// The player.
        player: String,
        /// Who did it.
        by: Actor,
        /// Why, unless no reason was given.
        reason: Option<String>,
    },
    /// A player was banned.
    Ban {
        /// The player.
        player: String,
        /// Who did it.
        by: Actor,
        /// Why, unless no reason was given.
        reason: Option<String>,
    },
    /// A ban was lifted.
    Unban {
        /// The player.
        player: String,
        /// Who did it.
        by: Actor,
    },
    /// A player became an admin.
    Promote {
        /// The player.
        player: String,
        /// Who did it.
        by: Actor,
        /// From when on.
        effect: Effect,
    },
    /// A player is no longer an admin.
    Demote {
        /// The player.
        player: String,
        /// Who did it.
        by: Actor,
        /// From when on.
        effect: Effect,
    },
    /// The server is ready for players.
    ServerStarted {
        /// The game's version, where the stream tells it.
        version: Option<String>,
    },
    /// The server ended in order.
    ServerStopped {
        /// Why, in the engine's word (`signal`, `remote-quit` …), where the stream tells it.
        reason: Option<String>,
    },
    /// The server ended otherwise.
    ServerCrashed {
        /// What is known about it.
        evidence: Evidence,
    },
    /// A player's game went out of step.
    Desync {
        /// The engine's number of the connection; the line does not tell the name.
        peer: Option<u64>,
    },
    /// A Lua command was run.
    Command {
        /// Who ran it.
        by: Actor,
        /// The first line of the Lua text.
        text: String,
    },
    /// A Lua command failed.
    CommandError {
        /// The engine's words.
        text: String,
    },
    /// The game warned somebody.
    Warning {
        /// The player concerned, when the text names one.
        player: Option<String>,
        /// The game's words.
        text: String,
    },
    /// A player changed colour.
    Color {
        /// The player.
        player: String,
        /// The colour's name or numbers.
        color: String,
    },
    /// A player was refused.
    Refused {
        /// The name that was given; may be empty.
        player: String,
        /// The protocol's word, or prose in old versions.
        reason: String,
    },
    /// The game appeared in the public list, or was taken back into it.
    Matching,
    /// A mod or a scenario has something to say to admins.
    AdminMessage {
        /// Its words.
        text: String,
    },
    /// A player reported something to the admins.
    Report {
        /// Player and words, as the mod writes them.
        text: String,
    },
    /// The engine reported an error that did not end the server.
    EngineError {
        /// The engine's words, in the language of the server.
        text: String,
    },
    /// The game took long to save.
    SlowSave {
        /// How long.
        took: Duration,
    },
    /// What a pattern made of a line.
    Custom(Box<Custom>),
}

/// Who did something to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A player or an admin.
    Player(String),
    /// The server's console or RCON: the log does not tell them apart.
    Server,
    /// Lua of a mod or a scenario.
    Script,
}

impl Actor {
    /// Reads the name as the log writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "<server>" => Self::Server,
            "<script>" => Self::Script,
            name => Self::Player(name.to_owned()),
        }
    }
}

/// From when on a promotion or demotion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// At once.
    Now,
    /// When the player joins the next time.
    OnJoining,
}

/// How we know that a server crashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The engine said so, in these words.
    Error(String),
    /// A new run began and the run before it had not said goodbye: a crash, a kill or a power cut.
    NoGoodbye,
}

impl Event {
    /// The player who did it, or to whom it was done, where the game itself says so. Whoever was refused may have typed
    /// any name, and an admin's pattern finds what it likes: neither is meant.
    #[must_use]
    pub fn player(&self) -> Option<&str> {
        match self {
            Self::Join { player }
            | Self::Leave { player }
            | Self::Chat { player, .. }
            | Self::Shout { player, .. }
            | Self::Milestone { player, .. }
            | Self::Task { player, .. }
            | Self::Death { player, .. }
            | Self::Kick { player, .. }
            | Self::Ban { player, .. }
            | Self::Unban { player, .. }
            | Self::Promote { player, .. }
            | Self::Demote { player, .. }
            | Self::Color { player, .. } => Some(player),
            _ => None,
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Join { .. } => EventKind::Join,
            Self::Leave { .. } => EventKind::Leave,
            Self::Chat { .. } => EventKind::Chat,
            Self::Shout { .. } => EventKind::Shout,
            Self::ServerChat { .. } => EventKind::ServerChat,
            Self::Milestone { .. } => EventKind::Milestone,
            Self::Task { .. } => EventKind::Task,
            Self::Research { .. } => EventKind::Research,
            Self::ResearchStarted { .. } => EventKind::ResearchStarted,
            Self::ResearchCancelled { .. } => EventKind::ResearchCancelled,
            Self::Death { .. } => EventKind::Death,
            Self::Rocket { .. } => EventKind::Rocket,
            Self::Message { .. } => EventKind::Message,
            Self::Kick { .. } => EventKind::Kick,
            Self::Ban { .. } => EventKind::Ban,
            Self::Unban { .. } => EventKind::Unban,
            Self::Promote { .. } => EventKind::Promote,
            Self::Demote { .. } => EventKind::Demote,
            Self::ServerStarted { .. } => EventKind::ServerStarted,
            Self::ServerStopped { .. } => EventKind::ServerStopped,
            Self::ServerCrashed { .. } => EventKind::ServerCrashed,
            Self::Desync { .. } => EventKind::Desync,
            Self::Command { .. } => EventKind::Command,
            Self::CommandError { .. } => EventKind::CommandError,
            Self::Warning { .. } => EventKind::Warning,
            Self::Color { .. } => EventKind::Color,
            Self::Refused { .. } => EventKind::Refused,
            Self::Matching => EventKind::Matching,
            Self::AdminMessage { .. } => EventKind::AdminMessage,
            Self::Report { .. } => EventKind::Report,
            Self::EngineError { .. } => EventKind::EngineError,
            Self::SlowSave { .. } => EventKind::SlowSave,
            Self::Custom(custom) => custom.profile.class,
        }
    }

    /// The name of its kind: that of [`Event::kind`], or the one that a pattern gave it (`server`, `mod.silo` …).
    #[must_use]
    pub fn kind_name(&self) -> KindName {
        match self {
            Self::Custom(custom) => custom.profile.kind.clone(),
            event => event.kind().into(),
        }
    }

    /// The same name, borrowed.
    #[must_use]
    pub fn kind_str(&self) -> &str {
        match self {
            Self::Custom(custom) => custom.profile.kind.as_str(),
            event => event.kind().as_str(),
        }
    }

    /// The pattern that made it, if one did.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Self::Custom(custom) => Some(&custom.profile),
            _ => None,
        }
    }

    /// The event as the program understands the line by itself, also where a pattern speaks for it: for statistics and
    /// the like. `None` where only a pattern understands it.
    #[must_use]
    pub fn understood(&self) -> Option<&Self> {
        match self {
            Self::Custom(custom) => custom.replaces.as_ref(),
            event => Some(event),
        }
    }

    /// The player who came or went, so that the one can be merged with the other.
    #[must_use]
    pub fn mover(&self) -> Option<&str> {
        match self {
            Self::Join { player } | Self::Leave { player } => Some(player),
            Self::Custom(custom) if matches!(custom.profile.kind.as_str(), "join" | "leave") => {
                custom.player.as_deref()
            }
            _ => None,
        }
    }

    /// The player who speaks, for a webhook that posts chat under players' names.
    #[must_use]
    pub fn speaker(&self) -> Option<&str> {
        match self {
            Self::Chat { player, .. } | Self::Shout { player, .. } => Some(player),
            Self::Custom(custom) if custom.profile.class == EventKind::Chat && custom.message.is_some() => {
                custom.player.as_deref()
            }
            _ => None,
        }
    }
}
