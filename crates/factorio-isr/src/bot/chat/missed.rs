//! What was written while no session told it.
//!
//! Owns the questions for it: page by page from the last message that was heard, for the bot's own posts stand among what
//! people wrote. Everything has an end: pages, and how long Discord is tried. Must not know what
//! is said of it. Cannot fail: what Discord does not tell is told in the log.

use std::collections::VecDeque;
use std::time::Duration;

use isr_core::source::ServerTag;
use isr_discord::gateway::event::Message;
use isr_discord::{Admission, Outcome, Route};
use jiff::Timestamp;
use tokio::time::Instant;

use super::memory::Memory;
use crate::bot::snowflake::first_at;
use crate::config::BotAccount;
use crate::relay::discord_sink::{HeldTicket, SharedLimiter};

/// After an outage so many messages of a channel are said at most: the newest.
const MOST_MISSED: usize = 20;
/// Older ones are left out: nobody answers them any more.
const OLDEST_MS: i64 = 15 * 60 * 1000;
/// Messages of a page …
const PAGE: u8 = 50;
/// … and this part of it where the answer would be too large.
const FEWER: u8 = 4;
/// Pages of a channel that are looked at.
const MOST_PAGES: u32 = 20;
/// The pause between two attempts to get one.
const AGAIN: Duration = Duration::from_secs(2);
/// Longer is not tried in all: chat that is told meanwhile waits as well, and what was missed is lost when it is said first.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What was missed in one channel, oldest first.
#[derive(Debug, Default)]
pub(super) struct Missed {
    /// To be said.
    pub(super) messages: Vec<Message>,
    /// Ids of what is not said: it is too much.
    pub(super) left_out: Vec<u64>,
}

/// Who asks.
pub(super) struct Asker<'a> {
    pub(super) account: &'a BotAccount,
    pub(super) limiter: &'a SharedLimiter,
    pub(super) server: &'a ServerTag,
}

impl Asker<'_> {
    /// What people wrote in a channel since it was heard last, oldest first. Where nothing was heard before, nothing was
    /// missed.
    pub(super) async fn missed(&self, channel: u64, memory: &Memory) -> Missed {
        let Some(heard) = memory.heard_up_to(channel) else {
            return Missed::default();
        };
        let oldest = first_at(Timestamp::now().as_millisecond() - OLDEST_MS);
        let mut after = heard.max(oldest);
        let (mut newest, mut left_out) = (VecDeque::<Message>::new(), Vec::new());
        let (mut most, deadline) = (PAGE, Instant::now() + LONGEST_WAIT);
        for number in 0.. {
            if number == MOST_PAGES {
                tracing::warn!(server = %self.server, channel, "chat_missed_unknown: more was written meanwhile than is looked at");
                break;
            }
            let Some(page) = self.page(channel, after, &mut most, deadline).await else {
                break;
            };
            let is_last = page.len() < usize::from(most);
            after = page.last().map_or(after, |last| last.id.max(after));
            let is_new =
                |message: &Message| message.is_from_person() && !memory.has_heard(channel, message.id);
            newest.extend(page.into_iter().filter(is_new));
            while newest.len() > MOST_MISSED
                && let Some(older) = newest.pop_front()
            {
                let reason = "more was written while no session told it than is said afterwards";
                tracing::info!(server = %self.server, id = older.id, reason, "chat_not_said");
                left_out.push(older.id);
            }
            if is_last {
                break;
            }
        }
        // Each start asks, and mostly nothing was missed.
        if !(newest.is_empty() && left_out.is_empty()) {
            tracing::info!(server = %self.server, channel, missed = newest.len(), left_out = left_out.len(), "chat_missed");
        }
        Missed {
            messages: newest.into(),
            left_out,
        }
    }

    /// The next messages behind one.
    async fn page(&self, channel: u64, after: u64, most: &mut u8, deadline: Instant) -> Option<Vec<Message>> {
        let client = &self.account.client;
        loop {
            let ticket = self.admission(channel, deadline).await?;
            let (attempt, messages) = client.messages_after(channel, after, *most).await;
            ticket.observe(&attempt);
            match attempt.outcome {
                Outcome::Delivered { .. } => return Some(messages),
                Outcome::TooLarge if *most > 1 => *most = (*most / FEWER).max(1),
                // The limiter knows for how long, and whoever waits for its turn has not failed.
                Outcome::RateLimited { .. } => {}
                outcome @ (Outcome::Forbidden { .. } | Outcome::Gone { .. } | Outcome::Unauthorised) => {
                    tracing::warn!(
                        server = %self.server, channel, reason = %outcome,
                        "chat_not_read: give the bot View Channel and Read Message History there"
                    );
                    return None;
                }
                Outcome::NotSent { .. } | Outcome::Uncertain { .. } | Outcome::ServerError { .. }
                    if Instant::now() + AGAIN < deadline =>
                {
                    tokio::time::sleep(AGAIN).await;
                }
                _ => break,
            }
        }
        tracing::warn!(server = %self.server, channel, "chat_missed_unknown: Discord did not tell what was written meanwhile");
        None
    }

    /// Leave to ask: when a session begins anew all channels ask at once, and Discord allows a bot so many requests in a
    /// second. None: there is none, or not soon enough.
    async fn admission(&self, channel: u64, deadline: Instant) -> Option<HeldTicket<'_>> {
        let lane = self.account.client.lane(channel);
        loop {
            let pause = self
                .limiter
                .with(|limiter, now| match limiter.admit_on(&lane, Route::Read, now) {
                    Admission::Go(ticket) => Ok(ticket),
                    Admission::Wait(wait) => Err((wait.until.saturating_sub(now), wait.reason.as_str())),
                    Admission::Latched(latch) => Err((Duration::MAX, latch.as_str())),
                });
            match pause {
                Ok(ticket) => return Some(self.limiter.hold(ticket)),
                Err((pause, _)) if pause <= deadline.saturating_duration_since(Instant::now()) => {
                    tokio::time::sleep(pause).await;
                }
                Err((_, reason)) => {
                    tracing::warn!(server = %self.server, channel, reason, "chat_missed_unknown: what was written meanwhile could not be asked for");
                    return None;
                }
            }
        }
    }
}
