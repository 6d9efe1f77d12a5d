//! `config/servers.yml` of the Python program goes on to work.

use std::time::Duration;

use super::super::{ConsoleLog, Switch};
use super::{Scene, WEBHOOK, assert_some_contains};

/// A deployment as it was, with every key that was read.
const WHOLE: &str = "\
servers:
  north:
    name: \"North base\"
    description: \"Weekly map, no mods\"
    log_path: /data/north/console.log
    rcon_host: north.lan
    rcon_port: 27020
    rcon_password: \"${NORTH_RCON}\"
    event_channel_id: 200000000000000001
    stats_interval: 600
    enable_stats_collector: true
    enable_ups_stat: true
    enable_evolution_stat: false
  south:
    log_path: /data/south/console.log
    rcon_password: 0042
    event_channel_id: '5'
    collect_ups: no
    enable_stats_collector: 'false'
";

fn old(text: &str) -> Scene {
    Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .file("work/config/servers.yml", text)
}

fn password(text: &str) -> factorio_rcon::Password {
    factorio_rcon::Password::new(text).expect("password")
}

#[test]
fn an_old_deployment_starts_unchanged() {
    let scene = old(WHOLE).with("NORTH_RCON", "p w");
    let config = scene.accepted().config;
    let [north, south] = &config.servers[..] else {
        panic!("{:?}", config.servers)
    };
    assert_eq!(north.name, "North base");
    assert_eq!(
        north.log,
        Some(ConsoleLog::File("/data/north/console.log".into()))
    );
    let rcon = north.rcon.as_ref().expect("rcon");
    assert_eq!(rcon.address.to_string(), "north.lan:27020");
    assert_eq!(rcon.password, password("p w"));
    assert_eq!(north.stats.interval, Some(Duration::from_secs(600)));
    assert_eq!(
        (north.stats.ups, north.stats.evolution),
        (Switch::On, Switch::Off)
    );
    assert!(north.card.is_none(), "it knew no card");

    let rcon = south.rcon.as_ref().expect("rcon");
    assert_eq!(rcon.address.to_string(), "localhost:27015");
    assert_eq!(rcon.password, password("0042"), "a number is its digits");
    assert_eq!(south.stats.interval, None, "the text \"false\" is false");
    assert_eq!(
        (south.stats.ups, south.stats.evolution),
        (Switch::Off, Switch::On)
    );
    let notes = scene.notes();
    assert_some_contains(
        &notes,
        "config/servers.yml:9:23: the channel needs the bot, and no token is set",
    );
    assert_some_contains(&notes, "goes to the webhook of this server");
    assert_eq!(
        scene.shown("servers.north.rcon.port").1,
        "config/servers.yml:7:16"
    );
}

#[test]
fn the_password_of_an_old_server_comes_from_its_secret_too() {
    let yaml = "servers:\n  North-1: {log_path: /n.log, rcon_host: n}\n  b: {log_path: /b.log}\n  c: {log_path: /c.log, rcon_password: '${UNSET}'}\n";
    let scene = old(yaml)
        .file("root/run/secrets/RCON_PASSWORD_NORTH-1", "one\n")
        .file("root/run/secrets/RCON_PASSWORD", "all\n");
    let servers = scene.accepted().config.servers;
    let found: Vec<_> = servers
        .iter()
        .map(|server| server.rcon.as_ref().map(|rcon| rcon.password.clone()))
        .collect();
    assert_eq!(
        found,
        [
            Some(password("one")),
            Some(password("all")),
            Some(password("all"))
        ]
    );
    assert_some_contains(&scene.notes(), "the variable UNSET has no value");
}

#[test]
fn a_server_without_a_password_has_no_rcon_and_the_others_go_on() {
    let yaml = "servers:\n  a: {log_path: /a.log, rcon_host: a, rcon_password: '${UNSET}'}\n  b: {log_path: /b.log, rcon_password: b}\n";
    let scene = old(yaml);
    let servers = scene.accepted().config.servers;
    assert_eq!(servers.len(), 2);
    assert!(servers[0].rcon.is_none() && servers[1].rcon.is_some());
    let notes = scene.notes();
    assert_some_contains(&notes, "no password is known");
    assert_some_contains(&notes, "RCON_PASSWORD_A or RCON_PASSWORD");
}

