//! Lanes that always have something to send, in simulated time, with real requests: what a dispatcher would do.

use std::time::Duration;

use isr_discord::{
    Admission, Attempt, Backoff, Jitter, Latch, Limiter, Outcome, WebhookClient, WebhookRequest, WebhookUrl,
};

/// One attempt: when, on which lane, and how it ended.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) lane: usize,
    pub(crate) attempt: Attempt,
}

pub(crate) struct Relay {
    pub(crate) limiter: Limiter,
    pub(crate) now: Duration,
    pub(crate) sent: Vec<Sent>,
    client: WebhookClient,
    lanes: Vec<LaneState>,
}

struct LaneState {
    url: WebhookUrl,
    backoff: Backoff,
    not_before: Duration,
    latch: Option<Latch>,
}

impl Relay {
    pub(crate) fn new(urls: Vec<WebhookUrl>) -> Self {
        let lanes = urls
            .into_iter()
            .enumerate()
            .map(|(seed, url)| LaneState {
                url,
                backoff: Backoff::new(Jitter::seeded(seed as u64)),
                not_before: Duration::ZERO,
                latch: None,
            })
            .collect();
        Self {
            limiter: Limiter::new(Jitter::seeded(99)),
            now: Duration::ZERO,
            sent: Vec::new(),
            client: WebhookClient::default(),
            lanes,
        }
    }

    /// Sends whatever may be sent until the simulated clock shows `end`. `at` is told the time before each request.
    pub(crate) async fn run_until(&mut self, end: Duration, mut at: impl FnMut(Duration)) {
        while self.now < end {
            let mut next = end;
            for lane in 0..self.lanes.len() {
                if self.lanes[lane].not_before > self.now {
                    next = next.min(self.lanes[lane].not_before);
                    continue;
                }
                let key = self.lanes[lane].url.lane();
                match self.limiter.admit(&key, self.now) {
                    Admission::Go(ticket) => {
                        at(self.now);
                        let attempt = self.attempt(lane).await;
                        self.limiter.observe(ticket, &attempt, self.now);
                        self.sent.push(Sent {
                            at: self.now,
                            lane,
                            attempt,
                        });
                        next = next.min(self.now + Duration::from_millis(1));
                    }
                    Admission::Wait(wait) => next = next.min(wait.until),
                    Admission::Latched(latch) => self.lanes[lane].latch = Some(latch),
                }
            }
            self.now = next.max(self.now + Duration::from_millis(1));
        }
    }

    async fn attempt(&mut self, lane: usize) -> Attempt {
        let state = &mut self.lanes[lane];
        let attempt = self
            .client
            .execute(&state.url, &WebhookRequest::new("hello"))
            .await;
        match attempt.outcome {
            Outcome::NotSent { .. } | Outcome::Uncertain { .. } | Outcome::ServerError { .. } => {
                state.not_before = self.now + state.backoff.next_pause();
            }
            _ => state.backoff.reset(),
        }
        attempt
    }

    pub(crate) fn latch(&self, lane: usize) -> Option<Latch> {
        self.lanes[lane].latch
    }

    /// When a lane sent, in seconds.
    pub(crate) fn times(&self, lane: usize) -> Vec<f64> {
        self.sent
            .iter()
            .filter(|sent| sent.lane == lane)
            .map(|sent| sent.at.as_secs_f64())
            .collect()
    }

    pub(crate) fn delivered(&self, lane: usize) -> usize {
        let is_delivered = |sent: &&Sent| matches!(sent.attempt.outcome, Outcome::Delivered { .. });
        self.sent
            .iter()
            .filter(|sent| sent.lane == lane)
            .filter(is_delivered)
            .count()
    }
}
