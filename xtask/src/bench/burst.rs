//! 500 chat lines at once under Discord's true limit: how long, how many requests, in which order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use isr_testkit::discord::{FakeDiscord, Limits};
use isr_testkit::log::LogWriter;

use super::Bench;
use super::quantiles::Quantiles;
use crate::figures::{Figure, Met};
use crate::judge::Judge;
use crate::relay::{PATIENCE, Relay};

const LINES: u64 = 500;
const TIME_GOAL: Duration = Duration::from_millis(4_500);
const REQUEST_GOAL: u64 = 13;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (mut times, mut most_requests, mut good) = (Vec::new(), 0, true);
    for _ in 0..bench.effort.rounds(5, 1) {
        let discord = FakeDiscord::start().await?;
        discord.set_limits(Limits::default());
        let judge = Arc::new(Judge::new(0, 1));
        let observing = Arc::clone(&judge);
        discord.observe(move |message| observing.accepted(message));
        let relay = Relay::new(&bench.program, &[discord.url(1)])?;
        let running = relay.start().await?;
        (0..LINES).for_each(|id| judge.wrote(0, id));
        let begun = Instant::now();
        LogWriter::open(relay.log(0))?.numbered_many(0, 0..LINES)?;
        discord.wait_for(PATIENCE, |_| judge.is_drained()).await?;
        times.push(begun.elapsed());
        running.stop().await?;
        let report = judge.report();
        good &= report.is_clean() && report.dup == 0 && discord.counters().rate_limited == 0;
        most_requests = most_requests.max(discord.counters().requests);
    }
    let times = Quantiles::of(times);
    let met = Met::when(good && times.max() <= TIME_GOAL && most_requests <= REQUEST_GOAL);
    let order = if good {
        "in order, each once, no 429"
    } else {
        "NOT in order, once each and without 429"
    };
    let measured = format!(
        "{:.2} s at most, {most_requests} requests at most, {order}",
        times.max().as_secs_f64()
    );
    Ok(vec![
        Figure::new(
            "500 chat lines at once under 5 per 2 s",
            "≤ 4.5 s, ≤ 13 requests, in order",
            measured,
            met,
        )
        .python("252 s, 501 requests"),
    ])
}
