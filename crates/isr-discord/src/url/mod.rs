//! A checked webhook address.
//!
//! Owns what an address is made of and how it is shown. It is a secret: whoever knows it can post, so `Debug` and
//! `Display` shorten the token, and errors never quote the input. Must not know how a request is made beyond the two
//! addresses that it builds. How text becomes an address is in `parse`; the addresses of Discord itself, which are no
//! secrets, are in `endpoint`.

mod endpoint;
mod error;
mod parse;

use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use isr_core::delivery::Destination;

pub use endpoint::{ApiBase, Endpoint, EndpointError, EndpointFault, GatewayUrl};
pub use error::WebhookUrlError;

use crate::limiter::LaneKey;

/// A webhook address that a request can be made to.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl {
    /// `scheme://host[:port]/path/before` up to and without the slash before the id.
    base: Box<str>,
    scheme: Scheme,
    host_class: HostClass,
    id: u64,
    token: Box<str>,
    thread: Option<u64>,
    /// Query pairs that we do not know, as they were given.
    extra: Box<str>,
    execute: Uri,
    inspect: Uri,
    /// Up to and without a message's id, and what follows it.
    message: (Box<str>, Box<str>),
}

/// How the connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Plain, to this machine only.
    Http,
    /// With TLS.
    Https,
}

/// What kind of machine an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostClass {
    /// Discord itself: `discord.com`, `discordapp.com`, and their `canary.` and `ptb.` forms.
    Discord,
    /// This machine: a test server or a local proxy.
    Loopback,
    /// Some other host. A proxy perhaps, or a misspelt name that would be told the secret: worth a warning.
    Foreign,
}

impl WebhookUrl {
    /// Checks an address as Discord hands it out, with an optional query.
    ///
    /// `wait` in the query is ignored (we always wait), `thread_id` is remembered, other pairs are kept. The path is
    /// kept as it was given.
    ///
    /// # Errors
    /// [`WebhookUrlError`], which names what was pasted instead and what to do. It never holds the input.
    pub fn parse(text: &str) -> Result<Self, WebhookUrlError> {
        let parts = parse::parse(text)?;
        let address = format!("{}/{}/{}", parts.base, parts.id, parts.token);
        let mut execute = format!("{address}?wait=true");
        if let Some(thread) = parts.thread {
            execute.push_str(&format!("&thread_id={thread}"));
        }
        let mut behind = String::new();
        if let Some(thread) = parts.thread {
            behind.push_str(&format!("?thread_id={thread}"));
        }
        let message = format!("{address}/messages/");
        let mut inspect = address;
        if !parts.extra.is_empty() {
            behind.push(if behind.is_empty() { '?' } else { '&' });
            behind.push_str(&parts.extra);
            execute.push_str(&format!("&{}", parts.extra));
            inspect.push_str(&format!("?{}", parts.extra));
        }
        Ok(Self {
            execute: execute.parse().map_err(|_| WebhookUrlError::ForbiddenCharacter)?,
            inspect: inspect.parse().map_err(|_| WebhookUrlError::ForbiddenCharacter)?,
            base: parts.base.into(),
            scheme: parts.scheme,
            host_class: parts.host_class,
            id: parts.id,
            token: parts.token.into(),
            thread: parts.thread,
            extra: parts.extra.into(),
            message: (message.into(), behind.into()),
        })
    }

    /// The webhook's id.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The thread that `thread_id` names.
    #[must_use]
    pub const fn thread(&self) -> Option<u64> {
        self.thread
    }

    /// What kind of machine it names. Warn the operator of [`HostClass::Foreign`].
    #[must_use]
    pub const fn host_class(&self) -> HostClass {
        self.host_class
    }

    /// The lane that deliveries for this address wait in: `webhook:ID` or `webhook:ID/THREAD`. Holds no secret.
    #[must_use]
    pub fn destination(&self) -> Destination {
        self.lane().destination()
    }

    /// The key of this address in the limiter.
    #[must_use]
    pub fn lane(&self) -> LaneKey {
        LaneKey::new(self.id, &self.token, self.thread)
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) const fn token(&self) -> &str {
        &self.token
    }

    /// Where a message is posted, with `wait=true`.
    pub(crate) const fn execute_uri(&self) -> &Uri {
        &self.execute
    }

    /// Where one of the webhook's messages is edited.
    pub(crate) fn message_uri(&self, id: u64) -> Uri {
        let (before, behind) = &self.message;
        // The parts were an address already; a number between them changes nothing about that.
        format!("{before}{id}{behind}").parse().unwrap_or_default()
    }

