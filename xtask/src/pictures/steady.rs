//! Times of a recording, moved to one evening.
//!
//! Owns the clock of the pictures: whenever they are recorded, they are looked at on the same evening, so that a new
//! recording changes what the program says anew and nothing else. Cannot fail.

use serde_json::Value;

use super::Picture;
use crate::rehearsal::Still;

/// Thursday, 26 November 2026, 20:15:00 UTC.
const EVENING: i64 = 1_795_724_100;

/// The picture of a still.
pub(super) fn picture(still: &Still) -> Picture {
    let shift = EVENING - still.now;
    let mut messages = still.messages.clone();
    for shown in &mut messages {
        shown.at += shift;
        moved(&mut shown.payload, shift);
    }
    Picture {
        about: still.about.to_owned(),
        now: EVENING,
        messages,
    }
}

fn moved(value: &mut Value, shift: i64) {
    match value {
        Value::String(text) => *text = moved_text(text, shift),
        Value::Array(items) => items.iter_mut().for_each(|item| moved(item, shift)),
        Value::Object(fields) => {
            // What only machines read, and differs each time.
            for name in ["nonce", "enforce_nonce", "avatar_url", "timestamp"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(|field| moved(field, shift));
        }
        _ => {}
    }
}

/// Moves `<t:UNIX>` and `<t:UNIX:STYLE>`.
fn moved_text(text: &str, shift: i64) -> String {
    let mut parts = text.split("<t:");
    let mut moved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let number = number
            .parse::<i64>()
            .map_or_else(|_| number.to_owned(), |at| (at + shift).to_string());
        moved.push_str("<t:");
        moved.push_str(&number);
        moved.push_str(rest);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_time_are_moved_and_nothing_else() {
        assert_eq!(
            moved_text("lost <t:100:R>, <t:7> a<t:x> 100", 11),
            "lost <t:111:R>, <t:18> a<t:x> 100"
        );
        let mut payload =
            serde_json::json!({"embeds": [{"description": "<t:1:t>", "timestamp": "x"}], "nonce": "n"});
        moved(&mut payload, 1);
        assert_eq!(
            payload,
            serde_json::json!({"embeds": [{"description": "<t:2:t>"}]})
        );
    }
}
