//! Lines that quiet hours hold back: they survive, are released once, and are posted where there is no room for them.

use isr_core::quiet_hours::Held;
use isr_store::{Admin, IngestBatch, MOST_HELD};

use crate::stage::{self, batch, delivery};

const UNTIL: i64 = 1_000_000;

/// The lines `from..to` held back, and the position after them.
fn held(from: u64, to: u64) -> IngestBatch {
    let hold = |delivery| Held {
        delivery,
        until_ms: UNTIL,
    };
    IngestBatch {
        held: (from..to).map(|line| hold(delivery(line))).collect(),
        deliveries: Vec::new(),
        ..batch(from, to)
    }
}

#[tokio::test]
async fn held_lines_survive_a_restart_and_are_released_together_with_their_digest() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    store.commit(held(0, 3)).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.health().waiting_rows, 0, "nothing is posted yet");
    assert_eq!(store.health().held_until_ms, Some(UNTIL));
    assert_eq!(store.due_held(UNTIL - 1).await.unwrap(), []);
    let due = store.due_held(UNTIL).await.unwrap();
    let texts: Vec<_> = due.iter().map(|row| row.text.clone()).collect();
    let expected: Vec<_> = (0..3).map(|line| delivery(line).text).collect();
    assert_eq!(texts, expected);
    assert_eq!(Admin::open(folder.path()).unwrap().held().unwrap(), due);

    let digest = IngestBatch {
        deliveries: vec![delivery(1_000_000)],
        released: due.iter().map(|row| row.number).collect(),
        ..IngestBatch::default()
    };
    store.commit(digest).await.unwrap();
    assert_eq!(store.due_held(UNTIL).await.unwrap(), []);
    assert_eq!(store.health().waiting_rows, 1);
    assert_eq!(store.health().held_until_ms, None);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_line_that_is_read_again_is_not_held_again() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    store.commit(held(0, 3)).await.unwrap();
    let again = store.commit(held(0, 3)).await.unwrap();
    assert_eq!(again.duplicates, 3);
    let due = store.due_held(UNTIL).await.unwrap();
    assert_eq!(due.len(), 3);
    let released = IngestBatch {
        released: due.iter().map(|row| row.number).collect(),
        ..IngestBatch::default()
    };
    store.commit(released).await.unwrap();
    store.commit(held(0, 3)).await.unwrap();
    assert_eq!(store.due_held(UNTIL).await.unwrap(), [], "told already");
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_there_is_no_room_to_hold_is_posted_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let most = MOST_HELD as u64;
    store.commit(held(0, most)).await.unwrap();
    assert_eq!(store.health().waiting_rows, 0);
    store.commit(held(most, most + 2)).await.unwrap();
    assert_eq!(store.health().waiting_rows, 2, "rather noise than a loss");
    assert_eq!(store.due_held(UNTIL).await.unwrap().len(), MOST_HELD);
    store.close().await.unwrap();
}

#[tokio::test]
async fn the_store_knows_when_the_first_held_line_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.health().held_until_ms, None);
    let mut later = held(0, 2);
    later.held[1].until_ms = UNTIL + 1;
    store.commit(later).await.unwrap();
    assert_eq!(store.health().held_until_ms, Some(UNTIL));
    let due = store.due_held(UNTIL).await.unwrap();
    let first_told = IngestBatch {
        released: due.iter().map(|row| row.number).collect(),
        ..IngestBatch::default()
    };
    store.commit(first_told).await.unwrap();
    assert_eq!(store.health().held_until_ms, Some(UNTIL + 1));
    store.commit(held(2, 3)).await.unwrap();
    assert_eq!(store.health().held_until_ms, Some(UNTIL), "an earlier one came");
    store.close().await.unwrap();
}
