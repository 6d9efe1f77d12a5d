//! From a template and values to text that Discord takes.
//!
//! Owns the room: what is too long is cut at its longest field until everything fits. Must not know events. Cannot
//! fail.

use super::fields::{Addresses, Fields, Value};
use super::line::Line;
use super::parse::LEAST_ROOM;
use super::preview::{Behind, bare_addresses};
use super::{Piece, Template};
use crate::text::{LeftOut, Place, cut_marked, names_everyone, shorten, split_marked, units};

/// From this room on a cut says how much is missing.
const NOTED_FROM: usize = 64;

/// What is put between an `@` and a word behind it, so that no two pieces address everybody together.
pub(super) const PARTING: char = '\u{200b}';

/// A field of a template.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a str,
    place: Place,
    behind: Behind,
}

/// A field of a template, rendered.
struct Shown<'a> {
    value: Option<&'a Value>,
    place: Place,
    behind: Behind,
    text: String,
    units: usize,
}

impl<'a> Shown<'a> {
    fn new(value: Option<&'a Value>, field: Field<'_>, limit: usize, left_out: &LeftOut) -> Self {
        let room = value.map_or(0, Value::room).min(limit);
        let mut shown = Self {
            value,
            place: field.place,
            behind: field.behind,
            text: String::new(),
            units: 0,
        };
        shown.cut(room, left_out);
        shown
    }

    fn cut(&mut self, room: usize, left_out: &LeftOut) {
        let text = self.value.map(Value::as_marked);
        self.text = match text {
            Some(text) if room >= NOTED_FROM => cut_marked(text, self.place, room, left_out).text,
            Some(text) => shorten(text, self.place, room),
            None => String::new(),
        };
        if let (Some(value), Place::Prose) = (self.value, self.place) {
            self.text = addressed(value, std::mem::take(&mut self.text), self.behind);
        }
        if self.text.is_empty() && self.place == Place::Code {
            // Two back-ticks side by side would be one mark of another kind.
            self.text.push(' ');
        }
        self.units = units(&self.text);
    }
}

impl Template {
    /// The text with its values, within the template's limit. A name without a value shows nothing.
    #[must_use]
    pub fn text(&self, fields: &Fields<'_>, left_out: &LeftOut) -> String {
        self.text_within(self.shape.limit(), fields, left_out)
    }

    /// As [`Template::text`], in less room, but at least in that of the literals and the shortest fields.
    pub(super) fn text_within(&self, room: usize, fields: &Fields<'_>, left_out: &LeftOut) -> String {
        let limit = self.shape.limit().min(room);
        match self.short_text(limit, fields) {
            Some(text) => text,
            None => self.fitted_text(limit, fields, left_out),
        }
    }

    /// The text, each field rendered for itself and cut where it has to be.
    pub(super) fn fitted_text(&self, limit: usize, fields: &Fields<'_>, left_out: &LeftOut) -> String {
        let mut shown: Vec<Shown<'_>> = self
            .fields()
            .map(|field| Shown::new(fields.get(field.name), field, limit, left_out))
            .collect();
        self.make_fit(&mut shown, limit, left_out);
        let mut values = shown.into_iter().map(|shown| shown.text);
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => push_apart(&mut out, text),
                Piece::Field { .. } => push_apart(&mut out, &values.next().unwrap_or_default()),
            }
        }
        out
    }

    /// One line.
    #[must_use]
    pub fn line(&self, fields: &Fields<'_>, left_out: &LeftOut) -> Line {
        Line::of(self.text(fields, left_out))
    }

    /// Speech: as many lines as the field `said` needs, at most `most`, each with everything else around it.
    ///
    /// Where the template names the field not exactly once, or in code or an address, it is one line.
    #[must_use]
    pub fn lines(&self, said: &str, fields: &Fields<'_>, most: usize, left_out: &LeftOut) -> Vec<Line> {
        match self.short_text(self.shape.limit(), fields) {
            Some(text) => vec![Line::of(text)],
            None => self.divided(said, fields, most, left_out),
        }
    }

    /// As [`Template::lines`], however long the field is.
    pub(super) fn divided(
        &self,
        said: &str,
        fields: &Fields<'_>,
        most: usize,
        left_out: &LeftOut,
    ) -> Vec<Line> {
        let places: Vec<Field<'_>> = self.fields().filter(|field| field.name == said).collect();
        let (Some(value), [field]) = (fields.get(said), places.as_slice()) else {
            return vec![self.line(fields, left_out)];
        };
        if field.place != Place::Prose {
            return vec![self.line(fields, left_out)];
        }
        let around = self.around(said, fields, left_out);
        let partings = usize::from(around[0].ends_with('@')) + usize::from(names_everyone(&around[1]));
        let room = self
            .shape
            .limit()
            .saturating_sub(units(&around.concat()) + partings);
        if room < NOTED_FROM {
            return vec![self.line(fields, left_out)];
        }
        let parts = split_marked(value.as_marked(), room, most, left_out).parts;
        let [before, behind] = around;
        let whole = |part: String| {
            let mut line = before.clone();
            push_apart(&mut line, &addressed(value, part, field.behind));
            push_apart(&mut line, &behind);
            Line::of(line)
        };
        let lines: Vec<Line> = parts.into_iter().map(whole).collect();
        if lines.is_empty() {
            return vec![self.line(fields, left_out)];
        }
        lines
    }

    /// What stands before and behind a field that it names once.
    fn around(&self, said: &str, fields: &Fields<'_>, left_out: &LeftOut) -> [String; 2] {
        let at = self
            .pieces
            .iter()
            .position(|piece| matches!(piece, Piece::Field { name, .. } if &**name == said))
            .unwrap_or(self.pieces.len());
        let side = |pieces: &[Piece]| {
            let template = Self {
                pieces: pieces.to_vec(),
                shape: self.shape,
            };
            template.text(fields, left_out)
        };
        [
            side(&self.pieces[..at]),
            side(self.pieces.get(at + 1..).unwrap_or_default()),
        ]
    }

    fn make_fit(&self, shown: &mut [Shown<'_>], limit: usize, left_out: &LeftOut) {
        let fixed: usize = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => units(text),
                // For the parting behind an `@`.
                Piece::Field { .. } => 1,
            })
            .sum();
        for _ in 0..shown.len() {
            let used = fixed + shown.iter().map(|shown| shown.units).sum::<usize>();
            let Some(longest) = shown.iter_mut().max_by_key(|shown| shown.units) else {
                return;
            };
            if used <= limit {
                return;
            }
            let room = limit.saturating_sub(used - longest.units).max(LEAST_ROOM);
            longest.cut(room, left_out);
        }
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Field { name, place, behind } => Some(Field {
                name,
                place: *place,
                behind: *behind,
            }),
        })
    }
}

fn addressed(value: &Value, escaped: String, behind: Behind) -> String {
    match value.addresses() {
        Addresses::Quiet => escaped,
        Addresses::Previewed => bare_addresses(&escaped, behind),
    }
}

/// Adds a piece so that an `@` at the end of the text and a word at the beginning of the piece stay two things.
pub(super) fn push_apart(out: &mut String, piece: &str) {
    if out.ends_with('@') && names_everyone(piece) {
        out.push(PARTING);
    }
    out.push_str(piece);
}
