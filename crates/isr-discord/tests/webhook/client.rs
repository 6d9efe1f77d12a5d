//! One attempt against a server that misbehaves: what is certain, what is not.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use isr_discord::outcome::GoneTarget;
use isr_discord::{
    ClientOptions, LinkPreviews, NotSentReason, Outcome, UncertainReason, WebhookClient, WebhookRequest,
    WebhookUrl,
};
use serde_json::json;
use tokio::net::TcpListener;

use super::server::{Answer, Reply, Server, TOKEN};

/// Short, so that a test that runs into it is quick.
const SHORT: Duration = Duration::from_millis(300);

fn hasty() -> WebhookClient {
    WebhookClient::new(ClientOptions {
        attempt_deadline: SHORT,
    })
}

async fn outcome_of(reply: Reply) -> Outcome {
    let server = Server::start(move |_, _| reply.clone()).await;
    hasty()
        .execute(&server.url(1), &WebhookRequest::new("hello"))
        .await
        .outcome
}

const fn uncertain(why: UncertainReason) -> Outcome {
    Outcome::Uncertain { why }
}

#[tokio::test]
async fn a_message_is_posted_in_the_form_that_discord_documents() {
    let server = Server::start(|_, number| Reply::Whole(Answer::posted(100 + number as u64, 9))).await;
    let client = WebhookClient::default();
    let url = WebhookUrl::parse(&format!("{}?thread_id=55", plain(&server.url(42)))).expect("a good address");
    let message = WebhookRequest {
        username: Some("Bob"),
        avatar_url: Some("https://example.org/a.png"),
        previews: LinkPreviews::Hide,
        ..WebhookRequest::new("**hi** @everyone")
    };
    for expected in [100, 101] {
        let attempt = client.execute(&url, &message).await;
        assert_eq!(
            attempt.outcome,
            Outcome::Delivered {
                message_id: Some(expected)
            }
        );
        assert_eq!((attempt.status, attempt.signals.channel), (Some(200), Some(9)));
    }
    let seen = server.seen();
    assert_eq!(seen[0].method, "POST");
    assert_eq!(
        seen[0].target,
        format!("/api/webhooks/42/{TOKEN}?wait=true&thread_id=55")
    );
    assert!(
        seen[0]
            .head
            .to_ascii_lowercase()
            .contains("user-agent: discordbot (https://")
    );
    assert!(
        seen[0]
            .head
            .to_ascii_lowercase()
            .contains("content-type: application/json")
    );
    let expected = json!({
        "content": "**hi** @everyone", "username": "Bob", "avatar_url": "https://example.org/a.png",
        "allowed_mentions": {"parse": []}, "flags": 4,
    });
    assert_eq!(seen[0].body, expected);
}

/// The address with its token, which `Display` hides.
fn plain(url: &WebhookUrl) -> String {
    url.to_string().replace("can…", TOKEN)
}

#[tokio::test]
async fn d09_a_message_beyond_the_limits_is_refused_without_a_request() {
    let server = Server::start(|_, _| Reply::Whole(Answer::new(400, "{}"))).await;
    let long = "x".repeat(2001);
    let attempt = hasty().execute(&server.url(1), &WebhookRequest::new(&long)).await;
    assert!(
        matches!(attempt.outcome, Outcome::Rejected { status: None, .. }),
        "{attempt:?}"
    );
    assert!(server.seen().is_empty());
}

/// 1,000 requests are accepted and cut before the reply. None may be called unsent, or a resend would go uncounted;
/// none may be called delivered.
#[tokio::test]
async fn d01_a_request_cut_before_its_reply_is_uncertain_a_thousand_times() {
    const MESSAGES: usize = 1000;
    // Every message is cut the first time and answered the second time.
    let server = Server::start(|seen, _| match seen.body["content"].as_str() {
        Some(text) if text.ends_with('!') => Reply::Whole(Answer::posted(1, 9)),
        _ => Reply::Cut(Answer::posted(1, 9), 0),
    })
    .await;
    let (client, url) = (WebhookClient::default(), server.url(1));
    let mut uncertain_resends = 0;
    for number in 0..MESSAGES {
        let text = format!("message {number}");
        let first = client.execute(&url, &WebhookRequest::new(&text)).await.outcome;
        assert_eq!(first, uncertain(UncertainReason::Cut), "message {number}");
        uncertain_resends += 1;
        let text = format!("message {number}!");
        let mut outcome = client.execute(&url, &WebhookRequest::new(&text)).await.outcome;
        while matches!(outcome, Outcome::NotSent { .. }) {
            outcome = client.execute(&url, &WebhookRequest::new(&text)).await.outcome;
        }
        assert_eq!(outcome, Outcome::Delivered { message_id: Some(1) });
    }
    let accepted = server.seen();
    let distinct: HashSet<_> = accepted
        .iter()
        .filter_map(|seen| seen.body["content"].as_str())
        .map(|text| text.trim_end_matches('!'))
        .collect();
    assert_eq!(distinct.len(), MESSAGES);
    assert_eq!(accepted.len() - distinct.len(), uncertain_resends);
}

