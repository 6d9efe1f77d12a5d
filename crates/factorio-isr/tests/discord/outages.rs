//! D08: Discord is in trouble or cannot be reached; then it is back, and everything drains in order.

use std::time::Duration;

use isr_testkit::discord::{Fault, FaultRule, Limits};

use crate::stage::{ONLY, Stage, troubles};

#[tokio::test]
async fn d08_every_kind_of_trouble_ends_and_each_lane_drains_in_order() {
    let slow = Fault::SlowBody {
        bytes: 1,
        tick: Duration::from_secs(1),
    };
    let faults = [
        ("s500", Fault::Status(500), 3),
        ("page", Fault::Html(503), 3),
        ("reset", Fault::CutBeforeReading, 3),
        ("stall", Fault::Stall, 1),
        ("slow", slow, 1),
        ("fine", Fault::Delay(Duration::from_millis(1)), 1),
    ];
    let servers: Vec<_> = (1..)
        .zip(&faults)
        .map(|(webhook, (tag, ..))| (*tag, webhook))
        .collect();
    let stage = Stage::with_servers(&servers).await;
    stage.discord.set_limits(Limits::none());
    let mut logs: Vec<_> = servers.iter().map(|(tag, _)| stage.log_of(tag)).collect();
    for (webhook, (_, fault, times)) in (1..).zip(faults.clone()) {
        stage
            .discord
            .inject(FaultRule::new(fault).times(times).on_webhook(webhook));
    }
    let running = stage.start().await;
    for id in 0..4 {
        for (server, log) in (0..).zip(&mut logs) {
            log.numbered(server, id).unwrap();
        }
        stage.wait_for_id(5, id).await;
    }
    for server in 0..faults.len() as u16 {
        stage.wait_for_id(server, 3).await;
    }
    running
        .wait_for_health(|answer| troubles(answer).is_empty())
        .await;
    let resends = running.metric("uncertain_resends_total").await;
    running.stop().await;
    assert!(stage.discord.faults_spent());
    let written: Vec<_> = (0..faults.len() as u16).map(|server| (server, 0..4)).collect();
    // Only the two that left us without an answer may have been sent twice.
    stage.judge(&written).assert_clean_with_dup_at_most(resends);
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn d08_lines_of_an_outage_are_kept_and_drain_in_order_when_discord_is_back() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    stage.discord.refuse_connections().await;
    log.numbered_many(0, 1..60).unwrap();
    let health = running.wait_for_trouble(ONLY, "").await;
    assert_eq!(
        health.status, 200,
        "an outage of Discord is no reason to restart us: {health:?}"
    );
    running.wait_for_metric("outbox_rows", |rows| rows == 59).await;
    stage.discord.accept_connections().await.unwrap();
    stage.wait_for_id(0, 59).await;
    log.numbered(0, 60).unwrap();
    stage.wait_for_id(0, 60).await;
    running.stop().await;
    stage.judge(&[(0, 0..61)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d08_discord_away_at_the_start_delays_nothing() {
    let stage = Stage::new().await;
    stage.discord.refuse_connections().await;
    let mut log = stage.log();
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 1).await;
    stage.discord.accept_connections().await.unwrap();
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    stage.judge(&[(0, 0..1)]).assert_clean_with_dup_at_most(0);
}
