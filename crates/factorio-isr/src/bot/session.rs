//! The bot's task: one session with the gateway, from its start to its end.
//!
//! Owns what is kept of the session over restarts, what is told of it in health and figures, and who gets which event.
//! Events are handed on at once: whatever takes time has a task of its own, for the gateway waits for nobody. Must not know
//! what a command does. A session that Discord refuses for good ends with a reason and a remedy; everything else is tried
//! again for ever by the session itself.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use isr_discord::Jitter;
use isr_discord::gateway::event::{Guild, GuildGone, Interaction, Ready};
use isr_discord::gateway::{
    Event, Gateway, GatewayCounts, GatewayEnd, GatewayHandle, GatewayOptions, GatewayState, GatewayStatus,
    Leave, Link, StateToKeep, WaitReason,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::kept::{KeptFile, Outlives};
use super::lease::Holder;
use super::{BotWorld, Parts, SessionPlan};
use crate::metrics::BotFigures;
use crate::status::Status;
use crate::supervisor::Stop;

/// Interactions that are worked at together, those included that wait for a game; Discord's people type slower than that.
const MOST_ANSWERS: usize = 256;
/// So many more are told at the same time that nothing is done for them.
const MOST_REFUSED: usize = 256;
/// What has been heard is kept so often: after a kill the gateway tells again what came since.
const KEEP_EVERY: Duration = Duration::from_secs(30);
/// A session that is not there for so long is a trouble.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs until told to stop, or until Discord refuses the bot for good; with a lease only while this copy has it.
pub(super) async fn run(plan: SessionPlan, parts: Parts, world: Arc<BotWorld>, mut stop: Stop) {
    let Some(channel) = plan.bot.lease_channel else {
        world.lease.set(true);
        return session(plan, parts, world, stop).await;
    };
    let copy = copy_name(&world).await;
    let mut holder = Holder::new(
        Arc::clone(&plan.bot.account),
        world.limiter.clone(),
        (channel, parts.presence.voice()),
        world.lease.clone(),
        copy,
    );
    loop {
        tokio::select! {
            () = holder.obtain(&world.status) => {}
            () = stop.stopping() => return,
        }
        let (trigger, own) = stop.with_own();
        let speaks = session(plan.clone(), parts.clone(), Arc::clone(&world), own);
        let mut stopping = stop.clone();
        let holds = async {
            tokio::select! {
                () = holder.hold() => trigger.stop(),
                () = stopping.stopping() => {}
            }
        };
        tokio::join!(speaks, holds);
        if stop.is_stopping() {
            return;
        }
    }
}

/// The name of this copy in the lease: the same after a restart, so that it goes on at once.
async fn copy_name(world: &BotWorld) -> String {
    let file = KeptFile::new(&world.state_dir, "copy");
    let named = tokio::task::spawn_blocking(move || {
        let known = file.read();
        let is_name = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_name(&known) {
            return known;
        }
        let fresh = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        if let Err(error) = file.replace(&fresh, Outlives::PowerCut) {
            tracing::warn!(%error, "lease_name_not_kept: after a restart this copy waits for its own lease to end");
        }
        fresh
    });
    named.await.unwrap_or_default()
}

async fn session(plan: SessionPlan, parts: Parts, world: Arc<BotWorld>, mut stop: Stop) {
    let account = &plan.bot.account;
    let file = KeptFile::new(&world.state_dir, &format!("{}.json", account.token.bot()));
    let saved = read(&file).await;
    let mut options = GatewayOptions::new(account.token.clone(), plan.intents);
    options.api = account.api.clone();
    (options.gateway, options.resume) = plan.addresses();
    let (gateway, handle, stream) = Gateway::new(options, &saved, Jitter::random());

    let hears = heed(stream.events, Dispatch::new(&plan, &parts));
    let keeps = keep(stream.states, file.clone());
    let tells = tell(
        handle.clone(),
        world.status.clone(),
        Arc::clone(&world.metrics.bot),
    );
    let shows = async {
        if plan.bot.presence.is_on() {
            parts.presence.show(&handle).await;
        }
        std::future::pending::<()>().await;
    };
    let registers = async {
        parts.commands.begin().await;
        std::future::pending::<()>().await;
    };
    let keeps_topics = parts.topics.keep(account);
    let remembers = remember(handle.clone(), file.clone());
    let leaves = async {
        stop.stopping().await;
        handle.stop(Leave::ForAWhile).await;
        std::future::pending::<()>().await;
    };
    let runs = async {
        // What is in the queue when the session ends is still handed on.
        let ((end, state), (), ()) = tokio::join!(gateway.run(), hears, keeps);
        (end, state)
    };
    let (end, state) = tokio::select! {
        ended = runs => ended,
        () = tells => return,
        () = shows => return,
        () = registers => return,
        () = keeps_topics => return,
        () = remembers => return,
        () = leaves => return,
    };
    write(&file, &state, Outlives::PowerCut).await;
    if let GatewayEnd::Refused(_) = end {
        parts.refused.store(true, Ordering::Release);
    }
    conclude(end, &world);
}

fn conclude(end: GatewayEnd, world: &BotWorld) {
    world.metrics.bot.up.set(0);
    match end {
        GatewayEnd::Stopped => {
            world.status.set_bot(None);
            tracing::info!("bot_stopped");
        }
        GatewayEnd::Refused(refusal) => {
            tracing::error!(
                reason = %refusal,
                "bot_refused: the relay goes on; the bot is tried again at a reload or a restart"
            );
            world.status.set_bot(Some(refusal.to_string()));
        }
        GatewayEnd::Unheard => tracing::error!("bot_unheard"),
    }
}

/// Who gets which event.
struct Dispatch {
    guilds: Vec<u64>,
    parts: Parts,
    answers: JoinSet<()>,
}

impl Dispatch {
    fn new(plan: &SessionPlan, parts: &Parts) -> Self {
        Self {
            guilds: plan.bot.guilds.clone(),
            parts: parts.clone(),
            answers: JoinSet::new(),
        }
    }

    /// Whether a Discord server is heeded. Direct messages are not.
    fn heeds(&self, guild: Option<u64>) -> bool {
        guild.is_some_and(|guild| self.guilds.is_empty() || self.guilds.contains(&guild))
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Ready(ready) => self.ready(&ready),
            // Also where nothing may be used: whoever tries is told so.
            Event::Interaction(interaction) => self.answer(*interaction),
            Event::Message(message) if self.heeds(message.guild) => self.parts.chat.hear(&message),
            Event::MessageEdited(message) if self.heeds(message.guild) => self.parts.chat.hear_edit(&message),
            Event::Guild(guild) => self.guild(&guild),
            Event::GuildGone {
                id,
                why: GuildGone::Removed,
            } => self.parts.commands.left(id),
            Event::Channel(channel) if self.heeds(channel.guild) => self.parts.chat.learn_channel(&channel),
            Event::ChannelGone { id, .. } => self.parts.chat.forget_channel(id),
            _ => {}
        }
    }

    fn ready(&mut self, ready: &Ready) {
        tracing::info!(bot = ready.user, name = %ready.name, guilds = ready.guilds.len(), "bot_ready");
        let strangers: Vec<u64> = ready
            .guilds
            .iter()
            .copied()
            .filter(|guild| !self.heeds(Some(*guild)))
            .collect();
        if !strangers.is_empty() {
            tracing::warn!(guilds = ?strangers, "bot_in_strange_guilds: nothing from there is heeded; remove it there, or add them to bot.guilds");
        }
        self.parts.chat.missed();
        let home = self.parts.commands.settle(ready.application, &ready.guilds);
        self.register(ready.application, home);
    }

    fn guild(&mut self, guild: &Guild) {
        if self.heeds(Some(guild.id)) {
            self.parts.chat.learn_guild(guild);
        }
        if let Some(application) = self.parts.commands.joined(guild.id) {
            self.register(application, vec![guild.id]);
        }
    }

    fn register(&mut self, application: u64, guilds: Vec<u64>) {
        let commands = self.parts.commands.clone();
        self.spawn(async move { commands.register(application, guilds).await });
    }

    fn answer(&mut self, interaction: Interaction) {
        let commands = self.parts.commands.clone();
        match self.answers.len() {
            // A game that hangs may hold many: whoever comes then is not kept waiting for it.
            MOST_ANSWERS.. => self.spawn(async move { commands.turn_away(interaction).await }),
            _ => self.spawn(async move { commands.answer(interaction).await }),
        }
    }

    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        if self.answers.len() >= MOST_ANSWERS + MOST_REFUSED {
            tracing::warn!("bot_overloaded: an interaction is not answered");
            return;
        }
        self.answers.spawn(work);
    }
}

