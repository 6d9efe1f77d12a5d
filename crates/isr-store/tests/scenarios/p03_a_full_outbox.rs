//! P03, the store's part: a start with very many waiting rows reads little and takes little memory.
//!
//! `ISR_STORE_ROWS=1000000` runs it at full size.

use crate::child;
use crate::stage::{self, batch, commit};

#[test]
fn p03_a_start_reads_little_however_much_waits() {
    let rows = stage::size_from_env("ISR_STORE_ROWS", 20_000);
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    let (store, _) = stage::open(&dir);
    for from in (0..rows).step_by(5_000) {
        commit(&store, batch(from, (from + 5_000).min(rows)));
    }
    assert_eq!(store.health().waiting_rows, rows);
    store.close_blocking().unwrap();
    let size = std::fs::metadata(dir.join("outbox.db")).unwrap().len();

    assert!(child::run(child::role("measure-start", &dir, "")).success());
    let notes = child::notes(&dir);
    let numbers: Vec<u64> = notes[0]
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let [read, claimed, peak_kib] = numbers[..] else {
        panic!("{notes:?}")
    };
    println!("{rows} rows, {size} bytes: start and first claim read {read} bytes, peak {peak_kib} KiB");
    assert_eq!(claimed, 200);
    assert!(size > 2_000_000 && read < 600_000, "read {read} of {size} bytes");
    assert!(peak_kib < 64 * 1024);
}
