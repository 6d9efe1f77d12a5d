//! The state folder: its files, their modes, the single-instance lock, and moving damage aside.
//!
//! Owns every path under the folder. Must not know SQL. Fails with [`StoreError`] where the folder cannot be used.
//!
//! Files are mode 0600; the write-ahead log takes the mode of the database. The folder is made 0700 when we create it
//! or when nothing but our own files is in it; a folder with other things in it (somebody's home, `/tmp`) keeps its mode.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, FlockOperation};

use crate::error::StoreError;
use crate::file_system;

const DATABASE: &str = "outbox.db";
const REPLACEMENT: &str = "outbox.db.new";
const ASIDE: &str = "outbox.db.damaged-";
const LOCK: &str = "lock";
const INITIALISED: &str = "initialised";
const DAMAGE_NOTED: &str = "damaged";
/// The program's folder for consoles that it hears through RCON.
const CONSOLE: &str = "console";
/// The program's folder for what its bot remembers.
const BOT: &str = "bot";
/// The companions of a database in WAL mode, the database itself first.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];
/// So many damaged databases are kept for inspection; older ones are removed.
const KEPT_ASIDE: usize = 3;

/// The folder, checked and writable.
#[derive(Debug, Clone)]
pub(crate) struct StateFolder {
    path: PathBuf,
}

/// Held for as long as this process may use the folder.
#[derive(Debug)]
pub(crate) struct InstanceLock {
    file: File,
}

impl Drop for InstanceLock {
    /// Closing alone is not enough: a child process that was forked a moment ago still holds the descriptor until its
    /// exec, and with it the lock.
    fn drop(&mut self) {
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

impl StateFolder {
    /// Creates the folder if need be and refuses one that cannot hold the store. `pretended` replaces what the system
    /// says about the file system (tests).
    pub(crate) fn prepare(path: &Path, pretended: Option<String>) -> Result<Self, StoreError> {
        let not_writable = |source| StoreError::NotWritable {
            path: path.to_owned(),
            source,
        };
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => {
                return Err(StoreError::NotAFolder {
                    path: path.to_owned(),
                });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path).map_err(not_writable)?,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(StoreError::NotAFolder {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(not_writable(error)),
        }
        let refused = match pretended {
            Some(kind) => Some(kind).filter(|kind| file_system::is_refused_name(kind)),
            None => file_system::refused_kind(path).map_err(not_writable)?,
        };
        if let Some(kind) = refused {
            return Err(StoreError::NetworkFileSystem {
                path: path.to_owned(),
                kind,
            });
        }
        rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| not_writable(error.into()))?;
        let folder = Self {
            path: path.to_owned(),
        };
        folder.tighten();
        Ok(folder)
    }

    /// A folder that another process may be using: nothing is checked or changed.
    pub(crate) fn unchecked(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Takes the single-instance lock.
    pub(crate) fn lock(&self) -> Result<InstanceLock, StoreError> {
        let path = self.path.join(LOCK);
        let not_writable = |source| StoreError::NotWritable {
            path: self.path.clone(),
            source,
        };
        let mut file = private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(not_writable)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                let process = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(StoreError::AlreadyRunning {
                    path: self.path.clone(),
                    process,
                });
            }
            Err(error) => return Err(not_writable(error.into())),
        }
        // The number only serves the message that a second instance prints.
        file.set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(not_writable)?;
        Ok(InstanceLock { file })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub(crate) fn wal(&self) -> PathBuf {
        companion(&self.database(), "-wal")
    }

    /// Where a new database is put together before it takes the place of a damaged one.
    pub(crate) fn replacement(&self) -> PathBuf {
        self.path.join(REPLACEMENT)
    }

    /// Whether a replacement lies ready. One with a write-ahead log was never finished.
    pub(crate) fn has_finished_replacement(&self) -> bool {
        self.replacement().exists() && !companion(&self.replacement(), "-wal").exists()
    }

    /// Creates an empty file of mode 0600 for SQLite to fill, or fixes the mode of the one that exists.
    pub(crate) fn touch_private(&self, path: &Path) -> Result<(), StoreError> {
        let file = private().write(true).create(true).truncate(false).open(path);
        let fixed = file.and_then(|file| file.set_permissions(Permissions::from_mode(0o600)));
        fixed.map_err(|source| self.failed("create", path, source))
    }

    /// Whether a position was ever committed in this folder, or was about to be.
    pub(crate) fn is_initialised(&self) -> bool {
        self.path.join(INITIALISED).exists()
    }

    /// Records, durably, that positions are committed here from now on: a store found without any has lost them.
    pub(crate) fn mark_initialised(&self) -> io::Result<()> {
        self.write_note(
            INITIALISED,
            "factorio-isr has committed positions here; do not remove this file\n",
        )
    }

    /// Asks the next start to move the database aside, because this process saw damage in it.
    pub(crate) fn note_damage(&self, found: &str) -> io::Result<()> {
        self.write_note(DAMAGE_NOTED, found)
    }

    /// What an earlier process saw, if it saw damage.
    pub(crate) fn noted_damage(&self) -> Option<String> {
        fs::read_to_string(self.path.join(DAMAGE_NOTED)).ok()
    }

    fn write_note(&self, name: &str, text: &str) -> io::Result<()> {
        let mut file = private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(self.path.join(name))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        self.sync()
    }

    /// Moves the database and its companions to `outbox.db.damaged-<unix seconds>`; gives the new paths.
    pub(crate) fn move_aside(&self, unix_seconds: u64) -> Result<Vec<PathBuf>, StoreError> {
        let target = self.free_aside(unix_seconds);
        let mut kept = Vec::new();
        for suffix in COMPANIONS {
            let (from, to) = (companion(&self.database(), suffix), companion(&target, suffix));
            match fs::rename(&from, &to) {
                Ok(()) => kept.push(to),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(self.failed("move aside", &from, source)),
            }
        }
        self.sync()
            .map_err(|source| self.failed("sync", &self.path, source))?;
        Ok(kept)
    }

    /// Puts the finished replacement in the place of the database and forgets noted damage.
    pub(crate) fn adopt_replacement(&self) -> Result<(), StoreError> {
        let replacement = self.replacement();
        fs::rename(&replacement, self.database())
            .map_err(|source| self.failed("rename", &replacement, source))?;
        self.forget_damage()
    }

    /// Removes the note about damage, once the damaged database is out of the way.
    pub(crate) fn forget_damage(&self) -> Result<(), StoreError> {
        let note = self.path.join(DAMAGE_NOTED);
        match fs::remove_file(&note) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("remove", &note, source))
            }
            _ => self
                .sync()
                .map_err(|source| self.failed("sync", &self.path, source)),
        }
    }

    /// Removes a replacement that was never finished.
    pub(crate) fn discard_replacement(&self) -> Result<(), StoreError> {
        for suffix in COMPANIONS {
            let path = companion(&self.replacement(), suffix);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(self.failed("remove", &path, source));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps the newest damaged databases and removes the others: the disk is bounded. A file that cannot be removed
    /// stays.
    pub(crate) fn prune_aside(&self) {
        let mut stamps: Vec<String> = self.own_names().filter_map(|name| aside_stamp(&name)).collect();
        stamps.sort_by_key(|stamp| std::cmp::Reverse(stamp.parse::<u64>().unwrap_or(0)));
        stamps.dedup();
        for stamp in stamps.iter().skip(KEPT_ASIDE) {
            for suffix in COMPANIONS {
                let _ = fs::remove_file(self.path.join(format!("{ASIDE}{stamp}{suffix}")));
            }
        }
    }

    fn free_aside(&self, mut unix_seconds: u64) -> PathBuf {
        loop {
            let path = self.path.join(format!("{ASIDE}{unix_seconds}"));
            if COMPANIONS.iter().all(|suffix| !companion(&path, suffix).exists()) {
                return path;
            }
            unix_seconds += 1;
        }
    }

    /// Makes renames and new files in the folder durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    pub(crate) fn failed(&self, operation: &'static str, path: &Path, source: io::Error) -> StoreError {
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::NotWritable {
                path: self.path.clone(),
                source,
            },
            _ => StoreError::Io {
                operation,
                path: path.to_owned(),
                source,
            },
        }
    }

    fn own_names(&self) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned())
    }

    /// Mode 0700, if the folder is ours alone. A folder of another user stays as it is: its owner decides.
    fn tighten(&self) {
        let Ok(found) = fs::metadata(&self.path) else {
            return;
        };
        let sticky = found.mode() & 0o1000 != 0;
        let ours_alone = self.own_names().all(|name| is_own(&name));
        if !sticky && ours_alone && found.mode() & 0o077 != 0 {
            let _ = fs::set_permissions(&self.path, Permissions::from_mode(0o700));
        }
    }
}

