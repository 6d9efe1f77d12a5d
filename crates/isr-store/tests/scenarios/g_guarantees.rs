//! G1, G2, G5, G6 and G14 as far as the store carries them, and the operator's commands beside a running writer.

use std::collections::{BTreeMap, BTreeSet};

use isr_core::delivery::Destination;
use isr_core::source::ServerTag;
use isr_core::suppressed::RuleName;
use isr_store::{
    Admin, AdminError, ClaimLimits, CommitError, IngestBatch, OutboxFilter, RowState, Settlement,
    StoreHistory, Tally, Verdict,
};
use proptest::prelude::*;

use crate::child;
use crate::stage::{self, batch, claim, commit, delivered, settle_all};

#[test]
fn g1_a_batch_cannot_overtake_one_whose_outcome_is_unknown() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    let first = store.submit(batch(0, 4)).unwrap();
    assert!(matches!(store.submit(batch(4, 8)), Err(CommitError::OutOfTurn)));
    // A batch without positions has nothing to overtake.
    let note = IngestBatch {
        deliveries: vec![stage::delivery(1_000)],
        ..IngestBatch::default()
    };
    store.submit(note).unwrap().wait_blocking().unwrap();
    first.wait_blocking().unwrap();
    store.submit(batch(4, 8)).unwrap().wait_blocking().unwrap();
    drop(store.submit(batch(8, 12)).unwrap());
    commit(&store, batch(12, 16));
    assert_eq!(stage::committed_lines(&store), 16);
}

#[test]
fn g1_a_stale_position_is_ignored() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 10));
    let stale = commit(&store, batch(0, 4));
    assert_eq!(
        (stale.duplicates, stale.stale_checkpoints, stale.fresh.len()),
        (4, 1, 0)
    );
    assert_eq!(stage::committed_lines(&store), 10);
}

#[test]
fn g1_a_known_id_is_ignored_with_or_without_a_position() {
    let root = tempfile::tempdir().unwrap();
    let (mut store, _) = stage::open(root.path());
    let without_position = || IngestBatch {
        checkpoints: Vec::new(),
        ..batch(0, 6)
    };
    let mut twice = without_position();
    twice.deliveries.extend(batch(3, 6).deliveries);
    let committed = commit(&store, twice);
    assert_eq!((committed.duplicates, committed.fresh[0].1), (3, 6));
    let mut elsewhere = without_position();
    for delivery in &mut elsewhere.deliveries[..2] {
        delivery.destination = Destination::new("terminal");
    }
    elsewhere.deliveries[2].id.part = 1;
    assert_eq!(
        commit(&store, elsewhere).duplicates,
        3,
        "another destination or part is another delivery"
    );
    for _ in 0..2 {
        assert_eq!(commit(&store, without_position()).duplicates, 6);
        settle_all(&store, &claim(&store, stage::ALL), &delivered());
        assert_eq!(commit(&store, without_position()).duplicates, 6, "settled");
        store.close_blocking().unwrap();
        store = stage::open(root.path()).0;
    }
    let mut twice = batch(0, 8);
    twice.deliveries.extend(batch(6, 8).deliveries);
    assert_eq!(
        commit(&store, twice).duplicates,
        8,
        "six known ones, and two that stand twice"
    );
}

#[test]
fn g1_what_can_never_be_stored_is_refused_without_harm() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    let mut huge_text = batch(0, 2);
    huge_text.deliveries[1].text = "x".repeat(70_000);
    let mut huge_context = batch(0, 2);
    huge_context.checkpoints[0].1.context = vec![0; 4_097];
    let mut far = batch(0, 2);
    far.deliveries[0].id.offset = u64::MAX;
    for bad in [huge_text, huge_context, far] {
        assert!(matches!(
            store.commit_blocking(bad),
            Err(CommitError::Unstorable(_))
        ));
    }
    commit(&store, batch(0, 2));
    assert_eq!(stage::assert_position_and_rows_agree(&store, root.path()), 2);
}

