//! Alerts between a real store and what is known of a server, with a clock that only the tests move.

mod hindered;

use isr_core::game::alert::{LogSource, Settings};
use isr_core::game::ups::{Basis, Pace, Ups};
use isr_core::game::{End, LinkDown, Mono, Online, Players, Since, WhyDown};
use isr_core::voice::Voice;
use isr_store::{Admin, ClaimLimits, Maintenance, OutboxCaps, Scope, Settlement, StoreOptions, Verdict};

use super::*;
use crate::supervisor::{StopTrigger, stop_pair};

/// When the tests' wall clock begins.
const BEGIN_MS: i64 = 1_795_500_000_000;
/// Every so often the game is asked.
const POLL_S: u64 = 10;

/// What a server is like.
type Make = fn(&mut Snapshot, i64);

/// A rule, what it calls bad, and a word of its post.
struct Case {
    rule: Rule,
    bad: Make,
    word: &'static str,
}

const CASES: [Case; 4] = [
    Case {
        rule: Rule::UpsLow,
        bad: |snapshot, _| snapshot.pace = running(31.0),
        word: "🐌",
    },
    Case {
        rule: Rule::ServerDown,
        bad: |snapshot, since_ms| {
            snapshot.game = GameState::Down {
                since_ms,
                end: End::Crashed,
            };
        },
        word: "🔴",
    },
    Case {
        rule: Rule::RconLost,
        bad: |snapshot, since_ms| {
            snapshot.link = Link::Down(LinkDown {
                since_ms,
                why: WhyDown::Unreachable,
                detail: String::new(),
            });
        },
        word: "🔌",
    },
    Case {
        rule: Rule::LogSilent,
        bad: |snapshot, since_ms| {
            snapshot.players = Some(Players {
                online: vec![Online {
                    name: "Ann".into(),
                    since: Since::At(since_ms),
                }],
            });
            snapshot.last_log_line_ms = Some(since_ms - 600_000);
        },
        word: "🔇",
    },
];

fn running(value: f64) -> Pace {
    Pace::Running(Ups {
        value,
        plus_minus: 1.0,
        window: Duration::from_secs(60),
        target: 60.0,
        basis: Basis::Seconds,
    })
}

fn healthy(snapshot: &mut Snapshot, since_ms: i64) {
    snapshot.link = Link::Up { since_ms };
    snapshot.game = GameState::Running;
    snapshot.pace = running(60.0);
    snapshot.players = Some(Players::default());
    snapshot.version = Some("2.0.76".into());
    snapshot.last_log_line_ms = Some(since_ms);
}

struct Stage {
    dir: tempfile::TempDir,
    store: Store,
    news: watch::Sender<Arc<Snapshot>>,
    begun: Instant,
    settings: Settings,
    task: Option<(StopTrigger, JoinHandle<()>)>,
    /// What the server is like, and since when.
    state: (Make, i64),
    next_id: u64,
}

fn plan(settings: Settings, folder: &Path) -> AlertPlan {
    let place = |rule| (rule, (destination(), Pings::targets(vec![], vec![7]).unwrap()));
    AlertPlan {
        server: north(),
        name: "North".into(),
        voice: Arc::new(Voice::default()),
        places: Rule::ALL.into_iter().map(place).collect(),
        settings,
        log: LogSource::Followed,
        disk: Some(folder.to_owned()),
    }
}

/// A post: a word in it, and the message that it changes.
type Posted = (String, Option<u64>);

fn destination() -> Destination {
    Destination::new("webhook:1")
}

fn north() -> ServerTag {
    ServerTag::parse("north").unwrap()
}

