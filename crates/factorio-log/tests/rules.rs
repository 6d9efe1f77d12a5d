//! The rules that span the whole line: shapes, continuations, switches, dialects, hostile text.

use factorio_log::{
    Context, Dialect, Dialects, Entry, Fact, Grammar, Kind, Prefix, PromisedForms, Shape, Stamp, Uptime,
    Value, Who, strip_ansi,
};

fn parse(line: &str) -> Option<Entry<'_>> {
    Grammar::new().parse(&mut Context::new(), line.as_bytes())
}

fn kind(line: &str) -> Option<Kind> {
    parse(line).map(|entry| entry.kind())
}

/// The kinds of consecutive lines.
fn story(grammar: Grammar, lines: &[&str]) -> Vec<Option<Kind>> {
    let mut context = Context::new();
    lines
        .iter()
        .map(|line| {
            grammar
                .parse(&mut context, line.as_bytes())
                .map(|entry| entry.kind())
        })
        .collect()
}

const JOIN: &str = "2026-08-07 11:31:05 [JOIN] bob joined the game";
const BARE: &str = "bob joined the game";

#[test]
fn an_entry_tells_shape_and_clocks() {
    let stamp = Stamp {
        year: 2026,
        month: 8,
        day: 7,
        hour: 11,
        minute: 31,
        second: 5,
    };
    let join = parse(JOIN).expect("a join");
    assert_eq!(
        (join.shape, join.when, join.uptime),
        (Shape::Dated, Some(stamp), None)
    );
    let goodbye = parse("1430798.392 Goodbye").expect("an end");
    let uptime = Some(Uptime { ms: 1_430_798_392 });
    assert_eq!(
        (goodbye.shape, goodbye.when, goodbye.uptime),
        (Shape::Engine, None, uptime)
    );
    let version =
        parse("   0.000 2026-08-07 11:31:05; Factorio 2.1.14 (build 87180, linux64)").expect("a start");
    assert_eq!(
        (version.shape, version.when, version.uptime),
        (Shape::Engine, Some(stamp), Some(Uptime { ms: 0 }))
    );
    let opened = parse("=== Log opened 2026-08-07 11:31:05 ===").expect("a frame");
    assert_eq!(
        (opened.shape, opened.when, opened.fact),
        (Shape::Framed, Some(stamp), Fact::LogOpened)
    );
    let bare = parse(BARE).expect("a join");
    assert_eq!((bare.shape, bare.when, bare.uptime), (Shape::Bare, None, None));
}

#[test]
fn fields_come_in_a_fixed_order_with_when_first() {
    let line = "2026-08-07 11:31:05 [BAN] x y (not on map) was banned by al [Cat]. Reason: no.";
    let mut names = Vec::new();
    parse(line)
        .expect("a ban")
        .for_each_field(&mut |name, value| names.push((name, value)));
    assert_eq!(
        names,
        [
            ("when", Value::Text(b"2026-08-07 11:31:05")),
            ("player", Value::Text(b"x y")),
            ("on_map", Value::Flag(false)),
            ("by", Value::Text(b"al")),
            ("by_tag", Value::Text(b"[Cat]")),
            ("reason", Value::Text(b"no")),
        ]
    );
}

#[test]
fn an_unset_tick_is_minus_one() {
    let line = "   0.300 Info ServerMultiplayerManager.cpp:1: mapTick(-1) changing state from(Ready) to(CreatingGame)";
    let mut tick = None;
    parse(line).expect("a state").for_each_field(&mut |name, value| {
        if name == "tick" {
            tick = Some(value);
        }
    });
    assert_eq!(tick, Some(Value::Signed(-1)));
}

#[test]
fn bare_lines_continue_commands_command_errors_and_engine_errors() {
    for opener in [
        "2026-08-07 11:31:05 [COMMAND] bob (command): function f()",
        "2026-08-07 11:31:05 [COMMAND] no template at all",
        "2026-08-07 11:31:05 Cannot execute command. Error: x",
        "Cannot execute command. Error: x",
        "   1.000 Error MainLoop.cpp:1429: Exception at tick 784813: x",
        "   1.000 Error while running event level::on_nth_tick(1)",
    ] {
        for closer in [
            JOIN,
            "2026-08-07 11:31:05 nothing known",
            "   1.000 Goodbye",
            "   1.000 noise",
            "=== Log opened 2026-08-07 11:31:05 ===",
        ] {
            let printed = "[FactoriGOChatBot]: \"1 [ROCKET_LAUNCHED:1]\"";
            let kinds = story(
                Grammar::new(),
                &[opener, BARE, "", printed, "bob: hi", closer, BARE],
            );
            assert_eq!(kinds[1..5], [None; 4], "{opener}");
            assert_eq!(kinds[6], Some(Kind::Join), "{opener} {closer}");
        }
    }
}

