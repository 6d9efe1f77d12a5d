//! Why a request has no reply, and whether it may have run.

use super::link::Down;
use crate::gate::Refusal;

/// A request without a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It did not run and will not: not one byte of it left.
    #[error("not sent: {0}")]
    NotSent(#[from] NotSent),
    /// It may have run, or may yet: bytes left and no reply came. It is never sent again by itself.
    #[error("sent, but whether it ran is unknown: {0}")]
    Unknown(Lost),
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The gate or the server's configuration does not let it through.
    #[error("{0}")]
    Refused(Refusal),
    /// There is no connection.
    #[error("{0}")]
    Down(Down),
    /// The queue is full.
    #[error("too many commands are waiting for this server; try again later")]
    QueueFull,
    /// Its deadline passed before its turn came.
    #[error("the server did not get to it in time; try again later")]
    Deadline,
    /// Its deadline passed while the server answered nothing at all, as it does while it saves.
    #[error("the server is not answering; it may be saving. Try again in a moment")]
    Silent,
    /// The session has ended.
    #[error("the connection is being shut down")]
    Closed,
}

/// Why a reply was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// No reply within the deadline; the game does not answer while it saves.
    #[error("the server did not answer in time; it may be saving, and the command may still run")]
    Deadline,
    /// The connection ended first.
    #[error("the connection ended before the reply came")]
    Disconnected,
    /// The reply is larger than the cap.
    #[error("the reply is larger than this session takes; the command ran")]
    TooLong,
}
