//! Proof that a file holds a generation: head, position and anchor against the bytes on disk.
//!
//! Owns the identity rule. Must not know paths or why a proof is asked for. Reading may fail; a failure is an error
//! and never counts as "another file".

use std::io;

use isr_core::source::{Checkpoint, Fingerprint, GenerationId};

use crate::fingerprint::{NOTHING, WINDOW, Window, fingerprint};
use crate::fs::{FileStat, Fs, read_fully};

/// What is known of a generation without holding its file open.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: GenerationId,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) head: Fingerprint,
    pub(crate) offset: u64,
    pub(crate) anchor: Fingerprint,
    pub(crate) seen_size: u64,
}

/// The checkpoint of a source at whose path nothing was at the first look: with it stored, a file that appears while
/// the process is down is read from its beginning too.
pub(crate) fn nothing_yet(id: GenerationId) -> Checkpoint {
    Checkpoint {
        generation: id,
        device: 0,
        inode: 0,
        head: NOTHING,
        offset: 0,
        anchor: NOTHING,
        seen_size: 0,
        ended: true,
        context: Vec::new(),
    }
}

impl Known {
    pub(crate) fn from_checkpoint(checkpoint: &Checkpoint) -> Self {
        Self {
            id: checkpoint.generation,
            device: checkpoint.device,
            inode: checkpoint.inode,
            head: checkpoint.head,
            offset: checkpoint.offset,
            anchor: checkpoint.anchor,
            seen_size: checkpoint.seen_size.max(checkpoint.offset),
        }
    }

    pub(crate) const fn lives_in(&self, stat: &FileStat) -> bool {
        self.device == stat.device && self.inode == stat.inode
    }

    /// Whether nothing of it was ever seen: then there is nothing to recognise.
    pub(crate) const fn is_blank(&self) -> bool {
        self.head.len == 0
    }

    /// Whether content alone can identify it: only what was read can. A head alone never identifies a file.
    pub(crate) const fn has_evidence(&self) -> bool {
        self.head.len > 0 && self.anchor.len > 0
    }

    /// Whether `file` holds this generation; then the bytes before its offset, from which reading can go on.
    pub(crate) fn prove<F: Fs>(&self, fs: &F, file: &F::File, stat: &FileStat) -> io::Result<Option<Window>> {
        if self.lives_in(stat) || self.has_evidence() {
            self.compare(fs, file, stat)
        } else {
            Ok(None)
        }
    }

    /// Whether `file` may be a copy of this generation although none of it was read yet: as long as it was, and the
    /// same head. Enough only where the alternative is to count everything as lost.
    pub(crate) fn resembles<F: Fs>(
        &self,
        fs: &F,
        file: &F::File,
        stat: &FileStat,
    ) -> io::Result<Option<Window>> {
        let whole_head = u64::from(self.head.len) == self.seen_size.min(WINDOW as u64);
        if self.offset == 0 && self.head.len > 0 && whole_head && stat.size >= self.seen_size {
            self.compare(fs, file, stat)
        } else {
            Ok(None)
        }
    }

    fn compare<F: Fs>(&self, fs: &F, file: &F::File, stat: &FileStat) -> io::Result<Option<Window>> {
        if stat.size < self.offset {
            return Ok(None);
        }
        let anchor_start = self.offset.checked_sub(u64::from(self.anchor.len));
        let Some(anchor_start) = anchor_start else {
            return Ok(None);
        };
        if holds(fs, file, 0, self.head)?.is_none() {
            return Ok(None);
        }
        holds(fs, file, anchor_start, self.anchor)
    }
}

/// The bytes at `start`, when they have this fingerprint.
fn holds<F: Fs>(fs: &F, file: &F::File, start: u64, print: Fingerprint) -> io::Result<Option<Window>> {
    let mut bytes = [0; WINDOW];
    let Some(wanted) = bytes.get_mut(..usize::from(print.len)) else {
        return Ok(None);
    };
    let read = read_fully(fs, file, wanted, start)?;
    let matches = read == wanted.len() && fingerprint(wanted) == print;
    Ok(matches.then(|| Window::new(wanted)))
}
