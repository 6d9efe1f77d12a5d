//! One source: a path, the generations behind it, and the position in each.
//!
//! Owns the rules of rotation, truncation and resume. Must not know what lines mean, where checkpoints are stored,
//! or any other source. Everything that can fail is the file system, and every failure becomes a [`Notice`].
//!
//! Generations stand in a queue: the elders (rotated files, files between, copies), oldest first, then the current
//! one, the file at the path. A look takes the size of the current file first, then reads the elders to their ends,
//! then the current one up to that size: a late line of an old file can so never come after a younger line that
//! was written later.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use isr_core::source::{Checkpoint, GenerationId};

use crate::fs::{FileStat, Fs, Refusal};
use crate::generation::Generation;
use crate::notice::{Notice, Why};
use crate::options::{FirstLook, Hints, TailOptions};
use crate::proof::Known;

mod begin;
mod identity;
mod look;
mod read;

use self::identity::Search;
pub use self::identity::new_id as new_generation_id;

/// How many generations that ended are remembered, so that their files are never read again.
const REMEMBERED: usize = 16;

/// One complete line, or the unterminated rest of a generation that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The generation that holds it.
    pub generation: GenerationId,
    /// Offset of its first byte.
    pub start: u64,
    /// Offset after its last byte, the newline included.
    pub end: u64,
    /// Its bytes without the newline and without one `\r` before it. Hostile until parsed; at most the line cap.
    pub line: &'a [u8],
    /// Whether a newline ended it. `false` once at most per generation, for its last bytes.
    pub terminated: bool,
    /// Whether this process saw the line arrive: its last byte was not there when the end of this generation was
    /// reached before.
    ///
    /// For a generation that began while this process ran (rotation, truncation, a file that appeared), only an end
    /// that is reached one poll interval or more after its first look counts: an old file that is being copied to
    /// the path arrives in pieces too, and its lines are not live.
    pub live: bool,
    /// How many bytes beyond the line cap were dropped.
    pub cut_bytes: u64,
}

/// What made the caller look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A file event (or a doubt, such as an overflow of the event queue) pointed at this source.
    Hinted,
    /// The timer.
    Timed,
    /// The budget was used up at the last look, or the caller wants to look for reasons of its own.
    Again,
}

/// What a look came to.
#[derive(Debug)]
pub struct Polled {
    /// The budget was used up: call again at once (after committing).
    pub more: bool,
    /// When to look again at the latest, on the clock of `now`.
    pub next: Duration,
    /// How many bytes were read.
    pub read_bytes: u64,
    /// What happened besides records, in order.
    pub notices: Vec<Notice>,
}

/// What a source is doing, for health reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// The path's file is open and read.
    File,
    /// Nothing is at the path; it is waited for.
    Waiting,
    /// What is at the path is not read.
    Refused(Refusal),
    /// The file system fails.
    Failing,
}

/// A generation that is no longer at the path.
#[derive(Debug)]
struct Elder<H> {
    generation: Generation<H>,
    /// When its descriptor may be closed; moves on while the file grows.
    until: Duration,
    /// How long it must have been quiet.
    quiet: Duration,
    origin: Origin,
    state: ElderState,
}

/// Through which name an elder was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The log's own: whatever its file holds was written to the log.
    Path,
    /// A rotated file's.
    Sibling,
}

/// How reading an elder goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ElderState {
    Readable,
    /// The last read failed; it is tried until the wait is over.
    Failing,
    /// Its content is gone.
    Broken,
}

/// What is wrong with the path now, so that it is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Refused(Refusal),
    Failing,
}

/// How far the start has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The path could not be looked at yet.
    Unseen,
    /// Nothing is at the path; stored positions wait for what appears there.
    Awaiting,
    /// It is decided where every generation goes on.
    Begun,
}

/// Whether file events report the changes of this source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// As far as is known.
    Working,
    /// The timer found one change; the event may just be under way.
    Doubted,
    /// The timer found changes again and no event came between.
    Missed,
    /// There are no events.
    Absent,
}

