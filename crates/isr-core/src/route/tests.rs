//! Tests of the routes: order, several destinations, none, and what is for admins only.

use super::*;
use crate::event::EventKind;

fn of(kind: EventKind) -> Subject<'static> {
    Subject {
        kind: kind.as_str(),
        audience: kind.audience(),
        pattern: None,
        channel: None,
    }
}

fn way(name: &str, readers: Audience) -> Way<()> {
    Way {
        destination: Destination::new(name),
        readers,
        style: (),
    }
}

fn kinds(names: &[&str]) -> Condition {
    Condition {
        kinds: names.iter().map(|name| KindPattern::parse(name)).collect(),
        ..Condition::default()
    }
}

fn reached(routes: &Routes<()>, subject: &Subject<'_>) -> Vec<String> {
    routes
        .ways(subject)
        .map(|way| way.destination.to_string())
        .collect()
}

#[test]
fn the_first_route_that_fits_decides_alone() {
    let routes = Routes::new(vec![
        Route::new(kinds(&["chat"]), vec![way("a", Audience::Everyone)]),
        Route::new(
            kinds(&["*"]),
            vec![way("b", Audience::Everyone), way("c", Audience::Everyone)],
        ),
    ]);
    assert_eq!(reached(&routes, &of(EventKind::Chat)), ["a"]);
    assert_eq!(reached(&routes, &of(EventKind::Join)), ["b", "c"]);
}

#[test]
fn a_route_without_destinations_keeps_the_event_back() {
    let routes = Routes::new(vec![
        Route::new(kinds(&["research*"]), Vec::new()),
        Route::new(kinds(&[]), vec![way("a", Audience::Everyone)]),
    ]);
    assert_eq!(reached(&routes, &of(EventKind::ResearchStarted)), [""; 0]);
    assert_eq!(reached(&routes, &of(EventKind::Chat)), ["a"]);
}

#[test]
fn what_is_for_admins_passes_over_a_route_that_has_no_way_for_them() {
    let routes = Routes::new(vec![
        Route::new(kinds(&["*"]), vec![way("public", Audience::Everyone)]),
        Route::new(
            kinds(&["*"]),
            vec![way("public", Audience::Everyone), way("staff", Audience::Admins)],
        ),
    ]);
    assert_eq!(reached(&routes, &of(EventKind::Chat)), ["public"]);
    assert_eq!(reached(&routes, &of(EventKind::Command)), ["staff"]);
}

#[test]
fn a_destination_that_is_named_twice_gets_an_event_once() {
    let twice = vec![way("a", Audience::Everyone), way("a", Audience::Admins)];
    let routes = Routes::new(vec![Route::new(kinds(&["*"]), twice)]);
    assert_eq!(reached(&routes, &of(EventKind::Command)), ["a"]);
}

#[test]
fn patterns_and_channels_are_asked_for_by_name() {
    let mut when = kinds(&["mod.*"]);
    when.patterns = vec!["silo".into()];
    when.channels = vec!["rockets".into()];
    let routes = Routes::new(vec![Route::new(when, vec![way("a", Audience::Everyone)])]);
    let silo = Subject {
        kind: "mod.silo",
        audience: Audience::Everyone,
        pattern: Some("silo"),
        channel: Some("rockets"),
    };
    assert_eq!(reached(&routes, &silo), ["a"]);
    let others = [
        Subject {
            kind: "modern",
            ..silo
        },
        Subject {
            pattern: Some("other"),
            ..silo
        },
        Subject {
            pattern: None,
            ..silo
        },
        Subject {
            channel: None,
            ..silo
        },
    ];
    for other in others {
        assert_eq!(reached(&routes, &other), [""; 0], "{other:?}");
    }
}
