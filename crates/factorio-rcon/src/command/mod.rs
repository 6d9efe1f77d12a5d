//! The commands that this crate knows by type: how each is asked and how its reply is read.
//!
//! Owns the pairing of a command with the parser of its reply, and the arguments as types that cannot hold what the
//! game would read as something else. Must not know sockets. Arguments fail with [`Refusal`]; a reply that is not
//! understood is [`Unreadable`], a value.
//!
//! ```
//! use factorio_rcon::command::{Ask, Kick, PlayerName, Reason, Time};
//!
//! assert_eq!(Time.command()?.as_str(), "/time");
//! assert_eq!(Time.read("1 hour and 26 seconds\n").map(|time| time.as_secs()), Ok(3626));
//!
//! let kick = Kick { player: PlayerName::new("alice")?, reason: Some(Reason::new("afk")?) };
//! assert_eq!(kick.command()?.as_str(), "/kick alice afk");
//! assert!(PlayerName::new("alice\n/c game.print(1)").is_err());
//! # Ok::<(), factorio_rcon::gate::Refusal>(())
//! ```

mod action;
mod argument;
mod exact;
mod query;

pub use action::{
    Ban, Demote, Kick, Mute, Promote, Quit, ServerSave, Unban, Unmute, Whisper, WhitelistAdd,
    WhitelistRemove, WhitelistSwitch,
};
pub use argument::{ConfigKey, PlayerName, Reason, SaveName, SurfaceName};
pub use exact::{Depth, Exact};
pub use query::{
    Admins, BanList, Bans, ConfigGet, Evolution, IsBanned, IsWhitelisted, PlayerCount, Players, Scope, Seed,
    Time, Version, Whitelist,
};

use crate::gate::{Refusal, VanillaCommand};
use crate::reply::Unreadable;

/// A command and how its reply is read.
pub trait Ask {
    /// What the reply says.
    type Answer;

    /// The line to send.
    ///
    /// # Errors
    /// [`Refusal`] when the arguments together are too long for one command.
    fn command(&self) -> Result<VanillaCommand, Refusal>;

    /// Reads the reply.
    ///
    /// # Errors
    /// [`Unreadable`] when it is not one of the forms that the game is known to answer with.
    fn read(&self, reply: &str) -> Result<Self::Answer, Unreadable>;
}
