//! Which generation a file is: among those being read, those that ended, and the rotated siblings on disk.
//!
//! Owns the search, the choice of files that came and went unseen, and the patience with a file system that fails
//! meanwhile: a search that meets an error is repeated at the next look, until the rotation wait is over; then what
//! cannot be read is passed over, and what is missing is counted. Nothing changes before a search has succeeded.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::time::Duration;

use isr_core::source::GenerationId;

use super::{Elder, Origin, Tail};
use crate::fingerprint::Window;
use crate::fs::{FileStat, Fs, FsError};
use crate::generation::Generation;
use crate::notice::{Gap, Notice, Why};
use crate::proof::Known;
use crate::siblings::{Place, Sibling, missing_below, oldest_first, siblings};

/// What a search does about a file that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// It fails, to be repeated.
    Strict,
    /// It passes the file over.
    Lenient,
}

/// A sibling that was proven to hold a generation.
pub(super) struct Found<H> {
    pub(super) sibling: Sibling,
    pub(super) file: H,
    pub(super) stat: FileStat,
    pub(super) window: Window,
}

/// Files that came and went at the path unseen, oldest first.
pub(super) struct Between<H> {
    files: Vec<(H, FileStat)>,
    gap: Option<Gap>,
}

/// A new random positive number: the standard library seeds its hasher from the system's source of randomness.
#[must_use]
pub fn new_id() -> GenerationId {
    let random = RandomState::new().build_hasher().finish() >> 1;
    GenerationId(i64::try_from(random).unwrap_or(i64::MAX).max(1))
}

/// The first of `known` that this file holds, the same inode before the same content.
pub(super) fn owner<F: Fs>(
    fs: &F,
    known: &[&Known],
    file: &F::File,
    stat: &FileStat,
) -> io::Result<Option<(usize, Window)>> {
    for same_inode in [true, false] {
        for (index, known) in known.iter().enumerate() {
            if known.lives_in(stat) == same_inode
                && let Some(window) = known.prove(fs, file, stat)?
            {
                return Ok(Some((index, window)));
            }
        }
    }
    Ok(None)
}

impl<F: Fs> Tail<F> {
    /// The rotated files beside the log, without the file that is at the path now.
    pub(super) fn rotated(&self, at_path: Option<&FileStat>) -> io::Result<Vec<Sibling>> {
        let listed = siblings(&self.fs, &self.path, self.options.sibling_glob.as_deref());
        let mut all = match listed {
            Err(_) if self.search == Search::Lenient => Vec::new(),
            listed => listed?,
        };
        all.retain(|sibling| at_path.is_none_or(|stat| !stat.is_same_file(&sibling.stat)));
        Ok(all)
    }

