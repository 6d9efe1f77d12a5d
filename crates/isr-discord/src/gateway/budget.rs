//! How often we may identify and connect.
//!
//! Discord allows 1,000 identifies a day and resets the bot's token beyond that, so a fault of ours could take every
//! copy of the bot down. We keep far below: at most [`IDENTIFIES_PER_HOUR`], never two within [`SPACING`], fewer when
//! Discord says that few are left (another copy may be using them up). Connects are bounded too, whatever the pauses
//! between them come to. Pure: time enters as a value. Cannot fail; the answer is "now" or "at".

use std::collections::VecDeque;
use std::time::Duration;

use crate::limiter::Window;

/// Identifies in any hour (scenario D12), over restarts of the program.
pub const IDENTIFIES_PER_HOUR: usize = 5;
const HOUR: Duration = Duration::from_secs(3600);
/// Discord allows one identify in 5 s for each concurrency key; some more, for the network between us.
pub const SPACING: Duration = Duration::from_millis(5500);
/// Connects in any ten minutes (the reconnect storm of D12), first attempts and resumes together.
pub const CONNECTS_PER_10_MIN: usize = 28;
const TEN_MINUTES: Duration = Duration::from_secs(600);
/// When so few are left of Discord's count, we spread them over the time until it is filled again.
const SCARCE: u64 = 10;
/// Discord's count is filled again within a day, whatever a gateway says.
const LONGEST_RESET: Duration = Duration::from_secs(24 * 3600);

/// What Discord says about identifies (`session_start_limit`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartLimit {
    /// How many are left.
    pub remaining: u64,
    /// Until they are filled up again, counted from the answer.
    pub reset_after: Duration,
}

/// The two budgets.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    /// Until when each identify counts, oldest first.
    counted_until: VecDeque<Duration>,
    last: Option<Duration>,
    told: Option<(StartLimit, Duration)>,
    connects: Window,
}

impl Budget {
    /// Takes over identifies of former runs, by their age.
    pub(super) fn new(ages: impl Iterator<Item = Duration>, now: Duration) -> Self {
        let mut ages: Vec<Duration> = ages.filter(|age| *age < HOUR).collect();
        ages.sort_unstable_by(|a, b| b.cmp(a));
        let last = ages.last().map(|age| now.saturating_sub(*age));
        Self {
            counted_until: ages.iter().map(|age| now + HOUR - *age).collect(),
            last,
            told: None,
            connects: Window::new(CONNECTS_PER_10_MIN, TEN_MINUTES),
        }
    }

    /// Discord told its count.
    pub(super) fn told(&mut self, mut limit: StartLimit, now: Duration) {
        limit.reset_after = limit.reset_after.min(LONGEST_RESET);
        self.told = Some((limit, now));
    }

    /// Until when the next identify has to wait.
    pub(super) fn identify_wait(&self, now: Duration) -> Option<Duration> {
        let spaced = self.last.map(|last| last + SPACING);
        let counted: Vec<Duration> = self
            .counted_until
            .iter()
            .copied()
            .filter(|until| *until > now)
            .collect();
        let full = counted
            .len()
            .checked_sub(IDENTIFIES_PER_HOUR)
            .and_then(|over| counted.get(over));
        let scarce = self.told.and_then(|(limit, at)| self.scarcity(limit, at));
        [spaced, full.copied(), scarce]
            .into_iter()
            .flatten()
            .max()
            .filter(|until| *until > now)
    }

    fn scarcity(&self, limit: StartLimit, at: Duration) -> Option<Duration> {
        let reset = at + limit.reset_after;
        if limit.remaining == 0 {
            return Some(reset);
        }
        if limit.remaining > SCARCE {
            return None;
        }
        let share = limit
            .reset_after
            .div_f64(f64::from(u32::try_from(limit.remaining).unwrap_or(u32::MAX)));
        self.last.map(|last| (last + share).min(reset))
    }

    /// An identify leaves now.
    pub(super) fn identified(&mut self, now: Duration) {
        self.last = Some(now);
        self.counted_until.push_back(now + HOUR);
        while self.counted_until.len() > IDENTIFIES_PER_HOUR {
            self.counted_until.pop_front();
        }
        if let Some((limit, _)) = &mut self.told {
            limit.remaining = limit.remaining.saturating_sub(1);
        }
    }

    /// The identify that was counted last never left.
    pub(super) fn never_left(&mut self) {
        self.counted_until.pop_back();
    }

