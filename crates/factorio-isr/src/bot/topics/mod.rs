//! The topics of channels: each tells how the servers of its channel are.
//!
//! Owns what is to be told where. The changes themselves are slow (`keeper`): they have a queue of their own, of which only the
//! newest text counts, and no message waits for one. Must not know how anything became known. Cannot fail.

mod keeper;
mod pace;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_core::game::topic::{Seen, Work};
use isr_core::game::{Link, Snapshot};
use isr_core::source::ServerTag;
use isr_core::voice::Voice;
use tokio::sync::Notify;

use super::BotWorld;
use super::kept::KeptFile;
use crate::config::{BotAccount, Config};
use crate::game::Board;
use crate::posts::Works;
use crate::relay::discord_sink::SharedLimiter;
use crate::relay::moment::now_ms;

use keeper::Keeper;

/// What is told is looked at so often: nobody reads it by the second.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A channel whose topic is kept, and the servers that it tells of.
#[derive(Debug, Clone)]
struct Room {
    channel: u64,
    /// The words of the first server.
    voice: Arc<Voice>,
    servers: Vec<(ServerTag, String)>,
}

/// What a topic has to tell now.
#[derive(Debug, Clone)]
struct Wanted {
    channel: u64,
    voice: Arc<Voice>,
    seen: Vec<Seen>,
    certainty: Certainty,
}

/// Whether more is known in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Known,
    /// A connection is being made, or the first answers are on their way.
    Soon,
}

/// Which topics are kept. Clones follow the same configuration.
#[derive(Debug, Clone)]
pub(super) struct Topics {
    board: Board,
    works: Works,
    limiter: SharedLimiter,
    file: KeptFile,
    followed: Arc<Mutex<Followed>>,
    news: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Followed {
    rooms: Vec<Room>,
    /// How often a configuration was followed: each makes up for what was refused before.
    times: u64,
}

impl Topics {
    pub(super) fn new(world: &BotWorld) -> Self {
        Self {
            board: world.board.clone(),
            works: world.works.clone(),
            limiter: world.limiter.clone(),
            file: KeptFile::new(&world.state_dir, "topics.json"),
            followed: Arc::default(),
            news: Arc::default(),
        }
    }

    /// Keeps the topics that a configuration wants from now on.
    pub(super) fn follow(&self, config: &Config) {
        let mut rooms: Vec<Room> = Vec::new();
        for server in &config.servers {
            let Some(channel) = server.topic_channel else {
                continue;
            };
            let told = (server.tag.clone(), server.name.clone());
            match rooms.iter_mut().find(|room| room.channel == channel) {
                Some(room) => room.servers.push(told),
                None => rooms.push(Room {
                    channel,
                    voice: Arc::clone(&server.voice),
                    servers: vec![told],
                }),
            }
        }
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.rooms = rooms;
        followed.times += 1;
        drop(followed);
        self.news.notify_one();
    }

    /// Keeps them for ever.
    pub(super) async fn keep(&self, account: &BotAccount) {
        let client = account.client.clone();
        let mut keeper = Keeper::begin(client, self.limiter.clone(), self.file.clone()).await;
        loop {
            let (wanted, times) = self.wanted();
            keeper.go_round(&wanted, times).await;
            if wanted.is_empty() && keeper.is_idle() {
                self.news.notified().await;
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.news.notified() => {}
            }
        }
    }

    fn wanted(&self) -> (Vec<Wanted>, u64) {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = followed.rooms.iter().map(|room| self.told_in(room)).collect();
        (wanted, followed.times)
    }

    fn told_in(&self, room: &Room) -> Wanted {
        let (games, now_ms) = (self.board.games(), now_ms());
        let mut certainty = Certainty::Known;
        let mut seen = Vec::with_capacity(room.servers.len());
        for (tag, name) in &room.servers {
            let known = games.get(tag).map(|game| Arc::clone(&game.snapshots.borrow()));
            let snapshot = known.unwrap_or_else(|| Arc::new(Snapshot::default()));
            let is_coming = match snapshot.link {
                Link::Connecting { .. } => true,
                Link::Up { .. } | Link::Silent { .. } => {
                    snapshot.players.is_none() || snapshot.version.is_none()
                }
                Link::None | Link::Down(_) => false,
            };
            if is_coming {
                certainty = Certainty::Soon;
            }
            let work = match self.works.until(tag, now_ms) {
                Some(_) => Work::GoesOn,
                None => Work::None,
            };
            seen.push(Seen::of(name, &snapshot, work));
        }
        Wanted {
            channel: room.channel,
            voice: Arc::clone(&room.voice),
            seen,
            certainty,
        }
    }
}
