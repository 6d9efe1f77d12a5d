//! How events read on Discord.
//!
//! Owns the wording: a complete pack per language, and what an admin changes of it, layer upon layer. Whatever an event
//! and a template hold, each line that comes out is escaped, one line, and leaves room for a late mark in one message;
//! each embed is within Discord's limits. Among several variants the delivery's identity chooses, so that a line that is
//! read again reads the same. Must not know destinations or files. Cannot fail.

mod command_words;
mod english;
mod entry;
mod game;
mod game_words;
mod german;
mod german_words;
mod key;
mod pack;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod values;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use command_words::{CommandWord, CommandWords};
pub use entry::{Body, Dress, Entries, Entry, Sound};
pub(crate) use game_words::GameWord;
pub use game_words::GameWords;
pub use key::Key;
pub use pack::Pack;
pub use words::Words;

use crate::delivery::DeliveryId;
use crate::event::{Event, EventKind};
use crate::mention::{Crowd, Live};
use crate::quiet::QuietWords;
pub use crate::template::Line;
use crate::template::{EmbedTemplate, Fields, Stamp, Template};
use crate::text::{Embed, Emoji, EmojiMap, LeftOut};
use key::Finer;
use values::Teller;

/// The most messages that one chat line becomes; what is beyond is counted in a note.
pub const MOST_PARTS: usize = 5;

/// What is told of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// One line, or up to [`MOST_PARTS`] for long chat.
    Lines(Vec<Line>),
    /// An embed.
    Embed(Box<Embed>),
    /// Nothing: the kind was switched off.
    Nothing,
}

/// What goes along with an event.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The server's name for people.
    pub server: &'a str,
    /// When it happened, Unix milliseconds.
    pub happened_ms: i64,
    /// Which variant is taken.
    pub pick: Pick,
    /// The mentions in what a player said.
    pub calls: Option<&'a Live>,
    /// What the sessions know.
    pub known: Known,
}

/// What the sessions know of a join or a leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Known {
    /// Nothing.
    #[default]
    Nothing,
    /// The player was never here before.
    FirstVisit,
    /// How long the player was here.
    Stayed(Duration),
}

/// Which of several variants is taken: the same for the same delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pick(u64);

impl Pick {
    /// The first variant.
    pub const FIRST: Self = Self(0);

    /// The choice that belongs to a delivery.
    #[must_use]
    pub const fn of(id: &DeliveryId) -> Self {
        let mut hash = (id.generation.0 as u64) ^ id.offset.rotate_left(24) ^ ((id.part as u64) << 56);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self(hash ^ (hash >> 31))
    }

    fn among<T>(self, choices: &[T]) -> Option<&T> {
        let count = u64::try_from(choices.len()).ok().filter(|count| *count > 0)?;
        choices.get(usize::try_from(self.0 % count).unwrap_or(0))
    }
}

/// What an admin changed of the wording. A stronger layer is laid over a weaker one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Another language.
    pub language: Option<Arc<Pack>>,
    /// Other sentences, emoji, colours; kinds that are off.
    pub entries: Entries,
    /// Emoji for things of the game.
    pub emoji: EmojiMap,
}

impl Overrides {
    /// Lays a stronger layer over this one.
    pub fn overlay(&mut self, stronger: &Self) {
        if let Some(language) = &stronger.language {
            self.language = Some(Arc::clone(language));
        }
        self.entries.overlay(&stronger.entries);
        self.emoji.extend(&stronger.emoji);
    }
}

/// A wording, ready to speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    overrides: Overrides,
    words: Words,
    left_out: LeftOut,
    table: BTreeMap<Key, Wording>,
}

/// What is said under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wording {
    emoji: Emoji,
    variants: Vec<Variant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Variant {
    Line(Template),
    Embed(EmbedTemplate),
}

impl Default for Voice {
    fn default() -> Self {
        Self::new(Overrides::default())
    }
}

impl Voice {
    /// The wording of a language with what an admin changed of it.
    #[must_use]
    pub fn new(overrides: Overrides) -> Self {
        let pack = overrides.language.as_deref();
        let english = pack.is_none().then(Pack::english);
        let (mut entries, words) = match (pack, &english) {
            (Some(pack), _) | (None, Some(pack)) => (pack.entries.clone(), pack.words.clone()),
            (None, None) => (Entries::default(), Words::english()),
        };
        entries.overlay(&overrides.entries);
        Self {
            table: Key::all()
                .map(|key| (key, Wording::of(key, entries.settled(key))))
                .collect(),
            left_out: words.left_out(),
            overrides,
            words,
        }
    }

    /// Whether these changes make this voice.
    #[must_use]
    pub fn is_made_of(&self, overrides: &Overrides) -> bool {
        self.overrides == *overrides
    }

