//! Standard input as a source: the same records, without a file to come back to.
//!
//! Owns reading a descriptor only when `poll(2)` says that it will not block, so that the one reading thread can
//! serve files beside it. Nothing can be resumed: every process begins a new generation at offset 0. Reading may
//! fail; then the source has ended.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use isr_core::source::{Checkpoint, GenerationId};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::FileType;

use crate::fingerprint::{NOTHING, WINDOW, Window, extend};
use crate::line::LineReader;
use crate::notice::Notice;
use crate::tail::{Polled, Record, new_generation_id};

const CHUNK: usize = 64 * 1024;

/// Reads lines from a descriptor that cannot be read twice (a pipe, a terminal, a redirected file).
#[derive(Debug)]
pub struct StdinTail<R> {
    input: R,
    generation: GenerationId,
    lines: LineReader,
    window: Window,
    checkpoint: Checkpoint,
    /// Whether the input is a regular file: what it holds was written before.
    is_file: bool,
    ended: bool,
    changed: bool,
    buffer: Vec<u8>,
}

impl<R: AsFd> StdinTail<R> {
    /// Takes the descriptor (`std::io::stdin()` does). Lines longer than `line_cap` bytes are cut there.
    ///
    /// Nothing else of the process may read from it: bytes that another reader buffered are never seen here.
    #[must_use]
    pub fn new(input: R, line_cap: usize) -> Self {
        let stat = rustix::fs::fstat(&input);
        let is_file = stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
        let generation = new_generation_id();
        let checkpoint = Checkpoint {
            generation,
            device: 0,
            inode: 0,
            head: NOTHING,
            offset: 0,
            anchor: NOTHING,
            seen_size: 0,
            ended: false,
            context: Vec::new(),
        };
        Self {
            input,
            generation,
            lines: LineReader::new(0, line_cap),
            window: Window::default(),
            checkpoint,
            is_file,
            ended: false,
            changed: true,
            buffer: Vec::new(),
        }
    }

    /// The descriptor to wait on, until the input has ended.
    pub fn waiting_on(&self) -> Option<&R> {
        (!self.ended).then_some(&self.input)
    }

    /// Whether the input has ended: everything was handed out.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Hands out what can be read without waiting, at most about `budget_bytes`.
    ///
    /// Lines of a pipe or terminal are live, those of a redirected file are not. At the end of the input the rest
    /// without newline is handed out as unterminated.
    pub fn poll(
        &mut self,
        now: Duration,
        budget_bytes: usize,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> Polled {
        let mut notices = Vec::new();
        let mut left = budget_bytes;
        while left > 0 && !self.ended && self.is_readable() {
            match self.read(left, &mut notices, on_record) {
                Ok(read) => left -= read,
                Err(error) => {
                    notices.push(Notice::ReadError {
                        operation: "read standard input",
                        error,
                    });
                    self.end(&mut notices, on_record);
                }
            }
        }
        let more = budget_bytes > 0 && left == 0 && !self.ended;
        let next = if more { now } else { now + Duration::from_secs(1) };
        Polled {
            more,
            next,
            read_bytes: (budget_bytes - left) as u64,
            notices,
        }
    }

    /// The position, when it changed since the last call. It counts what was read; no other process can resume it.
    pub fn take_checkpoints(&mut self, context: &[u8]) -> Vec<Checkpoint> {
        if !std::mem::take(&mut self.changed) {
            return Vec::new();
        }
        self.checkpoint.offset = self.lines.line_start();
        self.checkpoint.seen_size = self.lines.position();
        self.checkpoint.ended = self.ended;
        vec![Checkpoint {
            context: context.to_vec(),
            ..self.checkpoint.clone()
        }]
    }

    fn is_readable(&self) -> bool {
        let mut fds = [PollFd::new(&self.input, PollFlags::IN)];
        let ready = rustix::io::retry_on_intr(|| poll(&mut fds, Some(&Timespec::default())));
        // An error is told by the read that follows.
        !matches!(ready, Ok(0))
    }

    fn read(
        &mut self,
        left: usize,
        notices: &mut Vec<Notice>,
        on_record: &mut dyn FnMut(Record<'_>),
    ) -> io::Result<usize> {
        self.buffer.resize(CHUNK, 0);
        let room = left.min(CHUNK);
        let read = match rustix::io::retry_on_intr(|| rustix::io::read(&self.input, &mut self.buffer[..room]))
        {
            Ok(0) => {
                self.end(notices, on_record);
                return Ok(0);
            }
            Ok(read) => read,
            // Somebody else made the descriptor non-blocking and took the bytes.
            Err(rustix::io::Errno::AGAIN) => return Ok(left),
            Err(error) => return Err(error.into()),
        };
        self.changed = true;
        let chunk = &self.buffer[..read];
        if usize::from(self.checkpoint.head.len) < WINDOW {
            self.checkpoint.head = extend(self.checkpoint.head, chunk);
        }
        let (start, offset) = (self.lines.position(), self.lines.line_start());
        let (generation, live) = (self.generation, !self.is_file);
        self.lines.feed(chunk, &mut |line| {
            Record::hand_out(generation, line, live, notices, on_record)
        });
        if self.lines.line_start() != offset {
            let complete = usize::try_from(self.lines.line_start() - start)
                .unwrap_or(read)
                .min(read);
            self.checkpoint.anchor = self.window.anchor_after(&chunk[..complete]);
        }
        self.window.push(chunk);
        Ok(read)
    }

    fn end(&mut self, notices: &mut Vec<Notice>, on_record: &mut dyn FnMut(Record<'_>)) {
        let (generation, live) = (self.generation, !self.is_file);
        self.lines
            .flush(&mut |line| Record::hand_out(generation, line, live, notices, on_record));
        notices.push(Notice::Ended { generation });
        self.ended = true;
        self.changed = true;
    }
}
