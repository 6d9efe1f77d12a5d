//! When a server is restarted, as far as somebody plans it: `restart_at: "04:00"`, `["04:00", "16:00"]`, `"Mon 05:30"`.
//!
//! Owns how such a time is written and which one is next, with the hours that a change of the clock repeats or skips. Must
//! not know who restarts. Fails where a text is no time.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

/// A time at which a server is restarted: each day, or on one day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartAt {
    day: Option<Weekday>,
    time: Time,
}

/// A text that names no such time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a time of day such as 04:00, or one of a day of the week such as Mon 04:00")]
pub struct NoRestartTime;

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl RestartAt {
    /// Reads `04:00` or `Mon 04:00`; the day is its English name or the first three letters of that.
    ///
    /// # Errors
    /// [`NoRestartTime`] for everything else.
    pub fn parse(text: &str) -> Result<Self, NoRestartTime> {
        let text = text.trim();
        let (day, time) = match text.split_once(char::is_whitespace) {
            Some((day, time)) => (Some(day_of(day).ok_or(NoRestartTime)?), time.trim()),
            None => (None, text),
        };
        let (hour, minute) = time.split_once(':').ok_or(NoRestartTime)?;
        let number = |digits: &str| {
            let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<i8>().ok()).flatten()
        };
        let (Some(hour), Some(minute)) = (number(hour), number(minute)) else {
            return Err(NoRestartTime);
        };
        let time = Time::new(hour, minute, 0, 0).map_err(|_| NoRestartTime)?;
        Ok(Self { day, time })
    }
}

fn day_of(text: &str) -> Option<Weekday> {
    let text = text.to_lowercase();
    let named = |(name, _): &&(&str, Weekday)| text.len() >= 3 && (*name == text || name[..3] == text);
    DAYS.iter().find(named).map(|(_, day)| *day)
}

/// All planned restarts of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restarts {
    times: Vec<RestartAt>,
    zone: TimeZone,
}

impl Default for Restarts {
    /// None.
    fn default() -> Self {
        Self::new(Vec::new(), TimeZone::UTC)
    }
}

impl Restarts {
    /// Restarts at these times of a zone.
    #[must_use]
    pub const fn new(times: Vec<RestartAt>, zone: TimeZone) -> Self {
        Self { times, zone }
    }

    /// The next one after a moment, both Unix milliseconds.
    #[must_use]
    pub fn next_ms(&self, now_ms: i64) -> Option<i64> {
        let today = self
            .zone
            .to_datetime(Timestamp::from_millisecond(now_ms).ok()?)
            .date();
        let moments = self.times.iter().flat_map(|at| {
            (0..=8).filter_map(move |days: i64| {
                let date = today.checked_add(days.days()).ok()?;
                let is_day = at.day.is_none_or(|day| day == date.weekday());
                let moment = self.zone.to_ambiguous_timestamp(date.to_datetime(at.time));
                is_day
                    .then(|| moment.compatible().ok().map(Timestamp::as_millisecond))
                    .flatten()
            })
        });
        moments.filter(|moment| *moment > now_ms).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn restarts(times: &[&str]) -> Restarts {
        let times = times.iter().map(|text| RestartAt::parse(text).unwrap()).collect();
        Restarts::new(times, TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for text in ["04:00", " 4:00 ", "Mon 04:00", "sunday  23:59", "TUE 0:05"] {
            assert!(RestartAt::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "4",
            "04:60",
            "24:00",
            "-1:00",
            "+4:00",
            "mo 04:00",
            "04:00 Mon",
            "4:00:00",
            "mon",
        ] {
            assert_eq!(RestartAt::parse(text), Err(NoRestartTime), "{text}");
        }
    }

    #[test]
    fn the_next_restart_is_the_first_one_after_now() {
        let next = |times: &[&str], now: &str| restarts(times).next_ms(ms(now));
        // 26 November 2026 is a Thursday; Berlin is an hour ahead.
        let now = "2026-11-26T12:00:00Z";
        assert_eq!(next(&[], now), None);
        assert_eq!(next(&["04:00"], now), Some(ms("2026-11-27T03:00:00Z")));
        assert_eq!(next(&["04:00", "16:30"], now), Some(ms("2026-11-26T15:30:00Z")));
        assert_eq!(next(&["13:00"], now), Some(ms("2026-11-27T12:00:00Z")));
        assert_eq!(next(&["Thu 12:00"], now), Some(ms("2026-12-03T11:00:00Z")));
        // The hour that the clock skips.
        assert_eq!(
            next(&["02:30"], "2027-03-27T12:00:00Z"),
            Some(ms("2027-03-28T01:30:00Z"))
        );
    }

    proptest! {
        #[test]
        fn the_next_restart_lies_ahead_and_within_a_week(
            now in 0_i64..4_000_000_000_000, hour in 0..24, minute in 0..60, day in 0_usize..8,
        ) {
            let day = DAYS.get(day).map_or("", |(name, _)| *name);
            let next = restarts(&[&format!("{day} {hour}:{minute:02}")]).next_ms(now).unwrap();
            prop_assert!(next > now && next - now <= 8 * 86_400_000, "{next}");
        }
    }
}
