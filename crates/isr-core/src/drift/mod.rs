//! The drift alarm: lines that look like events and that nothing understands, counted by shape and game version.
//!
//! A new version of the game or of a mod may write its events in another way; without this they would go missing in
//! silence. Owns the table of shapes of one server, in bounded memory ([`MOST_SHAPES`], the one that was not seen for
//! longest goes; [`MOST_OF_ONE_TAG`] of one tag, the others are counted together), and the decision when admins hear of
//! one. Must not know the store or Discord, nor which lines are understood. Cannot fail.

mod skeleton;

use std::collections::HashMap;

use crate::redact::redact;
use crate::source::ServerTag;
use crate::text::{clean, fill};

pub use skeleton::Tagged;

/// So many shapes are remembered for each server.
pub const MOST_SHAPES: usize = 200;
/// So many shapes of one tag are told apart.
pub const MOST_OF_ONE_TAG: usize = 8;

/// So many lines of a shape make a notice at once.
const LINES_BEFORE_NOTICE: u64 = 5;
/// Fewer lines make a notice after this time.
const AGE_BEFORE_NOTICE_MS: i64 = 3_600_000;
/// So many notices in a day: a new game version may change everything.
const NOTICES_A_DAY: usize = 3;
const DAY_MS: i64 = 86_400_000;
/// The most characters of a sample.
const SAMPLE_CHARACTERS: usize = 200;
/// The longest version that is kept, in characters.
const VERSION_CHARACTERS: usize = 32;

/// Lines of one shape, as the store keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLines {
    /// The server.
    pub server: ServerTag,
    /// The game's version; empty where the log does not tell.
    pub version: String,
    /// The shape.
    pub shape: String,
    /// How many lines; of a report to the store: how many more.
    pub lines: u64,
    /// When the first one was read, Unix milliseconds.
    pub first_ms: i64,
    /// When the last one was read.
    pub last_ms: i64,
    /// When admins were told, if they were.
    pub told_ms: Option<i64>,
    /// One of the lines, without addresses and ids.
    pub sample: String,
}

/// What is known of one shape.
#[derive(Debug, Clone)]
struct Known {
    lines: u64,
    first_ms: i64,
    last_ms: i64,
    told_ms: Option<i64>,
    /// What the store does not know yet; a sample only for a shape that is new to it.
    more: u64,
    sample: Option<String>,
    told_now: bool,
}

/// The table of one server.
#[derive(Debug, Clone, Default)]
pub struct DriftWatch {
    /// By version and shape.
    known: HashMap<(String, String), Known>,
    changed: bool,
    next_look_ms: i64,
}

/// What admins are told of one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftNotice {
    version: String,
    shape: String,
    lines: u64,
}

/// The words of the notices; literal but for their parts in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftWords {
    /// One line: `{since}`, `{count}`, `{shape}`.
    pub line: String,
    /// Several lines: the same.
    pub lines: String,
    /// What `{since}` reads where the version is known: `{version}`.
    pub since: String,
}

impl Default for DriftWords {
    /// English.
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            line: text(
                "🧭 {since}{count} line `{shape}` not understood; `factorio-isr stats unknown` shows an example",
            ),
            lines: text(
                "🧭 {since}{count} lines `{shape}` not understood; `factorio-isr stats unknown` shows an example",
            ),
            since: text("since {version}:"),
        }
    }
}

impl DriftNotice {
    /// The notice, as Discord shows it. A shape holds nothing that could end the code span.
    #[must_use]
    pub fn text(&self, words: &DriftWords) -> String {
        let since = if self.version.is_empty() {
            String::new()
        } else {
            fill(&words.since, &[("version", &self.version)]) + " "
        };
        let sentence = if self.lines == 1 {
            &words.line
        } else {
            &words.lines
        };
        let parts = [
            ("since", since.as_str()),
            ("count", &self.lines.to_string()),
            ("shape", &self.shape),
        ];
        fill(sentence, &parts)
    }
}

impl DriftWatch {
    /// Goes on with what was stored.
    #[must_use]
    pub fn resumed(stored: impl IntoIterator<Item = UnknownLines>) -> Self {
        let known = stored.into_iter().take(MOST_SHAPES).map(|stored| {
            let known = Known {
                lines: stored.lines,
                first_ms: stored.first_ms,
                last_ms: stored.last_ms,
                told_ms: stored.told_ms,
                more: 0,
                sample: None,
                told_now: false,
            };
            ((stored.version, stored.shape), known)
        });
        Self {
            known: known.collect(),
            ..Self::default()
        }
    }