#[tokio::test]
async fn d01_a_reply_cut_anywhere_in_its_head_is_uncertain_and_after_it_delivered() {
    let answer = Answer::posted(7, 9);
    let whole =
        "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n".len() + "content-length: 00\r\n\r\n".len();
    for bytes in [1, 9, 12, 16, 40, whole - 1] {
        assert_eq!(
            outcome_of(Reply::Cut(answer.clone(), bytes)).await,
            uncertain(UncertainReason::Cut),
            "{bytes}"
        );
    }
    for bytes in [whole, whole + 1, whole + 20] {
        let outcome = outcome_of(Reply::Cut(answer.clone(), bytes)).await;
        assert_eq!(outcome, Outcome::Delivered { message_id: None }, "{bytes}");
    }
}

#[tokio::test]
async fn d08_no_answer_within_the_deadline_is_uncertain() {
    assert_eq!(
        outcome_of(Reply::Hang).await,
        uncertain(UncertainReason::Deadline)
    );
}

#[tokio::test]
async fn d08_an_answer_that_is_not_http_is_uncertain() {
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 banana\r\n\r\n",
    ] {
        assert_eq!(
            outcome_of(Reply::Raw(bytes)).await,
            uncertain(UncertainReason::BrokenAnswer)
        );
    }
    let endless_head: &'static [u8] =
        Box::leak([&b"HTTP/1.1 200 OK\r\nx: "[..], &[b'y'; 200_000]].concat().into());
    assert!(matches!(
        outcome_of(Reply::Raw(endless_head)).await,
        Outcome::Uncertain { .. }
    ));
}

/// At one byte a second the body would take a minute; the head has decided.
#[tokio::test]
async fn d08_a_dripping_body_ends_at_the_deadline_and_its_status_counts() {
    let second = Duration::from_secs(1);
    let posted = outcome_of(Reply::Drip(Answer::posted(1, 9), second)).await;
    assert_eq!(posted, Outcome::Delivered { message_id: None });
    let refused = outcome_of(Reply::Drip(Answer::new(404, r#"{"code":10015}"#), second)).await;
    assert_eq!(
        refused,
        Outcome::Gone {
            what: GoneTarget::Webhook
        }
    );
    let limited = Answer::new(429, "<html>slow down</html>").with("retry-after", 3600);
    let limited = outcome_of(Reply::Drip(limited, second)).await;
    assert!(matches!(limited, Outcome::RateLimited { retry_after, .. } if retry_after.as_secs() == 3600));
}

#[tokio::test]
async fn d08_a_huge_answer_is_read_to_the_limit_and_no_further() {
    let mut answer = Answer::posted(1, 9);
    answer.body.push_str(&" ".repeat(50_000));
    assert_eq!(
        outcome_of(Reply::Whole(answer.clone())).await,
        Outcome::Delivered { message_id: Some(1) }
    );
    answer.body.push_str(&" ".repeat(5_000_000));
    assert!(matches!(
        outcome_of(Reply::Whole(answer)).await,
        Outcome::Delivered { .. }
    ));
}

#[tokio::test]
async fn d08_a_refused_connection_is_certainly_not_sent() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = closed.local_addr().expect("bound").port();
    drop(closed);
    let url =
        WebhookUrl::parse(&format!("http://127.0.0.1:{port}/api/webhooks/1/tok")).expect("a good address");
    let outcome = hasty().execute(&url, &WebhookRequest::new("x")).await.outcome;
    let refused = NotSentReason::Connect(std::io::ErrorKind::ConnectionRefused);
    assert_eq!(outcome, Outcome::NotSent { why: refused });
    let inspection = hasty().inspect(&url).await;
    assert_eq!(inspection.webhook, Err(Outcome::NotSent { why: refused }));
}

#[tokio::test]
async fn d08_a_name_that_does_not_resolve_is_certainly_not_sent() {
    let url = WebhookUrl::parse("https://no-such-host.invalid/api/webhooks/1/tok").expect("a good address");
    let patient = WebhookClient::new(ClientOptions {
        attempt_deadline: Duration::from_secs(5),
    });
    let outcome = patient.execute(&url, &WebhookRequest::new("x")).await.outcome;
    let expected = [NotSentReason::Lookup, NotSentReason::Deadline].map(|why| Outcome::NotSent { why });
    assert!(expected.contains(&outcome), "{outcome:?}");
}

#[tokio::test]
async fn d08_trouble_with_tls_is_certainly_not_sent() {
    // A peer that does not speak TLS.
    let server = Server::start(|_, _| Reply::Hang).await;
    let banner = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = banner.local_addr().expect("bound").port();
    let talker = tokio::spawn(async move {
        let (mut stream, _) = banner.accept().await.expect("a client");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example ESMTP\r\n").await;
    });
    let url =
        WebhookUrl::parse(&format!("https://127.0.0.1:{port}/api/webhooks/1/tok")).expect("a good address");
    let outcome = hasty().execute(&url, &WebhookRequest::new("x")).await.outcome;
    assert_eq!(
        outcome,
        Outcome::NotSent {
            why: NotSentReason::Tls
        }
    );
    talker.await.expect("the talker ends");
    // A half-open peer: it accepts and never speaks.
    let outcome = hasty()
        .execute(&server.secure_url(1), &WebhookRequest::new("x"))
        .await
        .outcome;
    assert_eq!(
        outcome,
        Outcome::NotSent {
            why: NotSentReason::Deadline
        }
    );
}

/// A server whose certificate expired in 2020 and that nobody signed.
#[tokio::test]
async fn d08_an_expired_certificate_is_certainly_not_sent() {
    isr_discord::install_crypto_provider();
    let certificate =
        rustls::pki_types::CertificateDer::from(include_bytes!("certs/expired.crt.der").to_vec());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(include_bytes!("certs/expired.key.der").to_vec());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .expect("a usable certificate");
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let hello_done = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hello_done);
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut tls = rustls::ServerConnection::new(Arc::new(config)).expect("a session");
        while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
        counted.store(usize::from(!tls.is_handshaking()), Ordering::SeqCst);
    });
    let url =
        WebhookUrl::parse(&format!("https://localhost:{port}/api/webhooks/1/tok")).expect("a good address");
    let patient = WebhookClient::new(ClientOptions {
        attempt_deadline: Duration::from_secs(5),
    });
    let outcome = patient.execute(&url, &WebhookRequest::new("x")).await.outcome;
    assert_eq!(
        outcome,
        Outcome::NotSent {
            why: NotSentReason::Tls
        }
    );
    server.join().expect("the server ends");
    assert_eq!(hello_done.load(Ordering::SeqCst), 0, "the client must refuse");
}

