//! Several servers: what each reads, where its messages go, and that no file is read twice.

use std::os::unix::fs::symlink;

use factorio_log::{Dialect, Dialects, Grammar, Prefix, PromisedForms};
use isr_core::event::EventKind;
use isr_core::source::Stream;

use super::super::{ChatName, Chosen, ConsoleLog, GameLog, Server, Target};
use super::{OTHER_WEBHOOK, Scene, WEBHOOK, assert_some_contains};

fn lane(server: &Server) -> String {
    server.target.destination().to_string()
}

#[test]
fn a_server_has_its_own_options_and_takes_the_rest_from_defaults() {
    let scene = Scene::new().yaml(&format!(
        "webhooks: {{main: '{WEBHOOK}'}}\n\
         defaults: {{webhook: main, time_zone: UTC, player_names_as_webhook_name: on, events: {{research: off}}}}\n\
         servers:\n\
         \x20 north: {{log_path: /n/console.log, name: North base, dialects: {{redmew: off}}, promised_forms: off}}\n\
         \x20 south: {{log_path: '-', game_log: off, time_zone: America/New_York, webhook: '{OTHER_WEBHOOK}',\n\
         \x20         player_names_as_webhook_name: no, events: {{research: on, chat: off}}, siblings: 'console.*', prefix: docker-compose}}\n"
    ));
    let config = scene.accepted().config;
    let [north, south] = config.servers.as_slice() else {
        panic!("two servers")
    };
    assert_eq!(
        (north.name.as_str(), south.name.as_str()),
        ("North base", "south")
    );
    assert_eq!(
        (lane(north).as_str(), lane(south).as_str()),
        ("webhook:111", "webhook:222")
    );
    assert_eq!(
        (north.chat_name, south.chat_name),
        (ChatName::Player, ChatName::Bot)
    );
    assert_eq!(
        (north.time_zone.name.as_str(), south.time_zone.name.as_str()),
        ("UTC", "America/New_York")
    );
    assert!(!north.events.contains(EventKind::Research) && north.events.contains(EventKind::Chat));
    assert!(south.events.contains(EventKind::Research) && !south.events.contains(EventKind::Chat));
    let without_redmew = Dialects::all().without(Dialect::RedMew);
    let expected = Grammar::new()
        .with_dialects(without_redmew)
        .with_promised_forms(PromisedForms::Off);
    assert_eq!(north.grammar, expected);
    assert_eq!(south.grammar, Grammar::new().with_prefix(Prefix::DockerCompose));
    assert_eq!(south.siblings.as_deref(), Some("console.*"));
    assert_eq!(
        (&south.log, &south.game_log),
        (&Some(ConsoleLog::StandardInput), &GameLog::Off)
    );
    assert_eq!(north.game_log, GameLog::Beside("/n/factorio-current.log".into()));
    let streams: Vec<_> = north
        .streams()
        .into_iter()
        .map(|plan| (plan.stream, plan.chosen))
        .collect();
    assert_eq!(
        streams,
        [
            (Stream::Console, Chosen::Named),
            (Stream::Game, Chosen::WhenPresent)
        ]
    );
    assert_eq!(south.streams().len(), 1);
}

#[test]
fn the_webhook_of_the_environment_serves_servers_without_one() {
    let yaml = format!(
        "servers:\n  a: {{log_path: /a.log}}\n  b: {{log_path: /b.log, webhook: '{OTHER_WEBHOOK}'}}\n"
    );
    let scene = Scene::new().with("DISCORD_WEBHOOK_URL", WEBHOOK).yaml(&yaml);
    let config = scene.accepted().config;
    assert_eq!(
        (
            lane(&config.servers[0]).as_str(),
            lane(&config.servers[1]).as_str()
        ),
        ("webhook:111", "webhook:222")
    );
    let yaml = format!("servers: {{a: {{log_path: /a.log, webhook: '{OTHER_WEBHOOK}'}}}}\n");
    let scene = Scene::new().with("DISCORD_WEBHOOK_URL", WEBHOOK).yaml(&yaml);
    assert_some_contains(&scene.notes(), "variable DISCORD_WEBHOOK_URL: not used");
}

#[test]
fn the_log_path_of_the_environment_is_for_one_server_only() {
    let one = Scene::new()
        .with("FACTORIO_LOG_PATH", "/outside.log")
        .yaml("servers: {a: {log_path: /a.log}}\n");
    assert_eq!(
        one.accepted().config.servers[0].log,
        Some(ConsoleLog::File("/outside.log".into()))
    );
    assert_some_contains(
        &one.notes(),
        "servers.a.log_path is not used: variable FACTORIO_LOG_PATH is stronger",
    );
    let two = Scene::new()
        .with("FACTORIO_LOG_PATH", "/outside.log")
        .yaml("servers:\n  a: {log_path: /a.log}\n  b: {log_path: /b.log}\n");
    assert_some_contains(&two.problems(), "variable FACTORIO_LOG_PATH: this names one log");
}

