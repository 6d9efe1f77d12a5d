//! The custom emoji of a Discord server.
//!
//! Owns their spelling in a message. Must not know what an emoji stands for, nor whether it exists. Fails where a
//! text is no custom emoji.

use std::fmt;

/// A custom emoji: `<:iron_plate:123456789012345678>`, or `<a:…>` when it moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomEmoji {
    name: String,
    id: u64,
    motion: Motion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Motion {
    Still,
    Animated,
}

/// A text that is no custom emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write it as Discord does when a backslash stands before it: <:name:123456789012345678>")]
pub struct NoCustomEmoji;

impl CustomEmoji {
    /// Reads `<:name:id>` or `<a:name:id>`: a name of 2 to 32 letters, digits and `_`, and an id.
    ///
    /// # Errors
    /// [`NoCustomEmoji`] for every other text.
    pub fn parse(text: &str) -> Result<Self, NoCustomEmoji> {
        let inside = text
            .trim()
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .ok_or(NoCustomEmoji)?;
        let (motion, rest) = match inside.strip_prefix("a:") {
            Some(rest) => (Motion::Animated, rest),
            None => (Motion::Still, inside.strip_prefix(':').ok_or(NoCustomEmoji)?),
        };
        let (name, id) = rest.split_once(':').ok_or(NoCustomEmoji)?;
        let legal_name =
            (2..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let legal_id = (15..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        match id.parse() {
            Ok(id) if legal_name && legal_id => Ok(Self {
                name: name.to_owned(),
                id,
                motion,
            }),
            _ => Err(NoCustomEmoji),
        }
    }
}

impl fmt::Display for CustomEmoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opening = match self.motion {
            Motion::Still => "<:",
            Motion::Animated => "<a:",
        };
        write!(f, "{opening}{}:{}>", self.name, self.id)
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
        ] {
            assert_eq!(
                CustomEmoji::parse(text).map(|emoji| emoji.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in [
            "",
            "🚀",
            ":iron:",
            "<:iron:>",
            "<:i:123456789012345678>",
            "<:iron-plate:123456789012345678>",
            "<:iron:12>",
            "<@123456789012345678>",
            "<:a b:123456789012345678>",
            "<:iron:99999999999999999999>",
            "<:iron:123456789012345678> @everyone",
        ] {
            assert_eq!(CustomEmoji::parse(text), Err(NoCustomEmoji), "{text}");
        }
    }
}
