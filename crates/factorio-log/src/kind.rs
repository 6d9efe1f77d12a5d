//! The names of everything the grammar can say.
//!
//! Owns the list and its stable spelling, which configurations, labels and JSON lines use. Must not know how a kind is
//! found or shown. An unknown name is [`UnknownKind`].

use std::fmt;
use std::str::FromStr;

/// Declares the kinds once, so that variant, name and list cannot drift apart.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)+) => {
        /// What sort of fact a line states.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $variant,)+
        }

        impl Kind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, such as `join` or `engine.state`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// A player came in.
    Join => "join",
    /// A player went.
    Leave => "leave",
    /// Chat of a player or of `<server>`.
    Chat => "chat",
    /// Chat to all forces.
    Shout => "shout",
    /// A Lua command was run.
    Command => "command",
    /// A player was kicked.
    Kick => "kick",
    /// A player was banned.
    Ban => "ban",
    /// A ban was lifted.
    Unban => "unban",
    /// A player was made admin, or will be.
    Promote => "promote",
    /// A player lost the admin right, or will.
    Demote => "demote",
    /// A player chose a colour.
    Color => "color",
    /// The game warns about a command.
    Warning => "warning",
    /// A Lua command failed.
    CommandError => "command_error",
    /// The console log begins.
    LogOpened => "log_opened",
    /// The console log ends.
    LogClosed => "log_closed",
    /// First line of a run: version and build.
    EngineVersion => "engine.version",
    /// The game listens for players.
    EngineHosting => "engine.hosting",
    /// A connection was refused; mostly a normal step of a login.
    EngineRefused => "engine.refused",
    /// The server changed its state.
    EngineState => "engine.state",
    /// A peer changed its state.
    EnginePeerState => "engine.peer_state",
    /// A peer was added.
    EnginePeerAdd => "engine.peer_add",
    /// A peer was removed.
    EnginePeerRemove => "engine.peer_remove",
    /// A peer said that it disconnects.
    EnginePeerDisconnect => "engine.peer_disconnect",
    /// A peer entered the map as a player.
    EnginePlayerJoinGame => "engine.player_join_game",
    /// The map is sent to a peer.
    EngineServingMap => "engine.serving_map",
    /// A peer's simulation differs from the server's.
    EngineDesync => "engine.desync",
    /// RCON listens.
    EngineRconReady => "engine.rcon_ready",
    /// An RCON client connected.
    EngineRconClient => "engine.rcon_client",
    /// A map is read.
    EngineLoadingMap => "engine.loading_map",
    /// The version that wrote the map.
    EngineMapVersion => "engine.map_version",
    /// An autosave began.
    EngineAutosave => "engine.autosave",
    /// A save began.
    EngineSaveStart => "engine.save_start",
    /// A save goes on.
    EngineSaveProgress => "engine.save_progress",
    /// A save ended.
    EngineSaveDone => "engine.save_done",
    /// A signal ends the server.
    EngineSignal => "engine.signal",
    /// The server quits, with a reason.
    EngineQuitting => "engine.quitting",
    /// Last line of a clean run.
    EngineGoodbye => "engine.goodbye",
    /// The public list took the game.
    EngineMatchingGame => "engine.matching_game",
    /// The public list is back.
    EngineMatchingOk => "engine.matching_ok",
    /// A name is checked against recommended bans: the earliest line of a login with a name.
    EngineBanCheck => "engine.ban_check",
    /// An achievement was unlocked (clients only).
    EngineAchievement => "engine.achievement",
    /// Output of a mod's or command's `log()`.
    EngineScript => "engine.script",
    /// An error of the engine.
    EngineError => "engine.error",
    /// A warning of the engine.
    EngineWarning => "engine.warning",
    /// The multiplayer connection is closed.
    EngineClosing => "engine.closing",
    /// A mod says that a player came in.
    ModJoin => "mod.join",
    /// A mod says that a player went.
    ModLeave => "mod.leave",
    /// A mod repeats chat.
    ModChat => "mod.chat",
    /// A mod has something to say to everyone.
    ModMessage => "mod.message",
    /// A mod has something to say to admins only.
    ModAdminMessage => "mod.admin_message",
    /// A mod says that a player died.
    ModDeath => "mod.death",
    /// A mod says that a rocket was launched.
    ModRocket => "mod.rocket",
    /// A mod says that research began.
    ModResearchStarted => "mod.research_started",
    /// A mod says that research ended.
    ModResearchFinished => "mod.research_finished",
    /// A mod says that research was cancelled.
    ModResearchCancelled => "mod.research_cancelled",
    /// A scenario repeats a ban.
    ModBan => "mod.ban",
    /// A mod says that a player used one of its commands.
    ModCommand => "mod.command",
    /// A player reported something to the admins.
    ModReport => "mod.report",
    /// A mod states the evolution of the enemies.
    ModEvolution => "mod.evolution",
    /// A mod states what a player built and how long they played.
    ModPlayerStats => "mod.player_stats",
    /// Promised form: a milestone was reached.
    Milestone => "milestone",
    /// Promised form: a task was finished.
    Task => "task",
    /// Promised form: a technology was researched.
    Research => "research",
    /// Promised form: a player died.
    Death => "death",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownKind;

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a kind of log line: `Kind::ALL` lists the names")
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == name)
            .ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_its_own_name_and_comes_back_from_it() {
        let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert_eq!("Join".parse::<Kind>(), Err(UnknownKind));
    }
}
