//! From the start of the process to the first `/health` 200, and whether a line written at that moment is delivered;
//! from SIGTERM to the end.

use std::time::Duration;

use anyhow::Result;
use isr_testkit::log::LogWriter;

use super::quantiles::Quantiles;
use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay};

const STOP_GOAL: Duration = Duration::from_millis(100);
const START_GOAL: Duration = Duration::from_millis(50);

#[derive(Default)]
struct Rounds {
    times: Vec<Duration>,
    stops: Vec<Duration>,
    delivered: usize,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let rounds = bench.effort.rounds(20, 5);
    let mut fresh = Rounds::default();
    for _ in 0..rounds {
        let (discord, urls) = unlimited_discord(1).await?;
        fresh
            .play(
                &Relay::new(&bench.program, &urls)?,
                &discord,
                fresh.times.len() as u64,
            )
            .await?;
    }
    let (discord, urls) = unlimited_discord(1).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let mut again = Rounds::default();
    for round in 0..rounds {
        again.play(&relay, &discord, round as u64).await?;
    }
    let stops = Quantiles::of([fresh.stops.clone(), again.stops.clone()].concat());
    let stopped = Met::when(stops.max() <= STOP_GOAL);
    Ok(vec![
        fresh.figure("start to first /health 200, new state", rounds),
        again.figure("start to first /health 200, known state", rounds),
        fresh.delivery_figure(&again, rounds * 2),
        Figure::new("SIGTERM to exit, idle", "≤ 100 ms", stops.to_string(), stopped),
    ])
}

impl Rounds {
    async fn play(
        &mut self,
        relay: &Relay,
        discord: &isr_testkit::discord::FakeDiscord,
        id: u64,
    ) -> Result<()> {
        let mut log = LogWriter::open(relay.log(0))?;
        let (running, took) = relay.start_timed().await?;
        let text = format!("round{id}");
        log.chat("Ada", &text)?;
        self.delivered += usize::from(discord.wait_for_text(&text, PATIENCE / 6).await.is_ok());
        self.times.push(took);
        self.stops.push(running.stop().await?);
        Ok(())
    }

    fn figure(&self, what: &str, rounds: usize) -> Figure {
        let times = Quantiles::of(self.times.clone());
        let met = Met::when(times.p99() <= START_GOAL && self.delivered == rounds);
        Figure::new(what, "≤ 50 ms", times.to_string(), met).python("305 ms")
    }

    fn delivery_figure(&self, other: &Self, rounds: usize) -> Figure {
        let delivered = self.delivered + other.delivered;
        let measured = format!("{delivered} of {rounds}");
        Figure::new(
            "a line written at that moment is delivered",
            "always",
            measured,
            Met::when(delivered == rounds),
        )
        .python("9 of 40")
    }
}
