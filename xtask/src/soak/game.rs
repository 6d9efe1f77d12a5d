//! One simulated game: its log, its numbers, and what rotators do to the log.
//!
//! Owns the file and the names of its rotated copies. Every number is told to the judge before it is written. Must not
//! know Discord or the program. Fails with the file system.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use isr_testkit::log::numbered;
use isr_testkit::log::{AfterRename, LogWriter};
use tokio::time::sleep;

use crate::judge::Judge;

/// Rotated copies that are kept; a relay that is down for longer than that many rotations would lose lines rightly.
const COPIES: u32 = 8;

#[derive(Debug)]
pub(super) struct Game {
    number: u16,
    log: LogWriter,
    next: u64,
    judge: Arc<Judge>,
}

impl Game {
    pub(super) fn open(number: u16, path: PathBuf, judge: Arc<Judge>) -> Result<Self> {
        Ok(Self {
            number,
            log: LogWriter::open(path)?,
            next: 0,
            judge,
        })
    }

    fn next_line(&mut self) -> String {
        let id = self.next;
        self.next += 1;
        self.judge.wrote(self.number, id);
        numbered::chat(self.log.stamp(), self.number, id)
    }

    /// Writes the next line.
    pub(super) fn say(&mut self) -> Result<()> {
        let line = self.next_line();
        Ok(self.log.line(&line)?)
    }

    /// Writes the next line in two halves, with a pause between, cut at `place` thousandths of it.
    pub(super) async fn say_in_halves(&mut self, place: u64, pause: Duration) -> Result<()> {
        let line = self.next_line() + "\n";
        let middle = line.len() * usize::try_from(place).unwrap_or(0) / 1000;
        self.log.raw(&line.as_bytes()[..middle])?;
        sleep(pause).await;
        Ok(self.log.raw(&line.as_bytes()[middle..])?)
    }

    /// Whether everything this game said was delivered.
    pub(super) fn is_caught_up(&self) -> bool {
        self.judge.delivered_by(self.number) == self.next
    }

    /// Renames the log away.
    pub(super) fn rename(&mut self, after: AfterRename) -> Result<()> {
        self.make_room()?;
        Ok(self.log.rotate_rename(self.copy(1), after)?)
    }

    /// Goes on with a new log.
    pub(super) fn reopen(&mut self) -> Result<()> {
        Ok(self.log.reopen()?)
    }

    /// Copies the log away and truncates it.
    pub(super) fn copy_truncate(&mut self) -> Result<()> {
        self.make_room()?;
        Ok(self.log.copy_truncate(self.copy(1))?)
    }

    /// Cuts the log to nothing.
    pub(super) fn truncate(&mut self) -> Result<()> {
        Ok(self.log.truncate()?)
    }

    fn copy(&self, number: u32) -> PathBuf {
        let mut name = self.log.path().as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }

    /// Every copy gets the next number; the oldest goes.
    fn make_room(&self) -> io::Result<()> {
        for number in (1..=COPIES).rev() {
            let moved = if number == COPIES {
                fs::remove_file(self.copy(number))
            } else {
                fs::rename(self.copy(number), self.copy(number + 1))
            };
            match moved {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}
