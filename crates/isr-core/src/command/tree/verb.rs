//! The names of the commands in this program.
//!
//! Owns the list of them, in the order of [`ALL`](super::ALL). Cannot fail.

use super::{ALL, Book, Spec};

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Which servers there are.
    Servers,
    /// Chooses a server for what follows.
    Connect,
    /// The card of a server.
    Status,
    /// Who is there.
    Players,
    /// The game's version.
    Version,
    /// The seed of the map.
    Seed,
    /// How far the enemies are.
    Evolution,
    /// Who administrates.
    Admins,
    /// How the relay itself is.
    Health,
    /// Throws somebody out.
    Kick,
    /// Throws somebody out for good.
    Ban,
    /// Lets somebody in again.
    Unban,
    /// Silences somebody.
    Mute,
    /// Lets somebody write again.
    Unmute,
    /// Makes somebody an admin.
    Promote,
    /// The reverse.
    Demote,
    /// Saves the game.
    Save,
    /// Says something as the server.
    Broadcast,
    /// Says something to one player.
    Whisper,
    /// The whitelist.
    Whitelist,
    /// The time of the day.
    Clock,
    /// The speed of the game.
    Speed,
    /// Technologies.
    Research,
    /// A line of the console.
    Rcon,
    /// What there is.
    Help,
    /// How long the map has been played.
    Time,
    /// Who is banned.
    Bans,
    /// Says something under the person's name.
    Say,
    /// Who played how long.
    Stats,
    /// What happened in a day or a week.
    Recap,
    /// What waits to be posted.
    Outbox,
    /// Tells somebody what happens.
    Watch,
    /// Ends that.
    Unwatch,
    /// Proves who somebody is in the game.
    Link,
    /// Forgets it.
    Unlink,
    /// Ends the server.
    Stop,
    /// Planned work.
    Maintenance,
    /// The configuration's files.
    ConfigReload,
    /// Tries again what was given up.
    OutboxRetry,
    /// Drops what was given up.
    OutboxDrop,
}

impl Verb {
    /// Its row.
    #[must_use]
    pub const fn spec(self) -> &'static Spec {
        &ALL[self as usize]
    }

    /// The command of a name.
    #[must_use]
    pub fn find(book: Book, name: &str) -> Option<Self> {
        ALL.iter()
            .find(|spec| spec.book == book && spec.name == name)
            .map(|spec| spec.verb)
    }

    /// The command of a name, wherever it is found: names are given once.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter().find(|spec| spec.name == name).map(|spec| spec.verb)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.spec().name
    }
}