    /// This voice with more changes, for one route.
    #[must_use]
    pub fn with(&self, stronger: &Overrides) -> Self {
        let mut overrides = self.overrides.clone();
        overrides.overlay(stronger);
        Self::new(overrides)
    }

    /// The message with which a player calls everybody.
    #[must_use]
    pub fn call_of(&self, crowd: Crowd) -> String {
        crowd.message(&self.words.called)
    }

    /// The words of the language.
    #[must_use]
    pub const fn words(&self) -> &Words {
        &self.words
    }

    /// What lines read that were merged with one another.
    #[must_use]
    pub const fn quiet_words(&self) -> &QuietWords {
        &self.words.quiet
    }

    /// Whether something is told of events of a kind. A pattern has its own sentence.
    #[must_use]
    pub fn tells(&self, kind: EventKind) -> bool {
        let mut of_kind = self.table.iter().filter(|(key, _)| key.kind() == kind);
        kind == EventKind::Custom || of_kind.any(|(_, wording)| !wording.variants.is_empty())
    }

    /// What is told of an event.
    #[must_use]
    pub fn render(&self, event: &Event, telling: &Telling<'_>) -> Told {
        if let Event::Custom(custom) = event {
            let nobody = Live::default();
            return Told::Lines(custom.lines(MOST_PARTS, telling.calls.unwrap_or(&nobody)));
        }
        self.tell(values::key_of(event, telling.known), event, telling)
    }

    /// What is told of an event under the player's own name as webhook name: chat is the player's words alone,
    /// everything else is as [`Voice::render`] has it.
    #[must_use]
    pub fn render_as_speaker(&self, event: &Event, telling: &Telling<'_>) -> Told {
        match event {
            Event::Chat { .. } | Event::Shout { .. } => {
                self.tell(Key::finer(event.kind(), Finer::Speaker), event, telling)
            }
            Event::Custom(custom) => match (event.speaker(), &custom.message) {
                (Some(player), Some(text)) => {
                    let (player, text) = (player.to_owned(), text.clone());
                    self.render_as_speaker(&Event::Chat { player, text }, telling)
                }
                _ => self.render(event, telling),
            },
            other => self.render(other, telling),
        }
    }

    fn tell(&self, key: Key, event: &Event, telling: &Telling<'_>) -> Told {
        let wording = self.table.get(&key);
        let Some((wording, variant)) = wording.and_then(|w| Some((w, telling.pick.among(&w.variants)?)))
        else {
            return Told::Nothing;
        };
        let teller = Teller {
            words: &self.words,
            emoji: &self.overrides.emoji,
            telling,
        };
        match variant {
            Variant::Line(template) => {
                let fields = teller.fields(event, &wording.emoji, template.names());
                Told::Lines(self.lines(key, template, &fields))
            }
            Variant::Embed(template) => {
                let fields = teller.fields(event, &wording.emoji, template.names());
                let embed = template.embed(&fields, &self.left_out);
                Told::Embed(Box::new(match template.stamp {
                    Stamp::Shown => embed.at(telling.happened_ms),
                    Stamp::Hidden => embed,
                }))
            }
        }
    }

    fn lines(&self, key: Key, template: &Template, fields: &Fields<'_>) -> Vec<Line> {
        match key.speech() {
            Some(field) => template.lines(field, fields, MOST_PARTS, &self.left_out),
            None => vec![template.line(fields, &self.left_out)],
        }
    }
}

impl Wording {
    fn of(key: Key, entry: Entry) -> Self {
        let emoji = entry.emoji.unwrap_or_default();
        let colour = entry.colour.unwrap_or(values::colour_of(key.kind()));
        let line = |text: &Template| match text.has("emoji") {
            true => text.clone(),
            false => text.with_opening(&emoji),
        };
        let dressed = |embed: &EmbedTemplate| {
            let mut embed = match embed.has("emoji") {
                true => embed.clone(),
                false => embed.clone().with_opening(&emoji),
            };
            embed.colour.get_or_insert(colour);
            Variant::Embed(embed)
        };
        let variants = match (entry.sound, entry.body) {
            (Some(Sound::Off), _) | (_, None) => Vec::new(),
            (_, Some(Body::Embeds(embeds))) => embeds.iter().map(dressed).collect(),
            (_, Some(Body::Texts(texts))) if entry.dress == Some(Dress::Embed) => texts
                .iter()
                .map(EmbedTemplate::of_text)
                .map(|embed| dressed(&embed))
                .collect(),
            (_, Some(Body::Texts(texts))) => texts.iter().map(|text| Variant::Line(line(text))).collect(),
        };
        Self { emoji, variants }
    }
}
