//! R06 and the achievement gate: nothing that a person types becomes Lua, a second command, or a command at all by
//! accident.

use factorio_rcon::gate::{
    Access, CHAT_CAP, COMMAND_CAP, ChatText, Class, Effect, Line, Lua, LuaSwitch, Policy, PolicyError,
    Refusal, Settings, VanillaCommand, classify, words::Word,
};
use proptest::prelude::*;

use crate::invariants;

fn policy(settings: Settings) -> Policy {
    Policy::new(&settings).unwrap()
}

fn sent(text: &str) -> Result<String, Refusal> {
    Policy::default()
        .command(text)
        .map(|command| command.as_str().to_owned())
}

#[test]
fn every_way_to_write_lua_is_refused_by_default() {
    for word in [
        "c",
        "command",
        "sc",
        "silent-command",
        "mc",
        "measured-command",
        "editor",
        "cheat",
    ] {
        for text in [
            format!("/{word} game.print(1)"),
            format!("/{word}"),
            format!("  /{}  x", word.to_uppercase()),
            format!("/{word}\u{a0}x"),
            format!("/{word}(x)"),
            format!("//{word} x"),
            format!("/ {word} x"),
            format!("\u{200b}/{word} x"),
            format!("/\u{200b}{word} x"),
        ] {
            assert!(matches!(classify(&text), Class::Lua { .. }), "{text:?}");
            assert!(
                matches!(sent(&text), Err(Refusal::EndsAchievements { .. })),
                "{text:?}"
            );
            assert!(VanillaCommand::typed(&text).is_err(), "{text:?}");
            assert!(ChatText::exact(&text).is_err(), "{text:?}");
        }
    }
}

#[test]
fn a_vanilla_command_is_put_together_again_from_the_word_of_the_list() {
    let line = |text: &str| sent(text).unwrap();
    assert_eq!(line("/time"), "/time");
    assert_eq!(line("  /P   O \n"), "/players O");
    assert_eq!(line("/KICK alice  being rude "), "/kick alice  being rude");
    assert_eq!(
        line("/w bob look: \"[gps=1,2]\""),
        "/whisper bob look: \"[gps=1,2]\""
    );
}

#[test]
fn what_is_no_vanilla_command_is_refused_with_a_remedy() {
    let refusal = |text: &str| sent(text).unwrap_err();
    assert_eq!(refusal(""), Refusal::Empty);
    assert_eq!(refusal(" \t\u{200b} "), Refusal::Empty);
    assert_eq!(refusal("hello"), Refusal::NotACommand);
    for text in [
        "/",
        "//time",
        "/ time",
        "/t\u{200b}ime",
        "/time\u{a0}x",
        "/mod-command",
        "/time;/c x",
        "/ſc x",
    ] {
        assert!(
            matches!(refusal(text), Refusal::UnknownCommand { .. }),
            "{text:?}: {:?}",
            refusal(text)
        );
    }
    assert_eq!(refusal("/time\n/c game.print(1)"), Refusal::NotOneLine);
    assert_eq!(refusal("/kick bob \u{2028}/c x"), Refusal::NotOneLine);
    assert_eq!(refusal("/config get password"), Refusal::Secret);
    assert_eq!(refusal("/Config  GET   Password"), Refusal::Secret);
    let length = 100 << 10;
    assert_eq!(
        refusal(&format!("/kick {}", "x".repeat(length - 6))),
        Refusal::TooLong {
            length,
            cap: COMMAND_CAP
        }
    );
}

#[test]
fn chat_is_one_line_that_no_game_takes_for_a_command() {
    let tidied = |text: &str| ChatText::tidied(text).map(|chat| chat.as_str().to_owned());
    assert_eq!(tidied(" hello\r\nworld\u{2028}! ").unwrap(), "hello  world !");
    assert_eq!(tidied("/c game.print(1)").unwrap(), "c game.print(1)");
    assert_eq!(tidied("\u{200b}\u{feff} / / //sc x").unwrap(), "sc x");
    assert_eq!(tidied("a/b").unwrap(), "a/b");
    assert_eq!(tidied("///"), Err(Refusal::Empty));
    assert_eq!(ChatText::exact("a\nb"), Err(Refusal::NotOneLine));
    assert_eq!(ChatText::exact(" /c x"), Err(Refusal::LooksLikeACommand));
    assert_eq!(ChatText::exact(" a ").unwrap().as_str(), " a ");
    assert_eq!(
        tidied(&"x".repeat(CHAT_CAP + 1)),
        Err(Refusal::TooLong {
            length: CHAT_CAP + 1,
            cap: CHAT_CAP
        })
    );
}

