//! S10: the outbox is at its cap, because Discord is down.

use crate::stage::{Stage, sum_where};

const LINES: u64 = 450;

#[tokio::test]
async fn s10_pause_leaves_everything_in_the_log_until_discord_is_back() {
    let (stage, running) = at_the_cap("pause").await;
    let full = running.wait_for_health(|answer| answer.status == 503).await;
    assert!(full.body.contains("the outbox is at its cap"), "{}", full.body);
    stage.discord.accept_connections().await.unwrap();
    stage.wait_for_id(0, LINES).await;
    running
        .wait_for_health(|answer| answer.body.contains("\"healthy\""))
        .await;
    running.stop().await;
    stage.judge(&[(0, 0..LINES + 1)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn s10_pause_survives_a_kill_at_the_cap() {
    let (stage, running) = at_the_cap("pause").await;
    running.wait_for_health(|answer| answer.status == 503).await;
    running.kill().await;
    stage.discord.accept_connections().await.unwrap();
    let running = stage.start().await;
    stage.wait_for_id(0, LINES).await;
    running.stop().await;
    stage.judge(&[(0, 0..LINES + 1)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn s10_drop_oldest_counts_exactly_what_it_drops() {
    let (stage, running) = at_the_cap("drop-oldest").await;
    running
        .wait_for_metric("lines_read_total", |lines| lines == LINES + 1)
        .await;
    running.wait_for_metric("outbox_rows", |rows| rows == 100).await;
    // A line counts as read before it is committed, and as dropped after that.
    running
        .wait_for_metric("suppressed_total", |lines| lines == LINES + 1 - 100)
        .await;
    let metrics = running.get("/metrics").await.body;
    let dropped = sum_where(&metrics, "suppressed_total", "outbox_cap");
    assert_eq!(dropped, LINES + 1 - 100, "{metrics}");
    stage.discord.accept_connections().await.unwrap();
    stage.wait_for_id(0, LINES).await;
    running.stop().await;
    let mut oracle = stage.judge(&[(0, 0..LINES + 1)]);
    oracle.account_count(dropped, "outbox cap");
    oracle.assert_clean_with_dup_at_most(0);
    assert_eq!((oracle.report().over_accounted, oracle.delivered(0)), (0, 100));
}

/// Discord refuses connections, the outbox holds 100 rows, and more lines than that are written: the first 450 in four
/// writes, then one more.
async fn at_the_cap(when_full: &str) -> (Stage, crate::stage::Running) {
    let stage = Stage::new().await;
    stage.write_yaml(&format!(
        "limits:\n  outbox:\n    max_rows: 100\n    when_full: {when_full}\n"
    ));
    let mut log = stage.log();
    let running = stage.start().await;
    stage.discord.refuse_connections().await;
    log.numbered_many(0, 0..90).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 90).await;
    log.numbered_many(0, 90..LINES).unwrap();
    log.numbered(0, LINES).unwrap();
    (stage, running)
}
