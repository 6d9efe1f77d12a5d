//! The two clocks of a log line: the civil time of console lines and the uptime of engine lines.
//!
//! Owns the checked civil time and its order. Must not know a time zone: dated lines carry the local time of the
//! server process, without a zone, so one hour may occur twice or be missing. Nothing fails: text that is no valid time
//! is `None`.

use std::fmt;

/// Length of `2026-08-07 11:29:24`.
pub(crate) const STAMP_LENGTH: usize = 19;

/// A civil time as a dated line states it: local to the server process, no zone, always a day that exists.
///
/// The order is the order of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the last day of that month.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl Stamp {
    /// Reads exactly `YYYY-MM-DD hh:mm:ss`. A day that does not exist, such as `0000-00-00`, is `None`.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let &[
            y1,
            y2,
            y3,
            y4,
            b'-',
            mo1,
            mo2,
            b'-',
            d1,
            d2,
            b' ',
            h1,
            h2,
            b':',
            m1,
            m2,
            b':',
            s1,
            s2,
        ] = text
        else {
            return None;
        };
        let stamp = Self {
            year: u16::from(pair(y1, y2)?) * 100 + u16::from(pair(y3, y4)?),
            month: pair(mo1, mo2)?,
            day: pair(d1, d2)?,
            hour: pair(h1, h2)?,
            minute: pair(m1, m2)?,
            second: pair(s1, s2)?,
        };
        stamp.exists().then_some(stamp)
    }

    fn exists(self) -> bool {
        self.year >= 1
            && (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= days_in(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }
}

impl fmt::Display for Stamp {
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

fn pair(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A stamp together with the bytes that state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stated<'a> {
    pub(crate) stamp: Stamp,
    pub(crate) text: &'a [u8],
}

impl<'a> Stated<'a> {
    /// Reads a stamp at the start of `text`; returns it with what follows.
    pub(crate) fn leading(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (text, rest) = text.split_at_checked(STAMP_LENGTH)?;
        Some((
            Self {
                stamp: Stamp::parse(text)?,
                text,
            },
            rest,
        ))
    }
}

/// Time since the start of the server process, in milliseconds, as an engine line states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uptime {
    /// Whole milliseconds; real servers passed a million seconds.
    pub ms: u64,
}

/// More whole seconds than this many digits hold are no uptime (30,000 years).
const UPTIME_DIGITS: usize = 12;

impl Uptime {
    /// Reads the head of an engine line: spaces, seconds, a point, three digits and a space. Returns what follows.
    ///
    /// The engine pads to eight columns; wrappers trim the pad, so any number of spaces is taken.
    pub(crate) fn leading(line: &[u8]) -> Option<(Self, &[u8])> {
        let start = line.iter().position(|byte| *byte != b' ')?;
        let text = &line[start..];
        let length = text
            .iter()
            .take(UPTIME_DIGITS + 1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 || length > UPTIME_DIGITS {
            return None;
        }
        let (seconds, rest) = text.split_at(length);
        let &[b'.', a, b, c, b' ', ref body @ ..] = rest else {
            return None;
        };
        let fraction = [a, b, c];
        if !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let ms = seconds
            .iter()
            .chain(&fraction)
            .fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        Some((Self { ms }, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_stamps() {
        for good in [
            "2024-02-29 00:00:00",
            "2000-02-29 23:59:59",
            "0001-01-01 00:00:00",
            "9999-12-31 12:00:00",
        ] {
            let stamp = Stamp::parse(good.as_bytes()).expect(good);
            assert_eq!(stamp.to_string(), good);
        }
        for bad in [
            "0000-00-00 00:00:00",
            "2023-02-29 00:00:00",
            "1900-02-29 00:00:00",
            "2024-13-01 00:00:00",
            "2024-04-31 00:00:00",
            "2024-01-01 24:00:00",
            "2024-01-01 00:60:00",
            "2024-01-01 00:00:60",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00 ",
            "2024-1-01 00:00:000",
        ] {
            assert_eq!(Stamp::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn uptimes_take_any_padding_and_a_million_seconds() {
        let ms = |line: &str| Uptime::leading(line.as_bytes()).map(|(uptime, _)| uptime.ms);
        assert_eq!(ms("   0.000 x"), Some(0));
        assert_eq!(ms("12.345 x"), Some(12_345));
        assert_eq!(ms("1430798.392 x"), Some(1_430_798_392));
        for bad in [
            "   0.00 x",
            "0.0000 x",
            ".000 x",
            "x0.000 y",
            "\t0.000 x",
            "0.000",
            "1234567890123.000 x",
        ] {
            assert_eq!(ms(bad), None, "{bad}");
        }
    }
}
