//! The real file system.
//!
//! Owns the open flags: `O_NONBLOCK` so that a named pipe at the path cannot hang the reader, `O_CLOEXEC` so that no
//! child inherits a log. The kind is checked on the opened descriptor, so no exchange of the path can slip between.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::{FileStat, Fs, FsError, Refusal};

/// The file system of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFs;

impl Fs for OsFs {
    type File = OwnedFd;

    fn open(&self, path: &Path) -> Result<(OwnedFd, FileStat), FsError> {
        // A device may act when it is opened, and a socket cannot be: look before touching.
        self.stat(path)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file =
            rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty())).map_err(refine)?;
        let stat = rustix::fs::fstat(&file).map_err(refine)?;
        Ok((file, regular(&stat)?))
    }

    fn stat(&self, path: &Path) -> Result<FileStat, FsError> {
        regular(&rustix::io::retry_on_intr(|| rustix::fs::stat(path)).map_err(refine)?)
    }

    fn file_stat(&self, file: &OwnedFd) -> io::Result<FileStat> {
        Ok(file_stat(&rustix::fs::fstat(file)?))
    }

    fn read_at(&self, file: &OwnedFd, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pread(file, buffer, offset)?)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }
}

/// Whether two configured paths reach one file now (hard link, symbolic link, two spellings).
///
/// `false` when either does not exist or cannot be looked at: the question is asked again when it appears.
#[must_use]
pub fn same_file(a: &Path, b: &Path) -> bool {
    if let (Ok(a), Ok(b)) = (OsFs.stat(a), OsFs.stat(b)) {
        return a.is_same_file(&b);
    }
    // Neither need exist for two spellings to mean the same place.
    match (place(a), place(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// The real folder of a path, with its name.
fn place(path: &Path) -> Option<PathBuf> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    Some(std::fs::canonicalize(folder).ok()?.join(path.file_name()?))
}

fn refine(errno: Errno) -> FsError {
    match errno {
        Errno::NOENT | Errno::NOTDIR => FsError::NotFound,
        Errno::LOOP => FsError::Refused(Refusal::SymlinkLoop),
        Errno::ACCESS | Errno::PERM => FsError::Refused(Refusal::PermissionDenied),
        // Opening a socket, or a device without driver.
        Errno::NXIO | Errno::NODEV => FsError::Refused(Refusal::Device),
        other => FsError::Io(other.into()),
    }
}

fn regular(stat: &Stat) -> Result<FileStat, FsError> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(file_stat(stat)),
        FileType::Directory => Err(FsError::Refused(Refusal::Directory)),
        FileType::Fifo => Err(FsError::Refused(Refusal::Fifo)),
        FileType::Socket => Err(FsError::Refused(Refusal::Socket)),
        FileType::Symlink => Err(FsError::Refused(Refusal::SymlinkLoop)),
        FileType::CharacterDevice | FileType::BlockDevice | FileType::Unknown => {
            Err(FsError::Refused(Refusal::Device))
        }
    }
}

#[expect(
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    reason = "the widths and signs of these fields differ between targets; a size is never negative"
)]
fn file_stat(stat: &Stat) -> FileStat {
    let nanoseconds = |seconds: i128, fraction: i128| seconds * 1_000_000_000 + fraction;
    FileStat {
        device: u64::from(stat.st_dev),
        inode: u64::from(stat.st_ino),
        size: stat.st_size as u64,
        modified_ns: nanoseconds(i128::from(stat.st_mtime), i128::from(stat.st_mtime_nsec)),
        changed_ns: nanoseconds(i128::from(stat.st_ctime), i128::from(stat.st_ctime_nsec)),
        links: stat.st_nlink as u64,
    }
}
