//! The scenery of every system test: the real binary between logs that we write and a fake Discord.
//!
//! Owns how the program is set up, started, asked and stopped. Must not know any scenario. It panics where the
//! scenery itself fails. Every stage has folders, ports and webhooks of its own, so tests run side by side; nothing
//! waits without a deadline.
//!
//! ```ignore
//! let stage = Stage::new().await;             // one server, tag `factorio`, webhook 1, environment variables only
//! let mut log = stage.log();                  // makes an empty console log
//! let running = stage.start().await;          // returns when /health says 200
//! log.numbered_many(0, 0..100).unwrap();
//! stage.wait_for_id(0, 99).await;             // a lane keeps the order: the last one there means all are there
//! running.stop().await;                       // SIGTERM, exit code 0
//! stage.judge(&[(0, 0..100)]).assert_clean_with_dup_at_most(0);
//! ```

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "each test file uses a part of it, and a scenery that cannot be built ends the test"
)]

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use isr_testkit::discord::FakeDiscord;
use isr_testkit::http::{self, Answer};
use isr_testkit::log::{LogWriter, numbered};
use isr_testkit::oracle::Oracle;
use isr_testkit::process::{Daemon, DaemonCommand, Line, Signal};
use serde_json::Value;

/// The deadline of every wait: long enough for a busy machine, never a measure of speed.
pub const SOON: Duration = Duration::from_secs(60);

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_factorio-isr");

/// The tag of the only server of [`Stage::new`], and the label of its destination.
pub const ONLY: &str = "factorio";

/// A fake Discord and a program that is set up to post there.
#[derive(Debug)]
pub struct Stage {
    /// Where the program posts.
    pub discord: FakeDiscord,
    /// How the program is started.
    pub command: DaemonCommand,
}

impl Stage {
    /// One server, set up by environment variables alone: tag [`ONLY`], webhook 1, log at [`Self::log_path`].
    pub async fn new() -> Self {
        Self::bare().await.with_only_server()
    }

    /// Sets the only server up, as [`Self::new`] does.
    #[must_use]
    pub fn with_only_server(self) -> Self {
        let (url, log) = (self.discord.url(1), self.log_path());
        self.configure(|command| {
            command
                .env("DISCORD_WEBHOOK_URL", url)
                .env("FACTORIO_LOG_PATH", log)
        })
    }

    /// Gives the program the fake's bot.
    #[must_use]
    pub fn with_bot(self) -> Self {
        let (token, api) = (self.discord.gateway().token(), self.discord.api());
        self.configure(|command| {
            command
                .env("DISCORD_BOT_TOKEN", token)
                .env("FACTORIO_ISR_DISCORD_API", api)
        })
    }

    /// Several servers (tag and webhook of each), set up by `factorio-isr.yml`. A server's log is
    /// [`Self::log_path_of`] its tag; its destination's label is in `/health` and in the labels of the metrics.
    pub async fn with_servers(servers: &[(&str, u64)]) -> Self {
        let stage = Self::bare().await;
        stage.write_servers(servers);
        stage
    }

    /// Writes the `factorio-isr.yml` of [`Self::with_servers`].
    pub fn write_servers(&self, servers: &[(&str, u64)]) {
        self.write_yaml(&self.servers_yaml(servers));
    }

    /// The section `servers:` of [`Self::with_servers`], to be written together with other sections.
    pub fn servers_yaml(&self, servers: &[(&str, u64)]) -> String {
        let entry = |(tag, webhook): &(&str, u64)| {
            let (log, url) = (self.log_path_of(tag), self.discord.url(*webhook));
            format!("  {tag}:\n    log_path: {}\n    webhook: {url}\n", log.display())
        };
        let entries: String = servers.iter().map(entry).collect();
        format!("servers:\n{entries}")
    }

    /// A fake Discord and a program that knows neither webhook nor log: for tests that configure it themselves.
    pub async fn bare() -> Self {
        Self::around(DaemonCommand::new(PROGRAM).unwrap()).await
    }

