//! Names of channels and roles, as the gateway tells them.
//!
//! Owns two bounded lists. Names of users come with each message. Cannot fail: a name that is not known has a word of its
//! own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::chat::Names;
use isr_discord::gateway::event::{Channel, Guild, Mention};

/// A Discord server has 500 channels and 250 roles at most, and a bot like ours is in few.
const MOST: usize = 20_000;

/// The lists; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownNames(Arc<Mutex<Lists>>);

#[derive(Debug, Default)]
struct Lists {
    channels: HashMap<u64, String>,
    roles: HashMap<u64, String>,
}

impl KnownNames {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn_guild(&self, guild: &Guild) {
        let mut lists = self.lists();
        for (id, name) in &guild.roles {
            learn(&mut lists.roles, *id, name);
        }
        drop(lists);
        guild
            .channels
            .iter()
            .for_each(|channel| self.learn_channel(channel));
    }

    pub(super) fn learn_channel(&self, channel: &Channel) {
        if let Some(name) = &channel.name {
            learn(&mut self.lists().channels, channel.id, name);
        }
    }

    pub(super) fn forget_channel(&self, id: u64) {
        self.lists().channels.remove(&id);
    }

    /// Reads one message with the names: those of its users came with it.
    pub(super) fn with<R>(&self, users: &[Mention], read: impl FnOnce(&dyn Names) -> R) -> R {
        let lists = self.lists();
        read(&MessageNames { users, lists: &lists })
    }
}

fn learn(list: &mut HashMap<u64, String>, id: u64, name: &str) {
    if list.len() < MOST || list.contains_key(&id) {
        list.insert(id, name.to_owned());
    }
}

/// The names that one message may need.
struct MessageNames<'a> {
    users: &'a [Mention],
    lists: &'a Lists,
}

impl Names for MessageNames<'_> {
    fn user(&self, id: u64) -> Option<&str> {
        let user = self.users.iter().find(|user| user.id == id)?;
        Some(&user.name)
    }

    fn role(&self, id: u64) -> Option<&str> {
        self.lists.roles.get(&id).map(String::as_str)
    }

    fn channel(&self, id: u64) -> Option<&str> {
        self.lists.channels.get(&id).map(String::as_str)
    }
}
