//! Where messages go: webhook addresses as the configuration accepts them.
//!
//! Owns the one check of an address and the targets made of it. Must not know how a request is made. Fails only
//! with a [`Complaint`] that never quotes the address.

use std::fmt;
use std::net::IpAddr;

use super::scalar::Complaint;
use super::secret::SecretText;

/// A checked webhook address. It is a secret as a whole: who knows it can post.
pub type WebhookAddress = SecretText;

/// Where the messages of a server go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The terminal that the program runs in: nothing is sent to Discord.
    Terminal,
    /// A Discord webhook.
    Webhook(Webhook),
}

/// A webhook and the name that the configuration gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name in `webhooks:`, when it has one.
    pub name: Option<String>,
    /// Its address.
    pub address: WebhookAddress,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminal => f.write_str("terminal"),
            Self::Webhook(Webhook { name: Some(name), address }) => {
                write!(f, "{name}: {}", shortened(address))
            }
            Self::Webhook(Webhook { name: None, address }) => f.write_str(&shortened(address)),
        }
    }
}

/// An address for people: its id without its token.
#[must_use]
pub fn shortened(address: &WebhookAddress) -> String {
    let id = parts(address.expose()).map_or("?", |(_, id)| id);
    format!("webhook {id} (token hidden)")
}

/// Checks a webhook address: `https://` (or `http://` to a loopback host), then `…/webhooks/ID/TOKEN`.
pub(crate) fn webhook_address(text: &str) -> Result<WebhookAddress, Complaint> {
    const REMEDY: &str = "copy the webhook address again (Discord: channel settings, Integrations, Webhooks, Copy \
                          Webhook URL); it looks like https://discord.com/api/webhooks/ID/TOKEN";
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Complaint::new("the webhook address holds a space or a line break", REMEDY));
    }
    let Some((host, _)) = parts(text) else {
        return Err(Complaint::new("this is not the address of a Discord webhook", REMEDY));
    };
    if text.starts_with("http://") && !is_loopback(host) {
        let remedy = "write https:// instead of http://; plain http is accepted for 127.0.0.1, [::1] and localhost only";
        return Err(Complaint::new("the webhook address would send its token unencrypted", remedy));
    }
    Ok(SecretText::new(text))
}

/// Host and webhook id of an address that has the shape of one.
fn parts(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let (authority, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next()?;
    let (_, tail) = path.split_once("webhooks/")?;
    let mut pieces = tail.split('/');
    let (id, token) = (pieces.next()?, pieces.next()?);
    let id_is_a_number = !id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit());
    let no_user_part = !authority.is_empty() && !authority.contains('@');
    (id_is_a_number && no_user_part && !token.is_empty()).then(|| (host_of(authority), id))
}

/// The host of `host:port` or `[v6]:port`.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or(authority),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_accepted_by_their_shape() {
        for good in [
            "https://discord.com/api/webhooks/1/tok",
            "https://ptb.discord.com/api/v10/webhooks/123456789012345678/t-o_k?thread_id=5&wait=true",
            "http://127.0.0.1:8080/api/webhooks/1/tok",
            "http://[::1]:8080/api/webhooks/1/tok",
            "http://localhost/api/webhooks/1/tok",
        ] {
            assert!(webhook_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "discord.com/api/webhooks/1/tok",
            "https://discord.com/api/webhooks/",
            "https://discord.com/api/webhooks/x/tok",
            "https://discord.com/api/webhooks/1",
            "https://discord.com/api/webhooks/1/",
            "https://user@discord.com/api/webhooks/1/tok",
            "http://discord.com/api/webhooks/1/tok",
            "http://127.0.0.1.example.org/api/webhooks/1/tok",
            "https://discord.com/api/webhooks/1/to k",
        ] {
            assert!(webhook_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn p07_an_address_shows_its_id_and_never_its_token() {
        let address = webhook_address("https://discord.com/api/webhooks/42/canary").expect("good");
        let target = Target::Webhook(Webhook { name: Some("main".into()), address });
        assert_eq!(target.to_string(), "main: webhook 42 (token hidden)");
        assert!(!format!("{target:?}").contains("canary"));
    }
}
