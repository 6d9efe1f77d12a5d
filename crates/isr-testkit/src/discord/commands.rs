//! The form of commands.
//!
//! Owns Discord's documented limits: names, descriptions, counts, the order of options, and what excludes what. Pure.
//! Cannot fail; a fault is a text.

use serde_json::Value;

const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;

/// What is wrong with a list of commands.
pub(super) fn faults(commands: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(list) = commands.as_array() else {
        return vec!["not a list".into()];
    };
    if list.len() > 100 {
        faults.push("more than 100 commands".into());
    }
    let mut names: Vec<&str> = list
        .iter()
        .filter_map(|command| command["name"].as_str())
        .collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        faults.push("a name stands twice".into());
    }
    for command in list {
        let at = command["name"].as_str().unwrap_or("?").to_owned();
        if command["type"].as_u64().unwrap_or(1) == 1 {
            named(&mut faults, &at, command);
        }
        options(&mut faults, &at, &command["options"], 3);
        if length(command) > 8000 {
            faults.push(format!("{at}: more than 8,000 characters"));
        }
    }
    faults
}

fn named(faults: &mut Vec<String>, at: &str, part: &Value) {
    let name = part["name"].as_str().unwrap_or_default();
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'');
    let count = name.chars().count();
    if !(1..=32).contains(&count) || !name.chars().all(is_allowed) || name != name.to_lowercase() {
        faults.push(format!("{at}: name {name:?}"));
    }
    let description = part["description"].as_str().unwrap_or_default();
    if !(1..=100).contains(&description.chars().count()) {
        faults.push(format!("{at}: description"));
    }
}

fn options(faults: &mut Vec<String>, at: &str, options: &Value, depth: u8) {
    let Some(list) = options.as_array() else {
        return;
    };
    if list.len() > 25 {
        faults.push(format!("{at}: more than 25 options"));
    }
    let mut seen_optional = false;
    for option in list {
        let here = format!("{at}/{}", option["name"].as_str().unwrap_or("?"));
        named(faults, &here, option);
        let kind = option["type"].as_u64().unwrap_or_default();
        if !(1..=11).contains(&kind) || (matches!(kind, SUBCOMMAND | GROUP) && depth <= 1) {
            faults.push(format!("{here}: type {kind} here"));
        }
        if !matches!(kind, SUBCOMMAND | GROUP) {
            let is_required = option["required"].as_bool() == Some(true);
            if is_required && seen_optional {
                faults.push(format!("{here}: required after optional"));
            }
            seen_optional |= !is_required;
        }
        let choices = &option["choices"];
        if !choices.is_null() && (option["autocomplete"].as_bool() == Some(true) || !are_choices(choices)) {
            faults.push(format!("{here}: choices"));
        }
        self::options(faults, &here, &option["options"], depth.saturating_sub(1));
    }
}

/// Commands as Discord gives them back: with ids and versions, and without what says nothing.
pub(super) fn as_kept(commands: &Value) -> Value {
    fn tidy(form: &mut Value) {
        let Some(fields) = form.as_object_mut() else {
            return;
        };
        fields.retain(|name, value| !(name == "required" && *value == Value::Bool(false)));
        for below in fields
            .get_mut("options")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            tidy(below);
        }
    }
    let mut kept = commands.clone();
    for (at, command) in kept.as_array_mut().into_iter().flatten().enumerate() {
        tidy(command);
        command["id"] = (700_000_000_000_000_001 + at as u64).to_string().into();
        command["version"] = "1".into();
        command["nsfw"] = false.into();
        command["dm_permission"] = Value::Null;
    }
    kept
}

/// Whether these are at most 25 choices with names and values of at most 100 characters.
pub(super) fn are_choices(choices: &Value) -> bool {
    let fits = |value: &Value| match value {
        Value::String(text) => (1..=100).contains(&text.chars().count()),
        Value::Number(_) => true,
        _ => false,
    };
    choices.as_array().is_some_and(|list| {
        list.len() <= 25
            && list
                .iter()
                .all(|choice| choice["name"].is_string() && fits(&choice["name"]) && fits(&choice["value"]))
    })
}

/// Whether this is a form to fill in: a title, and one to five labelled or bare inputs of different names.
pub(super) fn is_modal(form: &Value) -> bool {
    let fits = |value: &Value, most: usize| {
        value
            .as_str()
            .is_some_and(|text| (1..=most).contains(&text.chars().count()))
    };
    let inputs = form["components"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut names = Vec::new();
    let is_input = |part: &Value| {
        let input = match part["type"].as_u64() {
            Some(1) => &part["components"][0],
            Some(18) if fits(&part["label"], 45) => &part["component"],
            _ => return false,
        };
        names.push(input["custom_id"].to_string());
        fits(&input["custom_id"], 100)
    };
    let are_inputs = (1..=5).contains(&inputs.len()) && inputs.iter().all(is_input);
    names.sort_unstable();
    fits(&form["custom_id"], 100)
        && fits(&form["title"], 45)
        && are_inputs
        && names.windows(2).all(|pair| pair[0] != pair[1])
}

/// Names, descriptions and values together.
fn length(part: &Value) -> usize {
    let own = ["name", "description", "value"]
        .iter()
        .filter_map(|name| part[*name].as_str())
        .map(|text| text.chars().count())
        .sum::<usize>();
    let below = ["options", "choices"]
        .iter()
        .filter_map(|name| part[*name].as_array())
        .flatten();
    own + below.map(length).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_and_order_are_held() {
        let with = |options: Value| {
            faults(&json!([{"name": "factorio", "description": "d", "options": options}])).len()
        };
        let option = |name: &str, required: bool| json!({"name": name, "description": "d", "type": 3, "required": required});
        assert_eq!(with(json!([option("a", true), option("b", false)])), 0);
        assert_eq!(with(json!([option("a", false), option("b", true)])), 1);
        assert_eq!(with(json!([option("A", false)])), 1);
        assert_eq!(
            with(json!(
                (0..26)
                    .map(|n| option(&format!("o{n}"), false))
                    .collect::<Vec<_>>()
            )),
            1
        );
        assert_eq!(
            faults(&json!([{"name": "a", "description": ""}, {"name": "a", "description": "d"}])).len(),
            2
        );
        assert_eq!(faults(&json!({})), ["not a list"]);
        let both = json!([{"name": "a", "description": "d", "type": 3, "autocomplete": true, "choices": []}]);
        assert_eq!(with(both), 1);
    }
}
