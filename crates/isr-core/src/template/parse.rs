//! From the admin's text to a template.
//!
//! Owns the syntax: `{name}` is a field, `{{` and `}}` are braces, everything else stays as written, markdown
//! included (what cannot be seen goes). Owns as well what a literal must look like in front of a field, so that no
//! value can become a part of its markup: see [`Literal`]. Must not know events. Fails with the first fault.

use super::error::{TemplateError, TemplateFault};
use super::preview::Behind;
use super::{Piece, Shape, Template};
use crate::spelling;
use crate::text::{Place, clean, is_blank, names_everyone, units};

/// A text of more bytes than so many times its limit is not looked at.
const LONGEST_SOURCE: usize = 8;

/// The room that every field gets at least, in UTF-16 units, with one to part it from an `@` before it.
pub(super) const LEAST_ROOM: usize = 16;
pub(super) const LEAST_PLACE: usize = LEAST_ROOM + 1;

impl Template {
    pub(super) fn read(text: &str, known: &[&str], shape: Shape) -> Result<Self, TemplateError> {
        let lines: Vec<_> = text.trim().split('\n').map(clean).collect();
        let mut text = lines.join("\n");
        let limit = shape.limit();
        if text.len() > LONGEST_SOURCE * limit {
            let kind = TemplateFault::TooLong { limit };
            return Err(TemplateError { at: 1, kind });
        }
        loop {
            match Self::read_once(&text, known, shape)? {
                Outcome::Template(template) => return Ok(template),
                // What nothing closes is no code: it is shown, and what stands behind it is prose.
                Outcome::OpenCode(run) => {
                    text.replace_range(run.at..run.at + run.ticks, &"\\`".repeat(run.ticks))
                }
            }
        }
    }

    fn read_once(text: &str, known: &[&str], shape: Shape) -> Result<Outcome, TemplateError> {
        let mut reader = Reader {
            known,
            shape,
            pieces: Vec::new(),
            literal: Literal::default(),
        };
        let mut offset = 0;
        while let Some(c) = text[offset..].chars().next() {
            let length = reader.step(text, offset, c).map_err(|kind| TemplateError {
                at: text[..offset].chars().count() + 1,
                kind,
            })?;
            offset += length;
        }
        reader.finish()
    }
}

enum Outcome {
    Template(Template),
    OpenCode(Run),
}

struct Reader<'a> {
    known: &'a [&'a str],
    shape: Shape,
    pieces: Vec<Piece>,
    literal: Literal,
}

impl Reader<'_> {
    /// Reads what begins with `c`, and answers how many bytes that was.
    fn step(&mut self, text: &str, offset: usize, c: char) -> Result<usize, TemplateFault> {
        let rest = &text[offset..];
        match c {
            '{' if rest.starts_with("{{") => self.literal.push('{', text, offset),
            '}' if rest.starts_with("}}") => self.literal.push('}', text, offset),
            '{' => {
                let end = rest.find(['}', '\n']).ok_or(TemplateFault::Unclosed)?;
                let name = rest[1..end].trim();
                if !rest[end..].starts_with('}') || name.contains('{') {
                    return Err(TemplateFault::Unclosed);
                }
                self.field(name)?;
                return Ok(end + 1);
            }
            '}' => return Err(TemplateFault::Unopened),
            '\n' if self.shape == Shape::Line => return Err(TemplateFault::LineBreak),
            c => {
                self.literal.push(c, text, offset);
                return Ok(c.len_utf8());
            }
        }
        Ok(2)
    }

    fn field(&mut self, name: &str) -> Result<(), TemplateFault> {
        if !self.known.contains(&name) {
            let remedy = spelling::remedy(name, self.known);
            return Err(TemplateFault::UnknownField {
                name: name.chars().take(60).collect(),
                remedy,
            });
        }
        let place = self.literal.place();
        let before = self.literal.take_before_field(place);
        self.pieces.push(Piece::Literal(before));
        self.pieces.push(Piece::Field {
            name: name.into(),
            place,
            behind: Behind::Joined,
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Outcome, TemplateError> {
        let last = self.literal.take();
        if let Some(run) = self.literal.code {
            return Ok(Outcome::OpenCode(run));
        }
        self.pieces.push(Piece::Literal(last));
        self.pieces
            .retain(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty()));
        note_what_is_behind(&mut self.pieces);
        let template = Template {
            pieces: self.pieces,
            shape: self.shape,
        };
        let limit = self.shape.limit();
        let fault = if template.least() + self.shape.reserve() > limit {
            TemplateFault::TooLong { limit }
        } else if template.is_blank() {
            TemplateFault::Blank
        } else {
            return Ok(Outcome::Template(template));
        };
        Err(TemplateError { at: 1, kind: fault })
    }
}

fn note_what_is_behind(pieces: &mut [Piece]) {
    let mut next = Behind::Open;
    for piece in pieces.iter_mut().rev() {
        match piece {
            Piece::Literal(text) if text.starts_with(char::is_whitespace) => next = Behind::Open,
            Piece::Literal(_) => next = Behind::Joined,
            Piece::Field { behind, .. } => *behind = std::mem::replace(&mut next, Behind::Joined),
        }
    }
}

impl Template {
    /// The fewest UTF-16 units that it can be rendered in.
    pub(super) fn least(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => units(text),
                Piece::Field { .. } => LEAST_PLACE,
            })
            .sum()
    }

    fn is_blank(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Literal(text) => is_blank(text),
            Piece::Field { .. } => false,
        })
    }
}

