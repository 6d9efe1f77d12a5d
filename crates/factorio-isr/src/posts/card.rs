//! The live card of one server at one destination: one message that is changed in place.
//!
//! Owns when it is changed and that there is only one: where it is, is durable as soon as Discord has answered, and a
//! first request is durable before it is made. It delays nobody: it waits for an idle lane and for room in Discord's
//! limits, and only the newest state is worth a request. Must not know how a card reads. Cannot fail: whatever Discord
//! answers, it tries again later.
//!
//! A webhook cannot look for a message whose id it was never told. So a kill, or a lost answer, while the very first
//! request is under way may leave a card behind that nobody changes; the next one is counted and logged.

use std::sync::Arc;
use std::time::Duration;

use isr_core::game::ups::Pace;
use isr_core::game::{Link, Snapshot};
use isr_core::text::Embed;
use isr_discord::{Buttons, Nonce};
use isr_store::{CardPlace, CardState, Store};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Source;
use super::refresh::Refreshes;
use crate::config::Switch;
use crate::metrics::{Metrics, OutcomeLabels};
use crate::relay::moment::now_ms;
use crate::relay::sink::{AttemptOutcome, Edit, EditOutcome, Errand, OutgoingMessage, Readiness, Sink};
use crate::rounds::{Round, Rounds};
use crate::supervisor::Stop;

/// A card is changed at most so often.
const CHANGE_EVERY: Duration = Duration::from_secs(15);
/// One that says the same is changed so often: its stamp shows that somebody is there, and a deleted one is noticed.
const REFRESH_EVERY: Duration = Duration::from_secs(600);
/// At the start a connection is given so much time before the card says that there is none.
const CONNECTING: Duration = Duration::from_secs(20);
/// A card that was deleted is posted anew, but not more often than this.
const POST_EVERY: Duration = Duration::from_secs(60);
/// The pause after Discord refused a card for good, or gave no id.
const REFUSED: Duration = Duration::from_secs(600);
/// So many attempts to pin it.
const PINNED_WITHIN: usize = 3;
/// How often is looked whether the lane is idle, or a destination that was given up is tried again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const LATCHED: Duration = Duration::from_secs(60);
/// The pause after the store could not be reached.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How the server's card reads. Without a stamp, so that equal cards are equal.
pub(super) type Face = Arc<dyn Fn(&Snapshot, i64) -> Embed + Send + Sync>;

/// What a card needs of the rest of the program.
pub(super) struct CardWorld {
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    pub(super) source: Source,
    pub(super) face: Face,
    /// What stands below it.
    pub(super) buttons: Buttons,
    /// Whether it is pinned when it is posted.
    pub(super) pin: Switch,
    /// The wishes of people to see it as it is now.
    pub(super) refreshes: Refreshes,
    pub(super) stop: Stop,
}

/// The card.
pub(super) struct Card<S> {
    place: CardPlace,
    /// The destination's label, for logs and metrics.
    label: String,
    sink: Arc<S>,
    world: CardWorld,
    state: CardState,
    begun: Instant,
    shown: Option<Shown>,
    not_before: Instant,
    next_post: Instant,
    /// What people wish of it while it is followed.
    wishes: Rounds,
    /// By which a first request that is repeated is recognised, where it goes through the bot.
    mark: Nonce,
}

/// A card as it is to be shown, with the pace in it.
#[derive(Clone)]
struct Drawn {
    embed: Embed,
    pace: Pace,
    /// The wishes that it answers.
    answers: Option<Round>,
}

/// What Discord shows.
struct Shown {
    drawn: Drawn,
    at: Instant,
}

/// The program stops.
struct Stopping;

impl<S: Sink> Card<S> {
    pub(super) fn new(place: CardPlace, label: String, sink: Arc<S>, world: CardWorld) -> Self {
        let now = Instant::now();
        Self {
            place,
            label,
            sink,
            world,
            state: CardState::Nowhere,
            begun: now,
            shown: None,
            not_before: now,
            next_post: now,
            wishes: Rounds::default(),
            mark: Nonce::fresh(),
        }
    }

