//! The form of commands.
//!
//! Owns Discord's documented limits: names, descriptions, counts, the order of options, and what excludes what. Pure.
//! Cannot fail; a fault is a text.

use serde_json::Value;

const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
const TEXT: u64 = 3;
const WHOLE: u64 = 4;
const NUMBER: u64 = 10;

const KNOWN: [&str; 13] = [
    "id",
    "handler",
    "name",
    "name_localizations",
    "type",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
];
const KNOWN_OF_OPTIONS: [&str; 14] = [
    "name",
    "name_localizations",
    "type",
    "description",
    "description_localizations",
    "required",
    "choices",
    "options",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "autocomplete",
];
/// The languages of Discord's client.
const LOCALES: [&str; 32] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja",
    "zh-TW", "ko",
];

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
        only(&mut faults, &at, command, &KNOWN);
        if command["type"].as_u64().unwrap_or(1) == 1 {
            named(&mut faults, &at, command);
        }
        rights(&mut faults, &at, command);
        options(&mut faults, &at, &command["options"], 3);
        if length(command) > 8000 {
            faults.push(format!("{at}: more than 8,000 characters"));
        }
    }
    faults
}

fn only(faults: &mut Vec<String>, at: &str, part: &Value, known: &[&str]) {
    let names = part.as_object().into_iter().flat_map(|fields| fields.keys());
    let strange = names.filter(|name| !known.contains(&name.as_str()));
    faults.extend(strange.map(|name| format!("{at}: {name:?} would be ignored")));
}

/// Who sees the command, and where.
fn rights(faults: &mut Vec<String>, at: &str, command: &Value) {
    let bits = &command["default_member_permissions"];
    let are_bits = bits.is_null() || bits.as_str().is_some_and(|bits| bits.parse::<u64>().is_ok());
    if !are_bits {
        faults.push(format!("{at}: default_member_permissions is no number in a text"));
    }
    for (name, most) in [("contexts", 2), ("integration_types", 1)] {
        let list = command[name].as_array().map_or(&[][..], Vec::as_slice);
        let mut seen = Vec::new();
        let is_good = |value: &Value| {
            let is_new = !seen.contains(value);
            seen.push(value.clone());
            is_new && value.as_u64().is_some_and(|value| value <= most)
        };
        if !list.iter().all(is_good) {
            faults.push(format!("{at}: {name}"));
        }
    }
}

fn named(faults: &mut Vec<String>, at: &str, part: &Value) {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'');
    let is_name = |name: &str| {
        (1..=32).contains(&name.chars().count())
            && name.chars().all(is_allowed)
            && name == name.to_lowercase()
    };
    let is_description = |text: &str| (1..=100).contains(&text.chars().count());
    if !is_name(part["name"].as_str().unwrap_or_default()) {
        faults.push(format!("{at}: name {}", part["name"]));
    }
    if !is_description(part["description"].as_str().unwrap_or_default()) {
        faults.push(format!("{at}: description"));
    }
    for (field, fits) in [
        ("name_localizations", &is_name as &dyn Fn(&str) -> bool),
        ("description_localizations", &is_description),
    ] {
        for (locale, text) in part[field].as_object().into_iter().flatten() {
            if !LOCALES.contains(&locale.as_str()) || !text.as_str().is_some_and(fits) {
                faults.push(format!("{at}: {field} in {locale}"));
            }
        }
    }
}

fn options(faults: &mut Vec<String>, at: &str, options: &Value, depth: u8) {
    let Some(list) = options.as_array() else {
        return;
    };
    if list.len() > 25 {
        faults.push(format!("{at}: more than 25 options"));
    }
    let mut names: Vec<&str> = list.iter().filter_map(|option| option["name"].as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        faults.push(format!("{at}: two options of one name"));
    }
    let holds_more = |option: &Value| matches!(option["type"].as_u64(), Some(SUBCOMMAND | GROUP));
    if list.iter().any(holds_more) && !list.iter().all(holds_more) {
        faults.push(format!("{at}: subcommands beside options"));
    }
    let mut seen_optional = false;
    for option in list {
        let here = format!("{at}/{}", option["name"].as_str().unwrap_or("?"));
        only(faults, &here, option, &KNOWN_OF_OPTIONS);
        named(faults, &here, option);
        let kind = option["type"].as_u64().unwrap_or_default();
        if !(1..=11).contains(&kind) || (matches!(kind, SUBCOMMAND | GROUP) && depth <= 1) {
            faults.push(format!("{here}: type {kind} here"));
        }
        if kind == GROUP && option["options"].as_array().is_none_or(Vec::is_empty) {
            faults.push(format!("{here}: a group without subcommands"));
        }
        if holds_more(option) {
            self::options(faults, &here, &option["options"], depth.saturating_sub(1));
            continue;
        }
        let is_required = option["required"].as_bool() == Some(true);
        if is_required && seen_optional {
            faults.push(format!("{here}: required after optional"));
        }
        seen_optional |= !is_required;
        value(faults, &here, option, kind);
    }
}