#[test]
fn bare_lines_stand_for_themselves_after_anything_else() {
    for before in [
        "2026-08-07 11:31:05 [CHAT] bob: function f()",
        "2026-08-07 11:31:05 [WARNING] x",
        "   1.000 Info A.cpp:1: x",
        "   1.000 Warning A.cpp:1: x",
        "   1.000 Script @__m__/c.lua:1: {",
        "7 seconds",
        "",
    ] {
        assert_eq!(
            story(Grammar::new(), &[before, BARE])[1],
            Some(Kind::Join),
            "{before}"
        );
    }
}

#[test]
fn a_context_survives_a_restart_in_the_middle_of_a_command() {
    let grammar = Grammar::new();
    let mut before = Context::new();
    let command = b"2026-08-07 11:31:05 [COMMAND] bob (command): function f()";
    assert!(grammar.parse(&mut before, command).is_some());
    let mut after = Context::decode(before.encode()).expect("a stored context");
    assert!(grammar.parse(&mut after, BARE.as_bytes()).is_none());
}

#[test]
fn a_fake_date_does_not_end_a_continuation() {
    let command = "2026-08-07 11:31:05 [COMMAND] bob (command): print([[";
    let kinds = story(
        Grammar::new(),
        &[command, "0000-00-00 00:00:00 [DISCORD] x", BARE],
    );
    assert_eq!(kinds, [Some(Kind::Command), None, None]);
}

#[test]
fn only_the_tag_behind_the_date_counts() {
    for (line, expected) in [
        (
            "2026-08-07 11:31:05 [CHAT] eve: [JOIN] bob joined the game",
            Some(Kind::Chat),
        ),
        (
            "2026-08-07 11:31:05 [CHAT] eve: 2026-08-07 11:31:05 [BAN] bob was banned by al. Reason: x.",
            Some(Kind::Chat),
        ),
        (
            "2026-08-07 11:31:05 [CHAT] eve: laser technology has been researched",
            Some(Kind::Chat),
        ),
        ("2026-08-07 11:31:05 [CHAT] eve left the game", None),
        ("2026-08-07 11:31:05 [MUTE] eve left the game", None),
        ("2026-08-07 11:31:05 [JOIN] eve: hi", None),
        (" 2026-08-07 11:31:05 [JOIN] bob joined the game", None),
        ("x [JOIN] bob joined the game", None),
        ("[JOIN] bob joined the game", Some(Kind::Join)),
        ("2026-02-30 11:31:05 [JOIN] bob joined the game", None),
    ] {
        assert_eq!(kind(line), expected, "{line}");
    }
}

#[test]
fn promised_forms_stand_on_bare_and_dated_lines_and_in_script_bodies() {
    for (text, expected) in [
        ("bob joined the game", Kind::Join),
        ("bob left the game", Kind::Leave),
        ("[CHAT] <server>: hi", Kind::Chat),
        ("[MILESTONE] bob completed: x", Kind::Milestone),
        ("[TODO] bob finished task: x", Kind::Task),
        ("[TASK] bob finished task: x", Kind::Task),
        ("laser technology has been researched", Kind::Research),
        ("bob was killed by a biter", Kind::Death),
        ("bob died", Kind::Death),
    ] {
        for line in [
            text.to_owned(),
            format!("2026-08-07 11:31:05 {text}"),
            format!("  12.345 Script @__m__/control.lua:4: {text}"),
        ] {
            assert_eq!(kind(&line), Some(expected), "{line}");
            let off = Grammar::new().with_promised_forms(PromisedForms::Off);
            let found = off
                .parse(&mut Context::new(), line.as_bytes())
                .map(|entry| entry.kind());
            let core = line.starts_with("2026") && text.starts_with("[CHAT]");
            let expected = if core {
                Some(Kind::Chat)
            } else {
                line.contains("Script").then_some(Kind::EngineScript)
            };
            assert_eq!(found, expected, "{line}");
        }
        for line in [
            format!("2026-08-07 11:31:05 [CHAT] eve: {text}"),
            format!("eve: {text}"),
        ] {
            assert_eq!(kind(&line), Some(Kind::Chat), "{line}");
        }
        assert_eq!(
            kind(&format!("  12.345 Script @__m__/control.lua:4: eve: {text}")),
            Some(Kind::EngineScript)
        );
        assert_eq!(kind(&format!("  12.345 Info A.cpp:4: {text}")), None);
    }
}

