//! `factorio-isr rcon`, `status`, `players`, and what `check` and `doctor` say of RCON.

use isr_testkit::rcon::{FakeFactorio, Script};
use serde_json::Value;

use super::program::{Program, Ran};

/// The password of the fake game; it must never be shown.
const PASSWORD: &str = "canary password";

/// A game with a player, and a program that knows it as `north`.
async fn scene(more: &str) -> (FakeFactorio, Program) {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    game.world(|world| {
        world.ticks = 60 * 3_626;
        world.join("alice");
    });
    let program = Program::new();
    let (host, port) = (game.addr().ip(), game.addr().port());
    std::fs::write(
        program.work().join("factorio-isr.yml"),
        format!(
            "servers:\n  north:\n    rcon: {{host: {host}, port: {port}, password: {PASSWORD}{more}}}\n  \
             south: {{log_path: south.log}}\n"
        ),
    )
    .unwrap();
    (game, program)
}

fn quiet_about_the_password(ran: &Ran) {
    assert!(
        !ran.out.contains("canary") && !ran.err.contains("canary"),
        "{ran:#?}"
    );
}

/// What the game was told besides the login.
fn told(game: &FakeFactorio) -> Vec<String> {
    game.received().into_iter().map(|command| command.text).collect()
}

#[tokio::test]
async fn a_command_is_answered_on_standard_output() {
    let (game, program) = scene("").await;
    let ran = program.run(["rcon", "north", "/p", "o"]).await.expect_code(0);
    assert_eq!(ran.out, "Online players (1):\n  alice (online)\n");
    let ran = program.run(["rcon", "NORTH", "/time"]).await.expect_code(0);
    assert_eq!(ran.out, "1 hour and 26 seconds\n");
    let ran = program
        .run(["rcon", "north", "Restart", "in", "5", "minutes"])
        .await;
    ran.expect_code(0).says(&["no text came back"]);
    assert_eq!(told(&game), ["/players o", "/time", "Restart in 5 minutes"]);
    assert_eq!(game.connections(), 0);
}

#[tokio::test]
async fn r06_what_the_configuration_does_not_allow_reaches_no_socket() {
    let (game, program) = scene("").await;
    for (typed, said) in [
        ("/c game.speed = 10", "set `allow_lua: true`"),
        ("/Silent-Command x", "set `allow_lua: true`"),
        ("/editor", "would end the achievements"),
        ("/trade iron", "name it in `allow_commands`"),
        ("time", "did you mean /time?"),
        ("/config get password", "the game password is not read"),
        ("/kick alice\n/c x", "one line"),
    ] {
        let ran = program.run(["rcon", "north", typed]).await.expect_code(2);
        assert_eq!(ran.out, "");
        ran.complains(&[said]);
    }
    let (_, read_only) = scene(", read_only: on").await;
    let ran = read_only
        .run(["rcon", "north", "/kick", "alice"])
        .await
        .expect_code(2);
    ran.complains(&["read_only: true"]);
    assert_eq!(told(&game), Vec::<String>::new());
    assert!(game.logins().is_empty());
    assert!(game.world(|world| world.was_never_warned()));
}

#[tokio::test]
async fn lua_that_is_allowed_says_what_it_costs() {
    let (game, program) = scene(", allow_lua: on").await;
    let ran = program
        .run(["rcon", "north", "/c", "rcon.print(1)"])
        .await
        .expect_code(0);
    ran.complains(&["ends the achievements of this save for good"]);
    assert_eq!(told(&game), ["/silent-command rcon.print(1)"]);
}

#[tokio::test]
async fn lines_of_a_script_are_answered_one_after_the_other() {
    let (game, program) = scene("").await;
    let lines = program.file("lines", "/version\n\n/nonsense\n/seed\n");
    let ran = program
        .stdin_from(lines)
        .run(["rcon", "north"])
        .await
        .expect_code(0);
    assert!(
        ran.out.contains("2.0.77\n") && ran.out.contains("3141592653\n"),
        "{ran:#?}"
    );
    ran.complains(&["/nonsense is no command of the unmodded game"]);
    assert!(told(&game).iter().all(|text| !text.contains("nonsense")));
}

