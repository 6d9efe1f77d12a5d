//! The words of a language that stand in no sentence of their own.
//!
//! Owns their list, their names, and how a span of time is written. Must not know sentences. Cannot fail.

use std::time::Duration;

use crate::quiet::QuietWords;
use crate::text::{LeftOut, RichWords};

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
    /// What lines read that were merged.
    pub quiet: QuietWords,
    /// What tags of the game's rich text read as.
    pub rich: RichWords,
}

/// Reads and changes one word.
type Place = fn(&mut Words) -> &mut String;

/// All words by name.
const NAMED: [(&str, Place); 18] = [
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
            quiet: QuietWords::default(),
            rich: RichWords::default(),
        }
    }

    /// German.
    #[must_use]
    pub fn german() -> Self {
        Self {
            character: "Zeichen".to_owned(),
            characters: "Zeichen".to_owned(),
            server: "dem Server".to_owned(),
            script: "einem Skript".to_owned(),
            blank: "(leer)".to_owned(),
            nameless: "(ohne Namen)".to_owned(),
            day: "T".to_owned(),
            hour: "Std".to_owned(),
            minute: "min".to_owned(),
            called: "jemand ruft euch: die Zeile darüber sagt, wer und warum".to_owned(),
            quiet: QuietWords {
                reconnected: "🔁 **{player}** ist wieder da".to_owned(),
                reconnected_again: "🔁 **{player}** ist wieder da ({count}-mal)".to_owned(),
                repeated: "{text} (×{count})".to_owned(),
            },
            rich: RichWords {
                train: "Zug".to_owned(),
                train_stop: "Haltestelle".to_owned(),
                space_platform: "Raumplattform".to_owned(),
                blueprint: "(Blaupause)".to_owned(),
                armor: "Rüstung von".to_owned(),
            },
        }
    }

    /// The names of all words.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// The place of a word.
    pub fn named(&mut self, name: &str) -> Option<&mut String> {
        let (_, place) = NAMED.iter().find(|(known, _)| *known == name)?;
        Some(place(self))
    }

    pub(super) fn left_out(&self) -> LeftOut {
        LeftOut::new(&self.character, &self.characters)
    }

    /// `2 h 10 min`; the two largest units that say something.
    pub(super) fn span(&self, span: Duration) -> String {
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
    fn every_word_can_be_named() {
        let mut words = Words::english();
        for name in Words::names() {
            words.named(name).unwrap().push('x');
        }
        assert!(words.named("nothing").is_none());
        assert!(words.script.ends_with('x') && words.rich.armor.ends_with('x'));
    }
}
