//! Values against schemas: the part of JSON Schema that OpenAPI descriptions use.
//!
//! Owns what each word of a schema demands. Beside what schemas demand, a field that no schema of its object names is a
//! finding: nobody would read it. Of several schemas at choice the one counts that fits; where none does, the findings of
//! the nearest are told. A word of a schema that is not known here is a finding too, so that nothing passes unchecked.
//! Cannot fail.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Map, Value};

/// Words that say nothing about values.
const SILENT: [&str; 10] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "contentEncoding",
    "x-discord-union",
    "readOnly",
    "writeOnly",
];

/// A description in which references are found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schemas<'a> {
    pub(super) root: &'a Value,
}

/// What a schema says of a value.
#[derive(Debug, Default)]
struct Verdict {
    findings: Vec<String>,
    /// The fields that schemas name, of an object.
    named: BTreeSet<String>,
    /// Whether other fields are welcome.
    is_open: bool,
}

impl Verdict {
    fn adopt(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.named.extend(other.named);
        self.is_open |= other.is_open;
    }
}

impl<'a> Schemas<'a> {
    /// What is wrong with a value; each finding begins with its place.
    pub(super) fn findings(&self, schema: &Value, value: &Value) -> Vec<String> {
        self.whole(schema, value, "")
    }

    /// Follows a reference, if it is one.
    pub(super) fn resolved<'s>(&self, node: &'s Value) -> &'s Value
    where
        'a: 's,
    {
        let pointer = node["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .unwrap_or(node)
    }

    fn whole(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let mut verdict = self.judge(schema, value, at);
        if let Some(fields) = value.as_object().filter(|_| !verdict.is_open) {
            let strange = fields.keys().filter(|name| !verdict.named.contains(*name));
            let told: Vec<String> = strange
                .map(|name| format!("{at}/{name}: no schema names it"))
                .collect();
            verdict.findings.extend(told);
        }
        verdict.findings
    }

    fn judge(&self, schema: &Value, value: &Value, at: &str) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(words) = schema.as_object() else {
            verdict.is_open = true;
            return verdict;
        };
        if !["$ref", "oneOf", "anyOf", "allOf", "properties"]
            .iter()
            .any(|word| words.contains_key(*word))
        {
            verdict.is_open = true;
        }
        for (word, demand) in words {
            match word.as_str() {
                "$ref" => verdict.adopt(self.judge(self.resolved(schema), value, at)),
                "allOf" => {
                    for part in demand.as_array().into_iter().flatten() {
                        verdict.adopt(self.judge(part, value, at));
                    }
                }
                "oneOf" | "anyOf" => verdict.adopt(self.choice(demand, value, at)),
                "properties" | "additionalProperties" | "items" | "required" => {}
                word if SILENT.contains(&word) => {}
                word => {
                    if let Some(fault) = plain(word, demand, value) {
                        verdict.findings.push(format!("{at}: {fault}"));
                    }
                }
            }
        }
        if let Some(fields) = value.as_object() {
            self.fields(words, fields, at, &mut verdict);
        }
        if let (Some(items), Some(schema)) = (value.as_array(), words.get("items")) {
            for (number, item) in items.iter().enumerate() {
                let findings = self.whole(schema, item, &format!("{at}/{number}"));
                verdict.findings.extend(findings);
            }
        }
        verdict
    }

    fn fields(
        &self,
        words: &Map<String, Value>,
        fields: &Map<String, Value>,
        at: &str,
        verdict: &mut Verdict,
    ) {
        let known = words.get("properties").and_then(Value::as_object);
        for name in words
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = name.as_str().unwrap_or_default();
            if !fields.contains_key(name) {
                verdict.findings.push(format!("{at}/{name}: is missing"));
            }
        }
        for (name, value) in fields {
            if let Some(schema) = known.and_then(|known| known.get(name)) {
                verdict.named.insert(name.clone());
                let findings = self.whole(schema, value, &format!("{at}/{name}"));
                verdict.findings.extend(findings);
                continue;
            }
            match words.get("additionalProperties") {
                None => {}
                Some(Value::Bool(false)) => verdict.findings.push(format!("{at}/{name}: is not allowed")),
                Some(schema) => {
                    verdict.named.insert(name.clone());
                    let findings = self.whole(schema, value, &format!("{at}/{name}"));
                    verdict.findings.extend(findings);
                }
            }
        }
    }

    /// Several may fit: the unions of this description are not strict.
    fn choice(&self, schemas: &Value, value: &Value, at: &str) -> Verdict {
        let verdicts = schemas.as_array().into_iter().flatten();
        let verdicts: Vec<Verdict> = verdicts.map(|schema| self.judge(schema, value, at)).collect();
        let (fitting, others): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|one| one.findings.is_empty());
        if fitting.is_empty() {
            let nearest = others.into_iter().min_by_key(|one| one.findings.len());
            return nearest.unwrap_or_default();
        }
        let mut all = Verdict::default();
        fitting.into_iter().for_each(|one| all.adopt(one));
        all
    }
}

