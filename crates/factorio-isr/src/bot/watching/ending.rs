//! What people are told when this program ends their watches.
//!
//! Owns the words' places and who is called: the person alone, once for all that ended together, without what was watched, for
//! others may read it. Must not know why a watch ends. Cannot fail.

use std::collections::BTreeMap;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::source::{GenerationId, ServerTag};
use isr_core::voice::CommandWord as W;
use isr_store::{WatchEnd, WatchRow};

use super::Known;

/// Ends of watches, as a file that lines come from.
const GENERATION: i64 = 0x0077_6174_6368;

/// The messages about the end of watches at this moment.
pub(super) fn told(known: &Known, lost: &[(WatchRow, WatchEnd)], now_ms: i64) -> Vec<NewDelivery> {
    type Together<'a> = (u64, u64, WatchEnd, Option<&'a ServerTag>);
    let mut together: BTreeMap<Together<'_>, Vec<&WatchRow>> = BTreeMap::new();
    for (row, end) in lost {
        let watch = &row.watch;
        let place = match end {
            // Where it was asked for: directly nobody is reached.
            WatchEnd::Closed => (watch.person, watch.channel, *end, None),
            WatchEnd::Forbidden => {
                let server = Some(&watch.server);
                (watch.person, watch.told_in(), *end, server)
            }
            // There is no place where the person reads it.
            WatchEnd::Channel | WatchEnd::Left => continue,
        };
        together.entry(place).or_default().push(row);
    }
    let message = |((person, channel, end, _), rows): (Together<'_>, Vec<&WatchRow>)| {
        let first = rows.first()?;
        let word = match end {
            WatchEnd::Closed => W::WatchesClosed,
            _ => W::WatchesForbidden,
        };
        let server = &first.watch.server;
        let voice = known.servers.get(server).map(|place| &place.voice)?;
        let person = Pings::targets(vec![person], Vec::new()).unwrap_or_default();
        let parts = [
            ("person", person.words()),
            ("server", server.to_string()),
            ("count", rows.len().to_string()),
        ];
        let parts: Vec<(&str, &str)> = parts
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Some(NewDelivery {
            id: DeliveryId {
                generation: GenerationId(GENERATION),
                offset: first.number.max(0).unsigned_abs(),
                part: u32::from(end == WatchEnd::Closed),
            },
            destination: Destination::new(&format!("channel:{channel}")),
            server: server.clone(),
            kind: KindName::fixed("notice"),
            form: Form::Line,
            text: voice.words().command.fill(word, &parts),
            username: None,
            subject: None,
            pings: person,
            happened_ms: now_ms,
            seen_ms: now_ms,
        })
    };
    together.into_iter().filter_map(message).collect()
}