#[tokio::test]
async fn d08_a_kept_connection_that_died_costs_at_most_one_uncertain_attempt() {
    // Answers once, then closes without saying so.
    let server = Server::start(|_, _| {
        let answer = Answer::posted(1, 9);
        Reply::Cut(answer, usize::MAX)
    })
    .await;
    let (client, url) = (WebhookClient::default(), server.url(1));
    for _ in 0..50 {
        let outcome = client.execute(&url, &WebhookRequest::new("x")).await.outcome;
        let is_expected = matches!(
            outcome,
            Outcome::Delivered { .. }
                | Outcome::NotSent {
                    why: NotSentReason::StaleConnection
                }
                | Outcome::Uncertain {
                    why: UncertainReason::Cut
                }
        );
        assert!(is_expected, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_webhook_describes_itself_or_says_what_is_wrong() {
    let server = Server::start(|seen, _| {
        Reply::Whole(match seen.webhook() {
            1 => Answer::new(
                200,
                r#"{"id":"1","type":1,"name":"Relay","channel_id":"9","guild_id":8,"avatar":null}"#,
            ),
            2 => Answer::new(404, r#"{"message":"Unknown Webhook","code":10015}"#),
            3 => Answer::new(401, r#"{"message":"Invalid Webhook Token","code":50027}"#),
            _ => Answer::new(200, "<html>Welcome to the hotel network</html>"),
        })
    })
    .await;
    let client = WebhookClient::default();
    let facts = client.inspect(&server.url(1)).await.webhook.expect("alive");
    assert_eq!(
        (facts.name.as_deref(), facts.channel_id, facts.guild_id),
        (Some("Relay"), Some(9), Some(8))
    );
    assert_eq!(
        client.inspect(&server.url(2)).await.webhook,
        Err(Outcome::Gone {
            what: GoneTarget::Webhook
        })
    );
    assert_eq!(
        client.inspect(&server.url(3)).await.webhook,
        Err(Outcome::Unauthorised)
    );
    assert_eq!(
        client.inspect(&server.url(4)).await.webhook,
        Err(uncertain(UncertainReason::ForeignAnswer))
    );
    let seen = server.seen();
    assert_eq!(
        (seen[0].method.as_str(), seen[0].target.contains('?')),
        ("GET", false)
    );
}

#[tokio::test]
async fn p07_no_outcome_shows_the_token() {
    let echo = format!(r#"{{"message":"no such path /api/webhooks/1/{TOKEN}","code":0}}"#);
    for status in [200, 400, 401, 403, 404, 413, 429, 500, 502] {
        let outcome = outcome_of(Reply::Whole(Answer::new(status, &echo))).await;
        assert!(
            !format!("{outcome:?} {outcome}").contains("canary"),
            "{outcome:?}"
        );
    }
}