    /// As [`Self::bare`], but another program starts ours in its place (`setpriv`, `strace -D`): its words first.
    pub async fn under(words: &[&str]) -> Self {
        let (first, rest) = words.split_first().unwrap();
        let folders = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&folders)
            .map(|folder| folder.join(first))
            .find(|path| path.exists());
        Self::around(
            DaemonCommand::new(found.unwrap())
                .unwrap()
                .args(rest)
                .arg(PROGRAM),
        )
        .await
    }

    async fn around(command: DaemonCommand) -> Self {
        let discord = FakeDiscord::start().await.unwrap();
        let command = command
            .env("HEALTH_CHECK_HOST", "127.0.0.1")
            .env("HEALTH_CHECK_PORT", "0")
            .env("TZ", "UTC");
        std::fs::create_dir(command.home().join("logs")).unwrap();
        Self { discord, command }
    }

    /// Changes how the program is started: more variables, arguments or limits.
    #[must_use]
    pub fn configure(self, change: impl FnOnce(DaemonCommand) -> DaemonCommand) -> Self {
        Self {
            command: change(self.command),
            ..self
        }
    }

    /// Writes the `factorio-isr.yml` that the program finds in its working folder.
    pub fn write_yaml(&self, text: &str) {
        std::fs::write(self.command.work_dir().join("factorio-isr.yml"), text).unwrap();
    }

    /// The log of the only server.
    pub fn log_path(&self) -> PathBuf {
        self.log_path_of(ONLY)
    }

    /// The log of a server, in a folder of its own.
    pub fn log_path_of(&self, tag: &str) -> PathBuf {
        self.command.home().join("logs").join(tag).join("console.log")
    }

    /// Opens the log of the only server, and makes it when there is none.
    pub fn log(&self) -> LogWriter {
        self.log_of(ONLY)
    }

    /// Opens the log of a server, and makes it when there is none.
    pub fn log_of(&self, tag: &str) -> LogWriter {
        let path = self.log_path_of(tag);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        LogWriter::open(path).unwrap()
    }

    /// Starts the program and waits for its first 200: a line written from then on is delivered. Again after a stop or
    /// a kill: the state folder stays.
    pub async fn start(&self) -> Running {
        let running = self.start_unready().await;
        running.wait_for_health(|answer| answer.status == 200).await;
        running
    }

    /// Starts the program and waits only until it listens.
    pub async fn start_unready(&self) -> Running {
        let daemon = self.command.spawn().unwrap();
        let line = daemon.wait_for_line("http_listening", SOON).await.unwrap();
        let fields: Value = serde_json::from_str(&line.text).unwrap();
        let address = format!("http://127.0.0.1:{}", fields["port"]);
        Running { daemon, address }
    }

    /// Runs one of the other commands to its end, in the same surroundings; its exit code and all it printed.
    pub async fn typed(&self, words: &[&str]) -> (i32, String) {
        let daemon = self.command.clone().args(words).spawn().unwrap();
        let (status, text) = daemon.wait_for_exit_and_output(SOON).await.unwrap();
        (status.code().unwrap_or(-1), text)
    }

    /// Waits until Discord has the numbered line ([`numbered`]); it panics when that takes too long.
    pub async fn wait_for_id(&self, server: u16, id: u64) {
        let text = numbered::payload(server, id);
        self.discord.wait_for_text(&text, SOON).await.unwrap();
    }

    /// Waits until a message shows this text.
    pub async fn wait_for_shown(&self, text: &str) {
        self.discord.wait_for_text(text, SOON).await.unwrap();
    }

    /// Writes that a player left, and waits until Discord has one message more.
    pub async fn leaves(&self, log: &mut LogWriter, player: &str) {
        let before = self.discord.counters().messages;
        log.leave(player).unwrap();
        self.discord.wait_for_messages(before + 1, SOON).await.unwrap();
    }

    /// Compares what was written (server and numbers, all to be delivered) with what Discord has now.
    pub fn judge(&self, written: &[(u16, Range<u64>)]) -> Oracle {
        let mut oracle = Oracle::new(0);
        for (server, ids) in written {
            oracle.wrote(*server, ids.clone());
        }
        for message in self.discord.messages() {
            oracle.accepted_message(&message);
        }
        oracle
    }
}

/// A program that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub daemon: Daemon,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub address: String,
}

impl Running {
    /// Fetches `/health`, `/ready` or `/metrics`.
    pub async fn get(&self, path: &str) -> Answer {
        http::get(&format!("{}{path}", self.address), SOON).await.unwrap()
    }

