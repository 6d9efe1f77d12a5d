//! `rcon:`, statistics posts, the card and planned restarts.

use std::time::Duration;

use factorio_rcon::gate::{Access, LuaSwitch};

use super::super::{Chosen, ConsoleLog, HeardConsole, Rcon, Switch, Target};
use super::{OTHER_WEBHOOK, Scene, assert_some_contains};

/// All characters that can be typed.
fn printable() -> String {
    (' '..='~').chain("äß€🚂".chars()).collect()
}

fn rcon(scene: &Scene) -> Rcon {
    scene.accepted().config.servers[0].rcon.clone().expect("rcon")
}

fn with_section(section: &str) -> Scene {
    Scene::ready().yaml(&format!("servers:\n  north:\n    rcon: {section}\n"))
}

#[test]
fn a_section_has_defaults_and_allows_nothing_that_ends_achievements() {
    let scene = with_section("{password: secret}");
    let rcon = rcon(&scene);
    assert_eq!(rcon.address.to_string(), "localhost:27015");
    assert_eq!(rcon.poll_interval, Duration::from_secs(60));
    assert_eq!(rcon.allowed, factorio_rcon::gate::Settings::default());
    assert!(rcon.policy().lua().is_none());
    assert_eq!(rcon.required, Switch::Off);
    assert_eq!(scene.shown("servers.north.rcon.password").0, "(hidden)");
    let config = scene.accepted().config;
    assert!(
        !format!("{config:?}").contains("secret"),
        "a password shows itself"
    );
}

#[test]
fn every_key_is_read() {
    let scene = with_section(
        "{host: '[::1]', port: 27020, password: x, poll_interval: 30s, allow_lua: yes, read_only: on, allow_commands: [/trade, ping], required: on}",
    );
    let rcon = rcon(&scene);
    assert_eq!(rcon.address.to_string(), "[::1]:27020");
    assert_eq!(rcon.poll_interval, Duration::from_secs(30));
    assert_eq!(rcon.allowed.lua, LuaSwitch::Allowed);
    assert_eq!(rcon.allowed.access, Access::ReadOnly);
    assert_eq!(rcon.allowed.commands, ["trade", "ping"]);
    assert_eq!(rcon.required, Switch::On);
    assert_some_contains(&scene.notes(), "ends the achievements of the save for good");
}

#[test]
fn p07_a_password_of_every_printable_character_is_taken_as_it_is_and_never_shown() {
    let quoted = format!("'{}'", printable().replace('\'', "''"));
    let scene = with_section(&format!("{{password: {quoted}}}"));
    let password = factorio_rcon::Password::new(printable()).expect("password");
    assert_eq!(rcon(&scene).password, password);
    // A file ends with a line break, which nobody could type; blanks at its very end go with it.
    let in_file = Scene::ready()
        .file("work/pw", format!("{}x\n", printable()))
        .yaml("servers: {north: {rcon: {password_file: pw}}}\n");
    let with_end = factorio_rcon::Password::new(format!("{}x", printable())).expect("password");
    assert_eq!(rcon(&in_file).password, with_end);
    let loaded = in_file.accepted();
    let shown = format!("{:?}", loaded.settings);
    assert!(!shown.contains("äß€"), "{shown}");
}

#[test]
fn numbers_and_references_are_passwords_as_they_are_written() {
    let as_written = |scene: &Scene, text: &str| {
        let password = factorio_rcon::Password::new(text).expect("password");
        assert_eq!(rcon(scene).password, password, "{text}");
    };
    as_written(&with_section("{password: 0017}"), "0017");
    as_written(&with_section("{password: 1_000}"), "1_000");
    as_written(&with_section("{password: on}"), "on");
    as_written(
        &with_section("{password: 'a${PART}z'}").with("PART", "b c"),
        "ab cz",
    );
    as_written(
        &with_section("{password: '${PART}'}").file("root/run/secrets/PART", "from secret\n"),
        "from secret",
    );
}

#[test]
fn the_password_is_looked_for_from_the_section_to_the_container_file() {
    let password = |scene: &Scene| rcon(scene).password;
    let expected = |text: &str| factorio_rcon::Password::new(text).expect("password");
    let yaml = "servers: {north-1: {rcon: {host: north}}}\n";
    let scene = Scene::ready()
        .yaml(yaml)
        .file("root/factorio/config/rconpw", "found\n");
    assert_eq!(password(&scene), expected("found"));
    assert_some_contains(&scene.notes(), "rconpw exists and is used");
    let scene = scene.with("RCON_PASSWORD", "of all");
    assert_eq!(password(&scene), expected("of all"));
    let scene = scene.with("RCON_PASSWORD_NORTH_1", "of one");
    assert_eq!(password(&scene), expected("of one"));
    let scene = scene.file("root/run/secrets/RCON_PASSWORD_NORTH-1", "secret of one");
    assert_eq!(password(&scene), expected("secret of one"));
    let scene = scene
        .file("work/pw", "in file")
        .yaml("servers: {north-1: {rcon: {password_file: pw}}}\n");
    assert_eq!(password(&scene), expected("in file"));
    let scene = scene.yaml("servers: {north-1: {rcon: {password: written, password_file: pw}}}\n");
    assert_eq!(password(&scene), expected("written"));
}

