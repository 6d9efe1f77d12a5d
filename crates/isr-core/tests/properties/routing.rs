//! Each event reaches exactly the destinations that the first fitting route names, and what is for admins no other.

use isr_core::delivery::Destination;
use isr_core::event::{Audience, EventKind};
use isr_core::route::{Condition, KindPattern, Route, Routes, Subject, Way};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

const KINDS: [&str; 7] = [
    "chat", "join", "research", "command", "color", "mod.silo", "mod.x",
];
const ASKED: [&str; 6] = ["*", "mod.*", "chat", "research", "command", "mod.silo"];
const NAMES: [&str; 3] = ["one", "two", "three"];

/// A route as a person thinks of it.
#[derive(Debug, Clone)]
struct Written {
    kinds: Vec<&'static str>,
    patterns: Vec<&'static str>,
    to: Vec<(usize, Audience)>,
}

fn audience() -> impl Strategy<Value = Audience> {
    select(vec![Audience::Everyone, Audience::Admins])
}

fn written() -> impl Strategy<Value = Written> {
    (
        subsequence(ASKED.to_vec(), 0..3),
        subsequence(NAMES.to_vec(), 0..2),
        prop::collection::vec((0_usize..4, audience()), 0..4),
    )
        .prop_map(|(kinds, patterns, to)| Written { kinds, patterns, to })
}

fn compiled(written: &[Written]) -> Routes<()> {
    let route = |route: &Written| {
        let when = Condition {
            kinds: route.kinds.iter().map(|kind| KindPattern::parse(kind)).collect(),
            patterns: route.patterns.iter().map(|name| (*name).into()).collect(),
            ..Condition::default()
        };
        let way = |(number, readers): &(usize, Audience)| Way {
            destination: Destination::new(&number.to_string()),
            readers: *readers,
            style: (),
        };
        Route::new(when, route.to.iter().map(way).collect())
    };
    Routes::new(written.iter().map(route).collect())
}

/// The same decision, written down a second time without the types.
fn expected(written: &[Written], subject: &Subject<'_>) -> Vec<String> {
    let is_asked_for = |route: &Written| {
        let kind = route.kinds.is_empty()
            || route.kinds.iter().any(|asked| {
                *asked == subject.kind
                    || asked
                        .strip_suffix('*')
                        .is_some_and(|start| subject.kind.starts_with(start))
            });
        let pattern =
            route.patterns.is_empty() || subject.pattern.is_some_and(|name| route.patterns.contains(&name));
        kind && pattern
    };
    for route in written.iter().filter(|route| is_asked_for(route)) {
        if route.to.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (number, _) in &route.to {
            let is_for_admins = route.to.contains(&(*number, Audience::Admins));
            let name = number.to_string();
            if (subject.audience == Audience::Everyone || is_for_admins) && !found.contains(&name) {
                found.push(name);
            }
        }
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

proptest! {
    #[test]
    fn each_event_reaches_exactly_what_the_table_says(
        written in prop::collection::vec(written(), 0..8),
        kind in any::<Index>(),
        pattern in prop::option::of(select(NAMES.to_vec())),
        of_a_pattern in audience(),
    ) {
        let kind = *kind.get(&KINDS);
        let audience = EventKind::from_name(kind).map_or(of_a_pattern, EventKind::audience);
        let subject = Subject { kind, audience, pattern, channel: None };
        let routes = compiled(&written);
        let found: Vec<String> = routes.ways(&subject).map(|way| way.destination.to_string()).collect();
        prop_assert_eq!(&found, &expected(&written, &subject));
        if audience == Audience::Admins {
            for way in routes.ways(&subject) {
                prop_assert_eq!(way.readers, Audience::Admins);
            }
        }
    }
}
