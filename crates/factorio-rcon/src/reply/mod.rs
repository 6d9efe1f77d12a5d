//! Replies of the game as values.
//!
//! Owns the forms that the game answers with, from 0.17 to 2.1, in English, which is what a headless server speaks, and the
//! form of our own script. Must
//! not know how a reply came. Whatever is no known form is [`Unreadable`]: a value that is passed on, never a guess.
//! Every function is total; none panics, whatever a server sends.

mod action;
mod config;
mod evolution;
mod exact;
mod list;
mod players;
mod time;
mod unreadable;
mod version;

pub use action::{
    SaveReply, Verdict, ban, demote, kick, mute, promote, server_save, unban, unmute, whisper, whitelist_add,
    whitelist_remove,
};
pub use config::{ConfigValue, config};
pub use evolution::{SurfaceEvolution, evolution};
pub use exact::{Exact, Flow, Matter, Part, Platform, Platforms, Technology, Ticking, exact};
pub use list::{Banned, Membership, admins, ban_list, bans, is_banned, is_whitelisted, whitelist};
pub use players::{Listed, PlayerList, Presence, player_count, players};
pub use time::time;
pub use unreadable::{Unreadable, Why};
pub use version::{GameVersion, seed, version};

/// Reads the reply of a command that has none.
///
/// # Errors
/// [`Unreadable`] when there is one.
pub fn nothing(reply: &str) -> Result<(), Unreadable> {
    if body(reply)?.is_empty() {
        Ok(())
    } else {
        Err(Unreadable::form(reply))
    }
}

/// Reads the reply of a command whose words are not known: whatever was said, if anything.
///
/// # Errors
/// [`Unreadable`] when the game does not know the command, or could not run it.
pub fn notice(reply: &str) -> Result<String, Unreadable> {
    body(reply).map(|body| body.trim().to_owned())
}

/// The reply without the line end behind it. Errors of the game that any command may get are told here.
fn body(reply: &str) -> Result<&str, Unreadable> {
    let body = reply.trim_end_matches(['\n', '\r']);
    if body.starts_with("Unknown command \"") {
        return Err(Unreadable::new(Why::UnknownCommand, reply));
    }
    if body.starts_with("Cannot execute command.") {
        return Err(Unreadable::new(Why::CommandFailed, reply));
    }
    Ok(body)
}
