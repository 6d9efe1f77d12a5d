//! Turns the server's local stamps into time, and learns when the configured zone is wrong.
//!
//! Owns the reading of a civil time in a zone (with the hours that a change of the clock repeats or skips) and the
//! correction by live lines. Must not know where the zone comes from, nor read a clock. Cannot fail: an impossible
//! date simply has no time.
//!
//! The correction: a line that was just written carries a stamp that equals the clock, give or take a moment. When
//! it differs by a multiple of 15 minutes, the server's zone is another one (all zones of the world differ by such
//! multiples). One line proves nothing, because it may have come late; two lines that agree and were read at least
//! [`APART_MS`] from each other do, because a backlog that is read in one go spreads over other differences.

use factorio_log::Stamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::ageing::{Reading, When};

/// All zones differ by multiples of this.
const QUARTER_MS: i64 = 15 * 60_000;

/// How far a live line's stamp may lie from such a multiple.
const TOLERANCE_MS: i64 = 60_000;

/// How far apart the two lines that prove a correction are read, at least.
pub const APART_MS: i64 = 30_000;

/// No two zones lie further apart: UTC-12 and UTC+14.
const MOST_QUARTERS: i64 = 26 * 4;

/// What live lines have taught about one stream's zone. Part of the stream's checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ZoneCorrection {
    /// Proven: add so many quarters of an hour to a stamp read in the configured zone.
    pub(crate) proven: Option<i16>,
    /// One line has said this, read at that time (Unix milliseconds).
    pub(crate) candidate: Option<(i16, i64)>,
}

impl ZoneCorrection {
    /// The proven correction in minutes, when it is not zero: what `doctor` reports.
    #[must_use]
    pub fn minutes(self) -> Option<i32> {
        self.proven.filter(|q| *q != 0).map(|q| i32::from(q) * 15)
    }

    fn shift_ms(quarters: i16) -> i64 {
        i64::from(quarters) * QUARTER_MS
    }

    /// Learns from a live line whose stamp is `ahead` of the clock by so many quarters.
    fn learn(&mut self, quarters: i16, now_ms: i64) {
        match self.candidate {
            _ if self.proven == Some(quarters) => self.candidate = None,
            Some((same, first_ms)) if same == quarters => {
                if now_ms.saturating_sub(first_ms) >= APART_MS {
                    self.proven = Some(quarters);
                    self.candidate = None;
                } else if now_ms < first_ms {
                    // The clock was set back: count from here.
                    self.candidate = Some((quarters, now_ms));
                }
            }
            _ => self.candidate = Some((quarters, now_ms)),
        }
    }
}

