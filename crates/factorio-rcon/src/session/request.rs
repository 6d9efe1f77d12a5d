//! One request on its way, its reply, and who may still call it back.
//!
//! Owns the one question that both sides have to agree on: did it leave? A ticket is waiting, sent or withdrawn, and goes
//! from waiting to one of the others exactly once, whoever is first.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Failure, Lost, NotSent};
use crate::gate::Line;

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The bytes as they came, usually with a line end behind them. Empty when the command printed nothing.
    pub body: Vec<u8>,
    /// When the request had left.
    pub sent: Instant,
    /// When the reply had come.
    pub received: Instant,
}

impl Reply {
    /// The reply as text. What is no UTF-8 becomes a replacement character.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// Under which id a request leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// Under one of its own: its reply is for its caller alone.
    Own,
    /// Under the one that brings console lines along. What comes is kept apart, whoever still waits.
    Console,
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) line: Line,
    pub(super) channel: Channel,
    pub(super) deadline: Instant,
    pub(super) answer: oneshot::Sender<Result<Reply, Failure>>,
    pub(super) ticket: Arc<Ticket>,
}

const WAITING: u8 = 0;
const SENT: u8 = 1;
const WITHDRAWN: u8 = 2;

#[derive(Debug)]
pub(super) struct Ticket(AtomicU8);

impl Ticket {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU8::new(WAITING)))
    }

    /// Called right before the first byte is written. Says whether it may be.
    pub(super) fn may_leave(&self) -> bool {
        self.leave_waiting(SENT)
    }

    /// Whether its caller has gone.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.0.load(Ordering::Acquire) == WITHDRAWN
    }

    /// Called by whoever waits no longer: what it may say about the request.
    pub(super) fn give_up(&self, not_sent: NotSent, lost: Lost) -> Failure {
        if self.leave_waiting(WITHDRAWN) || self.is_withdrawn() {
            Failure::NotSent(not_sent)
        } else {
            Failure::Unknown(lost)
        }
    }

    pub(super) const fn withdrawn_on_drop(&self) -> Withdrawal<'_> {
        Withdrawal(self)
    }

    fn leave_waiting(&self, to: u8) -> bool {
        self.0
            .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

/// Withdraws a request that has not left when its caller goes away.
pub(super) struct Withdrawal<'a>(&'a Ticket);

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        self.0.leave_waiting(WITHDRAWN);
    }
}
