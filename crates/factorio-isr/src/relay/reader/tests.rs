//! Tests of the reader: a full outbox, both logs at the start, large logs.

use std::path::Path;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::source::GenerationId;
use isr_store::{Opened, OutboxCaps, StoreHistory, StoreOptions};
use isr_tail::{Events, WakeHandle};

use super::*;
use crate::config::{self, Config, Overrides, Surroundings};
use crate::relay::plan;
use crate::status::Verdict;

/// A configuration that reads `console.log` of the folder from its beginning, and the game log beside it.
fn config(folder: &Path) -> Config {
    let text = "servers:\n  a:\n    log_path: console.log\n    start: beginning\n";
    let file = folder.join("factorio-isr.yml");
    std::fs::write(&file, text).unwrap();
    let surroundings = Surroundings::empty(folder)
        .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
        .with_variable("FACTORIO_ISR_STATE_DIR", folder.join("state").to_string_lossy());
    config::load(&surroundings, &Overrides::default()).unwrap().config
}

/// A store whose outbox has room for one delivery, which is there.
fn full_store(folder: &Path) -> Store {
    let caps = OutboxCaps {
        rows: 1,
        ..OutboxCaps::default()
    };
    let options = StoreOptions {
        caps,
        ..StoreOptions::new(folder.join("state"))
    };
    let Opened { store, .. } = Store::open(options).unwrap();
    let waiting = NewDelivery {
        id: DeliveryId {
            generation: GenerationId(1),
            offset: 0,
            part: 0,
        },
        destination: Destination::new("elsewhere"),
        server: isr_core::source::ServerTag::parse("a").unwrap(),
        kind: KindName::fixed("chat"),
        form: Form::Line,
        text: "waiting".into(),
        username: None,
        subject: None,
        pings: Pings::Nobody,
        happened_ms: 0,
        seen_ms: 0,
    };
    let batch = IngestBatch {
        deliveries: vec![waiting],
        ..IngestBatch::default()
    };
    store.commit_blocking(batch).unwrap();
    store
}

/// A reader of all logs of a configuration, what stops it, and what it shows.
fn reader(config: &Config, store: &Store) -> (Reader, Arc<AtomicBool>, WakeHandle, Status) {
    let (metrics, _) = Metrics::new();
    let restarts = Restarts::default();
    let sources = plan::sources(config, &[], StoreHistory::FirstEver, &metrics);
    let paths: Vec<_> = sources
        .iter()
        .filter_map(|source| source.path().cloned())
        .collect();
    let waiter = Waiter::new(Events::Off, &paths).unwrap();
    let (wake, stop) = (waiter.wake_handle(), Arc::new(AtomicBool::new(false)));
    let status = Status::new(plan::source_ids(config), restarts.clone());
    let around = ReaderSurroundings {
        store: store.clone(),
        bells: Bells::default(),
        orders: order_desk(wake.clone()).1,
        board: Board::default(),
        status: status.clone(),
        metrics,
        restarts,
        stop: Arc::clone(&stop),
    };
    (Reader::new(sources, waiter, around), stop, wake, status)
}

fn wait_until(what: &str, predicate: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !predicate() {
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}

#[test]
fn g1_a_stop_while_the_outbox_is_full_never_commits_a_position_over_lines_that_were_not() {
    let folder = tempfile::tempdir().unwrap();
    // A first share with events that the outbox refuses, and further ones without any, which it would take.
    let mut log = "[MILESTONE] Ada completed: one\n".repeat(100);
    log.push_str(&"noise that is no event\n".repeat(SHARE / 10));
    std::fs::write(folder.path().join("console.log"), log).unwrap();
    let store = full_store(folder.path());
    let config = config(folder.path());
    let (reader, stop, wake, status) = reader(&config, &store);
    let thread = std::thread::spawn(move || reader.run());
    wait_until("the full outbox", || status.health().status == Verdict::Unhealthy);
    stop.store(true, Ordering::Release);
    wake.wake();
    assert_eq!(thread.join().unwrap(), ReaderEnd::Stopped);
    let beyond: Vec<_> = store
        .checkpoints()
        .unwrap()
        .into_iter()
        .filter(|(_, checkpoint)| checkpoint.offset > 0)
        .collect();
    assert_eq!(beyond, [], "nothing was stored, so nothing may be passed");
    store.close_blocking().unwrap();
}

#[test]
fn p02_what_rules_decided_about_lines_that_are_read_again_is_decided_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = "servers:\n  a:\n    log_path: console.log\n    start: beginning\n    alerts: on\n";
    let file = folder.path().join("factorio-isr.yml");
    std::fs::write(&file, text).unwrap();
    let surroundings = Surroundings::empty(folder.path())
        .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
        .with_variable(
            "FACTORIO_ISR_STATE_DIR",
            folder.path().join("state").to_string_lossy(),
        );
    let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
    let line = "   2.000 Error SaveGame.cpp:7: Saving the game failed: no space\n";
    std::fs::write(folder.path().join("console.log"), line).unwrap();
    let Opened { store, .. } = Store::open(StoreOptions::new(folder.path().join("state"))).unwrap();
    let (mut reader, ..) = reader(&config, &store);
    let console = |source: &Source| source.id().stream == Stream::Console;
    let console = reader.sources.iter().position(console).unwrap();
    let mut told = || {
        reader
            .turn(console, Look::Timed)
            .unwrap()
            .batch
            .map_or(0, |batch| batch.alerts.len())
    };
    assert_eq!(told(), 1);
    assert_eq!(told(), 0, "it was told just now");
    reader.send_back(console, Duration::ZERO).unwrap();
    let batch = reader.turn(console, Look::Timed).unwrap().batch.unwrap();
    assert_eq!(batch.alerts.len(), 1, "nothing of it was committed");
    let kept = without_deliveries(&batch, "a test");
    assert_eq!(kept.alerts, batch.alerts);
}

