//! Filters and quiet hours: what is read, and what is refused with its place.

use super::{Scene, assert_some_contains};

#[test]
fn quiet_hours_of_a_server_are_stronger_than_those_of_all() {
    let scene = Scene::new().yaml(
        "defaults:
  webhook: terminal
  quiet_hours: {from: 22:00, to: 07:00}
servers:
  a: {log_path: /a, time_zone: America/New_York}
  b: {log_path: /b, quiet_hours: off}
  c: {log_path: /c, quiet_hours: {from: 23:30, to: 06:00, time_zone: UTC, events: [join, leave]}}
",
    );
    let servers = scene.accepted().config.servers;
    assert!(servers[0].quiet_hours.is_some() && servers[1].quiet_hours.is_none());
    assert_eq!(
        servers[2].quiet_hours.as_ref().map(|quiet| quiet.kinds.len()),
        Some(2)
    );
    assert_eq!(
        scene.shown("servers.a.quiet_hours").0,
        "22:00 to 07:00 (America/New_York)"
    );
    assert_eq!(scene.shown("servers.c.quiet_hours").0, "23:30 to 06:00 (UTC)");
}

#[test]
fn what_is_wrong_with_filters_is_reported_all_at_once_with_place_and_remedy() {
    let problems = Scene::ready()
        .yaml(
            "filters:
  - {name: a, events: chatt}
  - {events: chat}
  - {name: b, matches: '(a'}
  - {name: c, matches: '(?<=a)b'}
  - {name: d, rate: often}
  - {name: e, between: 22:00}
  - {name: f}
  - {name: g, events: chat}
  - {name: g, events: join}
  - {name: h, events: chat, regex: x}
  - {name: 'i/j', events: chat}
defaults:
  quiet_hours: {from: 22:00, too: 7:00}
",
        )
        .problems();
    for part in [
        "factorio-isr.yml:2:23: unknown event `chatt`\n    remedy: did you mean `chat`?",
        "factorio-isr.yml:3:5: the filter has no name",
        "factorio-isr.yml:4:24: matches is `(a`: unclosed group",
        "factorio-isr.yml:5:24: matches is `(?<=a)b`: look-around",
        "factorio-isr.yml:6:21: rate is `often`: this does not say how often in how long a time",
        "factorio-isr.yml:7:24: between is `22:00`: these are no two times of day",
        "factorio-isr.yml:8:5: this filter would keep every event back",
        "factorio-isr.yml:10:12: two filters are called `g`",
        "factorio-isr.yml:11:29: unknown key `regex` in a filter",
        "factorio-isr.yml:12:12: `i/j` cannot be the name of a filter",
        "factorio-isr.yml:14:30: unknown key `too` in quiet_hours",
        "factorio-isr.yml:14:16: quiet_hours does not say from when to when",
    ] {
        assert_some_contains(&problems, part);
    }
}

/// One filter, alone in its file.
fn only(filter: &str) -> Scene {
    Scene::ready().yaml(&format!("filters:\n  - {filter}\n"))
}

#[test]
fn an_expression_that_matches_everything_is_refused() {
    for (matches, expected) in [
        ("''", "`matches` in a filter says nothing"),
        ("", "`matches` in a filter says nothing"),
        (
            "a*",
            "matches is `a*`: this matches an empty text, and so every one",
        ),
        ("'|free'", "matches is `|free`: this matches an empty text"),
        ("'()'", "matches is `()`: this matches an empty text"),
    ] {
        let scene = only(&format!("{{name: a, events: chat, matches: {matches}}}"));
        assert_some_contains(&scene.problems(), expected);
    }
    only("{name: a, events: chat, matches: 'a+'}").accepted();
}

#[test]
fn every_rate_has_the_same_grammar() {
    for rate in ["60 per 1min", "60/60s", "60 per min"] {
        let yaml = format!(
            "filters:\n  - {{name: a, events: chat, rate: {rate}}}\nabuse: {{chat: {rate}}}\nmentions: {{limits: {{per_player: {rate}}}}}\n"
        );
        Scene::ready().yaml(&yaml).accepted();
    }
}

#[test]
fn a_key_of_a_filter_that_would_change_nothing_is_refused() {
    for (filter, expected) in [
        (
            "{name: a, events: chat, per: kind}",
            "factorio-isr.yml:2:34: `per` says what has a rate of its own",
        ),
        (
            "{name: a, events: [leave, chat], text: x}",
            "the filter asks for words, and `leave` has none",
        ),
        (
            "{name: a, events: leave, matches: x}",
            "the filter asks for words, and `leave` has none",
        ),
        (
            "{name: a, events: desync, players: Bob}",
            "the filter asks for a player, and `desync` has none",
        ),
        (
            "{name: a, events: chat, text: }",
            "`text` in a filter says nothing",
        ),
    ] {
        assert_some_contains(&only(filter).problems(), expected);
    }
    only("{name: a, events: [chat, death], text: x, players: Bob, rate: 1/1s, per: kind}").accepted();
}

#[test]
fn a_filter_that_those_before_it_cover_is_refused() {
    let refused = |filters: &[&str]| {
        let lines: Vec<String> = filters.iter().map(|filter| format!("  - {filter}\n")).collect();
        let scene = Scene::ready().yaml(&format!("filters:\n{}", lines.concat()));
        scene.load().err().map(|refused| refused.to_string())
    };
    for covered in [
        &["{name: a, events: chat}", "{name: b, events: chat, text: x}"][..],
        &[
            "{name: a, events: chat, post: on}",
            "{name: b, events: chat, rate: 1/1s}",
        ],
        &["{name: a, events: all}", "{name: b, players: Bob}"],
        &[
            "{name: a, events: chat}",
            "{name: b, events: leave}",
            "{name: c, events: [chat, leave], players: Bob}",
        ],
    ] {
        let told = refused(covered).unwrap_or_default();
        assert!(
            told.contains("can never apply: `a` before it"),
            "{covered:?}: {told}"
        );
    }
    for alive in [
        &["{name: a, events: chat, text: x}", "{name: b, events: chat}"][..],
        &["{name: a, events: chat}", "{name: b, events: [chat, leave]}"],
        &[
            "{name: a, events: chat, between: 22:00-07:00}",
            "{name: b, events: chat, text: x}",
        ],
        &["{name: a, events: chat}", "{name: b, players: Bob}"],
        &[
            "{name: a, events: chat, servers: factorio}",
            "{name: b, events: chat, text: x}",
        ],
    ] {
        assert_eq!(refused(alive), None, "{alive:?}");
    }
}
