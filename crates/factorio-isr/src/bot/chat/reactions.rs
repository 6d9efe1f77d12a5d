//! What became of a message, for the one who wrote it to see: a reaction.
//!
//! Owns the queue of a server's reactions and whom they are no longer tried for. A courtesy: it keeps no line of chat and
//! no post waiting, takes only what posts leave of Discord's limits, and stops long before what may be refused in all is
//! used up. Must not know what is said. Cannot fail: what finds no room, or no admission in time, is left out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isr_core::source::ServerTag;
use isr_discord::gateway::event::Message;
use isr_discord::{Admission, Outcome, Reaction, Readiness, Route};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::BotAccount;
use crate::relay::discord_sink::SharedLimiter;

/// So many wait at most; further ones are left out.
const MOST: usize = 16;
/// Attempts to add one.
const ATTEMPTS: u32 = 3;
/// The pause between them where Discord names none.
const AGAIN: Duration = Duration::from_secs(2);
/// Longer is not waited for one.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// After a refusal none is tried in that channel for so long.
const REFUSED: Duration = Duration::from_secs(15 * 60);
/// Discord's error code for somebody who blocked the bot: it says nothing about others.
const BLOCKED: u32 = 90_001;
/// Whoever blocked the bot gets none for so long …
const BLOCKED_FOR: Duration = Duration::from_secs(24 * 3600);
/// … and so many are remembered. More within a day: nobody gets one for a while.
const MOST_BLOCKED: usize = 8;

/// What a reaction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The game cannot be reached: it was not said.
    Down,
    /// The game did not get to it in time, as when it saves: it was not said.
    Busy,
    /// Nobody knows whether it was said.
    Unknown,
    /// It was too long: the end is missing.
    Shortened,
    /// Its author writes more than one person may: it was not said, or not all of it.
    TooMuch,
}

impl Sign {
    const fn emoji(self) -> &'static str {
        match self {
            Self::Down => "🔌",
            Self::Busy => "⏳",
            Self::Unknown => "❔",
            Self::Shortened => "✂️",
            Self::TooMuch => "🐢",
        }
    }
}

/// A reaction to add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    channel: u64,
    message: u64,
    author: Option<u64>,
    sign: Sign,
}

/// Reactions that wait, and the task that adds them.
#[derive(Debug, Default)]
pub(super) struct Reactions {
    waiting: Mutex<VecDeque<Due>>,
    news: Notify,
    refusals: Mutex<Refusals>,
}

/// Where none are tried, until when.
#[derive(Debug, Default)]
struct Refusals {
    channels: VecDeque<(u64, Instant)>,
    authors: VecDeque<(u64, Instant)>,
    everybody: Option<Instant>,
}

impl Refusals {
    fn forbid(&mut self, due: &Due, now: Instant) -> bool {
        self.channels.retain(|(_, until)| *until > now);
        self.authors.retain(|(_, until)| *until > now);
        let has = |list: &VecDeque<(u64, Instant)>, id: u64| list.iter().any(|(known, _)| *known == id);
        self.everybody.is_some_and(|until| until > now)
            || has(&self.channels, due.channel)
            || due.author.is_some_and(|author| has(&self.authors, author))
    }

