//! The short way from a template to its text: everything is written once, straight into the text.
//!
//! Owns the question whether nothing can have to be cut, which it asks of lengths alone, on the safe side. Nearly all
//! events are told this way; what comes out is what [`render`](super::render) makes of the same values. Must not know
//! events. Cannot fail: where it is not sure it gives nothing.

use super::fields::{Addresses, Fields};
use super::render::{PARTING, push_apart};
use super::{Piece, Template};
use crate::text::{Place, most_units, names_everyone, push_whole};

/// Up to so many UTF-16 units no web address is so long that it is shown as plain text.
const SHORT: usize = 800;
/// Room for some escapes.
const SPARE_BYTES: usize = 16;

impl Template {
    /// The text with its values, where all of it takes less than half of the room.
    pub(super) fn short_text(&self, limit: usize, fields: &Fields<'_>) -> Option<String> {
        let (mut literals, mut values) = (0, 0);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => literals += text.len(),
                Piece::Field { name, .. } => {
                    // For a space in code, or for the parting behind an `@`.
                    values += 1;
                    let Some(value) = fields.get(name) else { continue };
                    let most = most_units(value.as_marked());
                    if most > value.room() / 2 || value.addresses() == Addresses::Previewed {
                        return None;
                    }
                    values += most;
                }
            }
        }
        if literals + values > SHORT.min(limit / 2) {
            return None;
        }
        let mut out = String::with_capacity(literals + values / 3 + SPARE_BYTES);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => push_apart(&mut out, text),
                Piece::Field { name, place, .. } => push_value(&mut out, name, *place, fields),
            }
        }
        Some(out)
    }
}

fn push_value(out: &mut String, name: &str, place: Place, fields: &Fields<'_>) {
    let begin = out.len();
    if let Some(value) = fields.get(name) {
        push_whole(out, value.as_marked(), place);
    }
    if out.len() == begin && place == Place::Code {
        // Two back-ticks side by side would be one mark of another kind.
        out.push(' ');
    }
    if out[..begin].ends_with('@') && names_everyone(&out[begin..]) {
        out.insert(begin, PARTING);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Line, Value};
    use super::*;
    use crate::text::{LeftOut, Mark, Marked};

    const TEMPLATES: [&str; 8] = [
        "**{player}**: {text}",
        "{text}",
        "{text} {text}",
        "`{text}` x@{text}",
        "[{player}](https://a.b/{text}) {text}!",
        "@{player}here",
        "1{text}. @{text}everyone",
        "{player} {none} `{none}`",
    ];

    fn values() -> Vec<Value> {
        let texts = [
            "",
            "hi",
            "@everyone",
            "here",
            "*b* _i_ `c` ~~s~~",
            "12. x",
            "1",
            "https://a.b/c_d|e.",
            "•",
            "- 💬 größe",
            "a@",
            "<@1> :smile: http://",
        ];
        let long = [
            "h".repeat(120),
            "https://a.b/|".repeat(20),
            "*".repeat(260),
            "é x ".repeat(500),
        ];
        let mut marked = Marked::text("a@");
        marked.push_mark(Mark::role(7, "@here"));
        marked.push_text("here");
        let texts = texts.into_iter().map(str::to_owned).chain(long);
        let mut values: Vec<Value> = texts.map(|text| Value::marked(Marked::text(&text))).collect();
        values.push(Value::marked(marked));
        let bounded: Vec<Value> = values.iter().map(|value| value.clone().within(100)).collect();
        values.extend(bounded);
        values
    }

    #[test]
    fn the_short_way_leads_to_the_same_text() {
        let left_out = LeftOut::default();
        let mut short = 0;
        for template in TEMPLATES.map(|text| Template::parse(text, &["player", "text", "none"]).unwrap()) {
            for player in values() {
                for text in values() {
                    let fields = Fields::new().with("player", player.clone()).with("text", text);
                    let limit = Line::LIMIT;
                    let Some(found) = template.short_text(limit, &fields) else {
                        continue;
                    };
                    short += 1;
                    assert_eq!(
                        found,
                        template.fitted_text(limit, &fields, &left_out),
                        "{template:?}"
                    );
                    let lines = template.divided("text", &fields, 5, &left_out);
                    assert_eq!(lines, [Line::of(found)], "{template:?}");
                }
            }
        }
        assert!(short > 1000, "{short}");
    }
}
