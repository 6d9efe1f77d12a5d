//! The lines of the console log.
//!
//! Owns their exact form (0.16 to 2.1). Must not know files. Cannot fail.

use std::fmt;

use crate::calendar::Civil;

/// The date and time in front of a line: what the clock of the server process shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(Civil);

impl Stamp {
    /// From seconds since 1970 in the server's own zone.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Self(Civil::from_unix(seconds))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The frame that opens a run.
#[must_use]
pub fn opened(stamp: Stamp) -> String {
    format!("=== Log opened {stamp} ===")
}

/// The frame that closes a run.
#[must_use]
pub fn closed(stamp: Stamp) -> String {
    format!("=== Log closed {stamp} ===")
}

/// A line with a tag (`CHAT`, `JOIN` …).
#[must_use]
pub fn tagged(stamp: Stamp, tag: &str, body: &str) -> String {
    format!("{stamp} [{tag}] {body}")
}

/// A player says something.
#[must_use]
pub fn chat(stamp: Stamp, player: &str, text: &str) -> String {
    tagged(stamp, "CHAT", &format!("{player}: {text}"))
}

/// A player joins.
#[must_use]
pub fn join(stamp: Stamp, player: &str) -> String {
    tagged(stamp, "JOIN", &format!("{player} joined the game"))
}

/// A player leaves.
#[must_use]
pub fn leave(stamp: Stamp, player: &str) -> String {
    tagged(stamp, "LEAVE", &format!("{player} left the game"))
}

/// A player is kicked. `reason` has no full stop at its end; the game adds one.
#[must_use]
pub fn kick(stamp: Stamp, player: &str, by: &str, reason: &str) -> String {
    tagged(
        stamp,
        "KICK",
        &format!("{player} was kicked by {by}. Reason: {reason}."),
    )
}

/// A player is banned.
#[must_use]
pub fn ban(stamp: Stamp, player: &str, by: &str, reason: &str) -> String {
    tagged(
        stamp,
        "BAN",
        &format!("{player} was banned by {by}. Reason: {reason}."),
    )
}

/// A player becomes an admin.
#[must_use]
pub fn promote(stamp: Stamp, player: &str, by: &str) -> String {
    tagged(
        stamp,
        "PROMOTE",
        &format!("{player} was promoted to admin by {by}."),
    )
}

/// A command was run.
#[must_use]
pub fn command(stamp: Stamp, by: &str, lua: &str) -> String {
    tagged(stamp, "COMMAND", &format!("{by} (command): {lua}"))
}
