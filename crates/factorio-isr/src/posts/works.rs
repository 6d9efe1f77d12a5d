//! The planned work that is going on.
//!
//! Owns the last answer of the store, which serves all servers for a moment: many decide often, plans change rarely. Fails
//! where the store cannot be read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::source::ServerTag;
use isr_store::{CommitError, Maintenance, Store};
use tokio::time::Instant;

/// An answer is good for so long.
const GOOD_FOR: Duration = Duration::from_secs(2);

/// What was planned when the store was asked last. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Works(Arc<Mutex<Known>>);

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
            let planned = store.maintenance().await?;
            *self.known() = Known {
                planned,
                asked: Some(Instant::now()),
            };
        }
        Ok(self.until(server, now_ms))
    }

    /// Until when work on a server goes on (Unix milliseconds), as far as is known: for what is shown.
    pub(super) fn until(&self, server: &ServerTag, now_ms: i64) -> Option<i64> {
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
