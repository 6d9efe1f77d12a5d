//! S06: the store is missing, empty, zeroed, or has a page overwritten.

use std::fs;
use std::path::Path;

use isr_core::quiet_hours::Held;
use isr_store::{Admin, CommitError, Condition, IngestBatch, OpenReport, Soundness, Store, StoreHistory};

use crate::child;
use crate::stage::{self, Dice, batch, claim, commit, delivered, settle_all};

const LINES: u64 = 600;
const PAGE: usize = 4096;

/// What happens to the database file.
type Harm = fn(&Path);

/// A store with settled, waiting and in-flight rows, cleanly closed.
fn used_store(dir: &Path) {
    let (store, report) = stage::open(dir);
    assert_eq!(report.history, StoreHistory::FirstEver);
    commit(&store, batch(0, LINES));
    settle_all(&store, &claim(&store, stage::ALL), &delivered());
    store.close_blocking().unwrap();
}

fn kept_aside(dir: &Path) -> usize {
    let names = fs::read_dir(dir)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let stamps = names.filter_map(|name| name.strip_prefix("outbox.db.damaged-").map(str::to_owned));
    stamps.filter(|stamp| stamp.parse::<u64>().is_ok()).count()
}

fn assert_lost_and_working(dir: &Path, store: &Store, report: &OpenReport) {
    assert_eq!(report.history, StoreHistory::Lost);
    let text = report.damage.as_ref().expect("reported").to_string();
    assert!(text.contains("max_event_age"), "{text}");
    assert_eq!(store.verify().unwrap(), Soundness::Sound);
    commit(store, batch(0, LINES + 4));
    assert_eq!(stage::committed_lines(store), LINES + 4);
    assert_eq!(
        fs::metadata(dir.join("outbox.db")).unwrap().len() % PAGE as u64,
        0
    );
}

#[test]
fn s06_a_lost_store_is_told_from_a_first_start() {
    let cases: [(&str, Harm); 6] = [
        ("missing", |db| fs::remove_file(db).unwrap()),
        ("zero length", |db| fs::write(db, "").unwrap()),
        ("zero-filled", |db| {
            fs::write(db, vec![0; fs::metadata(db).unwrap().len().try_into().unwrap()]).unwrap()
        }),
        ("text", |db| {
            fs::write(db, "not a database\n".repeat(1000)).unwrap()
        }),
        ("short", |db| fs::write(db, &fs::read(db).unwrap()[..50]).unwrap()),
        ("first page overwritten", |db| {
            let mut bytes = fs::read(db).unwrap();
            bytes[100..PAGE].fill(0xa5);
            fs::write(db, bytes).unwrap();
        }),
    ];
    for (name, harm) in cases {
        let root = tempfile::tempdir().unwrap();
        used_store(root.path());
        harm(&root.path().join("outbox.db"));
        let (store, report) = stage::open(root.path());
        assert_eq!(store.checkpoints().unwrap(), [], "{name}");
        assert_eq!(kept_aside(root.path()), usize::from(name != "missing"), "{name}");
        assert_lost_and_working(root.path(), &store, &report);
        store.close_blocking().unwrap();
        assert_eq!(
            stage::open(root.path()).1.history,
            StoreHistory::Resumed,
            "{name}"
        );
    }
}

#[test]
fn s06_a_loss_is_remembered_until_a_position_is_committed() {
    let root = tempfile::tempdir().unwrap();
    used_store(root.path());
    fs::remove_file(root.path().join("outbox.db")).unwrap();
    for _ in 0..2 {
        let (store, report) = stage::open(root.path());
        assert_eq!(report.history, StoreHistory::Lost);
        store.close_blocking().unwrap();
    }
}

#[test]
fn s06_a_first_start_that_committed_nothing_is_still_a_first_start() {
    let root = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let (store, report) = stage::open(root.path());
        assert_eq!((report.history, report.damage), (StoreHistory::FirstEver, None));
        store.close_blocking().unwrap();
    }
}

