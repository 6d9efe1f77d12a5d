//! What the program does where `allow_lua` is on, and that it does none of it where it is not.

use std::time::Duration;

use isr_testkit::rcon::{FakeFactorio, Industry, Platform};

use super::scene::{Described, PASSWORD, describe, figure, wait_for_metrics, wait_for_up};
use crate::stage::{SOON, Stage};

/// A busy game with players and a platform.
#[expect(clippy::expect_used, reason = "a test that cannot go on has failed")]
async fn busy(version: &str) -> FakeFactorio {
    let game = FakeFactorio::start(PASSWORD).await;
    let game = game.expect("a loopback port");
    game.world(|world| {
        world.version = version.into();
        world.industry = Industry::Busy;
        world.pass(Duration::from_secs(5_400));
        world.join("alice");
        world.platforms.push(Platform {
            name: "Express".into(),
            location: None,
            speed: 1.0,
        });
    });
    game
}

fn described<'a>(tag: &'a str, game: &FakeFactorio, more: &str) -> Described<'a> {
    let address = game.addr();
    let rcon = format!(
        "{{host: {}, port: {}, password: {PASSWORD}{more}}}",
        address.ip(),
        address.port()
    );
    Described::new(tag, 1, game).with(&rcon)
}

fn scripts(game: &FakeFactorio) -> usize {
    let is_lua = |text: &str| text.starts_with("/silent-command ");
    game.received()
        .iter()
        .filter(|command| is_lua(&command.text))
        .count()
}

#[tokio::test]
async fn where_lua_is_allowed_its_figures_are_told_and_only_there_achievements_end() {
    let (modern, old) = (busy("2.0.77").await, busy("1.1.110").await);
    let (plain, read_only) = (busy("2.0.77").await, busy("2.0.77").await);
    let stage = Stage::bare().await;
    describe(
        &stage,
        &[
            described("modern", &modern, ", allow_lua: on"),
            described("old", &old, ", allow_lua: on"),
            described("plain", &plain, ""),
            described("readonly", &read_only, ", allow_lua: on, read_only: on"),
        ],
    );
    let _logs = ["modern", "old", "plain", "readonly"].map(|tag| stage.log_of(tag));
    let running = stage.start().await;
    let answer = wait_for_metrics(&running, |metrics| {
        ["modern", "old"]
            .iter()
            .all(|tag| figure(metrics, "factorio_rockets_launched", tag).is_some())
            && ["plain", "readonly"]
                .iter()
                .all(|tag| figure(metrics, "factorio_game_time_seconds", tag).is_some())
    })
    .await;
    let metrics = &answer.body;
    for tag in ["modern", "old"] {
        assert_eq!(figure(metrics, "factorio_rockets_launched", tag), Some(0.0));
        assert_eq!(
            figure(metrics, "factorio_research_progress", tag),
            Some(0.0),
            "a new technology has begun"
        );
        let line = format!(
            "factorio_production_per_minute{{server=\"{tag}\",kind=\"item\",name=\"iron-plate\"}} 900"
        );
        assert!(metrics.contains(&line), "{line} in {metrics}");
        assert_eq!(figure(metrics, "factorio_game_time_seconds", tag), Some(5_400.0));
    }
    assert_eq!(figure(metrics, "factorio_space_platforms", "modern"), Some(1.0));
    assert_eq!(
        figure(metrics, "factorio_space_platforms", "old"),
        None,
        "1.1 has none"
    );
    for tag in ["plain", "readonly"] {
        for name in [
            "factorio_rockets_launched",
            "factorio_research_progress",
            "factorio_space_platforms",
        ] {
            assert_eq!(figure(metrics, name, tag), None, "{name} of {tag}");
        }
    }
    running
        .daemon
        .wait_for_line("lua_only_warned", SOON)
        .await
        .unwrap();
    running.daemon.wait_for_line("lua_runs", SOON).await.unwrap();
    running.stop().await;
    for game in [&modern, &old] {
        assert!(!game.world(|world| world.achievements_are_on()));
        assert_eq!(game.connections(), 0);
    }
    for game in [&plain, &read_only] {
        assert_eq!(scripts(game), 0);
        assert!(game.world(|world| world.achievements_are_on() && world.was_never_warned()));
    }
}

#[tokio::test]
async fn a_game_that_does_not_run_scripts_is_asked_twice_and_then_with_time() {
    let game = busy("2.0.77").await;
    // It answers each script as a fresh map answers the first.
    game.answer_lua_with("");
    let stage = Stage::bare().await;
    describe(&stage, &[described("north", &game, ", allow_lua: on")]);
    let _log = stage.log_of("north");
    let running = stage.start().await;
    running.daemon.wait_for_line("lua_not_run", SOON).await.unwrap();
    wait_for_up(&running, "north", 1.0).await;
    wait_for_metrics(&running, |metrics| {
        figure(metrics, "factorio_game_time_seconds", "north").is_some()
    })
    .await;
    running.stop().await;
    assert_eq!(scripts(&game), 2);
}

#[tokio::test]
async fn r02_an_error_of_lua_is_no_figure_and_time_is_asked_instead() {
    let game = busy("2.0.77").await;
    game.answer_lua_with("Cannot execute command. Error: [string \"x\"]:1: attempt to index a nil value\n");
    let stage = Stage::bare().await;
    describe(&stage, &[described("north", &game, ", allow_lua: on")]);
    let _log = stage.log_of("north");
    let running = stage.start().await;
    running.daemon.wait_for_line("lua_failed", SOON).await.unwrap();
    let answer = wait_for_metrics(&running, |metrics| {
        figure(metrics, "factorio_game_time_seconds", "north").is_some()
    })
    .await;
    assert_eq!(figure(&answer.body, "factorio_research_progress", "north"), None);
    let label = "server=\"north\",command=\"silent-command\"";
    assert!(answer.body.contains(&format!(
        "factorio_isr_rcon_replies_not_understood_total{{{label}}} 1"
    )));
    running.stop().await;
    assert_eq!(scripts(&game), 1);
}