const SPOKEN: [(Dialect, &str, Kind); 12] = [
    (
        Dialect::EventLogger,
        "  1.000 Script @__event-logger__/logger.lua:44: [JOIN] bob",
        Kind::ModJoin,
    ),
    (
        Dialect::EventLogger,
        "  1.000 Script @__event-logger__/logger.lua:44: [CHAT] bob: eve died",
        Kind::ModChat,
    ),
    (
        Dialect::FactoriGo,
        "[FactoriGOChatBot]: \"1 [PLAYER_DIED:bob]\"",
        Kind::ModDeath,
    ),
    (
        Dialect::FactoCord,
        "0000-00-00 00:00:00 [DISCORD] hi",
        Kind::ModMessage,
    ),
    (Dialect::RedMew, "[DISCORD]hi", Kind::ModMessage),
    (Dialect::RedMew, "[PLAYER-LEAVE]bob", Kind::ModLeave),
    (
        Dialect::RedMew,
        "[BAN] bob was banned by <script>. Reason: x.",
        Kind::ModBan,
    ),
    (
        Dialect::M45,
        "[MSG] bob was killed by x at [gps=1,2]",
        Kind::ModDeath,
    ),
    (
        Dialect::M45,
        "[CMD] NAME: bob, COMMAND: c, ARGS: a",
        Kind::ModCommand,
    ),
    (Dialect::M45, "[REPORT] bob: help", Kind::ModReport),
    (
        Dialect::Kbve,
        "  1.000 Script @__kbve__/control.lua:4: [STATS] kind=player_event event=join player=bob",
        Kind::ModJoin,
    ),
    (Dialect::ThreeRaGaming, "[WEB] bob: hi", Kind::ModChat),
];

#[test]
fn each_dialect_can_be_switched_off_alone() {
    for (dialect, line, expected) in SPOKEN {
        assert_eq!(kind(line), Some(expected), "{line}");
        let found = |dialects| {
            let grammar = Grammar::new().with_dialects(dialects);
            grammar
                .parse(&mut Context::new(), line.as_bytes())
                .map(|entry| entry.kind())
        };
        assert_eq!(found(Dialects::none().with(dialect)), Some(expected), "{line}");
        let fallback = line.contains("Script").then_some(Kind::EngineScript);
        assert_eq!(found(Dialects::all().without(dialect)), fallback, "{line}");
        assert_eq!(found(Dialects::none()), fallback, "{line}");
    }
}

#[test]
fn no_dialect_is_reached_by_chat_or_by_a_date() {
    for (_, line, _) in SPOKEN {
        assert_eq!(
            kind(&format!("2026-08-07 11:31:05 [CHAT] eve: {line}")),
            Some(Kind::Chat)
        );
        assert_eq!(
            kind(&format!(" {line}"))
                .filter(|kind| kind.as_str().starts_with("mod.") && !line.contains("Script")),
            None
        );
        if line.contains("Script") {
            let other = line
                .replace("@__event-logger__", "@__evil__")
                .replace("@__kbve__", "@__evil__");
            assert_eq!(kind(&other), Some(Kind::EngineScript));
        }
    }
    assert_eq!(kind("2026-08-07 11:31:05 [DISCORD]hi"), None);
    assert_eq!(kind("2026-08-07 11:31:05 [MSG] hi"), None);
}

#[test]
fn machine_talk_is_never_an_event() {
    for line in [
        "\x0c$ipc:x?j{} technology has been researched",
        "§12§chat§{} technology has been researched",
    ] {
        assert_eq!(kind(line), None, "{line}");
    }
}

#[test]
fn one_carriage_return_and_a_byte_order_mark_are_ignored() {
    let bob = Fact::Join {
        player: Who::named(b"bob"),
    };
    for line in [
        format!("{JOIN}\r"),
        format!("\u{feff}{JOIN}"),
        format!("\u{feff}{JOIN}\r"),
    ] {
        assert_eq!(parse(&line).map(|entry| entry.fact), Some(bob), "{line:?}");
    }
    assert_eq!(kind(&format!("{JOIN}\r\r")), None);
}

#[test]
fn colours_are_ignored_after_stripping() {
    let mut scratch = Vec::new();
    let line = strip_ansi(
        b"\x1b[32m2026-08-07 11:31:05\x1b[0m [JOIN] \x1b[1mbob\x1b[0m joined the game\r",
        &mut scratch,
    );
    let entry = Grammar::new().parse(&mut Context::new(), line).expect("a join");
    assert_eq!(
        entry.fact,
        Fact::Join {
            player: Who::named(b"bob")
        }
    );
}

#[test]
fn prefixes_are_taken_off_only_by_their_rule() {
    let line = format!("2018-09-15 20:18:39: {JOIN}");
    assert_eq!(kind(&line), None);
    let grammar = Grammar::new().with_prefix(Prefix::FactorioWebInterface);
    let entry = grammar
        .parse(&mut Context::new(), line.as_bytes())
        .expect("a join");
    assert_eq!(entry.when.map(|when| when.year), Some(2026));
    let spoof = format!("2026-08-07 11:31:05 [CHAT] eve: 2018-09-15 20:18:39: {JOIN}");
    let entry = grammar
        .parse(&mut Context::new(), spoof.as_bytes())
        .expect("chat");
    assert_eq!(entry.kind(), Kind::Chat);
}

#[test]
fn bytes_that_are_no_text_pass_through() {
    let entry = Grammar::new()
        .parse(&mut Context::new(), b"2026-08-07 11:31:05 [CHAT] bob: \xff\0\xc3")
        .map(|e| e.fact);
    assert_eq!(
        entry,
        Some(Fact::Chat {
            player: Who::named(b"bob"),
            text: b"\xff\0\xc3"
        })
    );
}
