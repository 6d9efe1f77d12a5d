//! Where the gateway is and how often we may identify: the answer to `GET /gateway/bot`.
//!
//! Owns the reading of that answer. Lenient: an address that is missing or leads elsewhere leaves us with the one that
//! we know. Pure.

use std::time::Duration;

use super::budget::StartLimit;
use super::fields::Fields;
use crate::url::{GatewayUrl, HostClass};

/// What Discord's API told about the gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GatewayFacts {
    pub(crate) url: Option<GatewayUrl>,
    pub(crate) limit: Option<StartLimit>,
}

/// Why it did not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FactsFault {
    /// The token is not accepted.
    Unauthorised,
    /// Not before this time has passed.
    Limited(Duration),
    /// Anything else, in words.
    Unreachable(String),
}

impl GatewayFacts {
    pub(crate) fn read(body: &[u8], teller: HostClass) -> Self {
        let fields = Fields::read(std::str::from_utf8(body).unwrap_or_default());
        let url = fields
            .text("url")
            .and_then(|url| GatewayUrl::told(&url, teller).ok());
        let limit = fields
            .object("session_start_limit")
            .and_then(|limit| StartLimit::read(&limit));
        Self { url, limit }
    }
}

impl StartLimit {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            remaining: fields.number("remaining")?,
            reset_after: Duration::from_millis(fields.number("reset_after").unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_strange_is_left_out() {
        let read = |body: &str| GatewayFacts::read(body.as_bytes(), HostClass::Discord);
        let whole = read(
            r#"{"url":"wss://gateway.discord.gg","shards":1,
            "session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}}"#,
        );
        assert_eq!(whole.url, Some(GatewayUrl::default()));
        let limit = StartLimit {
            remaining: 999,
            reset_after: Duration::from_secs(14_400),
        };
        assert_eq!(whole.limit, Some(limit));
        for odd in [
            "",
            "<html>",
            "{}",
            r#"{"url":5,"session_start_limit":[]}"#,
            r#"{"url":"ws://127.0.0.1"}"#,
        ] {
            assert_eq!(read(odd), GatewayFacts::default(), "{odd}");
        }
    }
}
