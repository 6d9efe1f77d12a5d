//! The faults of a soak of the bot, and how each is played.
//!
//! Owns the list, the dice and the end of every fault. What costs a new session or a connection is played no oftener than
//! the program may begin one (five sessions an hour, 28 connections in ten minutes): beyond that it would rightly stay
//! away. Must not judge.

use std::time::Duration;

use anyhow::{Context, Result};
use isr_testkit::discord::gateway::{Acks, ConnectionFault, FakeGateway, Times};
use isr_testkit::process::Signal;
use isr_testkit::rng::Rng;
use serde_json::json;
use tokio::time::Instant;

use super::games::Games;
use super::people::People;
use crate::program::Build;
use crate::relay::PATIENCE;
use crate::stage::Stage;
use crate::trouble::{Played, Trouble, hold};

/// Heartbeats of the fake: short, so that a zombie is noticed within a fault.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(6);

/// Close codes after which the session goes on, those that Discord does not document among them.
const RESUMED: [u16; 10] = [1000, 1001, 1011, 4000, 4001, 4002, 4003, 4005, 4008, 4999];
/// After which there is a new one.
const ANEW: [u16; 2] = [4007, 4009];
/// After which somebody has to mend something.
const FATAL: [u16; 6] = [4004, 4010, 4011, 4012, 4013, 4014];

/// Sessions that the program begins in an hour, but for one: a kill or several refused resumes may cost it, too.
const IDENTIFIES: usize = 4;
/// Connections of one life in ten minutes after which no fault costs another one; fewer in a smoke, for the pauses between them
/// grow.
const CONNECTS: usize = 20;
const CONNECTS_OF_A_SMOKE: usize = 4;
const TEN_MINUTES: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Closed with a code after which the session goes on.
    Close,
    Cut,
    /// Cut in the middle of telling a message.
    CutInAMessage,
    AskedToReconnect,
    /// Heartbeats are not answered.
    Zombie,
    /// A resume is refused for the moment.
    InvalidForNow,
    HelloLate,
    NoHello,
    ClosedAtHello,
    HandshakeRefused,
    HandshakeStalls,
    DamagedStream,
    GatewayGone,
    /// Closed with a code after which there is a new session.
    CloseAnew,
    /// Closed with a code after which somebody has to mend something; then a reload.
    CloseForGood,
    /// The session is forgotten.
    ResumeRefused,
    InvalidForGood,
    RconCut,
    RconDown,
    /// Games save for a while, and answer nothing.
    RconSilent,
    Reload,
    Kill,
    Stop,
    OnTheWay(Trouble),
}

/// Each and how often, compared with the others.
const FAULTS: [(Fault, u64); 31] = [
    (Fault::Close, 6),
    (Fault::Cut, 2),
    (Fault::CutInAMessage, 4),
    (Fault::AskedToReconnect, 2),
    (Fault::Zombie, 2),
    (Fault::InvalidForNow, 2),
    (Fault::HelloLate, 2),
    (Fault::NoHello, 1),
    (Fault::ClosedAtHello, 2),
    (Fault::HandshakeRefused, 2),
    (Fault::HandshakeStalls, 1),
    (Fault::DamagedStream, 1),
    (Fault::GatewayGone, 2),
    (Fault::CloseAnew, 1),
    (Fault::CloseForGood, 1),
    (Fault::ResumeRefused, 1),
    (Fault::InvalidForGood, 1),
    (Fault::RconCut, 2),
    (Fault::RconDown, 2),
    (Fault::RconSilent, 2),
    (Fault::Reload, 1),
    (Fault::Kill, 2),
    (Fault::Stop, 1),
    (Fault::OnTheWay(Trouble::RateLimited), 1),
    (Fault::OnTheWay(Trouble::ServerError), 1),
    (Fault::OnTheWay(Trouble::LostAnswer), 1),
    (Fault::OnTheWay(Trouble::Stalled), 1),
    (Fault::OnTheWay(Trouble::Refused), 1),
    (Fault::OnTheWay(Trouble::ProxyCut), 1),
    (Fault::OnTheWay(Trouble::ProxySlow), 1),
    (Fault::OnTheWay(Trouble::ProxyFrozen), 1),
];

