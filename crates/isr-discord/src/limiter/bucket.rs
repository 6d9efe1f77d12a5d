//! A webhook's own bucket, as the headers of its answers describe it.
//!
//! Owns what was learnt and when it is out of date. Only ever makes the limiter slower than its own ceiling.

use std::time::Duration;

use super::RECHECK;
use crate::signals::RateSignals;

/// What was learnt is believed for so long without a new word; our own ceiling always holds.
const MEMORY: Duration = Duration::from_secs(600);

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    id: Option<Box<str>>,
    limit: u32,
    /// How long a window lasts, as far as answers showed.
    span: Duration,
    remaining: u32,
    resets_at: Duration,
    told_at: Duration,
}

/// Whether other requests of the webhook were in flight when an answer came: its `Remaining` may then be older than
/// what is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    WithOthers,
}

impl Bucket {
    /// What an answer tells; where it tells too little, what was known before, less this request.
    pub(super) fn learn(
        known: Option<&Self>,
        signals: &RateSignals,
        company: Company,
        now: Duration,
    ) -> Option<Self> {
        let (Some(remaining), Some(reset_after)) = (signals.remaining, signals.reset_after) else {
            return known.map(|known| known.after_silence(now));
        };
        let limit = signals.limit.unwrap_or(remaining.saturating_add(1)).max(1);
        let told = Self {
            id: signals.bucket.clone(),
            limit,
            span: reset_after,
            remaining,
            resets_at: now + reset_after,
            told_at: now,
        };
        Some(match known {
            Some(known) if known.id == told.id => told.after(known, company, now),
            _ => told,
        })
    }

    /// What a 429 of this bucket tells: nothing is left for `wait`, and unless it states the limit, one request in
    /// such a time is all that is certain.
    pub(super) fn refused(signals: &RateSignals, wait: Duration, now: Duration) -> Self {
        Self {
            id: signals.bucket.clone(),
            limit: signals.limit.unwrap_or(1).max(1),
            span: wait,
            remaining: 0,
            resets_at: now + wait,
            told_at: now,
        }
    }

    /// Until when a further request has to wait, beside `in_flight` others.
    pub(super) fn wait(&self, in_flight: usize, now: Duration) -> Option<Duration> {
        if now >= self.told_at + MEMORY {
            return None;
        }
        let in_flight = u32::try_from(in_flight).unwrap_or(u32::MAX);
        let is_over = now >= self.resets_at;
        let left = if is_over { self.limit } else { self.remaining };
        match left {
            left if in_flight < left => None,
            0 => Some(self.resets_at),
            _ if is_over => Some(now + RECHECK),
            _ => Some(self.resets_at.min(now + RECHECK)),
        }
    }

    /// Joins a newer word with what was known of the same bucket.
    fn after(self, known: &Self, company: Company, now: Duration) -> Self {
        let is_fresh = self.remaining.saturating_add(1) >= self.limit;
        let span = if is_fresh {
            self.span
        } else {
            self.span.max(known.span)
        };
        let told = Self { span, ..self };
        if company == Company::Alone || now >= known.resets_at {
            return told;
        }
        Self {
            remaining: told.remaining.min(known.remaining),
            resets_at: told.resets_at.max(known.resets_at),
            ..told
        }
    }

    /// A request was made of which nothing was told: it is taken off this window, or begins the next one.
    fn after_silence(&self, now: Duration) -> Self {
        let (left, resets_at) = if now >= self.resets_at {
            (self.limit, now + self.span)
        } else {
            (self.remaining, self.resets_at)
        };
        Self {
            remaining: left.saturating_sub(1),
            resets_at,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn told(remaining: u32, reset_after: u64) -> RateSignals {
        RateSignals {
            limit: Some(5),
            remaining: Some(remaining),
            reset_after: Some(at(reset_after)),
            bucket: Some("b".into()),
            ..RateSignals::default()
        }
    }

    #[test]
    fn d02_an_empty_bucket_waits_for_its_reset() {
        let bucket = Bucket::learn(None, &told(0, 1250), Company::Alone, at(1000)).unwrap();
        assert_eq!(bucket.wait(0, at(1000)), Some(at(2250)));
        assert_eq!(bucket.wait(0, at(2249)), Some(at(2250)));
        assert_eq!(bucket.wait(0, at(2250)), None);
        assert_eq!(bucket.wait(4, at(2250)), None);
        assert_eq!(bucket.wait(5, at(2250)), Some(at(2250) + RECHECK));
    }

    #[test]
    fn d05_requests_in_flight_and_silent_ones_are_counted() {
        let bucket = Bucket::learn(None, &told(2, 2000), Company::Alone, at(0)).unwrap();
        assert_eq!(bucket.wait(1, at(0)), None);
        assert_eq!(bucket.wait(2, at(0)), Some(RECHECK));
        let bucket = Bucket::learn(Some(&bucket), &RateSignals::default(), Company::Alone, at(10)).unwrap();
        assert_eq!(
            (bucket.wait(0, at(10)), bucket.wait(1, at(10))),
            (None, Some(at(10) + RECHECK))
        );
    }

    #[test]
    fn answers_that_overtake_each_other_never_add_room() {
        let first = Bucket::learn(None, &told(2, 1900), Company::WithOthers, at(100)).unwrap();
        let late = Bucket::learn(Some(&first), &told(3, 1890), Company::WithOthers, at(110)).unwrap();
        assert_eq!((late.remaining, late.resets_at), (2, at(2000)));
        let alone = Bucket::learn(Some(&late), &told(4, 2000), Company::Alone, at(120)).unwrap();
        assert_eq!(alone.remaining, 4);
    }

    #[test]
    fn d05_after_a_429_without_a_limit_one_request_per_wait_is_certain() {
        let bucket = Bucket::refused(&RateSignals::default(), at(4000), at(0));
        assert_eq!(bucket.wait(0, at(0)), Some(at(4000)));
        assert_eq!(bucket.wait(0, at(4000)), None);
        let silent = Bucket::learn(Some(&bucket), &RateSignals::default(), Company::Alone, at(4100)).unwrap();
        assert_eq!(silent.wait(0, at(4100)), Some(at(8100)));
        let spoken = Bucket::learn(Some(&silent), &told(4, 2000), Company::Alone, at(8200)).unwrap();
        assert_eq!(spoken.wait(0, at(8200)), None);
        assert_eq!(silent.wait(0, MEMORY), None, "an old word is no chain for ever");
    }

    #[test]
    fn an_absurd_limit_is_no_standstill() {
        let signals = RateSignals {
            limit: Some(0),
            ..told(0, 1000)
        };
        let bucket = Bucket::learn(None, &signals, Company::Alone, at(0)).unwrap();
        assert_eq!(bucket.wait(0, at(1000)), None);
        let endless = RateSignals {
            limit: None,
            ..told(u32::MAX, 1000)
        };
        assert!(Bucket::learn(None, &endless, Company::Alone, at(0)).is_some());
    }
}
