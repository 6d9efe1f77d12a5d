//! Discord's API as a bot uses it: messages in channels, answers to interactions, commands.
//!
//! Owns the bot's routes and their authorisation. One call is one attempt with a typed end; must not wait for rate
//! limits (the limiter says when) and must not retry. The token stands in one header that is marked as a secret, and
//! nowhere else.

mod guild;
mod interaction;
mod message;
mod person;

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

pub use guild::{ApplicationFacts, ChannelFacts, ChannelWebhook, GuildFacts};
pub use interaction::{ANSWER_DEADLINE, Answered, InteractionAnswer, ReplyMessage, Visibility};
pub use message::{ChannelMessage, Reaction};
pub use person::Learnt;

use crate::body::ANSWER_LIMIT;
use crate::buttons::Buttons;
use crate::classify::{self, Answer};
use crate::client::ClientOptions;
use crate::exchange::{Errand, Exchange};
use crate::gateway::event::Message;
use crate::gateway::{FactsFault, GatewayFacts};
use crate::limiter::LaneKey;
use crate::model;
use crate::outcome::{Attempt, Outcome, UncertainReason};
use crate::request::{Encoded, RequestFault, WebhookEdit};
use crate::token::BotToken;
use crate::url::ApiBase;

/// The API for one bot. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct BotClient {
    base: ApiBase,
    token: BotToken,
    options: ClientOptions,
    exchange: Exchange,
}

/// Who the bot is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotFacts {
    /// The bot's user.
    pub user: u64,
    /// Its name.
    pub name: String,
    /// The application, under which commands are registered.
    pub application: u64,
}

impl BotClient {
    /// A client without connections.
    #[must_use]
    pub fn new(base: ApiBase, token: BotToken, options: ClientOptions) -> Self {
        Self {
            base,
            token,
            options,
            exchange: Exchange::default(),
        }
    }

    /// The key of a channel in the limiter, for everything that this bot does there.
    #[must_use]
    pub const fn lane(&self, channel: u64) -> LaneKey {
        LaneKey::of_bot(self.token.bot(), channel)
    }

    /// Posts a message in a channel or thread ([`Route::Post`](crate::Route::Post)). A second attempt with the same
    /// message gives the first one back while Discord remembers its nonce.
    pub async fn post(&self, channel: u64, message: &ChannelMessage<'_>) -> Attempt {
        let route = format!("/channels/{channel}/messages");
        self.attempt(
            Method::POST,
            &route,
            Some(message.encode()),
            classify::classify_bot,
        )
        .await
    }

    /// Gives a message of the bot another text, and other buttons where they are named
    /// ([`Route::Edit`](crate::Route::Edit)).
    pub async fn edit(
        &self,
        channel: u64,
        message: u64,
        edit: &WebhookEdit<'_>,
        buttons: Option<&Buttons>,
    ) -> Attempt {
        let route = format!("/channels/{channel}/messages/{message}");
        self.attempt(
            Method::PATCH,
            &route,
            Some(edit.encode_over(buttons)),
            classify::classify_bot_message,
        )
        .await
    }

    /// Deletes a message ([`Route::Delete`](crate::Route::Delete)); repeating it is harmless.
    pub async fn delete(&self, channel: u64, message: u64) -> Attempt {
        let route = format!("/channels/{channel}/messages/{message}");
        self.attempt(Method::DELETE, &route, None, classify::classify_bot_message)
            .await
    }

    /// Pins a message in its channel ([`Route::Pin`](crate::Route::Pin)); repeating it is harmless. Needs the permission to
    /// pin messages, which is one of its own since 2026.
    pub async fn pin(&self, channel: u64, message: u64) -> Attempt {
        let route = format!("/channels/{channel}/messages/pins/{message}");
        self.attempt(Method::PUT, &route, None, classify::classify_bot_message)
            .await
    }

    /// Adds a reaction to a message ([`Route::React`](crate::Route::React)); repeating it is harmless.
    pub async fn react(&self, channel: u64, message: u64, reaction: &Reaction) -> Attempt {
        let emoji = reaction.in_address();
        let route = format!("/channels/{channel}/messages/{message}/reactions/{emoji}/@me");
        self.attempt(Method::PUT, &route, None, classify::classify_bot_message)
            .await
    }

    /// Replaces all commands of the application, everywhere or in one Discord server. `commands` is Discord's list.
    pub async fn overwrite_commands(
        &self,
        application: u64,
        guild: Option<u64>,
        commands: &impl Serialize,
    ) -> Attempt {
        let route = commands_of(application, guild);
        let body = serde_json::to_vec(commands)
            .map(Encoded::json)
            .map_err(|_| RequestFault::Encoding);
        self.attempt(Method::PUT, &route, Some(body), classify::classify_bot)
            .await
    }

