//! The colour of an embed.
//!
//! Owns the range that Discord accepts and how people write a colour. Fails where a text is no colour.

use std::fmt;

/// A colour: 0 to 16,777,215.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(u32);

/// A text that is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write it as #rrggbb, such as #57f287, or as one of: red, orange, yellow, green, blue, purple, grey, white"
)]
pub struct NoColour;

const NAMES: [(&str, Colour); 9] = [
    ("red", Colour::RED),
    ("orange", Colour::ORANGE),
    ("yellow", Colour::YELLOW),
    ("green", Colour::GREEN),
    ("blue", Colour::BLUE),
    ("purple", Colour::PURPLE),
    ("grey", Colour::GREY),
    ("gray", Colour::GREY),
    ("white", Colour(0xff_ff_ff)),
];

impl Colour {
    /// Something went wrong or ended.
    pub const RED: Self = Self(0xed_42_45);
    /// Somebody should look.
    pub const ORANGE: Self = Self(0xe6_7e_22);
    /// Somebody achieved something.
    pub const YELLOW: Self = Self(0xfe_e7_5c);
    /// Something began.
    pub const GREEN: Self = Self(0x57_f2_87);
    /// Somebody speaks, something is known.
    pub const BLUE: Self = Self(0x58_65_f2);
    /// Admins decided something.
    pub const PURPLE: Self = Self(0x9b_59_b6);
    /// All the rest.
    pub const GREY: Self = Self(0x95_a5_a6);

    /// Reads `#rrggbb`, `0xrrggbb`, a number or a name.
    ///
    /// # Errors
    /// [`NoColour`] for everything else.
    pub fn parse(text: &str) -> Result<Self, NoColour> {
        let text = text.trim();
        if let Some((_, colour)) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(*colour);
        }
        let hex = text.strip_prefix('#').or_else(|| text.strip_prefix("0x"));
        let number = match hex {
            Some(digits) if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                u32::from_str_radix(digits, 16).ok()
            }
            Some(_) => None,
            None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
            None => None,
        };
        number
            .filter(|number| *number <= 0xff_ff_ff)
            .map(Self)
            .ok_or(NoColour)
    }

    /// As Discord counts it.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:06x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_write_them() {
        for (text, number) in [
            ("#57F287", 0x57_f2_87),
            ("0x00000f", 15),
            ("16777215", 0xff_ff_ff),
            ("Red", 0xed_42_45),
        ] {
            assert_eq!(Colour::parse(text).map(Colour::number), Ok(number), "{text}");
        }
        for text in ["", "#fff", "#gggggg", "16777216", "-1", "mauve", "#+12345"] {
            assert_eq!(Colour::parse(text), Err(NoColour), "{text}");
        }
    }
}
