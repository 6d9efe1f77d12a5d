//! What `/health`, `/ready` and `/metrics` promise.

use isr_testkit::discord::Limits;

use crate::stage::{Stage, troubles};

#[tokio::test]
async fn a_line_written_to_any_log_right_after_the_first_200_is_delivered() {
    let tags: Vec<String> = (0..40).map(|number| format!("server{number}")).collect();
    let servers: Vec<(&str, u64)> = tags.iter().map(String::as_str).zip(1..).collect();
    let stage = Stage::with_servers(&servers).await;
    stage.discord.set_limits(Limits::none());
    let mut logs: Vec<_> = tags.iter().map(|tag| stage.log_of(tag)).collect();
    // What is there before the first look is never posted.
    logs.iter_mut().for_each(|log| log.chat("Ada", "before").unwrap());
    let running = stage.start_unready().await;
    let mut before = Vec::new();
    let health = running
        .wait_for_health(|answer| {
            before.push((answer.status, answer.body.clone()));
            answer.status == 200
        })
        .await;
    for (server, log) in (0..).zip(&mut logs) {
        log.numbered(server, 7).unwrap();
    }
    before.pop();
    assert!(
        before
            .iter()
            .all(|(status, body)| *status == 503 && body.contains(r#""status":"starting""#)),
        "{before:?}"
    );
    assert!(
        health.body.contains(r#""status":"healthy""#) && troubles(&health).is_empty(),
        "{health:?}"
    );
    for server in 0..tags.len() as u16 {
        stage.wait_for_id(server, 7).await;
    }
    running.stop().await;
    let written: Vec<_> = (0..tags.len() as u16).map(|server| (server, 7..8)).collect();
    stage.judge(&written).assert_clean_with_dup_at_most(0);
    assert_eq!(stage.discord.counters().messages, tags.len() as u64);
}

#[tokio::test]
async fn a_log_that_is_not_there_yet_degrades_its_server_alone_and_is_read_from_its_beginning() {
    let stage = Stage::with_servers(&[("north", 1), ("south", 2)]).await;
    let mut north = stage.log_of("north");
    let running = stage.start().await;
    let health = running.get("/health").await;
    let expected = ("south".to_owned(), "waiting for its log file".to_owned());
    assert_eq!(troubles(&health), [expected], "{health:?}");
    north.numbered(0, 0).unwrap();
    stage.log_of("south").numbered_many(1, 0..3).unwrap();
    stage.wait_for_id(0, 0).await;
    stage.wait_for_id(1, 2).await;
    running
        .wait_for_health(|answer| troubles(answer).is_empty())
        .await;
    assert_eq!(running.get("/ready").await.status, 200);
    assert_eq!(running.get("/").await.status, 404);
    running.stop().await;
    stage
        .judge(&[(0, 0..1), (1, 0..3)])
        .assert_clean_with_dup_at_most(0);
}
