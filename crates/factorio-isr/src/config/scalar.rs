//! From text to value: booleans, durations, sizes, addresses, names of modes.
//!
//! Owns the spelling of each kind of value. Must not know where the text came from. A failure is a [`Complaint`]
//! without the text itself, which may be secret: the caller quotes it when that is allowed.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use isr_core::rate::Rate;

use super::settings::{Bytes, LogFormat, LogLevel, Rows, Switch};
use super::spelling;

/// What is wrong with a text, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl Complaint {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// Reads yes or no in the spellings of YAML 1.1 and of the first Python release.
pub(crate) fn switch(text: &str) -> Result<Switch, Complaint> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "y" => Ok(Switch::On),
        "false" | "no" | "off" | "0" | "n" => Ok(Switch::Off),
        _ => Err(Complaint::new(
            "this is neither on nor off",
            "write on or off (true, false, yes, no, 1 and 0 also count)",
        )),
    }
}

/// Picks one of several words, in any case.
pub(crate) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, Complaint> {
    if let Some((_, value)) = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Ok(*value);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let near = spelling::nearest(text, names.iter().copied());
    let hint = near
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    Err(Complaint::new(
        "this is not one of the allowed words",
        format!("{hint}write one of: {}", names.join(", ")),
    ))
}

pub(crate) fn log_level(text: &str) -> Result<LogLevel, Complaint> {
    const LEVELS: [(&str, LogLevel); 6] = [
        ("debug", LogLevel::Debug),
        ("info", LogLevel::Info),
        ("warning", LogLevel::Warning),
        ("error", LogLevel::Error),
        ("critical", LogLevel::Critical),
        ("warn", LogLevel::Warning),
    ];
    choice(text, &LEVELS)
}

pub(crate) fn log_format(text: &str) -> Result<LogFormat, Complaint> {
    choice(
        text,
        &[("json", LogFormat::Json), ("console", LogFormat::Console)],
    )
}

/// Reads a TCP port. 0 lets the system choose one.
pub(crate) fn port(text: &str) -> Result<u16, Complaint> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let parsed = if digits { text.parse().ok() } else { None };
    parsed.ok_or_else(|| {
        Complaint::new(
            "this is not a port number",
            "write a number from 1 to 65535, such as 8080",
        )
    })
}

/// Reads the address to listen on.
pub(crate) fn listen_host(text: &str) -> Result<IpAddr, Complaint> {
    let text = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse().map_err(|_| {
        let remedy = "write 0.0.0.0 to be reachable from other machines and containers, or 127.0.0.1 for this one only";
        Complaint::new("this is not an address to listen on", remedy)
    })
}

/// The smallest and largest value that make sense.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within<T>(pub(crate) T, pub(crate) T);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Units of a duration, in milliseconds.
const UNITS: [(&str, u64); 11] = [
    ("ms", 1),
    ("s", 1000),
    ("sec", 1000),
    ("m", MINUTE * 1000),
    ("min", MINUTE * 1000),
    ("h", HOUR * 1000),
    ("hour", HOUR * 1000),
    ("hours", HOUR * 1000),
    ("d", DAY * 1000),
    ("day", DAY * 1000),
    ("days", DAY * 1000),
];

/// Reads a duration: whole numbers with units, such as `500ms`, `10s`, `15min`, `1h30m`, `7d`.
pub(crate) fn duration(text: &str, within: Within<Duration>) -> Result<Duration, Complaint> {
    let total_ms = duration_ms(text).ok_or_else(|| {
        Complaint::new(
            "this is not a duration",
            "write a whole number and its unit, such as 500ms, 10s, 15min, 24h or 7d",
        )
    })?;
    let value = Duration::from_millis(total_ms);
    if value < within.0 || value > within.1 {
        let (low, high) = (show_duration(&within.0), show_duration(&within.1));
        return Err(Complaint::new(
            "this duration is out of range",
            format!("write a duration from {low} to {high}"),
        ));
    }
    Ok(value)
}

fn duration_ms(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = leading_number(rest)?;
        let unit_len = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (_, factor) = UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&after[..unit_len]))?;
        total = total.checked_add(number.checked_mul(*factor)?)?;
        rest = after[unit_len..].trim_start();
    }
    Some(total)
}

