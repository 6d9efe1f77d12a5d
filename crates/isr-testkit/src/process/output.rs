//! The lines that a program wrote.
//!
//! Owns a bounded record of both streams. Must not know what they mean. A line longer than 64 KiB is cut.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

/// A longer line is cut.
const LONGEST_LINE: usize = 64 << 10;

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number over both streams, from 0.
    pub number: u64,
    /// Its stream.
    pub stream: Stream,
    /// Its text, decoded (bad UTF-8 becomes U+FFFD), without line end.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Debug)]
pub(super) struct Output {
    keep: usize,
    kept: VecDeque<Line>,
    total: u64,
    open: usize,
}

impl Output {
    pub(super) const fn new(keep: usize) -> Self {
        Self {
            keep,
            kept: VecDeque::new(),
            total: 0,
            open: 0,
        }
    }

    pub(super) const fn opened(&mut self) {
        self.open += 1;
    }

    pub(super) const fn closed(&mut self) {
        self.open -= 1;
    }

    /// Both streams are read to their end.
    pub(super) const fn is_closed(&self) -> bool {
        self.open == 0
    }

    pub(super) fn push(&mut self, stream: Stream, text: String) {
        self.kept.push_back(Line {
            number: self.total,
            stream,
            text,
        });
        self.total += 1;
        while self.kept.len() > self.keep {
            self.kept.pop_front();
        }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.kept.iter()
    }

    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn tail(&self, lines: usize) -> String {
        let from = self.kept.len().saturating_sub(lines);
        self.kept
            .iter()
            .skip(from)
            .map(|line| line.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Reads to the end and hands over line by line. A broken pipe is its end.
pub(super) fn read_lines(pipe: impl Read, mut line: impl FnMut(String)) {
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader
            .by_ref()
            .take(LONGEST_LINE as u64)
            .read_until(b'\n', &mut bytes)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let cut = bytes.len() == LONGEST_LINE && bytes.last() != Some(&b'\n');
        line(
            String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\n', '\r'])
                .to_owned(),
        );
        if cut && skip_line(&mut reader).is_none() {
            return;
        }
    }
}

/// Skips the rest of a line that was cut.
fn skip_line(reader: &mut impl BufRead) -> Option<()> {
    loop {
        let buffer = reader.fill_buf().ok().filter(|buffer| !buffer.is_empty())?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_and_the_next_is_whole() {
        let mut text = "x".repeat(3 * LONGEST_LINE).into_bytes();
        text.extend_from_slice(b"\nnext\r\n\nlast \xff");
        let mut lines = Vec::new();
        read_lines(&text[..], |line| lines.push(line));
        assert_eq!(lines[0].len(), LONGEST_LINE);
        assert_eq!(lines[1..], ["next", "", "last \u{fffd}"]);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut output = Output::new(2);
        (0..5).for_each(|n| output.push(Stream::Stdout, n.to_string()));
        assert_eq!(
            (output.tail(9), output.tail(1), output.total()),
            ("3\n4".into(), "4".into(), 5)
        );
        assert_eq!(output.lines().next().map(|line| line.number), Some(3));
    }
}
