//! `factorio-isr demo`: a simulated server writes a log, the real pipeline relays it to this terminal.
//!
//! Owns the stage around [`DemoServer`]: a temporary folder, a configuration, a summary. Nothing of the person's own
//! files, state or port is touched. Fails where no temporary folder can be made.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Exit;
use crate::cli::DemoOptions;
use crate::config::{self, LogFormat, LogLevel, Overrides, Surroundings};
use crate::demo_server::DemoServer;
use crate::logging::{self, LogStream};
use crate::relay::Relay;

/// The relay is given so long to show the last lines.
const LAST_LINES: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Shows the demo.
pub async fn run(options: &DemoOptions) -> Exit {
    logging::start(LogLevel::Warning, LogFormat::Console, LogStream::Stderr);
    let stage = match Stage::new() {
        Ok(stage) => stage,
        Err(error) => return failed(&format!("no temporary folder: {error}")),
    };
    match show(options, &stage.folder).await {
        Ok(()) => Exit::Clean,
        Err(error) => failed(&error),
    }
}

#[expect(clippy::print_stderr, reason = "the person who typed the command reads it")]
fn failed(why: &str) -> Exit {
    eprintln!("factorio-isr demo: {why}");
    Exit::Failed
}

async fn show(options: &DemoOptions, folder: &Path) -> Result<(), String> {
    let log = folder.join("console.log");
    let surroundings = Surroundings::empty(folder)
        .with_variable("FACTORIO_LOG_PATH", log.to_string_lossy())
        .with_variable("FACTORIO_ISR_STATE_DIR", folder.join("state").to_string_lossy())
        .with_variable("HEALTH_CHECK_HOST", "127.0.0.1")
        .with_variable("HEALTH_CHECK_PORT", "0");
    let overrides = Overrides {
        config: options
            .language
            .as_deref()
            .map(|language| configured(folder, language))
            .transpose()?,
        ..Overrides::default()
    };
    let loaded = config::load(&surroundings, &overrides).map_err(|refused| refused.to_string())?;
    let relay = Relay::start(&loaded.config)
        .await
        .map_err(|error| logging::error_chain(&error))?;
    while !relay.status().is_started() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    introduce(&log, options.seconds);
    let seed = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(7);
    let written = play(&log, seed, options.seconds)
        .await
        .map_err(|error| format!("cannot write the log: {error}"))?;
    wait_for(&relay, written).await;
    let (delivered, typical) = sum_up(&relay);
    relay.stop().await;
    conclude(written, delivered, typical);
    Ok(())
}

/// Writes a configuration with that language, and gives its path. The path of a language file is taken from where the
/// person stands.
fn configured(folder: &Path, language: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot write the configuration: {error}");
    let file = Path::new(language);
    let language = if file.exists() {
        std::path::absolute(file).map_err(failed)?.display().to_string()
    } else {
        language.to_owned()
    };
    let path = folder.join("factorio-isr.yml");
    let text = format!("voice:\n  language: '{}'\n", language.replace('\'', "''"));
    std::fs::write(&path, text).map_err(failed)?;
    Ok(path.display().to_string())
}

/// Lets the server live until the time is over or Ctrl-C comes.
async fn play(log: &Path, seed: u64, seconds: u64) -> std::io::Result<u64> {
    let mut server = DemoServer::start(log, seed)?;
    let end = (seconds > 0).then(|| Instant::now() + Duration::from_secs(seconds));
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        let pause = server.happen()?;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = &mut interrupted => break,
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
    }
    server.stop()?;
    Ok(server.lines())
}

async fn wait_for(relay: &Relay, written: u64) {
    let deadline = Instant::now() + LAST_LINES;
    while delivered(relay) < written && Instant::now() < deadline {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn delivered(relay: &Relay) -> u64 {
    relay.metrics().delivered_in_all()
}

fn sum_up(relay: &Relay) -> (u64, Option<Duration>) {
    (delivered(relay), relay.metrics().mean_delivery())
}

fn introduce(log: &Path, seconds: u64) {
    let until = if seconds > 0 {
        format!("for {seconds} s")
    } else {
        "until Ctrl-C".into()
    };
    super::show(&format!(
        "A simulated Factorio server writes {} {until}.\n\
         The real pipeline reads it, stores it, and shows here what Discord would show:\n\n",
        log.display()
    ));
}

fn conclude(written: u64, delivered: u64, typical: Option<Duration>) {
    let speed = typical.map(|time| {
        format!(
            ", {:.1} ms after they were read on average",
            time.as_secs_f64() * 1000.0
        )
    });
    super::show(&format!(
        "\n{written} lines written, {delivered} messages shown{}.\n\
         Your own server: DISCORD_WEBHOOK_URL=… FACTORIO_LOG_PATH=… factorio-isr\n",
        speed.unwrap_or_default()
    ));
}

/// A folder that goes away with the demo.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    fn new() -> std::io::Result<Self> {
        let moment = Timestamp::now().as_nanosecond();
        let folder = std::env::temp_dir().join(format!("factorio-isr-demo-{}-{moment}", std::process::id()));
        std::fs::create_dir(&folder)?;
        Ok(Self { folder })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _left_behind_in_the_temporary_folder = std::fs::remove_dir_all(&self.folder);
    }
}
