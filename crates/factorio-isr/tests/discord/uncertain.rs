//! D01: Discord accepted a message, and we were not told.

use isr_testkit::discord::{Answer, Fault, FaultRule, Limits};

use crate::stage::{Running, Stage};

const SERVERS: [(&str, u64); 4] = [("north", 1), ("south", 2), ("east", 3), ("west", 4)];
const LINES: u64 = 5;

/// Writes one line after the other, each when the one before is settled: no message holds two.
async fn speak(stage: &Stage, running: &Running, server: usize) {
    let (tag, _) = SERVERS[server];
    let mut log = stage.log_of(tag);
    for id in 0..LINES {
        assert!(log.numbered(server as u16, id).is_ok());
        let own = format!("delivered_total{{destination=\"{tag}\"}}");
        running
            .wait_for_metric(&own, |delivered| delivered == id + 1)
            .await;
    }
}

#[tokio::test]
async fn d01_a_cut_before_the_reply_doubles_at_most_that_message_and_is_counted() {
    let stage = Stage::with_servers(&SERVERS).await;
    stage.discord.set_limits(Limits::none());
    SERVERS.iter().for_each(|(tag, _)| drop(stage.log_of(tag)));
    for (_, webhook) in SERVERS {
        let mut turn = 0;
        let every_second = FaultRule::choosing(move |_| {
            turn += 1;
            let fault = if turn % 4 == 1 {
                Fault::AcceptThenCut
            } else {
                Fault::AcceptThenStatus(502)
            };
            (turn % 2 == 1).then_some(fault)
        });
        stage.discord.inject(every_second.on_webhook(webhook));
    }
    let running = stage.start().await;
    tokio::join!(
        speak(&stage, &running, 0),
        speak(&stage, &running, 1),
        speak(&stage, &running, 2),
        speak(&stage, &running, 3),
    );
    let told_twice = running.metric("uncertain_resends_total").await;
    running.stop().await;

    let requests = stage.discord.requests();
    let untold = |answer| matches!(answer, Answer::Cut | Answer::Status(502));
    let faults = requests.iter().filter(|request| untold(request.answer)).count() as u64;
    assert_eq!(
        faults,
        LINES * SERVERS.len() as u64,
        "every line met the fault once"
    );
    let written: Vec<_> = (0..SERVERS.len() as u16)
        .map(|server| (server, 0..LINES))
        .collect();
    let oracle = stage.judge(&written);
    oracle.assert_clean_with_dup_at_most(faults);
    assert_eq!(oracle.report().dup, told_twice, "duplicates are counted");
    stage.discord.assert_no_violations();
}

#[tokio::test]
async fn d01_an_answer_that_breaks_off_after_its_status_is_a_success() {
    let stage = Stage::new().await;
    stage
        .discord
        .inject(FaultRule::new(Fault::HalfAnswer).until_cleared());
    let mut log = stage.log();
    let running = stage.start().await;
    for id in 0..3 {
        log.numbered(0, id).unwrap();
        running
            .wait_for_metric("delivered_total", |delivered| delivered == id + 1)
            .await;
    }
    assert_eq!(running.metric("uncertain_resends_total").await, 0);
    running.stop().await;
    stage.judge(&[(0, 0..3)]).assert_clean_with_dup_at_most(0);
}

#[tokio::test]
async fn d01_a_kill_during_a_request_doubles_at_most_what_was_in_flight() {
    let stage = Stage::new().await;
    let mut log = stage.log();
    stage
        .discord
        .inject(FaultRule::new(Fault::AcceptThenStall).after(1));
    let running = stage.start().await;
    log.numbered(0, 0).unwrap();
    running
        .wait_for_metric("delivered_total", |delivered| delivered == 1)
        .await;
    log.numbered_many(0, 1..4).unwrap();
    stage.wait_for_id(0, 1).await;
    running.kill().await;
    stage.discord.clear_faults();
    let in_flight = stage
        .discord
        .messages()
        .last()
        .map_or(0, |message| message.lines().count() as u64);

    let running = stage.start().await;
    running
        .wait_for_metric("delivered_total", |delivered| delivered == 3)
        .await;
    assert_eq!(running.metric("uncertain_resends_total").await, in_flight);
    running.stop().await;
    stage.judge(&[(0, 0..4)]).assert_clean_with_dup_at_most(in_flight);
}
