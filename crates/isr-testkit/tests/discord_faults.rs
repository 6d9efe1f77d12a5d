//! Every scripted fault does what its name says.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic anywhere"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use isr_testkit::discord::{
    Answer, FakeDiscord, Fault, FaultRule, LimitBody, LimitHeaders, Limits, RateLimit, Scope,
};
use isr_testkit::log::numbered;
use isr_testkit::oracle::Oracle;
use isr_testkit::rng::Rng;
use support::{DEADLINE, post, send, split};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn fake() -> (FakeDiscord, String) {
    let discord = FakeDiscord::start().await.unwrap();
    discord.set_limits(Limits::none());
    let url = discord.url(1);
    (discord, url)
}

#[tokio::test]
async fn refusals_post_nothing_and_run_out() {
    let (discord, url) = fake().await;
    let cases = [
        (Fault::Status(502), 502, 0),
        (Fault::Unauthorised, 401, 0),
        (Fault::InvalidToken, 401, 50027),
        (Fault::Forbidden, 403, 50013),
        (Fault::NotFound, 404, 10015),
        (Fault::BadRequest, 400, 50035),
    ];
    for (fault, status, code) in cases {
        discord.inject(fault.clone());
        let answer = post(&url, "x").await.unwrap();
        assert_eq!((answer.status, answer.code()), (status, code), "{fault:?}");
    }
    discord.inject(Fault::Html(503));
    let page = post(&url, "x").await.unwrap();
    assert_eq!((page.status, page.header("x-ratelimit-limit")), (503, None));
    assert!(
        page.body.starts_with("<!DOCTYPE html>") && page.header("content-type").unwrap().contains("html")
    );
    assert!(discord.faults_spent() && discord.messages().is_empty());
    assert_eq!(post(&url, "x").await.unwrap().status, 200);
    let counters = discord.counters();
    assert_eq!(
        (
            counters.faults,
            counters.invalid,
            counters.messages,
            counters.violations
        ),
        (7, 3, 1, 0)
    );
}

#[tokio::test]
async fn d01_a_message_is_posted_and_the_connection_cut() {
    let (discord, url) = fake().await;
    discord.inject(Fault::AcceptThenCut);
    post(&url, "first").await.unwrap_err();
    discord.inject(Fault::AcceptThenStatus(504));
    assert_eq!(post(&url, "second").await.unwrap().status, 504);
    assert_eq!(discord.texts(), ["first", "second"]);
    assert_eq!(discord.counters().unconfirmed, 2);
    assert_eq!(discord.requests()[0].answer, Answer::Cut);
}

