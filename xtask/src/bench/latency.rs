//! From a line's last byte in the log to the request's head at Discord, the durable commit included.
//!
//! Lines go round many servers, each with a webhook and channel of its own: no limit, ours included, holds one back.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use isr_testkit::discord::FakeDiscord;
use isr_testkit::log::LogWriter;
use tokio::time::{Instant, interval};

use super::quantiles::Quantiles;
use super::{Bench, disk, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay};

const SERVERS: u64 = 60;
const PACE: Duration = Duration::from_millis(50);
/// The goals hold on disks that sync this fast.
const QUICK_DISK: Duration = Duration::from_millis(2);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (discord, urls) = unlimited_discord(SERVERS).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let count = bench.effort.rounds(300, 60);
    let mut syncs = disk::sync_times(relay.home(), count / 2)?;
    let running = relay.start().await?;
    let mut logs = (0..urls.len())
        .map(|n| LogWriter::open(relay.log(n)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut written = Vec::with_capacity(count);
    let mut pace = interval(PACE);
    for number in 0..count {
        pace.tick().await;
        let place = number % logs.len();
        let log = &mut logs[place];
        log.chat("Ada", &format!("line{number}x"))?;
        written.push(Instant::now());
    }
    discord.wait_for_messages(count as u64, PATIENCE).await?;
    running.stop().await?;
    syncs.extend(disk::sync_times(relay.home(), count / 2)?);
    let times = Quantiles::of(times(&discord, &written)?);
    let syncs = Quantiles::of(syncs);
    let quick = syncs.p99() <= QUICK_DISK;
    let in_time = times.median() <= Duration::from_millis(3) && times.p99() <= Duration::from_millis(10);
    let met = if quick { Met::when(in_time) } else { Met::Told };
    let disk = if quick {
        ""
    } else {
        " (the goals do not hold: p99 above 2 ms)"
    };
    Ok(vec![
        Figure::new(
            "line written to request received, commit included",
            "p50 ≤ 3 ms, p99 ≤ 10 ms",
            times.to_string(),
            met,
        )
        .python("44 ms, 101 ms"),
        Figure::told(
            "fdatasync of the same disk in the same run",
            format!("{syncs}{disk}"),
        ),
    ])
}

fn times(discord: &FakeDiscord, written: &[Instant]) -> Result<Vec<Duration>> {
    let heads: HashMap<u64, Instant> = discord
        .requests()
        .iter()
        .map(|request| (request.seq, request.at))
        .collect();
    let messages = discord.messages();
    let time = |(number, written): (usize, &Instant)| {
        let text = format!("line{number}x");
        let message = messages.iter().find(|message| message.text.ends_with(&text));
        let head = message.and_then(|message| heads.get(&message.request));
        // A head read before the writer took its own time is an arrival without delay.
        head.map(|head| head.saturating_duration_since(*written))
            .with_context(|| format!("{text} did not arrive"))
    };
    written.iter().enumerate().map(time).collect()
}
