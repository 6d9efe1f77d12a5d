//! A lane: moves the deliveries of one destination from the outbox to its sink, in order.
//!
//! Owns retry, folding under pressure, isolation of a message that is refused, and giving up by age. Only this module
//! retries. A lane never looks at another one: a destination in trouble holds up nobody else (G8). Fails never: a
//! store that cannot be reached is tried again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use isr_core::delivery::{ClaimedDelivery, Destination};
use isr_core::text::CONTENT_LIMIT;
use isr_discord::{Backoff, Jitter};
use isr_store::{ClaimLimits, Settlement, Store, Verdict};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::compose::{Moment, compose};
use super::reader::Followed;
use super::sink::{AttemptOutcome, OutgoingMessage, Readiness, Sink};
use crate::metrics::{DestinationLabel, Metrics, OutcomeLabels};
use crate::status::{DestinationState, Status};
use crate::supervisor::Stop;

/// At most so many deliveries are claimed for one message.
const ROWS_PER_MESSAGE: usize = 200;
/// A message that has less room than this is not filled up further: a claim costs a commit.
const WORTH_CLAIMING: usize = 200;
/// A lane without news looks into the outbox so often: an operator may have put something back.
const LOOK_AGAIN: Duration = Duration::from_secs(25);
/// The pause after the store could not be reached.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What a lane needs to know of its destination and its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The running state of one lane.
#[derive(Debug)]
pub struct Lane<S> {
    options: LaneOptions,
    store: Store,
    sink: Arc<S>,
    news: Arc<Notify>,
    status: Status,
    metrics: Metrics,
    stop: Stop,
    leaves: Option<Followed>,
    /// Claimed and not yet settled, in order.
    held: VecDeque<ClaimedDelivery>,
    /// So many of the next deliveries go out alone: a folded message was refused and the culprit is among them.
    alone: usize,
    backoff: Backoff,
}

/// What a lane shares with the rest of the program.
#[derive(Debug, Clone)]
pub struct LaneSurroundings {
    /// The outbox.
    pub store: Store,
    /// Told when the outbox holds something new for this lane.
    pub news: Arc<Notify>,
    /// Where the lane's state is shown.
    pub status: Status,
    /// Where it counts.
    pub metrics: Metrics,
    /// When to end.
    pub stop: Stop,
    /// The configuration names this destination no more: once this is reached nothing new comes, and the lane ends when
    /// nothing waits.
    pub leaves: Option<Followed>,
}

impl<S: Sink> Lane<S> {
    /// A lane that has claimed nothing yet.
    #[must_use]
    pub fn new(options: LaneOptions, sink: Arc<S>, around: LaneSurroundings) -> Self {
        let LaneSurroundings {
            store,
            news,
            status,
            metrics,
            stop,
            leaves,
        } = around;
        let backoff = Backoff::new(Jitter::random());
        Self {
            options,
            store,
            sink,
            news,
            status,
            metrics,
            stop,
            leaves,
            held: VecDeque::new(),
            alone: 0,
            backoff,
        }
    }

    /// Runs until stopping begins. The request in flight is let end; what was claimed beside it is given back.
    pub async fn run(mut self) {
        self.take_over().await;
        while !self.stop.is_stopping() && !self.has_left() {
            match self.sink.readiness() {
                Readiness::Now => self.turn().await,
                Readiness::After(pause) => self.pause(pause).await,
                Readiness::Parked(pause, why) => {
                    self.show(DestinationState::Parked(why));
                    self.wait_for_news_at_most(pause).await;
                }
                Readiness::Latched(why) if self.leaves.is_some() => {
                    self.leave_waiting(why);
                    break;
                }
                Readiness::Latched(why) => {
                    self.show(DestinationState::Dead(why));
                    self.wait_for_news().await;
                }
            }
        }
        self.give_back().await;
        if self.leaves.is_some() {
            self.status.forget_destination(&self.options.label);
        }
    }

    /// Whether nothing waits any more for a destination that the configuration names no more (P04).
    fn has_left(&self) -> bool {
        if !self.leaves.as_ref().is_some_and(Followed::is_reached) {
            return false;
        }
        let has_left = self.waiting() == 0;
        if has_left {
            tracing::info!(destination = %self.options.label, "destination_left: everything for it was sent");
        }
        has_left
    }

    /// Nobody can send what waits for a destination that was given up and is no longer configured.
    fn leave_waiting(&self, why: &'static str) {
        let waiting = self.waiting();
        tracing::warn!(
            destination = %self.options.label, name = %self.options.destination.as_str(), waiting, why,
            "destination_left: what waits stays in the outbox until the webhook is configured again"
        );
    }

