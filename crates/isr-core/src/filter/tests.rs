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