#[test]
fn a_server_without_a_log_is_refused_at_its_place() {
    let scene = Scene::new().yaml("servers:\n  a: {log_path: /a.log}\n  b:\n");
    assert_some_contains(
        &scene.problems(),
        "factorio-isr.yml:3:3: servers.b.log_path is missing",
    );
}

#[test]
fn a_tag_that_cannot_be_a_label_is_refused() {
    let scene = Scene::new().yaml("servers: {'a b': {log_path: /a.log}}\n");
    assert_some_contains(
        &scene.problems(),
        "factorio-isr.yml:1:11: `a b` cannot be the name of a server",
    );
}

#[test]
fn f19_two_paths_that_reach_one_file_are_refused() {
    let two = "servers:\n  a: {log_path: one.log}\n  b: {log_path: two.log}\n";
    let hard = Scene::new().file("work/one.log", "x").yaml(two);
    std::fs::hard_link(hard.path("work/one.log"), hard.path("work/two.log")).expect("hard link");
    let expected = "factorio-isr.yml:3:17: log_path of server b is the same file as log_path of server a";
    assert_some_contains(&hard.problems(), expected);

    let soft = Scene::new().file("work/one.log", "x").yaml(two);
    symlink("one.log", soft.path("work/two.log")).expect("link");
    assert_some_contains(&soft.problems(), expected);

    let dangling = Scene::new().yaml(two);
    symlink("one.log", dangling.path("work/two.log")).expect("link");
    assert_some_contains(&dangling.problems(), expected);

    let same = Scene::new()
        .yaml("servers:\n  a: {log_path: one.log}\n  b: {log_path: ./x/../one.log}\n")
        .folder("work/x");
    assert_some_contains(&same.problems(), "log_path of server b is the same file");

    let game = Scene::new()
        .yaml("servers:\n  a: {log_path: one.log, game_log: two.log}\n  b: {log_path: two.log}\n");
    assert_some_contains(
        &game.problems(),
        "log_path of server b is the same file as game_log of server a",
    );

    let inputs = Scene::new().yaml("servers:\n  a: {log_path: '-'}\n  b: {log_path: \"-\"}\n");
    assert_some_contains(
        &inputs.problems(),
        "log_path of server b is the same file as log_path of server a",
    );

    let different = Scene::new()
        .file("work/one.log", "x")
        .file("work/two.log", "x")
        .yaml(two);
    assert_eq!(different.accepted().config.servers.len(), 2);
}

#[test]
fn f19_a_game_log_beside_two_console_logs_is_read_once() {
    let yaml = "servers:\n  a: {log_path: one.log}\n  b: {log_path: two.log}\n";
    let scene = Scene::new().file("work/factorio-current.log", "").yaml(yaml);
    let config = scene.accepted().config;
    assert_eq!(
        config.servers[0].game_log,
        GameLog::Beside(scene.path("work/factorio-current.log"))
    );
    assert_eq!(config.servers[1].game_log, GameLog::Off);
    assert_some_contains(
        &scene.notes(),
        "is not used as game_log of server b: it is game_log of server a",
    );
}

#[test]
fn the_game_log_is_found_named_or_off() {
    let scene = Scene::ready().file("work/factorio-current.log", "");
    assert_eq!(
        scene.shown("servers.factorio.game_log").0,
        "factorio-current.log (found)"
    );
    let off = Scene::ready().yaml("defaults: {game_log: off}\n");
    assert_eq!(off.accepted().config.servers[0].game_log, GameLog::Off);
    let named = Scene::ready().yaml("defaults: {game_log: /g/factorio-current.log}\n");
    assert_eq!(
        named.accepted().config.servers[0].game_log,
        GameLog::File("/g/factorio-current.log".into())
    );
    let wrong = Scene::new().with("FACTORIO_LOG_PATH", "/g/factorio-current.log");
    assert_eq!(wrong.accepted().config.servers[0].game_log, GameLog::Off);
    assert_some_contains(&wrong.notes(), "never holds chat, joins or leaves");
}

#[test]
fn f18_a_folder_or_a_pipe_is_refused_with_a_remedy_and_a_missing_file_is_not() {
    let folder = Scene::new()
        .folder("work/console.log")
        .with("FACTORIO_LOG_PATH", "console.log");
    let problems = folder.problems();
    assert_some_contains(&problems, "is a folder, not a log file");
    assert_some_contains(&problems, "mount the folder and name the file in it");
    let device = Scene::new().with("FACTORIO_LOG_PATH", "/dev/null");
    assert_some_contains(&device.problems(), "a pipe, a socket or a device");
    let missing = Scene::ready();
    assert_some_contains(
        &missing.notes(),
        "console.log does not exist yet; it is waited for",
    );
    let no_folder = Scene::new().with("FACTORIO_LOG_PATH", "/nowhere/at/all/console.log");
    assert_some_contains(
        &no_folder.notes(),
        "the folder /nowhere/at/all cannot be looked at",
    );
}