    fn waiting(&self) -> u64 {
        let health = self.store.health();
        let lane = health
            .lanes
            .iter()
            .find(|lane| lane.destination == self.options.destination);
        lane.map_or(0, |lane| lane.waiting_rows)
    }

    /// Deliveries that were claimed and never sent would count as uncertain at the next start (G14).
    async fn give_back(&mut self) {
        let unsent = |row: ClaimedDelivery| Settlement {
            seq: row.seq,
            verdict: Verdict::Unsent,
        };
        let settlements: Vec<_> = self.held.drain(..).map(unsent).collect();
        if !settlements.is_empty() {
            self.settle(settlements).await;
        }
    }

    /// A predecessor that panicked may have left deliveries in flight: nobody knows whether they were sent.
    async fn take_over(&mut self) {
        while !self.stop.is_stopping() {
            match self.store.release_claims(&self.options.destination).await {
                Ok(0) => return,
                Ok(count) => {
                    tracing::warn!(destination = %self.options.label, count, "claims_taken_over");
                    return;
                }
                Err(error) if error.is_fatal() => return self.stop.stopping().await,
                // Later deliveries must not overtake them.
                Err(error) => {
                    tracing::warn!(
                        destination = %self.options.label, error = &error as &dyn std::error::Error,
                        "claims_not_taken_over: trying again"
                    );
                    self.pause(STORE_PAUSE).await;
                }
            }
        }
    }

    /// One message, or a wait for something to send.
    async fn turn(&mut self) {
        if !self.claim().await {
            self.wait_for_news().await;
            return;
        }
        self.expire().await;
        let Some((message, taken)) = self.next_message() else {
            return;
        };
        let outcome = self.sink.attempt(&message).await;
        self.conclude(&message, taken, outcome).await;
    }

    /// Fills `held` up to one message; tells whether there is anything. Late marks leave a rest of the last claim.
    async fn claim(&mut self) -> bool {
        let held: usize = self.held.iter().map(|row| row.text.chars().count() + 1).sum();
        let limits = ClaimLimits {
            rows: ROWS_PER_MESSAGE.saturating_sub(self.held.len()),
            code_points: CONTENT_LIMIT.saturating_sub(held),
        };
        if limits.rows == 0 || limits.code_points < WORTH_CLAIMING && !self.held.is_empty() {
            return true;
        }
        match self
            .store
            .claim(&self.options.destination, limits, now_ms())
            .await
        {
            Ok(claimed) => self.held.extend(claimed),
            Err(error) if error.is_fatal() => self.stop.stopping().await,
            Err(error) => {
                tracing::warn!(destination = %self.options.label, error = &error as &dyn std::error::Error, "claim_failed");
                self.pause(STORE_PAUSE).await;
            }
        }
        !self.held.is_empty()
    }

    /// Gives up what has waited for too long.
    async fn expire(&mut self) {
        let oldest = now_ms().saturating_sub(millis(self.options.give_up_after));
        let expired: Vec<_> = self
            .held
            .iter()
            .filter(|row| row.seen_ms < oldest)
            .map(|row| row.seq)
            .collect();
        if expired.is_empty() {
            return;
        }
        self.held.retain(|row| row.seen_ms >= oldest);
        self.metrics
            .count_given_up(&self.options.label, &self.metrics.expired, expired.len() as u64);
        tracing::warn!(destination = %self.options.label, count = expired.len(), "deliveries_given_up: they waited too long");
        self.settle(
            expired
                .into_iter()
                .map(|seq| Settlement {
                    seq,
                    verdict: Verdict::Expired,
                })
                .collect(),
        )
        .await;
    }

    /// The next message and how many of the held deliveries are in it.
    fn next_message(&self) -> Option<(OutgoingMessage, usize)> {
        let most = if self.alone > 0 { 1 } else { self.held.len() };
        let moment = Moment {
            now_ms: now_ms(),
            late_after: self.options.late_after,
        };
        let message = compose(self.held.iter().take(most), moment)?;
        let taken = message.lines;
        Some((message, taken))
    }

    async fn conclude(&mut self, message: &OutgoingMessage, taken: usize, outcome: AttemptOutcome) {
        self.count_attempt(taken, &outcome);
        match outcome {
            AttemptOutcome::Delivered { message_id } => self.delivered(taken, message_id).await,
            AttemptOutcome::NotAccepted { why, back_off } => {
                self.again(taken, why, Certainty::NotAccepted, back_off).await
            }
            AttemptOutcome::Uncertain { why } => self.again(taken, why, Certainty::Unknown, true).await,
            AttemptOutcome::Rejected { why } => self.rejected(message, taken, why).await,
        }
    }

