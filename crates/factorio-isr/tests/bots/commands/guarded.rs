//! What keeps a command from being done, or from being done twice.

use isr_testkit::discord::gateway::PersonCard;
use isr_testkit::rcon::Script;
use serde_json::json;

use super::{
    ADMINISTRATOR, KICK_MEMBERS, Row, Scene, call, changes, options, person, questions, start, text,
};
use crate::stage::SOON;

#[tokio::test]
async fn who_may_not_reaches_nothing_and_is_told_why() {
    let scene = Scene::with("", "permissions: {commands: {seed: off, players: moderate}}\n").await;
    let everybody = 1 << 10 | 1 << 11;
    let moderator = everybody | KICK_MEMBERS;
    let mut refused = 0;
    for row in changes() {
        let seen = scene.run(&person(everybody), row.0, &options(&row)).await;
        assert!(
            seen.quiet && seen.said.contains("needs the level"),
            "{}: {}",
            row.0,
            seen.said
        );
        refused += 1;
    }
    for typed in [
        "factorio promote",
        "factorio demote",
        "factorio rcon",
        "factorio-admin stop",
        "factorio speed",
    ] {
        let given = json!([text("player", "alice"), text("command", "/time")]);
        let seen = scene.run(&person(moderator), typed, &given).await;
        assert!(
            seen.quiet && seen.said.contains("**administer**"),
            "{typed}: {}",
            seen.said
        );
        refused += 1;
    }
    let seen = scene
        .run(
            &person(moderator),
            "factorio mute",
            &json!([text("player", "alice")]),
        )
        .await;
    assert!(seen.said.contains("cannot write"), "{}", seen.said);
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio seed", &json!([]))
        .await;
    assert!(seen.quiet && seen.said.contains("switched off"), "{}", seen.said);
    refused += 1;
    let seen = scene
        .run(&person(everybody), "factorio players", &json!([]))
        .await;
    assert!(seen.quiet && seen.said.contains("**moderate**"), "{}", seen.said);
    refused += 1;
    // A direct message, and a Discord server of somebody else, whose owner is an administrator there.
    let private = call(&person(ADMINISTRATOR), "factorio players", &json!([]));
    let seen = scene.give(&private, &private.in_private()).await;
    assert!(seen.said.contains("only in a Discord server"), "{}", seen.said);
    let mut strange = call(&person(ADMINISTRATOR), "factorio players", &json!([]));
    strange.guild = 77;
    let seen = scene.give(&strange, &strange.event()).await;
    assert!(seen.said.contains("bot.guilds"), "{}", seen.said);
    assert_eq!(scene.lines(), ["/mute alice"]);
    let rows = scene.stop().await;
    let kept = rows
        .iter()
        .filter(|row| row.entry.kind == isr_store::AuditKind::Refused);
    assert_eq!(kept.count(), refused, "{rows:?}");
}

#[tokio::test]
async fn a_server_that_is_down_is_told_at_once_without_its_address() {
    let scene = Scene::new().await;
    scene.lose_the_game().await;
    let address = scene.game.addr().port().to_string();
    let asked: Vec<Row> = questions()
        .into_iter()
        .filter(|row| !row.0.ends_with("status"))
        .take(9)
        .collect();
    for row in asked.iter().chain(&changes()) {
        let seen = scene.run(&person(ADMINISTRATOR), row.0, &options(row)).await;
        assert!(
            seen.quiet && seen.said.contains("cannot be reached"),
            "{}: {}",
            row.0,
            seen.said
        );
        assert!(
            !seen.said.contains("127.0.0.1") && !seen.said.contains(&address),
            "{}",
            seen.said
        );
    }
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio health", &json!([]))
        .await;
    assert!(
        seen.said.contains("🔴") && !seen.said.contains("127.0.0.1"),
        "{}",
        seen.said
    );
    assert_eq!(scene.stop().await, []);
}

#[tokio::test]
async fn r04_an_answer_that_is_lost_is_told_as_unknown_and_nothing_is_sent_again() {
    let scene = Scene::new().await;
    scene.game.script("/mute alice", Script::Close);
    let seen = scene
        .run(
            &person(ADMINISTRATOR),
            "factorio mute",
            &json!([text("player", "alice")]),
        )
        .await;
    assert!(seen.said.contains("may have been carried out"), "{}", seen.said);
    scene
        .running
        .daemon
        .wait_for_line("rcon_connected", SOON)
        .await
        .unwrap();
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio players", &json!([]))
        .await;
    assert!(!seen.said.is_empty());
    assert_eq!(scene.game.times_received("/mute alice"), 1);
    let rows = scene.stop().await;
    assert_eq!((rows.len(), rows[1].entry.outcome.as_str()), (2, "unknown"));
}

