//! The list, and what ends a watch while nobody answers for Discord.

use std::time::Duration;

use isr_core::source::GenerationId;
use isr_core::watching::{Watch, Watched};
use isr_discord::{Admission, Attempt, GoneTarget, Outcome, RateSignals};
use isr_store::{Admin, StoreOptions, WatchesOf};

use super::*;
use crate::config::tests::Scene;
use crate::relay::discord_sink::SharedLimiter;
use crate::relay::lanes::Bells;
use crate::relay::moment::now_ms;
use crate::reload::wishes;

const NORTH: &str =
    "bot: {api: \"http://127.0.0.1:9\"}\nservers:\n  north: {log_path: /n.log, event_channel_id: 5}\n";
const GUILD: u64 = 3;

fn config(yaml: &str) -> Config {
    Scene::new()
        .with(
            "DISCORD_BOT_TOKEN",
            "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GxYzAb.canary-canary_canary-canary-canary1234",
        )
        .with("DISCORD_WEBHOOK_URL", crate::config::tests::WEBHOOK)
        .yaml(yaml)
        .accepted()
        .config
}

fn watch(person: u64, channel: u64) -> Watch {
    Watch {
        person,
        server: ServerTag::parse("north").unwrap(),
        what: Watched::Research,
        channel,
        guild: Some(GUILD),
        direct: None,
    }
}

const fn id(offset: u64) -> DeliveryId {
    DeliveryId {
        generation: GenerationId(1),
        offset,
        part: 0,
    }
}

#[test]
fn each_watch_calls_once_a_minute_and_the_same_notice_made_again_calls_as_before() {
    let watchers = Watchers::default();
    assert!(watchers.calls(1, id(10), 1_000));
    assert!(watchers.calls(1, id(10), 2_000), "read again after a fault");
    assert!(!watchers.calls(1, id(20), 60_999));
    assert!(watchers.calls(2, id(20), 60_999), "another watch");
    assert!(watchers.calls(1, id(30), 62_000));
    assert!(watchers.calls(1, id(40), -3_600_000), "the clock was put back");
}

#[test]
fn what_discord_said_of_a_right_counts_for_six_hours() {
    let row = |confirmed_ms| WatchRow {
        number: 1,
        watch: watch(1, 7),
        confirmed_ms,
        ended: None,
    };
    let now_ms = 1_795_000_000_000;
    assert!(is_confirmed(&row(now_ms - 6 * 3_600_000), now_ms));
    assert!(!is_confirmed(&row(now_ms - 6 * 3_600_000 - 1), now_ms));
    assert!(!is_confirmed(&row(0), now_ms), "it was taken back");
}

#[test]
fn what_happened_while_the_program_was_off_for_long_is_told_before_rights_are_asked_for() {
    let row = |confirmed_ms| WatchRow {
        number: 1,
        watch: watch(1, 7),
        confirmed_ms,
        ended: None,
    };
    let watchers = Watchers::default();
    watchers.follow(&config(NORTH));
    let (begun, long_ago) = (now_ms(), now_ms() - 7 * 3_600_000);
    assert!(watchers.tells(&row(long_ago), begun));
    assert!(!watchers.tells(&row(0), begun), "it was taken back");
    assert!(
        !watchers.tells(&row(long_ago), begun + 3 * 60_000),
        "there was no answer"
    );
    assert!(watchers.tells(&row(begun), begun + 3 * 60_000));
}

#[tokio::test]
async fn a_watch_rests_while_its_server_its_guild_its_command_or_the_bot_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(StoreOptions::new(folder.path())).unwrap().store;
    store.add_watch(watch(1, 7), now_ms()).await.unwrap();
    let watchers = Watchers::default();
    watchers.refresh(&store).await.unwrap();
    assert!(watchers.all().is_empty(), "nobody said that it is allowed");
    let heeded = |yaml: &str| {
        watchers.follow(&config(yaml));
        (watchers.all().len(), watchers.channels(now_ms()))
    };
    let there = (1, vec![(7, ChannelKind::Shared)]);
    assert_eq!(heeded(NORTH), there);
    for gone in [
        "servers:\n  south: {log_path: /n.log, event_channel_id: 5}\n",
        "permissions: {commands: {watch: off}}\nservers:\n  north: {log_path: /n.log, event_channel_id: 5}\n",
        "bot: {guilds: [4]}\nservers:\n  north: {log_path: /n.log, event_channel_id: 5}\n",
    ] {
        assert_eq!(heeded(gone), (0, vec![]), "{gone}");
    }
    let mut without = config(NORTH);
    without.bot = None;
    watchers.follow(&without);
    assert!(watchers.all().is_empty(), "there is no bot");
    assert_eq!(heeded(NORTH), there, "it is back");
}

/// Watches in channels 7, 8 and 9, looked after while nobody answers for Discord.
struct Kept {
    folder: tempfile::TempDir,
    store: Store,
    watchers: Watchers,
    limiter: SharedLimiter,
    config: Config,
}

impl Kept {
    async fn new() -> Self {
        Self::of([7, 8, 9].map(|channel| watch(channel, channel))).await
    }

