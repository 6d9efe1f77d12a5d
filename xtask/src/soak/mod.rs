//! `cargo xtask soak`: the real binary under load and random faults for a long time, then a verdict (scenario P08).
//!
//! Owns the run: writers and the fault player side by side, then calm, drain and judgement. In the second half of a
//! long run the program is not restarted, so that growth within one life can be seen.

mod faults;
mod game;
pub(crate) mod samples;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use isr_testkit::discord::Limits;
use isr_testkit::rng::Rng;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::figures::{self, SoakResult};
use crate::judged::{Judged, LONG, Length};
use crate::stage::Stage;
use faults::Player;
use game::Game;
use samples::Samples;

/// A channel takes one message in two seconds for long, which is 33 late lines at most: with four servers the load of
/// 50 lines a second leaves room to catch up after each fault.
const SERVERS: u16 = 4;

/// Options of `cargo xtask soak`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    length: Length,
    /// Lines per second, all servers together.
    #[arg(long, default_value_t = 50, value_name = "N")]
    rate: u32,
    #[command(flatten)]
    judged: Judged,
}

/// One server's game, shared by its writer and the fault player.
type SharedGame = Arc<Mutex<Game>>;

pub(crate) async fn run(options: &Options) -> Result<()> {
    let build = options.length.build();
    let length = options.length.span();
    let program = options.judged.program(build)?;
    let rng = options.judged.rng();
    let seed = rng.seed();
    println!(
        "soak: {} s, {SERVERS} servers, {} lines/s, {} build, seed {seed}",
        length.as_secs(),
        options.rate,
        build.name()
    );
    // The limit of a channel is lore, and the fake's sliding form is stricter than what we keep to by default.
    let limits = Limits {
        channel: None,
        ..Limits::default()
    };
    let mut stage = Stage::build(&program.path(), SERVERS, seed, limits).await?;
    stage.start().await?;
    let games = games(&stage)?;
    let writers = Writers::start(&games, options.rate, &rng);
    let mut player = Player::new(games.clone(), rng.fork(1), build);
    let samples = play(&mut stage, &mut player, length).await?;
    println!("faults end: {}", player.played());
    stage.calm().await?;
    writers.stop().await?;
    stage.drain(crate::stage::STALLED).await;
    stage
        .prove_alive(u64::from(SERVERS), async || say_on_all(&games).await)
        .await?;
    let mut verdict = stage.verdict().await?;
    let growth = samples.growth();
    println!("{growth}");
    if length >= LONG {
        verdict.faults.extend(growth.complaints());
    }
    // A program from elsewhere is judged, but its result is not one of this source.
    if options.judged.is_of_this_source() {
        figures::save(&SoakResult {
            seconds: length.as_secs(),
            build: build.name().to_owned(),
            faults: player.played().total(),
            kills: stage.lives.kills,
            stops: stage.lives.stops,
            growth: growth.to_string(),
            verdict: (&verdict).into(),
            seed,
        })?;
    }
    println!(
        "program: {:?}; Discord: {:?}",
        stage.lives,
        stage.discord.counters()
    );
    verdict.proclaim(seed)
}

fn games(stage: &Stage) -> Result<Vec<SharedGame>> {
    let game = |number: u16| {
        let game = Game::open(
            number,
            stage.relay.log(usize::from(number)),
            Arc::clone(&stage.judge),
        )?;
        Ok(Arc::new(Mutex::new(game)))
    };
    (0..SERVERS).map(game).collect()
}

/// One fault after the other until the time is over.
async fn play(stage: &mut Stage, player: &mut Player, length: Duration) -> Result<Samples> {
    let begun = Instant::now();
    let mut samples = Samples::default();
    let mut shown = Instant::now();
    while begun.elapsed() < length {
        let one_life = length >= LONG && begun.elapsed() >= length / 2;
        samples.take(begun.elapsed(), one_life, stage);
        player.rest().await;
        let fault = player.choose(one_life);
        player
            .play(fault, stage)
            .await
            .with_context(|| format!("during the fault {fault:?}"))?;
        if shown.elapsed() > Duration::from_secs(10) {
            shown = Instant::now();
            println!(
                "  {:>5} s: {} delivered, {} faults, last {fault:?}",
                begun.elapsed().as_secs(),
                stage.judge.delivered(),
                player.played().total()
            );
        }
    }
    Ok(samples)
}

async fn say_on_all(games: &[SharedGame]) -> Result<()> {
    for game in games {
        game.lock().await.say()?;
    }
    Ok(())
}

/// The tasks that write the logs.
struct Writers {
    over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Result<()>>>,
}

impl Writers {
    fn start(games: &[SharedGame], rate: u32, rng: &Rng) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mean = Duration::from_secs(1) * u32::from(SERVERS) / rate.max(1);
        let writer = |(part, game): (u64, &SharedGame)| {
            tokio::spawn(write(
                Arc::clone(game),
                Arc::clone(&over),
                mean,
                rng.fork(100 + part),
            ))
        };
        let tasks = (0..).zip(games).map(writer).collect();
        Self { over, tasks }
    }

    async fn stop(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.context("a writer panicked")??;
        }
        Ok(())
    }
}

/// Writes lines at a mean distance until the end.
async fn write(game: SharedGame, over: Arc<AtomicBool>, mean: Duration, mut rng: Rng) -> Result<()> {
    let most = u64::try_from(mean.as_micros() * 2).unwrap_or(u64::MAX);
    while !over.load(Ordering::Relaxed) {
        game.lock().await.say()?;
        // The pace of the load, not a wait for anything.
        sleep(Duration::from_micros(rng.between(0, most))).await;
    }
    Ok(())
}
