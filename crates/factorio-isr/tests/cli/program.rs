//! The program with folders of its own, run to its end or kept as a daemon.
//!
//! Owns the separation of the two output streams and the deadlines. Must not know what any command prints.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use isr_testkit::process::{Daemon, DaemonCommand, Stream};
use serde_json::Value;

/// The real program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_factorio-isr");
/// For everything that should happen; generous, because the machine may be busy.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The lines of standard output.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// Standard output as one JSON object a line.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Fails with both outputs when the code is another one.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Fails with both outputs when a text is missing on standard output.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.out.contains(text),
                "no {text:?} in {}\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    /// Fails with both outputs when a text is missing on standard error.
    #[track_caller]
    pub(crate) fn complains(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.err.contains(text),
                "no {text:?} in {}\n{}",
                self.err,
                self.out
            );
        }
        self
    }
}

/// The program and what it is started with. The environment is empty but for what is set here.
#[derive(Debug, Clone)]
pub(crate) struct Program(DaemonCommand);

impl Program {
    /// Nothing configured but a state folder, a free port on loopback, and a zone.
    pub(crate) fn new() -> Self {
        let command = DaemonCommand::new(PROGRAM).unwrap();
        Self(command)
            .env("TZ", "UTC")
            .env("HEALTH_CHECK_HOST", "127.0.0.1")
            .env("HEALTH_CHECK_PORT", "0")
    }

    /// With `console.log` in its home folder as its log; the file is not made.
    pub(crate) fn with_log() -> Self {
        let program = Self::new();
        let log = program.log();
        program.env("FACTORIO_LOG_PATH", log)
    }

    pub(crate) fn env(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        Self(self.0.env(name, value))
    }

    pub(crate) fn without_env(self, name: &str) -> Self {
        Self(self.0.without_env(name))
    }

    pub(crate) fn stdin_from(self, path: impl Into<PathBuf>) -> Self {
        Self(self.0.stdin_from(path))
    }

    pub(crate) fn home(&self) -> &Path {
        self.0.home()
    }

    /// The working folder: `.env`, `.secrets` and `factorio-isr.yml` are looked for here.
    pub(crate) fn work(&self) -> PathBuf {
        self.0.work_dir()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.0.state_dir()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home().join("console.log")
    }

    /// Writes a file in the home folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs a command to its end.
    pub(crate) async fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        let command = self.0.clone().keep_lines(200_000).args(args);
        finish(&command.spawn().unwrap()).await
    }

    /// Starts the daemon.
    pub(crate) fn daemon(&self) -> Daemon {
        self.0.clone().arg("run").spawn().unwrap()
    }
}

/// Waits for the end and both outputs.
pub(crate) async fn finish(daemon: &Daemon) -> Ran {
    let (status, _) = daemon.wait_for_exit_and_output(SOON).await.unwrap();
    Ran {
        code: status.code().unwrap_or(-1),
        out: text(daemon, Stream::Stdout),
        err: text(daemon, Stream::Stderr),
    }
}

/// What was written to one stream so far.
pub(crate) fn text(daemon: &Daemon, stream: Stream) -> String {
    daemon
        .lines()
        .iter()
        .filter(|line| line.stream == stream)
        .map(|line| format!("{}\n", line.text))
        .collect()
}

/// The address of a running daemon's endpoint, once it is known.
pub(crate) async fn endpoint(daemon: &Daemon, path: &str) -> String {
    let line = daemon.wait_for_line("http_listening", SOON).await.unwrap();
    let line: Value = serde_json::from_str(&line.text).unwrap();
    format!("http://127.0.0.1:{}{path}", line["port"])
}

/// Waits until a daemon relays.
pub(crate) async fn relaying(daemon: &Daemon) {
    let health = endpoint(daemon, "/health").await;
    daemon
        .wait_for_answer(&health, SOON, |answer| answer.status == 200)
        .await
        .unwrap();
}

/// A folder that is not on the layer of a container that these tests may run in.
pub(crate) fn kept_folder() -> tempfile::TempDir {
    let layer = std::fs::metadata("/").unwrap().dev();
    ["/dev/shm", "/tmp", "/var/tmp"]
        .iter()
        .filter(|place| std::fs::metadata(place).is_ok_and(|found| found.dev() != layer))
        .find_map(|place| tempfile::tempdir_in(place).ok())
        .unwrap_or_else(|| tempfile::tempdir().unwrap())
}
