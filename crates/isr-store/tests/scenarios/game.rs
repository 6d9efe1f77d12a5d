//! Running games: samples, what alerts remember together with their posts, cards, maintenance.

use isr_core::delivery::Destination;
use isr_core::source::ServerTag;
use isr_store::{
    Admin, AlertChange, AlertPost, CardPlace, CardState, IngestBatch, Maintenance, RULE_CARD_UNCERTAIN,
    SampleRow, Scope, Settlement, Store, Verdict,
};

use crate::stage::{self, ALL, delivery, now_ms, server, webhook};

const RULE: &str = "ups_low";

fn change(state: &str, post: AlertPost) -> AlertChange {
    AlertChange {
        server: server(),
        rule: RULE.into(),
        state: Some(state.into()),
        post,
    }
}

fn opens(line: u64) -> AlertChange {
    change("firing", AlertPost::Opens(Box::new(delivery(line))))
}

fn closes(line: u64) -> AlertChange {
    change("fine", AlertPost::Closes(Box::new(delivery(line))))
}

/// Claims everything, and says that each became this message.
async fn deliver(store: &Store, message_id: u64) -> Vec<Option<u64>> {
    let rows = store.claim(&webhook(), ALL, now_ms()).await.unwrap();
    let settlements = rows.iter().map(|row| Settlement {
        seq: row.seq,
        verdict: Verdict::Delivered {
            message_id: Some(message_id),
        },
    });
    store.settle(settlements.collect()).await.unwrap();
    rows.iter().map(|row| row.changes).collect()
}