    /// Finds the file that holds a generation: by inode first, then by content alone.
    fn find(&self, known: &Known, all: &[Sibling]) -> io::Result<Option<Found<F::File>>> {
        let (same, others): (Vec<_>, Vec<_>) = all.iter().partition(|sibling| known.lives_in(&sibling.stat));
        for sibling in same.into_iter().chain(others) {
            let worth_opening = known.lives_in(&sibling.stat) || known.has_evidence();
            if worth_opening
                && sibling.stat.size >= known.offset
                && let Some(found) = self.test(sibling, |file, stat| known.prove(&self.fs, file, stat))?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Finds the content of a generation that is no longer in its own file.
    ///
    /// What any of the `others` holds is never taken for it by its head alone.
    pub(super) fn find_content(
        &self,
        known: &Known,
        all: &[Sibling],
        others: &[Known],
    ) -> io::Result<Option<Found<F::File>>> {
        if let Some(found) = self.find(known, all)? {
            return Ok(Some(found));
        }
        for sibling in all {
            if !self.is_known(sibling, others)?
                && let Some(found) = self.test(sibling, |file, stat| known.resembles(&self.fs, file, stat))?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn test(
        &self,
        sibling: &Sibling,
        proof: impl FnOnce(&F::File, &FileStat) -> io::Result<Option<Window>>,
    ) -> io::Result<Option<Found<F::File>>> {
        let tested = match self.fs.open(&sibling.path) {
            Ok((file, stat)) => proof(&file, &stat).map(|window| {
                window.map(|window| Found {
                    sibling: sibling.clone(),
                    file,
                    stat,
                    window,
                })
            }),
            Err(FsError::Io(error)) => Err(error),
            Err(FsError::NotFound | FsError::Refused(_)) => Ok(None),
        };
        match tested {
            Err(_) if self.search == Search::Lenient => Ok(None),
            tested => tested,
        }
    }

    /// The files that were the log between the newest generation known and the file at the path now.
    pub(super) fn find_between(&self, at_path: &FileStat) -> io::Result<Between<F::File>> {
        let known = self.known_newest_first();
        if known.is_empty() {
            return Ok(Between {
                files: Vec::new(),
                gap: None,
            });
        }
        let all = self.rotated(Some(at_path))?;
        if let Some(boundary) = self.boundary(&known, &all)? {
            return self.newer_than(&boundary, &all, at_path);
        }
        let mut between = self.open_unknown(self.without_boundary(&known, &all))?;
        if between.files.is_empty() {
            between.gap = Some(Gap::Possible);
        }
        Ok(between)
    }

    /// Where the newest generation that can be found lies now. A file that is held open keeps its inode: then the
    /// inode alone tells where it went, whatever it holds by now.
    fn boundary(&self, known: &[Known], all: &[Sibling]) -> io::Result<Option<Sibling>> {
        for known in known {
            let held = |sibling: &&Sibling| known.lives_in(&sibling.stat) && self.holds_open(&sibling.stat);
            if let Some(sibling) = all.iter().find(held) {
                return Ok(Some(sibling.clone()));
            }
            if let Some(found) = self.find(known, all)? {
                return Ok(Some(found.sibling));
            }
        }
        Ok(None)
    }

    /// The files that were the log after `boundary` and before `own`, without those that are known.
    pub(super) fn newer_than(
        &self,
        boundary: &Sibling,
        all: &[Sibling],
        own: &FileStat,
    ) -> io::Result<Between<F::File>> {
        let own = all.iter().find(|sibling| sibling.stat.is_same_file(own));
        let is_between = |sibling: &&Sibling| {
            sibling.is_newer_than(boundary) && own.is_none_or(|own| own.is_newer_than(sibling))
        };
        let newer = all.iter().filter(is_between).cloned().collect();
        let mut between = self.open_unknown(newer)?;
        let missing = missing_below(all, boundary);
        if missing > 0 {
            between.gap = Some(Gap::Missing(missing));
        }
        Ok(between)
    }

    /// Files that must be younger than the newest generation known, although that one is nowhere: the one in the
    /// inode that was its own with all that are newer, and `…-previous.log`, which was the log directly before.
    fn without_boundary(&self, known: &[Known], all: &[Sibling]) -> Vec<Sibling> {
        let newest = known.first();
        let open = self
            .current
            .as_ref()
            .or(self.elders.back().map(|elder| &elder.generation));
        let since = open.map(|generation| generation.stat().modified_ns);
        let is_previous = |sibling: &Sibling| {
            sibling.place == Place::Previous && since.is_none_or(|since| sibling.stat.modified_ns >= since)
        };
        let in_its_inode = all
            .iter()
            .find(|sibling| newest.is_some_and(|newest| newest.lives_in(&sibling.stat)));
        let is_younger = |sibling: &Sibling| {
            in_its_inode.is_some_and(|it| sibling.stat.is_same_file(&it.stat) || sibling.is_newer_than(it))
        };
        all.iter()
            .filter(|sibling| is_previous(sibling) || is_younger(sibling))
            .cloned()
            .collect()
    }

    fn open_unknown(&self, siblings: Vec<Sibling>) -> io::Result<Between<F::File>> {
        let known = self.known_newest_first();
        let mut unknown = Vec::new();
        for sibling in siblings {
            if sibling.stat.size > 0 && !self.is_known(&sibling, &known)? {
                unknown.push(sibling);
            }
        }
        oldest_first(&mut unknown);
        let mut files = Vec::new();
        let mut escaped = 0;
        for sibling in unknown {
            match self.fs.open(&sibling.path) {
                Ok((file, stat)) if stat.is_same_file(&sibling.stat) => files.push((file, stat)),
                Err(FsError::Io(error)) if self.search == Search::Strict => return Err(error),
                // It was renamed or deleted between listing and opening, or cannot be read.
                _ => escaped += 1,
            }
        }
        Ok(Between {
            files,
            gap: (escaped > 0).then_some(Gap::Missing(escaped)),
        })
    }

    /// Begins a generation for each file between; each is an elder that may still be written to.
    pub(super) fn begin_between(&mut self, between: Between<F::File>, now: Duration) -> Vec<Elder<F::File>> {
        self.notices
            .extend(between.gap.map(|gap| Notice::GenerationGap { gap }));
        let settled = now + self.options.poll_interval;
        let wait = self.options.rotation_wait;
        let begin = |(file, stat)| {
            let generation = self.begin_generation(file, stat, Why::FoundBetween, settled);
            Elder::new(generation, now, wait, Origin::Sibling)
        };
        between.files.into_iter().map(begin).collect()
    }

    /// A search met an error: what it was for is put off until the next look.
    pub(super) fn put_off(&mut self, now: Duration, error: io::Error) {
        self.search_failing_since.get_or_insert(now);
        self.put_off_now = true;
        self.failing(Notice::ReadError {
            operation: "look for the rotated log",
            error,
        });
    }

    /// How this look searches. An error that stays must not stop reading for ever.
    pub(super) fn patience(&self, now: Duration) -> Search {
        match self.search_failing_since {
            Some(since) if now.saturating_sub(since) >= self.options.rotation_wait => Search::Lenient,
            _ => Search::Strict,
        }
    }

    pub(super) fn is_known(&self, sibling: &Sibling, known: &[Known]) -> io::Result<bool> {
        if self.holds_open(&sibling.stat) {
            return Ok(true);
        }
        // What was blank would fit every file that got its inode.
        for known in known.iter().filter(|known| !known.is_blank()) {
            if self.find(known, std::slice::from_ref(sibling))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn holds_open(&self, stat: &FileStat) -> bool {
        self.open_generations()
            .any(|generation| generation.stat().is_same_file(stat))
    }

    /// What is being read, oldest first.
    fn open_generations(&self) -> impl DoubleEndedIterator<Item = &Generation<F::File>> {
        self.elders
            .iter()
            .map(|elder| &elder.generation)
            .chain(&self.current)
    }

    pub(super) fn known_newest_first(&self) -> Vec<Known> {
        let open = self.open_generations().rev().map(Generation::known);
        open.chain(self.ended.iter().rev().cloned()).collect()
    }
}
