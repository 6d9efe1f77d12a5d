//! What a pattern takes out of a line, with its type.
//!
//! Owns what counts as a number, a player and a place. Must not know lines. Text that is not of its type is `None`.

use factorio_log::rich_text::Gps;

use super::definition::FieldRule;

/// The value of a field, as the line has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Any text.
    Text(String),
    /// Digits with an optional sign and fraction; thousands may be divided by commas.
    Number(String),
    /// The name of a player.
    Player(String),
    /// `x,y` or `x,y,surface`.
    Gps(String),
}

impl Value {
    /// The text, without its type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Player(text) | Self::Gps(text) => text,
        }
    }

    /// Reads a text by its rule.
    pub(super) fn read(rule: &FieldRule, text: &str) -> Option<Self> {
        Some(match rule {
            FieldRule::Text | FieldRule::Composed(_) => Self::Text(text.to_owned()),
            FieldRule::Number => Self::Number(is_number(text).then(|| text.to_owned())?),
            FieldRule::Player => Self::Player(Some(text.trim()).filter(|name| !name.is_empty())?.to_owned()),
            FieldRule::Gps => Self::Gps(place(text)?.to_owned()),
        })
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain: String = digits.chars().filter(|c| *c != ',').collect();
    let well_formed = |c: char| c.is_ascii_digit() || c == '.';
    digits.starts_with(|c: char| c.is_ascii_digit())
        && plain.chars().all(well_formed)
        && plain.parse::<f64>().is_ok_and(f64::is_finite)
}

fn place(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("[gps=").and_then(|rest| rest.strip_suffix(']'));
    let text = inner.unwrap_or(text);
    Gps::parse(text.as_bytes()).map(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_value_is_of_its_type() {
        for (rule, text, fits) in [
            (FieldRule::Number, "1,000,000", true),
            (FieldRule::Number, "-4.5", true),
            (FieldRule::Number, "", false),
            (FieldRule::Number, "4x", false),
            (FieldRule::Number, "1e5", false),
            (FieldRule::Number, "inf", false),
            (FieldRule::Number, "1.2.3", false),
            (FieldRule::Gps, "1,-2", true),
            (FieldRule::Gps, "[gps=1.5,2,nauvis]", true),
            (FieldRule::Gps, "here", false),
            (FieldRule::Player, "  ", false),
            (FieldRule::Player, "Bob", true),
        ] {
            assert_eq!(Value::read(&rule, text).is_some(), fits, "{rule:?} {text}");
        }
    }
}
