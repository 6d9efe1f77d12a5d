//! What the program tells of a game, and that it asks nothing that could harm it.

use isr_testkit::rcon::{FakeFactorio, Script, Surface};

use super::scene::{Described, PASSWORD, describe, figure, wait_for_metrics, wait_for_up};
use crate::stage::{SOON, Stage};

#[tokio::test]
async fn a_game_is_asked_over_one_connection_and_achievements_stay_on() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    game.world(|world| {
        world.ticks = 60 * 3_626;
        world.join("alice");
        world.join("bob");
        world.surfaces.push(Surface {
            name: "Gleba".into(),
            evolution: 0.25,
        });
    });
    let stage = Stage::bare().await;
    describe(&stage, &[Described::new("north", 1, &game)]);
    let _log = stage.log_of("north");
    let running = stage.start().await;

    let answer = wait_for_metrics(&running, |metrics| metrics.contains("surface=\"Gleba\"")).await;
    for (name, expected) in [
        ("factorio_up", 1.0),
        ("factorio_players_online", 2.0),
        ("factorio_game_time_seconds", 3_626.0),
        ("factorio_isr_rcon_logins_total", 1.0),
    ] {
        assert_eq!(figure(&answer.body, name, "north"), Some(expected), "{name}");
    }
    for line in [
        "factorio_game_info{server=\"north\",version=\"2.0.77\"} 1",
        "factorio_evolution_factor{server=\"north\",surface=\"Gleba\"} 0.25",
    ] {
        assert!(answer.body.contains(line), "{line} in {}", answer.body);
    }
    running.stop().await;

    assert_eq!(game.connections(), 0, "the connection ends with the program");
    let asked = game.received();
    assert!(
        asked
            .iter()
            .all(|command| command.id != 0 && command.connection == 1)
    );
    assert!(asked.len() <= 10, "{asked:?}");
    assert!(game.world(|world| world.was_never_warned()));
}

#[tokio::test]
async fn r02_nonsense_is_no_value_and_the_other_figures_stay() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    for (command, reply) in [
        ("/players online", "Spieler online (1):\n  alice (online)\n"),
        ("/time", "-1 seconds\u{1b}[31m"),
        (
            "/evolution",
            "Evolution factor: NaN. (Time 0%) (Pollution 0%) (Spawner kills 0%)",
        ),
    ] {
        game.script(command, Script::Text(reply.into()));
    }
    let stage = Stage::bare().await;
    describe(&stage, &[Described::new("north", 1, &game)]);
    let _log = stage.log_of("north");
    let running = stage.start().await;
    let answer = wait_for_metrics(&running, |metrics| {
        ["players", "time", "evolution"].iter().all(|command| {
            let label = format!("server=\"north\",command=\"{command}\"");
            metrics.contains(&format!(
                "factorio_isr_rcon_replies_not_understood_total{{{label}}} "
            ))
        }) && metrics.contains("2.0.77")
    })
    .await;
    for name in [
        "factorio_players_online",
        "factorio_game_time_seconds",
        "factorio_evolution_factor",
        "factorio_ups",
    ] {
        assert_eq!(figure(&answer.body, name, "north"), None, "{name}");
    }
    assert_eq!(figure(&answer.body, "factorio_up", "north"), Some(1.0));
    running.stop().await;
}

#[tokio::test]
async fn a_server_without_a_log_has_rcon_only() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    let stage = Stage::bare().await;
    let address = game.addr();
    stage.write_yaml(&format!(
        "servers: {{far: {{webhook: '{}', card: off, rcon: {{host: {}, port: {}, password: {PASSWORD}}}}}}}\n",
        stage.discord.url(1),
        address.ip(),
        address.port()
    ));
    let running = stage.start().await;
    wait_for_up(&running, "far", 1.0).await;
    running.stop().await;
}

#[tokio::test]
async fn an_old_deployment_is_asked_with_its_servers_yml() {
    let game = FakeFactorio::start("pw of old").await.unwrap();
    let stage = Stage::bare().await;
    let (url, address) = (stage.discord.url(1), game.addr());
    let stage = stage.configure(|command| {
        command
            .env("DISCORD_WEBHOOK_URL", url)
            .env("NORTH_RCON", "pw of old")
    });
    let folder = stage.command.work_dir().join("config");
    std::fs::create_dir(&folder).unwrap();
    let yaml = format!(
        "servers:\n  north:\n    name: \"North base\"\n    description: \"Weekly map\"\n    log_path: {}\n    \
         rcon_host: {}\n    rcon_port: {}\n    rcon_password: \"${{NORTH_RCON}}\"\n    \
         event_channel_id: 200000000000000001\n    stats_interval: 600\n    enable_stats_collector: false\n    \
         enable_ups_stat: true\n    enable_evolution_stat: false\n",
        stage.log_path_of("north").display(),
        address.ip(),
        address.port()
    );
    std::fs::write(folder.join("servers.yml"), yaml).unwrap();
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    wait_for_up(&running, "north", 1.0).await;
    log.join("alice").unwrap();
    stage.discord.wait_for_text("alice", SOON).await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn a_password_of_every_printable_character_opens_the_door() {
    let printable: String = (' '..='~').chain("äß€🚂".chars()).collect();
    let password = format!("{printable}.");
    let game = FakeFactorio::start(&password).await.unwrap();
    let stage = Stage::bare().await;
    std::fs::write(stage.command.work_dir().join("pw"), format!("{password}\n")).unwrap();
    let address = game.addr();
    let rcon = format!(
        "{{host: {}, port: {}, password_file: pw}}",
        address.ip(),
        address.port()
    );
    describe(&stage, &[Described::new("north", 1, &game).with(&rcon)]);
    let _log = stage.log_of("north");
    let running = stage.start().await;
    wait_for_up(&running, "north", 1.0).await;
    let text = running.daemon.text();
    assert!(!text.contains("äß€"), "{text}");
    running.stop().await;
}
