//! What a line states: one typed variant for each kind.
//!
//! Owns the payloads. Must not know how they were read or how they are shown. All text borrows from the line and is as
//! hostile as the line was: bytes, not checked for UTF-8.

use crate::kind::Kind;
use crate::name::Who;

/// A game tick as the engine prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tick {
    /// A number. Before a map runs, 0.16 to 1.1 print 4294967295 and 2.0 prints 18446744073709551615.
    Count(u64),
    /// `-1`: how 0.14 and 0.15 print that no map runs.
    Unset,
}

impl Tick {
    /// The tick of a running map; `None` for each way of printing that there is none.
    #[must_use]
    pub const fn running(self) -> Option<u64> {
        match self {
            Self::Unset | Self::Count(u64::MAX | 4_294_967_295) => None,
            Self::Count(tick) => Some(tick),
        }
    }
}

/// A fact, one variant for each [`Kind`]. Field names are those of [`Entry::for_each_field`](crate::Entry::for_each_field),
/// except that a [`Who`] gives two fields.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are explained by the variant, and their names are the names of the output"
)]
pub enum Fact<'a> {
    /// [`Kind::Join`].
    Join { player: Who<'a> },
    /// [`Kind::Leave`].
    Leave { player: Who<'a> },
    /// [`Kind::Chat`].
    Chat { player: Who<'a>, text: &'a [u8] },
    /// [`Kind::Shout`].
    Shout { player: Who<'a>, text: &'a [u8] },
    /// [`Kind::Command`]: the first line of the Lua text.
    Command { player: Who<'a>, text: &'a [u8] },
    /// [`Kind::Kick`]; the reason is `unspecified` when none was given.
    Kick {
        player: Who<'a>,
        by: Who<'a>,
        reason: Option<&'a [u8]>,
    },
    /// [`Kind::Ban`]; `on_map` is false for a name that never played here.
    Ban {
        player: Who<'a>,
        on_map: bool,
        by: Who<'a>,
        reason: Option<&'a [u8]>,
    },
    /// [`Kind::Unban`].
    Unban { player: Who<'a>, by: Who<'a> },
    /// [`Kind::Promote`]; `pending` until the player joins.
    Promote {
        player: Who<'a>,
        by: Who<'a>,
        pending: bool,
    },
    /// [`Kind::Demote`]; `pending` until the player joins.
    Demote {
        player: Who<'a>,
        by: Who<'a>,
        pending: bool,
    },
    /// [`Kind::Color`]: a colour name or numbers.
    Color { player: Who<'a>, color: &'a [u8] },
    /// [`Kind::Warning`]: the whole text, and what it says about whom where it follows a known template.
    Warning {
        text: &'a [u8],
        player: Option<&'a [u8]>,
        command: Option<&'a [u8]>,
    },
    /// [`Kind::CommandError`]: the Lua error.
    CommandError { text: &'a [u8] },
    /// [`Kind::LogOpened`].
    LogOpened,
    /// [`Kind::LogClosed`].
    LogClosed,
    /// [`Kind::EngineVersion`]; the start time is the entry's `when`.
    EngineVersion {
        version: &'a [u8],
        build: u64,
        platform: &'a [u8],
    },
    /// [`Kind::EngineHosting`].
    EngineHosting { address: &'a [u8] },
    /// [`Kind::EngineRefused`]; the name is what the client claims and may be empty.
    EngineRefused {
        address: &'a [u8],
        player: Option<&'a [u8]>,
        reason: &'a [u8],
    },
    /// [`Kind::EngineState`].
    EngineState {
        tick: Tick,
        from: &'a [u8],
        to: &'a [u8],
    },
    /// [`Kind::EnginePeerState`].
    EnginePeerState {
        tick: Tick,
        peer: u64,
        from: &'a [u8],
        to: &'a [u8],
    },
    /// [`Kind::EnginePeerAdd`].
    EnginePeerAdd { peer: u64 },
    /// [`Kind::EnginePeerRemove`].
    EnginePeerRemove { peer: u64 },
    /// [`Kind::EnginePeerDisconnect`].
    EnginePeerDisconnect { peer: u64 },
    /// [`Kind::EnginePlayerJoinGame`]: the index counts from zero; mode `create` means new to this map.
    EnginePlayerJoinGame {
        tick: Tick,
        peer: u64,
        player_index: u64,
        mode: &'a [u8],
    },
    /// [`Kind::EngineServingMap`]: size in bytes.
    EngineServingMap { tick: Tick, peer: u64, size: u64 },
    /// [`Kind::EngineDesync`].
    EngineDesync { tick: Tick, peer: u64 },
    /// [`Kind::EngineRconReady`].
    EngineRconReady { address: &'a [u8] },
    /// [`Kind::EngineRconClient`].
    EngineRconClient { address: &'a [u8] },
    /// [`Kind::EngineLoadingMap`].
    EngineLoadingMap { path: &'a [u8] },
    /// [`Kind::EngineMapVersion`].
    EngineMapVersion { version: &'a [u8] },
    /// [`Kind::EngineAutosave`] on a timer.
    EngineTimedAutosave { name: &'a [u8], blocking: bool },
    /// [`Kind::EngineAutosave`] when the last player has left.
    EngineLeaveAutosave { path: &'a [u8] },
    /// [`Kind::EngineSaveStart`].
    EngineSaveStart { path: &'a [u8] },
    /// [`Kind::EngineSaveProgress`].
    EngineSaveProgress { percent: f64 },
    /// [`Kind::EngineSaveDone`].
    EngineSaveDone,
    /// [`Kind::EngineSignal`]; a second one ends the server at once, without a save.
    EngineSignal { signal: &'a [u8], second: bool },
    /// [`Kind::EngineQuitting`].
    EngineQuitting { reason: &'a [u8] },
    /// [`Kind::EngineGoodbye`].
    EngineGoodbye,
    /// [`Kind::EngineMatchingGame`].
    EngineMatchingGame { id: u64 },
    /// [`Kind::EngineMatchingOk`].
    EngineMatchingOk,
    /// [`Kind::EngineBanCheck`].
    EngineBanCheck { player: &'a [u8] },
    /// [`Kind::EngineAchievement`].
    EngineAchievement { name: &'a [u8] },
    /// [`Kind::EngineScript`]: the chunk with its line number, and the text.
    EngineScript { place: &'a [u8], text: &'a [u8] },
    /// [`Kind::EngineError`]; the text is in the language of the server's configuration.
    EngineError { file: &'a [u8], text: &'a [u8] },
    /// [`Kind::EngineWarning`].
    EngineWarning { file: &'a [u8], text: &'a [u8] },
    /// [`Kind::EngineClosing`].
    EngineClosing { text: &'a [u8] },
    /// [`Kind::ModJoin`].
    ModJoin { tick: Option<u64>, player: &'a [u8] },
    /// [`Kind::ModLeave`].
    ModLeave {
        tick: Option<u64>,
        player: &'a [u8],
        reason: Option<&'a [u8]>,
    },
    /// [`Kind::ModChat`].
    ModChat { player: Who<'a>, text: &'a [u8] },
    /// [`Kind::ModMessage`]: the channel is a name that the scenario chose.
    ModMessage {
        channel: Option<&'a [u8]>,
        text: &'a [u8],
    },
    /// [`Kind::ModAdminMessage`].
    ModAdminMessage { text: &'a [u8] },
    /// [`Kind::ModDeath`].
    ModDeath {
        tick: Option<u64>,
        player: &'a [u8],
        cause: Option<&'a [u8]>,
    },
    /// [`Kind::ModRocket`]: the number of launches so far, where the mod says it.
    ModRocket { tick: Option<u64>, count: Option<u64> },
    /// [`Kind::ModResearchStarted`].
    ModResearchStarted {
        tick: Option<u64>,
        technology: &'a [u8],
        level: Option<u64>,
    },
    /// [`Kind::ModResearchFinished`].
    ModResearchFinished {
        tick: Option<u64>,
        technology: &'a [u8],
        level: Option<u64>,
    },
    /// [`Kind::ModResearchCancelled`].
    ModResearchCancelled { technology: &'a [u8] },
    /// [`Kind::ModBan`].
    ModBan {
        player: Who<'a>,
        on_map: bool,
        by: Who<'a>,
        reason: Option<&'a [u8]>,
    },
    /// [`Kind::ModCommand`]: the command's name, and its arguments as text.
    ModCommand {
        player: &'a [u8],
        command: &'a [u8],
        text: &'a [u8],
    },
    /// [`Kind::ModReport`].
    ModReport { text: &'a [u8] },
    /// [`Kind::ModEvolution`]: 0 to 1.
    ModEvolution { factor: f64 },
    /// [`Kind::ModPlayerStats`]: entities built and ticks played since the last such line.
    ModPlayerStats {
        player: &'a [u8],
        built: u64,
        ticks: u64,
    },
    /// [`Kind::Milestone`].
    Milestone { player: &'a [u8], text: &'a [u8] },
    /// [`Kind::Task`].
    Task { player: &'a [u8], text: &'a [u8] },
    /// [`Kind::Research`].
    Research { technology: &'a [u8] },
    /// [`Kind::Death`].
    Death {
        player: &'a [u8],
        cause: Option<&'a [u8]>,
    },
}

impl Fact<'_> {
    /// The kind of this fact.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Join { .. } => Kind::Join,
            Self::Leave { .. } => Kind::Leave,
            Self::Chat { .. } => Kind::Chat,
            Self::Shout { .. } => Kind::Shout,
            Self::Command { .. } => Kind::Command,
            Self::Kick { .. } => Kind::Kick,
            Self::Ban { .. } => Kind::Ban,
            Self::Unban { .. } => Kind::Unban,
            Self::Promote { .. } => Kind::Promote,
            Self::Demote { .. } => Kind::Demote,
            Self::Color { .. } => Kind::Color,
            Self::Warning { .. } => Kind::Warning,
            Self::CommandError { .. } => Kind::CommandError,
            Self::LogOpened => Kind::LogOpened,
            Self::LogClosed => Kind::LogClosed,
            Self::EngineVersion { .. } => Kind::EngineVersion,
            Self::EngineHosting { .. } => Kind::EngineHosting,
            Self::EngineRefused { .. } => Kind::EngineRefused,
            Self::EngineState { .. } => Kind::EngineState,
            Self::EnginePeerState { .. } => Kind::EnginePeerState,
            Self::EnginePeerAdd { .. } => Kind::EnginePeerAdd,
            Self::EnginePeerRemove { .. } => Kind::EnginePeerRemove,
            Self::EnginePeerDisconnect { .. } => Kind::EnginePeerDisconnect,
            Self::EnginePlayerJoinGame { .. } => Kind::EnginePlayerJoinGame,
            Self::EngineServingMap { .. } => Kind::EngineServingMap,
            Self::EngineDesync { .. } => Kind::EngineDesync,
            Self::EngineRconReady { .. } => Kind::EngineRconReady,
            Self::EngineRconClient { .. } => Kind::EngineRconClient,
            Self::EngineLoadingMap { .. } => Kind::EngineLoadingMap,
            Self::EngineMapVersion { .. } => Kind::EngineMapVersion,
            Self::EngineTimedAutosave { .. } | Self::EngineLeaveAutosave { .. } => Kind::EngineAutosave,
            Self::EngineSaveStart { .. } => Kind::EngineSaveStart,
            Self::EngineSaveProgress { .. } => Kind::EngineSaveProgress,
            Self::EngineSaveDone => Kind::EngineSaveDone,
            Self::EngineSignal { .. } => Kind::EngineSignal,
            Self::EngineQuitting { .. } => Kind::EngineQuitting,
            Self::EngineGoodbye => Kind::EngineGoodbye,
            Self::EngineMatchingGame { .. } => Kind::EngineMatchingGame,
            Self::EngineMatchingOk => Kind::EngineMatchingOk,
            Self::EngineBanCheck { .. } => Kind::EngineBanCheck,
            Self::EngineAchievement { .. } => Kind::EngineAchievement,
            Self::EngineScript { .. } => Kind::EngineScript,
            Self::EngineError { .. } => Kind::EngineError,
            Self::EngineWarning { .. } => Kind::EngineWarning,
            Self::EngineClosing { .. } => Kind::EngineClosing,
            Self::ModJoin { .. } => Kind::ModJoin,
            Self::ModLeave { .. } => Kind::ModLeave,
            Self::ModChat { .. } => Kind::ModChat,
            Self::ModMessage { .. } => Kind::ModMessage,
            Self::ModAdminMessage { .. } => Kind::ModAdminMessage,
            Self::ModDeath { .. } => Kind::ModDeath,
            Self::ModRocket { .. } => Kind::ModRocket,
            Self::ModResearchStarted { .. } => Kind::ModResearchStarted,
            Self::ModResearchFinished { .. } => Kind::ModResearchFinished,
            Self::ModResearchCancelled { .. } => Kind::ModResearchCancelled,
            Self::ModBan { .. } => Kind::ModBan,
            Self::ModCommand { .. } => Kind::ModCommand,
            Self::ModReport { .. } => Kind::ModReport,
            Self::ModEvolution { .. } => Kind::ModEvolution,
            Self::ModPlayerStats { .. } => Kind::ModPlayerStats,
            Self::Milestone { .. } => Kind::Milestone,
            Self::Task { .. } => Kind::Task,
            Self::Research { .. } => Kind::Research,
            Self::Death { .. } => Kind::Death,
        }
    }
}
