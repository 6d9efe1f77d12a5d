//! What the program costs while nothing happens, its size, and how it copes with a million waiting rows.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use isr_testkit::log::LogWriter;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::quantiles::ms;
use super::{Bench, Effort, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay, Running};

const MIB: f64 = 1024.0 * 1024.0;

/// Resident memory, processor time and wake-ups without work.
pub(super) async fn idle(bench: &Bench) -> Result<Vec<Figure>> {
    let (discord, urls) = unlimited_discord(1).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let running = relay.start().await?;
    LogWriter::open(relay.log(0))?.chat("Ada", "the only line")?;
    discord.wait_for_text("the only line", PATIENCE).await?;
    let rest = rest(&running, bench.effort).await?;
    running.stop().await?;
    Ok(vec![
        Figure::new(
            "idle: resident",
            "≤ 20 MiB, charts included",
            rest.memory(),
            Met::when(rest.resident <= 20.0),
        )
        .python("37.8 MiB"),
        Figure::new(
            "idle: share of a core",
            "≤ 0.1 %",
            rest.processor(),
            Met::when(rest.share <= 0.1),
        ),
        Figure::new(
            "idle: wake-ups",
            "≤ 2 per s",
            format!("{:.2} per s", rest.wakeups),
            Met::when(rest.wakeups <= 2.0),
        )
        .python("10 per s"),
    ])
}

/// What the program takes while nothing happens.
pub(super) struct Rest {
    /// MiB.
    pub(super) resident: f64,
    /// The part of it that is not mapped from files, MiB.
    own: f64,
    /// Per cent of a core.
    pub(super) share: f64,
    /// In a second.
    pub(super) wakeups: f64,
    /// Per cent of a core that a bare thread takes on this machine to wake up as often.
    bare: f64,
}

impl Rest {
    pub(super) fn memory(&self) -> String {
        let Self { resident, own, .. } = self;
        format!("{resident:.1} MiB, {own:.1} MiB without mapped files")
    }

    /// The share of a core, beside what the machine takes for the wake-ups alone: on one that sleeps deeply between them
    /// that is most of it.
    pub(super) fn processor(&self) -> String {
        let Self {
            share, bare, wakeups, ..
        } = self;
        format!("{share:.3} %; {bare:.3} % are {wakeups:.2} bare wake-ups per s on this machine")
    }
}

/// Watches the program come to rest, and then for a while.
pub(super) async fn rest(running: &Running, effort: Effort) -> Result<Rest> {
    // Connections, store and the threads of the start come to rest, the check of the store half a minute later, too;
    // then nothing happens for the time that is measured.
    let wakeup = spawn_blocking(move || bare_wakeup(effort.rounds(45, 15))).await??;
    // Long enough for what happens twice a minute to count as often as it does.
    let time = Duration::from_secs(effort.rounds(60, 10) as u64);
    let before = threads(running)?;
    sleep(time).await;
    let (after, vitals) = (threads(running)?, running.vitals()?);
    let Thread {
        processor_time,
        sleeps,
    } = difference(&before, &after)?;
    let wakeups = sleeps as f64 / time.as_secs_f64();
    Ok(Rest {
        resident: vitals.resident_kib as f64 / 1024.0,
        own: vitals.own_kib as f64 / 1024.0,
        share: processor_time.as_secs_f64() / time.as_secs_f64() * 100.0,
        wakeups,
        bare: wakeup.as_secs_f64() * wakeups * 100.0,
    })
}

/// What one wake-up costs here: a thread that sleeps a second, looks at a file and sleeps again, for so many seconds.
fn bare_wakeup(seconds: usize) -> Result<Duration> {
    let used = || processor_time(Path::new("/proc/thread-self"));
    let before = used()?;
    for _ in 0..seconds {
        std::thread::sleep(Duration::from_secs(1));
        fs::metadata("/proc/thread-self/exe")?;
    }
    Ok((used()? - before) / u32::try_from(seconds)?)
}

