//! Development commands: the whole check, benchmarks, soak, kill loop, fuzzing, the configuration's schema.
//!
//! Owns what a developer or CI calls by `cargo xtask …`. Nothing of it is shipped. A command that fails, or whose
//! verdict is bad, ends with code 1.

#![expect(
    clippy::print_stdout,
    reason = "these commands talk to the person who typed them"
)]

mod bench;
mod bot_soak;
mod ci;
mod commands;
mod figures;
mod fuzz;
mod judge;
mod judged;
mod kill_loop;
mod openapi;
mod pictures;
mod program;
mod rcon_peers;
mod reconnect_storm;
mod rehearsal;
mod relay;
mod reload_load;
mod schema;
mod shell;
mod soak;
mod stage;
mod trouble;

use std::future::Future;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Development commands of factorio-isr.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the tests need, then everything that must pass: format, lints, tests, docs, licences, smokes.
    Ci,
    /// Measure the release binary against a fake Discord and write the table of docs/performance.md.
    Bench(bench::Options),
    /// Run the real binary under random faults, then judge: nothing lost, invented, spoilt or out of order.
    Soak(soak::Options),
    /// The same for the bot with a hundred games: faults of gateway, API and RCON while both sides talk.
    BotSoak(bot_soak::Options),
    /// A gateway that ends every connection, for ten minutes of real time: how often the real binary connects (D12).
    ReconnectStorm(reconnect_storm::Options),
    /// Kill the real binary at random instants while its log grows, again and again, then judge (scenario F01).
    KillLoop(kill_loop::Options),
    /// Reload the real binary's configuration again and again, half of them broken, while lines pour in, then judge.
    ReloadLoad(reload_load::Options),
    /// Run every fuzz target with cargo-fuzz on the nightly toolchain.
    Fuzz(fuzz::Options),
    /// Install RCON servers and clients that others wrote, and let them talk to factorio-rcon in both directions.
    RconPeers,
    /// Draw docs/pictures: what Discord shows of this program.
    Pictures(pictures::Options),
    /// Hold what the program and the fake Discord say to each other against a description of Discord's API.
    ValidateTraffic(openapi::Options),
    /// Rewrite docs/commands.md from the list of commands.
    Commands,
    /// Rewrite docs/factorio-isr.schema.json from the configuration's types.
    Schema,
    /// Write docs/performance.md from the last results of bench, soak and kill-loop, and print it.
    Figures,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Ci => ci::run(),
        Command::Bench(options) => bench::run(&options),
        Command::Soak(options) => block_on(soak::run(&options)),
        Command::BotSoak(options) => block_on(bot_soak::run(&options)),
        Command::ReconnectStorm(options) => block_on(reconnect_storm::run(&options)),
        Command::KillLoop(options) => block_on(kill_loop::run(&options)),
        Command::ReloadLoad(options) => block_on(reload_load::run(&options)),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::RconPeers => rcon_peers::run(),
        Command::Pictures(options) => block_on(pictures::run(&options)),
        Command::ValidateTraffic(options) => block_on(openapi::run(&options)),
        Command::Commands => commands::run(),
        Command::Schema => schema::run(),
        Command::Figures => figures::publish().map(|text| println!("{text}")),
    }
}

/// Runs a command that needs sockets and timers.
fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the runtime")?
        .block_on(work)
}
