//! An event that a pattern made, and how it reads.
//!
//! Owns what goes along with such an event, and the promise that whatever a template and a line hold, what comes out is
//! one line, escaped where it is not the admin's own words, within the limit and not blank. Must not know destinations.
//! Cannot fail: a template that asks for what the line does not hold gives way to the line itself.

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::Value;
use super::template::{Piece, Template};
use crate::delivery::KindName;
use crate::event::{Event, EventKind};
use crate::mention::Live;
use crate::text::{
    LeftOut, Marked, Place, clean, cut, cut_marked, escape, is_blank, readable, split_marked, units,
};

/// The most characters of a player's name that are shown.
const NAME_CHARACTERS: usize = 100;
/// The most UTF-16 units of an emoji field.
const EMOJI_UNITS: usize = 64;

/// What of a pattern goes along with its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The pattern's name.
    pub name: String,
    /// The kind of its events.
    pub kind: KindName,
    /// The kind of our own that they are treated like.
    pub class: EventKind,
    /// The name of the channel that it asks for.
    pub channel: Option<String>,
    pub(super) emoji: String,
    pub(super) template: Option<Template>,
    pub(super) markup: Markup,
}

/// What happens to the markup of the game in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// It is shown as it was typed, and addresses keep their preview, as in the Python program.
    Raw,
    /// It is made readable.
    Readable,
}

/// A named value of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name of the group or of the composed field.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// An event that a pattern made. Its texts are hostile and unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// The pattern.
    pub profile: Arc<Profile>,
    /// The player that it is about.
    pub player: Option<String>,
    /// What is said of the player, or what is said at all.
    pub message: Option<String>,
    /// The fields of a pattern of our form.
    pub fields: Vec<Field>,
    /// The part of the line that counts.
    pub line: String,
    /// What the program would have told of the line by itself.
    pub replaces: Option<Event>,
}

impl Custom {
    /// The value of a field.
    fn value(&self, name: &str) -> Option<Value> {
        if let Some(field) = self.fields.iter().find(|field| field.name == name) {
            return Some(field.value.clone());
        }
        match name {
            "player" => self
                .player
                .clone()
                .or_else(|| self.known_player())
                .map(Value::Player),
            "message" => self
                .message
                .clone()
                .or_else(|| self.known_words())
                .map(Value::Text),
            _ => None,
        }
    }

    /// The player whom the program would have named by itself.
    fn known_player(&self) -> Option<String> {
        match self.replaces.as_ref()? {
            Event::Join { player }
            | Event::Leave { player }
            | Event::Chat { player, .. }
            | Event::Shout { player, .. }
            | Event::Milestone { player, .. }
            | Event::Task { player, .. }
            | Event::Death { player, .. }
            | Event::Kick { player, .. }
            | Event::Ban { player, .. } => Some(player.clone()),
            _ => None,
        }
    }

    /// The words that the program would have shown by itself.
    fn known_words(&self) -> Option<String> {
        match self.replaces.as_ref()? {
            Event::Chat { text, .. }
            | Event::Shout { text, .. }
            | Event::ServerChat { text }
            | Event::Milestone { text, .. }
            | Event::Task { text, .. } => Some(text.clone()),
            Event::Research { technology } => Some(technology.clone()),
            _ => None,
        }
    }

    /// The finished lines: one, or up to `most` where words at the end of a template are too long for one. Each has at
    /// most `limit` UTF-16 units, which is more than 1,900.
    #[must_use]
    pub fn lines(&self, limit: usize, most: usize, live: &Live) -> Vec<String> {
        let opening = self.opening();
        let lines = self
            .filled(&opening, limit, most, live)
            .unwrap_or_else(|| vec![self.line_itself(&opening, limit)]);
        if lines.iter().any(|line| is_blank(line)) {
            return vec![escape(&clean(&self.profile.name))];
        }
        lines
    }

    fn opening(&self) -> String {
        let emoji = self.profile.emoji.as_str();
        if is_blank(emoji) || units(emoji) > EMOJI_UNITS {
            String::new()
        } else {
            format!("{emoji} ")
        }
    }

