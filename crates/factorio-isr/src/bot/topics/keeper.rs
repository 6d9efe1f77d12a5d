//! The slow queue in front of topics: one text for each channel, the newest.
//!
//! Owns when a topic is changed, what is remembered of that over restarts, and that what people wrote there stays. A change is
//! noted before it is asked for, so that a program which is started again and again makes no more of them. Before each one the
//! topic is read: where it says so already nothing is done. Takes only what messages leave of Discord's limits. Must not know
//! servers. Cannot fail: what is refused is told once, with its remedy, and tried again seldom or after a reload.

use std::collections::BTreeMap;
use std::time::Duration;

use isr_core::game::topic::{Seen, State};
use isr_core::text::Topic;
use isr_discord::{Admission, BotClient, ChannelFacts, Outcome, Readiness, Route};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::pace::{Pace, Weight};
use super::{Certainty, Wanted};
use crate::bot::kept::{KeptFile, Outlives};
use crate::relay::discord_sink::{HeldTicket, SharedLimiter};
use crate::relay::moment::now_ms;

/// At the start a connection to a game is given so much time before a topic says that there is none.
const CONNECTING: Duration = Duration::from_secs(30);
/// The pause after no answer came.
const AGAIN: Duration = Duration::from_secs(60);
/// The pause after a refusal, for somebody may mend what it names.
const REFUSED: Duration = Duration::from_secs(3600);

/// The topics that are kept, and those that hold a part of ours still.
pub(super) struct Keeper {
    client: BotClient,
    limiter: SharedLimiter,
    file: KeptFile,
    places: BTreeMap<u64, Place>,
    begun: Instant,
    followed: u64,
}

/// The topic of one channel.
#[derive(Default)]
struct Place {
    pace: Pace,
    /// A part of ours may stand there.
    is_marked: bool,
    /// What our part tells, as far as that is known.
    shown: Option<Vec<Seen>>,
    /// What the servers did when they were looked at before: what comes and goes at once is no news.
    before: Vec<State>,
    not_before: Option<Instant>,
    refusal: Refusal,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Refusal {
    #[default]
    None,
    Told,
    /// Nothing is tried until a configuration is followed anew.
    ForGood,
}

/// What is remembered of a channel.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    changed_ms: Vec<i64>,
    marked: bool,
}

impl Keeper {
    /// With what was remembered.
    pub(super) async fn begin(client: BotClient, limiter: SharedLimiter, file: KeptFile) -> Self {
        let reading = file.clone();
        let text = tokio::task::spawn_blocking(move || reading.read()).await;
        let kept: BTreeMap<u64, Kept> = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        let (now, now_ms) = (Instant::now(), now_ms());
        let place = |(channel, kept): (u64, Kept)| {
            let place = Place {
                pace: Pace::remembered(&kept.changed_ms, now, now_ms),
                is_marked: kept.marked,
                ..Place::default()
            };
            (channel, place)
        };
        Self {
            client,
            limiter,
            file,
            places: kept.into_iter().map(place).collect(),
            begun: now,
            followed: 0,
        }
    }

    /// Whether no topic holds a part of ours that nobody wants.
    pub(super) fn is_idle(&self) -> bool {
        self.places.is_empty()
    }

    /// Looks at every topic once. `followed` counts configurations.
    pub(super) async fn go_round(&mut self, wanted: &[Wanted], followed: u64) {
        if std::mem::replace(&mut self.followed, followed) != followed {
            for place in self.places.values_mut() {
                (place.refusal, place.not_before, place.shown) = (Refusal::None, None, None);
            }
        }
        for wanted in wanted {
            self.show(wanted).await;
        }
        let left: Vec<u64> = self
            .places
            .keys()
            .copied()
            .filter(|channel| wanted.iter().all(|wanted| wanted.channel != *channel))
            .collect();
        for channel in left {
            self.leave(channel).await;
        }
    }

