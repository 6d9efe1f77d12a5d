//! Where Discord's API and its gateway are found, and where they may not be.
//!
//! Owns the addresses that an admin may override (tests, proxies) and the rule which addresses Discord itself may tell
//! us: the bot's token is sent there, so a strange one is not followed. Nothing here is a secret. Fails with
//! [`EndpointError`], which names the address, the mistake and the remedy.

use std::fmt;

use hyper::Uri;

use super::parse::{check_authority, check_characters, classify_host};
use super::{HostClass, Scheme, WebhookUrlError};

/// Which address is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Discord's REST interface.
    Api,
    /// Discord's gateway.
    Gateway,
}

/// Why an address cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of {} {fault}", .endpoint.name())]
pub struct EndpointError {
    /// Which address.
    pub endpoint: Endpoint,
    /// What is wrong with it.
    pub fault: EndpointFault,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointFault {
    /// Nothing was given.
    #[error("is empty; remove the setting to use Discord's own")]
    Empty,
    /// Quotes, white space, or characters that no address holds.
    #[error("holds a character that no address holds; remove it")]
    Character,
    /// Another scheme than the two that fit.
    #[error("has to begin with https:// for the API and wss:// for the gateway")]
    Scheme,
    /// Unencrypted to another machine.
    #[error(
        "would send the bot's token unencrypted; http:// and ws:// are for 127.0.0.1, [::1] and localhost only"
    )]
    Plain,
    /// The host or the port is wrong.
    #[error("has no usable host and port; write HOST or HOST:PORT")]
    Host,
    /// A query or a fragment.
    #[error("holds a '?' or a '#'; cut it before that sign")]
    Query,
    /// It came from Discord, but does not lead to Discord.
    #[error("was told by the other side and does not lead to Discord; it is not used")]
    Foreign,
}

impl Endpoint {
    const fn name(self) -> &'static str {
        match self {
            Self::Api => "Discord's API",
            Self::Gateway => "Discord's gateway",
        }
    }

    const fn schemes(self) -> (&'static str, &'static str) {
        match self {
            Self::Api => ("http", "https"),
            Self::Gateway => ("ws", "wss"),
        }
    }
}

/// An address without query: `SCHEME://HOST[:PORT][/PATH]`.
#[derive(Clone, PartialEq, Eq)]
struct Address {
    text: Box<str>,
    host: Box<str>,
    scheme: Scheme,
    host_class: HostClass,
}

impl Address {
    fn parse(endpoint: Endpoint, text: &str) -> Result<Self, EndpointError> {
        let because = |fault| EndpointError { endpoint, fault };
        check_characters(text).map_err(|fault| {
            because(match fault {
                WebhookUrlError::Empty => EndpointFault::Empty,
                _ => EndpointFault::Character,
            })
        })?;
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| because(EndpointFault::Scheme))?;
        let (plain, secure) = endpoint.schemes();
        let (scheme, name) = if scheme.eq_ignore_ascii_case(secure) {
            (Scheme::Https, secure)
        } else if scheme.eq_ignore_ascii_case(plain) {
            (Scheme::Http, plain)
        } else {
            return Err(because(EndpointFault::Scheme));
        };
        if rest.contains(['?', '#']) {
            return Err(because(EndpointFault::Query));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (authority, host) = check_authority(authority).map_err(|_| because(EndpointFault::Host))?;
        let host_class = classify_host(&host);
        if scheme == Scheme::Http && host_class != HostClass::Loopback {
            return Err(because(EndpointFault::Plain));
        }
        let mut text = format!("{name}://{authority}");
        let path = path.trim_matches('/');
        if !path.is_empty() {
            text.push('/');
            text.push_str(path);
        }
        if text.parse::<Uri>().is_err() {
            return Err(because(EndpointFault::Character));
        }
        Ok(Self {
            text: text.into(),
            host: host.into(),
            scheme,
            host_class,
        })
    }
}

/// Where Discord's REST interface is, without a slash at its end.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiBase(Address);

impl ApiBase {
    /// Discord's own: `https://discord.com/api/v10`.
    pub const DISCORD: &str = "https://discord.com/api/v10";

    /// Checks an address; a path is kept.
    ///
    /// # Errors
    /// [`EndpointError`], with the remedy.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        Address::parse(Endpoint::Api, text).map(Self)
    }

    /// What kind of machine it names. Warn the operator of [`HostClass::Foreign`]: it is told the bot's token.
    #[must_use]
    pub const fn host_class(&self) -> HostClass {
        self.0.host_class
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// The address of a route, which begins with a slash.
    pub(crate) fn uri(&self, route: &str) -> Uri {
        // The base was an address already, and our routes hold numbers and checked tokens only.
        format!("{}{route}", self.0.text).parse().unwrap_or_default()
    }
}

impl Default for ApiBase {
    fn default() -> Self {
        Self(Address {
            text: Self::DISCORD.into(),
            host: "discord.com".into(),
            scheme: Scheme::Https,
            host_class: HostClass::Discord,
        })
    }
}

impl fmt::Display for ApiBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for ApiBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiBase({self})")
    }
}

/// Where a gateway is, without its query.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayUrl(Address);

impl GatewayUrl {
    /// Discord's own, for when nobody told another: `wss://gateway.discord.gg`.
    pub const DISCORD: &str = "wss://gateway.discord.gg";

