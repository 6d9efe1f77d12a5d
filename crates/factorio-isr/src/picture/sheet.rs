//! What all pictures have in common: their measures and their type.
//!
//! Owns nothing that only one of them has. Must not know what is shown. Cannot fail.

use super::canvas::Style;
use super::typeface::Weight;
use super::{Colour, palette};

pub(super) const WIDTH: f32 = 800.0;
pub(super) const EDGE: f32 = 28.0;
pub(super) const INNER: f32 = WIDTH - 2.0 * EDGE;
pub(super) const GAP: f32 = 12.0;
pub(super) const HEAD_HEIGHT: f32 = 60.0;
pub(super) const TILE_HEIGHT: f32 = 66.0;

pub(super) const TITLE: Style = style(Weight::SemiBold, 25.0, palette::TEXT);
pub(super) const SUBTITLE: Style = style(Weight::Regular, 15.0, palette::MUTED);
pub(super) const FIGURE: Style = style(Weight::SemiBold, 23.0, palette::TEXT);
pub(super) const LABEL: Style = style(Weight::Regular, 13.5, palette::MUTED);
pub(super) const HEADING: Style = style(Weight::SemiBold, 15.0, palette::TEXT);

pub(super) const fn style(weight: Weight, size: f32, colour: Colour) -> Style {
    Style { weight, size, colour }
}

/// A picture that was read back from its file.
#[cfg(test)]
pub(super) struct Drawn {
    pub(super) pixels: Vec<u8>,
    /// In pixels; two make one unit of the layout.
    pub(super) width: usize,
}

#[cfg(test)]
impl Drawn {
    /// Reads it; `KEEP_PICTURE` names a file in which it is kept for people to look at.
    pub(super) fn read(file: &[u8]) -> Self {
        if let Some(path) = std::env::var_os("KEEP_PICTURE") {
            std::fs::write(path, file).unwrap();
        }
        let (pixels, width) = super::png::decode(file);
        Self { pixels, width }
    }

    /// The colour at a place of the layout.
    pub(super) fn at(&self, x: f32, y: f32) -> Colour {
        let at = ((y * 2.0) as usize * self.width + (x * 2.0) as usize) * 4;
        let [red, green, blue, opacity] = self.pixels[at..at + 4] else {
            unreachable!("four bytes")
        };
        Colour(red, green, blue, opacity)
    }

    /// Its height, in units of the layout.
    pub(super) fn height(&self) -> f32 {
        self.pixels.len() as f32 / self.width as f32 / 8.0
    }
}
