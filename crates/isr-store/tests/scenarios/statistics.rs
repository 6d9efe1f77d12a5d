//! Statistics: a line is counted once, sessions follow the book's rules, what is forgotten is gone, and no recap is
//! posted twice.

use std::time::Duration;

use isr_core::delivery::KindName;
use isr_core::drift::UnknownLines;
use isr_core::session::SessionBook;
use isr_core::statistics::{Count, Fact, Period, Span, Step, Summary};
use isr_store::{
    Admin, FailPoint, FaultAction, Faults, HourRange, IngestBatch, Retention, Series, SeriesMark,
    SeriesPosted, StatisticsReader, Store, StoreOptions,
};
use proptest::prelude::*;

use crate::stage::{
    self, GENERATION, LINE_BYTES, batch, checkpoint, days_from_now, delivery, now_ms, server, source,
};

const HOUR_MS: i64 = 3_600_000;
/// Some midnight, UTC.
const MIDNIGHT: i64 = 1_795_478_400_000;

fn fact(line: u64, kind: &'static str, player: &str, at_ms: i64) -> Fact {
    Fact {
        server: server(),
        generation: GENERATION,
        offset: line * LINE_BYTES,
        at_ms,
        kind: Some(KindName::fixed(kind)),
        player: Some(player.to_owned()).filter(|name| !name.is_empty()),
        detail: None,
        step: match kind {
            "join" => Step::Opens,
            "leave" => Step::Closes,
            "server_started" => Step::EndsRun,
            _ => Step::None,
        },
    }
}

fn death(line: u64, player: &str, cause: &str, at_ms: i64) -> Fact {
    Fact {
        detail: Some(cause.to_owned()),
        ..fact(line, "death", player, at_ms)
    }
}

/// Facts of the lines `from..to` and the position after them.
fn facts(from: u64, to: u64, facts: Vec<Fact>) -> IngestBatch {
    assert!(
        facts
            .iter()
            .all(|fact| (from..to).contains(&(fact.offset / LINE_BYTES)))
    );
    IngestBatch {
        facts,
        ..batch(from, to)
    }
}

fn everything() -> Period {
    Period {
        from_ms: 0,
        until_ms: i64::MAX / 2,
    }
}

fn counts_at(reader: &StatisticsReader, now_ms: i64) -> Vec<(String, String, u64)> {
    let counts = reader
        .counts(&server(), HourRange::touching(everything()), now_ms)
        .unwrap();
    counts
        .into_iter()
        .map(|row| (row.kind, row.player.unwrap_or_default(), row.count))
        .collect()
}

fn counts(store: &Store) -> Vec<(String, String, u64)> {
    counts_at(&store.statistics().unwrap(), MIDNIGHT)
}

fn row(kind: &str, player: &str, count: u64) -> (String, String, u64) {
    (kind.to_owned(), player.to_owned(), count)
}

#[test]
fn a_line_is_counted_once_however_often_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let chat = |line| fact(line, "chat", "Ann", MIDNIGHT);
    let first = facts(0, 3, vec![chat(0), chat(1), chat(2)]);
    store.commit_blocking(first.clone()).unwrap();
    store.commit_blocking(first.clone()).unwrap();
    store.close_blocking().unwrap();

    let (store, _) = stage::open(folder.path());
    store.commit_blocking(first).unwrap();
    // Half of it was read before.
    store
        .commit_blocking(facts(1, 5, vec![chat(1), chat(2), chat(3), chat(4)]))
        .unwrap();
    assert_eq!(counts(&store), [row("chat", "Ann", 5)]);
    store.close_blocking().unwrap();
}