impl Fault {
    /// What it costs of what the program may do.
    const fn price(self) -> Price {
        match self {
            Self::CloseAnew | Self::CloseForGood | Self::ResumeRefused | Self::InvalidForGood => {
                Price::Session
            }
            Self::Close
            | Self::Cut
            | Self::CutInAMessage
            | Self::AskedToReconnect
            | Self::Zombie
            | Self::InvalidForNow
            | Self::HelloLate
            | Self::NoHello
            | Self::ClosedAtHello
            | Self::HandshakeRefused
            | Self::HandshakeStalls
            | Self::DamagedStream
            | Self::GatewayGone => Price::Connection,
            Self::Kill | Self::Stop => Price::Life,
            Self::RconCut | Self::RconDown | Self::RconSilent | Self::Reload | Self::OnTheWay(_) => {
                Price::Nothing
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Price {
    Nothing,
    Connection,
    Session,
    Life,
}

/// Chooses and plays.
pub(super) struct Player {
    games: Games,
    people: People,
    rng: Rng,
    longest_rest_ms: u64,
    most_connects: usize,
    /// When the program was started last: it counts its connections from there.
    alive_since: Instant,
    played: Played<Fault>,
}

impl Player {
    pub(super) fn new(games: Games, people: People, rng: Rng, build: Build) -> Self {
        let (longest_rest_ms, most_connects) = match build {
            Build::Debug => (500, CONNECTS_OF_A_SMOKE),
            Build::Release => (3_000, CONNECTS),
        };
        Self {
            games,
            people,
            rng,
            longest_rest_ms,
            most_connects,
            alive_since: Instant::now(),
            played: Played::new(),
        }
    }

    /// What was played.
    pub(super) const fn played(&self) -> &Played<Fault> {
        &self.played
    }

    /// Faults that were never played.
    pub(super) fn omitted(&self) -> Vec<String> {
        let omitted = FAULTS.iter().filter(|(fault, _)| !self.played.has(fault));
        omitted
            .filter(|(fault, _)| fault.price() != Price::Session)
            .map(|(fault, _)| format!("{fault:?} was never played"))
            .collect()
    }

    /// A time without a new fault.
    pub(super) async fn rest(&mut self) {
        hold(&mut self.rng, 100, self.longest_rest_ms).await;
    }

    /// The next fault that may be; within one life, none that ends it.
    pub(super) fn choose(&mut self, one_life: bool, gateway: &FakeGateway) -> Fault {
        let (identifies, connects) = gateway.look(|seen| {
            let counts = |at: &&Instant| **at >= self.alive_since && at.elapsed() < TEN_MINUTES;
            (seen.identifies.len(), seen.connects.iter().filter(counts).count())
        });
        let may_connect = gateway.joined() > 0 && connects < self.most_connects;
        let all: u64 = FAULTS.iter().map(|(_, weight)| weight).sum();
        loop {
            let fault = weighted(self.rng.below(all));
            let may_be = match fault.price() {
                Price::Nothing => true,
                Price::Connection => may_connect,
                Price::Session => may_connect && identifies < IDENTIFIES,
                Price::Life => !one_life,
            };
            if may_be {
                return fault;
            }
        }
    }

    /// Plays one fault to its end.
    pub(super) async fn play(&mut self, fault: Fault, stage: &mut Stage) -> Result<()> {
        self.played.note(fault);
        let gateway = stage.discord.gateway().clone();
        match fault {
            Fault::Kill => {
                stage.kill().await?;
                super::tell_unsaid(stage, self.people.talk());
                self.people.talk().killed();
                self.down(stage).await
            }
            Fault::Stop => {
                stage.stop().await?;
                self.down(stage).await
            }
            Fault::Reload => reload(stage).await,
            Fault::CloseForGood => {
                gateway.close(*self.rng.pick(&FATAL));
                hold(&mut self.rng, 500, 3_000).await;
                gateway.mend();
                reload(stage).await
            }
            Fault::RconCut | Fault::RconDown | Fault::RconSilent => self.play_at_games(fault).await,
            Fault::OnTheWay(trouble) => trouble.play(stage, &mut self.rng).await,
            _ => self.play_at_gateway(fault, &gateway).await,
        }
    }

    /// The program stays away for a moment while both sides talk.
    async fn down(&mut self, stage: &mut Stage) -> Result<()> {
        hold(&mut self.rng, 0, 1_500).await;
        self.alive_since = Instant::now();
        stage.start().await
    }

    /// Of a gateway's faults, each takes the connection, and most spoil the next one.
    async fn play_at_gateway(&mut self, fault: Fault, gateway: &FakeGateway) -> Result<()> {
        use ConnectionFault as F;
        let next = match fault {
            Fault::InvalidForNow => Some(F::InvalidResumable),
            Fault::InvalidForGood => Some(F::InvalidForGood),
            Fault::HelloLate => Some(F::LateHello(Duration::from_millis(self.rng.between(500, 9_000)))),
            Fault::NoHello => Some(F::NoHello),
            Fault::ClosedAtHello => Some(
                *self
                    .rng
                    .pick(&[F::CloseBeforeHello(4000), F::CloseAfterHello(4000)]),
            ),
            Fault::HandshakeRefused => Some(F::RefuseHandshake(*self.rng.pick(&[429, 500, 503]))),
            Fault::HandshakeStalls => Some(F::StallHandshake),
            Fault::DamagedStream => Some(F::DamagedStream),
            _ => None,
        };
        if let Some(next) = next {
            gateway.inject(next, Times::Exactly(1));
        }
        match fault {
            Fault::Close => gateway.close(*self.rng.pick(&RESUMED)),
            Fault::CloseAnew => {
                gateway.close(*self.rng.pick(&ANEW));
                gateway.forget_sessions();
            }
            Fault::CutInAMessage => self.people.is_cut_off(),
            Fault::AskedToReconnect => gateway.send(&json!({"op": 7, "d": null})),
            Fault::Zombie => {
                gateway.set_acks(Acks::Silence);
                hold(&mut self.rng, 8_000, 14_000).await;
                gateway.set_acks(Acks::Answer);
            }
            Fault::GatewayGone => {
                gateway.refuse_connections().await;
                hold(&mut self.rng, 500, 5_000).await;
                gateway
                    .accept_connections()
                    .await
                    .context("listen again on the gateway's port")?;
            }
            Fault::ResumeRefused => {
                gateway.forget_sessions();
                gateway.cut();
            }
            _ => gateway.cut(),
        }
        Ok(())
    }

    /// Some of the games have trouble for a while.
    async fn play_at_games(&mut self, fault: Fault) -> Result<()> {
        let most = u64::from(self.games.count()).min(25);
        let mut chosen: Vec<u16> = (0..self.rng.between(1, most))
            .filter_map(|_| u16::try_from(self.rng.below(u64::from(self.games.count()))).ok())
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        let games: Vec<_> = chosen.iter().map(|number| self.games.get(*number)).collect();
        match fault {
            Fault::RconDown => {
                for game in &games {
                    game.stop().await;
                }
                hold(&mut self.rng, 300, 6_000).await;
                for game in &games {
                    game.start_again()
                        .await
                        .context("listen again on a game's port")?;
                }
            }
            Fault::RconSilent => {
                games.iter().for_each(|game| game.begin_save());
                hold(&mut self.rng, 500, 13_000).await;
                games.iter().for_each(|game| game.end_save());
            }
            _ => games.iter().for_each(|game| game.cut()),
        }
        Ok(())
    }

    /// Ends everything; the program runs afterwards and has its session.
    pub(super) async fn calm(&mut self, stage: &mut Stage) -> Result<()> {
        let gateway = stage.discord.gateway().clone();
        gateway.clear_faults();
        gateway.set_acks(Acks::Answer);
        stage.calm().await?;
        // It may have been spoilt often enough to wait for its turn.
        gateway
            .wait_until_joined(TEN_MINUTES)
            .await
            .context("the session with the gateway never came back")
    }
}

/// The fault at this place, each taking as many as its weight.
fn weighted(mut place: u64) -> Fault {
    let found = FAULTS.iter().find(|(_, weight)| {
        let is_here = place < *weight;
        place = place.saturating_sub(*weight);
        is_here
    });
    found.map_or(Fault::Cut, |(fault, _)| *fault)
}

/// The configuration is read anew.
async fn reload(stage: &Stage) -> Result<()> {
    const RELOADS: &str = "factorio_isr_config_reloads_total";
    let (running, _) = stage.running().context("the program does not run")?;
    let before = running.metric(RELOADS).await?;
    running.daemon.signal(Signal::HUP)?;
    running.wait_for_metric(RELOADS, before + 1, PATIENCE).await
}
