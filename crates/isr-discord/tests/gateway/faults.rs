//! D12 over real sockets: silence, closes, cuts, half frames, refusals.

use isr_discord::GatewayUrl;
use isr_discord::gateway::close::{CloseCode, Refusal, Verdict};
use isr_discord::gateway::{GatewayEnd, GatewayOptions, GatewayState, Link, Loss, WaitReason};
use isr_testkit::discord::gateway::{Acks, ConnectionFault, SessionLimit, Times};
use serde_json::json;

use crate::stage::{INTERVAL, Running, Stage, numbered, secs};

/// What is posted before, during and after the trouble arrives once and in order, in the same session.
async fn nothing_is_lost_or_doubled(stage: &Stage, running: &mut Running, trouble: impl FnOnce()) {
    stage.clock.pass(secs(70)).await;
    stage.post(1..=20);
    trouble();
    stage.post(21..=40);
    stage
        .clock
        .until(secs(200), || running.status().counts.resumes >= 1)
        .await;
    stage.post(41..=45);
    stage.clock.settle().await;
    assert_eq!(running.texts(), numbered(1..=45));
    let counts = running.status().counts;
    assert_eq!((counts.identifies, counts.unreadable), (1, 0), "{counts:?}");
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d12_whatever_ends_a_connection_the_replay_is_neither_lost_nor_doubled() {
    type Trouble = fn(&Stage);
    let troubles: [(&str, Trouble); 7] = [
        ("cut", |stage| stage.gateway().cut()),
        ("closed", |stage| stage.gateway().close(4000)),
        ("closed normally", |stage| stage.gateway().close(1000)),
        ("restarted", |stage| stage.gateway().close(1012)),
        ("asked to reconnect", |stage| {
            stage.gateway().send(&json!({"op": 7, "d": null}));
        }),
        ("invalid for now", |stage| {
            stage.gateway().send(&json!({"op": 9, "d": true}));
        }),
        ("half a frame", |stage| {
            stage
                .gateway()
                .send_half_and_cut(&json!({"op": 0, "t": "X", "d": "x".repeat(500)}));
        }),
    ];
    for (name, trouble) in troubles {
        eprintln!("{name}");
        let stage = Stage::new().await;
        let mut running = stage.live().await;
        nothing_is_lost_or_doubled(&stage, &mut running, || trouble(&stage)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn d12_a_zombie_is_left_and_the_session_resumed_within_an_interval_and_five_seconds() {
    let stage = Stage::new().await;
    let mut running = stage.live().await;
    stage.clock.pass(secs(120)).await;
    stage.gateway().set_acks(Acks::Silence);
    let before = stage.gateway().look(|seen| seen.beats.len());
    stage
        .clock
        .until(secs(60), || {
            stage.gateway().look(|seen| seen.beats.len()) > before
        })
        .await;
    // From the first beat without an answer.
    let took = stage
        .clock
        .until(secs(60), || running.status().counts.resumes == 1)
        .await;
    assert!(took <= INTERVAL + secs(5), "{took:?}");
    stage.gateway().set_acks(Acks::Answer);
    stage.post(1..=3);
    stage.clock.pass(secs(300)).await;
    assert_eq!(running.texts(), numbered(1..=3));
    let counts = running.status().counts;
    assert_eq!((counts.zombies, counts.losses, counts.identifies), (1, 1, 1));
    assert_eq!(stage.gateway().look(|seen| seen.farewells.clone()), [Some(4000)]);
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d12_every_close_code_ends_as_the_table_says() {
    for code in CloseCode::documented() {
        let stage = Stage::new().await;
        let running = stage.live().await;
        stage.clock.pass(secs(70)).await;
        stage.gateway().close(code.0);
        match code.verdict() {
            Verdict::Resume => {
                let took = stage
                    .clock
                    .until(secs(60), || running.status().counts.resumes == 1)
                    .await;
                assert!(took <= secs(5), "{code}: {took:?}");
                assert_eq!(running.status().counts.identifies, 1, "{code}");
            }
            Verdict::Identify => {
                stage
                    .clock
                    .until(secs(60), || {
                        running.is_live() && running.status().counts.identifies == 2
                    })
                    .await;
                assert_eq!(running.status().counts.resumes, 0, "{code}");
            }
            Verdict::Stop(refusal) => {
                stage.clock.until(secs(1), || running.is_over()).await;
                stage.clock.pass(secs(300)).await;
                assert_eq!(running.end().await.0, GatewayEnd::Refused(refusal), "{code}");
                assert_eq!(stage.gateway().look(|seen| seen.connects.len()), 1, "{code}");
            }
        }
        stage.discord.assert_no_violations();
    }
}

#[tokio::test(start_paused = true)]
async fn d12_whatever_goes_wrong_with_new_connections_it_comes_through_when_that_ends() {
    use ConnectionFault as F;
    for fault in [
        F::CutAtOnce,
        F::RefuseHandshake(503),
        F::StallHandshake,
        F::CloseBeforeHello(4000),
        F::NoHello,
        F::CloseAfterHello(1001),
        F::CloseAtIntroduction(4000),
        F::IgnoreIntroduction,
        F::InvalidResumable,
        F::InvalidForGood,
        F::AskToReconnect,
        F::CloseWhenJoined(4009),
        F::DamagedStream,
    ] {
        eprintln!("{fault:?}");
        let stage = Stage::new().await;
        stage.gateway().inject(fault, Times::Exactly(2));
        let mut running = stage.begin();
        let live_after_trouble =
            || running.is_live() && stage.gateway().look(|seen| seen.connects.len()) >= 3;
        stage.clock.until(secs(180), live_after_trouble).await;
        stage.post(1..=2);
        stage.clock.settle().await;
        assert_eq!(running.texts(), numbered(1..=2), "{fault:?}");
        stage.discord.assert_no_violations();
    }
}

#[tokio::test(start_paused = true)]
async fn d12_a_session_that_discord_forgot_is_begun_anew() {
    let stage = Stage::new().await;
    let mut running = stage.live().await;
    stage.clock.pass(secs(70)).await;
    stage.gateway().forget_sessions();
    stage.gateway().cut();
    stage
        .clock
        .until(secs(60), || {
            running.is_live() && running.status().counts.identifies == 2
        })
        .await;
    assert_eq!(running.status().last_loss, Some(Loss::InvalidSession));
    stage.post(1..=1);
    stage.clock.settle().await;
    assert_eq!(running.texts(), numbered(1..=1));
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d12_a_privileged_intent_that_is_off_is_explained_and_not_tried_again() {
    let stage = Stage::new().await;
    stage
        .gateway()
        .change_account(|account| account.allowed_intents &= !(1 << 15));
    let running = stage.begin();
    stage.clock.until(secs(5), || running.is_over()).await;
    let Link::Over(end) = running.status().link else {
        panic!("not over")
    };
    assert_eq!(end, GatewayEnd::Refused(Refusal::DisallowedIntents));
    assert!(end.to_string().contains("Message Content Intent"), "{end}");
    stage.clock.pass(secs(3600)).await;
    assert_eq!(stage.gateway().look(|seen| seen.connects.len()), 1);
    // The caller learns it and what to store: the identify counts, the session is none.
    let (_, state) = running.end().await;
    assert_eq!((state.identifies.len(), state.session), (1, None));
}

#[tokio::test(start_paused = true)]
async fn d12_a_wrong_token_is_explained_without_troubling_the_gateway() {
    let stage = Stage::new().await;
    let options = stage.options();
    stage
        .gateway()
        .change_account(|account| account.token = "MTEx.another.one".into());
    let running = stage.begin_with(options, &GatewayState::default());
    stage.clock.until(secs(5), || running.is_over()).await;
    assert_eq!(running.end().await.0, GatewayEnd::Refused(Refusal::BadToken));
    assert_eq!(stage.gateway().look(|seen| seen.connects.len()), 0);
}

#[tokio::test(start_paused = true)]
async fn d12_no_identify_is_spent_when_discord_has_none_left() {
    let stage = Stage::new().await;
    stage.gateway().set_limit(SessionLimit {
        remaining: 0,
        reset_after: secs(1200),
        ..SessionLimit::default()
    });
    let running = stage.begin();
    stage.clock.pass(secs(1190)).await;
    assert_eq!(running.status().link, Link::Waiting(WaitReason::IdentifyBudget));
    assert_eq!(stage.gateway().look(|seen| seen.connects.len()), 0);
    stage.gateway().set_limit(SessionLimit::default());
    stage.clock.until(secs(20), || running.is_live()).await;
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn d12_an_identify_that_was_stored_counts_after_a_crash() {
    let stage = Stage::new().await;
    let mut saved = GatewayState::default();
    for start in 0..7 {
        let running = stage.begin_with(stage.options(), &saved);
        stage.clock.pass(secs(10)).await;
        // A crash: nothing is said, and what was stored last is all that is left. Without a session, each start has to
        // identify.
        saved = GatewayState {
            session: None,
            ..running.stored()
        };
        drop(running);
        stage.gateway().cut();
        assert!(saved.identifies.len() <= 5, "{start}");
    }
    // The test's clock does not move the wall clock, by which the age of what was stored is told.
    assert_eq!(stage.gateway().look(|seen| seen.identifies.len()), 5);
}

#[tokio::test(start_paused = true)]
async fn d12_the_api_may_be_away_when_the_address_is_known() {
    let stage = Stage::new().await;
    let options = GatewayOptions {
        gateway: Some(GatewayUrl::parse(&stage.gateway().url()).unwrap()),
        ..stage.options()
    };
    stage.discord.refuse_connections().await;
    let mut running = stage.begin_with(options, &GatewayState::default());
    stage.clock.until(secs(60), || running.is_live()).await;
    stage.post(1..=1);
    stage.clock.settle().await;
    assert_eq!(running.texts(), numbered(1..=1));
}

#[tokio::test(start_paused = true)]
async fn d12_a_dead_resume_address_does_not_end_the_session() {
    let stage = Stage::new().await;
    // A port that nobody listens on: reserved, then given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("ws://{}", free.local_addr().unwrap());
    drop(free);
    stage.gateway().set_resume_url(&dead);
    let mut running = stage.live().await;
    nothing_is_lost_or_doubled(&stage, &mut running, || stage.gateway().cut()).await;
}

#[tokio::test(start_paused = true)]
async fn d12_a_gateway_that_is_away_for_hours_is_found_when_it_comes_back() {
    let stage = Stage::new().await;
    let running = stage.live().await;
    stage.gateway().refuse_connections().await;
    stage.clock.pass(secs(2 * 3600)).await;
    assert!(!running.is_live());
    stage.gateway().accept_connections().await.unwrap();
    let took = stage.clock.until(secs(600), || running.is_live()).await;
    assert!(took <= secs(125), "{took:?}");
    stage.discord.assert_no_violations();
}

#[tokio::test(start_paused = true)]
async fn hostile_payloads_cost_nothing() {
    let stage = Stage::new().await;
    let mut running = stage.live().await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [
        "",
        "null",
        "{",
        "[]",
        "{\"op\":[]}",
        "\u{0}",
        &deep,
        &format!("{{\"op\":0,\"d\":{deep}}}"),
    ] {
        stage.gateway().send_text(text);
    }
    for _ in 0..2000 {
        stage.gateway().send(&json!({"op": 1, "d": null}));
    }
    stage.post(1..=2);
    stage.clock.settle().await;
    stage.clock.pass(secs(1)).await;
    assert_eq!(running.texts(), numbered(1..=2));
    assert_eq!(running.status().counts.losses, 0);
    stage.discord.assert_no_violations();
}
