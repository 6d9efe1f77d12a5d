//! The configuration file: syntax, positions, values, limits, the example.

use std::time::Duration;

use super::super::{Bytes, ConsoleLog, Rows, WhenFull};
use super::{OTHER_WEBHOOK, Scene, WEBHOOK, assert_some_contains, repository};

#[test]
fn bad_yaml_is_reported_with_line_and_column() {
    let scene = Scene::ready().yaml("log:\n  level: info\n format: json\n");
    let problems = scene.problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with("factorio-isr.yml:3:"), "{problems:#?}");
    assert_some_contains(&problems, "the file is not valid YAML");
}

#[test]
fn a_tab_is_named_as_the_cause() {
    let scene = Scene::ready().yaml("log:\n\tlevel: info\n");
    assert_some_contains(&scene.problems(), "indent with spaces: YAML allows no tab there");
}

#[test]
fn a_name_in_braces_without_quotation_marks_is_named_as_the_cause() {
    let scene = Scene::ready()
        .yaml("servers: {a: {log_path: ${LOG}}}\n")
        .with("DISCORD_WEBHOOK_URL", "nonsense");
    let problems = scene.problems();
    assert_some_contains(&problems, "put ${NAME} into quotation marks");
    assert_some_contains(
        &problems,
        "variable DISCORD_WEBHOOK_URL: the webhook address is (hidden)",
    );
}

#[test]
fn a_key_written_twice_is_refused_at_the_second_place() {
    let scene = Scene::ready().yaml("bot_name: a\nstate_dir: /s\nbot_name: b\n");
    let problems = scene.problems();
    assert!(problems[0].starts_with("factorio-isr.yml:3:1:"), "{problems:#?}");
}

#[test]
fn an_empty_file_says_nothing() {
    for text in ["", "# only a comment\n", "---\n", "servers:\nlog:\ndefaults: ~\n"] {
        assert_eq!(
            Scene::ready().yaml(text).accepted().config.servers.len(),
            1,
            "{text:?}"
        );
    }
}

#[test]
fn the_wrong_shape_is_reported_with_its_place() {
    let scene = Scene::ready().yaml("servers: [a]\nlog: loud\nbot_name: {a: 1}\nlimits:\n  outbox: 5\n");
    let problems = scene.problems();
    assert_some_contains(
        &problems,
        "factorio-isr.yml:1:10: servers has to hold keys with values",
    );
    assert_some_contains(
        &problems,
        "factorio-isr.yml:2:6: log has to hold keys with values",
    );
    assert_some_contains(
        &problems,
        "factorio-isr.yml:3:11: `bot_name` takes a single value",
    );
    assert_some_contains(
        &problems,
        "factorio-isr.yml:5:11: limits.outbox has to hold keys with values",
    );
    let list = Scene::ready().yaml("- a\n");
    assert_some_contains(
        &list.problems(),
        "factorio-isr.yml:1:1: the file has to hold keys with values",
    );
}

#[test]
fn values_keep_the_text_that_was_written() {
    let scene = Scene::new().yaml(concat!(
        "bot_name: 1.10\n",
        "servers:\n",
        "  017: {log_path: /a.log, name: 0x10}\n",
        "  on: {log_path: 1_000, name: Yes}\n",
    ));
    let config = scene.accepted().config;
    assert_eq!(config.bot_name, "1.10");
    let names: Vec<_> = config
        .servers
        .iter()
        .map(|server| (server.tag.as_str(), server.name.as_str()))
        .collect();
    assert_eq!(names, [("017", "0x10"), ("on", "Yes")]);
    assert_eq!(
        config.servers[1].log,
        Some(ConsoleLog::File(scene.path("work/1_000")))
    );
}

#[test]
fn booleans_of_yaml_1_1_are_accepted() {
    for (text, expected) in [
        ("yes", "on"),
        ("on", "on"),
        ("True", "on"),
        ("no", "off"),
        ("off", "off"),
        ("'off'", "off"),
    ] {
        let scene = Scene::ready().yaml(&format!("send_test_message: {text}\n"));
        assert_eq!(scene.shown("send_test_message").0, expected, "{text}");
    }
}

#[test]
fn anchors_and_merge_keys_work() {
    let scene = Scene::new().yaml(concat!(
        "servers:\n",
        "  a: &base {log_path: /a.log, start: beginning}\n",
        "  b: {<<: *base, log_path: /b.log}\n",
    ));
    let config = scene.accepted().config;
    assert_eq!(config.servers[1].start, super::super::StartAt::Beginning);
    assert_eq!(config.servers[1].log, Some(ConsoleLog::File("/b.log".into())));
}

