//! One generation being read: an open file, the position in it, and what proves that it is still the same content.
//!
//! Owns the order of operations that makes reading safe against truncation: read first, then verify that the bytes
//! before the position (and the head) are still the ones that were read before, and only then hand lines out. A
//! truncation that happens before the verification is seen by it; one that happens after it cannot have touched what
//! was read. Must not know the path or other generations. Reading may fail; then nothing moves.

use std::io;
use std::time::Duration;

use isr_core::source::{Checkpoint, Fingerprint, GenerationId};

use crate::fingerprint::{NOTHING, WINDOW, Window, fingerprint};
use crate::fs::{FileStat, Fs, read_fully, read_once};
use crate::line::{Line, LineReader};
use crate::proof::Known;

/// What one step of reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many bytes were read and handed out as far as they were complete lines.
    Read(usize),
    /// Everything known to be there has been read.
    AtEnd,
    /// The file does not hold this generation any more.
    Broken,
}

/// From where on bytes count as read live.
#[derive(Debug, Clone, Copy)]
enum Liveness {
    /// The end has not been reached at or after this time yet.
    After(Duration),
    /// Lines that end behind this offset are live.
    From(u64),
}

/// The part of a checkpoint whose change makes it worth storing again.
type Stored = (u64, u64, u64, u16, u64);

/// One incarnation of a log, open for reading.
#[derive(Debug)]
pub(crate) struct Generation<H> {
    id: GenerationId,
    file: H,
    stat: FileStat,
    /// The file changed since its content was last verified.
    unverified: bool,
    head: Fingerprint,
    anchor: Fingerprint,
    /// The bytes before the read position.
    window: Window,
    lines: LineReader,
    seen_size: u64,
    live: Liveness,
    stored: Option<Stored>,
}

impl<H> Generation<H> {
    /// A generation that is read from its first byte. Lines are live once its end is reached at or after `settled`.
    pub(crate) fn fresh(id: GenerationId, file: H, stat: FileStat, cap: usize, settled: Duration) -> Self {
        Self {
            id,
            file,
            stat,
            unverified: true,
            head: NOTHING,
            anchor: NOTHING,
            window: Window::default(),
            lines: LineReader::new(0, cap),
            seen_size: stat.size,
            live: Liveness::After(settled),
            stored: None,
        }
    }

    /// A generation that is read on where `known` stands, in a file that was proven to hold it.
    pub(crate) fn resume(known: &Known, file: H, stat: FileStat, window: Window, cap: usize) -> Self {
        Self {
            head: known.head,
            anchor: known.anchor,
            window,
            lines: LineReader::new(known.offset, cap),
            seen_size: known.seen_size.max(stat.size),
            stored: None,
            ..Self::fresh(known.id, file, stat, cap, Duration::ZERO)
        }
    }

    pub(crate) const fn id(&self) -> GenerationId {
        self.id
    }

    pub(crate) const fn stat(&self) -> &FileStat {
        &self.stat
    }

    pub(crate) const fn seen_size(&self) -> u64 {
        self.seen_size
    }

    pub(crate) const fn position(&self) -> u64 {
        self.lines.position()
    }

    /// Offset of the first byte that is in no record yet.
    pub(crate) const fn offset(&self) -> u64 {
        self.lines.line_start()
    }

    /// How many bytes are known to be there and not read.
    pub(crate) const fn unread(&self) -> u64 {
        self.stat.size.saturating_sub(self.position())
    }

    pub(crate) const fn known(&self) -> Known {
        Known {
            id: self.id,
            device: self.stat.device,
            inode: self.stat.inode,
            head: self.head,
            offset: self.offset(),
            anchor: self.anchor,
            seen_size: self.seen_size,
        }
    }

    /// Takes note of what the file looks like now. Returns whether it changed.
    pub(crate) fn observe(&mut self, stat: FileStat) -> bool {
        let changed = stat.size != self.stat.size || stat.changed_ns != self.stat.changed_ns;
        self.unverified |= changed;
        self.stat = stat;
        changed
    }

    /// Reads through another descriptor of the same file.
    pub(crate) fn reopen(&mut self, file: H, stat: FileStat) {
        self.file = file;
        self.observe(stat);
        self.unverified = true;
    }

    /// Goes on in another file that was proven to hold the same content up to the offset.
    pub(crate) fn move_to(&mut self, file: H, stat: FileStat, window: Window) -> H {
        self.lines.rewind();
        self.window = window;
        self.stat = stat;
        self.unverified = true;
        std::mem::replace(&mut self.file, file)
    }

    /// Gives the descriptor away, with the checkpoint of a generation that ended.
    pub(crate) fn into_file(self) -> H {
        self.file
    }

    /// Looks at the open file.
    pub(crate) fn look<F: Fs<File = H>>(&mut self, fs: &F) -> io::Result<bool> {
        let stat = fs.file_stat(&self.file)?;
        Ok(self.observe(stat))
    }

