//! The Discord bot: one session with Discord's gateway, and what is made of what it tells.
//!
//! Owns that there is exactly one such session while the configuration has a bot and none otherwise, and that a reload
//! leaves it alone when nothing of it changed. What the bot posts goes through the outbox and the lanes as everything else
//! does, whether the session is up or not. Must not know logs. Cannot fail: what Discord refuses for good is told in
//! `/health` with its remedy, and the relay goes on.

pub mod chat;
pub mod commands;
mod kept;
mod lease;
pub mod linking;
mod lock;
mod presence;
mod session;
mod snowflake;
mod topics;
pub mod watching;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use isr_discord::GatewayUrl;
use isr_discord::gateway::Intents;
use isr_store::Store;

use crate::config::{Bot, Config};
use crate::game::Board;
use crate::metrics::Metrics;
use crate::posts::{Refreshes, Works};
use crate::relay::audits::Audits;
use crate::relay::discord_sink::SharedLimiter;
use crate::relay::lanes::Bells;
use crate::reload::Wishes;
use crate::status::Status;
use crate::supervisor::{Stop, StopTrigger, Supervisor, TaskEnd};

use chat::{Chat, Echoes};
use commands::{CommandWorld, Commands};
use linking::Links;
use presence::PresencePlan;
use topics::Topics;
use watching::{Openings, Watchers};

pub use kept::Desk;
pub use lease::Lease;
pub use lock::{BotLock, Taken};

/// What the bot shares with the rest of the program.
#[derive(Debug, Clone)]
pub struct BotWorld {
    /// Where what outlives a restart is kept.
    pub state_dir: PathBuf,
    /// The outbox, and what is remembered.
    pub store: Store,
    /// Where health is told.
    pub status: Status,
    /// Where the files of servers are worked at.
    pub desk: Desk,
    /// Where figures are told.
    pub metrics: Metrics,
    /// What is known of the games, and the way to their consoles.
    pub board: Board,
    /// The limits that everything on Discord shares.
    pub limiter: SharedLimiter,
    /// Whether this copy speaks for the bot.
    pub lease: Lease,
    /// What was said in games and is still to be read in their logs.
    pub echoes: Echoes,
    /// The work that is planned.
    pub works: Works,
    /// Told when the outbox holds something new.
    pub bells: Bells,
    /// Told when something was written down.
    pub audits: Audits,
    /// Who is told what.
    pub watchers: Watchers,
    /// How direct messages begin.
    pub openings: Openings,
    /// Who is which player.
    pub links: Links,
    /// The wishes of people to see a card as it is now.
    pub refreshes: Refreshes,
    /// The way to whoever loads the configuration.
    pub wishes: Wishes,
    /// When to end.
    pub stop: Stop,
}

/// What the session is made with. A reload that changes nothing of it leaves the session alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SessionPlan {
    bot: Arc<Bot>,
    intents: Intents,
}

impl SessionPlan {
    fn of(config: &Config) -> Option<Self> {
        let bot = config.bot.clone()?;
        // Commands and buttons come without any intent; what people write is asked for only where it is of use.
        let hears = config
            .servers
            .iter()
            .any(|server| !server.discord_chat.channels.is_empty());
        let intents = if hears { Intents::CHAT } else { Intents::GUILDS };
        Some(Self { bot, intents })
    }

    /// Where the gateway and its resumes are, when the configuration says so.
    fn addresses(&self) -> (Option<GatewayUrl>, Option<GatewayUrl>) {
        (self.bot.gateway.clone(), self.bot.resume.clone())
    }
}

/// The bot, if there is one.
#[derive(Debug)]
pub struct Bots {
    world: Arc<BotWorld>,
    lock: Option<BotLock>,
    running: Option<Box<Running>>,
}

#[derive(Debug)]
struct Running {
    plan: SessionPlan,
    parts: Parts,
    stop: StopTrigger,
    end: TaskEnd,
}

impl Running {
    fn is_over(&self) -> bool {
        self.end.is_reached() || self.parts.refused.load(Ordering::Acquire)
    }
}

