//! The commands as Discord wants to be told of them.
//!
//! Owns the JSON and nothing else. It is the same for the same list, so that it is sent only when it changed. Cannot fail:
//! a test holds that the list is within Discord's limits.

use serde_json::{Value, json};

use super::tree::{ALL, Book, Offers, Parameter, Spec, Takes, Told};

/// Kinds of options, as Discord numbers them.
const SUBCOMMAND: u8 = 1;
const TEXT: u8 = 3;
const NUMBER: u8 = 10;

/// Discord's list of commands. Every command exists in servers only, never in direct messages.
#[must_use]
pub fn registration() -> Value {
    Book::ALL.into_iter().map(book).collect()
}

/// Whether Discord has this list, and nothing else, as far as it concerns people: what it adds of its own does not count.
#[must_use]
pub fn is_registered(kept: &Value) -> bool {
    covers(&registration(), kept)
}

/// What Discord tells of a command, and nobody may say.
const ONLY_TOLD: [&str; 3] = ["version", "application_id", "guild_id"];

/// What of Discord's list is none of ours.
#[must_use]
pub fn foreign(kept: &Value) -> Vec<Value> {
    let is_ours = |command: &&Value| {
        command["name"]
            .as_str()
            .is_some_and(|name| Book::from_name(name).is_some())
    };
    let list = kept.as_array().into_iter().flatten();
    let mut foreign: Vec<Value> = list.filter(|command| !is_ours(command)).cloned().collect();
    for fields in foreign.iter_mut().filter_map(Value::as_object_mut) {
        ONLY_TOLD.iter().for_each(|name| drop(fields.remove(*name)));
    }
    foreign
}