impl Stage {
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Each post finds the outbox full of the one before.
        let caps = OutboxCaps {
            rows: 1,
            ..OutboxCaps::default()
        };
        let options = StoreOptions {
            caps,
            ..StoreOptions::new(dir.path())
        };
        let store = Store::open(options).unwrap().store;
        let mut stage = Self {
            dir,
            store,
            news: watch::channel(Arc::new(Snapshot::default())).0,
            begun: Instant::now(),
            settings,
            task: None,
            state: (healthy, BEGIN_MS),
            next_id: 100,
        };
        stage.start();
        stage.pass(180).await;
        assert_eq!(stage.posts(), [], "a healthy server is no news");
        stage
    }

    fn start(&mut self) {
        let (trigger, stop) = stop_pair();
        let (news, begun) = (self.news.subscribe(), self.begun);
        let world = AlertWorld {
            store: self.store.clone(),
            bells: Bells::default(),
            source: Arc::new(move || Some(news.clone())),
            works: Works::default(),
            now: Arc::new(move || now(begun)),
            stop,
        };
        let plan = plan(self.settings.clone(), self.dir.path());
        self.task = Some((trigger, tokio::spawn(watch(plan, world))));
    }

    /// Ends the task as a kill would, and starts it again on the same store.
    async fn restart(&mut self) {
        let (_trigger, task) = self.task.take().unwrap();
        task.abort();
        let _aborted = task.await;
        self.start();
    }

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

    /// Lets so many seconds pass, in which the game is asked now and then.
    async fn pass(&mut self, seconds: u64) {
        for second in 0..seconds {
            if second % POLL_S == 0 {
                let at = now(self.begun);
                let mut snapshot = Snapshot {
                    at,
                    ..Snapshot::default()
                };
                healthy(&mut snapshot, at.unix_ms);
                (self.state.0)(&mut snapshot, self.state.1);
                self.news.send_replace(Arc::new(snapshot));
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            // What waits for the store gets its answer while the clock stands still.
            for _ in 0..3 {
                self.blocking(|store| async move { store.maintenance().await.unwrap() });
                for _ in 0..8 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    fn becomes(&mut self, make: Make) {
        self.state = (make, now(self.begun).unix_ms);
    }

    /// Delivers what waits: each message gets the next id.
    fn posts(&mut self) -> Vec<Posted> {
        let mut posted = Vec::new();
        loop {
            let id = self.next_id;
            let rows = self.blocking(|store| async move {
                let limits = ClaimLimits {
                    rows: 1,
                    code_points: 9000,
                };
                let rows = store.claim(&destination(), limits, 0).await.unwrap();
                let settlements = rows.iter().map(|row| Settlement {
                    seq: row.seq,
                    verdict: Verdict::Delivered { message_id: Some(id) },
                });
                store.settle(settlements.collect()).await.unwrap();
                rows
            });
            let Some(row) = rows.first() else { return posted };
            assert_eq!((row.kind.as_str(), &row.form), ("alert", &Form::Embed));
            let json: serde_json::Value = serde_json::from_str(&row.text).unwrap();
            assert!(json["timestamp"].is_string());
            let is_begin = row.changes.is_none() && row.pings != Pings::Nobody;
            assert!(is_begin || row.pings == Pings::Nobody, "an end calls nobody");
            posted.push((json["title"].as_str().unwrap().to_owned(), row.changes));
            self.next_id += 1;
        }
    }

    fn maintenance(&self, seconds: i64) {
        let from_ms = now(self.begun).unix_ms;
        let planned = Maintenance {
            scope: Scope::All,
            from_ms,
            until_ms: from_ms + seconds * 1000,
            by: "a test".into(),
        };
        Admin::open(self.dir.path())
            .unwrap()
            .begin_maintenance(&planned)
            .unwrap();
    }
}

fn now(begun: Instant) -> Now {
    Now {
        mono: Mono(begun.elapsed()),
        unix_ms: BEGIN_MS + i64::try_from(begun.elapsed().as_millis()).unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn each_rule_fires_once_holds_survives_a_kill_and_its_end_changes_the_post() {
    for Case { rule, bad, word } in CASES {
        let mut stage = Stage::new().await;
        stage.becomes(bad);
        stage.pass(400).await;
        let posts = stage.posts();
        assert_eq!(posts.len(), 1, "{rule:?}: {posts:?}");
        assert!(posts[0].0.starts_with(word) && posts[0].1.is_none(), "{posts:?}");
        stage.pass(900).await;
        assert_eq!(stage.posts(), [], "{rule:?} holds");

        stage.restart().await;
        stage.pass(120).await;
        assert_eq!(stage.posts(), [], "{rule:?} is not told twice");
        stage.becomes(healthy);
        stage.restart().await;
        stage.pass(300).await;
        let posts = stage.posts();
        assert_eq!(posts.len(), 1, "{rule:?}: {posts:?}");
        assert!(posts[0].0.starts_with("✅"), "{posts:?}");
        assert_eq!(posts[0].1, Some(100), "{rule:?} changes its own post");
        stage.restart().await;
        stage.pass(300).await;
        assert_eq!(stage.posts(), [], "{rule:?} is over once");
    }
}

#[tokio::test(start_paused = true)]
async fn maintenance_keeps_each_rule_silent_and_what_lasts_beyond_it_is_told() {
    for Case { rule, bad, word } in CASES {
        let mut stage = Stage::new().await;
        stage.maintenance(600);
        stage.becomes(bad);
        stage.pass(500).await;
        assert_eq!(stage.posts(), [], "{rule:?} is planned");
        stage.becomes(healthy);
        stage.pass(300).await;
        assert_eq!(stage.posts(), [], "{rule:?}: what was never told has no end");

        stage.maintenance(120);
        stage.becomes(bad);
        stage.pass(600).await;
        let posts = stage.posts();
        assert!(
            posts.len() == 1 && posts[0].0.starts_with(word),
            "{rule:?}: {posts:?}"
        );
        // An end is told, whatever is planned.
        stage.maintenance(600);
        stage.becomes(healthy);
        stage.pass(300).await;
        let posts = stage.posts();
        assert!(posts.len() == 1 && posts[0].1.is_some(), "{rule:?}: {posts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_version_is_told_once_and_has_no_end() {
    let mut stage = Stage::new().await;
    let updated: Make = |snapshot, _| snapshot.version = Some("2.1.0".into());
    stage.restart().await;
    stage.becomes(updated);
    stage.pass(60).await;
    let posts = stage.posts();
    assert!(posts.len() == 1 && posts[0].0.starts_with("🆕"), "{posts:?}");
    stage.restart().await;
    stage.pass(900).await;
    assert_eq!(stage.posts(), []);
    let rows = stage.blocking(|store| async move { store.alerts().await.unwrap() });
    assert!(rows.iter().all(|row| row.destination.is_none()), "{rows:?}");
    // Planned, it is told when the maintenance is over, also by a program that was started anew in it.
    stage.maintenance(600);
    stage.becomes(healthy);
    stage.pass(240).await;
    assert_eq!(stage.posts(), []);
    stage.restart().await;
    stage.pass(240).await;
    assert_eq!(stage.posts(), []);
    stage.pass(240).await;
    let posts = stage.posts();
    assert!(posts.len() == 1 && posts[0].0.starts_with("🆕"), "{posts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_disk_without_room_is_told() {
    let settings = Settings {
        disk_free_below: 0,
        ..Settings::default()
    };
    let mut stage = Stage::with(settings).await;
    stage.settings.disk_free_below = u64::MAX;
    stage.restart().await;
    stage.pass(120).await;
    let posts = stage.posts();
    assert!(posts.len() == 1 && posts[0].0.starts_with("💽"), "{posts:?}");
    stage.pass(600).await;
    stage.restart().await;
    stage.pass(600).await;
    assert_eq!(stage.posts(), [], "it holds, also in the next run");
    stage.settings.disk_free_below = 0;
    stage.restart().await;
    stage.pass(120).await;
    assert_eq!(stage.posts()[0].1, Some(100));
    // No plan makes room.
    stage.maintenance(600);
    stage.settings.disk_free_below = u64::MAX;
    stage.restart().await;
    stage.pass(120).await;
    assert_eq!(stage.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_outbox_does_not_stop_the_rules() {
    let mut stage = Stage::new().await;
    stage.becomes(CASES[1].bad);
    stage.pass(120).await;
    stage.becomes(healthy);
    stage.pass(120).await;
    stage.becomes(CASES[2].bad);
    // A lost connection is told after two minutes.
    stage.pass(180).await;
    let titles: Vec<String> = stage.posts().into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles.len(), 3, "{titles:?}");
    assert!(titles[2].starts_with(CASES[2].word), "{titles:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reminder_calls_nobody() {
    let mut stage = Stage::with(Settings {
        reminder: Some(Duration::from_secs(300)),
        ..Settings::default()
    })
    .await;
    stage.becomes(CASES[1].bad);
    stage.pass(500).await;
    let rows = stage.blocking(|store| async move {
        let limits = ClaimLimits {
            rows: 9,
            code_points: 9000,
        };
        store.claim(&destination(), limits, 0).await.unwrap()
    });
    let pings: Vec<bool> = rows.iter().map(|row| row.pings != Pings::Nobody).collect();
    assert_eq!(pings, [true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_kill_before_anything_was_told_loses_nothing() {
    let mut stage = Stage::new().await;
    stage.becomes(CASES[2].bad);
    let (_trigger, task) = stage.task.take().unwrap();
    task.abort();
    stage.start();
    // The task was killed before it had told anything: nothing is lost. The new one has never seen an answer, and waits
    // longer.
    stage.pass(400).await;
    assert_eq!(stage.posts().len(), 1);
}