    async fn delivered(&mut self, taken: usize, message_id: Option<u64>) {
        let now = now_ms();
        let done: Vec<_> = self.held.drain(..taken).collect();
        let verdict = Verdict::Delivered { message_id };
        self.settle(
            done.iter()
                .map(|row| Settlement {
                    seq: row.seq,
                    verdict: verdict.clone(),
                })
                .collect(),
        )
        .await;
        let waits = done
            .iter()
            .map(|row| Duration::from_millis(now.saturating_sub(row.seen_ms).max(0).unsigned_abs()));
        self.metrics.count_delivered(&self.options.label, waits);
        self.alone = self.alone.saturating_sub(1);
        self.backoff.reset();
        self.show(DestinationState::Working);
        tracing::info!(destination = %self.options.label, lines = taken, "message_sent");
    }

    /// Leaves the deliveries at the head of the lane for another attempt.
    async fn again(&mut self, taken: usize, why: &'static str, certainty: Certainty, back_off: bool) {
        let uncertain = matches!(certainty, Certainty::Unknown);
        let verdict = |index| {
            if index < taken {
                Verdict::Retry { uncertain }
            } else {
                Verdict::Unsent
            }
        };
        let rows = self.held.drain(..).enumerate();
        let settlements = rows
            .map(|(index, row)| Settlement {
                seq: row.seq,
                verdict: verdict(index),
            })
            .collect();
        self.settle(settlements).await;
        self.show(DestinationState::Retrying(why));
        if back_off {
            let pause = self.backoff.next_pause();
            tracing::warn!(destination = %self.options.label, why, pause_ms = millis(pause), "attempt_failed");
            self.pause(pause).await;
        }
    }

    /// One message was refused for good: alone it is given up, in company the culprit is looked for.
    async fn rejected(&mut self, message: &OutgoingMessage, taken: usize, why: String) {
        if taken > 1 {
            tracing::warn!(destination = %self.options.label, lines = message.lines, why, "message_refused: its lines are sent one by one");
            self.alone = taken;
            return;
        }
        let Some(row) = self.held.pop_front() else { return };
        tracing::error!(
            destination = %self.options.label, number = row.seq, kind = row.kind, why,
            "delivery_given_up: see `factorio-isr outbox list --state dead`"
        );
        self.metrics
            .count_given_up(&self.options.label, &self.metrics.dead_lettered, 1);
        self.alone = self.alone.saturating_sub(1);
        self.settle(vec![Settlement {
            seq: row.seq,
            verdict: Verdict::Dead { reason: why },
        }])
        .await;
    }

    /// Writes verdicts; goes on trying until they are written, for nothing may be sent again meanwhile.
    async fn settle(&self, settlements: Vec<Settlement>) {
        loop {
            match self.store.settle(settlements.clone()).await {
                Ok(()) => return,
                Err(error) if error.is_fatal() => return self.stop.clone().stopping().await,
                Err(error) => {
                    tracing::error!(destination = %self.options.label, error = &error as &dyn std::error::Error, "settle_failed");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    fn count_attempt(&self, taken: usize, outcome: &AttemptOutcome) {
        let name = match outcome {
            AttemptOutcome::Delivered { .. } => "delivered",
            AttemptOutcome::NotAccepted { .. } => "not_accepted",
            AttemptOutcome::Uncertain { .. } => "uncertain",
            AttemptOutcome::Rejected { .. } => "rejected",
        };
        let destination = self.options.label.clone();
        let resent = self.held.iter().take(taken).filter(|row| row.uncertain).count();
        if resent > 0 {
            let label = DestinationLabel {
                destination: destination.clone(),
            };
            self.metrics
                .uncertain_resends
                .get_or_create(&label)
                .inc_by(resent as u64);
        }
        self.metrics
            .attempts
            .get_or_create(&OutcomeLabels {
                destination,
                outcome: name,
            })
            .inc();
    }

    fn show(&self, state: DestinationState) {
        // A successor speaks for the destination now.
        if self.stop.is_stopping() {
            return;
        }
        let dead = if let DestinationState::Dead(why) = state {
            Some(why)
        } else {
            None
        };
        if self.status.set_destination(&self.options.label, state)
            && let Some(why) = dead
        {
            tracing::error!(
                destination = %self.options.label, why,
                "destination_given_up: change the configuration, or `factorio-isr outbox retry --all`"
            );
        }
    }

    async fn pause(&mut self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.stopping() => {}
        }
    }

    async fn wait_for_news(&mut self) {
        self.wait_for_news_at_most(self.options.look_again).await;
    }

    /// News are new deliveries, or an operator who asks for another attempt.
    async fn wait_for_news_at_most(&mut self, most: Duration) {
        tokio::select! {
            () = self.news.notified() => {}
            () = tokio::time::sleep(most) => {}
            () = self.stop.stopping() => {}
        }
    }
}

/// Whether an attempt that failed may have been accepted all the same.
enum Certainty {
    NotAccepted,
    Unknown,
}

fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
