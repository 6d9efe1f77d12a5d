//! The kinds of events, their names, and who may see them.
//!
//! Owns what is posted by default and which kinds are for admins only. Must not know lines or wording. Cannot fail.

use std::fmt;

/// What an event tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// A player joined.
    Join,
    /// A player left.
    Leave,
    /// A player said something.
    Chat,
    /// A player said something to all forces.
    Shout,
    /// Text typed at the server or sent by RCON.
    ServerChat,
    /// A player reached a milestone (a mod's line).
    Milestone,
    /// A player finished a task (a mod's line).
    Task,
    /// A technology was researched (a mod's line).
    Research,
    /// Research of a technology began (a mod's line).
    ResearchStarted,
    /// Research of a technology was given up (a mod's line).
    ResearchCancelled,
    /// A player died (a mod's line).
    Death,
    /// A rocket was launched (a mod's line).
    Rocket,
    /// A mod or a scenario has something to say to everyone.
    Message,
    /// A player was kicked.
    Kick,
    /// A player was banned.
    Ban,
    /// A ban was lifted.
    Unban,
    /// A player became an admin.
    Promote,
    /// A player is no longer an admin.
    Demote,
    /// The server is ready for players.
    ServerStarted,
    /// The server ended in order.
    ServerStopped,
    /// The server ended by an error, or without a goodbye.
    ServerCrashed,
    /// A player's game went out of step with the server's.
    Desync,
    /// A Lua command was run.
    Command,
    /// A Lua command failed.
    CommandError,
    /// The game warned somebody, for example that a command ends achievements.
    Warning,
    /// A player changed colour.
    Color,
    /// A player was refused, for a reason that is not a step of the normal login.
    Refused,
    /// The game appeared in the public list, or was taken back into it.
    Matching,
    /// A mod or a scenario has something to say to admins.
    AdminMessage,
    /// A player reported something to the admins (a mod's line).
    Report,
    /// The engine reported an error that did not end the server.
    EngineError,
    /// The game took long to save.
    SlowSave,
    /// A pattern made it, with a kind of its own.
    Custom,
}

/// Who may see a kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Any destination.
    Everyone,
    /// Only a destination that the configuration names for admins.
    Admins,
}

impl EventKind {
    /// All kinds, in the order in which lists show them.
    pub const ALL: [Self; 33] = [
        Self::Join,
        Self::Leave,
        Self::Chat,
        Self::Shout,
        Self::ServerChat,
        Self::Milestone,
        Self::Task,
        Self::Research,
        Self::ResearchStarted,
        Self::ResearchCancelled,
        Self::Death,
        Self::Rocket,
        Self::Message,
        Self::Kick,
        Self::Ban,
        Self::Unban,
        Self::Promote,
        Self::Demote,
        Self::ServerStarted,
        Self::ServerStopped,
        Self::ServerCrashed,
        Self::Desync,
        Self::Command,
        Self::CommandError,
        Self::Warning,
        Self::Color,
        Self::Refused,
        Self::Matching,
        Self::AdminMessage,
        Self::Report,
        Self::EngineError,
        Self::SlowSave,
        Self::Custom,
    ];

    /// The stable name: in the configuration, the outbox and metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Chat => "chat",
            Self::Shout => "shout",
            Self::ServerChat => "server_chat",
            Self::Milestone => "milestone",
            Self::Task => "task",
            Self::Research => "research",
            Self::ResearchStarted => "research_started",
            Self::ResearchCancelled => "research_cancelled",
            Self::Death => "death",
            Self::Rocket => "rocket",
            Self::Message => "message",
            Self::Kick => "kick",
            Self::Ban => "ban",
            Self::Unban => "unban",
            Self::Promote => "promote",
            Self::Demote => "demote",
            Self::ServerStarted => "server_started",
            Self::ServerStopped => "server_stopped",
            Self::ServerCrashed => "server_crashed",
            Self::Desync => "desync",
            Self::Command => "command",
            Self::CommandError => "command_error",
            Self::Warning => "warning",
            Self::Color => "color",
            Self::Refused => "refused",
            Self::Matching => "matching",
            Self::AdminMessage => "admin_message",
            Self::Report => "report",
            Self::EngineError => "engine_error",
            Self::SlowSave => "slow_save",
            Self::Custom => "custom",
        }
    }

    /// The reverse of [`EventKind::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Who may see it.
    #[must_use]
    pub const fn audience(self) -> Audience {
        match self {
            Self::Command
            | Self::CommandError
            | Self::Warning
            | Self::Color
            | Self::Refused
            | Self::Matching
            | Self::AdminMessage
            | Self::Report
            | Self::EngineError => Audience::Admins,
            _ => Audience::Everyone,
        }
    }

    /// Whether it is posted when the configuration says nothing: what is for admins only is not.
    #[must_use]
    pub const fn is_on_by_default(self) -> bool {
        matches!(self.audience(), Audience::Everyone)
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which kinds a server posts. The default is what [`EventKind::is_on_by_default`] says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Selection(u64);

impl Selection {
    /// No kind at all.
    pub const NONE: Self = Self(0);

    /// Every kind.
    pub const ALL: Self = Self(u64::MAX);

    /// This selection and one kind more.
    #[must_use]
    pub const fn with(self, kind: EventKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// This selection without one kind.
    #[must_use]
    pub const fn without(self, kind: EventKind) -> Self {
        Self(self.0 & !kind.bit())
    }

    /// Whether a kind is selected.
    #[must_use]
    pub const fn contains(self, kind: EventKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether a kind goes to a destination of that audience: it is selected, and not for admins only unless the
    /// destination is theirs.
    #[must_use]
    pub fn posts(self, kind: EventKind, destination: Audience) -> bool {
        self.contains(kind) && (kind.audience() == Audience::Everyone || destination == Audience::Admins)
    }

    /// The selected kinds, in the order of [`EventKind::ALL`].
    pub fn kinds(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }
}

impl Default for Selection {
    fn default() -> Self {
        EventKind::ALL
            .into_iter()
            .filter(|kind| kind.is_on_by_default())
            .fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.kinds().map(EventKind::as_str))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_stands_in_the_list() {
        for (at, kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
            assert_eq!(EventKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(EventKind::from_name("nothing"), None);
    }

    #[test]
    fn what_is_for_admins_is_off_and_never_reaches_everyone() {
        let default = Selection::default();
        for kind in [
            EventKind::Command,
            EventKind::Warning,
            EventKind::Color,
            EventKind::Refused,
        ] {
            assert!(!default.contains(kind));
            let on = default.with(kind);
            assert!(!on.posts(kind, Audience::Everyone));
            assert!(on.posts(kind, Audience::Admins));
        }
        use EventKind::{Chat, Desync, ServerCrashed, ServerStarted, ServerStopped};
        for kind in [ServerStarted, ServerStopped, ServerCrashed, Desync, Chat] {
            assert!(default.posts(kind, Audience::Everyone));
        }
        assert!(!default.without(Chat).posts(Chat, Audience::Admins));
    }
}
