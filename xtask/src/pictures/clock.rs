//! Marks of time as Discord's client words them in English.
//!
//! Owns `<t:UNIX:STYLE>` at a given moment, in UTC. Cannot fail: an unknown style is the usual one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The words for a moment, looked at from another.
pub(super) fn told(at: i64, style: char, now: i64) -> String {
    if style == 'R' {
        return relative(at, now);
    }
    let form = match style {
        't' => "%H:%M",
        'T' => "%H:%M:%S",
        'd' => "%d/%m/%Y",
        'D' => "%-d %B %Y",
        'F' => "%A, %-d %B %Y %H:%M",
        _ => "%-d %B %Y %H:%M",
    };
    written(at, form)
}

/// What stands beside the name of a message.
pub(super) fn beside(at: i64) -> String {
    format!("Today at {}", written(at, "%H:%M"))
}

fn written(at: i64, form: &str) -> String {
    let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(at).strftime(form).to_string()
}

fn relative(at: i64, now: i64) -> String {
    let gone = (now - at).abs();
    let (count, unit) = match gone {
        ..=44 => (gone, "second"),
        45..=89 => (1, "minute"),
        90..=2_699 => ((gone + 30) / 60, "minute"),
        2_700..=5_399 => (1, "hour"),
        5_400..=79_199 => ((gone + 1_800) / 3_600, "hour"),
        79_200..=129_599 => (1, "day"),
        _ => ((gone + 43_200) / 86_400, "day"),
    };
    let counted = match (count, unit) {
        (1, "hour") => "an hour".to_owned(),
        (1, unit) => format!("a {unit}"),
        (count, unit) => format!("{count} {unit}s"),
    };
    if at > now {
        format!("in {counted}")
    } else {
        format!("{counted} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_worded_as_the_client_does() {
        let now = 1_795_724_100;
        assert_eq!(told(now - 4, 'R', now), "4 seconds ago");
        assert_eq!(told(now - 60, 'R', now), "a minute ago");
        assert_eq!(told(now - 7_300, 'R', now), "2 hours ago");
        assert_eq!(told(now + 3_600, 'R', now), "in an hour");
        assert_eq!(told(now - 90_000, 'R', now), "a day ago");
        assert_eq!(told(now, 't', now), "20:15");
        assert_eq!(told(now, 'f', now), "26 November 2026 20:15");
        assert_eq!(beside(now), "Today at 20:15");
    }
}
