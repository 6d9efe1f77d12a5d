//! Writes logs as Factorio does, and treats them as log rotators and accidents do.
//!
//! Owns one file at one path: whole lines, halves, other line ends, frames, and every way in which a log goes away and
//! comes back. What the lines say is in [`lines`], [`engine`], [`numbered`], [`noise`] and [`traffic`]. Must not know who reads.
//! Fails with the I/O errors of the file system.

pub mod engine;
pub mod lines;
pub mod noise;
pub mod numbered;
pub mod traffic;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::calendar;
use lines::Stamp;

/// Bytes collected before they are written, when many lines come at once.
const BATCH: usize = 64 << 10;

/// What a writer does with its open file when the path is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRename {
    /// It goes on writing to the renamed file, as the game does until it reopens (scenario F02). [`LogWriter::reopen`]
    /// ends that.
    KeepWriting,
    /// It makes a new file at the path at once.
    Reopen,
}

/// The open log of one simulated server.
#[derive(Debug)]
pub struct LogWriter {
    path: PathBuf,
    file: File,
    utc_offset_s: i64,
    fixed_unix_s: Option<i64>,
    lines: u64,
    bytes: u64,
}

impl LogWriter {
    /// Opens the log for appending; makes it when there is none. Stamps are the wall clock in UTC.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let file = append_to(&path)?;
        Ok(Self {
            path,
            file,
            utc_offset_s: 0,
            fixed_unix_s: None,
            lines: 0,
            bytes: 0,
        })
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whole lines written since the start, over all files.
    #[must_use]
    pub const fn lines_written(&self) -> u64 {
        self.lines
    }

    /// Bytes written since the start, over all files.
    #[must_use]
    pub const fn bytes_written(&self) -> u64 {
        self.bytes
    }

    /// Stamps show a zone so many seconds east of UTC.
    pub const fn set_utc_offset(&mut self, seconds: i64) {
        self.utc_offset_s = seconds;
    }

    /// Stamps show this moment (Unix seconds) instead of the wall clock; None for the wall clock again.
    pub const fn set_clock(&mut self, unix_s: Option<i64>) {
        self.fixed_unix_s = unix_s;
    }

