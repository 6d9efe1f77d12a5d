//! Tests of the filters: what they ask for, their order, and their rates.

use std::time::Duration;

use jiff::civil::time;
use jiff::tz::TimeZone;

use super::*;
use crate::event::EventKind;
use crate::route::KindPattern;

fn filter(name: &'static str) -> Filter {
    Filter {
        name: RuleName::fixed(name),
        when: Condition::default(),
        players: None,
        text: Vec::new(),
        hours: None,
        beyond: None,
        then: Then::Suppress,
    }
}

fn chat(player: &str, text: &str) -> Event {
    Event::Chat {
        player: player.to_owned(),
        text: text.to_owned(),
    }
}

fn judged<'a>(filters: &'a Filters, counted: &mut Counted, event: &Event, at_ms: i64) -> Option<&'a str> {
    let kind = event.kind();
    let subject = Subject {
        kind: kind.as_str(),
        audience: kind.audience(),
        pattern: None,
        channel: None,
    };
    let candidate = Candidate::new(subject, event, at_ms);
    filters.suppresses(&candidate, counted).map(RuleName::as_str)
}

fn once<'a>(filters: &'a Filters, event: &Event) -> Option<&'a str> {
    judged(filters, &mut filters.fresh(), event, 0)
}

#[test]
fn without_filters_nothing_is_suppressed() {
    assert_eq!(once(&Filters::default(), &chat("Bob", "hello")), None);
}

#[test]
fn everything_that_a_filter_mentions_has_to_be_true() {
    let mut asks = filter("spam");
    asks.when.kinds = vec![KindPattern::Exactly(EventKind::Chat.into())];
    asks.players = Some(Expression::names(&["bot*", "Mallory"]).expect("names"));
    asks.text = vec![
        Expression::words(&["free", "gift"]).expect("words"),
        Expression::regex(r"\bnow$").expect("regex"),
    ];
    let filters = Filters::new(vec![asks]);
    assert_eq!(once(&filters, &chat("BOT7", "FREE stuff now")), Some("spam"));
    assert_eq!(once(&filters, &chat("mallory", "a gift, now")), Some("spam"));
    for (player, text) in [
        ("Bob", "free now"),
        ("bot7", "free later"),
        ("bot7", "right now"),
        ("a bot", "free now"),
    ] {
        assert_eq!(once(&filters, &chat(player, text)), None, "{player}: {text}");
    }
    let join = Event::Join {
        player: "bot7".into(),
    };
    assert_eq!(once(&filters, &join), None);
}

#[test]
fn a_filter_that_lets_pass_is_stronger_than_those_below_it() {
    let mut friend = filter("friend");
    friend.players = Some(Expression::names(&["Ann"]).expect("names"));
    friend.then = Then::Pass;
    let filters = Filters::new(vec![friend, filter("all")]);
    assert_eq!(once(&filters, &chat("Ann", "hi")), None);
    assert_eq!(once(&filters, &chat("Bob", "hi")), Some("all"));
}

#[test]
fn a_rate_counts_for_each_player_by_the_time_of_the_event() {
    let mut slow = filter("slow");
    slow.beyond = Some(Beyond {
        rate: Rate::new(2, Duration::from_secs(60)),
        per: Per::Player,
    });
    let filters = Filters::new(vec![slow]);
    let mut counted = filters.fresh();
    let mut at = |player: &str, seconds: i64| {
        judged(&filters, &mut counted, &chat(player, "x"), seconds * 1000).is_some()
    };
    assert_eq!([at("a", 0), at("a", 1), at("a", 2)], [false, false, true]);
    assert!(!at("b", 2), "another player");
    assert!(!at("a", 70), "a minute later");
}

#[test]
fn hours_are_asked_of_the_event() {
    let mut night = filter("night");
    night.hours = Some(Hours::new(time(22, 0, 0, 0), time(6, 0, 0, 0), TimeZone::UTC));
    let filters = Filters::new(vec![night]);
    let hour = 3_600_000;
    let mut counted = filters.fresh();
    assert_eq!(
        judged(&filters, &mut counted, &chat("a", "x"), 23 * hour),
        Some("night")
    );
    assert_eq!(judged(&filters, &mut counted, &chat("a", "x"), 12 * hour), None);
}