    /// Shows the server until the program stops.
    pub(super) async fn run(mut self) {
        let heeded = self.world.refreshes.heed(&self.place.server);
        self.wishes = heeded.rounds.clone();
        let _stopping = self.show_for_ever().await;
    }

    async fn show_for_ever(&mut self) -> Result<(), Stopping> {
        self.state = self.find().await?;
        let mut snapshots = self.snapshots().await?;
        loop {
            if self.wait_for_news(&mut snapshots).await?.is_closed() {
                snapshots = self.snapshots().await?;
                continue;
            }
            self.wait_for_turn().await?;
            // What was news may be old by now.
            let drawn = self.draw(&snapshots);
            let pause = match self.state {
                CardState::At(id) => self.change(id, drawn).await?,
                CardState::Nowhere | CardState::Begun => self.post(drawn).await?,
            };
            self.not_before = Instant::now() + pause;
        }
    }

    fn draw(&self, snapshots: &watch::Receiver<Arc<Snapshot>>) -> Drawn {
        let answers = self.wishes.waiting();
        let snapshot = Arc::clone(&snapshots.borrow());
        Drawn {
            embed: (self.world.face)(&snapshot, now_ms()),
            pace: snapshot.pace,
            answers,
        }
    }

    /// Whether the card would say something else. A measurement that moves within its own error is nothing else.
    fn is_news(&self, shown: &Drawn, snapshots: &watch::Receiver<Arc<Snapshot>>) -> bool {
        let mut snapshot = Arc::clone(&snapshots.borrow());
        if snapshot.pace != shown.pace && is_about(shown.pace, snapshot.pace) {
            Arc::make_mut(&mut snapshot).pace = shown.pace;
        }
        (self.world.face)(&snapshot, now_ms()) != shown.embed
    }

    async fn snapshots(&mut self) -> Result<watch::Receiver<Arc<Snapshot>>, Stopping> {
        loop {
            match (self.world.source)().filter(|found| found.has_changed().is_ok()) {
                Some(found) => return Ok(found),
                None => self.pause(STORE_PAUSE).await?,
            }
        }
    }

    /// Waits until the card would say something else, has said the same for long, or somebody wants to see it anew.
    async fn wait_for_news(
        &mut self,
        snapshots: &mut watch::Receiver<Arc<Snapshot>>,
    ) -> Result<News, Stopping> {
        loop {
            let is_connecting = {
                let snapshot = snapshots.borrow_and_update();
                matches!(snapshot.link, Link::Connecting { .. })
            };
            let patience = self.begun + CONNECTING;
            let look_at = if self.wishes.waiting().is_some() {
                return Ok(News::Due);
            } else if is_connecting && Instant::now() < patience {
                patience
            } else {
                let is_news = self
                    .shown
                    .as_ref()
                    .is_none_or(|shown| self.is_news(&shown.drawn, snapshots));
                let refresh_at = self
                    .shown
                    .as_ref()
                    .map_or(self.begun, |shown| shown.at + REFRESH_EVERY);
                if is_news || refresh_at <= Instant::now() {
                    return Ok(News::Due);
                }
                refresh_at
            };
            tokio::select! {
                changed = snapshots.changed() => if changed.is_err() {
                    return Ok(News::Closed);
                },
                () = tokio::time::sleep_until(look_at) => {}
                () = self.wishes.wished() => {}
                () = self.world.stop.stopping() => return Err(Stopping),
            }
        }
    }

    /// Waits until a request keeps nobody else waiting.
    async fn wait_for_turn(&mut self) -> Result<(), Stopping> {
        loop {
            let errand = match self.state {
                CardState::At(_) => Errand::Edit,
                CardState::Nowhere | CardState::Begun => Errand::Post,
            };
            let earliest = match errand {
                Errand::Edit => self.not_before,
                Errand::Post => self.not_before.max(self.next_post),
            };
            let now = Instant::now();
            let pause = if now < earliest {
                earliest - now
            } else if self.lane_waits() {
                LOOK_AGAIN
            } else {
                match self.sink.readiness_in_passing(errand) {
                    Readiness::Now => return Ok(()),
                    Readiness::After(pause) | Readiness::StandsBy(pause) => pause.max(LOOK_AGAIN),
                    Readiness::Parked(pause, _) => pause.max(LOOK_AGAIN),
                    Readiness::Latched(_) => LATCHED,
                }
            };
            self.pause(pause).await?;
        }
    }

