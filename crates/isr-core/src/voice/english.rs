//! The sentences of the English pack.
//!
//! Owns the default wording. A line has the key, the emoji (none: that of the plain key) and the sentence.

use super::pack::Sentence;

pub(super) const SENTENCES: [Sentence; 46] = [
    ("join", Some("✅"), "**{player}** joined the server"),
    (
        "join.first",
        None,
        "**{player}** joined the server for the first time",
    ),
    ("leave", Some("❌"), "**{player}** left the server"),
    (
        "leave.after",
        None,
        "**{player}** left the server (after {after})",
    ),
    ("chat", Some("💬"), "**{player}**: {text}"),
    ("chat.speaker", Some(""), "{text}"),
    ("shout", Some("📢"), "**{player}** shouts: {text}"),
    ("shout.speaker", None, "{text}"),
    ("server_chat", Some("🖥️"), "**[SERVER]**: {text}"),
    (
        "milestone",
        Some("🏆"),
        "**{player}** completed milestone: *{text}*",
    ),
    ("task", Some("✔️"), "**{player}** completed task: *{text}*"),
    ("research", Some("🔬"), "Research completed: **{technology}**"),
    (
        "research_started",
        Some("🔬"),
        "Research started: **{technology}**",
    ),
    (
        "research_cancelled",
        Some("🔬"),
        "Research cancelled: **{technology}**",
    ),
    ("death", Some("💀"), "**{player}** died"),
    ("death.cause", None, "**{player}** was killed by {cause}"),
    ("rocket", Some("🚀"), "A rocket was launched"),
    ("rocket.count", None, "Rocket number **{count}** was launched"),
    ("message", Some("📣"), "{text}"),
    ("kick", Some("👢"), "**{player}** was kicked by {by}"),
    ("kick.reason", None, "**{player}** was kicked by {by}: {reason}"),
    ("ban", Some("🔨"), "**{player}** was banned by {by}"),
    ("ban.reason", None, "**{player}** was banned by {by}: {reason}"),
    ("unban", Some("🕊️"), "**{player}** was unbanned by {by}"),
    (
        "promote",
        Some("👑"),
        "**{player}** was promoted to admin by {by}",
    ),
    (
        "promote.later",
        None,
        "**{player}** was promoted by {by} and will be an admin on joining",
    ),
    (
        "demote",
        Some("📉"),
        "**{player}** was demoted from admin by {by}",
    ),
    (
        "demote.later",
        None,
        "**{player}** was taken off the admin list by {by}",
    ),
    ("server_started", Some("🟢"), "Server started"),
    (
        "server_started.version",
        None,
        "Server started (Factorio {version})",
    ),
    ("server_stopped", Some("🔴"), "Server stopped"),
    ("server_stopped.reason", None, "Server stopped ({reason})"),
    (
        "server_crashed",
        Some("💥"),
        "The run before this one ended without a goodbye: a crash, a kill or a power cut",
    ),
    ("server_crashed.error", None, "Server crashed: {text}"),
    ("desync", Some("🔀"), "A player's game went out of step"),
    (
        "desync.peer",
        None,
        "A player's game went out of step (connection {peer})",
    ),
    ("command", Some("🔧"), "{by} ran a command: {text}"),
    ("command_error", Some("🔧"), "A command failed: {text}"),
    ("warning", Some("⚠️"), "{text}"),
    ("color", Some("🎨"), "**{player}** changed colour to {color}"),
    ("refused", Some("⛔"), "**{player}** was refused: {reason}"),
    ("matching", Some("📡"), "The game is in the public server list"),
    ("admin_message", Some("📣"), "{text}"),
    ("report", Some("🚩"), "{text}"),
    ("engine_error", Some("❗"), "{text}"),
    (
        "slow_save",
        Some("🐢"),
        "Saving the game took **{seconds}** seconds",
    ),
];
