//! Pictures: of a recap (figures, a curve of players, the longest lists), and of the last day of a server (players, UPS).
//!
//! Owns everything from figures to the bytes of a PNG file: layout, colours, type, encoding. The card brings its own
//! background, so that it looks the same on dark and on light Discord. Must not know where it is posted. Needs no file:
//! the type is part of the program. Fails never: what does not fit is cut, a letter that the type lacks is a box.

mod canvas;
mod card;
mod curve;
mod day;
mod png;
mod sheet;
mod typeface;

pub use card::Card;
pub use day::{Day, Minute};

/// Room in the picture, in units of its layout.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Area {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// A colour: red, green, blue, opacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Colour(u8, u8, u8, u8);

impl Colour {
    /// The same, less opaque.
    const fn faint(self, opacity: u8) -> Self {
        Self(self.0, self.1, self.2, opacity)
    }
}

/// The colours of the card.
mod palette {
    use super::Colour;

    pub(super) const BACKGROUND: Colour = Colour(0x1f, 0x22, 0x29, 0xff);
    pub(super) const PANEL: Colour = Colour(0x2a, 0x2e, 0x38, 0xff);
    pub(super) const LINE: Colour = Colour(0xff, 0xff, 0xff, 0x1c);
    pub(super) const TEXT: Colour = Colour(0xf4, 0xf5, 0xf7, 0xff);
    pub(super) const MUTED: Colour = Colour(0xa3, 0xac, 0xba, 0xff);
    pub(super) const ORANGE: Colour = Colour(0xf7, 0x9d, 0x3c, 0xff);
    pub(super) const BLUE: Colour = Colour(0x5a, 0xa2, 0xe8, 0xff);
    pub(super) const RED: Colour = Colour(0xe8, 0x6a, 0x6a, 0xff);
    pub(super) const GREEN: Colour = Colour(0x62, 0xc4, 0x8b, 0xff);
}
