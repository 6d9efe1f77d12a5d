//! `cargo xtask reconnect-storm`: a gateway that accepts and ends every connection, in each way in which it can, and the
//! real binary against it, in real time (scenario D12; the same on a paused clock is a test of isr-discord).
//!
//! Owns one program and one Discord for each way, all side by side. Lines are posted through the bot meanwhile: a gateway
//! that is away holds nothing up.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use isr_testkit::discord::FakeDiscord;
use isr_testkit::discord::gateway::{ConnectionFault, Times};
use isr_testkit::log::LogWriter;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::program::{self, Build};
use crate::relay::{PATIENCE, Relay};

/// In ten minutes.
const CONNECTS: usize = 30;
const IDENTIFIES: usize = 5;
/// A line is written so often.
const LINE_EVERY: Duration = Duration::from_secs(20);
const CHANNEL: u64 = 300_000_000_000_000_001;

/// Options of `cargo xtask reconnect-storm`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Length in minutes; the goals are those of ten.
    #[arg(long, default_value_t = 10, value_name = "N")]
    minutes: u64,
    /// Judge this program instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    use ConnectionFault as F;
    let program = program::locate(options.program.as_ref(), Build::Release)?;
    let end = Instant::now() + Duration::from_secs(options.minutes * 60);
    let mut storms = JoinSet::new();
    for fault in [
        F::CutAtOnce,
        F::RefuseHandshake(503),
        F::CloseBeforeHello(4000),
        F::CloseAfterHello(4000),
        F::CloseAtIntroduction(4009),
        F::InvalidForGood,
        F::CloseWhenJoined(4009),
        F::AskToReconnect,
    ] {
        let program = program.path();
        storms.spawn(async move { storm(fault, &program, end).await });
    }
    let mut faults = Vec::new();
    while let Some(ended) = storms.join_next().await {
        let (told, is_good) = ended.context("a storm panicked")??;
        println!("{told}");
        if !is_good {
            faults.push(told);
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("too much or too little:\n  {}", faults.join("\n  "))
}

/// One program in one kind of storm: what came of it, and whether that is within the goals.
async fn storm(fault: ConnectionFault, program: &Path, end: Instant) -> Result<(String, bool)> {
    let discord = FakeDiscord::start().await?;
    let gateway = discord.gateway().clone();
    gateway.inject(fault, Times::UntilCleared);
    let relay = Relay::new(program, &[])?;
    let log = relay.log(0);
    std::fs::create_dir_all(log.parent().context("a log has a folder")?)?;
    let mut lines = LogWriter::open(&log)?;
    let yaml = format!(
        "health: {{ host: 127.0.0.1, port: 0 }}\nbot: {{ token: {}, api: '{}' }}\nservers:\n  \
         s0: {{ log_path: '{}', game_log: off, event_channel_id: {CHANNEL} }}\n",
        gateway.token(),
        discord.api(),
        log.display()
    );
    relay.configure(yaml.as_bytes())?;
    let running = relay.start().await?;
    let mut written = 0;
    while Instant::now() < end {
        let text = format!("line{written}x");
        lines.chat("Ada", &text)?;
        written += 1;
        let next = Instant::now() + LINE_EVERY;
        discord
            .wait_for_text(&text, PATIENCE)
            .await
            .with_context(|| format!("{fault:?}: what the game says is not posted"))?;
        // The pace of the lines, not a wait for anything.
        sleep_until(next.min(end)).await;
    }
    let (connects, identifies) = gateway.look(|seen| (seen.connects.len(), seen.identifies.len()));
    running.stop().await?;
    let broken = discord.violations().len() + gateway.look(|seen| seen.violations.len());
    let told = format!(
        "{fault:?}: {connects} connects, {identifies} identifies, {written} lines posted, {broken} rules broken"
    );
    Ok((
        told,
        connects <= CONNECTS && identifies <= IDENTIFIES && broken == 0,
    ))
}
