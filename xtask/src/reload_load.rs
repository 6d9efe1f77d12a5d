//! `cargo xtask reload-load`: reload after reload, half of them broken, while lines pour in (scenario P04).
//!
//! Owns the configurations that are put in place and the pace of the lines. The stage judges: nothing lost, repeated or
//! out of order. Fails when a reload gets no verdict, or when memory grows with the reloads.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use isr_testkit::discord::Limits;
use isr_testkit::log::noise::Noise;
use isr_testkit::log::{LogWriter, numbered};
use isr_testkit::process::Signal;
use isr_testkit::rng::Rng;
use tokio::time::sleep;

use crate::figures::{self, ReloadLoadResult};
use crate::judge::Judge;
use crate::judged::{Judged, Which};
use crate::relay::{PATIENCE, Running};
use crate::stage::Stage;

/// Servers that are written to all the time; the last one is taken out of the configuration now and then.
const SERVERS: u16 = 3;
/// Lines are written in portions, one for each server in every span of this length.
const SPAN: Duration = Duration::from_millis(10);
/// One line in so many is posted.
const NOISE_PER_LINE: u64 = 100;
/// A reload begins at the earliest so long after the one before.
const PACE: Duration = Duration::from_millis(100);
/// Memory may grow by so much between the first reloads and the last: what waits for Discord comes and goes.
const GROWTH_MIB: f64 = 8.0;

/// What is wrong with every other configuration.
const BROKEN: [&[u8]; 6] = [
    b"servers: [",
    b"",
    b"servers:\n  s0:\n    log_paht: /x\n",
    b"servers:\n  s0: { log_path: /tmp/x.log, webhook: nowhere }\n",
    b"\xff\xfe\x00",
    b"servers: { s0: { log_path: /tmp/x.log, events: { chta: on } } }\n",
];

/// Options of `cargo xtask reload-load`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many reloads; every other one is broken.
    #[arg(long, default_value_t = 100, value_name = "N")]
    reloads: u64,
    /// Lines written a second, all servers together.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    rate: u64,
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
        "reload under load: {} reloads, {} lines/s, {} build, seed {seed}",
        options.reloads,
        options.rate,
        build.name()
    );
    let mut stage = Stage::build(&program.path(), SERVERS, seed, Limits::none()).await?;
    stage.start().await?;
    let ends = Arc::new(AtomicBool::new(false));
    let writer = {
        let judge = Arc::clone(&stage.judge);
        let logs: Vec<PathBuf> = (0..usize::from(SERVERS)).map(|n| stage.relay.log(n)).collect();
        let (rate, ends) = (options.rate, Arc::clone(&ends));
        std::thread::spawn(move || pour(&judge, &logs, rate, &ends))
    };
    let reloading = reload(&stage, options.reloads, &mut rng).await;
    ends.store(true, Ordering::Release);
    let poured = writer
        .join()
        .map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    let reloading = reloading?;
    stage.drain(crate::stage::STALLED).await;
    let judge = Arc::clone(&stage.judge);
    let log = stage.relay.log(0);
    let next = poured.numbered_each;
    stage
        .prove_alive(1, async || {
            judge.wrote(0, next);
            Ok(LogWriter::open(&log)?.numbered(0, next)?)
        })
        .await?;
    let mut verdict = stage.verdict().await?;
    let rate = poured.lines_each as f64 * f64::from(SERVERS) / poured.took.as_secs_f64();
    println!(
        "{} reloads accepted, {} refused, slowest {} ms; {rate:.0} lines/s written; resident {:.1} to {:.1} MiB",
        reloading.accepted, reloading.refused, reloading.slowest_ms, reloading.early_mib, reloading.late_mib
    );
    if reloading.late_mib > reloading.early_mib + GROWTH_MIB {
        verdict.faults.push("memory grew with the reloads".to_owned());
    }
    // A program from elsewhere is judged, but its result is not one of this source.
    if options.judged.is_of_this_source() {
        figures::save(&ReloadLoadResult {
            reloads: options.reloads,
            lines_per_second: rate as u64,
            slowest_ms: reloading.slowest_ms,
            build: build.name().to_owned(),
            verdict: (&verdict).into(),
            seed,
        })?;
    }
    verdict.proclaim(seed)
}

#[derive(Debug, Clone, Copy)]
struct Poured {
    /// Lines of each log, noise included.
    lines_each: u64,
    /// Numbered ones among them.
    numbered_each: u64,
    took: Duration,
}

