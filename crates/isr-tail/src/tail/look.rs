//! What is at the path now: the same file, another one, nothing, or something that is refused.
//!
//! Owns the transitions between these. Must not read lines. A path that fails to be looked at changes nothing: the
//! open descriptor is read on.

use std::io;
use std::time::Duration;

use super::identity::{Between, Found, owner};
use super::{Elder, ElderState, Origin, Record, Stage, Tail, Trouble};
use crate::fingerprint::Window;
use crate::fs::{FileStat, Fs, FsError, Refusal};
use crate::generation::Generation;
use crate::notice::{Notice, Why};
use crate::proof::Known;

/// A copy of a generation, and the files that were the log after it was made.
type Copied<H> = (Found<H>, Between<H>);

/// Who was recognised in a file that took the path.
enum Newcomer {
    /// The generation that was at the path before: its content was copied or moved here.
    Former(Window),
    Elder(usize, Window),
    Ended(usize, Window),
    Stranger,
}

impl<F: Fs> Tail<F> {
    /// Looks at the path. Returns whether the log changed since the last look.
    pub(super) fn look_at_path(&mut self, now: Duration) -> bool {
        if self.stage != Stage::Begun {
            return self.begin(now);
        }
        match self.fs.stat(&self.path) {
            Ok(stat) => match &mut self.current {
                Some(current) if current.stat().is_same_file(&stat) && !self.suspect => {
                    let size = current.stat().size;
                    let changed = current.observe(stat);
                    self.missing_since = None;
                    if changed && size == stat.size {
                        // Only attributes changed: perhaps the permission to read, which an open descriptor hides.
                        self.open_path(now);
                    } else if matches!(self.trouble, Some(Trouble::Refused(_))) {
                        self.recovered();
                    }
                    changed
                }
                _ => self.open_path(now),
            },
            Err(error) => self.path_failed(error, now),
        }
    }

    /// Opens whatever is at the path now. Returns whether the log changed.
    fn open_path(&mut self, now: Duration) -> bool {
        let (file, stat) = match self.fs.open(&self.path) {
            Ok(opened) => opened,
            Err(error) => {
                self.suspect = true;
                return self.path_failed(error, now);
            }
        };
        self.suspect = false;
        self.missing_since = None;
        if matches!(self.trouble, Some(Trouble::Refused(_))) {
            self.recovered();
        }
        match &mut self.current {
            Some(current) if current.stat().is_same_file(&stat) => {
                let grew = current.stat().size != stat.size;
                current.reopen(file, stat);
                grew
            }
            _ => {
                self.newcomer(file, stat, now);
                true
            }
        }
    }

    pub(super) fn path_failed(&mut self, error: FsError, now: Duration) -> bool {
        match error {
            FsError::NotFound => {
                self.recovered();
                self.path_missing(now)
            }
            FsError::Refused(reason) => {
                let trouble = Trouble::Refused(reason);
                if self.trouble.replace(trouble) != Some(trouble) {
                    self.notices.push(Notice::PathRefused { reason });
                }
                match reason {
                    // The file may still be there.
                    Refusal::PermissionDenied => self.look_through_descriptor(),
                    _ => self.path_missing(now),
                }
            }
            FsError::Io(error) => {
                self.suspect = true;
                self.failing(Notice::ReadError {
                    operation: "look at the log file",
                    error,
                });
                self.look_through_descriptor()
            }
        }
    }

    /// The log is not at the path. At the second look it is believed to be gone.
    fn path_missing(&mut self, now: Duration) -> bool {
        let changed = self.look_through_descriptor();
        let Some(since) = self.missing_since else {
            self.missing_since = Some(now);
            return changed;
        };
        if now.saturating_sub(since) >= self.options.unhinted_interval
            && let Some(gone) = self.current.take()
        {
            self.suspect = false;
            self.notices.push(Notice::PathVanished {
                generation: gone.id(),
            });
            self.elders
                .push_back(Elder::new(gone, since, self.options.rotation_wait, Origin::Path));
        }
        changed
    }

    fn look_through_descriptor(&mut self) -> bool {
        // A descriptor that cannot be looked at cannot be read either, and reading tells the error.
        self.current
            .as_mut()
            .is_some_and(|current| current.look(&self.fs).unwrap_or(false))
    }

    /// Another file took the path.
    fn newcomer(&mut self, file: F::File, stat: FileStat, now: Duration) {
        let who = match self.recognise(&file, &stat) {
            Ok(who) => who,
            Err(error) => {
                self.suspect = true;
                return self.failing(Notice::ReadError {
                    operation: "compare the new log file",
                    error,
                });
            }
        };
        match who {
            Newcomer::Former(window) => {
                let former = self.current.take();
                self.current = former.map(|former| self.moved(former, file, stat, window));
            }
            Newcomer::Elder(index, window) => {
                // Taken out before the former log joins the queue, so that its place stays right.
                let elder = self.elders.remove(index);
                self.retire_current(now);
                self.current = elder.map(|elder| self.moved(elder.generation, file, stat, window));
            }
            Newcomer::Ended(index, window) => {
                self.retire_current(now);
                self.current = self
                    .ended
                    .remove(index)
                    .map(|known| self.revived(&known, file, stat, window));
            }
            Newcomer::Stranger => {
                let why = if self.current.is_some() {
                    Why::Rotated
                } else {
                    Why::Appeared
                };
                self.stranger(file, stat, why, now);
            }
        }
    }

    /// A file that holds nothing known is a new generation, after those that came and went before it.
    pub(super) fn stranger(&mut self, file: F::File, stat: FileStat, why: Why, now: Duration) {
        let between = match self.find_between(&stat) {
            Ok(between) => between,
            Err(error) => {
                self.suspect = true;
                return self.put_off(now, error);
            }
        };
        self.retire_current(now);
        let between = self.begin_between(between, now);
        self.elders.extend(between);
        self.current = Some(self.begin_generation(file, stat, why, now + self.options.poll_interval));
    }

