//! Every command's row: what it is given, what reaches the game, what it says, and what it says when it cannot be done.
//!
//! The rows are a `match` without a wildcard, so a new command without a row does not build.

use isr_core::command::Verb;
use isr_core::command::tree::{ALL, Needs, Spec};
use isr_testkit::rcon::Script;
use serde_json::{Value, json};

use super::{ADMINISTRATOR, Scene, Seen, person, text};

/// What a game says to a command that it does not have.
const UNKNOWN: &str = "Unknown command \"x\". Type /h or /help for more help about commands.\n";
const DOES_NOT_KNOW: &str = "does not know this command";

/// How a game can refuse a command.
enum Refuses {
    /// It answers this, and the person reads that.
    With(&'static str, &'static str),
    /// It cannot: nothing is asked of it, or what is said to it has no answer.
    Never,
}

struct Row {
    given: Vec<Value>,
    /// The line that reaches the game.
    line: Option<&'static str>,
    said: &'static str,
    refuses: Refuses,
    /// What is said of a player whom nobody knows.
    stranger: Option<&'static str>,
}

fn asks(line: &'static str, said: &'static str) -> Row {
    Row {
        line: Some(line),
        refuses: Refuses::With(UNKNOWN, DOES_NOT_KNOW),
        ..tells(said)
    }
}

fn tells(said: &'static str) -> Row {
    Row {
        given: Vec::new(),
        line: None,
        said,
        refuses: Refuses::Never,
        stranger: None,
    }
}

impl Row {
    fn given(self, given: &[(&str, &str)]) -> Self {
        Self {
            given: given.iter().map(|(name, value)| text(name, value)).collect(),
            ..self
        }
    }

    fn stranger(self, said: &'static str) -> Self {
        Self {
            stranger: Some(said),
            ..self
        }
    }

    fn refused(self, reply: &'static str, said: &'static str) -> Self {
        Self {
            refuses: Refuses::With(reply, said),
            ..self
        }
    }

    fn never_refused(self) -> Self {
        Self {
            refuses: Refuses::Never,
            ..self
        }
    }

    fn options(&self) -> Value {
        self.given.clone().into()
    }
}

/// The row of a command; in the order of the list each is possible.
fn row(verb: Verb) -> Row {
    let lua = |said| asks("/silent-command", said).refused("Cannot execute command. Error: x", "unexpected");
    match verb {
        Verb::Servers => tells("`north`) · 🟢 up"),
        Verb::Connect => tells("go to **north** now").given(&[("server", "north")]),
        Verb::Status => tells("north"),
        Verb::Players => asks("/players online", "• alice"),
        Verb::Version => asks("/version", "runs Factorio `"),
        Verb::Seed => asks("/seed", "has the seed `"),
        Verb::Evolution => asks("/evolution", "auvis: **"),
        Verb::Admins => asks("/admins", "no admins"),
        Verb::Health => tells("🟢 up"),
        Verb::Kick => asks("/kick alice afk", "alice** was thrown out")
            .given(&[("player", "alice"), ("reason", "afk")])
            .stranger("knows no player"),
        Verb::Ban => asks("/ban griefer tnt", "griefer** is banned")
            .given(&[("player", "griefer"), ("reason", "tnt")])
            .stranger("is banned from"),
        Verb::Unban => asks("/unban griefer", "griefer** may come back")
            .given(&[("player", "griefer")])
            .stranger("is not banned"),
        Verb::Mute => asks("/mute alice", "alice** cannot write")
            .given(&[("player", "alice")])
            .stranger("knows no player"),
        Verb::Unmute => asks("/unmute alice", "alice** may write")
            .given(&[("player", "alice")])
            .stranger("is not muted"),
        Verb::Promote => asks("/promote Bob", "Bob** is an admin")
            .given(&[("player", "Bob")])
            .stranger("is an admin of"),
        Verb::Demote => asks("/demote Bob", "Bob** is no admin")
            .given(&[("player", "Bob")])
            .stranger("is no admin of"),
        Verb::Save => asks("/server-save", "saves"),
        Verb::Broadcast => asks("restart soon", "Said on **north**: restart soon")
            .given(&[("message", "restart soon")])
            .never_refused(),
        Verb::Whisper => asks("/whisper alice psst", "Said to **alice**")
            .given(&[("player", "alice"), ("message", "psst")])
            // The game's words for it are not known: they are shown.
            .refused(UNKNOWN, "Unknown command")
            .stranger("knows no player"),
        Verb::Whitelist => asks("/whitelist add carl", "carl** is on the whitelist")
            .given(&[("action", "add"), ("player", "carl")])
            .stranger("is on the whitelist"),
        Verb::Clock => lua("of a day"),
        Verb::Speed => Row {
            given: vec![json!({"name": "value", "type": 10, "value": 0.5})],
            ..lua("0.50 times")
        },
        Verb::Research => lua("technologies"),
        Verb::Rcon => asks("/mutes", "`/mutes` on")
            .given(&[("command", "/mutes")])
            .refused(UNKNOWN, "Unknown command"),
        Verb::Help => tells("/factorio kick"),
        Verb::Time => asks("/time", "has been played for"),
        Verb::Bans => asks("/bans", "Nobody is banned"),
        Verb::Say => asks("Ann: hello", "Ann: hello")
            .given(&[("message", "hello")])
            .never_refused(),
        Verb::Stats => tells("**alice**")
            .given(&[("since", "2h")])
            .stranger("was not on **north**"),
        Verb::Recap => tells("nothing to tell"),
        Verb::Outbox => tells("Nothing waits"),
        Verb::Watch => tells("alice")
            .given(&[("event", "player"), ("player", "alice")])
            .stranger("nobody\\_watch"),
        Verb::Unwatch => tells("You watch nothing of that number").given(&[("number", "all")]),
        Verb::Link => tells("Write `link-"),
        Verb::Unlink => tells("linked with no player"),
        Verb::Stop => asks("/quit", "ends now").never_refused(),
        Verb::Maintenance => tells("Maintenance of **north** until").given(&[
            ("action", "on"),
            ("time", "2h"),
            ("server", "north"),
        ]),
        Verb::ConfigReload => tells("read anew"),
        Verb::OutboxRetry => tells("Nothing was given up"),
        Verb::OutboxDrop => tells("Nothing was given up"),
    }
}

