//! Templates: what an admin writes around what happened.
//!
//! A template is parsed once. Its literal parts stay as they were written, markdown and emoji included; its fields
//! (`{player}`) take values that are cleaned, escaped for their place and bounded. Whatever the template and the
//! values: a finished text is within Discord's limit, a [`Line`] is legal, and no value can become markup, end a
//! code span or a link, or complete a mention that the template began. Nothing here pings: that is decided by
//! `allowed_mentions` alone. Must not know events, files or languages. Parsing fails with a [`TemplateError`];
//! rendering cannot fail.
//!
//! ```
//! use isr_core::template::{Fields, Template, Value};
//! use isr_core::text::LeftOut;
//!
//! let template = Template::parse("🚀 **{player}** launched {count}", &["player", "count"])?;
//! let fields = Fields::new().with("player", Value::text("*Bob*")).with("count", Value::number(3));
//! assert_eq!(template.line(&fields, &LeftOut::default()).as_str(), r"🚀 **\*Bob\*** launched 3");
//! # Ok::<(), isr_core::template::TemplateError>(())
//! ```

mod embed;
mod error;
mod fields;
mod line;
mod parse;
mod preview;
mod render;
mod short;

pub use embed::{EmbedTemplate, Stamp, TooMuch};
pub use error::{TemplateError, TemplateFault};
pub use fields::{Fields, Value};
pub use line::Line;

use crate::text::{EmbedPart, Emoji, Place};
use preview::Behind;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// As the admin wrote it, made safe for what follows.
    Literal(String),
    Field {
        name: Box<str>,
        place: Place,
        behind: Behind,
    },
}

/// What a template becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Line,
    /// Part of an embed, with line breaks, of so many UTF-16 units.
    Block(usize),
}

impl Shape {
    const fn limit(self) -> usize {
        match self {
            Self::Line => Line::LIMIT,
            Self::Block(limit) => limit,
        }
    }

    /// Room that is kept for an emoji in front.
    const fn reserve(self) -> usize {
        match self {
            Self::Line => Emoji::LIMIT + 1,
            Self::Block(_) => 0,
        }
    }
}

impl Template {
    /// Reads a template of one line. `known` names the fields that it may have.
    ///
    /// # Errors
    /// [`TemplateError`] with the place and a remedy.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, TemplateError> {
        Self::read(text, known, Shape::Line)
    }

    /// Reads a template for a part of an embed, which may have line breaks, of at most `limit` UTF-16 units.
    ///
    /// # Errors
    /// [`TemplateError`] with the place and a remedy.
    pub fn parse_block(text: &str, known: &[&str], limit: usize) -> Result<Self, TemplateError> {
        Self::read(text, known, Shape::Block(limit))
    }

    /// The same text with an emoji and a space in front. Lines keep room for it.
    #[must_use]
    pub fn with_opening(&self, emoji: &Emoji) -> Self {
        let mut template = self.clone();
        if !emoji.as_str().is_empty() {
            let opening = Piece::Literal(format!("{emoji} "));
            template.pieces.insert(0, opening);
        }
        template
    }

    /// The same text as a part of an embed, which holds more than a line.
    pub(crate) fn as_description(&self) -> Self {
        Self {
            pieces: self.pieces.clone(),
            shape: Shape::Block(EmbedPart::Description.limit()),
        }
    }

    /// Whether it names a field.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// The names of its fields, in order, each as often as it stands there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Field { name, .. } => Some(&**name),
        })
    }
}

#[cfg(test)]
mod tests;
