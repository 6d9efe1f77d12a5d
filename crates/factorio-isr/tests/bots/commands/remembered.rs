//! What is remembered, registered, offered and shown in pages.

use isr_testkit::discord::gateway::PersonCard;
use isr_testkit::http::Answer;
use isr_testkit::rcon::Industry;
use serde_json::{Value, json};
use std::time::Duration;

use super::{ADMINISTRATOR, CHANNEL, GUILD, Scene, call, person, start, text};
use crate::stage::{SOON, Stage};

#[tokio::test]
async fn limits_and_choices_outlive_a_restart() {
    let scene = Scene::new().await;
    let asker = person(ADMINISTRATOR);
    let seen = scene
        .run(&asker, "factorio connect", &json!([text("server", "NORTH")]))
        .await;
    assert!(seen.said.contains("go to **north** now"), "{}", seen.said);
    for _ in 0..5 {
        let seen = scene.run(&asker, "factorio version", &json!([])).await;
        assert!(!seen.quiet, "{}", seen.said);
    }
    let seen = scene.run(&asker, "factorio version", &json!([])).await;
    assert!(seen.quiet && seen.said.contains("Slow down"), "{}", seen.said);
    let Scene { stage, game, running } = scene;
    running.stop().await;
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    let seen = scene.run(&asker, "factorio version", &json!([])).await;
    assert!(seen.quiet && seen.said.contains("Slow down"), "{}", seen.said);
    let seen = scene.run(&asker, "factorio servers", &json!([])).await;
    assert!(seen.said.contains("your choice"), "{}", seen.said);
    scene.stop().await;
}