    /// Waits until `/health` answers as wished.
    pub async fn wait_for_health(&self, wished: impl FnMut(&Answer) -> bool) -> Answer {
        let url = format!("{}/health", self.address);
        self.daemon.wait_for_answer(&url, SOON, wished).await.unwrap()
    }

    /// Waits until it logs a line with this text.
    pub async fn wait_for_line(&self, text: &str) -> Line {
        self.daemon.wait_for_line(text, SOON).await.unwrap()
    }

    /// Waits until `/health` names no trouble.
    pub async fn wait_until_untroubled(&self) {
        self.wait_for_health(|answer| troubles(answer).is_empty()).await;
    }

    /// Waits until `/health` names this trouble of a destination (a part of its reason).
    pub async fn wait_for_trouble(&self, destination: &str, reason: &str) -> Answer {
        let names = |answer: &Answer| {
            let troubles = troubles(answer);
            troubles
                .iter()
                .any(|(place, why)| place == destination && why.contains(reason))
        };
        self.wait_for_health(names).await
    }

    /// A metric, without its prefix `factorio_isr_`, summed over all labels; 0 when it was never counted.
    pub async fn metric(&self, name: &str) -> u64 {
        sum(&self.get("/metrics").await.body, name)
    }

    /// Waits until a metric (as [`Self::metric`] reads it) is as wished.
    pub async fn wait_for_metric(&self, name: &str, mut wished: impl FnMut(u64) -> bool) {
        let url = format!("{}/metrics", self.address);
        let answer = self
            .daemon
            .wait_for_answer(&url, SOON, |answer| wished(sum(&answer.body, name)));
        answer.await.unwrap();
    }

    /// Asks it to load its configuration anew (SIGHUP) and waits for the verdict on it.
    pub async fn reload(&self) {
        let before = self.metric("config_reloads_total").await;
        self.daemon.signal(Signal::HUP).unwrap();
        self.wait_for_metric("config_reloads_total", |reloads| reloads > before)
            .await;
    }

    /// Asks it to stop (SIGTERM) and expects a clean end.
    pub async fn stop(self) {
        let status = self.daemon.terminate(SOON).await.unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.daemon.text());
    }

    /// Kills it (SIGKILL).
    pub async fn kill(self) {
        self.daemon.kill().await.unwrap();
    }
}

/// Waits until something outside of the program that nobody tells of is so.
pub async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(SOON, wait).await;
    assert!(waited.is_ok(), "it did not come so far that {what}");
}

/// The troubles that `/health` names: the server's tag or the destination's label (empty for the program itself), and
/// the reason.
pub fn troubles(answer: &Answer) -> Vec<(String, String)> {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |trouble: &Value, name: &str| trouble[name].as_str().unwrap_or_default().to_owned();
    let list = body["troubles"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|trouble| {
            (
                text(trouble, "server") + &text(trouble, "destination"),
                text(trouble, "reason"),
            )
        })
        .collect()
}

fn sum(metrics: &str, name: &str) -> u64 {
    let value = |line: &str| {
        let rest = line.strip_prefix("factorio_isr_")?.strip_prefix(name)?;
        let value = rest.starts_with(['{', ' ']).then(|| rest.rsplit(' ').next())??;
        value.parse::<u64>().ok()
    };
    metrics.lines().filter_map(value).sum()
}

/// A metric as [`Running::metric`] reads it, summed over the series whose labels hold this text.
pub fn sum_where(metrics: &str, name: &str, labels: &str) -> u64 {
    let series: Vec<&str> = metrics.lines().filter(|line| line.contains(labels)).collect();
    sum(&series.join("\n"), name)
}

/// A [`Stage::bare`] whose program is refused what a user is refused. Root is refused nothing, so as root the program
/// runs as the user «nobody». None, with the reason printed, where that is impossible.
pub async fn unprivileged() -> Option<Stage> {
    if !rustix::process::geteuid().is_root() {
        return Some(Stage::bare().await);
    }
    let words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let tried = std::process::Command::new(words[0])
        .args(&words[1..])
        .args([PROGRAM, "--version"])
        .output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("skipped: we are root, and setpriv cannot start the program as nobody");
        return None;
    }
    let stage = Stage::under(&words).await;
    for folder in [
        stage.command.home(),
        &stage.command.work_dir(),
        &stage.command.home().join("logs"),
    ] {
        std::os::unix::fs::chown(folder, Some(65_534), Some(65_534)).unwrap();
    }
    Some(stage)
}
