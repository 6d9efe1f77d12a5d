//! S01: the process is killed anywhere around a commit.

use std::time::{Duration, Instant};

use crate::child::{self, LINES_PER_COMMIT};
use crate::stage::{self, batch, commit};

/// What a reader does after a restart: everything again from the start, and on to `lines`.
fn read_again(dir: &std::path::Path, lines: u64) {
    let (store, _) = stage::open(dir);
    let known = stage::assert_position_and_rows_agree(&store, dir);
    let again = commit(&store, batch(0, lines));
    assert_eq!(again.duplicates, known);
    assert_eq!(stage::assert_position_and_rows_agree(&store, dir), lines);
}

#[test]
fn s01_position_and_deliveries_are_both_old_or_both_new() {
    for (point, survives) in [
        ("before-begin", false),
        ("mid-insert", false),
        ("before-commit", false),
        ("after-commit", true),
        ("before-ack", true),
    ] {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("state");
        // Strikes in the fourth transaction; the first one asks for the position.
        let status = child::run(child::role("commit-with-fault", &dir, &format!("{point} 3")));
        assert!(!status.success(), "{point}");
        let acknowledged = child::notes(&dir).last().map_or(0, |note| note.parse().unwrap());
        let (store, _) = stage::open(&dir);
        let lines = stage::assert_position_and_rows_agree(&store, &dir);
        let expected = acknowledged + if survives { LINES_PER_COMMIT } else { 0 };
        assert!(
            acknowledged > 0 && lines == expected,
            "{point}: {acknowledged} acknowledged, {lines} committed"
        );
        store.close_blocking().unwrap();
        read_again(&dir, lines + 40);
    }
}

#[test]
fn s01_a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    let mut acknowledged = 0;
    for round in 0..8 {
        let mut child = child::role("commit-for-ever", &dir, "").spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        let wanted = acknowledged + 20 + round;
        while acknowledged < wanted {
            assert!(Instant::now() < deadline, "the child does not commit");
            acknowledged = child::notes(&dir)
                .last()
                .and_then(|note| note.parse().ok())
                .unwrap_or(0);
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = child::notes(&dir).last().map_or(0, |note| note.parse().unwrap());
        let (store, report) = stage::open(&dir);
        assert_eq!(report.damage, None);
        let lines = stage::assert_position_and_rows_agree(&store, &dir);
        assert!(
            lines == acknowledged || lines == acknowledged + LINES_PER_COMMIT,
            "round {round}: {acknowledged} acknowledged, {lines} committed"
        );
        store.close_blocking().unwrap();
    }
}

#[test]
fn s01_a_kill_before_folding_back_loses_nothing() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    let status = child::run(child::role("commit-with-fault", &dir, "before-checkpoint 0"));
    assert!(!status.success());
    let acknowledged: u64 = child::notes(&dir).last().unwrap().parse().unwrap();
    let (store, _) = stage::open(&dir);
    assert!(stage::assert_position_and_rows_agree(&store, &dir) >= acknowledged);
}