#[test]
fn names_in_braces_are_replaced_from_every_named_source() {
    let scene = Scene::new()
        .with("FOLDER", "/games")
        .file("work/.env", "NORTH=north\n")
        .file("root/run/secrets/hook", WEBHOOK)
        .yaml("servers:\n  a:\n    log_path: \"${FOLDER}/${NORTH}/console.log\"\n    webhook: ${HOOK}\n");
    let config = scene.accepted().config;
    assert_eq!(
        config.servers[0].log,
        Some(ConsoleLog::File("/games/north/console.log".into()))
    );
    assert!(
        matches!(&config.servers[0].target, super::super::Target::Webhook(w) if *w.url == WEBHOOK.parse().expect("address"))
    );
}

#[test]
fn a_reference_that_stays_unresolved_is_refused_with_its_place() {
    for (text, part) in [
        (
            "bot_name: ${MISSING}\n",
            "factorio-isr.yml:1:11: ${MISSING} has no value",
        ),
        (
            "bot_name: '${MISSING}'\n",
            "factorio-isr.yml:1:11: ${MISSING} has no value",
        ),
        (
            "bot_name: x${A:-b}\n",
            "factorio-isr.yml:1:11: `${` is not followed by a name and `}`",
        ),
        ("bot_name: ${\n", "`${` is not followed by a name and `}`"),
    ] {
        let problems = Scene::ready().yaml(text).problems();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert_some_contains(&problems, part);
    }
}

#[test]
fn keys_of_the_python_program_make_notes() {
    let scene = Scene::new().yaml(
        "servers:\n  a: {log_path: /a.log, event_channel_id: 5, alert_channel_id: 6, discord: {event_channel_id: 7}}\n",
    );
    let notes = scene.notes();
    assert_some_contains(&notes, "the channel needs the bot, and no token is set");
    assert_some_contains(&notes, "`alert_channel_id` was never read by any version");
    assert_some_contains(&notes, "`discord` was never read by any version");
}

#[test]
fn limits_are_typed_and_bounded() {
    let scene = Scene::ready().yaml(concat!(
        "limits:\n  max_event_age: 12h\n  give_up_after: 2d\n  late_after: 90s\n  poll_interval: 500ms\n",
        "  rotation_wait: 20s\n  max_line: 64KiB\n  park_interval: 5min\n  stop_grace: 3s\n",
        "  outbox: {max_rows: 50_000, max_bytes: 64MiB, when_full: drop-oldest}\n",
        "  retention: {delivered: 1h, dead_letters: 7d, audit: 400d}\n",
    ));
    let limits = scene.accepted().config.limits;
    assert_eq!(limits.max_event_age, Duration::from_hours(12));
    assert_eq!(limits.give_up_after, Duration::from_hours(48));
    assert_eq!(limits.late_after, Duration::from_secs(90));
    assert_eq!(limits.poll_interval, Duration::from_millis(500));
    assert_eq!(limits.rotation_wait, Duration::from_secs(20));
    assert_eq!(limits.max_line, Bytes(65_536));
    assert_eq!(limits.park_interval, Duration::from_mins(5));
    assert_eq!(limits.stop_grace, Duration::from_secs(3));
    assert_eq!(limits.outbox.max_rows, Rows(50_000));
    assert_eq!(limits.outbox.max_bytes, Bytes(64 << 20));
    assert_eq!(limits.outbox.when_full, WhenFull::DropOldest);
    assert_eq!(limits.retention.delivered, Duration::from_hours(1));
    assert_eq!(limits.retention.dead_letters, Duration::from_hours(7 * 24));
    assert_eq!(limits.retention.audit, Some(Duration::from_hours(400 * 24)));
    assert_eq!(Scene::ready().accepted().config.limits.retention.audit, None);
    let bad =
        Scene::ready().yaml("limits: {poll_interval: 1ms, outbox: {max_rows: 1, when_full: explode}}\n");
    assert_eq!(bad.problems().len(), 3, "{:#?}", bad.problems());
}

