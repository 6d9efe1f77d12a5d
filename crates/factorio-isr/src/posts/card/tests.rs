//! A card between a real store and a sink that is told what to answer, with a clock that only the tests move.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use isr_core::delivery::Destination;
use isr_core::game::{GameTime, LinkDown, WhyDown};
use isr_core::source::ServerTag;
use isr_store::StoreOptions;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::config::Switch;
use crate::rounds::Wished;
use crate::supervisor::{StopTrigger, stop_pair};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Post(String),
    Edit(u64, String),
    Pin(u64),
}

/// Accepts every message under the next id, and answers as it is told, else well.
struct ScriptedSink {
    begun: Instant,
    asked: Mutex<Vec<(u64, Asked)>>,
    changed: Notify,
    posts: Mutex<VecDeque<AttemptOutcome>>,
    edits: Mutex<VecDeque<EditOutcome>>,
    readiness: Mutex<Readiness>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn title(json: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert!(json["timestamp"].is_string(), "a card tells when it was true");
    json["title"].as_str().unwrap().to_owned()
}

impl ScriptedSink {
    fn note(&self, asked: Asked) -> u64 {
        let mut all = lock(&self.asked);
        all.push((self.begun.elapsed().as_secs(), asked));
        self.changed.notify_one();
        all.iter()
            .filter(|(_, asked)| matches!(asked, Asked::Post(_)))
            .count() as u64
    }
}

impl Sink for ScriptedSink {
    fn readiness(&self) -> Readiness {
        panic!("a card asks whether it keeps others waiting");
    }

    fn readiness_in_passing(&self, _errand: Errand) -> Readiness {
        *lock(&self.readiness)
    }

    async fn attempt(&self, message: &OutgoingMessage) -> AttemptOutcome {
        let id = self.note(Asked::Post(title(&message.embeds[0])));
        let told = lock(&self.posts).pop_front();
        told.unwrap_or(AttemptOutcome::Delivered { message_id: Some(id) })
    }

    async fn pin(&self, message_id: u64) -> EditOutcome {
        self.note(Asked::Pin(message_id));
        lock(&self.edits).pop_front().unwrap_or(EditOutcome::Edited)
    }

    async fn edit(&self, message_id: u64, edit: &Edit) -> EditOutcome {
        self.note(Asked::Edit(message_id, title(&edit.embeds[0])));
        lock(&self.edits).pop_front().unwrap_or(EditOutcome::Edited)
    }

    fn release(&self) {}
}

struct Stage {
    dir: tempfile::TempDir,
    sink: Arc<ScriptedSink>,
    store: Store,
    news: watch::Sender<Arc<Snapshot>>,
    refreshes: Refreshes,
    stop: StopTrigger,
    card: JoinHandle<()>,
}

fn place() -> CardPlace {
    CardPlace {
        destination: Destination::new("webhook:1"),
        server: ServerTag::parse("north").unwrap(),
    }
}

/// A card that shows how long the map was played.
fn seconds(played: u64) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        link: Link::Up { since_ms: 1 },
        game_time: Some(GameTime {
            played: Duration::from_secs(played),
            at_ms: 0,
        }),
        ..Snapshot::default()
    })
}

fn face(snapshot: &Snapshot, _now_ms: i64) -> Embed {
    let title = match (&snapshot.link, &snapshot.game_time) {
        (Link::Down(_), _) => "down".to_owned(),
        (Link::Connecting { .. }, _) => "connecting".to_owned(),
        _ if matches!(snapshot.pace, Pace::Running(_)) => format!("{:?}", snapshot.pace),
        (_, Some(time)) => time.played.as_secs().to_string(),
        _ => "?".to_owned(),
    };
    Embed::default().with_title(&title)
}

