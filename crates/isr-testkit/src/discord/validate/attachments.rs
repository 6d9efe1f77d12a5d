//! Files and the list that describes them.
//!
//! Owns Discord's limits of files. A file that no entry of the list describes is noted: it would stand there without a
//! word for those who do not see it. Cannot fail.

use serde_json::Value;

use super::{Checked, Kind, Rule, Upload};

const MOST_FILES: usize = 10;
const FILE_LIMIT: usize = 10 << 20;
const DESCRIPTION_LIMIT: usize = 1024;
const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn check(checked: &mut Checked, kind: Kind, listed: Option<&Value>, files: &[Upload]) {
    let listed = match listed {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(_) => return bad(checked, "attachments is not a list"),
    };
    if files.len().max(listed.len()) > MOST_FILES {
        bad(checked, "more than 10 files");
    }
    for file in files {
        if file.bytes.len() > FILE_LIMIT {
            bad(checked, "a file of more than 10 MiB");
        }
        if file.kind == "image/png" && !file.bytes.starts_with(PNG_MAGIC) {
            checked.note(Rule::Attachments, "a PNG file that is none");
        }
        if file.description.as_deref().is_none_or(str::is_empty) {
            checked.note(Rule::Attachments, format!("{:?} has no description", file.name));
        }
    }
    for entry in listed {
        one(checked, kind, entry, files);
    }
}

fn one(checked: &mut Checked, kind: Kind, entry: &Value, files: &[Upload]) {
    let id = entry["id"]
        .as_u64()
        .or_else(|| entry["id"].as_str()?.parse().ok());
    let is_known = id.is_some_and(|id| files.iter().any(|file| file.number == id));
    // An edit also lists what is there already.
    if !is_known && kind == Kind::NewMessage {
        bad(checked, "an attachment that is no file of the request");
    }
    let too_long = |text: &str| text.chars().count() > DESCRIPTION_LIMIT;
    if entry["description"].as_str().is_some_and(too_long) {
        bad(checked, "a description of more than 1024 code points");
    }
}

fn bad(checked: &mut Checked, detail: &str) {
    checked.refuse(Rule::Attachments, "attachments", "BASE_TYPE_BAD_LENGTH", detail);
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::super::check_with;
    use super::*;

    fn checked(attachments: Value, description: Option<&str>, bytes: &'static [u8]) -> Checked {
        let form = json!({"attachments": attachments, "allowed_mentions": {"parse": []}});
        let file = Upload {
            number: 0,
            name: "a.png".into(),
            kind: "image/png".into(),
            description: description.map(str::to_owned),
            bytes: Bytes::from_static(bytes),
        };
        check_with(Kind::NewMessage, form.to_string().as_bytes(), vec![file])
    }

    #[test]
    fn files_are_described_and_within_their_limits() {
        let good = checked(
            json!([{"id": 0, "description": "a chart"}]),
            Some("a chart"),
            PNG_MAGIC,
        );
        assert!(good.refused.is_none() && good.broken.is_empty(), "{good:?}");
        let silent = checked(json!([]), None, PNG_MAGIC);
        assert!(silent.refused.is_none());
        assert_eq!(silent.broken[0].0, Rule::Attachments);
        assert_eq!(checked(json!([]), Some("x"), b"GIF").broken.len(), 1);
        assert!(
            checked(json!([{"id": 3}]), Some("x"), PNG_MAGIC)
                .refused
                .is_some()
        );
        let long = json!([{"id": 0, "description": "x".repeat(1025)}]);
        assert!(checked(long, Some("x"), PNG_MAGIC).refused.is_some());
    }
}
