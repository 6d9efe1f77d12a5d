//! A part of every day, such as 22:00 to 07:00 in Berlin.
//!
//! Owns whether a moment lies in it and when it ends, with the hours that a change of the clock repeats or skips. Time is
//! a value. Cannot fail: where a clock leaves no end, the moment lies outside.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// From one time of day to another, over midnight where the second is the earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    to: Time,
    zone: TimeZone,
}

impl Hours {
    /// Hours; none at all when both times are the same.
    #[must_use]
    pub const fn new(from: Time, to: Time, zone: TimeZone) -> Self {
        Self { from, to, zone }
    }

    /// When they end, if the moment lies in them. Both are Unix milliseconds.
    #[must_use]
    pub fn end_after(&self, now_ms: i64) -> Option<i64> {
        let now = self.zone.to_datetime(Timestamp::from_millisecond(now_ms).ok()?);
        let (time, today) = (now.time(), now.date());
        let over_midnight = self.to < self.from;
        let last_day = match (over_midnight, self.from <= time, time < self.to) {
            (false, true, true) | (true, false, true) => today,
            (true, true, _) => today.tomorrow().ok()?,
            _ => return None,
        };
        let end = self.zone.to_ambiguous_timestamp(last_day.to_datetime(self.to));
        let end_ms = end.compatible().ok()?.as_millisecond();
        (end_ms > now_ms).then_some(end_ms)
    }

    /// Whether a moment lies in them.
    #[must_use]
    pub fn contain(&self, now_ms: i64) -> bool {
        self.end_after(now_ms).is_some()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn hours(from: i8, to: i8, zone: &str) -> Hours {
        let zone = TimeZone::get(zone).expect("a zone");
        Hours::new(time(from, 0, 0, 0), time(to, 0, 0, 0), zone)
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a moment").as_millisecond()
    }

    #[test]
    fn a_night_begins_on_one_day_and_ends_on_the_next() {
        let night = hours(22, 7, "Europe/Berlin");
        let end = ms("2026-07-02T05:00:00Z");
        for inside in [
            "2026-07-01T20:00:00Z",
            "2026-07-01T23:30:00Z",
            "2026-07-02T04:59:59Z",
        ] {
            assert_eq!(night.end_after(ms(inside)), Some(end), "{inside}");
        }
        for outside in [
            "2026-07-01T19:59:59Z",
            "2026-07-02T05:00:00Z",
            "2026-07-02T12:00:00Z",
        ] {
            assert_eq!(night.end_after(ms(outside)), None, "{outside}");
        }
    }

    #[test]
    fn an_afternoon_ends_on_its_own_day() {
        let afternoon = hours(13, 15, "UTC");
        assert_eq!(
            afternoon.end_after(ms("2026-07-01T14:00:00Z")),
            Some(ms("2026-07-01T15:00:00Z"))
        );
        assert!(!afternoon.contain(ms("2026-07-01T15:00:00Z")));
        assert!(!hours(13, 13, "UTC").contain(ms("2026-07-01T13:00:00Z")));
    }

    #[test]
    fn a_change_of_the_clock_moves_the_end() {
        let night = hours(22, 7, "Europe/Berlin");
        assert_eq!(
            night.end_after(ms("2026-03-28T22:00:00Z")),
            Some(ms("2026-03-29T05:00:00Z"))
        );
        assert_eq!(
            night.end_after(ms("2026-10-24T21:00:00Z")),
            Some(ms("2026-10-25T06:00:00Z"))
        );
    }
}
