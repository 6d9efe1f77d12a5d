//! Looking for damage while the store runs.
//!
//! Owns one read-only connection for as long as a check takes, and the way to break it off. Must not change anything:
//! what follows from damage is the writer's business.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, InterruptHandle};

use crate::error::{CommitError, is_damage};
use crate::schema;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// Nothing wrong.
    Sound,
    /// Damage, in SQLite's words.
    Damaged(String),
    /// The store was closed before the check was through.
    Interrupted,
}

#[derive(Default)]
pub(crate) struct Verification {
    running: Mutex<Option<InterruptHandle>>,
    stopped: AtomicBool,
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification")
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

impl Verification {
    /// Checks the database.
    pub(crate) fn run(&self, database: &Path) -> Result<Soundness, CommitError> {
        let conn = match schema::connect_reader(database) {
            Ok(conn) => conn,
            Err(error) => return judge(error),
        };
        self.note(Some(conn.get_interrupt_handle()));
        let outcome = if self.stopped.load(Ordering::Acquire) {
            Ok(Soundness::Interrupted)
        } else {
            check(&conn)
        };
        self.note(None);
        outcome
    }

    /// Breaks a running check off and lets no other begin.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        if let Some(handle) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.interrupt();
        }
    }

    fn note(&self, handle: Option<InterruptHandle>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }
}

fn check(conn: &Connection) -> Result<Soundness, CommitError> {
    match conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(verdict) if verdict == "ok" => Ok(Soundness::Sound),
        Ok(verdict) => Ok(Soundness::Damaged(verdict)),
        Err(error) => judge(error),
    }
}

fn judge(error: rusqlite::Error) -> Result<Soundness, CommitError> {
    if is_damage(&error) {
        return Ok(Soundness::Damaged(error.to_string()));
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => Ok(Soundness::Interrupted),
        _ => Err(error.into()),
    }
}
