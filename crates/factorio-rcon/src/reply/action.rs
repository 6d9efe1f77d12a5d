//! Replies of commands that change something.
//!
//! Owns what each says when it did, when there was nothing to do and when it could not. The texts name the player; one
//! that names somebody else is not understood.

use super::{Unreadable, body};
use crate::command::PlayerName;

/// What the game says about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It did it.
    Done,
    /// It noted it; it takes effect when the player joins.
    UponJoining,
    /// It was so before; nothing changed.
    AlreadySo,
    /// It knows no such player.
    NoSuchPlayer,
    /// The player is not there.
    NotOnline,
    /// It said nothing. For most changes that means done, and the console log tells; this alone proves nothing.
    Silent,
}

/// The reply of `/server-save`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveReply {
    /// Nothing, as usual.
    Silent,
    /// A notice, as the game prints it.
    Notice(String),
}

/// What may follow the player's name in a reply, up to its end.
type Forms = [(&'static str, Verdict)];

/// What may follow the player's name, with a name and more behind it.
type Openings = [(&'static str, Verdict)];

const MISSING: &Forms = &[
    (" doesn't exist.", Verdict::NoSuchPlayer),
    (" isn't online.", Verdict::NotOnline),
];

/// Reads `/kick`.
///
/// # Errors
/// [`Unreadable`].
pub fn kick(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    verdict(reply, player, &[], &[(" was kicked by ", Verdict::Done)])
}

/// Reads `/ban`.
///
/// # Errors
/// [`Unreadable`].
pub fn ban(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let done = [
        (" was banned by ", Verdict::Done),
        (" (not on map) was banned by ", Verdict::Done),
    ];
    verdict(
        reply,
        player,
        &[(" is already banned.", Verdict::AlreadySo)],
        &done,
    )
}

/// Reads `/unban`.
///
/// # Errors
/// [`Unreadable`].
pub fn unban(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let text = body(reply)?;
    let not_banned = text
        .strip_prefix("Cannot unban ")
        .and_then(|rest| rest.strip_suffix(" as the player is not banned."));
    if not_banned.is_some_and(|name| player.is(name)) {
        return Ok(Verdict::AlreadySo);
    }
    verdict(reply, player, &[], &[(" was unbanned by ", Verdict::Done)])
}

/// Reads `/mute`.
///
/// # Errors
/// [`Unreadable`].
pub fn mute(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let already = [(" is already muted.", Verdict::AlreadySo)];
    verdict(reply, player, &already, &[(" has been muted by ", Verdict::Done)])
}

/// Reads `/unmute`.
///
/// # Errors
/// [`Unreadable`].
pub fn unmute(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let already = [(" isn't muted.", Verdict::AlreadySo)];
    verdict(
        reply,
        player,
        &already,
        &[(" has been unmuted by ", Verdict::Done)],
    )
}

/// Reads `/promote`.
///
/// # Errors
/// [`Unreadable`].
pub fn promote(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let already = [
        (" is already an admin.", Verdict::AlreadySo),
        (
            " is already in the admin list and will be promoted upon joining the game.",
            Verdict::AlreadySo,
        ),
    ];
    let done = [
        (" was promoted to admin by ", Verdict::Done),
        (" was added to the admin list by ", Verdict::UponJoining),
    ];
    verdict(reply, player, &already, &done)
}

/// Reads `/demote`.
///
/// # Errors
/// [`Unreadable`].
pub fn demote(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let already = [
        (" is not in the admin list.", Verdict::AlreadySo),
        (" is not an admin.", Verdict::AlreadySo),
    ];
    let done = [
        (" was demoted from admin by ", Verdict::Done),
        (" was removed from the admin list by ", Verdict::Done),
    ];
    verdict(reply, player, &already, &done)
}

/// Reads `/whitelist add`.
///
/// # Errors
/// [`Unreadable`].
pub fn whitelist_add(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let already = [(" is already whitelisted.", Verdict::AlreadySo)];
    moved(reply, player, "Added ", " to the whitelist.", &already)
}

/// Reads `/whitelist remove`.
///
/// # Errors
/// [`Unreadable`].
pub fn whitelist_remove(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    let already = [(" wasn't in the whitelist.", Verdict::AlreadySo)];
    moved(reply, player, "Removed ", " from the whitelist.", &already)
}

/// Reads `/whisper`. That it arrived is not told, or told in words that were never seen.
///
/// # Errors
/// [`Unreadable`].
pub fn whisper(reply: &str, player: &PlayerName) -> Result<Verdict, Unreadable> {
    verdict(reply, player, &[], &[])
}

/// Reads `/server-save`. Whatever is said is a notice: the end of the save shows only in the game log.
///
/// # Errors
/// [`Unreadable`] when the game does not know the command, or could not run it.
pub fn server_save(reply: &str) -> Result<SaveReply, Unreadable> {
    Ok(match body(reply)?.trim_end() {
        "" => SaveReply::Silent,
        notice => SaveReply::Notice(notice.to_owned()),
    })
}

fn moved(
    reply: &str,
    player: &PlayerName,
    before: &str,
    behind: &str,
    forms: &Forms,
) -> Result<Verdict, Unreadable> {
    let name = body(reply)?
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(behind));
    if name.is_some_and(|name| player.is(name)) {
        return Ok(Verdict::Done);
    }
    verdict(reply, player, forms, &[])
}

fn verdict(
    reply: &str,
    player: &PlayerName,
    forms: &Forms,
    openings: &Openings,
) -> Result<Verdict, Unreadable> {
    let text = body(reply)?;
    if text.is_empty() {
        return Ok(Verdict::Silent);
    }
    let named = text.strip_prefix("Player ").unwrap_or(text);
    let ended = |(ending, _): &&(&str, Verdict)| {
        [text, named]
            .iter()
            .any(|text| text.strip_suffix(ending).is_some_and(|name| player.is(name)))
    };
    let opened =
        |(opening, _): &&(&str, Verdict)| text.split_once(opening).is_some_and(|(name, _)| player.is(name));
    MISSING
        .iter()
        .chain(forms)
        .find(ended)
        .or_else(|| openings.iter().find(opened))
        .map(|(_, verdict)| *verdict)
        .ok_or_else(|| Unreadable::form(reply))
}
