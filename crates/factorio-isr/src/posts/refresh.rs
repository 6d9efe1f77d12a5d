//! The wishes of people to see a card as it is now.
//!
//! Owns which cards there are to wish for: a card is in the list for as long as it is followed. Bounded by the number of
//! servers. Cannot fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::source::ServerTag;

use crate::rounds::Rounds;

type Cards = BTreeMap<ServerTag, Rounds>;

/// The wishes for all cards; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Refreshes(Arc<Mutex<Cards>>);

impl Refreshes {
    /// The wishes for the card of a server; `None` where none is followed.
    #[must_use]
    pub fn of(&self, server: &ServerTag) -> Option<Rounds> {
        self.cards().get(server).cloned()
    }

    /// Whoever follows a card heeds its wishes from now on.
    pub(super) fn heed(&self, server: &ServerTag) -> Heeded {
        let rounds = Rounds::default();
        self.cards().insert(server.clone(), rounds.clone());
        Heeded {
            cards: self.clone(),
            server: server.clone(),
            rounds,
        }
    }

    /// Every change is one step, so that a panic elsewhere leaves it whole.
    fn cards(&self) -> MutexGuard<'_, Cards> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wishes for one card. With it the card leaves the list.
#[derive(Debug)]
pub(super) struct Heeded {
    cards: Refreshes,
    server: ServerTag,
    pub(super) rounds: Rounds,
}

impl Drop for Heeded {
    fn drop(&mut self) {
        let mut cards = self.cards.cards();
        // A card that moved may be followed at its new place before the one at the old place has ended.
        if cards
            .get(&self.server)
            .is_some_and(|rounds| rounds.is_same(&self.rounds))
        {
            cards.remove(&self.server);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_ends_takes_away_its_own_wishes_and_not_those_of_its_successor() {
        let (cards, north) = (Refreshes::default(), ServerTag::parse("north").unwrap());
        let old = cards.heed(&north);
        let new = cards.heed(&north);
        drop(old);
        assert!(cards.of(&north).is_some_and(|rounds| rounds.is_same(&new.rounds)));
        drop(new);
        assert!(cards.of(&north).is_none());
    }
}
