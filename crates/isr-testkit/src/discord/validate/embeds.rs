//! Limits of embeds.
//!
//! Owns the length of each part and their sum (6,000 code points over all embeds of a message). Cannot fail.

use serde_json::Value;

use super::{Checked, Rule};

const SUPPRESS_EMBEDS: u64 = 1 << 2;

/// Parts of an embed that are addresses.
const ADDRESSES: [&str; 6] = [
    "/url",
    "/image/url",
    "/thumbnail/url",
    "/author/url",
    "/author/icon_url",
    "/footer/icon_url",
];

/// Path inside an embed and the most code points there.
const TEXTS: [(&str, usize); 4] = [
    ("/title", 256),
    ("/description", 4096),
    ("/footer/text", 2048),
    ("/author/name", 256),
];

/// What an embed of ours may hold, and its parts.
const KNOWN: [&str; 11] = [
    "title",
    "type",
    "description",
    "url",
    "timestamp",
    "color",
    "footer",
    "image",
    "thumbnail",
    "author",
    "fields",
];
const KNOWN_OF_PARTS: [(&str, &[&str]); 4] = [
    ("footer", &["text", "icon_url"]),
    ("author", &["name", "url", "icon_url"]),
    ("image", &["url"]),
    ("thumbnail", &["url"]),
];
const KNOWN_OF_FIELDS: [&str; 3] = ["name", "value", "inline"];

pub(super) fn check(checked: &mut Checked, value: Option<&Value>) {
    let embeds = match value {
        None | Some(Value::Null) => return,
        Some(Value::Array(embeds)) => embeds,
        Some(_) => return bad(checked, "not a list"),
    };
    if embeds.len() > 10 {
        bad(checked, "more than 10");
    }
    let total: usize = embeds.iter().map(|embed| one(checked, embed)).sum();
    if total > 6000 {
        bad(checked, &format!("{total} code points in all"));
    }
    if !embeds.is_empty() && checked.form.flags & SUPPRESS_EMBEDS != 0 {
        checked.note(Rule::Flags, "SUPPRESS_EMBEDS hides the message's own embeds");
    }
    checked.form.embeds.clone_from(embeds);
    checked.form.edited_embeds = Some(embeds.clone());
}

/// Checks one embed and counts what adds to the sum.
fn one(checked: &mut Checked, embed: &Value) -> usize {
    if !embed.is_object() {
        bad(checked, "an embed is not an object");
    }
    only(checked, embed, &KNOWN);
    for (part, known) in KNOWN_OF_PARTS {
        only(checked, &embed[part], known);
        let text = if part == "footer" { "text" } else { "name" };
        let is_silent = embed[part][text]
            .as_str()
            .is_none_or(|text| text.trim().is_empty());
        if matches!(part, "footer" | "author") && embed[part].is_object() && is_silent {
            bad(checked, &format!("{part} without a {text}"));
        }
    }
    if embed
        .get("timestamp")
        .is_some_and(|stamp| !stamp.is_null() && !stamp.as_str().is_some_and(is_stamp))
    {
        bad(checked, "timestamp is no moment in ISO 8601");
    }
    if embed
        .get("fields")
        .is_some_and(|fields| !fields.is_null() && !fields.is_array())
    {
        bad(checked, "fields is not a list");
    }
    let mut total: usize = TEXTS
        .iter()
        .map(|(path, most)| text(checked, embed, path, *most))
        .sum();
    let fields = embed
        .get("fields")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if fields.len() > 25 {
        bad(checked, "more than 25 fields");
    }
    for field in fields {
        only(checked, field, &KNOWN_OF_FIELDS);
        if field.get("inline").is_some_and(|inline| !inline.is_boolean()) {
            bad(checked, "inline is neither true nor false");
        }
        for (path, most) in [("/name", 256), ("/value", 1024)] {
            let length = text(checked, field, path, most);
            if length == 0 {
                bad(checked, "a field without name or value");
            }
            total += length;
        }
    }
    if embed
        .get("color")
        .is_some_and(|color| color.as_u64().is_none_or(|color| color > 0xff_ffff))
    {
        bad(checked, "a colour beyond 16777215");
    }
    if total == 0 && embed.get("image").is_none() && embed.get("thumbnail").is_none() {
        bad(checked, "an embed without anything to show");
    }
    for path in ADDRESSES {
        let is_good = |address: &str| {
            ["https://", "http://", "attachment://"]
                .iter()
                .any(|scheme| address.starts_with(scheme))
                && address.chars().count() <= 2048
        };
        if embed
            .pointer(path)
            .is_some_and(|address| !address.is_null() && !address.as_str().is_some_and(is_good))
        {
            bad(checked, &format!("{path} is not a web address"));
        }
    }
    total
}

