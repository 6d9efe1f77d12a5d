//! A recap in words: what Discord shows of a day or a week.
//!
//! Owns order and length; the words are those of a language. Names are escaped, lists are cut, and the whole stays within one message. Must not know
//! destinations. Cannot fail.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Span, Summary};
use crate::text::{CONTENT_LIMIT, clean, cut, fill, is_blank, readable, units};
use crate::voice::Words;

/// So many names are told of each list.
const NAMED: usize = 5;
/// Room for one name, in UTF-16 units.
const NAME_ROOM: usize = 48;

/// How long something lasted, for people: `2 h 10 min`.
#[must_use]
pub fn lasted(ms: u64, words: &Words) -> String {
    let (hour, minute) = (&words.hour, &words.minute);
    let minutes = ms / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => words.recap.moment.clone(),
        (0, minutes) => format!("{minutes} {minute}"),
        (hours, 0) => format!("{hours} {hour}"),
        (hours, _) if hours >= 100 => format!("{hours} {hour}"),
        (hours, minutes) => format!("{hours} {hour} {minutes} {minute}"),
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
    /// The language.
    pub words: &'a Words,
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
                |at| self.words.recap.moment(self.zone.to_datetime(at)),
            )
        };
        format!("{} – {}", shown(period.from_ms), shown(period.until_ms))
    }

    fn title(&self) -> String {
        let sentence = match self.span {
            Span::Daily => &self.words.recap.day,
            Span::Weekly => &self.words.recap.week,
        };
        let parts = [("server", self.name(self.server)), ("stretch", self.stretch())];
        put(sentence, parts)
    }

    fn players(&self) -> Option<String> {
        let (summary, words) = (self.summary, &self.words.recap);
        let count = summary.players.len();
        if count == 0 {
            return None;
        }
        let sentence = if count == 1 { &words.player } else { &words.players };
        let time = lasted(summary.played_ms(), self.words);
        let mut line = put(sentence, [("count", count.to_string()), ("time", time)]);
        if summary.peak.players > 1 {
            line.push_str(&put(&words.peak, [("count", summary.peak.players.to_string())]));
        }
        if !summary.newcomers.is_empty() {
            let newcomers = summary.newcomers.iter();
            let newcomers = newcomers.map(|player| format!("**{}**", self.name(player)));
            line.push_str(&put(&words.newcomers, [("names", self.listed(newcomers, ", "))]));
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
        let told = stayed.iter().map(|player| {
            let time = lasted(player.played_ms, self.words);
            format!("**{}** {time}", self.name(&player.name))
        });
        self.some_of(&self.words.recap.longest, 0, told)
    }

    fn chatters(&self) -> Option<String> {
        let talkers = self.summary.talkers();
        let told = talkers
            .iter()
            .map(|player| format!("**{}** {}", self.name(&player.name), player.messages));
        let (all, words) = (self.summary.messages(), &self.words.recap);
        let sentence = if all == 1 { &words.message } else { &words.messages };
        self.some_of(sentence, all, told)
    }

    fn deaths(&self) -> Option<String> {
        let causes = &self.summary.causes;
        let all: u64 = causes.iter().map(|(_, count)| count).sum();
        let told = causes
            .iter()
            .map(|(cause, count)| format!("{} {count}", self.thing(cause)));
        let words = &self.words.recap;
        let sentence = if all == 1 { &words.death } else { &words.deaths };
        self.some_of(sentence, all, told)
    }

    fn research(&self) -> Option<String> {
        let told = self
            .summary
            .research
            .iter()
            .map(|technology| format!("**{}**", self.thing(technology)));
        self.some_of(&self.words.recap.research, 0, told)
    }

    fn rockets(&self) -> Option<String> {
        let (rockets, words) = (self.summary.count_of("rocket"), &self.words.recap);
        let sentence = if rockets == 1 {
            &words.rocket
        } else {
            &words.rockets
        };
        (rockets > 0).then(|| put(sentence, [("count", rockets.to_string())]))
    }

    /// A sentence around a list, unless that is empty.
    fn some_of(
        &self,
        sentence: &str,
        count: u64,
        told: impl ExactSizeIterator<Item = String>,
    ) -> Option<String> {
        (told.len() > 0).then(|| {
            let parts = [("count", count.to_string()), ("list", self.listed(told, " · "))];
            put(sentence, parts)
        })
    }

    fn listed(&self, told: impl ExactSizeIterator<Item = String>, between: &str) -> String {
        let more = told.len().saturating_sub(NAMED);
        let mut text = told.take(NAMED).collect::<Vec<_>>().join(between);
        if more > 0 {
            text.push_str(between);
            text.push_str(&self.words.digest.more(more));
        }
        text
    }

    /// A name of a player or a server, escaped and cut.
    fn name(&self, text: &str) -> String {
        let text = clean(text);
        if is_blank(&text) {
            return self.words.nameless.clone();
        }
        cut(text.trim(), NAME_ROOM).text
    }

    /// The game's inner name of a technology or a creature, for people: `medium-biter` becomes `medium biter`.
    fn thing(&self, text: &str) -> String {
        let text = readable(&clean(text)).replace(['-', '_'], " ");
        if is_blank(&text) {
            return self.words.recap.unknown.clone();
        }
        cut(text.trim(), NAME_ROOM).text
    }
}

fn put<const N: usize>(sentence: &str, parts: [(&str, String); N]) -> String {
    let parts = parts.each_ref().map(|(name, text)| (*name, text.as_str()));
    fill(sentence, &parts)
}

#[cfg(test)]
mod tests;
