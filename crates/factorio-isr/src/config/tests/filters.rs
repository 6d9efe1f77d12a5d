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
        "factorio-isr.yml:6:21: rate is `often`: this is not a rate",
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
