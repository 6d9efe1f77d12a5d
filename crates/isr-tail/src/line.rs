//! Bytes in any pieces to lines with exact offsets.
//!
//! Owns the half line between two reads and the cap on long lines. Must not know files. Invariants: every `\n` fed
//! gives exactly one line, lines follow each other without gap, memory stays below the cap plus one small buffer.
//! Nothing here fails; any byte is welcome.

use memchr::memchr;

/// A half line larger than this gives its memory back once it is complete.
const KEPT_CAPACITY: usize = 8 * 1024;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Offset of its first byte.
    pub start: u64,
    /// Offset after its last byte, the newline included.
    pub end: u64,
    /// Its bytes without the newline and without one `\r` before it; at most the cap.
    pub bytes: &'a [u8],
    /// Whether a newline ended it. `false` only from [`LineReader::flush`].
    pub terminated: bool,
    /// How many bytes beyond the cap were dropped.
    pub cut_bytes: u64,
}

/// Splits a stream of bytes into lines.
#[derive(Debug)]
pub struct LineReader {
    /// The beginning of a line whose newline has not come yet; never longer than the cap.
    partial: Vec<u8>,
    /// Bytes of that line beyond the cap.
    dropped: u64,
    /// Whether the last byte of that line was a carriage return that was dropped.
    dropped_return: bool,
    line_start: u64,
    position: u64,
    cap: usize,
}

impl LineReader {
    /// Starts at `offset`, which must be the first byte of a line. Lines longer than `cap` bytes are cut there.
    #[must_use]
    pub fn new(offset: u64, cap: usize) -> Self {
        Self {
            partial: Vec::new(),
            dropped: 0,
            dropped_return: false,
            line_start: offset,
            position: offset,
            cap: cap.max(1),
        }
    }

    /// Offset of the next byte to feed.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Offset of the first byte that no line has covered yet: always the start of a line.
    #[must_use]
    pub const fn line_start(&self) -> u64 {
        self.line_start
    }

    /// How many bytes of memory the half line holds.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.partial.capacity()
    }

    /// Takes the next bytes and hands out every line that they complete.
    pub fn feed(&mut self, chunk: &[u8], on_line: &mut dyn FnMut(Line<'_>)) {
        let mut rest = chunk;
        if self.line_start != self.position {
            let Some(end) = memchr(b'\n', rest) else {
                return self.keep(rest);
            };
            self.keep(&rest[..end]);
            self.position += 1;
            self.emit_partial(true, on_line);
            rest = &rest[end + 1..];
        }
        while let Some(end) = memchr(b'\n', rest) {
            if end > self.cap {
                self.keep(&rest[..end]);
                self.position += 1;
                self.emit_partial(true, on_line);
            } else {
                self.position += end as u64 + 1;
                let start = std::mem::replace(&mut self.line_start, self.position);
                let bytes = without_return(&rest[..end]);
                on_line(Line {
                    start,
                    end: self.position,
                    bytes,
                    terminated: true,
                    cut_bytes: 0,
                });
            }
            rest = &rest[end + 1..];
        }
        self.keep(rest);
    }

    /// Hands out the half line as it is, because nothing will complete it. Nothing happens when there is none.
    pub fn flush(&mut self, on_line: &mut dyn FnMut(Line<'_>)) {
        if self.line_start != self.position {
            self.emit_partial(false, on_line);
        }
    }

    /// Forgets the half line, so that it can be read again from its start.
    pub fn rewind(&mut self) {
        self.position = self.line_start;
        self.clear();
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.cap - self.partial.len();
        let (kept, beyond) = bytes.split_at(bytes.len().min(room));
        self.partial.extend_from_slice(kept);
        if let Some(last) = beyond.last() {
            self.dropped += beyond.len() as u64;
            self.dropped_return = *last == b'\r';
        }
        self.position += bytes.len() as u64;
    }

    fn emit_partial(&mut self, terminated: bool, on_line: &mut dyn FnMut(Line<'_>)) {
        let start = std::mem::replace(&mut self.line_start, self.position);
        // The carriage return of a line end is no content, on whichever side of the cap it fell.
        let cut_bytes = self.dropped - u64::from(terminated && self.dropped_return);
        let whole = self.dropped == 0 && terminated;
        let bytes = if whole {
            without_return(&self.partial)
        } else {
            &self.partial
        };
        on_line(Line {
            start,
            end: self.position,
            bytes,
            terminated,
            cut_bytes,
        });
        self.clear();
    }

    fn clear(&mut self) {
        self.partial.clear();
        self.partial.shrink_to(KEPT_CAPACITY);
        self.dropped = 0;
        self.dropped_return = false;
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
