//! Where values come from: order, names, defaults, secrets.

use std::net::{IpAddr, Ipv4Addr};

use super::super::{ConsoleLog, LogFormat, LogLevel, ONLY_SERVER_TAG, Target, TestMessage};
use super::{OTHER_WEBHOOK, Scene, WEBHOOK, assert_some_contains};

#[test]
fn the_first_release_starts_with_environment_alone() {
    let scene = Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .with("FACTORIO_LOG_PATH", "/nowhere/console.log")
        .with("LOG_LEVEL", "CRITICAL")
        .with("LOG_FORMAT", "Console")
        .with("HEALTH_CHECK_HOST", "127.0.0.1")
        .with("HEALTH_CHECK_PORT", "9000")
        .with("BOT_NAME", "Relay")
        .with("BOT_AVATAR_URL", "https://example.org/a.png")
        .with("SEND_TEST_MESSAGE", "Yes");
    let config = scene.accepted().config;
    assert_eq!(config.log.level, LogLevel::Critical);
    assert_eq!(config.log.format, LogFormat::Console);
    assert_eq!(config.health.address().to_string(), "127.0.0.1:9000");
    assert_eq!(config.bot_name, "Relay");
    assert_eq!(
        config.bot_avatar_url.as_deref(),
        Some("https://example.org/a.png")
    );
    assert_eq!(config.test_message, TestMessage::Send);
    let [server] = config.servers.as_slice() else {
        panic!("one server")
    };
    assert_eq!(server.tag.as_str(), ONLY_SERVER_TAG);
    assert_eq!(server.log, Some(ConsoleLog::File("/nowhere/console.log".into())));
    let Target::Webhook(webhook) = &server.target else {
        panic!("a webhook")
    };
    assert_eq!(*webhook.url, WEBHOOK.parse().expect("address"));
}

#[test]
fn defaults_are_those_of_the_first_release() {
    let config = Scene::new()
        .with("FACTORIO_LOG_PATH", "console.log")
        .accepted()
        .config;
    assert_eq!(config.log.level, LogLevel::Info);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.health.host, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    assert_eq!(config.health.port, 8080);
    assert_eq!(config.bot_name, "Factorio Bridge");
    assert_eq!(config.bot_avatar_url, None);
    assert_eq!(config.test_message, TestMessage::Skip);
    assert_eq!(config.servers[0].target, Target::Terminal);
    assert_eq!(config.servers[0].grammar, factorio_log::Grammar::new());
    assert_eq!(config.limits, super::super::Limits::default());
}

#[test]
fn without_a_webhook_a_note_says_how_to_connect_discord() {
    let scene = Scene::new().with("FACTORIO_LOG_PATH", "console.log");
    assert_some_contains(&scene.notes(), "set DISCORD_WEBHOOK_URL");
}

#[test]
fn the_expected_log_is_used_only_when_it_exists_and_is_named_in_a_note() {
    let absent = Scene::new();
    assert_some_contains(&absent.problems(), "there is no log to read");
    let present = Scene::new().file("root/logs/console.log", "");
    assert_eq!(
        present.accepted().config.servers[0].log,
        Some(ConsoleLog::File(present.path("root/logs/console.log")))
    );
    assert_some_contains(&present.notes(), "root/logs/console.log exists and is used");
    assert_eq!(present.shown("servers.factorio.log_path").1, "found");
}