#[tokio::test]
async fn commands_are_registered_once_and_old_ones_go() {
    let stage = Stage::bare().await.with_bot();
    let gateway = stage.discord.gateway();
    let old =
        json!([{"name": "factorio", "description": "old"}, {"name": "mine", "description": "of somebody"}]);
    gateway.set_commands(None, old);
    stage.write_yaml(&format!(
        "servers: {{north: {{log_path: {}, event_channel_id: {CHANNEL}}}}}\n",
        stage.log_of("north").path().display()
    ));
    let running = start(&stage).await;
    running
        .daemon
        .wait_for_line("commands_registered", SOON)
        .await
        .unwrap();
    running
        .daemon
        .wait_for_line("old_commands_removed", SOON)
        .await
        .unwrap();
    let kept = gateway.commands(Some(GUILD));
    assert_eq!(kept[0]["name"], "factorio");
    assert_eq!(kept[0]["options"].as_array().unwrap().len(), 25);
    let everywhere = gateway.commands(None);
    assert_eq!(everywhere.as_array().unwrap().len(), 1);
    assert_eq!(everywhere[0]["name"], "mine");
    let registrations = gateway.registrations();
    running.stop().await;
    let running = start(&stage).await;
    // Answering proves that the start is over.
    let asked = call(&person(0), "factorio help", &json!([]));
    gateway.dispatch("INTERACTION_CREATE", &asked.event());
    gateway
        .wait_for_dialogue(asked.id, SOON, |dialogue| dialogue.shown.is_some())
        .await
        .unwrap();
    assert_eq!(gateway.registrations(), registrations, "nothing changed");
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn while_somebody_types_what_fits_is_offered_to_who_may() {
    let scene = Scene::new().await;
    scene.game.world(|world| {
        world.run("/ban griefer x");
        world.run("/whitelist add carl");
        world.run("/promote Bob");
    });
    // Who is there is offered first, once the game was asked.
    let metrics = format!("{}/metrics", scene.running.address);
    let is_known = |answer: &Answer| {
        answer
            .body
            .contains("factorio_players_online{server=\"north\"} 1")
    };
    let known = scene.running.daemon.wait_for_answer(&metrics, SOON, is_known);
    known.await.unwrap();
    let offered = async |permissions: u64, typed: &str, options: Value| {
        offered(&scene, &person(permissions), typed, &options).await
    };
    assert_eq!(
        offered(ADMINISTRATOR, "factorio kick", focused("player", "")).await,
        ["alice", "Bob"]
    );
    assert_eq!(
        offered(ADMINISTRATOR, "factorio kick", focused("player", "bo")).await,
        ["Bob"]
    );
    assert_eq!(
        offered(ADMINISTRATOR, "factorio unban", focused("player", "")).await,
        ["griefer"]
    );
    assert_eq!(
        offered(ADMINISTRATOR, "factorio whitelist", focused("player", "")).await,
        ["carl"]
    );
    assert_eq!(
        offered(ADMINISTRATOR, "factorio demote", focused("player", "")).await,
        ["Bob"]
    );
    let is_known = |answer: &Answer| answer.body.contains("factorio_evolution_factor{");
    let known = scene.running.daemon.wait_for_answer(&metrics, SOON, is_known);
    known.await.unwrap();
    assert_eq!(
        offered(0, "factorio evolution", focused("target", "")).await,
        ["Nauvis", "all"]
    );
    let seen = scene
        .run(
            &person(0),
            "factorio evolution",
            &json!([text("target", "Nauvis")]),
        )
        .await;
    assert!(
        seen.said.contains("Nauvis: **"),
        "what is offered is taken: {}",
        seen.said
    );
    assert_eq!(
        offered(0, "factorio status", focused("server", "nor")).await,
        ["north"]
    );
    assert_eq!(
        offered(0, "factorio kick", focused("player", "")).await,
        [""; 0],
        "who may not"
    );
    scene.stop().await;
}

/// What Discord offers somebody who types.
pub(super) async fn offered(scene: &Scene, person: &PersonCard, typed: &str, options: &Value) -> Vec<String> {
    let asked = call(person, typed, options);
    let gateway = scene.stage.discord.gateway();
    gateway.dispatch("INTERACTION_CREATE", &asked.autocomplete());
    gateway
        .wait_for_dialogue(asked.id, SOON, |dialogue| dialogue.answer.is_some())
        .await
        .unwrap();
    let (_, answer) = gateway.dialogue(asked.id).unwrap().answer.unwrap();
    let choices = answer["data"]["choices"].as_array().unwrap().clone();
    choices
        .iter()
        .map(|choice| choice["value"].as_str().unwrap().to_owned())
        .collect()
}

pub(super) fn focused(name: &str, value: &str) -> Value {
    json!([{"name": name, "type": 3, "value": value, "focused": true}])
}

#[tokio::test]
async fn saves_of_the_folder_beside_the_log_are_offered_to_whoever_may_save() {
    let scene = Scene::new().await;
    let log = scene.stage.log_path_of("north");
    let saves = log.parent().unwrap().join("saves");
    std::fs::create_dir(&saves).unwrap();
    for name in ["world.zip", "before boss.zip", "_autosave1.zip", "readme.txt"] {
        std::fs::write(saves.join(name), "").unwrap();
    }
    let admin = person(ADMINISTRATOR);
    let mut found = offered(&scene, &admin, "factorio save", &focused("name", "")).await;
    found.sort_unstable();
    assert!(
        found.contains(&"world".to_owned()) && !found.iter().any(|name| name.starts_with('_')),
        "{found:?}"
    );
    let found = offered(&scene, &admin, "factorio save", &focused("name", "wor")).await;
    assert_eq!(found, ["world"]);
    let found = offered(&scene, &person(0), "factorio save", &focused("name", "")).await;
    assert_eq!(found, [""; 0], "who may not");
    scene.stop().await;
}

#[tokio::test]
async fn technologies_are_offered_from_the_log_and_with_lua_from_the_game_and_typing_ends_no_achievements() {
    const ASKS: &str = "game.forces['player'].technologies) do t[#t+1]=n";
    let admin = person(ADMINISTRATOR);
    for (rcon, lua) in [("", false), (", allow_lua: true", true)] {
        let scene = Scene::with(rcon, "").await;
        let mut log = scene.stage.log_of("north");
        log.line("logged-axe technology has been researched").unwrap();
        scene.stage.wait_for_shown("logged-axe").await;
        scene.game.world(|world| {
            world.industry = Industry::Busy;
            world.pass(Duration::from_secs(40 * 60));
        });
        if lua {
            scene.running.wait_for_line("lua_runs").await;
        }
        let found = offered(&scene, &admin, "factorio research", &focused("technology", "l")).await;
        let wanted: &[&str] = if lua {
            &["logged-axe", "logistics", "all"]
        } else {
            &["logged-axe", "all"]
        };
        assert!(
            wanted
                .iter()
                .all(|name| found.iter().any(|offered| offered == name)),
            "{found:?}"
        );
        let asked = scene.game.received().into_iter();
        let asked = asked.filter(|received| received.text.contains(ASKS)).count();
        assert_eq!(asked, usize::from(lua));
        let found = offered(
            &scene,
            &person(0),
            "factorio research",
            &focused("technology", ""),
        )
        .await;
        assert_eq!(found, [""; 0], "who may not");
        scene.stop().await;
    }
}

#[tokio::test]
async fn long_lists_come_in_pages_that_are_asked_anew() {
    let scene = Scene::new().await;
    scene.game.world(|world| {
        for n in 0..45 {
            world.run(&format!("/ban griefer{n:02} spam"));
        }
    });
    let asker = person(ADMINISTRATOR);
    let first = scene.run(&asker, "factorio-more bans", &json!([])).await;
    assert!(
        first.said.contains("45") && first.said.contains("griefer00") && first.said.contains("page 1 of 3")
    );
    assert_eq!(first.buttons.len(), 1);
    let second = scene.click(&asker, &first.buttons[0]).await;
    assert!(
        second.said.contains("griefer20") && second.said.contains("page 2 of 3"),
        "{}",
        second.said
    );
    assert_eq!(second.buttons.len(), 2);
    let strange = scene.click(&person(0), &first.buttons[0]).await;
    assert!(strange.said.contains("needs the level"), "{}", strange.said);
    scene.stop().await;
}
