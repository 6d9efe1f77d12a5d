//! Where messages go: one attempt, one typed answer.
//!
//! Owns the trait that the lanes speak to and the terminal sink; the Discord sink is in `discord_sink`. A sink never
//! retries and never waits for a rate limit inside an attempt: it says beforehand when it is ready.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use isr_core::delivery::{Picture, Pings};
use isr_discord::{Buttons, Nonce};
use jiff::tz::TimeZone;

use super::terminal::{self, Paint};

/// One message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The text: at most 2,000 code points, and blank only beside embeds or a picture.
    pub content: String,
    /// Embeds, as the JSON of Discord's API.
    pub embeds: Vec<String>,
    /// A picture below the text.
    pub picture: Option<Picture>,
    /// What stands below it, where the bot posts; a webhook shows none.
    pub buttons: Buttons,
    /// The name to post under, where it is not the destination's own.
    pub username: Option<String>,
    /// Whom it may ping.
    pub pings: Pings,
    /// By what a second attempt is recognised, where the destination can; the same for the same deliveries.
    pub nonce: Option<Nonce>,
    /// How many deliveries are in it.
    pub lines: usize,
}

impl OutgoingMessage {
    /// A text of one delivery under the destination's own name that pings nobody.
    #[must_use]
    pub const fn text(content: String) -> Self {
        Self {
            content,
            embeds: Vec::new(),
            picture: None,
            buttons: Buttons::none(),
            username: None,
            pings: Pings::Nobody,
            nonce: None,
            lines: 1,
        }
    }
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
    /// Another copy of this program speaks there; asked again after this much time.
    StandsBy(Duration),
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
    /// The destination recognised the message, and has it no more: somebody deleted it. Of a repetition only.
    AlreadyGone,
    /// Nothing is accepted there any more: what waits goes with it.
    Closed {
        /// A few words for the log.
        why: &'static str,
    },
    /// This message will never be accepted.
    Rejected {
        /// What the destination said; holds no secret.
        why: String,
    },
}

/// What a message is to show instead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// The text, where it changes.
    pub content: Option<String>,
    /// The embeds, where they change, as the JSON of Discord's API. Empty: they stay.
    pub embeds: Vec<String>,
    /// The buttons, where they change and the bot posted the message.
    pub buttons: Option<Buttons>,
}

impl Edit {
    /// Another text.
    #[must_use]
    pub const fn text(content: String) -> Self {
        Self {
            content: Some(content),
            embeds: Vec::new(),
            buttons: None,
        }
    }

    /// Another embed.
    #[must_use]
    pub fn embed(json: String) -> Self {
        Self {
            content: None,
            embeds: vec![json],
            buttons: None,
        }
    }

    /// The same over these buttons, and no others.
    #[must_use]
    pub fn over(self, buttons: Buttons) -> Self {
        Self {
            buttons: Some(buttons),
            ..self
        }
    }
}

/// How an edit ended. Repeating one is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditOutcome {
    /// The message shows it.
    Edited,
    /// The message is not there any more; the destination is fine.
    Gone,
    /// Certainly not, and it never will: Discord refuses this edit.
    Refused {
        /// What Discord said, for the log.
        why: String,
    },
    /// Certainly not, for now.
    NotNow {
        /// A few words for the log.
        why: &'static str,
        /// When it may be tried again, where that is known.
        after: Option<Duration>,
    },
    /// It may or may not show it.
    Uncertain {
        /// A few words for the log.
        why: &'static str,
    },
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// It posts a message.
    Post,
    /// It changes one.
    Edit,
}

/// Performs single attempts at one destination.
pub trait Sink: Send + Sync + 'static {
    /// Whether an attempt may be made now.
    fn readiness(&self) -> Readiness;

    /// Whether something may be done now that can be put off: only where it keeps nothing else waiting.
    fn readiness_in_passing(&self, errand: Errand) -> Readiness;

    /// Makes one attempt. Bounded by the sink's own deadline.
    fn attempt(&self, message: &OutgoingMessage) -> impl Future<Output = AttemptOutcome> + Send;

    /// Lets a message that this sink posted show something else: one attempt, bounded like any other. It pings nobody.
    fn edit(&self, message_id: u64, edit: &Edit) -> impl Future<Output = EditOutcome> + Send;

    /// Pins a message that this sink posted: one attempt, bounded like any other. Repeating it is harmless.
    fn pin(&self, _message_id: u64) -> impl Future<Output = EditOutcome> + Send {
        let why = "only the bot pins what it posted".to_owned();
        std::future::ready(EditOutcome::Refused { why })
    }

    /// Whether a message that was sent before is recognised by its [nonce](OutgoingMessage::nonce). Then it is worth
    /// repeating exactly.
    fn recognises_repeats(&self) -> bool {
        false
    }

    /// Whether a message can be posted under this name now. Where not, whoever posts puts the name into the text.
    fn posts_under(&self, _name: &str) -> bool {
        true
    }

    /// Whether speakers may be named in the text all the same, where many wait: their lines leave room for it.
    fn may_name_speakers(&self) -> bool {
        false
    }

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

    fn readiness_in_passing(&self, _errand: Errand) -> Readiness {
        Readiness::Now
    }

    async fn attempt(&self, message: &OutgoingMessage) -> AttemptOutcome {
        let shown = terminal::show(message, self.paint, &self.zone);
        let mut out = std::io::stdout().lock();
        match out.write_all(shown.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => AttemptOutcome::Delivered { message_id: None },
            Err(_) => AttemptOutcome::NotAccepted {
                why: "standard output is closed",
                back_off: true,
            },
        }
    }

    /// What was printed stays. Without ids of messages nobody asks for an edit.
    async fn edit(&self, _message_id: u64, _edit: &Edit) -> EditOutcome {
        EditOutcome::Refused {
            why: "a terminal shows what it has shown".to_owned(),
        }
    }

    fn release(&self) {}
}
