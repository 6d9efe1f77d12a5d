//! The task that says in one game what people write on Discord.
//!
//! Owns the order in which that happens: a message counts as dealt with, on the disk, before its first byte leaves, so that
//! it is said at most once, whatever is killed or told again. Plain chat only: no line can be a command, and no Lua is
//! needed. Must not know other servers. Cannot fail: who wrote something that could not be said sees a reaction.

use std::sync::Arc;
use std::time::Duration;

use factorio_rcon::Session;
use factorio_rcon::gate::ChatText;
use factorio_rcon::session::{Failure, NotSent, Priority};
use isr_core::chat::{Answers, Cut, Said};
use isr_discord::Outcome;
use isr_discord::gateway::event::{Message, Quoted};
use jiff::Timestamp;

use super::allowance::{Allowance, Excess};
use super::inbox::Heard;
use super::memory::Memory;
use super::names::KnownNames;
use super::reactions::Sign;
use super::{Queues, SpeakerPlan};
use crate::bot::BotWorld;
use crate::bot::snowflake::written_ms;
use crate::metrics::ChatLabels;
use crate::supervisor::Stop;

/// A line waits for the game no longer: what was written long ago is no chat.
const PATIENCE: Duration = Duration::from_secs(10);
/// After an outage so many messages of a channel are said at most, the newest of them …
const MOST_MISSED: usize = 20;
/// … among so many of everybody, our own posts too …
const LOOKED_AT: u8 = 60;
/// … and this part of it where the answer would be too large.
const FEWER: u8 = 4;
/// Older ones are left out: nobody answers them any more.
const OLDEST_MISSED_MS: i64 = 15 * 60 * 1000;
/// Attempts to ask for what was missed.
const ATTEMPTS: u32 = 3;
/// The pause between them where Discord names none.
const AGAIN: Duration = Duration::from_secs(2);
/// Longer is not waited for what was missed: it would be no chat any more.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// When it ends, what is being said may take so much longer; it is not said again.
const LAST_WORDS: Duration = Duration::from_secs(2);

pub(super) struct Speaker {
    plan: SpeakerPlan,
    names: KnownNames,
    queues: Arc<Queues>,
    world: Arc<BotWorld>,
    allowance: Allowance,
}

