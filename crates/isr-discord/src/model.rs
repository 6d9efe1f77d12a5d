//! What Discord's answers look like, read leniently.
//!
//! Unknown fields, nulls, missing fields and snowflakes as text or number never break an answer (lesson of Discord's
//! change log): a field that cannot be read is simply absent. Nothing here fails.

use serde::Deserialize;
use serde_json::Value;

/// The message that `?wait=true` returns.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct MessageAnswer {
    #[serde(deserialize_with = "snowflake")]
    pub(crate) id: Option<u64>,
    #[serde(deserialize_with = "snowflake")]
    pub(crate) channel_id: Option<u64>,
}

/// A user or an application that `GET` returns.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct UserAnswer {
    #[serde(deserialize_with = "snowflake")]
    pub(crate) id: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub(crate) username: Option<String>,
}

/// The webhook that `GET` returns.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct WebhookAnswer {
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "snowflake")]
    pub(crate) channel_id: Option<u64>,
    #[serde(deserialize_with = "snowflake")]
    pub(crate) guild_id: Option<u64>,
}

/// The body of an error, a 429 included.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorAnswer {
    #[serde(deserialize_with = "code")]
    pub(crate) code: Option<u32>,
    #[serde(deserialize_with = "text")]
    pub(crate) message: Option<String>,
    #[serde(deserialize_with = "seconds")]
    pub(crate) retry_after: Option<f64>,
    #[serde(deserialize_with = "flag")]
    pub(crate) global: Option<bool>,
    /// The faulty fields of a 50035, as a tree.
    pub(crate) errors: Value,
}

/// Reads a body, or the empty answer when it is not a JSON object.
pub(crate) fn read<T: Default + for<'de> Deserialize<'de>>(body: &[u8]) -> T {
    serde_json::from_slice(body).unwrap_or_default()
}

/// The first fault that a 50035 names, as `field: explanation`.
pub(crate) fn first_fault(errors: &Value) -> Option<String> {
    fault_below(errors, &mut Vec::new(), 8)
}

fn fault_below<'v>(node: &'v Value, path: &mut Vec<&'v str>, depth: u8) -> Option<String> {
    let fields = node.as_object()?;
    if let Some(faults) = fields.get("_errors").and_then(Value::as_array) {
        let explanation = faults.first()?.get("message")?.as_str()?;
        return Some(if path.is_empty() {
            explanation.to_owned()
        } else {
            format!("{}: {explanation}", path.join("."))
        });
    }
    let depth = depth.checked_sub(1)?;
    fields.iter().find_map(|(name, child)| {
        path.push(name);
        let found = fault_below(child, path, depth);
        path.pop();
        found
    })
}

fn snowflake<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

fn code<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    Ok(snowflake(from)?.and_then(|code| u32::try_from(code).ok()))
}

fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

fn flag<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(from)?.as_bool())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snowflakes_are_read_as_text_or_number_and_oddities_are_absent() {
        let read_message = |body: &str| read::<MessageAnswer>(body.as_bytes());
        let both = MessageAnswer {
            id: Some(7),
            channel_id: Some(8),
        };
        assert_eq!(
            read_message(r#"{"id":"7","channel_id":8,"new":{"deep":[1]},"content":null}"#),
            both
        );
        for odd in [
            "",
            "<html>",
            "[]",
            "null",
            "{\"id\":",
            r#"{"id":null}"#,
            r#"{"id":-1,"channel_id":[]}"#,
        ] {
            assert_eq!(read_message(odd), MessageAnswer::default(), "{odd}");
        }
    }

    #[test]
    fn errors_are_read_whatever_their_types() {
        let answer: ErrorAnswer = read(br#"{"code":"50035","message":5,"retry_after":"1.5","global":null}"#);
        assert_eq!(
            (answer.code, answer.message, answer.retry_after),
            (Some(50035), None, Some(1.5))
        );
        assert_eq!(answer.global, None);
    }

    #[test]
    fn the_first_fault_is_named_with_its_path() {
        let body = br#"{"code":50035,"errors":{"embeds":{"0":{"title":{"_errors":[{"code":"X","message":"Too long."}]}}}}}"#;
        let answer: ErrorAnswer = read(body);
        assert_eq!(
            first_fault(&answer.errors).as_deref(),
            Some("embeds.0.title: Too long.")
        );
        assert_eq!(first_fault(&Value::Null), None);
        let deep = "{\"a\":".repeat(100) + "{}" + &"}".repeat(100);
        assert_eq!(first_fault(&serde_json::from_str(&deep).unwrap()), None);
    }
}
