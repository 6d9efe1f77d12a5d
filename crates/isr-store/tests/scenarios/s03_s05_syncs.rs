//! S03 and S05: syncs are counted, and made to fail, by tracing a child process.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::child::{self, LINES_PER_COMMIT};
use crate::stage::{self, batch, commit};

/// Runs a role below strace, which writes its trace to `log`. `None` when this machine cannot trace.
fn traced(log: &Path, inject: Option<&str>, role: &str, dir: &Path, argument: &str) -> Option<String> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=fsync,fdatasync", "-o"]).arg(log);
    if let Some(inject) = inject {
        strace.args(["-e", &format!("inject=fsync,fdatasync:error=EIO:when={inject}")]);
    }
    if !can_trace() {
        println!("skipped: strace is missing or may not trace");
        return None;
    }
    child::run(child::role_below(strace, role, dir, argument));
    Some(fs::read_to_string(log).unwrap())
}

fn can_trace() -> bool {
    Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success())
}

fn syncs(trace: &str) -> usize {
    let begun = |line: &&str| line.contains("sync(") && !line.contains("resumed");
    trace.lines().filter(begun).count()
}

/// A cleanly closed store with one commit, so that a child's opening syncs nothing.
fn prepared(dir: &Path) {
    let (store, _) = stage::open(dir);
    commit(&store, batch(0, LINES_PER_COMMIT));
    store.close_blocking().unwrap();
}

#[test]
fn s03_every_acknowledged_commit_was_synced() {
    let root = tempfile::tempdir().unwrap();
    let count = |commits: u64| {
        let dir = root.path().join(format!("state-{commits}"));
        prepared(&dir);
        let lines = (1 + commits) * LINES_PER_COMMIT;
        let log = traced(
            &root.path().join("trace"),
            None,
            "commit-and-abort",
            &dir,
            &lines.to_string(),
        )?;
        assert_eq!(child::notes(&dir).len() as u64, commits);
        Some(syncs(&log))
    };
    let (Some(few), Some(many)) = (count(5), count(45)) else {
        return;
    };
    assert!(
        few >= 5 && many >= few + 40,
        "{many} syncs with 45 commits, {few} with 5"
    );
}

#[test]
fn s05_after_a_failed_sync_nothing_is_synced_and_the_restart_reconciles() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("trace");
    let dry = root.path().join("dry");
    prepared(&dry);
    let Some(sound) = traced(
        &log,
        None,
        "commit-and-abort",
        &dry,
        &(3 * LINES_PER_COMMIT).to_string(),
    ) else {
        return;
    };

    // The third commit of the child is the first whose sync fails; every later sync would fail as well and be seen.
    let dir = root.path().join("state");
    prepared(&dir);
    let from = format!("{}+", syncs(&sound) + 1);
    let trace = traced(&log, Some(&from), "fail-to-sync", &dir, "").unwrap();
    assert_eq!(
        child::notes(&dir),
        [
            "acknowledged",
            "acknowledged",
            "refused",
            "again: fatal=true",
            "again: fatal=true",
            "again: fatal=true",
            "maintain=true close=true reopen=true"
        ]
    );
    let failed = trace.lines().filter(|line| line.contains("EIO")).count();
    assert_eq!(
        (failed, syncs(&trace)),
        (1, syncs(&sound) + 1),
        "no second sync is attempted:\n{trace}"
    );

    let (store, report) = stage::open(&dir);
    assert_eq!(report.damage, None);
    let lines = stage::assert_position_and_rows_agree(&store, &dir);
    assert!(lines == 12 || lines == 16, "{lines}");
}
