//! One line, cut at its outer seams, with what it states.
//!
//! Owns the names of the parts, for readers that look for more in a line than the grammar knows. Must not know any rule.
//! Nothing here fails.

use crate::entry::{Entry, Shape};
use crate::stamp::Stamp;

/// The part of a line that somebody wrote, without what the game or a wrapper puts in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// `=== Log opened … ===`: nothing but the frame.
    Framed,
    /// What stands behind the date, tag included.
    Console(&'a [u8]),
    /// What a mod passed to `log()`.
    Script(&'a [u8]),
    /// What stands behind the uptime of any other line of the engine, level and source included.
    Engine(&'a [u8]),
    /// A line of its own without a date.
    Bare(&'a [u8]),
    /// A bare line that belongs to the entry before it: never an event, whatever it looks like.
    Continuation,
}

impl<'a> Part<'a> {
    /// The outer form of the line.
    #[must_use]
    pub const fn shape(self) -> Shape {
        match self {
            Self::Framed => Shape::Framed,
            Self::Console(_) => Shape::Dated,
            Self::Script(_) | Self::Engine(_) => Shape::Engine,
            Self::Bare(_) | Self::Continuation => Shape::Bare,
        }
    }

    /// The text of the part; it is the end of the line. `None` for a frame and a continuation.
    #[must_use]
    pub const fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Console(text) | Self::Script(text) | Self::Engine(text) | Self::Bare(text) => Some(text),
            Self::Framed | Self::Continuation => None,
        }
    }
}

/// A line as [`Grammar::read`](crate::Grammar::read) sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Line<'a> {
    /// The line without its carriage return, byte order mark and the prefix of a wrapper.
    pub content: &'a [u8],
    /// The part of it that counts.
    pub part: Part<'a>,
    /// The civil time in front of it, where the console put one.
    pub when: Option<Stamp>,
    /// What it states, where the grammar knows.
    pub entry: Option<Entry<'a>>,
}
