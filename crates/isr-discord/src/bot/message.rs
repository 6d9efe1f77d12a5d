//! A message that the bot posts, and a reaction that it adds.
//!
//! Owns what differs from a webhook's message: the nonce, and that there is no other name to post under. Fails with the
//! same faults.

use std::fmt::Write;

use isr_core::delivery::Pings;

use crate::buttons::Buttons;
use crate::nonce::Nonce;
use crate::request::{Embed, Encoded, LinkPreviews, PictureFile, RequestFault, Ringing, WebhookRequest};

/// One message to post in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelMessage<'a> {
    /// The text: at most 2,000 code points; it may be blank only beside embeds or a picture.
    pub content: &'a str,
    /// Who may be pinged.
    pub mentions: Pings,
    /// Whether links in the text unfold. They do beside embeds, whatever is said here.
    pub previews: LinkPreviews,
    /// Whether devices ring for it.
    pub ringing: Ringing,
    /// At most 10, 6,000 code points together.
    pub embeds: Vec<Embed>,
    /// A picture below the text.
    pub picture: Option<PictureFile>,
    /// What stands below it.
    pub buttons: Buttons,
    /// The mark that keeps a second attempt from posting it twice.
    pub nonce: Nonce,
}

impl<'a> ChannelMessage<'a> {
    /// A message that pings nobody.
    #[must_use]
    pub const fn new(content: &'a str, nonce: Nonce) -> Self {
        Self {
            content,
            mentions: Pings::Nobody,
            previews: LinkPreviews::Show,
            ringing: Ringing::Usual,
            embeds: Vec::new(),
            picture: None,
            buttons: Buttons::none(),
            nonce,
        }
    }

    pub(super) fn encode(&self) -> Result<Encoded, RequestFault> {
        let body = WebhookRequest {
            content: self.content,
            username: None,
            avatar_url: None,
            mentions: self.mentions.clone(),
            previews: self.previews,
            embeds: self.embeds.clone(),
            picture: self.picture.clone(),
        };
        body.encode_with(Some(&self.nonce), &self.buttons, self.ringing)
    }
}

/// An emoji to react with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction(String);

impl Reaction {
    /// One of Unicode's emoji.
    #[must_use]
    pub fn unicode(emoji: &str) -> Self {
        Self(emoji.to_owned())
    }

    /// An emoji of a Discord server.
    #[must_use]
    pub fn custom(name: &str, id: u64) -> Self {
        Self(format!("{name}:{id}"))
    }

    /// Every byte that is not plain is written as `%XX`: nothing of it can change the address.
    pub(super) fn in_address(&self) -> String {
        let mut address = String::new();
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':') {
                address.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _: Result<(), std::fmt::Error> = write!(address, "%{byte:02X}");
            }
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_cannot_change_the_address() {
        assert_eq!(Reaction::unicode("✅").in_address(), "%E2%9C%85");
        assert_eq!(Reaction::custom("gear", 5).in_address(), "gear:5");
        assert_eq!(Reaction::unicode("../a?b#c").in_address(), "%2E%2E%2Fa%3Fb%23c");
    }
}
