//! `cargo xtask bench`: the figures of the issue, measured on the release binary over real sockets and a real disk.
//!
//! Owns the order of the measurements and the final table. The measuring process has to be optimised itself: a debug
//! build of this command starts a release build of itself. A measurement that fails is a row that says so.

mod bot;
mod burst;
mod disk;
mod footprint;
mod grammar;
mod latency;
mod noise;
mod outbox;
mod patterns;
mod quantiles;
mod rcon;
mod reload;
mod start;
mod statistics;
mod surroundings;

use std::future::Future;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use isr_testkit::discord::{FakeDiscord, Limits};

use crate::figures::{self, BenchResult, Figure, Met};
use crate::program::{self, Build};
use crate::{block_on, shell};

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Fewer rounds: a look, not a record. The document is not changed.
    #[arg(long)]
    quick: bool,
    /// Only the measurements whose name contains this. The document is not changed.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// The date to note with the figures [default: today].
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Measure this program instead of building one. The document is not changed.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// How thorough a measurement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    Quick,
    Full,
}

impl Effort {
    /// So many rounds, or so many when quick.
    const fn rounds(self, full: usize, quick: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
    }
}

/// What every measurement needs.
#[derive(Debug)]
struct Bench {
    program: PathBuf,
    effort: Effort,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    let program = program::locate(options.program.as_ref(), Build::Release)?;
    let effort = if options.quick {
        Effort::Quick
    } else {
        Effort::Full
    };
    block_on(measure(
        &Bench {
            program: program.path(),
            effort,
        },
        options,
    ))
}

/// The same command line, in a release build of this program.
fn run_optimised() -> Result<()> {
    println!("building the benchmarks with optimisation …");
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let before = ["cargo", "run", "--quiet", "--release", "--package", "xtask", "--"];
    shell::run_words(&before, arguments.iter().map(AsRef::as_ref), "")
}

async fn measure(bench: &Bench, options: &Options) -> Result<()> {
    let surroundings = surroundings::describe(options.date.as_deref());
    let mut table = Table {
        figures: Vec::new(),
        only: options.only.clone(),
    };
    table.add("start", start::measure(bench)).await;
    table.add("latency", latency::measure(bench)).await;
    table.add("burst", burst::measure(bench)).await;
    table.add("noise", noise::measure(bench)).await;
    table.add("grammar", async { grammar::measure() }).await;
    table.add("patterns", async { patterns::measure() }).await;
    table.add("outbox", outbox::measure(bench)).await;
    table.add("reload", reload::measure(bench)).await;
    table.add("stats", statistics::measure(bench)).await;
    table.add("rcon", rcon::measure(bench)).await;
    table.add("bot", bot::measure(bench)).await;
    table.add("bot idle", bot::idle(bench)).await;
    table.add("idle", footprint::idle(bench)).await;
    table.add("size", async { footprint::size(bench) }).await;
    table.add("million", footprint::million_rows(bench)).await;
    for line in &surroundings {
        println!("{line}");
    }
    table.print();
    if is_a_record(options) {
        figures::save(&BenchResult {
            surroundings,
            figures: table.figures.clone(),
        })?;
        figures::publish()?;
        println!("docs/performance.md is up to date.");
    }
    let missed: Vec<_> = table
        .figures
        .iter()
        .filter(|figure| figure.met == Met::No)
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    bail!(
        "{} goal(s) missed: {}",
        missed.len(),
        missed
            .iter()
            .map(|f| f.what.as_str())
            .collect::<Vec<_>>()
            .join("; ")
    )
}

/// Only a whole run of what this source builds goes into the document.
const fn is_a_record(options: &Options) -> bool {
    !options.quick && options.only.is_none() && options.program.is_none()
}

/// The rows so far.
struct Table {
    figures: Vec<Figure>,
    only: Option<String>,
}

impl Table {
    async fn add(&mut self, name: &str, measuring: impl Future<Output = Result<Vec<Figure>>>) {
        if self
            .only
            .as_ref()
            .is_some_and(|only| !name.contains(only.as_str()))
        {
            return;
        }
        let begun = Instant::now();
        println!("measuring: {name} …");
        let figures = measuring.await.unwrap_or_else(|error| {
            println!("  failed: {error:#}");
            vec![Figure::new(name, "can be measured", "failed".to_owned(), Met::No)]
        });
        for figure in &figures {
            println!("  {}: {} (goal: {})", figure.what, figure.measured, figure.goal);
        }
        println!("  done in {} s", begun.elapsed().as_secs());
        self.figures.extend(figures);
    }

    fn print(&self) {
        println!(
            "\n{:<62}  {:<24}  {:<44}  {:<18}  met",
            "what", "goal", "measured", "Python program"
        );
        for Figure {
            what,
            goal,
            measured,
            python,
            met,
        } in &self.figures
        {
            let met = match met {
                Met::Yes => "yes",
                Met::No => "NO",
                Met::Told => "",
            };
            println!("{what:<62}  {goal:<24}  {measured:<44}  {python:<18}  {met}");
        }
    }
}

/// A Discord that never limits, with so many webhooks, and their addresses.
async fn unlimited_discord(webhooks: u64) -> Result<(FakeDiscord, Vec<String>)> {
    let discord = FakeDiscord::start().await?;
    discord.set_limits(Limits::none());
    let urls = (1..=webhooks).map(|id| discord.url(id)).collect();
    Ok((discord, urls))
}
