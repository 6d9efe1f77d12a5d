//! A small world for the scenarios: one server whose log has lines of 100 bytes, each becoming one delivery.

use std::path::Path;

use isr_core::delivery::{ClaimedDelivery, DeliveryId, Destination, Form, KindName, NewDelivery, Pings};
use isr_core::source::{Checkpoint, Fingerprint, GenerationId, ServerTag, SourceId, Stream};
use isr_store::{
    Admin, ClaimLimits, Committed, IngestBatch, OpenReport, OutboxFilter, OutboxRow, Settlement, Store,
    StoreOptions, Verdict,
};

pub(crate) const LINE_BYTES: u64 = 100;
pub(crate) const ALL: ClaimLimits = ClaimLimits {
    rows: 200,
    code_points: 1_000_000,
};
pub(crate) const GENERATION: GenerationId = GenerationId(0x1234_5678_9abc_def0);
const DAY_MS: i64 = 24 * 3600 * 1000;

pub(crate) fn server() -> ServerTag {
    ServerTag::parse("main").unwrap()
}

pub(crate) fn source() -> SourceId {
    SourceId {
        server: server(),
        stream: Stream::Console,
    }
}

pub(crate) fn webhook() -> Destination {
    Destination::new("webhook:1")
}

pub(crate) fn now_ms() -> i64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

pub(crate) fn days_from_now(days: i64) -> i64 {
    now_ms() + days * DAY_MS
}

pub(crate) fn text_of(line: u64) -> String {
    format!("line {line} {}", "x".repeat(usize::try_from(line % 90).unwrap()))
}

pub(crate) fn line_of(text: &str) -> u64 {
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

pub(crate) fn delivery(line: u64) -> NewDelivery {
    NewDelivery {
        id: DeliveryId {
            generation: GENERATION,
            offset: line * LINE_BYTES,
            part: 0,
        },
        destination: webhook(),
        server: server(),
        kind: KindName::fixed("chat"),
        form: Form::Line,
        text: text_of(line),
        username: None,
        subject: None,
        pings: Pings::Nobody,
        happened_ms: 1_700_000_000_000,
        seen_ms: 1_700_000_000_000 + i64::try_from(line).unwrap(),
    }
}

pub(crate) fn checkpoint(lines: u64) -> Checkpoint {
    Checkpoint {
        generation: GENERATION,
        device: u64::MAX - 1,
        inode: 42,
        head: Fingerprint {
            len: 1024,
            hash: u64::MAX,
        },
        offset: lines * LINE_BYTES,
        anchor: Fingerprint { len: 7, hash: lines },
        seen_size: lines * LINE_BYTES + 5,
        ended: false,
        context: vec![7; 9],
    }
}

/// The lines `from..to` and the position after them.
pub(crate) fn batch(from: u64, to: u64) -> IngestBatch {
    IngestBatch {
        checkpoints: vec![(source(), checkpoint(to))],
        deliveries: (from..to).map(delivery).collect(),
        ..IngestBatch::default()
    }
}

pub(crate) fn open(dir: &Path) -> (Store, OpenReport) {
    open_with(StoreOptions::new(dir))
}

pub(crate) fn open_with(options: StoreOptions) -> (Store, OpenReport) {
    let opened = Store::open(options).unwrap();
    (opened.store, opened.report)
}

/// How many lines lie before the committed position.
pub(crate) fn committed_lines(store: &Store) -> u64 {
    let positions = store.checkpoints().unwrap();
    assert!(positions.len() <= 1);
    positions.first().map_or(0, |(found, checkpoint)| {
        assert_eq!(*found, source());
        assert_eq!(
            *checkpoint,
            self::checkpoint(checkpoint.offset / LINE_BYTES),
            "a position comes back as it was"
        );
        checkpoint.offset / LINE_BYTES
    })
}

/// Every row of the store, whatever its state.
pub(crate) fn rows(dir: &Path) -> Vec<OutboxRow> {
    Admin::open(dir)
        .unwrap()
        .list(&OutboxFilter::default(), 2_000_000)
        .unwrap()
}

pub(crate) fn lines_in_outbox(dir: &Path) -> Vec<u64> {
    rows(dir).iter().map(|row| line_of(&row.text)).collect()
}

/// The heart of S01 and S02: the rows are exactly the lines before the position. Gives their number.
pub(crate) fn assert_position_and_rows_agree(store: &Store, dir: &Path) -> u64 {
    let lines = committed_lines(store);
    assert_eq!(lines_in_outbox(dir), (0..lines).collect::<Vec<_>>());
    lines
}

pub(crate) fn commit(store: &Store, batch: IngestBatch) -> Committed {
    store.commit_blocking(batch).unwrap()
}

/// Runs a future to its end on a small runtime.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(crate) fn claim(store: &Store, limits: ClaimLimits) -> Vec<ClaimedDelivery> {
    wait(store.claim(&webhook(), limits, now_ms())).unwrap()
}

pub(crate) fn settle_all(store: &Store, rows: &[ClaimedDelivery], verdict: &Verdict) {
    wait(settle_all_async(store, rows, verdict));
}

pub(crate) async fn settle_all_async(store: &Store, rows: &[ClaimedDelivery], verdict: &Verdict) {
    let settlement = |row: &ClaimedDelivery| Settlement {
        seq: row.seq,
        verdict: verdict.clone(),
    };
    store.settle(rows.iter().map(settlement).collect()).await.unwrap();
}

pub(crate) fn delivered() -> Verdict {
    Verdict::Delivered {
        message_id: Some(u64::MAX),
    }
}

/// A small generator of numbers for scenarios that print their seed (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

/// `name` as a number from the environment, for longer runs than the usual one.
pub(crate) fn size_from_env(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}
