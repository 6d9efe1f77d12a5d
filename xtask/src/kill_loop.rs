//! `cargo xtask kill-loop`: SIGKILL at random instants while the log grows (scenario F01).
//!
//! Owns the rounds: start, write, kill. A fifth of the kills comes before the program is ready. The stage judges.

use std::time::{Duration, Instant};

use anyhow::Result;
use isr_testkit::discord::Limits;
use isr_testkit::log::LogWriter;
use isr_testkit::rng::Rng;
use tokio::time::sleep;

use crate::figures::{self, KillLoopResult};
use crate::judged::{Judged, Which};
use crate::stage::Stage;

/// The only server.
const SERVER: u16 = 0;

/// Options of `cargo xtask kill-loop`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many times.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    rounds: u64,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    judged: Judged,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let build = options.which.build();
    let program = options.judged.program(build)?;
    let mut rng = options.judged.rng();
    let seed = rng.seed();
    println!(
        "kill loop: {} rounds, {} build, seed {seed}",
        options.rounds,
        build.name()
    );
    let mut stage = Stage::build(&program.path(), 1, seed, Limits::none()).await?;
    let mut log = NumberedLog::open(&stage)?;
    let begun = Instant::now();
    let mut shown = Instant::now();
    for round in 1..=options.rounds {
        play(&mut stage, &mut log, &mut rng).await?;
        if shown.elapsed() > Duration::from_secs(10) {
            shown = Instant::now();
            println!(
                "  round {round}: {} written, {} delivered",
                log.next,
                stage.judge.delivered()
            );
        }
    }
    stage.start().await?;
    stage.drain(crate::stage::STALLED).await;
    let judge = std::sync::Arc::clone(&stage.judge);
    stage.prove_alive(1, async || log.say(&judge)).await?;
    let verdict = stage.verdict().await?;
    println!("{} kills in {} s", stage.lives.kills, begun.elapsed().as_secs());
    // A program from elsewhere is judged, but its result is not one of this source.
    if options.judged.is_of_this_source() {
        figures::save(&KillLoopResult {
            kills: stage.lives.kills,
            seconds: begun.elapsed().as_secs(),
            build: build.name().to_owned(),
            verdict: (&verdict).into(),
            seed,
        })?;
    }
    verdict.proclaim(seed)
}

/// One life of the program, ended at a random instant.
async fn play(stage: &mut Stage, log: &mut NumberedLog, rng: &mut Rng) -> Result<()> {
    if rng.chance(0.2) {
        stage.lives.starts += 1;
        let daemon = stage.relay.spawn()?;
        let end = Instant::now() + Duration::from_micros(rng.below(150_000));
        log.grow_until(end, stage, rng).await?;
        return stage.kill_daemon(&daemon).await;
    }
    stage.start().await?;
    let end = Instant::now() + Duration::from_micros(rng.below(300_000));
    log.grow_until(end, stage, rng).await?;
    stage.kill().await
}

#[derive(Debug)]
struct NumberedLog {
    log: LogWriter,
    next: u64,
}

impl NumberedLog {
    fn open(stage: &Stage) -> Result<Self> {
        Ok(Self {
            log: LogWriter::open(stage.relay.log(usize::from(SERVER)))?,
            next: 0,
        })
    }

    fn say(&mut self, judge: &crate::judge::Judge) -> Result<()> {
        judge.wrote(SERVER, self.next);
        self.log.numbered(SERVER, self.next)?;
        self.next += 1;
        Ok(())
    }

    /// Appends a few lines every few milliseconds: what the kill is to interrupt.
    async fn grow_until(&mut self, end: Instant, stage: &Stage, rng: &mut Rng) -> Result<()> {
        loop {
            for _ in 0..rng.between(1, 4) {
                self.say(&stage.judge)?;
            }
            let left = end.saturating_duration_since(Instant::now());
            let pause = Duration::from_micros(rng.between(500, 12_000)).min(left);
            if left.is_zero() {
                return Ok(());
            }
            // The pace of the writer and the instant of the kill are what this scenario is about.
            sleep(pause).await;
        }
    }
}