#[tokio::test]
async fn an_alert_and_its_memory_go_in_together_and_its_end_finds_the_message_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let committed = store.change_alerts(vec![opens(1)]).await.unwrap();
    assert_eq!(committed.fresh, [(webhook(), 1)]);
    assert_eq!(deliver(&store, 77).await, [None]);
    store.close().await.unwrap();

    // Days pass, and delivered rows go: not this one.
    let (store, _) = stage::open(folder.path());
    store.maintain(stage::days_from_now(5)).await.unwrap();
    let known = store.alerts().await.unwrap();
    assert_eq!(
        (known[0].rule.as_str(), known[0].state.as_str()),
        (RULE, "firing")
    );
    assert_eq!(known[0].destination, Some(webhook()));
    store.change_alerts(vec![closes(2)]).await.unwrap();
    assert_eq!(deliver(&store, 77).await, [Some(77)]);

    // The next alert has a message of its own.
    store.change_alerts(vec![opens(3)]).await.unwrap();
    assert_eq!(deliver(&store, 78).await, [None]);
    store.change_alerts(vec![closes(4)]).await.unwrap();
    assert_eq!(deliver(&store, 78).await, [Some(78)]);
    store.maintain(stage::days_from_now(5)).await.unwrap();
    assert_eq!(
        stage::rows(folder.path()),
        [],
        "nothing is kept that nobody needs"
    );
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_end_waits_for_the_message_that_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    store.change_alerts(vec![opens(1)]).await.unwrap();
    store.change_alerts(vec![closes(2)]).await.unwrap();
    let first = store.claim(&webhook(), ALL, now_ms()).await.unwrap();
    assert_eq!(first.len(), 1, "the end is not claimed beside its beginning");
    assert_eq!(store.claim(&webhook(), ALL, now_ms()).await.unwrap(), []);
    let settlement = |verdict| Settlement {
        seq: first[0].seq,
        verdict,
    };
    let retry = settlement(Verdict::Retry { uncertain: true });
    store.settle(vec![retry]).await.unwrap();
    assert_eq!(deliver(&store, 5).await, [None]);
    assert_eq!(deliver(&store, 5).await, [Some(5)]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_end_that_is_posted_instead_counts_as_a_post_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let claimed = async || store.claim(&webhook(), ALL, now_ms()).await.unwrap().remove(0);
    let counted = || store.health().uncertain_resends();
    store.change_alerts(vec![opens(1)]).await.unwrap();
    assert_eq!(deliver(&store, 5).await, [None]);
    store.change_alerts(vec![closes(2)]).await.unwrap();

    // Killed while the message was changed: that may be done again.
    assert_eq!(claimed().await.changes, Some(5));
    store.release_claims(&webhook()).await.unwrap();
    let row = claimed().await;
    assert_eq!((row.changes, counted()), (Some(5), 0));

    // The message is gone now; it may have told the end before.
    let instead = |seq| {
        vec![Settlement {
            seq,
            verdict: Verdict::PostedInstead,
        }]
    };
    store.settle(instead(row.seq)).await.unwrap();
    assert_eq!(counted(), 1);

    // Killed while it was posted.
    store.release_claims(&webhook()).await.unwrap();
    assert_eq!((claimed().await.changes, counted()), (None, 2));
    store.release_claims(&webhook()).await.unwrap();
    assert_eq!(deliver(&store, 6).await, [None]);

    // Without any of that nothing can be told twice.
    store.change_alerts(vec![opens(3)]).await.unwrap();
    assert_eq!(deliver(&store, 7).await, [None]);
    store.change_alerts(vec![closes(4)]).await.unwrap();
    let before = counted();
    store.settle(instead(claimed().await.seq)).await.unwrap();
    assert_eq!(counted(), before);
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_end_is_posted_where_there_is_no_message_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    // Refused for good.
    store.change_alerts(vec![opens(1)]).await.unwrap();
    let rows = store.claim(&webhook(), ALL, now_ms()).await.unwrap();
    let dead = Verdict::Dead { reason: "no".into() };
    stage::settle_all_async(&store, &rows, &dead).await;
    store.change_alerts(vec![closes(2)]).await.unwrap();
    assert_eq!(deliver(&store, 5).await, [None]);
    // Never begun.
    store.change_alerts(vec![closes(3)]).await.unwrap();
    assert_eq!(deliver(&store, 5).await, [None]);
    // In another place.
    store.change_alerts(vec![opens(4)]).await.unwrap();
    assert_eq!(deliver(&store, 5).await, [None]);
    let mut elsewhere = delivery(5);
    elsewhere.destination = Destination::new("webhook:2");
    let moved = change("fine", AlertPost::Closes(Box::new(elsewhere)));
    store.change_alerts(vec![moved]).await.unwrap();
    let there = store
        .claim(&Destination::new("webhook:2"), ALL, now_ms())
        .await
        .unwrap();
    assert_eq!(there[0].changes, None);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_change_that_is_made_again_posts_nothing_again_and_a_reminder_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    for fresh in [1, 0] {
        let committed = store.change_alerts(vec![opens(1)]).await.unwrap();
        assert_eq!(committed.fresh.len(), fresh);
    }
    let too_long = change(&"x".repeat(5000), AlertPost::Nothing);
    store.change_alerts(vec![opens(2), too_long]).await.unwrap_err();
    assert_eq!(stage::lines_in_outbox(folder.path()), [1], "all or nothing");
    // A reminder: told, and everything else stays as it was.
    let reminder = AlertChange {
        state: None,
        ..change("", AlertPost::Tells(Box::new(delivery(2))))
    };
    let before = store.alerts().await.unwrap();
    store.change_alerts(vec![reminder]).await.unwrap();
    let after = store.alerts().await.unwrap();
    assert_eq!(
        (&after[0].state, &after[0].destination),
        (&before[0].state, &before[0].destination)
    );
    assert_eq!(stage::lines_in_outbox(folder.path()), [1, 2]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_card_is_at_one_message_and_one_that_was_begun_twice_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let place = CardPlace {
        destination: webhook(),
        server: server(),
    };
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.card(&place).await.unwrap(), CardState::Nowhere);
    store.keep_card(&place, CardState::Begun).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.card(&place).await.unwrap(), CardState::Begun);
    store.keep_card(&place, CardState::Begun).await.unwrap();
    let tallies = Admin::open(folder.path()).unwrap().tallies().unwrap();
    assert_eq!(tallies, [(server(), RULE_CARD_UNCERTAIN.to_owned(), 1)]);
    store.keep_card(&place, CardState::At(u64::MAX)).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.card(&place).await.unwrap(), CardState::At(u64::MAX));
    store.keep_card(&place, CardState::Nowhere).await.unwrap();
    store.keep_card(&place, CardState::Begun).await.unwrap();
    assert_eq!(Admin::open(folder.path()).unwrap().tallies().unwrap(), tallies);
    store.close().await.unwrap();
}

