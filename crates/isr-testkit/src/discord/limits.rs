//! The true rate limits of the fake.
//!
//! Owns what is allowed and how much of it is used: per webhook (announced in headers), per channel (hidden) and
//! global. Every one can be changed or switched off at any time. Must not know HTTP. Cannot fail.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::fault::Scope;

/// So many requests in such a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests allowed.
    pub requests: usize,
    /// Within this time.
    pub per: Duration,
    /// How the time is measured.
    pub shape: Shape,
}

impl Rate {
    /// A fixed window.
    #[must_use]
    pub const fn fixed(requests: usize, per: Duration) -> Self {
        Self {
            requests,
            per,
            shape: Shape::Fixed,
        }
    }

    /// A sliding window.
    #[must_use]
    pub const fn sliding(requests: usize, per: Duration) -> Self {
        Self {
            requests,
            per,
            shape: Shape::Sliding,
        }
    }
}

/// How a limit measures time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The window begins with the first request after the last window ended; then all is forgotten at once.
    Fixed,
    /// At no time were there more within the last while.
    Sliding,
}

/// Whether answers tell of the webhook's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announce {
    /// `X-RateLimit-*` on every answer.
    Headers,
    /// No such header on any answer, 429 included (scenario D05).
    Nothing,
}

/// The limits that hold. [`Default`] is what is known of Discord: 5 in 2 s per webhook, 30 in 60 s per channel (lore,
/// hidden), 50 per second global.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Per webhook and method.
    pub webhook: Option<Rate>,
    /// Per channel, for new messages. In no header; requests that were refused for their content count too.
    pub channel: Option<Rate>,
    /// All requests together.
    pub global: Option<Rate>,
    /// Value of `X-RateLimit-Bucket`: the same for all webhooks.
    pub bucket: String,
    /// Whether headers are sent.
    pub announce: Announce,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            webhook: Some(Rate::fixed(5, Duration::from_secs(2))),
            channel: Some(Rate::sliding(30, Duration::from_secs(60))),
            global: Some(Rate::fixed(50, Duration::from_secs(1))),
            bucket: "7f0c6a1e5b2d4938".into(),
            announce: Announce::Headers,
        }
    }
}

impl Limits {
    /// No limit at all; headers say 1,000 per second.
    #[must_use]
    pub fn none() -> Self {
        Self {
            webhook: Some(Rate::fixed(usize::MAX, Duration::from_secs(1))),
            channel: None,
            global: None,
            ..Self::default()
        }
    }
}

/// What the headers say of the webhook's limit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) limit: usize,
    pub(crate) remaining: usize,
    pub(crate) reset_after: Duration,
    pub(crate) bucket: String,
}

/// Whose limit a request counts against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Payer {
    pub(crate) webhook: u64,
    pub(crate) method: hyper::Method,
    /// The channel, when a new message is to be posted.
    pub(crate) channel: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    /// None: it may pass.
    pub(crate) refusal: Option<Refusal>,
    /// None where headers are withheld or the webhook has no limit.
    pub(crate) standing: Option<Standing>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) scope: Scope,
    pub(crate) retry_after: Duration,
    pub(crate) of: Guard,
}

/// Which limit refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    Webhook,
    Channel,
    Global,
}

#[derive(Debug, Default)]
pub(crate) struct Limiter {
    pub(crate) limits: Limits,
    webhooks: HashMap<(u64, hyper::Method), Usage>,
    channels: HashMap<u64, Usage>,
    global: Usage,
}

impl Limiter {
    /// Counts a request and says whether it may pass. A request refused by the hidden limit has used the webhook's.
    pub(crate) fn admit(&mut self, payer: &Payer, now: Instant) -> Verdict {
        let Limits {
            webhook,
            channel,
            global,
            ..
        } = self.limits;
        let of_webhook = self
            .webhooks
            .entry((payer.webhook, payer.method.clone()))
            .or_default();
        let refused = |scope, of| {
            move |retry_after| Refusal {
                scope,
                retry_after,
                of,
            }
        };
        let refusal = global
            .and_then(|rate| self.global.take(rate, now))
            .map(refused(Scope::Global, Guard::Global))
            .or_else(|| {
                webhook
                    .and_then(|rate| of_webhook.take(rate, now))
                    .map(refused(Scope::User, Guard::Webhook))
            })
            .or_else(|| {
                let usage = self.channels.entry(payer.channel?).or_default();
                // Lore does not tell the scope; `user` is the one that counts as an invalid request.
                usage
                    .take(channel?, now)
                    .map(refused(Scope::User, Guard::Channel))
            });
        let standing = webhook
            .filter(|_| self.limits.announce == Announce::Headers)
            .map(|rate| Standing {
                limit: rate.requests.min(1000),
                remaining: rate.requests.saturating_sub(of_webhook.used()).min(999),
                reset_after: of_webhook.reset_after(rate, now),
                bucket: self.limits.bucket.clone(),
            });
        Verdict { refusal, standing }
    }
}

