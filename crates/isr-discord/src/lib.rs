//! Discord: webhooks with one attempt and one typed outcome, a limiter that never breaks a rate limit it knows of, and
//! the bot's gateway session.
//!
//! This crate owns how a webhook address is written, how a request is made, what each answer of Discord means, when
//! the next request may leave, and how the bot stays connected. It must not know of logs, the game or the outbox, and it
//! never repeats a request: the dispatcher does, and only the dispatcher.
//!
//! The parts, from pure to impure:
//!
//! - [`url`]: a checked webhook address, which is a secret.
//! - [`request`]: the body of a message or of an edit, silent by default (nobody is pinged).
//! - [`outcome`]: what one attempt may end as.
//! - [`signals`]: what an answer says about rate limits.
//! - [`limiter`]: when a request may leave. Pure: time enters as a value.
//! - [`backoff`]: how long to wait after trouble that names no time. Pure.
//! - [`client`]: requests of webhooks; [`bot`]: requests of a bot.
//! - [`nonce`]: the mark that keeps a bot's message from being posted twice.
//! - [`permissions`]: what somebody may do in a channel. Pure.
//! - [`gateway`]: what Discord tells the bot, through a connection of its own.
//!
//! One attempt, as a dispatcher makes it:
//!
//! ```no_run
//! # use std::time::Duration;
//! use isr_discord::{Admission, Attempt, Limiter, WebhookClient, WebhookRequest, WebhookUrl};
//!
//! # async fn attempt(
//! #     limiter: &mut Limiter, client: &WebhookClient, url: &WebhookUrl, now: impl Fn() -> Duration,
//! # ) -> Option<Attempt> {
//! match limiter.admit(&url.lane(), now()) {
//!     Admission::Go(ticket) => {
//!         let attempt = client.execute(url, &WebhookRequest::new("hello")).await;
//!         limiter.observe(ticket, &attempt, now());
//!         Some(attempt)
//!     }
//!     Admission::Wait(wait) => None,       // ask again at `wait.until`
//!     Admission::Latched(latch) => None,   // an operator or a new configuration has to act
//! }
//! # }
//! ```

pub mod backoff;
mod body;
pub mod bot;
mod buttons;
mod classify;
pub mod client;
mod exchange;
pub mod gateway;
pub mod jitter;
pub mod limiter;
mod model;
pub mod nonce;
pub mod outcome;
pub mod permissions;
pub mod request;
pub mod signals;
pub mod token;
mod transport;
pub mod url;

pub use backoff::Backoff;
pub use bot::{
    Answered, ApplicationFacts, BotClient, BotFacts, ChannelFacts, ChannelMessage, ChannelWebhook,
    GuildFacts, InteractionAnswer, Learnt, Reaction, ReplyMessage, Visibility,
};
pub use buttons::{ButtonStyle, Buttons, LinkButton, LinkUrl, LinkUrlError, ReplyButton};
pub use client::{ClientOptions, WebhookClient};
pub use jitter::Jitter;
pub use limiter::{Admission, LaneKey, Latch, Limiter, Readiness, Route, Ticket, Wait, WaitReason};
pub use nonce::Nonce;
pub use outcome::{Attempt, GoneTarget, Inspection, NotSentReason, Outcome, UncertainReason, WebhookFacts};
pub use permissions::{Permission, Permissions};
pub use request::{Embed, LinkPreviews, PictureFile, Ringing, WebhookEdit, WebhookRequest};
pub use signals::{LimitScope, RateSignals};
pub use token::{BotToken, TokenError};
pub use transport::install_crypto_provider;
pub use url::{ApiBase, EndpointError, GatewayUrl, HostClass, WebhookUrl, WebhookUrlError};