/// Words that look at one value alone; the fault, if it is one.
fn plain(word: &str, demand: &Value, value: &Value) -> Option<String> {
    let limit = demand.as_u64().unwrap_or(u64::MAX);
    let size = |count: usize| count as u64;
    let holds = match (word, value) {
        ("type", _) => match demand {
            Value::Array(kinds) => kinds.iter().any(|kind| is_of_kind(value, kind)),
            kind => is_of_kind(value, kind),
        },
        // A list with a null in its types may be null whatever it enumerates.
        ("enum", _) => value.is_null() || demand.as_array().is_some_and(|all| all.contains(value)),
        ("const", _) => demand == value,
        ("maxLength", Value::String(text)) => size(text.chars().count()) <= limit,
        ("minLength", Value::String(text)) => size(text.chars().count()) >= limit,
        ("maxItems", Value::Array(items)) => size(items.len()) <= limit,
        ("minItems", Value::Array(items)) => size(items.len()) >= limit,
        ("maxProperties", Value::Object(fields)) => size(fields.len()) <= limit,
        ("minProperties", Value::Object(fields)) => size(fields.len()) >= limit,
        ("uniqueItems", Value::Array(items)) => {
            let different: BTreeSet<String> = items.iter().map(Value::to_string).collect();
            demand != true || different.len() == items.len()
        }
        ("minimum", Value::Number(number)) => number.as_f64() >= demand.as_f64(),
        ("maximum", Value::Number(number)) => number.as_f64() <= demand.as_f64(),
        ("pattern", Value::String(text)) => {
            let pattern = Regex::new(demand.as_str().unwrap_or_default());
            pattern.is_ok_and(|pattern| pattern.is_match(text))
        }
        ("format", value) => return format(demand.as_str().unwrap_or_default(), value),
        (
            "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties" | "minProperties"
            | "uniqueItems" | "minimum" | "maximum" | "pattern",
            _,
        ) => true,
        (word, _) => return Some(format!("the schema's word {word:?} is not known")),
    };
    (!holds).then(|| format!("{} is not {word} {demand}", short(value)))
}

