//! Removes from hostile text what a reader cannot see.
//!
//! Owns the list of characters that hide, reverse or break text. After [`clean`] a text is one line without control,
//! direction or zero-width characters, so that what a reader sees is what is there, and no invisible character can
//! split a word that a later step looks for. Must not know markdown. Cannot fail.

use std::borrow::Cow;

/// How many combining marks may follow one character: more only paint over the neighbouring lines.
const MARKS_IN_A_ROW: usize = 4;

/// Makes hostile text one visible line: white space that breaks lines becomes a space, invisible characters go.
///
/// Joiners inside scripts and emoji that need them (after a character beyond ASCII) stay. Plain text is borrowed.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut previous = ' ';
    for c in text.chars() {
        let c = if breaks_line(c) { ' ' } else { c };
        if is_joiner(c) && joins_to(previous) {
            out.push(c);
            previous = c;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        marks = if is_combining(c) { marks + 1 } else { 0 };
        if marks <= MARKS_IN_A_ROW {
            out.push(c);
            previous = c;
        }
    }
    Cow::Owned(out)
}

/// Whether nothing has to go, by one look at each byte. A text with combining marks or joiners is not looked at closely.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(is_suspicious))
    {
        at += found;
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(c) if is_plain(c) => at += c.len_utf8(),
            _ => return false,
        }
    }
    true
}

/// Whether a character that [`clean`] does not merely copy may begin with this byte. The other bytes of a character say
/// nothing by themselves.
const fn is_suspicious(byte: &u8) -> bool {
    SUSPICIOUS[*byte as usize]
}

/// By the first byte of a character. Letters of Latin, Greek, Cyrillic and Han have others.
static SUSPICIOUS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte,
            0..0x20 | 0x7F | 0xC2 | 0xCC | 0xCD | 0xD2 | 0xD6..=0xD9 | 0xE0..=0xE3 | 0xEF..
        );
        byte += 1;
    }
    table
};

/// Whether [`clean`] copies a character, whatever stands around it.
fn is_plain(c: char) -> bool {
    !breaks_line(c) && !is_invisible(c) && !is_combining(c)
}

/// Whether a character shows nothing by itself: control, direction, zero-width, filler and tag characters, and the
/// code points that are no characters.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || is_joiner(c)
        || matches!(
            u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B | 0x200E | 0x200F
            | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFC
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
        )
        || is_noncharacter(c)
}

const fn breaks_line(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a joiner behind this character can be meant: not in ASCII, where it would only hide a seam.
fn joins_to(previous: char) -> bool {
    !previous.is_ascii() && !previous.is_whitespace() && !is_joiner(previous)
}

const fn is_noncharacter(c: char) -> bool {
    let code = c as u32;
    code & 0xFFFE == 0xFFFE || matches!(code, 0xFDD0..=0xFDEF)
}

/// Whether a character is painted over the one before it.
pub(crate) const fn is_combining(c: char) -> bool {
    matches!(
        c as u32,
        0x0300..=0x036F | 0x0483..=0x0489 | 0x0591..=0x05BD | 0x0610..=0x061A | 0x064B..=0x065F | 0x0E31
        | 0x0E34..=0x0E3A | 0x0E47..=0x0E4E | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_and_zero_width_characters_go() {
        assert_eq!(clean("a\u{202e}b\u{200f}c\u{2066}d\u{feff}e\u{200b}f"), "abcdef");
        assert_eq!(clean("@every\u{200d}one"), "@everyone");
        assert_eq!(clean("x\0y\u{7f}z\u{1b}[0m"), "xyz[0m");
    }

    #[test]
    fn one_line_comes_out() {
        assert_eq!(clean("a\r\nb\tc\u{2028}d"), "a  b c d");
    }

    #[test]
    fn scripts_and_emoji_keep_their_joiners() {
        assert_eq!(clean("👩\u{200d}🚀"), "👩\u{200d}🚀");
        assert_eq!(clean("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(clean("é\u{200d}\u{200d}x"), "é\u{200d}x");
    }

    #[test]
    fn every_character_that_is_not_copied_begins_with_a_suspicious_byte() {
        let mut bytes = [0; 4];
        for c in '\0'..=char::MAX {
            let first = c.encode_utf8(&mut bytes).as_bytes()[0];
            assert!(is_plain(c) || is_suspicious(&first), "{c:?}");
            assert_eq!(is_clean(&format!("é{c}x")), is_plain(c), "{c:?}");
        }
    }

    #[test]
    fn stacked_marks_are_thinned() {
        let tower = format!("o{}k", "\u{0302}".repeat(50));
        assert_eq!(*clean(&tower), *format!("o{}k", "\u{0302}".repeat(4)));
    }
}