    /// Until when the next connect has to wait.
    pub(super) fn connect_wait(&self, now: Duration) -> Option<Duration> {
        self.connects.wait(0, now)
    }

    pub(super) fn connected(&mut self, now: Duration) {
        self.connects.record(now);
    }

    /// How long ago the identifies that count were, oldest first.
    pub(super) fn ages(&self, now: Duration) -> impl Iterator<Item = Duration> {
        self.counted_until
            .iter()
            .map(move |until| HOUR.saturating_sub(until.saturating_sub(now)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn d12_five_identifies_an_hour_and_none_within_five_seconds() {
        let mut budget = Budget::new(std::iter::empty(), at(0));
        for n in 0..5 {
            assert_eq!(budget.identify_wait(at(n * 10)), None);
            budget.identified(at(n * 10));
            assert!(budget.identify_wait(at(n * 10 + 5)).is_some());
        }
        assert_eq!(budget.identify_wait(at(60)), Some(at(3600)));
        assert_eq!(budget.identify_wait(at(3600)), None);
        budget.identified(at(3600));
        assert_eq!(budget.identify_wait(at(3606)), Some(at(3610)));
    }

    #[test]
    fn d12_the_count_survives_a_restart() {
        let mut budget = Budget::new(std::iter::empty(), at(0));
        (0..5).for_each(|n| budget.identified(at(n * 10)));
        let ages: Vec<_> = budget.ages(at(100)).collect();
        let again = Budget::new(ages.into_iter(), at(0));
        assert_eq!(again.identify_wait(at(0)), Some(at(3500)));
        let long_ago = Budget::new([at(4000), at(3600)].into_iter(), at(0));
        assert_eq!(long_ago.identify_wait(at(0)), None);
    }

    #[test]
    fn d12_what_discord_has_left_is_not_used_up() {
        let mut budget = Budget::new(std::iter::empty(), at(0));
        let limit = |remaining| StartLimit {
            remaining,
            reset_after: at(1000),
        };
        budget.told(limit(0), at(50));
        assert_eq!(budget.identify_wait(at(50)), Some(at(1050)));
        budget.told(limit(2), at(100));
        assert_eq!(
            budget.identify_wait(at(100)),
            None,
            "nobody of us has used one yet"
        );
        budget.identified(at(100));
        assert_eq!(
            budget.identify_wait(at(110)),
            Some(at(1100)),
            "the last one waits for the refill"
        );
        budget.told(limit(900), at(110));
        assert_eq!(budget.identify_wait(at(110)), None);
        budget.told(
            StartLimit {
                remaining: 0,
                reset_after: Duration::MAX,
            },
            at(110),
        );
        assert_eq!(budget.identify_wait(at(110)), Some(at(110) + LONGEST_RESET));
    }

    #[test]
    fn d12_connects_are_bounded_whatever_the_pauses_come_to() {
        let mut budget = Budget::new(std::iter::empty(), at(0));
        for n in 0..CONNECTS_PER_10_MIN as u64 {
            assert_eq!(budget.connect_wait(at(n)), None);
            budget.connected(at(n));
        }
        assert_eq!(budget.connect_wait(at(60)), Some(at(600)));
        assert_eq!(budget.connect_wait(at(600)), None);
    }

    proptest! {
        #[test]
        fn d12_whatever_happens_the_budgets_hold(steps in proptest::collection::vec((0..2000_u64, any::<bool>()), 1..200)) {
            let mut budget = Budget::new(std::iter::empty(), at(0));
            let (mut now, mut identifies, mut connects) = (at(0), Vec::new(), Vec::new());
            for (pause, restarts) in steps {
                now += at(pause);
                if restarts {
                    let ages: Vec<_> = budget.ages(now).collect();
                    budget = Budget::new(ages.into_iter(), now);
                    connects.clear();
                }
                if budget.identify_wait(now).is_none() {
                    budget.identified(now);
                    identifies.push(now);
                }
                if budget.connect_wait(now).is_none() {
                    budget.connected(now);
                    connects.push(now);
                }
            }
            for six in identifies.windows(IDENTIFIES_PER_HOUR + 1) {
                prop_assert!(six[IDENTIFIES_PER_HOUR] - six[0] >= HOUR);
            }
            for pair in identifies.windows(2) {
                prop_assert!(pair[1] - pair[0] >= SPACING);
            }
            for more in connects.windows(CONNECTS_PER_10_MIN + 1) {
                prop_assert!(more[CONNECTS_PER_10_MIN] - more[0] >= TEN_MINUTES);
            }
        }
    }
}
