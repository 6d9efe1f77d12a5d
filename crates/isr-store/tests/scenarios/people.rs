//! What people do: the audit log, uses of commands, chosen servers.

use isr_core::command::{Class, Use};
use isr_store::{Admin, AuditEntry, AuditKind, ChosenServer, Person};

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