/// Splits off a leading whole number and the white space behind it.
fn leading_number(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..digits].parse().ok()?;
    Some((number, text[digits..].trim_start()))
}

/// Shows a duration with the largest unit that divides it; `24h` rather than `1d`.
pub(crate) fn show_duration(value: &Duration) -> String {
    let ms = value.as_millis();
    let seconds = u128::from(value.as_secs());
    let divides =
        |unit: u64| ms.is_multiple_of(1000) && seconds != 0 && seconds.is_multiple_of(u128::from(unit));
    if ms == 0 || !ms.is_multiple_of(1000) {
        format!("{ms}ms")
    } else if divides(DAY) && seconds > u128::from(DAY) {
        format!("{}d", seconds / u128::from(DAY))
    } else if divides(HOUR) {
        format!("{}h", seconds / u128::from(HOUR))
    } else if divides(MINUTE) && seconds > u128::from(MINUTE) {
        format!("{}min", seconds / u128::from(MINUTE))
    } else {
        format!("{seconds}s")
    }
}

/// Reads how often something may happen: `5 per 1min`, `5/60s`, `5 per min`.
pub(crate) fn rate(text: &str) -> Result<Rate, Complaint> {
    let complaint = || {
        Complaint::new(
            "this does not say how often in how long a time",
            "write a number and a time, such as 5 per 1min or 5/60s (1 to 1000, in 1s to 24h)",
        )
    };
    let (most, time) = text
        .split_once("per")
        .or_else(|| text.split_once('/'))
        .ok_or_else(complaint)?;
    let most: u16 = most.trim().parse().map_err(|_| complaint())?;
    let time = time.trim();
    let time = match time.starts_with(|c: char| c.is_ascii_digit()) {
        true => time.to_owned(),
        false => format!("1{time}"),
    };
    let within = duration(&time, Within(Duration::from_secs(1), Duration::from_secs(DAY)))?;
    if !(1..=Rate::MOST).contains(&most) {
        return Err(complaint());
    }
    Ok(Rate::new(most, within))
}

/// Reads a size: a whole number of bytes, or with a unit such as `256KiB`, `512MiB`, `1GB`.
pub(crate) fn size(text: &str, within: Within<Bytes>) -> Result<Bytes, Complaint> {
    let parsed = size_bytes(text).ok_or_else(|| {
        Complaint::new(
            "this is not a size",
            "write a whole number and its unit, such as 256KiB, 512MiB or 1GiB",
        )
    })?;
    if parsed < within.0 || parsed > within.1 {
        let (low, high) = (within.0, within.1);
        return Err(Complaint::new(
            "this size is out of range",
            format!("write a size from {low} to {high}"),
        ));
    }
    Ok(parsed)
}

fn size_bytes(text: &str) -> Option<Bytes> {
    const SIZES: [(&str, u64); 12] = [
        ("", 1),
        ("b", 1),
        ("kb", 1000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("k", 1 << 10),
        ("kib", 1 << 10),
        ("m", 1 << 20),
        ("mib", 1 << 20),
        ("g", 1 << 30),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
    ];
    let (number, unit) = leading_number(text.trim())?;
    let (_, factor) = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*factor).map(Bytes)
}

/// Reads a number of rows, with `_` or `,` between groups of digits as people write them.
pub(crate) fn rows(text: &str, within: Within<Rows>) -> Result<Rows, Complaint> {
    let digits: String = text.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let parsed = if plain {
        digits.parse().ok().map(Rows)
    } else {
        None
    };
    parsed
        .filter(|rows| (within.0..=within.1).contains(rows))
        .ok_or_else(|| {
            let remedy = format!("write a whole number from {} to {}", within.0.0, within.1.0);
            Complaint::new("this is not a number of rows in range", remedy)
        })
}

/// Reads the display name of the webhook: 1 to 80 characters, Discord's limit.
pub(crate) fn webhook_name(text: &str) -> Result<String, Complaint> {
    let length = text.chars().count();
    let printable = !text.chars().any(char::is_control);
    if (1..=80).contains(&length) && printable {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(
        "Discord accepts no such name",
        "write a name of 1 to 80 characters on one line",
    ))
}

