//! What a tailer has to tell besides records: typed, so that each can be counted, logged and alerted on.
//!
//! Owns the vocabulary only. A notice is given once when a state begins, not at every look.

use std::io;
use std::path::PathBuf;

use isr_core::source::GenerationId;

use crate::fs::Refusal;

/// Why a generation began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The first look ever at this source, and the file was there.
    FirstLook,
    /// The file appeared at a path where nothing was.
    Appeared,
    /// Another file took the path.
    Rotated,
    /// The same file became shorter than what had been read.
    Truncated,
    /// The same file (device and inode) holds other content: it was truncated and grew again, or the inode was
    /// used again.
    Rewritten,
    /// A rotated file that came and went at the path while nobody looked; it is read from its beginning.
    FoundBetween,
}

impl Why {
    /// A stable name for logs and metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstLook => "first_look",
            Self::Appeared => "appeared",
            Self::Rotated => "rotated",
            Self::Truncated => "truncated",
            Self::Rewritten => "rewritten",
            Self::FoundBetween => "found_between",
        }
    }
}

/// How sure it is that a whole generation was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The numbers of the rotated files prove that so many came and went unread.
    Missing(u32),
    /// The old file is not among the rotated siblings, so nothing proves that no other file lay between.
    Possible,
}

/// A happening at one source.
#[derive(Debug)]
pub enum Notice {
    /// A stored position was found again and reading goes on there.
    Resumed {
        /// The generation.
        generation: GenerationId,
        /// Where reading goes on.
        offset: u64,
    },
    /// A generation began.
    NewGeneration {
        /// The generation.
        generation: GenerationId,
        /// Where reading begins: 0, except at a first look at the end.
        offset: u64,
        /// Why.
        why: Why,
    },
    /// The path shows another file; the old one is read to its end.
    Rotated {
        /// The old generation.
        generation: GenerationId,
    },
    /// The file lost content that had been seen (shortened, or rewritten in place).
    Truncated {
        /// The old generation.
        generation: GenerationId,
        /// Its largest size, in bytes.
        seen_size: u64,
        /// The size now, in bytes.
        size: u64,
    },
    /// The content of a generation was found in another file and is read on there.
    CopyFound {
        /// The generation.
        generation: GenerationId,
        /// The file that holds it now.
        path: PathBuf,
    },
    /// Bytes that were seen can no longer be read. Exact.
    BytesLost {
        /// The generation.
        generation: GenerationId,
        /// How many.
        bytes: u64,
    },
    /// A line was longer than the cap; its beginning was handed out.
    LineTooLong {
        /// The generation.
        generation: GenerationId,
        /// Offset of the line.
        start: u64,
        /// How many bytes were dropped.
        cut_bytes: u64,
    },
    /// Nothing is at the path any more, at two looks. The open file is read until the rotation wait ends.
    PathVanished {
        /// The generation that was there.
        generation: GenerationId,
    },
    /// What is at the path cannot be read; it is looked at again at every poll.
    PathRefused {
        /// What it is.
        reason: Refusal,
    },
    /// The file system failed; the position stays, and reading is tried again at every poll.
    ReadError {
        /// What was being done, as a fragment ("read the log file").
        operation: &'static str,
        /// What the file system said.
        error: io::Error,
    },
    /// After [`Notice::PathRefused`] or [`Notice::ReadError`]: it works again.
    Recovered,
    /// Whole generations may be missing here.
    GenerationGap {
        /// How sure that is.
        gap: Gap,
    },
    /// A generation ended; its descriptor is closed.
    Ended {
        /// The generation.
        generation: GenerationId,
    },
}