#[test]
fn a_webhook_name_that_does_not_exist_is_answered_with_the_nearest() {
    let yaml =
        format!("webhooks: {{main: '{WEBHOOK}'}}\nservers: {{a: {{log_path: /a.log, webhook: mian}}}}\n");
    let problems = Scene::new().yaml(&yaml).problems();
    assert_some_contains(
        &problems,
        "servers.a.webhook is `mian`: neither a webhook address nor a name",
    );
    assert_some_contains(&problems, "did you mean `main`?");
}

#[test]
fn named_webhooks_are_checked_even_when_nobody_uses_them() {
    let scene = Scene::ready().yaml("webhooks: {a: nonsense, terminal: x, b: }\n");
    let problems = scene.problems();
    assert_some_contains(&problems, "webhooks.a is (hidden): this is not a web address");
    assert_some_contains(&problems, "`terminal` cannot be the name of a webhook");
    assert_some_contains(&problems, "the webhook `b` has no address");
    let unused = Scene::ready().yaml(&format!("webhooks: {{a: '{WEBHOOK}'}}\n"));
    assert_some_contains(&unused.notes(), "no server and no route uses the webhook `a`");
}

#[test]
fn what_only_admins_may_see_needs_a_destination_for_admins() {
    let without = Scene::ready().yaml("defaults:\n  events: {command: on}\n");
    assert_some_contains(
        &without.problems(),
        "factorio-isr.yml:2:12: `command` is on, but only admins may see it",
    );
    let with =
        Scene::ready().yaml("defaults: {admin_webhook: terminal, events: {command: on, mod.death: off}}\n");
    let server = &with.accepted().config.servers[0];
    assert!(server.events.contains(EventKind::Command) && !server.events.contains(EventKind::Death));
    assert_eq!(server.admin_target, Some(Target::Terminal));
}

#[test]
fn switches_of_unknown_events_and_dialects_are_answered() {
    let scene =
        Scene::ready().yaml("defaults:\n  events: {jion: off, chat: perhaps}\n  dialects: {red-mew: off}\n");
    let problems = scene.problems();
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert_some_contains(
        &problems,
        "factorio-isr.yml:2:12: unknown event `jion`\n    remedy: did you mean `join`?",
    );
    assert_some_contains(&problems, "`chat` is `perhaps`: this is neither on nor off");
    assert_some_contains(
        &problems,
        "unknown dialect `red-mew`\n    remedy: did you mean `redmew`?",
    );
}

#[test]
fn zones_are_iana_names_posix_rules_or_the_process_zone() {
    let own = Scene::ready().accepted().config;
    assert_eq!(own.servers[0].time_zone.name, "Europe/Berlin");
    let rule = Scene::ready().yaml("defaults: {time_zone: 'CET-1CEST,M3.5.0,M10.5.0/3'}\n");
    assert_eq!(
        rule.accepted().config.servers[0].time_zone.name,
        "CET-1CEST,M3.5.0,M10.5.0/3"
    );
    let wrong = Scene::ready().with("TZ", "Europe/Berln");
    assert_some_contains(
        &wrong.notes(),
        "variable TZ: `Europe/Berln` is not a known time zone; did you mean `Europe/Berlin`?",
    );
    let linked = Scene::ready().with("TZ", ":/usr/share/zoneinfo/Asia/Tokyo");
    assert_eq!(linked.accepted().config.servers[0].time_zone.name, "Asia/Tokyo");
}

#[test]
fn a_webhook_at_a_foreign_host_makes_a_note() {
    let scene = Scene::new().with("FACTORIO_LOG_PATH", "console.log").with(
        "DISCORD_WEBHOOK_URL",
        "https://discrod.com/api/webhooks/1/canary-token",
    );
    assert_some_contains(&scene.notes(), "leads to a host that is not Discord's");
}

#[test]
fn the_home_folder_and_relative_paths_are_resolved() {
    let home = Scene::new().with("FACTORIO_LOG_PATH", "~/factorio/console.log");
    assert_eq!(
        home.accepted().config.servers[0].log,
        Some(ConsoleLog::File(home.path("home/factorio/console.log")))
    );
    let relative = Scene::new().with("FACTORIO_LOG_PATH", "logs/console.log");
    assert_eq!(
        relative.accepted().config.servers[0].log,
        Some(ConsoleLog::File(relative.path("work/logs/console.log")))
    );
}
