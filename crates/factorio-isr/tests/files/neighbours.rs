//! F21, and several servers beside each other: nobody's trouble or traffic is felt by the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use isr_testkit::log::lines;
use isr_testkit::log::noise::Noise;
use isr_testkit::rng::Rng;

use crate::stage::{SOON, Stage, sum_where};

const QUIET: [&str; 4] = ["ash", "birch", "cedar", "date"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f21_quiet_servers_are_heard_while_another_one_floods() {
    let servers: Vec<(&str, u64)> = [("busy", 9)]
        .into_iter()
        .chain(QUIET.into_iter().zip(1..))
        .collect();
    let stage = Stage::with_servers(&servers).await;
    let mut busy = stage.log_of("busy");
    let mut quiet: Vec<_> = QUIET.iter().map(|tag| stage.log_of(tag)).collect();
    let running = stage.start().await;
    let done = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&done);
    let flood = thread::spawn(move || {
        let mut noise = Noise::new(Rng::new(21));
        let block: Vec<String> = (0..2_000).map(|_| noise.line()).collect();
        while !until.load(Ordering::Relaxed) {
            busy.many(&block).unwrap();
            // The pace of the flood; nothing waits for it.
            thread::sleep(Duration::from_millis(10));
        }
        busy.lines_written()
    });
    running
        .wait_for_metric("lines_read_total", |lines| lines > 20_000)
        .await;
    let of_the_flood = |answer: &str| sum_where(answer, "lines_read_total", "\"busy\"");
    let before = of_the_flood(&running.get("/metrics").await.body);
    let mut slowest = Duration::ZERO;
    for id in 0..5 {
        for (log, server) in quiet.iter_mut().zip(1..) {
            let written = Instant::now();
            log.numbered(server, id).unwrap();
            stage.wait_for_id(server, id).await;
            slowest = slowest.max(written.elapsed());
        }
    }
    let meanwhile = of_the_flood(&running.get("/metrics").await.body) - before;
    done.store(true, Ordering::Relaxed);
    let written = flood.join().unwrap();
    println!(
        "the slowest of 20 quiet lines took {slowest:?}; meanwhile {meanwhile} lines of the flood were read"
    );
    assert!(meanwhile > 0, "the flood went on while the quiet lines arrived");
    running
        .wait_for_metric("lines_read_total", |lines| lines == written + 20)
        .await;
    running.stop().await;
    let quiet: Vec<_> = (1..=4).map(|server| (server, 0..5)).collect();
    stage.judge(&quiet).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn two_servers_post_to_two_webhooks() {
    let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    north.numbered_many(1, 0..10).unwrap();
    south.numbered_many(2, 0..10).unwrap();
    stage.wait_for_id(1, 9).await;
    stage.wait_for_id(2, 9).await;
    running.stop().await;
    let mut oracle = stage.judge(&[(1, 0..10), (2, 0..10)]);
    oracle.expect(1, "1");
    oracle.expect(2, "2");
    oracle.assert_clean_with_dup_at_most(0);
    assert_eq!(oracle.report().delivered, 20, "and nothing at the other one's");
}

#[tokio::test]
async fn commands_go_to_the_admins_webhook_and_nowhere_else() {
    let stage = Stage::bare().await;
    let (log, everyone, admins) = (stage.log_path(), stage.discord.url(1), stage.discord.url(2));
    stage.write_yaml(&format!(
        "servers:\n  factorio:\n    log_path: {}\n    webhook: {everyone}\n    admin_webhook: {admins}\n    events:\n      \
         command: on\n",
        log.display()
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    log.line(&lines::command(log.stamp(), "Ada", "game.print('hello')"))
        .unwrap();
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    stage.discord.wait_for_text("ran a command", SOON).await.unwrap();
    running.stop().await;
    for message in stage.discord.messages() {
        assert_eq!(
            message.webhook == 2,
            message.text.contains("ran a command"),
            "{message:?}"
        );
    }
    stage.judge(&[(0, 0..1)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn chat_is_posted_under_the_players_name() {
    let stage = Stage::new().await;
    stage.write_yaml("defaults:\n  player_names_as_webhook_name: on\n");
    let mut log = stage.log();
    let running = stage.start().await;
    log.join("Bob").unwrap();
    log.numbered_many(0, 0..4).unwrap();
    log.chat("Discord Clyde", "a name that Discord forbids").unwrap();
    stage.wait_for_id(0, 3).await;
    stage
        .discord
        .wait_for_text("a name that Discord forbids", SOON)
        .await
        .unwrap();
    running.stop().await;
    stage.judge(&[(0, 0..4)]).assert_clean_with_dup_at_most(0);
    for message in stage.discord.messages() {
        let own = message.text.contains("joined") || message.text.contains("forbids");
        let shown = message.username.clone().unwrap_or_default();
        assert!(
            own || !message.text.contains("💬"),
            "the words alone: {message:?}"
        );
        assert_eq!(
            message.text.contains("joined"),
            shown == "Factorio Bridge",
            "{message:?}"
        );
    }
    stage.discord.assert_no_violations();
}