/// What follows a reload while the session goes on.
#[derive(Debug, Clone)]
struct Parts {
    chat: Chat,
    commands: Arc<Commands>,
    presence: PresencePlan,
    topics: Topics,
    /// Discord refused the session for good. Its task may go on nevertheless: the lease is held, and posts go out.
    refused: Arc<AtomicBool>,
}

impl Parts {
    fn follow(&self, config: &Config, world: &Arc<BotWorld>, supervisor: &mut Supervisor) {
        self.chat.follow(config, world, supervisor);
        self.commands.follow(config);
        self.presence.follow(config);
        self.topics.follow(config);
    }
}

impl Bots {
    /// No bot yet; the lock is that of the configuration that is followed first.
    #[must_use]
    pub fn new(world: BotWorld, lock: Option<BotLock>) -> Self {
        Self {
            world: Arc::new(world),
            lock,
            running: None,
        }
    }

    /// Follows a configuration. A session that Discord ended for good is tried again.
    pub fn follow(&mut self, config: &Config, supervisor: &mut Supervisor) {
        let plan = SessionPlan::of(config);
        let former = match (self.running.take(), &plan) {
            (Some(same), Some(plan)) if same.plan == *plan && !same.is_over() => {
                same.parts.follow(config, &self.world, supervisor);
                self.running = Some(same);
                return;
            }
            (Some(former), _) => {
                former.stop.stop();
                Some(*former)
            }
            (None, _) => None,
        };
        let (former, chat) = match former {
            Some(former) => (Some(former.end), former.parts.chat),
            None => (None, Chat::new(Arc::clone(&self.world.metrics.bot))),
        };
        let Some(plan) = plan else {
            chat.follow(config, &self.world, supervisor);
            self.lock = None;
            self.world.status.set_bot(None);
            return;
        };
        if let Err(taken) = self.take_lock(&plan) {
            tracing::error!(reason = %taken, "bot_not_begun: it is tried again at a reload");
            self.world.status.set_bot(Some(taken.to_string()));
            return;
        }
        let (trigger, stop) = self.world.stop.with_own();
        let commands = Commands::new(CommandWorld {
            account: Arc::clone(&plan.bot.account),
            guilds: plan.bot.guilds.clone(),
            store: self.world.store.clone(),
            metrics: self.world.metrics.clone(),
            board: self.world.board.clone(),
            state_dir: self.world.state_dir.clone(),
            works: self.world.works.clone(),
            bells: self.world.bells.clone(),
            audits: self.world.audits.clone(),
            limiter: self.world.limiter.clone(),
            watchers: self.world.watchers.clone(),
            openings: self.world.openings.clone(),
            links: self.world.links.clone(),
            refreshes: self.world.refreshes.clone(),
            wishes: self.world.wishes.clone(),
            stop: stop.clone(),
        });
        let parts = Parts {
            chat,
            commands: Arc::new(commands),
            presence: PresencePlan::new(self.world.board.clone()),
            topics: Topics::new(&self.world),
            refused: Arc::default(),
        };
        parts.follow(config, &self.world, supervisor);
        let (kept_plan, kept_parts, world) = (plan.clone(), parts.clone(), Arc::clone(&self.world));
        let end = supervisor.start("bot", move || {
            let (plan, parts, world) = (kept_plan.clone(), kept_parts.clone(), Arc::clone(&world));
            let (stop, former) = (stop.clone(), former.clone());
            async move {
                // Two sessions of one bot would hear everything twice.
                if let Some(former) = former {
                    former.reached().await;
                }
                Box::pin(session::run(plan, parts, world, stop)).await;
            }
        });
        self.running = Some(Box::new(Running {
            plan,
            parts,
            stop: trigger,
            end,
        }));
    }

    fn take_lock(&mut self, plan: &SessionPlan) -> Result<(), Taken> {
        let account = &plan.bot.account;
        let lock = self.lock.take().filter(|lock| lock.is_of(account));
        self.lock = Some(lock.map_or_else(|| BotLock::take(account), Ok)?);
        Ok(())
    }
}
