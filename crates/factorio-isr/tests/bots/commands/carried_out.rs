//! What commands do when they may: the line, the answer, and what the game refuses.

use isr_testkit::rcon::Script;
use serde_json::json;

use super::{ADMINISTRATOR, Row, Scene, changes, options, person, questions, text};

#[tokio::test]
async fn every_command_reaches_the_game_and_tells_what_it_answered() {
    let scene = Scene::new().await;
    for row in questions() {
        let seen = scene.run(&person(ADMINISTRATOR), row.0, &options(&row)).await;
        assert!(seen.said.contains(row.3), "{}: {}", row.0, seen.said);
        assert!(!seen.quiet, "{}: a question is answered for everybody", row.0);
    }
    for row in changes() {
        let before = scene.lines().len();
        let seen = scene
            .run_to_its_end(&person(ADMINISTRATOR), row.0, &options(&row))
            .await;
        assert!(seen.said.contains(row.3), "{}: {}", row.0, seen.said);
        assert!(seen.quiet, "{}: a change is answered to the asker", row.0);
        assert_eq!(scene.lines()[before..], [row.2.unwrap().to_owned()], "{}", row.0);
    }
    let achievements = scene.game.world(|world| world.was_never_warned());
    assert!(achievements, "none of them is Lua");
    // Last, for it ends the game.
    let seen = scene
        .run_to_its_end(&person(ADMINISTRATOR), "factorio-admin stop", &json!([]))
        .await;
    assert!(seen.said.contains("ends now"), "{}", seen.said);
    assert_eq!(scene.game.times_received("/quit"), 1);

    let rows = scene.stop().await;
    let sent: Vec<_> = rows
        .iter()
        .filter(|row| row.entry.kind == isr_store::AuditKind::Sent)
        .collect();
    let lines: Vec<_> = sent.iter().map(|row| row.entry.line.clone().unwrap()).collect();
    let mut wanted: Vec<String> = changes().iter().map(|row| row.2.unwrap().to_owned()).collect();
    wanted.push("/quit".into());
    assert_eq!(lines, wanted, "every change is written down, and nothing else");
    assert!(sent.iter().all(|row| row.entry.person.name == "Ann"));
    let ended = |of: i64| {
        let is_end = |row: &&isr_store::AuditRow| row.entry.kind == isr_store::AuditKind::Ended { of };
        rows.iter().find(is_end).map(|row| row.entry.outcome.clone())
    };
    assert!(
        sent.iter().all(|row| ended(row.seq).as_deref() == Some("done")),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_game_that_refuses_is_quoted() {
    let scene = Scene::new().await;
    let unknown = "knows no player **nobody\\_here**";
    let rows: Vec<Row> = vec![
        ("factorio kick", vec![("player", "nobody_here")], None, unknown),
        (
            "factorio kick",
            vec![("player", "Bob")],
            None,
            "is not on **north** now",
        ),
        ("factorio mute", vec![("player", "nobody_here")], None, unknown),
        ("factorio unmute", vec![("player", "alice")], None, "is not muted"),
        ("factorio unban", vec![("player", "alice")], None, "is not banned"),
        (
            "factorio demote",
            vec![("player", "alice")],
            None,
            "is no admin of",
        ),
        (
            "factorio whisper",
            vec![("player", "nobody_here"), ("message", "x")],
            None,
            unknown,
        ),
        (
            "factorio whitelist",
            vec![("action", "remove"), ("player", "zed")],
            None,
            "was not on the whitelist",
        ),
        (
            "factorio evolution",
            vec![("target", "moon")],
            None,
            "no surface **moon**",
        ),
    ];
    for row in rows {
        let seen = scene
            .run_to_its_end(&person(ADMINISTRATOR), row.0, &options(&row))
            .await;
        assert!(
            seen.quiet && seen.said.contains(row.3),
            "{}: {}",
            row.0,
            seen.said
        );
    }
    // A save that is under way, and an answer in words that nobody knows.
    scene.game.script(
        "/server-save",
        Script::Text("Cannot save because a save is already in progress.\n".into()),
    );
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio save", &json!([]))
        .await;
    assert!(
        seen.said.contains("does not save") && seen.said.contains("already in progress"),
        "{}",
        seen.said
    );
    scene
        .game
        .script("/seed", Script::Text("10.1.2.3:34197 @everyone **boo**\n".into()));
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio seed", &json!([]))
        .await;
    assert!(seen.quiet && seen.said.contains("unexpected"), "{}", seen.said);
    assert!(
        !seen.said.contains("10.1.2.3") && !seen.said.contains(" **boo**"),
        "{}",
        seen.said
    );
    scene.stop().await;
}

#[tokio::test]
async fn what_is_typed_wrongly_reaches_nothing_and_says_how_to_do_better() {
    let scene = Scene::new().await;
    let rows: Vec<Row> = vec![
        ("factorio kick", vec![("player", "two words")], None, "one word"),
        ("factorio kick", vec![("player", "a\n/quit")], None, "one word"),
        (
            "factorio kick",
            vec![("player", "alice"), ("reason", "x\n/quit")],
            None,
            "one line",
        ),
        ("factorio kick", vec![], None, "`player` is missing"),
        (
            "factorio save",
            vec![("name", "../../etc")],
            None,
            "letters, digits",
        ),
        (
            "factorio whitelist",
            vec![("action", "clear")],
            None,
            "is one of: add, remove",
        ),
        (
            "factorio rcon",
            vec![("command", "hello everybody")],
            None,
            "begins with `/`",
        ),
        (
            "factorio rcon",
            vec![("command", "/sc game.print(1)")],
            None,
            "allow_lua",
        ),
        (
            "factorio rcon",
            vec![("command", "/time\n/quit")],
            None,
            "one line",
        ),
        (
            "factorio rcon",
            vec![("command", "/config get password")],
            None,
            "password",
        ),
        (
            "factorio rcon",
            vec![("command", "/nonsense")],
            None,
            "allow_commands",
        ),
        ("factorio speed", vec![("value", "fast")], None, "from 0.1 to 10"),
        ("factorio clock", vec![("value", "day")], None, "allow_lua"),
        ("factorio research", vec![], None, "allow_lua"),
        (
            "factorio players",
            vec![("server", "south")],
            None,
            "no server **south**. There are: `north`",
        ),
        (
            "factorio connect",
            vec![("server", "south")],
            None,
            "no server **south**",
        ),
        ("factorio nonsense", vec![], None, "not known any more"),
    ];
    for row in rows {
        let seen = scene.run(&person(ADMINISTRATOR), row.0, &options(&row)).await;
        assert!(
            seen.quiet && seen.said.contains(row.3),
            "{}: {}",
            row.0,
            seen.said
        );
        assert_eq!(seen.buttons, [""; 0], "{}", row.0);
    }
    assert_eq!(scene.lines(), [""; 0]);
    assert_eq!(scene.stop().await, []);
}

#[tokio::test]
async fn lua_runs_where_it_is_allowed_and_says_when_the_game_only_warned() {
    let scene = Scene::with(", allow_lua: true", "").await;
    let half = || json!([{"name": "value", "type": 10, "value": 0.5}]);
    let asked = scene.run(&person(ADMINISTRATOR), "factorio speed", &half()).await;
    assert!(
        asked.said.contains("achievements of this save for good"),
        "{}",
        asked.said
    );
    assert!(
        asked.said.contains("`/factorio speed 0.5` on **north**"),
        "{}",
        asked.said
    );
    for (typed, given, shown) in [
        (
            "factorio clock",
            json!([text("value", " Eternal-Day ")]),
            "clock eternal-day`",
        ),
        ("factorio clock", json!([]), "/factorio clock`"),
        (
            "factorio research",
            json!([
                text("action", "grant"),
                text("technology", "all"),
                text("force", "enemy")
            ]),
            "research grant all enemy`",
        ),
        ("factorio research", json!([]), "research count player`"),
    ] {
        let asked = scene.run(&person(ADMINISTRATOR), typed, &given).await;
        assert!(asked.said.contains(shown), "{}", asked.said);
    }
    // The program's own probes may have had the warning already.
    let mut said = String::new();
    for _ in 0..2 {
        said = scene
            .run_to_its_end(&person(ADMINISTRATOR), "factorio speed", &half())
            .await
            .said;
    }
    assert!(said.contains("0.50 times"), "{said}");
    assert!((scene.game.world(|world| world.speed) - 0.5).abs() < 0.001);
    scene.stop().await;
}
