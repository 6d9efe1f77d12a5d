//! Chat from Discord into the games.
//!
//! Owns which message goes to which server: only what people write, in channels that a server hears, from Discord servers
//! that are heeded. What programs write is dropped, our own messages among it, or two relays would answer each other for
//! ever; what we said is recognised in the game's log ([`Echoes`]). Each server has a task and a queue of its own. Must not
//! know how the session with Discord is kept. Cannot fail: what cannot be said gets a reaction.

mod allowance;
mod echoes;
mod inbox;
mod memory;
mod names;
mod reactions;
mod speaker;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::rate::Rate;
use isr_core::source::ServerTag;
use isr_core::voice::Voice;
use isr_discord::gateway::event::{Channel, Guild, Message};

use super::BotWorld;
use crate::config::{BotAccount, Config};
use crate::metrics::{BotFigures, ChatLabels};
use crate::supervisor::{StopTrigger, Supervisor, TaskEnd};

pub use echoes::Echoes;
use inbox::{Heard, Inbox};
use names::KnownNames;
use reactions::{Reactions, Sign};
use speaker::Speaker;

/// Recalls what the logs will still tell of what was said before this start. Blocks as long as the file system does.
pub fn recall(config: &Config, echoes: &Echoes) {
    recall_in(&config.state_dir, config, echoes);
}

fn recall_in(state_dir: &Path, config: &Config, echoes: &Echoes) {
    if config.bot.is_some() {
        for server in &config.servers {
            memory::recall_echoes(state_dir, &server.tag, echoes);
        }
    }
}

/// What a server hears, and in which words it is said.
#[derive(Debug, Clone, PartialEq)]
struct SpeakerPlan {
    account: Arc<BotAccount>,
    server: ServerTag,
    channels: Vec<u64>,
    rate: Rate,
    voice: Arc<Voice>,
}

/// The chats of all servers; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Chat {
    running: Arc<Mutex<BTreeMap<ServerTag, Running>>>,
    names: KnownNames,
    figures: Arc<BotFigures>,
}

/// What waits for a server. It outlives the task that deals with it.
#[derive(Debug, Default)]
struct Queues {
    inbox: Inbox,
    reactions: Reactions,
}

#[derive(Debug)]
struct Running {
    plan: SpeakerPlan,
    queues: Arc<Queues>,
    stop: StopTrigger,
    end: TaskEnd,
}

impl Chat {
    pub(super) fn new(figures: Arc<BotFigures>) -> Self {
        Self {
            running: Arc::default(),
            names: KnownNames::default(),
            figures,
        }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<ServerTag, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears for exactly the servers of a configuration. A server of which nothing changed goes on with what waits.
    pub(super) fn follow(&self, config: &Config, world: &Arc<BotWorld>, supervisor: &mut Supervisor) {
        let mut former = std::mem::take(&mut *self.running());
        let mut running = BTreeMap::new();
        for plan in plans(config) {
            let own = match former.remove(&plan.server) {
                Some(same) if same.plan == plan && !same.end.is_reached() => same,
                Some(former) => {
                    former.stop.stop();
                    self.start(plan, (former.queues, Some(former.end)), world, supervisor)
                }
                None => self.start(plan, (Arc::default(), None), world, supervisor),
            };
            running.insert(own.plan.server.clone(), own);
        }
        former.values().for_each(|gone| gone.stop.stop());
        *self.running() = running;
    }

    fn start(
        &self,
        plan: SpeakerPlan,
        (queues, former): (Arc<Queues>, Option<TaskEnd>),
        world: &Arc<BotWorld>,
        supervisor: &mut Supervisor,
    ) -> Running {
        let (trigger, stop) = world.stop.with_own();
        let (kept, names, waiting, world) = (
            plan.clone(),
            self.names.clone(),
            Arc::clone(&queues),
            Arc::clone(world),
        );
        let end = supervisor.start(format!("chat {}", plan.server), move || {
            let speaker = Speaker::new(
                kept.clone(),
                names.clone(),
                Arc::clone(&waiting),
                Arc::clone(&world),
            );
            let (stop, former) = (stop.clone(), former.clone());
            async move {
                // One after the other: lines of one server keep their order.
                if let Some(former) = former {
                    former.reached().await;
                }
                speaker.run(stop).await;
            }
        });
        Running {
            plan,
            queues,
            stop: trigger,
            end,
        }
    }

    /// Somebody wrote something.
    pub(super) fn hear(&self, message: &Message) {
        if !message.is_from_person() {
            return;
        }
        for (server, running) in &*self.running() {
            if !running.plan.channels.contains(&message.channel) {
                continue;
            }
            let heard = Heard::Message(Box::new(message.clone()));
            if running.queues.inbox.put(heard).is_err() {
                tracing::warn!(%server, message = message.id, "chat_overflow: the game takes less than is written; a message is not said");
                let labels = ChatLabels {
                    server: server.to_string(),
                    outcome: "overflow",
                };
                self.figures.chat.get_or_create(&labels).inc();
                running.queues.reactions.ask(message, Sign::Busy);
            }
        }
    }

    /// A new session began: what was written since the last one is not told by itself.
    pub(super) fn missed(&self) {
        for running in self.running().values() {
            let _never_full = running.queues.inbox.put(Heard::Missed);
        }
    }

    pub(super) fn learn_guild(&self, guild: &Guild) {
        self.names.learn_guild(guild);
    }

    pub(super) fn learn_channel(&self, channel: &Channel) {
        self.names.learn_channel(channel);
    }

    pub(super) fn forget_channel(&self, channel: u64) {
        self.names.forget_channel(channel);
    }
}

fn plans(config: &Config) -> Vec<SpeakerPlan> {
    let Some(bot) = &config.bot else {
        return Vec::new();
    };
    let hears = config
        .servers
        .iter()
        .filter(|server| !server.discord_chat.channels.is_empty());
    hears
        .map(|server| SpeakerPlan {
            account: Arc::clone(&bot.account),
            server: server.tag.clone(),
            channels: server.discord_chat.channels.clone(),
            rate: server.discord_chat.rate,
            voice: Arc::clone(&server.voice),
        })
        .collect()
}
