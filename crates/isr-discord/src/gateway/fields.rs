//! Discord's JSON, read leniently: one object, and fields that are there or are not.
//!
//! Owns the lesson of Discord's change log: unknown fields, nulls, new enum values and snowflakes as text or number
//! never break an event. What cannot be read is absent; whoever needs a field decides what its absence means. What
//! nobody asks for is never built. Nothing here fails, and what it keeps is bounded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Most elements of a list that are read; Discord's lists of a message have at most 100, a server has 500 channels.
const LIST_LIMIT: usize = 2000;
/// The longest text that is kept, in bytes. Discord's longest has 6,000 characters.
const TEXT_LIMIT: usize = 24 * 1024;

/// An object whose fields are read on demand.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    /// The object in this text; without fields when it is none.
    pub(super) fn read(json: &'a str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|value| value.get())
    }

    fn typed<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.raw(name)?).ok()
    }

    /// Whether the field is there, whatever it holds, null excepted.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| value != "null")
    }

    /// A snowflake, as text or number. Zero is none.
    pub(super) fn id(&self, name: &str) -> Option<u64> {
        number(self.raw(name)?).filter(|id| *id != 0)
    }

    /// A whole number, as text or number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        number(self.raw(name)?)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.typed(name)
    }

    /// A text, cut to a length that no text of Discord reaches.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text: String = self.typed(name)?;
        Some(cut(text))
    }

    /// A text that is not empty.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    pub(super) fn object(&self, name: &str) -> Option<Self> {
        self.raw(name)
            .filter(|json| json.starts_with('{'))
            .map(Self::read)
    }

    /// The elements of a list, as they stand.
    fn elements(&self, name: &str) -> Vec<&'a str> {
        let list: Option<Elements<'a>> = self.raw(name).and_then(|json| serde_json::from_str(json).ok());
        list.map(|list| list.0).unwrap_or_default()
    }

    /// The objects in a list.
    pub(super) fn objects(&self, name: &str) -> impl Iterator<Item = Self> {
        let objects = self
            .elements(name)
            .into_iter()
            .filter(|json| json.starts_with('{'));
        objects.map(Self::read)
    }

    /// The snowflakes in a list.
    pub(super) fn ids(&self, name: &str) -> Vec<u64> {
        self.elements(name).into_iter().filter_map(number).collect()
    }

    /// The texts in a list.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.elements(name).into_iter();
        texts
            .filter_map(|json| serde_json::from_str(json).ok().map(cut))
            .collect()
    }
}

fn number(json: &str) -> Option<u64> {
    let digits = json.trim_matches('"');
    digits.parse().ok()
}

fn cut(mut text: String) -> String {
    if text.len() > TEXT_LIMIT {
        let end = (0..=TEXT_LIMIT)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.shrink_to_fit();
    }
    text
}

/// The first elements of a list; the rest is passed over.
struct Elements<'a>(Vec<&'a str>);

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Elements<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while found.len() < LIST_LIMIT {
                    let Some(element) = list.next_element::<&RawValue>()? else {
                        return Ok(Elements(found));
                    };
                    found.push(element.get());
                }
                while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Elements(found))
            }
        }

        from.deserialize_seq(Reader)
    }
}

/// One payload of the gateway, opened but not read.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) op: u64,
    pub(super) seq: Option<u64>,
    pub(super) name: Cow<'a, str>,
    data: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// Opens a payload. None when it is not an object with an opcode.
    pub(super) fn open(json: &'a str) -> Option<Self> {
        let outer = Fields::read(json);
        Some(Self {
            op: outer.number("op")?,
            seq: outer.number("s"),
            name: outer.text("t").map_or(Cow::Borrowed(""), Cow::Owned),
            data: outer.raw("d"),
        })
    }

    /// What it carries, as an object.
    pub(super) fn data(&self) -> Fields<'a> {
        self.data.map(Fields::read).unwrap_or_default()
    }

    /// Whether it carries `true`.
    pub(super) fn is_true(&self) -> bool {
        self.data == Some("true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_absent_and_the_rest_stays() {
        let json = r#"{"id":"7","other":8,"text":"a\"b","odd":{"x":[1,{"y":2}]},"none":null,"list":["1",2,null,{"id":"3"},"x"],"op":"1"}"#;
        let fields = Fields::read(json);
        assert_eq!((fields.id("id"), fields.id("other")), (Some(7), Some(8)));
        assert_eq!(fields.text("text").as_deref(), Some("a\"b"));
        assert_eq!(fields.id("text"), None);
        assert_eq!(fields.text("odd"), None);
        assert!(!fields.has("none") && !fields.has("missing") && fields.has("odd"));
        assert_eq!(fields.ids("list"), [1, 2]);
        assert_eq!(fields.texts("list"), ["1", "x"]);
        assert_eq!(fields.objects("list").next().unwrap().id("id"), Some(3));
        assert!(fields.object("none").is_none());
        assert_eq!(fields.objects("id").count(), 0);
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        for odd in ["", "null", "[1]", "{\"a\":", "5", "\u{0}"] {
            assert!(Fields::read(odd).0.is_empty(), "{odd}");
        }
        let deep = "{\"a\":".repeat(5000) + "1" + &"}".repeat(5000);
        assert_eq!(Fields::read(&deep).id("a"), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "ä".repeat(TEXT_LIMIT);
        let list = vec!["1"; LIST_LIMIT + 50].join(",");
        let json = format!("{{\"text\":\"{long}\",\"list\":[{list}]}}");
        let fields = Fields::read(&json);
        assert_eq!(fields.text("text").unwrap().len(), TEXT_LIMIT);
        assert_eq!(fields.ids("list").len(), LIST_LIMIT);
    }

    #[test]
    fn a_frame_needs_only_its_opcode() {
        let frame = Frame::open(r#"{"op":0,"s":42,"t":"MESSAGE_CREATE","d":{"id":"5"},"new":true}"#).unwrap();
        assert_eq!(
            (frame.op, frame.seq, &*frame.name),
            (0, Some(42), "MESSAGE_CREATE")
        );
        assert_eq!(frame.data().id("id"), Some(5));
        let frame = Frame::open(r#"{"op":9,"d":true,"s":null,"t":null}"#).unwrap();
        assert!(frame.is_true() && frame.seq.is_none() && frame.name.is_empty());
        assert!(Frame::open("{}").is_none());
        assert!(Frame::open("[]").is_none());
    }
}
