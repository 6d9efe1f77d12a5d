//! Letters as shapes.
//!
//! Owns the two cuts of the type that the program carries (Inter, under the SIL Open Font License; Latin, Greek and
//! Cyrillic). Must not know layout. Letters are set one after the other: no kerning, no shaping. A letter that the type
//! lacks is a box.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");

/// What stands for a letter that the type lacks.
const MISSING: char = '□';

/// A cut of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// A cut that can be measured and drawn.
pub(super) struct Typeface {
    /// Nothing only if the program's own bytes were damaged: text is left out then.
    face: Option<Face<'static>>,
}

impl Typeface {
    pub(super) fn new(weight: Weight) -> Self {
        let bytes = match weight {
            Weight::Regular => REGULAR,
            Weight::SemiBold => SEMI_BOLD,
        };
        Self {
            face: Face::parse(bytes, 0).ok(),
        }
    }

    /// The width of a text at a size.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let Some(face) = &self.face else { return 0.0 };
        let scale = size / f32::from(face.units_per_em());
        glyphs(face, text).map(|glyph| advance(face, glyph) * scale).sum()
    }

    /// As much of a text as fits, with an ellipsis where some does not.
    pub(super) fn fitting(&self, text: &str, size: f32, room: f32) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut cut = String::new();
        let mut width = self.width("…", size);
        for letter in text.chars() {
            width += self.width(letter.encode_utf8(&mut [0; 4]), size);
            if width > room {
                break;
            }
            cut.push(letter);
        }
        format!("{}…", cut.trim_end())
    }

    /// The shape of a text whose base line begins at a point.
    pub(super) fn shape(&self, text: &str, size: f32, x: f32, baseline: f32) -> Option<Path> {
        let face = self.face.as_ref()?;
        let scale = size / f32::from(face.units_per_em());
        let mut pen = Pen {
            path: PathBuilder::new(),
            x,
            baseline,
            scale,
        };
        for glyph in glyphs(face, text) {
            // A space has no outline.
            let _bounds = face.outline_glyph(glyph, &mut pen);
            pen.x += advance(face, glyph) * scale;
        }
        pen.path.finish()
    }
}

fn glyphs<'a>(face: &'a Face<'_>, text: &'a str) -> impl Iterator<Item = GlyphId> + 'a {
    text.chars()
        .filter_map(|letter| face.glyph_index(letter).or_else(|| face.glyph_index(MISSING)))
}

fn advance(face: &Face<'_>, glyph: GlyphId) -> f32 {
    f32::from(face.glyph_hor_advance(glyph).unwrap_or(0))
}

/// Draws outlines at a place; the type counts upwards, the picture downwards.
struct Pen {
    path: PathBuilder,
    x: f32,
    baseline: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.baseline - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_does_not_fit_is_cut_to_its_room() {
        let regular = Typeface::new(Weight::Regular);
        let whole = regular.width("Wobbly name", 16.0);
        assert!(whole > 60.0 && whole < 120.0, "{whole}");
        assert_eq!(regular.fitting("Wobbly name", 16.0, whole + 1.0), "Wobbly name");
        let cut = regular.fitting("Wobbly name", 16.0, whole * 0.7);
        assert!(cut.ends_with('…') && cut.starts_with("Wob"), "{cut}");
        assert!(regular.width(&cut, 16.0) <= whole * 0.7);
    }

    #[test]
    fn the_alphabets_of_the_type_are_there_and_others_are_boxes() {
        let bold = Typeface::new(Weight::SemiBold);
        let face = bold.face.as_ref().unwrap();
        for letter in "Aäßéþřŵ Ωλ Жёї 0–9…·".chars() {
            assert!(face.glyph_index(letter).is_some(), "{letter}");
        }
        assert_eq!(bold.width("漢", 20.0), bold.width("□", 20.0));
        assert!(bold.shape("漢字 🚀", 20.0, 0.0, 0.0).is_some());
    }
}
