//! What one transaction of the writer works with.
//!
//! Owns nothing: it lends the connection, the ledger and the options to the operations.

use rusqlite::Connection;

use crate::attended::Attendance;
use crate::faults::Faults;
use crate::folder::StateFolder;
use crate::ledger::Ledger;
use crate::options::OutboxCaps;

/// The surroundings of an operation inside the writer's transaction.
pub(crate) struct Work<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) caps: OutboxCaps,
    pub(crate) faults: &'a Faults,
    pub(crate) folder: &'a StateFolder,
    pub(crate) attendance: &'a Attendance,
    /// Unix milliseconds; kept with rows as data.
    pub(crate) now_ms: i64,
}

/// What a waiting row costs beside its text, in the sum that [`OutboxCaps::bytes`] bounds.
pub(crate) const ROW_OVERHEAD_BYTES: u64 = 128;
