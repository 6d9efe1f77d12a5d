//! Emoji as an admin names them: characters, or the custom emoji of a Discord server.
//!
//! Owns their spelling in a message, so that an emoji is never more than a picture: no markdown, no mention. Must not
//! know what an emoji stands for, nor whether it exists. Fails where a text is no emoji.

use std::collections::BTreeMap;
use std::fmt;

use super::clean::clean;
use super::units;

/// One emoji or a few of them: `🚀`, `✅👋`, `<:iron_plate:123456789012345678>`. May be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Emoji(String);

/// A text that is no emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write an emoji, or a custom one as Discord shows it behind a backslash: <:name:123456789012345678>")]
pub struct NoEmoji;

impl Emoji {
    /// The most UTF-16 units.
    pub const LIMIT: usize = 120;

    /// Reads emoji. Custom ones are `<:name:id>` or `<a:name:id>`, with a name of 2 to 32 letters, digits and `_`.
    ///
    /// # Errors
    /// [`NoEmoji`] for a text with any mark that Discord could read as something else, or a long one.
    pub fn parse(text: &str) -> Result<Self, NoEmoji> {
        let text = clean(text.trim());
        let mut rest = &*text;
        while let Some(c) = rest.chars().next() {
            let length = match c {
                '<' => custom_length(rest).ok_or(NoEmoji)?,
                ' ' => 1,
                c if c.is_ascii_alphanumeric() || !c.is_ascii() => c.len_utf8(),
                _ => return Err(NoEmoji),
            };
            rest = &rest[length..];
        }
        if units(&text) > Self::LIMIT {
            return Err(NoEmoji);
        }
        Ok(Self(text.into_owned()))
    }

    /// As it stands in a message.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The length of the custom emoji at the start of a text.
fn custom_length(text: &str) -> Option<usize> {
    let inside = &text[1..text.find('>')?];
    let rest = inside.strip_prefix("a:").or_else(|| inside.strip_prefix(':'))?;
    let (name, id) = rest.split_once(':')?;
    let name = (2..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let id =
        (15..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()) && id.parse::<u64>().is_ok();
    (name && id).then_some(inside.len() + 2)
}

/// Which emoji stands for which thing of the game: `iron-plate` and its like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmojiMap(BTreeMap<String, Emoji>);

impl EmojiMap {
    /// Names the emoji of a thing; a later one replaces it.
    pub fn insert(&mut self, thing: &str, emoji: Emoji) {
        self.0.insert(thing.to_owned(), emoji);
    }

    /// The emoji of a thing.
    #[must_use]
    pub fn get(&self, thing: &str) -> Option<&Emoji> {
        self.0.get(thing)
    }

    /// Takes over all of another map.
    pub fn extend(&mut self, other: &Self) {
        let pairs = other
            .0
            .iter()
            .map(|(thing, emoji)| (thing.clone(), emoji.clone()));
        self.0.extend(pairs);
    }

    /// How many things have one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_discord_shows_as_an_emoji_is_one() {
        for text in [
            "<:iron_plate:123456789012345678>",
            "<a:party:1234567890123456789>",
            "🚀",
            "✅👋",
            "1️⃣",
            "🚀 <:ab:123456789012345678>",
            "",
        ] {
            assert_eq!(Emoji::parse(text).as_ref().map(Emoji::as_str), Ok(text));
        }
        for text in [
            ":iron:",
            "<:iron:>",
            "<:i:123456789012345678>",
            "<:iron-plate:123456789012345678>",
            "<:iron:12>",
            "<@123456789012345678>",
            "<:a b:123456789012345678>",
            "<:iron:99999999999999999999>",
            "<:iron:123456789012345678> @everyone",
            "**",
            "`",
            "{player}",
            "#",
        ] {
            assert_eq!(Emoji::parse(text), Err(NoEmoji), "{text}");
        }
        assert_eq!(Emoji::parse(&"🚀".repeat(61)), Err(NoEmoji));
    }
}