/// Hands every event on until there are none any more, and waits for what was begun.
async fn heed(mut events: mpsc::Receiver<Event>, mut dispatch: Dispatch) {
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => dispatch.take(event),
                None => break,
            },
            Some(done) = dispatch.answers.join_next() => report(done),
        }
    }
    while let Some(done) = dispatch.answers.join_next().await {
        report(done);
    }
}

fn report(done: Result<(), tokio::task::JoinError>) {
    if done.is_err_and(|error| error.is_panic()) {
        tracing::error!("interaction_panicked: only this one is not answered");
    }
}

/// Stores what has to be stored before the session goes on.
async fn keep(mut states: mpsc::Receiver<StateToKeep>, file: KeptFile) {
    while let Some(to_keep) = states.recv().await {
        write(&file, &to_keep.state, Outlives::PowerCut).await;
        to_keep.kept();
    }
}

/// Stores how far we have heard: at once when a session begins or goes on, then from time to time while there is something
/// new.
async fn remember(handle: GatewayHandle, file: KeptFile) {
    let mut told = handle.status();
    let (mut begun, mut heard) = (0, 0);
    loop {
        let begins = async {
            let begun = told.wait_for(|status| {
                status.link == Link::Live && status.counts.identifies + status.counts.resumes != begun
            });
            begun.await.is_ok()
        };
        // A session that ended tells nothing any more; what to keep then is what it gave at its end.
        let is_new = match tokio::time::timeout(KEEP_EVERY, begins).await {
            Ok(true) => true,
            Ok(false) => std::future::pending().await,
            Err(_) => false,
        };
        let counts = told.borrow().counts;
        if (is_new || counts.events != heard)
            && let Some(state) = handle.state().await
        {
            (begun, heard) = (counts.identifies + counts.resumes, counts.events);
            write(&file, &state, Outlives::Kill).await;
        }
    }
}

