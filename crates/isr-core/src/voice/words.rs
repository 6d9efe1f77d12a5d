//! The words of a language that stand in no sentence of their own.
//!
//! Owns their list, their names, and how a span of time is written. Must not know sentences. Cannot fail.

use std::time::Duration;

use super::command_words::CommandWords;
use super::game_words::GameWords;
use super::german_words;
use crate::abuse::AbuseWords;
use crate::digest::DigestWords;
use crate::drift::DriftWords;
use crate::event::EventKind;
use crate::quiet::QuietWords;
use crate::statistics::RecapWords;
use crate::text::{LeftOut, RichWords, fill};

/// The words of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One character that was left out.
    pub character: String,
    /// Several characters that were left out.
    pub characters: String,
    /// Who did it, when the server's console did.
    pub server: String,
    /// Who did it, when a script did.
    pub script: String,
    /// A text in which nothing can be seen.
    pub blank: String,
    /// A player without a name.
    pub nameless: String,
    /// A day in a span of time.
    pub day: String,
    /// An hour in a span of time.
    pub hour: String,
    /// A minute in a span of time.
    pub minute: String,
    /// What stands behind `@everyone` and `@here` when a player calls everybody.
    pub called: String,
    /// Bytes of a log that nobody could read: `{count}`.
    pub lost_bytes: String,
    /// Whole logs that nobody could read: `{count}`.
    pub lost_files: String,
    /// What lines read that were merged.
    pub quiet: QuietWords,
    /// What digests of quiet hours read.
    pub digest: DigestWords,
    /// What recaps and their pictures read.
    pub recap: RecapWords,
    /// What notices about floods read.
    pub abuse: AbuseWords,
    /// What notices about lines that nothing understood read.
    pub drift: DriftWords,
    /// What tags of the game's rich text read as.
    pub rich: RichWords,
    /// What cards and alerts of a running game read.
    pub game: GameWords,
    /// What the answers to commands read.
    pub command: CommandWords,
}

/// Reads and changes one word.
type Place = fn(&mut Words) -> &mut String;

/// What the name of a word for a kind of event begins with.
const KIND: &str = "kind.";

/// The kinds that are counted by a word: those of patterns have names of their own.
fn counted_kinds() -> impl Iterator<Item = EventKind> {
    EventKind::ALL
        .into_iter()
        .filter(|kind| *kind != EventKind::Custom)
}

/// All words by name, without those for kinds of events.
const NAMED: [(&str, Place); 64] = [
    ("character", |w| &mut w.character),
    ("characters", |w| &mut w.characters),
    ("server", |w| &mut w.server),
    ("script", |w| &mut w.script),
    ("blank", |w| &mut w.blank),
    ("nameless", |w| &mut w.nameless),
    ("day", |w| &mut w.day),
    ("hour", |w| &mut w.hour),
    ("minute", |w| &mut w.minute),
    ("called", |w| &mut w.called),
    ("reconnected", |w| &mut w.quiet.reconnected),
    ("reconnected_again", |w| &mut w.quiet.reconnected_again),
    ("repeated", |w| &mut w.quiet.repeated),
    ("spoken", |w| &mut w.quiet.spoken),
    ("lost_bytes", |w| &mut w.lost_bytes),
    ("lost_files", |w| &mut w.lost_files),
    ("digest", |w| &mut w.digest.heading),
    ("more", |w| &mut w.digest.more),
    ("recap_day", |w| &mut w.recap.day),
    ("recap_week", |w| &mut w.recap.week),
    ("recap_player", |w| &mut w.recap.player),
    ("recap_players", |w| &mut w.recap.players),
    ("recap_peak", |w| &mut w.recap.peak),
    ("recap_newcomers", |w| &mut w.recap.newcomers),
    ("recap_longest", |w| &mut w.recap.longest),
    ("recap_message", |w| &mut w.recap.message),
    ("recap_messages", |w| &mut w.recap.messages),
    ("recap_death", |w| &mut w.recap.death),
    ("recap_deaths", |w| &mut w.recap.deaths),
    ("recap_research", |w| &mut w.recap.research),
    ("recap_rocket", |w| &mut w.recap.rocket),
    ("recap_rockets", |w| &mut w.recap.rockets),
    ("recap_unknown", |w| &mut w.recap.unknown),
    ("recap_moment", |w| &mut w.recap.moment),
    ("date", |w| &mut w.recap.date),
    ("weekdays", |w| &mut w.recap.weekdays),
    ("months", |w| &mut w.recap.months),
    ("card_players", |w| &mut w.recap.card.players),
    ("card_played", |w| &mut w.recap.card.played),
    ("card_peak", |w| &mut w.recap.card.peak),
    ("card_messages", |w| &mut w.recap.card.messages),
    ("card_deaths", |w| &mut w.recap.card.deaths),
    ("card_curve", |w| &mut w.recap.card.curve),
    ("card_longest", |w| &mut w.recap.card.longest),
    ("card_talkers", |w| &mut w.recap.card.talkers),
    ("card_killers", |w| &mut w.recap.card.killers),
    ("card_research", |w| &mut w.recap.card.research),
    ("flood", |w| &mut w.abuse.flood),
    ("flood_held", |w| &mut w.abuse.flood_held),
    ("flood_over_one", |w| &mut w.abuse.flood_over_one),
    ("flood_over", |w| &mut w.abuse.flood_over),
    ("flood_held_over_one", |w| &mut w.abuse.flood_held_over_one),
    ("flood_held_over", |w| &mut w.abuse.flood_held_over),
    ("calls", |w| &mut w.abuse.calls),
    ("calls_over_one", |w| &mut w.abuse.calls_over_one),
    ("calls_over", |w| &mut w.abuse.calls_over),
    ("not_understood_one", |w| &mut w.drift.line),
    ("not_understood", |w| &mut w.drift.lines),
    ("since", |w| &mut w.drift.since),
    ("train", |w| &mut w.rich.train),
    ("train_stop", |w| &mut w.rich.train_stop),
    ("space_platform", |w| &mut w.rich.space_platform),
    ("blueprint", |w| &mut w.rich.blueprint),
    ("armor", |w| &mut w.rich.armor),
];