/// Back-ticks side by side.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: usize,
    ticks: usize,
}

/// The literal text since the last field, and what Discord makes of it at its end.
#[derive(Default)]
struct Literal {
    text: String,
    /// Back-ticks that opened code.
    code: Option<Run>,
    /// Back-ticks at the end, not yet known to open or close anything.
    run: Option<Run>,
    /// Inside a web address, or the target of a link.
    address: bool,
}

impl Literal {
    /// Adds the character that stands in `text` at `offset`.
    fn push(&mut self, c: char, text: &str, offset: usize) {
        if c != '`' {
            self.settle_run();
        }
        self.text.push(c);
        match c {
            '`' if self.code.is_some() || !self.ends_in_escape(1) => {
                let run = self.run.get_or_insert(Run { at: offset, ticks: 0 });
                run.ticks += 1;
            }
            '@' if names_everyone(&text[offset + 1..]) => self.text.push('\u{200b}'),
            '<' | '>' | ')' | '"' => self.address = false,
            c if c.is_whitespace() => self.address = false,
            _ if self.code.is_none() && begins_address(&self.text) => self.address = true,
            _ => {}
        }
    }

    fn settle_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        match self.code {
            None => self.code = Some(run),
            Some(open) if open.ticks == run.ticks => self.code = None,
            Some(_) => {}
        }
    }

    /// Whether an odd number of backslashes stands before the last `behind` bytes.
    fn ends_in_escape(&self, behind: usize) -> bool {
        let head = &self.text[..self.text.len() - behind];
        (head.len() - head.trim_end_matches('\\').len()) % 2 == 1
    }

    fn place(&mut self) -> Place {
        self.settle_run();
        match (self.code, self.address) {
            (Some(_), _) => Place::Code,
            (None, true) => Place::Address,
            (None, false) => Place::Prose,
        }
    }

    fn take_before_field(&mut self, place: Place) -> String {
        // A value may be empty: the backslash would then take the meaning of what stands behind the field.
        if place != Place::Code {
            if self.ends_in_escape(0) {
                self.text.push('\\');
            }
            self.disarm_open_angle();
        }
        self.take()
    }

    /// `<@`, `<#` and their like must not take a value into a mention: the bracket is shown instead. A moment
    /// (`<t:…>`) and a web address may hold one.
    fn disarm_open_angle(&mut self) {
        let Some(at) = self.text.rfind('<') else { return };
        let inside = &self.text[at + 1..];
        let harmless = ["t:", "http:", "https:"]
            .iter()
            .any(|word| inside.starts_with(word));
        let head = &self.text[..at];
        let escaped = (head.len() - head.trim_end_matches('\\').len()) % 2 == 1;
        if !inside.contains('>') && !harmless && !escaped {
            self.text.insert(at, '\\');
        }
    }

    fn take(&mut self) -> String {
        self.settle_run();
        std::mem::take(&mut self.text)
    }
}

fn begins_address(text: &str) -> bool {
    ["://", "](", "http:", "https:"]
        .iter()
        .any(|mark| text.ends_with(mark))
}