    /// Where the webhook describes itself.
    pub(crate) const fn inspect_uri(&self) -> &Uri {
        &self.inspect
    }
}

impl FromStr for WebhookUrl {
    type Err = WebhookUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for WebhookUrl {
    /// The address with its token cut to three characters and unknown query pairs left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A short token would be half told by three characters.
        let shown = if self.token.len() >= 24 {
            &self.token[..3]
        } else {
            ""
        };
        write!(f, "{}/{}/{shown}…", self.base, self.id)?;
        match (self.thread, self.extra.is_empty()) {
            (Some(thread), true) => write!(f, "?thread_id={thread}"),
            (Some(thread), false) => write!(f, "?thread_id={thread}&…"),
            (None, true) => Ok(()),
            (None, false) => f.write_str("?…"),
        }
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcDEF-ghi_0123456789012345678901234567890";

    fn url(text: &str) -> WebhookUrl {
        WebhookUrl::parse(text).unwrap()
    }

    #[test]
    fn addresses_that_discord_hands_out_are_understood() {
        for (host, class) in [
            ("discord.com", HostClass::Discord),
            ("Discord.com", HostClass::Discord),
            ("canary.discord.com", HostClass::Discord),
            ("ptb.discord.com:443", HostClass::Discord),
            ("discordapp.com", HostClass::Discord),
            ("canary.discordapp.com", HostClass::Discord),
            ("proxy.example.org", HostClass::Foreign),
            ("discord.com.evil.example", HostClass::Foreign),
            ("127.0.0.1:9", HostClass::Loopback),
            ("[::1]:9", HostClass::Loopback),
        ] {
            for path in ["/api", "/api/v10"] {
                let parsed = url(&format!(
                    "https://{host}{path}/webhooks/123456789012345678/{TOKEN}"
                ));
                assert_eq!(parsed.host_class(), class, "{host}");
                assert_eq!(parsed.destination().as_str(), "webhook:123456789012345678");
                let expected = format!("{path}/webhooks/123456789012345678/{TOKEN}?wait=true");
                assert_eq!(parsed.execute_uri().path_and_query().unwrap().as_str(), expected);
            }
        }
    }

    #[test]
    fn the_query_is_kept_and_wait_is_always_true() {
        let parsed = url(&format!(
            "https://discord.com/api/webhooks/1/{TOKEN}/?wait=false&thread_id=77&with_components=true"
        ));
        assert_eq!(parsed.thread(), Some(77));
        assert_eq!(parsed.destination().as_str(), "webhook:1/77");
        assert_eq!(
            parsed.execute_uri().to_string(),
            format!("https://discord.com/api/webhooks/1/{TOKEN}?wait=true&thread_id=77&with_components=true")
        );
        assert_eq!(
            parsed.inspect_uri().to_string(),
            format!("https://discord.com/api/webhooks/1/{TOKEN}?with_components=true")
        );
        assert_eq!(
            parsed.message_uri(5).to_string(),
            format!(
                "https://discord.com/api/webhooks/1/{TOKEN}/messages/5?thread_id=77&with_components=true"
            )
        );
        let same = url(&format!(
            "https://discord.com/api/webhooks/1/{TOKEN}?thread_id=77&"
        ));
        assert_eq!(
            same.message_uri(u64::MAX).to_string(),
            format!(
                "https://discord.com/api/webhooks/1/{TOKEN}/messages/{}?thread_id=77",
                u64::MAX
            )
        );
        assert_eq!(same.lane(), parsed.lane());
    }

    #[test]
    fn a_proxy_may_have_a_path_of_its_own() {
        let parsed = url(&format!("http://localhost:8080/relay/webhooks/1/{TOKEN}"));
        assert_eq!(parsed.host_class(), HostClass::Loopback);
        assert_eq!(parsed.execute_uri().path(), format!("/relay/webhooks/1/{TOKEN}"));
    }

    #[test]
    fn p07_the_token_is_never_shown() {
        let parsed = url(&format!(
            "https://discord.com/api/webhooks/123/{TOKEN}?thread_id=5&key=hidden"
        ));
        for shown in [
            parsed.to_string(),
            format!("{parsed:?}"),
            format!("{parsed:#?}"),
            parsed.destination().to_string(),
        ] {
            assert!(!shown.contains("abcD") && !shown.contains("hidden"), "{shown}");
        }
        assert_eq!(
            parsed.to_string(),
            "https://discord.com/api/webhooks/123/abc…?thread_id=5&…"
        );
        assert_eq!(
            url("https://discord.com/api/webhooks/123/short").to_string(),
            "https://discord.com/api/webhooks/123/…"
        );
    }

    #[test]
    fn what_people_paste_by_mistake_is_named() {
        use WebhookUrlError as E;
        let cases = [
            ("", E::Empty),
            ("\"https://discord.com/api/webhooks/1/tok\"", E::Quoted),
            ("<https://discord.com/api/webhooks/1/tok>", E::Quoted),
            (" https://discord.com/api/webhooks/1/tok", E::Space),
            ("https://discord.com/api/webhooks/1/tok\n", E::Space),
            ("https://discord.com/api/webhooks/1/to k", E::Space),
            ("https://discord.com/api/webhooks/1/tök", E::ForbiddenCharacter),
            ("discord.com/api/webhooks/1/tok", E::NoScheme),
            ("webhook", E::NotAnAddress),
            ("https://", E::NotAnAddress),
            ("ftp://discord.com/api/webhooks/1/tok", E::OtherScheme),
            ("http://discord.com/api/webhooks/1/tok", E::PlainHttp),
            ("http://127.0.0.1.example.org/api/webhooks/1/tok", E::PlainHttp),
            ("https://discord.com:0/api/webhooks/1/tok", E::Port),
            ("https://discord.com:x/api/webhooks/1/tok", E::Port),
            ("https://discord.com@evil.example/api/webhooks/1/tok", E::UserPart),
            ("https://discord.com/channels/123/456", E::ChannelLink),
            (
                "https://discord.com/oauth2/authorize?client_id=1&scope=bot",
                E::BotInvite,
            ),
            (
                "https://discord.com/api/oauth2/authorize?client_id=1",
                E::BotInvite,
            ),
            ("https://discord.gg/abcdef", E::ServerInvite),
            ("https://discord.com/invite/abcdef", E::ServerInvite),
            ("https://discord.com/developers/applications/1", E::DeveloperPage),
            ("https://discord.com/api/users/1", E::NotAWebhook),
            ("https://discord.com/webhooks/1/tok", E::NotAWebhook),
            ("https://discord.com/", E::NotAWebhook),
            ("https://discord.com", E::NotAWebhook),
            ("https://discord.com/api/webhooks", E::NoId),
            ("https://discord.com/api/webhooks/", E::NoId),
            ("https://discord.com/api/webhooks/ID/TOKEN", E::BadId),
            ("https://discord.com/api/webhooks/0/tok", E::BadId),
            (
                "https://discord.com/api/webhooks/99999999999999999999999/tok",
                E::BadId,
            ),
            ("https://discord.com/api/webhooks/1", E::NoToken),
            ("https://discord.com/api/webhooks/1/", E::NoToken),
            ("https://discord.com/api/webhooks/1/{token}", E::BadToken),
            ("https://discord.com/api/webhooks/1/...", E::BadToken),
            ("https://discord.com/api/webhooks/1/tok/slack", E::OtherFormat),
            ("https://discord.com/api/webhooks/1/tok/github", E::OtherFormat),
            ("https://discord.com/api/webhooks/1/tok/messages/5", E::LongPath),
            ("https://discord.com/api/webhooks/1/tok#x", E::Fragment),
            ("https://discord.com/api/webhooks/1/tok?thread_id=", E::ThreadId),
            ("https://discord.com/api/webhooks/1/tok?thread_id=x", E::ThreadId),
            (
                "https://discord.com/api/webhooks/1/tok?thread_id=1&thread_id=2",
                E::ThreadId,
            ),
            (
                "https://discord.com/api/webhooks/1/tok?x=\\",
                E::ForbiddenCharacter,
            ),
            (
                "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB",
                E::BotToken,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(WebhookUrl::parse(text), Err(expected), "{text}");
            assert!(expected.to_string().contains(';'), "{expected:?} names a remedy");
        }
    }

    #[test]
    fn any_text_is_accepted_or_refused_without_panic() {
        let strategy =
            "(https?://)?(discord\\.com|localhost|\\[::1\\]|[é:@/\\[\\]]{0,4})(:[0-9x]{0,6})?[ -~]{0,40}";
        proptest::proptest!(|(text in strategy)| {
            if let Ok(parsed) = WebhookUrl::parse(&text) {
                proptest::prop_assert!(parsed.execute_uri().query().is_some_and(|q| q.starts_with("wait=true")));
            }
        });
    }
}
