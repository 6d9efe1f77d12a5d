//! What is to be said about the gateway: link, last trouble, counts.
//!
//! Owns words and numbers for metrics, health and doctor. Holds no secret. Pure.

use std::time::Duration;

use super::close::{CloseCode, Refusal};
use super::socket::ConnectFault;

/// Where the link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Not connected, and not to be for a while.
    Waiting(WaitReason),
    /// On the way: asking for the address, connecting, or introducing ourselves.
    Connecting,
    /// Events arrive.
    Live,
    /// It ended, and will not begin again on its own.
    Over(GatewayEnd),
}

/// Why no connection is tried just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// A pause after trouble.
    Pause,
    /// So many sessions were begun within the hour that another would endanger the token.
    IdentifyBudget,
    /// So many connections were tried that another would be impolite.
    ConnectBudget,
    /// The API asked us to wait.
    RateLimit,
}

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GatewayEnd {
    /// It was told to.
    #[error("the gateway was stopped")]
    Stopped,
    /// Discord will not have us; an operator has to act.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody takes events any more.
    #[error("nobody takes the gateway's events any more")]
    Unheard,
}

/// Why a connection was lost or not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// Discord closed it.
    #[error("Discord closed the connection: {0}")]
    Closed(CloseCode),
    /// It ended without a word.
    #[error("the connection to the gateway was cut")]
    Cut,
    /// What arrived is not the WebSocket protocol, or too large.
    #[error("the gateway sent what is no WebSocket message")]
    Protocol,
    /// The compressed stream cannot be read.
    #[error("the gateway's compressed stream is damaged")]
    Damaged,
    /// No connection was made.
    #[error("no connection to the gateway: {0}")]
    Connect(ConnectFault),
    /// The API did not say where the gateway is.
    #[error("Discord's API did not say where the gateway is: {0}")]
    Address(String),
    /// It greeted us, or let us in, too late.
    #[error("the gateway was silent for {} s after the connection was made", .0.as_secs())]
    Silent(Duration),
    /// A heartbeat was not answered.
    #[error("the gateway no longer answers heartbeats")]
    Zombie,
    /// What we sent was not taken in time.
    #[error("the gateway no longer takes what is sent to it")]
    Write,
    /// It asked us to connect again.
    #[error("the gateway asked for a new connection")]
    AskedTo,
    /// It does not know the session, or not now.
    #[error("the gateway does not go on with the session")]
    InvalidSession,
}

/// Totals since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GatewayCounts {
    /// Connections tried.
    pub connects: u64,
    /// Sessions asked for.
    pub identifies: u64,
    /// Sessions that went on.
    pub resumes: u64,
    /// Connections lost or not made.
    pub losses: u64,
    /// Of these for want of answers to heartbeats.
    pub zombies: u64,
    /// Events handed over.
    pub events: u64,
    /// Events that were told again and that we had already.
    pub replayed: u64,
    /// Events that lack what makes them useful.
    pub unusable: u64,
    /// Payloads that are no payloads.
    pub unreadable: u64,
    /// How often reading stopped because events were not taken quickly enough.
    pub stalls: u64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayStatus {
    /// Where the link stands.
    pub link: Link,
    /// The last trouble, if there was any.
    pub last_loss: Option<Loss>,
    /// How long the last heartbeat's answer took.
    pub latency: Option<Duration>,
    /// Totals.
    pub counts: GatewayCounts,
}

impl Default for GatewayStatus {
    fn default() -> Self {
        Self {
            link: Link::Connecting,
            last_loss: None,
            latency: None,
            counts: GatewayCounts::default(),
        }
    }
}
