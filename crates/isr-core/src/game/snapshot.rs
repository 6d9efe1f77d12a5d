//! What is known of one server at one moment.
//!
//! Owns the picture that alerts, the card, posts and metrics read. Must not know where it came from. Whatever is not
//! known is `None`: there is no −1 and no zero in its place. Cannot fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::ups::Pace;
use super::{Exact, Now, Surface};

/// One server, now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// The moment it was made.
    pub at: Now,
    /// The connection to the game's RCON.
    pub link: Link,
    /// What the game does.
    pub game: GameState,
    /// Who is on the server. `None` where that is not known now: with the link down only if the log tells.
    pub players: Option<Players>,
    /// How fast the game runs.
    pub pace: Pace,
    /// How far the enemies have evolved, per surface.
    pub evolution: Option<Vec<Surface>>,
    /// How long the map has been played.
    pub game_time: Option<GameTime>,
    /// The game's version.
    pub version: Option<String>,
    /// The seed of the map.
    pub seed: Option<u64>,
    /// Who may administrate.
    pub admins: Option<Vec<String>>,
    /// Who is banned. Hostile text, and there may be thousands.
    pub bans: Option<Arc<[String]>>,
    /// Who is on the whitelist, whether it is switched on or not. Hostile text.
    pub whitelist: Option<Arc<[String]>>,
    /// The server's settings as far as they are known, by the keys of `/config get`: asked one by one, so it takes an hour or
    /// two to know all of them. Never the password. Hostile text.
    pub settings: Arc<BTreeMap<String, String>>,
    /// The server's own name, from its settings. Hostile text.
    pub server_name: Option<String>,
    /// The save before this moment.
    pub last_save: Option<LastSave>,
    /// When the next planned restart is, Unix milliseconds; only where the configuration plans any.
    pub next_restart_ms: Option<i64>,
    /// What Lua told last, where it is allowed.
    pub exact: Option<Arc<Exact>>,
    /// The last line that the server's logs gave us, Unix milliseconds of our clock.
    pub last_log_line_ms: Option<i64>,
}

/// The connection to the game's RCON. Moments are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Link {
    /// The configuration has none for this server.
    #[default]
    None,
    /// The first attempt is under way.
    Connecting {
        /// Since when.
        since_ms: i64,
    },
    /// Logged in and answering.
    Up {
        /// Since when.
        since_ms: i64,
    },
    /// Logged in, but an answer is overdue: the server saves, or stands still.
    Silent {
        /// Since when the question waits.
        since_ms: i64,
    },
    /// There is no connection.
    Down(LinkDown),
}

/// A connection that is down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDown {
    /// When it was lost: the first sign of it, not the last attempt. At a start without a connection, the start.
    pub since_ms: i64,
    /// Why the last attempt failed.
    pub why: WhyDown,
    /// The same in the operator's words, with host and remedy: for the program's own log and for `status`, never for a
    /// public channel.
    pub detail: String,
}

/// Why there is no connection, as far as people in a channel are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WhyDown {
    /// The host's name is not known.
    Unresolved,
    /// Nobody listens there.
    Unreachable,
    /// Somebody listens, but takes too long.
    TooSlow,
    /// The password is wrong.
    WrongPassword,
    /// What answers is no RCON.
    NotRcon,
    /// The connection that stood has ended.
    Ended,
}

/// What the game does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GameState {
    /// Nothing tells yet.
    #[default]
    Unknown,
    /// It runs.
    Running,
    /// It stands although players are there: somebody paused it.
    Paused,
    /// It stands because nobody is there.
    AutoPaused,
    /// It writes its save and stands meanwhile.
    Saving {
        /// Since when, Unix milliseconds.
        since_ms: i64,
    },
    /// It has ended.
    Down {
        /// Since when, Unix milliseconds.
        since_ms: i64,
        /// How.
        end: End,
    },
}

/// How a game ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// In order.
    Stopped,
    /// By an error, or without a goodbye.
    Crashed,
}

/// Who is on a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Players {
    /// Everybody, in the order in which they came.
    pub online: Vec<Online>,
}

/// One player who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Online {
    /// The name, as the game has it. Hostile text.
    pub name: String,
    /// Since when.
    pub since: Since,
}

/// When something began, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Then, give or take one round of probes: a list showed it.
    At(i64),
    /// Then, as the log told.
    Told(i64),
    /// It was so already when we first looked, then.
    Before(i64),
}

impl Since {
    /// How long ago it began, or was first seen.
    #[must_use]
    pub fn ago(self, now_ms: i64) -> Duration {
        let (Self::At(ms) | Self::Told(ms) | Self::Before(ms)) = self;
        Duration::from_millis(now_ms.saturating_sub(ms).try_into().unwrap_or(0))
    }
}

/// How long a map has been played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GameTime {
    /// So long, in time of the game.
    pub played: Duration,
    /// When that was told, Unix milliseconds.
    pub at_ms: i64,
}

/// A save that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSave {
    /// When it was finished, Unix milliseconds.
    pub at_ms: i64,
    /// How long it took, where both ends were seen.
    pub took: Option<Duration>,
}
