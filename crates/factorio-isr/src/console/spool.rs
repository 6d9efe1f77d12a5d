//! The file that keeps what a console said until the reader has committed it.
//!
//! Owns one file that only grows, and its one predecessor. What was appended is on the disk when the call returns, so that
//! neither a crash nor a kill loses a line that was received; the reader follows the file like the log of a game, so that
//! position and deliveries are committed together as for any log. Once everything in it has been committed and it is large
//! enough, a new one is begun. While nobody reads, it grows up to a bound, and then nothing more is taken. Must not know
//! RCON. Fails with the I/O errors of the file system; what could not be appended whole is appended again as a whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use isr_core::source::Checkpoint;

/// From this size on a new file is begun, once everything has been read.
const LARGE: u64 = 1 << 20;
/// More is not kept for a reader that does not read.
const FULL: u64 = 64 << 20;

/// An open spool.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    file: File,
    /// Where the last whole line ends.
    length: u64,
    large: u64,
    full: u64,
}

impl Spool {
    /// Opens the file, or makes it with its folder. The end of a line that a power cut tore is made up for: half a line is
    /// shown rather than glued to the next.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let file = create(path)?;
        let mut spool = Self {
            path: path.to_owned(),
            length: file.metadata()?.len(),
            file,
            large: LARGE,
            full: FULL,
        };
        if spool.ends_inside_a_line()? {
            spool.append(b"\n")?;
        }
        Ok(spool)
    }

    /// Appends whole lines and returns when they are on the disk.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let appended = self.file.write_all(lines).and_then(|()| self.file.sync_data());
        if let Err(error) = appended {
            // The lines are handed over again as a whole: nothing of them may stay.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Whether the reader has to catch up before more is taken.
    pub(super) const fn is_full(&self) -> bool {
        self.length >= self.full
    }

    /// Whether it is time to ask how far the reader has come.
    pub(super) const fn is_large(&self) -> bool {
        self.length >= self.large
    }

    /// Begins a new file when everything in this one has been committed; says whether it did.
    pub(super) fn renew(&mut self, committed: &[Checkpoint]) -> io::Result<bool> {
        let own = self.file.metadata()?;
        let is_read = |position: &Checkpoint| {
            (position.device, position.inode) == (own.dev(), own.ino()) && position.offset == self.length
        };
        if !committed.iter().any(is_read) {
            return Ok(false);
        }
        let mut previous = self.path.clone().into_os_string();
        previous.push(".1");
        fs::rename(&self.path, previous)?;
        self.file = create(&self.path)?;
        self.length = 0;
        Ok(true)
    }

    fn ends_inside_a_line(&mut self) -> io::Result<bool> {
        if self.length == 0 {
            return Ok(false);
        }
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        Ok(last != *b"\n")
    }
}

/// The folder of all spools, for our eyes only.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use isr_core::source::{Fingerprint, GenerationId};

    use super::*;

    fn at(path: &Path, offset: u64) -> Checkpoint {
        let found = fs::metadata(path).unwrap();
        let nothing = Fingerprint { len: 0, hash: 0 };
        Checkpoint {
            generation: GenerationId(1),
            device: found.dev(),
            inode: found.ino(),
            head: nothing,
            offset,
            anchor: nothing,
            seen_size: offset,
            ended: false,
            context: Vec::new(),
        }
    }

    fn spool() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console").join("a.log");
        (folder, path)
    }

    #[test]
    fn what_was_appended_is_there_for_our_eyes_only_and_a_torn_end_is_made_up_for() {
        let (_folder, path) = spool();
        Spool::open(&path).unwrap().append(b"one\ntwo\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777,
            0o700
        );
        fs::write(&path, "one\nhal").unwrap();
        let mut spool = Spool::open(&path).unwrap();
        spool.append(b"three\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\nhal\nthree\n");
        let again = Spool::open(&path).unwrap();
        assert_eq!(again.length, spool.length);
    }

    #[test]
    fn a_new_file_is_begun_only_when_all_of_the_old_one_is_committed() {
        let (_folder, path) = spool();
        let mut spool = Spool::open(&path).unwrap();
        spool.large = 8;
        spool.append(b"one\n").unwrap();
        assert!(!spool.is_large());
        spool.append(b"two\n").unwrap();
        assert!(spool.is_large());
        let other_file = Checkpoint {
            inode: 1,
            ..at(&path, 8)
        };
        for committed in [vec![], vec![at(&path, 4)], vec![other_file]] {
            assert!(!spool.renew(&committed).unwrap());
        }
        assert!(spool.renew(&[at(&path, 4), at(&path, 8)]).unwrap());
        spool.append(b"three\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");
        let previous = path.with_extension("log.1");
        assert_eq!(fs::read_to_string(previous).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_spool_that_nobody_reads_has_a_bound() {
        let (_folder, path) = spool();
        let mut spool = Spool::open(&path).unwrap();
        spool.full = 10;
        spool.append(b"12345678\n").unwrap();
        assert!(!spool.is_full());
        spool.append(b"\n").unwrap();
        assert!(spool.is_full());
    }
}
