//! The task that looks after watches: what Discord takes away ends them.
//!
//! Owns when that is looked after, and that an end, and what is told of it, is one transaction. A channel counts as lost when
//! Discord itself said so, never because it is not reached. Must not know who may. Fails where the store does; it is tried again.

use std::sync::Arc;
use std::time::Duration;

use isr_discord::{Latch, Learnt, Readiness};
use isr_store::{CommitError, LostWatch, Store, WatchEnd, WatchRow};
use tokio::sync::Mutex;

use super::rights::Rounds;
use super::{Watchers, asking, ending};
use crate::config::BotAccount;
use crate::relay::discord_sink::SharedLimiter;
use crate::relay::lanes::Bells;
use crate::relay::moment::now_ms;
use crate::reload::Wishes;
use crate::supervisor::Stop;

/// An operator may have ended one, and rights change: looked after so often.
const LOOKED_AFTER_EVERY: Duration = Duration::from_secs(30);
/// The pause after a channel was refused: what is refused together ends together.
const TOGETHER: Duration = Duration::from_millis(500);

/// What the keeper of watches works with.
#[derive(Debug, Clone)]
pub struct KeeperWorld {
    /// The list.
    pub watchers: Watchers,
    /// Where it is kept.
    pub store: Store,
    /// What Discord lets us do.
    pub limiter: SharedLimiter,
    /// Told when the outbox holds something new.
    pub bells: Bells,
    /// The way to whoever makes lanes.
    pub wishes: Wishes,
}

/// Ends what nobody has a right to any more or cannot be told, and sees what an operator ended. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Keeper {
    world: Arc<KeeperWorld>,
    rounds: Arc<Mutex<Rounds>>,
}

impl Keeper {
    /// One that asked about nobody yet.
    #[must_use]
    pub fn new(world: KeeperWorld) -> Self {
        Self {
            world: Arc::new(world),
            rounds: Arc::default(),
        }
    }

    /// Goes on until the program stops.
    pub async fn keep(self, mut stop: Stop) {
        loop {
            // Discord is asked many questions, each with a deadline: the end of the program waits for none.
            let looked = tokio::select! {
                looked = self.look_after() => looked,
                () = stop.stopping() => return,
            };
            match looked {
                Ok(()) => {}
                Err(error) if error.is_fatal() => return stop.stopping().await,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "watches_not_looked_after: trying again"
                    );
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOKED_AFTER_EVERY) => {}
                () = self.refused() => {}
                () = stop.stopping() => return,
            }
        }
    }

    /// Waits until Discord refused a channel.
    async fn refused(&self) {
        self.world.limiter.refusals().news().await;
        tokio::time::sleep(TOGETHER).await;
    }

    pub(super) async fn look_after(&self) -> Result<(), CommitError> {
        let KeeperWorld {
            watchers,
            store,
            limiter,
            ..
        } = &*self.world;
        // What nobody has, nobody can have ended: new ones come through us.
        if watchers.is_empty() {
            return Ok(());
        }
        let before = watchers.channels(now_ms());
        watchers.refresh(store).await?;
        let lost = self.lost().await;
        self.lose(lost).await?;
        let judged = self.rounds.lock().await.judge(watchers, limiter).await;
        for (guild, numbers) in judged.confirmed {
            store.confirm_watches(numbers, guild, now_ms()).await?;
        }
        for (guild, numbers) in judged.hidden {
            let count = numbers.len();
            store.confirm_watches(numbers, guild, 0).await?;
            watchers.refresh(store).await?;
            tracing::warn!(
                guild,
                count,
                "watches_rest: the bot is not in their Discord server any more"
            );
        }
        self.lose(judged.lost).await?;
        watchers.refresh(store).await?;
        if watchers.channels(now_ms()) != before {
            self.world.wishes.places();
        }
        Ok(())
    }

    /// Watches that cannot be told.
    async fn lost(&self) -> Vec<(WatchRow, WatchEnd)> {
        let KeeperWorld {
            watchers, limiter, ..
        } = &*self.world;
        let Some(account) = watchers.known().account.clone() else {
            return Vec::new();
        };
        let mut gone = Vec::new();
        for channel in watchers.told_in() {
            if limiter.refusals().contains(channel) {
                gone.push(channel);
                continue;
            }
            match self.asked_again(&account, channel).await {
                Some(Learnt::Nothing | Learnt::Hidden) => gone.push(channel),
                // The others would get no answer, either.
                Some(Learnt::Unknown) => break,
                Some(Learnt::Told(())) | None => {}
            }
        }
        let known = watchers.known();
        let lost = known
            .rows
            .iter()
            .filter(|row| gone.contains(&row.watch.told_in()));
        lost.map(|row| {
            let end = match row.watch.direct {
                Some(_) => WatchEnd::Closed,
                None => WatchEnd::Channel,
            };
            (row.clone(), end)
        })
        .collect()
    }

    /// What Discord says of a channel that a lane has given up as deleted: a proxy may have said that. Of others it is not asked.
    async fn asked_again(&self, account: &BotAccount, channel: u64) -> Option<Learnt<()>> {
        let limiter = &self.world.limiter;
        let lane = account.client.lane(channel);
        let readiness = limiter.with(|limiter, now| limiter.ready(&lane, now));
        if readiness != Readiness::Latched(Latch::ChannelGone) {
            return None;
        }
        let learnt = asking::learn(limiter, account, account.client.channel_learnt(channel)).await;
        Some(match learnt {
            Learnt::Told(_) => Learnt::Told(()),
            Learnt::Nothing => Learnt::Nothing,
            Learnt::Hidden => Learnt::Hidden,
            Learnt::Unknown => Learnt::Unknown,
        })
    }

    async fn lose(&self, lost: Vec<(WatchRow, WatchEnd)>) -> Result<(), CommitError> {
        if lost.is_empty() {
            return Ok(());
        }
        let now_ms = now_ms();
        let told = ending::told(&self.world.watchers.known(), &lost, now_ms);
        let lost_watch = |(row, end): &(WatchRow, WatchEnd)| LostWatch {
            number: row.number,
            confirmed_ms: row.confirmed_ms,
            end: *end,
        };
        let numbers: Vec<_> = lost.iter().map(lost_watch).collect();
        let committed = self.world.store.lose_watches(numbers, told, now_ms).await?;
        self.world.watchers.refresh(&self.world.store).await?;
        let goes_on = |row: &WatchRow| {
            let known = self.world.watchers.known();
            known.rows.iter().any(|other| other.number == row.number)
        };
        for (row, end) in lost.iter().filter(|(row, _)| !goes_on(row)) {
            tracing::warn!(
                number = row.number,
                person = row.watch.person,
                channel = row.watch.told_in(),
                server = %row.watch.server,
                why = end.as_str(),
                "watch_ended: {}; whoever wants it asks again",
                meant(*end)
            );
        }
        for (destination, _) in &committed.fresh {
            self.world.bells.ring(destination);
        }
        Ok(())
    }
}

/// What an end means, for an operator.
#[must_use]
pub const fn meant(end: WatchEnd) -> &'static str {
    match end {
        WatchEnd::Channel => "the bot cannot post in its channel",
        WatchEnd::Closed => "the person takes no direct messages of the bot",
        WatchEnd::Forbidden => "the person may not use `watch` any more",
        WatchEnd::Left => "the person left the Discord server",
    }
}
