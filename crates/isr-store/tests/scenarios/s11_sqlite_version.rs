//! S11: the linked SQLite is too old. (The check at build time is a constant assertion in the crate itself.)

use isr_store::{Faults, MIN_SQLITE, Store, StoreError, StoreOptions};

#[test]
fn s11_an_old_sqlite_is_refused_at_start() {
    let root = tempfile::tempdir().unwrap();
    let faults = Faults::armable();
    faults.pretend_sqlite(3_051_002);
    let refused = Store::open(StoreOptions {
        faults,
        ..StoreOptions::new(root.path().join("state"))
    })
    .unwrap_err();
    assert!(
        matches!(refused, StoreError::OldSqlite { found: 3_051_002 }) && refused.is_refusal(),
        "{refused:?}"
    );
    assert!(!root.path().join("state").exists(), "nothing was created");
}

#[test]
fn s11_the_linked_sqlite_is_new_enough() {
    assert!(rusqlite::version_number() >= MIN_SQLITE);
    assert_eq!(
        rusqlite::version_number(),
        rusqlite::ffi::SQLITE_VERSION_NUMBER,
        "header and library are one"
    );
}
