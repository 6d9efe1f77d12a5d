//! The way of each rule that a line sets off, between the lines and a real store, with a clock that only the tests move:
//! told, not told again, over, remembered by the next run, kept back by planned work.

use isr_core::ageing::Reading;
use isr_core::source::GenerationId;
use isr_store::{Admin, Maintenance, Scope, Store, StoreOptions};

use super::*;
use crate::config::{self, Config, Overrides, Surroundings};
use crate::relay::plan;
use crate::relay::translate::{Translation, Translator};

const BEGIN_MS: i64 = 1_795_500_000_000;
const COOLDOWN_MS: i64 = 300_000;

/// The run before ends in order, and another one begins.
const ANOTHER_RUN: [&str; 3] = [
    "  40.000 Quitting: signal.",
    "   0.000 2026-08-07 11:29:24; Factorio 2.0.77 (build 84451, linux64, headless, space-age)",
    "   1.000 Info ServerMultiplayerManager.cpp:808: updateTick(7) changing state from(CreatingGame) to(InGame)",
];

/// A rule, the lines that set it off, the sign of its post, and what of the lines it tells.
struct Case {
    rule: Rule,
    lines: &'static [&'static str],
    sign: &'static str,
    reason: &'static str,
}

const CASES: [Case; 6] = [
    Case {
        rule: Rule::Crashed,
        lines: &["  50.000 Error MainLoop.cpp:1429: Exception at tick 7: The mod x failed."],
        sign: "💥",
        reason: "The mod x failed",
    },
    Case {
        rule: Rule::Desync,
        lines: &[
            "  50.000 Info ServerMultiplayerManager.cpp:975: updateTick(7) received playerDesynced peer (3)",
        ],
        sign: "🔀",
        reason: "",
    },
    Case {
        rule: Rule::Dropped,
        lines: &["  50.000 Script @__event-logger__/control.lua:1: [LEAVE] Ann cannot_keep_up"],
        sign: "📉",
        reason: "cannot keep up",
    },
    Case {
        rule: Rule::SlowSave,
        lines: &[
            "  50.000 Info AppManager.cpp:306: Saving to _autosave1 (blocking).",
            "  73.000 Info AppManager.cpp:287: Saving finished",
        ],
        sign: "🐢",
        reason: "23",
    },
    Case {
        rule: Rule::SaveFailed,
        lines: &["  50.000 Error SaveGame.cpp:7: Saving the game failed: no space left"],
        sign: "💾",
        reason: "no space left",
    },
    Case {
        rule: Rule::Matching,
        lines: &["  50.000 Error MatchingServer.cpp:83: Matching server connection failed: timed out"],
        sign: "📡",
        reason: "timed out",
    },
];
const RESUMED: &str = "  90.000 Info ServerMultiplayerManager.cpp:706: Matching server connection resumed";

/// What a post is for the store.
#[derive(Debug, PartialEq, Eq)]
enum Posted {
    Opens(String),
    Tells(String),
    Closes(String),
}

struct Scene {
    dir: tempfile::TempDir,
    store: Store,
    config: Config,
    works: Works,
    translator: Translator,
    now_ms: i64,
    offset: u64,
}

