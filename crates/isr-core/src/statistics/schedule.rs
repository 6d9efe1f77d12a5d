//! When a recap is due, and which stretch of time it tells of.
//!
//! Owns the arithmetic of days and weeks in a server's zone, daylight saving included. Must not read a clock. Cannot
//! fail: where the calendar ends, nothing is due.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How much a recap tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// The day before it is due.
    Daily,
    /// The week before it is due.
    Weekly,
}

impl Span {
    /// The stable name, in the configuration and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    const fn days(self) -> i64 {
        match self {
            Self::Daily => 1,
            Self::Weekly => 7,
        }
    }
}

/// A stretch of time, Unix milliseconds; the end is not part of it. A recap of it is due at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its beginning.
    pub from_ms: i64,
    /// Its end.
    pub until_ms: i64,
}

/// When recaps are due: each day, or each week on one day, at one time of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Each day.
    Daily(Time),
    /// Each week.
    Weekly(Weekday, Time),
}

impl Schedule {
    /// How much one recap tells of.
    #[must_use]
    pub const fn span(self) -> Span {
        match self {
            Self::Daily(_) => Span::Daily,
            Self::Weekly(..) => Span::Weekly,
        }
    }

    /// The period that ended last: its recap is due, or was posted.
    #[must_use]
    pub fn latest(self, now_ms: i64, zone: &TimeZone) -> Option<Period> {
        let date = self.on_or_before(today(now_ms, zone)?)?;
        let latest = match self.due(date, zone)? {
            due if due <= now_ms => date,
            _ => date.checked_sub(self.span().days().days()).ok()?,
        };
        self.period_until(latest, zone)
    }

    /// When the next recap is due.
    #[must_use]
    pub fn next_ms(self, now_ms: i64, zone: &TimeZone) -> Option<i64> {
        let date = self.on_or_before(today(now_ms, zone)?)?;
        match self.due(date, zone)? {
            due if due > now_ms => Some(due),
            _ => self.due(date.checked_add(self.span().days().days()).ok()?, zone),
        }
    }

    fn on_or_before(self, day: Date) -> Option<Date> {
        match self {
            Self::Daily(_) => Some(day),
            Self::Weekly(weekday, _) => {
                let back = weekday.until(day.weekday());
                day.checked_sub(i64::from(back).days()).ok()
            }
        }
    }

    fn due(self, date: Date, zone: &TimeZone) -> Option<i64> {
        let (Self::Daily(time) | Self::Weekly(_, time)) = self;
        let moment = zone
            .to_ambiguous_timestamp(date.to_datetime(time))
            .compatible()
            .ok()?;
        Some(moment.as_millisecond())
    }

    fn period_until(self, date: Date, zone: &TimeZone) -> Option<Period> {
        let before = date.checked_sub(self.span().days().days()).ok()?;
        Some(Period {
            from_ms: self.due(before, zone)?,
            until_ms: self.due(date, zone)?,
        })
    }
}

fn today(now_ms: i64, zone: &TimeZone) -> Option<Date> {
    let now = Timestamp::from_millisecond(now_ms).ok()?;
    Some(zone.to_datetime(now).date())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;

    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_daily_recap_tells_of_the_day_before_it() {
        let nine = Schedule::Daily(time(21, 0, 0, 0));
        let after = nine.latest(ms("2026-11-25T20:00:00Z"), &berlin()).unwrap();
        assert_eq!(
            (after.from_ms, after.until_ms),
            (ms("2026-11-24T20:00:00Z"), ms("2026-11-25T20:00:00Z"))
        );
        let before = nine.latest(ms("2026-11-25T19:59:59Z"), &berlin()).unwrap();
        assert_eq!(before.until_ms, ms("2026-11-24T20:00:00Z"));
        assert_eq!(
            nine.next_ms(ms("2026-11-25T19:59:59Z"), &berlin()),
            Some(ms("2026-11-25T20:00:00Z"))
        );
    }

    #[test]
    fn a_day_with_daylight_saving_is_as_long_as_it_is() {
        let midnight = Schedule::Daily(time(0, 0, 0, 0));
        let day = midnight.latest(ms("2026-10-26T05:00:00Z"), &berlin()).unwrap();
        assert_eq!(
            day.until_ms - day.from_ms,
            25 * 3_600_000,
            "25 October 2026 has 25 hours in Berlin"
        );
    }

    #[test]
    fn a_weekly_recap_is_due_on_its_day_only() {
        let monday = Schedule::Weekly(Weekday::Monday, time(9, 0, 0, 0));
        let week = monday.latest(ms("2026-11-25T12:00:00Z"), &TimeZone::UTC).unwrap();
        assert_eq!(
            (week.from_ms, week.until_ms),
            (ms("2026-11-16T09:00:00Z"), ms("2026-11-23T09:00:00Z"))
        );
        assert_eq!(
            monday.next_ms(ms("2026-11-25T12:00:00Z"), &TimeZone::UTC),
            Some(ms("2026-11-30T09:00:00Z"))
        );
    }

    proptest! {
        #[test]
        fn the_latest_is_past_the_next_is_not_and_nothing_lies_between(
            now in 1_600_000_000_000_i64..1_900_000_000_000, hour in 0_i8..24, minute in 0_i8..60, day in 1_i8..8, weekly: bool
        ) {
            let at = time(hour, minute, 0, 0);
            let schedule = if weekly {
                Schedule::Weekly(Weekday::from_monday_one_offset(day).unwrap(), at)
            } else {
                Schedule::Daily(at)
            };
            let latest = schedule.latest(now, &berlin()).unwrap();
            let next = schedule.next_ms(now, &berlin()).unwrap();
            prop_assert!(latest.from_ms < latest.until_ms && latest.until_ms <= now && now < next);
            prop_assert_eq!(schedule.latest(next, &berlin()).unwrap(), Period { from_ms: latest.until_ms, until_ms: next });
        }
    }
}
