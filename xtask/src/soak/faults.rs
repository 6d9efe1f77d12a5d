//! The faults of a soak and how each is played.
//!
//! Owns the list, the dice and the end of every fault. A fault lasts a few seconds at most; some linger in the fake
//! until a request meets them. Must not judge: it only tells the stage when answers may get lost.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use isr_testkit::discord::{Fault as Answer, FaultRule, LimitBody, LimitHeaders, RateLimit, Scope};
use isr_testkit::log::AfterRename;
use isr_testkit::proxy::{Behaviour, Connect, Ending, Flow};
use isr_testkit::rng::Rng;
use tokio::time::sleep;

use super::SharedGame;
use crate::program::Build;
use crate::stage::Stage;

/// How long a truncation waits for the relay to have everything; else there is none.
const CATCH_UP: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Renamed; the game goes on in a new file at once.
    Rename,
    /// Renamed; the game goes on in the old file for a while.
    RenameLate,
    CopyTruncate,
    TruncateWhenCaughtUp,
    HalfLine,
    Kill,
    Stop,
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

/// Each as often as it stands here.
const FAULTS: [Fault; 20] = [
    Fault::Rename,
    Fault::RenameLate,
    Fault::CopyTruncate,
    Fault::TruncateWhenCaughtUp,
    Fault::HalfLine,
    Fault::HalfLine,
    Fault::Kill,
    Fault::Kill,
    Fault::Kill,
    Fault::Stop,
    Fault::RateLimited,
    Fault::RateLimited,
    Fault::ServerError,
    Fault::LostAnswer,
    Fault::Stalled,
    Fault::SlowBody,
    Fault::Refused,
    Fault::ProxyCut,
    Fault::ProxySlow,
    Fault::ProxyFrozen,
];

/// Chooses and plays.
#[derive(Debug)]
pub(super) struct Player {
    games: Vec<SharedGame>,
    rng: Rng,
    longest_rest_ms: u64,
    played: BTreeMap<Fault, u64>,
}

impl Player {
    pub(super) fn new(games: Vec<SharedGame>, rng: Rng, build: Build) -> Self {
        // A smoke is short: more faults in less time.
        let longest_rest_ms = if build == Build::Debug { 700 } else { 4_000 };
        Self {
            games,
            rng,
            longest_rest_ms,
            played: BTreeMap::new(),
        }
    }

    /// How many faults were played.
    pub(super) fn total(&self) -> u64 {
        self.played.values().sum()
    }

    /// How often each was played.
    pub(super) fn summary(&self) -> String {
        let each: Vec<_> = self
            .played
            .iter()
            .map(|(fault, count)| format!("{fault:?} {count}"))
            .collect();
        format!("{} in all: {}", self.total(), each.join(", "))
    }

    /// A time without a new fault.
    pub(super) async fn rest(&mut self) {
        self.hold(100, self.longest_rest_ms).await;
    }

    /// The next fault; within one life, none that ends it.
    pub(super) fn choose(&mut self, one_life: bool) -> Fault {
        loop {
            let fault = *self.rng.pick(&FAULTS);
            if !(one_life && matches!(fault, Fault::Kill | Fault::Stop)) {
                return fault;
            }
        }
    }

    /// Plays one fault to its end.
    pub(super) async fn play(&mut self, fault: Fault, stage: &mut Stage) -> Result<()> {
        *self.played.entry(fault).or_default() += 1;
        match fault {
            Fault::Rename => self.game().lock().await.rename(AfterRename::Reopen),
            Fault::RenameLate => self.rename_late().await,
            Fault::CopyTruncate => self.game().lock().await.copy_truncate(),
            Fault::TruncateWhenCaughtUp => self.truncate(stage).await,
            Fault::HalfLine => {
                let (game, place) = (self.game(), self.rng.below(1000));
                let pause = Duration::from_millis(self.rng.between(20, 1_500));
                game.lock_owned().await.say_in_halves(place, pause).await
            }
            Fault::Kill => {
                stage.kill().await?;
                self.down(stage).await
            }
            Fault::Stop => {
                stage.stop().await?;
                self.down(stage).await
            }
            Fault::Stalled => {
                let stalled = [Answer::Stall, Answer::AcceptThenStall];
                stage.discord.inject(self.rng.pick(&stalled).clone());
                self.hold(500, 3_000).await;
                stage.discord.clear_faults();
                Ok(())
            }
            Fault::RateLimited | Fault::ServerError | Fault::LostAnswer | Fault::SlowBody => {
                let (answer, times) = (self.answer(fault), self.rng.between(1, 3));
                stage.discord.inject(FaultRule::new(answer).times(times));
                Ok(())
            }
            Fault::Refused | Fault::ProxyCut | Fault::ProxySlow | Fault::ProxyFrozen => {
                self.play_on_the_way(fault, stage).await
            }
        }
    }

    /// Ends everything; the program runs afterwards.
    pub(super) async fn calm(&mut self, stage: &mut Stage) -> Result<()> {
        stage.discord.clear_faults();
        stage.proxy.heal();
        if stage.running().is_none() {
            stage.start().await?;
        }
        Ok(())
    }

    fn game(&mut self) -> SharedGame {
        self.rng.pick(&self.games).clone()
    }

    async fn hold(&mut self, least_ms: u64, most_ms: u64) {
        // The length of a fault, or of the calm between two: not a wait for anything.
        sleep(Duration::from_millis(self.rng.between(least_ms, most_ms))).await;
    }

    /// The program stays away for a moment while its logs grow.
    async fn down(&mut self, stage: &mut Stage) -> Result<()> {
        self.hold(0, 1_500).await;
        stage.start().await
    }

    async fn rename_late(&mut self) -> Result<()> {
        let game = self.game();
        game.lock().await.rename(AfterRename::KeepWriting)?;
        self.hold(100, 3_000).await;
        game.lock().await.reopen()
    }

    /// What is cut away is gone for good, so the relay has to have it before.
    async fn truncate(&mut self, stage: &Stage) -> Result<()> {
        let game = self.game();
        // While this is held the game says nothing.
        let mut game = game.lock_owned().await;
        if stage
            .discord
            .wait_for(CATCH_UP, |_| game.is_caught_up())
            .await
            .is_ok()
        {
            game.truncate()?;
        }
        Ok(())
    }

    fn answer(&mut self, fault: Fault) -> Answer {
        let rng = &mut self.rng;
        match fault {
            Fault::RateLimited => Answer::RateLimit(rate_limit(rng)),
            Fault::ServerError => {
                let status = *rng.pick(&[500, 502, 503, 504]);
                rng.pick(&[Answer::Status(status), Answer::Html(status)]).clone()
            }
            Fault::SlowBody => {
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
    async fn play_on_the_way(&mut self, fault: Fault, stage: &mut Stage) -> Result<()> {
        let before = stage.answers_at_risk();
        match fault {
            Fault::Refused => stage.proxy.refuse_connections().await,
            Fault::ProxyFrozen => stage.proxy.set(Behaviour::frozen()),
            Fault::ProxySlow => stage.proxy.set(slow(&mut self.rng)),
            _ => stage.proxy.set(cut(&mut self.rng)),
        }
        self.hold(300, 3_000).await;
        if fault == Fault::Refused {
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
