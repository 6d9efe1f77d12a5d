//! Chat whose text follows from its number, so that any spoilt byte shows.
//!
//! Owns the payload of a number: `zq`, server, number, checksum, then words chosen by the number. Only letters, digits
//! and spaces, so that no escaping changes it; some words are not ASCII, so that cut characters show. Must not know the
//! log or Discord. [`read`] fails with what is wrong.

use super::lines::{self, Stamp};
use crate::rng::mix;

/// What every payload begins with. Nothing else that this kit writes contains it.
pub const MARK: &str = "zq";

const WORDS: [&str; 16] = [
    "belt",
    "железо",
    "coal",
    "größe",
    "iron",
    "鉄鋼",
    "pipe",
    "steam",
    "wire",
    "mine",
    "éclair",
    "rail",
    "copper",
    "🚂",
    "oil",
    "gear",
];

const PLAYERS: [&str; 8] = ["Ada", "Bob", "Cleo", "Dag", "Eve7", "Finn", "Gus", "Hal9"];

/// The payload of a number: 16 characters or a few more, then up to five words.
#[must_use]
pub fn payload(server: u16, id: u64) -> String {
    let mut dice = hash(server, id);
    let check = dice >> 32;
    let mut text = format!("{MARK}{server}n{id}k{check:08x}");
    for _ in 0..dice % 6 {
        dice = mix(dice);
        text.push(' ');
        text.push_str(WORDS[(dice % 16) as usize]);
    }
    text
}

/// The player who says it.
#[must_use]
pub fn player(server: u16, id: u64) -> &'static str {
    PLAYERS[(mix(hash(server, id)) % 8) as usize]
}

/// The whole chat line.
#[must_use]
pub fn chat(stamp: Stamp, server: u16, id: u64) -> String {
    lines::chat(stamp, player(server, id), &payload(server, id))
}

fn hash(server: u16, id: u64) -> u64 {
    mix(id ^ mix(u64::from(server) ^ 0x6973_7274_6573_746b))
}

/// A payload was found and is exactly what its number demands, to the end of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The server.
    pub server: u16,
    /// The number.
    pub id: u64,
}

/// Why a text that holds the mark is not a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Spoilt {
    /// Server, number and checksum cannot be read.
    #[error("the number cannot be read")]
    Unreadable,
    /// The text is not the one of its number.
    #[error("the text is not the one of its number")]
    Differs,
}

/// Reads a payload that begins at the mark and must reach to the end.
///
/// # Errors
/// [`Spoilt`] when it is not exactly the payload of its number.
pub fn read(text: &str) -> Result<Numbered, Spoilt> {
    let numbers = || {
        let (server, rest) = text.strip_prefix(MARK)?.split_once('n')?;
        let (id, _) = rest.split_once('k')?;
        Some(Numbered {
            server: server.parse().ok()?,
            id: id.parse().ok()?,
        })
    };
    let numbered = numbers().ok_or(Spoilt::Unreadable)?;
    if payload(numbered.server, numbered.id) == text {
        Ok(numbered)
    } else {
        Err(Spoilt::Differs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_payload_reads_back_and_no_spoilt_one_does() {
        for id in (0..2000).chain([u64::MAX]) {
            let text = payload(3, id);
            assert_eq!(read(&text), Ok(Numbered { server: 3, id }));
            let mut chars: Vec<char> = text.chars().collect();
            let place = (id % chars.len() as u64) as usize;
            chars[place] = if chars[place] == 'x' { 'y' } else { 'x' };
            assert!(read(&chars.iter().collect::<String>()).is_err(), "{text}");
            assert!(
                read(&text[..text.len() - 1.max(text.chars().last().unwrap().len_utf8())]).is_err(),
                "{text}"
            );
            assert!(read(&format!("{text} more")).is_err());
        }
    }

    #[test]
    fn a_rendered_line_has_forty_characters_on_average() {
        let rendered = |id| {
            format!("💬 **{}**: {}", player(0, id), payload(0, id))
                .chars()
                .count()
        };
        let mean = (0..1000).map(rendered).sum::<usize>() as f64 / 1000.0;
        assert!((36.0..44.0).contains(&mean), "{mean}");
    }
}