#[test]
fn g1_hostile_text_comes_back_byte_for_byte() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    let texts = [
        "",
        "'; DROP TABLE delivery; --",
        "nul \0 inside",
        "\u{202e}rtl \u{1f600}",
        "?1 :a @b $c",
    ];
    let mut hostile = batch(0, texts.len() as u64);
    for (delivery, text) in hostile.deliveries.iter_mut().zip(texts) {
        delivery.text = text.to_owned();
        delivery.username = Some(text.to_owned());
    }
    commit(&store, hostile);
    for text in texts {
        let rows = claim(&store, stage::ALL);
        assert_eq!(
            (rows.len(), rows[0].text.as_str(), rows[0].username.as_deref()),
            (1, text, Some(text))
        );
        settle_all(&store, &rows, &delivered());
    }
}

#[test]
fn g2_a_claim_is_recorded_before_the_attempt_and_uncertain_after_a_kill() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state");
    let (store, _) = stage::open(&dir);
    commit(&store, batch(0, 3));
    store.close_blocking().unwrap();
    assert!(!child::run(child::role("claim-and-abort", &dir, "")).success());

    let (store, report) = stage::open(&dir);
    assert_eq!(report.uncertain_claims, 3);
    let rows = claim(&store, stage::ALL);
    assert!(
        rows.iter().all(|row| row.uncertain && row.attempts == 2),
        "{rows:?}"
    );
    assert_eq!(store.health().uncertain_resends(), 3);
}

#[test]
fn g5_only_uncertain_attempts_are_counted_as_resends() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 3));
    for (verdict, attempts, uncertain, resends) in [
        (Verdict::Retry { uncertain: false }, 1, false, 0),
        (Verdict::Unsent, 2, false, 0),
        (Verdict::Retry { uncertain: true }, 2, false, 0),
        (Verdict::Retry { uncertain: false }, 3, true, 3),
        (delivered(), 4, true, 6),
    ] {
        let rows = claim(&store, stage::ALL);
        assert!(
            rows.iter()
                .all(|row| row.attempts == attempts && row.uncertain == uncertain),
            "{rows:?}"
        );
        assert_eq!(store.health().uncertain_resends(), resends);
        settle_all(&store, &rows, &verdict);
    }
    assert_eq!(claim(&store, stage::ALL), []);
}

#[test]
fn g2_claims_of_a_lane_that_is_gone_are_released() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 3));
    claim(
        &store,
        ClaimLimits {
            rows: 2,
            code_points: 1_000,
        },
    );
    assert_eq!(stage::wait(store.release_claims(&stage::webhook())).unwrap(), 2);
    assert_eq!(
        stage::wait(store.release_claims(&Destination::new("unknown"))).unwrap(),
        0
    );
    let uncertain: Vec<bool> = claim(&store, stage::ALL)
        .iter()
        .map(|row| row.uncertain)
        .collect();
    assert_eq!(uncertain, [true, true, false]);
}

#[test]
fn g6_claims_keep_the_order_of_the_log_and_one_name() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    let mut lines = batch(0, 9);
    for (index, delivery) in lines.deliveries.iter_mut().enumerate() {
        delivery.username = [None, Some("Bob"), None][index / 3].map(str::to_owned);
    }
    commit(&store, lines);
    let numbers = |rows: &[isr_core::delivery::ClaimedDelivery]| -> Vec<u64> {
        rows.iter().map(|row| stage::line_of(&row.text)).collect()
    };
    let first = claim(&store, stage::ALL);
    assert_eq!(numbers(&first), [0, 1, 2]);
    // A retry keeps its place; rows behind it wait for nobody but their lane.
    settle_all(&store, &first[..1], &Verdict::Retry { uncertain: false });
    settle_all(&store, &first[1..], &delivered());
    assert_eq!(numbers(&claim(&store, stage::ALL)), [0]);
    assert_eq!(
        numbers(&claim(
            &store,
            ClaimLimits {
                rows: 2,
                code_points: 100_000
            }
        )),
        [3, 4]
    );
    assert_eq!(
        numbers(&claim(
            &store,
            ClaimLimits {
                rows: 0,
                code_points: 0
            }
        )),
        [5],
        "one row at least"
    );
    let two = stage::text_of(6).chars().count() + 1 + stage::text_of(7).chars().count();
    assert_eq!(
        numbers(&claim(
            &store,
            ClaimLimits {
                rows: 9,
                code_points: two
            }
        )),
        [6, 7]
    );
}

