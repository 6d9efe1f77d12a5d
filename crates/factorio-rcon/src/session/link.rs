//! The state of a connection, as the rest of a program sees it.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::WRONG_PASSWORD_PAUSE;

/// How the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// At the start, and right after a connection was lost: requests are kept.
    Connecting,
    /// Logged in.
    Up,
    /// Logged in, but the server has let a deadline pass without a byte. It may be saving.
    Silent {
        /// When the request that waits was sent.
        since: Instant,
    },
    /// The last attempt failed: requests are refused at once.
    Down {
        /// Why.
        why: Down,
        /// When the next attempt is made.
        next_attempt: Instant,
    },
    /// The session has ended.
    Closed,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Down {
    /// The name means nothing to the resolver.
    #[error(
        "the RCON host {host} was not found ({error}); is the name right, and does this machine know it?"
    )]
    Unresolved {
        /// The name.
        host: String,
        /// In the words of the system.
        error: String,
    },
    /// No connection could be made.
    #[error(
        "no connection to RCON at {address} ({error}); is the server running, with --rcon-port or --rcon-bind?"
    )]
    Unreachable {
        /// Host and port.
        address: String,
        /// In the words of the system.
        error: String,
    },
    /// It took too long.
    #[error("RCON at {address} did not {step} within {} s; the server may be saving, or a firewall may drop the packets", waited.as_secs_f32())]
    TooSlow {
        /// Host and port.
        address: String,
        /// What was waited for.
        step: Step,
        /// For how long.
        waited: Duration,
    },
    /// The password is wrong.
    #[error(
        "RCON at {address} refuses the password; correct it. It is tried again once in {} s", WRONG_PASSWORD_PAUSE.as_secs()
    )]
    WrongPassword {
        /// Host and port.
        address: String,
    },
    /// What answers is no RCON server.
    #[error("what answers at {address} does not speak RCON ({error}); is it the game's own port?")]
    NotRcon {
        /// Host and port.
        address: String,
        /// What is wrong.
        error: String,
    },
}

/// A step of making a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Look up the name.
    Resolve,
    /// Connect.
    Connect,
    /// Answer the login.
    LogIn,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolve",
            Self::Connect => "accept the connection",
            Self::LogIn => "answer the login",
        })
    }
}
