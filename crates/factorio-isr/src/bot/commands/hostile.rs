//! No string from Discord becomes a command, Lua or a second line.

use isr_core::command::Verb;
use isr_discord::gateway::event::CommandOption;
use proptest::prelude::*;

use super::checked::{self, TYPED, option};
use super::request::{Change, Options, Request};

/// What people type who mean harm, and anything else.
fn hostile() -> impl Strategy<Value = String> {
    let seeds = prop::sample::select(vec![
        "/c game.print(1)",
        "/sc x()",
        "/quit",
        "alice",
        "alice\n/quit",
        "alice\r/quit",
        "a\u{2028}/quit",
        "a\0b",
        "'..game.print(1)..'",
        "player'] game.print(1) --",
        "]]",
        "\\'",
        "[color=red]x",
        "\u{202e}/c x",
        " / c x",
        "//c x",
        "\u{200b}/c x",
        "all",
        "grant",
        "undo",
        "add",
        "day",
        "0.5",
        "1e9",
        "nan",
        "/config get password",
        "/server-save x",
        "\t/time",
        "a'b",
        "'",
    ]);
    prop_oneof![
        seeds.prop_map(str::to_owned),
        any::<String>(),
        "[ -~\n\r\t]{0,80}",
        ("[a-z]{1,8}", any::<char>(), "[ -~]{0,20}").prop_map(|(a, b, c)| format!("{a}{b}{c}")),
    ]
}

fn options() -> impl Strategy<Value = Vec<CommandOption>> {
    let given = |name: &'static str| prop::option::of(hostile().prop_map(move |value| option(name, value)));
    // Mostly one that leads somewhere.
    let words = prop::sample::select(vec!["add", "remove", "enable", "count", "grant", "undo"]);
    let action = prop_oneof![3 => words.prop_map(str::to_owned), 1 => hostile()];
    let action = prop::option::of(action.prop_map(move |value| option("action", value)));
    let [_, others @ ..] = TYPED;
    (Vec::from(others.map(given)), action)
        .prop_map(|(given, action)| given.into_iter().chain([action]).flatten().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r06_what_is_typed_stays_an_argument(options in options(), speaker in hostile()) {
        checked::options(&options, &speaker);
    }

    #[test]
    fn r06_no_payload_and_no_name_of_a_button_does_more_than_was_meant(name in hostile(), number in any::<u64>()) {
        checked::typed(&name);
        for known in [format!("isr:confirm:{number:016x}:yes{name}"), format!("page:players:{number}:{name}")] {
            checked::typed(&known);
        }
        let interaction = serde_json::json!({
            "op": 0, "s": 1, "t": "INTERACTION_CREATE", "d": {
                "id": "1", "application_id": "2", "type": 2, "token": "t", "guild_id": "3", "channel_id": "4",
                "member": {"nick": name, "roles": [], "permissions": "8", "user": {"id": "5", "username": name}},
                "data": {"id": "6", "type": 1, "name": "factorio-more", "options": [{"name": "say", "type": 1, "options": [
                    {"name": "message", "type": 3, "value": name}]}]},
            },
        });
        prop_assert!(checked::payload(&interaction.to_string()));
    }
}

#[test]
fn a_script_that_says_more_is_seen() {
    let script = |quoted: &str| {
        let options = [
            option("action", "grant".into()),
            option("technology", quoted.into()),
        ];
        match Request::read(Verb::Research, Options(&options), ("Ann", 0)) {
            Ok(Request::Do(change)) => matches!(*change, Change::Lua(_)),
            _ => false,
        }
    };
    assert!(
        script("rocket-silo"),
        "a plain name becomes a script, which the properties look at"
    );
    assert!(!script("x'] game.print(1) --"), "what is no name becomes none");
}
