//! The hidden limit of a channel, which no header of a successful answer shows.
//!
//! Observed, not documented: about 30 messages in 60 seconds for all webhooks of a channel. We keep a bucket of 30
//! that refills at one in 2 s. When a channel nevertheless answers 429, its limit is a sliding window, and from then
//! on (for an hour) we keep to 30 in any 60 s there.

use std::time::Duration;

use super::gate::Gate;
use super::window::Window;

/// Requests that a quiet channel takes at once.
pub(super) const BURST: u32 = 30;
/// One further request in this time: 0.5 per second.
pub(super) const REFILL: Duration = Duration::from_secs(2);
/// The window that a channel has shown when it answers 429.
const STRICT_SPAN: Duration = Duration::from_secs(60);
/// For how long such a channel is treated so.
const STRICT_MEMORY: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone)]
pub(super) struct Channel {
    /// When the bucket will be full again, counting only answered requests.
    full_at: Duration,
    recent: Window,
    strict_until: Duration,
    pub(super) gate: Gate,
}

impl Channel {
    pub(super) fn new() -> Self {
        Self {
            full_at: Duration::ZERO,
            recent: Window::new(BURST as usize, STRICT_SPAN),
            strict_until: Duration::ZERO,
            gate: Gate::default(),
        }
    }

    /// Until when a further request has to wait, beside `in_flight` others. As with [`Window`], a request counts from
    /// its beginning but begins to be forgotten only at its answer: the server may have seen it at any time between.
    pub(super) fn wait(&self, in_flight: usize, now: Duration) -> Option<Duration> {
        let in_flight_cost = REFILL * u32::try_from(in_flight).unwrap_or(u32::MAX / 2);
        let missing = self.full_at.saturating_sub(now) + in_flight_cost;
        let bucket = missing
            .checked_sub(REFILL * (BURST - 1))
            .filter(|wait| !wait.is_zero())
            .map(|wait| now + wait);
        let strict = if now < self.strict_until {
            self.recent.wait(in_flight, now)
        } else {
            None
        };
        bucket.max(strict)
    }

    /// A request was answered, or given up, at `end`.
    pub(super) fn record(&mut self, end: Duration) {
        self.full_at = self.full_at.max(end) + REFILL;
        self.recent.record(end);
    }

    /// The channel answered 429 although the webhook's own bucket had room.
    pub(super) fn limited(&mut self, wait: Duration, now: Duration) {
        self.strict_until = now + STRICT_MEMORY;
        self.gate.close(wait, now);
    }

    /// Another channel turned out to be this one.
    pub(super) fn absorb(&mut self, other: &Self, now: Duration) {
        self.full_at = self.full_at.max(now) + other.full_at.saturating_sub(now);
        self.recent.absorb(&other.recent);
        self.strict_until = self.strict_until.max(other.strict_until);
        self.gate.absorb(&other.gate, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_quiet_channel_takes_thirty_then_one_in_two_seconds() {
        let mut channel = Channel::new();
        let now = at(1000);
        for sent in 0..30 {
            assert_eq!(channel.wait(0, now), None, "{sent}");
            channel.record(now);
        }
        assert_eq!(channel.wait(0, now), Some(at(1002)));
        assert_eq!(channel.wait(1, now), Some(at(1004)));
        assert_eq!(channel.wait(0, at(1002)), None);
        assert_eq!(channel.wait(0, at(1060)), None);
    }

    #[test]
    fn a_channel_that_answered_429_is_kept_to_a_sliding_window() {
        let mut channel = Channel::new();
        for sent in 0..30 {
            channel.record(at(1000 + sent / 10));
        }
        assert_eq!(
            channel.wait(0, at(1010)),
            None,
            "the bucket has refilled a little"
        );
        channel.limited(at(0), at(1010));
        assert_eq!(channel.wait(0, at(1010)), Some(at(1060)));
        assert_eq!(channel.wait(0, at(1060)), None);
    }

    #[test]
    fn two_channels_that_are_one_have_sent_together() {
        let (mut one, mut other) = (Channel::new(), Channel::new());
        for _ in 0..15 {
            one.record(at(100));
            other.record(at(100));
        }
        one.absorb(&other, at(100));
        assert_eq!(one.wait(0, at(100)), Some(at(102)));
    }
}
