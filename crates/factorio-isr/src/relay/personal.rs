//! Personal notices made from an event: told where somebody asked for it, calling that person alone.
//!
//! Owns their identity and that those of one channel share a delivery. They are made where lines are translated, so that notice
//! and position are committed together: none is told twice and none is lost. Filters, quiet hours and the kinds that are
//! posted are not asked: somebody wants to know. What is told late, or again within a minute, calls nobody; by direct message it
//! comes without a sound then. Whose right is not confirmed is told nothing. Cannot fail.

use std::collections::BTreeMap;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::interpreter::Happened;
use isr_core::text::cut_finished;
use isr_core::voice::{Known, Pick, Telling, Told};
use isr_store::WatchRow;

use super::rules::Rules;
use super::translate::Place;
use super::watches::LATE_MS;
use crate::bot::watching::Watchers;

/// The parts of a delivery's identity from here on are those of notices.
const FIRST_PART: u32 = 1 << 31;
/// Room for what happened, in UTF-16 units; the rest of a message is for those who are called.
const ROOM: usize = 400;
/// So many people are called by one notice.
const MOST_CALLED: usize = 50;

/// The notices of one event, which is the `number`th of its line.
pub(super) fn notices(
    (wanted, watchers): (&[WatchRow], &Watchers),
    rules: &Rules,
    happened: &Happened,
    (place, number, now_ms): (Place, u32, i64),
) -> Vec<NewDelivery> {
    let mut concerned: BTreeMap<u64, Vec<&WatchRow>> = BTreeMap::new();
    for row in wanted {
        if row.watch.concerns(&rules.server, &happened.event) && watchers.tells(row, now_ms) {
            concerned.entry(row.watch.told_in()).or_default().push(row);
        }
    }
    if concerned.is_empty() {
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
    let is_late = now_ms.saturating_sub(happened.when.unix_ms()) > LATE_MS;
    let notice = |(channel, rows): (u64, Vec<&WatchRow>)| {
        // Who reads alone is called by the message itself: Discord rings unless it says otherwise.
        let is_direct = rows.iter().any(|row| row.watch.direct.is_some());
        let called = rows
            .into_iter()
            .take(MOST_CALLED)
            .filter(|row| !is_late && watchers.calls(row.number, id, now_ms));
        let people = called.map(|row| row.watch.person).collect();
        let pings = Pings::targets(people, Vec::new()).unwrap_or_default();
        NewDelivery {
            id,
            destination: Destination::new(&format!("channel:{channel}")),
            server: rules.server.clone(),
            kind: KindName::fixed("notice"),
            form: Form::Line,
            text: match &pings {
                _ if is_direct => format!("🔔 {what} (`{}`)", rules.server),
                Pings::Nobody => format!("🔔 {what} (`{}`)", rules.server),
                pings => format!("🔔 {} {what} (`{}`)", pings.words(), rules.server),
            },
            username: None,
            subject: None,
            pings,
            happened_ms: happened.when.unix_ms(),
            seen_ms: now_ms,
        }
    };
    concerned.into_iter().map(notice).collect()
}

#[cfg(test)]
mod tests {
    use isr_core::ageing::{Reading, When};
    use isr_core::event::Event;
    use isr_core::source::GenerationId;
    use isr_core::watching::{Watch, Watched};

    use super::*;
    use crate::config::tests::Scene;
    use crate::relay::plan;

    const NOW_MS: i64 = 1_795_000_000_000;

    /// A join that was `ago` ms ago, told to the watch of person 11; whom it calls.
    fn called(watchers: &Watchers, offset: u64, ago: i64, now_ms: i64) -> Vec<u64> {
        let config = Scene::ready().accepted().config;
        let rules = plan::rules(&config.servers[0], &config.limits);
        let row = WatchRow {
            number: 1,
            watch: Watch {
                person: 11,
                server: rules.server.clone(),
                what: Watched::Player("Ann".into()),
                channel: 5,
                guild: Some(6),
                direct: None,
            },
            confirmed_ms: now_ms,
            ended: None,
        };
        let event = Event::Join { player: "Ann".into() };
        let when = When::Stamped(now_ms - ago);
        let happened = Happened { event, when };
        let place = Place {
            generation: GenerationId(1),
            offset,
            reading: Reading::Live,
        };
        let made = notices((&[row], watchers), &rules, &happened, (place, 0, now_ms));
        let [notice] = &made[..] else { panic!("{made:?}") };
        assert!(
            notice.text.starts_with("🔔 ") && notice.text.contains("Ann"),
            "told all the same"
        );
        match &notice.pings {
            Pings::Targets { users, .. } => {
                assert!(notice.text.contains("<@11>"), "{}", notice.text);
                users.clone()
            }
            _ => {
                assert!(!notice.text.contains("<@"), "{}", notice.text);
                Vec::new()
            }
        }
    }

    #[test]
    fn a_player_who_comes_and_goes_calls_once_a_minute_and_is_told_each_time() {
        let watchers = Watchers::default();
        let each_3_s: Vec<usize> = (0..21)
            .map(|n| called(&watchers, n, 0, NOW_MS + i64::try_from(n).unwrap() * 3_000).len())
            .collect();
        let mut expected = vec![0; 21];
        (expected[0], expected[20]) = (1, 1);
        assert_eq!(each_3_s, expected);
    }

    #[test]
    fn what_is_older_than_an_hour_calls_nobody_and_uses_up_no_call() {
        let watchers = Watchers::default();
        assert_eq!(called(&watchers, 1, 3_600_001, NOW_MS), Vec::<u64>::new());
        assert_eq!(called(&watchers, 2, 3_600_000, NOW_MS), [11]);
    }
}
