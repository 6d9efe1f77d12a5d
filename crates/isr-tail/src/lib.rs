//! Growing, rotating, truncating files to records with exact offsets.
//!
//! This crate owns the way from bytes on disk to complete lines: which file is which ([`Tail`]), where its lines
//! begin and end ([`LineReader`]), how a position survives restarts, and when to look again ([`Waiter`]). It must
//! not know what a line means, where a checkpoint is stored, or that a network exists. It is synchronous: one
//! thread polls all files.
//!
//! **Identity.** A generation is one incarnation of a log. It is recognised by device and inode *and* by the hash
//! of its first kilobyte (the head) *and* by the hash of the kilobyte before the position (the anchor). An equal
//! head alone never identifies a file, an equal inode alone does not either.
//!
//! **Rules.** Same file, long enough, head and anchor match: go on. Another file with matching head and anchor: the
//! content was moved or copied, go on there, once. Anything else is a new generation, read from its first byte; the
//! old one is drained through its open descriptor or found again among its rotated siblings, and what cannot be
//! read any more is counted ([`Notice::BytesLost`]).
//!
//! **What can fail.** Every file operation, at any time; a failure becomes a [`Notice`], never a lost position.
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//! use isr_tail::{FirstLook, Look, OsFs, Tail, TailOptions};
//!
//! let start = Instant::now();
//! let mut tail = Tail::new(OsFs, "/logs/console.log".into(), TailOptions::default(), Vec::new(), FirstLook::End);
//! loop {
//!     let polled = tail.poll(Look::Timed, start.elapsed(), 256 * 1024, &mut |record| {
//!         // Turn record.line into deliveries …
//!         let _ = record.line;
//!     });
//!     let _checkpoints = tail.take_checkpoints(b""); // … and commit both in one transaction.
//!     if !polled.more {
//!         std::thread::sleep(polled.next.saturating_sub(start.elapsed()).min(Duration::from_secs(1)));
//!     }
//! }
//! ```

mod fingerprint;
mod fs;
mod generation;
mod line;
mod notice;
mod options;
mod proof;
mod siblings;
pub mod sim;
mod stdin;
mod tail;
mod waiter;

pub use self::fingerprint::{Fnv, WINDOW};
pub use self::fs::{FileStat, Fs, FsError, OsFs, Refusal, same_file};
pub use self::line::{Line, LineReader};
pub use self::notice::{Gap, Notice, Why};
pub use self::options::{FirstLook, Hints, TailOptions};
pub use self::stdin::StdinTail;
pub use self::tail::{Following, Look, Polled, Record, Tail, new_generation_id};
pub use self::waiter::{Events, Waiter, WakeHandle, Woken};
