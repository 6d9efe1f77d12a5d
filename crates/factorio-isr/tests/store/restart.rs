//! S01: what was committed is there after a kill, with everything that belongs to it.

use std::fs;

use crate::stage::Stage;

#[tokio::test]
async fn s01_committed_lines_are_delivered_after_a_kill_even_when_their_log_is_gone() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage.discord.refuse_connections().await;
    let running = stage.start().await;
    log.numbered_many(0, 0..200).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 200).await;
    running.kill().await;
    fs::remove_file(log.path()).unwrap();
    stage.discord.accept_connections().await.unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, 199).await;
    let mut log = stage.log();
    log.numbered(0, 200).unwrap();
    stage.wait_for_id(0, 200).await;
    running.stop().await;
    // No request had gone out before the kill: nothing may come twice.
    stage.judge(&[(0, 0..201)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn s01_stops_and_starts_in_the_middle_of_a_backlog_repeat_nothing() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage.start().await.stop().await;
    for round in 0..4 {
        log.numbered_many(0, 100 * round..100 * round + 100).unwrap();
        let running = stage.start().await;
        stage.wait_for_id(0, 100 * round).await;
        running.stop().await;
    }
    let running = stage.start().await;
    stage.wait_for_id(0, 399).await;
    running.stop().await;
    stage.judge(&[(0, 0..400)]).assert_clean_with_dup_at_most(0);
}
