//! So many in so long a time: sliding windows, one for each name, in bounded memory.
//!
//! Owns the counting. Time is a value, in Unix milliseconds; a step back of the clock begins a window anew instead of
//! blocking for as long as the step was. A name that did nothing for a whole window is forgotten before memory grows for
//! another one; at most [`Windows::MOST`] are remembered, and the one that was quiet for longest goes: what that one did is
//! then forgotten. Must not know what is counted. Cannot fail.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

/// At most `most` within `within`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    most: u16,
    within: Duration,
}

impl Rate {
    /// The largest number that can be counted in one window.
    pub const MOST: u16 = 1000;

    /// A rate; the number is kept between 1 and [`Rate::MOST`], the time between a second and a day.
    #[must_use]
    pub fn new(most: u16, within: Duration) -> Self {
        Self {
            most: most.clamp(1, Self::MOST),
            within: within.clamp(Duration::from_secs(1), Duration::from_secs(86_400)),
        }
    }

    /// How many.
    #[must_use]
    pub const fn most(self) -> u16 {
        self.most
    }

    /// In how long a time.
    #[must_use]
    pub const fn within(self) -> Duration {
        self.within
    }

    fn within_ms(self) -> i64 {
        i64::try_from(self.within.as_millis()).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}s", self.most, self.within.as_secs())
    }
}

/// What was let pass lately under one name.
#[derive(Debug, Clone, Default)]
struct Window {
    times: VecDeque<i64>,
    newest: i64,
}

impl Window {
    /// The time as the window sees it: small steps back are none, a large one empties it.
    fn enter(&mut self, rate: Rate, now_ms: i64) -> i64 {
        if now_ms < self.newest.saturating_sub(rate.within_ms()) {
            self.times.clear();
            self.newest = now_ms;
        }
        self.newest = self.newest.max(now_ms);
        let begin = self.newest.saturating_sub(rate.within_ms());
        while self.times.front().is_some_and(|time| *time <= begin) {
            self.times.pop_front();
        }
        self.newest
    }

    fn has_room(&mut self, rate: Rate, now_ms: i64) -> bool {
        self.enter(rate, now_ms);
        self.times.len() < usize::from(rate.most)
    }

    fn take(&mut self, rate: Rate, now_ms: i64) {
        let now = self.enter(rate, now_ms);
        if self.times.len() < usize::from(rate.most) {
            self.times.push_back(now);
        }
    }
}

/// A window for each name.
#[derive(Debug, Clone, Default)]
pub struct Windows {
    windows: HashMap<Box<str>, Window>,
}

impl Windows {
    /// So many names are remembered.
    pub const MOST: usize = 256;

    /// Whether one more is within the rate.
    pub fn has_room(&mut self, name: &str, rate: Rate, now_ms: i64) -> bool {
        self.windows
            .get_mut(name)
            .is_none_or(|window| window.has_room(rate, now_ms))
    }

    /// Counts one more, and tells whether it is within the rate. What is beyond the rate does not count.
    pub fn take(&mut self, name: &str, rate: Rate, now_ms: i64) -> bool {
        let window = self.window(name, rate, now_ms);
        let room = window.has_room(rate, now_ms);
        window.take(rate, now_ms);
        room
    }

    fn window(&mut self, name: &str, rate: Rate, now_ms: i64) -> &mut Window {
        if !self.windows.contains_key(name) {
            self.make_room(rate, now_ms);
        }
        self.windows.entry(name.into()).or_default()
    }

    /// Looked for only where the table would grow: what is found then pays for the search.
    fn make_room(&mut self, rate: Rate, now_ms: i64) {
        if self.windows.len() < Self::MOST && self.windows.len() < self.windows.capacity() {
            return;
        }
        let begin = now_ms.saturating_sub(rate.within_ms());
        self.windows.retain(|_, window| window.newest > begin);
        if self.windows.len() >= Self::MOST {
            let quiet = self.windows.iter().min_by_key(|(_, window)| window.newest);
            if let Some(name) = quiet.map(|(name, _)| name.clone()) {
                self.windows.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: fn() -> Rate = || Rate::new(2, Duration::from_secs(60));

    #[test]
    fn a_window_slides() {
        let mut windows = Windows::default();
        let mut take = |at_s: i64| windows.take("Bob", RATE(), at_s * 1000);
        assert_eq!([take(0), take(30), take(59)], [true, true, false]);
        assert!(take(60), "the first is a minute old");
        assert!(!take(61));
        assert!(take(90), "what was beyond the rate did not count");
    }

    #[test]
    fn names_do_not_share_a_window() {
        let mut windows = Windows::default();
        assert!(windows.take("a", RATE(), 0) && windows.take("a", RATE(), 0));
        assert!(!windows.has_room("a", RATE(), 0));
        assert!(windows.has_room("b", RATE(), 0) && windows.take("b", RATE(), 0));
    }

    #[test]
    fn a_clock_that_goes_back_neither_opens_nor_blocks() {
        let mut windows = Windows::default();
        let year = 365 * 86_400_000;
        assert!(windows.take("a", RATE(), year) && windows.take("a", RATE(), year));
        assert!(!windows.take("a", RATE(), year - 5000), "a small step is none");
        assert!(
            windows.take("a", RATE(), 0),
            "a wrong year must not block for a year"
        );
    }

    #[test]
    fn the_name_that_was_quiet_for_longest_is_forgotten() {
        let mut windows = Windows::default();
        for number in 0..10_000_u32 {
            assert!(windows.take(&format!("p{number}"), RATE(), i64::from(number)));
        }
        assert_eq!(windows.windows.len(), Windows::MOST);
        assert!(windows.windows.contains_key("p9999") && !windows.windows.contains_key("p0"));
    }

    #[test]
    fn people_who_come_once_take_no_more_memory_than_those_of_one_window() {
        let mut windows = Windows::default();
        for number in 0..10_000_u32 {
            assert!(windows.take(&format!("p{number}"), RATE(), i64::from(number) * 5_000));
            assert!(windows.windows.len() <= 28, "{} of 12", windows.windows.len());
        }
        assert!(
            !windows.take("p9999", RATE(), 9_999 * 5_000) || !windows.take("p9999", RATE(), 9_999 * 5_000)
        );
    }

    #[test]
    fn a_rate_stays_within_what_can_be_counted() {
        let odd = Rate::new(0, Duration::ZERO);
        assert_eq!((odd.most(), odd.within()), (1, Duration::from_secs(1)));
        assert_eq!(Rate::new(20, Duration::from_secs(60)).to_string(), "20/60s");
    }
}