/// Who is thrown out does nothing any more, and what ends the game comes last.
fn in_order() -> Vec<&'static Spec> {
    let mut all: Vec<_> = ALL.iter().collect();
    all.sort_by_key(|spec| match spec.verb {
        Verb::Stop => 2,
        Verb::Kick => 1,
        _ => 0,
    });
    all
}

fn is_of_game(spec: &Spec) -> bool {
    matches!(spec.needs, Needs::Console | Needs::Lua)
}

async fn scene() -> Scene {
    Scene::with(", allow_lua: true", "").await
}

async fn give(scene: &Scene, spec: &Spec, options: &Value) -> Seen {
    let asker = person(ADMINISTRATOR);
    scene.run_to_its_end(&asker, &spec.typed()[1..], options).await
}

#[tokio::test]
async fn every_command_reaches_what_it_should_and_says_what_came_of_it() {
    let scene = scene().await;
    // What the statistics know.
    let mut log = scene.stage.log_of("north");
    log.join("alice").unwrap();
    scene.stage.wait_for_shown("alice").await;
    for spec in in_order() {
        let row = row(spec.verb);
        let times = |scene: &Scene| row.line.map(|line| scene.times(line));
        let before = times(&scene);
        let mut seen = give(&scene, spec, &row.options()).await;
        if spec.needs == Needs::Lua && !seen.said.contains(row.said) {
            // The first Lua on a map is only warned of.
            seen = give(&scene, spec, &row.options()).await;
        }
        assert!(seen.said.contains(row.said), "{}: {}", spec.name, seen.said);
        assert!(
            times(&scene) > before || before.is_none(),
            "{}: nothing was sent",
            spec.name
        );
    }
    scene.stop().await;
}

#[tokio::test]
async fn no_command_does_anything_for_whom_it_is_not_meant() {
    let nobody = "permissions: {view: [42], moderate: [42], administer: [42]}\n";
    let scene = Scene::with(", allow_lua: true", nobody).await;
    for spec in ALL {
        let asker = person(ADMINISTRATOR);
        let seen = scene
            .run(&asker, &spec.typed()[1..], &row(spec.verb).options())
            .await;
        let is_refused = seen.quiet && seen.said.contains("needs the level");
        assert!(
            is_refused && seen.buttons.is_empty(),
            "{}: {}",
            spec.name,
            seen.said
        );
    }
    let nothing: Vec<String> = Vec::new();
    assert_eq!(scene.changed_by_hand(), nothing);
    let rows = scene.stop().await;
    assert!(rows.iter().all(|row| row.entry.outcome == "refused"), "{rows:?}");
}

#[tokio::test]
async fn every_command_says_that_a_server_is_down_or_does_without_it() {
    let scene = scene().await;
    scene.lose_the_game().await;
    for spec in in_order() {
        let seen = give(&scene, spec, &row(spec.verb).options()).await;
        let is_told = seen.quiet && seen.said.contains("cannot be reached");
        assert_eq!(is_told, is_of_game(spec), "{}: {}", spec.name, seen.said);
        assert!(
            !seen.said.is_empty() && !seen.said.contains("127.0.0.1"),
            "{}: {}",
            spec.name,
            seen.said
        );
    }
    scene.stop().await;
}

#[tokio::test]
async fn every_refusal_of_the_game_is_told() {
    let scene = scene().await;
    for spec in in_order() {
        let row = row(spec.verb);
        let (Refuses::With(reply, said), Some(line)) = (row.refuses, row.line) else {
            assert!(!is_of_game(spec) || [Verb::Broadcast, Verb::Say, Verb::Stop].contains(&spec.verb));
            continue;
        };
        scene.script(line, Script::Text(reply.to_owned()));
        let options: Value = row.given.into();
        let seen = give(&scene, spec, &options).await;
        assert!(seen.said.contains(said), "{}: {}", spec.name, seen.said);
    }
    scene.stop().await;
}

#[tokio::test]
async fn a_player_whom_nobody_knows_is_told_apart_by_every_command_that_takes_one() {
    let scene = scene().await;
    for spec in ALL {
        let row = row(spec.verb);
        let takes_one = spec.parameters.iter().any(|parameter| parameter.name == "player");
        assert_eq!(row.stranger.is_some(), takes_one, "{}", spec.name);
        let Some(said) = row.stranger else { continue };
        let mut options: Vec<Value> = row.given;
        options.retain(|option| option["name"] != "player");
        options.push(text("player", &format!("nobody_{}", spec.name)));
        let seen = give(&scene, spec, &options.into()).await;
        assert!(seen.said.contains(said), "{}: {}", spec.name, seen.said);
    }
    scene.stop().await;
}