fn is_of_kind(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn format(name: &str, value: &Value) -> Option<String> {
    let holds = match (name, value) {
        ("int32", Value::Number(number)) => number
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        ("int64", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("date-time", Value::String(text)) => text.parse::<jiff::Timestamp>().is_ok(),
        ("uri", Value::String(text)) => {
            let scheme = text.split_once(':').map(|(scheme, _)| scheme);
            scheme
                .is_some_and(|scheme| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()))
                && !text.contains(char::is_whitespace)
        }
        ("snowflake", Value::String(text)) => text.parse::<u64>().is_ok(),
        _ => true,
    };
    (!holds).then(|| format!("{} is no {name}", short(value)))
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(60).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(schema: Value, value: Value) -> Vec<String> {
        let root = json!({"components": {"schemas": {
            "Id": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$", "format": "snowflake"},
        }}});
        Schemas { root: &root }.findings(&schema, &value)
    }

    #[test]
    fn every_word_is_held() {
        let id = json!({"$ref": "#/components/schemas/Id"});
        assert_eq!(found(id.clone(), json!("12")), [""; 0]);
        assert_eq!(found(id.clone(), json!(12)).len(), 1);
        assert_eq!(found(id, json!("x")).len(), 2);
        for (schema, good, bad) in [
            (
                json!({"type": ["string", "null"], "maxLength": 2}),
                json!("äö"),
                json!("abc"),
            ),
            (json!({"type": "string", "minLength": 1}), json!("a"), json!("")),
            (
                json!({"type": "integer", "format": "int32"}),
                json!(5),
                json!(2_147_483_648_u64),
            ),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 3}),
                json!(3),
                json!(4),
            ),
            (
                json!({"type": "array", "items": {"type": "string"}, "maxItems": 2}),
                json!(["a"]),
                json!(["a", 1]),
            ),
            (
                json!({"type": "array", "uniqueItems": true}),
                json!([1, 2]),
                json!([1, 1]),
            ),
            (json!({"enum": [1, 2]}), json!(2), json!(3)),
            (json!({"oneOf": [{"const": 1}, {"const": 2}]}), json!(1), json!(0)),
            (
                json!({"type": "string", "format": "date-time"}),
                json!("2026-11-26T12:00:00.000000+00:00"),
                json!("now"),
            ),
            (
                json!({"type": "string", "format": "uri"}),
                json!("https://e.org"),
                json!("e.org"),
            ),
            (json!({"surprise": 1}), json!(null), json!(null)),
        ] {
            let is_strange = schema.get("surprise").is_some();
            assert_eq!(
                found(schema.clone(), good.clone()).len(),
                usize::from(is_strange),
                "{schema} {good}"
            );
            assert!(!found(schema.clone(), bad.clone()).is_empty(), "{schema} {bad}");
        }
    }

    #[test]
    fn fields_are_required_typed_and_named() {
        let schema = json!({
            "type": "object", "required": ["a"],
            "properties": {"a": {"type": "string"}, "b": {"type": "object", "properties": {"c": {"type": "null"}}}},
        });
        assert_eq!(
            found(schema.clone(), json!({"a": "x", "b": {"c": null}})),
            [""; 0]
        );
        assert_eq!(found(schema.clone(), json!({})), ["/a: is missing"]);
        assert_eq!(
            found(schema.clone(), json!({"a": "x", "d": 1})),
            ["/d: no schema names it"]
        );
        assert_eq!(
            found(schema.clone(), json!({"a": "x", "b": {"e": 1}})),
            ["/b/e: no schema names it"]
        );
        let both = json!({"allOf": [schema, {"type": "object", "properties": {"d": {"type": "integer"}}}]});
        assert_eq!(found(both, json!({"a": "x", "d": 1})), [""; 0]);
        let closed = json!({"type": "object", "additionalProperties": false});
        assert_eq!(found(closed, json!({"z": 1})), ["/z: is not allowed"]);
        let free = json!({"type": "object", "additionalProperties": {"type": "string"}, "properties": {}});
        assert_eq!(found(free, json!({"z": 1})).len(), 1);
    }

    #[test]
    fn of_several_schemas_the_fitting_ones_count_and_else_the_nearest_is_told() {
        let button = json!({"type": "object", "required": ["type"],
            "properties": {"type": {"const": 2}, "label": {"type": "string", "maxLength": 3}}});
        let row =
            json!({"type": "object", "properties": {"type": {"const": 1}, "components": {"type": "array"}}});
        let either = json!({"oneOf": [row, button]});
        assert_eq!(
            found(either.clone(), json!({"type": 1, "components": []})),
            [""; 0]
        );
        assert_eq!(found(either.clone(), json!({"type": 2, "label": "abc"})), [""; 0]);
        assert!(!found(either, json!({"type": 2, "label": "abcd"})).is_empty());
    }
}
