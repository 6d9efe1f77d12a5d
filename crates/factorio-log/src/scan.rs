//! The few ways in which every rule of the grammar cuts a byte slice.
//!
//! Owns cutting only: no rule of the game's log stands here. Every function is linear in its input, returns
//! sub-slices of what it was given, and answers `None` where the shape is not there.

use memchr::memmem;

/// Splits at the first `needle`, which belongs to neither side.
pub(crate) fn split_once<'a>(text: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, needle)?;
    Some((&text[..at], &text[at + needle.len()..]))
}

/// Splits at the last `needle`, which belongs to neither side.
pub(crate) fn split_last<'a>(text: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::rfind(text, needle)?;
    Some((&text[..at], &text[at + needle.len()..]))
}

/// Splits at the first space; the second part is `None` when there is no space.
pub(crate) fn first_word(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b' ', text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Reads a number at the start: at least one digit, within `u64`. Returns it with what follows.
pub(crate) fn leading_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |sum, digit| {
        sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })?;
    Some((value, rest))
}

/// Reads a text that is one number and nothing else.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    match leading_number(text)? {
        (value, []) => Some(value),
        _ => None,
    }
}

/// Reads a decimal number that is the whole text: digits, one optional point, an optional minus.
pub(crate) fn decimal(text: &[u8]) -> Option<f64> {
    let plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    if text.len() > 32 || !text.iter().all(plain) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads `opening` followed by text up to the next `)`: `enclosed(b"from(InGame) x", b"from(")` gives `InGame` and ` x`.
pub(crate) fn enclosed<'a>(text: &'a [u8], opening: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let inner = text.strip_prefix(opening)?;
    let end = memchr::memchr(b')', inner)?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// Reads `opening`, a number and `)`.
pub(crate) fn enclosed_number<'a>(text: &'a [u8], opening: &[u8]) -> Option<(u64, &'a [u8])> {
    let (inner, rest) = enclosed(text, opening)?;
    Some((number(inner)?, rest))
}

/// Drops exactly one full stop at the end: the one that belongs to the game's template.
pub(crate) fn without_dot(text: &[u8]) -> &[u8] {
    text.strip_suffix(b".").unwrap_or(text)
}

/// Drops spaces at the end.
pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    let length = text.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
    &text[..length]
}

/// `None` instead of an empty slice.
pub(crate) fn filled(text: &[u8]) -> Option<&[u8]> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stop_at_the_edge_of_u64() {
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(number(b"18446744073709551616"), None);
        assert_eq!(number(b""), None);
        assert_eq!(number(b"1x"), None);
        assert_eq!(number(b"-1"), None);
    }

    #[test]
    fn decimals_are_plain_numbers_only() {
        assert_eq!(decimal(b"100.000000"), Some(100.0));
        for text in [&b"inf"[..], b"nan", b"1e9", b"", b"1.2.3", b"--1"] {
            assert_eq!(decimal(text), None, "{text:?}");
        }
    }

    #[test]
    fn exactly_one_dot_is_dropped() {
        assert_eq!(without_dot(b"why..."), b"why..");
        assert_eq!(without_dot(b"why"), b"why");
    }
}
