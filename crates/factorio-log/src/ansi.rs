//! Terminal escape sequences in captured output.
//!
//! Owns their removal. Must not know what a line means. Damaged sequences lose only their escape byte, so that no text
//! can hide behind one that never ends. Linear in the length of the line.

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// Returns `line` without terminal escape sequences: colours and other control sequences, and window titles.
///
/// A line without an escape byte, that is nearly every line, is returned as it is and `scratch` stays untouched;
/// otherwise the clean text is built in `scratch`, whose former content is dropped.
pub fn strip_ansi<'a>(line: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let Some(first) = memchr::memchr(ESCAPE, line) else {
        return line;
    };
    scratch.clear();
    scratch.extend_from_slice(&line[..first]);
    let mut rest = &line[first..];
    while let Some((_, after)) = rest.split_first() {
        rest = after_sequence(after);
        let next = memchr::memchr(ESCAPE, rest).unwrap_or(rest.len());
        scratch.extend_from_slice(&rest[..next]);
        rest = &rest[next..];
    }
    scratch
}

/// What follows the sequence whose escape byte was just taken.
fn after_sequence(text: &[u8]) -> &[u8] {
    match text {
        [b'[', body @ ..] => after_control(body).unwrap_or(text),
        [b']', body @ ..] => after_title(body).unwrap_or(text),
        [b'(' | b')', _, rest @ ..] => rest,
        [b'=' | b'>' | b'7' | b'8' | b'c' | b'\\', rest @ ..] => rest,
        _ => text,
    }
}

/// Parameters, intermediate bytes and one final byte.
fn after_control(body: &[u8]) -> Option<&[u8]> {
    let length = body
        .iter()
        .take_while(|byte| (0x20..=0x3f).contains(*byte))
        .count();
    let (last, rest) = body[length..].split_first()?;
    (0x40..=0x7e).contains(last).then_some(rest)
}

/// A title ends with a bell, or with an escape byte and a backslash.
fn after_title(body: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr2(BELL, ESCAPE, body)?;
    match &body[end..] {
        [BELL, rest @ ..] | [ESCAPE, b'\\', rest @ ..] => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(line: &[u8]) -> Vec<u8> {
        strip_ansi(line, &mut Vec::new()).to_vec()
    }

    #[test]
    fn a_line_without_escapes_is_returned_untouched() {
        let mut scratch = b"kept".to_vec();
        let line = b"2026-08-07 11:31:05 [JOIN] bob joined the game";
        assert_eq!(strip_ansi(line, &mut scratch).as_ptr(), line.as_ptr());
        assert_eq!(scratch, b"kept");
    }

    #[test]
    fn colours_titles_and_cursor_moves_vanish() {
        assert_eq!(stripped(b"\x1b[32mbob\x1b[0m joined\x1b[K"), b"bob joined");
        assert_eq!(stripped(b"\x1b]0;title\x07bob\x1b]2;x\x1b\\!"), b"bob!");
        assert_eq!(stripped(b"\x1b(Bbob\x1b[38;5;208m"), b"bob");
    }

    #[test]
    fn a_damaged_sequence_loses_only_its_escape_byte() {
        assert_eq!(stripped(b"a\x1b[31"), b"a[31");
        assert_eq!(stripped(b"a\x1b]0;no end"), b"a]0;no end");
        assert_eq!(stripped(b"a\x1b"), b"a");
        assert_eq!(stripped(b"\x1b\x1b\x1bx"), b"x");
        assert_eq!(stripped("\x1b[31\u{e9}m".as_bytes()), "[31\u{e9}m".as_bytes());
    }
}
