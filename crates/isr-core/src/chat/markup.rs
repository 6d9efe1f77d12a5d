//! Discord's marks in a text, as words: mentions, custom emoji, commands, moments.
//!
//! Owns the forms that Discord documents. What looks like one and is none stays as it is. Must not know lines. Pure. Cannot
//! fail.

use super::Names;
use crate::voice::{GameWord, GameWords};

/// The text with every mark as a word. Names in it are as hostile as the text is.
pub(super) fn readable(text: &str, names: &dyn Names, words: &GameWords) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find('<') {
        let (before, mark) = rest.split_at(begin);
        out.push_str(before);
        let read = mark
            .find('>')
            .and_then(|end| Some((word(mark.get(1..end)?, names, words)?, end + 1)));
        match read {
            Some((word, length)) => {
                out.push_str(&word);
                rest = mark.get(length..).unwrap_or_default();
            }
            None => {
                out.push('<');
                rest = mark.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// What stands between the angles, as a word.
fn word(inside: &str, names: &dyn Names, words: &GameWords) -> Option<String> {
    let id = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let called = |sign: char, name: Option<&str>, unknown: GameWord| {
        format!("{sign}{}", name.unwrap_or_else(|| words.get(unknown)))
    };
    if let Some(role) = inside.strip_prefix("@&") {
        return Some(called('@', names.role(id(role)?), GameWord::ChatRole));
    }
    if let Some(user) = inside.strip_prefix("@!").or_else(|| inside.strip_prefix('@')) {
        return Some(called('@', names.user(id(user)?), GameWord::ChatSomebody));
    }
    if let Some(channel) = inside.strip_prefix('#') {
        return Some(called('#', names.channel(id(channel)?), GameWord::ChatChannel));
    }
    if let Some(moment) = inside.strip_prefix("t:") {
        let seconds = moment.split(':').next()?;
        return moment_of(seconds.parse().ok()?);
    }
    if let Some(command) = inside.strip_prefix('/') {
        let (name, number) = command.rsplit_once(':')?;
        return id(number).map(|_| format!("/{name}"));
    }
    // `:name:ID`, or `a:name:ID` where it moves.
    let emoji = inside.strip_prefix('a').unwrap_or(inside).strip_prefix(':')?;
    let (name, number) = emoji.split_once(':')?;
    let is_name =
        (2..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_name && id(number).is_some()).then(|| format!(":{name}:"))
}

/// A moment in UTC: everybody in the game has another zone.
fn moment_of(seconds: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