#[test]
fn g14_a_clean_stop_leaves_nothing_uncertain_and_no_log() {
    let root = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 3));
    settle_all(&store, &claim(&store, stage::ALL), &Verdict::Unsent);
    stage::wait(store.close()).unwrap();
    assert!(matches!(
        store.commit_blocking(batch(3, 4)),
        Err(CommitError::Closed)
    ));
    assert!(!root.path().join("outbox.db-wal").exists());
    let (store, report) = stage::open(root.path());
    assert_eq!(
        (report.history, report.uncertain_claims),
        (StoreHistory::Resumed, 0)
    );
    assert!(
        claim(&store, stage::ALL)
            .iter()
            .all(|row| row.attempts == 1 && !row.uncertain)
    );
}

#[test]
fn g3_tallies_add_up_over_restarts() {
    let root = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let (store, _) = stage::open(root.path());
        let tally = Tally {
            server: stage::server(),
            rule: RuleName::fixed("max_event_age"),
            count: 5,
        };
        commit(
            &store,
            IngestBatch {
                tallies: vec![tally.clone(), tally],
                ..IngestBatch::default()
            },
        );
        store.close_blocking().unwrap();
    }
    let health = stage::open(root.path()).0.health();
    assert_eq!(
        (health.tallies[0].rule.as_str(), health.tallies[0].count),
        ("max_event_age", 30)
    );
}

#[test]
fn an_operator_works_beside_the_running_writer() {
    let root = tempfile::tempdir().unwrap();
    assert!(matches!(
        Admin::open(root.path()),
        Err(AdminError::Missing { .. })
    ));
    let (store, _) = stage::open(root.path());
    commit(&store, batch(0, 1_300));
    let flying = claim(
        &store,
        ClaimLimits {
            rows: 1,
            code_points: 1,
        },
    );
    settle_all(
        &store,
        &claim(
            &store,
            ClaimLimits {
                rows: 3,
                code_points: 1_000,
            },
        ),
        &Verdict::Expired,
    );
    settle_all(
        &store,
        &claim(
            &store,
            ClaimLimits {
                rows: 2,
                code_points: 1_000,
            },
        ),
        &Verdict::Dead {
            reason: "refused ".repeat(1_000),
        },
    );
    let mut admin = Admin::open(root.path()).unwrap();
    let dead = OutboxFilter {
        states: vec![RowState::Dead],
        ..OutboxFilter::default()
    };
    let listed = admin.list(&dead, 10).unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|row| stage::line_of(&row.text))
            .collect::<Vec<_>>(),
        [4, 5]
    );
    assert_eq!(listed[0].reason.as_ref().unwrap().chars().count(), 1_000);
    assert_eq!(admin.list(&OutboxFilter::default(), 7).unwrap().len(), 7);

    let one = OutboxFilter {
        numbers: vec![listed[0].number],
        destination: Some(stage::webhook()),
        ..dead
    };
    assert_eq!(admin.retry(&one, stage::now_ms()).unwrap(), 1);
    assert_eq!(
        stage::wait(store.operator_releases(&stage::webhook())).unwrap(),
        1
    );
    // Whoever may do so for one server releases nothing of others.
    let elsewhere = OutboxFilter {
        server: Some(ServerTag::parse("elsewhere").unwrap()),
        ..OutboxFilter::default()
    };
    let here = OutboxFilter {
        server: Some(stage::server()),
        numbers: vec![-1],
        ..OutboxFilter::default()
    };
    for (filter, releases) in [(elsewhere, 1), (here, 2)] {
        assert_eq!(admin.retry(&filter, stage::now_ms()).unwrap(), 0);
        let found = stage::wait(store.operator_releases(&stage::webhook())).unwrap();
        assert_eq!(found, releases);
    }
    let back = claim(
        &store,
        ClaimLimits {
            rows: 1,
            code_points: 1,
        },
    );
    assert_eq!(
        (stage::line_of(&back[0].text), back[0].attempts),
        (4, 1),
        "it is back at its old place"
    );
    assert!(
        stage::now_ms() - back[0].seen_ms < 60_000,
        "and does not expire at once"
    );

    let other = OutboxFilter {
        destination: Some(Destination::new("webhook:2")),
        ..OutboxFilter::default()
    };
    assert_eq!(admin.discard(&other).unwrap(), 0);
    assert_eq!(admin.discard(&OutboxFilter::default()).unwrap(), 1_298);
    settle_all(&store, &flying, &delivered());
    settle_all(&store, &back, &delivered());
    let health = store.health();
    assert_eq!(
        (
            health.waiting_rows,
            health.waiting_bytes,
            health.lanes[0].given_up_rows
        ),
        (0, 0, 0)
    );
    let operator = health
        .tallies
        .iter()
        .find(|tally| tally.rule == isr_store::RULE_OPERATOR)
        .unwrap();
    assert_eq!(operator.count, 1_294);
    assert_eq!(
        commit(&store, batch(0, 1_300)).duplicates,
        1_300,
        "what was dropped does not come back"
    );
}