#[test]
fn an_expression_that_cannot_be_read_says_why() {
    let why = Expression::regex("(a").unwrap_err();
    assert_eq!(why, "unclosed group");
    let why = Expression::regex("(?=a)b").unwrap_err();
    assert!(why.contains("look-around"), "{why}");
    assert_eq!(
        Expression::regex("(a{1000}){1000}").unwrap_err(),
        "it is too large"
    );
}

#[test]
fn what_a_kind_is_said_to_have_is_what_its_events_have() {
    for kind in EventKind::ALL
        .into_iter()
        .filter(|kind| *kind != EventKind::Custom)
    {
        let of_kind: Vec<Event> = crate::voice::tests::samples()
            .into_iter()
            .map(|(event, _)| event)
            .filter(|event| event.kind() == kind)
            .collect();
        let has = |wanted: fn(&Event) -> bool| of_kind.iter().any(wanted);
        assert!(!of_kind.is_empty(), "no sample of {kind:?}");
        assert_eq!(
            has_player(kind),
            has(|event| player_and_text(event).0.is_some()),
            "{kind:?}"
        );
        assert_eq!(
            has_words(kind),
            has(|event| player_and_text(event).1.is_some()),
            "{kind:?}"
        );
    }
}

#[test]
fn a_kind_is_kept_back_as_a_whole_only_by_a_filter_that_asks_for_nothing_else() {
    let of = |name, kind: &str, then| {
        let mut filter = filter(name);
        filter.when.kinds = vec![KindPattern::parse(kind)];
        filter.then = then;
        filter
    };
    let always = |filters: Vec<Filter>, kind: EventKind| {
        let subject = Subject {
            kind: kind.as_str(),
            audience: kind.audience(),
            pattern: None,
            channel: None,
        };
        let filters = Filters::new(filters);
        filters
            .always_suppresses(&subject)
            .map(|name| name.as_str().to_owned())
    };
    let whole = || of("whole", "chat", Then::Suppress);
    let mut words = of("words", "chat", Then::Suppress);
    words.text = vec![Expression::words(&["free"]).expect("words")];
    let mut saved = of("saved", "chat", Then::Pass);
    saved.players = Some(Expression::names(&["Ann"]).expect("names"));
    assert_eq!(always(vec![whole()], EventKind::Chat).as_deref(), Some("whole"));
    assert_eq!(always(vec![whole()], EventKind::Join), None);
    assert_eq!(always(vec![words.clone()], EventKind::Chat), None);
    assert_eq!(
        always(vec![words, whole()], EventKind::Chat).as_deref(),
        Some("whole")
    );
    assert_eq!(
        always(vec![saved, whole()], EventKind::Chat),
        None,
        "Ann's is posted"
    );
}

#[test]
fn a_filter_that_a_reload_leaves_as_it_is_goes_on_counting() {
    let limited = |name| Filter {
        beyond: Some(Beyond {
            rate: Rate::new(1, Duration::from_secs(60)),
            per: Per::Player,
        }),
        ..filter(name)
    };
    let before = Filters::new(vec![limited("a")]);
    let mut counted = before.fresh();
    let hello = chat("Bob", "hello");
    assert_eq!(judged(&before, &mut counted, &hello, 0), None);
    // Another one stands before it now, which lets the first line of its own pass.
    let mut other = limited("b");
    other.players = Some(Expression::names(&["Ann"]).expect("names"));
    let after = Filters::new(vec![other, limited("a")]);
    let mut carried = after.carry(&before, &counted);
    assert_eq!(judged(&after, &mut carried, &hello, 1), Some("a"));
    // What it asks for has changed: it begins anew.
    let mut changed = limited("a");
    changed.players = Some(Expression::names(&["B*"]).expect("names"));
    let after = Filters::new(vec![changed]);
    let mut carried = after.carry(&before, &counted);
    assert_eq!(judged(&after, &mut carried, &hello, 1), None);
}
