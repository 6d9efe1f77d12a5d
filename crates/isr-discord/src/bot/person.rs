//! What Discord tells of a person, and the channel of direct messages with one.
//!
//! Owns these routes, for whoever asks beside the lanes: each call is one attempt whose end belongs to the limiter, with what
//! was learnt. Read leniently, but nothing is concluded from an answer that does not name whom it is about. Cannot fail; what
//! was not told is not known.

use hyper::Method;
use serde_json::{Value, json};

use super::BotClient;
use super::guild::{channel_facts, guild_facts, id};
use super::{ChannelFacts, GuildFacts};
use crate::outcome::{Attempt, Outcome};

/// Discord's codes: there is no such member, no such user.
const NO_MEMBER: [u64; 2] = [10007, 10013];
/// There is no such channel.
const NO_CHANNEL: [u64; 1] = [10003];
/// A channel of direct messages between two, as Discord numbers kinds.
const DIRECT: u64 = 1;

/// What Discord said to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learnt<T> {
    /// This.
    Told(T),
    /// That it is not there (any more).
    Nothing,
    /// That the bot has no business there.
    Hidden,
    /// There was no answer, or none of Discord's: nobody knows.
    Unknown,
}

impl<T> Learnt<T> {
    /// `told` where it succeeded; else what Discord's own error code says. An answer without one is a proxy's.
    fn of(attempt: &Attempt, answer: &Value, nothing: &[u64], told: Option<T>) -> Self {
        let code = id(&answer["code"]).filter(|code| *code != 0);
        match (&attempt.outcome, code) {
            (Outcome::Delivered { .. }, _) => told.map_or(Self::Unknown, Self::Told),
            (Outcome::Gone { .. }, Some(code)) if nothing.contains(&code) => Self::Nothing,
            (Outcome::Gone { .. } | Outcome::Forbidden { .. }, Some(_)) => Self::Hidden,
            _ => Self::Unknown,
        }
    }
}

impl BotClient {
    /// The roles that somebody has in a Discord server, beside everybody's; nothing: they do not belong to it
    /// ([`Route::Read`](crate::Route::Read)).
    pub async fn roles_of(&self, guild: u64, person: u64) -> (Attempt, Learnt<Vec<u64>>) {
        let (attempt, answer) = self
            .report(Method::GET, &format!("/guilds/{guild}/members/{person}"), None)
            .await;
        let roles = answer["roles"].as_array();
        let theirs = roles.filter(|_| id(&answer["user"]["id"]) == Some(person));
        let told = theirs.map(|roles| roles.iter().filter_map(id).collect());
        let learnt = Learnt::of(&attempt, &answer, &NO_MEMBER, told);
        (attempt, learnt)
    }

    /// A Discord server, as [`guild`](Self::guild) tells it ([`Route::Read`](crate::Route::Read)).
    pub async fn guild_learnt(&self, guild: u64) -> (Attempt, Learnt<GuildFacts>) {
        let (attempt, answer) = self.report(Method::GET, &format!("/guilds/{guild}"), None).await;
        let told = guild_facts(&answer).filter(|facts| facts.id == guild);
        let learnt = Learnt::of(&attempt, &answer, &[], told);
        (attempt, learnt)
    }

    /// A channel, as [`channel`](Self::channel) tells it; nothing: it was deleted ([`Route::Read`](crate::Route::Read)).
    pub async fn channel_learnt(&self, channel: u64) -> (Attempt, Learnt<ChannelFacts>) {
        let (attempt, answer) = self
            .report(Method::GET, &format!("/channels/{channel}"), None)
            .await;
        let told = channel_facts(&answer, None).filter(|facts| facts.id == channel);
        let learnt = Learnt::of(&attempt, &answer, &NO_CHANNEL, told);
        (attempt, learnt)
    }

    /// The channel of direct messages with somebody; repeating it gives the same one. Discord dislikes bots that open many.
    pub async fn open_direct(&self, person: u64) -> (Attempt, Learnt<u64>) {
        let form = json!({"recipient_id": person.to_string()});
        let (attempt, answer) = self
            .report(Method::POST, "/users/@me/channels", Some(&form))
            .await;
        let is_theirs = answer["type"].as_u64() == Some(DIRECT)
            && answer["recipients"]
                .as_array()
                .is_some_and(|list| matches!(&list[..], [only] if id(&only["id"]) == Some(person)));
        let told = id(&answer["id"]).filter(|_| is_theirs);
        let learnt = match (&attempt.outcome, Learnt::of(&attempt, &answer, &[], told)) {
            // As for too many of them: it says nothing about the person.
            (outcome @ Outcome::Forbidden { .. }, _) if !outcome.takes_no_direct_messages() => {
                Learnt::Unknown
            }
            // There is nobody of that id, or nobody who takes any.
            (Outcome::Rejected { code: Some(_), .. }, _) => Learnt::Hidden,
            (_, learnt) => learnt,
        };
        (attempt, learnt)
    }
}
