//! The grammar: one line in, at most one entry out.
//!
//! Owns the options, the order in which the rules are asked, and the continuation rule. Must not know where lines come
//! from. Nothing here fails, allocates or keeps anything but the [`Context`].

use crate::context::Context;
use crate::dialect::{Dialects, is_machine_talk};
use crate::engine::Body;
use crate::entry::{Entry, Shape};
use crate::fact::Fact;
use crate::layout::{Frame, Layout, tag};
use crate::line::{Line, Part};
use crate::prefix::Prefix;
use crate::promised::Place;
use crate::stamp::{Stated, Uptime};
use crate::{console, engine, promised};

/// Whether the forms that the first release promised are read (`NAME joined the game`, `NAME: text` and others).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PromisedForms {
    /// Read on bare lines, dated lines without a console tag, and `Script` bodies.
    #[default]
    On,
    /// Never read.
    Off,
}

/// The grammar of Factorio server logs with its options. Cheap to copy; one value serves any number of streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Grammar {
    dialects: Dialects,
    promised: PromisedForms,
    prefix: Option<Prefix>,
}

impl Grammar {
    /// All dialects, promised forms on, no prefix.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads only these dialects.
    #[must_use]
    pub const fn with_dialects(mut self, dialects: Dialects) -> Self {
        self.dialects = dialects;
        self
    }

    /// Switches the promised forms.
    #[must_use]
    pub const fn with_promised_forms(mut self, promised: PromisedForms) -> Self {
        self.promised = promised;
        self
    }

    /// Takes a wrapper's prefix off every line.
    #[must_use]
    pub const fn with_prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = Some(prefix);
        self
    }

    /// Reads one line: bytes without the newline. `None` is a line that states nothing known.
    ///
    /// One carriage return at the end and a byte order mark at the start are ignored. Run
    /// [`strip_ansi`](crate::strip_ansi) first where the source may hold colours. Lines of a stream must come in order,
    /// each exactly once, with the same context.
    pub fn parse<'a>(&self, context: &mut Context, line: &'a [u8]) -> Option<Entry<'a>> {
        self.read(context, line).entry
    }

    /// Reads one line as [`Grammar::parse`] does, and says as well which part of it counts.
    pub fn read<'a>(&self, context: &mut Context, line: &'a [u8]) -> Line<'a> {
        let content = self.content(line);
        let (part, when, entry) = match Layout::of(content) {
            Layout::Framed { frame, when } => {
                context.close();
                (Part::Framed, Some(when.stamp), Some(framed(frame, when)))
            }
            Layout::Dated { when, body } => {
                let entry = self.dated(context, when, body);
                (Part::Console(body), Some(when.stamp), entry)
            }
            Layout::Engine { uptime, body } => {
                let (part, entry) = self.engine(context, uptime, body);
                (part, None, entry)
            }
            // A continuation is never an event, whatever it looks like.
            Layout::Bare(_) if context.continues() => (Part::Continuation, None, None),
            Layout::Bare(line) => (Part::Bare(line), None, self.bare(context, line)),
        };
        Line {
            content,
            part,
            when,
            entry,
        }
    }

    fn content<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        self.prefix.map_or(line, |prefix| prefix.strip(line))
    }

    fn dated<'a>(&self, context: &mut Context, when: Stated<'a>, body: &'a [u8]) -> Option<Entry<'a>> {
        context.close();
        let tagged = tag(body);
        if tagged.is_some_and(|(tag, _)| console::runs_on(tag)) {
            context.open();
        }
        let fact = match tagged {
            Some((tag, rest)) if console::is_tag(tag) => console::tagged(tag, rest)?,
            // `[MILESTONE]` and its like are no tags of the console: mods print them, some with a date in front.
            _ => self.untagged(context, body)?,
        };
        Some(Entry::timed(Shape::Dated, when, fact))
    }

    fn engine<'a>(
        &self,
        context: &mut Context,
        uptime: Uptime,
        body: &'a [u8],
    ) -> (Part<'a>, Option<Entry<'a>>) {
        context.close();
        let (part, understood) = match engine::body(body) {
            Body::Script { place, text } => (Part::Script(text), Some((None, self.script(place, text)))),
            Body::Error(fact) => {
                context.open();
                (Part::Engine(body), fact.map(|fact| (None, fact)))
            }
            Body::Other(understood) => (Part::Engine(body), understood),
        };
        let entry = understood.map(|(when, fact)| Entry::engine(uptime, when, fact));
        (part, entry)
    }

    fn script<'a>(&self, place: &'a [u8], text: &'a [u8]) -> Fact<'a> {
        self.dialects
            .script(place, text)
            .or_else(|| self.promised(text, Place::ScriptBody))
            .unwrap_or(Fact::EngineScript { place, text })
    }

    fn bare<'a>(&self, context: &mut Context, line: &'a [u8]) -> Option<Entry<'a>> {
        if is_machine_talk(line) {
            return None;
        }
        let fact = self
            .dialects
            .line(line)
            .or_else(|| self.untagged(context, line))?;
        Some(Entry::bare(fact))
    }

    /// A line of its own without a console tag.
    fn untagged<'a>(&self, context: &mut Context, text: &'a [u8]) -> Option<Fact<'a>> {
        if let Some(fact) = console::command_error(text) {
            context.open();
            return Some(fact);
        }
        self.promised(text, Place::Line)
    }

    fn promised<'a>(&self, text: &'a [u8], place: Place) -> Option<Fact<'a>> {
        match self.promised {
            PromisedForms::On => promised::read(text, place),
            PromisedForms::Off => None,
        }
    }
}

const fn framed(frame: Frame, when: Stated<'_>) -> Entry<'_> {
    let fact = match frame {
        Frame::Opened => Fact::LogOpened,
        Frame::Closed => Fact::LogClosed,
    };
    Entry::timed(Shape::Framed, when, fact)
}
