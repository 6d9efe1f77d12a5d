//! What was written against what Discord accepted, and against what the program itself says of it.
//!
//! Owns the oracle behind a lock (it is fed from inside the fake), the count of messages that repeat something, and
//! the look into the stopped program's database. Must not know faults. Fails when the database cannot be read.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use isr_testkit::discord::Message;
use isr_testkit::log::numbered::MARK;
use isr_testkit::oracle::{Liveness, Oracle, Report};
use rusqlite::{Connection, OpenFlags};

/// What every text begins with that people write on Discord. No line of a player holds it.
pub(crate) const FROM_DISCORD: &str = "dq";

/// The judge of one run.
#[derive(Debug)]
pub(crate) struct Judge {
    servers: u16,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    oracle: Oracle,
    repeats: u64,
    echoes: u64,
}

/// What the stopped program's own books say.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Books {
    /// Deliveries given up.
    pub(crate) given_up: u64,
    /// Deliveries that were sent again although an earlier attempt may have been accepted.
    pub(crate) uncertain_resends: u64,
    /// Deliveries that still wait.
    pub(crate) waiting: u64,
}

impl Judge {
    /// A judge of so many servers that names this seed.
    pub(crate) fn new(seed: u64, servers: u16) -> Self {
        Self {
            servers,
            seen: Mutex::new(Seen {
                oracle: Oracle::new(seed),
                repeats: 0,
                echoes: 0,
            }),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This number is about to be written to the server's log.
    pub(crate) fn wrote(&self, server: u16, id: u64) {
        self.seen().oracle.wrote(server, [id]);
    }

    /// Discord accepted a message. It repeats something when not every numbered line in it is new.
    pub(crate) fn accepted(&self, message: &Message) {
        let mut seen = self.seen();
        let before = self.delivered_of(&seen.oracle);
        seen.oracle.accepted_message(message);
        let fresh = self.delivered_of(&seen.oracle) - before;
        let numbered = message.lines().filter(|line| line.contains(MARK)).count() as u64;
        seen.repeats += u64::from(fresh < numbered);
        seen.echoes += u64::from(message.text.contains(FROM_DISCORD));
    }

    /// A message shows something else now.
    pub(crate) fn edited(&self, before: &Message, after: &Message) {
        self.seen().oracle.edited_message(before, after);
    }

    fn delivered_of(&self, oracle: &Oracle) -> u64 {
        (0..self.servers).map(|server| oracle.delivered(server)).sum()
    }

    /// Distinct lines of all servers that Discord has accepted.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered_of(&self.seen().oracle)
    }

    /// Distinct lines of one server that Discord has accepted.
    pub(crate) fn delivered_by(&self, server: u16) -> u64 {
        self.seen().oracle.delivered(server)
    }

    /// Whether everything written so far was delivered.
    pub(crate) fn is_drained(&self) -> bool {
        self.seen().oracle.is_drained()
    }

    /// Messages that held at least one line for a second time.
    pub(crate) fn repeats(&self) -> u64 {
        self.seen().repeats
    }

    /// Messages that held what Discord had said itself.
    pub(crate) fn echoes(&self) -> u64 {
        self.seen().echoes
    }

    /// How the fresh event after the faults did.
    pub(crate) fn saw_fresh_event(&self, live: Liveness) {
        self.seen().oracle.saw_fresh_event(live);
    }

    /// The figures.
    pub(crate) fn report(&self) -> Report {
        self.seen().oracle.report()
    }

    /// Reads the books of the stopped program and accounts for what it gave up, line by line.
    pub(crate) fn read_books(&self, state_dir: &Path) -> Result<Books> {
        let path = state_dir.join("outbox.db");
        let books = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .with_context(|| format!("open {}", path.display()))?;
        let count = |sql: &str| -> Result<u64> {
            let count: i64 = books
                .query_row(sql, [], |row| row.get(0))
                .context("read the outbox")?;
            Ok(u64::try_from(count).unwrap_or(0))
        };
        let mut dead = books.prepare("SELECT username, text FROM delivery WHERE state >= 3")?;
        let mut rows = dead.query([])?;
        while let Some(row) = rows.next()? {
            let (username, text): (Option<String>, String) = (row.get(0)?, row.get(1)?);
            self.seen()
                .oracle
                .account_text(username.as_deref(), &text, "given up");
        }
        Ok(Books {
            given_up: count("SELECT count(*) FROM delivery WHERE state >= 3")?,
            uncertain_resends: count(
                "SELECT coalesce(sum(count), 0) FROM tally WHERE rule = 'uncertain_resend'",
            )?,
            waiting: count("SELECT coalesce(sum(waiting_rows), 0) FROM lane")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use isr_testkit::log::numbered::{payload, player};

    use super::*;

    fn message(ids: impl IntoIterator<Item = u64>) -> Message {
        let line = |id| format!("💬 **{}**: {}", player(0, id), payload(0, id));
        Message {
            id: 1,
            webhook: 1,
            channel: 1,
            thread: None,
            username: None,
            text: ids.into_iter().map(line).collect::<Vec<_>>().join("\n"),
            pinged: Vec::new(),
            flags: 0,
            embeds: Vec::new(),
            components: Vec::new(),
            files: Vec::new(),
            request: 1,
            at: tokio::time::Instant::now(),
            edits: 0,
            edited: None,
            pinned: false,
            reactions: Vec::new(),
        }
    }

    #[test]
    fn a_message_repeats_when_one_line_of_it_is_known() {
        let judge = Judge::new(1, 1);
        (0..6).for_each(|id| judge.wrote(0, id));
        judge.accepted(&message(0..3));
        assert_eq!(
            (judge.repeats(), judge.delivered(), judge.is_drained()),
            (0, 3, false)
        );
        judge.accepted(&message(2..6));
        assert_eq!(
            (judge.repeats(), judge.delivered_by(0), judge.is_drained()),
            (1, 6, true)
        );
        assert_eq!(judge.report().dup, 1);
    }
}
