//! Where messages go: one attempt, one typed answer.
//!
//! Owns the trait that the lanes speak to and the terminal sink; the Discord sink is in `discord_sink`. A sink never
//! retries and never waits for a rate limit inside an attempt: it says beforehand when it is ready.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::terminal::{self, Paint};

/// One message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The text: 1 to 2,000 code points.
    pub content: String,
    /// The name to post under, where it is not the destination's own.
    pub username: Option<String>,
    /// How many deliveries are folded into it.
    pub lines: usize,
}

/// Whether a sink takes an attempt now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// At once.
    Now,
    /// Not before this much time has passed (a rate limit or a pause after trouble).
    After(Duration),
    /// Not before the configuration changes or an operator asks for it.
    Latched(&'static str),
    /// Once after this much time: the destination refuses us, it may be allowed again.
    Parked(Duration, &'static str),
}

/// How an attempt ended, as far as the lane is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Accepted.
    Delivered {
        /// Discord's id of the message.
        message_id: Option<u64>,
    },
    /// Certainly not accepted; worth another attempt after the sink's readiness.
    NotAccepted {
        /// A few words for the log.
        why: &'static str,
        /// Whether a pause of our own is due (no answer that names a time).
        back_off: bool,
    },
    /// It may or may not have been accepted.
    Uncertain {
        /// A few words for the log.
        why: &'static str,
    },
    /// This message will never be accepted.
    Rejected {
        /// What the destination said; holds no secret.
        why: String,
    },
}

/// Performs single attempts at one destination.
pub trait Sink: Send + Sync + 'static {
    /// Whether an attempt may be made now.
    fn readiness(&self) -> Readiness;

    /// Makes one attempt. Bounded by the sink's own deadline.
    fn attempt(&self, message: &OutgoingMessage) -> impl Future<Output = AttemptOutcome> + Send;

    /// An operator asked to try again although the destination was given up.
    fn release(&self);
}

/// Shows messages on standard output.
#[derive(Debug)]
pub struct TerminalSink {
    zone: TimeZone,
    paint: Paint,
}

impl TerminalSink {
    /// A sink that shows time stamps in the zone of this process.
    #[must_use]
    pub fn new() -> Self {
        let paint = if std::io::stdout().is_terminal() {
            Paint::Colours
        } else {
            Paint::Plain
        };
        Self {
            zone: TimeZone::system(),
            paint,
        }
    }
}

impl Default for TerminalSink {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for TerminalSink {
    fn readiness(&self) -> Readiness {
        Readiness::Now
    }

    async fn attempt(&self, message: &OutgoingMessage) -> AttemptOutcome {
        let text = terminal::render(&message.content, self.paint, &self.zone);
        let shown = match &message.username {
            Some(name) => format!("[{name}] {text}\n"),
            None => format!("{text}\n"),
        };
        let mut out = std::io::stdout().lock();
        match out.write_all(shown.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => AttemptOutcome::Delivered { message_id: None },
            Err(_) => AttemptOutcome::NotAccepted {
                why: "standard output is closed",
                back_off: true,
            },
        }
    }

    fn release(&self) {}
}
