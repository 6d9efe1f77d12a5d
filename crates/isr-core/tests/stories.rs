//! Whole stories of a server, from lines to what Discord shows.

use factorio_log::Grammar;
use isr_core::ageing::{Reading, When};
use isr_core::context::SourceContext;
use isr_core::event::{EventKind, Selection};
use isr_core::interpreter::{GameLog, Interpreter, Role};
use isr_core::source::Stream;
use isr_core::voice::{Known, Pick, Telling, Told, Voice};
use isr_core::zone::ZoneClock;
use jiff::tz::TimeZone;

/// 2024-06-01 12:00:00 UTC.
const NOON: i64 = 1_717_243_200_000;

fn interpreter(role: Role, wanted: Selection) -> Interpreter {
    Interpreter::new(
        Grammar::default(),
        ZoneClock::new(TimeZone::UTC),
        role,
        wanted,
        SourceContext::default(),
    )
}

fn shown(interpreter: &mut Interpreter, lines: &[&str]) -> Vec<String> {
    let voice = Voice::default();
    let telling = Telling {
        server: "Main",
        happened_ms: NOON,
        pick: Pick::FIRST,
        calls: None,
        known: Known::Nothing,
    };
    let mut shown = Vec::new();
    for line in lines {
        for happened in interpreter.line(line.as_bytes(), Reading::CatchUp, NOON) {
            match voice.render(&happened.event, &telling) {
                Told::Lines(lines) => shown.extend(lines.iter().map(ToString::to_string)),
                other => panic!("{other:?}"),
            }
        }
    }
    shown
}

const CAPTURE: &[&str] = &[
    "   0.000 2024-06-01 11:00:00; Factorio 2.0.42 (build 82066, linux64, headless, space-age)",
    "   0.956 Info ServerMultiplayerManager.cpp:795: updateTick(18446744073709551615) changing state from(PreparedToHostGame) to(CreatingGame)",
    "   2.100 Info ServerMultiplayerManager.cpp:795: updateTick(5) changing state from(CreatingGame) to(InGame)",
    " 473.182 Refusing connection for address (IP ADDR:({203.0.113.2:27588})), username (Bob). UserVerificationMissing",
    " 480.000 Info ServerMultiplayerManager.cpp:795: updateTick(5) changing state from(InGame) to(InGameSavingMap)",
    " 481.000 Info ServerMultiplayerManager.cpp:795: updateTick(5) changing state from(InGameSavingMap) to(InGame)",
    "2024-06-01 11:10:00 [JOIN] Bob joined the game",
    "2024-06-01 11:10:05 [CHAT] Bob [builder]: *hi* @everyone [JOIN] x joined the game",
    "2024-06-01 11:10:06 [CHAT] <server>: hello",
    "2024-06-01 11:10:07 [COMMAND] <server> (command): function f()",
    "Bob joined the game",
    "2024-06-01 11:10:08 [WARNING] Using Lua console commands will disable achievements. Please repeat the command to proceed.",
    "2024-06-01 11:11:00 [KICK] Bob was kicked by admin [Dog]. Reason: too loud.",
    "2024-06-01 11:11:00 [LEAVE] Bob left the game",
    "[MILESTONE] Ann completed: First rocket",
    " 600.000 Info AppManager.cpp:415: Saving to _autosave1 (blocking).",
    " 601.500 Info AppManagerStates.cpp:2097: Saving finished",
    " 700.000 Info ServerMultiplayerManager.cpp:1231: Auto saving map as /saves/_autosave2.zip",
    " 700.010 Info AppManager.cpp:415: Saving game as /saves/_autosave2.zip",
    " 722.900 Info AppManagerStates.cpp:2097: Saving finished",
    " 900.000 Received SIGTERM, shutting down",
    " 900.100 Quitting: signal.",
    " 901.000 Goodbye",
];

#[test]
fn a_capture_of_standard_output_tells_everything_once() {
    let mut interpreter = interpreter(Role::of(Stream::Console, GameLog::Absent), Selection::default());
    assert_eq!(
        shown(&mut interpreter, CAPTURE),
        [
            "🟢 Server started (Factorio 2.0.42)",
            "✅ **Bob** joined the server",
            "💬 **Bob**: \\*hi\\* \\@\u{200b}everyone \\[JOIN\\] x joined the game",
            "🖥️ **[SERVER]**: hello",
            "👢 **Bob** was kicked by **admin**: too loud",
            "❌ **Bob** left the server",
            "🏆 **Ann** completed milestone: *First rocket*",
            "🐢 Saving the game took **22** seconds",
            "🔴 Server stopped (SIGTERM)",
        ]
    );
}