/// Follows one log path through all its generations.
#[derive(Debug)]
pub struct Tail<F: Fs> {
    fs: F,
    path: PathBuf,
    options: TailOptions,
    first_look: FirstLook,
    /// Stored positions that were not found yet: nothing has been at the path since the start.
    resume: Vec<Checkpoint>,
    stage: Stage,
    elders: VecDeque<Elder<F::File>>,
    current: Option<Generation<F::File>>,
    /// Generations that ended, the newest last: what their files hold was read.
    ended: VecDeque<Known>,
    /// Final checkpoints that were not taken yet.
    finished: Vec<Checkpoint>,
    missing_since: Option<Duration>,
    /// The path must be opened again before it is read again.
    suspect: bool,
    trouble: Option<Trouble>,
    search: Search,
    /// Since when a search for rotated files meets errors.
    search_failing_since: Option<Duration>,
    /// Whether that happened at this look.
    put_off_now: bool,
    trust: Trust,
    notices: Vec<Notice>,
    buffer: Vec<u8>,
}

impl<F: Fs> Tail<F> {
    /// Prepares to follow `path`; nothing is touched before the first [`Tail::poll`].
    ///
    /// `resume` holds the stored checkpoints of this source in the order in which their generations were first
    /// stored, ended ones included (the newest 16 suffice: their files are recognised and not read again). When it is
    /// empty, `first_look` decides where a file that already exists begins.
    #[must_use]
    pub fn new(
        fs: F,
        path: PathBuf,
        options: TailOptions,
        resume: Vec<Checkpoint>,
        first_look: FirstLook,
    ) -> Self {
        let trust = trust_in(options.hints);
        Self {
            fs,
            path,
            options,
            first_look,
            resume,
            stage: Stage::Unseen,
            elders: VecDeque::new(),
            current: None,
            ended: VecDeque::new(),
            finished: Vec::new(),
            missing_since: None,
            suspect: false,
            trouble: None,
            search: Search::Strict,
            search_failing_since: None,
            put_off_now: false,
            trust,
            notices: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// Whether every line written from now on will be handed out.
    ///
    /// True after the first look that found a readable file or nothing at all; a path that is refused or fails at
    /// the first look leaves it false until it can be read.
    #[must_use]
    pub const fn position_fixed(&self) -> bool {
        !matches!(self.stage, Stage::Unseen)
    }

    /// What the source is doing.
    #[must_use]
    pub const fn following(&self) -> Following {
        match self.trouble {
            Some(Trouble::Refused(reason)) => Following::Refused(reason),
            Some(Trouble::Failing) => Following::Failing,
            None if self.current.is_some() && self.missing_since.is_none() => Following::File,
            None => Following::Waiting,
        }
    }

    /// Whether changes are found only by the fast timer, because file events do not report them.
    #[must_use]
    pub fn misses_hints(&self) -> bool {
        matches!(self.trust, Trust::Missed | Trust::Absent)
    }

    /// How many bytes are known to be there and not read yet.
    #[must_use]
    pub fn backlog_bytes(&self) -> u64 {
        let elders: u64 = self.elders.iter().map(|elder| elder.generation.unread()).sum();
        elders + self.current.as_ref().map_or(0, Generation::unread)
    }

    /// How many descriptors are open: one for the path's file and one for each rotated file that is not done.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.elders.len() + usize::from(self.current.is_some())
    }

    /// Follows other settings from now on. A file that is open keeps its line cap.
    pub fn set_options(&mut self, options: TailOptions) {
        self.options = options;
    }

    /// Says whether file events are available from now on.
    pub fn set_hints(&mut self, hints: Hints) {
        self.trust = match (hints, self.trust) {
            (Hints::Working, Trust::Missed) => Trust::Missed,
            (hints, _) => trust_in(hints),
        };
    }

    /// Looks at the path and reads at most about `budget_bytes` of new content.
    ///
    /// `now` is monotonic, since any fixed instant. With a budget of 0 nothing is read, but rotations are
    /// followed and sizes noted, so that a paused source still knows what it would lose: poll it so while paused. A generation
    /// that ends meanwhile still hands out its half line: keep it.
    /// Records come in the order of the log; those of one generation never go back.
    pub fn poll(
        &mut self,
        look: Look,
        now: Duration,
        budget_bytes: usize,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> Polled {
        self.search = self.patience(now);
        self.put_off_now = false;
        let changed = self.look_at_path(now);
        self.learn_trust(look, changed);
        let (read_bytes, more) = self.read(now, budget_bytes, on_record);
        self.retire(now, on_record);
        if !self.put_off_now {
            self.search_failing_since = None;
        }
        if !more {
            self.buffer.truncate(read::READ_LEAST);
            self.buffer.shrink_to(read::READ_LEAST);
        }
        let next = if more { now } else { now + self.interval() };
        Polled {
            more,
            next,
            read_bytes,
            notices: std::mem::take(&mut self.notices),
        }
    }

    /// The checkpoints that changed since the last call, oldest generation first; commit them in one transaction
    /// with what was made from the records handed out so far.
    ///
    /// `context` is what the caller must know to go on after the last record handed out, whichever generation that
    /// was of. It is put into every checkpoint returned, and when anything changed, the newest generation's
    /// checkpoint is among them: the last of the stored checkpoints always has the latest context. The final
    /// checkpoint of a generation comes once, with `ended` set.
    pub fn take_checkpoints(&mut self, context: &[u8]) -> Vec<Checkpoint> {
        let mut taken = std::mem::take(&mut self.finished);
        for checkpoint in &mut taken {
            checkpoint.context = context.to_vec();
        }
        let elders = self.elders.iter_mut().map(|elder| &mut elder.generation);
        let mut newest = None;
        for generation in elders.chain(&mut self.current) {
            let changed = generation.changed_checkpoint(context);
            newest = Some(generation.id());
            taken.extend(changed);
        }
        if taken
            .last()
            .is_some_and(|last| newest.is_some_and(|newest| last.generation != newest))
        {
            let last = self
                .current
                .as_ref()
                .or(self.elders.back().map(|elder| &elder.generation));
            taken.extend(last.map(|generation| generation.checkpoint(context)));
        }
        taken
    }

    fn interval(&self) -> Duration {
        // A path at which nothing is may stay so for days: its first line can wait, the machine is left alone.
        // A file that has just gone from it wants its second look soon.
        let unsettled = self.missing_since.is_some();
        if self.current.is_some() && (unsettled || self.misses_hints()) {
            self.options.unhinted_interval
        } else {
            self.options.poll_interval
        }
    }

    /// An event may be under way when the timer finds a change; a second change without any event proves that none
    /// come.
    fn learn_trust(&mut self, look: Look, changed: bool) {
        self.trust = match (self.trust, look) {
            (Trust::Absent, _) => Trust::Absent,
            (_, Look::Hinted) => Trust::Working,
            (Trust::Working, Look::Timed) if changed => Trust::Doubted,
            (Trust::Doubted, Look::Timed) if changed => Trust::Missed,
            (trust, _) => trust,
        };
    }

    fn begin_generation(
        &mut self,
        file: F::File,
        stat: FileStat,
        why: Why,
        settled: Duration,
    ) -> Generation<F::File> {
        let id = identity::new_id();
        self.notices.push(Notice::NewGeneration {
            generation: id,
            offset: 0,
            why,
        });
        Generation::fresh(id, file, stat, self.options.line_cap, settled)
    }

    fn remember(&mut self, known: Known) {
        if known.is_blank() {
            return;
        }
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(known);
    }
}

const fn trust_in(hints: Hints) -> Trust {
    match hints {
        Hints::Working => Trust::Working,
        Hints::Absent => Trust::Absent,
    }
}
