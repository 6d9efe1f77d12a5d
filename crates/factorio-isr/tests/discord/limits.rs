//! D02 to D05: rate limits of every kind. The fake counts each request that comes earlier than it was told.

use std::time::Duration;

use isr_testkit::discord::{
    Announce, Fault, FaultRule, LimitBody, LimitHeaders, Limits, Rate, RateLimit, Scope,
};

use crate::stage::{ONLY, SOON, Stage};

const NORTH: (&str, u64) = ("north", 1);
const SOUTH: (&str, u64) = ("south", 2);

#[tokio::test]
async fn d02_a_limited_webhook_waits_out_its_reset_and_the_other_goes_on() {
    let stage = Stage::with_servers(&[NORTH, SOUTH]).await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    let limited = Fault::RateLimit(RateLimit::new(Scope::User, 2.35));
    stage.discord.inject(FaultRule::new(limited).on_webhook(1));
    north.numbered(0, 0).unwrap();
    running.wait_for_trouble("north", "rate limited").await;
    for id in 0..3 {
        south.numbered(1, id).unwrap();
        stage.wait_for_id(1, id).await;
    }
    north.numbered(0, 1).unwrap();
    stage.wait_for_id(0, 1).await;
    running.daemon.wait_for_line("rate_limited", SOON).await.unwrap();
    running.stop().await;

    let counters = stage.discord.counters();
    assert_eq!((counters.early, counters.rate_limited), (0, 1), "{counters:?}");
    let order: Vec<u64> = stage
        .discord
        .messages()
        .iter()
        .map(|message| message.webhook)
        .collect();
    assert_eq!(
        order,
        [2, 2, 2, 1],
        "the other webhook did not wait, and the late lines were folded"
    );
    stage
        .judge(&[(0, 0..2), (1, 0..3)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d03_a_global_limit_stops_every_webhook_until_it_is_over() {
    let stage = Stage::with_servers(&[NORTH, SOUTH]).await;
    let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
    let running = stage.start().await;
    stage
        .discord
        .inject(Fault::RateLimit(RateLimit::new(Scope::Global, 2.0)));
    north.numbered(0, 0).unwrap();
    running.wait_for_trouble("north", "rate limited").await;
    south.numbered(1, 0).unwrap();
    north.numbered(0, 1).unwrap();
    stage.wait_for_id(1, 0).await;
    stage.wait_for_id(0, 1).await;
    running.stop().await;

    let counters = stage.discord.counters();
    assert_eq!((counters.early, counters.rate_limited), (0, 1), "{counters:?}");
    stage
        .judge(&[(0, 0..2), (1, 0..1)])
        .assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d04_a_429_of_the_network_in_front_stops_everything_and_nothing_is_lost() {
    let nameless = RateLimit {
        headers: LimitHeaders::Nothing,
        body: LimitBody::Html,
        ..RateLimit::html(0.0)
    };
    for limit in [RateLimit::html(3600.0), nameless] {
        let stage = Stage::with_servers(&[NORTH, SOUTH]).await;
        let (mut north, mut south) = (stage.log_of("north"), stage.log_of("south"));
        let running = stage.start().await;
        stage
            .discord
            .inject(FaultRule::new(Fault::RateLimit(limit)).until_cleared());
        north.numbered(0, 0).unwrap();
        running.wait_for_trouble("north", "rate limited").await;
        south.numbered_many(1, 0..2).unwrap();
        north.numbered_many(0, 1..3).unwrap();
        running.wait_for_metric("outbox_rows", |rows| rows == 5).await;
        running.stop().await;
        let counters = stage.discord.counters();
        assert_eq!(
            (counters.requests, counters.invalid),
            (1, 1),
            "{limit:?}: {counters:?}"
        );

        stage.discord.clear_faults();
        let running = stage.start().await;
        stage.wait_for_id(0, 2).await;
        stage.wait_for_id(1, 1).await;
        running.stop().await;
        stage
            .judge(&[(0, 0..3), (1, 0..2)])
            .assert_clean_with_dup_at_most(0);
    }
}

#[tokio::test]
async fn d05_limits_that_change_in_the_middle_are_exceeded_at_most_once_a_change() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    let running = stage.start().await;
    let mut next = 0;
    let changes: [fn(&mut Limits); 4] = [
        |_| {},
        |limits| {
            limits.bucket = "another".into();
            limits.webhook = Some(Rate::fixed(2, Duration::from_millis(700)));
        },
        |limits| {
            limits.announce = Announce::Nothing;
            limits.webhook = Some(Rate::sliding(3, Duration::from_millis(1500)));
        },
        |limits| *limits = Limits::default(),
    ];
    // Under the second rule more of them: whoever ignored what the answers say would exceed it again and again.
    for (change, lines) in changes.into_iter().zip([5, 12, 5, 5]) {
        stage.discord.change_limits(change);
        for _ in 0..lines {
            log.numbered(0, next).unwrap();
            stage.wait_for_id(0, next).await;
            next += 1;
        }
    }
    running.stop().await;
    let counters = stage.discord.counters();
    assert!(counters.over_true_limit <= 3, "{counters:?}");
    assert_eq!(counters.early, 0, "{counters:?}");
    stage.judge(&[(0, 0..next)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn the_label_of_a_server_without_a_name_for_its_webhook_is_its_tag() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage
        .discord
        .inject(FaultRule::new(Fault::Status(503)).until_cleared());
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    let health = running
        .wait_for_trouble(ONLY, "Discord has trouble of its own")
        .await;
    assert!(
        health.status == 200 && health.body.contains(r#""status":"degraded""#),
        "{health:?}"
    );
}
