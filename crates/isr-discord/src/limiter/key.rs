//! What limits are kept for: webhooks, a bot's channels, lanes. The keys hold no secret.

use std::hash::{DefaultHasher, Hash, Hasher};

use isr_core::delivery::Destination;

/// What Discord keeps buckets for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum WebhookKey {
    /// A webhook: one bucket for each pair of id and token.
    Webhook {
        id: u64,
        /// Tells tokens of one id apart without keeping them.
        token_mark: u64,
    },
    /// A channel in which a bot does something: one bucket for each channel.
    Bot { bot: u64, channel: u64 },
}

/// A destination: a webhook and, perhaps, a thread in its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaneKey {
    pub(super) webhook: WebhookKey,
    thread: Option<u64>,
}

impl LaneKey {
    pub(crate) fn new(id: u64, token: &str, thread: Option<u64>) -> Self {
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        Self {
            webhook: WebhookKey::Webhook {
                id,
                token_mark: hasher.finish(),
            },
            thread,
        }
    }

    /// What a bot does in a channel or thread.
    pub(crate) const fn of_bot(bot: u64, channel: u64) -> Self {
        Self {
            webhook: WebhookKey::Bot { bot, channel },
            thread: None,
        }
    }

    /// The bot, when it is a bot's lane.
    pub(super) const fn bot(&self) -> Option<u64> {
        match self.webhook {
            WebhookKey::Webhook { .. } => None,
            WebhookKey::Bot { bot, .. } => Some(bot),
        }
    }

    /// The outbox's name of this lane: `webhook:ID`, `webhook:ID/THREAD`, or `channel:ID` of a bot.
    #[must_use]
    pub fn destination(&self) -> Destination {
        match (self.webhook, self.thread) {
            (WebhookKey::Webhook { id, .. }, Some(thread)) => {
                Destination::new(&format!("webhook:{id}/{thread}"))
            }
            (WebhookKey::Webhook { id, .. }, None) => Destination::new(&format!("webhook:{id}")),
            (WebhookKey::Bot { channel, .. }, _) => Destination::new(&format!("channel:{channel}")),
        }
    }

    /// The channel of this lane as far as its address tells: a thread is a channel of its own.
    pub(super) fn stated_channel(&self) -> ChannelKey {
        match (self.webhook, self.thread) {
            (WebhookKey::Bot { channel, .. }, _) => ChannelKey::Id(channel),
            (_, Some(thread)) => ChannelKey::Id(thread),
            (_, None) => ChannelKey::UnknownOf(*self),
        }
    }

    /// Whether a deleted channel means this lane's thread and not the webhook's own channel.
    pub(super) const fn is_thread(&self) -> bool {
        self.thread.is_some()
    }
}

/// A channel, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ChannelKey {
    /// No answer has named it yet: the lane has it to itself.
    UnknownOf(LaneKey),
    /// By its id.
    Id(u64),
}
