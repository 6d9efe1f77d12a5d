//! Where messages go: webhook addresses as the configuration accepts them.
//!
//! Owns the targets, and the step from the typed errors of `isr-discord` to a complaint. Must not know how a request
//! is made. Fails only with a [`Complaint`] that never quotes the address.

use std::fmt;
use std::sync::Arc;

use isr_core::delivery::Destination;
use isr_discord::WebhookUrl;

use super::bot::BotChannel;
use super::scalar::Complaint;

/// The lane of everything that is shown on the terminal.
const TERMINAL_LANE: &str = "terminal";

/// Where the messages of a server go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The terminal that the program runs in: nothing is sent to Discord.
    Terminal,
    /// A Discord webhook.
    Webhook(Webhook),
    /// A channel or thread in which the bot posts.
    Channel(BotChannel),
}

/// A webhook and the name that the configuration gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name in `webhooks:`, when it has one.
    pub name: Option<String>,
    /// Its address. Who knows it can post: it shows itself shortened.
    pub url: Arc<WebhookUrl>,
}

impl Target {
    /// Whether it is somewhere on Discord.
    #[must_use]
    pub const fn is_discord(&self) -> bool {
        match self {
            Self::Terminal => false,
            Self::Webhook(_) | Self::Channel(_) => true,
        }
    }

    /// The name that the configuration gave it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Terminal => None,
            Self::Webhook(webhook) => webhook.name.as_deref(),
            Self::Channel(channel) => channel.name.as_deref(),
        }
    }

    /// Whether it is the same place by another secret, which never shows.
    #[must_use]
    pub fn has_other_token(&self, before: &Self) -> bool {
        let is_other = match (before, self) {
            (Self::Webhook(before), Self::Webhook(now)) => before.url != now.url,
            (Self::Channel(before), Self::Channel(now)) => before.account.token != now.account.token,
            _ => false,
        };
        is_other && before.to_string() == self.to_string()
    }

    /// Its lane.
    #[must_use]
    pub fn destination(&self) -> Destination {
        match self {
            Self::Terminal => Destination::new(TERMINAL_LANE),
            Self::Webhook(webhook) => webhook.url.destination(),
            Self::Channel(channel) => channel.account.client.lane(channel.id).destination(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminal => f.write_str("terminal"),
            Self::Webhook(Webhook {
                name: Some(name),
                url,
            }) => write!(f, "{name}: {url}"),
            Self::Webhook(Webhook { name: None, url }) => write!(f, "{url}"),
            Self::Channel(BotChannel {
                name: Some(name), id, ..
            }) => write!(f, "{name}: the channel {id}, by the bot"),
            Self::Channel(BotChannel { name: None, id, .. }) => write!(f, "the channel {id}, by the bot"),
        }
    }
}

/// Checks a webhook address.
pub(crate) fn webhook_url(text: &str) -> Result<WebhookUrl, Complaint> {
    WebhookUrl::parse(text).map_err(|error| {
        let message = error.to_string();
        // Each message names the fault, then the remedy.
        let (what, remedy) = message
            .split_once("; ")
            .unwrap_or((&message, "copy the webhook address again"));
        Complaint::new(what, remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_an_address_shows_its_id_and_never_its_token() {
        let url = webhook_url("https://discord.com/api/webhooks/42/canary").expect("good");
        let target = Target::Webhook(Webhook {
            name: Some("main".into()),
            url: Arc::new(url),
        });
        assert_eq!(target.to_string(), "main: https://discord.com/api/webhooks/42/…");
        assert!(!format!("{target:?}").contains("canary"));
    }

    #[test]
    fn a_wrong_address_is_answered_with_fault_and_remedy() {
        let complaint = webhook_url("https://discord.com/channels/1/2").unwrap_err();
        assert_eq!(complaint.what, "this is the link of a channel, not of a webhook");
        assert!(
            complaint.remedy.starts_with("copy the address"),
            "{}",
            complaint.remedy
        );
    }
}
