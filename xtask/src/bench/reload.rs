//! 1,000 patterns are reloaded: how long that takes, and how long a chat line takes that is written meanwhile.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use isr_testkit::discord::FakeDiscord;
use isr_testkit::log::LogWriter;
use isr_testkit::process::Signal;
use tokio::time::sleep;

use super::quantiles::Quantiles;
use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay, Running};

const PATTERNS: usize = 1_000;
/// The Python program took no more from one file.
const IN_ONE_FILE: usize = 100;
/// Two lines a round: rounds this far apart stay below our own ceiling of 5 requests in 2 s.
const PACE: Duration = Duration::from_secs(1);
const GOAL: Duration = Duration::from_millis(200);
/// How long an event has before its line is said again.
const AGAIN: Duration = Duration::from_secs(3);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (discord, urls) = unlimited_discord(1).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let running = relay.start().await?;
    let mut log = LogWriter::open(relay.log(0))?;
    let folder = relay.work_dir().join("patterns");
    fs::create_dir(&folder)?;
    let mut arrivals = Vec::new();
    let rounds = bench.effort.rounds(20, 5);
    for round in 0..rounds {
        sleep(PACE).await;
        for first in (0..PATTERNS).step_by(IN_ONE_FILE) {
            fs::write(folder.join(format!("{first}.yml")), patterns(first, round))?;
        }
        let reloads = running.metric("factorio_isr_config_reloads_total").await?;
        running.daemon.signal(Signal::HUP)?;
        let (text, begun) = (format!("during{round}x"), Instant::now());
        log.chat("Ada", &text)?;
        discord.wait_for_text(&text, PATIENCE).await?;
        arrivals.push(begun.elapsed());
        running
            .wait_for_metric("factorio_isr_config_reloads_total", reloads + 1, PATIENCE)
            .await?;
        see_in_use(&mut log, &discord, round).await?;
    }
    let times = reload_times(&running);
    running.stop().await?;
    ensure!(times.len() >= rounds, "only {} reloads were told of", times.len());
    let times = Quantiles::of(times);
    Ok(vec![
        Figure::new(
            "1,000 patterns reloaded",
            "≤ 200 ms",
            times.to_string(),
            Met::when(times.max() <= GOAL),
        ),
        Figure::told(
            "a chat line that is written meanwhile arrives after",
            Quantiles::of(arrivals).to_string(),
        ),
    ])
}

/// Waits until the last of the patterns is in use, in its new wording. The first reload after the signal may have been that
/// of the watcher, which saw the files half written: the line is said again until the next one is through.
async fn see_in_use(log: &mut LogWriter, discord: &FakeDiscord, round: usize) -> Result<()> {
    let wanted = format!("round {round}.");
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        log.line(&format!("unit-{} is ready", PATTERNS - 1))?;
        if discord.wait_for_text(&wanted, AGAIN).await.is_ok() {
            return Ok(());
        }
    }
    bail!("the reloaded patterns are not in use")
}

/// From the beginning of loading until the new rules were handed on, as the program tells it.
fn reload_times(running: &Running) -> Vec<Duration> {
    let took = |text: &str| {
        let line: serde_json::Value = serde_json::from_str(text).ok()?;
        line["took_ms"].as_u64().map(Duration::from_millis)
    };
    running
        .daemon
        .lines()
        .iter()
        .filter_map(|line| took(&line.text))
        .collect()
}

/// A file of patterns as the Python program had them; the wording differs from round to round.
fn patterns(first: usize, round: usize) -> String {
    let mut yaml = "events:\n".to_owned();
    for number in first..first + IN_ONE_FILE {
        let _ = write!(
            yaml,
            "  unit_{number}:\n    pattern: 'unit-{number} is (\\w+)'\n    type: milestone\n    emoji: '🏭'\n    \
             message: 'unit {number} in round {round}.'\n"
        );
    }
    yaml
}
