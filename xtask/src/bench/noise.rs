//! 200,000 lines of noise, then one chat line: when it arrives, and how `/health` answers meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use isr_testkit::http;
use isr_testkit::log::LogWriter;
use isr_testkit::log::noise::Noise;
use isr_testkit::rng::Rng;
use tokio::sync::oneshot;

use super::quantiles::{Quantiles, ms};
use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay};

const LINES: usize = 200_000;
/// One chat line a round: rounds this far apart stay below our own ceiling of 5 requests in 2 s.
const PACE: Duration = Duration::from_millis(500);
const ARRIVAL_GOAL: Duration = Duration::from_millis(150);
const HEALTH_GOAL: Duration = Duration::from_millis(10);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let noise: String = Noise::new(Rng::new(4))
        .take(LINES)
        .flat_map(|line| [line, "\n".to_owned()])
        .collect();
    let (discord, urls) = unlimited_discord(1).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let running = relay.start().await?;
    let (mut arrivals, mut answers) = (Vec::new(), Vec::new());
    for round in 0..bench.effort.rounds(10, 3) {
        tokio::time::sleep(PACE).await;
        let (over, polling) = poll_health(running.health_url());
        let text = format!("round{round}x");
        let (path, lines, last) = (relay.log(0), noise.clone(), text.clone());
        let written = tokio::task::spawn_blocking(move || -> Result<Instant> {
            let mut log = LogWriter::open(path)?;
            log.raw(lines.as_bytes())?;
            log.chat("Ada", &last)?;
            Ok(Instant::now())
        });
        let written = written.await.context("the writer panicked")??;
        discord.wait_for_text(&text, PATIENCE).await?;
        arrivals.push(written.elapsed());
        drop(over);
        answers.extend(polling.await.context("the poll panicked")??);
    }
    let resident = running.vitals()?.resident_kib as f64 / 1024.0;
    running.stop().await?;
    let (arrivals, answers) = (Quantiles::of(arrivals), Quantiles::of(answers));
    let what = "200,000 noise lines, then one chat line: it arrives after";
    Ok(vec![
        Figure::new(
            what,
            "≤ 150 ms",
            arrivals.to_string(),
            Met::when(arrivals.max() <= ARRIVAL_GOAL),
        )
        .python("14.6 s"),
        Figure::new(
            "/health meanwhile, connection included",
            "p99 ≤ 10 ms",
            answers.to_string(),
            Met::when(answers.p99() <= HEALTH_GOAL),
        ),
        Figure::told(
            "resident after that backlog",
            format!(
                "{resident:.1} MiB (last byte to arrival: {})",
                ms(arrivals.median())
            ),
        ),
    ])
}

/// Asks again and again until the sender is dropped.
fn poll_health(
    url: String,
) -> (
    oneshot::Sender<()>,
    tokio::task::JoinHandle<Result<Vec<Duration>>>,
) {
    let (over, mut is_over) = oneshot::channel::<()>();
    let polling = tokio::spawn(async move {
        let mut times = Vec::new();
        while matches!(is_over.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
            let begun = Instant::now();
            http::get(&url, PATIENCE).await?;
            times.push(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(times)
    });
    (over, polling)
}
