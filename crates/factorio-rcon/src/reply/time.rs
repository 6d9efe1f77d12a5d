//! `/time`: `1 day, 11 hours, 1 minute and 26 seconds`; parts that are zero are left out.

use std::time::Duration;

use super::{Unreadable, body};

const UNITS: [(&str, u64); 4] = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];

/// Reads how long the map has been played.
///
/// # Errors
/// [`Unreadable`].
pub fn time(reply: &str) -> Result<Duration, Unreadable> {
    let unreadable = || Unreadable::form(reply);
    let text = body(reply)?;
    let mut units = UNITS.iter();
    let mut total = 0_u64;
    for part in text.replace(" and ", ", ").split(", ") {
        let (number, unit) = part.split_once(' ').ok_or_else(unreadable)?;
        let number: u64 = digits(number).ok_or_else(unreadable)?;
        // Largest first, each at most once: what has passed is not looked for again.
        let (_, seconds) = units
            .find(|(name, _)| {
                unit.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest == "s")
            })
            .ok_or_else(unreadable)?;
        total = number
            .checked_mul(*seconds)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(unreadable)?;
    }
    Ok(Duration::from_secs(total))
}

/// A number written in digits only: `parse` alone would take a plus sign.
pub(super) fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