    async fn of(watches: impl IntoIterator<Item = Watch>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(folder.path())).unwrap().store;
        for watch in watches {
            store.add_watch(watch, now_ms()).await.unwrap();
        }
        let (watchers, config) = (Watchers::default(), config(NORTH));
        watchers.follow(&config);
        watchers.refresh(&store).await.unwrap();
        Self {
            folder,
            store,
            watchers,
            limiter: SharedLimiter::new(),
            config,
        }
    }

    /// Discord answers a post in a channel so.
    fn answer(&self, channel: u64, outcome: Outcome) {
        let account = &self.config.bot.as_ref().unwrap().account;
        let lane = account.client.lane(channel);
        let directly = |row: &WatchRow| row.watch.direct == Some(channel);
        let kind = match self.watchers.all().iter().any(directly) {
            true => ChannelKind::Direct,
            false => ChannelKind::Shared,
        };
        self.limiter.refusals().note(channel, kind, &outcome);
        self.limiter.with(|limiter, now| {
            let Admission::Go(ticket) = limiter.admit(&lane, now) else {
                panic!("not admitted")
            };
            let attempt = Attempt {
                outcome,
                signals: RateSignals::default(),
                status: None,
                took: Duration::ZERO,
            };
            limiter.observe(ticket, &attempt, now);
        });
    }

    fn keeper(&self) -> Keeper {
        let (wishes, _unheard) = wishes();
        Keeper::new(KeeperWorld {
            watchers: self.watchers.clone(),
            store: self.store.clone(),
            limiter: self.limiter.clone(),
            bells: Bells::default(),
            wishes,
        })
    }

    /// The channels in which something is told.
    fn channels(&self) -> Vec<u64> {
        let channels = self.watchers.channels(now_ms()).into_iter();
        channels.map(|(channel, _)| channel).collect()
    }

    /// Those are told when it was looked after.
    async fn at_last(&self, wanted: &[u64]) {
        self.keeper().look_after().await.unwrap();
        assert_eq!(self.channels(), wanted);
    }

    fn forbidden(code: Option<u32>) -> Outcome {
        Outcome::Forbidden {
            code,
            message: "Missing Access".to_owned(),
        }
    }
}

#[tokio::test]
async fn a_channel_in_which_discord_refuses_the_bot_ends_its_watches_and_a_proxys_refusal_does_not() {
    let kept = Kept::new().await;
    kept.answer(7, Kept::forbidden(Some(50_001)));
    kept.answer(8, Kept::forbidden(None));
    let what = GoneTarget::Channel;
    kept.answer(9, Outcome::Gone { what });
    kept.at_last(&[8, 9]).await;
    let ends: Vec<_> = kept
        .store
        .watches()
        .await
        .unwrap()
        .iter()
        .map(|row| row.ended.map(|end| end.0))
        .collect();
    // Nobody answers whether channel 9 is gone.
    assert_eq!(ends, [Some(WatchEnd::Channel), None, None]);
}

#[tokio::test]
async fn closed_direct_messages_end_their_watches_once_and_say_so_where_they_were_asked_for() {
    let direct = |person, channel| Watch {
        direct: Some(90 + person),
        ..watch(person, channel)
    };
    let server = Watch {
        what: Watched::Server,
        ..direct(1, 7)
    };
    let kept = Kept::of([direct(1, 7), server, direct(2, 7)]).await;
    // Too many direct messages, as Discord counts them: it says nothing about a person.
    kept.answer(92, Kept::forbidden(Some(40_003)));
    kept.at_last(&[91, 92]).await;
    kept.answer(91, Kept::forbidden(Some(50_007)));
    kept.at_last(&[7, 92]).await;
    let admin = Admin::open(kept.folder.path()).unwrap();
    let told = admin.list(&isr_store::OutboxFilter::default(), 10).unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|row| (row.destination.as_str(), &row.text))
        .collect();
    let [("channel:7", text)] = told[..] else {
        panic!("{told:?}")
    };
    assert!(
        text.contains("<@1>") && text.contains("(2)") && !text.contains("research"),
        "{text}"
    );
    kept.keeper().look_after().await.unwrap();
    assert_eq!(
        admin.list(&isr_store::OutboxFilter::default(), 10).unwrap().len(),
        1,
        "once"
    );
}

#[tokio::test]
async fn a_token_that_is_refused_ends_nobodys_watches() {
    let kept = Kept::new().await;
    kept.answer(7, Outcome::Unauthorised);
    kept.keeper().look_after().await.unwrap();
    assert_eq!(kept.channels(), [7, 8, 9]);
    let rows = kept.store.watches().await.unwrap();
    assert!(rows.iter().all(|row| row.ended.is_none()));
}

#[tokio::test]
async fn what_an_operator_ends_beside_the_daemon_is_seen() {
    let kept = Kept::new().await;
    let mut admin = Admin::open(kept.folder.path()).unwrap();
    assert_eq!(admin.end_watches(WatchesOf::Person(8)).unwrap(), 1);
    let numbers: Vec<i64> = admin.watches().unwrap().iter().map(|row| row.number).collect();
    assert_eq!(admin.end_watches(WatchesOf::Number(numbers[0])).unwrap(), 1);
    kept.at_last(&[9]).await;
}