    /// Whether something for this destination waits in the outbox: it goes first.
    fn lane_waits(&self) -> bool {
        let health = self.world.store.health();
        let lane = health
            .lanes
            .iter()
            .find(|lane| lane.destination == self.place.destination);
        lane.is_some_and(|lane| lane.waiting_rows > 0)
    }

    /// Changes the message; how long to pause then.
    async fn change(&mut self, id: u64, drawn: Drawn) -> Result<Duration, Stopping> {
        let json = drawn.embed.clone().at(now_ms()).to_json();
        let outcome = self
            .sink
            .edit(id, &Edit::embed(json).over(self.world.buttons.clone()))
            .await;
        Ok(match outcome {
            EditOutcome::Edited => {
                self.count("edited");
                self.show(drawn);
                CHANGE_EVERY
            }
            EditOutcome::Gone => {
                self.count("gone");
                tracing::info!(destination = %self.label, server = %self.place.server, "card_gone: it was deleted; it is posted anew");
                self.shown = None;
                self.keep(CardState::Nowhere).await?;
                Duration::ZERO
            }
            // It may show it: showing it again is harmless.
            EditOutcome::Uncertain { .. } => {
                self.count("uncertain");
                CHANGE_EVERY
            }
            EditOutcome::NotNow { after, .. } => {
                self.count("not_accepted");
                after.unwrap_or(CHANGE_EVERY).max(CHANGE_EVERY)
            }
            EditOutcome::Refused { why } => {
                self.count("rejected");
                tracing::warn!(destination = %self.label, server = %self.place.server, why, "card_not_changed: it is tried again in ten minutes");
                REFUSED
            }
        })
    }

    /// Posts the card; how long to pause then.
    async fn post(&mut self, drawn: Drawn) -> Result<Duration, Stopping> {
        if self.state == CardState::Begun {
            tracing::warn!(
                destination = %self.label, server = %self.place.server,
                "card_uncertain: an earlier one may have been posted without our hearing of it; if there are two, delete the one that does not change"
            );
        }
        self.keep(CardState::Begun).await?;
        self.next_post = Instant::now() + POST_EVERY;
        let message = OutgoingMessage {
            embeds: vec![drawn.embed.clone().at(now_ms()).to_json()],
            buttons: self.world.buttons.clone(),
            nonce: Some(self.mark),
            ..OutgoingMessage::text(String::new())
        };
        Ok(match self.sink.attempt(&message).await {
            AttemptOutcome::Delivered { message_id: Some(id) } => {
                self.keep(CardState::At(id)).await?;
                self.count("delivered");
                self.show(drawn);
                tracing::info!(destination = %self.label, server = %self.place.server, "card_posted");
                if self.world.pin.is_on() {
                    self.pin(id).await?;
                }
                CHANGE_EVERY
            }
            // It stays begun: nobody knows where it is.
            AttemptOutcome::Delivered { message_id: None } => {
                self.count("uncertain");
                tracing::warn!(destination = %self.label, server = %self.place.server, "card_without_id: Discord did not say which message it is, so that it cannot be changed");
                REFUSED
            }
            AttemptOutcome::Uncertain { .. } => {
                self.count("uncertain");
                POST_EVERY
            }
            // It stood there, and somebody deleted it since.
            AttemptOutcome::AlreadyGone => {
                self.count("not_accepted");
                self.keep(CardState::Nowhere).await?;
                CHANGE_EVERY
            }
            AttemptOutcome::NotAccepted { .. } | AttemptOutcome::Closed { .. } => {
                self.count("not_accepted");
                self.keep(CardState::Nowhere).await?;
                self.next_post = Instant::now() + CHANGE_EVERY;
                CHANGE_EVERY
            }
            AttemptOutcome::Rejected { why } => {
                self.count("rejected");
                self.keep(CardState::Nowhere).await?;
                tracing::warn!(destination = %self.label, server = %self.place.server, why, "card_not_posted: it is tried again in ten minutes");
                REFUSED
            }
        })
    }

