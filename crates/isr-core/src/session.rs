//! Who is on a server, and since when.
//!
//! Owns the rules of a session: a join opens one (a second join changes nothing), a leave closes it, and the end of the
//! server's run closes all that began before it. Must not know files, the store or a clock: moments enter as Unix
//! milliseconds. Cannot fail: a leave without a join says nothing, and time that runs backwards gives a session of no
//! length.
//!
//! The store applies the same rules to its own rows, so that a book can be opened anew from them at any time.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// More players than that are not followed: no server of the game holds as many.
pub const MOST_OPEN: usize = 65_536;

/// The names of so many players are remembered; from then on nobody is called new.
pub const MOST_KNOWN: usize = 262_144;

/// Before a server has been watched for so long nobody is called new: everybody would be.
pub const ACQUAINTED_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

/// How somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appearance {
    /// Never seen on this server before.
    First,
    /// Seen before.
    Returning,
    /// Here already: nothing changed.
    Here,
    /// The server is not known for long enough, or there are too many players, to tell.
    Unknown,
}

/// What the sessions tell of a join or a leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Visit {
    /// How long the player who leaves was there, if that is known.
    pub lasted: Option<Duration>,
    /// The player who joins was never seen on this server before.
    pub is_first: bool,
}

/// A session that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The player.
    pub player: String,
    /// How long it lasted.
    pub lasted: Duration,
}

/// The open sessions of one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionBook {
    open: BTreeMap<String, i64>,
    /// Hashes of the names that ever joined: a name would cost ten times as much.
    known: HashSet<u64>,
    /// The first join that was ever seen.
    since_ms: Option<i64>,
}

impl SessionBook {
    /// A book as it was left: who is on the server since when, who ever joined, and when the first of them did.
    #[must_use]
    pub fn reopen<'a>(
        open: impl IntoIterator<Item = (String, i64)>,
        known: impl IntoIterator<Item = &'a str>,
        since_ms: Option<i64>,
    ) -> Self {
        let mut book = Self {
            since_ms,
            ..Self::default()
        };
        book.open.extend(open.into_iter().take(MOST_OPEN));
        book.known
            .extend(known.into_iter().take(MOST_KNOWN).map(fingerprint));
        book
    }

    /// A player joined.
    pub fn join(&mut self, player: &str, at_ms: i64) -> Appearance {
        if self.open.contains_key(player) {
            return Appearance::Here;
        }
        if self.open.len() < MOST_OPEN {
            self.open.insert(player.to_owned(), at_ms);
        }
        let since_ms = *self.since_ms.get_or_insert(at_ms);
        let name = fingerprint(player);
        if self.known.contains(&name) {
            return Appearance::Returning;
        }
        let has_room = self.known.len() < MOST_KNOWN;
        if has_room {
            self.known.insert(name);
        }
        if has_room && between(since_ms, at_ms) >= ACQUAINTED_AFTER {
            Appearance::First
        } else {
            Appearance::Unknown
        }
    }

    /// A player left. Gives how long the session was, if its beginning was seen.
    pub fn leave(&mut self, player: &str, at_ms: i64) -> Option<Duration> {
        self.open.remove(player).map(|since| between(since, at_ms))
    }

    /// The run of the server ended: so did every session that began before. One that began later belongs to the next
    /// run, of which another log told first.
    pub fn end_run(&mut self, at_ms: i64) -> Vec<Ended> {
        let ended = self.open.extract_if(.., |_, since| *since <= at_ms);
        ended
            .map(|(player, since)| Ended {
                player,
                lasted: between(since, at_ms),
            })
            .collect()
    }

    /// Who is on the server, since when.
    pub fn open(&self) -> impl Iterator<Item = (&str, i64)> {
        self.open.iter().map(|(player, since)| (player.as_str(), *since))
    }
}

fn between(since_ms: i64, until_ms: i64) -> Duration {
    Duration::from_millis(until_ms.saturating_sub(since_ms).max(0).unsigned_abs())
}

fn fingerprint(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