#[tokio::test]
async fn a_failure_is_told_with_its_remedy_and_without_the_password() {
    let (game, program) = scene("").await;
    game.set_password("another one");
    let ran = program.run(["rcon", "north", "/time"]).await.expect_code(1);
    quiet_about_the_password(&ran);
    ran.complains(&["refuses the password"]);
    game.stop().await;
    let ran = program.run(["rcon", "north"]).await.expect_code(1);
    quiet_about_the_password(&ran);
    ran.complains(&["is the server running, with --rcon-port"]);
    let ran = program.run(["rcon", "norht", "/time"]).await.expect_code(2);
    ran.complains(&["there is no server \"norht\"", "did you mean `north`?"]);
    let ran = program.run(["rcon", "south", "/time"]).await.expect_code(78);
    ran.complains(&["south has no RCON"]);
}

#[tokio::test]
async fn p07_a_reply_cannot_steer_the_terminal() {
    let (game, program) = scene("").await;
    game.script(
        "/version",
        Script::Text("\u{1b}]0;owned\u{7}2.0\u{202e}.1\n".into()),
    );
    let ran = program.run(["rcon", "north", "/version"]).await.expect_code(0);
    assert_eq!(ran.out, "]0;owned2.0.1\n");
}

#[tokio::test]
async fn status_asks_all_servers_and_tells_who_does_not_answer() {
    let (game, program) = scene("").await;
    let ran = program.run(["status"]).await.expect_code(0);
    ran.says(&[
        "SERVER  STATE  PLAYERS   VERSION  PLAYED  EVOLUTION",
        "north   up     1: alice  2.0.77   1 h     Nauvis 0.0 %",
    ]);
    let ran = program.run(["players"]).await.expect_code(0);
    assert_eq!(ran.out, "north: 1 player\n  alice\n");
    game.script("/players online", Script::Text("Spieler (1):".into()));
    for (command, reply) in [
        ("/banlist get", "Banned players: mallory"),
        ("/whitelist get", "Whitelisted players: alice"),
        ("/config get name", "Server name: Gleba & friends"),
        ("/config get max-players", "Maximum players: 8."),
        ("/config get tags", "Was weiß ich"),
    ] {
        game.script(command, Script::Text(reply.into()));
    }
    let ran = program.run(["status", "north", "--json"]).await.expect_code(0);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json[0]["up"], true);
    assert_eq!(json[0]["relay"]["running"], false, "{}", json[0]["relay"]);
    assert_eq!(
        json[0]["players"],
        Value::Null,
        "what is not understood is no value"
    );
    assert_eq!(json[0]["version"], "2.0.77");
    assert_eq!(json[0]["played_seconds"], 3_626);
    assert_eq!(json[0]["admins"], serde_json::json!([]));
    assert_eq!(json[0]["banned"], serde_json::json!(["mallory"]));
    assert_eq!(json[0]["whitelisted"], serde_json::json!(["alice"]));
    let settings = &json[0]["settings"];
    assert_eq!(settings["name"], "Gleba & friends");
    assert_eq!(settings["max-players"], 8);
    assert_eq!(settings["tags"], Value::Null, "it did not say");
    quiet_about_the_password(&ran);
    let asked = game.received().into_iter().map(|command| command.text);
    assert!(asked.clone().any(|text| text == "/config get visibility-public"));
    assert!(!asked.clone().any(|text| text.contains("password")));
    game.stop().await;
    let ran = program.run(["status"]).await.expect_code(1);
    quiet_about_the_password(&ran);
    ran.says(&["north   down", "is the server running"]);
    program
        .run(["status", "south"])
        .await
        .expect_code(2)
        .complains(&["it has no RCON"]);
}

#[tokio::test]
async fn check_and_doctor_say_what_rcon_does() {
    let (game, program) = scene("").await;
    let ran = program.run(["check"]).await.expect_code(0);
    quiet_about_the_password(&ran);
    ran.says(&[
        "RCON of north: 127.0.0.1:",
        "is asked every 60 s; allowed: commands of the unmodded game; no Lua, achievements stay on.",
        "Events of north: none, for it has no log_path.",
    ]);
    let ran = program.run(["doctor"]).await;
    quiet_about_the_password(&ran);
    ran.says(&["✅ north (RCON): the password is right; the game is 2.0.77, players online: 1"]);
    game.set_password("another one");
    let ran = program.run(["doctor"]).await.expect_code(1);
    quiet_about_the_password(&ran);
    ran.says(&[
        "❌ north (RCON): the password is wrong",
        "/factorio/config/rconpw",
    ]);
    game.stop().await;
    let ran = program.run(["doctor"]).await.expect_code(1);
    ran.says(&["❌ north (RCON): nothing listens at its port", "--rcon-port"]);
}
