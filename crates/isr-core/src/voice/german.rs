//! The sentences of the German pack.
//!
//! Owns the German wording, in the form of the English one.

use super::pack::Sentence;

pub(super) const SENTENCES: [Sentence; 46] = [
    ("join", Some("✅"), "**{player}** ist dem Server beigetreten"),
    (
        "join.first",
        None,
        "**{player}** ist zum ersten Mal auf dem Server",
    ),
    ("leave", Some("❌"), "**{player}** hat den Server verlassen"),
    (
        "leave.after",
        None,
        "**{player}** hat den Server verlassen (nach {after})",
    ),
    ("chat", Some("💬"), "**{player}**: {text}"),
    ("chat.speaker", Some(""), "{text}"),
    ("shout", Some("📢"), "**{player}** ruft: {text}"),
    ("shout.speaker", None, "{text}"),
    ("server_chat", Some("🖥️"), "**[SERVER]**: {text}"),
    (
        "milestone",
        Some("🏆"),
        "**{player}** hat einen Meilenstein erreicht: *{text}*",
    ),
    (
        "task",
        Some("✔️"),
        "**{player}** hat eine Aufgabe erledigt: *{text}*",
    ),
    (
        "research",
        Some("🔬"),
        "Forschung abgeschlossen: **{technology}**",
    ),
    (
        "research_started",
        Some("🔬"),
        "Forschung begonnen: **{technology}**",
    ),
    (
        "research_cancelled",
        Some("🔬"),
        "Forschung abgebrochen: **{technology}**",
    ),
    ("death", Some("💀"), "**{player}** ist gestorben"),
    (
        "death.cause",
        None,
        "**{player}** wurde getötet, Ursache: {cause}",
    ),
    ("rocket", Some("🚀"), "Eine Rakete ist gestartet"),
    ("rocket.count", None, "Rakete Nummer **{count}** ist gestartet"),
    ("message", Some("📣"), "{text}"),
    ("kick", Some("👢"), "**{player}** wurde von {by} hinausgeworfen"),
    (
        "kick.reason",
        None,
        "**{player}** wurde von {by} hinausgeworfen: {reason}",
    ),
    ("ban", Some("🔨"), "**{player}** wurde von {by} gebannt"),
    (
        "ban.reason",
        None,
        "**{player}** wurde von {by} gebannt: {reason}",
    ),
    ("unban", Some("🕊️"), "**{player}** wurde von {by} entbannt"),
    (
        "promote",
        Some("👑"),
        "**{player}** wurde von {by} zum Admin ernannt",
    ),
    (
        "promote.later",
        None,
        "**{player}** wurde von {by} zum Admin ernannt, gültig ab dem nächsten Beitritt",
    ),
    (
        "demote",
        Some("📉"),
        "**{player}** wurde von {by} als Admin abgesetzt",
    ),
    (
        "demote.later",
        None,
        "**{player}** wurde von {by} von der Adminliste gestrichen",
    ),
    ("server_started", Some("🟢"), "Server gestartet"),
    (
        "server_started.version",
        None,
        "Server gestartet (Factorio {version})",
    ),
    ("server_stopped", Some("🔴"), "Server beendet"),
    ("server_stopped.reason", None, "Server beendet ({reason})"),
    (
        "server_crashed",
        Some("💥"),
        "Der vorige Lauf endete ohne Abschied: Absturz, Abbruch oder Stromausfall",
    ),
    ("server_crashed.error", None, "Server abgestürzt: {text}"),
    (
        "desync",
        Some("🔀"),
        "Das Spiel eines Spielers ist nicht mehr synchron",
    ),
    (
        "desync.peer",
        None,
        "Das Spiel eines Spielers ist nicht mehr synchron (Verbindung {peer})",
    ),
    ("command", Some("🔧"), "Befehl von {by}: {text}"),
    (
        "command_error",
        Some("🔧"),
        "Ein Befehl ist fehlgeschlagen: {text}",
    ),
    ("warning", Some("⚠️"), "{text}"),
    ("color", Some("🎨"), "**{player}** hat jetzt die Farbe {color}"),
    ("refused", Some("⛔"), "**{player}** wurde abgewiesen: {reason}"),
    (
        "matching",
        Some("📡"),
        "Das Spiel steht in der öffentlichen Serverliste",
    ),
    ("admin_message", Some("📣"), "{text}"),
    ("report", Some("🚩"), "{text}"),
    ("engine_error", Some("❗"), "{text}"),
    (
        "slow_save",
        Some("🐢"),
        "Das Speichern des Spiels hat **{seconds}** Sekunden gedauert",
    ),
];
