//! One module a command. Each returns an [`Exit`]; printing to people happens here and nowhere below.
//!
//! Owns the choice of command and runtime. Fails where the surroundings of the process cannot be read or no runtime
//! can be made.

pub mod audit;
pub mod census;
pub mod check;
pub mod completions;
mod daemon;
pub mod demo;
pub mod doctor;
mod following;
pub mod healthcheck;
pub mod init;
pub mod lines;
pub mod maintenance;
pub mod noted;
pub mod outbox;
pub mod parse;
pub mod patterned;
pub mod rcon;
pub mod replay;
mod rights;
pub mod run;
pub mod servers;
pub mod stats;
pub mod unknown;
pub mod watches;

use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cli::{Cli, Command, GlobalOptions, StatsCommand};
use crate::config::{self, Loaded, Overrides, Refused, Surroundings};

/// How the program ends (design: 0 clean, 2 usage, 78 configuration or state refused, 1 anything else).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Clean,
    /// Something failed while running.
    Failed,
    /// The command line was wrong.
    Usage,
    /// The configuration or the state folder was refused; the reasons were printed.
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Refused => 78,
        })
    }
}

/// Threads for asynchronous work: the lanes and the HTTP endpoint wait most of the time.
const WORKERS: usize = 2;

/// Runs what was typed.
///
/// # Errors
/// When the surroundings of the process cannot be read or no runtime can be made.
pub fn dispatch(cli: Cli) -> Result<Exit> {
    let global = cli.global;
    Ok(match cli.command.unwrap_or(Command::Run) {
        Command::Run => on_runtime(run::run(surroundings()?, overrides(&global)))?,
        Command::Check => check::run(load(&global)?),
        Command::Init(options) => on_runtime(init::run(options, surroundings()?))?,
        Command::Doctor(options) => on_runtime(doctor::run(options, load(&global)?))?,
        Command::Parse(options) => parse::run(&options),
        Command::Replay(options) => {
            let loaded = load_for_file(&global, &options.file)?;
            on_runtime(replay::run(options, loaded))?
        }
        Command::Demo(options) => on_runtime(demo::run(&options))?,
        Command::Outbox(command) => outbox::run(&command, load(&global)?),
        Command::Audit(options) => audit::run(&options, load(&global)?),
        Command::Maintenance(command) => maintenance::run(&command, load(&global)?),
        Command::Watches(options) => watches::run(&options, load(&global)?),
        Command::Stats(options) => match &options.command {
            None => stats::run(&options, load(&global)?),
            Some(StatsCommand::Unknown { server }) => unknown::run(server.as_deref(), load(&global)?),
            Some(StatsCommand::Forget { player }) => stats::forget(player, load(&global)?),
        },
        Command::Rcon(options) => on_runtime(rcon::run(&options, load(&global)?))?,
        Command::Status(options) => on_runtime(servers::status(&options, load(&global)?))?,
        Command::Players(options) => on_runtime(servers::players(&options, load(&global)?))?,
        Command::Healthcheck => health(load(&global)?),
        Command::Completions { shell } => completions::run(shell),
    })
}

fn load(global: &GlobalOptions) -> Result<Result<Loaded, Refused>> {
    Ok(config::load(&surroundings()?, &overrides(global)))
}

/// For a command that was given its log: where the configuration alone does not suffice, that log completes it.
fn load_for_file(global: &GlobalOptions, file: &Path) -> Result<Result<Loaded, Refused>> {
    let surroundings = surroundings()?;
    let configured = config::load(&surroundings, &overrides(global));
    if configured.is_ok() {
        return Ok(configured);
    }
    let with_file = Overrides {
        log_path: Some(file.to_string_lossy().into_owned()),
        ..overrides(global)
    };
    Ok(config::load(&surroundings, &with_file).or(configured))
}

fn surroundings() -> Result<Surroundings> {
    Surroundings::of_process().context("cannot tell the working folder: does it still exist?")
}

fn overrides(global: &GlobalOptions) -> Overrides {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Overrides {
        config: global.config.as_deref().map(text),
        state_dir: global.state_dir.as_deref().map(text),
        log_level: global.log_level.clone(),
        log_format: global.log_format.clone(),
        ..Overrides::default()
    }
}

fn on_runtime<F: Future<Output = Exit>>(work: F) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("async")
        .enable_all()
        .build()
        .context("cannot start the runtime: are there threads and descriptors left?")?;
    let exit = runtime.block_on(work);
    // A blocking thread that hangs (a lookup of a host name, for example) may not hold up the end.
    runtime.shutdown_background();
    Ok(exit)
}

/// Any port of the daemon will do when its configuration is broken: it could not have started with it.
fn health(loaded: Result<Loaded, Refused>) -> Exit {
    match loaded {
        Ok(loaded) => healthcheck::run(&loaded.config.health.host.to_string(), loaded.config.health.port),
        Err(refused) => refuse(&refused),
    }
}

/// Prints to standard output. That the reader went away (`| head`) is no error.
fn show(text: &str) {
    show_bytes(text.as_bytes());
}

/// The same for bytes.
fn show_bytes(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    let _the_reader_may_be_gone = out.write_all(bytes).and_then(|()| out.flush());
}

/// Says on standard error why a command cannot begin: its standard output may be read by a program.
#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn refuse(refused: &Refused) -> Exit {
    eprintln!("factorio-isr: {refused}");
    for note in &refused.notes {
        eprintln!("\nnote: {note}");
    }
    Exit::Refused
}

/// Prints an unexpected error with all its causes.
#[expect(
    clippy::print_stderr,
    reason = "the last resort, when nothing else can report"
)]
pub fn complain(error: &anyhow::Error) {
    eprintln!("factorio-isr: {error:#}");
}
