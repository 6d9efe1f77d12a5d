//! Processes that die: this test binary, started again with a role.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use isr_store::{CommitError, FailPoint, FaultAction, Faults, Store, StoreError, StoreOptions};

use crate::stage::{self, batch, claim, commit};

const ROLE: &str = "ISR_STORE_TEST_ROLE";
const DIR: &str = "ISR_STORE_TEST_DIR";
const ARGUMENT: &str = "ISR_STORE_TEST_ARGUMENT";

/// Lines per commit in the roles that commit.
pub(crate) const LINES_PER_COMMIT: u64 = 4;

/// The command that plays a role in a state folder.
pub(crate) fn role(role: &str, dir: &Path, argument: &str) -> Command {
    in_front_of(Command::new(this_binary()), role, dir, argument)
}

/// The same below another program (strace, a shell with limits), whose command line is given so far.
pub(crate) fn role_below(mut program: Command, role: &str, dir: &Path, argument: &str) -> Command {
    program.arg(this_binary());
    in_front_of(program, role, dir, argument)
}

fn in_front_of(mut command: Command, role: &str, dir: &Path, argument: &str) -> Command {
    command.args(["child::play", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(DIR, dir).env(ARGUMENT, argument);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn this_binary() -> PathBuf {
    std::env::current_exe().unwrap()
}

pub(crate) fn run(mut command: Command) -> ExitStatus {
    command.status().unwrap()
}

/// What a role wrote down.
pub(crate) fn notes(dir: &Path) -> Vec<String> {
    std::fs::read_to_string(notes_path(dir))
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn notes_path(dir: &Path) -> PathBuf {
    dir.with_extension("notes")
}

fn note(dir: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(notes_path(dir))
        .unwrap();
    // In one write: a kill between text and line end would glue the next note to this one.
    file.write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// Does nothing, unless this process was started to play a role.
#[test]
fn play() {
    let Ok(name) = std::env::var(ROLE) else { return };
    let dir = PathBuf::from(std::env::var(DIR).unwrap());
    let argument = std::env::var(ARGUMENT).unwrap();
    match name.as_str() {
        "commit-for-ever" => drop(commit_until(&dir, Faults::default(), u64::MAX)),
        "commit-and-abort" => {
            let _open = commit_until(&dir, Faults::default(), argument.parse().unwrap());
            std::process::abort();
        }
        "commit-with-fault" => commit_with_fault(&dir, &argument),
        "open-with-fault" => open_with_fault(&dir, &argument),
        "open" => open_and_note(&dir),
        "claim-and-abort" => {
            let (store, _) = stage::open(&dir);
            assert!(!claim(&store, stage::ALL).is_empty());
            std::process::abort();
        }
        "fail-to-sync" => fail_to_sync(&dir),
        "fill-the-disk" => fill_the_disk(&dir),
        "measure-start" => measure_start(&dir),
        other => panic!("no role {other}"),
    }
}

/// Commits batches until the position is `lines`, noting each one that was acknowledged.
fn commit_until(dir: &Path, faults: Faults, lines: u64) -> Store {
    let (store, _) = stage::open_with(StoreOptions {
        faults,
        ..StoreOptions::new(dir)
    });
    let mut from = stage::committed_lines(&store);
    while from < lines {
        commit(&store, batch(from, from + LINES_PER_COMMIT));
        from += LINES_PER_COMMIT;
        note(dir, &from.to_string());
    }
    store
}

pub(crate) const POINTS: [(&str, FailPoint); 9] = [
    ("before-begin", FailPoint::BeforeBegin),
    ("mid-insert", FailPoint::MidInsert),
    ("before-commit", FailPoint::BeforeCommit),
    ("after-commit", FailPoint::AfterCommit),
    ("before-ack", FailPoint::BeforeAck),
    ("mid-migration", FailPoint::MidMigration),
    ("before-checkpoint", FailPoint::BeforeCheckpoint),
    ("before-replace", FailPoint::BeforeReplace),
    ("mid-replace", FailPoint::MidReplace),
];

fn aborting_at(argument: &str) -> Faults {
    let (name, skip) = argument.split_once(' ').unwrap_or((argument, "0"));
    let (_, point) = POINTS.into_iter().find(|(known, _)| *known == name).unwrap();
    let faults = Faults::armable();
    faults.arm(point, skip.parse().unwrap(), FaultAction::Abort);
    faults
}

fn commit_with_fault(dir: &Path, argument: &str) {
    drop(commit_until(dir, aborting_at(argument), u64::MAX));
}

fn open_with_fault(dir: &Path, argument: &str) {
    let faults = aborting_at(argument);
    let _ = Store::open(StoreOptions {
        faults,
        ..StoreOptions::new(dir)
    });
    note(dir, "opened");
}

fn open_and_note(dir: &Path) {
    match Store::open(StoreOptions::new(dir)) {
        Ok(_) => note(dir, "opened"),
        Err(error) => {
            let kind = if matches!(error, StoreError::NotWritable { .. }) {
                "not writable"
            } else {
                "other"
            };
            note(dir, &format!("{kind}: refusal={}: {error}", error.is_refusal()));
        }
    }
}

/// Commits until a sync fails, then tries everything else that could sync.
fn fail_to_sync(dir: &Path) {
    let (store, _) = stage::open(dir);
    for round in 1..5 {
        let outcome = store.commit_blocking(batch(round * LINES_PER_COMMIT, (round + 1) * LINES_PER_COMMIT));
        note(
            dir,
            if outcome.is_ok() {
                "acknowledged"
            } else {
                "refused"
            },
        );
        if let Err(error) = outcome {
            assert!(matches!(error, CommitError::SyncFailed(_)), "{error:?}");
            assert!(error.is_fatal());
            break;
        }
    }
    for _ in 0..3 {
        let again = store.commit_blocking(batch(0, 4)).unwrap_err();
        note(dir, &format!("again: fatal={}", again.is_fatal()));
    }
    let maintained = stage::wait(store.maintain(stage::now_ms()));
    let closed = store.close_blocking();
    let reopened = Store::open(StoreOptions::new(dir));
    note(
        dir,
        &format!(
            "maintain={} close={} reopen={}",
            maintained.is_err(),
            closed.is_err(),
            reopened.is_err()
        ),
    );
}

/// Commits until the limit on file sizes is reached, three times over, and notes what came of it.
fn fill_the_disk(dir: &Path) {
    let (store, _) = stage::open(dir);
    let mut from = 0;
    let mut refused = 0;
    while refused < 3 && from < 1_000_000 {
        match store.commit_blocking(batch(from, from + 500)) {
            Ok(_) => from += 500,
            Err(error) => {
                assert!(error.is_transient(), "{error:?}");
                refused += 1;
            }
        }
    }
    note(dir, &format!("{from} {refused} {:?}", store.health().condition));
    assert_eq!(
        stage::committed_lines(&store),
        from,
        "commands are answered meanwhile"
    );
}

/// Opens a store, claims once, and notes how many bytes that read and how much memory it took.
fn measure_start(dir: &Path) {
    let read = || proc_number("/proc/self/io", "rchar:");
    let before = read();
    let (store, _) = stage::open(dir);
    let claimed = claim(&store, stage::ALL).len();
    let peak_kib = proc_number("/proc/self/status", "VmHWM:");
    note(dir, &format!("{} {claimed} {peak_kib}", read() - before));
}

fn proc_number(path: &str, key: &str) -> u64 {
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
