//! S09: a kill during a migration, and a database of a newer version.

use std::fs;

use isr_store::{Admin, AdminError, Store, StoreError, StoreHistory, StoreOptions};
use rusqlite::Connection;

use crate::child;
use crate::stage::{self, batch, commit};

#[test]
fn s09_a_migration_that_was_killed_runs_again() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    assert!(!child::run(child::role("open-with-fault", &dir, "mid-migration")).success());
    assert!(child::notes(&dir).is_empty());
    let (store, report) = stage::open(&dir);
    assert_eq!((report.history, report.damage), (StoreHistory::FirstEver, None));
    commit(&store, batch(0, 4));
    assert_eq!(stage::assert_position_and_rows_agree(&store, &dir), 4);
}

#[test]
fn s09_a_newer_schema_is_refused_and_no_byte_is_changed() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    let (store, _) = stage::open(&dir);
    commit(&store, batch(0, 4));
    store.close_blocking().unwrap();
    // The newer version number is in the write-ahead log only, as after a kill.
    let newer = Connection::open(dir.join("outbox.db")).unwrap();
    newer
        .execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 99;")
        .unwrap();
    let copy = root.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["outbox.db", "outbox.db-wal", "initialised"] {
        fs::copy(dir.join(name), copy.join(name)).unwrap();
    }
    drop(newer);
    let bytes = || {
        (
            fs::read(copy.join("outbox.db")).unwrap(),
            fs::read(copy.join("outbox.db-wal")).unwrap(),
        )
    };
    let before = bytes();
    assert!(before.1.len() > 32);
    for _ in 0..2 {
        let refused = Store::open(StoreOptions::new(&copy)).unwrap_err();
        assert!(
            matches!(refused, StoreError::NewerSchema { found: 99, .. }),
            "{refused:?}"
        );
        assert!(refused.is_refusal());
        assert!(bytes() == before, "bytes were changed");
    }
    assert!(matches!(
        Admin::open(&copy),
        Err(AdminError::Schema { found: 99, .. })
    ));
}

#[test]
fn s09_a_schema_that_lacks_a_table_is_damage() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 4));
    store.close_blocking().unwrap();
    Connection::open(root.path().join("outbox.db"))
        .unwrap()
        .execute_batch("DROP TABLE tally")
        .unwrap();
    let (store, report) = stage::open(root.path());
    assert_eq!(report.history, StoreHistory::Lost);
    assert_eq!(report.damage.unwrap().salvaged_checkpoints, 1);
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 4);
}

#[test]
fn s09_a_kill_while_the_file_was_made_is_taken_back() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    fs::create_dir(&dir).unwrap();
    let making = root.path().join("making.db");
    let conn = Connection::open(&making).unwrap();
    // Pages reach the file before the transaction ends, as at a kill between two writes.
    conn.execute_batch(
        "PRAGMA journal_mode = DELETE; CREATE TABLE before (x); PRAGMA cache_size = 2; BEGIN; CREATE TABLE big (x);
         INSERT INTO big SELECT randomblob(4000) FROM (SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) a,
             (SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) b;",
    )
    .unwrap();
    fs::copy(&making, dir.join("outbox.db")).unwrap();
    fs::copy(
        root.path().join("making.db-journal"),
        dir.join("outbox.db-journal"),
    )
    .unwrap();
    assert!(fs::metadata(dir.join("outbox.db-journal")).unwrap().len() > 512);
    drop(conn);
    let (store, report) = stage::open(&dir);
    assert_eq!((report.history, report.damage), (StoreHistory::FirstEver, None));
    commit(&store, batch(0, 4));
    assert_eq!(stage::assert_position_and_rows_agree(&store, &dir), 4);
}