/// A field that Discord does not know is ignored without a word.
fn only(checked: &mut Checked, part: &Value, known: &[&str]) {
    for name in part.as_object().into_iter().flat_map(|fields| fields.keys()) {
        if !known.contains(&name.as_str()) {
            checked.note(
                Rule::UnknownField,
                format!("{name:?} of an embed would be ignored"),
            );
        }
    }
}

/// `2026-11-26T20:15:00`, with parts of a second, and `Z` or an offset, or nothing behind.
fn is_stamp(text: &str) -> bool {
    let digits = |at: std::ops::Range<usize>| {
        text.get(at)
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    [0..4, 5..7, 8..10, 11..13, 14..16, 17..19]
        .into_iter()
        .all(digits)
        && signs
            .into_iter()
            .all(|(at, sign)| text.as_bytes().get(at) == Some(&sign))
}

fn text(checked: &mut Checked, of: &Value, path: &str, most: usize) -> usize {
    let length = match of.pointer(path) {
        None | Some(Value::Null) => 0,
        Some(Value::String(text)) => text.trim().chars().count(),
        Some(_) => {
            bad(checked, &format!("{path} is not a text"));
            0
        }
    };
    if length > most {
        bad(checked, &format!("{path} has {length} code points"));
    }
    length
}

fn bad(checked: &mut Checked, detail: &str) {
    checked.refuse(Rule::Embeds, "embeds", "BASE_TYPE_BAD_LENGTH", detail);
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, check};
    use serde_json::{Value, json};

    fn refused(embeds: Value) -> bool {
        let form = json!({"embeds": embeds, "allowed_mentions": {"parse": []}});
        check(Kind::NewMessage, form.to_string().as_bytes())
            .refused
            .is_some()
    }

    #[test]
    fn embeds_are_within_their_limits() {
        let text = |n: usize| "x".repeat(n);
        assert!(!refused(json!([{"title": text(256), "description": text(4096)}])));
        assert!(refused(json!([{"title": text(257)}])));
        assert!(refused(
            json!([{"description": text(4096)}, {"description": text(1905)}])
        ));
        assert!(refused(json!(vec![json!({"title": "x"}); 11])));
        assert!(refused(
            json!([{"fields": vec![json!({"name": "a", "value": "b"}); 26]}])
        ));
        assert!(refused(json!([{"fields": [{"name": "a", "value": ""}]}])));
        assert!(refused(json!([{"title": "x", "color": 16_777_216}])));
        assert!(refused(json!([{"color": 5}])));
        assert!(refused(json!([{"title": "x", "url": "example.org"}])));
        assert!(!refused(json!([{"title": "x", "url": "https://example.org"}])));
        assert!(refused(json!([])), "an empty list is an empty message");
    }

    #[test]
    fn parts_of_embeds_have_their_types() {
        let with = |name: &str, value: Value| {
            let mut embed = json!({"title": "x"});
            embed[name] = value;
            json!([embed])
        };
        assert!(!refused(with("timestamp", json!("2026-11-26T20:15:00.123Z"))));
        assert!(refused(with("timestamp", json!("20:15"))));
        assert!(refused(with("timestamp", json!(1_795_724_100))));
        assert!(refused(with("footer", json!({"text": " "}))));
        assert!(refused(with("author", json!({"url": "https://example.org"}))));
        assert!(refused(with("fields", json!({"name": "a", "value": "b"}))));
        assert!(refused(with(
            "fields",
            json!([{"name": "a", "value": "b", "inline": 1}])
        )));
        let ignored = json!({"embeds": with("colour", json!(5)), "allowed_mentions": {"parse": []}});
        assert_eq!(
            check(Kind::NewMessage, ignored.to_string().as_bytes())
                .broken
                .len(),
            1
        );
    }
}
