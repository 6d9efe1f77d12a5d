//! `factorio-isr check`, and where configuration comes from.

use super::program::Program;

const URL: &str = "https://discord.com/api/webhooks/4242/canary-token-of-the-webhook";
const SHOWN: &str = "https://discord.com/api/webhooks/4242/…";

/// The value and the origin that `check` shows for a key.
fn shown<'a>(out: &'a str, key: &str) -> (&'a str, &'a str) {
    let line = out
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(' '))
        .unwrap_or_else(|| panic!("no {key} in\n{out}"));
    let (value, origin) = line.trim().rsplit_once("  (").expect("a value and an origin");
    (
        value.trim(),
        origin.strip_suffix(')').expect("the end of an origin"),
    )
}

#[tokio::test]
async fn an_environment_only_start_has_the_defaults_of_the_first_release() {
    let program = Program::with_log()
        .env("DISCORD_WEBHOOK_URL", URL)
        .without_env("HEALTH_CHECK_HOST")
        .without_env("HEALTH_CHECK_PORT");
    let ran = program.run(["check"]).await.expect_code(0);
    for (key, value) in [
        ("log.level", "info"),
        ("log.format", "json"),
        ("health.host", "0.0.0.0"),
        ("health.port", "8080"),
        ("bot_name", "Factorio Bridge"),
        ("send_test_message", "off"),
        ("limits.max_event_age", "24h"),
        ("limits.give_up_after", "7d"),
        ("limits.outbox.when_full", "pause"),
    ] {
        assert_eq!(shown(&ran.out, key), (value, "default"));
    }
    let log = program.log().display().to_string();
    assert_eq!(
        shown(&ran.out, "servers.factorio.log_path"),
        (log.as_str(), "variable FACTORIO_LOG_PATH")
    );
    assert_eq!(
        shown(&ran.out, "servers.factorio.webhook"),
        (SHOWN, "variable DISCORD_WEBHOOK_URL")
    );
    assert!(!ran.out.contains("canary"), "{}", ran.out);
    ran.says(&["Configuration file: none", "No problems found (1 server)."]);
}

#[tokio::test]
async fn every_variable_of_the_readme_is_taken_and_its_origin_named() {
    let program = Program::with_log();
    let mut program = program.clone();
    let given = [
        ("BOT_NAME", "bot_name", "Rocket Relay"),
        ("BOT_AVATAR_URL", "bot_avatar_url", "https://example.org/a.png"),
        ("SEND_TEST_MESSAGE", "send_test_message", "true"),
        ("HEALTH_CHECK_HOST", "health.host", "127.0.0.1"),
        ("HEALTH_CHECK_PORT", "health.port", "18099"),
        ("LOG_LEVEL", "log.level", "warning"),
        ("LOG_FORMAT", "log.format", "console"),
    ];
    for (name, _, value) in given {
        program = program.env(name, value);
    }
    let ran = program.run(["check"]).await.expect_code(0);
    for (name, key, value) in given {
        let value = if value == "true" { "on" } else { value };
        assert_eq!(shown(&ran.out, key), (value, format!("variable {name}").as_str()));
    }
    let state = program.state().display().to_string();
    assert_eq!(
        shown(&ran.out, "state_dir"),
        (state.as_str(), "variable FACTORIO_ISR_STATE_DIR")
    );
    let typed = program
        .run([
            "check",
            "--log-level",
            "debug",
            "--log-format",
            "json",
            "--state-dir",
            "/tmp/elsewhere",
        ])
        .await
        .expect_code(0);
    assert_eq!(
        shown(&typed.out, "log.level"),
        ("debug", "command line --log-level")
    );
    assert_eq!(
        shown(&typed.out, "log.format"),
        ("json", "command line --log-format")
    );
    assert_eq!(
        shown(&typed.out, "state_dir"),
        ("/tmp/elsewhere", "command line --state-dir")
    );
}

