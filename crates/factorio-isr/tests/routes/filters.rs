//! What filters keep back is not posted, is counted under their names, and nothing else is touched.

use crate::stage::{SOON, Stage, sum_where};

#[tokio::test]
async fn a_filter_keeps_back_what_it_names_and_is_counted_under_its_name() {
    let stage = Stage::new().await;
    stage.write_yaml(
        "filters:
  - {name: advertising, events: chat, text: [discord.gg, free items], post: off}
  - {name: flapping, events: [join, leave], rate: 2 per 1min}
  - {name: bots, players: 'bot*'}
",
    );
    let mut log = stage.log();
    let running = stage.start().await;
    log.many([
        "2026-01-31 18:00:01 [CHAT] Bob: FREE ITEMS here",
        "2026-01-31 18:00:02 [CHAT] Bob: hello",
        "2026-01-31 18:00:03 [JOIN] Ann joined the game",
        "2026-01-31 18:00:04 [LEAVE] Ann left the game",
        "2026-01-31 18:00:05 [JOIN] Ann joined the game",
        "2026-01-31 18:00:06 [CHAT] bot7: beep",
        "2026-01-31 18:00:07 [CHAT] Bob: the end",
    ])
    .unwrap();
    stage.discord.wait_for_text("the end", SOON).await.unwrap();
    let metrics = running.get("/metrics").await.body;
    for rule in ["advertising", "flapping", "bots"] {
        let labels = format!("rule=\"{rule}\"");
        assert_eq!(
            sum_where(&metrics, "suppressed_total", &labels),
            1,
            "{rule}\n{metrics}"
        );
    }
    let (code, told) = stage.typed(&["outbox", "rules"]).await;
    assert_eq!(code, 0);
    for rule in ["advertising", "flapping", "bots"] {
        let line = told.lines().find(|line| line.contains(rule)).unwrap_or_default();
        assert!(line.starts_with("factorio") && line.ends_with(" 1"), "{told}");
    }
    running.stop().await;
    let all = stage.discord.texts().join("\n");
    assert!(!all.contains("FREE") && !all.contains("beep"), "{all}");
    assert!(all.contains("hello"), "{all}");
}

#[tokio::test]
async fn what_a_rate_has_counted_stays_counted_over_a_reload() {
    let stage = Stage::new().await;
    let filters = "filters:\n  - {name: flapping, events: [join, leave], rate: 1 per 1min}\n";
    stage.write_yaml(filters);
    let mut log = stage.log();
    let running = stage.start().await;
    log.line("2026-01-31 18:00:03 [JOIN] Ann joined the game")
        .unwrap();
    stage.discord.wait_for_text("Ann", SOON).await.unwrap();
    stage.write_yaml(&format!("{filters}voice: {{language: german}}\n"));
    running
        .daemon
        .wait_for_line("config_reloaded", SOON)
        .await
        .unwrap();
    log.line("2026-01-31 18:00:04 [LEAVE] Ann left the game").unwrap();
    log.line("2026-01-31 18:00:05 [CHAT] Bob: the end").unwrap();
    stage.discord.wait_for_text("the end", SOON).await.unwrap();
    running.stop().await;
    let texts = stage.discord.texts().join("\n");
    assert_eq!(texts.matches("Ann").count(), 1, "{texts}");
}
