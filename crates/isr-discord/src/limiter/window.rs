//! A sliding window: at most so many requests in any stretch of so much time, as the server sees them.
//!
//! We know when a request began and when its answer came, not when it arrived. A request therefore occupies a place
//! from its beginning until one span after its answer: whatever the network did, the server never sees more than the
//! limit in any span.

use std::collections::VecDeque;
use std::time::Duration;

use super::RECHECK;

#[derive(Debug, Clone)]
pub(crate) struct Window {
    limit: usize,
    span: Duration,
    /// When finished requests were answered, oldest first; at most `limit`.
    ends: VecDeque<Duration>,
}

impl Window {
    pub(crate) const fn new(limit: usize, span: Duration) -> Self {
        Self {
            limit,
            span,
            ends: VecDeque::new(),
        }
    }

    /// Until when a further request has to wait, beside `in_flight` others.
    pub(crate) fn wait(&self, in_flight: usize, now: Duration) -> Option<Duration> {
        let places = self.limit.saturating_sub(self.used(now));
        if in_flight < places {
            return None;
        }
        let to_expire = in_flight - places;
        let oldest_used = self.ends.len() - self.used(now);
        // With too many in flight only their answers help.
        Some(
            self.ends
                .get(oldest_used + to_expire)
                .map_or(now + RECHECK, |end| *end + self.span),
        )
    }

    /// How many finished requests still occupy a place.
    pub(crate) fn used(&self, now: Duration) -> usize {
        self.ends
            .iter()
            .rev()
            .take_while(|end| **end + self.span > now)
            .count()
    }

    /// A request was answered, or given up, at `end`.
    pub(crate) fn record(&mut self, end: Duration) {
        let place = self.ends.partition_point(|known| *known <= end);
        self.ends.insert(place, end);
        if self.ends.len() > self.limit {
            self.ends.pop_front();
        }
    }

    /// Takes over the requests of another window.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for end in &other.ends {
            self.record(*end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_place_is_free_one_span_after_the_answer() {
        let mut window = Window::new(2, at(2000));
        assert_eq!(window.wait(1, at(0)), None);
        window.record(at(100));
        window.record(at(300));
        assert_eq!(window.wait(0, at(300)), Some(at(2100)));
        assert_eq!(window.wait(1, at(300)), Some(at(2300)));
        assert_eq!(window.wait(0, at(2099)), Some(at(2100)));
        assert_eq!(window.wait(0, at(2100)), None);
        assert_eq!(window.wait(1, at(2100)), Some(at(2300)));
        assert_eq!(window.wait(2, at(2100)), Some(at(2100) + RECHECK));
        assert_eq!(window.used(at(2300)), 0);
    }

    #[test]
    fn it_keeps_no_more_than_its_limit() {
        let mut window = Window::new(3, at(1000));
        for end in 0..100 {
            window.record(at(end));
        }
        assert_eq!(window.ends.len(), 3);
        assert_eq!(window.wait(0, at(100)), Some(at(1097)));
    }
}