#[test]
fn a_missing_password_is_a_problem_with_every_way_out() {
    let problems = with_section("{host: north}").problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    for part in [
        "factorio-isr.yml:3:11: servers.north.rcon.password is missing",
        "rcon.password_file",
        "/factorio/config/rconpw",
        "RCON_PASSWORD_NORTH or RCON_PASSWORD",
        "rcon: off",
    ] {
        assert_some_contains(&problems, part);
    }
}

#[test]
fn r01_a_password_file_that_is_not_there_yet_is_waited_for_and_stops_nobody() {
    let yaml = "servers:\n  a: {log_path: /a.log}\n  b: {rcon: {password_file: later}}\n";
    let scene = Scene::new().yaml(yaml);
    assert_some_contains(
        &scene.notes(),
        "later does not exist yet: RCON of this server begins",
    );
    let config = scene.accepted().config;
    assert_eq!(config.servers.len(), 2);
    assert!(config.servers[1].rcon.is_none() && config.servers[1].log.is_none());
    let looked = scene.accepted().looked;
    let scene = scene.file("work/later", "pw\n");
    assert_eq!(looked.differences(&looked.again()), [scene.path("work/later")]);
    assert!(scene.accepted().config.servers[1].rcon.is_some());
}

#[test]
fn a_server_without_a_log_has_rcon_only() {
    let scene = Scene::new().yaml("servers: {a: {rcon: {password: x}}}\n");
    let server = scene.accepted().config.servers[0].clone();
    assert!(server.log.is_none() && server.streams().is_empty());
    assert_eq!(scene.shown("servers.a.log_path").0, "none");
    let neither = Scene::new().yaml("servers: {a: {rcon: off}}\n");
    assert_some_contains(&neither.problems(), "servers.a.log_path is missing");
}

#[test]
fn wrong_values_are_refused_with_place_and_remedy() {
    for (section, part) in [
        ("{pasword: x}", "did you mean `password`?"),
        ("{password: x, port: 70000}", "such as 27015"),
        ("{password: x, port: 0}", "such as 27015"),
        ("{password: x, host: 'http://north'}", "without scheme and path"),
        (
            "{password: x, poll_interval: 1s}",
            "write a duration from 5s to 1h",
        ),
        ("{password: x, allow_lua: perhaps}", "neither on nor off"),
        ("{password: x, allow_commands: [sc]}", "allow_lua: true"),
        ("{password: x, allow_commands: [two words]}", "write the one word"),
        ("{password: \"a\\nb\"}", "was a whole file pasted?"),
        ("{password: '${MISSING}'}", "${MISSING} has no value"),
        ("5", "rcon has to hold keys with values"),
    ] {
        let problems = with_section(section).problems();
        assert_some_contains(&problems, part);
    }
    let moved = with_section("{password: x, stats_interval: 300}");
    assert_some_contains(&moved.notes(), "is read beside `rcon`, not in it");
}

