//! The durable outbox and the positions in the logs: one SQLite database, one writer.
//!
//! # What it owns
//! The state folder: `outbox.db` (WAL mode, `synchronous=FULL`), `lock` (one instance), `initialised` (a position was
//! ever committed here), and what a damaged database is moved to. Nothing else reads or writes those files.
//!
//! # What it must not know
//! How a log is read, how a message is sent, when an attempt is repeated. Positions come from the reader, verdicts from
//! the lanes; this crate makes both durable.
//!
//! # The promises, and what keeps them
//! * A position and the deliveries made from the lines before it are committed in ONE transaction ([`Store::submit`]).
//! * A delivery is inserted once. Its id is unique, and a line before the committed position of its generation is
//!   refused even when the row it once made has been removed by retention.
//! * An attempt is durable before it begins ([`Store::claim`]). A claim found at start may have been sent: it becomes
//!   waiting again, marked uncertain.
//! * A failed sync is final: nothing is synced after it, nothing is promised after it ([`CommitError::SyncFailed`]).
//! * Damage is moved aside and reported, never overwritten and never answered by silently starting anew
//!   ([`StoreHistory::Lost`]).
//!
//! # Life of a row
//! ```text
//! insert ─▶ waiting ─claim─▶ in flight ─settle─▶ delivered (kept 24 h) ─▶ removed
//!              ▲                 │    └────────▶ dead | expired (kept 30 days) ─▶ removed
//!              └── retry, crash ─┘                     │
//!              └───────── operator (Admin) ────────────┘
//! ```

mod admin;
mod answer;
mod attended;
mod claims;
mod columns;
mod command;
mod error;
mod faults;
mod file_system;
mod folder;
mod form;
mod game;
mod health;
mod held;
mod ingest;
mod inspection;
mod ledger;
mod opening;
mod options;
mod people;
mod positions;
mod rows;
mod salvage;
mod schema;
mod statistics;
mod store;
mod unknown;
mod upkeep;
mod verification;
mod work;
mod writer;

pub use admin::RULE_OPERATOR;
pub use admin::{Admin, AdminError, OpenCount, OutboxFilter, OutboxRow, RowState};
pub use attended::Attended;
pub use claims::RULE_UNCERTAIN_RESEND;
pub use claims::{ClaimLimits, Settled, Settlement, Verdict};
pub use error::{CommitError, SqliteCause, StoreError};
#[doc(hidden)]
pub use faults::{FailPoint, FaultAction, Faults};
pub use game::{
    AlertChange, AlertPost, AlertRow, CardPlace, CardState, Maintenance, RULE_CARD_UNCERTAIN, SampleRow,
    Scope,
};
pub use health::{Condition, Health, LaneHealth, TallyHealth};
pub use held::{HeldRow, MOST_HELD};
pub use ingest::{Committed, IngestBatch, RULE_OUTBOX_CAP, Tally};
pub use opening::{DamageReport, OpenReport, StoreHistory};
pub use options::{OutboxCaps, OutboxFull, Retention, StoreOptions, WalLimits};
pub use people::{
    Added, AuditEntry, AuditKind, AuditRow, Break, ChainHash, ChainReport, ChosenServer, Fault, Habits,
    LinkedPlayer, LostWatch, MOST_WATCHES, MOST_WATCHES_EACH, Person, Removal, Unposted, WatchEnd, WatchRow,
    WatchesOf,
};
pub use statistics::{Attendance, Forgotten, HourRange, Series, SeriesMark, SeriesPosted, StatisticsReader};
pub use store::{Opened, PendingCommit, Store};
pub use upkeep::Swept;
pub use verification::Soundness;

/// The oldest SQLite that is accepted: earlier ones can lose a checkpoint's pages when two connections reset the WAL
/// at the same moment.
pub const MIN_SQLITE: i32 = 3_051_003;

const _: () = assert!(
    rusqlite::ffi::SQLITE_VERSION_NUMBER >= MIN_SQLITE,
    "the bundled SQLite is too old: 3.51.3 is needed"
);
