//! One embed: checked JSON.
//!
//! Owns Discord's limits of an embed, so that what breaks them costs one delivery and never a request. Must not know
//! who wrote it. Fails with the limit that is broken.

use serde::Serialize;
use serde_json::Value;

/// How many embeds a message may have.
pub const EMBED_LIMIT: usize = 10;
/// The most code points of all embeds of a message together.
pub const EMBEDS_LENGTH_LIMIT: usize = 6000;
/// Fields of one embed.
const FIELD_LIMIT: usize = 25;
/// The largest colour.
const LAST_COLOUR: u64 = 0xff_ff_ff;

/// Path inside an embed and the most code points there.
const TEXTS: [(&str, usize); 4] = [
    ("/title", 256),
    ("/description", 4096),
    ("/footer/text", 2048),
    ("/author/name", 256),
];
/// The same, inside a field.
const FIELD_TEXTS: [(&str, usize); 2] = [("/name", 256), ("/value", 1024)];

/// An embed that Discord accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Embed {
    json: Value,
    #[serde(skip)]
    length: usize,
}

impl Embed {
    /// Reads the JSON of one embed, as Discord's API has it.
    ///
    /// # Errors
    /// [`EmbedFault`] when Discord would refuse it.
    pub fn parse(text: &str) -> Result<Self, EmbedFault> {
        let json: Value = serde_json::from_str(text).map_err(|_| EmbedFault::NotAnObject)?;
        let length = length_of(&json)?;
        Ok(Self { json, length })
    }

    /// The code points that count towards [`EMBEDS_LENGTH_LIMIT`].
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The JSON.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.json
    }
}

/// What Discord would refuse in an embed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmbedFault {
    /// Not JSON, or not an object.
    #[error("the embed is not a JSON object")]
    NotAnObject,
    /// A text is something else, or too long.
    #[error("the embed's {0} is not a text of at most {1} characters")]
    Text(&'static str, usize),
    /// Too many fields, or something else in their place.
    #[error("the embed has more than 25 fields, or they are not a list")]
    Fields,
    /// A field without name or value.
    #[error("a field of the embed has no name or no value")]
    EmptyField,
    /// Not a colour.
    #[error("the embed's colour is not a number from 0 to 16777215")]
    Colour,
    /// Nothing to show.
    #[error("the embed is empty")]
    Empty,
    /// Longer than all embeds of a message may be.
    #[error("the embed is longer than 6000 characters")]
    Long,
}

fn length_of(json: &Value) -> Result<usize, EmbedFault> {
    let object = json.as_object().ok_or(EmbedFault::NotAnObject)?;
    let mut length = lengths(json, &TEXTS)?.iter().sum::<usize>();
    for field in fields(json)? {
        let [name, value] = lengths(field, &FIELD_TEXTS)?;
        if name == 0 || value == 0 {
            return Err(EmbedFault::EmptyField);
        }
        length += name + value;
    }
    match object.get("color") {
        None | Some(Value::Null) => {}
        Some(colour) if colour.as_u64().is_some_and(|colour| colour <= LAST_COLOUR) => {}
        Some(_) => return Err(EmbedFault::Colour),
    }
    let has_picture = ["image", "thumbnail"]
        .iter()
        .any(|name| object.contains_key(*name));
    match length {
        0 if !has_picture => Err(EmbedFault::Empty),
        length if length > EMBEDS_LENGTH_LIMIT => Err(EmbedFault::Long),
        length => Ok(length),
    }
}

fn fields(json: &Value) -> Result<&[Value], EmbedFault> {
    match json.get("fields") {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(fields)) if fields.len() <= FIELD_LIMIT => Ok(fields),
        Some(_) => Err(EmbedFault::Fields),
    }
}

fn lengths<const N: usize>(
    json: &Value,
    texts: &'static [(&'static str, usize); N],
) -> Result<[usize; N], EmbedFault> {
    let mut lengths = [0; N];
    for (length, (path, most)) in lengths.iter_mut().zip(texts) {
        *length = match json.pointer(path) {
            None | Some(Value::Null) => 0,
            Some(Value::String(text)) if text.chars().count() <= *most => text.trim().chars().count(),
            Some(_) => return Err(EmbedFault::Text(path.trim_start_matches('/'), *most)),
        };
    }
    Ok(lengths)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn length(json: &Value) -> Result<usize, EmbedFault> {
        Embed::parse(&json.to_string()).map(|embed| embed.length())
    }

    #[test]
    fn every_limit_of_an_embed_is_kept() {
        let text = |n: usize| "é".repeat(n);
        assert_eq!(
            length(&json!({"title": text(256), "description": text(4096)})),
            Ok(4352)
        );
        assert_eq!(length(&json!({"description": " hi "})), Ok(2));
        assert_eq!(length(&json!({"image": {"url": "https://e.org/a.png"}})), Ok(0));
        let field = json!({"name": text(256), "value": text(1024)});
        let cases = [
            (json!([]), EmbedFault::NotAnObject),
            (json!({}), EmbedFault::Empty),
            (json!({"title": text(257)}), EmbedFault::Text("title", 256)),
            (json!({"title": 5}), EmbedFault::Text("title", 256)),
            (
                json!({"footer": {"text": text(2049)}}),
                EmbedFault::Text("footer/text", 2048),
            ),
            (
                json!({"fields": vec![json!({"name": "a", "value": "b"}); 26]}),
                EmbedFault::Fields,
            ),
            (
                json!({"fields": [{"name": "a", "value": " "}]}),
                EmbedFault::EmptyField,
            ),
            (json!({"title": "a", "color": 16_777_216}), EmbedFault::Colour),
            (json!({"title": "a", "color": "red"}), EmbedFault::Colour),
            (
                json!({"fields": [field, field, field, field, field]}),
                EmbedFault::Long,
            ),
        ];
        for (json, fault) in cases {
            assert_eq!(length(&json), Err(fault), "{json}");
        }
        assert_eq!(Embed::parse("{"), Err(EmbedFault::NotAnObject));
    }
}
