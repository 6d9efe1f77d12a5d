//! A lane: moves the deliveries of one destination from the outbox to its sink, in order.
//!
//! Owns retry, folding under pressure, isolation of a message that is refused, and giving up by age. Only this module
//! retries. A lane never looks at another one: a destination in trouble holds up nobody else (G8). Fails never: a
//! store that cannot be reached is tried again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use isr_core::delivery::{ClaimedDelivery, Destination};
use isr_core::fold::{self, FoldLine};
use isr_store::{ClaimLimits, Settlement, Store, Verdict};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::sink::{AttemptOutcome, OutgoingMessage, Readiness, Sink};
use crate::metrics::{DestinationLabel, Metrics, OutcomeLabels};
use crate::status::{DestinationState, Status};
use crate::supervisor::Stop;

/// At most so many deliveries are claimed for one message.
const ROWS_PER_MESSAGE: usize = 200;
/// A lane without news looks into the outbox so often: an operator may have put something back.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// The pause after the store could not be reached.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What a lane needs to know of its destination and its rules.
#[derive(Debug, Clone)]
pub struct LaneOptions {
    /// The destination in the outbox.
    pub destination: Destination,
    /// Its configured label, for people and metrics.
    pub label: String,
    /// Lines older than this when they are sent carry their original time.
    pub late_after: Duration,
    /// Deliveries older than this are given up.
    pub give_up_after: Duration,
    /// How often the lane looks into the outbox without being told.
    pub look_again: Duration,
}

impl LaneOptions {
    /// The default rules for a destination.
    #[must_use]
    pub fn new(destination: Destination, label: String) -> Self {
        Self {
            destination,
            label,
            late_after: Duration::from_secs(60),
            give_up_after: Duration::from_secs(7 * 24 * 3600),
            look_again: LOOK_AGAIN,
        }
    }
}
