//! The games of a soak of the bot: each says numbered lines in its log, and hears at its RCON port what Discord says.
//!
//! Owns the games, their folders and the pace at which their players talk. Every number is told to the judge before it is
//! written. Must not know Discord. Fails with the file system, or when no port can be bound.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use isr_testkit::log::numbered;
use isr_testkit::rcon::FakeFactorio;
use isr_testkit::rng::Rng;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::talk::Talk;
use crate::judge::Judge;
use crate::relay::Relay;

const PASSWORD: &str = "soak";
const FIRST_CHANNEL: u64 = 300_000_000_000_000_001;

/// The channel of a game.
pub(super) fn channel(number: u16) -> u64 {
    FIRST_CHANNEL + u64::from(number)
}

/// All games.
#[derive(Debug, Clone)]
pub(super) struct Games {
    all: Arc<Vec<FakeFactorio>>,
    judge: Arc<Judge>,
}

impl Games {
    /// Starts so many, each with its log where the program looks for it.
    pub(super) async fn start(count: u16, relay: &Relay, judge: &Arc<Judge>, talk: &Talk) -> Result<Self> {
        let mut all = Vec::new();
        for number in 0..count {
            let game = FakeFactorio::start(PASSWORD).await?;
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
            game.world(|world| world.set_date(i64::try_from(now.as_secs()).unwrap_or(0)));
            let log = relay.log(usize::from(number));
            game.write_logs(log.parent().context("a log has a folder")?)?;
            let talk = talk.clone();
            game.observe(move |received| talk.said(number, &received.text));
            all.push(game);
        }
        Ok(Self {
            all: Arc::new(all),
            judge: Arc::clone(judge),
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> u16 {
        u16::try_from(self.all.len()).unwrap_or(u16::MAX)
    }

    /// One of them.
    pub(super) fn get(&self, number: u16) -> &FakeFactorio {
        &self.all[usize::from(number)]
    }

    /// The section `servers:` of the configuration.
    pub(super) fn configuration(&self, relay: &Relay) -> Result<String> {
        let mut yaml = "servers:\n".to_owned();
        for (number, game) in (0..).zip(self.all.iter()) {
            let (log, port) = (relay.log(usize::from(number)), game.addr().port());
            writeln!(
                yaml,
                "  s{number}: {{ log_path: '{}', game_log: off, start: end, event_channel_id: {}, \
                 rcon: {{ host: 127.0.0.1, port: {port}, password: {PASSWORD} }} }}",
                log.display(),
                channel(number)
            )?;
        }
        Ok(yaml)
    }

    /// A player of this game says this number.
    pub(super) fn say(&self, number: u16, id: u64) {
        self.judge.wrote(number, id);
        let (player, text) = (numbered::player(number, id), numbered::payload(number, id));
        self.get(number).world(|world| world.chat(player, &text));
    }

    /// What went wrong with the logs.
    pub(super) fn faults(&self) -> Vec<String> {
        let fault = |game: &FakeFactorio| game.world(|world| world.log_fault().map(str::to_owned));
        self.all.iter().filter_map(fault).collect()
    }
}

/// Players who talk, and clocks that go.
pub(super) struct Life {
    over: Arc<AtomicBool>,
    talking: JoinHandle<Vec<u64>>,
    passing: JoinHandle<()>,
}

impl Life {
    /// Lets so many lines a second be said, by all games together.
    pub(super) fn begin(games: &Games, rate: u32, mut rng: Rng) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (mine, is_over) = (games.clone(), Arc::clone(&over));
        let most = 2_000_000 / u64::from(rate.max(1));
        let talking = tokio::spawn(async move {
            let mut next = vec![0; usize::from(mine.count())];
            while !is_over.load(Ordering::Relaxed) {
                let number = u16::try_from(rng.below(u64::from(mine.count()))).unwrap_or(0);
                let id = &mut next[usize::from(number)];
                mine.say(number, *id);
                *id += 1;
                // The pace of the load, not a wait for anything.
                sleep(Duration::from_micros(rng.between(0, most))).await;
            }
            next
        });
        let (mine, is_over) = (games.clone(), Arc::clone(&over));
        let passing = tokio::spawn(async move {
            const SECOND: Duration = Duration::from_secs(1);
            let mut seconds = interval(SECOND);
            seconds.set_missed_tick_behavior(MissedTickBehavior::Burst);
            while !is_over.load(Ordering::Relaxed) {
                seconds.tick().await;
                mine.all
                    .iter()
                    .for_each(|game| game.world(|world| world.pass(SECOND)));
            }
        });
        Self {
            over,
            talking,
            passing,
        }
    }

    /// Ends it; the next number of each game.
    pub(super) async fn end(self) -> Result<Vec<u64>> {
        self.over.store(true, Ordering::Relaxed);
        self.passing.await.context("time stopped")?;
        self.talking.await.context("the players fell silent")
    }
}
