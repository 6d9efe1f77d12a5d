//! Client and limiter together against a scripted Discord: real requests, simulated time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use isr_discord::{Latch, Outcome};

use super::relay::Relay;
use super::server::{Answer, Reply, Seen, Server, lock};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Each webhook in a channel of its own.
fn posted(seen: &Seen) -> Answer {
    Answer::posted(1, 1000 + seen.webhook())
}

async fn relay(
    webhooks: u64,
    script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
) -> (Server, Relay) {
    let server = Server::start(script).await;
    let urls = (1..=webhooks).map(|id| server.url(id)).collect();
    (server, Relay::new(urls))
}

#[tokio::test]
async fn d02_a_bucket_is_left_alone_until_its_fractional_reset_while_others_go_on() {
    let (_server, mut relay) = relay(2, |seen, number| {
        if number > 0 || seen.webhook() != 1 {
            return Reply::Whole(posted(seen));
        }
        let limited = Answer::new(429, r#"{"message":"slow","retry_after":3.643,"global":false}"#)
            .with("retry-after", 4)
            .with("x-ratelimit-scope", "user")
            .with("x-ratelimit-remaining", 0)
            .with("x-ratelimit-limit", 5)
            .with("x-ratelimit-reset-after", "3.643")
            .with("x-ratelimit-bucket", "abcd");
        Reply::Whole(limited)
    })
    .await;
    relay.run_until(seconds(10), |_| {}).await;
    let times = relay.times(0);
    assert!((4.0..4.5).contains(&times[1]), "{times:?}");
    assert!(
        relay.times(1).iter().filter(|time| **time < 4.0).count() >= 10,
        "the other webhook goes on"
    );
    assert_eq!(relay.limiter.invalid_requests(relay.now), 1);
}

#[tokio::test]
async fn d03_a_global_429_silences_everything_for_its_five_seconds() {
    let (server, mut relay) = relay(4, |seen, number| {
        if number != 3 {
            return Reply::Whole(posted(seen));
        }
        let limited = Answer::new(429, r#"{"message":"slow","retry_after":5.0,"global":true}"#)
            .with("retry-after", 5)
            .with("x-ratelimit-scope", "global")
            .with("x-ratelimit-global", "true");
        Reply::Whole(limited)
    })
    .await;
    relay.run_until(seconds(8), |_| {}).await;
    let paused_at = relay.sent[3].at;
    let resumed_at = relay.sent[4].at;
    assert!(
        resumed_at >= paused_at + seconds(5),
        "{paused_at:?} to {resumed_at:?}"
    );
    assert!(resumed_at <= paused_at + Duration::from_millis(5300));
    assert!(
        (0..4).all(|lane| relay.delivered(lane) >= 5),
        "everybody goes on afterwards"
    );
    assert_eq!(
        server.seen().len(),
        relay.sent.len(),
        "nothing is repeated below the limiter"
    );
}

#[tokio::test]
async fn d04_a_429_page_without_headers_is_probed_once_per_hour() {
    let (server, mut relay) = relay(20, |_, _| {
        Reply::Whole(Answer::new(429, "<html>error 1015</html>").with("retry-after", 3600))
    })
    .await;
    relay.run_until(seconds(6 * 3600), |_| {}).await;
    assert_eq!(server.seen().len(), 6, "one in each hour: {:?}", relay.sent);
    for pair in relay.sent.windows(2) {
        assert!(pair[1].at >= pair[0].at + seconds(3600));
    }
}

#[tokio::test]
async fn d04_invalid_requests_stay_under_a_hundred_in_ten_minutes_whatever_the_server_says() {
    let answers = |seen: &Seen, number: usize| {
        let scope = ["user", "global", "shared"][number % 3];
        let limited = Answer::new(429, r#"{"retry_after":0}"#).with("retry-after", 0);
        Reply::Whole(match seen.webhook() % 4 {
            0 => limited,
            1 => limited.with("x-ratelimit-scope", scope),
            2 => Answer::new(403, r#"{"code":50013}"#),
            _ => limited
                .with("x-ratelimit-scope", "user")
                .with("x-ratelimit-remaining", 4),
        })
    };
    let (_server, mut relay) = relay(150, answers).await;
    relay.run_until(seconds(1800), |_| {}).await;
    let is_invalid = |sent: &&super::relay::Sent| {
        let shared = matches!(
            sent.attempt.outcome,
            Outcome::RateLimited {
                scope: isr_discord::LimitScope::Shared,
                ..
            }
        );
        !shared
            && sent
                .attempt
                .status
                .is_some_and(|status| matches!(status, 401 | 403 | 429))
    };
    let invalid: Vec<Duration> = relay.sent.iter().filter(is_invalid).map(|sent| sent.at).collect();
    let worst = (0..invalid.len())
        .map(|first| {
            invalid[first..]
                .iter()
                .take_while(|at| **at < invalid[first] + seconds(600))
                .count()
        })
        .max();
    assert!(worst.is_some_and(|worst| worst < 100), "{worst:?}");
    assert!(invalid.len() > 30, "it goes on trying: {}", invalid.len());
}

/// A bucket whose id, limit and window change, and whose headers are sometimes missing, in simulated time.
struct ChangingBucket {
    arrivals: VecDeque<u64>,
    limit: usize,
    window_ms: u64,
    id: u64,
    exceeded: usize,
}

impl ChangingBucket {
    fn answer(&mut self, now: u64, webhook: u64) -> Answer {
        while self.arrivals.front().is_some_and(|at| at + self.window_ms <= now) {
            self.arrivals.pop_front();
        }
        // When the next place is free: after a cut of the limit, several arrivals have to expire first.
        let next_free = self.arrivals.len().saturating_sub(self.limit);
        let reset_ms = self
            .arrivals
            .get(next_free)
            .map_or(self.window_ms, |at| at + self.window_ms - now);
        let reset = format!("{}.{:03}", reset_ms / 1000, reset_ms % 1000);
        if self.arrivals.len() >= self.limit {
            self.exceeded += 1;
            return Answer::new(429, &format!(r#"{{"retry_after":{reset},"global":false}}"#))
                .with("retry-after", reset_ms.div_ceil(1000))
                .with("x-ratelimit-scope", "user")
                .with("x-ratelimit-reset-after", &reset);
        }
        self.arrivals.push_back(now);
        let answer = Answer::posted(1, 1000 + webhook);
        if now.is_multiple_of(7) {
            return answer;
        }
        answer
            .with("x-ratelimit-limit", self.limit)
            .with("x-ratelimit-remaining", self.limit - self.arrivals.len())
            .with("x-ratelimit-reset-after", reset)
            .with("x-ratelimit-bucket", format!("bucket{}", self.id))
    }

    fn change(&mut self, step: u64) {
        (self.limit, self.window_ms) =
            [(2, 2000), (5, 2000), (1, 5000), (3, 7500), (10, 1000), (4, 2500)][step as usize % 6];
        self.id += step % 2;
    }
}

#[tokio::test]
async fn d05_a_bucket_that_changes_is_exceeded_at_most_once_per_change() {
    const CHANGE_EVERY_MS: u64 = 20_000;
    let clock = Arc::new(AtomicU64::new(0));
    let first = ChangingBucket {
        arrivals: VecDeque::new(),
        limit: 5,
        window_ms: 2000,
        id: 0,
        exceeded: 0,
    };
    let bucket = Arc::new(Mutex::new(first));
    let (server_clock, server_bucket) = (Arc::clone(&clock), Arc::clone(&bucket));
    let (_server, mut relay) = relay(1, move |seen, _| {
        let answer = lock(&server_bucket).answer(server_clock.load(Ordering::SeqCst), seen.webhook());
        Reply::Whole(answer)
    })
    .await;
    let changes = 30;
    for step in 0..changes {
        let before = lock(&bucket).exceeded;
        let end = Duration::from_millis((step + 1) * CHANGE_EVERY_MS);
        relay
            .run_until(end, |now| clock.store(now.as_millis() as u64, Ordering::SeqCst))
            .await;
        let exceeded = lock(&bucket).exceeded - before;
        assert!(exceeded <= 1, "{exceeded} after change {step}");
        lock(&bucket).change(step);
    }
    assert!(relay.delivered(0) > 250, "{}", relay.delivered(0));
}

#[tokio::test]
async fn d06_a_wrong_token_latches_its_webhook_alone() {
    let (server, mut relay) = relay(3, |seen, _| {
        Reply::Whole(match seen.webhook() {
            1 => Answer::new(401, r#"{"message":"Invalid Webhook Token","code":50027}"#),
            _ => posted(seen),
        })
    })
    .await;
    relay.run_until(seconds(3600), |_| {}).await;
    assert_eq!(
        server.seen().iter().filter(|seen| seen.webhook() == 1).count(),
        1,
        "never tried again"
    );
    assert_eq!(relay.latch(0), Some(Latch::Unauthorised));
    assert!(
        relay.delivered(1) > 1000 && relay.delivered(2) > 1000,
        "the others go on"
    );
    assert!(relay.limiter.release(&server.url(1).destination()));
    let end = relay.now + seconds(60);
    relay.run_until(end, |_| {}).await;
    assert_eq!(
        server.seen().iter().filter(|seen| seen.webhook() == 1).count(),
        2,
        "once for the release"
    );
}

#[tokio::test]
async fn d07_a_403_is_tried_every_fifteen_minutes_and_a_404_never() {
    let (server, mut relay) = relay(4, |seen, _| {
        Reply::Whole(match seen.webhook() {
            1 => Answer::new(403, r#"{"message":"Missing Access","code":50001}"#),
            2 => Answer::new(404, r#"{"message":"Unknown Webhook","code":10015}"#),
            3 => Answer::new(404, r#"{"message":"Unknown Channel","code":10003}"#),
            _ => posted(seen),
        })
    })
    .await;
    relay.run_until(seconds(3600), |_| {}).await;
    let tries = |webhook| {
        server
            .seen()
            .iter()
            .filter(|seen| seen.webhook() == webhook)
            .count()
    };
    assert_eq!((tries(1), tries(2), tries(3)), (4, 1, 1));
    for pair in relay.times(0).windows(2) {
        assert!(pair[1] - pair[0] >= 900.0);
    }
    assert_eq!((relay.latch(0), relay.latch(1)), (None, Some(Latch::WebhookGone)));
    assert_eq!(relay.latch(2), Some(Latch::ChannelGone));
    assert!(relay.delivered(3) > 1000, "the others go on");
}

#[tokio::test]
async fn d08_ten_minutes_of_5xx_end_in_recovery_within_a_minute() {
    let clock = Arc::new(AtomicU64::new(0));
    let server_clock = Arc::clone(&clock);
    let (server, mut relay) = relay(2, move |seen, number| {
        if server_clock.load(Ordering::SeqCst) >= 600_000 {
            return Reply::Whole(posted(seen));
        }
        match number % 5 {
            0 => Reply::Whole(Answer::new(500, "{}")),
            1 => Reply::Whole(Answer::new(503, "<html>")),
            2 => Reply::Whole(Answer::new(502, "")),
            3 => Reply::Cut(posted(seen), 0),
            _ => Reply::Cut(posted(seen), 10),
        }
    })
    .await;
    relay
        .run_until(seconds(660), |now| {
            clock.store(now.as_millis() as u64, Ordering::SeqCst)
        })
        .await;
    let during = relay.sent.iter().filter(|sent| sent.at < seconds(600)).count();
    assert!(
        (40..200).contains(&during),
        "{during} attempts of two lanes in ten minutes"
    );
    assert!(
        relay.delivered(0) > 0 && relay.delivered(1) > 0,
        "{} requests",
        server.seen().len()
    );
}
