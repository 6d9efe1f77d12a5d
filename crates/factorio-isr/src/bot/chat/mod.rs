//! Chat from Discord into the games.
//!
//! Owns which message goes to which server: only what people write, in channels that a server hears, from Discord servers
//! that are heeded. What programs write is dropped, our own messages among it, or two relays would answer each other for
//! ever; what we said is recognised in the game's log ([`Echoes`]). Each server has a task and a queue of its own. Must not
//! know how the session with Discord is kept. Cannot fail: what cannot be said gets a reaction.

mod allowance;
mod corrections;
mod echoes;
mod inbox;
mod memory;
mod missed;
mod names;
mod reactions;
mod speaker;
mod utterance;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use isr_core::rate::Rate;
use isr_core::source::ServerTag;
use isr_core::voice::Voice;
use isr_discord::gateway::event::{Channel, Guild, Message};

use super::BotWorld;
use crate::config::{BotAccount, Config, Switch};
use crate::metrics::{BotFigures, ChatLabels};
use crate::supervisor::{StopTrigger, Supervisor, TaskEnd};

use allowance::Allowance;
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
    edits: Switch,
    voice: Arc<Voice>,
}

/// The chats of all servers; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Chat {
    running: Arc<Mutex<BTreeMap<ServerTag, Running>>>,
    /// Those that were stopped and perhaps still say something.
    leaving: Arc<Mutex<BTreeMap<ServerTag, TaskEnd>>>,
    names: KnownNames,
    figures: Arc<BotFigures>,
}

/// What waits for a server. It outlives the task that deals with it.
#[derive(Debug, Default)]
struct Queues {
    inbox: Inbox,
    reactions: Reactions,
    allowance: Mutex<Allowance>,
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
            leaving: Arc::default(),
            names: KnownNames::default(),
            figures,
        }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<ServerTag, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears for exactly the servers of a configuration. A server of which nothing changed goes on with what waits.
    pub(super) fn follow(&self, config: &Config, world: &Arc<BotWorld>, supervisor: &mut Supervisor) {
        // Held to the end: what is told meanwhile finds either the former servers or the new ones.
        let mut now = self.running();
        let mut former = std::mem::take(&mut *now);
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|_, end| !end.is_reached());
        let mut running = BTreeMap::new();
        for plan in plans(config) {
            let own = match former.remove(&plan.server) {
                Some(same) if same.plan == plan && !same.end.is_reached() => same,
                Some(former) => {
                    former.stop.stop();
                    self.start(plan, (former.queues, Some(former.end)), world, supervisor)
                }
                None => {
                    let former = leaving.remove(&plan.server);
                    self.start(plan, (Arc::default(), former), world, supervisor)
                }
            };
            running.insert(own.plan.server.clone(), own);
        }
        for (server, gone) in former {
            gone.stop.stop();
            leaving.insert(server, gone.end);
        }
        *now = running;
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

    /// Somebody changed what they wrote. Where there is no room it is left out: what it corrects was said.
    pub(super) fn hear_edit(&self, message: &Message) {
        let hears = |running: &&Running| {
            running.plan.edits.is_on() && running.plan.channels.contains(&message.channel)
        };
        if message.is_from_person() {
            for running in self.running().values().filter(hears) {
                let _no_room = running.queues.inbox.put(Heard::Edited(Box::new(message.clone())));
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
            edits: server.discord_chat.edits,
            voice: Arc::clone(&server.voice),
        })
        .collect()
}
