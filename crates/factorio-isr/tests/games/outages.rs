//! Games that are down, flap, refuse the password, or have no address.

use isr_testkit::rcon::FakeFactorio;
use serde_json::Value;

use super::scene::{Described, PASSWORD, describe, figure, wait_for_metrics, wait_for_up};
use crate::stage::{SOON, Stage, troubles};

#[tokio::test]
async fn r01_a_game_that_is_down_delays_neither_start_nor_lines_and_is_found_when_it_comes() {
    let (down, up) = (
        FakeFactorio::start(PASSWORD).await.unwrap(),
        FakeFactorio::start(PASSWORD).await.unwrap(),
    );
    down.stop().await;
    let stage = Stage::bare().await;
    describe(
        &stage,
        &[Described::new("down", 1, &down), Described::new("up", 2, &up)],
    );
    let (mut first, mut second) = (stage.log_of("down"), stage.log_of("up"));
    let running = stage.start().await;
    first.numbered(0, 0).unwrap();
    second.numbered(1, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    stage.wait_for_id(1, 0).await;
    wait_for_up(&running, "down", 0.0).await;
    wait_for_up(&running, "up", 1.0).await;
    let health = running.get("/health").await;
    assert_eq!(
        troubles(&health),
        Vec::new(),
        "nobody asked for RCON to be required"
    );

    down.start_again().await.unwrap();
    wait_for_up(&running, "down", 1.0).await;
    assert_eq!(up.logins().len(), 1, "the other one noticed nothing");
    running.stop().await;
}

#[tokio::test]
async fn r01_a_game_that_flaps_is_followed_and_said_once() {
    let (flapping, steady) = (
        FakeFactorio::start(PASSWORD).await.unwrap(),
        FakeFactorio::start(PASSWORD).await.unwrap(),
    );
    let stage = Stage::bare().await;
    describe(
        &stage,
        &[
            Described::new("flapping", 1, &flapping),
            Described::new("steady", 2, &steady),
        ],
    );
    let (_first, _second) = (stage.log_of("flapping"), stage.log_of("steady"));
    let running = stage.start().await;
    wait_for_up(&running, "flapping", 1.0).await;
    for login in 2..=5 {
        flapping.cut();
        flapping.wait_for_logins(login, SOON).await.unwrap();
    }
    wait_for_up(&running, "flapping", 1.0).await;
    wait_for_up(&running, "steady", 1.0).await;
    assert_eq!(steady.logins().len(), 1);
    running.stop().await;
    assert!(flapping.world(|world| world.was_never_warned()));
}

#[tokio::test]
async fn r01_a_wrong_password_is_tried_once_a_minute_and_harms_nobody_else() {
    let (closed, open) = (
        FakeFactorio::start("another one").await.unwrap(),
        FakeFactorio::start(PASSWORD).await.unwrap(),
    );
    let stage = Stage::bare().await;
    describe(
        &stage,
        &[
            Described::new("closed", 1, &closed),
            Described::new("open", 2, &open),
        ],
    );
    let (mut first, _second) = (stage.log_of("closed"), stage.log_of("open"));
    let running = stage.start().await;
    let line = running.daemon.wait_for_line("rcon_down", SOON).await.unwrap();
    let fields: Value = serde_json::from_str(&line.text).unwrap();
    assert!(fields["pause_s"].as_u64().unwrap() >= 59, "{fields}");
    assert!(line.text.contains("refuses the password"), "{fields}");
    first.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    wait_for_up(&running, "open", 1.0).await;
    let answer = wait_for_metrics(&running, |metrics| {
        figure(metrics, "factorio_up", "closed") == Some(0.0)
    })
    .await;
    let attempts = figure(&answer.body, "factorio_isr_rcon_connect_attempts_total", "closed");
    assert_eq!(attempts, Some(1.0));
    assert_eq!(closed.logins().len(), 1);
    let text = running.daemon.text();
    assert!(!text.contains(PASSWORD), "{text}");
    running.stop().await;
}

#[tokio::test]
async fn r01_a_host_without_an_address_is_said_with_its_remedy_and_harms_nobody_else() {
    let game = FakeFactorio::start(PASSWORD).await.unwrap();
    let stage = Stage::bare().await;
    let nowhere = format!("{{host: no-such-host.invalid, password: {PASSWORD}, required: on}}");
    describe(
        &stage,
        &[
            Described::new("nowhere", 1, &game).with(&nowhere),
            Described::new("here", 2, &game),
        ],
    );
    let (mut first, _second) = (stage.log_of("nowhere"), stage.log_of("here"));
    let running = stage.start().await;
    first.numbered(0, 0).unwrap();
    stage.wait_for_id(0, 0).await;
    wait_for_up(&running, "here", 1.0).await;
    let health = running.wait_for_trouble("nowhere", "RCON does not answer").await;
    assert_eq!(health.status, 200, "degraded is not unhealthy: {health:?}");
    running.stop().await;
}
