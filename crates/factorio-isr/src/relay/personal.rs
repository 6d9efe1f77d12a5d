//! Personal notices made from an event: told where somebody asked for it, calling that person alone.
//!
//! Owns their identity and that those of one channel share a delivery. They are made where lines are translated, so that notice
//! and position are committed together: none is told twice and none is lost. Filters, quiet hours and the kinds that are
//! posted are not asked: somebody wants to know. Must not know who may. Cannot fail.

use std::collections::BTreeMap;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::interpreter::Happened;
use isr_core::text::cut_finished;
use isr_core::voice::{Known, Pick, Telling, Told};
use isr_core::watching::Watch;

use super::rules::Rules;
use super::translate::Place;

/// The parts of a delivery's identity from here on are those of notices.
const FIRST_PART: u32 = 1 << 31;
/// Room for what happened, in UTF-16 units; the rest of a message is for those who are called.
const ROOM: usize = 400;
/// So many people are called by one notice.
const MOST_CALLED: usize = 50;

/// The notices of one event, which is the `number`th of its line.
pub(super) fn notices(
    watches: &[Watch],
    rules: &Rules,
    happened: &Happened,
    (place, number, now_ms): (Place, u32, i64),
) -> Vec<NewDelivery> {
    let mut called: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let concerned = watches
        .iter()
        .filter(|watch| watch.concerns(&rules.server, &happened.event));
    for watch in concerned {
        called.entry(watch.channel).or_default().push(watch.person);
    }
    if called.is_empty() {
        return Vec::new();
    }
    let id = DeliveryId {
        generation: place.generation,
        offset: place.offset,
        part: FIRST_PART + number,
    };
    let telling = Telling {
        server: &rules.name,
        happened_ms: happened.when.unix_ms(),
        pick: Pick::of(&id),
        calls: None,
        known: Known::Nothing,
    };
    let what = match rules.voice.render(&happened.event, &telling) {
        Told::Lines(lines) => lines.into_iter().next().map(isr_core::voice::Line::into_string),
        Told::Embed(embed) => Some(embed.in_one_line()),
        Told::Nothing => None,
    };
    let Some(what) = what else { return Vec::new() };
    let what = cut_finished(&what, ROOM);
    let notice = |(channel, mut people): (u64, Vec<u64>)| {
        people.truncate(MOST_CALLED);
        let pings = Pings::targets(people, Vec::new()).unwrap_or_default();
        NewDelivery {
            id,
            destination: Destination::new(&format!("channel:{channel}")),
            server: rules.server.clone(),
            kind: KindName::fixed("notice"),
            form: Form::Line,
            text: format!("🔔 {} {what} (`{}`)", pings.words(), rules.server),
            username: None,
            subject: None,
            pings,
            happened_ms: happened.when.unix_ms(),
            seen_ms: now_ms,
        }
    };
    called.into_iter().map(notice).collect()
}