/// The date and time that a stamp names; `None` when there is no such day.
#[must_use]
pub fn civil(stamp: Stamp) -> Option<DateTime> {
    let small = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(stamp.year).ok()?;
    let (month, day) = (small(stamp.month)?, small(stamp.day)?);
    let (hour, minute, second) = (small(stamp.hour)?, small(stamp.minute)?, small(stamp.second)?);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// The clock on the wall beside one server.
#[derive(Debug, Clone)]
pub struct ZoneClock {
    zone: TimeZone,
}

impl ZoneClock {
    /// A clock in that zone.
    #[must_use]
    pub const fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The moment of a civil time, Unix milliseconds.
    ///
    /// A time that the clock showed twice is taken for the moment nearer to `near_ms`; a time that it skipped, for
    /// the moment it would have been had the clock not been changed yet.
    #[must_use]
    pub fn resolve(&self, civil: DateTime, near_ms: i64) -> Option<i64> {
        let ambiguous = self.zone.to_ambiguous_timestamp(civil);
        let compatible = ambiguous.compatible().ok()?.as_millisecond();
        let jiff::tz::AmbiguousOffset::Fold { .. } = ambiguous.offset() else {
            return Some(compatible);
        };
        let later = ambiguous.later().ok()?.as_millisecond();
        Some(if near_ms.abs_diff(later) < near_ms.abs_diff(compatible) {
            later
        } else {
            compatible
        })
    }

    /// When a stamped line happened, corrected as far as known, never after `now_ms` (the time of reading, Unix
    /// milliseconds). A live line also teaches the correction; until that is proven, a live line whose difference
    /// looks like a zone is taken as just written.
    pub fn place(
        &self,
        civil: DateTime,
        reading: Reading,
        now_ms: i64,
        correction: &mut ZoneCorrection,
    ) -> When {
        let Some(stamp_ms) = self.resolve(civil, now_ms) else {
            return When::Read(now_ms);
        };
        let difference = now_ms.saturating_sub(stamp_ms);
        let guess = (reading == Reading::Live)
            .then(|| quarters_of(difference))
            .flatten();
        if let Some(quarters) = guess {
            correction.learn(quarters, now_ms);
        }
        let quarters = correction.proven.or(guess).unwrap_or(0);
        let placed = stamp_ms.saturating_add(ZoneCorrection::shift_ms(quarters));
        When::Stamped(placed.min(now_ms))
    }
}

/// The multiple of 15 minutes that a difference is near to, within what zones can differ.
fn quarters_of(difference_ms: i64) -> Option<i16> {
    let quarters = difference_ms
        .saturating_add(QUARTER_MS / 2)
        .div_euclid(QUARTER_MS);
    let near = difference_ms.abs_diff(quarters.saturating_mul(QUARTER_MS)) <= TOLERANCE_MS.unsigned_abs();
    let possible = quarters.abs() <= MOST_QUARTERS;
    (near && possible).then(|| i16::try_from(quarters).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::Offset;

    const HOUR: i64 = 3_600_000;

    fn fixed(hours: i8) -> ZoneClock {
        ZoneClock::new(TimeZone::fixed(Offset::constant(hours)))
    }

    /// 2024-06-01 12:00:00 UTC.
    const NOON: i64 = 1_717_243_200_000;

    fn noon_plus(hours: i8, seconds: i8) -> DateTime {
        date(2024, 6, 1).at(12 + hours, 0, seconds, 0)
    }

    #[test]
    fn p05_a_repeated_hour_is_read_as_the_moment_nearer_to_the_clock() {
        let clock = ZoneClock::new(TimeZone::get("Europe/Berlin").unwrap());
        let civil = date(2024, 10, 27).at(2, 30, 0, 0);
        let first = 1_729_989_000_000;
        assert_eq!(clock.resolve(civil, first), Some(first));
        assert_eq!(clock.resolve(civil, first + HOUR), Some(first + HOUR));
        assert_eq!(clock.resolve(civil, first - 9 * HOUR), Some(first));
    }

    #[test]
    fn p05_a_skipped_hour_has_a_time() {
        let clock = ZoneClock::new(TimeZone::get("Europe/Berlin").unwrap());
        let civil = date(2024, 3, 31).at(2, 30, 0, 0);
        assert_eq!(clock.resolve(civil, 0), Some(1_711_848_600_000));
    }

    #[test]
    fn a_single_late_line_teaches_nothing() {
        let mut correction = ZoneCorrection::default();
        let clock = fixed(0);
        let _ = clock.place(noon_plus(0, 0), Reading::Live, NOON + HOUR, &mut correction);
        assert_eq!(correction.proven, None);
        for seconds in [0, 1, 2] {
            let now = NOON + HOUR + 1000 * i64::from(seconds);
            let _ = clock.place(noon_plus(0, seconds), Reading::Live, now, &mut correction);
        }
        assert_eq!((correction.proven, correction.minutes()), (None, None));
    }

    #[test]
    fn two_agreeing_live_lines_correct_the_zone() {
        let mut correction = ZoneCorrection::default();
        let clock = fixed(0);
        let place = |seconds: i8, correction: &mut ZoneCorrection| {
            clock.place(
                noon_plus(2, seconds),
                Reading::Live,
                NOON + 1000 * i64::from(seconds),
                correction,
            )
        };
        // Already the first line is not shown as two hours off.
        assert_eq!(place(0, &mut correction), When::Stamped(NOON));
        let _ = place(40, &mut correction);
        assert_eq!(correction.minutes(), Some(-120));
        let old = clock.place(noon_plus(1, 0), Reading::CatchUp, NOON, &mut correction);
        assert_eq!(old, When::Stamped(NOON - HOUR));
    }

    #[test]
    fn a_proven_zone_is_not_given_up_for_one_late_line() {
        let mut correction = ZoneCorrection {
            proven: Some(0),
            candidate: None,
        };
        let late = fixed(0).place(noon_plus(0, 0), Reading::Live, NOON + HOUR, &mut correction);
        assert_eq!(late, When::Stamped(NOON));
        assert_eq!(correction.proven, Some(0));
    }

    #[test]
    fn lines_that_are_not_live_or_not_near_a_quarter_teach_nothing() {
        let mut correction = ZoneCorrection::default();
        let clock = fixed(0);
        for minute in 0..5 {
            let now = NOON + HOUR + minute * 60_000;
            let _ = clock.place(noon_plus(0, 0), Reading::CatchUp, now, &mut correction);
            let _ = clock.place(
                noon_plus(0, 0),
                Reading::Live,
                now + 7 * 60_000 + 2000,
                &mut correction,
            );
        }
        assert_eq!(correction, ZoneCorrection::default());
    }

    #[test]
    fn nothing_happens_in_the_future() {
        let mut correction = ZoneCorrection {
            proven: Some(0),
            candidate: None,
        };
        let ahead = fixed(0).place(noon_plus(3, 0), Reading::CatchUp, NOON, &mut correction);
        assert_eq!(ahead, When::Stamped(NOON));
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let mut correction = ZoneCorrection::default();
        for now in [i64::MIN, i64::MAX, 0] {
            for civil in [DateTime::MIN, DateTime::MAX] {
                let _ = fixed(14).place(civil, Reading::Live, now, &mut correction);
            }
        }
    }
}
