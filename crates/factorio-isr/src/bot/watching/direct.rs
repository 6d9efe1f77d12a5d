//! Direct messages: how the channel of one is had, and proven to work before anything is promised.
//!
//! Owns how often one is opened: Discord dislikes bots that open many. One a second, and only for somebody who asks for it just
//! now; few wait for that. Who takes none is not tried again for a while, and many such people close the door for all others:
//! each refusal counts against what Discord forgives. Must not know watches. Fails with what the person is told.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use isr_discord::{ChannelMessage, Learnt, Nonce, Outcome, Route};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use super::asking::{self, NotAsked};
use crate::config::{BotAccount, ChannelKind};
use crate::relay::discord_sink::SharedLimiter;

/// One channel is opened in this time.
const EVERY: Duration = Duration::from_secs(1);
/// So many people may wait for that.
const MOST_WAITING: usize = 10;
/// Who takes no direct messages is asked again after this time.
const REFUSED_FOR: Duration = Duration::from_secs(15 * 60);
/// So many such people in that time, and nobody is asked.
const MOST_REFUSED: usize = 20;

/// Why somebody cannot be told directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDirect {
    /// They take no direct messages of the bot.
    Closed,
    /// Discord gave no answer, or is asked for too much already.
    Busy,
}

/// The one door. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Openings(Arc<Door>);

#[derive(Debug)]
struct Door {
    waiting: Semaphore,
    /// When the last channel was opened.
    last: Mutex<Option<Instant>>,
    /// Who takes no direct messages, and when that was said.
    refused: std::sync::Mutex<BTreeMap<u64, Instant>>,
}

impl Default for Openings {
    fn default() -> Self {
        Self(Arc::new(Door {
            waiting: Semaphore::new(MOST_WAITING),
            last: Mutex::default(),
            refused: std::sync::Mutex::default(),
        }))
    }
}

impl Openings {
    /// The channel of direct messages with somebody, in which a first message was posted.
    ///
    /// # Errors
    /// [`NotDirect`]; nothing was promised then.
    pub async fn open(
        &self,
        (account, limiter): (&BotAccount, &SharedLimiter),
        person: u64,
        greeting: &str,
    ) -> Result<u64, NotDirect> {
        self.may_be_asked(person)?;
        self.turn().await?;
        let question = account.client.open_direct(person);
        match asking::learn(limiter, account, question).await {
            Learnt::Told(channel) => self.greet((account, limiter), (person, channel), greeting).await,
            Learnt::Hidden => Err(self.refuse(person)),
            Learnt::Nothing | Learnt::Unknown => Err(NotDirect::Busy),
        }
    }

    async fn greet(
        &self,
        (account, limiter): (&BotAccount, &SharedLimiter),
        (person, channel): (u64, u64),
        greeting: &str,
    ) -> Result<u64, NotDirect> {
        let message = ChannelMessage::new(greeting, Nonce::fresh());
        let post = async {
            let attempt = account.client.post(channel, &message).await;
            let outcome = attempt.outcome.clone();
            (attempt, outcome)
        };
        let lane = account.client.lane(channel);
        let outcome = match asking::ask(limiter, (&lane, Route::Post), post).await {
            Ok(outcome) => outcome,
            Err(NotAsked::Refused) => return Err(NotDirect::Closed),
            Err(NotAsked::NoRoom) => return Err(NotDirect::Busy),
        };
        limiter.refusals().note(channel, ChannelKind::Direct, &outcome);
        match outcome {
            Outcome::Delivered { .. } => Ok(channel),
            outcome if outcome.takes_no_direct_messages() => Err(self.refuse(person)),
            _ => Err(NotDirect::Busy),
        }
    }

    fn may_be_asked(&self, person: u64) -> Result<(), NotDirect> {
        let mut refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.retain(|_, at| at.elapsed() < REFUSED_FOR);
        match refused.contains_key(&person) {
            true => Err(NotDirect::Closed),
            false if refused.len() >= MOST_REFUSED => Err(NotDirect::Busy),
            false => Ok(()),
        }
    }

    fn refuse(&self, person: u64) -> NotDirect {
        let mut refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(person, Instant::now());
        NotDirect::Closed
    }

    /// Waits for a turn, unless too many do.
    async fn turn(&self) -> Result<(), NotDirect> {
        let _waiting = self.0.waiting.try_acquire().map_err(|_| NotDirect::Busy)?;
        let mut last = self.0.last.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + EVERY).await;
        }
        *last = Some(Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_channel_is_opened_a_second_and_few_wait_for_that() {
        let openings = Openings::default();
        let begun = Instant::now();
        let turns: Vec<_> = (0..12)
            .map(|_| {
                let openings = openings.clone();
                tokio::spawn(async move { openings.turn().await.map(|()| begun.elapsed().as_secs()) })
            })
            .collect();
        let mut ends = Vec::new();
        for turn in turns {
            ends.push(turn.await.unwrap());
        }
        ends.sort_by_key(|end| end.map_or(u64::MAX, |at| at));
        let expected: Vec<_> = (0..=10).map(Ok).chain([Err(NotDirect::Busy)]).collect();
        assert_eq!(ends, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_no_direct_messages_is_not_asked_for_a_while_and_many_of_them_close_the_door() {
        let openings = Openings::default();
        assert_eq!(openings.refuse(1), NotDirect::Closed);
        assert_eq!(openings.may_be_asked(1), Err(NotDirect::Closed));
        for person in 2..=19 {
            openings.refuse(person);
        }
        assert_eq!(openings.may_be_asked(50), Ok(()));
        openings.refuse(20);
        assert_eq!(openings.may_be_asked(50), Err(NotDirect::Busy));
        tokio::time::advance(REFUSED_FOR).await;
        assert_eq!(openings.may_be_asked(1), Ok(()));
    }
}