fn covers(ours: &Value, kept: &Value) -> bool {
    match (ours, kept) {
        (Value::Array(ours), Value::Array(kept)) => {
            ours.len() == kept.len() && ours.iter().zip(kept).all(|(ours, kept)| covers(ours, kept))
        }
        (Value::Object(ours), Value::Object(kept)) => {
            let is_kept = |(name, value): (&String, &Value)| {
                let kept = kept.get(name).unwrap_or(&Value::Null);
                // Discord leaves out what says nothing.
                covers(value, kept) || (kept.is_null() && *value == Value::Bool(false))
            };
            // An option that is there no more.
            let none_is_left = ours.contains_key("options") || kept.get("options").is_none_or(is_empty);
            none_is_left && ours.iter().all(is_kept)
        }
        // 1 and 1.0 are the same.
        (Value::Number(ours), Value::Number(kept)) => ours.as_f64() == kept.as_f64(),
        (ours, kept) => ours == kept,
    }
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

fn book(book: Book) -> Value {
    let options: Vec<Value> = ALL
        .iter()
        .filter(|spec| spec.book == book)
        .map(subcommand)
        .collect();
    let mut form = named(book.as_str(), book.about());
    form["type"] = 1.into();
    form["contexts"] = json!([0]);
    form["integration_types"] = json!([0]);
    form["default_member_permissions"] = book
        .shown_to()
        .map_or(Value::Null, |bits| bits.to_string().into());
    form["options"] = options.into();
    form
}

fn subcommand(spec: &Spec) -> Value {
    let mut form = named(spec.name, spec.about);
    form["type"] = SUBCOMMAND.into();
    let options: Vec<Value> = spec.all_parameters().map(option).collect();
    if !options.is_empty() {
        form["options"] = options.into();
    }
    form
}

fn option(parameter: &Parameter) -> Value {
    let mut form = named(parameter.name, parameter.about);
    form["required"] = parameter.required.into();
    match parameter.takes {
        Takes::Text(most) => {
            form["type"] = TEXT.into();
            form["max_length"] = most.into();
        }
        Takes::OneOf(words) => {
            form["type"] = TEXT.into();
            form["choices"] = words
                .iter()
                .map(|word| json!({"name": word, "value": word}))
                .collect();
        }
        Takes::Tenths(least, most) => {
            form["type"] = NUMBER.into();
            form["min_value"] = json!(f64::from(least) / 10.0);
            form["max_value"] = json!(f64::from(most) / 10.0);
        }
    }
    if parameter.offers != Offers::Nothing {
        form["autocomplete"] = true.into();
    }
    form
}

fn named(name: &str, about: Told) -> Value {
    json!({
        "name": name,
        "description": about.english,
        "description_localizations": {"de": about.german},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(form: &Value, field: &str) -> usize {
        let own = form[field].as_str().map_or(0, |text| text.chars().count());
        let below = form["options"].as_array().into_iter().flatten();
        own + below.map(|form| texts(form, field)).sum::<usize>()
    }

    #[test]
    fn the_list_is_within_discords_limits() {
        let list = registration();
        for book in list.as_array().unwrap() {
            let options = book["options"].as_array().unwrap();
            assert!((1..=25).contains(&options.len()), "{}", book["name"]);
            // Names, descriptions, the longest localisation, and room for choices.
            let length = texts(book, "name") + 2 * texts(book, "description");
            assert!(length < 7_500, "{}: {length}", book["name"]);
            assert_eq!(book["contexts"], json!([0]));
        }
        let mut all = vec![list];
        while let Some(form) = all.pop() {
            if let Some(text) = form["description"].as_str() {
                let german = form["description_localizations"]["de"].as_str().unwrap();
                for text in [text, german] {
                    assert!((1..=100).contains(&text.chars().count()), "{text}");
                }
            }
            let required: Vec<bool> = form["options"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|option| option["required"] == json!(true))
                .collect();
            assert!(
                required.is_sorted_by(|a, b| a >= b),
                "required ones come first: {form}"
            );
            all.extend(form["options"].as_array().cloned().unwrap_or_default());
            if let Value::Array(list) = form {
                all.extend(list);
            }
        }
    }

    #[test]
    fn what_discord_adds_is_no_difference_and_what_somebody_changed_is() {
        let ours = registration();
        assert!(is_registered(&ours));
        let mut kept = ours.clone();
        kept[0]["id"] = "7".into();
        kept[0]["version"] = "8".into();
        kept[0]["nsfw"] = false.into();
        let reason = &mut kept[0]["options"][9]["options"][1];
        assert_eq!(reason["name"], "reason");
        reason.as_object_mut().unwrap().remove("required");
        assert!(is_registered(&kept));
        type Change = fn(&mut Value);
        let changes: [Change; 5] = [
            |kept| kept[0]["description"] = "else".into(),
            |kept| kept[2]["default_member_permissions"] = Value::Null,
            |kept| kept[0]["options"][9]["options"][0]["required"] = false.into(),
            |kept| kept[0]["options"][0]["options"] = json!([{"name": "old", "type": 3}]),
            |kept| drop(kept.as_array_mut().unwrap().pop()),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut other = kept.clone();
            change(&mut other);
            assert!(!is_registered(&other), "{at}");
        }
        let mut more = kept.clone();
        more.as_array_mut().unwrap().push(json!({"name": "mine"}));
        assert!(!is_registered(&more));
        assert_eq!(foreign(&more), [json!({"name": "mine"})]);
        let told = json!([{"id": "5", "application_id": "1", "version": "2", "name": "mine", "nsfw": false}]);
        assert_eq!(
            foreign(&told),
            [json!({"id": "5", "name": "mine", "nsfw": false})]
        );
    }

    #[test]
    fn discord_hides_what_runs_servers_from_everybody_else() {
        let list = registration();
        assert_eq!(list[0]["default_member_permissions"], Value::Null);
        assert_eq!(list[2]["default_member_permissions"], "32");
    }

    #[test]
    fn a_number_and_a_choice_are_told_as_such() {
        let list = registration();
        let options = |name: &str| {
            let commands = list[0]["options"].as_array().unwrap();
            commands.iter().find(|command| command["name"] == name).unwrap()["options"].clone()
        };
        assert_eq!(options("speed")[0]["max_value"], 10.0);
        assert_eq!(options("whitelist")[0]["choices"][0]["value"], "add");
        assert_eq!(options("kick")[0]["autocomplete"], true);
        assert_eq!(options("kick")[2]["name"], "server");
    }
}
