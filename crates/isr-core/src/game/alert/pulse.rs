//! The machine of a rule that only has a beginning: something happened.
//!
//! Owns the cooldown and the count of what was kept back in it. Must not know what happened. Cannot fail.

use std::time::Duration;

use super::ago;
use super::latch::Voice;

/// The state of one such rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulse {
    last_ms: Option<i64>,
    kept_back: u32,
}

/// Something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// How many alike were kept back since the last one that was told.
    pub kept_back: u32,
}

impl Pulse {
    /// It happened once more.
    #[must_use]
    pub fn step(self, cooldown: Duration, now_ms: i64) -> (Self, Option<Beat>) {
        self.step_with(cooldown, Voice::Free, now_ms)
    }

    pub(super) fn step_with(mut self, cooldown: Duration, voice: Voice, now_ms: i64) -> (Self, Option<Beat>) {
        let last_ms = self.last_ms.map(|last| last.min(now_ms));
        let has_cooled = last_ms.is_none_or(|last| ago(now_ms, last) >= cooldown);
        if !has_cooled || voice == Voice::KeptBack {
            self.last_ms = last_ms;
            self.kept_back = self.kept_back.saturating_add(1);
            return (self, None);
        }
        let told = Self {
            last_ms: Some(now_ms),
            kept_back: 0,
        };
        let kept_back = self.kept_back;
        (told, Some(Beat { kept_back }))
    }

    /// What is stored: when it was told last, and how many were kept back since.
    #[must_use]
    pub fn to_text(&self) -> String {
        let last = self
            .last_ms
            .map_or_else(|| "-".to_owned(), |last| last.to_string());
        format!("told {last} {}", self.kept_back)
    }

    /// The reverse; a text of another form is one that was never told.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            ["told", last, kept_back] => Self {
                last_ms: last.parse().ok(),
                kept_back: kept_back.parse().unwrap_or(0),
            },
            _ => Self::default(),
        }
    }
}