#[tokio::test]
async fn a_cut_before_reading_posts_nothing() {
    let (discord, url) = fake().await;
    discord.inject(Fault::CutBeforeReading);
    let (addr, path) = split(&url);
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // Only the head: the fake must not wait for a body.
    let head = format!("POST {path}?wait=true HTTP/1.1\r\nhost: {addr}\r\ncontent-length: 1000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest))
        .await
        .unwrap();
    assert!(read.is_err() || rest.is_empty());
    assert!(discord.messages().is_empty() && discord.requests()[0].body.is_empty());
    assert_eq!(discord.requests()[0].answer, Answer::Cut);
}

#[tokio::test]
async fn half_an_answer_has_a_whole_head() {
    let (discord, url) = fake().await;
    discord.inject(Fault::HalfAnswer);
    let answer = post(&url, "x").await.unwrap();
    let announced: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, announced / 2));
    assert_eq!(
        (discord.texts().len(), discord.requests()[0].answer),
        (1, Answer::Half(200))
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_trickles_and_is_whole() {
    let (discord, url) = fake().await;
    discord.inject(Fault::SlowBody {
        bytes: 40,
        tick: Duration::from_secs(1),
    });
    let before = tokio::time::Instant::now();
    let answer = post(&url, "x").await.unwrap();
    assert_eq!(answer.json()["content"], "x");
    assert!(
        before.elapsed() > Duration::from_secs(5),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test]
async fn a_stalled_request_waits_until_the_faults_are_cleared() {
    let (discord, url) = fake().await;
    for (fault, posted) in [(Fault::Stall, 0), (Fault::AcceptThenStall, 1)] {
        discord.inject(fault);
        let url = url.clone();
        let request = tokio::spawn(async move { post(&url, "x").await });
        let stalled = |seen: &isr_testkit::discord::Seen| {
            seen.requests()
                .next_back()
                .is_some_and(|request| request.answer == Answer::Stalled)
        };
        discord.wait_for(DEADLINE, stalled).await.unwrap();
        assert!(!request.is_finished());
        discord.clear_faults();
        request.await.unwrap().unwrap_err();
        assert_eq!(discord.messages().len(), posted);
        assert_eq!(post(discord.url(2).as_str(), "y").await.unwrap().status, 200);
        discord.wait_for_text("y", DEADLINE).await.unwrap();
        if posted == 0 {
            let headers = "user-agent: DiscordBot (https://e.org, 1)\r\n";
            let id = discord.messages()[0].id;
            let message = format!("{}/messages/{id}", discord.url(2));
            assert_eq!(send("DELETE", &message, headers, b"").await.unwrap().status, 204);
        }
    }
}

#[tokio::test]
async fn rate_limits_of_every_kind() {
    let (discord, url) = fake().await;
    discord.inject(Fault::RateLimit(RateLimit::new(Scope::User, 0.65)));
    let user = post(&url, "x").await.unwrap();
    assert_eq!(
        (user.status, user.json()["retry_after"].as_f64()),
        (429, Some(0.65))
    );
    assert_eq!(
        (user.header("retry-after"), user.header("x-ratelimit-reset-after")),
        (Some("1"), Some("0.650"))
    );
    assert_eq!(
        (
            user.header("x-ratelimit-scope"),
            user.header("x-ratelimit-remaining")
        ),
        (Some("user"), Some("0"))
    );

    discord.inject(Fault::RateLimit(RateLimit::new(Scope::Shared, 3.0)));
    assert_eq!(
        post(&url, "x").await.unwrap().header("x-ratelimit-scope"),
        Some("shared")
    );

    discord.inject(Fault::RateLimit(RateLimit::html(3600.0)));
    let html = post(&url, "x").await.unwrap();
    assert!(html.body.contains("<html>") && html.header("retry-after") == Some("3600"));
    assert!(!html.head.to_lowercase().contains("x-ratelimit"), "{}", html.head);

    let bare = RateLimit {
        headers: LimitHeaders::Nothing,
        ..RateLimit::new(Scope::Global, 5.0)
    };
    discord.inject(Fault::RateLimit(bare));
    let bare = post(&url, "x").await.unwrap();
    assert_eq!(
        (bare.header("retry-after"), bare.json()["global"].as_bool()),
        (None, Some(true))
    );

    discord.inject(Fault::RateLimit(RateLimit {
        body: LimitBody::Empty,
        ..RateLimit::new(Scope::User, 5.0)
    }));
    assert_eq!(post(&url, "x").await.unwrap().body, "");

    let counters = discord.counters();
    assert_eq!(
        (counters.rate_limited, counters.invalid, counters.over_true_limit),
        (5, 4, 0)
    );
    // Every request after the first came although it had been told to wait.
    assert_eq!(counters.early, 4);
}

#[tokio::test]
async fn rules_choose_webhooks_texts_and_chances() {
    let (discord, url) = fake().await;
    discord.inject(FaultRule::new(Fault::NotFound).on_webhook(2).until_cleared());
    discord.inject(FaultRule::new(Fault::BadRequest).containing("poison"));
    discord.inject(FaultRule::choosing(|request| {
        (request.seq == 4).then_some(Fault::Status(500))
    }));
    assert_eq!(post(&discord.url(2), "x").await.unwrap().status, 404);
    assert_eq!(post(&url, "x").await.unwrap().status, 200);
    assert_eq!(post(&url, "a poison row").await.unwrap().status, 400);
    assert_eq!(post(&url, "x").await.unwrap().status, 500);
    assert_eq!(post(&discord.url(2), "x").await.unwrap().status, 404);
    assert_eq!(discord.counters().after_gone, 1);
    discord.clear_faults();
    assert_eq!(post(&discord.url(2), "x").await.unwrap().status, 200);
    assert_eq!(discord.counters().after_gone, 1);

    discord.inject(
        FaultRule::new(Fault::Status(500))
            .with_probability(0.5, Rng::new(1))
            .until_cleared(),
    );
    let mut failed = 0;
    for _ in 0..40 {
        failed += u32::from(post(&url, "x").await.unwrap().status == 500);
    }
    assert!((8..33).contains(&failed), "{failed}");
}

#[tokio::test]
async fn a_refused_port_opens_again_as_itself() {
    let (discord, url) = fake().await;
    post(&url, "before").await.unwrap();
    discord.refuse_connections().await;
    assert_eq!(
        post(&url, "x").await.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    discord.accept_connections().await.unwrap();
    discord.accept_connections().await.unwrap();
    assert_eq!(post(&url, "after").await.unwrap().status, 200);
    assert_eq!(discord.texts(), ["before", "after"]);
}

#[tokio::test]
async fn idle_connections_can_be_cut() {
    let (discord, url) = fake().await;
    let (addr, _) = split(&url);
    let mut idle = TcpStream::connect(addr).await.unwrap();
    // A request over another connection proves that the idle one was accepted.
    post(&url, "x").await.unwrap();
    discord.cut_connections();
    let mut bytes = Vec::new();
    tokio::time::timeout(DEADLINE, idle.read_to_end(&mut bytes))
        .await
        .unwrap()
        .ok();
    assert!(bytes.is_empty());
    assert_eq!(post(&url, "y").await.unwrap().status, 200);
}

#[tokio::test]
async fn d01_the_oracle_sees_the_resend_of_an_unconfirmed_message() {
    let (discord, url) = fake().await;
    let oracle = Arc::new(Mutex::new(Oracle::new(1)));
    let judge = Arc::clone(&oracle);
    discord.observe(move |message| judge.lock().unwrap().accepted_message(message));
    oracle.lock().unwrap().wrote(0, 0..3);
    discord.inject(FaultRule::new(Fault::AcceptThenCut).after(1));
    for id in 0..3 {
        let text = format!("💬 **{}**: {}", numbered::player(0, id), numbered::payload(0, id));
        if post(&url, &text).await.is_err() {
            assert_eq!(post(&url, &text).await.unwrap().status, 200);
        }
    }
    let oracle = oracle.lock().unwrap();
    oracle.assert_clean_with_dup_at_most(discord.counters().unconfirmed);
    assert_eq!((oracle.report().dup, oracle.is_drained()), (1, true));
}
