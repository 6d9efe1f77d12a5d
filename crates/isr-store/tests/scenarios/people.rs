//! What people do: the audit log and its chain, uses of commands, chosen servers, personal notices.

use isr_core::command::{Class, Use};
use isr_core::delivery::Destination;
use isr_core::watching::{Watch, Watched};
use isr_store::{
    Added, Admin, AuditEntry, AuditKind, Break, ChainReport, ChosenServer, Fault, LinkedPlayer, Person,
};

use crate::stage::{self, now_ms, server};

fn entry(at_ms: i64, kind: AuditKind) -> AuditEntry {
    AuditEntry {
        at_ms,
        kind,
        person: Person {
            id: Some(u64::MAX - 1),
            name: "somebody\u{202e}".into(),
            guild: Some(1),
            channel: Some(2),
        },
        server: Some(server()),
        command: "/factorio kick".into(),
        line: Some("/kick griefer".into()),
        outcome: "sent".into(),
        answer: None,
    }
}

#[tokio::test]
async fn what_was_done_is_there_after_a_restart_and_ends_name_their_beginnings() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let sent = entry(1_000, AuditKind::Sent);
    let of = store.audit(sent.clone()).await.unwrap();
    let ended = AuditEntry {
        outcome: "done".into(),
        answer: Some("x".repeat(100_000)),
        ..entry(2_000, AuditKind::Ended { of })
    };
    store.audit(ended).await.unwrap();
    store.close().await.unwrap();

    let mut admin = Admin::open(folder.path()).unwrap();
    let typed = AuditEntry {
        person: Person {
            id: None,
            name: "root".into(),
            guild: None,
            channel: None,
        },
        server: None,
        line: None,
        ..entry(3_000, AuditKind::Refused)
    };
    admin.audit(&typed).unwrap();
    let rows = admin.audit_since(0, 10).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[0].seq, &rows[0].entry), (of, &sent));
    assert_eq!(rows[1].entry.kind, AuditKind::Ended { of });
    assert_eq!(rows[1].entry.answer.as_ref().unwrap().len(), 4_000);
    assert_eq!(rows[2].entry, typed);
    let seqs = |rows: Vec<isr_store::AuditRow>| rows.iter().map(|row| row.entry.at_ms).collect::<Vec<_>>();
    assert_eq!(seqs(admin.audit_since(2_000, 10).unwrap()), [2_000, 3_000]);
    assert_eq!(
        seqs(admin.audit_since(0, 2).unwrap()),
        [2_000, 3_000],
        "the newest"
    );
}

#[tokio::test]
async fn nobody_changes_what_was_written_and_only_age_removes_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let now = now_ms();
    for at_ms in [now - 397 * 86_400_000, now - 395 * 86_400_000] {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    assert_eq!(store.maintain(now).await.unwrap().audit, 1);
    store.close().await.unwrap();
    let conn = rusqlite::Connection::open(folder.path().join("outbox.db")).unwrap();
    let changed = conn.execute("UPDATE audit SET outcome = 'nothing happened'", []);
    assert!(changed.unwrap_err().to_string().contains("append-only"));
    drop(conn);
    let rows = Admin::open(folder.path()).unwrap().audit_since(0, 10).unwrap();
    assert_eq!(rows.len(), 1);
    // Numbers are given once.
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.audit(entry(now, AuditKind::Sent)).await.unwrap(), 3);
}

#[tokio::test]
async fn r04_what_left_and_never_ended_is_unknown_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let now = now_ms();
    let done = store.audit(entry(now, AuditKind::Sent)).await.unwrap();
    store
        .audit(entry(now, AuditKind::Ended { of: done }))
        .await
        .unwrap();
    store.audit(entry(now, AuditKind::Refused)).await.unwrap();
    let lost = store.audit(entry(now, AuditKind::Sent)).await.unwrap();
    assert_eq!(store.end_unended(now).await.unwrap(), 1);
    assert_eq!(store.end_unended(now).await.unwrap(), 0);
    store.close().await.unwrap();
    let rows = Admin::open(folder.path()).unwrap().audit_since(0, 10).unwrap();
    let last = &rows.last().unwrap().entry;
    assert_eq!(
        (last.kind, last.outcome.as_str()),
        (AuditKind::Ended { of: lost }, "unknown")
    );
    assert_eq!(last.line.as_deref(), Some("/kick griefer"));
}

#[tokio::test]
async fn uses_and_choices_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let used = |user, at_ms| Use {
        user,
        class: Class::Danger,
        at_ms,
    };
    store.note_use(used(1, 0)).await.unwrap();
    store.note_use(used(2, 119_999)).await.unwrap();
    store.note_use(used(3, 120_000)).await.unwrap();
    let chosen = |person, tag: &str| ChosenServer {
        person,
        server: isr_core::source::ServerTag::parse(tag).unwrap(),
    };
    store.choose_server(chosen(u64::MAX, "first")).await.unwrap();
    store.choose_server(chosen(7, "first")).await.unwrap();
    store.choose_server(chosen(7, "second")).await.unwrap();
    store.close().await.unwrap();

    let (store, _) = stage::open(folder.path());
    let habits = store.habits().await.unwrap();
    // The first counts no more: it went when the third came.
    assert_eq!(habits.uses, [used(2, 119_999), used(3, 120_000)]);
    assert_eq!(habits.choices.len(), 2);
    assert!(
        habits.choices.contains(&chosen(7, "second")) && habits.choices.contains(&chosen(u64::MAX, "first"))
    );
}

