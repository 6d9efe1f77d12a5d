//! Channels and routes: names, order, admins, what can never take an event, `WEBHOOK_CHANNELS`.

use isr_core::event::EventKind;

use super::super::{Server, compiled, subject};
use super::{OTHER_WEBHOOK, Scene, WEBHOOK, assert_some_contains};

/// Where an event of a server goes.
fn reached(server: &Server, kind: EventKind) -> Vec<String> {
    let routes = compiled(&server.routes, |_, _| ());
    routes
        .ways(&subject(kind))
        .map(|way| way.destination.to_string())
        .collect()
}

const CHANNELS: &str = "channels:
  public: https://discord.com/api/webhooks/1/canary-public
  thread: https://discord.com/api/webhooks/1/canary-public?thread_id=77
  staff: {webhook: https://discord.com/api/webhooks/2/canary-staff, admins: on}
";

fn scene(rest: &str) -> Scene {
    Scene::ready().yaml(&format!("{CHANNELS}{rest}"))
}

#[test]
fn the_first_route_that_fits_decides_and_the_webhook_of_the_server_takes_the_rest() {
    let scene = scene(
        "routes:
  - {events: [chat, shout], to: [public, thread]}
  - {events: research, to: none}
  - {events: 'research*', to: staff}
",
    );
    let config = scene.accepted().config;
    let server = &config.servers[0];
    assert_eq!(reached(server, EventKind::Chat), ["webhook:1", "webhook:1/77"]);
    assert_eq!(reached(server, EventKind::Research), [""; 0]);
    assert_eq!(reached(server, EventKind::ResearchStarted), ["webhook:2"]);
    assert_eq!(reached(server, EventKind::Join), ["webhook:111"]);
    assert_eq!(reached(server, EventKind::Command), [""; 0]);
}

#[test]
fn the_routes_of_a_server_come_before_those_for_all() {
    let scene = Scene::new().yaml(&format!(
        "{CHANNELS}servers:
  a: {{log_path: /a, webhook: '{WEBHOOK}', routes: [{{events: join, to: [webhook, staff]}}]}}
  b: {{log_path: /b, webhook: '{OTHER_WEBHOOK}'}}
routes:
  - {{events: [join, leave], servers: [a], to: public}}
  - {{events: leave, to: webhook}}
"
    ));
    let config = scene.accepted().config;
    let (a, b) = (&config.servers[0], &config.servers[1]);
    assert_eq!(reached(a, EventKind::Join), ["webhook:111", "webhook:2"]);
    assert_eq!(reached(a, EventKind::Leave), ["webhook:1"]);
    assert_eq!(reached(b, EventKind::Join), ["webhook:222"]);
    assert_eq!(reached(b, EventKind::Leave), ["webhook:222"]);
}

#[test]
fn a_route_for_everything_passes_over_what_is_for_admins_unless_it_leads_to_them() {
    let public = scene(
        "defaults: {admin_webhook: staff, events: {command: on}}
routes: [{events: all, to: public}]
",
    );
    let config = public.accepted().config;
    assert_eq!(
        reached(&config.servers[0], EventKind::Command),
        ["webhook:2"],
        "the admin webhook of the server"
    );
    let without = scene(
        "defaults: {events: {command: on}}
routes: [{events: all, to: [public, staff]}]
",
    );
    let config = without.accepted().config;
    assert_eq!(reached(&config.servers[0], EventKind::Command), ["webhook:2"]);
    assert_eq!(
        reached(&config.servers[0], EventKind::Chat),
        ["webhook:1", "webhook:2"]
    );
}

#[test]
fn what_routes_name_wrongly_is_reported_all_at_once_with_place_and_remedy() {
    let scene = Scene::ready().yaml(
        "channels:
  public: https://discord.com/api/webhooks/1/canary
  none: https://discord.com/api/webhooks/1/canary
webhooks:
  public: https://discord.com/api/webhooks/2/canary
routes:
  - {events: chatt, to: public}
  - {events: chat, to: pubic}
  - {events: chat, servers: factori, to: public}
  - {events: chat}
  - {events: [], to: public}
  - {evens: chat, to: public}
  - {events: command, to: public}
  - {events: join, to: admin_webhook}
  - {events: join, to: [none, public]}
  - nonsense
",
    );
    let problems = scene.problems();
    for part in [
        "factorio-isr.yml:3:3: `none` cannot be the name of a channel",
        "factorio-isr.yml:2:3: `public` is the name of a webhook and of a channel",
        "factorio-isr.yml:7:14: unknown event `chatt`\n    remedy: did you mean `chat`?",
        "factorio-isr.yml:8:24: a route leads to `pubic`, which is no channel and no webhook\n    remedy: did you mean `public`?",
        "factorio-isr.yml:9:29: there is no server `factori`\n    remedy: did you mean `factorio`?",
        "factorio-isr.yml:10:5: the route does not say where its events go",
        "factorio-isr.yml:11:5: `events` names nothing",
        "factorio-isr.yml:12:6: unknown key `evens` in a route\n    remedy: did you mean `events`?",
        "factorio-isr.yml:13:5: `command` is for admins only, and this route leads to no channel of theirs",
        "factorio-isr.yml:14:24: this route leads to admin_webhook, and the server factorio has none",
        "factorio-isr.yml:15:25: the route leads to none and to something else",
        "factorio-isr.yml:16:5: a route has to hold keys with values",
    ] {
        assert_some_contains(&problems, part);
    }
    let text = problems.join("\n");
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn a_route_that_can_never_take_an_event_is_reported_with_the_reason() {
    let problems = scene(
        "routes:
  - {events: [chat, join], to: public}
  - {events: chat, to: staff}
  - {events: color, to: staff}
  - {events: 'comm*', to: public}
  - {events: all, to: webhook}
  - {to: none}
",
    )
    .problems();
    assert_eq!(problems.len(), 4, "{problems:#?}");
    for part in [
        "factorio-isr.yml:7:5: this route can never take an event: routes before it take all its events",
        "factorio-isr.yml:8:5: this route can never take an event: all its events are switched off",
        "factorio-isr.yml:9:5: this route can never take an event: all its events are for admins only",
        "factorio-isr.yml:11:5: this route can never take an event: routes before it take all its events",
    ] {
        assert_some_contains(&problems, part);
    }
}

#[test]
fn webhook_channels_of_the_first_release_are_channels() {
    let given = r#"{"general": "https://discord.com/api/webhooks/5/canary", "night shift": "https://discord.com/api/webhooks/6/canary"}"#;
    let scene = Scene::ready()
        .with("WEBHOOK_CHANNELS", given)
        .yaml("routes: [{events: chat, to: general}]\n");
    let config = scene.accepted().config;
    assert_eq!(reached(&config.servers[0], EventKind::Chat), ["webhook:5"]);
    let routes = compiled(&config.servers[0].routes, |_, _| ());
    let mut of_a_pattern = subject(EventKind::Milestone);
    let mut at = |channel| {
        of_a_pattern.channel = Some(channel);
        let way = routes.ways(&of_a_pattern).next().expect("a way");
        way.destination.to_string()
    };
    assert_eq!(at("night shift"), "webhook:6");
    assert_eq!(at("unknown"), "webhook:111", "the main webhook");
}

#[test]
fn webhook_channels_that_make_no_sense_are_noted_and_ignored() {
    for bad in ["{", "[]", "general=x", "\"x\""] {
        let notes = Scene::ready().with("WEBHOOK_CHANNELS", bad).notes();
        assert_some_contains(&notes, "WEBHOOK_CHANNELS is not used: it has to be a JSON object");
    }
    let scene = Scene::ready().with(
        "WEBHOOK_CHANNELS",
        r#"{"a": "https://example.org/canary", "b": 5, "c": "https://discord.com/api/webhooks/5/canary"}"#,
    );
    let notes = scene.notes();
    assert_some_contains(&notes, "the channel `a` is not used");
    assert_some_contains(
        &notes,
        "the channel `b` is not used: its value has to be a webhook address",
    );
    assert!(!notes.join("\n").contains("canary"), "{notes:#?}");
    assert!(scene.load().is_ok());
}

const PATTERNS: &str = "events:
  silo: {pattern: '^.SILO. (?<player>.+) built', kind: mod.silo, message: '{player}'}
  lost: {pattern: '^.LOST. (?<message>.+)', kind: mod.lost, message: '{message}', channel: nowhere}
";

#[test]
fn routes_know_the_events_of_patterns() {
    let scene = scene(
        "routes:
  - {events: 'mod.*', patterns: silo, to: public}
  - {events: mod.lost, to: thread}
",
    )
    .file("work/patterns/mine.yml", PATTERNS);
    scene.accepted();
    assert_some_contains(
        &scene.notes(),
        "1 pattern asks for the channel `nowhere`, which does not exist: the webhook of the server takes its place",
    );
}

#[test]
fn routes_to_events_that_no_pattern_brings_are_reported() {
    let problems = scene(
        "routes:
  - {events: mod.silos, to: public}
  - {patterns: silos, to: public}
  - {events: 'mood.*', to: public}
  - {channels: silos, to: public}
",
    )
    .file("work/patterns/mine.yml", PATTERNS)
    .problems();
    for part in [
        "factorio-isr.yml:6:14: unknown event `mod.silos`\n    remedy: did you mean `mod.silo`?",
        "factorio-isr.yml:7:16: there is no pattern `silos` that is on\n    remedy: did you mean `silo`?",
        "factorio-isr.yml:8:14: unknown event `mood.*`",
        "factorio-isr.yml:9:5: this route can never take an event: no event is like this",
    ] {
        assert_some_contains(&problems, part);
    }
}

#[test]
fn the_shipped_patterns_ask_for_no_channel_that_an_admin_has_to_make() {
    let notes = Scene::ready().notes().join("\n");
    assert!(!notes.contains("channel"), "{notes}");
}
