//! How wide texts are.
//!
//! Owns the advance widths of a plain sans-serif face (those of the Helvetica metrics, which Arial and Liberation Sans
//! share) and of a fixed-width one. A drawing names the width of each run, so that any face fits into it. Characters that
//! are not listed count as a wide letter. Cannot fail.

/// In thousandths of the size, from the blank to `~`.
const PLAIN: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278,
    556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584,
    556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556,
    333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];
/// Of a fixed-width face.
const FIXED: u16 = 602;
/// A picture in the text is this much wider than the size.
pub(super) const EMOJI: f64 = 1.3;

/// Which face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Plain,
    Bold,
    Fixed,
}

/// The width of a text without pictures, at a size of 1.
pub(super) fn width(text: &str, face: Face) -> f64 {
    text.chars().map(|c| f64::from(advance(c, face))).sum::<f64>() / 1_000.0
}

fn advance(c: char, face: Face) -> u16 {
    if is_unseen(c) {
        return 0;
    }
    if face == Face::Fixed {
        return FIXED;
    }
    let table = if face == Face::Bold { &BOLD } else { &PLAIN };
    let same_as = match c {
        'ä' | 'à' | 'á' | 'â' => 'a',
        'ö' | 'ó' | 'ô' => 'o',
        'ü' | 'ú' => 'u',
        'é' | 'è' => 'e',
        'Ä' => 'A',
        'Ö' => 'O',
        'Ü' => 'U',
        'ß' => 'b',
        '·' | '\u{a0}' => ' ',
        '±' | '×' => '+',
        '‹' | '›' => '(',
        '–' => '0',
        '“' | '”' | '„' => '-',
        '’' => '\'',
        '•' => '*',
        other => other,
    };
    let place = u32::from(same_as).checked_sub(32).map(|place| place as usize);
    match (place.and_then(|place| table.get(place)), c) {
        (Some(width), _) => *width,
        (None, '…' | '→' | '—') => 1_000,
        (None, _) => 700,
    }
}

/// Joiners, selectors and marks that have no width.
pub(super) const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Whether a character is a picture.
pub(super) const fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1ffff}' | '\u{2600}'..='\u{27bf}' | '\u{2b05}'..='\u{2b55}' | '\u{231a}'..='\u{231b}'
        | '\u{23e9}'..='\u{23ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_tables() {
        let near = |text: &str, face, wanted: f64| (width(text, face) - wanted).abs() < 1e-9;
        assert!(near("Ab ", Face::Plain, 0.667 + 0.556 + 0.278));
        assert!(near("Ab~", Face::Bold, 0.722 + 0.611 + 0.584));
        assert!(near("▁█", Face::Fixed, 2.0 * 0.602));
        assert!(near("a\u{200b}ä", Face::Plain, 2.0 * 0.556));
        assert!(is_emoji('🟢') && is_emoji('✅') && is_emoji('⭐') && is_emoji('⏩') && !is_emoji('→'));
    }
}
