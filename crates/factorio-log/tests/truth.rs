//! The hand-labelled lines: every label is met exactly, field by field, and the real logs hold no false event.

#![expect(clippy::expect_used, reason = "a missing test file is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use factorio_log::{Context, Entry, Grammar, Kind, Shape, Value};
use serde_json::{Map, Value as Json, json};

fn test_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn as_json(entry: &Entry<'_>) -> Json {
    let mut object = Map::new();
    object.insert("kind".to_owned(), json!(entry.kind().as_str()));
    entry.for_each_field(&mut |name, value| {
        let value = match value {
            Value::Text(text) => json!(String::from_utf8_lossy(text)),
            Value::Number(number) => json!(number),
            Value::Signed(number) => json!(number),
            Value::Decimal(number) => json!(number),
            Value::Flag(flag) => json!(flag),
        };
        assert!(
            object.insert(name.to_owned(), value).is_none(),
            "{name} was visited twice"
        );
    });
    Json::Object(object)
}

#[test]
fn every_label_is_met_exactly() {
    let truth = std::fs::read_to_string(test_files().join("truth.jsonl")).expect("truth.jsonl");
    let mut wrong = Vec::new();
    let mut labels = 0;
    for label in truth.lines() {
        let label: Json = serde_json::from_str(label).expect("a label");
        let line = label["line"].as_str().expect("a line");
        let entry = Grammar::new().parse(&mut Context::new(), line.as_bytes());
        let found = entry.as_ref().map_or(Json::Null, as_json);
        if found != label["expected"] {
            wrong.push(format!(
                "{}: {line}\n  expected {}\n  found    {found}",
                label["id"], label["expected"]
            ));
        }
        labels += 1;
    }
    assert_eq!(labels, 150);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Counts the kinds of one log, read in order with one context.
fn kinds(log: &str) -> BTreeMap<Kind, usize> {
    let text = std::fs::read(test_files().join("logs").join(log)).expect(log);
    let (grammar, mut context) = (Grammar::new(), Context::new());
    let mut counts = BTreeMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        if let Some(entry) = grammar.parse(&mut context, line) {
            *counts.entry(entry.kind()).or_insert(0) += 1;
        }
    }
    counts
}

#[test]
fn a_multi_line_command_gives_one_event_and_its_script_output() {
    let counts = kinds("TheLQ__facto-loop-miner.log");
    let expected = [
        (Kind::Command, 6),
        (Kind::EngineRconReady, 1),
        (Kind::EngineRconClient, 2),
        (Kind::EngineScript, 8),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn the_console_lines_of_a_whole_evening_are_all_read() {
    let counts = kinds("sigonasr2__FactorioLogger.log");
    let console = [Kind::Join, Kind::Leave, Kind::Chat, Kind::Color];
    let found: usize = console.iter().filter_map(|kind| counts.get(kind)).sum();
    assert_eq!(found, 98, "{counts:?}");
}

#[test]
fn game_logs_hold_no_chat_no_joins_and_no_mod_lines() {
    for log in [
        "cmdrchkn__factorio.log",
        "dreamworkerln__factorio.log",
        "gbjnewman__docker_files.log",
        "jamespericles__factorio.log",
        "milo1150__factorio-ply.log",
        "Mkittlein__Factorio.log",
        "petardfoozer__Factorio.log",
        "philipxjm__factorio-server.log",
    ] {
        for kind in kinds(log).into_keys() {
            assert!(kind.as_str().starts_with("engine."), "{log}: {kind}");
        }
    }
}

#[test]
fn bare_lines_of_the_real_logs_are_events_only_where_a_mod_printed_them() {
    for file in std::fs::read_dir(test_files().join("logs")).expect("the logs") {
        let path = file.expect("a log").path();
        let text = std::fs::read(&path).expect("a log");
        let (grammar, mut context) = (Grammar::new(), Context::new());
        for line in text.split(|byte| *byte == b'\n') {
            let Some(entry) = grammar.parse(&mut context, line) else {
                continue;
            };
            let from_mod =
                line.starts_with(b"[FactoriGOChatBot]") || line.starts_with(b"[[FactoriGOChatBot]");
            assert_eq!(
                entry.shape == Shape::Bare,
                from_mod,
                "{}",
                String::from_utf8_lossy(line)
            );
        }
    }
}