#[tokio::test]
async fn maintenance_is_planned_beside_a_running_store_and_heard_of_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let mut admin = Admin::open(folder.path()).unwrap();
    let plan = |scope, from_ms, until_ms| Maintenance {
        scope,
        from_ms,
        until_ms,
        by: "operator".into(),
    };
    let (one, all) = (
        plan(Scope::Server(server()), 100, 200),
        plan(Scope::All, 150, 300),
    );
    admin.begin_maintenance(&one).unwrap();
    assert_eq!(store.maintenance().await.unwrap(), std::slice::from_ref(&one));
    admin.begin_maintenance(&all).unwrap();
    assert_eq!(store.maintenance().await.unwrap(), [all.clone(), one.clone()]);
    assert!(one.is_on(100) && !one.is_on(99) && !one.is_on(200));
    let other = ServerTag::parse("other").unwrap();
    assert!(all.scope.covers(&other) && !one.scope.covers(&other) && one.scope.covers(&server()));
    // A longer one takes the place of the one before; what is past goes.
    let longer = plan(Scope::Server(server()), 250, 900);
    admin.begin_maintenance(&longer).unwrap();
    assert_eq!(store.maintenance().await.unwrap(), [all, longer]);
    assert_eq!(admin.end_maintenance(&Scope::Server(server()), 400).unwrap(), 1);
    assert_eq!(admin.end_maintenance(&Scope::All, 400).unwrap(), 0);
    assert_eq!(store.maintenance().await.unwrap(), []);
    store.close().await.unwrap();
}

#[tokio::test]
async fn samples_are_kept_for_eight_days_and_what_was_not_read_stays_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let now = SampleRow::minute_of(now_ms());
    let sample = |server: &str, minute, players| SampleRow {
        server: ServerTag::parse(server).unwrap(),
        minute,
        players,
        ups_x100: players.map(|_| 5_997),
        game_s: None,
    };
    let old = now - 8 * 24 * 60 - 1;
    let mut rows: Vec<_> = (old - 600..=old)
        .map(|minute| sample("main", minute, Some(1)))
        .collect();
    rows.extend([
        sample("main", now - 1, None),
        sample("main", now, Some(3)),
        sample("other", now, Some(9)),
    ]);
    store.record_samples(rows).await.unwrap();
    store
        .record_samples(vec![sample("main", now, Some(4))])
        .await
        .unwrap();
    let reader = store.statistics().unwrap();
    assert_eq!(reader.samples(&server(), old..now).unwrap().len(), 2);
    let swept = store.maintain(now_ms()).await.unwrap();
    assert_eq!(swept.samples, 601);
    let kept = reader.samples(&server(), 0..i64::MAX).unwrap();
    assert_eq!(
        kept,
        [sample("main", now - 1, None), sample("main", now, Some(4))]
    );
    assert_eq!(
        reader
            .samples(&ServerTag::parse("none").unwrap(), 0..i64::MAX)
            .unwrap(),
        []
    );
    store.close().await.unwrap();
}

#[test]
fn s06_cards_and_alerts_come_through_a_salvage() {
    let root = tempfile::tempdir().unwrap();
    let place = CardPlace {
        destination: webhook(),
        server: server(),
    };
    let (store, _) = stage::open(root.path());
    stage::commit(&store, stage::batch(0, 2));
    stage::wait(store.keep_card(&place, CardState::At(9))).unwrap();
    stage::wait(store.change_alerts(vec![opens(70)])).unwrap();
    store.close_blocking().unwrap();
    rusqlite::Connection::open(root.path().join("outbox.db"))
        .unwrap()
        .execute_batch("DROP TABLE tally")
        .unwrap();
    let (store, report) = stage::open(root.path());
    assert!(report.damage.is_some());
    assert_eq!(stage::wait(store.card(&place)).unwrap(), CardState::At(9));
    assert_eq!(stage::wait(store.alerts()).unwrap()[0].state, "firing");
    stage::commit(&store, IngestBatch::default());
}
