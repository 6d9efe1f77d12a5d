//! What the limiter learns from an attempt.
//!
//! Owns the table from outcome to latch, park, pause and count. Discord's rules behind it: 401 and 404 are never
//! repeated, 403 is not repeated soon, `Retry-After` holds in every scope, and a 429 with scope `shared` is nobody's
//! fault.

use std::time::Duration;

use super::bucket::{Bucket, Company};
use super::channel::Channel;
use super::gate::Passage;
use super::key::{ChannelKey, LaneKey};
use super::{Flight, Latch, Limiter, PARK_INTERVAL, Route};
use crate::outcome::{Attempt, GoneTarget, Outcome};
use crate::signals::{LimitScope, RateSignals};

/// The ends of pauses are spread over this much time.
const SPREAD: Duration = Duration::from_millis(250);
/// A webhook's own bucket never asks for so long a wait: a 429 that does comes from its channel.
const CHANNEL_LIKE_WAIT: Duration = Duration::from_secs(10);

impl Limiter {
    pub(super) fn settle(&mut self, mut flight: Flight, attempt: &Attempt, now: Duration) {
        if attempt.outcome.never_left() {
            self.settle_gates(flight, Passage::Lost, now);
            return;
        }
        if let Some(channel) = attempt.signals.channel {
            self.move_lane(&flight.lane, channel, now);
            flight.channel = ChannelKey::Id(channel);
        }
        self.count(flight, &attempt.signals, now);
        if is_invalid(attempt) {
            self.invalid.record(now);
        }
        let lane = flight.lane;
        match &attempt.outcome {
            Outcome::RateLimited { retry_after, scope } => {
                self.pause(flight, *retry_after, *scope, &attempt.signals, now);
                return;
            }
            Outcome::Unauthorised => match lane.bot() {
                Some(bot) => {
                    self.refused_bots.insert(bot);
                }
                None => self.webhook_mut(&lane).latch = Some(Latch::Unauthorised),
            },
            // Whether messages can still be posted shows when one is.
            Outcome::Gone { .. } if flight.route.is_aside() => {}
            Outcome::Gone { what } => self.latch_gone(&lane, *what),
            // An edit that is refused says nothing about posting; neither does a reaction.
            Outcome::Forbidden { .. } if flight.route != Route::Post => {}
            Outcome::Forbidden { .. } => self.lane_mut(&lane).parked_until = Some(now + PARK_INTERVAL),
            _ => {}
        }
        self.settle_gates(flight, passage(&attempt.outcome), now);
    }

    /// The request may have arrived or not; nothing else is known.
    pub(super) fn settle_unknown(&mut self, flight: Flight, now: Duration) {
        self.count(flight, &RateSignals::default(), now);
        self.settle_gates(flight, Passage::Lost, now);
    }

    /// Counts a request that may have arrived.
    fn count(&mut self, flight: Flight, signals: &RateSignals, now: Duration) {
        let others =
            self.in_flight(|other| other.lane.webhook == flight.lane.webhook && other.route == flight.route);
        let company = if others == 0 {
            Company::Alone
        } else {
            Company::WithOthers
        };
        // By its beginning: places that hang in answers would let one destination in trouble hold up all others.
        self.together
            .entry(flight.lane.bot())
            .or_insert_with(Self::new_together)
            .record(flight.begun);
        let webhook = self.webhook_mut(&flight.lane);
        if flight.route.is_of_messages() {
            webhook.window.record(now);
        }
        let limits = webhook.route_mut(flight.route);
        limits.bucket = Bucket::learn(limits.bucket.as_ref(), signals, company, now);
        // The hidden limit of a channel is one of messages.
        if flight.route.counts_in_channel() {
            self.channel_mut(flight.channel).record(now);
        }
    }

    fn settle_gates(&mut self, flight: Flight, passage: Passage, now: Duration) {
        self.global.settle(flight.number, passage, now);
        self.webhook_mut(&flight.lane)
            .route_mut(flight.route)
            .gate
            .settle(flight.number, passage, now);
        if flight.route.is_of_messages() {
            self.channel_mut(flight.channel)
                .gate
                .settle(flight.number, passage, now);
        }
    }

