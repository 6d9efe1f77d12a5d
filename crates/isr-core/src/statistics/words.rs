//! The words of recaps and of their pictures.
//!
//! Owns their list, English, and how days and spans of time are written. Sentences are literal but for their parts in
//! braces. Must not know what is told. Cannot fail: a calendar without all its names shows numbers.

use jiff::civil::DateTime;

use crate::text::fill;

/// The words of recaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecapWords {
    /// The title of a day's: `{server}`, `{stretch}`.
    pub day: String,
    /// The title of a week's: the same.
    pub week: String,
    /// One player: `{count}`, `{time}`.
    pub player: String,
    /// Several players: the same.
    pub players: String,
    /// The most at a time, behind the players: `{count}`.
    pub peak: String,
    /// Who was new, behind the players: `{names}`.
    pub newcomers: String,
    /// Who was there for longest: `{list}`.
    pub longest: String,
    /// One message of chat: `{count}`, `{list}`.
    pub message: String,
    /// Several: the same.
    pub messages: String,
    /// One death: `{count}`, `{list}`.
    pub death: String,
    /// Several: the same.
    pub deaths: String,
    /// What was researched: `{list}`.
    pub research: String,
    /// One rocket: `{count}`.
    pub rocket: String,
    /// Several: the same.
    pub rockets: String,
    /// A cause or a technology that nobody named.
    pub unknown: String,
    /// Less than a minute.
    pub moment: String,
    /// A day of the year: `{day}`, `{month}`.
    pub date: String,
    /// The days of a week from Monday on, divided by spaces.
    pub weekdays: String,
    /// The months, divided by spaces.
    pub months: String,
    /// What the picture reads.
    pub card: CardWords,
}

/// The words of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardWords {
    /// Below the number of players.
    pub players: String,
    /// Below the time that they played.
    pub played: String,
    /// Below the most at a time.
    pub peak: String,
    /// Below the number of messages.
    pub messages: String,
    /// Below the number of deaths.
    pub deaths: String,
    /// Above the curve.
    pub curve: String,
    /// Above those who were there for longest.
    pub longest: String,
    /// Above those who wrote most.
    pub talkers: String,
    /// Above what killed.
    pub killers: String,
    /// Beside what was researched.
    pub research: String,
}

impl Default for RecapWords {
    /// English.
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            day: text("📊 **{server}**: the day in review · {stretch}"),
            week: text("📊 **{server}**: the week in review · {stretch}"),
            player: text("👥 **{count} player** played **{time}**"),
            players: text("👥 **{count} players** played **{time}**"),
            peak: text(", up to **{count}** at a time"),
            newcomers: text("; new: {names}"),
            longest: text("⏱️ Longest here: {list}"),
            message: text("💬 {count} message: {list}"),
            messages: text("💬 {count} messages: {list}"),
            death: text("💀 {count} death: {list}"),
            deaths: text("💀 {count} deaths: {list}"),
            research: text("🔬 Research: {list}"),
            rocket: text("🚀 {count} rocket launched"),
            rockets: text("🚀 {count} rockets launched"),
            unknown: text("unknown"),
            moment: text("under a minute"),
            date: text("{day} {month}"),
            weekdays: text("Mon Tue Wed Thu Fri Sat Sun"),
            months: text("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
            card: CardWords::default(),
        }
    }
}

impl Default for CardWords {
    /// English.
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            players: text("players"),
            played: text("played"),
            peak: text("at most at a time"),
            messages: text("messages"),
            deaths: text("deaths"),
            curve: text("Players on the server"),
            longest: text("Longest here"),
            talkers: text("Most talkative"),
            killers: text("Killed by"),
            research: text("Research"),
        }
    }
}

impl RecapWords {
    /// `Mon 23 Nov 09:00`.
    #[must_use]
    pub fn moment(&self, at: DateTime) -> String {
        let (weekday, date) = (self.weekday(at), self.date(at));
        format!("{weekday} {date} {:02}:{:02}", at.hour(), at.minute())
    }

    /// `Mon 23`.
    #[must_use]
    pub fn day_of_week(&self, at: DateTime) -> String {
        format!("{} {}", self.weekday(at), at.day())
    }

    /// `23 Nov`.
    #[must_use]
    pub fn date(&self, at: DateTime) -> String {
        let month = match named(&self.months, at.month()) {
            Some(month) => month.to_owned(),
            None => format!("{}.", at.month()),
        };
        fill(&self.date, &[("day", &at.day().to_string()), ("month", &month)])
    }

    fn weekday(&self, at: DateTime) -> &str {
        named(&self.weekdays, at.weekday().to_monday_one_offset()).unwrap_or_default()
    }
}

/// The name with a number, counted from one.
fn named(names: &str, number: i8) -> Option<&str> {
    let place = usize::try_from(number).ok()?.checked_sub(1)?;
    names.split_whitespace().nth(place)
}
