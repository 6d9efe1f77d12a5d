//! S02: the write-ahead log is cut short or has flipped bits.
//!
//! `ISR_STORE_TORTURE=10000` runs that many random cuts, and a tenth as many flips.

use std::fs;
use std::path::Path;

use crate::child::{self, LINES_PER_COMMIT};
use crate::stage::{self, Dice, batch, commit};

const COMMITS: u64 = 24;
const WAL_HEADER: u64 = 32;
const FRAME: u64 = 24 + 4096;

struct Torn {
    _root: tempfile::TempDir,
    database: Vec<u8>,
    wal: Vec<u8>,
}

/// The files as a killed process leaves them: the schema in the database, all commits in the write-ahead log.
fn torn_store() -> Torn {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    stage::open(&dir).0.close_blocking().unwrap();
    child::run(child::role(
        "commit-and-abort",
        &dir,
        &(COMMITS * LINES_PER_COMMIT).to_string(),
    ));
    let database = fs::read(dir.join("outbox.db")).unwrap();
    let wal = fs::read(dir.join("outbox.db-wal")).unwrap();
    assert_eq!((wal.len() as u64 - WAL_HEADER) % FRAME, 0);
    Torn {
        _root: root,
        database,
        wal,
    }
}

/// Opens the store with this write-ahead log, checks it, reads on, and gives how many lines had survived.
fn survives(torn: &Torn, wal: &[u8], place: &Path, what: &str) -> u64 {
    let _ = fs::remove_dir_all(place);
    fs::create_dir(place).unwrap();
    fs::write(place.join("initialised"), "").unwrap();
    fs::write(place.join("outbox.db"), &torn.database).unwrap();
    fs::write(place.join("outbox.db-wal"), wal).unwrap();
    let (store, report) = stage::open(place);
    assert_eq!(report.damage, None, "{what}");
    assert_eq!(store.verify().unwrap(), isr_store::Soundness::Sound, "{what}");
    let lines = stage::assert_position_and_rows_agree(&store, place);
    assert_eq!(lines % LINES_PER_COMMIT, 0, "{what}: part of a commit");
    assert_ne!(
        report.history,
        isr_store::StoreHistory::FirstEver,
        "{what}: would start from the end"
    );
    let all = COMMITS * LINES_PER_COMMIT;
    assert_eq!(commit(&store, batch(0, all + 8)).duplicates, lines, "{what}");
    assert_eq!(
        stage::assert_position_and_rows_agree(&store, place),
        all + 8,
        "{what}"
    );
    lines
}

#[test]
fn s02_a_cut_at_every_frame_leaves_a_prefix_of_the_commits() {
    let torn = torn_store();
    let place = torn._root.path().join("case");
    let frames = (torn.wal.len() as u64 - WAL_HEADER) / FRAME;
    let mut before = 0;
    for frame in 0..=frames {
        let cut = usize::try_from(WAL_HEADER + frame * FRAME).unwrap();
        let lines = survives(
            &torn,
            &torn.wal[..cut],
            &place,
            &format!("cut after frame {frame}"),
        );
        assert!(lines >= before, "a longer log holds no fewer commits");
        before = lines;
    }
    assert_eq!(before, COMMITS * LINES_PER_COMMIT);
}

#[test]
fn s02_random_cuts_and_flips_leave_a_prefix_of_the_commits() {
    let torn = torn_store();
    let place = torn._root.path().join("case");
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let cuts = stage::size_from_env("ISR_STORE_TORTURE", 40);
    let length = torn.wal.len() as u64;
    for _ in 0..cuts {
        let cut = usize::try_from(dice.below(length)).unwrap();
        survives(
            &torn,
            &torn.wal[..cut],
            &place,
            &format!("seed {seed}: cut at {cut}"),
        );
    }
    for _ in 0..(cuts / 10).max(40) {
        let (byte, bit) = (usize::try_from(dice.below(length)).unwrap(), dice.below(8));
        let mut wal = torn.wal.clone();
        wal[byte] ^= 1 << bit;
        survives(
            &torn,
            &wal,
            &place,
            &format!("seed {seed}: flipped bit {bit} of byte {byte}"),
        );
    }
}
