//! What can go wrong, sorted by what the caller must do about it.
//!
//! Owns [`StoreError`] (the store cannot be opened) and [`CommitError`] (an operation on an open store failed), and the
//! one place that sorts SQLite's result codes into them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path of the state folder is something else.
    #[error("{path} is not a folder: name a folder of its own as the state folder")]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The state folder cannot be created or written to.
    #[error(
        "cannot write to the state folder {path}: mount it read-write and let the user that runs factorio-isr own it"
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The state folder lies where several hosts can reach it; SQLite's write-ahead log needs memory shared by all.
    #[error(
        "the state folder {path} is on a network file system ({kind}): \
         use a folder on a local disk, or a local container volume"
    )]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
        /// The kind of file system.
        kind: String,
    },
    /// Another process has the state folder.
    #[error(
        "another factorio-isr{} uses the state folder {path}: stop it, or give this one a state folder of its own",
        .process.map(|id| format!(" (process {id})")).unwrap_or_default()
    )]
    AlreadyRunning {
        /// The folder.
        path: PathBuf,
        /// The other process, as far as the lock file tells.
        process: Option<u32>,
    },
    /// The database was written by a newer version. Nothing was changed.
    #[error(
        "the store {path} has schema {found}, this version knows up to {known}: \
         start the newer factorio-isr again, or give this one another state folder"
    )]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// The newest that this program knows.
        known: i32,
    },
    /// The SQLite linked into this program is too old to be trusted.
    #[error("the linked SQLite is {found}, at least 3.51.3 is needed: build with the bundled SQLite")]
    OldSqlite {
        /// Its version number, as SQLite counts (3051003 is 3.51.3).
        found: i32,
    },
    /// The file system offers no shared memory for the write-ahead log.
    #[error("the file system of {path} cannot hold a write-ahead log: use a folder on a local disk")]
    NoWriteAheadLog {
        /// The database.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("cannot {operation} {path}: check the disk and the permissions of the state folder")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// SQLite failed, and not because of damage.
    #[error(
        "cannot open the store {path}: check the disk, its free space and the permissions of the state folder"
    )]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: SqliteCause,
    },
}

impl StoreError {
    /// Whether the state is refused (exit code 78): trying again without a change of configuration cannot help.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Sqlite { .. })
    }
}

/// What SQLite said. Kept as a source of our errors; shared, because one failure answers several callers.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct SqliteCause(Arc<rusqlite::Error>);

impl From<rusqlite::Error> for SqliteCause {
    fn from(error: rusqlite::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// Why an operation on an open store failed. In every case nothing of it is in the store, except where said.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The outbox is at its cap and the policy is to pause. Try again after deliveries went out.
    #[error("the outbox is at its cap: reading waits until deliveries have gone out")]
    Full,
    /// No space left. Try again once there is some.
    #[error("no space left on the disk of the state folder: free some")]
    DiskFull(#[source] SqliteCause),
    /// The file system refuses writing (read-only, a quota, an error of the disk). Worth another try.
    #[error("cannot write to the store: check the disk and the permissions of the state folder")]
    Unwritable(#[source] SqliteCause),
    /// Another process held the database for longer than we wait. Worth another try.
    #[error("the store is held by another process: end whatever has outbox.db open")]
    Busy(#[source] SqliteCause),
    /// A batch that cannot be stored as it is; it never can. Nothing of it is in the store.
    #[error("cannot store the batch: {0}")]
    Unstorable(&'static str),
    /// A batch with positions was handed over while the outcome of an earlier one was not taken yet.
    #[error("cannot store a batch while the outcome of an earlier one is unknown: wait for that one first")]
    OutOfTurn,
    /// A sync failed: what the disk holds is unknown (the batch may be in the store or not). The process must end with
    /// exit code 1; the next start finds out.
    #[error("the disk failed to sync the store: replace or check the disk, then start again")]
    SyncFailed(#[source] SqliteCause),
    /// The database is damaged. The process must end; the next start moves it aside and saves what it can.
    #[error("the store is damaged: start again, the damaged file is then moved aside and read anew")]
    Damaged,
    /// The store is closed, or its writer has died.
    #[error("the store is closed")]
    Closed,
}

impl CommitError {
    /// Whether the same operation may succeed later. If not, the process must end (or, for
    /// [`Unstorable`](Self::Unstorable) and [`OutOfTurn`](Self::OutOfTurn), the caller has a bug).
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::DiskFull(_) | Self::Unwritable(_) | Self::Busy(_)
        )
    }

    /// Whether the store answers nothing but this error from now on.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::SyncFailed(_) | Self::Damaged | Self::Closed)
    }
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) {
            return Self::Damaged;
        }
        let Some(code) = error.sqlite_error().copied() else {
            return Self::Unwritable(error.into());
        };
        match (code.code, code.extended_code) {
            (_, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) => Self::SyncFailed(error.into()),
            (ErrorCode::DiskFull, _) => Self::DiskFull(error.into()),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy(error.into()),
            _ => Self::Unwritable(error.into()),
        }
    }
}

/// Whether an error says that the database holds what we cannot have written.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    match error {
        E::FromSqlConversionFailure(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..)
        | E::InvalidColumnType(..) => true,
        other => other.sqlite_error().is_some_and(|code| {
            matches!(code.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                || matches!(
                    code.extended_code,
                    ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_DATA | ffi::SQLITE_IOERR_CORRUPTFS
                )
                || (code.code == ErrorCode::Unknown && other.to_string().starts_with("no such"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> CommitError {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()
    }

    #[test]
    fn s04_a_full_disk_is_worth_another_try() {
        assert!(matches!(failure(ffi::SQLITE_FULL), CommitError::DiskFull(_)));
        assert!(failure(ffi::SQLITE_FULL).is_transient());
        assert!(failure(ffi::SQLITE_IOERR_WRITE).is_transient());
        assert!(failure(ffi::SQLITE_READONLY).is_transient());
        assert!(failure(ffi::SQLITE_BUSY).is_transient());
    }

    #[test]
    fn s05_a_failed_sync_is_final() {
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC] {
            assert!(matches!(failure(code), CommitError::SyncFailed(_)));
            assert!(failure(code).is_fatal() && !failure(code).is_transient());
        }
    }

    #[test]
    fn s06_damage_is_told_from_trouble() {
        for code in [
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_CORRUPT_INDEX,
            ffi::SQLITE_NOTADB,
            ffi::SQLITE_IOERR_SHORT_READ,
        ] {
            assert!(matches!(failure(code), CommitError::Damaged), "{code}");
        }
        assert!(!matches!(failure(ffi::SQLITE_IOERR_READ), CommitError::Damaged));
    }
}