#[test]
fn a_commit_that_fails_counts_nothing_and_its_repetition_counts_once() {
    for point in [
        FailPoint::MidInsert,
        FailPoint::BeforeCommit,
        FailPoint::AfterCommit,
        FailPoint::BeforeAck,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::armable();
        let (store, _) = stage::open_with(StoreOptions {
            faults: faults.clone(),
            ..StoreOptions::new(folder.path())
        });
        let news = facts(
            0,
            2,
            vec![fact(0, "join", "Ann", MIDNIGHT), fact(1, "chat", "Ann", MIDNIGHT)],
        );
        faults.arm(point, 0, FaultAction::Fail(rusqlite::ffi::SQLITE_BUSY));
        store.commit_blocking(news.clone()).unwrap_err();
        store.commit_blocking(news).unwrap();
        assert_eq!(
            counts(&store),
            [row("chat", "Ann", 1), row("join", "Ann", 1)],
            "{point:?}"
        );
        store.close_blocking().unwrap();
    }
}

#[test]
fn sessions_survive_a_restart_and_a_new_run_ends_them() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let minute = |minute: i64| MIDNIGHT + minute * 60_000;
    store
        .commit_blocking(facts(
            0,
            2,
            vec![
                fact(0, "join", "Ann", minute(0)),
                fact(1, "join", "Bob", minute(5)),
            ],
        ))
        .unwrap();
    store.close_blocking().unwrap();

    let (store, _) = stage::open(folder.path());
    let mut here = store.statistics().unwrap().attendance(&server()).unwrap();
    here.open.sort();
    assert_eq!(
        here.open,
        [("Ann".to_owned(), minute(0)), ("Bob".to_owned(), minute(5))]
    );
    store
        .commit_blocking(facts(
            2,
            4,
            vec![
                fact(2, "leave", "Bob", minute(15)),
                fact(3, "server_started", "", minute(30)),
            ],
        ))
        .unwrap();
    let reader = store.statistics().unwrap();
    assert_eq!(reader.attendance(&server()).unwrap().open, []);
    let sessions = reader.sessions(&server(), everything()).unwrap();
    let summary = Summary::of(everything(), &sessions, &[], Vec::new());
    let played: Vec<(&str, u64)> = summary
        .players
        .iter()
        .map(|player| (player.name.as_str(), player.played_ms / 60_000))
        .collect();
    assert_eq!(played, [("Ann", 30), ("Bob", 10)]);
    assert_eq!(
        reader.newcomers(&server(), everything()).unwrap(),
        Vec::<String>::new()
    );
    let later = Period {
        from_ms: minute(1),
        ..everything()
    };
    assert_eq!(reader.newcomers(&server(), later).unwrap(), ["Bob"]);
    store.close_blocking().unwrap();
}

#[test]
fn who_is_forgotten_leaves_no_trace_in_the_statistics() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let far = MIDNIGHT + 300 * 24 * HOUR_MS;
    let all = vec![
        fact(0, "join", "Ann", MIDNIGHT),
        fact(1, "chat", "Ann", MIDNIGHT),
        death(2, "Bob", "Ann", MIDNIGHT),
        death(3, "Bob", "biter", MIDNIGHT),
        fact(4, "leave", "Ann", MIDNIGHT + HOUR_MS),
        fact(5, "chat", "Ann", far),
    ];
    let unknown = |shape: &str, sample: &str| UnknownLines {
        server: server(),
        version: String::new(),
        shape: shape.to_owned(),
        lines: 1,
        first_ms: MIDNIGHT,
        last_ms: MIDNIGHT,
        told_ms: None,
        sample: sample.to_owned(),
    };
    let mut batch = facts(0, 6, all);
    batch.unknown = vec![
        unknown("[A] *", "[A] Ann waits"),
        unknown("[B] *", "[B] Bob waits"),
    ];
    store.commit_blocking(batch).unwrap();
    let forgotten = Admin::open(folder.path()).unwrap().forget_player("aNN").unwrap();
    assert_eq!(
        (forgotten.players, forgotten.sessions, forgotten.samples),
        (1, 1, 1)
    );
    let lines = store.unknown_lines().unwrap().into_iter();
    let samples: Vec<_> = lines.map(|lines| lines.sample).collect();
    assert_eq!(samples, ["", "[B] Bob waits"]);
    assert_eq!(counts(&store), [row("death", "Bob", 1), row("death", "Bob", 1)]);
    let reader = store.statistics().unwrap();
    assert_eq!(reader.sessions(&server(), everything()).unwrap(), []);
    let causes: Vec<Option<String>> = reader
        .counts(&server(), HourRange::touching(everything()), MIDNIGHT)
        .unwrap()
        .into_iter()
        .map(|Count { detail, .. }| detail)
        .collect();
    assert_eq!(causes, [None, Some("biter".to_owned())]);

    // The running daemon goes on, with numbers of names that are right.
    store
        .commit_blocking(facts(6, 7, vec![fact(6, "chat", "Ann", MIDNIGHT)]))
        .unwrap();
    assert!(counts(&store).contains(&row("chat", "Ann", 1)));
    Admin::open(folder.path()).unwrap().forget_player("Ann").unwrap();
    store.close_blocking().unwrap();
    let bytes = std::fs::read(folder.path().join("outbox.db")).unwrap();
    let traces = bytes.windows(3).filter(|window| *window == b"Ann").count();
    assert_eq!(traces, 0, "not even in the free parts of the file");
}

