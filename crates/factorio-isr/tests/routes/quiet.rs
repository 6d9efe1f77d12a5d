//! Quiet hours: one digest at their end, also after a kill; what people say is not delayed.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::stage::{ONLY, SOON, Stage};

/// Times of day around now, as the configuration has them (UTC).
fn time_of_day(from_now: i64) -> String {
    let moment = Timestamp::now() + jiff::SignedDuration::from_secs(from_now);
    TimeZone::UTC.to_datetime(moment).strftime("%H:%M:%S").to_string()
}

fn write_quiet_hours(stage: &Stage, seconds: i64) {
    stage.write_yaml(&format!(
        "defaults:\n  quiet_hours: {{from: '{}', to: '{}'}}\n",
        time_of_day(-60),
        time_of_day(seconds)
    ));
}

#[tokio::test]
async fn quiet_hours_end_with_one_digest_that_survives_a_kill() {
    let stage = Stage::new().await;
    write_quiet_hours(&stage, 12);
    let mut log = stage.log();
    let running = stage.start().await;
    let stamp = log.stamp();
    log.many([
        format!("{stamp} [JOIN] Ann joined the game"),
        format!("{stamp} [CHAT] Ann: good night"),
        format!("{stamp} [LEAVE] Ann left the game"),
    ])
    .unwrap();
    // What people say is posted at once, and by then the lines around it are stored as well.
    stage.discord.wait_for_text("good night", SOON).await.unwrap();
    let held = |told: &str| told.contains("2 lines wait for the digest at");
    let deadline = std::time::Instant::now() + SOON;
    loop {
        let (_, told) = stage.typed(&["outbox", "rules"]).await;
        if held(&told) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{told}");
    }
    assert!(!stage.discord.texts().join("\n").contains("joined"));
    running.kill().await;

    let running = stage.start().await;
    stage
        .discord
        .wait_for_text("While it was quiet", SOON)
        .await
        .unwrap();
    log.line(&format!("{} [JOIN] Bob joined the game", log.stamp()))
        .unwrap();
    stage.discord.wait_for_text("Bob", SOON).await.unwrap();
    running.stop().await;
    let texts = stage.discord.texts();
    let digests: Vec<&String> = texts
        .iter()
        .filter(|text| text.contains("While it was quiet"))
        .collect();
    assert_eq!(digests.len(), 1, "{texts:#?}");
    let lines: Vec<&str> = digests[0].lines().collect();
    assert_eq!(lines.len(), 3, "{texts:#?}");
    assert!(
        lines[0].contains("1 × join") && lines[0].contains("1 × leave"),
        "{texts:#?}"
    );
    assert!(
        lines[1].starts_with("<t:") && lines[1].contains("**Ann** joined"),
        "{texts:#?}"
    );
    assert!(lines[2].contains("**Ann** left"), "{texts:#?}");
    let all = texts.join("\n");
    assert_eq!(all.matches("Ann** joined").count(), 1, "{texts:#?}");
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn outside_of_quiet_hours_nothing_waits() {
    let stage = Stage::new().await;
    stage.write_yaml(&format!(
        "defaults:\n  quiet_hours: {{from: '{}', to: '{}'}}\n",
        time_of_day(3600),
        time_of_day(7200)
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    log.line(&format!("{} [JOIN] Ann joined the game", log.stamp()))
        .unwrap();
    stage
        .discord
        .wait_for_text("Ann", Duration::from_secs(30))
        .await
        .unwrap();
    running.stop().await;
}

#[tokio::test]
async fn p04_a_webhook_that_is_replaced_in_quiet_hours_still_gets_its_digest() {
    let stage = Stage::bare().await;
    let hours = format!(
        "defaults:\n  quiet_hours: {{from: '{}', to: '{}'}}\n",
        time_of_day(-60),
        time_of_day(15)
    );
    let with = |webhook| format!("{}{hours}", stage.servers_yaml(&[(ONLY, webhook)]));
    stage.write_yaml(&with(1));
    let mut log = stage.log();
    let running = stage.start().await;
    let stamp = log.stamp();
    log.many([
        format!("{stamp} [JOIN] Ann joined the game"),
        format!("{stamp} [CHAT] Ann: good night"),
    ])
    .unwrap();
    stage.discord.wait_for_text("good night", SOON).await.unwrap();
    stage.write_yaml(&with(2));
    running
        .daemon
        .wait_for_line("config_reloaded", SOON)
        .await
        .unwrap();
    stage
        .discord
        .wait_for_text("While it was quiet", SOON)
        .await
        .unwrap();
    running
        .daemon
        .wait_for_line("destination_left", SOON)
        .await
        .unwrap();
    running.stop().await;
    let digests: Vec<_> = stage
        .discord
        .messages()
        .into_iter()
        .filter(|message| message.text.contains("While it was quiet"))
        .map(|message| message.webhook)
        .collect();
    assert_eq!(digests, [1]);
}

#[tokio::test]
async fn a_digest_speaks_the_language_of_its_server() {
    let stage = Stage::bare().await;
    stage.write_yaml(&format!(
        "{}voice: {{language: german}}\ndefaults:\n  quiet_hours: {{from: '{}', to: '{}'}}\n",
        stage.servers_yaml(&[(ONLY, 1)]),
        time_of_day(-60),
        time_of_day(6)
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    log.join("Ann").unwrap();
    stage
        .discord
        .wait_for_text("In der Ruhezeit:** 1 × Beitritt", SOON)
        .await
        .unwrap();
    running.stop().await;
    let told = stage.discord.texts().join("\n");
    assert!(told.contains("**Ann** ist dem Server beigetreten"), "{told}");
}
