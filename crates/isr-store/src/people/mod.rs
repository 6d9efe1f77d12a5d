//! What people do through the bot and the command line: the audit log, uses of commands, chosen servers.
//!
//! Owns these tables. Must not know what a command does or who may use it. Fails when SQLite fails.

mod audit;
mod chain;
mod habits;
mod posted;
mod wishes;

pub use audit::{AuditEntry, AuditKind, AuditRow, Person};
pub use chain::{Break, ChainHash, ChainReport, Fault, Removal};
pub use habits::ChosenServer;
pub use posted::Unposted;
pub use wishes::{
    Added, LinkedPlayer, LostWatch, MOST_WATCHES, MOST_WATCHES_EACH, WatchEnd, WatchRow, WatchesOf,
};

pub(crate) use posted::{post as post_audit, unposted};
pub(crate) use wishes::{
    add as add_watch, confirm as confirm_watches, end as end_watches, link, links, lose as lose_watches,
    unlink, watches,
};

pub(crate) use audit::{add as add_audit, end_unended, remove as remove_audit};
pub(crate) use habits::{choices, choose, note_use, uses};

use isr_core::command::Use;
use isr_core::delivery::{Destination, NewDelivery};
use isr_core::watching::Watch;

use crate::admin::{Admin, AdminError};
use crate::command::Command;
use crate::error::CommitError;
use crate::ingest::Committed;
use crate::store::Store;

/// What is remembered of people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {
    /// Uses that may still count towards a limit.
    pub uses: Vec<Use>,
    /// The servers that people chose.
    pub choices: Vec<ChosenServer>,
    /// The players that people are.
    pub links: Vec<LinkedPlayer>,
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

    /// What people want to be told, each for themselves, with what this program ended lately.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn watches(&self) -> Result<Vec<WatchRow>, CommitError> {
        self.ask(|answer| Command::Watches { answer }).await
    }

    /// Adds a watch that somebody has the right to at this moment (Unix milliseconds).
    ///
    /// # Errors
    /// [`CommitError`]; it is not there then.
    pub async fn add_watch(&self, watch: Watch, now_ms: i64) -> Result<Added, CommitError> {
        let watch = Box::new(watch);
        self.ask(|answer| Command::AddWatch {
            watch,
            now_ms,
            answer,
        })
        .await
    }

    /// Notes that Discord said at this moment (Unix milliseconds) what gives the right to these watches, 0: that it gives
    /// none just now, and in which Discord server they were asked for.
    ///
    /// # Errors
    /// [`CommitError`]; what was known stays then.
    pub async fn confirm_watches(
        &self,
        numbers: Vec<i64>,
        guild: u64,
        at_ms: i64,
    ) -> Result<(), CommitError> {
        self.ask(|answer| Command::ConfirmWatches {
            numbers,
            guild,
            at_ms,
            answer,
        })
        .await
    }

    /// Ends watches that can be told no more, and puts what people are told of that into the outbox, in one transaction. Nothing
    /// is done where one of them was asked for again meanwhile.
    ///
    /// # Errors
    /// [`CommitError`]; they go on then, and nobody is told.
    pub async fn lose_watches(
        &self,
        lost: Vec<LostWatch>,
        told: Vec<NewDelivery>,
        now_ms: i64,
    ) -> Result<Committed, CommitError> {
        self.ask(|answer| Command::LoseWatches {
            lost,
            told,
            now_ms,
            answer,
        })
        .await
    }

    /// Ends watches; how many that were.
    ///
    /// # Errors
    /// [`CommitError`]; they go on then.
    pub async fn end_watches(&self, which: WatchesOf) -> Result<u64, CommitError> {
        self.ask(|answer| Command::EndWatches { which, answer }).await
    }

    /// Remembers which player somebody is.
    ///
    /// # Errors
    /// [`CommitError`]; what was known stays then.
    pub async fn link_player(&self, linked: LinkedPlayer) -> Result<(), CommitError> {
        self.ask(|answer| Command::Link { linked, answer }).await
    }

    /// Forgets which player somebody is; whether that was known.
    ///
    /// # Errors
    /// [`CommitError`]; it stays known then.
    pub async fn unlink_player(&self, person: u64) -> Result<bool, CommitError> {
        self.ask(|answer| Command::Unlink { person, answer }).await
    }

    /// Rows of the audit log that were not posted yet at the one destination where it is posted, the oldest `most` of them.
    /// Asked for the first time, or after another one or none, it begins with what comes.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn unposted_audit(
        &self,
        destination: Option<Destination>,
        most: u64,
    ) -> Result<Unposted, CommitError> {
        self.ask(|answer| Command::Unposted {
            destination,
            most,
            answer,
        })
        .await
    }

    /// Puts posts of the audit log into the outbox, and notes up to which row they go, in one transaction.
    ///
    /// # Errors
    /// [`CommitError`]; nothing is noted then.
    pub async fn post_audit(
        &self,
        destination: Destination,
        upto: i64,
        deliveries: Vec<NewDelivery>,
    ) -> Result<Committed, CommitError> {
        self.ask(|answer| Command::PostAudit {
            destination,
            upto,
            deliveries,
            answer,
        })
        .await
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

    /// Checks the chain of the audit log, as it is at one moment: a daemon may go on writing.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]. A chain that is broken is no error.
    pub fn check_audit(&self) -> Result<ChainReport, AdminError> {
        self.look_at_one_moment(chain::check)
    }

    /// What people want to be told, each for themselves, with what a daemon ended lately.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn watches(&self) -> Result<Vec<WatchRow>, AdminError> {
        self.look(watches)
    }

    /// Ends watches; how many that were. A running daemon knows of it within half a minute.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; they go on then.
    pub fn end_watches(&mut self, which: WatchesOf) -> Result<u64, AdminError> {
        self.change(|conn| end_watches(conn, which))
    }

    /// Adds a row to the audit log, for somebody at the command line, and gives its number.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; the row is not there then, and what it is about must not be done.
    pub fn audit(&mut self, entry: &AuditEntry) -> Result<i64, AdminError> {
        self.change(|conn| add_audit(conn, entry))
    }
}
