//! `--since`: a moment, written as people write it.
//!
//! Owns the accepted forms: a date and time as the server's clock showed it, a date, or an age (`90m`, `2h`, `3d`).
//! Fails with a sentence that shows good examples.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Why a text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "--since takes a date and time ('2026-01-31 18:00'), a date ('2026-01-31') or an age ('90m', '2h', '3d')"
)]
pub struct NotAMoment;

/// Reads a moment; civil times are in `zone`. Unix milliseconds.
///
/// # Errors
/// [`NotAMoment`] for anything else.
pub fn parse(text: &str, zone: &TimeZone, now_ms: i64) -> Result<i64, NotAMoment> {
    let text = text.trim();
    if let Some(age_ms) = age_ms(text) {
        return Ok(now_ms.saturating_sub(age_ms));
    }
    let spaced = text.replacen(' ', "T", 1);
    let with_seconds = format!("{spaced}:00");
    let civil = spaced
        .parse::<DateTime>()
        .or_else(|_| with_seconds.parse::<DateTime>())
        .or_else(|_| text.parse::<Date>().map(DateTime::from))
        .map_err(|_| NotAMoment)?;
    let moment = zone
        .to_ambiguous_timestamp(civil)
        .compatible()
        .map_err(|_| NotAMoment)?;
    Ok(moment.as_millisecond())
}

fn age_ms(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text
        .strip_suffix(unit)?
        .trim()
        .parse()
        .ok()
        .filter(|number| *number >= 0)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    number.checked_mul(seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn every_form_is_understood() {
        let read = |text| parse(text, &TimeZone::UTC, NOW);
        assert_eq!(read("2h"), Ok(NOW - 7_200_000));
        assert_eq!(read("3d"), Ok(NOW - 3 * 86_400_000));
        assert_eq!(read("2023-11-14 22:13"), Ok(1_699_999_980_000));
        assert_eq!(read("2023-11-14 22:13:20"), Ok(NOW));
        assert_eq!(read("2023-11-14T22:13:20"), Ok(NOW));
        assert_eq!(read("2023-11-14"), Ok(1_699_920_000_000));
        for bad in ["", "yesterday", "-2h", "2023-13-01", "99999999999999999d", "h"] {
            assert_eq!(read(bad), Err(NotAMoment), "{bad}");
        }
    }
}
