//! Questions to Discord beside the lanes, each under the limits that everything shares.
//!
//! Owns that such a question waits for a while and then is not asked, and that its end is told to the limiter. Must not know what
//! is asked. Cannot fail: who is not answered does not know.

use std::time::Duration;

use isr_discord::{Admission, Attempt, LaneKey, Learnt, Outcome, Route, WaitReason};
use tokio::time::Instant;

use crate::config::BotAccount;
use crate::relay::discord_sink::SharedLimiter;

/// A question that may not be asked within this time is left.
const PATIENCE: Duration = Duration::from_secs(5);

/// The place in the limiter of what is asked about no channel in particular: no channel has this id.
pub(super) fn about_people(account: &BotAccount) -> LaneKey {
    account.client.lane(0)
}

/// Why a question was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAsked {
    /// The channel refused the last message, and is not tried again yet.
    Refused,
    /// The limits leave no room, or the token is refused.
    NoRoom,
}

/// Asks a question once, as soon as the limits let it.
pub(super) async fn ask<T>(
    limiter: &SharedLimiter,
    (lane, route): (&LaneKey, Route),
    question: impl Future<Output = (Attempt, T)>,
) -> Result<T, NotAsked> {
    let until = Instant::now() + PATIENCE;
    let ticket = loop {
        let (wait, now) = match limiter.with(|limiter, now| (limiter.admit_on(lane, route, now), now)) {
            (Admission::Go(ticket), _) => break ticket,
            (Admission::Latched(_), _) => return Err(NotAsked::NoRoom),
            (Admission::Wait(wait), now) => (wait, now),
        };
        if wait.reason == WaitReason::Parked {
            return Err(NotAsked::Refused);
        }
        let next = Instant::now() + wait.until.saturating_sub(now);
        if next > until {
            return Err(NotAsked::NoRoom);
        }
        tokio::time::sleep_until(next).await;
    };
    // Whoever asks may be dropped on the way.
    let ticket = limiter.hold(ticket);
    let (mut attempt, told) = question.await;
    if let (Outcome::Gone { .. }, Route::Read) = (&attempt.outcome, route) {
        // It is the person or the Discord server that is gone, never this place in the limiter.
        attempt.outcome = Outcome::MessageGone;
    }
    ticket.observe(&attempt);
    Ok(told)
}

/// The same, for what is read.
pub(super) async fn learn<T>(
    limiter: &SharedLimiter,
    account: &BotAccount,
    question: impl Future<Output = (Attempt, Learnt<T>)>,
) -> Learnt<T> {
    let asked = ask(limiter, (&about_people(account), Route::Read), question).await;
    asked.unwrap_or(Learnt::Unknown)
}
