//! A lane between a real store and a sink that is told what to answer, with a clock that only the tests move.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use isr_core::delivery::{DeliveryId, Form, KindName, NewDelivery, Pings};
use isr_core::source::{GenerationId, ServerTag};
use isr_store::{ClaimLimits, IngestBatch, StoreOptions};
use tokio::task::JoinHandle;

use super::*;
use crate::relay::sink::{AttemptOutcome, Edit, EditOutcome, Errand, OutgoingMessage};
use crate::supervisor::{Restarts, StopTrigger, stop_pair};

/// What a sink was asked for, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Post(OutgoingMessage),
    Edit(u64, String),
}

/// Accepts every message under the next id, and answers edits as it is told, else well.
#[derive(Debug)]
pub(super) struct ScriptedSink {
    begun: Instant,
    asked: Mutex<Vec<(u64, Asked)>>,
    changed: Notify,
    pub(super) edits: Mutex<VecDeque<EditOutcome>>,
    pub(super) posts: Mutex<VecDeque<AttemptOutcome>>,
    /// Another copy speaks.
    pub(super) stands_by: AtomicBool,
    /// It knows by its mark what it has.
    pub(super) recognises: AtomicBool,
    /// Nobody can speak under a name of their own.
    pub(super) has_one_name: AtomicBool,
    /// No answer comes before this (Unix milliseconds) …
    pub(super) answers_at: AtomicI64,
    /// … or ever.
    pub(super) is_dead: AtomicBool,
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink for ScriptedSink {
    fn readiness(&self) -> Readiness {
        if self.stands_by.load(Ordering::Relaxed) {
            return Readiness::StandsBy(Duration::from_secs(2));
        }
        Readiness::Now
    }

    fn readiness_in_passing(&self, _errand: Errand) -> Readiness {
        Readiness::Now
    }

    async fn attempt(&self, message: &OutgoingMessage) -> AttemptOutcome {
        let id = self.note(Asked::Post(message.clone()));
        if self.is_dead.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        while now_ms() <= self.answers_at.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        let told = lock(&self.posts).pop_front();
        told.unwrap_or(AttemptOutcome::Delivered { message_id: Some(id) })
    }

    async fn edit(&self, message_id: u64, edit: &Edit) -> EditOutcome {
        let shown = edit.content.clone().unwrap_or_else(|| edit.embeds.concat());
        self.note(Asked::Edit(message_id, shown));
        lock(&self.edits).pop_front().unwrap_or(EditOutcome::Edited)
    }

    fn recognises_repeats(&self) -> bool {
        self.recognises.load(Ordering::Relaxed)
    }

    fn posts_under(&self, _name: &str) -> bool {
        !self.has_one_name.load(Ordering::Relaxed)
    }

    fn may_name_speakers(&self) -> bool {
        true
    }

    fn release(&self) {}
}

fn start(
    (store, metrics): (&Store, &Metrics),
    sink: &Arc<ScriptedSink>,
    news: &Arc<Notify>,
    stop: Stop,
) -> JoinHandle<()> {
    let around = LaneSurroundings {
        store: store.clone(),
        news: Arc::clone(news),
        status: Status::new([], Restarts::default()),
        metrics: metrics.clone(),
        stop,
        leaves: None,
    };
    let options = LaneOptions::new(Destination::new("webhook:1"), "north".into());
    tokio::spawn(Lane::new(options, Arc::clone(sink), around).run())
}

pub(super) struct Stage {
    _dir: tempfile::TempDir,
    pub(super) sink: Arc<ScriptedSink>,
    pub(super) store: Store,
    news: Arc<Notify>,
    metrics: Metrics,
    stop: StopTrigger,
    lane: JoinHandle<()>,
    offset: u64,
}

impl Stage {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(dir.path())).unwrap().store;
        let sink = Arc::new(ScriptedSink {
            begun: Instant::now(),
            asked: Mutex::default(),
            changed: Notify::new(),
            edits: Mutex::default(),
            posts: Mutex::default(),
            stands_by: AtomicBool::new(false),
            recognises: AtomicBool::new(false),
            has_one_name: AtomicBool::new(false),
            answers_at: AtomicI64::new(i64::MIN),
            is_dead: AtomicBool::new(false),
        });
        let (trigger, stop) = stop_pair();
        let (news, metrics) = (Arc::new(Notify::new()), Metrics::new().0);
        let lane = start((&store, &metrics), &sink, &news, stop);
        Self {
            _dir: dir,
            sink,
            store,
            news,
            metrics,
            stop: trigger,
            lane,
            offset: 0,
        }
    }

    /// As a kill does it: nothing is given back, and what the lane knew is lost.
    pub(super) async fn kill(&mut self) {
        self.lane.abort();
        assert!((&mut self.lane).await.unwrap_err().is_cancelled());
        let (trigger, stop) = stop_pair();
        self.stop = trigger;
        self.lane = start((&self.store, &self.metrics), &self.sink, &self.news, stop);
    }

    pub(super) fn delivery(&mut self, kind: &'static str, text: &str) -> NewDelivery {
        self.offset += 1;
        let now = now_ms();
        NewDelivery {
            id: DeliveryId {
                generation: GenerationId(1),
                offset: self.offset,
                part: 0,
            },
            destination: Destination::new("webhook:1"),
            server: ServerTag::parse("north").unwrap(),
            kind: KindName::fixed(kind),
            form: Form::Line,
            text: text.to_owned(),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: now,
            seen_ms: now,
        }
    }

    pub(super) fn write(&mut self, kind: &'static str, text: &str) {
        let delivery = self.delivery(kind, text);
        self.commit(vec![delivery]);
    }

    pub(super) fn said(&mut self, player: &str, text: &str) -> NewDelivery {
        NewDelivery {
            username: Some(player.to_owned()),
            ..self.delivery("chat", text)
        }
    }

    pub(super) fn moves(&mut self, kind: &'static str, player: &str) {
        let delivery = NewDelivery {
            subject: Some(player.to_owned()),
            ..self.delivery(kind, &format!("{player} {kind}"))
        };
        self.commit(vec![delivery]);
    }

    pub(super) fn commit(&self, deliveries: Vec<NewDelivery>) {
        let batch = IngestBatch {
            deliveries,
            ..IngestBatch::default()
        };
        self.blocking(|store| async move { store.commit(batch).await.unwrap() });
    }

    /// Changes the store and tells the lane. Blocks the runtime, so that the clock stands still meanwhile.
    pub(super) fn blocking<T, Fut: Future<Output = T>>(&self, change: impl FnOnce(Store) -> Fut + Send) {
        let store = self.store.clone();
        std::thread::scope(|scope| {
            let changed = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(change(store));
            });
            changed.join().unwrap();
        });
        self.news.notify_one();
    }

    /// The next thing that the sink is asked for: seconds since the start, and a post's text or an edit's id and text.
    pub(super) async fn asked(&self, number: usize) -> (u64, Asked) {
        loop {
            if let Some(asked) = lock(&self.sink.asked).get(number) {
                return asked.clone();
            }
            self.sink.changed.notified().await;
        }
    }

    pub(super) async fn posted(&self, number: usize) -> (u64, String) {
        match self.asked(number).await {
            (at, Asked::Post(message)) => (at, message.content),
            other => panic!("no post: {other:?}"),
        }
    }

    pub(super) async fn edited(&self, number: usize) -> (u64, u64, String) {
        match self.asked(number).await {
            (at, Asked::Edit(id, text)) => (at, id, text),
            other => panic!("no edit: {other:?}"),
        }
    }

    /// Ends the lane; nothing may wait or be in flight then. Tells how many were given up.
    pub(super) async fn end(self, asked: usize) -> u64 {
        self.stop.stop();
        self.lane.await.unwrap();
        assert_eq!(lock(&self.sink.asked).len(), asked);
        let health = self.store.health();
        assert_eq!(health.lanes.iter().map(|lane| lane.waiting_rows).sum::<u64>(), 0);
        health.lanes.iter().map(|lane| lane.given_up_rows).sum()
    }

    /// Ends the lane; what it left.
    pub(super) async fn stop_and_claim(&mut self) -> Vec<ClaimedDelivery> {
        self.stop.stop();
        (&mut self.lane).await.unwrap();
        let all = ClaimLimits {
            rows: 9,
            code_points: 99,
        };
        let destination = Destination::new("webhook:1");
        let waiting = self.store.claim(&destination, all, 0);
        waiting.await.unwrap()
    }

    /// What may be shown twice: in the metric, and in the store.
    pub(super) fn resent(&self) -> u64 {
        let label = crate::metrics::DestinationLabel {
            destination: "north".into(),
        };
        let counted = self.metrics.uncertain_resends.get_or_create(&label).get();
        assert_eq!(self.store.health().uncertain_resends(), counted);
        counted
    }

    fn tallied(&self, rule: &str) -> u64 {
        let labels = crate::metrics::RuleLabels {
            server: "north".into(),
            rule: rule.into(),
        };
        let counted = self.metrics.suppressed.get_or_create(&labels).get();
        let health = self.store.health();
        let kept = health.tallies.iter().find(|tally| tally.rule == rule);
        assert_eq!(kept.map_or(0, |tally| tally.count), counted, "{rule}");
        counted
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejoin_changes_the_leave_and_is_counted_under_its_rule() {
    let mut stage = Stage::new();
    stage.moves("leave", "Bob");
    assert_eq!(stage.posted(0).await, (0, "Bob leave".into()));
    stage.write("chat", "hi");
    assert_eq!(stage.posted(1).await, (0, "hi".into()));
    stage.moves("join", "Bob");
    assert_eq!(stage.edited(2).await, (0, 1, "🔁 **Bob** reconnected".into()));
    stage.write("chat", "welcome back");
    assert_eq!(stage.posted(3).await.1, "welcome back");
    assert_eq!(stage.tallied("rejoin_merged"), 1);
    stage.write("chat", "end");
    stage.posted(4).await;
    stage.end(5).await;
}

#[tokio::test(start_paused = true)]
async fn where_an_edit_fails_the_join_is_posted_at_once() {
    for why in ["the message was deleted", "rate limited"] {
        let mut stage = Stage::new();
        stage.moves("leave", "Bob");
        stage.posted(0).await;
        let failed = EditOutcome::Refused { why: why.into() };
        lock(&stage.sink.edits).push_back(failed);
        stage.moves("join", "Bob");
        assert_eq!(stage.edited(1).await.1, 1, "{why}");
        assert_eq!(stage.posted(2).await, (0, "Bob join".into()), "{why}");
        stage.write("chat", "end");
        stage.posted(3).await;
        assert_eq!(stage.tallied("rejoin_merged"), 0);
        assert_eq!(stage.resent(), 0);
        stage.end(4).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_without_an_id_is_never_edited() {
    let mut stage = Stage::new();
    lock(&stage.sink.posts).push_back(AttemptOutcome::Delivered { message_id: None });
    stage.moves("leave", "Bob");
    stage.posted(0).await;
    stage.moves("join", "Bob");
    assert_eq!(stage.posted(1).await, (0, "Bob join".into()));
    stage.write("death", "x");
    assert_eq!(stage.posted(2).await, (0, "x".into()));
    stage.write("chat", "end");
    stage.posted(3).await;
    stage.end(4).await;
}

#[tokio::test(start_paused = true)]
async fn equal_lines_are_counted_every_five_seconds_and_none_is_lost() {
    let mut stage = Stage::new();
    stage.write("warning", "no path");
    assert_eq!(stage.posted(0).await, (0, "no path".into()));
    for _ in 0..10 {
        stage.write("warning", "no path");
    }
    assert_eq!(stage.edited(1).await, (5, 1, "no path (×11)".into()));
    // More than one message could hold, were they not equal.
    let burst = (0..700).map(|_| stage.delivery("warning", "no path")).collect();
    stage.commit(burst);
    assert_eq!(stage.edited(2).await, (10, 1, "no path (×711)".into()));
    stage.write("chat", "end");
    stage.posted(3).await;
    assert_eq!(stage.tallied("repeat_counted"), 710);
    stage.write("chat", "really");
    stage.posted(4).await;
    stage.end(5).await;
}

#[tokio::test(start_paused = true)]
async fn another_line_waits_for_no_count() {
    let mut stage = Stage::new();
    stage.write("warning", "no path");
    stage.posted(0).await;
    stage.write("warning", "no path");
    stage.write("death", "Bob died");
    assert_eq!(stage.posted(1).await, (0, "no path\nBob died".into()));
    // A backlog of equal lines hides nothing either: the lane looks behind it.
    let mut backlog: Vec<_> = (0..600).map(|_| stage.delivery("death", "Bob died")).collect();
    backlog.push(stage.delivery("chat", "ouch"));
    stage.commit(backlog);
    assert_eq!(stage.posted(2).await, (0, "Bob died (×600)\nouch".into()));
    stage.write("chat", "end");
    stage.posted(3).await;
    stage.end(4).await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_to_be_counted_when_the_lane_ends_is_given_back() {
    let mut stage = Stage::new();
    stage.write("warning", "no path");
    stage.posted(0).await;
    stage.write("warning", "no path");
    // The lane has taken it, and waits for the fifth second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let rows = stage.stop_and_claim().await;
    assert_eq!((rows.len(), rows[0].uncertain), (1, false));
}

#[tokio::test(start_paused = true)]
async fn d11_who_cannot_speak_under_their_own_names_share_messages() {
    let mut stage = Stage::new();
    stage.sink.has_one_name.store(true, Ordering::Relaxed);
    let mut burst = vec![stage.delivery("join", "Ann joined")];
    for number in 0..10 {
        burst.push(stage.said("Bob", &format!("b{number}")));
        burst.push(stage.said("Ann", &format!("a{number}")));
        burst.push(stage.delivery("death", &format!("d{number}")));
    }
    stage.commit(burst);
    let mut shown = Vec::new();
    let mut posts = 0;
    while shown.len() < 31 {
        shown.extend(stage.posted(posts).await.1.lines().map(str::to_owned));
        posts += 1;
    }
    assert_eq!(
        shown[..4],
        ["Ann joined", "💬 **Bob**: b0", "💬 **Ann**: a0", "d0"]
    );
    assert_eq!(shown[30], "d9");
    assert!(posts <= 2, "{posts} messages");
    stage.write("chat", "end");
    stage.posted(posts).await;
    stage.end(posts + 1).await;
}

#[tokio::test(start_paused = true)]
async fn d11_a_burst_of_many_speakers_is_coalesced_and_a_talk_of_two_is_not() {
    let mut stage = Stage::new();
    let mut talk = |count: usize| -> Vec<_> {
        let names = ["Bob", "Ann"].into_iter().cycle().take(count);
        names.map(|name| stage.said(name, "hi")).collect()
    };
    let (burst, few) = (talk(60), talk(6));
    stage.commit(burst);
    let mut lines = 0;
    let mut posts = 0;
    while lines < 60 {
        lines += stage.posted(posts).await.1.lines().count();
        posts += 1;
    }
    assert!(posts <= 2, "{posts} messages");
    stage.commit(few);
    for number in posts..posts + 6 {
        let (_, asked) = stage.asked(number).await;
        assert!(
            matches!(&asked, Asked::Post(message) if message.username.is_some() && message.content == "hi"),
            "{asked:?}"
        );
    }
    stage.write("chat", "end");
    stage.posted(posts + 6).await;
    stage.end(posts + 7).await;
}

#[tokio::test(start_paused = true)]
async fn everyone_goes_out_alone_and_is_left_as_it_is() {
    let mut stage = Stage::new();
    let everyone = NewDelivery {
        pings: Pings::Everyone,
        ..stage.delivery("warning", "@everyone")
    };
    let before = stage.delivery("chat", "a");
    let after = stage.delivery("chat", "b");
    stage.commit(vec![before, everyone, after]);
    assert_eq!(stage.posted(0).await.1, "a");
    let (_, asked) = stage.asked(1).await;
    assert!(
        matches!(&asked, Asked::Post(message) if message.content == "@everyone" && message.pings == Pings::Everyone),
        "{asked:?}"
    );
    assert_eq!(stage.posted(2).await.1, "b");
    stage.write("chat", "end");
    stage.posted(3).await;
    stage.end(4).await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_stands_by_lets_go_what_the_other_told_and_tells_the_rest_when_it_is_gone() {
    let mut stage = Stage::new();
    stage.sink.stands_by.store(true, Ordering::Relaxed);
    let told = NewDelivery {
        seen_ms: now_ms() - 61_000,
        ..stage.delivery("join", "told")
    };
    stage.commit(vec![told]);
    stage.write("join", "young");
    while stage.store.health().waiting_rows > 1 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(lock(&stage.sink.asked).is_empty());
    stage.sink.stands_by.store(false, Ordering::Relaxed);
    while stage.store.health().waiting_rows > 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let asked: Vec<_> = lock(&stage.sink.asked)
        .iter()
        .map(|(_, asked)| asked.clone())
        .collect();
    assert!(
        matches!(&asked[..], [Asked::Post(message)] if message.content == "young"),
        "{asked:?}"
    );
}
