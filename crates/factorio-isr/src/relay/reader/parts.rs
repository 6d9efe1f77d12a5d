//! A batch in parts that the store takes.
//!
//! Owns how a large batch is divided: a transaction has a bound, and the outbox has one. The position goes with the last
//! part. Whoever is killed between two parts reads the lines again, and the store knows the deliveries that it has. Must
//! not know the reader. Cannot fail.

use isr_core::delivery::NewDelivery;
use isr_core::quiet_hours::Held;
use isr_store::IngestBatch;

/// So many deliveries are in one part at most, held ones counted.
const MOST_ROWS: usize = 20_000;

/// The parts, in order. A batch that is small enough is its only part.
pub(super) fn of(batch: IngestBatch) -> impl Iterator<Item = IngestBatch> {
    let mut last = batch;
    let mut before = Vec::new();
    while last.deliveries.len() > MOST_ROWS {
        let deliveries = take_first(&mut last.deliveries);
        before.push(deliveries_only(deliveries, Vec::new()));
    }
    if !last.deliveries.is_empty() && last.deliveries.len() + last.held.len() > MOST_ROWS {
        let deliveries = std::mem::take(&mut last.deliveries);
        before.push(deliveries_only(deliveries, Vec::new()));
    }
    // The store holds fewer than this: a full part of them is posted at once, and known again like any delivery.
    while last.held.len() > MOST_ROWS {
        let held = take_first(&mut last.held);
        before.push(deliveries_only(Vec::new(), held));
    }
    before.into_iter().chain(std::iter::once(last))
}

fn take_first<T>(rows: &mut Vec<T>) -> Vec<T> {
    let rest = rows.split_off(MOST_ROWS);
    std::mem::replace(rows, rest)
}

fn deliveries_only(deliveries: Vec<NewDelivery>, held: Vec<Held>) -> IngestBatch {
    IngestBatch {
        deliveries,
        held,
        ..IngestBatch::default()
    }
}

#[cfg(test)]
mod tests {
    use isr_core::delivery::{DeliveryId, Destination, Form, KindName, Pings};
    use isr_core::source::{Checkpoint, Fingerprint, GenerationId, ServerTag, SourceId, Stream};
    use isr_store::{Opened, OutboxCaps, Store, StoreOptions};

    use super::*;

    fn delivery(offset: u64) -> NewDelivery {
        NewDelivery {
            id: DeliveryId {
                generation: GenerationId(7),
                offset,
                part: 0,
            },
            destination: Destination::new("here"),
            server: ServerTag::parse("a").unwrap(),
            kind: KindName::fixed("chat"),
            form: Form::Line,
            text: "hello".into(),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: 0,
            seen_ms: 0,
        }
    }

    fn batch(deliveries: u64, held: u64) -> IngestBatch {
        let source = SourceId {
            server: ServerTag::parse("a").unwrap(),
            stream: Stream::Console,
        };
        let checkpoint = Checkpoint {
            generation: GenerationId(7),
            device: 1,
            inode: 1,
            head: Fingerprint { len: 0, hash: 0 },
            offset: deliveries + held,
            anchor: Fingerprint { len: 0, hash: 0 },
            seen_size: deliveries + held,
            ended: false,
            context: Vec::new(),
        };
        let held_until = |offset| Held {
            delivery: delivery(offset),
            until_ms: 1,
        };
        IngestBatch {
            checkpoints: vec![(source, checkpoint)],
            deliveries: (0..deliveries).map(delivery).collect(),
            held: (deliveries..deliveries + held).map(held_until).collect(),
            ..IngestBatch::default()
        }
    }

    #[test]
    fn every_row_is_in_one_part_in_order_and_the_position_in_the_last() {
        for (deliveries, held) in [
            (0, 0),
            (1, 1),
            (20_000, 0),
            (20_000, 1),
            (45_000, 45_000),
            (3, 130_000),
        ] {
            let whole = batch(deliveries, held);
            let parts: Vec<_> = of(whole.clone()).collect();
            let (last, before) = parts.split_last().unwrap();
            assert_eq!(last.checkpoints, whole.checkpoints);
            assert!(before.iter().all(|part| part.checkpoints.is_empty()));
            assert!(
                parts
                    .iter()
                    .all(|part| part.deliveries.len() + part.held.len() <= MOST_ROWS)
            );
            let all: Vec<_> = parts.iter().flat_map(|part| part.deliveries.clone()).collect();
            assert_eq!(all, whole.deliveries);
            let all: Vec<_> = parts.iter().flat_map(|part| part.held.clone()).collect();
            assert_eq!(all, whole.held);
        }
    }

    #[test]
    fn whoever_is_killed_between_two_parts_doubles_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let caps = OutboxCaps {
            rows: 1_000_000,
            ..OutboxCaps::default()
        };
        let options = StoreOptions {
            caps,
            ..StoreOptions::new(folder.path().join("state"))
        };
        let Opened { store, .. } = Store::open(options.clone()).unwrap();
        for part in of(batch(25_000, 0)).take(1) {
            store.commit_blocking(part).unwrap();
        }
        store.close_blocking().unwrap();
        let Opened { store, .. } = Store::open(options).unwrap();
        for part in of(batch(25_000, 0)) {
            store.commit_blocking(part).unwrap();
        }
        assert_eq!(store.health().waiting_rows, 25_000);
        store.close_blocking().unwrap();
    }
}