/// What a thread has used since its start, in the scheduler's nanoseconds: the usual counters tick a hundred times a
/// second, too coarse for an idle program.
fn processor_time(thread: &Path) -> Result<Duration> {
    let times = fs::read_to_string(thread.join("schedstat"))?;
    let first = times
        .split_whitespace()
        .next()
        .and_then(|first| first.parse().ok());
    Ok(Duration::from_nanos(first.context("a thread without times")?))
}

/// What one thread has used since its start.
#[derive(Debug, Clone, Copy, Default)]
struct Thread {
    processor_time: Duration,
    /// Times that it went to sleep by itself: each is a wake-up later.
    sleeps: u64,
}

/// The living threads of the program.
fn threads(running: &Running) -> Result<BTreeMap<OsString, Thread>> {
    let mut threads = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{}/task", running.daemon.pid()))? {
        let entry = entry?;
        let status = fs::read_to_string(entry.path().join("status"))?;
        let sleeps = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok());
        let thread = Thread {
            processor_time: processor_time(&entry.path())?,
            sleeps: sleeps.context("a thread without switches")?,
        };
        threads.insert(entry.file_name(), thread);
    }
    Ok(threads)
}

/// What all threads used between two moments. One that ended takes its figures along, so none may.
fn difference(before: &BTreeMap<OsString, Thread>, after: &BTreeMap<OsString, Thread>) -> Result<Thread> {
    ensure!(
        before.keys().all(|id| after.contains_key(id)),
        "a thread ended while the idle program was watched"
    );
    let mut used = Thread::default();
    for (id, now) in after {
        let then = before.get(id).copied().unwrap_or_default();
        used.processor_time += now.processor_time.saturating_sub(then.processor_time);
        used.sleeps += now.sleeps.saturating_sub(then.sleeps);
    }
    Ok(used)
}

/// Size of the shipped file.
pub(super) fn size(bench: &Bench) -> Result<Vec<Figure>> {
    let size = fs::metadata(&bench.program)?.len() as f64 / MIB;
    Ok(vec![Figure::new(
        "stripped binary",
        "≤ 16 MiB, charts included",
        format!("{size:.2} MiB"),
        Met::when(size <= 16.0),
    )])
}

/// A million rows wait for Discord when the program starts.
pub(super) async fn million_rows(bench: &Bench) -> Result<Vec<Figure>> {
    let rows: u64 = if bench.effort == Effort::Full {
        1_000_000
    } else {
        100_000
    };
    let (discord, urls) = unlimited_discord(1).await?;
    discord.refuse_connections().await;
    let relay = Relay::new(&bench.program, &urls)?;
    LogWriter::open(relay.log(0))?.numbered_many(0, 0..rows)?;
    println!("  filling the outbox with {rows} rows …");
    let filling = relay.start().await?;
    filling
        .wait_for_metric("factorio_isr_outbox_rows", rows, PATIENCE * 10)
        .await?;
    let filled = filling.vitals()?.peak_resident_kib;
    filling.stop().await?;
    discord.accept_connections().await?;
    let begun = Instant::now();
    let running = relay.start().await?;
    discord.wait_for_messages(1, PATIENCE).await?;
    let first = begun.elapsed();
    discord.wait_for_messages(8, PATIENCE).await?;
    let peak = running.vitals()?.peak_resident_kib.max(filled) as f64 / 1024.0;
    running.stop().await?;
    let what = |figure: &str| format!("{} rows waiting: {figure}", thousands(rows));
    let quick = Met::when(first <= Duration::from_secs(3));
    Ok(vec![
        Figure::new(&what("start to first delivery"), "≤ 3 s", ms(first), quick),
        Figure::new(
            &what("most resident, filling included"),
            "≤ 64 MiB",
            format!("{peak:.1} MiB"),
            Met::when(peak <= 64.0),
        ),
    ])
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            (thousands(1_000_000), thousands(100), thousands(1_234)),
            ("1,000,000".into(), "100".into(), "1,234".into())
        );
    }
}
