//! D06 and D07: a destination that refuses us holds up nobody else, is not asked again and again, and comes back.

use isr_testkit::discord::{Fault, FaultRule};

use crate::stage::{ONLY, Stage, troubles};

/// Requests to a webhook so far.
fn asked(stage: &Stage, webhook: u64) -> usize {
    stage.discord.look(|seen| {
        seen.requests()
            .filter(|request| request.webhook == Some(webhook))
            .count()
    })
}

#[tokio::test]
async fn d06_a_wrong_token_latches_that_webhook_alone_and_a_retry_revives_it() {
    let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    stage
        .discord
        .inject(FaultRule::new(Fault::InvalidToken).on_webhook(1).until_cleared());
    let running = stage.start().await;
    north.numbered(0, 0).unwrap();
    let health = running.wait_for_trouble("north", "token is not valid").await;
    assert!(
        health.status == 200 && health.body.contains(r#""status":"degraded""#),
        "{health:?}"
    );
    assert_eq!(troubles(&health).len(), 1, "{health:?}");
    for id in 1..4 {
        north.numbered(0, id).unwrap();
        south.numbered(1, id).unwrap();
        stage.wait_for_id(1, id).await;
    }
    running.wait_for_metric("outbox_rows", |rows| rows == 4).await;
    assert_eq!(asked(&stage, 1), 1);
    let (code, listed) = stage.typed(&["outbox", "list", "--state", "waiting"]).await;
    assert!(code == 0 && listed.matches("north").count() == 4, "{listed}");

    stage.discord.clear_faults();
    let (code, said) = stage.typed(&["outbox", "retry", "--all"]).await;
    assert_eq!(code, 0, "{said}");
    stage.wait_for_id(0, 3).await;
    running
        .wait_for_health(|answer| troubles(answer).is_empty())
        .await;
    running.stop().await;
    stage
        .judge(&[(0, 0..4), (1, 1..4)])
        .assert_clean_with_dup_at_most(0);
    assert_eq!(stage.discord.counters().after_gone, 0);
}

#[tokio::test]
async fn d07_403_parks_and_404_latches_and_nobody_else_notices() {
    let stage = Stage::with_servers(&[("barred", 1), ("deleted", 2), ("fine", 3)]).await;
    let tags = ["barred", "deleted", "fine"];
    let mut logs = tags.map(|tag| stage.log_of(tag));
    stage
        .discord
        .inject(FaultRule::new(Fault::Forbidden).on_webhook(1).until_cleared());
    stage.discord.delete_webhook(2);
    let running = stage.start().await;
    for id in 0..3 {
        for (server, log) in logs.iter_mut().enumerate() {
            log.numbered(server as u16, id).unwrap();
        }
        stage.wait_for_id(2, id).await;
    }
    running.wait_for_trouble("deleted", "deleted").await;
    let health = running.wait_for_trouble("barred", "every 15 minutes").await;
    assert!(health.status == 200 && troubles(&health).len() == 2, "{health:?}");
    running.wait_for_metric("outbox_rows", |rows| rows == 6).await;
    assert_eq!((asked(&stage, 1), asked(&stage, 2)), (1, 1));

    stage.discord.clear_faults();
    drop(stage.discord.url(2));
    let (code, said) = stage.typed(&["outbox", "retry", "--all"]).await;
    assert_eq!(code, 0, "{said}");
    stage.wait_for_id(1, 2).await;
    stage.wait_for_id(0, 2).await;
    running.stop().await;
    stage
        .judge(&[(0, 0..3), (1, 0..3), (2, 0..3)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d07_with_every_destination_dead_health_says_unhealthy_and_a_restart_asks_once_more() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage.discord.delete_webhook(1);
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    running.wait_for_trouble(ONLY, "deleted").await;
    let health = running.wait_for_health(|answer| answer.status == 503).await;
    assert!(health.body.contains(r#""status":"unhealthy""#), "{health:?}");
    running.stop().await;
    assert_eq!(asked(&stage, 1), 1);

    drop(stage.discord.url(1));
    stage.discord.clear_faults();
    let running = stage.start().await;
    stage.wait_for_id(0, 0).await;
    running.stop().await;
    assert_eq!(asked(&stage, 1), 2);
}
