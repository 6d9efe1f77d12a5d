//! Runs the real program, watches it, stops and kills it.
//!
//! Owns one child process: its output, its end, its figures from `/proc`. Whatever happens in a test, the child does
//! not outlive its handle. Must not know what the program does. Fails with [`DaemonError`].
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use isr_testkit::process::{DaemonCommand, Signal};
//!
//! let command = DaemonCommand::new("target/debug/factorio-isr")?     // env!("CARGO_BIN_EXE_factorio-isr") in tests
//!     .env("FACTORIO_LOG_PATH", "/tmp/console.log")
//!     .env("HEALTH_CHECK_PORT", "8080");
//! let daemon = command.spawn()?;                                       // again after a kill: the state folder stays
//! daemon.wait_for_line("log_tailing_active", Duration::from_secs(10)).await?;
//! daemon.signal(Signal::TERM)?;
//! assert!(daemon.wait_for_exit(Duration::from_secs(10)).await?.success());
//! # Ok(()) }
//! ```

mod command;
mod output;
mod vitals;

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions};

pub use command::{DaemonCommand, Limit};
pub use output::{Line, Stream};
pub use rustix::process::Signal;
pub use vitals::Vitals;

use crate::watched::{Late, Watched};
use output::Output;

/// Why something about the program failed.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// It could not be started.
    #[error("start {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It ended while it was expected to go on.
    #[error("the program ended ({status}) while it was waited for; its last lines:\n{tail}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its output.
        tail: String,
    },
    /// What was waited for did not come.
    #[error(transparent)]
    Late(#[from] Late),
    /// A signal could not be sent, or the process not be looked at.
    #[error("{operation} the running program")]
    Process {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

/// A running program. Dropping it kills it and waits for its end.
pub struct Daemon {
    pid: Pid,
    state: Arc<Watched<State>>,
    reaper: Option<JoinHandle<()>>,
    /// Keeps the folders of the command for as long as the program may use them.
    _home: Arc<tempfile::TempDir>,
}

struct State {
    output: Output,
    exit: Option<ExitStatus>,
}

impl fmt::Debug for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Daemon")
            .field("pid", &self.pid)
            .field("exit", &self.exit_status())
            .finish_non_exhaustive()
    }
}