    /// Checks an address that an admin gave.
    ///
    /// # Errors
    /// [`EndpointError`], with the remedy.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        Address::parse(Endpoint::Gateway, text).map(Self)
    }

    /// Checks an address that `teller` told us. Discord may name its own hosts; a server on this machine may name this
    /// machine; another host, which an admin named on purpose, may name any that is encrypted.
    ///
    /// # Errors
    /// [`EndpointError`]: the address is not used, and nothing else is wrong.
    pub fn told(text: &str, teller: HostClass) -> Result<Self, EndpointError> {
        let told = Self::parse(text)?;
        let is_theirs = match teller {
            HostClass::Discord => told.is_discord() && told.0.scheme == Scheme::Https,
            HostClass::Loopback => told.is_discord() || told.0.host_class == HostClass::Loopback,
            HostClass::Foreign => told.0.host_class != HostClass::Loopback,
        };
        if is_theirs {
            Ok(told)
        } else {
            Err(EndpointError {
                endpoint: Endpoint::Gateway,
                fault: EndpointFault::Foreign,
            })
        }
    }

    fn is_discord(&self) -> bool {
        ["discord.gg", "discord.com"].iter().any(|domain| {
            self.0
                .host
                .strip_suffix(domain)
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }

    /// What kind of machine it names. Warn the operator of [`HostClass::Foreign`]: it is told the bot's token.
    #[must_use]
    pub fn host_class(&self) -> HostClass {
        if self.is_discord() {
            HostClass::Discord
        } else {
            self.0.host_class
        }
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// The host, without brackets and port.
    pub(crate) fn host(&self) -> &str {
        &self.0.host
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        let standard = match self.0.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        let uri = self.uri("");
        uri.port_u16().unwrap_or(standard)
    }

    /// The address with a query, which begins with a question mark.
    pub(crate) fn uri(&self, query: &str) -> Uri {
        let has_path = self.0.text.matches('/').count() > 2;
        let slash = if has_path { "" } else { "/" };
        // It was an address already, and the query is ours.
        format!("{}{slash}{query}", self.0.text)
            .parse()
            .unwrap_or_default()
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl Default for GatewayUrl {
    fn default() -> Self {
        Self(Address {
            text: Self::DISCORD.into(),
            host: "gateway.discord.gg".into(),
            scheme: Scheme::Https,
            host_class: HostClass::Foreign,
        })
    }
}

impl fmt::Display for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> EndpointFault {
        GatewayUrl::parse(text).unwrap_err().fault
    }

    #[test]
    fn the_default_addresses_are_discords_own() {
        let api = ApiBase::default();
        assert_eq!(api, ApiBase::parse(ApiBase::DISCORD).unwrap());
        assert_eq!(api.host_class(), HostClass::Discord);
        assert_eq!(
            api.uri("/gateway/bot").to_string(),
            "https://discord.com/api/v10/gateway/bot"
        );
        let gateway = GatewayUrl::default();
        assert_eq!(gateway, GatewayUrl::parse(GatewayUrl::DISCORD).unwrap());
        assert_eq!((gateway.host_class(), gateway.port()), (HostClass::Discord, 443));
        assert_eq!(gateway.uri("?v=10").to_string(), "wss://gateway.discord.gg/?v=10");
        let proxy = GatewayUrl::parse("ws://[::1]:81/relay/").unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("::1", 81));
        assert_eq!(proxy.uri("?v=10").to_string(), "ws://[::1]:81/relay?v=10");
    }

    #[test]
    fn unencrypted_addresses_are_for_this_machine_only() {
        for good in ["ws://127.0.0.1:5", "ws://localhost", "WSS://proxy.example.org/x"] {
            assert!(GatewayUrl::parse(good).is_ok(), "{good}");
        }
        assert_eq!(fault("ws://10.0.0.1"), EndpointFault::Plain);
        assert_eq!(fault("ws://127.0.0.1.example.org"), EndpointFault::Plain);
        assert_eq!(fault("https://gateway.discord.gg"), EndpointFault::Scheme);
        assert_eq!(fault("gateway.discord.gg"), EndpointFault::Scheme);
        assert_eq!(fault("wss://a/?v=9"), EndpointFault::Query);
        assert_eq!(fault("wss://user@a"), EndpointFault::Host);
        assert_eq!(fault("wss://a:0"), EndpointFault::Host);
        assert_eq!(fault(""), EndpointFault::Empty);
        assert_eq!(fault("wss://a b"), EndpointFault::Character);
        let shown = ApiBase::parse("http://discord.com/api").unwrap_err().to_string();
        assert!(
            shown.starts_with("the address of Discord's API would send"),
            "{shown}"
        );
    }

    #[test]
    fn nobody_but_an_admin_can_send_the_token_to_a_strange_host() {
        let told = |text, teller| GatewayUrl::told(text, teller).is_ok();
        assert!(told("wss://gateway-us-east1-b.discord.gg", HostClass::Discord));
        assert!(!told("wss://discord.gg.example.org", HostClass::Discord));
        assert!(!told("wss://evildiscord.gg", HostClass::Discord));
        assert!(!told("wss://127.0.0.1", HostClass::Discord));
        assert!(!told("ws://127.0.0.1", HostClass::Foreign));
        assert!(told("ws://127.0.0.1:9", HostClass::Loopback));
        assert!(told("wss://proxy.example.org", HostClass::Foreign));
    }
}
