//! What is watched beside the events of one stream: who calls whom, who floods, and lines that nothing understands.
//!
//! Owns the state of the three watches and their notices to admins. Everything that they go by is in the [`Rules`].
//! Time enters as a value. The store is read once, at the start; must not know lines or files. Cannot fail.

use isr_core::abuse::{AbuseNotice, AbuseWatch, Passage};
use isr_core::delivery::{DeliveryId, Form, KindName, NewDelivery, Pings};
use isr_core::drift::{DriftWatch, DriftWords, Tagged, UnknownLines};
use isr_core::event::{Event, EventKind};
use isr_core::mention::{Called, MentionWatch};
use isr_core::source::{GenerationId, Stream};
use isr_core::suppressed::{RuleName, Suppressed};
use isr_store::Store;

use super::rules::Rules;
use super::source::Source;
use super::translate::Place;

/// The rule of chat that is held back because its player floods.
pub const RULE_FLOOD: RuleName = RuleName::fixed("flood");
/// The rule of mentions that ping nobody because there were too many; their text is posted.
pub const RULE_MENTION_RATE: RuleName = RuleName::fixed("mention_rate");
/// The rule of mentions that ping nobody because they come too late; their text is posted.
pub const RULE_MENTION_LATE: RuleName = RuleName::fixed("mention_late");

/// Turns the id of a generation into that of the notices beside it.
const NOTICES: i64 = 0x5F35_6495_1B2C_8E47;
/// A call that is older than this helps nobody any more.
pub(super) const LATE_MS: i64 = 3_600_000;
/// Notices at one moment are told apart up to here.
const NOTICES_AT_ONCE: u32 = 64;

/// The watches of one stream.
#[derive(Debug, Default)]
pub struct Watches {
    mentions: MentionWatch,
    abuse: AbuseWatch,
    drift: DriftWatch,
    /// The game's version as the stream beside this one tells it.
    version: Option<String>,
    /// The generation that was read last: notices stand beside it.
    generation: Option<GenerationId>,
}

/// What was said, by whom and when.
#[derive(Debug, Clone, Copy)]
pub struct Speech<'a> {
    player: &'a str,
    text: &'a str,
    happened_ms: i64,
}

