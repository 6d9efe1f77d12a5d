//! What limits are kept for: webhooks, lanes and channels. The keys hold no secret.

use std::hash::{DefaultHasher, Hash, Hasher};

use isr_core::delivery::Destination;

/// A webhook: Discord keeps one bucket for each pair of id and token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WebhookKey {
    id: u64,
    /// Tells tokens of one id apart without keeping them.
    token_mark: u64,
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
            webhook: WebhookKey {
                id,
                token_mark: hasher.finish(),
            },
            thread,
        }
    }

    /// The outbox's name of this lane: `webhook:ID` or `webhook:ID/THREAD`.
    #[must_use]
    pub fn destination(&self) -> Destination {
        let id = self.webhook.id;
        match self.thread {
            Some(thread) => Destination::new(&format!("webhook:{id}/{thread}")),
            None => Destination::new(&format!("webhook:{id}")),
        }
    }

    /// The channel of this lane as far as its address tells: a thread is a channel of its own.
    pub(super) fn stated_channel(&self) -> ChannelKey {
        self.thread.map_or(ChannelKey::UnknownOf(*self), ChannelKey::Id)
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