#[test]
fn lua_needs_the_switch_of_the_very_server_that_it_is_sent_to() {
    let strict = Policy::default();
    assert!(strict.lua().is_none());
    let open = policy(Settings {
        lua: LuaSwitch::Allowed,
        ..Settings::default()
    });
    let lua = Lua::silent("rcon.print(game.tick)", open.lua().unwrap()).unwrap();
    let line = Line::from(lua);
    assert_eq!(line.text(), "/silent-command rcon.print(game.tick)");
    assert_eq!(open.admit(&line), Ok(()));
    assert!(matches!(
        strict.admit(&line),
        Err(Refusal::EndsAchievements { .. })
    ));
    // Typed Lua does not slip through as a plain command even there.
    assert!(matches!(open.command("/c x"), Err(Refusal::LuaAsCommand { .. })));
}

#[test]
fn read_only_refuses_everything_that_changes_something() {
    let read_only = policy(Settings {
        lua: LuaSwitch::Allowed,
        access: Access::ReadOnly,
        commands: vec!["mod-command".into()],
    });
    for text in [
        "/time",
        "/players online",
        "/whitelist get",
        "/banlist get bob",
        "/config get name",
        "/permissions groups",
    ] {
        assert!(read_only.command(text).is_ok(), "{text}");
    }
    for text in [
        "/kick bob",
        "/ban bob",
        "/whitelist add bob",
        "/whitelist",
        "/whitelist clear",
        "/config set name x",
        "/quit",
        "/server-save",
        "/promote bob",
        "/permissions reset",
        "/mod-command",
        "/admin",
        "/banlist clear",
    ] {
        assert_eq!(read_only.command(text), Err(Refusal::ReadOnly), "{text}");
        let typed = VanillaCommand::typed(text);
        if let Ok(command) = typed {
            assert_eq!(read_only.admit(&command.into()), Err(Refusal::ReadOnly), "{text}");
        }
    }
    let lua = Lua::silent("x()", read_only.lua().unwrap()).unwrap();
    assert_eq!(read_only.admit(&lua.into()), Err(Refusal::ReadOnly));
    // Chat changes nothing.
    assert_eq!(read_only.admit(&ChatText::tidied("hi").unwrap().into()), Ok(()));
}

#[test]
fn allow_commands_names_single_words_and_never_lua() {
    let own = policy(Settings {
        commands: vec!["/Mod-Command".into(), " other_1 ".into()],
        ..Settings::default()
    });
    let command = own.command("/mod-command  do it").unwrap();
    assert_eq!(command.as_str(), "/Mod-Command do it");
    assert_eq!(command.effect(), Effect::Changes);
    assert_eq!(own.admit(&command.clone().into()), Ok(()));
    assert!(matches!(
        Policy::default().admit(&command.into()),
        Err(Refusal::UnknownCommand { .. })
    ));
    assert!(own.command("/third").is_err());

    let words = ["C", "/silent-command", "two words", "", "/", "c\u{200b}"];
    let errors = Policy::new(&Settings {
        commands: words.map(str::to_owned).into(),
        ..Settings::default()
    })
    .unwrap_err();
    assert_eq!(errors.len(), words.len(), "all at once: {errors:?}");
    assert!(matches!(errors[0], PolicyError::EndsAchievements { .. }));
    assert!(matches!(errors[1], PolicyError::EndsAchievements { .. }));
    assert!(
        errors[2..]
            .iter()
            .all(|error| matches!(error, PolicyError::NotAWord { .. }))
    );
}

#[test]
fn the_list_holds_every_word_of_the_game_once() {
    let mut all: Vec<&str> = Word::all().iter().map(|word| word.name).collect();
    all.extend(Word::all().iter().flat_map(|word| word.aliases()));
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "a word stands twice");
    for word in all {
        assert!(Word::find(word).is_some() && word == word.to_lowercase());
    }
}

/// What people try: commands, near misses, and everything around them.
fn texts() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "c",
        "sc",
        "mc",
        "command",
        "silent-command",
        "measured-command",
        "editor",
        "cheat",
        "time",
        "p",
        "kick",
        "quit",
        "mod-command",
        "config get password",
        "players",
        "whisper",
        "server-save",
    ]);
    let around = "[ /\\t\\n\\r\u{b}\u{c}\u{85}\u{a0}\u{ad}\u{200b}\u{200e}\u{202e}\u{2028}\u{2029}\u{feff}\u{0}\u{1b}]{0,4}";
    prop_oneof![
        any::<String>(),
        "\\PC{0,20}",
        (around, word, around, any::<String>(), any::<bool>()).prop_map(
            |(before, word, between, rest, loud)| {
                let word = if loud {
                    word.to_uppercase()
                } else {
                    word.to_owned()
                };
                format!("{before}/{word}{between}{rest}")
            }
        ),
        (around, any::<String>(), around)
            .prop_map(|(before, text, behind)| format!("{before}{text}{behind}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn r06_no_string_that_a_person_types_becomes_a_command_or_lua(text in texts()) {
        invariants::typed(&text);
    }
}