    /// The stamp of a line written now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp::from_unix(self.fixed_unix_s.unwrap_or_else(calendar::unix_now) + self.utc_offset_s)
    }

    /// Appends a line and its newline, in one write.
    ///
    /// # Errors
    /// When the file cannot be written; so for all that follow.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        self.lines += 1;
        self.raw(format!("{line}\n").as_bytes())
    }

    /// Appends a line that ends in CR LF.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn line_crlf(&mut self, line: &str) -> io::Result<()> {
        self.lines += 1;
        self.raw(format!("{line}\r\n").as_bytes())
    }

    /// Appends the beginning of a line. [`line`](Self::line) with the rest ends it.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn partial(&mut self, beginning: &str) -> io::Result<()> {
        self.raw(beginning.as_bytes())
    }

    /// Appends bytes as they are, in one write.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// Appends many lines in large writes.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn many<L: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = L>) -> io::Result<()> {
        let mut batch = Vec::with_capacity(BATCH + 1024);
        for line in lines {
            batch.extend_from_slice(line.as_ref().as_bytes());
            batch.push(b'\n');
            self.lines += 1;
            if batch.len() >= BATCH {
                self.raw(&batch)?;
                batch.clear();
            }
        }
        self.raw(&batch)
    }

    /// `=== Log opened … ===`: the server starts.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn opened(&mut self) -> io::Result<()> {
        self.line(&lines::opened(self.stamp()))
    }

    /// `=== Log closed … ===`: the server stops.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn closed(&mut self) -> io::Result<()> {
        self.line(&lines::closed(self.stamp()))
    }

    /// A chat line.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn chat(&mut self, player: &str, text: &str) -> io::Result<()> {
        self.line(&lines::chat(self.stamp(), player, text))
    }

    /// A join line.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn join(&mut self, player: &str) -> io::Result<()> {
        self.line(&lines::join(self.stamp(), player))
    }

    /// A leave line.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn leave(&mut self, player: &str) -> io::Result<()> {
        self.line(&lines::leave(self.stamp(), player))
    }

    /// The chat line of a number: what the oracle can judge.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn numbered(&mut self, server: u16, id: u64) -> io::Result<()> {
        self.line(&numbered::chat(self.stamp(), server, id))
    }

    /// The chat lines of many numbers, in large writes with one stamp.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn numbered_many(&mut self, server: u16, ids: impl IntoIterator<Item = u64>) -> io::Result<()> {
        let stamp = self.stamp();
        self.many(ids.into_iter().map(|id| numbered::chat(stamp, server, id)))
    }

    /// Renames the log away (an existing file there is replaced).
    ///
    /// # Errors
    /// When it cannot be renamed, or the new file not be made.
    pub fn rotate_rename(&mut self, to: impl AsRef<Path>, after: AfterRename) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        match after {
            AfterRename::KeepWriting => Ok(()),
            AfterRename::Reopen => self.reopen(),
        }
    }

    /// Opens the path anew: a file that was renamed or deleted is let go, a missing one is made.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.file = append_to(&self.path)?;
        Ok(())
    }

    /// Copies the log away, then truncates it: what `logrotate` calls copytruncate.
    ///
    /// # Errors
    /// When it cannot be copied or truncated.
    pub fn copy_truncate(&mut self, to: impl AsRef<Path>) -> io::Result<()> {
        fs::copy(&self.path, to)?;
        self.truncate()
    }

    /// Cuts the log to nothing; the file stays the same.
    ///
    /// # Errors
    /// When it cannot be truncated.
    pub fn truncate(&mut self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Cuts the log to nothing and appends the line at once: regrown before anyone looks, when the line is long.
    ///
    /// # Errors
    /// When it cannot be truncated or written.
    pub fn truncate_then(&mut self, line: &str) -> io::Result<()> {
        self.truncate()?;
        self.line(line)
    }

    /// Deletes the path. The open file stays, and can still be written, until [`reopen`](Self::reopen).
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub fn delete(&mut self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Deletes the path, closes the file, and makes a new one: most file systems give it the same inode (F08).
    ///
    /// # Errors
    /// When it cannot be deleted or made.
    pub fn recreate(&mut self) -> io::Result<()> {
        self.delete()?;
        // Close the old descriptor first: the inode is free for reuse only then.
        self.file = File::open("/dev/null")?;
        self.reopen()
    }

    /// Puts another file with this content in the log's place by one rename (an older backup, say: F20), and goes on
    /// with it.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub fn replace_with(&mut self, content: &[u8]) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".replacement");
        fs::write(&beside, content)?;
        fs::rename(&beside, &self.path)?;
        self.reopen()
    }

    /// Forces what was written to the disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn writer() -> (tempfile::TempDir, LogWriter) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogWriter::open(folder.path().join("console.log")).unwrap();
        log.set_clock(Some(1_786_102_265));
        (folder, log)
    }

    #[test]
    fn lines_read_as_the_game_writes_them() {
        let (_folder, mut log) = writer();
        log.set_utc_offset(3600);
        log.opened().unwrap();
        log.chat("Bob", "hi: all").unwrap();
        log.line_crlf("x").unwrap();
        log.partial("2026-08-07 12:31:05 [JO").unwrap();
        log.line("IN] Bob joined the game").unwrap();
        log.leave("Bob").unwrap();
        log.closed().unwrap();
        let expected = "=== Log opened 2026-08-07 12:31:05 ===\n2026-08-07 12:31:05 [CHAT] Bob: hi: all\nx\r\n\
                        2026-08-07 12:31:05 [JOIN] Bob joined the game\n2026-08-07 12:31:05 [LEAVE] Bob left the game\n\
                        === Log closed 2026-08-07 12:31:05 ===\n";
        assert_eq!(fs::read_to_string(log.path()).unwrap(), expected);
        assert_eq!(
            (log.lines_written(), log.bytes_written()),
            (6, expected.len() as u64)
        );
    }

    #[test]
    fn a_renamed_log_goes_on_until_reopened() {
        let (folder, mut log) = writer();
        let old = folder.path().join("console.log.1");
        log.line("one").unwrap();
        log.rotate_rename(&old, AfterRename::KeepWriting).unwrap();
        log.line("two").unwrap();
        assert!(!log.path().exists());
        log.reopen().unwrap();
        log.line("three").unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "one\ntwo\n");
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "three\n");
    }

    #[test]
    fn copy_truncate_keeps_the_file_and_moves_the_text() {
        let (folder, mut log) = writer();
        log.line("one").unwrap();
        let inode = fs::metadata(log.path()).unwrap().ino();
        log.copy_truncate(folder.path().join("copy")).unwrap();
        log.line("two").unwrap();
        assert_eq!(fs::metadata(log.path()).unwrap().ino(), inode);
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "two\n");
        assert_eq!(fs::read_to_string(folder.path().join("copy")).unwrap(), "one\n");
    }

    #[test]
    fn deleting_recreating_and_replacing() {
        let (_folder, mut log) = writer();
        log.many(["one", "two"]).unwrap();
        log.recreate().unwrap();
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "");
        log.replace_with(b"backup\n").unwrap();
        log.line("three").unwrap();
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "backup\nthree\n");
        log.delete().unwrap();
        log.line("into the void").unwrap();
        assert!(!log.path().exists());
    }
}
