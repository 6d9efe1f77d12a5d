//! A lane: moves the deliveries of one destination from the outbox to its sink, in order.
//!
//! Owns retry, folding under pressure, isolation of a message that is refused, and giving up by age; carries out what
//! [`isr_core::quiet`] decides about changing a message instead of posting another. Only this module retries. A lane
//! never looks at another one: a destination in trouble holds up nobody else (G8). Fails never: a store that cannot be
//! reached is tried again.

mod claiming;
mod editing;
mod repeating;
mod verdicts;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use isr_core::delivery::{ClaimedDelivery, Destination};
use isr_core::fold::Moment;
use isr_core::quiet::{Board, Next, QuietRules, Room};
use isr_core::suppressed::RuleName;
use isr_discord::{Backoff, Jitter};
use isr_store::{Settlement, Store, Verdict};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::reader::Followed;
use super::sink::{Readiness, Sink};
use crate::metrics::Metrics;
use crate::status::{DestinationState, Status};
use crate::supervisor::Stop;
use claiming::MOST_HELD;
use editing::Unconfirmed;
use repeating::Unanswered;

/// A lane without news looks into the outbox so often: an operator may have put something back.
const LOOK_AGAIN: Duration = Duration::from_secs(25);
/// A copy that speaks has told by then what it read; what is younger is told again when it is gone.
const TOLD_BY_THE_OTHER: Duration = Duration::from_secs(60);
/// The rule of what another copy told.
const RULE_STANDS_BY: RuleName = RuleName::fixed("lease_standby");
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
    /// What is merged with what stands there already, by server.
    pub quiet: Arc<QuietRules>,
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
            quiet: Arc::default(),
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
    /// Some of those had a name that is in their text now.
    names_speakers: bool,
    /// Claimed changes of messages that Discord lets us make later, and when.
    put_off: Vec<(Instant, ClaimedDelivery)>,
    /// The last message, when nobody knows whether it was posted.
    unanswered: Option<Unanswered>,
    /// The last edit, when nobody knows whether it was made: the first that are held are told by it.
    unconfirmed: Option<Unconfirmed>,
    /// So many of the next deliveries go out alone: a folded message was refused and the culprit is among them.
    alone: usize,
    /// What stands in the destination and may still change. Lost with the lane: then everything is posted.
    board: Board,
    /// What the board counts time from.
    begun: Instant,
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
            names_speakers: false,
            put_off: Vec::new(),
            unanswered: None,
            unconfirmed: None,
            alone: 0,
            board: Board::default(),
            begun: Instant::now(),
            backoff,
        }
    }

    /// Runs until stopping begins. The request in flight is let end; what was claimed beside it is given back.
    pub async fn run(mut self) {
        self.take_over().await;
        while !self.stop.is_stopping() && !self.has_left().await {
            match self.sink.readiness() {
                Readiness::Now => self.turn().await,
                Readiness::After(pause) => self.pause(pause).await,
                Readiness::StandsBy(pause) => self.stand_by(pause).await,
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
    async fn has_left(&self) -> bool {
        if !self.leaves.as_ref().is_some_and(Followed::is_reached) || self.waiting() > 0 {
            return false;
        }
        // In this order: what is told in between waits by the time it is held no more.
        let has_left = !self.awaits_digest().await && self.waiting() == 0;
        if has_left {
            tracing::info!(destination = %self.options.label, "destination_left: everything for it was sent");
        }
        has_left
    }

    /// Whether quiet hours hold something back for this destination: its digest is still to come.
    async fn awaits_digest(&self) -> bool {
        match self.store.due_held(i64::MAX).await {
            Ok(held) => held.iter().any(|row| row.destination == self.options.destination),
            Err(_) => true,
        }
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
        let perhaps_told = self.unconfirmed.take().map_or(0, |edit| edit.rows());
        let told = self
            .held
            .drain(..perhaps_told.min(self.held.len()))
            .map(|row| Settlement {
                seq: row.seq,
                verdict: Verdict::Retry { uncertain: true },
            });
        let mut settlements: Vec<_> = told.collect();
        let put_off = self.put_off.drain(..).map(|(_, row)| row);
        settlements.extend(put_off.chain(self.held.drain(..)).map(|row| Settlement {
            seq: row.seq,
            verdict: Verdict::Unsent,
        }));
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

    /// One message, one edit, or a wait for something to send.
    async fn turn(&mut self) {
        if let Some(edit) = self.unconfirmed.take() {
            return self.edit_again(edit).await;
        }
        self.take_up_put_off();
        self.names_speakers &= !self.held.is_empty();
        let claimed = self.claim().await;
        if self.held.is_empty() {
            self.wait_for_news().await;
            return;
        }
        if claimed > 0 && self.missing() > 0 {
            return;
        }
        self.expire().await;
        self.name_speakers();
        if claimed > 0 && self.shares_with_others() {
            return;
        }
        if let Some(message_id) = self.held.front().and_then(|row| row.changes) {
            self.change_message(message_id).await;
            return;
        }
        match self.next_step() {
            // What else waits may change the choice.
            Next::Wait(_) if claimed > 0 => {}
            Next::Wait(until) => {
                self.wait_for_news_at_most(until.saturating_sub(self.clock()))
                    .await;
            }
            Next::Edit(change) => self.edit(change).await,
            Next::Post => self.post().await,
        }
    }

    /// Another copy speaks here: what it had time to tell is let go, the rest waits for what becomes of that copy.
    async fn stand_by(&mut self, pause: Duration) {
        if let Some(edit) = self.unconfirmed.take() {
            return self.leave_edit(&edit).await;
        }
        self.claim().await;
        let told = now_ms().saturating_sub(millis(TOLD_BY_THE_OTHER));
        let count = self.held.iter().take_while(|row| row.seen_ms < told).count();
        if count == 0 {
            return self.pause(pause).await;
        }
        self.let_go(count, &RULE_STANDS_BY).await;
    }

    async fn post(&mut self) {
        let Some(composed) = self.next_message() else {
            return;
        };
        self.note_attempt(&composed).await;
        if self.stop.is_stopping() {
            // Without its note, after a fatal error of the store, a kill would make another message of it.
            return;
        }
        let outcome = self.sink.attempt(&composed.message).await;
        self.conclude(composed, outcome).await;
    }

    fn next_step(&self) -> Next {
        // A culprit is looked for: each delivery is posted by itself. Or what may stand there is posted once more.
        if self.alone > 0 || self.repeats() {
            return Next::Post;
        }
        let room = if self.held.len() < MOST_HELD {
            Room::Left
        } else {
            Room::Full
        };
        self.board.next(
            self.held.iter().take(self.sharing()),
            room,
            &self.options.quiet,
            self.moment(),
            self.clock(),
        )
    }

    fn moment(&self) -> Moment {
        Moment {
            now_ms: now_ms(),
            late_after: self.options.late_after,
        }
    }

    fn clock(&self) -> Duration {
        self.begun.elapsed()
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
        let put_off = self.put_off.iter().map(|(due, _)| *due).min();
        let most = put_off.map_or(most, |due| {
            most.min(due.saturating_duration_since(Instant::now()))
        });
        tokio::select! {
            () = self.news.notified() => {}
            () = tokio::time::sleep(most) => {}
            () = self.stop.stopping() => {}
        }
    }
}

fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod alert_tests;
#[cfg(test)]
mod repeat_tests;
#[cfg(test)]
mod tests;
