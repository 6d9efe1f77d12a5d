//! The program under test with a configuration, and one run of it.
//!
//! Owns its folders, its configuration file and its addresses. Must not know faults, nor what is measured. Fails when
//! the program does not start as it should.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use isr_testkit::http;
use isr_testkit::process::{Daemon, DaemonCommand, Vitals};

/// The longest that anything is waited for which takes milliseconds when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The name of the database's write-ahead log in the state folder.
const WAL: &str = "outbox.db-wal";

/// The program, ready to be started again and again with the same state.
#[derive(Debug, Clone)]
pub(crate) struct Relay {
    command: DaemonCommand,
}

impl Relay {
    /// One server for each webhook, named `s0`, `s1` …, each with a log of its own that is read from its beginning.
    pub(crate) fn new(program: &Path, webhooks: &[String]) -> Result<Self> {
        let command = DaemonCommand::new(program).context("make the folders of the program under test")?;
        let relay = Self {
            command: command.env("LOG_FORMAT", "json").keep_lines(20_000),
        };
        let mut yaml = "health: { host: 127.0.0.1, port: 0 }\nservers:\n".to_owned();
        for number in 0..webhooks.len() {
            let log = relay.log(number);
            fs::create_dir_all(log.parent().unwrap_or(&log))?;
            fs::write(&log, "")?;
            writeln!(
                yaml,
                "  s{number}: {{ log_path: '{}', game_log: off, start: beginning, webhook: h{number} }}",
                log.display()
            )?;
        }
        yaml.push_str("webhooks:\n");
        for (number, url) in webhooks.iter().enumerate() {
            writeln!(yaml, "  h{number}: {url}")?;
        }
        fs::write(relay.command.work_dir().join("factorio-isr.yml"), yaml)?;
        Ok(relay)
    }

    /// The log of a server.
    pub(crate) fn log(&self, server: usize) -> PathBuf {
        self.command
            .home()
            .join(format!("server{server}"))
            .join("console.log")
    }

    /// Puts another configuration in place of the one that is there, as editors do it.
    pub(crate) fn configure(&self, yaml: &[u8]) -> Result<()> {
        let file = self.command.work_dir().join("factorio-isr.yml");
        let fresh = file.with_extension("fresh");
        fs::write(&fresh, yaml)?;
        Ok(fs::rename(fresh, file)?)
    }

    /// Where the program keeps its state.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.command.state_dir()
    }

    /// The folder of everything, on the disk that is measured.
    pub(crate) fn home(&self) -> &Path {
        self.command.home()
    }

    /// Where the program runs and finds its configuration.
    pub(crate) fn work_dir(&self) -> PathBuf {
        self.command.work_dir()
    }

    /// Size of the write-ahead log, in bytes; 0 while there is none.
    pub(crate) fn wal_bytes(&self) -> u64 {
        fs::metadata(self.state_dir().join(WAL)).map_or(0, |wal| wal.len())
    }

    /// Starts the program and waits for nothing.
    pub(crate) fn spawn(&self) -> Result<Daemon> {
        Ok(self.command.spawn()?)
    }

    /// Starts the program and waits until `/health` answers 200.
    pub(crate) async fn start(&self) -> Result<Running> {
        let daemon = self.spawn()?;
        let line = daemon.wait_for_line("http_listening", PATIENCE).await?;
        let port =
            port_of(&line.text).with_context(|| format!("no port in the program's line {}", line.text))?;
        let running = Running {
            daemon,
            base: format!("http://127.0.0.1:{port}"),
        };
        running
            .daemon
            .wait_for_answer(&running.health_url(), PATIENCE, |answer| answer.status == 200)
            .await?;
        Ok(running)
    }

    /// Starts the program on a port that is known before; gives the time from the start to the first `/health` 200.
    pub(crate) async fn start_timed(&self) -> Result<(Running, Duration)> {
        let port = http::free_port().await?;
        let command = self.command.clone().env("HEALTH_CHECK_PORT", port.to_string());
        let base = format!("http://127.0.0.1:{port}");
        let begun = Instant::now();
        let running = Running {
            daemon: command.spawn()?,
            base,
        };
        running
            .daemon
            .wait_for_answer(&running.health_url(), PATIENCE, |answer| answer.status == 200)
            .await?;
        Ok((running, begun.elapsed()))
    }
}

fn port_of(line: &str) -> Option<u64> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let port = line.get("port").or_else(|| line.get("fields")?.get("port"))?;
    port.as_u64().or_else(|| port.as_str()?.parse().ok())
}

/// The program while it runs.
#[derive(Debug)]
pub(crate) struct Running {
    /// The process.
    pub(crate) daemon: Daemon,
    base: String,
}

impl Running {
    /// The address of `/health`.
    pub(crate) fn health_url(&self) -> String {
        format!("{}/health", self.base)
    }

    /// The sum of a metric over all its labels; 0 when it does not exist (yet).
    pub(crate) async fn metric(&self, name: &str) -> Result<u64> {
        let answer = http::get(&format!("{}/metrics", self.base), PATIENCE).await?;
        let value = |line: &str| {
            let rest = line
                .strip_prefix(name)
                .filter(|rest| rest.starts_with([' ', '{']))?;
            rest.rsplit(' ').next()?.parse::<f64>().ok()
        };
        // Counters and gauges of this program are whole numbers far below 2^53.
        Ok(answer.body.lines().filter_map(value).sum::<f64>().max(0.0) as u64)
    }

    /// Waits until a metric has reached this value.
    pub(crate) async fn wait_for_metric(&self, name: &str, least: u64, deadline: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            let value = self.metric(name).await?;
            if value >= least {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < deadline,
                "{name} is {value} after {deadline:?}, not {least}"
            );
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    /// Its figures from `/proc`.
    pub(crate) fn vitals(&self) -> Result<Vitals> {
        Ok(self.daemon.vitals()?)
    }

    /// Stops it by SIGTERM; it has to end with code 0. Gives the time from the signal to the end.
    pub(crate) async fn stop(self) -> Result<Duration> {
        let begun = Instant::now();
        self.end().await?;
        Ok(begun.elapsed())
    }

    /// The same, for who reads afterwards what it logged.
    pub(crate) async fn end(self) -> Result<Daemon> {
        let status = self.daemon.terminate(PATIENCE).await?;
        ensure!(
            status.success(),
            "after SIGTERM the program ended with {status}:\n{}",
            self.daemon.text()
        );
        Ok(self.daemon)
    }
}
