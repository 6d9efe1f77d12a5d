//! `stats --since 30d` over ten million rows of counts, and what a row costs on the disk.
//!
//! Owns the database that it fills. The program makes the tables; the rows are written behind its back.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use isr_testkit::log::LogWriter;
use isr_testkit::rng::Rng;
use rusqlite::Connection;

use super::quantiles::Quantiles;
use super::{Bench, unlimited_discord};
use crate::figures::{Figure, Met};
use crate::relay::{PATIENCE, Relay};

const ROWS: u64 = 10_000_000;
const DAYS: u64 = 400;
const PLAYERS: u64 = 5000;
const KINDS: u64 = 20;
const DETAILS: u64 = 100;
const GOAL: Duration = Duration::from_secs(1);
const MOST_BYTES: f64 = 60.0;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (discord, urls) = unlimited_discord(1).await?;
    let relay = Relay::new(&bench.program, &urls)?;
    let mut log = LogWriter::open(relay.log(0))?;
    let running = relay.start().await?;
    log.join("Ann")?;
    // Stopped earlier, the program would not know the server yet.
    discord.wait_for_text("Ann", PATIENCE).await?;
    running.stop().await?;
    let database = relay.state_dir().join("outbox.db");
    let rows = ROWS / bench.effort.rounds(1, 20) as u64;
    let bytes = fill(&database, rows)? as f64 / rows as f64;
    let mut times = Vec::new();
    for _ in 0..bench.effort.rounds(5, 3) {
        times.push(ask(&bench.program, &relay.state_dir())?);
    }
    let times = Quantiles::of(times);
    Ok(vec![
        Figure::new(
            &format!("stats --since 30d over {rows} rows of counts"),
            "≤ 1 s",
            times.to_string(),
            Met::when(times.max() <= GOAL),
        ),
        Figure::new(
            "a row of counts on the disk (one event or more)",
            "≤ 60 bytes",
            format!("{bytes:.1} bytes"),
            Met::when(bytes <= MOST_BYTES),
        ),
    ])
}

/// Fills the days with rows for which no two events fell together: the dearest case. Gives the bytes that were added.
fn fill(database: &Path, rows: u64) -> Result<u64> {
    let mut conn = Connection::open(database)?;
    let size = |conn: &Connection| -> Result<u64> {
        let pages: u32 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
        Ok(u64::from(pages) * 4096)
    };
    let before = size(&conn)?;
    let today = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
    let mut dice = Rng::new(7);
    let step = conn.transaction()?;
    {
        let mut player =
            step.prepare("INSERT INTO stat_player (player, server, name, last_hour) VALUES (?1, 1, ?2, ?3)")?;
        for number in 0..PLAYERS {
            player.execute((
                column(number + 1000),
                format!("player-{number}"),
                column(today * 24),
            ))?;
        }
        let mut word = step.prepare("INSERT INTO stat_word (word, text) VALUES (?1, ?2)")?;
        for number in 0..KINDS + DETAILS {
            word.execute((column(number + 1000), format!("word-{number}")))?;
        }
        let mut row = step.prepare("INSERT OR IGNORE INTO day_count VALUES (?1, 1, ?2, ?3, ?4, ?5)")?;
        for number in 0..rows {
            let day = today + 1 - DAYS + number * DAYS / rows;
            let detail = if dice.below(3) == 0 {
                1000 + KINDS + dice.below(DETAILS)
            } else {
                0
            };
            let key = (
                day,
                1000 + dice.below(PLAYERS),
                1000 + dice.below(KINDS),
                detail,
                1 + dice.below(50),
            );
            row.execute([key.0, key.1, key.2, key.3, key.4].map(column))?;
        }
    }
    step.commit()?;
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(size(&conn)?.saturating_sub(before))
}

/// A number as a column.
fn column(number: u64) -> i64 {
    number.cast_signed()
}

fn ask(program: &Path, state: &Path) -> Result<Duration> {
    let begun = Instant::now();
    let ended = Command::new(program)
        .args(["stats", "--since", "30d", "--format", "json"])
        .env("FACTORIO_ISR_STATE_DIR", state)
        .env("FACTORIO_LOG_PATH", "console.log")
        .stdout(Stdio::null())
        .status()
        .context("cannot run the program")?;
    ensure!(ended.success(), "stats failed");
    Ok(begun.elapsed())
}