impl Scene {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("factorio-isr.yml");
        let yaml = "servers:\n  north:\n    log_path: /nowhere/console.log\n    \
                    webhook: https://discord.com/api/webhooks/1/abc\n    \
                    admin_webhook: https://discord.com/api/webhooks/2/abc\n    alerts: on\n";
        std::fs::write(&file, yaml).unwrap();
        let surroundings =
            Surroundings::empty(dir.path()).with_variable("FACTORIO_ISR_CONFIG", file.to_string_lossy());
        let config = config::load(&surroundings, &Overrides::default()).unwrap().config;
        let store = Store::open(StoreOptions::new(dir.path())).unwrap().store;
        let works = Works::default();
        let translator = translator(&config, &works);
        let mut scene = Self {
            dir,
            store,
            config,
            works,
            translator,
            now_ms: BEGIN_MS,
            offset: 0,
        };
        scene.restart().await;
        scene
    }

    /// The program begins anew on what it wrote down.
    async fn restart(&mut self) {
        self.translator = translator(&self.config, &self.works);
        let rows = self.store.alerts().await.unwrap();
        self.translator.alerts().resume(self.translator.rules(), &rows);
    }

    /// Reads lines and writes down what they tell.
    async fn reads(&mut self, lines: &[&str]) -> Vec<Posted> {
        let mut out = Translation::default();
        for line in lines {
            self.offset += 1;
            let place = Place {
                generation: GenerationId(1),
                offset: self.offset,
                reading: Reading::Live,
            };
            self.translator
                .line(line.as_bytes(), place, self.now_ms, &mut out, |_| {});
        }
        self.store.change_alerts(out.alerts.clone()).await.unwrap();
        let posts = out.alerts.into_iter().filter_map(|change| match change.post {
            AlertPost::Nothing => None,
            AlertPost::Opens(delivery) => Some(Posted::Opens(delivery.text)),
            AlertPost::Tells(delivery) => Some(Posted::Tells(delivery.text)),
            AlertPost::Closes(delivery) => Some(Posted::Closes(delivery.text)),
        });
        posts.collect()
    }

    /// The trouble of a case comes, in a run of its own.
    async fn suffers(&mut self, case: &Case) -> Vec<Posted> {
        assert_eq!(self.reads(&ANOTHER_RUN).await, [], "a start is no trouble");
        self.reads(case.lines).await
    }

    async fn plans_work(&self, lasts_ms: i64) {
        let planned = Maintenance {
            scope: Scope::All,
            from_ms: self.now_ms,
            until_ms: self.now_ms + lasts_ms,
            by: "a test".into(),
        };
        let mut admin = Admin::open(self.dir.path()).unwrap();
        admin.begin_maintenance(&planned).unwrap();
        self.works.refresh(&self.store).await.unwrap();
    }
}

fn translator(config: &Config, works: &Works) -> Translator {
    let server = &config.servers[0];
    let rules = Arc::new(plan::rules(server, &config.limits));
    let mut translator = plan::translator(server, rules);
    translator.heed_works(works);
    translator
}

/// Whether exactly one post begins the alert of a case, with its reason.
fn begins(case: &Case, told: &[Posted]) -> bool {
    let is_it = |text: &str| text.contains(case.sign) && text.contains(case.reason);
    match told {
        [Posted::Opens(text)] => case.rule == Rule::Matching && is_it(text),
        [Posted::Tells(text)] => case.rule != Rule::Matching && is_it(text),
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn each_rule_is_told_holds_for_its_cooldown_and_is_remembered_by_the_next_run() {
    for case in CASES {
        let mut scene = Scene::new().await;
        let rule = case.rule;
        let told = scene.suffers(&case).await;
        assert!(begins(&case, &told), "{rule:?}: {told:?}");
        scene.now_ms += COOLDOWN_MS / 2;
        assert_eq!(scene.suffers(&case).await, [], "{rule:?} holds");
        scene.restart().await;
        scene.now_ms += COOLDOWN_MS / 2 - 1;
        assert_eq!(scene.suffers(&case).await, [], "{rule:?} holds in the next run");
        scene.restart().await;
        scene.now_ms += 1;
        if rule == Rule::Matching {
            assert_eq!(scene.suffers(&case).await, [], "it lasts");
            let told = scene.reads(&[RESUMED]).await;
            assert!(
                matches!(&told[..], [Posted::Closes(text)] if text.contains("It lasted 5 min")),
                "{told:?}"
            );
            scene.restart().await;
            assert_eq!(scene.reads(&[RESUMED]).await, [], "it is over once");
        }
        let told = scene.suffers(&case).await;
        assert!(begins(&case, &told), "{rule:?} after its cooldown: {told:?}");
        if rule != Rule::Matching {
            let text = format!("{told:?}");
            assert!(text.contains('2'), "two were kept back: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn planned_work_keeps_back_what_is_planned_also_in_the_next_run() {
    for case in CASES {
        let mut scene = Scene::new().await;
        let rule = case.rule;
        scene.plans_work(60_000).await;
        let told = scene.suffers(&case).await;
        if !rule.is_kept_back_by_maintenance() {
            assert!(begins(&case, &told), "{rule:?} is told all the same: {told:?}");
            continue;
        }
        assert_eq!(told, [], "{rule:?}");
        scene.restart().await;
        scene.now_ms += 59_999;
        assert_eq!(scene.suffers(&case).await, [], "{rule:?} in the next run");
        scene.now_ms += 1;
        let told = scene.suffers(&case).await;
        assert!(begins(&case, &told), "{rule:?} when it is over: {told:?}");
        // An end is told, whatever is planned.
        scene.plans_work(60_000).await;
        let told = scene.reads(&[RESUMED]).await;
        assert_eq!(
            told.len(),
            usize::from(rule == Rule::Matching),
            "{rule:?}: {told:?}"
        );
    }
}
