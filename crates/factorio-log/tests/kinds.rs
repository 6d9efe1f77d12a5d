//! One line for each kind, with every field it can have: no kind is unreachable and no field is forgotten.

use std::collections::BTreeSet;

use factorio_log::{Context, Grammar, Kind};

const SERVER: &str = "  9.000 Info ServerMultiplayerManager.cpp:1: ";
const LOGGER: &str = "  9.000 Script @__event-logger__/logger.lua:4: ";
const DATE: &str = "2026-08-07 11:31:05 ";

/// Where a line begins.
enum Head {
    Bare,
    Plain,
    Dated,
    Server,
    Logger,
}

use Head::{Bare, Dated, Logger, Plain, Server};

const LINES: &[(Head, &str, Kind, &str)] = &[
    (
        Dated,
        "[JOIN] al [T] joined the game",
        Kind::Join,
        "when player tag",
    ),
    (Dated, "[LEAVE] al left the game", Kind::Leave, "when player"),
    (Dated, "[CHAT] al [T]: x", Kind::Chat, "when player tag text"),
    (Dated, "[SHOUT] al: x", Kind::Shout, "when player text"),
    (
        Dated,
        "[COMMAND] al [T] (command): x",
        Kind::Command,
        "when player tag text",
    ),
    (
        Dated,
        "[KICK] al was kicked by bo [T]. Reason: x.",
        Kind::Kick,
        "when player by by_tag reason",
    ),
    (
        Dated,
        "[BAN] al (not on map) was banned by bo. Reason: x.",
        Kind::Ban,
        "when player on_map by reason",
    ),
    (
        Dated,
        "[UNBANNED] al was unbanned by bo [T].",
        Kind::Unban,
        "when player by by_tag",
    ),
    (
        Dated,
        "[PROMOTE] al was promoted to admin by bo.",
        Kind::Promote,
        "when player by pending",
    ),
    (
        Dated,
        "[DEMOTE] al was demoted from admin by bo.",
        Kind::Demote,
        "when player by pending",
    ),
    (
        Dated,
        "[COLOR] al's color is now red.",
        Kind::Color,
        "when player color",
    ),
    (
        Dated,
        "[WARNING] Player al tried using the command \"x\".",
        Kind::Warning,
        "when text player command",
    ),
    (
        Dated,
        "Cannot execute command. Error: x",
        Kind::CommandError,
        "when text",
    ),
    (
        Bare,
        "=== Log opened 2026-08-07 11:31:05 ===",
        Kind::LogOpened,
        "when",
    ),
    (
        Bare,
        "=== Log closed 2026-08-07 11:31:05 ===",
        Kind::LogClosed,
        "when",
    ),
    (
        Plain,
        "2026-08-07 11:29:24; Factorio 2.1.14 (build 87180, linux64)",
        Kind::EngineVersion,
        "when version build platform",
    ),
    (
        Plain,
        "Hosting game at port 34297",
        Kind::EngineHosting,
        "address",
    ),
    (
        Plain,
        "Refusing connection for address (1.2.3.4:5), username (al). UserBanned",
        Kind::EngineRefused,
        "address player reason",
    ),
    (
        Server,
        "mapTick(1) changing state from(A) to(B)",
        Kind::EngineState,
        "tick from to",
    ),
    (
        Server,
        "mapTick(1) received stateChanged peerID(2) oldState(A) newState(B)",
        Kind::EnginePeerState,
        "tick peer from to",
    ),
    (
        Server,
        "nextHeartbeatSequenceNumber(1) adding peer(2)",
        Kind::EnginePeerAdd,
        "peer",
    ),
    (
        Server,
        "nextHeartbeatSequenceNumber(1) removing peer(2).",
        Kind::EnginePeerRemove,
        "peer",
    ),
    (
        Server,
        "Disconnect notification for peer (2)",
        Kind::EnginePeerDisconnect,
        "peer",
    ),
    (
        Server,
        "UpdateTick (1) processed PlayerJoinGame peerID(2) playerIndex(0) mode(connect)",
        Kind::EnginePlayerJoinGame,
        "tick peer player_index mode",
    ),
    (
        Server,
        "MapTick(1) Serving map(/x) for peer(2) size(3) crc(4)",
        Kind::EngineServingMap,
        "tick peer size",
    ),
    (
        Server,
        "mapTick(1) received playerDesynced peer (2)",
        Kind::EngineDesync,
        "tick peer",
    ),
    (
        Server,
        "Starting RCON interface at port 4000",
        Kind::EngineRconReady,
        "address",
    ),
    (
        Server,
        "New RCON connection from IP ADDR:({127.0.0.1:5})",
        Kind::EngineRconClient,
        "address",
    ),
    (Plain, "Loading map /x: 5 bytes.", Kind::EngineLoadingMap, "path"),
    (Server, "Map version 1.1.6-4", Kind::EngineMapVersion, "version"),
    (
        Server,
        "Saving to _autosave1 (non-blocking).",
        Kind::EngineAutosave,
        "name blocking",
    ),
    (Server, "Auto saving map as /x", Kind::EngineAutosave, "path"),
    (Server, "Saving game as /x", Kind::EngineSaveStart, "path"),
    (
        Server,
        "Saving progress: 12.500000%",
        Kind::EngineSaveProgress,
        "percent",
    ),
    (Server, "Saving finished", Kind::EngineSaveDone, ""),
    (
        Plain,
        "Received second SIGTERM, terminating immediately",
        Kind::EngineSignal,
        "signal second",
    ),
    (Plain, "Quitting: remote-quit.", Kind::EngineQuitting, "reason"),
    (Plain, "Goodbye", Kind::EngineGoodbye, ""),
    (
        Server,
        "Matching server game `7` has been created.",
        Kind::EngineMatchingGame,
        "id",
    ),
    (
        Server,
        "Matching server connection resumed",
        Kind::EngineMatchingOk,
        "",
    ),
    (
        Server,
        "Queuing ban recommendation check for user al",
        Kind::EngineBanCheck,
        "player",
    ),
    (
        Server,
        "Unlocked achievement \"x\"",
        Kind::EngineAchievement,
        "name",
    ),
    (Plain, "Script =(command):1: x", Kind::EngineScript, "where text"),
    (Plain, "Error A.cpp:1: x", Kind::EngineError, "file text"),
    (Plain, "Warning A.cpp:1: x", Kind::EngineWarning, "file text"),
    (
        Server,
        "Disconnecting multiplayer connection.",
        Kind::EngineClosing,
        "text",
    ),
    (Logger, "[JOIN] al", Kind::ModJoin, "player"),
    (Logger, "[LEAVE] al quit", Kind::ModLeave, "player reason"),
    (Bare, "[WEB] al [T]: x", Kind::ModChat, "player tag text"),
    (Bare, "[DISCORD-NAMED]c x", Kind::ModMessage, "channel text"),
    (Bare, "[DISCORD-ADMIN]x", Kind::ModAdminMessage, "text"),
    (
        Bare,
        "[FactoriGOChatBot]: \"5 [PLAYER_DIED:al:worm]\"",
        Kind::ModDeath,
        "tick player cause",
    ),
    (
        Bare,
        "[FactoriGOChatBot]: \"5 [ROCKET_LAUNCHED:5]\"",
        Kind::ModRocket,
        "tick count",
    ),
    (
        Bare,
        "[FactoriGOChatBot]: \"5 [RESEARCH_STARTED:x]\"",
        Kind::ModResearchStarted,
        "tick technology",
    ),
    (
        Logger,
        "[RESEARCH STARTED] x 4",
        Kind::ModResearchStarted,
        "technology level",
    ),
    (
        Logger,
        "[RESEARCH FINISHED] x 4",
        Kind::ModResearchFinished,
        "technology level",
    ),
    (
        Logger,
        "[RESEARCH CANCELLED] x",
        Kind::ModResearchCancelled,
        "technology",
    ),
    (
        Bare,
        "[BAN] al was banned by bo. Reason: x.",
        Kind::ModBan,
        "player by reason",
    ),
    (
        Bare,
        "[CMD] NAME: al, COMMAND: c, ARGS: a",
        Kind::ModCommand,
        "player command text",
    ),
    (Bare, "[REPORT] x", Kind::ModReport, "text"),
    (Logger, "[EVOLUTION] 0.5", Kind::ModEvolution, "factor"),
    (
        Logger,
        "[STATS] al 1 2",
        Kind::ModPlayerStats,
        "player built ticks",
    ),
    (
        Bare,
        "[MILESTONE] al completed: x",
        Kind::Milestone,
        "player text",
    ),
    (Bare, "[TASK] al finished task: x", Kind::Task, "player text"),
    (
        Bare,
        "x technology has been researched",
        Kind::Research,
        "technology",
    ),
    (Bare, "al was killed by x", Kind::Death, "player cause"),
];

#[test]
fn every_kind_is_reached_and_gives_its_fields() {
    let mut reached = BTreeSet::new();
    for (head, body, kind, fields) in LINES {
        let head = match head {
            Bare => "",
            Plain => "  9.000 ",
            Dated => DATE,
            Server => SERVER,
            Logger => LOGGER,
        };
        let line = format!("{head}{body}");
        let entry = Grammar::new()
            .parse(&mut Context::new(), line.as_bytes())
            .expect(&line);
        let mut names = Vec::new();
        entry.for_each_field(&mut |name, _| names.push(name));
        assert_eq!(
            (entry.kind(), names.join(" ")),
            (*kind, (*fields).to_owned()),
            "{line}"
        );
        reached.insert(*kind);
    }
    assert_eq!(reached, Kind::ALL.iter().copied().collect());
}
