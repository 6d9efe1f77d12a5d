//! The people on Discord, who write in all channels.
//!
//! Owns their names, the ids of their messages and the pace at which they write. Each message has an author of its own, so
//! that no limit for one person holds it back. Must not know the games.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use isr_testkit::discord::gateway::{FakeGateway, PersonCard, message_create};
use isr_testkit::rng::Rng;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::games::channel;
use super::talk::Talk;

const GUILD: u64 = 1_000_000_000_000_000_001;
/// Ids of Discord count milliseconds from here.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// Clones are the same people.
#[derive(Clone)]
pub(super) struct People {
    gateway: FakeGateway,
    talk: Talk,
    servers: u16,
    next: Arc<AtomicU64>,
}

impl People {
    pub(super) fn new(gateway: &FakeGateway, talk: &Talk, servers: u16) -> Self {
        Self {
            gateway: gateway.clone(),
            talk: talk.clone(),
            servers,
            next: Arc::default(),
        }
    }

    /// Who judges what the games are told.
    pub(super) const fn talk(&self) -> &Talk {
        &self.talk
    }

    /// Somebody writes in a server's channel. The number of the message there.
    pub(super) fn write(&self, server: u16) -> u64 {
        let (number, message) = self.message(server);
        self.gateway.dispatch("MESSAGE_CREATE", &message);
        number
    }

    /// Somebody writes, and the connection ends in the middle of it.
    pub(super) fn is_cut_off(&self) {
        let (_, message) = self.message(0);
        self.gateway.dispatch_half_and_cut("MESSAGE_CREATE", &message);
    }

    fn message(&self, server: u16) -> (u64, Value) {
        let serial = self.next.fetch_add(1, Ordering::Relaxed);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since_1970.as_millis()).unwrap_or(EPOCH_MS) - EPOCH_MS;
        let id = (ms << 22) + serial % (1 << 22);
        let (number, text) = self.talk.write(server, id);
        let author = PersonCard::new(9_000_000 + serial, "bob");
        (number, message_create(id, GUILD, channel(server), &author, &text))
    }
}

/// People who write.
pub(super) struct Writing {
    over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Writing {
    /// Lets so many messages a second be written, in all channels together.
    pub(super) fn begin(people: &People, rate: u32, mut rng: Rng) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (people, is_over) = (people.clone(), Arc::clone(&over));
        let most = 2_000_000 / u64::from(rate.max(1));
        let task = tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                people.write(u16::try_from(rng.below(u64::from(people.servers))).unwrap_or(0));
                // The pace of the load, not a wait for anything.
                sleep(Duration::from_micros(rng.between(0, most))).await;
            }
        });
        Self { over, task }
    }

    pub(super) async fn end(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        self.task.await.context("the people fell silent")
    }
}
