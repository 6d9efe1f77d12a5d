//! Work that people wish for, done in rounds.
//!
//! Owns that wishes which come while a round is under way are one round more, and that whoever wished learns when it is done.
//! Must not know the work. Cannot fail: who waits gives up after a while, and the work is done none the less.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// The wishes for one piece of work; clones share them.
#[derive(Debug, Clone)]
pub struct Rounds(Arc<watch::Sender<Count>>);

/// Wishes, and how many of them are done.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    wished: u64,
    done: u64,
}

/// Everything that was wished for up to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round(u64);

/// How a wish stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wished {
    /// It is done.
    Done,
    /// It is not done yet.
    Waits,
}

impl Default for Rounds {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Count::default())))
    }
}

impl Rounds {
    /// Wishes for it, and waits at most so long until it is done.
    pub async fn wish(&self, patience: Duration) -> Wished {
        let mut counts = self.0.subscribe();
        self.0.send_modify(|count| count.wished += 1);
        let mine = self.0.borrow().wished;
        let done = counts.wait_for(|count| count.done >= mine);
        match tokio::time::timeout(patience, done).await {
            Ok(Ok(_)) => Wished::Done,
            _ => Wished::Waits,
        }
    }

    /// Whether these are the wishes for the same work.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What is wished for and not done.
    #[must_use]
    pub fn waiting(&self) -> Option<Round> {
        let count = *self.0.borrow();
        (count.wished > count.done).then_some(Round(count.wished))
    }

    /// Waits until something is wished for that is not done.
    pub async fn wished(&self) {
        let mut counts = self.0.subscribe();
        // The sender is ours: it does not close.
        let _is_wished = counts.wait_for(|count| count.wished > count.done).await;
    }

    /// A round is done.
    pub fn done(&self, round: Round) {
        self.0.send_modify(|count| count.done = count.done.max(round.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn wishes_that_come_together_are_one_round_and_later_ones_another() {
        const LONG: Duration = Duration::from_secs(3_600);
        let rounds = Rounds::default();
        assert_eq!(rounds.waiting(), None);
        let wish = || {
            let rounds = rounds.clone();
            tokio::spawn(async move { rounds.wish(LONG).await })
        };
        let first = [wish(), wish()];
        while rounds.waiting() != Some(Round(2)) {
            tokio::task::yield_now().await;
        }
        rounds.wished().await;
        let round = rounds.waiting().unwrap();
        let late = wish();
        while rounds.waiting() == Some(round) {
            tokio::task::yield_now().await;
        }
        rounds.done(round);
        for wish in first {
            assert_eq!(wish.await.unwrap(), Wished::Done);
        }
        assert!(!late.is_finished(), "it came after the round began");
        rounds.done(rounds.waiting().unwrap());
        assert_eq!(late.await.unwrap(), Wished::Done);
        assert_eq!(rounds.waiting(), None);
        assert_eq!(rounds.wish(Duration::from_secs(1)).await, Wished::Waits);
    }
}