impl Words {
    /// English.
    #[must_use]
    pub fn english() -> Self {
        Self {
            character: "character".to_owned(),
            characters: "characters".to_owned(),
            server: "the server".to_owned(),
            script: "a script".to_owned(),
            blank: "(blank)".to_owned(),
            nameless: "(no name)".to_owned(),
            day: "d".to_owned(),
            hour: "h".to_owned(),
            minute: "min".to_owned(),
            called: "a player calls you: the line above says who and why".to_owned(),
            lost_bytes: "⚠️ {count} bytes of the server's log went away before they could be read (rotated or truncated)"
                .to_owned(),
            lost_files: "⚠️ {count} rotated log files of the server came and went before they could be read"
                .to_owned(),
            quiet: QuietWords::default(),
            digest: DigestWords::default(),
            recap: RecapWords::default(),
            abuse: AbuseWords::default(),
            drift: DriftWords::default(),
            rich: RichWords::default(),
            game: GameWords::english(),
            command: CommandWords::english(),
        }
    }

    /// German.
    #[must_use]
    pub fn german() -> Self {
        german_words::words()
    }

    /// The names of all words.
    pub fn names() -> impl Iterator<Item = String> {
        let kinds = counted_kinds().map(|kind| format!("{KIND}{kind}"));
        let named = NAMED.iter().map(|(name, _)| *name);
        let listed = GameWords::names().chain(CommandWords::names());
        named.chain(listed).map(str::to_owned).chain(kinds)
    }

    /// The place of a word.
    pub fn named(&mut self, name: &str) -> Option<&mut String> {
        if let Some(name) = name.strip_prefix(KIND) {
            let kind = EventKind::from_name(name).filter(|kind| *kind != EventKind::Custom)?;
            return Some(self.digest.kinds.entry(kind).or_default());
        }
        match NAMED.iter().find(|(known, _)| *known == name) {
            Some((_, place)) => Some(place(self)),
            None => self.game.named(name).or_else(|| self.command.named(name)),
        }
    }

    /// The remark about bytes of a log that went away unread.
    #[must_use]
    pub fn lost_bytes(&self, bytes: u64) -> String {
        fill(&self.lost_bytes, &[("count", &bytes.to_string())])
    }

    /// The remark about whole logs that came and went unread.
    #[must_use]
    pub fn lost_files(&self, files: u32) -> String {
        fill(&self.lost_files, &[("count", &files.to_string())])
    }

    pub(super) fn left_out(&self) -> LeftOut {
        LeftOut::new(&self.character, &self.characters)
    }

    /// `2 h 10 min`; the two largest units that say something.
    pub(crate) fn span(&self, span: Duration) -> String {
        let minutes = span.as_secs() / 60;
        let units = [
            (minutes / (24 * 60), &self.day),
            (minutes / 60 % 24, &self.hour),
            (minutes % 60, &self.minute),
        ];
        let first = units
            .iter()
            .position(|(count, _)| *count > 0)
            .unwrap_or(units.len() - 1);
        let shown = units[first..]
            .iter()
            .take(2)
            .enumerate()
            .filter(|(at, (count, _))| *at == 0 || *count > 0);
        let shown: Vec<String> = shown
            .map(|(_, (count, unit))| format!("{count} {unit}"))
            .collect();
        shown.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::parts;
    use super::*;

    #[test]
    fn a_span_is_told_by_its_two_largest_units() {
        let words = Words::english();
        let span = |minutes: u64| words.span(Duration::from_secs(minutes * 60 + 59));
        assert_eq!(span(0), "0 min");
        assert_eq!(span(59), "59 min");
        assert_eq!(span(60), "1 h");
        assert_eq!(span(130), "2 h 10 min");
        assert_eq!(span(24 * 60 + 5), "1 d");
        assert_eq!(span(75 * 60), "3 d 3 h");
    }

    #[test]
    fn german_has_every_word_with_the_parts_of_the_english_one() {
        let (mut english, mut german) = (Words::english(), Words::german());
        for name in Words::names() {
            let (english, german) = (english.named(&name).unwrap(), german.named(&name).unwrap());
            assert!(!german.is_empty(), "{name}");
            assert_eq!(parts(german), parts(english), "{name}");
        }
        assert_eq!(german.digest.kinds.len(), counted_kinds().count());
        assert_eq!(german.recap.weekdays.split_whitespace().count(), 7);
        assert_eq!(german.recap.months.split_whitespace().count(), 12);
    }

    #[test]
    fn losses_are_told_in_the_language() {
        assert!(
            Words::english()
                .lost_bytes(77)
                .contains("77 bytes of the server's log")
        );
        assert!(Words::german().lost_bytes(77).contains("77 Bytes"));
        assert!(Words::german().lost_files(2).contains("2 rotierte"));
    }

    #[test]
    fn every_word_can_be_named() {
        let mut words = Words::english();
        for name in Words::names() {
            words.named(&name).unwrap().push('x');
        }
        assert!(words.named("nothing").is_none() && words.named("kind.custom").is_none());
        assert_eq!(words.digest.kinds[&EventKind::SlowSave], "slow savex");
        assert!(words.script.ends_with('x') && words.rich.armor.ends_with('x'));
    }
}
