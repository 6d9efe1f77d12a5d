//! How one attempt ended.
//!
//! Owns the vocabulary between this crate and the dispatcher. An outcome is an expected answer, not an error; it holds
//! no secret. The distinction that everything leans on: [`Outcome::NotSent`] means that no byte of the request left,
//! [`Outcome::Uncertain`] that Discord may have posted the message without our knowing.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::signals::{LimitScope, RateSignals};

/// One attempt: how it ended, what it said about limits, how long it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// What the answer said about rate limits; empty without an answer.
    pub signals: RateSignals,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
    /// From the call to the outcome.
    pub took: Duration,
}

/// How one attempt ended, and so what the dispatcher may do with the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Discord has the message (any 2xx). Final, even when the rest of the answer was cut.
    Delivered {
        /// Discord's id of the message, when the answer could be read.
        message_id: Option<u64>,
    },
    /// 429: not posted. Wait as the limiter says, then try again.
    RateLimited {
        /// The wait that was asked for, without jitter.
        retry_after: Duration,
        /// Whom it is meant for.
        scope: LimitScope,
    },
    /// This very message is refused and always will be (400 and the like): give up this one delivery.
    Rejected {
        /// The status, or nothing when our own check refused it and no request was made.
        status: Option<u16>,
        /// Discord's error code (50035 …).
        code: Option<u32>,
        /// What Discord said, cleaned, at most 300 characters.
        message: String,
    },
    /// 413: the request is larger than what anything on the way accepts: give up this one delivery.
    TooLarge,
    /// Request bytes left and no certain answer came: it may be posted. Trying again may post it twice.
    Uncertain {
        /// What happened.
        why: UncertainReason,
    },
    /// Certainly not posted: no request byte left this machine. Trying again is safe.
    NotSent {
        /// What happened.
        why: NotSentReason,
    },
    /// Not posted, as far as the answer tells; try again later. 500 and 503 of Discord itself, the codes of the
    /// network in front of it that mean "never reached Discord" (521-523, 525, 526, 530), 408, 425 and redirects.
    /// (502, 504, 520 and 524 are [`Outcome::Uncertain`]: somebody behind the answering machine had the request.)
    ServerError {
        /// The status.
        status: u16,
    },
    /// 401, or code 50027: the token is wrong. Never use this webhook again by ourselves.
    Unauthorised,
    /// The destination refuses us, whatever the message: 403, or a 400 whose code blames the channel (forum without
    /// thread, archived thread, missing access). Try rarely.
    Forbidden {
        /// Discord's error code.
        code: Option<u32>,
        /// What Discord said, cleaned, at most 300 characters.
        message: String,
    },
    /// 404, or codes 10015 and 10003: deleted. Never try again by ourselves: repeated tries earn a ban.
    Gone {
        /// What is gone.
        what: GoneTarget,
    },
    /// Of an edit: the message is not there any more (404 with code 10008, or one that names nothing). The webhook is
    /// fine.
    MessageGone,
}

/// What a 404 says is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GoneTarget {
    /// The webhook (10015, or a 404 that names nothing).
    Webhook,
    /// The channel or thread (10003).
    Channel,
}

/// Why no request byte left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotSentReason {
    /// The host name could not be looked up.
    Lookup,
    /// The connection could not be made.
    Connect(io::ErrorKind),
    /// No secure connection: certificate expired or not trusted, or the peer does not speak TLS.
    Tls,
    /// The deadline passed before the request could leave.
    Deadline,
    /// A kept connection was closed just when it was to be used. Trying again at once is reasonable.
    StaleConnection,
}

/// Why it is not known whether the message was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UncertainReason {
    /// The deadline passed without an answer.
    Deadline,
    /// The connection was cut before an answer.
    Cut,
    /// What came back was not HTTP.
    BrokenAnswer,
    /// A machine on the way answered for Discord (502, 504, 520, 524 or an unknown 5xx).
    Gateway(u16),
    /// Success, but as a web page: something that is not Discord answered.
    ForeignAnswer,
}

