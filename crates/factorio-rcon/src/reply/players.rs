//! `/players`, `/players online` and their counts: a header with a number, then two blanks and a name per line.

use super::time::digits;
use super::{Unreadable, body};
use crate::command::Scope;

/// A name of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    /// The player's name, as the game prints it.
    pub name: String,
    /// Whether the game marks it as there now.
    pub presence: Presence,
}

/// Whether a player is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// `(online)` stands behind the name.
    Online,
    /// Nothing stands behind the name.
    Away,
}

/// A list of players, in the order in which they first joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerList {
    /// As many as the header says.
    pub players: Vec<Listed>,
}

impl PlayerList {
    /// The names of those who are there now.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.players
            .iter()
            .filter(|player| player.presence == Presence::Online)
            .map(|player| player.name.as_str())
    }
}

/// Reads a list of players.
///
/// # Errors
/// [`Unreadable`], also when there are more or fewer names than the header says.
pub fn players(reply: &str, scope: Scope) -> Result<PlayerList, Unreadable> {
    let unreadable = || Unreadable::form(reply);
    let mut lines = body(reply)?.lines();
    let count = lines
        .next()
        .and_then(|header| counted(header, scope))
        .ok_or_else(unreadable)?;
    let players: Vec<_> = lines
        .map(|line| line.strip_prefix("  ").and_then(listed))
        .collect::<Option<_>>()
        .ok_or_else(unreadable)?;
    if u32::try_from(players.len()) != Ok(count) {
        return Err(unreadable());
    }
    Ok(PlayerList { players })
}

/// Reads how many players there are.
///
/// # Errors
/// [`Unreadable`].
pub fn player_count(reply: &str, scope: Scope) -> Result<u32, Unreadable> {
    counted(body(reply)?, scope).ok_or_else(|| Unreadable::form(reply))
}

fn counted(header: &str, scope: Scope) -> Option<u32> {
    let title = match scope {
        Scope::All => "Players (",
        Scope::Online => "Online players (",
    };
    digits(header.strip_prefix(title)?.strip_suffix("):")?)
}

/// A name with its mark. Blanks inside are kept: servers without user verification had such names.
pub(super) fn listed(line: &str) -> Option<Listed> {
    let (name, presence) = line
        .strip_suffix(" (online)")
        .map_or((line, Presence::Away), |name| (name, Presence::Online));
    let is_name = !name.trim().is_empty() && !name.chars().any(char::is_control);
    is_name.then(|| Listed {
        name: name.to_owned(),
        presence,
    })
}
