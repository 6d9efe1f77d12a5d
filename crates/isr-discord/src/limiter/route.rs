//! What a request does, as far as limits care: Discord keeps a bucket for each route.
//!
//! Owns the routes and what is known of each one's limit. Cannot fail.

use super::bucket::Bucket;
use super::gate::Gate;

/// What a request of a webhook or a bot does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// It posts a message.
    Post,
    /// It edits one. What it is refused stops no post.
    Edit,
    /// It deletes one.
    Delete,
    /// It adds a reaction to one.
    React,
    /// It pins one.
    Pin,
    /// It reads what stands in a channel.
    Read,
    /// It reads or changes a channel's topic. Whatever that is refused stops no message.
    Topic,
    /// It finds or makes a webhook of a channel. Whatever that is refused stops no message.
    Webhooks,
}

impl Route {
    /// Whether it writes in a channel, and so shares what a channel allows with all that does.
    pub(super) const fn is_of_messages(self) -> bool {
        !matches!(self, Self::Read | Self::Topic | Self::Webhooks)
    }

    /// Whether a message may be posted all the same when the channel is not found on this way: that shows when one is.
    pub(super) const fn is_aside(self) -> bool {
        matches!(self, Self::Topic | Self::Webhooks)
    }

    /// Whether it posts, edits or deletes a message, which is what a channel's hidden limit counts.
    pub(super) const fn counts_in_channel(self) -> bool {
        self.is_of_messages() && !matches!(self, Self::React)
    }
}

/// What is known of one webhook's limits on one route.
#[derive(Debug, Default)]
pub(super) struct RouteLimits {
    /// What the headers describe.
    pub(super) bucket: Option<Bucket>,
    /// The pause after a 429.
    pub(super) gate: Gate,
}
