//! What the limiter answers: go, wait until then, or not any more, and why.

use std::fmt;
use std::time::Duration;

/// Whether a request may leave now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It may.
    Ready,
    /// Not yet.
    Wait(Wait),
    /// Not before the configuration changes or an operator releases the lane.
    Latched(Latch),
}

/// The answer to a request for admission.
#[derive(Debug)]
pub enum Admission {
    /// Make exactly one attempt, then hand the ticket back: [`Limiter::observe`](super::Limiter::observe) or
    /// [`Limiter::abandon`](super::Limiter::abandon).
    Go(Ticket),
    /// Not yet.
    Wait(Wait),
    /// Not before the configuration changes or an operator releases the lane.
    Latched(Latch),
}

/// Permission for one attempt. It occupies places in the limits until it is handed back.
#[derive(Debug)]
#[must_use = "hand it back with `observe` or `abandon`, or its places stay occupied for two minutes"]
pub struct Ticket {
    pub(super) flight: u64,
}

/// Until when to wait, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Ask again at this time. It may then be necessary to wait again.
    pub until: Duration,
    /// The reason that lasts longest.
    pub reason: WaitReason,
}

/// Why a request has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// Our own ceiling of 5 requests in 2 s.
    Ceiling,
    /// Our own ceiling of 40 requests in a second for everything.
    Together,
    /// The webhook's bucket is empty, as its headers said.
    Bucket,
    /// The hidden limit of the channel.
    Channel,
    /// A 429 for this webhook.
    WebhookPause,
    /// A 429 of the channel.
    ChannelPause,
    /// A 429 for everything we send.
    GlobalPause,
    /// A pause is over and another request tries first.
    Probe,
    /// The budget of invalid requests is used up: everything waits.
    InvalidBudget,
    /// The destination refuses us (403); it is tried every 15 minutes.
    Parked,
}

/// Why a lane is latched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Latch {
    /// The token is wrong.
    Unauthorised,
    /// The webhook was deleted.
    WebhookGone,
    /// The channel or thread was deleted.
    ChannelGone,
}

impl WaitReason {
    /// The reason as constant words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ceiling => "own ceiling of 5 requests in 2 s",
            Self::Together => "own ceiling of 40 requests in a second",
            Self::Bucket => "the webhook's rate limit",
            Self::Channel => "the channel's rate limit",
            Self::WebhookPause => "Discord asked this webhook to wait",
            Self::ChannelPause => "Discord asked this channel to wait",
            Self::GlobalPause => "Discord asked everything to wait",
            Self::Probe => "waiting for the first answer after a pause",
            Self::InvalidBudget => "too many refused requests in ten minutes",
            Self::Parked => "Discord does not let us post here; tried every 15 minutes",
        }
    }
}

impl Latch {
    /// The reason as constant words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorised => "the webhook's token is not valid",
            Self::WebhookGone => "the webhook was deleted",
            Self::ChannelGone => "the channel or thread was deleted",
        }
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