impl<'a> Speech<'a> {
    /// What a player says in an event, if one speaks.
    #[must_use]
    pub fn of(event: &'a Event, happened_ms: i64) -> Option<Self> {
        let (player, text) = match event {
            Event::Chat { player, text } | Event::Shout { player, text } => (player, text),
            Event::Custom(custom) => {
                if let Some(event) = &custom.replaces {
                    return Self::of(event, happened_ms);
                }
                match (&custom.player, &custom.message) {
                    (Some(player), Some(text)) if custom.profile.class == EventKind::Chat => (player, text),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Self {
            player,
            text,
            happened_ms,
        })
    }
}

impl Watches {
    /// Goes on with the shapes that were stored.
    pub fn resume(&mut self, unknown: Vec<UnknownLines>) {
        self.drift = DriftWatch::resumed(unknown);
    }

    /// Notes the version that the stream beside this one tells.
    pub fn set_version(&mut self, version: Option<String>) {
        self.version = version;
    }

    /// What a speech calls, or nothing where it is held back.
    pub fn heed(
        &mut self,
        rules: &Rules,
        speech: Speech<'_>,
        place: Place,
        now_ms: i64,
        found: (&mut Vec<NewDelivery>, &mut Suppressed),
    ) -> Option<Called> {
        let (deliveries, suppressed) = found;
        let Speech {
            player,
            text,
            happened_ms,
        } = speech;
        let mut notices = Vec::new();
        let passage = self
            .abuse
            .said(rules.flood, player, happened_ms, now_ms, &mut notices);
        let called = match passage {
            Passage::HoldBack => {
                suppressed.one(&RULE_FLOOD);
                None
            }
            Passage::Post if now_ms.saturating_sub(happened_ms) > LATE_MS => {
                let late = rules.mentions.table.calls_anybody(text);
                suppressed.more(&RULE_MENTION_LATE, u64::from(late));
                Some(Called::default())
            }
            Passage::Post => {
                let called = self.mentions.heed(&rules.mentions, player, text, happened_ms);
                if called.limited > 0 {
                    suppressed.more(&RULE_MENTION_RATE, called.limited);
                    let rate = rules.mentions.rates.player;
                    self.abuse
                        .called_too_often(rules.flood, rate, player, now_ms, &mut notices);
                }
                Some(called)
            }
        };
        self.generation = Some(place.generation);
        let notices = told(rules, &notices);
        notify(rules, place.generation, place.offset, notices, now_ms, deliveries);
        called
    }

    /// Counts a line that looks like an event and that nothing understood.
    pub fn see_unknown(&mut self, line: &[u8], version: Option<&str>, place: Place, now_ms: i64) {
        if let Some(tagged) = Tagged::read(line) {
            let version = version.or(self.version.as_deref());
            self.drift.see(tagged, line, version, now_ms);
            self.generation = Some(place.generation);
        }
    }

    /// What became due by the time alone. To be asked about once a second.
    pub fn tick(&mut self, rules: &Rules, now_ms: i64, deliveries: &mut Vec<NewDelivery>) {
        let Some(generation) = self.generation else {
            return;
        };
        let mut notices = told(rules, &self.abuse.over(now_ms));
        for notice in self.drift.due(now_ms) {
            tracing::warn!(server = %rules.server, "unknown_lines: {}", notice.text(&DriftWords::default()));
            notices.push(notice.text(&rules.voice.words().drift));
        }
        let moment = u64::try_from(now_ms).unwrap_or(0);
        notify(rules, generation, moment, notices, now_ms, deliveries);
    }

    /// What the store has to add to the lines that nothing understood.
    pub fn take_unknown(&mut self, rules: &Rules) -> Vec<UnknownLines> {
        self.drift.take_news(&rules.server)
    }
}

/// Hands the shapes that were stored to the consoles of their servers. Without them nothing is lost but the memory of
/// what admins were told.
pub async fn resume(sources: &mut [Source], store: &Store) {
    let reading = store.clone();
    let read = tokio::task::spawn_blocking(move || reading.unknown_lines()).await;
    let stored = match read {
        Ok(Ok(stored)) => stored,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "unknown_lines_not_read");
            return;
        }
        Err(_) => return,
    };
    for source in sources {
        resume_one(source, &stored);
    }
}

/// Hands the shapes that were stored to one source, if it is the console of their server.
pub fn resume_one(source: &mut Source, stored: &[UnknownLines]) {
    if source.id().stream == Stream::Console {
        let own = stored.iter().filter(|lines| lines.server == source.id().server);
        let own = own.cloned().collect();
        source.translator_mut().watches_mut().resume(own);
    }
}

fn told(rules: &Rules, notices: &[AbuseNotice]) -> Vec<String> {
    let words = rules.voice.words();
    notices.iter().map(|notice| notice.text(words)).collect()
}

/// Notices go to admins; where there is no destination for them they are only counted.
fn notify(
    rules: &Rules,
    generation: GenerationId,
    number: u64,
    notices: Vec<String>,
    now_ms: i64,
    deliveries: &mut Vec<NewDelivery>,
) {
    let Some(destination) = &rules.admins else { return };
    for (part, text) in (0..NOTICES_AT_ONCE).zip(notices) {
        deliveries.push(NewDelivery {
            id: DeliveryId {
                generation: GenerationId((generation.0 ^ NOTICES) & i64::MAX),
                offset: number,
                part,
            },
            destination: destination.clone(),
            server: rules.server.clone(),
            kind: KindName::fixed("notice"),
            form: Form::Line,
            text,
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: now_ms,
            seen_ms: now_ms,
        });
    }
}

/// The message that calls everybody, beside the line of the player who asked for it: its words are the admin's alone.
#[must_use]
pub fn call_of_everybody(beside: &NewDelivery, id: DeliveryId, text: String) -> NewDelivery {
    NewDelivery {
        id,
        form: Form::Alone,
        text,
        username: None,
        subject: None,
        pings: Pings::Everyone,
        ..beside.clone()
    }
}
