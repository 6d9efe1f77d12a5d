//! Who is on a server and since when, from lists and from the log.
//!
//! Owns how the two agree: the log is exact and at once, the list is complete. A list that was under way while somebody
//! came or went does not undo what the log told. Must not know where either comes from. Cannot fail.

use crate::game::snapshot::{Online, Players, Since};

/// A list may be so much older than what the log has told.
const LATE_MS: i64 = 10_000;
/// After a connection was lost for longer, nobody knows who was there all the time.
const GAP_MS: i64 = 60_000;
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
    recent: Vec<(String, Moved, i64)>,
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
    pub(super) fn listed(&mut self, names: &[String], now_ms: i64) {
        self.recent
            .retain(|(_, _, at_ms)| now_ms.saturating_sub(*at_ms) <= LATE_MS);
        let since = match self.basis {
            Basis::Complete => Since::At(now_ms),
            Basis::Unknown => Since::Before(now_ms),
        };
        let recent = &self.recent;
        let just = |name: &str, moved: Moved| recent.iter().any(|(who, how, _)| who == name && *how == moved);
        self.online
            .retain(|player| names.contains(&player.name) || just(&player.name, Moved::Came));
        for name in names {
            let is_known = self.online.iter().any(|player| player.name == *name);
            if !is_known && !just(name, Moved::Went) {
                self.online.push(Online {
                    name: name.clone(),
                    since,
                });
            }
        }
        self.basis = Basis::Complete;
    }

    /// A list came that was not understood.
    pub(super) fn unreadable(&mut self) {
        self.basis = Basis::Unknown;
    }

    pub(super) fn joined(&mut self, name: &str, at_ms: i64) {
        self.log = Log::TellsOfPlayers;
        self.moved(name, Moved::Came, at_ms);
        self.online.retain(|player| player.name != name);
        self.online.push(Online {
            name: name.to_owned(),
            since: Since::Told(at_ms),
        });
    }

    pub(super) fn left(&mut self, name: &str, at_ms: i64) {
        self.log = Log::TellsOfPlayers;
        self.moved(name, Moved::Went, at_ms);
        self.online.retain(|player| player.name != name);
    }

    /// The run ended or began: nobody is there.
    pub(super) fn emptied(&mut self) {
        self.online.clear();
        self.recent.clear();
        self.basis = Basis::Complete;
    }

    /// The connection is back. Without a log, sessions go on over a short gap only.
    pub(super) fn came_back(&mut self, lost_ms: i64, now_ms: i64) {
        if self.log == Log::Mute && now_ms.saturating_sub(lost_ms) > GAP_MS {
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

    fn moved(&mut self, name: &str, moved: Moved, at_ms: i64) {
        self.recent.retain(|(who, _, _)| who != name);
        if self.recent.len() == MOST_RECENT {
            self.recent.remove(0);
        }
        self.recent.push((name.to_owned(), moved, at_ms));
    }
}
