//! S07: the state folder is read-only, on a network file system, or in use.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use isr_store::{Faults, Store, StoreError, StoreOptions};

use crate::child;
use crate::stage::{self, batch, commit};

#[test]
fn s07_a_second_instance_is_refused_and_the_first_is_unaffected() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 4));
    for _ in 0..3 {
        let refused = Store::open(StoreOptions::new(root.path())).unwrap_err();
        assert!(refused.is_refusal());
        let StoreError::AlreadyRunning { process, .. } = &refused else {
            panic!("{refused:?}")
        };
        assert_eq!(*process, Some(std::process::id()));
        assert!(refused.to_string().contains("stop it"));
    }
    commit(&store, batch(4, 8));
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 8);
    store.close_blocking().unwrap();
    assert_eq!(
        stage::assert_position_and_rows_agree(&stage::open(root.path()).0, root.path()),
        8
    );
}

#[test]
fn s07_a_network_file_system_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let faults = Faults::armable();
    faults.pretend_file_system("nfs4");
    let refused = Store::open(StoreOptions {
        faults,
        ..StoreOptions::new(root.path())
    })
    .unwrap_err();
    assert!(
        matches!(refused, StoreError::NetworkFileSystem { .. }) && refused.is_refusal(),
        "{refused:?}"
    );
    assert_eq!(
        fs::read_dir(root.path()).unwrap().count(),
        0,
        "nothing was created"
    );
}

#[test]
fn s07_a_read_only_folder_is_refused() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let dir = root.path().join("state");
    stage::open(&dir).0.close_blocking().unwrap();
    fs::write(dir.with_extension("notes"), "").unwrap();
    fs::set_permissions(dir.with_extension("notes"), Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(&dir, Permissions::from_mode(0o555)).unwrap();
    for file in fs::read_dir(&dir).unwrap().flatten() {
        fs::set_permissions(file.path(), Permissions::from_mode(0o666)).unwrap();
    }
    let mut child = child::role("open", &dir, "");
    if rustix::process::geteuid().is_root() {
        // Root may write everywhere: somebody else plays this role.
        child.uid(65534).gid(65534);
    }
    if child.status().is_err() {
        println!("skipped: this machine lets no other user start the test binary");
        return;
    }
    let notes = child::notes(&dir);
    assert!(
        notes
            .first()
            .is_some_and(|note| note.starts_with("not writable: refusal=true")),
        "{notes:?}"
    );
}

#[test]
fn s07_files_and_folder_are_private() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    let (store, _) = stage::open(&dir);
    commit(&store, batch(0, 4));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let mut names = Vec::new();
    for file in fs::read_dir(&dir).unwrap().flatten() {
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
        names.push(file.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "initialised",
            "lock",
            "outbox.db",
            "outbox.db-shm",
            "outbox.db-wal"
        ]
    );
}
