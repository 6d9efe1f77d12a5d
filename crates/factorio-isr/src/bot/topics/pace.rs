//! How often the topic of a channel may be changed.
//!
//! Owns the count of what was changed lately, also before a restart. Discord takes two changes in ten minutes of one channel;
//! the third would wait so long that it tells what was. Pure but for the instants that are given. Cannot fail.

use std::time::Duration;

use tokio::time::Instant;

/// So many changes …
pub(super) const MOST: usize = 2;
/// … in any stretch of this length. Discord's is ten minutes; the rest is for the way there.
pub(super) const SPAN: Duration = Duration::from_secs(605);

/// What a change tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// A server does something else, or nobody knows what the topic says.
    State,
    /// Only how many are there, or the like: it leaves a change for a state.
    Figure,
}

/// The changes of one channel that still count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// When each of them counts no more, oldest first.
    until: Vec<Instant>,
}

impl Pace {
    /// Of the changes before a restart, in Unix milliseconds. A clock that was set back makes them count in full.
    pub(super) fn remembered(changed_ms: &[i64], now: Instant, now_ms: i64) -> Self {
        let left = |ms: &i64| {
            let age = Duration::from_millis(u64::try_from(now_ms.saturating_sub(*ms)).unwrap_or(0));
            SPAN.checked_sub(age).map(|left| now + left)
        };
        let mut until: Vec<Instant> = changed_ms.iter().filter_map(left).collect();
        until.sort_unstable();
        until.drain(..until.len().saturating_sub(MOST));
        Self { until }
    }

    /// When they were made, in Unix milliseconds.
    pub(super) fn to_remember(&self, now: Instant, now_ms: i64) -> Vec<i64> {
        let at = |until: &Instant| {
            let age = SPAN.saturating_sub(until.saturating_duration_since(now));
            now_ms.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
        };
        self.until.iter().filter(|until| **until > now).map(at).collect()
    }

    /// Whether a change may be made now.
    pub(super) fn allows(&self, weight: Weight, now: Instant) -> bool {
        let free = MOST.saturating_sub(self.until.iter().filter(|until| **until > now).count());
        match weight {
            Weight::State => free > 0,
            Weight::Figure => free > 1,
        }
    }

    /// Whether none counts any more.
    pub(super) fn is_rested(&self, now: Instant) -> bool {
        self.until.iter().all(|until| *until <= now)
    }

    /// One is made.
    pub(super) fn spend(&mut self, now: Instant) {
        self.until.retain(|until| *until > now);
        self.until.push(now + SPAN);
    }

    /// The last one never got there.
    pub(super) fn take_back(&mut self) {
        self.until.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn two_changes_count_for_ten_minutes_and_figures_leave_one_for_a_state() {
        let (begin, mut pace) = (Instant::now(), Pace::default());
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert!(pace.allows(Weight::Figure, at(0)));
        pace.spend(at(0));
        assert!(!pace.allows(Weight::Figure, at(1)) && pace.allows(Weight::State, at(1)));
        pace.spend(at(300));
        assert!(!pace.allows(Weight::State, at(604)));
        assert!(pace.allows(Weight::State, at(605)) && !pace.allows(Weight::Figure, at(605)));
        assert!(pace.allows(Weight::Figure, at(905)) && pace.is_rested(at(905)));
        pace.spend(at(1_000));
        pace.take_back();
        assert!(pace.is_rested(at(1_000)));
    }

    #[tokio::test(start_paused = true)]
    async fn changes_before_a_restart_count_and_a_clock_that_was_set_frees_none() {
        let (now, now_ms) = (Instant::now(), 10_000_000);
        let at = |seconds| now + Duration::from_secs(seconds);
        let pace = Pace::remembered(&[now_ms - 600_000, now_ms - 1_000], now, now_ms);
        assert!(!pace.allows(Weight::State, now) && pace.allows(Weight::State, at(6)));
        assert_eq!(pace.to_remember(now, now_ms), [now_ms - 600_000, now_ms - 1_000]);
        let old = Pace::remembered(&[now_ms - 700_000], now, now_ms);
        assert!(old.is_rested(now));
        // The clock was set back: they are in the future.
        let ahead = Pace::remembered(&[now_ms + 99_000_000; 9], now, now_ms);
        assert!(!ahead.allows(Weight::State, at(604)) && ahead.allows(Weight::State, at(605)));
    }
}
