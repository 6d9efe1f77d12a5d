//! `/version`: `2.0.77`; `/seed`: a number.

use std::fmt;

use super::time::digits;
use super::{Unreadable, body};

/// A version of the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GameVersion {
    /// The first number.
    pub major: u16,
    /// The second.
    pub minor: u16,
    /// The third.
    pub patch: u16,
}

impl fmt::Display for GameVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Reads the version; what may stand behind it in parentheses (build, platform) is left alone.
///
/// # Errors
/// [`Unreadable`].
pub fn version(reply: &str) -> Result<GameVersion, Unreadable> {
    let text = body(reply)?;
    let text = text.split_once(" (").map_or(text, |(before, _)| before);
    let mut numbers = text.split('.').map(digits::<u16>);
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => {
            Ok(GameVersion { major, minor, patch })
        }
        _ => Err(Unreadable::form(reply)),
    }
}

/// Reads the seed of the map.
///
/// # Errors
/// [`Unreadable`].
pub fn seed(reply: &str) -> Result<u64, Unreadable> {
    digits(body(reply)?).ok_or_else(|| Unreadable::form(reply))
}
