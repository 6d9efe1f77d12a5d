//! A template of a whole embed.
//!
//! Owns how the room of an embed is shared: every part gets what it needs, and at least what its literals and the
//! shortest values take, so that nothing is cut in the middle of markup. Must not know events. Fails where the parts
//! together could never fit.

use super::Template;
use super::fields::Fields;
use crate::text::{Colour, Embed, EmbedPart, Emoji, Layout, LeftOut, units};

/// Whether an embed shows when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamp {
    /// Beside the footer, in the reader's own zone.
    #[default]
    Shown,
    /// Not at all.
    Hidden,
}

/// The template of an embed. Make its parts with [`Template::parse_block`] and the limit of the part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmbedTemplate {
    /// The title.
    pub title: Option<Template>,
    /// The text below it.
    pub description: Option<Template>,
    /// Names, values and places of the fields.
    pub fields: Vec<(Template, Template, Layout)>,
    /// The small text at the end.
    pub footer: Option<Template>,
    /// The colour of its edge; else that of the event.
    pub colour: Option<Colour>,
    /// Whether it shows when it happened.
    pub stamp: Stamp,
}

/// Why an embed can never be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// It has no title, no description and no field.
    #[error("the embed shows nothing: give it a title, a description or fields")]
    Nothing,
    /// More than Discord takes.
    #[error("an embed has at most {} fields", Embed::FIELDS)]
    Fields,
    /// The literal texts alone are too long together.
    #[error("the texts of an embed have at most {} characters together", Embed::TOTAL)]
    Text,
}

impl EmbedTemplate {
    /// The embed that has a text as its description.
    #[must_use]
    pub fn of_text(text: &Template) -> Self {
        Self {
            description: Some(text.as_description()),
            ..Self::default()
        }
    }

    /// Checks what its parts cannot know of each other.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub fn checked(self) -> Result<Self, TooMuch> {
        let least: usize = self.parts().map(Template::least).sum();
        if self.title.is_none() && self.description.is_none() && self.fields.is_empty() {
            Err(TooMuch::Nothing)
        } else if self.fields.len() > Embed::FIELDS {
            Err(TooMuch::Fields)
        } else if least + Emoji::LIMIT + 1 > Embed::TOTAL {
            Err(TooMuch::Text)
        } else {
            Ok(self)
        }
    }

    /// The same embed with an emoji in front of its first text, where that has room for it.
    #[must_use]
    pub fn with_opening(mut self, emoji: &Emoji) -> Self {
        let first = self.title.as_mut().map(|title| (title, EmbedPart::Title));
        let first = first.or_else(|| {
            self.description
                .as_mut()
                .map(|text| (text, EmbedPart::Description))
        });
        if let Some((template, part)) = first {
            let opened = template.with_opening(emoji);
            if opened.least() <= part.limit() {
                *template = opened;
            }
        }
        self
    }

    /// Whether any part names a field.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.parts().any(|part| part.has(name))
    }

    /// The names of the fields of all parts, each as often as it stands there.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts().flat_map(Template::names)
    }

    /// The embed with its values.
    #[must_use]
    pub fn embed(&self, values: &Fields<'_>, left_out: &LeftOut) -> Embed {
        let mut waiting: usize = self.parts().map(Template::least).sum();
        let mut embed = Embed::default();
        let mut shown = |template: &Template, room: usize| {
            waiting = waiting.saturating_sub(template.least());
            template.text_within(room.saturating_sub(waiting), values, left_out)
        };
        // The short parts first: the description takes what is left, but never less than it needs.
        if let Some(title) = &self.title {
            let text = shown(title, embed.room());
            embed = embed.with_title(&text);
        }
        for (name, value, layout) in &self.fields {
            let name = shown(name, embed.room());
            let value = shown(value, embed.room().saturating_sub(units(&name).max(1)));
            embed = embed.with_field(&name, &value, *layout);
        }
        if let Some(footer) = &self.footer {
            let text = shown(footer, embed.room());
            embed = embed.with_footer(&text);
        }
        if let Some(description) = &self.description {
            let text = shown(description, embed.room());
            embed = embed.with_description(&text);
        }
        match self.colour {
            Some(colour) => embed.with_colour(colour),
            None => embed,
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Template> {
        let fields = self.fields.iter().flat_map(|(name, value, _)| [name, value]);
        self.title
            .iter()
            .chain(&self.description)
            .chain(&self.footer)
            .chain(fields)
    }
}
