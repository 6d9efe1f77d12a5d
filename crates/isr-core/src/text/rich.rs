//! Makes the game's rich text readable where there are no icons.
//!
//! Owns what a tag reads as. The markup itself is cut by the grammar; what it does not know stays as it was typed.
//! Takes cleaned text and gives text that still has to be escaped: a name in a tag is as hostile as any other.
//! Must not know Discord. Cannot fail.

use std::borrow::Cow;

use factorio_log::rich_text::{Gps, Params, Segment, segments};

use super::emoji::EmojiMap;
use super::marked::{Mark, Marked};

/// The words for what a tag shows, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RichWords {
    /// Before the number of a train.
    pub train: String,
    /// Before the number of a train stop.
    pub train_stop: String,
    /// Before the number of a platform.
    pub space_platform: String,
    /// For a blueprint or a planner, whose name in the game (`internal_3`) tells nobody anything.
    pub blueprint: String,
    /// Before the name of a player whose armor is shown.
    pub armor: String,
}

impl Default for RichWords {
    fn default() -> Self {
        Self {
            train: "train".to_owned(),
            train_stop: "train stop".to_owned(),
            space_platform: "space platform".to_owned(),
            blueprint: "(blueprint)".to_owned(),
            armor: "armor of".to_owned(),
        }
    }
}

/// Replaces rich text by English words: `[item=iron-plate,quality=rare]` becomes `iron plate (rare)`, `[gps=1,2]`
/// becomes `📍 1, 2`, colours and fonts go. Text without markup is borrowed.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    if !text.contains('[') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(illustrated(text, &RichWords::default(), &EmojiMap::default()).plain())
}

/// As [`readable`], in any language, and with the emoji of a Discord server for what has one.
#[must_use]
pub fn illustrated(text: &str, words: &RichWords, emoji: &EmojiMap) -> Marked {
    if !text.contains('[') {
        return Marked::text(text);
    }
    let mut out = Marked::default();
    let mut after_tag = false;
    for segment in segments(text.as_bytes()) {
        match segment {
            Segment::Text(plain) => {
                out.push_text(&String::from_utf8_lossy(plain));
                after_tag = false;
            }
            Segment::Tag { name, value, params } => {
                if after_tag {
                    // In the game these are pictures side by side; words need a space.
                    out.push_text(" ");
                }
                push_tag(&mut out, Tag { name, value, params }, words, emoji);
                after_tag = true;
            }
            Segment::Open { .. } | Segment::Close(_) => {}
        }
    }
    out
}

struct Tag<'a> {
    name: &'a [u8],
    value: &'a [u8],
    params: Params<'a>,
}

fn push_tag(out: &mut Marked, tag: Tag<'_>, words: &RichWords, emoji: &EmojiMap) {
    let value = String::from_utf8_lossy(tag.value);
    let numbered = |word: &str| format!("{word} {value}");
    match tag.name {
        b"gps" => out.push_text(&place(&value)),
        b"train" => out.push_text(&numbered(&words.train)),
        b"train-stop" => out.push_text(&numbered(&words.train_stop)),
        b"space-platform" => out.push_text(&numbered(&words.space_platform)),
        b"special-item" => out.push_text(&words.blueprint),
        b"armor" => out.push_text(&numbered(&words.armor)),
        // `class/name`: the class says which picture book, the name what is in the picture.
        b"img" | b"sprite" => push_thing(out, value.rsplit(['/', '.']).next().unwrap_or(&value), emoji),
        _ => push_thing(out, &value, emoji),
    }
    for (_, quality) in tag.params.filter(|(key, _)| *key == b"quality") {
        out.push_text(" (");
        push_thing(out, &String::from_utf8_lossy(quality), emoji);
        out.push_text(")");
    }
}

/// The name of something in the game: its emoji, or its words.
fn push_thing(out: &mut Marked, name: &str, emoji: &EmojiMap) {
    match emoji.get(name) {
        Some(emoji) => out.push_mark(Mark::emoji(emoji, name)),
        None => out.push_text(&name.replace('-', " ")),
    }
}

/// `x,y` or `x,y,surface`, each part as it was written.
fn place(value: &str) -> String {
    match (
        Gps::parse(value.as_bytes()),
        value.splitn(3, ',').collect::<Vec<_>>().as_slice(),
    ) {
        (Some(Gps { surface: Some(_), .. }), [x, y, surface]) => format!("📍 {x}, {y} ({surface})"),
        (Some(_), [x, y, ..]) => format!("📍 {x}, {y}"),
        _ => format!("[gps={value}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Emoji, Place, shorten};

    #[test]
    fn tags_become_words() {
        let cases = [
            ("need [item=iron-plate] now", "need iron plate now"),
            ("[item=inserter,quality=rare]", "inserter (rare)"),
            ("[gps=98,69]", "📍 98, 69"),
            ("[gps=-1.5,2,nauvis]", "📍 -1.5, 2 (nauvis)"),
            ("[img=item/iron-plate] [sprite=fluid.water]", "iron plate water"),
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
                "signal A automation",
            ),
            ("[color=red]hot[/color] [font=default-bold]x[.font]", "hot x"),
        ];
        for (raw, shown) in cases {
            assert_eq!(readable(raw), shown, "{raw}");
        }
    }

    #[test]
    fn things_with_an_emoji_show_it_and_other_languages_have_other_words() {
        let iron = Emoji::parse("<:iron:123456789012345678>").unwrap();
        let mut emoji = EmojiMap::default();
        emoji.insert("iron-plate", iron);
        let words = RichWords {
            train: "Zug".to_owned(),
            ..RichWords::default()
        };
        let shown = illustrated("[train=4] *[item=iron-plate,quality=rare]", &words, &emoji);
        assert_eq!(shown.plain(), "Zug 4 *iron-plate (rare)");
        let line = shorten(&shown, Place::Prose, 100);
        assert_eq!(line, r"Zug 4 \*<:iron:123456789012345678> (rare)");
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
