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
}
