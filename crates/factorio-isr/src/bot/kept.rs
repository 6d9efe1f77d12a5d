//! What the bot keeps in the state folder.
//!
//! Owns the folder `bot` there, how many of its files are worked at together ([`Desk`]), and how one is replaced: whole or
//! not at all, so that a kill leaves the former or the new one. Holds no secret. Must not know what the files say. A file that cannot be read is as if it were not there;
//! one that cannot be written is told of by whoever wanted it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

/// The folder in the state folder.
const FOLDER: &str = "bot";
/// A larger file is not one of ours.
const MOST_BYTES: u64 = 1 << 20;

/// Files that are worked at together.
const TOGETHER: usize = 2;

/// Where the files of servers are worked at; clones are the same desk. When a hundred channels hear something at once, a hundred
/// threads would begin, and each leaves memory behind in the allocator.
#[derive(Debug, Clone)]
pub struct Desk(Arc<Semaphore>);

impl Desk {
    /// A desk with nothing on it.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(TOGETHER)))
    }

    /// Does what may block when its turn comes. Fails when it panics.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        // It is never closed.
        let _place = self.0.acquire().await;
        spawn_blocking(work).await
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// One file.
#[derive(Debug, Clone)]
pub(super) struct KeptFile {
    path: PathBuf,
}

/// What a write has to outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlives {
    /// The end of this process, however sudden.
    Kill,
    /// A power cut as well, at the price of a wait for the disk.
    PowerCut,
}

impl KeptFile {
    /// The file of this name; nothing is opened yet.
    pub(super) fn new(state_dir: &Path, name: &str) -> Self {
        Self {
            path: state_dir.join(FOLDER).join(name),
        }
    }

    /// What it holds; empty when there is nothing to be read.
    pub(super) fn read(&self) -> String {
        let is_ours = fs::metadata(&self.path).is_ok_and(|found| found.len() <= MOST_BYTES);
        if is_ours {
            fs::read_to_string(&self.path).unwrap_or_default()
        } else {
            String::new()
        }
    }

    /// Replaces what it holds. Blocks as long as the file system does.
    pub(super) fn replace(&self, text: &str, outlives: Outlives) -> io::Result<()> {
        let next = self.path.with_extension("next");
        let mut file = match create(&next) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_folder()?;
                create(&next)?
            }
            created => created?,
        };
        file.write_all(text.as_bytes())?;
        if outlives == Outlives::PowerCut {
            file.sync_all()?;
        }
        fs::rename(&next, &self.path)?;
        if let (Outlives::PowerCut, Some(folder)) = (outlives, self.path.parent()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn make_folder(&self) -> io::Result<()> {
        let Some(folder) = self.path.parent() else {
            return Ok(());
        };
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => created,
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_of_writes_begins_few_threads() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (desk, working, most) = (
            Desk::new(),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
        );
        let writes = (0..100).map(|_| {
            let (desk, working, most) = (desk.clone(), Arc::clone(&working), Arc::clone(&most));
            tokio::spawn(async move {
                let write = move || {
                    let now = working.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    std::thread::yield_now();
                    working.fetch_sub(1, Ordering::SeqCst);
                };
                desk.work(write).await.unwrap();
            })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap();
        }
        assert!(most.load(Ordering::SeqCst) <= TOGETHER, "{most:?}");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_one_that_is_not_there_reads_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptFile::new(folder.path(), "a.json");
        assert_eq!(kept.read(), "");
        for (text, outlives) in [("long text", Outlives::PowerCut), ("short", Outlives::Kill)] {
            kept.replace(text, outlives).unwrap();
            assert_eq!(kept.read(), text);
        }
        let files = fs::read_dir(folder.path().join(FOLDER)).unwrap().count();
        assert_eq!(files, 1, "nothing else is left behind");
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(kept.replace("x", Outlives::Kill).is_err());
    }
}
