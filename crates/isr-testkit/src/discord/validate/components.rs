//! Buttons and menus below a message.
//!
//! Owns Discord's limits of action rows, buttons and select menus. Anything else, the second version of components among
//! it, is told as unchecked. Cannot fail.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Checked;
use crate::discord::violation::Rule;

const MOST_ROWS: usize = 5;
const MOST_BUTTONS: usize = 5;
const MOST_CHOICES: usize = 25;
const LINK: u64 = 5;
const PREMIUM: u64 = 6;

pub(super) fn check(checked: &mut Checked, components: Option<&Value>) {
    let Some(components) = components.filter(|value| !value.is_null()) else {
        return;
    };
    let Some(rows) = components.as_array().filter(|rows| rows.len() <= MOST_ROWS) else {
        return refuse(checked, "not a list of at most 5 rows");
    };
    let mut names = BTreeSet::new();
    for row in rows {
        let parts = row["components"].as_array().map_or(&[][..], Vec::as_slice);
        if row["type"] != 1 || !(1..=MOST_BUTTONS).contains(&parts.len()) {
            refuse(checked, &format!("no row of 1 to 5 parts: {row}"));
        }
        for part in parts {
            match part["type"].as_u64() {
                Some(2) => button(checked, part),
                Some(3 | 5..=8) => {
                    menu(checked, part);
                    if parts.len() > 1 {
                        refuse(checked, "a menu does not stand alone in its row");
                    }
                }
                _ => checked.note(Rule::Unchecked, format!("a component of another kind: {part}")),
            }
            let name = &part["custom_id"];
            if !name.is_null() && !names.insert(name.to_string()) {
                refuse(checked, &format!("two parts of one name: {part}"));
            }
        }
    }
    checked.form.components = Some(rows.clone());
}

/// Of a webhook that no application owns Discord takes none.
pub(super) fn refuse_any(checked: &mut Checked, components: Option<&Value>) {
    if components.is_some_and(|value| !value.is_null()) {
        refuse(checked, "buttons of a webhook that no application owns");
    }
}

/// Whether a text has so many code points.
fn fits(part: &Value, field: &str, least: usize, most: usize) -> bool {
    part[field]
        .as_str()
        .is_some_and(|text| (least..=most).contains(&text.chars().count()))
}

fn may_be(part: &Value, field: &str, most: usize) -> bool {
    part[field].is_null() || fits(part, field, 1, most)
}

fn only(checked: &mut Checked, part: &Value, known: &[&str]) {
    for name in part.as_object().into_iter().flat_map(|fields| fields.keys()) {
        if !known.contains(&name.as_str()) {
            checked.note(
                Rule::UnknownField,
                format!("{name:?} of a component would be ignored"),
            );
        }
    }
}

fn button(checked: &mut Checked, button: &Value) {
    only(
        checked,
        button,
        &[
            "type",
            "id",
            "style",
            "label",
            "emoji",
            "custom_id",
            "sku_id",
            "url",
            "disabled",
        ],
    );
    let is_shown = fits(button, "label", 1, 80) || (button["label"].is_null() && button["emoji"].is_object());
    let leads_somewhere = match button["style"].as_u64() {
        Some(1..=4) => fits(button, "custom_id", 1, 100) && button["url"].is_null(),
        Some(LINK) => fits(button, "url", 1, 512) && is_web(button) && button["custom_id"].is_null(),
        Some(PREMIUM) => button["sku_id"].is_string(),
        _ => false,
    };
    let is_switch = button["disabled"].is_null() || button["disabled"].is_boolean();
    if !(is_shown && leads_somewhere && is_switch) {
        refuse(checked, &format!("a faulty button: {button}"));
    }
}

