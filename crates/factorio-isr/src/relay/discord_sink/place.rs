//! Where on Discord a sink posts, and how people are told what is wrong there.
//!
//! Owns the two kinds of places and the words for each. Must not know requests. Cannot fail.

use std::sync::Arc;

use isr_core::delivery::Destination;
use isr_discord::{Attempt, LaneKey, Latch, Outcome, WaitReason, WebhookUrl};

use crate::config::{BotAccount, BotIdentity, ChannelKind, Target};

const BAD_TOKEN: &str =
    "Discord does not accept the bot's token; reset it in the developer portal and configure the new one";
const CHANNEL_GONE: &str = "the channel does not exist, or the bot is not in its Discord server; invite it, or configure another channel";
const FORBIDDEN: &str = "the bot may not post here; give it View Channel, Send Messages, Send Messages in Threads, Embed Links \
     and Attach Files in this channel";
const CLOSED: &str = "the person takes no direct messages of the bot";
const NOT_DIRECTLY: &str = "Discord lets the bot write no direct messages now";

/// Where on Discord a sink posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscordPlace {
    /// Through a webhook.
    Webhook(Arc<WebhookUrl>),
    /// As the bot, in a channel or thread.
    Channel {
        /// Who posts.
        account: Arc<BotAccount>,
        /// Where.
        id: u64,
        /// Who reads there.
        kind: ChannelKind,
    },
}

impl DiscordPlace {
    /// The place of a target, when that is on Discord.
    #[must_use]
    pub fn of(target: &Target) -> Option<Self> {
        match target {
            Target::Terminal => None,
            Target::Webhook(webhook) => Some(Self::Webhook(Arc::clone(&webhook.url))),
            Target::Channel(channel) => Some(Self::Channel {
                account: Arc::clone(&channel.account),
                id: channel.id,
                kind: channel.kind,
            }),
        }
    }

    pub(super) fn lane(&self) -> LaneKey {
        match self {
            Self::Webhook(url) => url.lane(),
            Self::Channel { account, id, .. } => account.client.lane(*id),
        }
    }

    pub(super) fn destination(&self) -> Destination {
        self.lane().destination()
    }

    /// Why nothing is sent there any more.
    pub(super) const fn given_up(&self, latch: Latch) -> &'static str {
        match (self, latch) {
            (Self::Webhook(_), latch) => latch.as_str(),
            (Self::Channel { .. }, Latch::Unauthorised) => BAD_TOKEN,
            (Self::Channel { .. }, Latch::WebhookGone | Latch::ChannelGone) => CHANNEL_GONE,
        }
    }

    pub(super) const fn bad_token(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "the webhook's token is not valid",
            Self::Channel { .. } => BAD_TOKEN,
        }
    }

    pub(super) const fn gone(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "the webhook or its channel was deleted",
            Self::Channel { .. } => CHANNEL_GONE,
        }
    }

    /// Why somebody can be told nothing directly.
    pub(super) const fn closed() -> &'static str {
        CLOSED
    }

    pub(super) const fn forbidden(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "Discord does not let us post here",
            Self::Channel { .. } if self.is_direct() => NOT_DIRECTLY,
            Self::Channel { .. } => FORBIDDEN,
        }
    }

    /// Whether it is one person's, who may not want it any more.
    pub(super) const fn is_direct(&self) -> bool {
        matches!(
            self,
            Self::Channel {
                kind: ChannelKind::Direct,
                ..
            }
        )
    }

    /// Whether players' chat is to stand under their own names, through a webhook of the bot.
    pub(super) fn wants_identity(&self) -> bool {
        match self {
            Self::Webhook(_) => false,
            Self::Channel { account, kind, .. } => {
                account.identity == BotIdentity::Webhook && *kind == ChannelKind::Shared
            }
        }
    }

    /// Whether the message of an answer stands in another channel than was asked for.
    pub(super) fn is_elsewhere(&self, attempt: &Attempt) -> bool {
        let is_delivered = matches!(attempt.outcome, Outcome::Delivered { .. });
        match self {
            Self::Webhook(_) => false,
            Self::Channel { id, .. } => {
                is_delivered && attempt.signals.channel.is_some_and(|channel| channel != *id)
            }
        }
    }

    pub(super) const fn parked(&self, reason: WaitReason) -> &'static str {
        match self {
            Self::Webhook(_) => reason.as_str(),
            Self::Channel { .. } if self.is_direct() => CLOSED,
            Self::Channel { .. } => FORBIDDEN,
        }
    }
}
