//! Shows a Discord message on a terminal as Discord would show it.
//!
//! Owns the small part of Discord's markdown that our own voice uses: bold, italics, escapes, time stamps. Hostile
//! text cannot reach the terminal as control codes: they were removed before, and are removed here again.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Whether to paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Use terminal codes for bold and italics.
    Colours,
    /// Plain text.
    Plain,
}

/// Renders one message; time stamps are shown in `zone`.
#[must_use]
pub fn render(content: &str, paint: Paint, zone: &TimeZone) -> String {
    let mut out = String::with_capacity(content.len() + 16);
    let mut style = Style {
        paint,
        bold: false,
        italic: false,
    };
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        rest = step(first, rest, &mut out, &mut style, zone);
    }
    style.reset(&mut out);
    out
}

fn step<'a>(first: char, rest: &'a str, out: &mut String, style: &mut Style, zone: &TimeZone) -> &'a str {
    if first == '\\'
        && let Some(escaped) = rest[1..].chars().next().filter(char::is_ascii_punctuation)
    {
        out.push(escaped);
        return &rest[1 + escaped.len_utf8()..];
    }
    if let Some(after) = rest.strip_prefix("**") {
        style.toggle_bold(out);
        return after;
    }
    if first == '*' {
        style.toggle_italic(out);
        return &rest[1..];
    }
    if let Some((moment, after)) = time_stamp(rest) {
        show_time(moment, out, zone);
        return after;
    }
    let after = &rest[first.len_utf8()..];
    if first == '\n' || !first.is_control() {
        out.push(first);
    }
    after
}

struct Style {
    paint: Paint,
    bold: bool,
    italic: bool,
}

impl Style {
    fn toggle_bold(&mut self, out: &mut String) {
        self.bold = !self.bold;
        self.code(out, if self.bold { "\x1b[1m" } else { "\x1b[22m" });
    }

    fn toggle_italic(&mut self, out: &mut String) {
        self.italic = !self.italic;
        self.code(out, if self.italic { "\x1b[3m" } else { "\x1b[23m" });
    }

    fn reset(&self, out: &mut String) {
        if self.bold || self.italic {
            self.code(out, "\x1b[0m");
        }
    }

    fn code(&self, out: &mut String, code: &str) {
        if self.paint == Paint::Colours {
            out.push_str(code);
        }
    }
}

/// `<t:UNIX>` or `<t:UNIX:STYLE>` at the start of the text.
fn time_stamp(text: &str) -> Option<(Timestamp, &str)> {
    let body = text.strip_prefix("<t:")?;
    let (inside, after) = body.split_once('>')?;
    let seconds = inside.split(':').next()?.parse().ok()?;
    Some((Timestamp::from_second(seconds).ok()?, after))
}

fn show_time(moment: Timestamp, out: &mut String, zone: &TimeZone) {
    let local = moment.to_zoned_datetime(zone.clone());
    let _infallible = write!(out, "{}", local.strftime("%Y-%m-%d %H:%M:%S"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, paint: Paint) -> String {
        render(text, paint, &TimeZone::UTC)
    }

    #[test]
    fn bold_and_escapes_are_shown_as_discord_shows_them() {
        assert_eq!(
            shown(r"💬 **Bob\_1**: 2 \* 3 \\o/", Paint::Plain),
            r"💬 Bob_1: 2 * 3 \o/"
        );
        assert_eq!(shown("**Bob** left", Paint::Colours), "\x1b[1mBob\x1b[22m left");
        assert_eq!(shown("**open", Paint::Colours), "\x1b[1mopen\x1b[0m");
    }

    #[test]
    fn time_stamps_are_shown_in_the_zone() {
        assert_eq!(shown("<t:0:T> hi", Paint::Plain), "1970-01-01 00:00:00 hi");
        assert_eq!(shown("<t:x:T> hi", Paint::Plain), "<t:x:T> hi");
    }

    #[test]
    fn control_codes_never_reach_the_terminal() {
        assert_eq!(shown("a\x1b[31mb\x07\nc", Paint::Colours), "a[31mb\nc");
    }
}