/// Opens the database beside the store, as somebody would who wants to change what was written.
fn meddle(folder: &std::path::Path, statements: &str) {
    let conn = rusqlite::Connection::open(folder.join("outbox.db")).unwrap();
    conn.execute_batch("DROP TRIGGER IF EXISTS audit_is_never_changed")
        .unwrap();
    conn.execute_batch(statements).unwrap();
}

/// The check of a log of six rows after somebody meddled with it.
async fn checked(statements: &str) -> ChainReport {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    for at_ms in 1..=5 {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    store.close().await.unwrap();
    // The command line goes on with the same chain.
    let mut admin = Admin::open(folder.path()).unwrap();
    admin.audit(&entry(6, AuditKind::Refused)).unwrap();
    meddle(folder.path(), statements);
    admin.check_audit().unwrap()
}

#[tokio::test]
async fn the_chain_names_the_first_entry_that_is_not_as_it_was_written() {
    let sound = checked("").await;
    assert_eq!((sound.sound, sound.uncovered, sound.broken), (6, 0, None));
    assert_eq!(sound.head.map(|(seq, _)| seq), Some(6));
    let broken = [
        ("UPDATE audit SET answer = '' WHERE seq = 3", 3, Fault::Changed),
        ("UPDATE audit SET line = NULL WHERE seq = 1", 1, Fault::Changed),
        (
            "UPDATE audit SET hash = zeroblob(32) WHERE seq = 4",
            4,
            Fault::Changed,
        ),
        ("UPDATE audit SET hash = NULL WHERE seq = 4", 4, Fault::Unhashed),
        ("DELETE FROM audit WHERE seq = 4", 4, Fault::Missing),
        ("DELETE FROM audit WHERE seq > 4", 5, Fault::Missing),
        ("DELETE FROM audit WHERE seq = 1", 1, Fault::Missing),
        ("DELETE FROM audit", 1, Fault::Missing),
        (
            "UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 9",
            2,
            Fault::Changed,
        ),
    ];
    for (statements, seq, fault) in broken {
        let report = checked(statements).await;
        assert_eq!(report.broken, Some(Break { seq, fault }), "{statements}");
        assert_eq!(report.sound + 1, seq.cast_unsigned(), "{statements}");
    }
}

#[tokio::test]
async fn what_age_removes_and_what_is_older_than_the_chain_leaves_a_chain() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let now = now_ms();
    let old = now - 400 * 86_400_000;
    // One that is old by a clock that was wrong stands behind one that is not: it stays, or there would be a hole.
    for at_ms in [old, old, now, old, now] {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    assert_eq!(store.maintain(now).await.unwrap().audit, 2);
    store.audit(entry(now, AuditKind::Sent)).await.unwrap();
    store.close().await.unwrap();
    let admin = Admin::open(folder.path()).unwrap();
    let report = admin.check_audit().unwrap();
    assert_eq!((report.sound, report.broken), (4, None));
    meddle(folder.path(), "UPDATE audit_removed SET hash = zeroblob(32)");
    assert!(
        admin.check_audit().unwrap().broken.is_some(),
        "the chain begins where it was cut"
    );

    // As an earlier version left them.
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    store.audit(entry(1, AuditKind::Sent)).await.unwrap();
    store.audit(entry(2, AuditKind::Sent)).await.unwrap();
    store.close().await.unwrap();
    meddle(folder.path(), "UPDATE audit SET hash = NULL");
    let mut admin = Admin::open(folder.path()).unwrap();
    admin.audit(&entry(3, AuditKind::Sent)).unwrap();
    admin.audit(&entry(4, AuditKind::Sent)).unwrap();
    let report = admin.check_audit().unwrap();
    assert_eq!((report.uncovered, report.sound, report.broken), (2, 2, None));
}

#[tokio::test]
async fn every_row_is_posted_once_whatever_crashes_and_nothing_from_before_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let there = Destination::new("channel:5");
    store.audit(entry(1, AuditKind::Sent)).await.unwrap();
    let unposted = async |store: &isr_store::Store| {
        let rows = store
            .unposted_audit(Destination::new("channel:5"), 10)
            .await
            .unwrap()
            .rows;
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(unposted(&store).await, [0_i64; 0]);
    for at_ms in 2..=4 {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    assert_eq!(unposted(&store).await, [2, 3, 4]);
    store.post_audit(there, 3, Vec::new()).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(unposted(&store).await, [4]);
}

#[tokio::test]
async fn watches_have_bounds_and_links_are_one_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let watch = |person, player: &str| Watch {
        person,
        server: server(),
        what: Watched::Player(player.into()),
        channel: 5,
    };
    for n in 0..10 {
        let added = store.add_watch(watch(1, &format!("p{n}"))).await.unwrap();
        assert_eq!(added, Added::Now);
    }
    assert_eq!(store.add_watch(watch(1, "P3")).await.unwrap(), Added::Before);
    assert_eq!(
        store.add_watch(watch(1, "more")).await.unwrap(),
        Added::TooManyOfYours
    );
    assert_eq!(store.add_watch(watch(2, "p3")).await.unwrap(), Added::Now);
    let rows = store.watches().await.unwrap();
    assert_eq!(
        store.end_watches(2, Some(rows[0].number)).await.unwrap(),
        0,
        "that of somebody else"
    );
    assert_eq!(store.end_watches(1, None).await.unwrap(), 10);
    assert_eq!(store.watches().await.unwrap().len(), 1);

    let link = |person, player: &str| LinkedPlayer {
        person,
        player: player.into(),
    };
    store.link_player(link(1, "alice")).await.unwrap();
    store.link_player(link(2, "Alice")).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.habits().await.unwrap().links, [link(2, "Alice")]);
    assert!(store.unlink_player(2).await.unwrap() && !store.unlink_player(2).await.unwrap());
}
