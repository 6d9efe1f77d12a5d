//! Who somebody of Discord is in the games: what was proven, and the codes that wait to be written there.
//!
//! Owns the way from a line of chat to whoever waits for it. What was proven is read from the store when somebody changed it. The
//! reader of logs asks about every line of chat, so that a line without a code costs a look at its words. Must not know how
//! a code is told. Fails where the store cannot be read; what was known then stays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use isr_core::event::Event;
use isr_core::linking::{Code, Codes};
use isr_core::source::ServerTag;
use isr_store::{CommitError, Store};
use tokio::sync::oneshot;

/// Links and codes; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Links(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    codes: Mutex<Codes<oneshot::Sender<String>>>,
    players: Mutex<Arc<HashMap<u64, String>>>,
}

impl Links {
    /// Reads anew what was proven.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn refresh(&self, store: &Store) -> Result<(), CommitError> {
        let links = store.habits().await?.links;
        let fresh = links
            .into_iter()
            .map(|linked| (linked.person, linked.player))
            .collect();
        *self.0.players.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// The player that a person proved to be.
    #[must_use]
    pub fn player_of(&self, person: u64) -> Option<String> {
        let players = Arc::clone(&self.0.players.lock().unwrap_or_else(PoisonError::into_inner));
        players.get(&person).cloned()
    }

    /// Lets a code wait for a person. What comes is the name of the player who wrote it; an error, when it counts no more.
    pub(super) fn ask(&self, code: Code, whom: (u64, ServerTag), now_ms: i64) -> oneshot::Receiver<String> {
        let (sender, receiver) = oneshot::channel();
        let mut codes = self.0.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.ask(code, whom, sender, now_ms);
        receiver
    }

    /// Something happened on a server. Says whether it is a code, which is nobody else's business; whoever waits for it is
    /// told.
    pub(crate) fn heed(&self, server: &ServerTag, event: &Event, now_ms: i64) -> bool {
        let Some((player, text)) = written(event) else {
            return false;
        };
        let Some(code) = Code::in_chat(text) else {
            return false;
        };
        let waits = {
            let mut codes = self.0.codes.lock().unwrap_or_else(PoisonError::into_inner);
            codes.written(&code, (server, player), now_ms)
        };
        match waits {
            // Whoever waited has given up when there is nobody to be told.
            Some(waits) => drop(waits.send(player.to_owned())),
            None => tracing::info!(%server, player, "link_refused: a code that does not count was written"),
        }
        true
    }
}

/// Who wrote what, as the game itself tells it: what a mod or a script prints under a name proves nothing.
fn written(event: &Event) -> Option<(&str, &str)> {
    match event {
        Event::Chat { player, text } | Event::Shout { player, text } => Some((player, text)),
        Event::Custom(custom) => custom.replaces.as_ref().and_then(written),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_game_tells_of_a_player_proves_anything() {
        let (links, server, code) = (Links::default(), ServerTag::parse("a").unwrap(), Code::of(5));
        let mut proven = links.ask(code.clone(), (1, server.clone()), 0);
        let text = || format!("alice: {}", code.as_str());
        assert!(!links.heed(&server, &Event::ServerChat { text: text() }, 1));
        assert!(proven.try_recv().is_err());
        let chat = |text: &str| Event::Chat {
            player: "alice".into(),
            text: text.into(),
        };
        assert!(!links.heed(&server, &chat("no code"), 1));
        assert!(
            links.heed(&server, &chat("link-A2A2A2A3"), 1),
            "a wrong one is a code, too"
        );
        assert!(links.heed(&server, &chat(code.as_str()), 1));
        assert_eq!(proven.try_recv().unwrap(), "alice");
    }
}
