//! How the events of a pattern read, in the syntax of [`crate::template`].
//!
//! Owns the texts that stand in where the admin wrote none, and the emoji in front of every text. Must not know values.
//! Fails on a template that names what the pattern does not have, or shows nothing.

use super::fault::Fault;
use super::template::{Piece, pieces};
use crate::template::Template;
use crate::text::{is_blank, units};

/// The most UTF-16 units of an emoji field.
const EMOJI_UNITS: usize = 64;

/// The texts of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wording {
    told: Told,
    /// With the field `line`: what is shown where the event lacks what the others name.
    pub(super) line: Template,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// By the admin.
    Own(Template),
    /// Player and message, whichever there is.
    Plain {
        both: Template,
        player: Template,
        message: Template,
    },
}

impl Wording {
    /// Reads the text of a pattern that has these fields.
    pub(super) fn read(emoji: &str, text: Option<&str>, known: &[&str]) -> Result<Self, Fault> {
        let opening = opening(emoji);
        let plain = |text: &str, known: &[&str]| parsed(&format!("{opening}{text}"), known);
        let told = match text {
            Some(text) => Told::Own(plain(&in_engine_syntax(&pieces(text, known)?), known)?),
            None => Told::Plain {
                both: plain("{player}: {message}", &["player", "message"])?,
                player: plain("{player}", &["player"])?,
                message: plain("{message}", &["message"])?,
            },
        };
        Ok(Self {
            told,
            line: plain("{line}", &["line"])?,
        })
    }

    /// The text of an event with this player and this message; nothing where it has neither and needs one.
    pub(super) const fn template(
        &self,
        player: Option<&String>,
        message: Option<&String>,
    ) -> Option<&Template> {
        match (&self.told, player, message) {
            (Told::Own(template), _, _) => Some(template),
            (Told::Plain { both, .. }, Some(_), Some(_)) => Some(both),
            (Told::Plain { player, .. }, Some(_), None) => Some(player),
            (Told::Plain { message, .. }, None, Some(_)) => Some(message),
            (Told::Plain { .. }, None, None) => None,
        }
    }
}

fn opening(emoji: &str) -> String {
    let emoji = emoji.replace(['\r', '\n'], " ");
    let emoji = emoji.trim();
    if is_blank(emoji) || units(emoji) > EMOJI_UNITS {
        String::new()
    } else {
        format!("{} ", doubled(emoji))
    }
}

fn in_engine_syntax(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => doubled(words),
            Piece::Field(name) => format!("{{{name}}}"),
        })
        .collect()
}

/// Braces that are shown are written twice.
fn doubled(words: &str) -> String {
    words.replace('{', "{{").replace('}', "}}")
}

fn parsed(text: &str, known: &[&str]) -> Result<Template, Fault> {
    Template::parse(text, known).map_err(|error| Fault::template(error.kind.to_string(), error.remedy()))
}
