//! Who is on a server and since when, from lists and from the log.
//!
//! Owns how the two agree: the log is exact and at once, the list is complete. A list that was under way while somebody
//! came or went does not undo what the log told. Must not know where either comes from. Cannot fail.

use std::collections::HashSet;
use std::time::Duration;

use crate::game::snapshot::{Online, Players, Since};
use crate::game::{Mono, Now};

/// A list may be so much older than what the log has told.
const LATE: Duration = Duration::from_secs(10);
/// After a connection was lost for longer, nobody knows who was there all the time.
const GAP: Duration = Duration::from_secs(60);
/// No game takes more players; a list of more comes from something else, and the rest of it is left out.
const MOST_PLAYERS: usize = 65_535;
/// What is longer than any name is cut, in characters.
const LONGEST_NAME: usize = 64;
/// So many are remembered who just came or went.
const MOST_RECENT: usize = 256;

/// Whether the server can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    Stands,
    Missing,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Attendance {
    online: Vec<Online>,
    /// What the log told last: who, whether there, when.
    recent: Vec<(String, Moved, Mono)>,
    /// How far `online` can be relied on.
    basis: Basis,
    /// Whether the log keeps it right between two lists.
    log: Log,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Basis {
    /// Somebody may be there of whom nobody told.
    #[default]
    Unknown,
    /// A list was read, or a run began with nobody.
    Complete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Log {
    #[default]
    Mute,
    TellsOfPlayers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Came,
    Went,
}

impl Attendance {
    /// Takes a list of everybody.
    pub(super) fn listed(&mut self, names: &[String], now: Now) {
        self.recent.retain(|(_, _, told)| now.mono.since(*told) <= LATE);
        let since = match self.basis {
            Basis::Complete => Since::At(now.unix_ms),
            Basis::Unknown => Since::Before(now.unix_ms),
        };
        let names = || names.iter().map(|name| cut(name)).take(MOST_PLAYERS);
        let listed: HashSet<&str> = names().collect();
        let just = |moved: Moved| -> HashSet<&str> {
            let moves = self.recent.iter().filter(|(_, how, _)| *how == moved);
            moves.map(|(who, ..)| who.as_str()).collect()
        };
        let (came, went) = (just(Moved::Came), just(Moved::Went));
        self.online.retain(|player| {
            let name = player.name.as_str();
            listed.contains(name) || came.contains(name)
        });
        let mut known: HashSet<&str> = self.online.iter().map(|player| player.name.as_str()).collect();
        let new: Vec<Online> = names()
            .filter(|name| !went.contains(name) && known.insert(name))
            .map(|name| Online {
                name: name.to_owned(),
                since,
            })
            .collect();
        self.online.extend(new);
        self.basis = Basis::Complete;
    }

    /// A list came that was not understood.
    pub(super) fn unreadable(&mut self) {
        self.basis = Basis::Unknown;
    }

    pub(super) fn joined(&mut self, name: &str, at_ms: i64, told: Mono) {
        let name = cut(name);
        self.log = Log::TellsOfPlayers;
        self.moved(name, Moved::Came, told);
        self.online.retain(|player| player.name != name);
        if self.online.len() == MOST_PLAYERS {
            return;
        }
        self.online.push(Online {
            name: name.to_owned(),
            since: Since::Told(at_ms),
        });
    }

    pub(super) fn left(&mut self, name: &str, told: Mono) {
        let name = cut(name);
        self.log = Log::TellsOfPlayers;
        self.moved(name, Moved::Went, told);
        self.online.retain(|player| player.name != name);
    }

    /// The run ended or began: nobody is there.
    pub(super) fn emptied(&mut self) {
        self.online.clear();
        self.recent.clear();
        self.basis = Basis::Complete;
    }

    /// The connection is back. Without a log, sessions go on over a short gap only.
    pub(super) fn came_back(&mut self, after: Duration) {
        if self.log == Log::Mute && after > GAP {
            self.online.clear();
            self.basis = Basis::Unknown;
        }
    }

    /// Who is there, if that is known. Without a connection that takes a log that tells of it.
    pub(super) fn players(&self, connection: Connection) -> Option<Players> {
        let is_followed = connection == Connection::Stands || self.log == Log::TellsOfPlayers;
        (is_followed && self.basis == Basis::Complete).then(|| Players {
            online: self.online.clone(),
        })
    }

    fn moved(&mut self, name: &str, moved: Moved, told: Mono) {
        self.recent.retain(|(who, _, _)| who != name);
        if self.recent.len() == MOST_RECENT {
            self.recent.remove(0);
        }
        self.recent.push((name.to_owned(), moved, told));
    }
}

/// A name, or as much of it as any name has.
fn cut(name: &str) -> &str {
    let end = name
        .char_indices()
        .nth(LONGEST_NAME)
        .map_or(name.len(), |(at, _)| at);
    &name[..end]
}