    /// Pins the card that was just posted. What does not succeed is told once: whoever reads the log pins it, or gives the right.
    async fn pin(&mut self, id: u64) -> Result<(), Stopping> {
        let mut refusal = String::new();
        for _ in 0..PINNED_WITHIN {
            match self.sink.pin(id).await {
                EditOutcome::Edited => {
                    tracing::info!(destination = %self.label, server = %self.place.server, "card_pinned");
                    return Ok(());
                }
                // It was deleted at once; the next one is pinned.
                EditOutcome::Gone => return Ok(()),
                EditOutcome::Refused { why } => {
                    refusal = why;
                    break;
                }
                EditOutcome::NotNow { why, after } => {
                    why.clone_into(&mut refusal);
                    self.pause(after.unwrap_or(CHANGE_EVERY).min(LATCHED)).await?;
                }
                EditOutcome::Uncertain { why } => {
                    why.clone_into(&mut refusal);
                    self.pause(CHANGE_EVERY).await?;
                }
            }
        }
        tracing::warn!(
            destination = %self.label, server = %self.place.server, why = refusal,
            "card_not_pinned: pin it by hand; for the next one give the bot Pin Messages in its channel. It is not tried again"
        );
        Ok(())
    }

    fn show(&mut self, drawn: Drawn) {
        if let Some(round) = drawn.answers {
            self.wishes.done(round);
        }
        self.shown = Some(Shown {
            drawn,
            at: Instant::now(),
        });
    }

    async fn find(&mut self) -> Result<CardState, Stopping> {
        loop {
            match self.world.store.card(&self.place).await {
                Ok(state) => return Ok(state),
                Err(error) => self.store_failed(&error).await?,
            }
        }
    }

    /// Notes where the card is; goes on trying, for no request may be made before it is known.
    async fn keep(&mut self, state: CardState) -> Result<(), Stopping> {
        loop {
            match self.world.store.keep_card(&self.place, state).await {
                Ok(()) => {
                    if state != CardState::Begun {
                        self.mark = Nonce::fresh();
                    }
                    self.state = state;
                    return Ok(());
                }
                Err(error) => self.store_failed(&error).await?,
            }
        }
    }

    async fn store_failed(&mut self, error: &isr_store::CommitError) -> Result<(), Stopping> {
        if error.is_fatal() {
            self.world.stop.stopping().await;
            return Err(Stopping);
        }
        tracing::warn!(destination = %self.label, error = error as &dyn std::error::Error, "card_not_kept: trying again");
        self.pause(STORE_PAUSE).await
    }

    async fn pause(&mut self, pause: Duration) -> Result<(), Stopping> {
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.world.stop.stopping() => Err(Stopping),
        }
    }

    fn count(&self, outcome: &'static str) {
        let labels = OutcomeLabels {
            destination: self.label.clone(),
            outcome,
        };
        self.world.metrics.card_requests.get_or_create(&labels).inc();
    }
}

/// Whether two paces are worth no edit between them: half an update per second, one in the error.
fn is_about(one: Pace, other: Pace) -> bool {
    match (one, other) {
        (Pace::Running(one), Pace::Running(other)) => {
            (one.target - other.target).abs() < 0.5
                && (one.value - other.value).abs() < 0.5
                && (one.plus_minus - other.plus_minus).abs() < 1.0
        }
        _ => false,
    }
}

/// Why a wait for news ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// The card is to be shown.
    Due,
    /// Nobody tells of the server any more.
    Closed,
}

impl News {
    fn is_closed(self) -> bool {
        self == Self::Closed
    }
}

#[cfg(test)]
mod tests;