#[tokio::test]
async fn r04_a_kill_before_the_answer_leaves_one_command_and_an_unknown_end() {
    let scene = Scene::new().await;
    scene.game.script("/mute alice", Script::Silence);
    let lost = call(
        &person(ADMINISTRATOR),
        "factorio mute",
        &json!([text("player", "alice")]),
    );
    let gateway = scene.stage.discord.gateway();
    gateway.dispatch("INTERACTION_CREATE", &lost.event());
    gateway
        .wait_for_dialogue(lost.id, SOON, |dialogue| dialogue.answer.is_some())
        .await
        .unwrap();
    scene.game.wait_for_command("/mute alice", SOON).await.unwrap();
    let Scene { stage, game, running } = scene;
    running.kill().await;
    let running = start(&stage).await;
    let scene = Scene { stage, game, running };
    let seen = scene
        .run(&person(ADMINISTRATOR), "factorio servers", &json!([]))
        .await;
    assert!(seen.said.contains("north"), "{}", seen.said);
    assert_eq!(scene.game.times_received("/mute alice"), 1);
    let rows = scene.stop().await;
    assert_eq!(
        (rows.len(), rows[1].entry.outcome.as_str()),
        (2, "unknown"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn d13_what_comes_twice_is_done_once() {
    let scene = Scene::new().await;
    let doubled = call(
        &person(ADMINISTRATOR),
        "factorio mute",
        &json!([text("player", "alice")]),
    );
    scene.give(&doubled, &doubled.event()).await;
    scene.game.world(|_| ());
    // Discord's gateway tells it again, as after a resume that went wrong: the first answer is taken only once.
    scene
        .stage
        .discord
        .gateway()
        .send(&json!({"op": 0, "s": 4_000, "t": "INTERACTION_CREATE", "d": doubled.event()}));
    scene
        .running
        .daemon
        .wait_for_line("interaction_not_answered", SOON)
        .await
        .unwrap();
    assert_eq!(scene.game.times_received("/mute alice"), 1);
    assert_eq!(scene.stop().await.len(), 2);
}

#[tokio::test]
async fn a_question_back_is_for_the_asker_once_and_says_what_follows() {
    let scene = Scene::new().await;
    let (asker, other) = (person(ADMINISTRATOR), person(ADMINISTRATOR));
    let seen = scene
        .run(&asker, "factorio ban", &json!([text("player", "griefer")]))
        .await;
    for part in ["north", "griefer", "cannot join again", "60 s"] {
        assert!(seen.said.contains(part), "{part}: {}", seen.said);
    }
    assert!(seen.quiet);
    let [yes, no] = &seen.buttons[..] else {
        panic!("{:?}", seen.buttons)
    };
    let strange = scene.click(&other, yes).await;
    assert!(strange.said.contains("Only the person"), "{}", strange.said);
    let left = scene.click(&asker, no).await;
    assert!(left.said.contains("Nothing was done") && left.buttons.is_empty());
    let late = scene.click(&asker, yes).await;
    assert!(late.said.contains("expired"), "{}", late.said);
    // Who lost the right meanwhile does nothing with the button.
    let seen = scene
        .run(&asker, "factorio ban", &json!([text("player", "griefer")]))
        .await;
    let demoted = PersonCard {
        permissions: 0,
        ..asker.clone()
    };
    let refused = scene.click(&demoted, &seen.buttons[0]).await;
    assert!(refused.said.contains("needs the level"), "{}", refused.said);
    assert_eq!(scene.lines(), [""; 0]);
    // And what is masked is masked everywhere, in what the game answers as well.
    let echo = Script::Text("Password: hunter2\n".into());
    scene.game.script("/config set password hunter2", echo);
    let seen = scene
        .run(
            &asker,
            "factorio rcon",
            &json!([text("command", "/config set password hunter2")]),
        )
        .await;
    assert!(
        seen.said.contains("‹hidden›") && !seen.said.contains("hunter2"),
        "{}",
        seen.said
    );
    let done = scene.click(&asker, &seen.buttons[0]).await;
    assert!(
        !done.said.contains("hunter2") && done.said.contains("```\n‹hidden›\n```"),
        "{}",
        done.said
    );
    assert_eq!(scene.lines(), ["/config set password hunter2"]);
    let rows = scene.stop().await;
    assert!(
        rows.iter().all(|row| !format!("{row:?}").contains("hunter2")),
        "{rows:?}"
    );
}
