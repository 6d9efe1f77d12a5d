//! Reading the queue of generations under a budget, and ending those that are done.
//!
//! Owns the order (elders first) and the end of a generation. Must not know why a generation became an elder.
//! Errors of a read leave the position where it is and are told once.

use std::io;
use std::time::Duration;

use isr_core::source::GenerationId;

use super::{Elder, ElderState, Origin, Record, Tail, Trouble};
use crate::fs::Fs;
use crate::generation::{Generation, Step};
use crate::line::Line;
use crate::notice::Notice;

/// The smallest read buffer, kept between looks.
pub(super) const READ_LEAST: usize = 8 * 1024;
/// The largest read buffer, used while there is a backlog.
const READ_MOST: usize = 256 * 1024;

/// How reading one generation ended.
enum Drained {
    /// At the end of what was known to be there.
    AtEnd,
    /// The budget was used up.
    Budget,
    Broken,
    Failed(io::Error),
}

impl<F: Fs> Tail<F> {
    /// Reads elders, then the current generation. Returns how many bytes were read and whether there is more.
    pub(super) fn read(
        &mut self,
        now: Duration,
        budget: usize,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> (u64, bool) {
        let mut left = budget;
        // A truncation found by reading leaves a copy and a new generation to read, in this order; each file can be
        // truncated again meanwhile, which the next look finds.
        let mut passes = self.elders.len() + 2;
        while self.read_queue(now, &mut left, on_record) && passes > 0 {
            passes -= 1;
        }
        let more = budget > 0 && left == 0 && self.backlog_bytes() > 0;
        ((budget - left) as u64, more)
    }

    /// One pass over the queue. Returns whether the queue changed, so that it must be read again.
    fn read_queue(&mut self, now: Duration, left: &mut usize, on_record: &mut dyn FnMut(Record<'_>)) -> bool {
        // Behind an elder that is not at its end, the others are only looked at: sizes are noted, nothing is read.
        let mut only_look = 0;
        let mut blocked = false;
        for index in 0..self.elders.len() {
            let allowed = if blocked { &mut only_look } else { &mut *left };
            blocked |= !self.read_elder(index, now, allowed, on_record);
            if self.elders.get(index).is_some_and(Elder::was_rewritten) {
                if self.elder_replaced(index, now, on_record) {
                    return true;
                }
                blocked = true;
            }
        }
        self.read_current(now, if blocked { &mut only_look } else { left }, on_record)
    }

    /// Returns whether everything known of it was read, so that younger generations may be read.
    fn read_elder(
        &mut self,
        index: usize,
        now: Duration,
        left: &mut usize,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> bool {
        let Self {
            fs,
            elders,
            buffer,
            notices,
            ..
        } = self;
        let Some(elder) = elders.get_mut(index) else {
            return true;
        };
        if elder.state == ElderState::Broken {
            return true;
        }
        let looked = elder.generation.look(fs);
        if matches!(looked, Ok(true)) && elder.generation.unread() > 0 {
            elder.until = elder.until.max(now + elder.quiet);
        }
        let drained = match looked {
            Ok(_) => drain(fs, &mut elder.generation, buffer, now, left, notices, on_record),
            Err(error) => Drained::Failed(error),
        };
        let was = elder.state;
        elder.state = match drained {
            Drained::AtEnd | Drained::Budget => ElderState::Readable,
            Drained::Broken => ElderState::Broken,
            Drained::Failed(_) => ElderState::Failing,
        };
        match drained {
            Drained::Failed(error) if was != ElderState::Failing => {
                elder.until = elder.until.max(now + self.options.rotation_wait);
                notices.push(read_error(error));
            }
            Drained::AtEnd | Drained::Budget if was == ElderState::Failing => notices.push(Notice::Recovered),
            _ => {}
        }
        elder.state == ElderState::Broken
            || (elder.state == ElderState::Readable && elder.generation.unread() == 0)
    }

    /// Returns whether the current generation was found replaced.
    fn read_current(
        &mut self,
        now: Duration,
        left: &mut usize,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> bool {
        let Self {
            fs,
            current,
            buffer,
            notices,
            ..
        } = self;
        let Some(generation) = current else { return false };
        match drain(fs, generation, buffer, now, left, notices, on_record) {
            Drained::AtEnd | Drained::Budget => {
                if !self.suspect && !self.put_off_now && self.trouble == Some(Trouble::Failing) {
                    self.recovered();
                }
                false
            }
            Drained::Broken => self.content_replaced(now, on_record),
            Drained::Failed(error) => {
                self.suspect = true;
                self.failing(read_error(error));
                false
            }
        }
    }

    /// Tells a failure of the file system once.
    pub(super) fn failing(&mut self, notice: Notice) {
        if self.trouble.replace(Trouble::Failing) != Some(Trouble::Failing) {
            self.notices.push(notice);
        }
    }

    /// Takes note that whatever was wrong with the path is over.
    pub(super) fn recovered(&mut self) {
        if self.trouble.take().is_some() {
            self.notices.push(Notice::Recovered);
        }
    }

    /// Ends every elder whose wait is over.
    pub(super) fn retire(&mut self, now: Duration, on_record: &mut dyn FnMut(Record<'_>)) {
        let mut index = 0;
        while index < self.elders.len() {
            if self.is_done(index, now) {
                if let Some(mut elder) = self.elders.remove(index) {
                    if elder.state == ElderState::Failing {
                        elder.generation.believe_size();
                    }
                    self.end(elder.generation, on_record);
                }
            } else {
                index += 1;
            }
        }
    }

    fn is_done(&self, index: usize, now: Duration) -> bool {
        let Some(elder) = self.elders.get(index) else {
            return false;
        };
        let drained = match elder.state {
            ElderState::Broken => return !elder.was_rewritten(),
            ElderState::Failing => true,
            ElderState::Readable => elder.generation.unread() == 0,
        };
        now >= elder.until && drained && !self.is_still_the_log(index)
    }

    /// A writer that was not told of a rotation goes on in the renamed file. As long as nothing else is written at
    /// the path and the file still has a name, the newest elder is the log.
    fn is_still_the_log(&self, index: usize) -> bool {
        let Some(elder) = self.elders.get(index) else {
            return false;
        };
        let newest = index + 1 == self.elders.len() && elder.state == ElderState::Readable;
        let successor_silent = self
            .current
            .as_ref()
            .is_none_or(|current| current.seen_size() == 0);
        newest && !elder.quiet.is_zero() && successor_silent && elder.generation.stat().links > 0
    }

    /// Ends a generation: its half line is handed out, what was seen and not read is counted.
    pub(super) fn end(
        &mut self,
        mut generation: Generation<F::File>,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> F::File {
        let id = generation.id();
        let lost = generation.finish(&mut |line, live| {
            Record::hand_out(id, line, live, &mut self.notices, on_record);
        });
        if lost > 0 {
            self.notices.push(Notice::BytesLost {
                generation: id,
                bytes: lost,
            });
        }
        self.notices.push(Notice::Ended { generation: id });
        let mut checkpoint = generation.checkpoint(b"");
        checkpoint.ended = true;
        self.finished.push(checkpoint);
        self.remember(generation.known());
        generation.into_file()
    }
}

impl<H> Elder<H> {
    /// Whether its own file was truncated while it was the log.
    fn was_rewritten(&self) -> bool {
        self.state == ElderState::Broken && self.origin == Origin::Path
    }

    pub(super) const fn new(
        generation: Generation<H>,
        now: Duration,
        quiet: Duration,
        origin: Origin,
    ) -> Self {
        Self {
            generation,
            until: now.saturating_add(quiet),
            quiet,
            origin,
            state: ElderState::Readable,
        }
    }
}

/// Reads one generation to its known end, as far as the budget goes.
fn drain<F: Fs>(
    fs: &F,
    generation: &mut Generation<F::File>,
    buffer: &mut Vec<u8>,
    now: Duration,
    left: &mut usize,
    notices: &mut Vec<Notice>,
    on_record: &mut dyn FnMut(Record<'_>),
) -> Drained {
    let id = generation.id();
    loop {
        let wanted = usize::try_from(generation.unread()).unwrap_or(usize::MAX);
        let size = wanted.clamp(READ_LEAST, READ_MOST);
        if buffer.len() < size {
            buffer.resize(size, 0);
        }
        let room = size.min(*left);
        let step = generation.step(fs, &mut buffer[..room], now, &mut |line, live| {
            Record::hand_out(id, line, live, notices, on_record);
        });
        match step {
            Ok(Step::Read(read)) => *left -= read,
            Ok(Step::AtEnd) if *left == 0 && generation.unread() > 0 => return Drained::Budget,
            Ok(Step::AtEnd) => return Drained::AtEnd,
            Ok(Step::Broken) => return Drained::Broken,
            Err(error) => return Drained::Failed(error),
        }
    }
}

impl<'a> Record<'a> {
    pub(crate) fn hand_out(
        generation: GenerationId,
        line: Line<'a>,
        live: bool,
        notices: &mut Vec<Notice>,
        on_record: &mut dyn FnMut(Record<'_>),
    ) {
        if line.cut_bytes > 0 {
            notices.push(Notice::LineTooLong {
                generation,
                start: line.start,
                cut_bytes: line.cut_bytes,
            });
        }
        on_record(Record {
            generation,
            start: line.start,
            end: line.end,
            line: line.bytes,
            terminated: line.terminated,
            live,
            cut_bytes: line.cut_bytes,
        });
    }
}

fn read_error(error: io::Error) -> Notice {
    Notice::ReadError {
        operation: "read the log file",
        error,
    }
}
