//! An operation's answer, held back until the transaction that it belongs to has ended.
//!
//! Owns one reply channel. A caller that went away is no error: what was committed stays committed.

use tokio::sync::oneshot;

use crate::error::CommitError;

/// Where the outcome of one command goes.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    sender: oneshot::Sender<Result<T, CommitError>>,
    outcome: Option<Result<T, CommitError>>,
}

impl<T> Answer<T> {
    /// An answer and the end at which the caller waits.
    pub(crate) fn channel() -> (Self, oneshot::Receiver<Result<T, CommitError>>) {
        let (sender, receiver) = oneshot::channel();
        (
            Self {
                sender,
                outcome: None,
            },
            receiver,
        )
    }

    /// Keeps the outcome until [`Answer::deliver`].
    pub(crate) fn keep(&mut self, outcome: Result<T, CommitError>) {
        self.outcome = Some(outcome);
    }

    /// Sends the kept outcome; without one the store is closed.
    pub(crate) fn deliver(self) {
        let outcome = self.outcome.unwrap_or(Err(CommitError::Closed));
        let _ = self.sender.send(outcome);
    }

    /// Sends an outcome at once.
    pub(crate) fn send(mut self, outcome: Result<T, CommitError>) {
        self.keep(outcome);
        self.deliver();
    }
}