async fn read(file: &KeptFile) -> GatewayState {
    let file = file.clone();
    let read = tokio::task::spawn_blocking(move || GatewayState::from_json(&file.read()));
    read.await.unwrap_or_default()
}

async fn write(file: &KeptFile, state: &GatewayState, outlives: Outlives) {
    let (file, text) = (file.clone(), state.to_json());
    let written = tokio::task::spawn_blocking(move || file.replace(&text, outlives)).await;
    if let Ok(Err(error)) = written {
        tracing::warn!(%error, "bot_state_not_kept: after a restart a new session is begun");
    }
}

/// Tells health and figures how the session is.
async fn tell(handle: GatewayHandle, status: Status, figures: Arc<BotFigures>) {
    let mut told = handle.status();
    let mut counted = GatewayCounts::default();
    let mut away_since = Some(tokio::time::Instant::now());
    let mut trouble = None;
    loop {
        let now = told.borrow_and_update().clone();
        figures.count(&counted, &now.counts);
        counted = now.counts;
        let is_live = now.link == Link::Live;
        figures.up.set(i64::from(is_live));
        if let Some(latency) = now.latency {
            figures.latency_seconds.set(latency.as_secs_f64());
        }
        if is_live {
            if away_since.take().is_some() {
                tracing::info!("bot_connected");
            }
            trouble = None;
            status.set_bot(None);
        } else if away_since.is_none() {
            away_since = Some(tokio::time::Instant::now());
            tracing::warn!(reason = %reason(&now), "bot_away: the relay goes on, and the session is tried again for ever");
        }
        let overdue = away_since.map(|since| since + PATIENCE);
        if overdue.is_some_and(|at| at <= tokio::time::Instant::now()) {
            let why = format!("the bot is not connected: {}", reason(&now));
            if trouble.as_ref() != Some(&why) {
                status.set_bot(Some(why.clone()));
                trouble = Some(why);
            }
        }
        let wait = async {
            match overdue.filter(|_| trouble.is_none()) {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = told.changed() => if changed.is_err() {
                std::future::pending::<()>().await;
            },
            () = wait => {}
        }
    }
}

/// Why there is no session just now, in a few words.
fn reason(status: &GatewayStatus) -> String {
    let waits = match status.link {
        Link::Waiting(WaitReason::IdentifyBudget) => {
            "so many sessions were begun within the hour that the next one waits, for the token's sake"
        }
        Link::Waiting(WaitReason::ConnectBudget) => "so many connections were tried that the next one waits",
        Link::Waiting(WaitReason::RateLimit) => "Discord asked us to wait",
        _ => "",
    };
    match (&status.last_loss, waits) {
        (Some(loss), "") => loss.to_string(),
        (Some(loss), waits) => format!("{loss}; {waits}"),
        (None, "") => "the session is being begun".to_owned(),
        (None, waits) => waits.to_owned(),
    }
}
