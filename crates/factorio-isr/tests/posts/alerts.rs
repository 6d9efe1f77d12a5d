//! Alerts that lines of the log set off: told once, with the position, whenever the program is killed.

use std::time::Duration;

use isr_testkit::discord::{Limits, Message};
use isr_testkit::log::LogWriter;
use isr_testkit::rng::Rng;

use crate::stage::{SOON, Stage};

/// Where admins read.
const ADMINS: u64 = 2;
/// Rounds of kills; `ALERT_ROUNDS` sets another number, `ALERT_SEED` other instants.
const ROUNDS: u64 = 6;

fn titles(stage: &Stage) -> Vec<String> {
    let messages = stage.discord.messages().into_iter();
    let title = |message: Message| Some(message.embeds.first()?["title"].as_str()?.to_owned());
    messages
        .filter(|message| message.webhook == ADMINS)
        .filter_map(title)
        .collect()
}

async fn described(rule: &str) -> Stage {
    let stage = Stage::bare().await;
    let (log, url, admins) = (
        stage.log_path_of("north"),
        stage.discord.url(1),
        stage.discord.url(ADMINS),
    );
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    webhook: {url}\n    admin_webhook: {admins}\n    alerts: {rule}\n",
        log.display()
    ));
    stage.discord.set_limits(Limits::none());
    stage
}

fn engine(log: &mut LogWriter, second: u64, text: &str) {
    log.line(&format!("{second:>4}.000 {text}")).unwrap();
}

async fn wait_for_title(stage: &Stage, text: &str) {
    let shown = |seen: &isr_testkit::discord::Seen| {
        let mut embeds = seen.messages().flat_map(|message| &message.embeds);
        embeds.any(|embed| embed["title"].as_str().is_some_and(|title| title.contains(text)))
    };
    stage.discord.wait_for(SOON, shown).await.unwrap();
}

#[tokio::test]
async fn matching_trouble_is_one_post_that_changes_when_it_is_over_also_after_a_kill() {
    let stage = described("on").await;
    let _console = stage.log_of("north");
    let mut game =
        LogWriter::open(stage.log_path_of("north").with_file_name("factorio-current.log")).unwrap();
    let running = stage.start().await;
    engine(
        &mut game,
        1,
        "Info AppManager.cpp:306: Saving to _autosave1 (blocking).",
    );
    for second in 2..6 {
        engine(
            &mut game,
            second,
            "Error MatchingServer.cpp:83: Matching server connection failed: timed out",
        );
    }
    wait_for_title(&stage, "📡").await;
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    running.kill().await;
    assert_eq!(titles(&stage).len(), 1, "{:?}", titles(&stage));
    let running = stage.start().await;
    engine(
        &mut game,
        9,
        "Info ServerMultiplayerManager.cpp:706: Matching server connection resumed",
    );
    wait_for_title(&stage, "✅").await;
    assert_eq!(titles(&stage).len(), 1, "{:?}", titles(&stage));
    running.stop().await;
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn planned_work_keeps_the_rules_silent_that_look_at_lines() {
    let stage = described("on").await;
    let _console = stage.log_of("north");
    let mut game =
        LogWriter::open(stage.log_path_of("north").with_file_name("factorio-current.log")).unwrap();
    // The state folder is there.
    stage.start().await.stop().await;
    stage.typed(&["maintenance", "on", "--for", "30m"]).await;
    let running = stage.start().await;
    let matching = "Error MatchingServer.cpp:83: Matching server connection failed: timed out";
    engine(&mut game, 1, matching);
    engine(
        &mut game,
        2,
        "Error SaveGame.cpp:7: Saving the game failed: no space",
    );
    wait_for_title(&stage, "💾").await;
    assert_eq!(titles(&stage).len(), 1, "{:?}", titles(&stage));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_that_fails_is_told_once_however_often_the_program_is_killed() {
    let mut dice = Rng::from_environment("ALERT_SEED");
    let rounds = std::env::var("ALERT_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let stage = described("{save_failed: on, cooldown: 1s}").await;
    let _console = stage.log_of("north");
    let mut game =
        LogWriter::open(stage.log_path_of("north").with_file_name("factorio-current.log")).unwrap();
    stage.start().await.stop().await;
    let rounds = rounds.unwrap_or(ROUNDS);
    for round in 0..rounds {
        // Longer than the cooldown apart: each of them is to be told.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let daemon = stage.command.spawn().unwrap();
        engine(
            &mut game,
            round + 1,
            &format!("Error SaveGame.cpp:7: Saving the game failed: number {round} of the disk"),
        );
        tokio::time::sleep(Duration::from_millis(dice.between(20, 600))).await;
        daemon.kill().await.unwrap();
        let running = stage.start().await;
        running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
        let number = format!("number {round} of the disk");
        let shown = |seen: &isr_testkit::discord::Seen| {
            let mut embeds = seen.messages().flat_map(|message| &message.embeds);
            embeds.any(|embed| embed.to_string().contains(&number))
        };
        stage.discord.wait_for(SOON, shown).await.unwrap();
        running.kill().await;
    }
    let (_, rules) = stage.typed(&["outbox", "rules"]).await;
    let again = rules.lines().find(|line| line.contains("uncertain_resend"));
    let again: usize = again.map_or(0, |line| {
        line.split_whitespace()
            .find_map(|word| word.parse().ok())
            .unwrap_or(0)
    });
    let told = titles(&stage).iter().filter(|title| title.contains("💾")).count();
    let written = usize::try_from(rounds).unwrap();
    assert!(
        (written..=written + again).contains(&told),
        "{told} for {written}, {again} of them twice\n{rules}"
    );
}
