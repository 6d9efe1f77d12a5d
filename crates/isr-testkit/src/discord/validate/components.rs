//! Buttons below a message.
//!
//! Owns Discord's limits of action rows and buttons, which are all that we send. Anything else is told as unchecked.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Checked;
use crate::discord::violation::Rule;

pub(super) fn check(checked: &mut Checked, components: Option<&Value>) {
    let Some(components) = components.filter(|value| !value.is_null()) else {
        return;
    };
    let Some(rows) = components.as_array().filter(|rows| rows.len() <= 5) else {
        return refuse(checked, "not a list of at most 5 rows");
    };
    let mut names = BTreeSet::new();
    for row in rows {
        let buttons = row["components"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if row["type"] != 1 || !(1..=5).contains(&buttons.len()) {
            refuse(checked, &format!("no row of 1 to 5 buttons: {row}"));
        }
        for button in buttons {
            if button["type"] != 2 {
                checked.note(
                    Rule::Unchecked,
                    format!("a component that is no button: {button}"),
                );
                continue;
            }
            let length = |field: &str| button[field].as_str().map_or(0, |text| text.chars().count());
            let is_good = (1..=4).contains(&button["style"].as_u64().unwrap_or_default())
                && (1..=80).contains(&length("label"))
                && (1..=100).contains(&length("custom_id"));
            if !is_good {
                refuse(checked, &format!("a faulty button: {button}"));
            }
            if !names.insert(button["custom_id"].to_string()) {
                refuse(checked, &format!("two buttons of one name: {button}"));
            }
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

    #[test]
    fn rows_and_buttons_have_limits() {
        let button = |id: &str| json!({"type": 2, "style": 4, "label": "Do it", "custom_id": id});
        let broken = |components: Value| {
            let mut checked = Checked::default();
            check(&mut checked, Some(&components));
            checked.broken.len()
        };
        assert_eq!(broken(json!([])), 0);
        assert_eq!(
            broken(json!([{"type": 1, "components": [button("a"), button("b")]}])),
            0
        );
        assert_eq!(
            broken(json!([{"type": 1, "components": [button("a"), button("a")]}])),
            1
        );
        assert_eq!(broken(json!([{"type": 1, "components": []}])), 1);
        assert_eq!(broken(json!([{"type": 1, "components": [button("")]}])), 1);
        assert_eq!(
            broken(json!([{"type": 1, "components": [button(&"x".repeat(101))]}])),
            1
        );
        assert_eq!(
            broken(
                json!([{"type": 1, "components": (0..6).map(|n| button(&n.to_string())).collect::<Vec<_>>()}])
            ),
            1
        );
    }
}
