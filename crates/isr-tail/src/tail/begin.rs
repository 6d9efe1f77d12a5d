//! The first look: where every stored generation goes on, and where a log that was never seen begins.
//!
//! Owns the start policy and the search after downtime. Must not read lines. A failure leaves everything undecided,
//! and the next look tries again.

use std::io;
use std::time::Duration;

use isr_core::source::Checkpoint;
use memchr::memrchr;

use super::identity::{Found, new_id, owner};
use super::{Elder, Origin, Stage, Tail};
use crate::fingerprint::{WINDOW, Window, fingerprint};
use crate::fs::{FileStat, Fs, FsError, read_fully};
use crate::generation::Generation;
use crate::notice::{Notice, Why};
use crate::options::FirstLook;
use crate::proof::{Known, nothing_yet};

impl<F: Fs> Tail<F> {
    /// Decides where to go on, as soon as the path can be looked at. Returns whether there is something new.
    pub(super) fn begin(&mut self, now: Duration) -> bool {
        let begun = match self.fs.open(&self.path) {
            Ok((file, stat)) => self.begin_with(file, stat, now).map(|()| true),
            Err(FsError::NotFound) => self.begin_without(now).map(|()| false),
            Err(error) => return self.path_failed(error, now),
        };
        match begun {
            Ok(new) => {
                if !self.put_off_now {
                    self.recovered();
                }
                new
            }
            Err(error) => {
                self.put_off(now, error);
                false
            }
        }
    }

    /// Nothing is at the path: what was rotated away is read, the rest waits for what appears (a folder may be
    /// mounted late).
    fn begin_without(&mut self, now: Duration) -> io::Result<()> {
        if self.stage != Stage::Unseen {
            return Ok(());
        }
        if self.resume.is_empty() {
            self.finished.push(nothing_yet(new_id()));
            self.stage = Stage::Begun;
            return Ok(());
        }
        let found = self.find_rotated(&self.resume, None)?;
        let stored = std::mem::take(&mut self.resume);
        let newest = stored.len() - 1;
        for (index, (checkpoint, found)) in stored.into_iter().zip(found).enumerate() {
            let known = Known::from_checkpoint(&checkpoint);
            match found {
                Some(found) => self.queue_found(&known, found, now),
                // Nothing of it could be recognised, and only the newest could still be what appears.
                None if known.is_blank() && index < newest && !checkpoint.ended => self.give_up(checkpoint),
                None => self.resume.push(checkpoint),
            }
        }
        self.stage = Stage::Awaiting;
        Ok(())
    }

    fn begin_with(&mut self, file: F::File, stat: FileStat, now: Duration) -> io::Result<()> {
        if self.resume.is_empty() && self.stage == Stage::Unseen {
            self.current = Some(self.first_ever(file, stat)?);
            self.stage = Stage::Begun;
            return Ok(());
        }
        let known: Vec<Known> = self.resume.iter().map(Known::from_checkpoint).collect();
        let order = preference(&self.resume);
        let ranked: Vec<&Known> = order.iter().map(|index| &known[*index]).collect();
        let here = owner(&self.fs, &ranked, &file, &stat)?.map(|(rank, window)| (order[rank], window));
        let found = self.find_rotated(&self.resume, Some(&stat))?;

        self.stage = Stage::Begun;
        let stored = std::mem::take(&mut self.resume);
        let why = self.why_new(&stored, &stat);
        for (index, (checkpoint, found)) in stored.into_iter().zip(found).enumerate() {
            let known = Known::from_checkpoint(&checkpoint);
            let at_path = here.as_ref().is_some_and(|(owner, _)| *owner == index);
            if !checkpoint.ended && !at_path && known.lives_in(&stat) {
                let (generation, seen_size) = (known.id, known.seen_size);
                self.notices.push(Notice::Truncated {
                    generation,
                    seen_size,
                    size: stat.size,
                });
            }
            match found {
                _ if at_path => {}
                Some(found) => self.queue_found(&known, found, now),
                None if checkpoint.ended => self.remember(known),
                None => self.give_up(checkpoint),
            }
        }
        match here {
            Some((index, window)) => self.current = Some(self.revived(&known[index], file, stat, window)),
            None => self.stranger(file, stat, why, now),
        }
        Ok(())
    }