#[tokio::test]
async fn the_environment_is_stronger_than_dotenv_and_secret_files_are_stronger_than_both() {
    let program = Program::with_log();
    program.file(
        "work/.env",
        format!("BOT_NAME=from dotenv\nDISCORD_WEBHOOK_URL={URL}\n"),
    );
    let ran = program.run(["check"]).await.expect_code(0);
    let dotenv = program.work().join(".env").display().to_string();
    assert_eq!(
        shown(&ran.out, "bot_name"),
        ("from dotenv", format!("{dotenv}:1 (BOT_NAME)").as_str())
    );
    assert_eq!(
        shown(&ran.out, "servers.factorio.webhook"),
        (SHOWN, format!("{dotenv}:2 (DISCORD_WEBHOOK_URL)").as_str())
    );

    let program = program.env("BOT_NAME", "from environment");
    let ran = program.run(["check"]).await.expect_code(0);
    assert_eq!(
        shown(&ran.out, "bot_name"),
        ("from environment", "variable BOT_NAME")
    );

    for (name, id) in [("discord_webhook_url", 1), ("DISCORD_WEBHOOK_URL.txt", 2)] {
        let secret = format!("https://discord.com/api/webhooks/{id}/canary-token-of-the-webhook \n\n");
        let path = program.file(&format!("work/.secrets/{name}"), secret);
        let ran = program.run(["check"]).await.expect_code(0);
        assert_eq!(
            shown(&ran.out, "servers.factorio.webhook"),
            (
                format!("https://discord.com/api/webhooks/{id}/…").as_str(),
                format!("secret file {}", path.display()).as_str()
            )
        );
        assert!(!ran.out.contains("canary"), "{}", ran.out);
        std::fs::remove_file(path).unwrap();
    }

    let named = program.file(
        "elsewhere/hook",
        "https://discord.com/api/webhooks/3/canary-token-of-the-webhook",
    );
    let ran = program
        .env("DISCORD_WEBHOOK_URL_FILE", &named)
        .run(["check"])
        .await
        .expect_code(0);
    let (value, origin) = shown(&ran.out, "servers.factorio.webhook");
    assert_eq!(value, "https://discord.com/api/webhooks/3/…");
    assert!(origin.contains("elsewhere/hook"), "{origin}");
}

#[tokio::test]
async fn the_configuration_file_is_found_named_by_a_variable_or_typed() {
    let program = Program::new();
    let yaml = |tag: &str| format!("servers:\n  {tag}:\n    log_path: /srv/{tag}/console.log\n");
    let here = program.file("work/factorio-isr.yml", yaml("here"));
    let named = program.file("named.yml", yaml("named"));
    let typed = program.file("typed.yml", yaml("typed"));

    let ran = program.run(["check"]).await.expect_code(0);
    ran.says(&[
        &format!("Configuration file: {}", here.display()),
        "Events of here",
    ]);
    let program = program.env("FACTORIO_ISR_CONFIG", &named);
    let ran = program.run(["check"]).await.expect_code(0);
    ran.says(&[
        &format!("Configuration file: {}", named.display()),
        "Events of named",
    ]);
    let ran = program
        .run(["check".as_ref(), "--config".as_ref(), typed.as_os_str()])
        .await
        .expect_code(0);
    let (_, origin) = shown(&ran.out, "servers.typed.log_path");
    assert!(origin.ends_with("typed.yml:3:15"), "{origin}");
}

const BAD: &str = "\
servers:
  north:
    log_pth: /srv/north/console.log
    webhook: https://discord.com/channels/1/2
  south:
    log_path: /srv/south/console.log
    time_zone: Mars/Olympus
    events:
      joinn: on
limits:
  stop_grace: soon
";

#[tokio::test]
async fn all_problems_come_at_once_each_with_place_and_remedy() {
    let program = Program::new()
        .env("LOG_LEVEL", "loud")
        .env("HEALTH_CHECK_PORT", "99999");
    let file = program.file("work/factorio-isr.yml", BAD);
    let ran = program.run(["check"]).await.expect_code(78);
    let at = |place: &str| format!("{}:{place}", file.display());
    let found: Vec<&str> = ran
        .lines()
        .into_iter()
        .filter(|line| line.contains("    remedy: "))
        .collect();
    assert!(found.len() >= 7, "{}", ran.out);
    assert!(
        found.iter().all(|line| line.len() > "    remedy: write".len()),
        "{}",
        ran.out
    );
    let head = format!("the configuration has {} problems", found.len());
    let ran = ran.says(&[
        &head,
        &at("3:5"),
        "log_path",
        &at("4:14"),
        &at("7:16"),
        &at("9:7"),
        &at("11:15"),
        "variable LOG_LEVEL",
        "variable HEALTH_CHECK_PORT",
        "did you mean",
    ]);
    for command in [
        vec!["run"],
        vec!["replay", "x.log"],
        vec!["outbox", "list"],
        vec!["healthcheck"],
    ] {
        let refused = program.run(&command).await.expect_code(78);
        assert_eq!(
            refused.out, "",
            "{command:?}: nothing for a program that reads it"
        );
        assert!(
            refused.err.contains(&ran.out.trim_end()[..head.len()]),
            "{command:?}: {}",
            refused.err
        );
    }
    let doctor = program.run(["doctor"]).await.expect_code(78);
    assert_eq!(doctor.out, ran.out);
}