    async fn show(&mut self, wanted: &Wanted) {
        let (now, channel) = (Instant::now(), wanted.channel);
        let place = self.places.entry(channel).or_default();
        let states = states(&wanted.seen);
        let lasts = place.before == states;
        place.before = states;
        if place.shown.as_ref() == Some(&wanted.seen) {
            return;
        }
        let is_too_soon = wanted.certainty == Certainty::Soon && now < self.begun + CONNECTING;
        if !lasts || is_too_soon || !place.is_due(place.weight_of(&wanted.seen), now) {
            return;
        }
        let Some(facts) = self.look(channel).await else {
            return;
        };
        let line = wanted.voice.topic(&wanted.seen, Topic::room_in(&facts.topic));
        let place = self.places.entry(channel).or_default();
        if Topic::part_of(&facts.topic) == Some(line.as_str()) {
            place.shown = Some(wanted.seen.clone());
            if !std::mem::replace(&mut place.is_marked, true) {
                self.remember().await;
            }
            return;
        }
        match Topic::with_part(&facts.topic, &line) {
            Ok(topic) => {
                place.is_marked = true;
                if self.change(channel, &topic).await {
                    let place = self.places.entry(channel).or_default();
                    place.shown = Some(wanted.seen.clone());
                }
            }
            Err(no_room) => self.refused(channel, &no_room.to_string(), REFUSED),
        }
    }

    /// Takes our part out of a topic that is not kept any more.
    async fn leave(&mut self, channel: u64) {
        let now = Instant::now();
        let Some(place) = self.places.get(&channel) else {
            return;
        };
        let is_over = !place.is_marked || place.refusal != Refusal::None;
        if is_over && place.pace.is_rested(now) {
            self.places.remove(&channel);
            return self.remember().await;
        }
        if is_over || !place.is_due(Weight::State, now) {
            return;
        }
        let Some(facts) = self.look(channel).await else {
            return;
        };
        let is_gone = match Topic::without_part(&facts.topic) {
            Some(topic) => self.change(channel, &topic).await,
            None => true,
        };
        if is_gone {
            self.places.entry(channel).or_default().is_marked = false;
            self.remember().await;
        }
    }

    /// Reads a topic; nothing where that has to wait, or there is none.
    async fn look(&mut self, channel: u64) -> Option<ChannelFacts> {
        let (attempt, facts) = {
            let ticket = admit(&self.client, &self.limiter, channel)?;
            let (attempt, facts) = self.client.look_at_channel(channel).await;
            ticket.observe(&attempt);
            (attempt, facts)
        };
        match attempt.outcome {
            Outcome::Delivered { .. } => match facts {
                Some(facts) if facts.has_topic() => return Some(facts),
                Some(_) => self.give_up(
                    channel,
                    "it is a thread, or not a text channel: only those have one",
                ),
                None => self.pause(channel, AGAIN),
            },
            // It is not seen at all, and so its topic can be neither kept nor changed.
            Outcome::Forbidden { ref message, .. } => {
                let why = format!(
                    "Discord says {message:?}: the bot needs View Channel there, in Discord: right-click the channel, Edit \
                     Channel, Permissions; or switch `topic` off"
                );
                self.refused(channel, &why, REFUSED);
            }
            outcome => self.conclude(channel, &outcome),
        }
        None
    }

    /// Changes a topic; whether it says so now.
    async fn change(&mut self, channel: u64, topic: &Topic) -> bool {
        let limiter = self.limiter.clone();
        let Some(ticket) = admit(&self.client, &limiter, channel) else {
            return false;
        };
        self.places.entry(channel).or_default().pace.spend(Instant::now());
        self.remember().await;
        let attempt = self.client.set_topic(channel, topic).await;
        ticket.observe(&attempt);
        if matches!(attempt.outcome, Outcome::Delivered { .. }) {
            tracing::debug!(channel, "topic_changed");
            let place = self.places.entry(channel).or_default();
            place.refusal = Refusal::None;
            return true;
        }
        let place = self.places.entry(channel).or_default();
        place.shown = None;
        if matches!(
            attempt.outcome,
            Outcome::NotSent { .. } | Outcome::RateLimited { .. }
        ) {
            place.pace.take_back();
            self.remember().await;
        }
        self.conclude(channel, &attempt.outcome);
        false
    }

