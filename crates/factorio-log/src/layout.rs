//! The four shapes of a line: framed, dated, engine, bare, tried in this order and anchored at column 0.
//!
//! Owns the outer split. Must not know tags, forms or mods. Everything that is not one of the first three is bare, so
//! nothing fails.

use crate::scan::split_once;
use crate::stamp::{Stated, Uptime};

/// Which end of a console log a frame marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Opened,
    Closed,
}

/// A line, cut at its outer seams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout<'a> {
    Framed { frame: Frame, when: Stated<'a> },
    Dated { when: Stated<'a>, body: &'a [u8] },
    Engine { uptime: Uptime, body: &'a [u8] },
    Bare(&'a [u8]),
}

impl<'a> Layout<'a> {
    pub(crate) fn of(line: &'a [u8]) -> Self {
        let known = match line.first() {
            Some(b'=') => framed(line),
            Some(b'0'..=b'9') => dated(line).or_else(|| engine(line)),
            Some(b' ') => engine(line),
            _ => None,
        };
        known.unwrap_or(Self::Bare(line))
    }
}

fn framed(line: &[u8]) -> Option<Layout<'_>> {
    let text = line.strip_prefix(b"=== Log ")?.strip_suffix(b" ===")?;
    let (frame, time) = match split_once(text, b" ")? {
        (b"opened", time) => (Frame::Opened, time),
        (b"closed", time) => (Frame::Closed, time),
        _ => return None,
    };
    match Stated::leading(time)? {
        (when, []) => Some(Layout::Framed { frame, when }),
        _ => None,
    }
}

fn dated(line: &[u8]) -> Option<Layout<'_>> {
    let (when, rest) = Stated::leading(line)?;
    let body = rest.strip_prefix(b" ")?;
    Some(Layout::Dated { when, body })
}

fn engine(line: &[u8]) -> Option<Layout<'_>> {
    let (uptime, body) = Uptime::leading(line)?;
    Some(Layout::Engine { uptime, body })
}

/// Longest console tag that is looked for; the longest known one is `UNBANNED`.
const TAG_LENGTH: usize = 24;

/// Splits `[TAG] body`: a tag is capital letters and `-`.
pub(crate) fn tag(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = body.strip_prefix(b"[")?;
    let capital = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-';
    let length = inner
        .iter()
        .take(TAG_LENGTH)
        .take_while(|byte| capital(byte))
        .count();
    let (tag, rest) = inner.split_at(length);
    let rest = rest.strip_prefix(b"] ")?;
    (!tag.is_empty()).then_some((tag, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_by_their_first_bytes() {
        assert!(matches!(
            Layout::of(b"=== Log opened 2025-01-05 19:00:00 ==="),
            Layout::Framed { .. }
        ));
        assert!(matches!(
            Layout::of(b"2025-01-05 19:00:00 [CHAT] a: b"),
            Layout::Dated { .. }
        ));
        assert!(matches!(Layout::of(b"29973.149 Goodbye"), Layout::Engine { .. }));
        assert!(matches!(Layout::of(b"   0.100 Goodbye"), Layout::Engine { .. }));
        for bare in [
            &b""[..],
            b"=== Log opened ===",
            b"=== Log opened 2025-01-05 19:00:00 === x",
            b"=== Log opened 2025-02-30 19:00:00 ===",
            b"x 2025-01-05 19:00:00 [CHAT] a: b",
            b" 2025-01-05 19:00:00 [CHAT] a: b",
            b"2025-01-05 19:00:00[CHAT] a: b",
            b"0000-00-00 00:00:00 [DISCORD] x",
            b"7 seconds",
            b"2.0.77",
        ] {
            assert_eq!(Layout::of(bare), Layout::Bare(bare));
        }
    }

    #[test]
    fn a_tag_is_capitals_in_brackets_and_a_space() {
        assert_eq!(tag(b"[JOIN] bob"), Some((&b"JOIN"[..], &b"bob"[..])));
        for none in [
            &b"[JOIN]bob"[..],
            b"[join] bob",
            b"[] bob",
            b"JOIN bob",
            b"[JOIN",
            b"[gps=1,2] x",
        ] {
            assert_eq!(tag(none), None);
        }
    }
}