/// From weakest to strongest: each row is added to the rows above it and has to win.
#[test]
fn every_source_beats_the_weaker_ones() {
    let mut scene = Scene::new().with("FACTORIO_LOG_PATH", "console.log");
    assert_eq!(scene.shown("log.level"), ("info".into(), "default".into()));
    scene = scene.yaml("log: {level: debug}\n");
    assert_eq!(
        scene.shown("log.level"),
        ("debug".into(), "factorio-isr.yml:1:14".into())
    );
    scene = scene.file("work/.env", "\nLOG_LEVEL=warning\n");
    assert_eq!(
        scene.shown("log.level"),
        ("warning".into(), ".env:2 (LOG_LEVEL)".into())
    );
    scene = scene.with("LOG_LEVEL", "error");
    assert_eq!(
        scene.shown("log.level"),
        ("error".into(), "variable LOG_LEVEL".into())
    );
    scene = scene
        .file("work/elsewhere", "critical")
        .with("LOG_LEVEL_FILE", "elsewhere");
    assert_eq!(
        scene.shown("log.level"),
        ("critical".into(), "secret file elsewhere".into())
    );
    scene = scene.file("work/.secrets/LOG_LEVEL", "debug");
    assert_eq!(
        scene.shown("log.level"),
        ("debug".into(), "secret file .secrets/LOG_LEVEL".into())
    );
    scene = scene.file("work/.secrets/LOG_LEVEL.txt", "info");
    assert_eq!(
        scene.shown("log.level"),
        ("info".into(), "secret file .secrets/LOG_LEVEL.txt".into())
    );
    scene = scene.file("root/run/secrets/log_level", "warning\n");
    assert_eq!(
        scene.shown("log.level"),
        ("warning".into(), "secret file root/run/secrets/log_level".into())
    );
    scene.overrides.log_level = Some("error".into());
    assert_eq!(
        scene.shown("log.level"),
        ("error".into(), "command line --log-level".into())
    );
}

#[test]
fn secret_files_lose_trailing_white_space_and_an_empty_one_counts_as_absent() {
    let scene = Scene::new()
        .with("FACTORIO_LOG_PATH", "console.log")
        .file("root/run/secrets/DISCORD_WEBHOOK_URL", " \n\n")
        .file(
            "work/.secrets/discord_webhook_url.txt",
            format!("{WEBHOOK} \r\n\n"),
        );
    let config = scene.accepted().config;
    let Target::Webhook(webhook) = &config.servers[0].target else {
        panic!("a webhook")
    };
    assert_eq!(*webhook.url, WEBHOOK.parse().expect("address"));
    assert_some_contains(
        &scene.notes(),
        "root/run/secrets/DISCORD_WEBHOOK_URL: the file is empty",
    );
}

#[test]
fn secrets_lie_beside_the_configuration_file_first() {
    let scene = Scene::new()
        .file(
            "etc/isr/factorio-isr.yml",
            "servers: {north: {log_path: /x, webhook: '${HOOK}'}}",
        )
        .file("etc/isr/.secrets/HOOK.txt", WEBHOOK);
    let named = |scene: Scene| {
        let config = scene.path("etc/isr/factorio-isr.yml").display().to_string();
        scene.with("FACTORIO_ISR_CONFIG", &config)
    };
    let target = |scene: &Scene| scene.accepted().config.servers[0].target.destination();
    let scene = named(scene);
    let beside = target(&scene);
    // Wherever it is started, by whomever: the same.
    let scene = scene.file("work/.secrets/HOOK.txt", OTHER_WEBHOOK);
    assert_eq!(target(&scene), beside);
    std::fs::remove_file(scene.path("etc/isr/.secrets/HOOK.txt")).unwrap();
    assert_ne!(target(&scene), beside);
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let scene = Scene::ready()
        .with("LOG_LEVEL", "")
        .with("BOT_AVATAR_URL", " ")
        .file("work/.env", "LOG_LEVEL=error\n");
    assert_eq!(scene.accepted().config.log.level, LogLevel::Error);
}

#[test]
fn a_secret_that_exists_and_cannot_be_read_is_a_problem_with_a_remedy() {
    let folder = Scene::ready().folder("root/run/secrets/DISCORD_WEBHOOK_URL");
    assert_some_contains(&folder.problems(), "Docker creates a folder");
    let missing = Scene::ready().with("BOT_NAME_FILE", "/nowhere/name");
    assert_some_contains(
        &missing.problems(),
        "variable BOT_NAME_FILE: the file /nowhere/name gives no value",
    );
    let binary = Scene::ready().file("work/.secrets/BOT_NAME", [0xff, 0xfe]);
    assert_some_contains(&binary.problems(), "it is not UTF-8 text");
    let huge = Scene::ready().file("work/.secrets/BOT_NAME", vec![b'x'; 100_000]);
    assert_some_contains(&huge.problems(), "larger than 65536 bytes");
}

