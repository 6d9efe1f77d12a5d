//! Personal notices: who is told what, as the store has it and the configuration lets it.
//!
//! Owns the list that the readers of logs go by, who was called when, and the channels that notices need a lane for. A watch is
//! left out while its right is gone: without a bot, without its server, where the command is off. A channel in which the bot may
//! not post ends its watches. Must not know how a notice reads. Fails where the store cannot be read; the list then stays as
//! it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::command::{Needed, Verb};
use isr_core::delivery::DeliveryId;
use isr_core::source::ServerTag;
use isr_discord::{Latch, Readiness, WaitReason};
use isr_store::{CommitError, Store, WatchRow, WatchesOf};

use crate::config::{BotAccount, Config, Server};
use crate::relay::discord_sink::SharedLimiter;
use crate::relay::upkeep::goes_on_after;
use crate::supervisor::Stop;

/// One call for each watch in this time, in milliseconds; the rest is told without one.
const CALLED_EVERY_MS: u64 = 60_000;
/// An operator may have ended one, and a channel may be gone: looked after so often.
const LOOKED_AFTER_EVERY: Duration = Duration::from_secs(30);

/// Everybody's watches. Clones show the same list.
#[derive(Debug, Clone, Default)]
pub struct Watchers(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// All that the store has.
    rows: Vec<WatchRow>,
    /// Those that are heeded.
    heeded: Arc<[WatchRow]>,
    /// The last call of each, by number: for which notice, and when.
    called: BTreeMap<i64, (DeliveryId, i64)>,
    /// Who tells, and on which servers the command is there.
    account: Option<Arc<BotAccount>>,
    servers: BTreeSet<ServerTag>,
}

impl Known {
    fn choose(&mut self) {
        let heeded = self
            .rows
            .iter()
            .filter(|row| self.servers.contains(&row.watch.server));
        self.heeded = heeded.cloned().collect();
        let rows = &self.rows;
        self.called
            .retain(|number, _| rows.iter().any(|row| row.number == *number));
    }
}

/// Whether somebody may watch a server.
#[must_use]
pub fn is_allowed(config: &Config, server: &Server) -> bool {
    config.bot.is_some() && server.permissions.needed(Verb::Watch) != Needed::Nobody
}

impl Watchers {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by this configuration from now on.
    pub fn follow(&self, config: &Config) {
        let allowed = config.servers.iter().filter(|server| is_allowed(config, server));
        let mut known = self.known();
        known.servers = allowed.map(|server| server.tag.clone()).collect();
        known.account = config.bot.as_ref().map(|bot| Arc::clone(&bot.account));
        known.choose();
    }

    /// Reads the list anew.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn refresh(&self, store: &Store) -> Result<(), CommitError> {
        let rows = store.watches().await?;
        let mut known = self.known();
        known.rows = rows;
        known.choose();
        Ok(())
    }

    /// Those that are heeded now.
    #[must_use]
    pub fn all(&self) -> Arc<[WatchRow]> {
        Arc::clone(&self.known().heeded)
    }

    /// Whether a watch may call for a notice now; it has called then. The same notice, made again, calls as before.
    #[must_use]
    pub fn calls(&self, number: i64, id: DeliveryId, now_ms: i64) -> bool {
        let mut known = self.known();
        let may = known
            .called
            .get(&number)
            .is_none_or(|(last, at_ms)| *last == id || now_ms.abs_diff(*at_ms) >= CALLED_EVERY_MS);
        if may {
            known.called.insert(number, (id, now_ms));
        }
        may
    }

    /// The channels in which somebody is told something, each once.
    #[must_use]
    pub fn channels(&self) -> Vec<u64> {
        let channels: BTreeSet<u64> = self.all().iter().map(|row| row.watch.channel).collect();
        channels.into_iter().collect()
    }

    /// The channels of these in which the bot may not post, as it has learnt.
    fn lost_channels(&self, limiter: &SharedLimiter) -> Vec<u64> {
        let Some(account) = self.known().account.clone() else {
            return Vec::new();
        };
        let is_lost = |channel: &u64| {
            let lane = account.client.lane(*channel);
            match limiter.with(|limiter, now| limiter.ready(&lane, now)) {
                Readiness::Latched(latch) => latch != Latch::Unauthorised,
                Readiness::Wait(wait) => wait.reason == WaitReason::Parked,
                Readiness::Ready => false,
            }
        };
        let mut channels = self.channels();
        channels.retain(is_lost);
        channels
    }

    async fn look_after(&self, store: &Store, limiter: &SharedLimiter) -> Result<(), CommitError> {
        for channel in self.lost_channels(limiter) {
            let ended = store.end_watches(WatchesOf::Channel(channel)).await?;
            tracing::warn!(
                channel,
                ended,
                "watches_ended: the bot cannot post in their channel; whoever wants them asks again in another one"
            );
        }
        // What nobody has, nobody can have ended: new ones come through us.
        if self.known().rows.is_empty() {
            return Ok(());
        }
        self.refresh(store).await
    }
}

