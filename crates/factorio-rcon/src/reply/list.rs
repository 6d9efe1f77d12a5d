//! Admins, bans and the whitelist.

use super::players::{Listed, listed};
use super::{Unreadable, body};
use crate::command::PlayerName;

/// Whether a player is on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Membership {
    /// Yes.
    On,
    /// No.
    Off,
}

/// One line of `/bans`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banned {
    /// Who.
    pub name: String,
    /// Why, as the game prints it.
    pub reason: String,
}

/// Reads `/admins`: a name per line; nobody is an empty reply.
///
/// # Errors
/// [`Unreadable`].
pub fn admins(reply: &str) -> Result<Vec<Listed>, Unreadable> {
    let one = |line: &str| listed(line.trim()).filter(|admin| !admin.name.contains(char::is_whitespace));
    // A line of several words is a sentence that we do not know, and no name.
    let admins: Option<Vec<_>> = body(reply)?.lines().map(one).collect();
    admins.ok_or_else(|| Unreadable::form(reply))
}

/// Reads `/banlist get`.
///
/// # Errors
/// [`Unreadable`].
pub fn ban_list(reply: &str) -> Result<Vec<String>, Unreadable> {
    names(reply, "Banned players: ", "The banlist is empty.")
}

/// Reads `/whitelist get`.
///
/// # Errors
/// [`Unreadable`].
pub fn whitelist(reply: &str) -> Result<Vec<String>, Unreadable> {
    names(reply, "Whitelisted players: ", "The whitelist is empty.")
}

/// Reads `/banlist get NAME`.
///
/// # Errors
/// [`Unreadable`], also when the reply is about somebody else.
pub fn is_banned(reply: &str, player: &PlayerName) -> Result<Membership, Unreadable> {
    membership(reply, player, " is banned.", " is not banned.")
}

/// Reads `/whitelist get NAME`.
///
/// # Errors
/// [`Unreadable`], also when the reply is about somebody else.
pub fn is_whitelisted(reply: &str, player: &PlayerName) -> Result<Membership, Unreadable> {
    membership(reply, player, " is whitelisted.", " is not whitelisted.")
}

/// Reads `/bans`.
///
/// # Errors
/// [`Unreadable`].
pub fn bans(reply: &str) -> Result<Vec<Banned>, Unreadable> {
    let text = body(reply)?;
    if text == "No players are banned." {
        return Ok(Vec::new());
    }
    let one = |line: &str| {
        let (name, reason) = line.trim_start().split_once(" for ")?;
        (!name.is_empty()).then(|| Banned {
            name: name.to_owned(),
            reason: reason.to_owned(),
        })
    };
    let banned: Option<Vec<_>> = text.lines().map(one).collect();
    banned
        .filter(|banned| !banned.is_empty())
        .ok_or_else(|| Unreadable::form(reply))
}

fn names(reply: &str, title: &str, empty: &str) -> Result<Vec<String>, Unreadable> {
    let text = body(reply)?;
    if text == empty {
        return Ok(Vec::new());
    }
    let is_name = |name: &&str| !name.is_empty() && !name.chars().any(char::is_control);
    let names: Option<Vec<_>> = text.strip_prefix(title).and_then(|list| {
        list.split(", ")
            .map(|name| Some(name).filter(is_name).map(str::to_owned))
            .collect()
    });
    names.ok_or_else(|| Unreadable::form(reply))
}

fn membership(reply: &str, player: &PlayerName, on: &str, off: &str) -> Result<Membership, Unreadable> {
    let text = body(reply)?;
    let about_player = |ending: &str| text.strip_suffix(ending).is_some_and(|name| player.is(name));
    if about_player(off) {
        Ok(Membership::Off)
    } else if about_player(on) {
        Ok(Membership::On)
    } else {
        Err(Unreadable::form(reply))
    }
}
