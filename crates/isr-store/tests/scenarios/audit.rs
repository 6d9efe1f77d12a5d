//! The audit log and its chain: what is kept, what a check finds, what is posted.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use isr_core::delivery::Destination;
use isr_store::{
    Admin, AuditEntry, AuditKind, Break, ChainReport, Fault, Person, Removal, Store, StoreOptions,
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

/// A store that keeps the audit log for a year and a month.
fn keeping_a_year(folder: &Path) -> Store {
    let mut options = StoreOptions::new(folder);
    options.retention.audit = Some(Duration::from_hours(396 * 24));
    stage::open_with(options).0
}

#[tokio::test]
async fn nobody_changes_what_was_written_and_only_age_removes_it_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let now = now_ms();
    for at_ms in [now - 397 * 86_400_000, now - 395 * 86_400_000] {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    assert_eq!(store.maintain(now).await.unwrap().audit, 0);
    store.close().await.unwrap();
    let store = keeping_a_year(folder.path());
    assert_eq!(store.maintain(now).await.unwrap().audit, 1);
    store.close().await.unwrap();
    let conn = rusqlite::Connection::open(folder.path().join("outbox.db")).unwrap();
    let changed = conn.execute("UPDATE audit SET outcome = 'nothing happened'", []);
    assert!(changed.unwrap_err().to_string().contains("append-only"));
    drop(conn);
    let rows = Admin::open(folder.path()).unwrap().audit_since(0, 10).unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| (row.seq, row.entry.kind)).collect();
    assert_eq!(kinds, [(2, AuditKind::Sent), (3, AuditKind::Removed { upto: 1 })]);
    // Numbers are given once; and removing waits for a day's worth, for it is a row itself.
    let store = keeping_a_year(folder.path());
    assert_eq!(store.audit(entry(now, AuditKind::Sent)).await.unwrap(), 4);
    assert_eq!(store.maintain(now + 129_600_000).await.unwrap().audit, 0);
    assert_eq!(store.maintain(now + 2 * 86_400_000).await.unwrap().audit, 1);
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
    // The command line works beside the daemon, and may be waiting for its answer.
    let by_hand = AuditEntry {
        person: Person {
            id: None,
            ..entry(now, AuditKind::Sent).person
        },
        ..entry(now, AuditKind::Sent)
    };
    store.audit(by_hand).await.unwrap();
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

/// Opens the database beside the store, as somebody would who wants to change what was written.
fn meddle(folder: &Path, statements: &str) {
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
            "UPDATE audit SET hash = NULL; DELETE FROM audit WHERE seq = 3",
            1,
            Fault::Unhashed,
        ),
        (
            "DELETE FROM audit_chain; UPDATE audit SET hash = NULL",
            1,
            Fault::Unhashed,
        ),
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
async fn a_row_that_makes_no_sense_hides_no_other() {
    for change in ["kind = 'x'", "server = '?/'", "outcome = CAST(x'ff' AS TEXT)"] {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = stage::open(folder.path());
        let there = Some(Destination::new("channel:5"));
        store.unposted_audit(there.clone(), 10).await.unwrap();
        for at_ms in 1..=3 {
            store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
        }
        meddle(folder.path(), &format!("UPDATE audit SET {change} WHERE seq = 2"));
        let listed = Admin::open(folder.path()).unwrap().audit_since(0, 10).unwrap();
        let unposted = store.unposted_audit(there, 10).await.unwrap().rows;
        for rows in [listed, unposted] {
            let kinds: Vec<_> = rows.iter().map(|row| (row.seq, row.entry.kind)).collect();
            let wanted = [
                (1, AuditKind::Sent),
                (2, AuditKind::Unreadable),
                (3, AuditKind::Sent),
            ];
            assert_eq!(kinds, wanted, "{change}");
        }
    }
}

#[tokio::test]
async fn what_age_removes_leaves_a_chain_that_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = keeping_a_year(folder.path());
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
    assert_eq!((report.sound, report.broken), (5, None));
    let removal = Removal {
        upto: 2,
        seq: 6,
        at_ms: now,
    };
    assert_eq!((report.removed, report.oldest), (Some(removal), Some((3, now))));
    meddle(folder.path(), "UPDATE audit_removed SET hash = zeroblob(32)");
    assert!(
        admin.check_audit().unwrap().broken.is_some(),
        "the chain begins where it was cut"
    );
}