    /// The commands that are registered, everywhere or in one Discord server, as Discord has them.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn commands(&self, application: u64, guild: Option<u64>) -> Result<Value, Outcome> {
        let route = commands_of(application, guild) + "?with_localizations=true";
        let answer = self.ask(&route).await?;
        serde_json::from_slice(&answer.body.bytes).map_err(|_| Outcome::Uncertain {
            why: UncertainReason::ForeignAnswer,
        })
    }

    /// Who the bot is, which also proves the token.
    ///
    /// # Errors
    /// The outcome of the request that failed: [`Outcome::Unauthorised`] for a wrong token.
    pub async fn about(&self) -> Result<BotFacts, Outcome> {
        let user: model::UserAnswer = model::read(&self.ask("/users/@me").await?.body.bytes);
        let application: model::UserAnswer = model::read(&self.ask("/applications/@me").await?.body.bytes);
        match (user.id, application.id) {
            (Some(id), Some(application)) => Ok(BotFacts {
                user: id,
                name: user.username.unwrap_or_default(),
                application,
            }),
            _ => Err(Outcome::Uncertain {
                why: UncertainReason::ForeignAnswer,
            }),
        }
    }

    /// The Discord servers that the bot is in: the first 200.
    ///
    /// # Errors
    /// The outcome of the request that failed.
    pub async fn guilds(&self) -> Result<Vec<u64>, Outcome> {
        let answer = self.ask("/users/@me/guilds").await?;
        let list: Vec<model::UserAnswer> = model::read(&answer.body.bytes);
        Ok(list.into_iter().filter_map(|guild| guild.id).collect())
    }

    /// The newest messages of a channel, oldest first: at most `most`, of which Discord allows 100. They do not name their
    /// Discord server, nor the names that people have there.
    ///
    /// # Errors
    /// The outcome of the request. An answer larger than 64 KiB is [`Outcome::TooLarge`]: ask for fewer.
    pub async fn newest_messages(&self, channel: u64, most: u8) -> Result<Vec<Message>, Outcome> {
        let query = format!("limit={}", most.clamp(1, 100));
        match self.messages(channel, &query).await {
            (attempt, messages) if matches!(attempt.outcome, Outcome::Delivered { .. }) => Ok(messages),
            (attempt, _) => Err(attempt.outcome),
        }
    }

    /// The first messages of a channel behind one, as [`Self::newest_messages`] tells them, and how asking for them ended
    /// ([`Route::Read`](crate::Route::Read)): there are none unless it was [`Outcome::Delivered`].
    pub async fn messages_after(&self, channel: u64, after: u64, most: u8) -> (Attempt, Vec<Message>) {
        let query = format!("after={after}&limit={}", most.clamp(1, 100));
        self.messages(channel, &query).await
    }

    async fn messages(&self, channel: u64, query: &str) -> (Attempt, Vec<Message>) {
        let route = format!("/channels/{channel}/messages?{query}");
        let errand = self.errand(Method::GET, &route, self.options.attempt_deadline);
        let mut messages = Vec::new();
        let read = |answer: &Answer| {
            let (outcome, signals) = classify::classify_bot(answer, self.token.expose());
            if !matches!(outcome, Outcome::Delivered { .. }) {
                return (outcome, signals);
            }
            let text = std::str::from_utf8(&answer.body.bytes).unwrap_or_default();
            let Some(list) = Message::read_list(text) else {
                return (Outcome::TooLarge, signals);
            };
            messages = list;
            (outcome, signals)
        };
        let attempt = self.exchange.attempt(errand, None, read).await;
        messages.sort_by_key(|message| message.id);
        (attempt, messages)
    }

    async fn ask(&self, route: &str) -> Result<Answer, Outcome> {
        let errand = self.errand(Method::GET, route, self.options.attempt_deadline);
        let answer = self.exchange.ask(errand).await.map_err(Outcome::from)?;
        match classify::classify_bot(&answer, self.token.expose()).0 {
            Outcome::Delivered { .. } => Ok(answer),
            other => Err(other),
        }
    }

    /// Where the gateway is, and how often we may identify.
    pub(crate) async fn gateway(&self) -> Result<GatewayFacts, FactsFault> {
        let errand = self.errand(Method::GET, "/gateway/bot", self.options.attempt_deadline);
        let answer = self
            .exchange
            .ask(errand)
            .await
            .map_err(|failure| FactsFault::Unreachable(failure.to_string()))?;
        if answer.status.is_success() && !classify::is_web_page(&answer) {
            return Ok(GatewayFacts::read(&answer.body.bytes, self.base.host_class()));
        }
        Err(match classify::classify_bot(&answer, self.token.expose()).0 {
            Outcome::RateLimited { retry_after, .. } => FactsFault::Limited(retry_after),
            _ if answer.status == StatusCode::UNAUTHORIZED => FactsFault::Unauthorised,
            _ => FactsFault::Unreachable(format!("status {}", answer.status.as_u16())),
        })
    }

    fn errand(&self, method: Method, route: &str, within: Duration) -> Errand {
        Errand {
            scheme: self.base.scheme(),
            method,
            uri: self.base.uri(route),
            authorisation: self.token.header(),
            within,
            at_most: ANSWER_LIMIT,
        }
    }

    async fn attempt(
        &self,
        method: Method,
        route: &str,
        body: Option<Result<Encoded, RequestFault>>,
        classify: classify::Classify,
    ) -> Attempt {
        let errand = self.errand(method, route, self.options.attempt_deadline);
        let read = |answer: &Answer| classify(answer, self.token.expose());
        self.exchange.attempt(errand, body, read).await
    }
}

fn commands_of(application: u64, guild: Option<u64>) -> String {
    match guild {
        Some(guild) => format!("/applications/{application}/guilds/{guild}/commands"),
        None => format!("/applications/{application}/commands"),
    }
}
