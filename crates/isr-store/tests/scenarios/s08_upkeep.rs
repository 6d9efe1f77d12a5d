//! S08: an external reader, retention, and space given back, under load.

use isr_store::{Condition, StoreOptions, Verdict, WalLimits};
use rusqlite::Connection;

use crate::stage::{self, batch, claim, commit, delivered, settle_all};

#[test]
fn s08_an_external_reader_raises_the_alarm_and_the_log_shrinks_when_it_is_gone() {
    let root = tempfile::tempdir().unwrap();
    let wal = WalLimits {
        checkpoint_bytes: 64 * 1024,
        idle_bytes: 16 * 1024,
        alarm_bytes: 256 * 1024,
    };
    let (store, _) = stage::open_with(StoreOptions {
        wal,
        ..StoreOptions::new(root.path())
    });
    commit(&store, batch(0, 10));
    let reader = Connection::open(root.path().join("outbox.db")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM delivery;")
        .unwrap();
    let count = || {
        reader
            .query_row("SELECT count(*) FROM delivery", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(count(), 10);

    let mut lines = 10;
    while !store.health().wal_alarm {
        assert!(lines < 20_000, "the alarm was not raised");
        commit(&store, batch(lines, lines + 100));
        lines += 100;
    }
    assert_eq!(count(), 10, "the reader still sees its old state");
    assert_eq!(store.health().condition, Condition::Working);

    reader.execute_batch("COMMIT").unwrap();
    stage::wait(store.maintain(stage::now_ms())).unwrap();
    assert_eq!(store.health().wal_bytes, 0);
    assert!(!store.health().wal_alarm);
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), lines);
}

#[test]
fn s08_only_final_rows_are_removed_and_their_lines_stay_known() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 2_000));
    for _ in 0..6 {
        settle_all(&store, &claim(&store, stage::ALL), &delivered());
    }
    settle_all(
        &store,
        &claim(&store, stage::ALL),
        &Verdict::Dead {
            reason: "no".to_owned(),
        },
    );
    settle_all(&store, &claim(&store, stage::ALL), &Verdict::Expired);
    let in_flight = claim(&store, stage::ALL);

    assert_eq!(
        stage::wait(store.maintain(stage::now_ms())).unwrap().delivered,
        0,
        "too early"
    );
    let swept = stage::wait(store.maintain(stage::days_from_now(2))).unwrap();
    assert_eq!((swept.delivered, swept.given_up), (1_200, 0));
    let swept = stage::wait(store.maintain(stage::days_from_now(31))).unwrap();
    assert_eq!((swept.delivered, swept.given_up), (0, 400));
    assert_eq!(
        stage::lines_in_outbox(root.path()),
        (1_600..2_000).collect::<Vec<_>>()
    );
    assert_eq!(store.health().waiting_rows, 400);
    assert_eq!(store.health().lanes[0].given_up_rows, 0);

    assert_eq!(
        commit(&store, batch(0, 2_000)).duplicates,
        2_000,
        "removed rows do not come back"
    );
    settle_all(&store, &in_flight, &delivered());
    assert_eq!(store.health().waiting_rows, 200);
}

#[test]
fn s08_a_settled_row_that_no_position_guards_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    let mut early = batch(0, 10);
    early.checkpoints[0].1 = stage::checkpoint(5);
    commit(&store, early.clone());
    settle_all(&store, &claim(&store, stage::ALL), &delivered());
    let swept = stage::wait(store.maintain(stage::days_from_now(2))).unwrap();
    assert_eq!(swept.delivered, 5);
    assert_eq!(commit(&store, early).duplicates, 10);
    assert_eq!(store.health().waiting_rows, 0);
    commit(&store, batch(10, 12));
    assert_eq!(
        stage::wait(store.maintain(stage::days_from_now(2)))
            .unwrap()
            .delivered,
        5
    );
}

#[test]
fn s08_commits_go_on_while_rows_are_removed_and_space_is_given_back() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 12_000));
    for _ in 0..60 {
        settle_all(&store, &claim(&store, stage::ALL), &delivered());
    }
    stage::wait(store.maintain(stage::now_ms())).unwrap();
    let size = || std::fs::metadata(root.path().join("outbox.db")).unwrap().len();
    let before = size();
    let sweeper = store.clone();
    let sweep = std::thread::spawn(move || stage::wait(sweeper.maintain(stage::days_from_now(2))).unwrap());
    let mut lines = 12_000;
    while !sweep.is_finished() {
        commit(&store, batch(lines, lines + 5));
        lines += 5;
    }
    let swept = sweep.join().unwrap();
    assert_eq!(swept.delivered, 12_000);
    assert!(swept.pages > 0);
    assert_eq!(
        stage::lines_in_outbox(root.path()),
        (12_000..lines).collect::<Vec<_>>()
    );
    stage::wait(store.maintain(stage::now_ms())).unwrap();
    assert!(size() < before, "{} is not smaller than {before}", size());
}

#[test]
fn s08_an_ended_generation_is_known_until_long_after_its_end() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    let mut last = batch(0, 4);
    last.checkpoints[0].1.ended = true;
    commit(&store, last.clone());
    let known = store.checkpoints().unwrap();
    assert_eq!(
        known, last.checkpoints,
        "the tailer recognises the files of ended generations"
    );
    settle_all(&store, &claim(&store, stage::ALL), &delivered());
    assert_eq!(
        stage::wait(store.maintain(stage::days_from_now(2)))
            .unwrap()
            .generations,
        0
    );
    let late = commit(&store, last);
    assert_eq!((late.duplicates, late.stale_checkpoints), (4, 1));
    assert_eq!(
        stage::wait(store.maintain(stage::days_from_now(36)))
            .unwrap()
            .generations,
        1
    );
    assert_eq!(store.checkpoints().unwrap(), []);
}
