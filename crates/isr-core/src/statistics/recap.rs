//! A recap in words: what Discord shows of a day or a week.
//!
//! Owns wording and length: names are escaped, lists are cut, and the whole stays within one message. Must not know
//! destinations. Cannot fail.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Span, Summary};
use crate::text::{CONTENT_LIMIT, clean, cut, is_blank, readable, units};

/// So many names are told of each list.
const NAMED: usize = 5;
/// Room for one name, in UTF-16 units.
const NAME_ROOM: usize = 48;

/// How long something lasted, for people: `2 h 10 min`.
#[must_use]
pub fn lasted(ms: u64) -> String {
    let minutes = ms / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "under a minute".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, _) if hours >= 100 => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// What a recap is about.
#[derive(Debug, Clone, Copy)]
pub struct RecapText<'a> {
    /// The server's name for people.
    pub server: &'a str,
    /// How much it tells of.
    pub span: Span,
    /// The zone of its times.
    pub zone: &'a TimeZone,
    /// What happened.
    pub summary: &'a Summary,
}

impl RecapText<'_> {
    /// The message: within Discord's limit, without a name that could do anything.
    #[must_use]
    pub fn render(&self) -> String {
        let lines = [
            Some(self.title()),
            self.players(),
            self.longest(),
            self.chatters(),
            self.deaths(),
            self.research(),
            self.rockets(),
        ];
        let mut text = String::new();
        for line in lines.into_iter().flatten() {
            if units(&text) + units(&line) < CONTENT_LIMIT {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&line);
            }
        }
        text
    }

    /// The stretch of time, as the server's clock shows it.
    #[must_use]
    pub fn stretch(&self) -> String {
        let period = self.summary.period;
        let shown = |ms| {
            Timestamp::from_millisecond(ms).map_or_else(
                |_| "?".to_owned(),
                |at| self.zone.to_datetime(at).strftime("%a %-d %b %H:%M").to_string(),
            )
        };
        format!("{} – {}", shown(period.from_ms), shown(period.until_ms))
    }

    fn title(&self) -> String {
        let span = match self.span {
            Span::Daily => "day",
            Span::Weekly => "week",
        };
        format!(
            "📊 **{}**: the {span} in review · {}",
            name(self.server),
            self.stretch()
        )
    }

    fn players(&self) -> Option<String> {
        let summary = self.summary;
        if summary.players.is_empty() {
            return None;
        }
        let mut line = format!(
            "👥 **{}** played **{}**",
            counted(summary.players.len() as u64, "player", "players"),
            lasted(summary.played_ms())
        );
        if summary.peak.players > 1 {
            line.push_str(&format!(", up to **{}** at a time", summary.peak.players));
        }
        if !summary.newcomers.is_empty() {
            let newcomers = summary
                .newcomers
                .iter()
                .map(|player| format!("**{}**", name(player)));
            line.push_str(&format!("; new: {}", listed(newcomers)));
        }
        Some(line)
    }

    fn longest(&self) -> Option<String> {
        let stayed = self
            .summary
            .players
            .iter()
            .filter(|player| player.played_ms >= 60_000)
            .collect::<Vec<_>>();
        let told = stayed
            .iter()
            .map(|player| format!("**{}** {}", name(&player.name), lasted(player.played_ms)));
        some_of("⏱️ Longest here: ", told)
    }

    fn chatters(&self) -> Option<String> {
        let talkers = self.summary.talkers();
        let told = talkers
            .iter()
            .map(|player| format!("**{}** {}", name(&player.name), player.messages));
        let head = format!("💬 {}: ", counted(self.summary.messages(), "message", "messages"));
        some_of(&head, told)
    }

    fn deaths(&self) -> Option<String> {
        let causes = &self.summary.causes;
        let all: u64 = causes.iter().map(|(_, count)| count).sum();
        let told = causes
            .iter()
            .map(|(cause, count)| format!("{} {count}", thing(cause)));
        let head = format!("💀 {}: ", counted(all, "death", "deaths"));
        some_of(&head, told)
    }

    fn research(&self) -> Option<String> {
        let told = self
            .summary
            .research
            .iter()
            .map(|technology| format!("**{}**", thing(technology)));
        some_of("🔬 Research: ", told)
    }

    fn rockets(&self) -> Option<String> {
        let rockets = self.summary.count_of("rocket");
        (rockets > 0).then(|| format!("🚀 {}", counted(rockets, "rocket launched", "rockets launched")))
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn some_of(head: &str, told: impl ExactSizeIterator<Item = String>) -> Option<String> {
    Some(told)
        .filter(|told| told.len() > 0)
        .map(|told| format!("{head}{}", listed_with(told, " · ")))
}

fn listed(told: impl ExactSizeIterator<Item = String>) -> String {
    listed_with(told, ", ")
}

fn listed_with(told: impl ExactSizeIterator<Item = String>, between: &str) -> String {
    let more = told.len().saturating_sub(NAMED);
    let mut text = told.take(NAMED).collect::<Vec<_>>().join(between);
    if more > 0 {
        text.push_str(&format!("{between}and {more} more"));
    }
    text
}

/// A name of a player or a server, escaped and cut.
fn name(text: &str) -> String {
    let text = clean(text);
    if is_blank(&text) {
        return "(no name)".to_owned();
    }
    cut(text.trim(), NAME_ROOM).text
}

/// The game's inner name of a technology or a creature, for people: `medium-biter` becomes `medium biter`.
fn thing(text: &str) -> String {
    let text = readable(&clean(text)).replace(['-', '_'], " ");
    if is_blank(&text) {
        return "unknown".to_owned();
    }
    cut(text.trim(), NAME_ROOM).text
}

#[cfg(test)]
mod tests;
