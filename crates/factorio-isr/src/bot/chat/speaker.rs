//! The task that says in one game what people write on Discord.
//!
//! Owns the order in which that happens: a message counts as dealt with, on the disk, before its first byte leaves, so that
//! it is said at most once, whatever is killed or told again. Plain chat only: no line can be a command, and no Lua is
//! needed. Must not know other servers. Cannot fail: who wrote something that could not be said sees a reaction.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use factorio_rcon::Session;
use factorio_rcon::gate::ChatText;
use factorio_rcon::session::{Failure, NotSent, Priority};
use isr_core::chat::Cut;
use isr_discord::gateway::event::Message;
use jiff::Timestamp;

use super::allowance::Excess;
use super::corrections::Corrections;
use super::inbox::Heard;
use super::memory::Memory;
use super::missed::Asker;
use super::names::KnownNames;
use super::reactions::Sign;
use super::utterance::{Utterance, Wording};
use super::{Queues, SpeakerPlan};
use crate::bot::BotWorld;
use crate::bot::snowflake::written_ms;
use crate::metrics::ChatLabels;
use crate::supervisor::Stop;

/// A line waits for the game no longer: what was written long ago is no chat.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whoever stands by asks so often whether it still does.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// When it ends, what is being said may take so much longer; it is not said again.
const LAST_WORDS: Duration = Duration::from_secs(2);

pub(super) struct Speaker {
    plan: SpeakerPlan,
    names: KnownNames,
    queues: Arc<Queues>,
    world: Arc<BotWorld>,
    corrections: Corrections,
}

impl Speaker {
    pub(super) fn new(
        plan: SpeakerPlan,
        names: KnownNames,
        queues: Arc<Queues>,
        world: Arc<BotWorld>,
    ) -> Self {
        Self {
            corrections: Corrections::default(),
            plan,
            names,
            queues,
            world,
        }
    }

    /// Speaks until stopping begins, and lets people see beside it what was not said.
    pub(super) async fn run(mut self, stop: Stop) {
        let (account, server) = (Arc::clone(&self.plan.account), self.plan.server.clone());
        let (queues, limiter) = (Arc::clone(&self.queues), self.world.limiter.clone());
        tokio::select! {
            () = self.speak(stop) => {}
            () = queues.reactions.serve(&account, &limiter, &server) => {}
        }
    }

    async fn speak(&mut self, mut stop: Stop) {
        let (folder, server) = (self.world.state_dir.clone(), self.plan.server.clone());
        let named = server.clone();
        let opened = self.world.desk.work(move || Memory::open(&folder, &named)).await;
        let Ok(mut memory) = opened else { return };
        // What waited here when the program ended is told by nobody again: the session goes on behind it.
        self.queues.inbox.ask_first();
        loop {
            let heard = tokio::select! {
                heard = self.next() => heard,
                () = stop.stopping() => return,
            };
            let in_hand = heard.message().cloned();
            let deals = async {
                match heard {
                    Heard::Message(message) => self.message(&message, &mut memory).await,
                    Heard::LeftOut { channel, message } => memory.hear(channel, message),
                    Heard::Edited(message) => self.correct(&message, &memory).await,
                    Heard::Missed => self.missed(&memory).await,
                }
            };
            let ends = async {
                stop.stopping().await;
                if in_hand.is_some() {
                    tokio::time::sleep(LAST_WORDS).await;
                }
            };
            tokio::select! {
                () = deals => continue,
                () = ends => {}
            }
            match in_hand {
                Some(message) => {
                    // Of its lines nobody knows which were said.
                    self.count("unknown");
                    self.queues.reactions.ask(&message, Sign::Unknown);
                    tracing::info!(%server, id = message.id, reason = "it was being said when this ended", "chat_not_said");
                }
                // Whoever speaks next asks again, before it says what was told since.
                None => self.queues.inbox.ask_first(),
            }
            return;
        }
    }

    /// What comes next, while this copy of the program is the one that speaks.
    async fn next(&self) -> Heard {
        loop {
            while !self.world.lease.is_held() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            let next = self.queues.inbox.next().await;
            if self.world.lease.is_held() {
                return next;
            }
            self.queues.inbox.put_back(next);
        }
    }

    /// Says one message, unless it was dealt with before.
    async fn message(&mut self, message: &Message, memory: &mut Memory) {
        if memory.has_heard(message.channel, message.id) {
            self.count("repeated");
            return;
        }
        memory.hear(message.channel, message.id);
        if written_ms(message.id) < self.world.lease.others_spoke_ms() {
            self.count("told_by_other");
            return;
        }
        if self.plan.edits.is_on() {
            self.corrections.said(message);
        }
        self.utter(message, Wording::First, written_ms(message.id), memory)
            .await;
    }

