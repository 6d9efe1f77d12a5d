//! Moments and spans, written as people write them: `--since`, `--for`, and the same options of commands on Discord.
//!
//! Owns the accepted forms: a date and time as the server's clock showed it, a date, or an age (`90m`, `2h`, `3d`); and how
//! long planned work lasts. Fails with a sentence that shows good examples.

use std::time::Duration;

use jiff::SignedDuration;
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

/// Reads how long: `30m`, `2h`, `1h 30m`; a minute at least, a week at most.
///
/// # Errors
/// A sentence that shows good examples.
pub fn span(text: &str) -> Result<Duration, String> {
    const EXAMPLES: &str = "write 30m, 2h or 1h30m: a minute at least, a week (168h) at most";
    let span: SignedDuration = text.trim().parse().map_err(|_| EXAMPLES.to_owned())?;
    let span = Duration::try_from(span).map_err(|_| EXAMPLES.to_owned())?;
    let allowed = Duration::from_secs(60)..=Duration::from_secs(7 * 24 * 3600);
    Some(span)
        .filter(|span| allowed.contains(span))
        .ok_or_else(|| EXAMPLES.to_owned())
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

    #[test]
    fn a_plan_lasts_from_a_minute_to_a_week() {
        let minutes = |text| span(text).map(|span| span.as_secs() / 60);
        assert_eq!(minutes("30m"), Ok(30));
        assert_eq!(minutes("1h 30m"), Ok(90));
        assert_eq!(minutes("168h"), Ok(7 * 24 * 60));
        for bad in ["", "30", "59s", "169h", "-5m", "soon", "for ever"] {
            assert!(minutes(bad).is_err(), "{bad}");
        }
    }
}
