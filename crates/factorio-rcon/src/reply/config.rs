//! `/config get KEY`: a label and a value, or a sentence.

use super::time::digits;
use super::{Unreadable, Why, body};
use crate::command::ConfigKey;

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigValue {
    /// Free text, exactly as set; may be empty.
    Text(String),
    /// `true.` or `false.`.
    Flag(bool),
    /// A number.
    Number(u64),
    /// `… every 10 minutes.`
    Minutes(u64),
    /// `… is disabled.`
    Disabled,
    /// A word or sentence behind the label that is not taken apart, such as `only-admins.`
    Other(String),
}

/// Reads the value of one setting. What stands before the first colon is a label in the words of the version, so it is
/// not compared.
///
/// # Errors
/// [`Unreadable`], with [`Why::UnknownSetting`] where the game does not know it.
pub fn config(reply: &str, key: ConfigKey) -> Result<ConfigValue, Unreadable> {
    let text = body(reply)?;
    if text.starts_with("Unknown config: ") {
        return Err(Unreadable::new(Why::UnknownSetting, reply));
    }
    let value = text
        .split_once(':')
        .map(|(_, value)| value.strip_prefix(' ').unwrap_or(value));
    let read = if key.is_text() {
        value.map(|value| ConfigValue::Text(value.to_owned()))
    } else if text.contains(['\n', '\r']) {
        None
    } else {
        value.map_or_else(|| sentence(text), |value| Some(labelled(value)))
    };
    read.ok_or_else(|| Unreadable::form(reply))
}

fn labelled(value: &str) -> ConfigValue {
    let plain = value.strip_suffix('.').unwrap_or(value);
    match plain {
        "true" => ConfigValue::Flag(true),
        "false" => ConfigValue::Flag(false),
        _ => digits(plain).map_or_else(|| ConfigValue::Other(value.to_owned()), ConfigValue::Number),
    }
}

fn sentence(text: &str) -> Option<ConfigValue> {
    if text.ends_with(" is disabled.") {
        return Some(ConfigValue::Disabled);
    }
    let (before, unit) = text.rsplit_once(' ')?;
    let number = before.rsplit_once(' ').map_or(before, |(_, number)| number);
    match unit {
        "minute." | "minutes." => digits(number).map(ConfigValue::Minutes),
        _ => None,
    }
}
