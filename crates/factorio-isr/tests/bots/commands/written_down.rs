//! The audit log: what is hidden in it, its channel, its chain, and what the command line writes there.

use isr_testkit::rcon::Script;
use serde_json::json;

use super::{ADMINISTRATOR, Scene, person, text};

const AUDIT: &str = "audit: {to: 'channel:300000000000000009', redact: ['token=\\S+']}\n";

#[tokio::test]
async fn everything_that_is_done_is_in_the_channel_once_without_what_is_to_be_hidden() {
    let scene = Scene::with("", AUDIT).await;
    let rcon = json!([text("command", "/mute token=abc123")]);
    let seen = scene
        .run_to_its_end(&person(ADMINISTRATOR), "factorio rcon", &rcon)
        .await;
    assert!(seen.said.contains("/mute"), "{}", seen.said);
    scene.stage.wait_for_shown("#2 **Ann**").await;
    let refused = scene.run(&person(0), "factorio save", &json!([])).await;
    assert!(refused.said.contains("needs the level"), "{}", refused.said);
    scene
        .stage
        .wait_for_shown("`/factorio save` · `north`: not allowed")
        .await;
    // The command line writes into the same log, and is told of in the same channel.
    let secret = "/config set password abc123";
    scene
        .game
        .script(secret, Script::Text("Password: abc123\n".into()));
    let (code, told) = scene.stage.typed(&["rcon", "north", secret]).await;
    assert!(code == 0 && told.contains("‹hidden›"), "{told}");
    assert!(!told.contains("abc123"), "{told}");
    let (code, _) = scene.stage.typed(&["maintenance", "on", "--for", "30m"]).await;
    assert_eq!(code, 0);
    let (code, told) = scene.stage.typed(&["audit"]).await;
    assert_eq!(code, 0, "{told}");
    for part in [
        "/factorio rcon on north: sent  > /mute ‹hidden›",
        " (uid ",
        "factorio-isr rcon on north: sent  > /config set password ‹hidden›",
        "> /config set password ‹hidden›  < ‹hidden›",
        "maintenance on 30 min: done",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let (code, told) = scene.stage.typed(&["audit", "verify"]).await;
    assert!(
        code == 0 && told.contains("7 entries are as they were written"),
        "{told}"
    );
    // Waiting for its turn costs a restart less than half a minute.
    let Scene { stage, game, running } = scene;
    running.stop().await;
    let running = super::start(&stage).await;
    stage.wait_for_shown("#7 ").await;
    let scene = Scene { stage, game, running };
    let texts = scene.stage.discord.texts().join("\n");
    for number in 1..=7 {
        let shown = texts
            .lines()
            .filter(|line| line.contains(&format!("#{number} **")));
        assert_eq!(shown.count(), 1, "{number}: {texts}");
    }
    assert!(!texts.contains("abc123") && texts.contains("‹hidden›"), "{texts}");
    let rows = scene.stop().await;
    assert!(!format!("{rows:?}").contains("abc123"), "{rows:?}");
}
