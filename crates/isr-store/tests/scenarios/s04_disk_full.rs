//! S04: no space left during a commit.

use std::process::Command;
use std::sync::Arc;

use isr_store::{CommitError, Condition, FailPoint, FaultAction, Faults, StoreOptions};

use crate::child;
use crate::stage::{self, batch, commit};

#[test]
fn s04_a_full_disk_rolls_back_and_the_same_batch_goes_in_once_there_is_space() {
    let root = tempfile::tempdir().unwrap();
    let faults = Faults::armable();
    let (store, _) = stage::open_with(StoreOptions {
        faults: faults.clone(),
        ..StoreOptions::new(root.path())
    });
    commit(&store, batch(0, 10));

    faults.limit_pages(Some(1));
    let large = Arc::new(batch(10, 2_000));
    for _ in 0..2 {
        let error = store.commit_blocking(large.clone()).unwrap_err();
        assert!(matches!(error, CommitError::DiskFull(_)), "{error:?}");
        assert_eq!(store.health().condition, Condition::DiskFull);
        assert_eq!(
            store.health().waiting_rows,
            10,
            "counters are rolled back as well"
        );
        assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 10);
        assert_eq!(
            store.health().condition,
            Condition::DiskFull,
            "reading does not make the disk writable"
        );
    }

    faults.limit_pages(None);
    assert_eq!(
        commit(&store, batch(10, 2_000)).fresh,
        [(stage::webhook(), 1_990)]
    );
    assert_eq!(store.health().condition, Condition::Working);
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 2_000);
}

#[test]
fn s04_every_kind_of_refused_write_is_transient() {
    use rusqlite::ffi;
    for code in [
        ffi::SQLITE_FULL,
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_READONLY,
        ffi::SQLITE_BUSY,
    ] {
        for point in [
            FailPoint::BeforeBegin,
            FailPoint::MidInsert,
            FailPoint::BeforeCommit,
        ] {
            let root = tempfile::tempdir().unwrap();
            let faults = Faults::armable();
            let (store, _) = stage::open_with(StoreOptions {
                faults: faults.clone(),
                ..StoreOptions::new(root.path())
            });
            commit(&store, batch(0, 4));
            faults.arm(point, 0, FaultAction::Fail(code));
            let error = store.commit_blocking(batch(4, 8)).unwrap_err();
            assert!(error.is_transient() && !error.is_fatal(), "{error:?}");
            assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 4);
            commit(&store, batch(4, 8));
            assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 8);
            assert_eq!(store.health().waiting_rows, 8);
        }
    }
}

#[test]
fn s04_a_failed_checkpoint_harms_nothing() {
    let root = tempfile::tempdir().unwrap();
    let faults = Faults::armable();
    let (store, _) = stage::open_with(StoreOptions {
        faults: faults.clone(),
        ..StoreOptions::new(root.path())
    });
    commit(&store, batch(0, 4));
    faults.arm(
        FailPoint::BeforeCheckpoint,
        0,
        FaultAction::Fail(rusqlite::ffi::SQLITE_FULL),
    );
    let error = stage::wait(store.maintain(stage::now_ms())).unwrap_err();
    assert!(matches!(error, CommitError::DiskFull(_)), "{error:?}");
    commit(&store, batch(4, 8));
    stage::wait(store.maintain(stage::now_ms())).unwrap();
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 8);
    assert_eq!(store.health().wal_bytes, 0);
}

/// A limit on the size of files stands in for a disk without space: `write` fails in the middle of a commit.
#[test]
fn s04_a_real_write_error_rolls_back() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    stage::open(&dir).0.close_blocking().unwrap();
    let mut shell = Command::new("sh");
    // The signal that the limit raises is ignored, so that `write` returns the error; ignored signals are inherited.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""]);
    child::run(child::role_below(shell, "fill-the-disk", &dir, ""));
    let notes = child::notes(&dir);
    let (lines, rest) = notes.first().unwrap().split_once(' ').unwrap();
    assert!(rest == "3 Unwritable" || rest == "3 DiskFull", "{notes:?}");
    let lines: u64 = lines.parse().unwrap();
    assert!(lines > 0);
    let (store, report) = stage::open(&dir);
    assert_eq!(report.damage, None);
    assert_eq!(stage::assert_position_and_rows_agree(&store, &dir), lines);
    commit(&store, batch(0, lines + 1_000));
    assert_eq!(stage::assert_position_and_rows_agree(&store, &dir), lines + 1_000);
}