/// Discord opens `discord://` too; we promise the web alone.
fn is_web(button: &Value) -> bool {
    let url = button["url"].as_str().unwrap_or_default();
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn menu(checked: &mut Checked, menu: &Value) {
    let options = menu["options"].as_array().map_or(&[][..], Vec::as_slice);
    let is_list = menu["type"] == 3;
    let has_choices = !is_list || (1..=MOST_CHOICES).contains(&options.len());
    let of = |field: &str, usual: u64| menu[field].as_u64().unwrap_or(usual);
    let is_range = of("min_values", 1) <= of("max_values", 1) && (1..=25).contains(&of("max_values", 1));
    let is_good =
        fits(menu, "custom_id", 1, 100) && may_be(menu, "placeholder", 150) && has_choices && is_range;
    if !is_good {
        refuse(checked, &format!("a faulty menu: {menu}"));
    }
    let mut values = BTreeSet::new();
    for option in options {
        let is_good = fits(option, "label", 1, 100)
            && fits(option, "value", 1, 100)
            && may_be(option, "description", 100);
        if !is_good || !values.insert(option["value"].to_string()) {
            refuse(checked, &format!("a faulty choice, or one twice: {option}"));
        }
    }
}

fn refuse(checked: &mut Checked, detail: &str) {
    checked.refuse(Rule::Components, "components", "COMPONENT_INVALID", detail);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn broken(components: Value) -> usize {
        let mut checked = Checked::default();
        check(&mut checked, Some(&components));
        checked.broken.len()
    }

    fn row(parts: Value) -> Value {
        json!([{"type": 1, "components": parts}])
    }

    #[test]
    fn rows_and_buttons_have_limits() {
        let button = |id: &str| json!({"type": 2, "style": 4, "label": "Do it", "custom_id": id});
        assert_eq!(broken(json!([])), 0);
        assert_eq!(broken(row(json!([button("a"), button("b")]))), 0);
        assert_eq!(broken(row(json!([button("a"), button("a")]))), 1);
        assert_eq!(broken(row(json!([]))), 1);
        assert_eq!(broken(row(json!([button("")]))), 1);
        assert_eq!(broken(row(json!([button(&"x".repeat(101))]))), 1);
        let six: Vec<Value> = (0..6).map(|n| button(&n.to_string())).collect();
        assert_eq!(broken(row(six.into())), 1);
        assert_eq!(broken(json!(vec![json!({"type": 1, "components": [{}]}); 6])), 1);
    }

    #[test]
    fn each_style_of_button_leads_where_it_may() {
        let with = |fields: Value| {
            let mut button = json!({"type": 2, "label": "Go"});
            for (name, value) in fields.as_object().into_iter().flatten() {
                button[name] = value.clone();
            }
            broken(row(json!([button])))
        };
        assert_eq!(with(json!({"style": 5, "url": "https://example.org"})), 0);
        assert_eq!(
            with(json!({"style": 5, "url": "https://example.org", "custom_id": "a"})),
            1
        );
        assert_eq!(
            with(json!({"style": 5, "url": format!("https://e.org/{}", "x".repeat(512))})),
            1
        );
        for url in ["steam://run/427520", "example.org", "https://", "https://a b"] {
            assert_eq!(with(json!({"style": 5, "url": url})), 1, "{url}");
        }
        assert_eq!(with(json!({"style": 1, "url": "https://example.org"})), 1);
        assert_eq!(with(json!({"style": 7, "custom_id": "a"})), 1);
        assert_eq!(
            with(json!({"style": 1, "custom_id": "a", "label": "x".repeat(81)})),
            1
        );
        assert_eq!(
            with(json!({"style": 1, "custom_id": "a", "label": null, "emoji": {"name": "🔄"}})),
            0
        );
        assert_eq!(with(json!({"style": 1, "custom_id": "a", "label": null})), 1);
        assert_eq!(with(json!({"style": 1, "custom_id": "a", "colour": 5})), 1);
    }

    #[test]
    fn menus_stand_alone_and_have_limits() {
        let option = |n: usize| json!({"label": format!("l{n}"), "value": n.to_string()});
        let menu = |count: usize| json!({"type": 3, "custom_id": "m", "options": (0..count).map(option).collect::<Vec<_>>()});
        assert_eq!(broken(row(json!([menu(25)]))), 0);
        assert_eq!(broken(row(json!([menu(26)]))), 1);
        assert_eq!(broken(row(json!([menu(0)]))), 1);
        let beside = json!({"type": 2, "style": 1, "label": "x", "custom_id": "b"});
        assert_eq!(broken(row(json!([menu(2), beside]))), 1);
        let twice = json!({"type": 3, "custom_id": "m", "options": [option(1), option(1)]});
        assert_eq!(broken(row(json!([twice]))), 1);
        assert_eq!(broken(row(json!([{"type": 12}]))), 1, "unchecked is told");
    }
}
