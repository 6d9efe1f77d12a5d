//! What people do through the bot and the command line: the audit log, uses of commands, chosen servers.
//!
//! Owns these tables. Must not know what a command does or who may use it. Fails when SQLite fails.

mod audit;
mod habits;

pub use audit::{AuditEntry, AuditKind, AuditRow, Person};
pub use habits::ChosenServer;

pub(crate) use audit::{add as add_audit, end_unended, remove as remove_audit};
pub(crate) use habits::{choices, choose, note_use, uses};

use isr_core::command::Use;

use crate::admin::{Admin, AdminError};
use crate::command::Command;
use crate::error::CommitError;
use crate::store::Store;

/// What is remembered of people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {
    /// Uses that may still count towards a limit.
    pub uses: Vec<Use>,
    /// The servers that people chose.
    pub choices: Vec<ChosenServer>,
}

impl Store {
    /// Adds a row to the audit log and gives its number. It is durable when this returns.
    ///
    /// # Errors
    /// [`CommitError`]; the row is not there then, and what it is about must not be done.
    pub async fn audit(&self, entry: AuditEntry) -> Result<i64, CommitError> {
        let entry = Box::new(entry);
        self.ask(|answer| Command::Audit { entry, answer }).await
    }

    /// Says of every command that left and never ended that its end is unknown; how many those were. For the start, before
    /// the first command.
    ///
    /// # Errors
    /// [`CommitError`]; the next start says it then.
    pub async fn end_unended(&self, now_ms: i64) -> Result<u64, CommitError> {
        self.ask(|answer| Command::EndUnended { now_ms, answer }).await
    }

    /// Remembers a use of a command.
    ///
    /// # Errors
    /// [`CommitError`]; it is forgotten at the next start then.
    pub async fn note_use(&self, used: Use) -> Result<(), CommitError> {
        self.ask(|answer| Command::NoteUse { used, answer }).await
    }

    /// Remembers which server somebody chose.
    ///
    /// # Errors
    /// [`CommitError`]; the former choice stays then.
    pub async fn choose_server(&self, chosen: ChosenServer) -> Result<(), CommitError> {
        self.ask(|answer| Command::ChooseServer { chosen, answer }).await
    }

    /// What is remembered of people.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn habits(&self) -> Result<Habits, CommitError> {
        self.ask(|answer| Command::Habits { answer }).await
    }
}

impl Admin {
    /// The rows of the audit log since a moment (Unix milliseconds): the newest `most` of them, oldest first.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn audit_since(&self, since_ms: i64, most: u64) -> Result<Vec<AuditRow>, AdminError> {
        self.look(|conn| audit::since(conn, since_ms, most))
    }

    /// Adds a row to the audit log, for somebody at the command line, and gives its number.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; the row is not there then, and what it is about must not be done.
    pub fn audit(&mut self, entry: &AuditEntry) -> Result<i64, AdminError> {
        self.change(|conn| add_audit(conn, entry))
    }
}