#[tokio::test]
async fn hours_are_rolled_up_into_days_and_days_go_after_the_retention() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in_task(folder.path()).await;
    let old = now_ms() - 40 * 24 * HOUR_MS;
    let news = facts(
        0,
        1300,
        (0..1300)
            .map(|line| fact(line, "chat", &format!("P{line}"), old))
            .collect(),
    );
    store.commit(news).await.unwrap();
    let expected = 1300;
    store.maintain(now_ms()).await.unwrap();
    let all = |now: i64, reader: &StatisticsReader| counts_at(reader, now).len();
    assert_eq!(rows_of(folder.path(), "hour_count"), 0, "five weeks are over");
    assert_eq!(
        all(now_ms(), &store.statistics().unwrap()),
        expected,
        "the day knows"
    );
    store.maintain(days_from_now(300)).await.unwrap();
    assert_eq!(all(now_ms(), &store.statistics().unwrap()), expected);
    let swept = store.maintain(days_from_now(380)).await.unwrap();
    assert_eq!(rows_of(folder.path(), "day_count"), 0);
    assert_eq!(rows_of(folder.path(), "stat_player"), 0);
    assert_eq!(swept.statistics, 2600, "days and players");
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_recap_is_posted_once_whatever_happens_in_between() {
    let folder = tempfile::tempdir().unwrap();
    let mark = |until_ms| SeriesMark {
        server: server(),
        series: Series::Recap(Span::Daily),
        until_ms,
    };
    let store = open_in_task(folder.path()).await;
    let posted = store.post_of_series(mark(100), Some(delivery(1))).await.unwrap();
    assert_eq!(posted, SeriesPosted::Now);
    assert_eq!(
        store.post_of_series(mark(100), Some(delivery(1))).await.unwrap(),
        SeriesPosted::Before
    );
    store.close().await.unwrap();

    let store = open_in_task(folder.path()).await;
    assert_eq!(
        store.post_of_series(mark(90), Some(delivery(2))).await.unwrap(),
        SeriesPosted::Before
    );
    let weekly = SeriesMark {
        series: Series::Recap(Span::Weekly),
        ..mark(90)
    };
    assert_eq!(
        store.post_of_series(weekly, None).await.unwrap(),
        SeriesPosted::Now,
        "nothing to tell"
    );
    assert_eq!(
        store.post_of_series(mark(200), Some(delivery(3))).await.unwrap(),
        SeriesPosted::Now
    );
    store.close().await.unwrap();
    assert_eq!(stage::rows(folder.path()).len(), 2);
}

