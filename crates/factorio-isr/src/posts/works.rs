//! The planned work that is going on.
//!
//! Owns the last answer of the store, which serves all servers for a moment: many decide often, plans change rarely. One task
//! keeps it fresh for those who cannot wait for the store: cards, and the rules that look at lines. Fails where the store
//! cannot be read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::source::ServerTag;
use isr_store::{CommitError, Maintenance, Store};
use tokio::time::Instant;

use crate::relay::upkeep::goes_on_after;
use crate::supervisor::Stop;

/// An answer is good for so long.
const GOOD_FOR: Duration = Duration::from_secs(2);
/// The store is asked so often for those who cannot wait: each time wakes the program up, so not more often than people notice.
const FRESHENED_EVERY: Duration = Duration::from_secs(30);

/// What was planned when the store was asked last. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Works(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    planned: Vec<Maintenance>,
    asked: Option<Instant>,
}

impl Works {
    /// Until when alerts of a server keep silent (Unix milliseconds). Asks the store, unless it was asked just now.
    pub(super) async fn ask(
        &self,
        store: &Store,
        server: &ServerTag,
        now_ms: i64,
    ) -> Result<Option<i64>, CommitError> {
        let is_good = self.known().asked.is_some_and(|asked| asked.elapsed() < GOOD_FOR);
        if !is_good {
            self.refresh(store).await?;
        }
        Ok(self.until(server, now_ms))
    }

    /// Asks the store.
    pub(crate) async fn refresh(&self, store: &Store) -> Result<(), CommitError> {
        let planned = store.maintenance().await?;
        *self.known() = Known {
            planned,
            asked: Some(Instant::now()),
        };
        Ok(())
    }

    /// Until when work on a server goes on (Unix milliseconds), as far as is known: for those who cannot wait.
    pub(crate) fn until(&self, server: &ServerTag, now_ms: i64) -> Option<i64> {
        let known = self.known();
        let own = known
            .planned
            .iter()
            .filter(|planned| planned.is_on(now_ms) && planned.scope.covers(server));
        own.map(|planned| planned.until_ms).max()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what is known fresh until the program stops.
pub(super) async fn keep_fresh(works: Works, store: Store, mut stop: Stop) {
    while goes_on_after(FRESHENED_EVERY, &mut stop).await {
        match works.refresh(&store).await {
            Ok(()) => {}
            Err(error) if error.is_fatal() => return stop.stopping().await,
            // What was known last holds: each plan has its own end.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "maintenance_not_read: trying again"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use isr_store::{Admin, Scope, StoreOptions};
    use isr_testkit::clock::Clock;

    use super::*;
    use crate::supervisor::stop_pair;

    #[tokio::test(start_paused = true)]
    async fn what_is_planned_is_known_to_those_who_never_ask() {
        let clock = Clock::hold();
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(dir.path())).unwrap().store;
        let planned = Maintenance {
            scope: Scope::All,
            from_ms: 0,
            until_ms: 100,
            by: "a test".into(),
        };
        Admin::open(dir.path())
            .unwrap()
            .begin_maintenance(&planned)
            .unwrap();
        let (works, (trigger, stop)) = (Works::default(), stop_pair());
        let server = ServerTag::parse("north").unwrap();
        let task = tokio::spawn(keep_fresh(works.clone(), store, stop));
        clock.pass(FRESHENED_EVERY).await;
        // The store answers from a thread of its own.
        clock.now(|| works.until(&server, 50).is_some()).await;
        assert_eq!(works.until(&server, 50), Some(100));
        trigger.stop();
        task.await.unwrap();
    }
}
