//! Recaps: what is read from the statistics, and the post that is made of it.
//!
//! Owns the way from rows to a summary, which `stats` shares, and the identity of a recap's delivery. Must not know when
//! one is due. Fails where the store cannot be read.

use std::sync::Arc;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Picture, Pings};
use isr_core::source::{GenerationId, ServerTag};
use isr_core::statistics::{Period, RecapText, Span, Summary};
use isr_core::voice::Voice;
use isr_store::{AdminError, HourRange, StatisticsReader};
use jiff::tz::TimeZone;

use crate::picture::Card;

/// Sums up what a range of hours and the sessions of a period tell.
///
/// # Errors
/// [`AdminError`] when the store cannot be read.
pub fn summary_of(
    reader: &StatisticsReader,
    server: &ServerTag,
    period: Period,
    hours: HourRange,
    now_ms: i64,
) -> Result<Summary, AdminError> {
    let sessions = reader.sessions(server, period)?;
    let counts = reader.counts(server, hours, now_ms)?;
    let newcomers = reader.newcomers(server, period)?;
    Ok(Summary::of(period, &sessions, &counts, newcomers))
}

/// The part of one player, in any case of the name's letters.
///
/// # Errors
/// [`AdminError`] when the store cannot be read.
pub fn only(
    reader: &StatisticsReader,
    server: &ServerTag,
    player: &str,
    all: Summary,
    now_ms: i64,
) -> Result<Summary, AdminError> {
    let period = all.period;
    let is_meant = |name: &str| name.to_lowercase() == player.to_lowercase();
    let mut sessions = reader.sessions(server, period)?;
    sessions.retain(|session| is_meant(&session.player));
    let mut counts = reader.counts(server, HourRange::touching(period), now_ms)?;
    counts.retain(|count| count.player.as_deref().is_some_and(is_meant));
    let newcomers = all.newcomers.into_iter().filter(|name| is_meant(name)).collect();
    Ok(Summary::of(period, &sessions, &counts, newcomers))
}

/// How the recaps of a server look.
#[derive(Debug, Clone)]
pub struct Look {
    /// The server.
    pub server: ServerTag,
    /// Its name for people.
    pub name: String,
    /// The zone of its times.
    pub zone: TimeZone,
    /// Where they go.
    pub destination: Destination,
    /// In whose words.
    pub voice: Arc<Voice>,
    /// Whether a picture goes with them.
    pub picture: crate::config::Switch,
}

impl Look {
    /// The post of a period.
    #[must_use]
    pub fn delivery(&self, span: Span, summary: &Summary, now_ms: i64) -> NewDelivery {
        let words = self.voice.words();
        let recap = RecapText {
            server: &self.name,
            span,
            zone: &self.zone,
            summary,
            words,
        };
        let form = if self.picture.is_on() {
            let subtitle = recap.stretch();
            let card = Card {
                title: &self.name,
                subtitle: &subtitle,
                zone: &self.zone,
                summary,
                words,
            };
            Form::Picture(Picture {
                png: card.png().into(),
            })
        } else {
            Form::Alone
        };
        let until_ms = summary.period.until_ms;
        NewDelivery {
            id: DeliveryId {
                generation: generation(&self.server, span),
                offset: until_ms.max(0).unsigned_abs(),
                part: 0,
            },
            destination: self.destination.clone(),
            server: self.server.clone(),
            kind: KindName::fixed("recap"),
            form,
            text: recap.render(),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: until_ms,
            seen_ms: now_ms,
        }
    }
}

/// The same for each recap of a server and span (FNV-1a), so that a period has one identity for ever.
fn generation(server: &ServerTag, span: Span) -> GenerationId {
    let name = format!("recap {} {}", span.as_str(), server);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    GenerationId(hash.cast_signed() & i64::MAX)
}
