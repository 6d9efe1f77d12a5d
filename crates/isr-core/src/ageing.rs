//! Whether a line is too old to be posted.
//!
//! Owns one rule, so that a server that comes back after a week does not flood a channel with last week's chat, and
//! so that no line is ever suppressed because of a wrong time zone. Must not know files or the store. Cannot fail.

use std::time::Duration;

/// How far two clocks of the world can lie apart: UTC-12 and UTC+14. A stamp without a zone is uncertain by that.
pub const ZONE_SLACK: Duration = Duration::from_secs(26 * 3600);

/// How a line came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// The line was appended while we followed the file: never too old.
    Live,
    /// The line was there already: after a start, a rotation found late, a restored file or a replay.
    CatchUp,
}

/// When an event happened, and how we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// By the date that the line carries, Unix milliseconds.
    Stamped(i64),
    /// The line has no date: the time it was read, Unix milliseconds.
    Read(i64),
}

impl When {
    /// Unix milliseconds.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        match self {
            Self::Stamped(ms) | Self::Read(ms) => ms,
        }
    }
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Post it.
    Keep,
    /// Suppress and count it.
    TooOld,
}

/// Decides by the rule: a line read live is kept; else it is too old when its stamp lies further back than
/// `max_event_age` in every possible zone, or when we first saw it longer ago than that.
pub fn decide(
    reading: Reading,
    when: When,
    first_seen_ms: i64,
    now_ms: i64,
    max_event_age: Duration,
) -> Verdict {
    let older = |ms: i64, than: Duration| i128::from(now_ms) - i128::from(ms) > as_ms(than);
    let by_stamp = matches!(when, When::Stamped(ms) if older(ms, max_event_age.saturating_add(ZONE_SLACK)));
    match reading {
        Reading::Live => Verdict::Keep,
        Reading::CatchUp if by_stamp || older(first_seen_ms, max_event_age) => Verdict::TooOld,
        Reading::CatchUp => Verdict::Keep,
    }
}

fn as_ms(duration: Duration) -> i128 {
    i128::try_from(duration.as_millis()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const NOW: i64 = 1_700_000_000_000;
    const DAY: Duration = Duration::from_secs(86_400);

    fn stamped(hours_ago: i64, reading: Reading) -> Verdict {
        decide(reading, When::Stamped(NOW - hours_ago * HOUR), NOW, NOW, DAY)
    }

    #[test]
    fn f20_only_what_is_old_in_every_zone_is_suppressed() {
        assert_eq!(stamped(49, Reading::CatchUp), Verdict::Keep);
        assert_eq!(stamped(50, Reading::CatchUp), Verdict::Keep);
        assert_eq!(stamped(51, Reading::CatchUp), Verdict::TooOld);
    }

    #[test]
    fn a_live_line_is_never_too_old() {
        assert_eq!(stamped(24 * 365 * 20, Reading::Live), Verdict::Keep);
    }

    #[test]
    fn the_time_of_first_sight_counts_without_slack() {
        let seen = |hours: i64, when| decide(Reading::CatchUp, when, NOW - hours * HOUR, NOW, DAY);
        assert_eq!(seen(24, When::Read(NOW)), Verdict::Keep);
        assert_eq!(seen(25, When::Read(NOW)), Verdict::TooOld);
        assert_eq!(seen(25, When::Stamped(NOW)), Verdict::TooOld);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        assert_eq!(
            decide(
                Reading::CatchUp,
                When::Stamped(i64::MIN),
                i64::MIN,
                i64::MAX,
                Duration::MAX
            ),
            Verdict::Keep
        );
        assert_eq!(
            decide(Reading::CatchUp, When::Read(0), i64::MIN, i64::MAX, DAY),
            Verdict::TooOld
        );
    }
}