    /// The template with its values; `None` when one of them is missing.
    fn filled(&self, opening: &str, limit: usize, most: usize, live: &Live) -> Option<Vec<String>> {
        let pieces = match &self.profile.template {
            Some(template) => template.0.clone(),
            None => self.plain_pieces(),
        };
        if pieces.is_empty() {
            return None;
        }
        let words: usize = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) => units(words),
                Piece::Field(_) => 0,
            })
            .sum();
        let fields = pieces.iter().filter(|p| matches!(p, Piece::Field(_))).count();
        let room = limit.saturating_sub(units(opening) + words) / fields.max(1);
        let mut line = opening.to_owned();
        for (at, piece) in pieces.iter().enumerate() {
            let next = pieces.get(at + 1);
            match piece {
                Piece::Words(words) => line.push_str(words),
                Piece::Field(name) => {
                    let value = self.value(name)?;
                    let text = self.prepared(&value, live);
                    if next.is_none() && !matches!(value, Value::Player(_)) {
                        return Some(self.ended(&line, text, limit, most));
                    }
                    let shown = if text.is_blank() {
                        "(blank)".to_owned()
                    } else {
                        cut_marked(&text, Place::Prose, room, &LeftOut::default()).text
                    };
                    line.push_str(&self.addressed(shown, next));
                }
            }
        }
        Some(vec![line])
    }

    /// The lines of a template that ends in words: as many as they need, each with the same beginning.
    fn ended(&self, beginning: &str, text: Marked, limit: usize, most: usize) -> Vec<String> {
        if text.is_blank() {
            return vec![format!("{beginning}(blank)")];
        }
        let room = limit.saturating_sub(units(beginning));
        split_marked(&text.trimmed(), room, most, &LeftOut::default())
            .parts
            .into_iter()
            .map(|part| format!("{beginning}{}", self.addressed(part, None)))
            .collect()
    }

    /// Without a template: player and message, whichever there is.
    fn plain_pieces(&self) -> Vec<Piece> {
        let field = |name: &str| Piece::Field(name.to_owned());
        match (self.player.is_some(), self.message.is_some()) {
            (true, true) => vec![field("player"), Piece::Words(": ".to_owned()), field("message")],
            (true, false) => vec![field("player")],
            (false, true) => vec![field("message")],
            (false, false) => Vec::new(),
        }
    }

    fn line_itself(&self, opening: &str, limit: usize) -> String {
        let line = clean(&self.line);
        let shown = match self.profile.markup {
            Markup::Raw => line.into_owned(),
            Markup::Readable => readable(&line).into_owned(),
        };
        format!("{opening}{}", cut(shown.trim(), limit - units(opening)).text)
    }

    /// A value as text that still has to be escaped, with the mentions in what somebody said.
    fn prepared(&self, value: &Value, live: &Live) -> Marked {
        match value {
            Value::Text(text) => live.marked(&clean(text), |text| Marked::text(&self.marked_up(text))),
            other => Marked::text(&self.plain(other)),
        }
    }

    fn marked_up<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.profile.markup {
            Markup::Raw => Cow::Borrowed(text),
            Markup::Readable => readable(text),
        }
    }

    fn plain(&self, value: &Value) -> String {
        match value {
            Value::Player(name) => clean(name).trim().chars().take(NAME_CHARACTERS).collect(),
            Value::Number(number) => number.clone(),
            Value::Gps(place) => readable(&format!("[gps={}]", clean(place))).into_owned(),
            Value::Text(text) => self.marked_up(&clean(text)).into_owned(),
        }
    }

    fn addressed(&self, escaped: String, next: Option<&Piece>) -> String {
        let free_behind = match next {
            None => true,
            Some(Piece::Words(words)) => words.starts_with(char::is_whitespace),
            Some(Piece::Field(_)) => false,
        };
        match self.profile.markup {
            Markup::Raw => bare_addresses(&escaped, free_behind),
            Markup::Readable => escaped,
        }
    }
}

/// Takes the brackets off web addresses that a space or the end follows: nothing behind can become a part of them.
fn bare_addresses(escaped: &str, free_behind: bool) -> String {
    let mut out = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find("<http") {
        let (before, address) = rest.split_at(at);
        out.push_str(before);
        let typed = before.ends_with('\\');
        let end = address.find('>').unwrap_or(address.len());
        let behind = address.get(end + 1..).unwrap_or_default();
        let free = behind.chars().next().map_or(free_behind, char::is_whitespace);
        if typed || !free || end == address.len() {
            out.push('<');
            rest = &address[1..];
        } else {
            out.push_str(&address[1..end]);
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_bare_only_where_nothing_can_stick_to_it() {
        assert_eq!(
            bare_addresses("see <https://a.b/c_d> now", true),
            "see https://a.b/c_d now"
        );
        assert_eq!(bare_addresses("<https://a.b>", true), "https://a.b");
        assert_eq!(bare_addresses("<https://a.b>", false), "<https://a.b>");
        assert_eq!(bare_addresses("<https://a.b>\\*", true), "<https://a.b>\\*");
        assert_eq!(bare_addresses("\\<http", true), "\\<http");
    }
}
