//! Whatever is typed, however long: it is answered, and the game is sent one line or none.

use isr_core::command::tree::{ALL, Spec, Takes};
use isr_testkit::discord::gateway::PersonCard;
use serde_json::{Value, json};

use super::{ADMINISTRATOR, Scene, person, text};

/// What Discord would never let through, and what is as long as Discord allows.
fn hostile(most: u16) -> Vec<String> {
    let most = usize::from(most);
    vec![
        "x".repeat(100 << 10),
        "*_`\n".repeat(25 << 10),
        format!("/{}", "x".repeat(most - 1)),
        "*".repeat(most),
        "\u{1f600}".repeat(most),
        "a\n/quit\r\u{2028}/c game.print(1)".to_owned(),
        "'\"]] .. game.print(1) --[[\\".to_owned(),
        "[color=red]x[/color] @everyone <@1> **b**".to_owned(),
        "\0\u{1b}[31m\u{202e}\u{200b}".to_owned(),
    ]
}

/// The options of a command with this in the place of one of them.
fn given(spec: &Spec, name: &str, value: &str) -> Value {
    let others = spec
        .parameters
        .iter()
        .filter_map(|parameter| match parameter.takes {
            _ if parameter.name == name => None,
            Takes::OneOf(words) => Some(text(parameter.name, words[0])),
            Takes::Text(_) if parameter.required => Some(text(parameter.name, "alice")),
            Takes::Text(_) => None,
            Takes::Tenths(..) => Some(json!({"name": parameter.name, "type": 10, "value": 1.0})),
        });
    others.chain([text(name, value)]).collect()
}

#[tokio::test]
async fn r06_every_option_takes_anything_and_its_command_is_answered() {
    let scene = Scene::with(", allow_lua: true", "").await;
    for spec in ALL {
        for parameter in spec.all_parameters() {
            let Takes::Text(most) = parameter.takes else {
                continue;
            };
            for value in hostile(most) {
                let shown: String = value.chars().take(20).collect();
                let options = given(spec, parameter.name, &value);
                let asker = person(ADMINISTRATOR);
                let seen = scene.run_to_its_end(&asker, &spec.typed()[1..], &options).await;
                let what = format!("{} {} {shown:?}: {}", spec.name, parameter.name, seen.said);
                assert!(!seen.said.trim().is_empty(), "{what}");
                assert!(!seen.said.contains("@everyone <@1> **b**"), "{what}");
            }
        }
    }
    let received = scene.game.received();
    assert!(
        received
            .iter()
            .all(|line| !line.text.contains(['\n', '\r', '\u{2028}'])),
        "each is one line"
    );
    assert_eq!(scene.times("/quit") + scene.times("/c "), 0);
    scene.stop().await;
}

#[tokio::test]
async fn r06_whatever_a_person_is_called_they_are_answered_and_say_one_line() {
    let scene = Scene::new().await;
    let mut said = 0;
    for name in hostile(32) {
        let asker = PersonCard {
            nick: Some(name.clone()),
            ..person(ADMINISTRATOR)
        };
        let shown: String = name.chars().take(20).collect();
        for (typed, given) in [
            ("factorio-more say", json!([text("message", "hello")])),
            ("factorio ban", json!([text("player", "griefer")])),
            (
                "factorio-admin maintenance",
                json!([text("action", "on"), text("time", "1h")]),
            ),
            ("factorio help", json!([])),
        ] {
            let seen = scene.run(&asker, typed, &given).await;
            assert!(!seen.said.trim().is_empty(), "{shown:?}: {typed}");
        }
        said += 1;
        let lines = scene.lines();
        let last = lines.last().map(String::as_str).unwrap_or_default();
        assert!(
            lines.len() == said && last.ends_with(": hello"),
            "{shown:?}: {lines:?}"
        );
        assert!(
            !last.starts_with('/') && !last.contains(['\n', '\r', '\u{2028}', '[']),
            "{last:?}"
        );
    }
    scene.stop().await;
}