/// Writes lines to all logs at a steady pace until it is told to end. Most are noise, as in a true log; what is posted
/// has to fit through Discord's limits.
fn pour(judge: &Judge, logs: &[PathBuf], rate: u64, ends: &AtomicBool) -> Result<Poured> {
    let noise: Vec<String> = Noise::new(Rng::new(4)).take(1_000).collect();
    let mut writers: Vec<LogWriter> = logs.iter().map(LogWriter::open).collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let mut poured = Poured {
        lines_each: 0,
        numbered_each: 0,
        took: Duration::ZERO,
    };
    while !ends.load(Ordering::Acquire) {
        let due = begun.elapsed().as_millis() as u64 * rate / 1000 / u64::from(SERVERS);
        let before = poured;
        for (server, writer) in (0..SERVERS).zip(&mut writers) {
            poured = before;
            let mut portion = String::new();
            while poured.lines_each < due {
                if poured.lines_each.is_multiple_of(NOISE_PER_LINE) {
                    judge.wrote(server, poured.numbered_each);
                    portion += &numbered::chat(writer.stamp(), server, poured.numbered_each);
                    poured.numbered_each += 1;
                } else {
                    portion += &noise[poured.lines_each as usize % noise.len()];
                }
                portion.push('\n');
                poured.lines_each += 1;
            }
            writer.raw(portion.as_bytes())?;
        }
        // The pace is what this scenario is about.
        std::thread::sleep(SPAN);
    }
    poured.took = begun.elapsed();
    Ok(poured)
}

struct Reloading {
    accepted: u64,
    refused: u64,
    slowest_ms: u64,
    early_mib: f64,
    late_mib: f64,
}

async fn reload(stage: &Stage, reloads: u64, rng: &mut Rng) -> Result<Reloading> {
    let (running, _) = stage.running().context("the program does not run")?;
    let mut early_mib = 0.0;
    for round in 0..reloads {
        let next = Instant::now() + PACE;
        if round % 2 == 1 {
            stage.relay.configure(rng.pick::<&[u8]>(&BROKEN))?;
        } else {
            stage
                .relay
                .configure(configuration(stage, round, rng).as_bytes())?;
        }
        verdict_of(running).await?;
        if round == reloads / 4 {
            early_mib = resident_mib(running)?;
        }
        sleep(next.saturating_duration_since(Instant::now())).await;
    }
    // At the end every server is configured: what was written meanwhile is read.
    stage.relay.configure(whole(stage, "the end").as_bytes())?;
    verdict_of(running).await?;
    let count = |outcome: &str| {
        let lines = running.daemon.lines();
        lines.iter().filter(|line| line.text.contains(outcome)).count() as u64
    };
    Ok(Reloading {
        accepted: count("config_reloaded"),
        refused: count("config_refused"),
        slowest_ms: slowest_ms(running),
        early_mib,
        late_mib: resident_mib(running)?,
    })
}

/// Asks for a reload and waits until it was judged.
async fn verdict_of(running: &Running) -> Result<()> {
    let name = "factorio_isr_config_reloads_total";
    let before = running.metric(name).await?;
    running.daemon.signal(Signal::HUP)?;
    running.wait_for_metric(name, before + 1, PATIENCE).await
}

fn resident_mib(running: &Running) -> Result<f64> {
    Ok(running.vitals()?.resident_kib as f64 / 1024.0)
}

/// From the beginning of loading until the new rules were handed on, as the program tells it.
fn slowest_ms(running: &Running) -> u64 {
    let lines = running.daemon.lines();
    let took = |text: &str| {
        let line: serde_json::Value = serde_json::from_str(text).ok()?;
        line["took_ms"].as_u64()
    };
    lines
        .iter()
        .filter_map(|line| took(&line.text))
        .max()
        .unwrap_or(0)
}

/// All servers, with something that differs from round to round.
fn whole(stage: &Stage, name: &str) -> String {
    let mut yaml = format!("health: {{ host: 127.0.0.1, port: 0 }}\nbot_name: {name}\nservers:\n");
    for (number, url) in stage.urls.iter().enumerate() {
        let log = stage.relay.log(number);
        let _ = writeln!(
            yaml,
            "  s{number}: {{ log_path: '{}', game_log: off, start: beginning, webhook: {url} }}",
            log.display()
        );
    }
    yaml
}

/// A good configuration: now and then without the last server, or with other limits.
fn configuration(stage: &Stage, round: u64, rng: &mut Rng) -> String {
    let mut yaml = whole(stage, &format!("Round {round}"));
    if rng.chance(0.3) {
        let last = yaml.rfind("\n  s").map_or(yaml.len(), |place| place + 1);
        yaml.truncate(last);
    }
    if rng.chance(0.3) {
        yaml.push_str("limits: { late_after: 5m, poll_interval: 500ms }\n");
    }
    yaml
}