impl Stage {
    fn new() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), seconds(1))
    }

    fn in_folder(dir: tempfile::TempDir, first: Arc<Snapshot>) -> Self {
        Self::with(dir, first, Switch::Off, VecDeque::new())
    }

    fn with(dir: tempfile::TempDir, first: Arc<Snapshot>, pin: Switch, edits: VecDeque<EditOutcome>) -> Self {
        let store = Store::open(StoreOptions::new(dir.path())).unwrap().store;
        let sink = Arc::new(ScriptedSink {
            begun: Instant::now(),
            asked: Mutex::default(),
            changed: Notify::new(),
            posts: Mutex::default(),
            edits: Mutex::new(edits),
            readiness: Mutex::new(Readiness::Now),
        });
        let (stop, stopping) = stop_pair();
        let (news, snapshots) = watch::channel(first);
        let refreshes = Refreshes::default();
        let world = CardWorld {
            store: store.clone(),
            metrics: Metrics::new().0,
            source: Arc::new(move || Some(snapshots.clone())),
            face: Arc::new(face),
            buttons: Buttons::none(),
            pin,
            refreshes: refreshes.clone(),
            stop: stopping,
        };
        let card = Card::new(place(), "north".into(), Arc::clone(&sink), world);
        Self {
            card: tokio::spawn(card.run()),
            dir,
            sink,
            store,
            news,
            refreshes,
            stop,
        }
    }

    /// The next request: seconds since the start, and what it was.
    async fn asked(&self, number: usize) -> (u64, Asked) {
        loop {
            if let Some(asked) = lock(&self.sink.asked).get(number) {
                return asked.clone();
            }
            self.sink.changed.notified().await;
        }
    }

    async fn posted(&self, number: usize) -> (u64, String) {
        match self.asked(number).await {
            (at, Asked::Post(title)) => (at, title),
            other => panic!("no post: {other:?}"),
        }
    }

    /// Asks the store while the clock stands still: whoever waits for it lets a paused clock run on.
    fn blocking<T: Send, Fut: Future<Output = T>>(&self, ask: impl FnOnce(Store) -> Fut + Send) -> T {
        let store = self.store.clone();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(ask(store))
            });
            asked.join().unwrap()
        })
    }

    /// Waits until the card has written down where it is, and nothing but the clock goes on.
    async fn kept(&self, id: u64) {
        let state = || self.blocking(|store| async move { store.card(&place()).await.unwrap() });
        while state() != CardState::At(id) {
            tokio::task::yield_now().await;
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    async fn edited(&self, number: usize) -> (u64, u64, String) {
        match self.asked(number).await {
            (at, Asked::Edit(id, title)) => (at, id, title),
            other => panic!("no edit: {other:?}"),
        }
    }

    async fn stopped(self) -> (tempfile::TempDir, usize) {
        self.stop.stop();
        self.card.await.unwrap();
        self.store.close().await.unwrap();
        let asked = lock(&self.sink.asked).len();
        (self.dir, asked)
    }

    fn uncertain(&self) -> u64 {
        let health = self.store.health();
        let found = health
            .tallies
            .iter()
            .find(|tally| tally.rule == isr_store::RULE_CARD_UNCERTAIN);
        found.map_or(0, |tally| tally.count)
    }
}

#[tokio::test(start_paused = true)]
async fn a_card_is_posted_once_and_changed_at_most_every_fifteen_seconds_to_the_newest() {
    let stage = Stage::new();
    assert_eq!(stage.posted(0).await, (0, "1".into()));
    stage.kept(1).await;
    for played in 2..9 {
        stage.news.send_replace(seconds(played));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(stage.edited(1).await, (15, 1, "8".into()));
    // Long after, a change is shown at once.
    tokio::time::sleep(Duration::from_secs(100)).await;
    stage.news.send_replace(seconds(9));
    assert_eq!(stage.edited(2).await, (115, 1, "9".into()));
    assert_eq!(stage.stopped().await.1, 3);
}

#[tokio::test(start_paused = true)]
async fn a_card_that_says_the_same_is_refreshed_rarely() {
    let stage = Stage::new();
    stage.posted(0).await;
    stage.kept(1).await;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(15)).await;
        stage.news.send_replace(seconds(1));
    }
    assert_eq!(stage.edited(1).await, (600, 1, "1".into()));
    assert_eq!(stage.stopped().await.1, 2);
}

