//! Where lines go: to the first connection of RCON, and to the files that the game writes.
//!
//! Owns the streams and what each of them holds: console lines go to the console log, to standard output and to request
//! id 0; engine lines to `factorio-current.log` and to standard output; what is printed bare to standard output only.
//! Cannot fail: the first fault of a file is kept for the test to ask for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::log::{LogWriter, engine, lines};

/// The console lines that are kept for request id 0. What the game keeps is not known; this bounds memory.
const CONSOLE_KEPT: usize = 10_000;

/// All streams of one game.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    pending: Vec<String>,
    files: Option<Files>,
    fault: Option<String>,
}

/// The files of one game, all in one folder.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    console: LogWriter,
    engine: LogWriter,
    stdout: LogWriter,
}

impl Chronicle {
    /// Writes into this folder from now on.
    pub(super) fn open(&mut self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        self.files = Some(Files {
            folder: folder.to_owned(),
            console: LogWriter::open(folder.join("console.log"))?,
            engine: LogWriter::open(folder.join("factorio-current.log"))?,
            stdout: LogWriter::open(folder.join("stdout.log"))?,
        });
        Ok(())
    }

    /// What went wrong with a file first.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// The console lines since the last call.
    pub(super) fn take_pending(&mut self) -> Vec<String> {
        std::mem::take(&mut self.pending)
    }

    /// A line of the console.
    pub(super) fn console(&mut self, line: String) {
        self.write(|files| {
            files.console.line(&line)?;
            files.stdout.line(&line)
        });
        if self.pending.len() < CONSOLE_KEPT {
            self.pending.push(line);
        }
    }

    /// A frame of the console log. Standard output and RCON never see it.
    pub(super) fn frame(&mut self, line: &str) {
        self.write(|files| files.console.line(line));
    }

    /// A line of the engine.
    pub(super) fn engine(&mut self, uptime: Duration, text: &str) {
        let line = engine::line(uptime, text);
        self.write(|files| {
            files.engine.line(&line)?;
            files.stdout.line(&line)
        });
    }

    /// A line without any prefix.
    #[cfg(feature = "lua")]
    pub(super) fn bare(&mut self, text: &str) {
        self.write(|files| files.stdout.line(text));
    }

    /// A process begins: the former engine log is kept beside, nothing waits for RCON.
    pub(super) fn begin_process(&mut self, stamp: lines::Stamp) {
        self.pending.clear();
        self.write(|files| {
            let previous = files.folder.join("factorio-previous.log");
            files
                .engine
                .rotate_rename(previous, crate::log::AfterRename::Reopen)
        });
        self.frame(&lines::opened(stamp));
    }

    fn write(&mut self, write: impl FnOnce(&mut Files) -> io::Result<()>) {
        let Some(files) = &mut self.files else { return };
        if let Err(error) = write(files) {
            self.fault.get_or_insert_with(|| error.to_string());
        }
    }
}
