//! One understood line: its shape, its clocks and its fact.
//!
//! Owns how the three are put together. Must not know any rule of the grammar. Nothing here fails.

use crate::fact::Fact;
use crate::fields::{Value, Visit};
use crate::kind::Kind;
use crate::stamp::{Stamp, Stated, Uptime};

/// The outer form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `=== Log opened … ===`: the ends of a console log.
    Framed,
    /// Begins with a civil time: the lines of the console.
    Dated,
    /// Begins with the uptime of the process: the lines of the engine and of `log()`.
    Engine,
    /// Anything else: what mods print, replies to typed commands, continuations.
    Bare,
}

/// One understood line. Made only by [`Grammar::parse`](crate::Grammar::parse); borrows from the line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// The outer form of the line.
    pub shape: Shape,
    /// Civil time of the server process, without a zone: of framed and dated lines and of `engine.version`.
    pub when: Option<Stamp>,
    /// Time since the start of the process: of engine lines.
    pub uptime: Option<Uptime>,
    /// What the line states.
    pub fact: Fact<'a>,
    when_text: Option<&'a [u8]>,
}

impl<'a> Entry<'a> {
    pub(crate) const fn timed(shape: Shape, when: Stated<'a>, fact: Fact<'a>) -> Self {
        Self {
            shape,
            when: Some(when.stamp),
            uptime: None,
            fact,
            when_text: Some(when.text),
        }
    }

    pub(crate) fn engine(uptime: Uptime, when: Option<Stated<'a>>, fact: Fact<'a>) -> Self {
        Self {
            shape: Shape::Engine,
            when: when.map(|when| when.stamp),
            uptime: Some(uptime),
            fact,
            when_text: when.map(|when| when.text),
        }
    }

    pub(crate) const fn bare(fact: Fact<'a>) -> Self {
        Self {
            shape: Shape::Bare,
            when: None,
            uptime: None,
            fact,
            when_text: None,
        }
    }

    /// The kind of the fact.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.fact.kind()
    }

    /// Visits every field that is present, in a fixed order: `when` first, as the line wrote it, then those of the fact.
    ///
    /// The names are those of the JSON lines. Each visited text is a slice of the parsed line.
    pub fn for_each_field(&self, receive: &mut dyn FnMut(&'static str, Value<'a>)) {
        let mut visit = Visit::new(receive);
        visit.text("when", self.when_text).fact(&self.fact);
    }
}
