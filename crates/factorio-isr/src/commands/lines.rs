//! Reads a log file or standard input line by line, for `parse` and `replay`.
//!
//! Owns the reading of a whole file from its beginning: the daemon's tailer is elsewhere. Lines longer than the cap are
//! cut as the daemon cuts them. Fails where the file cannot be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The part of a line that is looked at; the same cap as the daemon's default.
const LINE_CAP: usize = 256 * 1024;

/// Calls `on_line` with the number (from 1), the byte offset and the bytes of every line; stops early when it says so.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn for_each_line(
    file: &Path,
    mut on_line: impl FnMut(u64, u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file)?)
    };
    let mut input = BufReader::with_capacity(128 * 1024, input);
    let (mut line, mut number, mut offset) = (Vec::new(), 0, 0);
    loop {
        line.clear();
        let taken = read_line(&mut input, &mut line)?;
        if taken == 0 {
            return Ok(());
        }
        number += 1;
        on_line(number, offset, line.strip_suffix(b"\r").unwrap_or(&line))?;
        offset += taken;
    }
}

/// Reads up to and with the next newline; keeps at most the cap, without the newline. Gives the bytes taken.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut taken = 0;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(taken);
        }
        let end = memchr::memchr(b'\n', buffer);
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&piece[..piece.len().min(LINE_CAP.saturating_sub(line.len()))]);
        let consumed = end.map_or(buffer.len(), |at| at + 1);
        taken += consumed as u64;
        input.consume(consumed);
        if end.is_some() {
            return Ok(taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, text).unwrap();
        let mut found = Vec::new();
        for_each_line(&path, |_, offset, line| {
            found.push((offset, line.to_vec()));
            Ok(())
        })
        .unwrap();
        found
    }

    #[test]
    fn offsets_are_line_starts_and_ends_are_cut() {
        let found = lines(b"a\r\n\nlast");
        assert_eq!(
            found,
            [(0, b"a".to_vec()), (3, b"".to_vec()), (4, b"last".to_vec())]
        );
    }

    #[test]
    fn a_huge_line_is_cut_and_the_next_is_intact() {
        let mut text = vec![b'x'; LINE_CAP * 3];
        text.extend_from_slice(b"\nnext\n");
        let found = lines(&text);
        assert_eq!(found[0].1.len(), LINE_CAP);
        assert_eq!(found[1], (LINE_CAP as u64 * 3 + 1, b"next".to_vec()));
    }
}
