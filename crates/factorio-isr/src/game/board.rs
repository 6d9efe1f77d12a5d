//! What is known of all games, where everybody can read it.
//!
//! Owns the list of games and the way to hear of its changes. Must not know how anything became known. Cannot fail:
//! whoever is too slow misses what is out of date.

use std::collections::BTreeMap;
use std::sync::Arc;

use factorio_rcon::Session;
use isr_core::game::{LogSign, Snapshot};
use isr_core::source::ServerTag;
use tokio::sync::watch;

use super::knowledge::Knowledge;

/// One game.
#[derive(Debug, Clone)]
pub struct Game {
    /// Which server it is.
    pub tag: ServerTag,
    /// The way to its console; `None` where the configuration has no RCON for it.
    pub session: Option<Session>,
    /// What is known of it, and every change of that. Closed when the game is no longer followed.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where its logs tell what they saw.
    pub signs: Signs,
}

/// Where the logs of a server tell what they saw of the game. Clones lead to the same place.
#[derive(Debug, Clone)]
pub struct Signs(Arc<Knowledge>);

impl Signs {
    pub(super) const fn new(knowledge: Arc<Knowledge>) -> Self {
        Self(knowledge)
    }

    /// Tells it, with the time at which it happened by the log's own account (Unix milliseconds). Takes no time to speak
    /// of: a log is never held up by what is made of it here.
    pub fn tell(&self, sign: &LogSign<'_>, happened_ms: i64) {
        self.0.told(sign, happened_ms);
    }
}

/// All games by tag.
pub type AllGames = Arc<BTreeMap<ServerTag, Game>>;

/// The list of all games; clones show the same list.
#[derive(Debug, Clone)]
pub struct Board(Arc<watch::Sender<AllGames>>);

impl Default for Board {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(AllGames::default())))
    }
}

impl Board {
    /// The games as they are now.
    #[must_use]
    pub fn games(&self) -> AllGames {
        Arc::clone(&self.0.borrow())
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, tag: &ServerTag) -> Option<Game> {
        self.0.borrow().get(tag).cloned()
    }

    /// The list, and every change of it: which games there are, not what is known of them.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<AllGames> {
        self.0.subscribe()
    }

    pub(super) fn put(&self, games: BTreeMap<ServerTag, Game>) {
        self.0.send_replace(Arc::new(games));
    }
}