#[test]
fn s06_any_overwritten_page_is_found_and_nothing_waiting_is_lost_silently() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let root = tempfile::tempdir().unwrap();
    let sound = root.path().join("sound");
    used_store(&sound);
    let image = fs::read(sound.join("outbox.db")).unwrap();
    let pages = image.len() / PAGE;
    let mut found = 0;
    for page in 1..pages {
        let what = format!("seed {seed}: page {} of {pages}", page + 1);
        let dir = root.path().join("case");
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir(&dir).unwrap();
        fs::copy(sound.join("initialised"), dir.join("initialised")).unwrap();
        let mut bytes = image.clone();
        for byte in &mut bytes[page * PAGE..(page + 1) * PAGE] {
            *byte = u8::try_from(dice.below(256)).unwrap();
        }
        fs::write(dir.join("outbox.db"), bytes).unwrap();
        let Some((store, report)) = open_until_found(&dir, &what) else {
            // An unused page: nothing was there to be lost.
            assert_eq!(
                stage::lines_in_outbox(&dir),
                (0..LINES).collect::<Vec<_>>(),
                "{what}"
            );
            continue;
        };
        found += 1;
        assert_eq!(report.history, StoreHistory::Lost, "{what}");
        assert_eq!(kept_aside(&dir) >= 1, report.damage.is_some(), "{what}");
        // Either the position is kept with every waiting row, or no position is: the log is read again.
        let waiting: Vec<u64> = stage::lines_in_outbox(&dir);
        match stage::committed_lines(&store) {
            0 => assert!(waiting.len() <= 400, "{what}"),
            lines => {
                assert_eq!(lines, LINES, "{what}");
                assert_eq!(waiting, (200..LINES).collect::<Vec<_>>(), "{what}");
            }
        }
        assert_eq!(store.health().waiting_rows, waiting.len() as u64, "{what}");
        assert_lost_and_working(&dir, &store, &report);
    }
    assert!(found > 20, "{found} of {pages}");
}

/// Opens; what opening does not see, the check after the start must see, and the next start acts on it. `None` when
/// nothing is wrong.
fn open_until_found(dir: &Path, what: &str) -> Option<(Store, OpenReport)> {
    let (store, report) = stage::open(dir);
    if report.damage.is_some() {
        return Some((store, report));
    }
    match store.verify().unwrap() {
        Soundness::Sound => return None,
        Soundness::Damaged(_) => {}
        other => panic!("{what}: {other:?}"),
    }
    assert!(
        matches!(
            store.commit_blocking(batch(LINES, LINES + 1)),
            Err(CommitError::Damaged)
        ),
        "{what}"
    );
    assert_eq!(store.health().condition, Condition::Failed);
    assert!(store.close_blocking().is_err());
    drop(store);
    Some(stage::open(dir))
}

#[test]
fn s06_damage_in_settled_rows_costs_neither_position_nor_waiting_rows() {
    let root = tempfile::tempdir().unwrap();
    used_store(root.path());
    let db = root.path().join("outbox.db");
    let mut bytes = fs::read(&db).unwrap();
    // The leaf that holds the text of an early, delivered line.
    let text = stage::text_of(20);
    let is_table_leaf = |page: usize| bytes[page] == 0x0d;
    let holds = |page: &usize| {
        bytes[*page..page + PAGE]
            .windows(text.len())
            .any(|found| found == text.as_bytes())
    };
    let page = (0..bytes.len())
        .step_by(PAGE)
        .filter(|page| is_table_leaf(*page))
        .find(holds)
        .unwrap();
    bytes[page..page + PAGE].fill(0xa5);
    fs::write(&db, bytes).unwrap();
    let (store, report) = open_until_found(root.path(), "settled rows").unwrap();
    assert_eq!(report.damage.unwrap().salvaged_deliveries, 400);
    assert_eq!(stage::committed_lines(&store), LINES);
    assert_eq!(
        stage::lines_in_outbox(root.path()),
        (200..LINES).collect::<Vec<_>>()
    );
    assert_eq!(commit(&store, batch(0, LINES)).duplicates, LINES);
    // A digest that still waits was made from a number of the lost table: none may be given out again.
    let later = Held {
        delivery: stage::delivery(LINES + 5),
        until_ms: 0,
    };
    commit(
        &store,
        IngestBatch {
            held: vec![later],
            ..IngestBatch::default()
        },
    );
    let held = Admin::open(root.path()).unwrap().held().unwrap();
    assert!(held[0].number > 1_000_000_000_000, "{held:?}");
}

#[test]
fn s06_a_kill_while_the_damaged_store_is_replaced_loses_nothing_more() {
    for point in ["before-replace", "mid-replace"] {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("state");
        used_store(&dir);
        fs::write(dir.join("damaged"), "seen by the last process").unwrap();
        assert!(!child::run(child::role("open-with-fault", &dir, point)).success());
        let (store, report) = stage::open(&dir);
        assert_eq!(report.history, StoreHistory::Lost, "{point}");
        assert_eq!(stage::committed_lines(&store), LINES, "{point}");
        assert_eq!(
            stage::lines_in_outbox(&dir),
            (200..LINES).collect::<Vec<_>>(),
            "{point}"
        );
        assert!(kept_aside(&dir) >= 1 && !dir.join("damaged").exists(), "{point}");
        store.close_blocking().unwrap();
        assert_eq!(stage::open(&dir).1.history, StoreHistory::Resumed, "{point}");
    }
}
