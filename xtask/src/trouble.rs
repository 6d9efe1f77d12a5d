//! Trouble between the program and Discord's API, and how each kind is played.
//!
//! Owns the list and the end of each: none lasts longer than a few seconds, some linger in the fake until a request meets
//! them. Must not judge: it only tells the stage when answers may get lost.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use isr_testkit::discord::{Fault as Answer, FaultRule, LimitBody, LimitHeaders, RateLimit, Scope};
use isr_testkit::proxy::{Behaviour, Connect, Ending, Flow};
use isr_testkit::rng::Rng;
use tokio::time::sleep;

use crate::stage::Stage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    RateLimited,
    ServerError,
    LostAnswer,
    Stalled,
    SlowBody,
    Refused,
    ProxyCut,
    ProxySlow,
    ProxyFrozen,
}

impl Trouble {
    /// Plays it to its end.
    pub(crate) async fn play(self, stage: &mut Stage, rng: &mut Rng) -> Result<()> {
        match self {
            Self::Stalled => {
                let stalled = [Answer::Stall, Answer::AcceptThenStall];
                stage.discord.inject(rng.pick(&stalled).clone());
                hold(rng, 500, 3_000).await;
                stage.discord.clear_faults();
                Ok(())
            }
            Self::RateLimited | Self::ServerError | Self::LostAnswer | Self::SlowBody => {
                let (answer, times) = (self.answer(rng), rng.between(1, 3));
                stage.discord.inject(FaultRule::new(answer).times(times));
                Ok(())
            }
            Self::Refused | Self::ProxyCut | Self::ProxySlow | Self::ProxyFrozen => {
                self.play_on_the_way(stage, rng).await
            }
        }
    }

    fn answer(self, rng: &mut Rng) -> Answer {
        match self {
            Self::RateLimited => Answer::RateLimit(rate_limit(rng)),
            Self::ServerError => {
                let status = *rng.pick(&[500, 502, 503, 504]);
                rng.pick(&[Answer::Status(status), Answer::Html(status)]).clone()
            }
            Self::SlowBody => {
                let (bytes, tick) = (
                    usize::try_from(rng.between(5, 50)).unwrap_or(5),
                    Duration::from_millis(20),
                );
                rng.pick(&[Answer::SlowBody { bytes, tick }, Answer::Delay(tick * 40)])
                    .clone()
            }
            _ => {
                let lost = [
                    Answer::CutBeforeReading,
                    Answer::AcceptThenCut,
                    Answer::AcceptThenStatus(502),
                    Answer::HalfAnswer,
                ];
                rng.pick(&lost).clone()
            }
        }
    }

    /// Between program and Discord: an accepted message may lose its answer.
    async fn play_on_the_way(self, stage: &mut Stage, rng: &mut Rng) -> Result<()> {
        let before = stage.answers_at_risk();
        match self {
            Self::Refused => stage.proxy.refuse_connections().await,
            Self::ProxyFrozen => stage.proxy.set(Behaviour::frozen()),
            Self::ProxySlow => stage.proxy.set(slow(rng)),
            _ => stage.proxy.set(cut(rng)),
        }
        hold(rng, 300, 3_000).await;
        if self == Self::Refused {
            stage
                .proxy
                .accept_connections()
                .await
                .context("listen again on the proxy's port")?;
        }
        stage.proxy.heal();
        stage.answers_safe_since(before);
        Ok(())
    }
}

/// How often each fault was played.
#[derive(Debug)]
pub(crate) struct Played<F>(BTreeMap<F, u64>);

impl<F: Ord> Played<F> {
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// One is played.
    pub(crate) fn note(&mut self, fault: F) {
        *self.0.entry(fault).or_default() += 1;
    }

    /// Whether it was played at all.
    pub(crate) fn has(&self, fault: &F) -> bool {
        self.0.contains_key(fault)
    }

    /// How many were.
    pub(crate) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl<F: Ord + fmt::Debug> fmt::Display for Played<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<_> = self
            .0
            .iter()
            .map(|(fault, count)| format!("{fault:?} {count}"))
            .collect();
        write!(f, "{} in all: {}", self.total(), each.join(", "))
    }
}

/// The length of a fault, or of the calm between two: not a wait for anything.
pub(crate) async fn hold(rng: &mut Rng, least_ms: u64, most_ms: u64) {
    sleep(Duration::from_millis(rng.between(least_ms, most_ms))).await;
}

fn rate_limit(rng: &mut Rng) -> RateLimit {
    let retry_after = rng.between(100, 2_000) as f64 / 1000.0;
    if rng.chance(0.2) {
        return RateLimit::html(retry_after);
    }
    RateLimit {
        scope: *rng.pick(&[Scope::User, Scope::Shared, Scope::Global]),
        retry_after,
        headers: *rng.pick(&[
            LimitHeaders::All,
            LimitHeaders::RetryAfterOnly,
            LimitHeaders::Nothing,
        ]),
        body: *rng.pick(&[LimitBody::Json, LimitBody::Html, LimitBody::Empty]),
    }
}

fn slow(rng: &mut Rng) -> Behaviour {
    let delay = Duration::from_millis(rng.between(10, 400));
    let throttled = Behaviour {
        to_client: Flow::throttled(800),
        ..Behaviour::default()
    };
    *rng.pick(&[Behaviour::delayed(delay), throttled])
}

fn cut(rng: &mut Rng) -> Behaviour {
    let ending = *rng.pick(&[Ending::Close, Ending::Reset]);
    let flow = Flow::cut_after(rng.below(1_500), ending);
    let connect = *rng.pick(&[Connect::Close, Connect::Reset, Connect::Ignore]);
    *rng.pick(&[
        Behaviour {
            to_client: flow,
            ..Behaviour::default()
        },
        Behaviour {
            to_upstream: flow,
            ..Behaviour::default()
        },
        Behaviour {
            connect,
            ..Behaviour::default()
        },
    ])
}