    /// Counts a line that nothing understood; `whole` is all of it. `version` is that of the game, where it is known.
    pub fn see(&mut self, line: Tagged<'_>, whole: &[u8], version: Option<&str>, now_ms: i64) {
        let version = tidy(version.unwrap_or_default(), VERSION_CHARACTERS);
        let key = (version.clone(), self.shape_of(line, &version));
        if !self.known.contains_key(&key) {
            self.make_room();
        }
        let known = self.known.entry(key).or_insert_with(|| Known {
            lines: 0,
            first_ms: now_ms,
            last_ms: now_ms,
            told_ms: None,
            more: 0,
            sample: Some(sample(whole)),
            told_now: false,
        });
        known.lines += 1;
        known.more += 1;
        known.last_ms = known.last_ms.max(now_ms);
        self.changed = true;
        if known.lines == LINES_BEFORE_NOTICE {
            self.next_look_ms = now_ms;
        }
    }

    fn shape_of(&self, line: Tagged<'_>, version: &str) -> String {
        let key = (version.to_owned(), line.shape());
        if self.known.contains_key(&key) {
            return key.1;
        }
        let (opening, all) = (line.opening(), line.any_of_its_tag());
        let of_this_tag = self
            .known
            .keys()
            .filter(|(known, shape)| known == version && shape.starts_with(&opening) && *shape != all);
        if of_this_tag.count() < MOST_OF_ONE_TAG {
            key.1
        } else {
            all
        }
    }

    fn make_room(&mut self) {
        if self.known.len() < MOST_SHAPES {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, known)| known.last_ms);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.known.remove(&key);
        }
    }

    /// What admins have to hear now: each shape of a version once, after a handful of lines or some time, and only so
    /// many in a day. To be asked now and then.
    pub fn due(&mut self, now_ms: i64) -> Vec<DriftNotice> {
        if now_ms < self.next_look_ms || self.known.is_empty() {
            return Vec::new();
        }
        self.next_look_ms = now_ms.saturating_add(AGE_BEFORE_NOTICE_MS / 60);
        let lately = |known: &&Known| known.told_ms.is_some_and(|told| now_ms - told < DAY_MS);
        let told = self.known.values().filter(lately).count();
        let mut waiting: Vec<_> = self
            .known
            .iter_mut()
            .filter(|(_, known)| known.told_ms.is_none() && known.is_worth_a_notice(now_ms))
            .collect();
        waiting.sort_by_key(|(_, known)| std::cmp::Reverse(known.lines));
        waiting.truncate(NOTICES_A_DAY.saturating_sub(told));
        self.changed |= !waiting.is_empty();
        waiting
            .into_iter()
            .map(|((version, shape), known)| {
                (known.told_ms, known.told_now) = (Some(now_ms), true);
                DriftNotice {
                    version: version.clone(),
                    shape: shape.clone(),
                    lines: known.lines,
                }
            })
            .collect()
    }

    /// What the store does not know yet. It counts as known from now on.
    pub fn take_news(&mut self, server: &ServerTag) -> Vec<UnknownLines> {
        if !std::mem::take(&mut self.changed) {
            return Vec::new();
        }
        let news = self
            .known
            .iter_mut()
            .filter(|(_, known)| known.more > 0 || known.told_now);
        news.map(|((version, shape), known)| {
            known.told_now = false;
            UnknownLines {
                server: server.clone(),
                version: version.clone(),
                shape: shape.clone(),
                lines: std::mem::take(&mut known.more),
                first_ms: known.first_ms,
                last_ms: known.last_ms,
                told_ms: known.told_ms,
                sample: known.sample.take().unwrap_or_default(),
            }
        })
        .collect()
    }
}

impl Known {
    const fn is_worth_a_notice(&self, now_ms: i64) -> bool {
        self.lines >= LINES_BEFORE_NOTICE || now_ms - self.first_ms >= AGE_BEFORE_NOTICE_MS
    }
}

/// One of the lines for people: one visible line, without addresses and ids.
fn sample(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let short: String = redact(&clean(&text)).chars().take(SAMPLE_CHARACTERS).collect();
    short.trim().to_owned()
}

/// A version as the game writes them: digits, letters and marks.
fn tidy(version: &str, most: usize) -> String {
    version
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests;
