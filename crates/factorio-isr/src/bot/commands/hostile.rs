//! No string from Discord becomes a command, Lua or a second line.

use factorio_rcon::gate::{Class, LuaSwitch, Policy, Settings, classify};
use isr_core::command::Verb;
use isr_core::command::tree::ALL;
use isr_discord::gateway::event::{Choice, CommandOption};
use proptest::prelude::*;

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
    let names = [
        "player",
        "reason",
        "message",
        "name",
        "target",
        "value",
        "technology",
        "force",
        "command",
    ];
    let option = |name: &'static str, value: String| CommandOption {
        name: name.to_owned(),
        value: Choice::Text(value),
        focused: false,
    };
    let given =
        move |name: &'static str| prop::option::of(hostile().prop_map(move |value| option(name, value)));
    // Mostly one that leads somewhere.
    let words = prop::sample::select(vec!["add", "remove", "enable", "count", "grant", "undo"]);
    let action = prop_oneof![3 => words.prop_map(str::to_owned), 1 => hostile()];
    let action = prop::option::of(action.prop_map(move |value| option("action", value)));
    (Vec::from(names.map(given)), action)
        .prop_map(|(given, action)| given.into_iter().chain([action]).flatten().collect())
}

fn policy(lua: LuaSwitch) -> Policy {
    Policy::new(&Settings {
        lua,
        ..Settings::default()
    })
    .unwrap()
}

/// The word that a command of ours sends. `None`: chat.
fn word(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Broadcast | Verb::Say => None,
        Verb::Save => Some("server-save"),
        Verb::Stop => Some("quit"),
        other => Some(other.as_str()),
    }
}

fn change(verb: Verb, options: &[CommandOption], speaker: &str) -> Option<Change> {
    match Request::read(verb, Options(options), speaker) {
        Ok(Request::Do(change)) => Some(*change),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r06_what_is_typed_stays_an_argument(options in options(), speaker in hostile()) {
        for spec in ALL {
            let Some(change) = change(spec.verb, &options, &speaker) else { continue };
            let Ok(line) = change.line(&policy(LuaSwitch::Forbidden)) else { continue };
            let text = line.text();
            prop_assert!(!text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{text:?}");
            match (classify(text), word(spec.verb)) {
                (Class::Chat, None) => {}
                // What an administrator typed as a line is judged by the gate; it is one command of the unmodded game.
                (Class::Vanilla { .. }, Some("rcon")) => {}
                (Class::Vanilla { word, .. }, Some(wanted)) => prop_assert_eq!(word.name, wanted),
                (class, wanted) => prop_assert!(false, "{text:?} is {class:?}, not {wanted:?}"),
            }
        }
    }

    #[test]
    fn r06_a_script_of_ours_has_only_our_statements(options in options()) {
        for verb in [Verb::Clock, Verb::Speed, Verb::Research] {
            let Some(change) = change(verb, &options, "Ann") else { continue };
            let line = change.line(&policy(LuaSwitch::Allowed)).unwrap();
            let script = line.text();
            // Within quotes there are plain names only, so every quote is one of ours.
            for (at, part) in script.split('\'').enumerate() {
                let is_ours = ["clock ", "speed ", " ", "%.4f", "no force", "no technology", "research "].contains(&part);
                let is_plain = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
                prop_assert!(at % 2 == 0 || is_ours || is_plain, "{script:?}");
            }
            prop_assert!(!script.contains("game.print") && !script.contains('\\') && !script.contains("--"), "{script:?}");
        }
    }
}
