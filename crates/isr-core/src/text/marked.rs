//! Text with marks in it: what a player typed, and between it what we put there.
//!
//! Owns the difference between the two, so that a mention, a custom emoji or bold type of ours survives the escaping
//! of everything else, and is never cut in two. A [`Mark`] can only be made of parts that cannot break it. Must not
//! know who may be mentioned: a mark is for the eyes, `allowed_mentions` decides who is pinged. Cannot fail.

use super::clean::clean;
use super::emoji::Emoji;
use super::escape::escape;

/// Text of others with marks of ours in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marked {
    pieces: Vec<Piece>,
}

/// A stretch of a [`Marked`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Cleaned, not yet escaped.
    Text(String),
    Mark(Mark),
}

/// A piece of Discord's markup that is shown whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    shown: String,
    plain: String,
}

impl Mark {
    /// The mention of a user; `typed` is shown where Discord knows no mentions.
    #[must_use]
    pub fn user(id: u64, typed: &str) -> Self {
        Self::new(format!("<@{id}>"), typed)
    }

    /// The mention of a role; `typed` is shown where Discord knows no mentions.
    #[must_use]
    pub fn role(id: u64, typed: &str) -> Self {
        Self::new(format!("<@&{id}>"), typed)
    }

    /// A moment, which Discord shows in the reader's own zone: `T` the time of day, `f` with the date, `R` how long
    /// ago; `plain` is shown where Discord knows no such marks.
    #[must_use]
    pub fn moment(unix_s: i64, style: MomentStyle, plain: &str) -> Self {
        Self::new(format!("<t:{unix_s}:{}>", style.letter()), plain)
    }

    /// An emoji; `plain` is shown where Discord knows no custom emoji.
    #[must_use]
    pub fn emoji(emoji: &Emoji, plain: &str) -> Self {
        Self::new(emoji.to_string(), plain)
    }

    /// A text of others in bold. It must not be blank.
    #[must_use]
    pub fn strong(text: &str) -> Self {
        let text = clean(text);
        Self::new(format!("**{}**", escape(text.trim())), &text)
    }

    /// A text of others in italics. It must not be blank.
    #[must_use]
    pub fn emphasis(text: &str) -> Self {
        let text = clean(text);
        Self::new(format!("*{}*", escape(text.trim())), &text)
    }

    fn new(shown: String, plain: &str) -> Self {
        Self {
            shown,
            plain: clean(plain).trim().to_owned(),
        }
    }

    /// As Discord's markup.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Without markup.
    pub(super) fn plain(&self) -> &str {
        &self.plain
    }
}

/// How Discord shows a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentStyle {
    /// The time of day.
    Time,
    /// Date and time of day.
    DateTime,
    /// How long ago.
    Relative,
}

impl MomentStyle {
    const fn letter(self) -> char {
        match self {
            Self::Time => 'T',
            Self::DateTime => 'f',
            Self::Relative => 'R',
        }
    }
}

impl Marked {
    /// A text of others without marks. It is cleaned; rich text stays as it is.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut marked = Self::default();
        marked.push_text(text);
        marked
    }

    /// One mark.
    #[must_use]
    pub fn mark(mark: Mark) -> Self {
        Self {
            pieces: vec![Piece::Mark(mark)],
        }
    }

    /// Adds text of others. It is cleaned.
    pub fn push_text(&mut self, text: &str) {
        let text = clean(text);
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last)) => last.push_str(&text),
            _ => self.pieces.push(Piece::Text(text.into_owned())),
        }
    }

    /// Adds a mark.
    pub fn push_mark(&mut self, mark: Mark) {
        self.pieces.push(Piece::Mark(mark));
    }

    /// Adds another text behind this one.
    pub fn append(&mut self, other: Self) {
        if self.pieces.is_empty() {
            *self = other;
            return;
        }
        for piece in other.pieces {
            match piece {
                Piece::Text(text) => self.push_text(&text),
                Piece::Mark(mark) => self.push_mark(mark),
            }
        }
    }

    /// The same marks with every stretch of text rewritten.
    #[must_use]
    pub fn map_text(self, mut rewrite: impl FnMut(&str) -> Self) -> Self {
        let mut out = Self::default();
        for piece in self.pieces {
            match piece {
                Piece::Text(text) => out.append(rewrite(&text)),
                Piece::Mark(mark) => out.push_mark(mark),
            }
        }
        out
    }

    /// Without white space at both ends.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        if let Some(Piece::Text(first)) = self.pieces.first_mut() {
            let blank = first.len() - first.trim_start().len();
            first.drain(..blank);
        }
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.truncate(last.trim_end().len());
        }
        self.pieces
            .retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        self
    }

    /// Whether nothing of it could be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Text(text) => super::is_blank(text),
            Piece::Mark(_) => false,
        })
    }

    /// The text with every mark in its plain form: as somebody would have typed it.
    #[must_use]
    pub fn plain(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Mark(mark) => mark.plain(),
            })
            .collect()
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}
