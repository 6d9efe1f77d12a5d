//! From the file to the durable outbox, beside a bare loop that inserts the same bytes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use isr_testkit::log::LogWriter;
use isr_testkit::log::lines::Stamp;
use isr_testkit::log::numbered;
use isr_testkit::log::traffic::{Shares, Traffic};
use isr_testkit::rng::Rng;
use rusqlite::{Connection, params};

use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay};

const LINES: usize = 200_000;
/// Rows in one transaction of the bare loop.
const TRANSACTION: usize = 256;
const RATE_GOAL: f64 = 80_000.0;
const RATIO_GOAL: f64 = 0.5;

/// A log of which 60 % are events, and what each of them becomes in the outbox.
struct Load {
    log: String,
    rendered: Vec<String>,
}

struct Round {
    lines_per_s: f64,
    rows_per_s: f64,
    bare_rows_per_s: f64,
    resident_mib: f64,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let load = Load::new();
    let mut rounds = Vec::new();
    for _ in 0..bench.effort.rounds(5, 1) {
        rounds.push(play(bench, &load).await?);
    }
    let middle = |value: fn(&Round) -> f64| spread(rounds.iter().map(value).collect());
    let (lines_per_s, rows_per_s) = (
        middle(|round| round.lines_per_s),
        middle(|round| round.rows_per_s),
    );
    let (bare, ratio) = (
        middle(|round| round.bare_rows_per_s),
        middle(|round| round.rows_per_s / round.bare_rows_per_s),
    );
    let resident = middle(|round| round.resident_mib);
    Ok(vec![
        Figure::new(
            "file to durable outbox, 60 % events",
            "≥ 80,000 lines/s",
            format!(
                "{:.0} lines/s, from {:.0} to {:.0} ({:.0} rows/s)",
                lines_per_s.median, lines_per_s.least, lines_per_s.most, rows_per_s.median
            ),
            Met::when(lines_per_s.median >= RATE_GOAL),
        ),
        Figure::new(
            "the same in rows/s, relative to a bare loop of 256 rows a transaction",
            "≥ 0.5",
            format!(
                "{:.2}, from {:.2} to {:.2} (bare loop: {:.0} rows/s)",
                ratio.median, ratio.least, ratio.most, bare.median
            ),
            Met::when(ratio.median >= RATIO_GOAL),
        ),
        Figure::told(
            "resident with that backlog of 200,000 lines waiting",
            format!("{:.1} MiB", resident.median),
        ),
    ])
}

/// The middle of several rounds, and their ends: rounds differ with the disk.
#[derive(Debug, Clone, Copy)]
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    Spread {
        least: at(0),
        median: at(values.len() / 2),
        most: at(values.len().saturating_sub(1)),
    }
}

impl Load {
    fn new() -> Self {
        let shares = Shares {
            numbered: 60,
            comings: 0,
            mischief: 0,
        };
        let mut traffic = Traffic::new(0, 0, shares, &Rng::new(6));
        let stamp = Stamp::from_unix(now_unix());
        let (mut log, mut rendered) = (String::new(), Vec::new());
        for _ in 0..LINES {
            let entry = traffic.entry(stamp);
            log += &entry.line;
            log.push('\n');
            let render = |id| format!("💬 **{}**: {}", numbered::player(0, id), numbered::payload(0, id));
            rendered.extend(entry.id.map(render));
        }
        Self { log, rendered }
    }
}

fn now_unix() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}

async fn play(bench: &Bench, load: &Load) -> Result<Round> {
    let (discord, urls) = unlimited_discord(1).await?;
    discord.refuse_connections().await;
    let relay = Relay::new(&bench.program, &urls)?;
    let running = relay.start().await?;
    let mut log = LogWriter::open(relay.log(0))?;
    let rows = load.rendered.len();
    let begun = Instant::now();
    log.raw(load.log.as_bytes())?;
    running
        .wait_for_metric("factorio_isr_outbox_rows", rows as u64, PATIENCE)
        .await?;
    let took = begun.elapsed();
    let resident_mib = running.vitals()?.resident_kib as f64 / 1024.0;
    running.stop().await?;
    let bare = bare_loop(relay.home(), &load.rendered)?;
    let per_s = |count: usize, time: Duration| count as f64 / time.as_secs_f64();
    Ok(Round {
        lines_per_s: per_s(LINES, took),
        rows_per_s: per_s(rows, took),
        bare_rows_per_s: per_s(rows, bare),
        resident_mib,
    })
}

/// The least that any program would do to keep these rows: one table, no index, the same durability.
fn bare_loop(folder: &Path, rendered: &[String]) -> Result<Duration> {
    let mut database = Connection::open(folder.join("bare.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch(
        "CREATE TABLE row (seq INTEGER PRIMARY KEY, server TEXT, kind TEXT, text TEXT) STRICT",
    )?;
    let begun = Instant::now();
    for part in rendered.chunks(TRANSACTION) {
        let transaction = database.transaction()?;
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO row (server, kind, text) VALUES (?1, ?2, ?3)")?;
            for text in part {
                insert.execute(params!["s0", "chat", text])?;
            }
        }
        transaction.commit()?;
    }
    Ok(begun.elapsed())
}
