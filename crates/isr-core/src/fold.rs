//! Folds consecutive lines of one lane into one message, and marks lines that come late.
//!
//! Owns how much fits one message and how a late line shows its time. The order of lines is kept and every line is
//! taken exactly once or not at all. Must not know rates or when folding is wise. Cannot fail.

use std::fmt;
use std::time::Duration;

use crate::text::{CONTENT_LIMIT, Content, is_blank, units};

/// A line older than this when it is sent carries its original time.
pub const LATE_AFTER: Duration = Duration::from_secs(60);

/// From here on the time of day alone would mislead.
const DATE_AFTER_MS: i64 = 20 * 3_600_000;

/// What stands for a line of which nothing can be seen.
const BLANK: &str = "(blank)";

/// What ends a line that had to be cut.
const CUT: &str = "…";

/// The original time of a late line: Discord shows it in the reader's own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateMark {
    unix_s: i64,
    style: char,
}

impl LateMark {
    /// The most UTF-16 units that a mark and the space behind it take.
    pub const MAX_UNITS: usize = 32;
}

impl fmt::Display for LateMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<t:{}:{}>", self.unix_s, self.style)
    }
}

/// The mark for a line that happened at `happened_ms` and is sent at `now_ms` (both Unix milliseconds): none within
/// `after`, the time of day within 20 hours, date and time beyond.
#[must_use]
pub fn late_mark(happened_ms: i64, now_ms: i64, after: Duration) -> Option<LateMark> {
    let age = now_ms.saturating_sub(happened_ms);
    let threshold = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
    // Discord shows times of 8,640,000,000,000 seconds at most; a log line says nothing before 1970.
    let shown = (0..=8_640_000_000_000_000).contains(&happened_ms);
    (shown && age > threshold).then(|| LateMark {
        unix_s: happened_ms.div_euclid(1000),
        style: if age < DATE_AFTER_MS { 'T' } else { 'f' },
    })
}

/// When something is sent, and which lines are late then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// Lines older than this carry their original time.
    pub late_after: Duration,
}

impl Moment {
    /// The mark of a line that happened then, as [`late_mark`] has it.
    #[must_use]
    pub fn late_mark(&self, happened_ms: i64) -> Option<LateMark> {
        late_mark(happened_ms, self.now_ms, self.late_after)
    }
}

/// One waiting line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldLine<'a> {
    /// The finished Discord text, one line.
    pub text: &'a str,
    /// The webhook name it wants, where it is not the destination's own.
    pub username: Option<&'a str>,
    /// Its original time, when it comes late.
    pub late: Option<LateMark>,
}

/// One message and how many lines are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The message.
    pub content: Content,
    /// How many lines it holds: the first so many, at least one.
    pub taken: usize,
}

/// Packs as many of the first lines as fit one message and share the first line's name, in order, one below the
/// other. None only for no lines.
///
/// A line that alone is too long is cut; a line of which nothing can be seen reads `(blank)`: both happen only when
/// the text did not come from [`voice`](crate::voice).
#[must_use]
pub fn fold<'a>(lines: impl IntoIterator<Item = FoldLine<'a>>) -> Option<Folded> {
    let mut lines = lines.into_iter();
    let first = lines.next()?;
    let mut text = shown(&first);
    if units(&text) > CONTENT_LIMIT {
        text = cut_hard(&text);
    }
    let mut used = units(&text);
    let mut taken = 1;
    for line in lines.take_while(|line| line.username == first.username) {
        let next = shown(&line);
        let more = 1 + units(&next);
        if used + more > CONTENT_LIMIT {
            break;
        }
        text.push('\n');
        text.push_str(&next);
        used += more;
        taken += 1;
    }
    let content = Content::new(&text).or_else(|_| Content::new(BLANK)).ok()?;
    Some(Folded { content, taken })
}

fn shown(line: &FoldLine<'_>) -> String {
    let text = if is_blank(line.text) {
        BLANK
    } else {
        line.text.trim()
    };
    match line.late {
        Some(late) => format!("{late} {text}"),
        None => text.to_owned(),
    }
}

fn cut_hard(text: &str) -> String {
    let mut used = units(CUT);
    let fitting = text.chars().take_while(|c| {
        used += c.len_utf16();
        used <= CONTENT_LIMIT
    });
    let mut cut: String = fitting.collect();
    cut.push_str(CUT);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn line(text: &str) -> FoldLine<'_> {
        FoldLine {
            text,
            username: None,
            late: None,
        }
    }

    #[test]
    fn lines_stand_below_each_other_in_order() {
        let folded = fold([line("a"), line("b"), line("c")]).unwrap();
        assert_eq!((folded.content.as_str(), folded.taken), ("a\nb\nc", 3));
        assert_eq!(fold([]), None);
    }

    #[test]
    fn another_name_starts_another_message() {
        let bob = FoldLine {
            username: Some("Bob"),
            ..line("b")
        };
        assert_eq!(fold([line("a"), bob, line("c")]).unwrap().taken, 1);
        assert_eq!(fold([bob, bob, line("c")]).unwrap().taken, 2);
    }

    #[test]
    fn the_limit_is_reached_and_not_passed() {
        let half = "x".repeat(1000);
        assert_eq!(fold([line(&half), line(&half)]).unwrap().taken, 1);
        let rest = "y".repeat(999);
        let folded = fold([line(&half), line(&rest), line("z")]).unwrap();
        assert_eq!((units(folded.content.as_str()), folded.taken), (2000, 2));
    }

    #[test]
    fn broken_rows_still_make_a_message() {
        let folded = fold([line(&"🏆".repeat(3000)), line("a")]).unwrap();
        assert!(folded.content.as_str().ends_with('…'));
        assert_eq!(folded.taken, 1);
        assert_eq!(fold([line(" \u{200b}")]).unwrap().content.as_str(), "(blank)");
    }

    #[test]
    fn a_late_line_carries_its_time() {
        let mark = |age_s: i64| late_mark(NOW - age_s * 1000, NOW, LATE_AFTER).map(|m| m.to_string());
        assert_eq!(mark(0), None);
        assert_eq!(mark(60), None);
        assert_eq!(mark(-5), None);
        assert_eq!(mark(61), Some("<t:1699999939:T>".into()));
        assert_eq!(mark(20 * 3600), Some("<t:1699928000:f>".into()));
        assert_eq!(late_mark(i64::MIN, i64::MAX, LATE_AFTER), None);
        let late = FoldLine {
            late: late_mark(NOW - 61_000, NOW, LATE_AFTER),
            ..line("hi")
        };
        assert_eq!(fold([late]).unwrap().content.as_str(), "<t:1699999939:T> hi");
    }
}