    fn pause(
        &mut self,
        flight: Flight,
        retry_after: Duration,
        scope: LimitScope,
        signals: &RateSignals,
        now: Duration,
    ) {
        let wait = retry_after + self.jitter.between(Duration::ZERO, SPREAD);
        // Changes of a topic wait for minutes by a limit that no document tells of: without a word whom it is meant for, it
        // is that one.
        let is_of_all = match scope {
            LimitScope::Global => true,
            LimitScope::Unknown => flight.route != Route::Topic,
            LimitScope::Bucket | LimitScope::Shared => false,
        };
        if is_of_all {
            // The probe of a narrower gate proved nothing about that gate.
            self.settle_gates(flight, Passage::Lost, now);
            self.global.close(wait, now);
            return;
        }
        // It was answered, so nothing holds everything back.
        self.global.settle(flight.number, Passage::Answered, now);
        let limits = self.webhook_mut(&flight.lane).route_mut(flight.route);
        limits.gate.close(wait, now);
        let had_room = signals.remaining.is_some_and(|remaining| remaining > 0);
        let is_like_channel = had_room || scope == LimitScope::Shared || retry_after >= CHANNEL_LIKE_WAIT;
        if is_like_channel && flight.route != Route::Post {
            // Whatever limit of edits this is: the channel's limit of messages shows at the next message.
            if flight.route.is_of_messages() {
                let channel = self.channel_mut(flight.channel);
                channel.gate.settle(flight.number, Passage::Lost, now);
            }
            return;
        }
        if is_like_channel {
            self.channel_mut(flight.channel).limited(wait, now);
            return;
        }
        limits.bucket = Some(Bucket::refused(signals, retry_after, now));
        if flight.route.is_of_messages() {
            let channel = self.channel_mut(flight.channel);
            channel.gate.settle(flight.number, Passage::Answered, now);
        }
    }

    fn latch_gone(&mut self, lane: &LaneKey, what: GoneTarget) {
        match what {
            GoneTarget::Channel if lane.is_thread() => self.lane_mut(lane).latch = Some(Latch::ChannelGone),
            GoneTarget::Channel => self.webhook_mut(lane).latch = Some(Latch::ChannelGone),
            GoneTarget::Webhook => self.webhook_mut(lane).latch = Some(Latch::WebhookGone),
        }
    }

    /// The lane posts to this channel. What it sent while that was unknown counts there.
    pub(super) fn move_lane(&mut self, lane: &LaneKey, channel_id: u64, now: Duration) {
        let known = ChannelKey::Id(channel_id);
        let state = self.lane_mut(lane);
        let former = std::mem::replace(&mut state.channel, known);
        if former == known {
            return;
        }
        for flight in self.flights.iter_mut().filter(|flight| flight.lane == *lane) {
            flight.channel = known;
        }
        let is_used = self.lanes.values().any(|lane| lane.channel == former);
        let left = if is_used {
            None
        } else {
            self.channels.remove(&former)
        };
        match (left, former) {
            (Some(unknown), ChannelKey::UnknownOf(_)) => {
                self.channels
                    .entry(known)
                    .or_insert_with(Channel::new)
                    .absorb(&unknown, now);
            }
            // The webhook was moved to another channel: what it sent to the former one does not count here.
            _ => {
                self.channel_mut(known);
            }
        }
    }
}

/// Whether an attempt counts against Discord's 10,000 invalid requests in 10 minutes.
fn is_invalid(attempt: &Attempt) -> bool {
    match (attempt.status, &attempt.outcome) {
        (Some(429), Outcome::RateLimited { scope, .. }) => *scope != LimitScope::Shared,
        (Some(status), _) => matches!(status, 401 | 403 | 429),
        (None, _) => false,
    }
}

const fn passage(outcome: &Outcome) -> Passage {
    match outcome {
        Outcome::Uncertain { .. } | Outcome::ServerError { .. } | Outcome::NotSent { .. } => Passage::Lost,
        _ => Passage::Answered,
    }
}
