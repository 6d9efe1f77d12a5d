//! Personal notices: who is told what, as the store has it and the configuration lets it.
//!
//! Owns the list that the readers of logs go by, who was called when, and the channels that notices need a lane for. A watch
//! rests while the configuration takes its right away: without a bot, without its server, where the command is off, where its
//! Discord server is not heeded. What Discord takes away ends it ([`Keeper`]). Must not know how a notice reads. Fails where the
//! store cannot be read; the list then stays as it was.

mod asking;
mod direct;
mod ending;
mod keeping;
mod rights;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::command::{Needed, Permissions, Verb};
use isr_core::delivery::DeliveryId;
use isr_core::source::ServerTag;
use isr_core::voice::Voice;
use isr_store::{CommitError, Store, WatchEnd, WatchRow};

use crate::config::{BotAccount, ChannelKind, Config, Server};
use crate::relay::moment::now_ms;

pub use direct::{NotDirect, Openings};
pub use keeping::{Keeper, KeeperWorld, meant};

/// One call for each watch in this time, in milliseconds; the rest is told without one.
const CALLED_EVERY_MS: u64 = 60_000;
/// What Discord said of somebody's right counts for so long, in milliseconds: when it cannot be asked any more nothing is told
/// after that, and nothing ends.
const CONFIRMED_FOR_MS: u64 = 6 * 3_600_000;
/// At the start what was read meanwhile is told to whoever had the right to it last: for so long, in milliseconds, or until Discord
/// was asked.
const ASKED_WITHIN_MS: u64 = 120_000;
/// A lane for what people are told about the end of their watches is kept for so long, in milliseconds.
const ENDS_TOLD_WITHIN_MS: i64 = 24 * 3_600_000;

/// Everybody's watches. Clones show the same list.
#[derive(Debug, Clone, Default)]
pub struct Watchers(Arc<Mutex<Known>>);

/// What a server has to do with watches.
#[derive(Debug, Clone)]
struct Place {
    permissions: Permissions,
    voice: Arc<Voice>,
}

#[derive(Debug, Default)]
struct Known {
    /// All that go on.
    rows: Vec<WatchRow>,
    /// Those that this program ended lately.
    ended: Vec<WatchRow>,
    /// Those that are heeded.
    heeded: Arc<[WatchRow]>,
    /// The last call of each, by number: for which notice, and when.
    called: BTreeMap<i64, (DeliveryId, i64)>,
    /// Who tells, in which Discord servers (none named: any), and on which servers the command is there.
    account: Option<Arc<BotAccount>>,
    guilds: Vec<u64>,
    servers: BTreeMap<ServerTag, Place>,
    /// When a configuration was followed first, in Unix milliseconds.
    begun_ms: Option<i64>,
}

impl Known {
    fn choose(&mut self) {
        let heeded = self.rows.iter().filter(|row| self.is_heeded(row));
        self.heeded = heeded.cloned().collect();
        let rows = &self.rows;
        self.called
            .retain(|number, _| rows.iter().any(|row| row.number == *number));
    }

    fn is_heeded(&self, row: &WatchRow) -> bool {
        let is_home = |guild| is_home(&self.guilds, guild);
        self.servers.contains_key(&row.watch.server) && row.watch.guild.is_none_or(is_home)
    }
}

/// Whether somebody may watch a server.
#[must_use]
pub fn is_allowed(config: &Config, server: &Server) -> bool {
    config.bot.is_some() && server.permissions.needed(Verb::Watch) != Needed::Nobody
}

/// Whether watches of a Discord server are heeded; where none is named, those of any.
#[must_use]
pub fn is_home(named: &[u64], guild: u64) -> bool {
    named.is_empty() || named.contains(&guild)
}

/// Whether Discord said lately what gives the right to a watch.
#[must_use]
pub const fn is_confirmed(row: &WatchRow, now_ms: i64) -> bool {
    now_ms.abs_diff(row.confirmed_ms) <= CONFIRMED_FOR_MS
}

impl Watchers {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by this configuration from now on.
    pub fn follow(&self, config: &Config) {
        let place = |server: &Server| Place {
            permissions: server.permissions.clone(),
            voice: Arc::clone(&server.voice),
        };
        let allowed = config.servers.iter().filter(|server| is_allowed(config, server));
        let mut known = self.known();
        known.begun_ms.get_or_insert_with(now_ms);
        known.servers = allowed
            .map(|server| (server.tag.clone(), place(server)))
            .collect();
        known.account = config.bot.as_ref().map(|bot| Arc::clone(&bot.account));
        known.guilds = config
            .bot
            .as_ref()
            .map(|bot| bot.guilds.clone())
            .unwrap_or_default();
        known.choose();
    }

    /// Reads the list anew.
    ///
    /// # Errors
    /// [`CommitError`] when the store cannot be read.
    pub async fn refresh(&self, store: &Store) -> Result<(), CommitError> {
        let (ended, rows) = store
            .watches()
            .await?
            .into_iter()
            .partition(|row| row.ended.is_some());
        let mut known = self.known();
        (known.ended, known.rows) = (ended, rows);
        known.choose();
        Ok(())
    }

    /// Those that are heeded now.
    #[must_use]
    pub fn all(&self) -> Arc<[WatchRow]> {
        Arc::clone(&self.known().heeded)
    }

    /// Whether somebody's right is known well enough for a notice at this moment (Unix milliseconds).
    #[must_use]
    pub fn tells(&self, row: &WatchRow, now_ms: i64) -> bool {
        let begins = |begun_ms: i64| now_ms.abs_diff(begun_ms) <= ASKED_WITHIN_MS;
        is_confirmed(row, now_ms) || row.confirmed_ms > 0 && self.known().begun_ms.is_some_and(begins)
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

    /// The channel of direct messages with somebody who is told something there.
    #[must_use]
    pub fn direct_with(&self, person: u64) -> Option<u64> {
        let known = self.known();
        let mut theirs = known.rows.iter().filter(|row| row.watch.person == person);
        theirs.find_map(|row| row.watch.direct)
    }

    /// The channels in which somebody is told something at this moment (Unix milliseconds), each once: notices, or lately their
    /// end.
    #[must_use]
    pub fn channels(&self, now_ms: i64) -> Vec<(u64, ChannelKind)> {
        let known = self.known();
        let mut channels: BTreeMap<u64, ChannelKind> = BTreeMap::new();
        let mut add = |row: &WatchRow, directly: Option<u64>| {
            match directly {
                Some(channel) => channels.insert(channel, ChannelKind::Direct),
                None => channels.insert(row.watch.channel, ChannelKind::Shared),
            };
        };
        for row in known.heeded.iter() {
            add(row, row.watch.direct);
        }
        for row in &known.ended {
            match row.ended {
                Some((_, at_ms)) if now_ms.saturating_sub(at_ms) > ENDS_TOLD_WITHIN_MS => {}
                Some((WatchEnd::Closed, _)) => add(row, None),
                Some((WatchEnd::Forbidden, _)) => add(row, row.watch.direct),
                Some((WatchEnd::Channel | WatchEnd::Left, _)) | None => {}
            }
        }
        channels.into_iter().collect()
    }

    /// Whether nobody watches anything.
    fn is_empty(&self) -> bool {
        self.known().rows.is_empty()
    }

    /// The channels in which something is told, heeded or not.
    fn told_in(&self) -> BTreeSet<u64> {
        let known = self.known();
        known.rows.iter().map(|row| row.watch.told_in()).collect()
    }
}

#[cfg(test)]
mod tests;
