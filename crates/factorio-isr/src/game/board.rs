//! What is known of all games, where everybody can read it.
//!
//! Owns the list of games and the way to hear of its changes. Must not know how anything became known. Cannot fail:
//! whoever is too slow misses what is out of date.

use std::collections::BTreeMap;
use std::sync::Arc;

use factorio_rcon::Session;
use isr_core::game::{GameState, LogSign, Snapshot};
use isr_core::source::ServerTag;
use tokio::sync::watch;

use super::knowledge::Knowledge;
use crate::rounds::Rounds;

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
    /// The wishes to have it asked now, and not only at its turn; done when the answers are published.
    pub asked_now: Rounds,
}

/// Where the logs of a server tell what they saw of the game. Clones lead to the same place.
#[derive(Debug, Clone)]
pub struct Signs {
    knowledge: Arc<Knowledge>,
    session: Option<Session>,
}

impl Signs {
    pub(super) const fn new(knowledge: Arc<Knowledge>, session: Option<Session>) -> Self {
        Self { knowledge, session }
    }

    /// Tells it, with the time at which it happened by the log's own account (Unix milliseconds). Takes no time to speak
    /// of: a log is never held up by what is made of it here.
    pub fn tell(&self, sign: &LogSign<'_>, happened_ms: i64) {
        let is_back = match sign {
            LogSign::Started { .. } => true,
            LogSign::GoesOn => matches!(self.knowledge.snapshot().game, GameState::Down { .. }),
            _ => false,
        };
        self.knowledge.told(sign, happened_ms);
        // Whoever waits for the next attempt to reach it need not.
        if let (true, Some(session)) = (is_back, &self.session) {
            session.try_now();
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use factorio_rcon::session::Link;
    use factorio_rcon::{Address, Options, Password};
    use isr_core::game::WatchOptions;
    use isr_testkit::rcon::FakeFactorio;
    use tokio::time::{Instant, sleep, timeout};

    use super::super::clock::Clock;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn r01_a_start_that_the_log_tells_ends_the_wait_for_the_game() {
        let game = FakeFactorio::start("secret").await.unwrap();
        let address = Address::new(&game.addr().ip().to_string(), game.addr().port()).unwrap();
        let (session, driver) = Session::new(Options::new(address, Password::new("secret").unwrap()));
        let driving = tokio::spawn(async move { driver.run().await });
        let knowledge = Arc::new(Knowledge::new(WatchOptions::default(), Clock::new()));
        let signs = Signs::new(knowledge, Some(session.clone()));
        let up = async || {
            let mut link = session.link();
            let waited = timeout(Duration::from_secs(60), link.wait_for(|link| *link == Link::Up)).await;
            waited.unwrap().unwrap();
        };
        for round in 0..8 {
            up().await;
            game.stop().await;
            sleep(Duration::from_secs(3_600)).await;
            game.start_again().await.unwrap();
            let started = Instant::now();
            if round % 2 == 0 {
                signs.tell(&LogSign::Started { version: None }, 0);
            } else {
                // The start was not read as it was written.
                signs.tell(&LogSign::Stopped, 0);
                signs.tell(&LogSign::GoesOn, 0);
            }
            up().await;
            let waited = started.elapsed();
            assert!(waited <= Duration::from_secs(2), "{round}: {waited:?}");
        }
        driving.abort();
    }
}
