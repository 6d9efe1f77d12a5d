//! How the program is started.
//!
//! Owns program, arguments, environment and folders. The environment is empty but for what is named here and what a
//! program needs to run at all, so that no variable of the developer leaks into a test. Fails where a folder or the
//! process cannot be made.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::{Daemon, DaemonError};

/// Variables that pass from this process: to find libraries, and to measure coverage of the child.
const INHERITED: [&str; 5] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "LLVM_PROFILE_FILE",
    "RUST_BACKTRACE",
    "TMPDIR",
];

/// The most lines of output that are kept, unless told otherwise.
const KEEP_LINES: usize = 5_000;

/// A limit that the kernel sets the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Open file descriptors.
    OpenFiles(u32),
    /// Address space in KiB.
    AddressSpaceKib(u32),
}

/// A program that can be started again and again, with one home folder for all its runs.
///
/// The folder is deleted when the command and all its daemons are gone. In it: `state` (named to the program by
/// `FACTORIO_ISR_STATE_DIR`) and `work` (the working directory and `HOME`).
#[derive(Debug, Clone)]
pub struct DaemonCommand {
    program: PathBuf,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    limits: Vec<Limit>,
    keep_lines: usize,
    stdin: Option<PathBuf>,
    home: Arc<tempfile::TempDir>,
}

impl DaemonCommand {
    /// This program, without arguments.
    ///
    /// # Errors
    /// When its folders cannot be made.
    pub fn new(program: impl Into<PathBuf>) -> io::Result<Self> {
        let home = tempfile::Builder::new().prefix("isr-test-").tempdir()?;
        std::fs::create_dir(home.path().join("work"))?;
        let command = Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            limits: Vec::new(),
            keep_lines: KEEP_LINES,
            stdin: None,
            home: Arc::new(home),
        };
        let state = command.state_dir();
        let work = command.work_dir();
        Ok(command.env("FACTORIO_ISR_STATE_DIR", state).env("HOME", work))
    }

    /// The home folder: tests may put logs and configuration there.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The state folder; the program makes it.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// The working directory.
    #[must_use]
    pub fn work_dir(&self) -> PathBuf {
        self.home.path().join("work")
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Takes a variable away, `HOME` and `FACTORIO_ISR_STATE_DIR` included.
    #[must_use]
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.remove(name.as_ref());
        self
    }

    /// Sets a limit.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Keeps so many lines of output (5,000 when not told).
    #[must_use]
    pub const fn keep_lines(mut self, lines: usize) -> Self {
        self.keep_lines = lines;
        self
    }

    /// Gives it this file (a named pipe, say) as standard input; else it is empty.
    #[must_use]
    pub fn stdin_from(mut self, path: impl Into<PathBuf>) -> Self {
        self.stdin = Some(path.into());
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`DaemonError::Spawn`].
    pub fn spawn(&self) -> Result<Daemon, DaemonError> {
        self.start().map_err(|source| DaemonError::Spawn {
            program: self.program.clone(),
            source,
        })
    }

    fn start(&self) -> io::Result<Daemon> {
        let stdin = match &self.stdin {
            Some(path) => Stdio::from(std::fs::File::open(path)?),
            None => Stdio::null(),
        };
        let mut command = self.command();
        command
            .args(&self.args)
            .env_clear()
            .envs(
                INHERITED
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(&self.env)
            .current_dir(self.work_dir())
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Daemon::adopt(command.spawn()?, self.keep_lines, Arc::clone(&self.home))
    }

    /// Limits are set by a shell that then becomes the program: same process, same id.
    fn command(&self) -> Command {
        let program = std::path::absolute(&self.program).unwrap_or_else(|_| self.program.clone());
        if self.limits.is_empty() {
            return Command::new(program);
        }
        let limits: Vec<String> = self
            .limits
            .iter()
            .map(|limit| match limit {
                Limit::OpenFiles(count) => format!("ulimit -n {count}"),
                Limit::AddressSpaceKib(kib) => format!("ulimit -v {kib}"),
            })
            .collect();
        let mut shell = Command::new("/bin/sh");
        shell
            .arg("-c")
            .arg(format!("{} && exec \"$0\" \"$@\"", limits.join(" && ")))
            .arg(program);
        shell
    }
}
