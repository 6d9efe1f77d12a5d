//! A value that can be waited for.
//!
//! Owns the one way to wait in this kit: a predicate over a value, looked at again after every change, under a
//! deadline. Changes may come from any thread. Waiting fails with [`Late`], which tells what was seen instead.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// What a test waited for did not come in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what was waited for did not come within {waited:?}; seen instead: {seen}")]
pub struct Late {
    /// How long the test was ready to wait.
    pub waited: Duration,
    /// The state at the deadline, in words.
    pub seen: String,
}

pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changes: watch::Sender<u64>,
}

impl<T> Watched<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            changes: watch::Sender::new(0),
        }
    }

    /// The value stays usable when a test panicked while it held it: that test has failed already.
    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.lock())
    }

    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let changed = change(&mut self.lock());
        self.changes
            .send_modify(|version| *version = version.wrapping_add(1));
        changed
    }

    /// Waits until `found` finds something; `describe` words what is there at the deadline.
    pub(crate) async fn wait<R>(
        &self,
        deadline: Duration,
        mut found: impl FnMut(&T) -> Option<R>,
        describe: impl FnOnce(&T) -> String,
    ) -> Result<R, Late> {
        let mut changes = self.changes.subscribe();
        let search = async {
            loop {
                if let Some(found) = self.read(&mut found) {
                    return Some(found);
                }
                // The sender lives in `self`, so this ends only with a change.
                changes.changed().await.ok()?;
            }
        };
        match timeout(deadline, search).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) | Err(_) => Err(Late {
                waited: deadline,
                seen: self.read(describe),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_change_from_another_thread_ends_the_wait() {
        let number = Arc::new(Watched::new(0));
        let writer = Arc::clone(&number);
        let thread = std::thread::spawn(move || (0..100).for_each(|_| writer.change(|n| *n += 1)));
        let seen = number
            .wait(
                Duration::from_secs(10),
                |n| (*n == 100).then_some(*n),
                ToString::to_string,
            )
            .await;
        assert_eq!(seen, Ok(100));
        thread.join().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_missed_deadline_tells_what_was_seen() {
        let number = Watched::new(3);
        let deadline = Duration::from_secs(5);
        let late = number
            .wait(deadline, |n| (*n == 4).then_some(()), |n| format!("n = {n}"))
            .await;
        assert_eq!(
            late,
            Err(Late {
                waited: deadline,
                seen: "n = 3".into()
            })
        );
    }
}