fn create(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn companion(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    name.into()
}

fn is_own(name: &str) -> bool {
    name.starts_with(DATABASE)
        || [LOCK, INITIALISED, DAMAGE_NOTED, CONSOLE, BOT, "lost+found"].contains(&name)
}

fn aside_stamp(name: &str) -> Option<String> {
    let rest = name.strip_prefix(ASIDE)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn g9_only_the_newest_damaged_databases_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let folder = StateFolder::prepare(root.path(), None).unwrap();
        for _ in 0..5 {
            fs::write(folder.database(), "x").unwrap();
            fs::write(folder.wal(), "x").unwrap();
            assert_eq!(folder.move_aside(1_700_000_000).unwrap().len(), 2);
        }
        folder.prune_aside();
        let mut left: Vec<_> = folder
            .own_names()
            .filter(|name| name.starts_with(ASIDE))
            .collect();
        left.sort();
        assert_eq!(left.len(), KEPT_ASIDE * 2);
        assert_eq!(
            left.first().map(String::as_str),
            Some("outbox.db.damaged-1700000002")
        );
    }

    #[test]
    fn the_folder_is_private_unless_it_holds_other_things() {
        let root = tempfile::tempdir().unwrap();
        let new = root.path().join("a/state");
        StateFolder::prepare(&new, None).unwrap();
        assert_eq!(mode(&new), 0o700);

        fs::set_permissions(&new, Permissions::from_mode(0o755)).unwrap();
        StateFolder::prepare(&new, None).unwrap();
        assert_eq!(mode(&new), 0o700);

        fs::write(new.join("holiday.jpg"), "").unwrap();
        fs::set_permissions(&new, Permissions::from_mode(0o755)).unwrap();
        StateFolder::prepare(&new, None).unwrap();
        assert_eq!(mode(&new), 0o755);

        let shared = root.path().join("tmp");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
        StateFolder::prepare(&shared, None).unwrap();
        assert_eq!(mode(&shared), 0o1777);
    }

    #[test]
    fn s07_a_file_is_not_a_state_folder() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let refused = StateFolder::prepare(&path, None).unwrap_err();
            assert!(matches!(refused, StoreError::NotAFolder { .. }), "{refused:?}");
            assert!(refused.is_refusal());
        }
    }
}
