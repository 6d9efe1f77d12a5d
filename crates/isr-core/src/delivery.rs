//! What the outbox holds: deliveries, their identity and their destination.
//!
//! Owns the vocabulary that the pipeline, the store and the dispatcher share. Must not know SQL or HTTP.

mod kind;
mod pings;

use std::fmt;
use std::sync::Arc;

use crate::source::{GenerationId, ServerTag};

pub use kind::KindName;
pub(crate) use kind::is_speech;
pub use pings::{Pings, TooManyPings};

/// The stable name of a destination: one ordered lane. Holds no secret: `webhook:ID`, `webhook:ID/THREAD`,
/// `terminal`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination(Arc<str>);

impl Destination {
    /// Wraps a name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The identity of a delivery: where the line began, which destination, and which part of a long text.
///
/// The same line read twice gives the same id, so inserting it twice does nothing (guarantee G1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    /// Generation of the file.
    pub generation: GenerationId,
    /// Byte offset of the line's first byte.
    pub offset: u64,
    /// Which event of the line, and which part of a split text: both small, packed by the pipeline.
    pub part: u32,
}

/// What a delivery's text becomes on Discord.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Form {
    /// A line: consecutive lines of a destination are folded into one message.
    #[default]
    Line,
    /// A message of its own, never folded: an `@everyone` that an admin allowed, a recap.
    Alone,
    /// An embed: the text is its JSON, as Discord's API has it.
    Embed,
    /// A message of its own with a picture.
    Picture(Picture),
}

/// A picture that goes with a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// The bytes of a PNG file.
    pub png: Arc<[u8]>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} bytes)", self.png.len())
    }
}

/// One message (before folding) for one destination, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Identity; together with `destination` unique.
    pub id: DeliveryId,
    /// The lane.
    pub destination: Destination,
    /// The server that it tells of.
    pub server: ServerTag,
    /// The event's kind, for lists and metrics (`join`, `chat`, `mod.silo` …).
    pub kind: KindName,
    /// What the text becomes.
    pub form: Form,
    /// The finished Discord text: escaped and within the limit of a message; one line where the form is a line.
    pub text: String,
    /// The webhook name to post under, where it is not the destination's own.
    pub username: Option<String>,
    /// The player that it is about, where a later delivery may be merged with it (a leave, a join).
    pub subject: Option<String>,
    /// Whom it may ping.
    pub pings: Pings,
    /// When the event happened, Unix milliseconds, by the stamp of the line (corrected for the zone), else when it
    /// was read.
    pub happened_ms: i64,
    /// When we first saw the line, Unix milliseconds.
    pub seen_ms: i64,
}

/// A delivery that a lane has claimed for one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// Row number in the outbox: the order of the lane.
    pub seq: i64,
    /// Its identity: the same however often it is sent.
    pub id: DeliveryId,
    /// The server that it tells of.
    pub server: ServerTag,
    /// The event's kind.
    pub kind: String,
    /// What the text becomes.
    pub form: Form,
    /// The finished Discord text.
    pub text: String,
    /// The webhook name to post under, where it is not the destination's own.
    pub username: Option<String>,
    /// The player that it is about, where it may be merged with another delivery.
    pub subject: Option<String>,
    /// Whom it may ping.
    pub pings: Pings,
    /// When the event happened, Unix milliseconds.
    pub happened_ms: i64,
    /// When we first saw the line, Unix milliseconds.
    pub seen_ms: i64,
    /// How many attempts were begun, this one included.
    pub attempts: u32,
    /// Whether an earlier attempt ended without a certain answer: this one may post a second time.
    pub uncertain: bool,
    /// Discord's id of the message that it changes; without one it is posted.
    pub changes: Option<u64>,
    /// Of the first delivery of an uncertain attempt: how many deliveries its message held, where that is not told by which
    /// of them are uncertain.
    pub attempt_rows: Option<u32>,
}
