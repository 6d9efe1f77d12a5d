//! What is said on all servers at once.

use isr_testkit::rcon::{FakeFactorio, Script};
use serde_json::{Value, json};

use super::remembered::{focused, offered};
use super::{ADMINISTRATOR, CHANNEL, KICK_MEMBERS, Scene, person, text};
use crate::stage::SOON;

/// Three servers: what more the second has, and the port of a third that is down.
async fn three(south: &FakeFactorio, more: &str) -> Scene {
    let port = south.addr().port();
    Scene::described(|log, north| {
        let server = |tag: &str, port: u16, more: &str| {
            format!(
                "  {tag}:\n    log_path: {log}.{tag}\n    event_channel_id: {CHANNEL}\n    \
                 rcon: {{host: 127.0.0.1, port: {port}, password: secret}}\n{more}"
            )
        };
        format!(
            "defaults: {{card: off, alerts: off}}\nservers:\n{}{}{}",
            server("north", north, ""),
            server("south", port, more),
            server("west", 1, "")
        )
    })
    .await
}

fn to_all(message: &str) -> Value {
    json!([text("message", message), text("server", "all")])
}

#[tokio::test]
async fn a_broadcast_to_all_reaches_every_server_and_names_where_it_did_not_arrive() {
    let south = FakeFactorio::start("secret").await.unwrap();
    let scene = three(&south, "").await;
    let line = scene
        .running
        .daemon
        .wait_for_line("rcon_down", SOON)
        .await
        .unwrap();
    assert!(line.text.contains("west"), "{}", line.text);
    let moderator = person(KICK_MEMBERS);
    let found = offered(&scene, &moderator, "factorio broadcast", &focused("server", "")).await;
    assert_eq!(found, ["all", "north", "south", "west"]);
    let found = offered(&scene, &moderator, "factorio kick", &focused("server", "")).await;
    assert_eq!(found, ["north", "south", "west"]);
    let seen = scene
        .run(&moderator, "factorio broadcast", &to_all("restart\n/quit"))
        .await;
    let is_told = seen.quiet && seen.said.contains("Said on 2 of 3 servers: restart /quit");
    assert!(
        is_told && seen.said.contains("**west** cannot be reached"),
        "{}",
        seen.said
    );
    for game in [&scene.game, &south] {
        assert_eq!(game.times_received("restart /quit"), 1);
    }
    // One that hangs keeps no other waiting.
    south.script("soon", Script::Silence);
    let asked = super::call(&moderator, "factorio broadcast", &to_all("soon"));
    scene
        .stage
        .discord
        .gateway()
        .dispatch("INTERACTION_CREATE", &asked.event());
    south.wait_for_command("soon", SOON).await.unwrap();
    scene.game.wait_for_command("soon", SOON).await.unwrap();
    // Elsewhere there is no such server.
    let seen = scene
        .run(
            &moderator,
            "factorio mute",
            &json!([text("player", "alice"), text("server", "all")]),
        )
        .await;
    assert!(seen.said.contains("no server **all**"), "{}", seen.said);
    let rows = scene.stop().await;
    let noted: Vec<_> = rows
        .iter()
        .filter(|row| row.entry.line.as_deref() == Some("restart /quit"))
        .map(|row| {
            (
                row.entry.server.clone().unwrap().to_string(),
                row.entry.outcome.clone(),
            )
        })
        .collect();
    for server in ["north", "south"] {
        for outcome in ["sent", "done"] {
            assert!(
                noted.contains(&(server.to_owned(), outcome.to_owned())),
                "{noted:?}"
            );
        }
    }
    assert_eq!(noted.len(), 4, "{noted:?}");
}

#[tokio::test]
async fn a_broadcast_to_all_needs_the_right_on_each_server() {
    let south = FakeFactorio::start("secret").await.unwrap();
    let scene = three(&south, "    permissions: {commands: {broadcast: administer}}\n").await;
    let seen = scene
        .run(&person(KICK_MEMBERS), "factorio broadcast", &to_all("hello"))
        .await;
    assert!(
        seen.quiet && seen.said.contains("**administer**"),
        "{}",
        seen.said
    );
    assert_eq!(
        scene.game.times_received("hello") + south.times_received("hello"),
        0
    );
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio broadcast", &to_all("hello"))
        .await;
    assert!(seen.said.contains(" of 3 servers: hello"), "{}", seen.said);
    scene.stop().await;
}