    /// What a request that failed means for the next one.
    fn conclude(&mut self, channel: u64, outcome: &Outcome) {
        match outcome {
            Outcome::RateLimited { retry_after, .. } => self.pause(channel, (*retry_after).min(REFUSED)),
            Outcome::Forbidden { message, .. } => {
                let why = format!(
                    "Discord says {message:?}: the bot needs Manage Channels there, in Discord: right-click the channel, Edit \
                     Channel, Permissions; or switch `topic` off"
                );
                self.refused(channel, &why, REFUSED);
            }
            Outcome::Gone { .. } => {
                self.give_up(
                    channel,
                    "the channel does not exist, or the bot is not in its Discord server",
                );
            }
            Outcome::Rejected { .. } | Outcome::TooLarge => {
                self.refused(channel, &outcome.to_string(), REFUSED);
            }
            // Whoever posts tells of a refused token.
            Outcome::Unauthorised => self.pause(channel, REFUSED),
            _ => self.pause(channel, AGAIN),
        }
    }

    fn pause(&mut self, channel: u64, pause: Duration) {
        self.places.entry(channel).or_default().not_before = Some(Instant::now() + pause);
    }

    fn refused(&mut self, channel: u64, why: &str, pause: Duration) {
        self.pause(channel, pause);
        let place = self.places.entry(channel).or_default();
        if place.refusal == Refusal::None {
            place.refusal = Refusal::Told;
            tracing::warn!(channel, reason = why, "topic_not_changed");
        }
    }

    fn give_up(&mut self, channel: u64, why: &str) {
        self.refused(channel, why, REFUSED);
        self.places.entry(channel).or_default().refusal = Refusal::ForGood;
    }

    async fn remember(&self) {
        let (now, now_ms) = (Instant::now(), now_ms());
        let kept = |(channel, place): (&u64, &Place)| {
            let kept = Kept {
                changed_ms: place.pace.to_remember(now, now_ms),
                marked: place.is_marked,
            };
            (*channel, kept)
        };
        let kept: BTreeMap<u64, Kept> = self.places.iter().map(kept).collect();
        let text = serde_json::to_string(&kept).unwrap_or_default();
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || file.replace(&text, Outlives::Kill)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "topics_not_remembered: after a restart they may be changed sooner than Discord allows");
        }
    }
}

/// Only what messages leave of Discord's limits.
fn admit<'a>(client: &BotClient, limiter: &'a SharedLimiter, channel: u64) -> Option<HeldTicket<'a>> {
    let lane = client.lane(channel);
    let ticket = limiter.with(|limiter, now| {
        if limiter.ready_in_passing(&lane, Route::Topic, now) != Readiness::Ready {
            return None;
        }
        match limiter.admit_on(&lane, Route::Topic, now) {
            Admission::Go(ticket) => Some(ticket),
            Admission::Wait(_) | Admission::Latched(_) => None,
        }
    })?;
    Some(limiter.hold(ticket))
}

fn states(seen: &[Seen]) -> Vec<State> {
    seen.iter().map(Seen::state).collect()
}

impl Place {
    fn is_due(&self, weight: Weight, now: Instant) -> bool {
        self.refusal != Refusal::ForGood
            && self.not_before.is_none_or(|at| at <= now)
            && self.pace.allows(weight, now)
    }

    fn weight_of(&self, seen: &[Seen]) -> Weight {
        let shown = self.shown.as_deref().map(states);
        if shown == Some(states(seen)) {
            Weight::Figure
        } else {
            Weight::State
        }
    }
}

#[cfg(test)]
mod tests;