/// The requests that still count against one limit. What was refused does not count.
#[derive(Debug, Default)]
struct Usage {
    hits: VecDeque<Instant>,
}

impl Usage {
    fn used(&self) -> usize {
        self.hits.len()
    }

    fn take(&mut self, rate: Rate, now: Instant) -> Option<Duration> {
        self.forget(rate, now);
        if self.hits.len() >= rate.requests {
            return Some(self.reset_after(rate, now));
        }
        // An endless limit needs no memory but the beginning of its window.
        if rate.requests < usize::MAX || self.hits.is_empty() {
            self.hits.push_back(now);
        }
        None
    }

    fn forget(&mut self, rate: Rate, now: Instant) {
        let over = |hit: &Instant| *hit + rate.per <= now;
        match rate.shape {
            Shape::Fixed if self.hits.front().is_some_and(over) => self.hits.clear(),
            Shape::Fixed => {}
            Shape::Sliding => {
                while self.hits.front().is_some_and(over) {
                    self.hits.pop_front();
                }
            }
        }
    }

    /// Until the window ends, or the oldest request is forgotten: the same formula, by what `forget` keeps.
    fn reset_after(&self, rate: Rate, now: Instant) -> Duration {
        self.hits.front().map_or(Duration::ZERO, |first| {
            (*first + rate.per).saturating_duration_since(now)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer(webhook: u64) -> Payer {
        Payer {
            webhook,
            method: hyper::Method::POST,
            channel: Some(webhook / 10),
        }
    }

    fn passed(limiter: &mut Limiter, webhook: u64, now: Instant) -> Option<(Guard, Duration)> {
        limiter
            .admit(&payer(webhook), now)
            .refusal
            .map(|r| (r.of, r.retry_after))
    }

    #[test]
    fn a_webhook_gets_five_in_two_seconds_and_its_neighbour_five_more() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let remaining: Vec<_> = (0..5)
            .map(|_| limiter.admit(&payer(1), at(0)).standing.unwrap().remaining)
            .collect();
        assert_eq!(remaining, [4, 3, 2, 1, 0]);
        assert_eq!(
            passed(&mut limiter, 1, at(500)),
            Some((Guard::Webhook, Duration::from_millis(1500)))
        );
        assert_eq!(passed(&mut limiter, 2, at(500)), None);
        assert_eq!(
            passed(&mut limiter, 1, at(1999)),
            Some((Guard::Webhook, Duration::from_millis(1)))
        );
        assert_eq!(passed(&mut limiter, 1, at(2000)), None);
    }

    #[test]
    fn the_hidden_limit_of_a_channel_shows_in_no_header() {
        let mut limiter = Limiter::default();
        let start = Instant::now();
        let mut now = start;
        for n in 0..30 {
            assert_eq!(passed(&mut limiter, 10 + n % 6, now), None);
            now += Duration::from_millis(500);
        }
        let verdict = limiter.admit(&payer(11), now);
        assert_eq!(
            verdict.refusal.map(|r| (r.of, r.retry_after)),
            Some((Guard::Channel, Duration::from_secs(45)))
        );
        assert!(verdict.standing.unwrap().remaining > 0);
        assert_eq!(passed(&mut limiter, 20, now), None, "another channel");
        assert_eq!(
            passed(&mut limiter, 11, start + Duration::from_secs(60)),
            None,
            "sliding: one is free again"
        );
        assert!(passed(&mut limiter, 11, start + Duration::from_secs(60)).is_some());
    }

    #[test]
    fn d05_limits_change_while_requests_run() {
        let mut limiter = Limiter::default();
        let now = Instant::now();
        (0..5).for_each(|_| assert_eq!(passed(&mut limiter, 1, now), None));
        limiter.limits.webhook = Some(Rate::fixed(6, Duration::from_secs(10)));
        assert_eq!(passed(&mut limiter, 1, now), None);
        assert_eq!(
            passed(&mut limiter, 1, now),
            Some((Guard::Webhook, Duration::from_secs(10)))
        );
        limiter.limits = Limits {
            announce: Announce::Nothing,
            ..Limits::none()
        };
        for _ in 0..500 {
            assert_eq!(
                limiter.admit(&payer(1), now),
                Verdict {
                    refusal: None,
                    standing: None
                }
            );
        }
    }

    #[test]
    fn the_global_limit_counts_all_webhooks() {
        let mut limiter = Limiter::default();
        let now = Instant::now();
        (0..50).for_each(|n| assert_eq!(passed(&mut limiter, n * 10, now), None));
        assert_eq!(passed(&mut limiter, 990, now).map(|r| r.0), Some(Guard::Global));
    }
}