#[test]
fn names_of_later_parts_make_notes_and_never_problems() {
    let scene = Scene::ready()
        .with("RCON_BREAKDOWN_INTERVAL", "canary")
        .with("RCON_PASSWORD_NORTH", "canary")
        .file("work/.env", "RCON_BREAKDOWN_MODE=transition\n");
    let notes = scene.notes();
    assert_some_contains(
        &notes,
        "variable RCON_BREAKDOWN_INTERVAL: `RCON_BREAKDOWN_INTERVAL` is not used by this version yet",
    );
    assert_some_contains(
        &notes,
        "variable RCON_PASSWORD_NORTH: not used: no server of that name has RCON",
    );
    assert_some_contains(&notes, ".env:1 (RCON_BREAKDOWN_MODE)");
    assert!(!notes.concat().contains("canary"));
}

#[test]
fn mistyped_names_are_answered_with_the_right_one() {
    let scene = Scene::ready()
        .with("DISCORD_WEBHOOK", "canary")
        .with("Log_Level", "debug")
        .with("FACTORIO_ISR_STATEDIR", "x")
        .with("FACTORIO_ISR_COLOUR", "x")
        .with("PATH", "/bin");
    let notes = scene.notes();
    assert_some_contains(
        &notes,
        "`DISCORD_WEBHOOK` is not read; did you mean `DISCORD_WEBHOOK_URL`?",
    );
    assert_some_contains(&notes, "did you mean `LOG_LEVEL`?");
    assert_some_contains(&notes, "did you mean `FACTORIO_ISR_STATE_DIR`?");
    assert_some_contains(&notes, "`FACTORIO_ISR_COLOUR` is not read; this version knows");
    assert!(
        !notes.concat().contains("canary") && !notes.concat().contains("`PATH`"),
        "{notes:#?}"
    );
}

#[test]
fn a_variable_that_nobody_expanded_is_refused() {
    let scene = Scene::ready()
        .with("BOT_NAME", "${BRIDGE}")
        .file("work/.env", "LOG_LEVEL=${LEVEL}\n");
    let problems = scene.problems();
    assert_some_contains(&problems, "variable BOT_NAME: the value still holds `${`");
    assert_some_contains(&problems, ".env:1 (LOG_LEVEL): the value still holds `${`");
}

#[test]
fn a_faulty_dotenv_is_reported_with_its_line() {
    let scene = Scene::ready().file("work/.env", "A=1\nB='open\n");
    assert_some_contains(
        &scene.problems(),
        ".env:2: a quotation mark is opened and never closed",
    );
    let scene = Scene::ready().file("work/.env", "JUST_A_NAME\n");
    assert_some_contains(&scene.notes(), ".env:1: the line is no NAME=value");
}

#[test]
fn the_state_folder_follows_its_order() {
    let mut scene = Scene::ready();
    let home = scene.path("home/.local/state/factorio-isr");
    assert_eq!(scene.accepted().config.state_dir, home);
    let xdg = scene.path("xdg").display().to_string();
    scene = scene.with("XDG_STATE_HOME", &xdg);
    assert_eq!(scene.accepted().config.state_dir, scene.path("xdg/factorio-isr"));
    scene = scene.folder("root/var/lib/factorio-isr");
    assert_eq!(
        scene.accepted().config.state_dir,
        scene.path("root/var/lib/factorio-isr")
    );
    scene = scene.with("STATE_DIRECTORY", "/srv/first:/srv/second");
    assert_eq!(
        scene.shown("state_dir"),
        ("/srv/first".into(), "variable STATE_DIRECTORY".into())
    );
    scene = scene.with("FACTORIO_ISR_STATE_DIR", "state");
    assert_eq!(scene.accepted().config.state_dir, scene.path("work/state"));
    scene.overrides.state_dir = Some("/srv/other".into());
    assert_eq!(scene.shown("state_dir").1, "command line --state-dir");
}

