//! Commands about this program itself: planned work, the outbox, the configuration.

use isr_testkit::discord::{Fault, FaultRule};
use serde_json::json;

use super::{ADMINISTRATOR, CHANNEL, KICK_MEMBERS, Scene, person, text};

#[tokio::test]
async fn planned_work_is_the_same_as_from_the_command_line_and_names_who_planned_it() {
    let scene = Scene::new().await;
    let on = json!([text("action", "on"), text("time", "2h"), text("server", "north")]);
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio-admin maintenance", &on)
        .await;
    assert!(
        seen.quiet && seen.said.contains("alerts keep silent"),
        "{}",
        seen.said
    );
    let (_, told) = scene.stage.typed(&["maintenance", "status"]).await;
    assert!(
        told.contains("north: until") && told.contains("planned by Ann"),
        "{told}"
    );
    let status = json!([text("action", "status")]);
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio-admin maintenance", &status)
        .await;
    assert!(
        seen.said.contains("`north` until") && seen.said.contains("Ann"),
        "{}",
        seen.said
    );
    let off = json!([text("action", "off")]);
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio-admin maintenance", &off)
        .await;
    assert!(seen.said.contains("all servers is over"), "{}", seen.said);
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio-admin maintenance", &off)
        .await;
    assert!(seen.said.contains("There is no maintenance"), "{}", seen.said);
    for (options, said) in [
        (
            json!([text("action", "on"), text("time", "59s")]),
            "a minute at least",
        ),
        (json!([text("action", "burn")]), "is one of: on, off, status"),
    ] {
        let seen = scene
            .run(&person(ADMINISTRATOR), "factorio-admin maintenance", &options)
            .await;
        assert!(seen.said.contains(said), "{}", seen.said);
    }
    let rows = scene.stop().await;
    let commands: Vec<&str> = rows.iter().map(|row| row.entry.command.as_str()).collect();
    let on = "/factorio-admin maintenance on 120 min";
    let off = "/factorio-admin maintenance off";
    assert_eq!(commands, [on, on, off, off, off, off]);
}

#[tokio::test]
async fn what_was_given_up_is_counted_tried_again_and_thrown_away() {
    let scene = Scene::new().await;
    let given_up = async |scene: &Scene, player: &str, count: u64| {
        scene
            .stage
            .discord
            .inject(FaultRule::new(Fault::BadRequest).containing(player));
        scene.stage.log_of("north").join(player).unwrap();
        scene
            .running
            .wait_for_metric("dead_lettered_total", |all| all == count)
            .await;
    };
    given_up(&scene, "carl", 1).await;
    let moderator = person(1 << 10 | KICK_MEMBERS);
    let seen = scene.run(&moderator, "factorio-more outbox", &json!([])).await;
    assert!(
        seen.quiet
            && seen
                .said
                .contains(&format!("<#{CHANNEL}>: 0 waiting, 1 given up")),
        "{}",
        seen.said
    );
    let seen = scene
        .run(&moderator, "factorio-admin outbox-drop", &json!([]))
        .await;
    assert!(seen.said.contains("**administer**"), "{}", seen.said);

    let asker = person(ADMINISTRATOR);
    let asked = scene.run(&asker, "factorio-admin outbox-retry", &json!([])).await;
    assert!(
        asked.said.contains("for all servers") && asked.said.contains("sent once more"),
        "{}",
        asked.said
    );
    let seen = scene.click(&asker, &asked.buttons[0]).await;
    assert!(seen.said.contains("1 put back"), "{}", seen.said);
    scene.stage.wait_for_shown("carl").await;

    given_up(&scene, "dora", 2).await;
    let asker = person(ADMINISTRATOR);
    let here = json!([text("server", "north")]);
    let asked = scene.run(&asker, "factorio-admin outbox-drop", &here).await;
    assert!(
        asked.said.contains("on **north**") && asked.said.contains("lost for good"),
        "{}",
        asked.said
    );
    let seen = scene.click(&asker, &asked.buttons[0]).await;
    assert!(seen.said.contains("1 thrown away"), "{}", seen.said);
    let seen = scene.run(&moderator, "factorio-more outbox", &json!([])).await;
    assert!(seen.said.contains("nothing was given up"), "{}", seen.said);
    scene.stop().await;
}

#[tokio::test]
async fn p04_a_reload_from_discord_says_what_came_of_it_and_no_value() {
    let scene = Scene::new().await;
    let file = scene.stage.command.work_dir().join("factorio-isr.yml");
    let written = std::fs::read_to_string(&file).unwrap();
    let ask = async |scene: &Scene| {
        let asker = person(ADMINISTRATOR);
        scene
            .run(&asker, "factorio-admin config-reload", &json!([]))
            .await
    };
    let seen = ask(&scene).await;
    assert!(
        seen.quiet && seen.said.contains("no setting is another one"),
        "{}",
        seen.said
    );
    // At once: the file's own change is noticed only after it has settled.
    std::fs::write(&file, written.replace("127.0.0.1", "no one's.host")).unwrap();
    let seen = ask(&scene).await;
    assert!(
        seen.said.contains("faulty (1 problems)") && !seen.said.contains("no one"),
        "{}",
        seen.said
    );
    std::fs::write(
        &file,
        written.replace("  north:\n", "  north:\n    name: Northern base\n"),
    )
    .unwrap();
    let seen = ask(&scene).await;
    assert!(
        seen.said.contains("Changed: `servers.north.name`") && !seen.said.contains("Northern"),
        "{}",
        seen.said
    );
    scene.stop().await;
}
