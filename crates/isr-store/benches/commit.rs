//! Rows per second through the store, beside a bare loop that inserts the same bytes in transactions of 256.
//!
//! Prints rows per second of both, their ratio, and the sync time of the disk, for a range of batch sizes. Run with
//! `cargo bench -p isr-store`; `ISR_STORE_BENCH_DIR` chooses the disk.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot write has nothing to report"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::source::{Checkpoint, Fingerprint, GenerationId, ServerTag, SourceId, Stream};
use isr_store::{IngestBatch, Store, StoreOptions};
use rusqlite::{Connection, params};

const ROWS: u64 = 200_000;
const TEXT_BYTES: usize = 300;
const BARE_BATCH: u64 = 256;

fn main() {
    let place =
        std::env::var("ISR_STORE_BENCH_DIR").unwrap_or_else(|_| std::env::temp_dir().display().to_string());
    let root = tempfile::tempdir_in(place).unwrap();
    report_syncs(root.path());
    println!("{ROWS} rows of {TEXT_BYTES} bytes of text");
    for round in 0..3 {
        let bare = bare_loop(&root.path().join(format!("bare-{round}.db")));
        println!("bare loop, {BARE_BATCH} rows per transaction: {bare:>9.0} rows/s");
        for batch in [256, 1_024, 4_096] {
            let rows = store_loop(&root.path().join(format!("state-{round}-{batch}")), batch);
            println!(
                "store, {batch:>4} rows per commit:           {rows:>9.0} rows/s, {:.2} x bare",
                rows / bare
            );
        }
    }
}

fn report_syncs(dir: &Path) {
    let mut file = File::create(dir.join("sync")).unwrap();
    let mut times: Vec<_> = (0..400)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "write and sync of 4 KiB: p50 {:?}, p99 {:?}",
        times[200], times[396]
    );
}

fn text(row: u64) -> String {
    format!("{row:0>TEXT_BYTES$}")
}

/// Rows per second of a loop without a second index, counters or positions.
fn bare_loop(path: &Path) -> f64 {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE row (seq INTEGER PRIMARY KEY, generation INTEGER, line_offset INTEGER, happened_ms INTEGER,
                           server TEXT, kind TEXT, text TEXT);",
    )
    .unwrap();
    let texts: Vec<String> = (0..ROWS).map(text).collect();
    let begun = Instant::now();
    for from in (0..ROWS).step_by(256) {
        conn.execute_batch("BEGIN").unwrap();
        let mut insert = conn
            .prepare_cached("INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .unwrap();
        for row in from..(from + BARE_BATCH).min(ROWS) {
            let text = &texts[usize::try_from(row).unwrap()];
            let offset = i64::try_from(row * 310).unwrap();
            insert
                .execute(params![
                    row.cast_signed(),
                    i64::MAX - 7,
                    offset,
                    1_700_000_000_000_i64,
                    "main",
                    "chat",
                    text
                ])
                .unwrap();
        }
        conn.execute_batch("COMMIT").unwrap();
    }
    per_second(begun)
}

fn store_loop(dir: &Path, rows_per_commit: u64) -> f64 {
    let store = Store::open(StoreOptions::new(dir)).unwrap().store;
    let batches: Vec<Arc<IngestBatch>> = (0..ROWS)
        .step_by(usize::try_from(rows_per_commit).unwrap())
        .map(|from| batch(from, rows_per_commit))
        .collect();
    let begun = Instant::now();
    for batch in batches {
        store.commit_blocking(batch).unwrap();
    }
    let rate = per_second(begun);
    store.close_blocking().unwrap();
    rate
}

fn per_second(begun: Instant) -> f64 {
    f64::from(u32::try_from(ROWS).unwrap()) / begun.elapsed().as_secs_f64()
}

fn batch(from: u64, rows: u64) -> Arc<IngestBatch> {
    let to = (from + rows).min(ROWS);
    let server = ServerTag::parse("main").unwrap();
    let generation = GenerationId(i64::MAX - 7);
    let delivery = |row: u64| NewDelivery {
        id: DeliveryId {
            generation,
            offset: row * 310,
            part: 0,
        },
        destination: Destination::new("webhook:123456789012345678"),
        server: server.clone(),
        kind: KindName::fixed("chat"),
        form: Form::Line,
        text: text(row),
        username: None,
        subject: None,
        pings: Pings::Nobody,
        happened_ms: 1_700_000_000_000,
        seen_ms: 1_700_000_000_000,
    };
    let checkpoint = Checkpoint {
        generation,
        device: 1,
        inode: 2,
        head: Fingerprint { len: 1024, hash: 3 },
        offset: to * 310,
        anchor: Fingerprint { len: 1024, hash: to },
        seen_size: to * 310,
        ended: false,
        context: vec![0; 64],
    };
    Arc::new(IngestBatch {
        checkpoints: vec![(
            SourceId {
                server: server.clone(),
                stream: Stream::Console,
            },
            checkpoint,
        )],
        deliveries: (from..to).map(delivery).collect(),
        ..IngestBatch::default()
    })
}