#[test]
fn a_capture_and_a_game_log_together_tell_the_same_once() {
    let all = shown(&mut interpreter(Role::Alone, Selection::default()), CAPTURE);
    // The game log holds the engine lines of the capture and nothing else.
    let engine: Vec<&str> = CAPTURE
        .iter()
        .copied()
        .filter(|line| line.starts_with(' '))
        .collect();
    let console = shown(
        &mut interpreter(Role::of(Stream::Console, GameLog::Present), Selection::default()),
        CAPTURE,
    );
    let game = shown(
        &mut interpreter(Role::of(Stream::Game, GameLog::Present), Selection::default()),
        &engine,
    );
    let mut both = [console, game].concat();
    let mut all_sorted = all;
    both.sort();
    all_sorted.sort();
    assert_eq!(both, all_sorted);
}

#[test]
fn a_console_log_alone_tells_start_stop_and_an_unseen_end() {
    let lines = [
        "=== Log opened 2024-06-01 11:00:00 ===",
        "2024-06-01 11:10:00 [JOIN] Bob joined the game",
        "=== Log closed 2024-06-01 11:20:00 ===",
        "=== Log opened 2024-06-01 11:30:00 ===",
        "=== Log opened 2024-06-01 11:40:00 ===",
    ];
    assert_eq!(
        shown(&mut interpreter(Role::Alone, Selection::default()), &lines),
        [
            "🟢 Server started",
            "✅ **Bob** joined the server",
            "🔴 Server stopped",
            "🟢 Server started",
            "💥 The run before this one ended without a goodbye: a crash, a kill or a power cut",
            "🟢 Server started",
        ]
    );
}

#[test]
fn s01_reading_on_from_a_checkpoint_is_reading_in_one_go() {
    let whole = shown(&mut interpreter(Role::Alone, Selection::default()), CAPTURE);
    for cut in 0..CAPTURE.len() {
        let mut first = interpreter(Role::Alone, Selection::default());
        let mut told = shown(&mut first, &CAPTURE[..cut]);
        let context = SourceContext::decode(&first.context().encode());
        assert_eq!(&context, first.context());
        let mut second = interpreter(Role::Alone, Selection::default());
        second.resume(context);
        told.extend(shown(&mut second, &CAPTURE[cut..]));
        assert_eq!(told, whole, "cut before line {cut}");
    }
}

#[test]
fn what_is_off_stays_off_and_can_be_switched_on() {
    let line = ["2024-06-01 11:10:07 [COMMAND] Bob (command): game.print(1)"];
    assert_eq!(
        shown(&mut interpreter(Role::Alone, Selection::default()), &line),
        Vec::<String>::new()
    );
    let with = Selection::default().with(EventKind::Command);
    assert_eq!(
        shown(&mut interpreter(Role::Alone, with), &line),
        ["🔧 **Bob** ran a command: game.print(1)"]
    );
}

#[test]
fn only_lines_of_the_console_carry_their_own_time() {
    let mut interpreter = interpreter(Role::Alone, Selection::default());
    let mut when = |line: &str| {
        interpreter
            .line(line.as_bytes(), Reading::CatchUp, NOON)
            .map(|happened| happened.when)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        when("2024-06-01 11:10:00 [JOIN] Bob joined the game"),
        [When::Stamped(NOON - 50 * 60_000)]
    );
    assert_eq!(when("Ann joined the game"), [When::Read(NOON)]);
    assert_eq!(when(" 901.000 Goodbye"), [When::Read(NOON)]);
}

#[test]
fn a_live_server_in_another_zone_is_corrected() {
    let mut interpreter = interpreter(Role::Alone, Selection::default());
    for (line, now) in [
        ("2024-06-01 14:00:00 [JOIN] Bob joined the game", NOON),
        ("2024-06-01 14:01:00 [LEAVE] Bob left the game", NOON + 60_000),
    ] {
        let happened: Vec<_> = interpreter.line(line.as_bytes(), Reading::Live, now).collect();
        assert_eq!(happened[0].when, When::Stamped(now));
    }
    assert_eq!(interpreter.context().zone_correction().minutes(), Some(-120));
}