#[test]
fn hostile_files_are_refused_within_bounds() {
    let deep = format!("bot_name: {}\n", "[".repeat(5_000));
    assert_eq!(Scene::ready().yaml(&deep).problems().len(), 1);
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..9 {
        let before = level - 1;
        bomb += &format!(
            "a{level}: &a{level} [{}]\n",
            vec![format!("*a{before}"); 9].join(",")
        );
    }
    assert!(!Scene::ready().yaml(&bomb).problems().is_empty());
    let nested = format!("bot_name: {}1{}\n", "{a: ".repeat(30), "}".repeat(30));
    assert_some_contains(
        &Scene::ready().yaml(&nested).problems(),
        "the file is not valid YAML",
    );
    let huge = Scene::ready().yaml(&"# x\n".repeat(300_000));
    assert_some_contains(&huge.problems(), "larger than 1048576 bytes");
    let binary = Scene::ready().file("work/factorio-isr.yml", [0xff, 0xfe, 0x00]);
    assert_some_contains(&binary.problems(), "not UTF-8");
    let folder = Scene::ready().folder("work/factorio-isr.yml");
    assert_some_contains(&folder.problems(), "it is a folder");
}

#[test]
fn the_example_file_has_no_problem() {
    let text = std::fs::read_to_string(repository().join("factorio-isr.example.yml")).expect("example");
    let scene = Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .with("ADMIN_WEBHOOK_URL", OTHER_WEBHOOK)
        .yaml(&text);
    let loaded = scene.accepted();
    assert!(!loaded.config.servers.is_empty());
    let about_file: Vec<_> = loaded
        .notes
        .iter()
        .map(ToString::to_string)
        .filter(|n| n.contains("not used"))
        .collect();
    assert!(about_file.is_empty(), "{about_file:#?}");
}

/// What the example shows in comments has to work as well once somebody removes the `#`.
#[test]
fn the_commented_part_of_the_example_is_right_too() {
    let text = std::fs::read_to_string(repository().join("factorio-isr.example.yml")).expect("example");
    let lines = text
        .lines()
        .map(|line| line.replacen("#: ", "", 1))
        .collect::<Vec<_>>()
        .join("\n");
    assert_ne!(lines, text.trim_end(), "the example holds switched-off settings");
    let scene = Scene::new()
        .with("DISCORD_WEBHOOK_URL", WEBHOOK)
        .with("ADMIN_WEBHOOK_URL", OTHER_WEBHOOK)
        .with("DISCORD_BOT_TOKEN", "MTIz.a.b")
        .yaml(&lines);
    assert!(scene.accepted().config.servers.len() > 1);
}

#[cfg(feature = "schema")]
#[test]
fn the_json_schema_is_in_step() {
    let path = repository().join("docs/factorio-isr.schema.json");
    let generated = serde_json::to_string_pretty(&super::super::json_schema()).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &generated).expect("schema is written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == generated,
        "docs/factorio-isr.schema.json is out of step: run this test with UPDATE_SCHEMA=1"
    );
}

/// Every key of the schema is read by the program: none is reported as unknown.
#[cfg(feature = "schema")]
#[test]
fn every_key_of_the_schema_is_known() {
    let schema = super::super::json_schema();
    let mut yaml = String::new();
    write_keys(&schema, &schema, 0, &mut yaml);
    let refused = Scene::ready().yaml(&yaml).load().err();
    let unknown = refused
        .iter()
        .flat_map(|refused| &refused.problems)
        .filter(|p| p.what.contains("unknown"));
    assert_eq!(unknown.count(), 0, "{refused:#?}\n{yaml}");
    assert!(yaml.matches(':').count() > 40, "{yaml}");
}

/// Writes every property of a schema as a key without a value.
#[cfg(feature = "schema")]
fn write_keys(root: &serde_json::Value, schema: &serde_json::Value, depth: usize, yaml: &mut String) {
    let reference = |value: &serde_json::Value| value["$ref"].as_str().map(str::to_owned);
    let target = reference(schema).or_else(|| {
        schema["anyOf"][0]
            .get("$ref")
            .and_then(|r| r.as_str().map(str::to_owned))
    });
    let target = target.or_else(|| {
        schema["allOf"][0]
            .get("$ref")
            .and_then(|r| r.as_str().map(str::to_owned))
    });
    let schema = match target {
        Some(path) => root.pointer(path.trim_start_matches('#')).expect("definition"),
        None if schema["anyOf"].is_array() => &schema["anyOf"][0],
        None => schema,
    };
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        *yaml += &format!("{}{key}:\n", "  ".repeat(depth));
        write_keys(root, value, depth + 1, yaml);
    }
    if schema["additionalProperties"].get("$ref").is_some() {
        *yaml += &format!("{}someone:\n", "  ".repeat(depth));
        write_keys(root, &schema["additionalProperties"], depth + 1, yaml);
    }
}
