//! The planned work that is going on, for whoever shows it.
//!
//! Owns the last answer of the store. Whoever decides asks the store itself; this is for what is shown. Cannot fail.

use std::sync::{Arc, Mutex, PoisonError};

use isr_core::source::ServerTag;
use isr_store::{CommitError, Maintenance, Store};

/// What was planned when the store was asked last. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Works(Arc<Mutex<Vec<Maintenance>>>);

impl Works {
    /// Asks the store, and tells until when alerts of a server keep silent (Unix milliseconds).
    pub(super) async fn ask(
        &self,
        store: &Store,
        server: &ServerTag,
        now_ms: i64,
    ) -> Result<Option<i64>, CommitError> {
        let planned = store.maintenance().await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = planned;
        Ok(self.until(server, now_ms))
    }

    /// Until when work on a server goes on (Unix milliseconds), as far as is known.
    pub(super) fn until(&self, server: &ServerTag, now_ms: i64) -> Option<i64> {
        let planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = planned
            .iter()
            .filter(|planned| planned.is_on(now_ms) && planned.scope.covers(server));
        own.map(|planned| planned.until_ms).max()
    }
}