#[test]
fn a_state_folder_that_is_a_file_is_refused() {
    let scene = Scene::ready()
        .file("work/state", "")
        .with("FACTORIO_ISR_STATE_DIR", "state");
    assert_some_contains(
        &scene.problems(),
        "variable FACTORIO_ISR_STATE_DIR: state_dir is `state`: this is not a folder",
    );
}

#[test]
fn the_configuration_file_is_found_by_its_order() {
    let mut scene = Scene::ready().file("root/etc/factorio-isr/factorio-isr.yml", "bot_name: system\n");
    assert_eq!(scene.accepted().config.bot_name, "system");
    scene = scene.file("work/config/factorio-isr.yml", "bot_name: folder\n");
    assert_eq!(scene.accepted().config.bot_name, "folder");
    scene = scene.file("work/factorio-isr.yaml", "bot_name: yaml\n");
    assert_eq!(scene.accepted().config.bot_name, "yaml");
    scene = scene.yaml("bot_name: yml\n");
    assert_eq!(scene.accepted().config.bot_name, "yml");
    assert_some_contains(
        &scene.notes(),
        "factorio-isr.yaml: not read: factorio-isr.yml comes first",
    );
    scene = scene
        .file("work/named.yml", "bot_name: named\n")
        .with("FACTORIO_ISR_CONFIG", "named.yml");
    assert_eq!(scene.accepted().config.bot_name, "named");
    assert_eq!(scene.accepted().file, Some(scene.path("work/named.yml")));
    scene = scene.file("work/option.yml", "bot_name: option\n");
    scene.overrides.config = Some("option.yml".into());
    assert_eq!(scene.accepted().config.bot_name, "option");
}

#[test]
fn a_named_configuration_file_has_to_exist() {
    let scene = Scene::ready().with("FACTORIO_ISR_CONFIG", "missing.yml");
    assert_some_contains(
        &scene.problems(),
        "variable FACTORIO_ISR_CONFIG: the configuration file `missing.yml` does not exist",
    );
}

#[test]
fn all_problems_of_all_sources_are_reported_together() {
    let mut scene = Scene::new()
        .with("HEALTH_CHECK_PORT", "http")
        .with("DISCORD_WEBHOOK_URL", "https://example.org/canary")
        .with("FACTORIO_LOG_PATH", "/a.log")
        .file("work/.env", "LOG_LEVEL=loud\nX=\"open\n")
        .file("work/.secrets/SEND_TEST_MESSAGE", "perhaps-canary")
        .yaml(concat!(
            "bot_name: \"\"\n",
            "limitz: {}\n",
            "limits:\n",
            "  poll_interval: 1\n",
            "  max_line: 1TiB\n",
            "servers:\n",
            "  north: {log_pth: /n.log, log_path: /n.log, time_zone: Europe/Berln}\n",
            "  south: {log_path: '${MISSING}'}\n",
        ));
    scene.overrides.log_format = Some("xml".into());
    let problems = scene.problems();
    for part in [
        "variable HEALTH_CHECK_PORT: health.port is `http`: this is not a port number",
        "variable DISCORD_WEBHOOK_URL: servers.north.webhook is (hidden): this address does not lead to a webhook",
        "variable FACTORIO_LOG_PATH: this names one log, but the configuration file describes 2 servers",
        ".env:1 (LOG_LEVEL): log.level is `loud`",
        ".env:2: a quotation mark is opened",
        "secret file .secrets/SEND_TEST_MESSAGE: send_test_message is (hidden): this is neither on nor off",
        "command line --log-format: log.format is `xml`",
        "factorio-isr.yml:2:1: unknown key `limitz`\n    remedy: did you mean `limits`?",
        "factorio-isr.yml:4:18: limits.poll_interval is `1`: this is not a duration",
        "factorio-isr.yml:5:13: limits.max_line is `1TiB`: this size is out of range",
        "factorio-isr.yml:7:11: unknown key `log_pth` in server `north`\n    remedy: did you mean `log_path`?",
        "servers.north.time_zone is `Europe/Berln`: this is not the name of a time zone\n    remedy: did you mean `Europe/Berlin`?",
        "factorio-isr.yml:8:21: ${MISSING} has no value\n    remedy: set the variable MISSING",
    ] {
        assert_some_contains(&problems, part);
    }
    assert!(
        problems.len() < 17,
        "problems are not reported twice: {problems:#?}"
    );
    assert!(!problems.concat().contains("canary"), "{problems:#?}");
}