#[tokio::test(start_paused = true)]
async fn a_measurement_that_moves_within_its_error_is_no_news() {
    let at = |value: f64, plus_minus: f64| {
        let ups = isr_core::game::ups::Ups {
            value,
            plus_minus,
            window: Duration::from_secs(60),
            target: 60.0,
            basis: isr_core::game::ups::Basis::Seconds,
        };
        Arc::new(Snapshot {
            pace: Pace::Running(ups),
            ..Snapshot::clone(&seconds(1))
        })
    };
    let stage = Stage::in_folder(tempfile::tempdir().unwrap(), at(59.9, 0.3));
    stage.posted(0).await;
    stage.kept(1).await;
    for tenth in [8_i32, 6, 9, 7, 5] {
        tokio::time::sleep(Duration::from_secs(20)).await;
        stage
            .news
            .send_replace(at(59.0 + 0.1 * f64::from(tenth), 0.1 * f64::from(tenth)));
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    stage.news.send_replace(at(57.0, 0.3));
    let (seconds, _, shown) = stage.edited(1).await;
    assert!(seconds == 120 && shown.contains("57"), "{seconds} {shown}");
    assert_eq!(stage.stopped().await.1, 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_same_message_is_changed() {
    let stage = Stage::new();
    stage.posted(0).await;
    stage.news.send_replace(seconds(2));
    stage.edited(1).await;
    let (dir, _) = stage.stopped().await;
    let down = Link::Down(LinkDown {
        since_ms: 5,
        why: WhyDown::Unreachable,
        detail: String::new(),
    });
    let first = Snapshot {
        link: down,
        ..Snapshot::default()
    };
    let stage = Stage::in_folder(dir, Arc::new(first));
    assert_eq!(stage.edited(0).await.1, 1);
    assert_eq!(stage.uncertain(), 0);
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_card_is_posted_anew_but_not_in_a_hurry() {
    let stage = Stage::new();
    stage.posted(0).await;
    stage.kept(1).await;
    lock(&stage.sink.edits).push_back(EditOutcome::Gone);
    stage.news.send_replace(seconds(2));
    stage.edited(1).await;
    stage.news.send_replace(seconds(3));
    assert_eq!(stage.posted(2).await, (60, "3".into()));
    stage.news.send_replace(seconds(4));
    assert_eq!(stage.edited(3).await.1, 2);
    stage.kept(2).await;
    assert_eq!(stage.uncertain(), 0);
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn what_chat_needs_is_left_to_it() {
    let stage = Stage::new();
    stage.posted(0).await;
    stage.kept(1).await;
    *lock(&stage.sink.readiness) = Readiness::After(Duration::from_secs(5));
    stage.news.send_replace(seconds(2));
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(lock(&stage.sink.asked).len(), 1);
    *lock(&stage.sink.readiness) = Readiness::Now;
    // A line that waits in the outbox goes first as well.
    let line = isr_core::delivery::NewDelivery {
        id: isr_core::delivery::DeliveryId {
            generation: isr_core::source::GenerationId(1),
            offset: 1,
            part: 0,
        },
        destination: place().destination,
        server: place().server,
        kind: isr_core::delivery::KindName::fixed("chat"),
        form: isr_core::delivery::Form::Line,
        text: "hi".into(),
        username: None,
        subject: None,
        pings: isr_core::delivery::Pings::Nobody,
        happened_ms: 0,
        seen_ms: 0,
    };
    let batch = isr_store::IngestBatch {
        deliveries: vec![line],
        ..isr_store::IngestBatch::default()
    };
    stage.blocking(|store| async move { store.commit(batch).await.unwrap() });
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(lock(&stage.sink.asked).len(), 1);
    stage.blocking(|store| async move {
        let all = isr_store::ClaimLimits {
            rows: 9,
            code_points: 99,
        };
        let rows = store.claim(&place().destination, all, 0).await.unwrap();
        let settlement = isr_store::Settlement {
            seq: rows[0].seq,
            verdict: isr_store::Verdict::Delivered { message_id: None },
        };
        store.settle(vec![settlement]).await.unwrap();
    });
    assert_eq!(stage.edited(1).await.2, "2");
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn failed_edits_are_made_again_and_never_become_a_second_card() {
    let stage = Stage::new();
    stage.posted(0).await;
    stage.kept(1).await;
    let failures = [
        (EditOutcome::Uncertain { why: "cut" }, 15),
        (
            EditOutcome::NotNow {
                why: "down",
                after: None,
            },
            15,
        ),
        (
            EditOutcome::NotNow {
                why: "limited",
                after: Some(Duration::from_secs(40)),
            },
            40,
        ),
        (EditOutcome::Refused { why: "no".into() }, 600),
    ];
    let mut number = 1;
    for (played, (failure, pause)) in (2..).zip(failures) {
        lock(&stage.sink.edits).push_back(failure.clone());
        stage.news.send_replace(seconds(played));
        let (failed, ..) = stage.edited(number).await;
        let (again, id, title) = stage.edited(number + 1).await;
        assert_eq!(
            (again - failed, id, title),
            (pause, 1, played.to_string()),
            "{failure:?}"
        );
        number += 2;
    }
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_first_request_that_certainly_failed_is_made_again_and_one_without_answer_is_counted() {
    let stage = Stage::new();
    lock(&stage.sink.posts).extend([
        AttemptOutcome::NotAccepted {
            why: "down",
            back_off: true,
        },
        AttemptOutcome::Uncertain { why: "no answer" },
    ]);
    assert_eq!(stage.posted(0).await.0, 0);
    assert_eq!(stage.posted(1).await.0, 15);
    assert_eq!(stage.uncertain(), 0);
    assert_eq!(stage.posted(2).await.0, 75);
    assert_eq!(stage.uncertain(), 1);
    stage.news.send_replace(seconds(2));
    assert_eq!(stage.edited(3).await.1, 3);
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_within_the_first_request_is_counted_by_the_next_run() {
    let dir = tempfile::tempdir().unwrap();
    let opened = Store::open(StoreOptions::new(dir.path())).unwrap();
    opened.store.keep_card(&place(), CardState::Begun).await.unwrap();
    opened.store.close().await.unwrap();
    let stage = Stage::in_folder(dir, seconds(1));
    stage.posted(0).await;
    stage.news.send_replace(seconds(2));
    stage.edited(1).await;
    assert_eq!(stage.uncertain(), 1);
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn at_a_start_a_card_waits_for_the_connection_a_little() {
    let connecting = Arc::new(Snapshot {
        link: Link::Connecting { since_ms: 1 },
        ..Snapshot::default()
    });
    let stage = Stage::in_folder(tempfile::tempdir().unwrap(), Arc::clone(&connecting));
    assert_eq!(stage.posted(0).await, (20, "connecting".into()));
    stage.stopped().await;
    let stage = Stage::in_folder(tempfile::tempdir().unwrap(), connecting);
    tokio::time::sleep(Duration::from_secs(3)).await;
    stage.news.send_replace(seconds(7));
    assert_eq!(stage.posted(0).await, (3, "7".into()));
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_wants_to_see_a_card_anew_gets_it_once_for_all_and_within_its_limits() {
    let stage = Stage::new();
    stage.posted(0).await;
    stage.kept(1).await;
    let wish = || {
        let rounds = stage.refreshes.of(&place().server).unwrap();
        tokio::spawn(async move { rounds.wish(Duration::from_secs(3_600)).await })
    };
    // It was posted just now, so it waits; those who come meanwhile are answered with the same change.
    let wishes = [wish(), wish(), wish()];
    assert_eq!(stage.edited(1).await, (15, 1, "1".into()));
    for wish in wishes {
        assert_eq!(wish.await.unwrap(), Wished::Done);
    }
    // Long after, at once, and again when Discord did not take it.
    tokio::time::sleep(Duration::from_secs(85)).await;
    lock(&stage.sink.edits).push_back(EditOutcome::NotNow {
        why: "x",
        after: None,
    });
    let late = wish();
    assert_eq!(stage.edited(2).await.0, 100);
    assert_eq!(stage.edited(3).await.0, 115);
    assert_eq!(late.await.unwrap(), Wished::Done);
    tokio::time::sleep(Duration::from_secs(100)).await;
    let (refreshes, place) = (stage.refreshes.clone(), place());
    assert_eq!(stage.stopped().await.1, 4, "nothing more");
    assert!(refreshes.of(&place.server).is_none(), "there is no card any more");
}

#[tokio::test(start_paused = true)]
async fn a_card_is_pinned_when_it_is_posted_once_and_never_again() {
    let not_now = |after| EditOutcome::NotNow {
        why: "x",
        after: Some(Duration::from_secs(after)),
    };
    let refused = EditOutcome::Refused { why: "no".into() };
    let pinned_at = async |answers: &[EditOutcome]| {
        let dir = tempfile::tempdir().unwrap();
        let stage = Stage::with(dir, seconds(1), Switch::On, answers.iter().cloned().collect());
        stage.posted(0).await;
        stage.kept(1).await;
        tokio::time::sleep(Duration::from_secs(500)).await;
        let asked = lock(&stage.sink.asked).clone();
        stage.stopped().await;
        let pins = asked.iter().filter(|(_, asked)| *asked == Asked::Pin(1));
        pins.map(|(at, _)| *at).collect::<Vec<_>>()
    };
    assert_eq!(pinned_at(&[]).await, [0]);
    assert_eq!(pinned_at(&[refused]).await, [0], "a refusal is final");
    assert_eq!(pinned_at(&[not_now(7), not_now(9)]).await, [0, 7, 16]);
    let busy = [not_now(7), not_now(7), not_now(7), not_now(7)];
    assert_eq!(pinned_at(&busy).await, [0, 7, 14], "it is given up");
}