    /// Reads and hands out at most `buffer.len()` bytes, or only verifies when the buffer is empty or nothing is
    /// left to read.
    pub(crate) fn step<F: Fs<File = H>>(
        &mut self,
        fs: &F,
        buffer: &mut [u8],
        now: Duration,
        on_line: &mut dyn FnMut(Line<'_>, bool),
    ) -> io::Result<Step> {
        if self.stat.size < self.position() {
            return Ok(Step::Broken);
        }
        let wanted = usize::try_from(self.unread())
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if wanted == 0 && !self.unverified {
            self.settle(now);
            return Ok(Step::AtEnd);
        }
        let read = match wanted {
            0 => 0,
            _ => read_once(fs, &self.file, &mut buffer[..wanted], self.position())?,
        };
        let head = self.head_on_disk(fs)?;
        if !self.is_intact(fs)? {
            return Ok(Step::Broken);
        }
        self.head = head;
        self.unverified = false;
        self.seen_size = self.seen_size.max(self.stat.size);
        if read == 0 {
            self.settle(now);
            return Ok(Step::AtEnd);
        }
        self.absorb(&buffer[..read], on_line);
        Ok(Step::Read(read))
    }

    /// Counts bytes as seen that could never be verified, because reading failed to the end: rather too many than
    /// silence.
    pub(crate) fn believe_size(&mut self) {
        self.seen_size = self.seen_size.max(self.stat.size);
    }

    /// Ends the generation: hands out a half line, and says how many bytes that were seen stay unread.
    pub(crate) fn finish(&mut self, on_line: &mut dyn FnMut(Line<'_>, bool)) -> u64 {
        let live = self.live;
        self.lines.flush(&mut |line| on_line(line, is_live(live, &line)));
        self.anchor = fingerprint(self.window.bytes());
        self.seen_size.saturating_sub(self.position())
    }

    /// The checkpoint, when it differs from the one that was taken last.
    pub(crate) fn changed_checkpoint(&mut self, context: &[u8]) -> Option<Checkpoint> {
        let stored = (
            self.stat.device,
            self.stat.inode,
            self.offset(),
            self.head.len,
            self.seen_size,
        );
        let changed = self.stored != Some(stored);
        self.stored = Some(stored);
        changed.then(|| self.checkpoint(context))
    }

    pub(crate) fn checkpoint(&self, context: &[u8]) -> Checkpoint {
        Checkpoint {
            generation: self.id,
            device: self.stat.device,
            inode: self.stat.inode,
            head: self.head,
            offset: self.offset(),
            anchor: self.anchor,
            seen_size: self.seen_size,
            ended: false,
            context: context.to_vec(),
        }
    }

    /// Whether the head and the bytes before the position are what they were.
    fn is_intact<F: Fs<File = H>>(&self, fs: &F) -> io::Result<bool> {
        let mut bytes = [0; WINDOW];
        let before = self.window.bytes();
        let there = &mut bytes[..before.len()];
        let read = read_fully(fs, &self.file, there, self.position() - before.len() as u64)?;
        if read != before.len() || *there != *before {
            return Ok(false);
        }
        let head = &mut bytes[..usize::from(self.head.len)];
        let read = read_fully(fs, &self.file, head, 0)?;
        Ok(read == head.len() && fingerprint(head) == self.head)
    }

    /// The head as far as the file goes, also where it was not read yet: unread content can so be recognised
    /// elsewhere. To be believed only when the content is verified after it.
    fn head_on_disk<F: Fs<File = H>>(&self, fs: &F) -> io::Result<Fingerprint> {
        let size = usize::try_from(self.stat.size).unwrap_or(usize::MAX).min(WINDOW);
        if usize::from(self.head.len) >= size {
            return Ok(self.head);
        }
        let mut bytes = [0; WINDOW];
        let read = read_fully(fs, &self.file, &mut bytes[..size], 0)?;
        Ok(fingerprint(&bytes[..read]))
    }

    /// Once the end is reached, what comes later is live.
    fn settle(&mut self, now: Duration) {
        if let Liveness::After(time) = self.live
            && now >= time
            && self.unread() == 0
        {
            self.live = Liveness::From(self.position());
        }
    }

    fn absorb(&mut self, chunk: &[u8], on_line: &mut dyn FnMut(Line<'_>, bool)) {
        let start = self.position();
        let offset = self.offset();
        let live = self.live;
        self.lines
            .feed(chunk, &mut |line| on_line(line, is_live(live, &line)));
        if self.offset() != offset {
            let complete = usize::try_from(self.offset() - start)
                .unwrap_or(usize::MAX)
                .min(chunk.len());
            self.anchor = self.window.anchor_after(&chunk[..complete]);
        }
        self.window.push(chunk);
    }
}

fn is_live(live: Liveness, line: &Line<'_>) -> bool {
    matches!(live, Liveness::From(offset) if line.end > offset)
}