    /// Another file is the log now.
    fn retire_current(&mut self, now: Duration) {
        if let Some(former) = self.current.take() {
            self.notices.push(Notice::Rotated {
                generation: former.id(),
            });
            self.elders
                .push_back(Elder::new(former, now, self.options.rotation_wait, Origin::Path));
        }
    }

    fn recognise(&self, file: &F::File, stat: &FileStat) -> io::Result<Newcomer> {
        let former = self.current.iter().map(Generation::known);
        let elders = self.elders.iter().map(|elder| elder.generation.known());
        let queued: Vec<_> = former.chain(elders).collect();
        let known: Vec<_> = queued.iter().chain(&self.ended).collect();
        let Some((index, window)) = owner(&self.fs, &known, file, stat)? else {
            return Ok(Newcomer::Stranger);
        };
        let formers = usize::from(self.current.is_some());
        Ok(if index < formers {
            Newcomer::Former(window)
        } else if index < queued.len() {
            Newcomer::Elder(index - formers, window)
        } else {
            Newcomer::Ended(index - queued.len(), window)
        })
    }

    fn moved(
        &mut self,
        mut generation: Generation<F::File>,
        file: F::File,
        stat: FileStat,
        window: Window,
    ) -> Generation<F::File> {
        if generation.stat().is_same_file(&stat) {
            generation.reopen(file, stat);
        } else {
            generation.move_to(file, stat, window);
        }
        self.notices.push(Notice::Resumed {
            generation: generation.id(),
            offset: generation.offset(),
        });
        generation
    }

    pub(super) fn revived(
        &mut self,
        known: &Known,
        file: F::File,
        stat: FileStat,
        window: Window,
    ) -> Generation<F::File> {
        // Its final checkpoint, if not taken yet, would end it again.
        self.finished
            .retain(|checkpoint| checkpoint.generation != known.id);
        self.notices.push(Notice::Resumed {
            generation: known.id,
            offset: known.offset,
        });
        Generation::resume(known, file, stat, window, self.options.line_cap)
    }

    /// The file at the path does not hold the current generation any more, although it is the same file. Returns
    /// whether that could be dealt with now.
    pub(super) fn content_replaced(&mut self, now: Duration, on_record: &mut dyn FnMut(Record<'_>)) -> bool {
        let Some(mut old) = self.current.take() else {
            return false;
        };
        match self.find_copy(&mut old) {
            Ok(copy) => {
                let (before, new) = self.replace_content(old, copy, now, on_record);
                self.elders.extend(before);
                self.current = Some(new);
                true
            }
            Err(error) => {
                self.current = Some(old);
                self.put_off(now, error);
                false
            }
        }
    }

    /// The same happened to an elder that had been the log: it was truncated and then renamed, between two looks.
    pub(super) fn elder_replaced(
        &mut self,
        index: usize,
        now: Duration,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> bool {
        let Some(mut elder) = self.elders.remove(index) else {
            return false;
        };
        let (until, quiet, origin) = (elder.until, elder.quiet, elder.origin);
        let copy = match self.find_copy(&mut elder.generation) {
            Ok(copy) => copy,
            Err(error) => {
                self.elders.insert(index, elder);
                self.put_off(now, error);
                return false;
            }
        };
        let (mut before, generation) = self.replace_content(elder.generation, copy, now, on_record);
        before.push(Elder {
            generation,
            until,
            quiet,
            origin,
            state: ElderState::Readable,
        });
        for (step, elder) in before.into_iter().enumerate() {
            self.elders.insert(index + step, elder);
        }
        true
    }

    /// Finds the content of `old` in a copy, with what was the log between the copy and now.
    fn find_copy(&self, old: &mut Generation<F::File>) -> io::Result<Option<Copied<F::File>>> {
        // What was observed before may be the size of the content that is gone.
        old.look(&self.fs)?;
        let known = old.known();
        if known.seen_size == 0 {
            return Ok(None);
        }
        let siblings = self.rotated(None)?;
        let Some(found) = self.find_content(&known, &siblings, &self.known_newest_first())? else {
            return Ok(None);
        };
        let between = self.newer_than(&found.sibling, &siblings, old.stat())?;
        Ok(Some((found, between)))
    }

    /// Goes on with `old` in its copy, or ends it; begins a new generation in its file. Returns what is to be read
    /// before the new one.
    fn replace_content(
        &mut self,
        mut old: Generation<F::File>,
        copy: Option<Copied<F::File>>,
        now: Duration,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> (Vec<Elder<F::File>>, Generation<F::File>) {
        let stat = *old.stat();
        let why = if stat.size < old.position() {
            Why::Truncated
        } else {
            Why::Rewritten
        };
        let (generation, seen_size) = (old.id(), old.seen_size());
        self.notices.push(Notice::Truncated {
            generation,
            seen_size,
            size: stat.size,
        });
        let mut before = Vec::new();
        let file = match copy {
            Some((found, between)) => {
                self.notices.push(Notice::CopyFound {
                    generation,
                    path: found.sibling.path,
                });
                let file = old.move_to(found.file, found.stat, found.window);
                // Nobody writes to a copy: it needs no wait.
                before.push(Elder::new(old, now, Duration::ZERO, Origin::Sibling));
                before.extend(self.begin_between(between, now));
                file
            }
            None => self.end(old, on_record),
        };
        (
            before,
            self.begin_generation(file, stat, why, now + self.options.poll_interval),
        )
    }
}
