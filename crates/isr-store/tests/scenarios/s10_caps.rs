//! S10: the outbox at its cap.

use std::time::Duration;

use isr_core::delivery::Destination;
use isr_store::{
    Attended, ClaimLimits, CommitError, Condition, OutboxCaps, OutboxFull, RULE_OUTBOX_CAP, StoreOptions,
};

use crate::stage::{self, batch, claim, commit, delivered, settle_all};

fn capped(rows: u64, bytes: u64, when_full: OutboxFull) -> OutboxCaps {
    OutboxCaps {
        rows,
        bytes,
        when_full,
    }
}

#[test]
fn s10_pause_refuses_the_batch_until_something_was_delivered() {
    let root = tempfile::tempdir().unwrap();
    let caps = capped(100, u64::MAX, OutboxFull::Pause);
    let (store, _) = stage::open_with(StoreOptions {
        caps,
        ..StoreOptions::new(root.path())
    });
    commit(&store, batch(0, 100));
    for _ in 0..2 {
        let error = store.commit_blocking(batch(100, 110)).unwrap_err();
        assert!(
            matches!(error, CommitError::Full) && error.is_transient(),
            "{error:?}"
        );
        assert_eq!(store.health().condition, Condition::OutboxFull);
    }
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 100);
    // A position without deliveries is always taken: it may be what says that a log has ended.
    let mut quiet = batch(100, 100);
    quiet.checkpoints[0].1.seen_size += 1;
    store.commit_blocking(quiet).unwrap();

    settle_all(
        &store,
        &claim(
            &store,
            ClaimLimits {
                rows: 10,
                code_points: 100_000,
            },
        ),
        &delivered(),
    );
    commit(&store, batch(100, 110));
    assert_eq!(store.health().condition, Condition::Working);
    assert_eq!(store.health().waiting_rows, 100);
}

#[test]
fn s10_pause_holds_for_bytes_and_lets_a_large_batch_into_an_empty_outbox() {
    let root = tempfile::tempdir().unwrap();
    let caps = capped(u64::MAX, 2_000, OutboxFull::Pause);
    let (store, _) = stage::open_with(StoreOptions {
        caps,
        ..StoreOptions::new(root.path())
    });
    commit(&store, batch(0, 50));
    assert!(matches!(
        store.commit_blocking(batch(50, 51)),
        Err(CommitError::Full)
    ));
}

#[test]
fn s10_drop_oldest_counts_every_row_it_drops() {
    for caps in [
        capped(100, u64::MAX, OutboxFull::DropOldest),
        capped(u64::MAX, 18_000, OutboxFull::DropOldest),
    ] {
        let root = tempfile::tempdir().unwrap();
        let (store, _) = stage::open_with(StoreOptions {
            caps,
            ..StoreOptions::new(root.path())
        });
        commit(&store, batch(0, 20));
        let in_flight = claim(
            &store,
            ClaimLimits {
                rows: 7,
                code_points: 100_000,
            },
        );
        let mut dropped = 0;
        for from in (20..1_500).step_by(37) {
            dropped += commit(&store, batch(from, from + 37)).dropped_rows();
            let health = store.health();
            assert!(health.waiting_rows <= caps.rows && health.waiting_bytes <= caps.bytes);
        }
        let left = stage::lines_in_outbox(root.path());
        assert_eq!(left[..7], [0, 1, 2, 3, 4, 5, 6], "rows in flight stay");
        assert!(
            left[7..].is_sorted() && left.last() == Some(&1_499),
            "the newest stay"
        );
        assert_eq!(dropped, 1_500 - left.len() as u64);
        let tallies = &store.health().tallies;
        assert_eq!(tallies.len(), 1);
        assert_eq!(
            (tallies[0].rule.as_str(), tallies[0].count),
            (RULE_OUTBOX_CAP, dropped)
        );
        settle_all(&store, &in_flight, &delivered());
        assert_eq!(
            commit(&store, batch(0, 1_500)).duplicates,
            1_500,
            "what was dropped does not come back"
        );
        store.close_blocking().unwrap();
        assert_eq!(
            stage::open(root.path()).0.health().tallies[0].count,
            dropped,
            "and it stays counted"
        );
    }
}

/// The rows of the scenarios go to `webhook:1`, and are years old.
fn only_another(give_up_after: Duration) -> Attended {
    Attended {
        destinations: [Destination::new("webhook:2")].into(),
        give_up_after,
    }
}

#[test]
fn s10_rows_that_nobody_sends_keep_nothing_out() {
    let root = tempfile::tempdir().unwrap();
    let caps = capped(100, u64::MAX, OutboxFull::Pause);
    let (store, _) = stage::open_with(StoreOptions {
        caps,
        ..StoreOptions::new(root.path())
    });
    commit(&store, batch(0, 100));
    let more = batch(100, 110);
    assert!(matches!(
        store.commit_blocking(more.clone()),
        Err(CommitError::Full)
    ));
    store.attend(only_another(Duration::MAX));
    commit(&store, more);
    assert_eq!(store.health().waiting_rows, 110);
}

#[test]
fn s10_rows_that_nobody_sends_are_given_up_by_age_and_others_stay() {
    const ROWS: u64 = 1200;
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open_with(StoreOptions::new(root.path()));
    commit(&store, batch(0, ROWS));
    let maintain = || stage::wait(store.maintain(stage::now_ms())).unwrap().left_over;
    assert_eq!(maintain(), 0);
    let week = Duration::from_secs(7 * 24 * 3600);
    store.attend(Attended {
        destinations: [stage::webhook()].into(),
        give_up_after: week,
    });
    assert_eq!(maintain(), 0, "its lane decides");
    store.attend(only_another(Duration::from_secs(1000 * 365 * 24 * 3600)));
    assert_eq!(maintain(), 0, "they are young");
    store.attend(only_another(week));
    assert_eq!(maintain(), ROWS);
    let health = store.health();
    assert_eq!((health.waiting_rows, health.waiting_bytes), (0, 0));
    assert_eq!(health.lanes[0].given_up_rows, ROWS);
}