impl Speaker {
    pub(super) fn new(
        plan: SpeakerPlan,
        names: KnownNames,
        queues: Arc<Queues>,
        world: Arc<BotWorld>,
    ) -> Self {
        Self {
            allowance: Allowance::new(plan.rate),
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
        let opened = tokio::task::spawn_blocking(move || Memory::open(&folder, &server)).await;
        let Ok(mut memory) = opened else { return };
        loop {
            let heard = tokio::select! {
                heard = self.queues.inbox.next() => heard,
                () = stop.stopping() => return,
            };
            let is_question = matches!(heard, Heard::Missed);
            let deals = async {
                match heard {
                    Heard::Message(message) => self.message(&message, &mut memory).await,
                    Heard::Missed => self.missed(&mut memory).await,
                }
            };
            let ends = async {
                stop.stopping().await;
                if !is_question {
                    tokio::time::sleep(LAST_WORDS).await;
                }
            };
            tokio::select! {
                () = deals => {}
                () = ends => {
                    if is_question {
                        // Whoever speaks next asks again.
                        let _never_full = self.queues.inbox.put(Heard::Missed);
                    }
                    return;
                }
            }
        }
    }

    /// Says one message, unless it was dealt with before.
    async fn message(&mut self, message: &Message, memory: &mut Memory) {
        if memory
            .heard(message.channel)
            .is_some_and(|last| message.id <= last)
        {
            self.count("repeated");
            return;
        }
        memory.hear(message.channel, message.id);
        let said = said(message);
        let spoken = self
            .names
            .with(&message.mentions, |names| self.plan.voice.chat(&said, names));
        let mut lines: Vec<ChatText> = spoken.lines.iter().filter_map(|line| harmless(line)).collect();
        let excess = self.within_rate(message, &mut lines);
        for line in &lines {
            self.world.echoes.expect(&self.plan.server, line.as_str());
        }
        if excess == Excess::New {
            self.queues.reactions.ask(message, Sign::TooMuch);
        }
        memory.keep(self.world.echoes.waiting(&self.plan.server)).await;
        if lines.is_empty() {
            return;
        }
        let sign = match self.say(lines).await {
            Ok(()) if excess != Excess::None => None,
            Ok(()) if spoken.cut == Cut::Shortened => Some(Sign::Shortened),
            Ok(()) => None,
            Err(sign) => Some(sign),
        };
        if let Some(sign) = sign {
            self.queues.reactions.ask(message, sign);
        }
    }

    /// Leaves out the lines that are beyond what one person may say.
    fn within_rate(&mut self, message: &Message, lines: &mut Vec<ChatText>) -> Excess {
        let author = message.author.as_ref().map_or(0, |author| author.id);
        let (granted, excess) = self.allowance.take(author, lines.len(), written_ms(message.id));
        for _ in granted..lines.len() {
            self.count("too_many");
        }
        lines.truncate(granted);
        if excess == Excess::New {
            tracing::info!(server = %self.plan.server, author, rate = %self.plan.rate, "chat_too_much: one person writes more than `discord_chat_rate`");
        }
        excess
    }

    /// Says the lines in order; none after one that failed.
    async fn say(&self, lines: Vec<ChatText>) -> Result<(), Sign> {
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
                self.world.echoes.take(&self.plan.server, &text);
            }
            let reason = failure.map_or_else(
                || "there is no connection".to_owned(),
                |failure| failure.to_string(),
            );
            tracing::info!(server = %self.plan.server, reason, "chat_not_said");
            return Err(sign);
        }
        Ok(())
    }

    /// Asks for what was written while no session told it. Where nothing was heard before, nothing was missed.
    async fn missed(&mut self, memory: &mut Memory) {
        for channel in &self.plan.channels.clone() {
            let Some(last) = memory.heard(*channel) else {
                continue;
            };
            let Some(messages) = self.newest(*channel).await else {
                continue;
            };
            let oldest = Timestamp::now().as_millisecond() - OLDEST_MISSED_MS;
            let new = messages
                .into_iter()
                .filter(|message| message.id > last && message.is_from_person());
            let (mut timely, late): (Vec<Message>, Vec<Message>) =
                new.partition(|message| written_ms(message.id) >= oldest);
            let left_out = timely.len().saturating_sub(MOST_MISSED);
            timely.drain(..left_out);
            tracing::info!(
                server = %self.plan.server, channel, missed = timely.len(), left_out, too_old = late.len(), "chat_missed"
            );
            for message in timely {
                self.message(&message, memory).await;
            }
        }
    }

    async fn newest(&self, channel: u64) -> Option<Vec<Message>> {
        let mut most = LOOKED_AT;
        for _ in 0..ATTEMPTS {
            self.wait_for_everything().await;
            let pause = match self.plan.account.client.newest_messages(channel, most).await {
                Ok(messages) => return Some(messages),
                Err(Outcome::TooLarge) => {
                    most /= FEWER;
                    Duration::ZERO
                }
                Err(Outcome::RateLimited { retry_after, .. }) if retry_after <= LONGEST_PAUSE => retry_after,
                Err(Outcome::RateLimited { .. }) => break,
                Err(outcome @ (Outcome::Forbidden { .. } | Outcome::Gone { .. } | Outcome::Unauthorised)) => {
                    tracing::warn!(
                        server = %self.plan.server, channel, reason = %outcome,
                        "chat_not_read: give the bot View Channel and Read Message History there"
                    );
                    return None;
                }
                Err(_) => AGAIN,
            };
            tokio::time::sleep(pause).await;
        }
        tracing::warn!(server = %self.plan.server, channel, "chat_missed_unknown: Discord did not tell what was written meanwhile");
        None
    }

    /// A limit of everything is one of this, too.
    async fn wait_for_everything(&self) {
        let pause = self
            .world
            .limiter
            .with(|limiter, now| limiter.global_pause(now).map(|until| until.saturating_sub(now)));
        if let Some(pause) = pause {
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
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

/// The line as the console takes it. Whatever the words of a language make of it, it is one line and no command.
fn harmless(line: &str) -> Option<ChatText> {
    ChatText::exact(line).or_else(|_| ChatText::tidied(line)).ok()
}

fn said(message: &Message) -> Said<'_> {
    let (answers, forwarded) = match &message.quoted {
        None => (Answers::Nothing, None),
        Some(quoted) if quoted.forwarded => (Answers::Nothing, Some(quoted.content.as_str())),
        Some(quoted) => (answered(quoted), None),
    };
    Said {
        author: message.shown_name().unwrap_or_default(),
        text: forwarded
            .filter(|_| message.content.is_empty())
            .unwrap_or(&message.content),
        answers,
        forwarded: forwarded.is_some(),
        files: message
            .attachments
            .iter()
            .map(|file| file.name.as_str())
            .collect(),
        stickers: message.stickers.iter().map(String::as_str).collect(),
    }
}

/// A person is named; of what a program wrote, what we relayed among it, the text says more than its name.
fn answered(quoted: &Quoted) -> Answers<'_> {
    match &quoted.author {
        Some(author) if author.bot => Answers::Text(&quoted.content),
        Some(author) => Answers::Somebody(author.shown_name.as_deref().unwrap_or(&author.name)),
        None => Answers::Nothing,
    }
}