#[tokio::test]
async fn after_a_clock_was_set_back_a_status_is_posted_again_and_a_picture_of_that_day_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in_task(folder.path()).await;
    let mut offset = 0;
    let mut posted = async |series, until_ms| {
        offset += 1;
        let mark = SeriesMark {
            server: server(),
            series,
            until_ms,
        };
        store.post_of_series(mark, Some(delivery(offset))).await.unwrap()
    };
    for series in [Series::Status, Series::Picture] {
        assert_eq!(posted(series, 3_600_000).await, SeriesPosted::Now);
    }
    assert_eq!(posted(Series::Status, 1_000).await, SeriesPosted::Now);
    assert_eq!(
        posted(Series::Status, 1_000).await,
        SeriesPosted::Before,
        "this one"
    );
    assert_eq!(
        posted(Series::Status, 2_000).await,
        SeriesPosted::Now,
        "its time goes on"
    );
    assert_eq!(posted(Series::Picture, 1_000).await, SeriesPosted::Before);
    store.close().await.unwrap();
}

#[tokio::test]
async fn retention_of_statistics_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let options = StoreOptions {
        retention: Retention {
            statistics: Duration::from_secs(24 * 3600),
            ..Retention::default()
        },
        ..StoreOptions::new(path)
    };
    let store = tokio::task::spawn_blocking(move || stage::open_with(options).0)
        .await
        .unwrap();
    let old = now_ms() - 3 * 24 * HOUR_MS;
    let session = vec![
        fact(0, "join", "Ann", old),
        fact(1, "leave", "Ann", old + HOUR_MS),
        fact(2, "join", "Bob", old),
    ];
    store.commit(facts(0, 3, session)).await.unwrap();
    store.maintain(now_ms()).await.unwrap();
    let reader = store.statistics().unwrap();
    let sessions = reader.sessions(&server(), everything()).unwrap();
    assert_eq!(sessions.len(), 1, "who is there stays");
    store.close().await.unwrap();
}

async fn open_in_task(folder: &std::path::Path) -> Store {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || stage::open(&folder).0)
        .await
        .unwrap()
}

fn rows_of(folder: &std::path::Path, table: &str) -> i64 {
    let conn = rusqlite::Connection::open(folder.join("outbox.db")).unwrap();
    conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        .unwrap()
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Join(u8),
    Leave(u8),
    RunEnds,
    Reopen,
    ReadAgain,
}

fn moves() -> impl Strategy<Value = Vec<(Move, i64)>> {
    let one = prop_oneof![
        4 => (0..4_u8).prop_map(Move::Join),
        4 => (0..4_u8).prop_map(Move::Leave),
        1 => Just(Move::RunEnds),
        1 => Just(Move::Reopen),
        1 => Just(Move::ReadAgain),
    ];
    prop::collection::vec((one, -5_000_i64..600_000), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_stored_sessions_agree_with_the_book(moves in moves()) {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, _) = stage::open(folder.path());
        let mut book = SessionBook::default();
        let (mut now, mut line, mut last) = (MIDNIGHT, 0, None);
        for (next, passed) in moves {
            now += passed;
            let name = |who: u8| format!("P{who}");
            let news = match next {
                Move::Join(who) => {
                    let _ = book.join(&name(who), now);
                    fact(line, "join", &name(who), now)
                }
                Move::Leave(who) => {
                    let _ = book.leave(&name(who), now);
                    fact(line, "leave", &name(who), now)
                }
                Move::RunEnds => {
                    let _ = book.end_run(now);
                    fact(line, "server_started", "", now)
                }
                Move::Reopen => {
                    store.close_blocking().unwrap();
                    store = stage::open(folder.path()).0;
                    continue;
                }
                Move::ReadAgain => {
                    if let Some(batch) = last.clone() {
                        store.commit_blocking(batch).unwrap();
                    }
                    continue;
                }
            };
            let batch = IngestBatch {
                checkpoints: vec![(source(), checkpoint(line + 1))],
                facts: vec![news],
                ..IngestBatch::default()
            };
            last = Some(batch.clone());
            store.commit_blocking(batch).unwrap();
            line += 1;
            let mut stored = store.statistics().unwrap().attendance(&server()).unwrap().open;
            stored.sort();
            let expected: Vec<(String, i64)> =
                book.open().map(|(name, since)| (name.to_owned(), since)).collect();
            prop_assert_eq!(stored, expected);
        }
        store.close_blocking().unwrap();
    }
}