    /// Where each stored generation that did not end is now, if it is among the rotated files.
    fn find_rotated(
        &self,
        stored: &[Checkpoint],
        at_path: Option<&FileStat>,
    ) -> io::Result<Vec<Option<Found<F::File>>>> {
        let unended = stored.iter().any(|checkpoint| !checkpoint.ended);
        let rotated = if unended {
            self.rotated(at_path)?
        } else {
            Vec::new()
        };
        let known: Vec<Known> = stored.iter().map(Known::from_checkpoint).collect();
        let mut found: Vec<Option<Found<F::File>>> = Vec::with_capacity(stored.len());
        for (index, (checkpoint, own)) in stored.iter().zip(&known).enumerate() {
            // What was blank is found by its inode alone, which another file may have got meanwhile: only the newest
            // is worth that doubt, and nothing that another generation proves to be its own.
            let doubtful = own.is_blank();
            let wanted = !checkpoint.ended && (!doubtful || index + 1 == stored.len());
            let here = if wanted {
                self.find_content(own, &rotated, &known)?
            } else {
                None
            };
            found.push(match here {
                Some(here) if doubtful && self.is_known(&here.sibling, &known)? => None,
                here => here,
            });
        }
        Ok(found)
    }

    fn queue_found(&mut self, known: &Known, found: Found<F::File>, now: Duration) {
        self.notices.push(Notice::CopyFound {
            generation: known.id,
            path: found.sibling.path,
        });
        let generation = self.revived(known, found.file, found.stat, found.window);
        self.elders.push_back(Elder::new(
            generation,
            now,
            self.options.rotation_wait,
            Origin::Sibling,
        ));
    }

    /// Ends a stored generation whose content is nowhere.
    fn give_up(&mut self, mut checkpoint: Checkpoint) {
        let generation = checkpoint.generation;
        match checkpoint.seen_size.saturating_sub(checkpoint.offset) {
            0 => {}
            bytes => self.notices.push(Notice::BytesLost { generation, bytes }),
        }
        self.notices.push(Notice::Ended { generation });
        self.remember(Known::from_checkpoint(&checkpoint));
        checkpoint.ended = true;
        self.finished.push(checkpoint);
    }

    /// Why what is at the path is none of the stored generations.
    fn why_new(&self, stored: &[Checkpoint], stat: &FileStat) -> Why {
        let unended = stored.iter().rev().filter(|checkpoint| !checkpoint.ended);
        let mut here = unended
            .map(Known::from_checkpoint)
            .filter(|known| known.lives_in(stat));
        let Some(old) = here.next() else {
            return Why::Rotated;
        };
        if stat.size < old.offset {
            Why::Truncated
        } else {
            Why::Rewritten
        }
    }

    /// A log that exists at the first look ever.
    fn first_ever(&mut self, file: F::File, stat: FileStat) -> io::Result<Generation<F::File>> {
        let offset = match self.first_look {
            FirstLook::Beginning => 0,
            FirstLook::End => last_line_start(&self.fs, &file, stat.size)?,
        };
        let head = self.bytes(&file, 0, stat.size)?;
        let anchor_start = offset.saturating_sub(WINDOW as u64);
        let before = self.bytes(&file, anchor_start, offset)?;
        let known = Known {
            id: new_id(),
            device: stat.device,
            inode: stat.inode,
            head: fingerprint(&head),
            offset,
            anchor: fingerprint(&before),
            seen_size: stat.size,
        };
        self.notices.push(Notice::NewGeneration {
            generation: known.id,
            offset,
            why: Why::FirstLook,
        });
        Ok(Generation::resume(
            &known,
            file,
            stat,
            Window::new(&before),
            self.options.line_cap,
        ))
    }

    /// At most [`WINDOW`] bytes of the file.
    fn bytes(&self, file: &F::File, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let len = usize::try_from(end - start).unwrap_or(usize::MAX).min(WINDOW);
        let mut bytes = vec![0; len];
        let read = read_fully(&self.fs, file, &mut bytes, start)?;
        if read < len {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the log file became shorter meanwhile",
            ));
        }
        Ok(bytes)
    }
}

/// In which order stored generations are tried at the path: those that did not end before those that did, each from
/// the newest. One that was empty would fit every file in its inode, so only the newest may be empty.
fn preference(stored: &[Checkpoint]) -> Vec<usize> {
    let is_current = |index: usize| index + 1 == stored.len() && !stored[index].ended;
    let means_something = |index: &usize| stored[*index].head.len > 0 || is_current(*index);
    let newest_first = || (0..stored.len()).rev().filter(means_something);
    newest_first()
        .filter(|index| !stored[*index].ended)
        .chain(newest_first().filter(|index| stored[*index].ended))
        .collect()
}

/// Offset behind the last newline before `size`.
fn last_line_start<F: Fs>(fs: &F, file: &F::File, size: u64) -> io::Result<u64> {
    let mut block = vec![0; 64 * 1024];
    let mut end = size;
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let wanted = usize::try_from(end - start).unwrap_or(block.len());
        let read = read_fully(fs, file, &mut block[..wanted], start)?;
        if let Some(newline) = memrchr(b'\n', &block[..read]) {
            return Ok(start + newline as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
