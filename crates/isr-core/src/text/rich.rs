//! Makes the game's rich text readable where there are no icons.
//!
//! Owns what a tag reads as. The markup itself is cut by the grammar; what it does not know stays as it was typed.
//! Takes cleaned text and gives text that still has to be escaped: a name in a tag is as hostile as any other.
//! Must not know Discord. Cannot fail.

use std::borrow::Cow;

use factorio_log::rich_text::{Gps, Params, Segment, segments};

/// Replaces rich text by words: `[item=iron-plate,quality=rare]` becomes `iron-plate (rare)`, `[gps=1,2]` becomes
/// `📍 1, 2`, colours and fonts go. Text without markup is borrowed.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    if !text.contains('[') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for segment in segments(text.as_bytes()) {
        match segment {
            Segment::Text(plain) => out.push_str(&String::from_utf8_lossy(plain)),
            Segment::Tag { name, value, params } => push_tag(&mut out, name, value, params),
            Segment::Open { .. } | Segment::Close(_) => {}
        }
    }
    Cow::Owned(out)
}

fn push_tag(out: &mut String, name: &[u8], value: &[u8], params: Params<'_>) {
    let shown = String::from_utf8_lossy(value);
    match name {
        b"gps" => push_place(out, &shown),
        // `class/name`: the class says which picture book, the name what is in the picture.
        b"img" | b"sprite" => out.push_str(shown.rsplit('/').next().unwrap_or(&shown)),
        b"train" | b"train-stop" | b"space-platform" => {
            out.push_str(&String::from_utf8_lossy(name).replace('-', " "));
            out.push(' ');
            out.push_str(&shown);
        }
        // The game's name for a blueprint or a planner in chat: `internal_3` tells nobody anything.
        b"special-item" => out.push_str("(blueprint)"),
        b"armor" => {
            out.push_str("armor of ");
            out.push_str(&shown);
        }
        _ => out.push_str(&shown),
    }
    for (_, quality) in params.filter(|(key, _)| *key == b"quality") {
        out.push_str(" (");
        out.push_str(&String::from_utf8_lossy(quality));
        out.push(')');
    }
}

/// `x,y` or `x,y,surface`, each part as it was written.
fn push_place(out: &mut String, value: &str) {
    let shown = match (
        Gps::parse(value.as_bytes()),
        value.splitn(3, ',').collect::<Vec<_>>().as_slice(),
    ) {
        (Some(Gps { surface: Some(_), .. }), [x, y, surface]) => format!("📍 {x}, {y} ({surface})"),
        (Some(_), [x, y, ..]) => format!("📍 {x}, {y}"),
        _ => format!("[gps={value}]"),
    };
    out.push_str(&shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_words() {
        let cases = [
            ("need [item=iron-plate] now", "need iron-plate now"),
            ("[item=inserter,quality=rare]", "inserter (rare)"),
            ("[gps=98,69]", "📍 98, 69"),
            ("[gps=-1.5,2,nauvis]", "📍 -1.5, 2 (nauvis)"),
            (
                "[img=item/iron-plate] [sprite=fluid.water]",
                "iron-plate fluid.water",
            ),
            (
                "[train=12] [train-stop=7] [space-platform=3]",
                "train 12 train stop 7 space platform 3",
            ),
            (
                "[special-item=internal_3] [armor=Bob]",
                "(blueprint) armor of Bob",
            ),
            (
                "[virtual-signal=signal-A][technology=automation]",
                "signal-Aautomation",
            ),
            ("[color=red]hot[/color] [font=default-bold]x[.font]", "hot x"),
        ];
        for (raw, shown) in cases {
            assert_eq!(readable(raw), shown, "{raw}");
        }
    }

    #[test]
    fn what_is_no_rich_text_stays() {
        for text in [
            "plain",
            "[foo=bar] [x] [",
            "[JOIN] Bob joined the game",
            "[item=]",
            "[gps=a,b]",
        ] {
            assert_eq!(readable(text), text);
        }
    }
}
