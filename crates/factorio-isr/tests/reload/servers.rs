//! P04: servers come and go, and their logs move.

use std::fs;

use isr_testkit::process::Line;

use crate::stage::{SOON, Stage, troubles};

#[tokio::test]
async fn p04_a_server_that_is_added_is_read_and_one_that_comes_back_goes_on_where_it_was_left() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    south.chat("Ada", "before the server was configured").unwrap();
    let running = stage.start().await;

    stage.write_servers(&[("north", 1), ("south", 2)]);
    running
        .daemon
        .wait_for_line(r#""source":"south/console""#, SOON)
        .await
        .unwrap();
    north.numbered(0, 0).unwrap();
    south.numbered(1, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    stage.wait_for_id(1, 0).await;

    north.numbered(0, 1).unwrap();
    stage.write_servers(&[("south", 2)]);
    running.daemon.wait_for_line("log_left", SOON).await.unwrap();
    running
        .daemon
        .wait_for_line("destination_left", SOON)
        .await
        .unwrap();
    // What was written while it was configured was read; what comes now waits in the log.
    stage.wait_for_id(0, 1).await;
    north.numbered(0, 2).unwrap();
    south.numbered(1, 1).unwrap();
    stage.wait_for_id(1, 1).await;
    let health = running.get("/health").await;
    assert_eq!(troubles(&health), Vec::new(), "{health:?}");
    stage
        .judge(&[(0, 0..2), (1, 0..2)])
        .assert_clean_with_dup_at_most(0);

    stage.write_servers(&[("north", 1), ("south", 2)]);
    stage.wait_for_id(0, 2).await;
    running.stop().await;
    stage
        .judge(&[(0, 0..3), (1, 0..2)])
        .assert_clean_with_dup_at_most(0);
    assert!(!stage.discord.texts().concat().contains("before the server"));
}

#[tokio::test]
async fn p04_a_log_path_that_changes_is_read_to_its_end_before_the_new_one_begins() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let (mut old, mut new) = (stage.log_of("north"), stage.log_of("moved"));
    new.chat("Ada", "before it was configured").unwrap();
    let running = stage.start().await;
    old.numbered_many(0, 0..50).unwrap();
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    webhook: {}\n",
        stage.log_path_of("moved").display(),
        stage.discord.url(1)
    ));
    let left = running.daemon.wait_for_line("log_left", SOON).await.unwrap();
    let follows = |line: &Line| line.text.contains("log_tailing_active");
    running
        .daemon
        .wait_for_line_from(left.number, SOON, follows)
        .await
        .unwrap();
    new.numbered_many(0, 50..60).unwrap();
    old.numbered(0, 1000).unwrap();
    stage.wait_for_id(0, 59).await;
    running.stop().await;
    stage.judge(&[(0, 0..60)]).assert_clean_with_dup_at_most(0);
    assert!(!stage.discord.texts().concat().contains("before it was"));
}

#[tokio::test]
async fn p04_a_log_that_only_moved_goes_on_at_its_position() {
    let stage = Stage::with_servers(&[("north", 1)]).await;
    let mut log = stage.log_of("north");
    let running = stage.start().await;
    log.numbered_many(0, 0..20).unwrap();
    stage.wait_for_id(0, 19).await;
    let moved = stage.command.home().join("logs/elsewhere.log");
    fs::rename(stage.log_path_of("north"), &moved).unwrap();
    log.numbered_many(0, 20..40).unwrap();
    stage.write_yaml(&format!(
        "servers:\n  north:\n    log_path: {}\n    webhook: {}\n",
        moved.display(),
        stage.discord.url(1)
    ));
    running.daemon.wait_for_line("log_left", SOON).await.unwrap();
    log.numbered_many(0, 40..60).unwrap();
    stage.wait_for_id(0, 59).await;
    running.stop().await;
    stage.judge(&[(0, 0..60)]).assert_clean_with_dup_at_most(0);
}
