//! The dashboard and the alert rules of `deploy/` against what the binary exports: no panel may stay empty because a name
//! was mistyped or changed.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

mod stage;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use isr_testkit::discord::{Fault, FaultRule};
use isr_testkit::rcon::{FakeFactorio, Industry, Script};
use serde_json::Value;

use stage::{ONLY, Running, SOON, Stage};

/// What is exported only after something went wrong that this scene does not bring about. That these exist is checked
/// against the registry of the program itself.
const RARE: [&str; 7] = [
    "factorio_isr_bytes_lost_total",
    "factorio_isr_console_gaps_total",
    "factorio_isr_dead_lettered_total",
    "factorio_isr_expired_total",
    "factorio_isr_generation_gap_total",
    "factorio_isr_lines_too_long_total",
    "factorio_isr_poison_lines_total",
];

fn deployed(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    fs::read_to_string(root.join(path)).unwrap()
}

/// The names of metrics in a text: words that begin with `factorio_`.
fn names_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c: char| !is_part(c));
    words
        .filter(|word| word.starts_with("factorio_"))
        .map(str::to_owned)
        .collect()
}

fn dashboard() -> Value {
    serde_json::from_str(&deployed("grafana/factorio.json")).unwrap()
}

fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let definitions = variables.filter_map(|variable| variable["definition"].as_str().map(str::to_owned));
    targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .chain(definitions)
        .collect()
}

/// What the rules ask: the lines of `expr`, not the prose around them.
fn rules() -> String {
    let text = deployed("prometheus/factorio.rules.yml");
    let mut asked = String::new();
    let mut is_expression = false;
    for line in text.lines() {
        let key = line.trim_start();
        is_expression = key.starts_with("expr:") || (is_expression && line.starts_with("          "));
        if is_expression {
            asked.push_str(line);
            asked.push('\n');
        }
    }
    asked
}

/// A program between a game and Discord to whom enough happens that nearly everything was counted once.
async fn lively() -> (Stage, FakeFactorio, Running) {
    let game = FakeFactorio::start("secret").await.unwrap();
    let stage = Stage::bare().await;
    let (url, port, log) = (stage.discord.url(1), game.addr().port(), stage.log_path());
    let yaml = format!(
        "limits: {{rotation_wait: 1s}}\ndefaults: {{card: off}}\nservers:\n  {ONLY}:\n    log_path: {}\n    webhook: {url}\n    start: beginning\n    \
         filters: [{{name: colours, events: color}}]\n    rcon: {{host: 127.0.0.1, port: {port}, password: secret, poll_interval: 5s, allow_lua: on}}\n",
        log.display()
    );
    stage.write_yaml(&yaml);
    game.world(|world| world.industry = Industry::Busy);
    game.write_logs(log.parent().unwrap()).unwrap();
    // An answer that is lost on its way: the message may be there twice.
    let lost = FaultRule::new(Fault::AcceptThenCut);
    stage.discord.inject(lost.times(1));
    game.script("/seed", Script::Text("sieben\n".into()));
    let running = stage.start().await;
    (stage, game, running)
}

#[tokio::test]
async fn every_name_in_deploy_is_exported() {
    let (stage, game, running) = lively().await;
    // Time passes for the game as it does for us, so that its speed can be told.
    let playing = tokio::spawn({
        let game = game.clone();
        async move {
            let mut beat = tokio::time::interval(Duration::from_millis(100));
            loop {
                beat.tick().await;
                game.world(|world| world.pass(Duration::from_millis(100)));
            }
        }
    });
    game.world(|world| {
        world.join("alice");
        world.run("/server-save");
    });
    stage.wait_for_shown("alice").await;
    running.reload().await;
    let asked = |text: &str| {
        let mut asked = names_in(text);
        RARE.iter().for_each(|rare| {
            asked.remove(*rare);
        });
        asked
    };
    let mut wanted = asked(&rules());
    wanted.extend(asked(&expressions(&dashboard()).join("\n")));
    assert!(wanted.len() > 20, "{wanted:?}");
    // Logs are turned over and cut, too.
    let mut writer = isr_testkit::log::LogWriter::open(stage.log_path()).unwrap();
    writer
        .line("2026-08-07 11:31:05 [COLOR] alice's color is now green.")
        .unwrap();
    writer.chat("alice", "before the rotation").unwrap();
    stage.wait_for_shown("before the rotation").await;
    writer
        .rotate_rename(
            stage.log_path().with_extension("log.1"),
            isr_testkit::log::AfterRename::Reopen,
        )
        .unwrap();
    writer.chat("alice", "after the rotation").unwrap();
    stage.wait_for_shown("after the rotation").await;
    writer
        .truncate_then("2026-08-07 11:31:05 [CHAT] alice: cut")
        .unwrap();
    let url = format!("{}/metrics", running.address);
    let mut missing = BTreeSet::new();
    let seen = running.daemon.wait_for_answer(&url, SOON * 2, |answer| {
        let exported = names_in(&answer.body);
        missing = wanted.difference(&exported).cloned().collect();
        missing.is_empty()
    });
    let seen = seen.await;
    assert!(seen.is_ok(), "not exported: {missing:?}");
    playing.abort();
    running.stop().await;
}

#[test]
fn the_rare_names_are_registered() {
    use factorio_isr::metrics::{DestinationLabel, Metrics, ServerLabel};
    let (metrics, registry) = Metrics::new();
    let server = ServerLabel { server: "a".into() };
    for counter in [
        &metrics.bytes_lost,
        &metrics.console_gaps,
        &metrics.generation_gaps,
        &metrics.lines_too_long,
        &metrics.poison_lines,
    ] {
        counter.get_or_create(&server).inc();
    }
    let destination = DestinationLabel {
        destination: "a".into(),
    };
    for counter in [&metrics.dead_lettered, &metrics.expired] {
        counter.get_or_create(&destination).inc();
    }
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    let exported = names_in(&text);
    for rare in RARE {
        assert!(exported.contains(rare), "{rare} is not in {exported:?}");
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_can_show() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "an id twice");
        let number = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(number("x") + number("w") <= 24);
        for x in number("x")..number("x") + number("w") {
            for y in number("y")..number("y") + number("h") {
                assert!(cells.insert((x, y)), "{} lies over another panel", panel["title"]);
            }
        }
        let is_row = panel["type"] == "row";
        let targets = panel["targets"].as_array().map_or(0, Vec::len);
        assert_eq!(is_row, targets == 0, "{}", panel["title"]);
    }
    for expression in expressions(&dashboard) {
        let count = |c: char| expression.chars().filter(|other| *other == c).count();
        assert_eq!((count('('), count('{')), (count(')'), count('}')), "{expression}");
    }
}
