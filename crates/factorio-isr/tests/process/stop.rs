//! P01: a stop adds no duplicate; an impatient one adds at most what was in flight.

use std::time::Duration;

use isr_testkit::discord::{Fault, FaultRule, Limits};
use isr_testkit::process::Signal;

use crate::stage::{ONLY, SOON, Stage};

#[tokio::test]
async fn p01_sigterm_with_a_backlog_exits_0_and_the_next_start_doubles_nothing() {
    let stage = Stage::new().await;
    stage.discord.set_limits(Limits::none());
    // Every request takes its time, so that the signal meets one in flight.
    let slow = Fault::Delay(Duration::from_millis(150));
    stage.discord.inject(FaultRule::new(slow).until_cleared());
    let mut log = stage.log();
    let mut running = stage.start().await;
    log.numbered_many(0, 0..600).unwrap();
    for messages in [2, 5, 8] {
        stage
            .discord
            .wait_for(SOON, |seen| seen.counters().requests > messages)
            .await
            .unwrap();
        running.stop().await;
        running = stage.start().await;
    }
    stage.wait_for_id(0, 599).await;
    assert_eq!(running.metric("uncertain_resends_total").await, 0);
    running.stop().await;
    stage.judge(&[(0, 0..600)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn p01_a_request_that_never_ends_does_not_outlast_the_grace_period() {
    let stage = Stage::bare().await;
    let servers = stage.servers_yaml(&[(ONLY, 1)]);
    stage.write_yaml(&format!("{servers}limits:\n  stop_grace: 500ms\n"));
    let mut log = stage.log();
    stage.discord.inject(Fault::AcceptThenStall);
    let running = stage.start().await;
    log.numbered_many(0, 0..2).unwrap();
    stage.wait_for_id(0, 0).await;
    running.daemon.signal(Signal::TERM).unwrap();
    running
        .daemon
        .wait_for_line("stop_grace_exceeded", SOON)
        .await
        .unwrap();
    assert_eq!(running.daemon.wait_for_exit(SOON).await.unwrap().code(), Some(0));

    stage.discord.clear_faults();
    let running = stage.start().await;
    running.wait_for_metric("outbox_rows", |rows| rows == 0).await;
    let told = running.metric("uncertain_resends_total").await;
    running.stop().await;
    let oracle = stage.judge(&[(0, 0..2)]);
    oracle.assert_clean_with_dup_at_most(2);
    assert_eq!(oracle.report().dup, told);
}

#[tokio::test]
async fn p01_a_second_signal_exits_at_once_with_consistent_state() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage.discord.inject(Fault::AcceptThenStall);
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    log.numbered_many(0, 1..20).unwrap();
    running.wait_for_metric("outbox_rows", |rows| rows == 20).await;
    running.daemon.signal(Signal::TERM).unwrap();
    running.daemon.wait_for_line(r#""stopping""#, SOON).await.unwrap();
    running.daemon.signal(Signal::INT).unwrap();
    let (status, text) = running.daemon.wait_for_exit_and_output(SOON).await.unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(text.contains("stopped_at_once"), "{text}");

    stage.discord.clear_faults();
    let running = stage.start().await;
    stage.wait_for_id(0, 19).await;
    running.stop().await;
    stage.judge(&[(0, 0..20)]).assert_clean_with_dup_at_most(1);
}