/// Reads the display name of a server: 1 to 80 characters on one line.
pub(crate) fn display_name(text: &str) -> Result<String, Complaint> {
    webhook_name(text).map_err(|_| {
        Complaint::new(
            "this name is too long",
            "write a name of 1 to 80 characters on one line",
        )
    })
}

/// Reads the address of a picture.
pub(crate) fn picture_url(text: &str) -> Result<String, Complaint> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| {
        rest.split('/')
            .next()
            .is_some_and(|host| host.contains(['.', ':']))
    });
    let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if has_host && clean && text.len() <= 2048 {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(
        "this is not the address of a picture",
        "write an address that starts with https://, or leave it out",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Within<Duration> = Within(Duration::ZERO, Duration::MAX);

    #[test]
    fn a_rate_is_read_in_every_way_in_which_people_write_it() {
        for good in [
            "5 per 1min",
            "5/60s",
            "5 per min",
            "5/min",
            "5 / 1 min",
            "5per60s",
        ] {
            assert_eq!(rate(good), Ok(Rate::new(5, Duration::from_secs(60))), "{good}");
        }
        for bad in [
            "",
            "5",
            "0 per 1min",
            "5 per 0s",
            "x per 1min",
            "-1/1s",
            "2000 per 1h",
            "5/",
        ] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_need_units_and_add_up() {
        let cases = [
            ("500ms", 500),
            ("10s", 10_000),
            ("1h30m", 5_400_000),
            ("15 min", 900_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ];
        for (text, ms) in cases {
            assert_eq!(duration(text, ANY), Ok(Duration::from_millis(ms)), "{text}");
        }
        for bad in [
            "",
            "10",
            "s",
            "-1s",
            "1.5h",
            "1y",
            "99999999999999999999s",
            "9999999999999999999d",
            "10s5",
        ] {
            assert!(duration(bad, ANY).is_err(), "{bad}");
        }
        let out = duration("1s", Within(Duration::from_secs(2), Duration::from_secs(90))).unwrap_err();
        assert_eq!(out.remedy, "write a duration from 2s to 90s");
    }

    #[test]
    fn durations_are_shown_as_people_write_them() {
        for text in ["500ms", "0ms", "60s", "15min", "1h", "24h", "7d", "8s"] {
            let value = duration(text, ANY).expect(text);
            assert_eq!(show_duration(&value), text);
        }
    }

    #[test]
    fn sizes_know_both_kinds_of_units() {
        let any = Within(Bytes(0), Bytes(u64::MAX));
        for (text, bytes) in [
            ("10", 10),
            ("256KiB", 262_144),
            ("1 MB", 1_000_000),
            ("2g", 2 << 30),
        ] {
            assert_eq!(size(text, any), Ok(Bytes(bytes)), "{text}");
        }
        for bad in ["", "KiB", "1.5MiB", "-1", "99999999999999TiB", "1 X"] {
            assert!(size(bad, any).is_err(), "{bad}");
        }
    }

    #[test]
    fn switches_accept_what_yaml_and_python_accepted() {
        for text in ["true", "True", "1", "yes", "ON"] {
            assert_eq!(switch(text), Ok(Switch::On), "{text}");
        }
        for text in ["false", "0", "no", "Off"] {
            assert_eq!(switch(text), Ok(Switch::Off), "{text}");
        }
        assert!(switch("maybe").is_err());
    }

    #[test]
    fn hosts_and_ports() {
        assert_eq!(listen_host("LOCALHOST"), Ok(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(listen_host("[::]"), Ok("::".parse().expect("address")));
        assert!(listen_host("example.org").is_err());
        assert_eq!(port("8080"), Ok(8080));
        for bad in ["", "+80", "65536", "80.0", "http"] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mistyped_word_is_answered_with_the_right_one() {
        let complaint = log_level("debgu").unwrap_err();
        assert!(
            complaint.remedy.starts_with("did you mean `debug`? "),
            "{}",
            complaint.remedy
        );
        assert_eq!(log_level("CRITICAL"), Ok(LogLevel::Critical));
    }
}
