//! Shows a Discord message on a terminal as Discord would show it.
//!
//! Owns the small part of Discord's markdown that our own voice uses: bold, italics, escapes, time stamps; embeds as
//! indented lines, pictures by their size. Hostile text cannot reach the terminal as control codes: they were removed
//! before, and are removed here again.

use std::fmt::Write as _;

use isr_core::delivery::Form;
use isr_discord::Embed;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::sink::OutgoingMessage;

/// Whether to paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Use terminal codes for bold and italics.
    Colours,
    /// Plain text.
    Plain,
}

/// A whole message: its text, embeds and picture, each line ended.
#[must_use]
pub fn show(message: &OutgoingMessage, paint: Paint, zone: &TimeZone) -> String {
    let mut out = String::new();
    if let Some(name) = &message.username {
        let _infallible = write!(out, "[{name}] ");
    }
    let mut pieces = Vec::new();
    if !message.content.is_empty() {
        pieces.push(render(&message.content, paint, zone));
    }
    pieces.extend(message.embeds.iter().map(|embed| show_embed(embed, paint, zone)));
    if let Some(picture) = &message.picture {
        pieces.push(format!("[picture, {} KiB]", picture.png.len().div_ceil(1024)));
    }
    out.push_str(&pieces.join("\n"));
    out.push('\n');
    out
}

/// An embed: its title in bold, then everything else indented.
fn show_embed(text: &str, paint: Paint, zone: &TimeZone) -> String {
    let Ok(embed) = Embed::parse(text) else {
        return "[embed that cannot be shown]".to_owned();
    };
    let json = embed.json();
    let text = |path: &str| json.pointer(path).and_then(Value::as_str);
    let mut lines: Vec<String> = text("/author/name").map(str::to_owned).into_iter().collect();
    lines.extend(text("/title").map(|title| format!("**{title}**")));
    lines.extend(
        text("/description")
            .into_iter()
            .flat_map(str::lines)
            .map(str::to_owned),
    );
    for field in json["fields"].as_array().into_iter().flatten() {
        let part = |name: &str| field[name].as_str().unwrap_or_default();
        lines.push(format!(
            "**{}**: {}",
            part("name"),
            part("value").replace('\n', " ")
        ));
    }
    lines.extend(text("/footer/text").map(str::to_owned));
    let shown = lines.iter().map(|line| render(line, paint, zone));
    let shown: Vec<String> = shown.map(|line| format!("│ {line}")).collect();
    if shown.is_empty() {
        return "│ [picture]".to_owned();
    }
    shown.join("\n")
}

/// Renders the text of one delivery by its form.
#[must_use]
pub fn render_as(form: &Form, text: &str, paint: Paint, zone: &TimeZone) -> String {
    match form {
        Form::Embed => show_embed(text, paint, zone),
        Form::Line | Form::Alone | Form::Picture(_) => render(text, paint, zone),
    }
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
    fn embeds_and_pictures_are_shown_in_words() {
        let message = OutgoingMessage {
            embeds: vec![
                r#"{"title":"Week 7","description":"3 players\n12 deaths","color":5,
                    "fields":[{"name":"Bob\\_1","value":"4 h"}],"footer":{"text":"since 2.1.9"}}"#
                    .into(),
                "{".into(),
            ],
            picture: Some(isr_core::delivery::Picture {
                png: vec![0; 34 * 1024 - 5].into(),
            }),
            username: Some("Recap".into()),
            ..OutgoingMessage::text("hello".into())
        };
        assert_eq!(
            show(&message, Paint::Plain, &TimeZone::UTC),
            "[Recap] hello\n│ Week 7\n│ 3 players\n│ 12 deaths\n│ Bob_1: 4 h\n│ since 2.1.9\n\
             [embed that cannot be shown]\n[picture, 34 KiB]\n"
        );
        let hostile = OutgoingMessage {
            embeds: vec![r#"{"title":"a\u001b[31mb"}"#.into()],
            ..OutgoingMessage::text(String::new())
        };
        assert_eq!(show(&hostile, Paint::Plain, &TimeZone::UTC), "│ a[31mb\n");
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