#[derive(Debug, Clone)]
enum Step {
    Commit { back: u64, on: u64 },
    Turn { rows: usize, verdict: u8 },
    Sweep { days: i64 },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..30_u64, 0..20_u64).prop_map(|(back, on)| Step::Commit { back, on }),
        4 => (1..12_usize, 0..5_u8).prop_map(|(rows, verdict)| Step::Turn { rows, verdict }),
        1 => (0..40_i64).prop_map(|days| Step::Sweep { days }),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is read again, retried, swept and restarted: each line is final exactly once, in order of the log, and
    /// the counters are those of the rows.
    #[test]
    fn g1_each_line_is_one_decision(steps in prop::collection::vec(step(), 1..40)) {
        let root = tempfile::tempdir().unwrap();
        let (mut store, _) = stage::open(root.path());
        let mut lines = 0;
        let mut decided: BTreeSet<u64> = BTreeSet::new();
        for step in steps {
            match step {
                Step::Commit { back, on } => {
                    let from = lines.max(back) - back;
                    commit(&store, batch(from, lines + on));
                    lines += on;
                }
                Step::Turn { rows, verdict } => {
                    let claimed = claim(&store, ClaimLimits { rows, code_points: 100_000 });
                    let open: BTreeMap<u64, _> =
                        claimed.iter().map(|row| (stage::line_of(&row.text), row.seq)).collect();
                    let expected: Vec<u64> = (0..lines).filter(|line| !decided.contains(line)).take(rows).collect();
                    prop_assert_eq!(open.keys().copied().collect::<Vec<_>>(), expected);
                    let verdict = match verdict {
                        0 => Verdict::Retry { uncertain: true },
                        1 => Verdict::Unsent,
                        2 => Verdict::Dead { reason: String::new() },
                        3 => Verdict::Expired,
                        _ => delivered(),
                    };
                    if !matches!(verdict, Verdict::Retry { .. } | Verdict::Unsent) {
                        decided.extend(open.keys());
                    }
                    let settlements: Vec<_> =
                        open.values().map(|seq| Settlement { seq: *seq, verdict: verdict.clone() }).collect();
                    stage::wait(store.settle(settlements.clone())).unwrap();
                    stage::wait(store.settle(settlements)).unwrap();
                }
                Step::Sweep { days } => {
                    stage::wait(store.maintain(stage::days_from_now(days))).unwrap();
                }
                Step::Reopen => {
                    store.close_blocking().unwrap();
                    store = stage::open(root.path()).0;
                }
            }
            let rows = stage::rows(root.path());
            let waiting = rows.iter().filter(|row| matches!(row.state, RowState::Waiting | RowState::InFlight));
            let bytes: u64 = waiting.clone().map(|row| row.text.len() as u64 + 128).sum();
            let health = store.health();
            prop_assert_eq!((waiting.count() as u64, bytes), (health.waiting_rows, health.waiting_bytes));
            prop_assert_eq!(health.waiting_rows, lines - decided.len() as u64);
        }
    }
}