    fn refused(&mut self, due: &Due, code: Option<u32>, now: Instant) {
        match due.author {
            Some(author) if code == Some(BLOCKED) => {
                if self.authors.len() >= MOST_BLOCKED {
                    self.everybody = Some(now + REFUSED);
                    self.authors.pop_front();
                }
                self.authors.push_back((author, now + BLOCKED_FOR));
            }
            // A server hears few channels.
            _ => self.channels.push_back((due.channel, now + REFUSED)),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reactions {
    /// Asks for a reaction.
    pub(super) fn ask(&self, message: &Message, sign: Sign) {
        let due = Due {
            channel: message.channel,
            message: message.id,
            author: message.author.as_ref().map(|author| author.id),
            sign,
        };
        let mut waiting = locked(&self.waiting);
        if waiting.len() < MOST {
            waiting.push_back(due);
            self.news.notify_one();
        }
    }

    async fn next(&self) -> Due {
        loop {
            let next = locked(&self.waiting).pop_front();
            if let Some(next) = next {
                return next;
            }
            self.news.notified().await;
        }
    }

    /// Adds them, one after the other, without end.
    pub(super) async fn serve(&self, account: &BotAccount, limiter: &SharedLimiter, server: &ServerTag) {
        loop {
            let due = self.next().await;
            if !locked(&self.refusals).forbid(&due, Instant::now()) {
                self.add(&due, account, limiter, server).await;
            }
        }
    }

    async fn add(&self, due: &Due, account: &BotAccount, limiter: &SharedLimiter, server: &ServerTag) {
        let lane = account.client.lane(due.channel);
        let reaction = Reaction::unicode(due.sign.emoji());
        let mut waited = Duration::ZERO;
        for _ in 0..ATTEMPTS {
            // Only what posts leave: a reaction keeps no line waiting.
            let (admission, now) = limiter.with(|limiter, now| {
                let admission = match limiter.ready_in_passing(&lane, Route::React, now) {
                    Readiness::Ready => limiter.admit_on(&lane, Route::React, now),
                    Readiness::Wait(wait) => Admission::Wait(wait),
                    Readiness::Latched(latch) => Admission::Latched(latch),
                };
                (admission, now)
            });
            let pause = match admission {
                Admission::Go(ticket) => {
                    let ticket = limiter.hold(ticket);
                    let attempt = account.client.react(due.channel, due.message, &reaction).await;
                    ticket.observe(&attempt);
                    match attempt.outcome {
                        Outcome::RateLimited { retry_after, .. } => retry_after,
                        Outcome::NotSent { .. } | Outcome::ServerError { .. } => AGAIN,
                        Outcome::Forbidden { code, message } => {
                            // Whoever blocks the bot must not use up what it may be refused in all.
                            locked(&self.refusals).refused(due, code, Instant::now());
                            tracing::info!(
                                %server, channel = due.channel, code, reason = message,
                                "reaction_not_added: does the bot have Add Reactions there, or did somebody block it?"
                            );
                            return;
                        }
                        Outcome::Delivered { .. } => return,
                        outcome => {
                            tracing::debug!(%server, channel = due.channel, reason = %outcome, "reaction_not_added");
                            return;
                        }
                    }
                }
                Admission::Wait(wait) => wait.until.saturating_sub(now),
                Admission::Latched(_) => return,
            };
            waited += pause;
            if waited > LONGEST_WAIT {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(channel: u64, author: u64) -> Due {
        Due {
            channel,
            message: 1,
            author: Some(author),
            sign: Sign::Down,
        }
    }

    #[test]
    fn a_refusal_holds_where_it_says_something_and_no_longer() {
        let (mut refusals, begin) = (Refusals::default(), Instant::now());
        refusals.refused(&due(1, 7), Some(BLOCKED), begin);
        assert!(refusals.forbid(&due(1, 7), begin) && refusals.forbid(&due(2, 7), begin));
        assert!(!refusals.forbid(&due(1, 8), begin), "others did not block it");
        refusals.refused(&due(1, 8), Some(50_013), begin);
        assert!(refusals.forbid(&due(1, 9), begin) && !refusals.forbid(&due(2, 9), begin));
        assert!(!refusals.forbid(&due(1, 9), begin + REFUSED));
        assert!(refusals.forbid(&due(1, 7), begin + REFUSED));
        assert!(!refusals.forbid(&due(1, 7), begin + BLOCKED_FOR));
    }

    #[test]
    fn many_who_block_the_bot_end_reactions_for_all() {
        let (mut refusals, begin) = (Refusals::default(), Instant::now());
        let mut refused = 0;
        for author in 0..1000 {
            if !refusals.forbid(&due(1, author), begin) {
                refusals.refused(&due(1, author), Some(BLOCKED), begin);
                refused += 1;
            }
        }
        assert_eq!(refused, MOST_BLOCKED + 1);
    }

    #[tokio::test]
    async fn what_finds_no_room_is_left_out() {
        let reactions = Reactions::default();
        for id in 0..100 {
            let message = Message {
                id,
                ..Message::default()
            };
            reactions.ask(&message, Sign::Busy);
        }
        assert_eq!(locked(&reactions.waiting).len(), MOST);
        assert_eq!(reactions.next().await.message, 0);
    }
}