#[tokio::test]
async fn nothing_configured_is_one_problem_that_names_the_variable() {
    let ran = Program::new().run(["check"]).await.expect_code(78);
    ran.says(&[
        "the configuration has 1 problem\n",
        "FACTORIO_LOG_PATH",
        "--console-log",
    ]);
    let ran = Program::new().run(Vec::<String>::new()).await.expect_code(78);
    ran.complains(&[
        "the configuration has 1 problem\n",
        "remedy: set FACTORIO_LOG_PATH",
    ]);
}

#[tokio::test]
async fn secrets_in_problems_stay_hidden() {
    let program = Program::with_log().env(
        "DISCORD_WEBHOOK_URL",
        "http://discord.com/api/webhooks/4242/canary-token-of-the-webhook",
    );
    for command in ["check", "run", "doctor"] {
        let ran = program.run([command]).await.expect_code(78);
        assert!(
            !format!("{}{}", ran.out, ran.err).contains("canary"),
            "{command}: {ran:?}"
        );
    }
}

#[tokio::test]
async fn the_events_table_tells_what_the_logs_can_give() {
    let program = Program::with_log().env("DISCORD_WEBHOOK_URL", URL);
    program.file(
        "console.log",
        "=== Log opened 2026-01-31 18:00:00 ===\n2026-01-31 18:00:05 [JOIN] Bob joined the game\n",
    );
    let row = |out: &str, kind: &str| {
        let found = out
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{kind} ")));
        found.unwrap_or_else(|| panic!("no {kind} in\n{out}")).to_owned()
    };
    let alone = program
        .run(["check"])
        .await
        .expect_code(0)
        .says(&["Events of factorio (console log):"]);
    assert_eq!(
        row(&alone.out, "chat"),
        "  chat                 yes        to its webhook"
    );
    assert!(row(&alone.out, "desync").contains(" no "), "{}", alone.out);
    let milestone = row(&alone.out, "milestone");
    assert!(
        milestone.contains(" no ") && milestone.contains("set game_log"),
        "{milestone}"
    );
    assert!(row(&alone.out, "command ").ends_with(" off"), "{}", alone.out);

    program.file(
        "factorio-current.log",
        "   0.000 2026-01-31 18:00:00; Factorio 2.0.28 (build 79950, linux64, headless)\n",
    );
    let both = program
        .run(["check"])
        .await
        .expect_code(0)
        .says(&["Events of factorio (console log and game log):"]);
    assert!(row(&both.out, "desync").contains(" yes "), "{}", both.out);
    assert!(
        row(&both.out, "milestone").contains(" with mods "),
        "{}",
        both.out
    );

    let game_log = program.home().join("factorio-current.log");
    let wrong = program
        .env("FACTORIO_LOG_PATH", game_log)
        .run(["check"])
        .await
        .expect_code(0);
    wrong.says(&["factorio-current.log alone: it never holds chat or joins"]);
}

#[tokio::test]
async fn an_admin_event_without_an_admin_webhook_is_pointed_out() {
    let program = Program::new();
    program.file(
        "work/factorio-isr.yml",
        "servers:\n  north:\n    log_path: /srv/console.log\n    events:\n      command: on\n",
    );
    let ran = program.run(["check"]).await;
    assert!(
        format!("{}{}", ran.out, ran.err).contains("admin_webhook"),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn a_state_folder_on_the_layer_of_a_container_is_pointed_out() {
    let program = Program::with_log().env("container", "podman");
    let ran = program
        .run(["check", "--state-dir", "/factorio-isr-is-not-there"])
        .await
        .expect_code(0);
    ran.says(&[
        "note: the position is not kept when the container is replaced",
        "-v factorio-isr-state:/var/lib/factorio-isr",
    ]);
}