impl Daemon {
    /// Takes a child over whose output is piped.
    fn adopt(mut child: Child, keep_lines: usize, home: Arc<tempfile::TempDir>) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        let state = Arc::new(Watched::new(State {
            output: Output::new(keep_lines),
            exit: None,
        }));
        if let Some(stdout) = child.stdout.take() {
            collect(Stream::Stdout, stdout, Arc::clone(&state))?;
        }
        if let Some(stderr) = child.stderr.take() {
            collect(Stream::Stderr, stderr, Arc::clone(&state))?;
        }
        let for_reaper = Arc::clone(&state);
        let reap = move || reap(pid, child, &for_reaper);
        let reaper = std::thread::Builder::new().name("reaper".into()).spawn(reap)?;
        Ok(Self {
            pid,
            state,
            reaper: Some(reaper),
            _home: home,
        })
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.state.read(|state| state.exit)
    }

    /// The kept lines of its output, in order of reading.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.state.read(|state| state.output.lines().cloned().collect())
    }

    /// The kept lines as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.state.read(|state| state.output.tail(usize::MAX))
    }

    /// How many lines it wrote, kept or not.
    #[must_use]
    pub fn line_count(&self) -> u64 {
        self.state.read(|state| state.output.total())
    }

    /// Waits for a line with this text in it; a kept line of before counts.
    ///
    /// # Errors
    /// [`DaemonError::Late`]; [`DaemonError::Ended`] when the program ended without it.
    pub async fn wait_for_line(&self, text: &str, deadline: Duration) -> Result<Line, DaemonError> {
        self.wait_for_line_from(0, deadline, |line| line.text.contains(text))
            .await
    }

    /// Waits for a line that is wished and whose number (as [`line_count`](Self::line_count) counts) is at least
    /// `from`.
    ///
    /// # Errors
    /// [`DaemonError::Late`]; [`DaemonError::Ended`] when the program ended without it.
    pub async fn wait_for_line_from(
        &self,
        from: u64,
        deadline: Duration,
        mut wished: impl FnMut(&Line) -> bool,
    ) -> Result<Line, DaemonError> {
        let found = |state: &State| {
            let line = state
                .output
                .lines()
                .find(|line| line.number >= from && wished(line))
                .cloned();
            // Both pipes are at their end only after everything was read: no line can come any more.
            let ended = || state.exit.filter(|_| state.output.is_closed());
            line.map(Ok)
                .or_else(|| ended().map(|status| Err((status, state.output.tail(30)))))
        };
        let outcome = self
            .state
            .wait(deadline, found, |state| state.output.tail(30))
            .await?;
        outcome.map_err(|(status, tail)| DaemonError::Ended { status, tail })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`DaemonError::Late`] with its last lines.
    pub async fn wait_for_exit(&self, deadline: Duration) -> Result<ExitStatus, DaemonError> {
        Ok(self
            .state
            .wait(deadline, |state| state.exit, |state| state.output.tail(30))
            .await?)
    }

    /// Waits for its end and for the last line of its output. A grandchild that holds the pipes open delays that.
    ///
    /// # Errors
    /// [`DaemonError::Late`] with its last lines.
    pub async fn wait_for_exit_and_output(
        &self,
        deadline: Duration,
    ) -> Result<(ExitStatus, String), DaemonError> {
        let found = |state: &State| {
            let status = state.exit.filter(|_| state.output.is_closed())?;
            Some((status, state.output.tail(usize::MAX)))
        };
        Ok(self
            .state
            .wait(deadline, found, |state| state.output.tail(30))
            .await?)
    }

    /// Fetches `url` again and again until the answer is wished. Gives up at once when the program ends.
    ///
    /// # Errors
    /// [`DaemonError::Late`] with the last answer; [`DaemonError::Ended`].
    pub async fn wait_for_answer(
        &self,
        url: &str,
        deadline: Duration,
        wished: impl FnMut(&crate::http::Answer) -> bool,
    ) -> Result<crate::http::Answer, DaemonError> {
        let ended = self.state.wait(deadline, |state| state.exit, |_| String::new());
        tokio::select! {
            answer = crate::http::get_until(url, deadline, wished) => answer.map_err(|error| {
                let seen = format!("{error}; its last lines:\n{}", self.state.read(|state| state.output.tail(30)));
                Late { waited: deadline, seen }.into()
            }),
            Ok(status) = ended => {
                let tail = self.state.read(|state| state.output.tail(30));
                Err(DaemonError::Ended { status, tail })
            }
        }
    }

    /// Stops it as SIGSTOP does, and returns when every thread of it stands still: a signal alone is only a wish.
    ///
    /// # Errors
    /// When the signal cannot be sent, or a thread still runs after ten seconds.
    pub fn freeze(&self) -> Result<(), DaemonError> {
        self.signal(Signal::STOP)?;
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while !vitals::stands_still(self.pid()) {
            if std::time::Instant::now() > deadline {
                let source = io::Error::new(io::ErrorKind::TimedOut, "a thread still runs");
                return Err(DaemonError::Process {
                    operation: "freeze",
                    source,
                });
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Sends a signal: `TERM`, `KILL`, `STOP`, `CONT`, `HUP` … Nothing happens when it has ended.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn signal(&self, signal: Signal) -> Result<(), DaemonError> {
        // Under the lock the child is not reaped, so the id is still its own.
        let sent = self.state.read(|state| match state.exit {
            None => rustix::process::kill_process(self.pid, signal),
            Some(_) => Ok(()),
        });
        sent.map_err(|errno| DaemonError::Process {
            operation: "signal",
            source: errno.into(),
        })
    }

    /// Kills it and waits for its end.
    ///
    /// # Errors
    /// [`DaemonError::Late`] when the kernel does not end it.
    pub async fn kill(&self) -> Result<ExitStatus, DaemonError> {
        self.signal(Signal::KILL)?;
        self.wait_for_exit(Duration::from_secs(30)).await
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// [`DaemonError::Late`] when it does not stop in time.
    pub async fn terminate(&self, deadline: Duration) -> Result<ExitStatus, DaemonError> {
        self.signal(Signal::TERM)?;
        self.wait_for_exit(deadline).await
    }

    /// Its figures from `/proc`.
    ///
    /// # Errors
    /// When it has ended.
    pub fn vitals(&self) -> Result<Vitals, DaemonError> {
        let failed = |source| DaemonError::Process {
            operation: "look at",
            source,
        };
        self.state.read(|state| match state.exit {
            None => Vitals::read(self.pid()).map_err(failed),
            Some(_) => Err(failed(io::ErrorKind::NotFound.into())),
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended meanwhile; then there is nothing to kill.
        drop(self.signal(Signal::KILL));
        if let Some(reaper) = self.reaper.take() {
            drop(reaper.join());
        }
    }
}

/// Whether a process ended by this signal.
#[must_use]
pub fn ended_by(status: ExitStatus, signal: Signal) -> bool {
    status.signal() == Some(signal.as_raw())
}

fn collect(
    stream: Stream,
    pipe: impl io::Read + Send + 'static,
    state: Arc<Watched<State>>,
) -> io::Result<JoinHandle<()>> {
    state.change(|state| state.output.opened());
    let read = move || {
        output::read_lines(pipe, |text| state.change(|state| state.output.push(stream, text)));
        state.change(|state| state.output.closed());
    };
    std::thread::Builder::new().name("output".into()).spawn(read)
}

/// Waits for the end without reaping, then reaps under the lock: a signal never meets a stranger with the same id.
fn reap(pid: Pid, mut child: Child, state: &Watched<State>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = rustix::process::waitid(WaitId::Pid(pid), options) {}
    state.change(|state| state.exit = child.wait().ok());
}
