//! Personal notices: who is told what, as the store has it.
//!
//! Owns the list that the readers of logs go by, and the channels that notices need a lane for. It is read anew when somebody
//! changed it. Must not know how a notice reads. Fails where the store cannot be read; the list then stays as it was.

use std::sync::{Arc, Mutex, PoisonError};

use isr_core::watching::Watch;
use isr_store::{CommitError, Store};

/// Everybody's watches. Clones show the same list.
#[derive(Debug, Clone, Default)]
pub struct Watchers(Arc<Mutex<Arc<[Watch]>>>);

impl Watchers {
    /// Reads the list anew.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn refresh(&self, store: &Store) -> Result<(), CommitError> {
        let rows = store.watches().await?;
        let fresh = rows.into_iter().map(|row| row.watch).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The list as it is now.
    #[must_use]
    pub fn all(&self) -> Arc<[Watch]> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The channels in which somebody is told something, each once.
    #[must_use]
    pub fn channels(&self) -> Vec<u64> {
        let mut channels: Vec<u64> = self.all().iter().map(|watch| watch.channel).collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }
}