/// Discord's error codes for somebody who takes no messages of the bot, and for somebody with whom it shares no Discord server.
const TAKES_NONE: [u32; 2] = [50_007, 50_278];

impl Outcome {
    /// Whether it says that a person takes no direct messages of the bot. Other refusals, as for too many of them, say nothing
    /// about the person.
    #[must_use]
    pub fn takes_no_direct_messages(&self) -> bool {
        matches!(self, Self::Forbidden { code: Some(code), .. } if TAKES_NONE.contains(code))
    }

    /// A few constant words for logs and metric labels.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::RateLimited { .. } => "rate_limited",
            Self::Rejected { .. } => "rejected",
            Self::TooLarge => "too_large",
            Self::Uncertain { .. } => "uncertain",
            Self::NotSent { .. } => "not_sent",
            Self::ServerError { .. } => "server_error",
            Self::Unauthorised => "unauthorised",
            Self::Forbidden { .. } => "forbidden",
            Self::Gone { .. } => "gone",
            Self::MessageGone => "message_gone",
        }
    }

    /// Whether the request certainly never left: it used up no rate limit.
    pub(crate) const fn never_left(&self) -> bool {
        matches!(self, Self::NotSent { .. } | Self::Rejected { status: None, .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { .. } => f.write_str("delivered"),
            Self::RateLimited { retry_after, scope } => {
                write!(
                    f,
                    "rate limited ({scope:?}) for {:.1} s",
                    retry_after.as_secs_f64()
                )
            }
            Self::Rejected {
                status: None,
                message,
                ..
            } => write!(f, "refused before sending: {message}"),
            Self::Rejected { message, .. } => write!(f, "refused by Discord: {message}"),
            Self::TooLarge => f.write_str("refused as too large"),
            Self::Uncertain { why } => write!(f, "sent without a certain answer: {why}"),
            Self::NotSent { why } => write!(f, "not sent: {why}"),
            Self::ServerError { status } => write!(f, "Discord answered {status}; trying again later"),
            Self::Unauthorised => {
                f.write_str("the webhook's token is not valid; copy the webhook's address from Discord again")
            }
            Self::Forbidden { message, .. } => write!(f, "Discord does not let us post here: {message}"),
            Self::MessageGone => f.write_str("the message was deleted"),
            Self::Gone {
                what: GoneTarget::Webhook,
            } => f.write_str("the webhook was deleted; create a new one and configure its address"),
            Self::Gone {
                what: GoneTarget::Channel,
            } => f.write_str("the channel or thread was deleted; configure another one"),
        }
    }
}

impl NotSentReason {
    /// The reason as constant words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "the host name could not be looked up",
            Self::Connect(io::ErrorKind::ConnectionRefused) => "the connection was refused",
            Self::Connect(io::ErrorKind::TimedOut) => "the connection timed out",
            Self::Connect(_) => "the connection could not be made",
            Self::Tls => "no secure connection (certificate expired or not trusted, or not a TLS server)",
            Self::Deadline => "no connection within the deadline",
            Self::StaleConnection => "the kept connection had just been closed",
        }
    }
}

impl fmt::Display for NotSentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl UncertainReason {
    /// The reason as constant words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deadline => "no answer within the deadline",
            Self::Cut => "the connection was cut before the answer",
            Self::BrokenAnswer => "the answer was not HTTP",
            Self::Gateway(_) => "a gateway in front of Discord answered for it",
            Self::ForeignAnswer => "something that is not Discord answered",
        }
    }
}

impl fmt::Display for UncertainReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `GET` of a webhook said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The webhook, or the outcome that stood in the way (never [`Outcome::Delivered`]).
    pub webhook: Result<WebhookFacts, Outcome>,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
    /// From the call to the answer.
    pub took: Duration,
}

/// A webhook as Discord describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookFacts {
    /// Its name.
    pub name: Option<String>,
    /// The channel it posts to.
    pub channel_id: Option<u64>,
    /// The Discord server of that channel.
    pub guild_id: Option<u64>,
}
