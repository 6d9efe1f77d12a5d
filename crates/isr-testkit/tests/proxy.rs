//! The proxy breaks connections as it is told.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic anywhere"
)]

#[expect(dead_code, reason = "each test file uses its part of the client")]
mod support;

use std::io::ErrorKind;
use std::time::Duration;

use isr_testkit::discord::{FakeDiscord, Limits};
use isr_testkit::proxy::{Behaviour, Connect, Ending, FaultProxy, Flow};
use support::{DEADLINE, post};

async fn behind_proxy() -> (FakeDiscord, FaultProxy, String) {
    let discord = FakeDiscord::start().await.unwrap();
    discord.set_limits(Limits::none());
    let proxy = FaultProxy::start(discord.addr()).await.unwrap();
    let url = proxy.through(&discord.url(1));
    (discord, proxy, url)
}

#[tokio::test]
async fn everything_passes_and_is_counted() {
    let (discord, proxy, url) = behind_proxy().await;
    assert_eq!(post(&url, "through").await.unwrap().status, 200);
    assert_eq!(discord.texts(), ["through"]);
    proxy.wait_for(DEADLINE, |counts| counts.open == 0).await.unwrap();
    let counts = proxy.counts();
    assert_eq!((counts.connections, counts.broken), (1, 0));
    assert!(counts.to_upstream > 150 && counts.to_client > 300, "{counts:?}");
}

#[tokio::test]
async fn a_cut_on_the_way_there_posts_nothing() {
    let (discord, proxy, url) = behind_proxy().await;
    for ending in [Ending::Close, Ending::Reset] {
        proxy.set(Behaviour {
            to_upstream: Flow::cut_after(120, ending),
            ..Behaviour::default()
        });
        post(&url, "x").await.unwrap_err();
    }
    assert!(discord.messages().is_empty());
    proxy.heal();
    assert_eq!(post(&url, "x").await.unwrap().status, 200);
    assert_eq!(proxy.counts().broken, 2);
}

#[tokio::test]
async fn a_cut_on_the_way_back_posts_and_hides_it() {
    let (discord, proxy, url) = behind_proxy().await;
    proxy.set(Behaviour {
        to_client: Flow::cut_after(0, Ending::Reset),
        ..Behaviour::default()
    });
    assert_eq!(
        post(&url, "x").await.unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
    // The cut may win over the fake's reading of the request; closing at the first byte of the answer does not.
    proxy.set(Behaviour {
        to_client: Flow::cut_after(1, Ending::Close),
        ..Behaviour::default()
    });
    post(&url, "posted").await.unwrap_err();
    assert!(discord.look(|seen| seen.has_text("posted")));
    proxy.set(Behaviour {
        to_client: Flow::cut_after(400, Ending::Close),
        ..Behaviour::default()
    });
    let half = post(&url, "half").await.unwrap();
    assert_eq!(half.head.len() + 4 + half.body.len(), 400);
}

#[tokio::test]
async fn frozen_bytes_flow_on_when_healed() {
    let (discord, proxy, url) = behind_proxy().await;
    proxy.set(Behaviour::frozen());
    let request = tokio::spawn(async move { post(&url, "x").await });
    proxy.wait_for(DEADLINE, |counts| counts.open == 1).await.unwrap();
    assert_eq!(discord.counters().requests, 0);
    proxy.heal();
    assert_eq!(request.await.unwrap().unwrap().status, 200);
}

#[tokio::test]
async fn coming_connections_are_treated_apart() {
    let (_discord, proxy, url) = behind_proxy().await;
    let treated = |connect| Behaviour {
        connect,
        ..Behaviour::default()
    };
    proxy.for_next_connections(1, treated(Connect::Close));
    proxy.for_next_connections(1, treated(Connect::Reset));
    post(&url, "x").await.unwrap_err();
    post(&url, "x").await.unwrap_err();
    assert_eq!(post(&url, "x").await.unwrap().status, 200);
    proxy.for_next_connections(1, treated(Connect::Ignore));
    let ignored = tokio::spawn({
        let url = url.clone();
        async move { post(&url, "x").await }
    });
    proxy
        .wait_for(DEADLINE, |counts| counts.connections == 4)
        .await
        .unwrap();
    assert!(!ignored.is_finished());
    proxy.cut_connections();
    ignored.await.unwrap().unwrap_err();
    proxy.refuse_connections().await;
    assert_eq!(
        post(&url, "x").await.unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    proxy.accept_connections().await.unwrap();
    assert_eq!(post(&url, "x").await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn delays_and_throttles_take_their_time() {
    let (_discord, proxy, url) = behind_proxy().await;
    proxy.set(Behaviour::delayed(Duration::from_secs(2)));
    let before = tokio::time::Instant::now();
    post(&url, "x").await.unwrap();
    assert!(
        before.elapsed() >= Duration::from_secs(4),
        "{:?}",
        before.elapsed()
    );
    proxy.set(Behaviour {
        to_client: Flow::throttled(100),
        ..Behaviour::default()
    });
    let before = tokio::time::Instant::now();
    let answer = post(&url, "x").await.unwrap();
    let bytes = answer.head.len() + 4 + answer.body.len();
    assert!(
        before.elapsed() >= Duration::from_secs(bytes as u64 / 100),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(answer.json()["content"], "x");
}