#[test]
fn a_large_log_that_goes_to_many_destinations_is_stored_whole() {
    // With eight destinations more than one transaction takes, and less than one turn reads.
    const LINES: usize = 14_000;
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..LINES)
        .map(|n| format!("2099-01-01 10:00:00 [CHAT] a: {n}\n"))
        .collect();
    std::fs::write(folder.path().join("console.log"), text).unwrap();
    let channels: String = (1..=8)
        .map(|n| format!("  c{n}: https://discord.com/api/webhooks/{n}/canary\n"))
        .collect();
    let file = folder.path().join("factorio-isr.yml");
    let yaml = format!(
        "channels:\n{channels}servers:\n  a:\n    log_path: console.log\n    game_log: off\n    start: beginning\n\
         routes:\n  - {{events: chat, to: [c1, c2, c3, c4, c5, c6, c7, c8]}}\n"
    );
    std::fs::write(&file, yaml).unwrap();
    let surroundings = Surroundings::empty(folder.path())
        .with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy())
        .with_variable(
            "FACTORIO_ISR_STATE_DIR",
            folder.path().join("state").to_string_lossy(),
        );
    let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
    let caps = OutboxCaps {
        rows: 1_000_000,
        bytes: 1 << 30,
        ..OutboxCaps::default()
    };
    let options = StoreOptions {
        caps,
        ..StoreOptions::new(folder.path().join("state"))
    };
    let Opened { store, .. } = Store::open(options).unwrap();
    let (reader, stop, wake, status) = reader(&config, &store);
    let thread = std::thread::spawn(move || reader.run());
    wait_until("the end of the log", || {
        let health = store.health();
        health.waiting_rows == 8 * LINES as u64
            || health.tallies.iter().any(|tally| tally.rule == "unstorable")
    });
    stop.store(true, Ordering::Release);
    wake.wake();
    assert_eq!(thread.join().unwrap(), ReaderEnd::Stopped);
    assert!(status.is_started());
    assert_eq!(store.health().waiting_rows, 8 * LINES as u64);
    store.close_blocking().unwrap();
}

#[test]
fn what_both_logs_tell_is_posted_once_when_both_hold_a_backlog_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let console = "=== Log opened 2099-01-01 10:00:00 ===\n[MILESTONE] Ada completed: one\n=== Log closed 2099-01-01 11:00:00 ===\n";
    let game = "   0.000 2026-01-01 10:00:00; Factorio 2.0.42 (build 83000, linux64, headless)\n   \
                5.100 Info ServerMultiplayerManager.cpp:776: updateTick(0) changing state from(CreatingGame) to(InGame)\n  \
                31.100 Goodbye\n";
    std::fs::write(folder.path().join("console.log"), console).unwrap();
    std::fs::write(folder.path().join("factorio-current.log"), game).unwrap();
    let Opened { store, .. } = Store::open(StoreOptions::new(folder.path().join("state"))).unwrap();
    let config = config(folder.path());
    let (reader, stop, wake, status) = reader(&config, &store);
    let thread = std::thread::spawn(move || reader.run());
    wait_until("the first look at both", || status.is_started());
    stop.store(true, Ordering::Release);
    wake.wake();
    assert_eq!(thread.join().unwrap(), ReaderEnd::Stopped);
    assert_eq!(
        store.health().waiting_rows,
        3,
        "the milestone of one log, the start and the stop of the other"
    );
    store.close_blocking().unwrap();
}