#[test]
fn p07_no_secret_is_shown_anywhere() {
    let scene = Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .with("ADMINS", OTHER_WEBHOOK)
        .with("FACTORIO_LOG_PATH", "console.log")
        .file("work/.env", "DISCORD_BOT_TOKEN=MTIz.canary.canary-bot\n")
        .file("work/.secrets/RCON_PASSWORD.txt", "canary-rcon")
        .yaml("webhooks: {admins: '${ADMINS}'}\ndefaults: {admin_webhook: admins}\n");
    let loaded = scene.accepted();
    let mut shown = format!("{loaded:?} {loaded:#?} {:?}", scene.surroundings);
    shown.extend(
        loaded
            .settings
            .iter()
            .map(|setting| format!("{} {} {}\n", setting.key, setting.value, setting.origin)),
    );
    shown.extend(loaded.notes.iter().map(ToString::to_string));
    assert!(
        shown.contains("admins: https://discord.com/api/webhooks/222/…"),
        "{shown}"
    );
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn p07_a_secret_in_the_wrong_place_is_not_quoted() {
    for text in [
        format!("bot_name: {WEBHOOK}{}\n", "x".repeat(80)),
        format!("{WEBHOOK}: x\n"),
        format!("health: {{port: '{WEBHOOK}'}}\n"),
        format!("servers: {{a: {{game_log: '{WEBHOOK}'}}}}\n"),
        format!("servers: {{'{WEBHOOK}': {{log_path: /a}}}}\n"),
        format!(
            "servers: {{a: {{log_path: /a, webhook: {}}}}}\n",
            "canary-token".repeat(5)
        ),
        "health: {port: '${SECRET}'}\n".to_owned(),
        format!("state_dir: [{WEBHOOK}\n"),
        format!("? '{WEBHOOK}'\n: 1\n? '{WEBHOOK}'\n: 2\n"),
    ] {
        let scene = Scene::ready().with("SECRET", "canary").yaml(&text);
        let refused = scene.load().expect_err("must be refused");
        let shown = format!("{refused} {refused:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[test]
fn p07_an_address_where_the_path_of_its_file_belongs_is_refused_and_never_shown() {
    let scene = Scene::new()
        .with("FACTORIO_LOG_PATH", "console.log")
        .with("DISCORD_WEBHOOK_URL_FILE", WEBHOOK);
    let problems = scene.problems();
    assert_some_contains(
        &problems,
        "variable DISCORD_WEBHOOK_URL_FILE: this is an address, not the path of a file",
    );
    assert!(!problems.concat().contains("canary"), "{problems:?}");
}

#[test]
fn p04_every_file_that_has_a_say_is_on_the_list_that_a_reload_follows_also_an_absent_one() {
    let scene = Scene::ready()
        .with("BOT_NAME_FILE", "name.txt")
        .file("work/name.txt", "Relay");
    let loaded = scene.accepted();
    let looked: Vec<_> = loaded.looked.paths().collect();
    for path in [
        "work/.env",
        "work/factorio-isr.yml",
        "work/config/factorio-isr.yml",
        "root/etc/factorio-isr/factorio-isr.yml",
        "root/run/secrets/DISCORD_WEBHOOK_URL",
        "work/.secrets/FACTORIO_LOG_PATH.txt",
        "work/name.txt",
    ] {
        assert!(
            looked.contains(&scene.path(path).as_path()),
            "{path} is not in {looked:#?}"
        );
    }
    let refused = scene.yaml("servers: [").load().expect_err("broken");
    assert!(
        refused
            .looked
            .paths()
            .any(|path| path.ends_with("factorio-isr.yml"))
    );
}
