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
    /// The log was read to its end, and the last run that it tells of has not ended. It is no line, and tells something only
    /// to those who know nothing of the run yet: what a backlog tells line by line was so once.
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
