//! A tailer with a clock, a store and a memory, for the scenario tests.
//!
//! `commit` stands for the one transaction that stores checkpoints with what was made from the records; `kill` throws
//! away what was not committed, as a crash does.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "each test file uses a part of it"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use isr_core::source::{Checkpoint, GenerationId};
use isr_tail::sim::{Inodes, SimFs};
use isr_tail::{FirstLook, Fs, Look, Notice, OsFs, Polled, Record, Tail, TailOptions};

pub const LOG: &str = "/logs/console.log";
pub const SECOND: Duration = Duration::from_secs(1);
pub const PLENTY: usize = 64 << 20;

/// A record that outlives the read buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub generation: GenerationId,
    pub start: u64,
    pub end: u64,
    pub line: Vec<u8>,
    pub terminated: bool,
    pub live: bool,
    pub cut_bytes: u64,
}

impl From<Record<'_>> for Seen {
    fn from(record: Record<'_>) -> Self {
        let Record {
            generation,
            start,
            end,
            line,
            terminated,
            live,
            cut_bytes,
        } = record;
        Self {
            generation,
            start,
            end,
            line: line.to_vec(),
            terminated,
            live,
            cut_bytes,
        }
    }
}

pub struct Rig<F: Fs> {
    pub fs: F,
    path: PathBuf,
    options: TailOptions,
    first: FirstLook,
    pub tail: Tail<F>,
    pub now: Duration,
    pub store: Vec<Checkpoint>,
    pub seen: Vec<Seen>,
    pub notices: Vec<Notice>,
    committed: (usize, usize),
}

pub fn sim(first: FirstLook) -> Rig<SimFs> {
    Rig::new(SimFs::new(Inodes::Unique), LOG, first)
}

pub fn sim_with(inodes: Inodes, first: FirstLook) -> Rig<SimFs> {
    Rig::new(SimFs::new(inodes), LOG, first)
}

pub fn real(path: impl AsRef<Path>, first: FirstLook) -> Rig<OsFs> {
    Rig::new(OsFs, path, first)
}

impl<F: Fs + Clone> Rig<F> {
    pub fn new(fs: F, path: impl AsRef<Path>, first: FirstLook) -> Self {
        Self::with_options(fs, path, first, TailOptions::default())
    }

    pub fn with_options(fs: F, path: impl AsRef<Path>, first: FirstLook, options: TailOptions) -> Self {
        let path = path.as_ref().to_owned();
        let tail = Tail::new(fs.clone(), path.clone(), options.clone(), Vec::new(), first);
        Self {
            fs,
            path,
            options,
            first,
            tail,
            now: Duration::ZERO,
            store: Vec::new(),
            seen: Vec::new(),
            notices: Vec::new(),
            committed: (0, 0),
        }
    }

    pub fn poll_with(&mut self, look: Look, budget: usize) -> Polled {
        let seen = &mut self.seen;
        let mut polled = self
            .tail
            .poll(look, self.now, budget, &mut |record| seen.push(record.into()));
        self.notices.append(&mut polled.notices);
        polled
    }

    /// Looks until there is no more to read.
    pub fn poll(&mut self) {
        while self.poll_with(Look::Again, PLENTY).more {}
    }

    /// Lets time pass, then looks.
    pub fn poll_after(&mut self, time: Duration) {
        self.now += time;
        self.poll();
    }

    pub fn commit(&mut self) {
        for checkpoint in self.tail.take_checkpoints(b"context") {
            match self
                .store
                .iter_mut()
                .find(|stored| stored.generation == checkpoint.generation)
            {
                Some(stored) => *stored = checkpoint,
                None => self.store.push(checkpoint),
            }
        }
        self.committed = (self.seen.len(), self.notices.len());
    }

    /// Crashes and starts again from what was committed.
    pub fn kill(&mut self) {
        self.seen.truncate(self.committed.0);
        self.notices.truncate(self.committed.1);
        self.restart();
    }

    fn restart(&mut self) {
        self.tail = Tail::new(
            self.fs.clone(),
            self.path.clone(),
            self.options.clone(),
            self.store.clone(),
            self.first,
        );
    }

    /// Stops cleanly and starts again.
    pub fn stop_and_start(&mut self) {
        self.commit();
        self.restart();
    }

    /// The lines handed out since the last call.
    pub fn lines(&mut self) -> Vec<String> {
        self.committed.0 = 0;
        self.seen
            .drain(..)
            .map(|seen| String::from_utf8_lossy(&seen.line).into_owned())
            .collect()
    }

    pub fn lost_bytes(&self) -> u64 {
        self.notices
            .iter()
            .map(|notice| match notice {
                Notice::BytesLost { bytes, .. } => *bytes,
                _ => 0,
            })
            .sum()
    }

    pub fn count(&self, wanted: impl Fn(&Notice) -> bool) -> usize {
        self.notices.iter().filter(|notice| wanted(notice)).count()
    }
}

/// `n` lines, each with its number.
pub fn numbered(range: std::ops::Range<usize>) -> String {
    range
        .map(|n| format!("2026-08-21 12:00:00 [CHAT] Bob: line number {n}\n"))
        .collect()
}

pub fn expected(range: std::ops::Range<usize>) -> Vec<String> {
    numbered(range).lines().map(str::to_owned).collect()
}

/// How many descriptors this process has open on files below `folder`.
pub fn open_below(folder: &Path) -> usize {
    let own = std::fs::read_dir("/proc/self/fd").expect("descriptors of this process");
    own.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|target| target.starts_with(folder))
        .count()
}
