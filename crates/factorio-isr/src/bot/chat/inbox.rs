//! What one server still has to say.
//!
//! Owns a queue with a bound, so that a game that does not answer keeps neither the gateway nor another server waiting.
//! Outlives the task that empties it. Must not know what a message says. Cannot fail: what does not fit is given back.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use isr_discord::gateway::event::Message;
use tokio::sync::Notify;

/// A busy channel has a few messages a second, and a game that saves is silent for some.
const MOST: usize = 64;

/// Something to do.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    /// Somebody wrote this.
    Message(Box<Message>),
    /// A new session began: what was written meanwhile is to be asked for.
    Missed,
}

#[derive(Debug, Default)]
pub(super) struct Inbox {
    waiting: Mutex<VecDeque<Heard>>,
    news: Notify,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Heard>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes it in, or gives it back when there is no room.
    pub(super) fn put(&self, heard: Heard) -> Result<(), Heard> {
        let mut waiting = self.waiting();
        if matches!(heard, Heard::Missed) {
            // Behind what was told before, and before whatever is told since: ids rise with time.
            if !matches!(waiting.back(), Some(Heard::Missed)) {
                waiting.push_back(heard);
            }
        } else if waiting.len() >= MOST {
            return Err(heard);
        } else {
            waiting.push_back(heard);
        }
        drop(waiting);
        self.news.notify_one();
        Ok(())
    }

    /// The next one, as soon as there is one.
    pub(super) async fn next(&self) -> Heard {
        loop {
            if let Some(next) = self.waiting().pop_front() {
                return next;
            }
            self.news.notified().await;
        }
    }
}
