//! Requests that wait for their turn.
//!
//! Owns their order and their bound. People come before polls; within a priority, first come, first served. Each
//! priority has a bound of its own, so that polls never keep a person out. What is full refuses.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::request::Request;

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Somebody waits for the answer.
    Person,
    /// A probe that comes again.
    Poll,
}

#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    length: NonZeroUsize,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    people: VecDeque<Request>,
    polls: VecDeque<Request>,
    ended: bool,
}

/// A request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    Full,
    Ended,
}

impl Queue {
    pub(super) fn new(length: NonZeroUsize) -> Self {
        Self {
            state: Mutex::default(),
            length,
            news: Notify::new(),
        }
    }

    pub(super) fn push(&self, request: Request, priority: Priority) -> Result<(), Closed> {
        let mut state = self.lock();
        if state.ended {
            return Err(Closed::Ended);
        }
        let waiting = match priority {
            Priority::Person => &mut state.people,
            Priority::Poll => &mut state.polls,
        };
        if waiting.len() >= self.length.get() {
            // Those whose callers have gone take nobody's place.
            waiting.retain(|request| !request.ticket.is_withdrawn());
            if waiting.len() >= self.length.get() {
                return Err(Closed::Full);
            }
        }
        waiting.push_back(request);
        drop(state);
        self.news.notify_one();
        Ok(())
    }

    /// The next request whose caller still waits. It counts as sent from here on.
    pub(super) fn pop(&self) -> Option<Request> {
        let mut state = self.lock();
        loop {
            let request = state.people.pop_front().or_else(|| state.polls.pop_front())?;
            if request.ticket.may_leave() {
                return Some(request);
            }
        }
    }

    /// Takes out everything that waits.
    pub(super) fn drain(&self) -> Vec<Request> {
        let mut state = self.lock();
        let mut all: Vec<_> = state.people.drain(..).collect();
        all.extend(state.polls.drain(..));
        all
    }

    /// Ends when something may have been pushed or the queue was closed.
    pub(super) async fn changed(&self) {
        self.news.notified().await;
    }

    pub(super) fn close(&self) {
        self.lock().ended = true;
        self.news.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().ended
    }

    /// The queue stays usable when a thread panicked while it held it: every change is one step.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