/// What may be given for an option.
fn value(faults: &mut Vec<String>, here: &str, option: &Value, kind: u64) {
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{here}: {what}"));
        }
    };
    let is_typed = matches!(kind, TEXT | WHOLE | NUMBER);
    let (choices, offers) = (&option["choices"], option["autocomplete"].as_bool() == Some(true));
    demand(
        choices.is_null() || (is_typed && !offers && are_choices(choices)),
        "choices",
    );
    demand(!offers || is_typed, "autocomplete");
    demand(option["options"].is_null(), "options below an option");
    let of = |name: &str| option[name].as_f64();
    for (least, most, kinds) in [
        ("min_length", "max_length", &[TEXT][..]),
        ("min_value", "max_value", &[WHOLE, NUMBER]),
    ] {
        let is_given = of(least).is_some() || of(most).is_some();
        let is_order = of(least).unwrap_or(f64::MIN) <= of(most).unwrap_or(f64::MAX);
        demand(!is_given || (kinds.contains(&kind) && is_order), least);
    }
    demand(
        of("min_length").is_none_or(|length| (0.0..=6000.0).contains(&length)),
        "min_length",
    );
    demand(
        of("max_length").is_none_or(|length| (1.0..=6000.0).contains(&length)),
        "max_length",
    );
}

/// Commands as Discord gives them back: with ids and versions, and without what says nothing.
pub(super) fn as_kept(commands: &Value, application: u64) -> Value {
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
        command["application_id"] = application.to_string().into();
        if command["type"].is_null() {
            command["type"] = 1.into();
        }
        if command["default_member_permissions"].is_null() {
            command["default_member_permissions"] = Value::Null;
        }
        command["nsfw"] = false.into();
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

/// Names, descriptions and values together; of several languages the longest counts.
fn length(part: &Value) -> usize {
    let count = |text: &Value| text.as_str().map_or(0, |text| text.chars().count());
    let longest = |name: &str| {
        let told = part[format!("{name}_localizations")].as_object();
        let told = told.into_iter().flat_map(|texts| texts.values()).map(count);
        told.max().unwrap_or(0).max(count(&part[name]))
    };
    let own = longest("name") + longest("description") + count(&part["value"]);
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

    #[test]
    fn what_excludes_what_is_held() {
        let with = |option: Value| {
            faults(&json!([{"name": "factorio", "description": "d", "options": [option]}])).len()
        };
        let option = |more: Value| {
            let mut option = json!({"name": "a", "description": "d", "type": 3});
            for (name, value) in more.as_object().into_iter().flatten() {
                option[name] = value.clone();
            }
            option
        };
        assert_eq!(with(option(json!({}))), 0);
        assert_eq!(
            with(option(
                json!({"min_length": 1, "max_length": 6000, "autocomplete": true})
            )),
            0
        );
        assert_eq!(with(option(json!({"min_length": 5, "max_length": 4}))), 1);
        assert_eq!(
            with(option(json!({"min_value": 5}))),
            1,
            "a text has no value to compare"
        );
        assert_eq!(with(option(json!({"type": 5, "autocomplete": true}))), 1);
        assert_eq!(with(option(json!({"description_localizations": {"de": "x"}}))), 0);
        assert_eq!(with(option(json!({"description_localizations": {"xx": "x"}}))), 1);
        assert_eq!(
            with(option(json!({"name_localizations": {"de": "Größe"}}))),
            1,
            "lower case"
        );
        assert_eq!(with(option(json!({"type": 2}))), 1, "a group needs subcommands");
        assert_eq!(with(option(json!({"colour": 2}))), 1);
        let mixed = json!([option(json!({})), {"name": "b", "description": "d", "type": 1}]);
        assert_eq!(
            faults(&json!([{"name": "f", "description": "d", "options": mixed}])).len(),
            1
        );
        let twice = json!([option(json!({})), option(json!({}))]);
        assert_eq!(
            faults(&json!([{"name": "f", "description": "d", "options": twice}])).len(),
            1
        );
        let rights =
            json!([{"name": "f", "description": "d", "default_member_permissions": 8, "contexts": [0, 3]}]);
        assert_eq!(faults(&rights).len(), 2);
        let long: Vec<Value> = (0..20)
            .map(|n| json!({"name": format!("n{n}"), "description": "d", "type": 3,
                "choices": (0..25).map(|m| json!({"name": "x".repeat(10), "value": format!("v{m}")})).collect::<Vec<_>>()}))
            .collect();
        assert_eq!(
            faults(&json!([{"name": "f", "description": "d", "options": long}])).len(),
            0
        );
    }
}
