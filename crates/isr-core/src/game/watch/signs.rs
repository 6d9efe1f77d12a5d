//! What a [`Watch`](super::Watch) is told beside answers: what the connection does, and what the log says.
//!
//! Owns the words for it. Must not know what follows from them. Cannot fail.

use std::time::Duration;

use crate::game::snapshot::WhyDown;

/// A change of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkChange {
    /// An attempt is under way.
    Connecting,
    /// Logged in, or an answer came that was overdue. A connection is good from its first answer on.
    Up,
    /// An answer is overdue.
    Silent,
    /// An attempt has failed, or the connection has ended.
    Down {
        /// Why.
        why: WhyDown,
        /// The same for the operator.
        detail: String,
    },
}

/// What a line of the server's logs tells. The texts are hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSign<'a> {
    /// A line was written, whatever it says.
    Line,
    /// Lines that were not read as they were written are at their end, and the last run that the log tells of has not ended.
    /// It is no line: line by line they were so once.
    GoesOn,
    /// The run began: players can join.
    Started {
        /// The game's version, where the log told it.
        version: Option<&'a str>,
    },
    /// The run ended in order.
    Stopped,
    /// The run ended otherwise.
    Crashed,
    /// The game began to save.
    SaveBegan,
    /// It has saved.
    SaveEnded {
        /// How long that took, where both ends were told.
        took: Option<Duration>,
    },
    /// A player came.
    Joined(&'a str),
    /// A player went.
    Left(&'a str),
}