    /// Says what a message reads now, where it was said with other words before.
    async fn correct(&mut self, message: &Message, memory: &Memory) {
        let now_ms = Timestamp::now().as_millisecond();
        if self.corrections.take(message, now_ms) {
            self.utter(message, Wording::Corrected, now_ms, memory).await;
        }
    }

    async fn utter(&mut self, message: &Message, wording: Wording, at_ms: i64, memory: &Memory) {
        let author = message.author.as_ref().map(|author| author.id);
        let player = author.and_then(|author| self.world.links.player_of(author));
        let Utterance { mut lines, cut } = self.names.with(&message.mentions, |names| {
            let how = (wording, player.as_deref());
            Utterance::of(message, how, &self.plan.voice, names)
        });
        let excess = self.within_rate(message, at_ms, &mut lines);
        for line in &lines {
            self.world.echoes.expect(&self.plan.server, line.as_str());
        }
        if excess == Excess::New {
            self.queues.reactions.ask(message, Sign::TooMuch);
        }
        let echoes = self.world.echoes.kept(&self.plan.server);
        memory.keep(echoes, &self.world.desk).await;
        if lines.is_empty() {
            if cut == Cut::Shortened && excess == Excess::None {
                self.queues.reactions.ask(message, Sign::Shortened);
            }
            return;
        }
        let sign = match self.say(message.id, lines).await {
            Ok(()) if excess != Excess::None => None,
            Ok(()) if cut == Cut::Shortened => Some(Sign::Shortened),
            Ok(()) => None,
            Err(sign) => Some(sign),
        };
        if let Some(sign) = sign {
            self.queues.reactions.ask(message, sign);
        }
    }

    /// Leaves out the lines that are beyond what one person may say.
    fn within_rate(&self, message: &Message, at_ms: i64, lines: &mut Vec<ChatText>) -> Excess {
        let author = message.author.as_ref().map_or(0, |author| author.id);
        let (granted, excess) = self
            .queues
            .allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(self.plan.rate, author, lines.len(), at_ms);
        for _ in granted..lines.len() {
            self.count("too_many");
        }
        lines.truncate(granted);
        if excess == Excess::New {
            tracing::info!(server = %self.plan.server, author, rate = %self.plan.rate, "chat_too_much: one person writes more than `discord_chat_rate`");
        }
        excess
    }

    /// Says the lines of a message in order; none after one that failed.
    async fn say(&self, id: u64, lines: Vec<ChatText>) -> Result<(), Sign> {
        let game = self.world.board.get(&self.plan.server);
        let session = game.and_then(|game| game.session);
        let mut lines = lines.into_iter();
        while let Some(line) = lines.next() {
            let text = line.as_str().to_owned();
            let Err(failure) = send(session.as_ref(), line).await else {
                self.count("said");
                continue;
            };
            let (sign, counted) = match &failure {
                Some(Failure::Unknown(_)) => (Sign::Unknown, "unknown"),
                Some(Failure::NotSent(NotSent::Silent | NotSent::Deadline | NotSent::QueueFull)) => {
                    (Sign::Busy, "not_said")
                }
                Some(Failure::NotSent(_)) | None => (Sign::Down, "not_said"),
            };
            self.count(counted);
            // What never left will not come back.
            let unsaid = (sign != Sign::Unknown).then_some(text);
            let rest = lines.map(|line| line.as_str().to_owned());
            for text in unsaid.into_iter().chain(rest) {
                self.world.echoes.forget(&self.plan.server, &text);
            }
            let reason = failure.map_or_else(
                || "there is no connection".to_owned(),
                |failure| failure.to_string(),
            );
            tracing::info!(server = %self.plan.server, id, reason, "chat_not_said");
            return Err(sign);
        }
        Ok(())
    }

    /// Asks for what was written while no session told it, and takes it in among what waits.
    async fn missed(&self, memory: &Memory) {
        let asker = Asker {
            account: &self.plan.account,
            limiter: &self.world.limiter,
            server: &self.plan.server,
        };
        for channel in &self.plan.channels {
            let missed = asker.missed(*channel, memory).await;
            self.queues.inbox.merge(*channel, missed);
        }
    }

    fn count(&self, outcome: &'static str) {
        let labels = ChatLabels {
            server: self.plan.server.to_string(),
            outcome,
        };
        self.world.metrics.bot.chat.get_or_create(&labels).inc();
    }
}

/// None: there is no way to the game at all.
async fn send(session: Option<&Session>, line: ChatText) -> Result<(), Option<Failure>> {
    let Some(session) = session else {
        return Err(None);
    };
    let sent = session.send_within(line, Priority::Person, PATIENCE).await;
    sent.map(drop).map_err(Some)
}