#[test]
fn p07_a_wrong_password_is_not_quoted() {
    let told = with_section("{password: \"canary-secret\\u0007\"}")
        .problems()
        .concat();
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn variables_alone_describe_an_only_server() {
    let scene = Scene::ready()
        .with("RCON_ENABLED", "true")
        .with("RCON_HOST", "game.lan")
        .with("RCON_PORT", "27099")
        .with("RCON_PASSWORD", "pw")
        .with("STATS_INTERVAL", "600");
    let server = scene.accepted().config.servers[0].clone();
    assert_eq!(
        server.rcon.map(|rcon| rcon.address.to_string()).as_deref(),
        Some("game.lan:27099")
    );
    assert_eq!(server.stats.interval, Some(Duration::from_secs(600)));
    let off = scene.with("RCON_ENABLED", "false");
    let server = off.accepted().config.servers[0].clone();
    assert!(server.rcon.is_none() && server.stats.interval.is_none());
    let by_host = Scene::ready()
        .with("RCON_HOST", "game.lan")
        .with("RCON_PASSWORD", "pw");
    assert!(by_host.accepted().config.servers[0].rcon.is_some());
}

#[test]
fn the_button_to_join_opens_the_web_or_the_configuration_is_refused_with_its_place() {
    let join = |own: &str| {
        Scene::ready().yaml(&format!(
            "defaults: {{card: {{join_url: https://example.org/play}}}}\nservers:\n  a: {{rcon: {{password: x}}, card: {{{own}}}}}\n"
        ))
    };
    let read = |own: &str| {
        let server = join(own).accepted().config.servers[0].clone();
        server.card.expect("card").join_url.map(|url| url.to_string())
    };
    assert_eq!(read("enabled: on").as_deref(), Some("https://example.org/play"));
    assert_eq!(
        read("join_url: http://other.example").as_deref(),
        Some("http://other.example")
    );
    assert_eq!(read("join_url: off"), None);
    let pin = |own: &str| {
        let server = join(own).accepted().config.servers[0].clone();
        server.card.expect("card").pin
    };
    assert_eq!((pin("enabled: on"), pin("pin: on")), (Switch::Off, Switch::On));
    let steam = join("join_url: 'steam://run/427520'").problems();
    assert_some_contains(&steam, "factorio-isr.yml:3:");
    assert_some_contains(&steam, "Discord opens only http:// and https://");
    assert_some_contains(&steam, "that page may lead on to steam://");
    let long = format!("join_url: https://example.org/{}", "x".repeat(512));
    assert_some_contains(&join(&long).problems(), "at most 512 characters");
}

#[test]
fn statistics_and_card_need_rcon_and_know_their_place() {
    let yaml = format!(
        "webhooks: {{figures: '{OTHER_WEBHOOK}'}}\ndefaults: {{stats_interval: 10min, card: {{webhook: figures}}}}\n\
         servers:\n  a: {{rcon: {{password: x}}}}\n  b: {{log_path: /b.log}}\n  \
         c: {{rcon: {{password: x}}, card: off, stats: {{interval: 600, ups: off, webhook: figures}}}}\n  \
         d: {{log_path: /d.log, card: on, stats_interval: 1h}}\n"
    );
    let scene = Scene::new().yaml(&yaml);
    let servers = scene.accepted().config.servers;
    let figures =
        |target: Option<&Target>| target.is_some_and(|target| target.to_string().starts_with("figures"));
    let card = servers[0].card.as_ref().expect("card");
    assert!(figures(card.target.as_ref()));
    assert_eq!(servers[0].stats.interval, Some(Duration::from_mins(10)));
    assert_eq!(servers[0].stats.target, None);
    assert!(servers[1].card.is_none() && servers[1].stats.interval.is_none());
    assert!(servers[2].card.is_none() && figures(servers[2].stats.target.as_ref()));
    assert_eq!(
        (servers[2].stats.ups, servers[2].stats.evolution),
        (Switch::Off, Switch::On)
    );
    assert!(servers[3].card.is_none());
    assert_some_contains(&scene.notes(), "there is no card: what it shows comes from RCON");
    assert_some_contains(&scene.notes(), "no statistics are posted");
}

#[test]
fn restarts_are_planned_by_day_and_by_week() {
    let scene = Scene::ready().yaml("defaults: {restart_at: ['05:00', monday 06:30]}\n");
    let planned = scene.accepted().config.servers[0].restart_at.clone();
    assert!(planned.next_ms(0).is_some());
    assert_eq!(
        scene.shown("servers.factorio.restart_at").0,
        "05:00, monday 06:30"
    );
    let wrong = Scene::ready().yaml("defaults: {restart_at: '25:00'}\n");
    assert_some_contains(&wrong.problems(), "that is no time of a restart");
}

#[test]
fn a_console_is_heard_through_rcon_into_a_file_of_the_state_folder() {
    let yaml = "state_dir: state\nservers: {a: {source: rcon, source_poll: 2s, rcon: {password: x}}}\n";
    let scene = Scene::new().yaml(yaml);
    let server = scene.accepted().config.servers[0].clone();
    let spool = scene.path("work/state/console/a.log");
    let heard = HeardConsole {
        spool: spool.clone(),
        poll_interval: Duration::from_secs(2),
    };
    assert_eq!(server.log, Some(ConsoleLog::Rcon(heard)));
    let streams = server.streams();
    assert_eq!(streams.len(), 1, "nothing is looked for beside our own file");
    assert_eq!(
        (streams[0].path.clone(), streams[0].chosen),
        (Some(spool), Chosen::Heard)
    );
    assert_eq!(scene.shown("servers.a.source").0, "rcon");
    let yaml = "servers: {a: {source: rcon, rcon: {password: x}}}\n";
    assert_eq!(Scene::new().yaml(yaml).shown("servers.a.source_poll").0, "1s");
}

#[test]
fn f19_a_console_is_not_read_from_its_log_and_through_rcon() {
    let refused = |yaml: &str, part: &str| {
        assert_some_contains(&Scene::new().yaml(yaml).problems(), part);
    };
    let twice = "would be read twice: from this log and, by `source: rcon`, through RCON";
    refused(
        "servers: {a: {log_path: /a.log, source: rcon, rcon: {password: x}}}\n",
        twice,
    );
    let yaml = "servers: {a: {source: rcon, rcon: {password: x}}}\n";
    let outside = Scene::new().with("FACTORIO_LOG_PATH", "/a.log").yaml(yaml);
    assert_some_contains(&outside.problems(), twice);
    refused(
        "servers: {a: {source: rcon}}\n",
        "has no RCON to hear the console through",
    );
    refused(
        "servers: {a: {source: rkon, rcon: {password: x}}}\n",
        "did you mean `rcon`",
    );
    refused(
        "servers: {a: {source: rcon, source_poll: 10ms, rcon: {password: x}}}\n",
        "from 200ms to 60s",
    );
    let unused = Scene::new().yaml("servers: {a: {log_path: /a.log, source_poll: 2s}}\n");
    assert_some_contains(&unused.notes(), "is not used without `source: rcon`");
}
