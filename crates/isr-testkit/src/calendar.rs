//! Dates from Unix seconds, without a time zone database.
//!
//! Owns civil dates in UTC. Zones are a fixed number of seconds added before. Cannot fail.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment as a calendar shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
}

impl Civil {
    /// From Unix seconds. Counts days in eras of 400 years that begin on the first of March, so that a leap day is
    /// always the last day of its year.
    pub(crate) fn from_unix(seconds: i64) -> Self {
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let since_march_0000 = days + 719_468;
        let (era, of_era) = (
            since_march_0000.div_euclid(146_097),
            since_march_0000.rem_euclid(146_097),
        );
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: small(month),
            day: small(of_year - (153 * month_from_march + 2) / 5 + 1),
            hour: small(of_day / 3600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
        }
    }
}

fn small(n: i64) -> u8 {
    u8::try_from(n).unwrap_or(0)
}

impl fmt::Display for Civil {
    /// `2026-08-07 11:31:05`, as Factorio stamps its console log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        )
    }
}

/// The wall clock as time since 1970.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The wall clock in whole Unix seconds.
pub(crate) fn unix_now() -> i64 {
    i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX)
}

/// `2026-08-07T11:31:05.123456+00:00`, as Discord stamps.
pub(crate) fn iso(since_epoch: Duration) -> String {
    let civil = Civil::from_unix(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)).to_string();
    format!(
        "{}.{:06}+00:00",
        civil.replace(' ', "T"),
        since_epoch.subsec_micros()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let shown = |unix| Civil::from_unix(unix).to_string();
        assert_eq!(shown(0), "1970-01-01 00:00:00");
        assert_eq!(shown(951_782_399), "2000-02-28 23:59:59");
        assert_eq!(shown(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(shown(1_786_102_265), "2026-08-07 11:31:05");
        assert_eq!(shown(4_107_542_400), "2100-03-01 00:00:00");
        assert_eq!(shown(-1), "1969-12-31 23:59:59");
        assert_eq!(
            iso(Duration::from_micros(1_500_000)),
            "1970-01-01T00:00:01.500000+00:00"
        );
    }
}