/// Ends what cannot be told any more, and sees what an operator ended, until the program stops.
pub async fn keep(watchers: Watchers, store: Store, limiter: SharedLimiter, mut stop: Stop) {
    while goes_on_after(LOOKED_AFTER_EVERY, &mut stop).await {
        match watchers.look_after(&store, &limiter).await {
            Ok(()) => {}
            Err(error) if error.is_fatal() => return stop.stopping().await,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "watches_not_looked_after: trying again"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use isr_core::source::GenerationId;
    use isr_core::watching::{Watch, Watched};
    use isr_discord::{Admission, Attempt, GoneTarget, Outcome, RateSignals};
    use isr_store::{Admin, StoreOptions};

    use super::*;
    use crate::config::tests::Scene;
    use crate::supervisor::stop_pair;

    const NORTH: &str = "servers:\n  north: {log_path: /n.log, event_channel_id: 5}\n";

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

    #[tokio::test]
    async fn a_watch_is_left_out_while_its_server_its_command_or_the_bot_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(folder.path())).unwrap().store;
        store.add_watch(watch(1, 7)).await.unwrap();
        let watchers = Watchers::default();
        watchers.refresh(&store).await.unwrap();
        assert!(watchers.all().is_empty(), "nobody said that it is allowed");
        let heeded = |yaml: &str| {
            watchers.follow(&config(yaml));
            (watchers.all().len(), watchers.channels())
        };
        assert_eq!(heeded(NORTH), (1, vec![7]));
        for gone in [
            "servers:\n  south: {log_path: /n.log, event_channel_id: 5}\n",
            "permissions: {commands: {watch: off}}\nservers:\n  north: {log_path: /n.log, event_channel_id: 5}\n",
        ] {
            assert_eq!(heeded(gone), (0, vec![]), "{gone}");
        }
        let mut without = config(NORTH);
        without.bot = None;
        watchers.follow(&without);
        assert!(watchers.all().is_empty(), "there is no bot");
        assert_eq!(heeded(NORTH), (1, vec![7]), "it is back");
    }

    /// Watches in channels 7, 8 and 9, looked after.
    struct Kept {
        folder: tempfile::TempDir,
        store: Store,
        watchers: Watchers,
        limiter: SharedLimiter,
        config: Config,
    }

    impl Kept {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(StoreOptions::new(folder.path())).unwrap().store;
            for channel in [7, 8, 9] {
                store.add_watch(watch(channel, channel)).await.unwrap();
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

        /// The channels in which something is told at last.
        async fn at_last(&self, wanted: &[u64]) {
            let (trigger, stop) = stop_pair();
            let kept = keep(
                self.watchers.clone(),
                self.store.clone(),
                self.limiter.clone(),
                stop,
            );
            let task = tokio::spawn(kept);
            let seen = async {
                while self.watchers.channels() != wanted {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(600), seen)
                .await
                .unwrap();
            trigger.stop();
            task.await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_channel_in_which_the_bot_may_not_post_or_that_is_gone_ends_its_watches() {
        let kept = Kept::new().await;
        let message = "Missing Access".to_owned();
        kept.answer(
            7,
            Outcome::Forbidden {
                code: Some(50_001),
                message,
            },
        );
        kept.answer(
            8,
            Outcome::Gone {
                what: GoneTarget::Channel,
            },
        );
        kept.at_last(&[9]).await;
        let left = kept.store.watches().await.unwrap();
        assert_eq!(left.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_refused_ends_nobodys_watches() {
        let kept = Kept::new().await;
        kept.answer(7, Outcome::Unauthorised);
        kept.watchers
            .look_after(&kept.store, &kept.limiter)
            .await
            .unwrap();
        assert_eq!(kept.watchers.channels(), [7, 8, 9]);
        assert_eq!(kept.store.watches().await.unwrap().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_operator_ends_beside_the_daemon_is_seen() {
        let kept = Kept::new().await;
        let mut admin = Admin::open(kept.folder.path()).unwrap();
        assert_eq!(admin.end_watches(WatchesOf::Person(8)).unwrap(), 1);
        let numbers: Vec<i64> = admin.watches().unwrap().iter().map(|row| row.number).collect();
        assert_eq!(admin.end_watches(WatchesOf::Number(numbers[0])).unwrap(), 1);
        kept.at_last(&[9]).await;
    }
}