#[test]
fn what_is_wrong_in_it_makes_notes_and_the_rest_works() {
    let yaml = "\
colours: {a: b}
servers:
  empty:
  17: {log_path: /a.log, rcon_password: 'a$b$${c', rcon_port: many, stats_interval: -5, enable_ups_stat: perhaps,
    event_channel_id: none of these}
  b: {log_path: /b.log, log_pth: /x, rcon: {host: x, stats_interval: 5}, discord: {event_channel_id: 1}}
  b: {log_path: /second.log}
";
    let scene = old(yaml);
    let servers = scene.accepted().config.servers;
    assert_eq!(servers.len(), 2, "{servers:#?}");
    let rcon = servers[0].rcon.as_ref().expect("rcon");
    assert_eq!(rcon.password, password("a$b$${c"));
    assert_eq!(rcon.address.port(), 27_015);
    assert_eq!(servers[0].stats.interval, Some(Duration::from_secs(300)));
    assert_eq!(
        servers[1].log,
        Some(ConsoleLog::File("/second.log".into())),
        "the last one of two wins"
    );
    assert!(servers[1].rcon.is_none(), "no password is known");
    let notes = scene.notes();
    for part in [
        "`colours` is not read: only `servers:` is",
        "server `empty` is left out: it has no keys",
        "`rcon_port` is `many`, which means nothing here: the default is used",
        "`stats_interval` is `-5`, which means nothing here: the default is used",
        "`enable_ups_stat` is `perhaps`, which means nothing here",
    ] {
        assert_some_contains(&notes, part);
    }
}

#[test]
fn a_file_that_is_no_yaml_is_refused_with_its_place_alone() {
    let problems = old("servers: {a: [}\n").problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_some_contains(&problems, "config/servers.yml:1:");
}

#[test]
fn keys_that_no_version_read_are_explained() {
    let scene = old(
        "servers:\n  a: {log_path: /a.log, log_pth: x, status_channel_id: 1, collect_interval_seconds: 5, rcon: {host: x}}\n",
    );
    let notes = scene.notes();
    for part in [
        "`status_channel_id` was never read by any version; use `card: { webhook: … }`",
        "`collect_interval_seconds` was never read",
        "unknown key `log_pth` in server `a` is not read; did you mean `log_path`?",
        "unknown key `rcon` in server `a` is not read",
    ] {
        assert_some_contains(&notes, part);
    }
}

#[test]
fn our_own_file_comes_first_and_the_old_one_follows_its_variables() {
    let both = old(WHOLE).yaml("servers: {own: {log_path: /own.log}}\n");
    assert_eq!(both.accepted().config.servers[0].tag.as_str(), "own");
    assert_some_contains(&both.notes(), "config/servers.yml: not read: `servers`");

    let defaults = old(WHOLE)
        .with("NORTH_RCON", "x")
        .yaml("defaults: {start: beginning}\n");
    assert_eq!(defaults.accepted().config.servers.len(), 2);

    let elsewhere = Scene::new()
        .file("work/other.yml", "servers: {a: {log_path: /a.log}}\n")
        .with("SERVERS_CONFIG", "other.yml");
    assert_eq!(elsewhere.accepted().config.servers[0].tag.as_str(), "a");
    let missing = Scene::ready().with("SERVERS_CONFIG", "missing.yml");
    assert_some_contains(&missing.problems(), "the file `missing.yml` does not exist");

    let variable = old(WHOLE)
        .with("NORTH_RCON", "x")
        .with("FACTORIO_LOG_PATH", "/outside.log");
    assert_some_contains(&variable.notes(), "config/servers.yml names the logs");
}

#[test]
fn a_section_copied_into_our_own_file_is_understood() {
    let scene = Scene::new().with("NORTH_RCON", "x").yaml(WHOLE);
    let config = scene.accepted().config;
    let rcon = config.servers[0].rcon.as_ref().expect("rcon");
    assert_eq!(rcon.address.to_string(), "north.lan:27020");
    assert_eq!(config.servers[0].stats.interval, Some(Duration::from_secs(600)));
    assert!(config.servers[0].card.is_some());
    let wrong = Scene::new().yaml("servers: {a: {rcon_password: x, rcon_port: many}}\n");
    assert_some_contains(&wrong.problems(), "servers.a.rcon.port is `many`");
}
