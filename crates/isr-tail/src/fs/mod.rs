//! The seam to the file system: what a tailer asks of it, and how it may answer.
//!
//! Two implementations ship: [`OsFs`] and the simulator [`crate::sim::SimFs`] that tests inject faults with. An
//! implementation must never block on a path that is no regular file, and must not know generations or lines.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

mod os;

pub use self::os::{OsFs, same_file};

/// What identifies a regular file, and what tells that it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// Device number.
    pub device: u64,
    /// Inode number on that device.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of content, in nanoseconds since the epoch.
    pub modified_ns: i128,
    /// Time of the last change of content or attributes, in nanoseconds since the epoch. Cannot be set back by
    /// whoever writes the file.
    pub changed_ns: i128,
    /// How many names the file has; 0 after the last one was deleted.
    pub links: u64,
}

impl FileStat {
    /// Whether both describe the same file (device and inode).
    #[must_use]
    pub const fn is_same_file(&self, other: &Self) -> bool {
        self.device == other.device && self.inode == other.inode
    }
}

/// Why a path that exists is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// It is a directory.
    Directory,
    /// It is a named pipe.
    Fifo,
    /// It is a character or block device.
    Device,
    /// It is a socket.
    Socket,
    /// Its symbolic links lead in a circle.
    SymlinkLoop,
    /// The process may not read it, or may not enter a folder above it.
    PermissionDenied,
}

impl Refusal {
    /// What it is, as a fragment for a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "a folder",
            Self::Fifo => "a named pipe",
            Self::Device => "a device",
            Self::Socket => "a socket",
            Self::SymlinkLoop => "a loop of symbolic links",
            Self::PermissionDenied => "not readable by this process",
        }
    }
}

/// Why a path could not be looked at or opened.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    /// Nothing is there, or a symbolic link leads to nothing.
    #[error("find the log file (it is waited for)")]
    NotFound,
    /// Something is there that is no readable regular file.
    #[error("read the log file: the path is {}; point it at a regular file that this user may read", .0.as_str())]
    Refused(Refusal),
    /// The file system failed.
    #[error("look at the log file (tried again)")]
    Io(#[source] io::Error),
}

/// What a tailer asks of a file system.
pub trait Fs {
    /// An open file. Dropping it closes it.
    type File;

    /// Opens a regular file for reading, without ever blocking, and says what was opened.
    ///
    /// # Errors
    /// [`FsError`] when there is nothing, nothing that is a regular file, or the file system fails.
    fn open(&self, path: &Path) -> Result<(Self::File, FileStat), FsError>;

    /// Looks at a path, following symbolic links, without opening it.
    ///
    /// # Errors
    /// As [`Fs::open`].
    fn stat(&self, path: &Path) -> Result<FileStat, FsError>;

    /// Looks at an open file.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn file_stat(&self, file: &Self::File) -> io::Result<FileStat>;

    /// Reads up to `buffer.len()` bytes at `offset`. May be interrupted, may return fewer; 0 means the end.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn read_at(&self, file: &Self::File, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The names in a folder, in any order.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// The path with every symbolic link followed.
    ///
    /// # Errors
    /// Whatever the file system reports.
    fn real_path(&self, path: &Path) -> io::Result<PathBuf>;
}

/// How often an interrupted read is repeated at once before it counts as an error.
const INTERRUPTIONS: u32 = 64;

/// [`Fs::read_at`] that repeats interrupted reads.
pub(crate) fn read_once<F: Fs>(fs: &F, file: &F::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut left = INTERRUPTIONS;
    loop {
        match fs.read_at(file, buffer, offset) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted && left > 0 => left -= 1,
            other => return other.map(|n| n.min(buffer.len())),
        }
    }
}

/// Fills the buffer from `offset` on as far as the file goes; returns how many bytes there were.
pub(crate) fn read_fully<F: Fs>(fs: &F, file: &F::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_once(fs, file, &mut buffer[filled..], offset + filled as u64)? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