#[tokio::test]
async fn who_cuts_the_beginning_off_is_found_unless_a_row_of_the_chain_tells_of_it() {
    const CUT: &str = "INSERT OR REPLACE INTO audit_removed SELECT 1, seq, hash FROM audit WHERE seq = 4;
                       DELETE FROM audit WHERE seq <= 4;";
    let report = checked(CUT).await;
    let found = Break {
        seq: 4,
        fault: Fault::CutOff,
    };
    assert_eq!((report.broken, report.oldest), (Some(found), Some((5, 5))));

    // Further than a row tells of.
    let folder = tempfile::tempdir().unwrap();
    let store = keeping_a_year(folder.path());
    let now = now_ms();
    for at_ms in [now - 400 * 86_400_000, now, now, now, now] {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    assert_eq!(store.maintain(now).await.unwrap().audit, 1);
    store.close().await.unwrap();
    let admin = Admin::open(folder.path()).unwrap();
    assert_eq!(admin.check_audit().unwrap().broken, None);
    meddle(folder.path(), CUT);
    assert_eq!(admin.check_audit().unwrap().broken, Some(found));
}

#[tokio::test]
async fn rows_from_before_the_chain_are_counted_and_their_gaps_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    for at_ms in 1..=3 {
        store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
    }
    store.close().await.unwrap();
    meddle(
        folder.path(),
        "UPDATE audit SET hash = NULL; UPDATE audit_chain SET first = 4",
    );
    let mut admin = Admin::open(folder.path()).unwrap();
    admin.audit(&entry(4, AuditKind::Sent)).unwrap();
    let report = admin.check_audit().unwrap();
    assert_eq!((report.uncovered, report.sound, report.broken), (3, 1, None));
    meddle(folder.path(), "DELETE FROM audit WHERE seq = 2");
    let found = Break {
        seq: 2,
        fault: Fault::Missing,
    };
    assert_eq!(admin.check_audit().unwrap().broken, Some(found));
}

#[tokio::test]
async fn a_check_beside_a_writer_sees_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let added: Vec<_> = (1..=1_000)
        .map(|at_ms| {
            let store = store.clone();
            tokio::spawn(async move { store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap() })
        })
        .collect();
    for row in added {
        row.await.unwrap();
    }
    let (path, ended) = (folder.path().to_owned(), Arc::new(AtomicBool::new(false)));
    let seen = Arc::clone(&ended);
    let checks = std::thread::spawn(move || {
        let admin = Admin::open(&path).unwrap();
        let reports: Vec<_> = (0..30).map(|_| admin.check_audit().unwrap()).collect();
        seen.store(true, Ordering::Release);
        reports
    });
    let mut written = 1_000;
    while !ended.load(Ordering::Acquire) {
        store.audit(entry(written, AuditKind::Sent)).await.unwrap();
        written += 1;
    }
    for report in checks.join().unwrap() {
        assert_eq!(report.broken, None, "{report:?}");
    }
    assert!(written > 1_000);
}

#[tokio::test]
async fn s06_numbers_that_were_given_are_not_given_again_after_a_salvage() {
    for lost in ["", "; DELETE FROM sqlite_sequence WHERE name = 'audit'"] {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = stage::open(folder.path());
        let there = Destination::new("channel:5");
        for at_ms in 1..=5 {
            store.audit(entry(at_ms, AuditKind::Sent)).await.unwrap();
        }
        store.post_audit(there.clone(), 5, Vec::new()).await.unwrap();
        store.close().await.unwrap();
        // The last two cannot be read any more.
        meddle(folder.path(), &format!("DELETE FROM audit WHERE seq > 3{lost}"));
        std::fs::write(folder.path().join("damaged"), "seen by the last process").unwrap();
        let (store, report) = stage::open(folder.path());
        assert!(report.damage.is_some());
        let seq = store.audit(entry(6, AuditKind::Sent)).await.unwrap();
        let unposted = store.unposted_audit(Some(there), 10).await.unwrap().rows;
        let unposted: Vec<_> = unposted.iter().map(|row| row.seq).collect();
        assert_eq!((seq, unposted.as_slice()), (6, [6].as_slice()), "{lost}");
        store.close().await.unwrap();
        let found = Break {
            seq: 4,
            fault: Fault::Missing,
        };
        let report = Admin::open(folder.path()).unwrap().check_audit().unwrap();
        assert_eq!((report.sound, report.broken), (3, Some(found)), "{lost}");
    }
}

#[tokio::test]
async fn every_row_is_posted_once_whatever_crashes_and_nothing_from_before_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let there = Destination::new("channel:5");
    store.audit(entry(1, AuditKind::Sent)).await.unwrap();
    let unposted = async |store: &Store| {
        let rows = store
            .unposted_audit(Some(Destination::new("channel:5")), 10)
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
    // Posted elsewhere, or nowhere, for a while: that while is not made up for.
    for elsewhere in [Some(Destination::new("channel:6")), None] {
        store.unposted_audit(elsewhere, 10).await.unwrap();
        store.audit(entry(5, AuditKind::Sent)).await.unwrap();
        assert_eq!(unposted(&store).await, [0_i64; 0]);
        let next = store.audit(entry(6, AuditKind::Sent)).await.unwrap();
        assert_eq!(unposted(&store).await, [next]);
    }
}
