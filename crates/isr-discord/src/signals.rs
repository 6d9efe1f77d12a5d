//! What an answer says about rate limits.
//!
//! Owns the reading of the `X-RateLimit-*` and `Retry-After` headers and of a 429's body. Discord's documents say what
//! each one means; nothing is believed beyond [`LONGEST_PAUSE`], and what cannot be read counts as absent.

use std::time::Duration;

use hyper::HeaderMap;

use crate::model::ErrorAnswer;

/// The longest pause that an answer can impose on us: a day. Longer or unreadable ones are cut to it.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// The pause after a 429 that names none.
pub const UNSTATED_PAUSE: Duration = Duration::from_secs(60);

/// Whom a 429 is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// The bucket of this webhook, or the hidden limit of its channel (`X-RateLimit-Scope: user`).
    Bucket,
    /// Everything that this address sends (`global`).
    Global,
    /// A limit shared with other people on this resource (`shared`): does not count as an invalid request.
    Shared,
    /// Not said: no rate-limit header at all, mostly a page of the network in front of Discord. Treated as global.
    Unknown,
}

/// What one answer said about rate limits. Everything is optional: headers may be missing at any time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateSignals {
    /// `X-RateLimit-Limit`: requests in one window of the bucket.
    pub limit: Option<u32>,
    /// `X-RateLimit-Remaining`: requests left in this window.
    pub remaining: Option<u32>,
    /// `X-RateLimit-Reset-After`: until the window ends, counted from the answer.
    pub reset_after: Option<Duration>,
    /// `X-RateLimit-Bucket`: the bucket's opaque id, at most 128 bytes of it.
    pub bucket: Option<Box<str>>,
    /// Of a 429: the longest wait that its headers or its body ask for; [`UNSTATED_PAUSE`] when they name none.
    pub retry_after: Option<Duration>,
    /// Of a 429: whom it is meant for.
    pub scope: Option<LimitScope>,
    /// The channel that the message went to, as the answer's body names it (a thread has a channel id of its own).
    pub channel: Option<u64>,
}

impl RateSignals {
    /// Reads the headers that any answer may carry.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            limit: number(headers, "x-ratelimit-limit"),
            remaining: number(headers, "x-ratelimit-remaining"),
            reset_after: seconds(headers, "x-ratelimit-reset-after"),
            bucket: text(headers, "x-ratelimit-bucket").map(|id| id.chars().take(128).collect()),
            ..Self::default()
        }
    }

    /// Adds what only a 429 says.
    pub(crate) fn limited(mut self, headers: &HeaderMap, body: &ErrorAnswer) -> Self {
        let asked = [
            seconds(headers, "retry-after"),
            body.retry_after.and_then(pause),
            self.reset_after,
        ];
        self.retry_after = Some(asked.into_iter().flatten().max().unwrap_or(UNSTATED_PAUSE));
        self.scope = Some(scope_of(headers, body));
        self
    }
}

fn scope_of(headers: &HeaderMap, body: &ErrorAnswer) -> LimitScope {
    let scope = text(headers, "x-ratelimit-scope");
    let says_global =
        text(headers, "x-ratelimit-global").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    match scope {
        Some(scope) if scope.eq_ignore_ascii_case("global") => LimitScope::Global,
        _ if says_global || body.global == Some(true) => LimitScope::Global,
        Some(scope) if scope.eq_ignore_ascii_case("shared") => LimitScope::Shared,
        Some(_) => LimitScope::Bucket,
        None if headers
            .keys()
            .any(|name| name.as_str().starts_with("x-ratelimit-")) =>
        {
            LimitScope::Bucket
        }
        None => LimitScope::Unknown,
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.parse().ok()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    pause(text(headers, name)?.parse().ok()?)
}

/// Seconds as a server wrote them. Negative and not-a-number count as absent.
fn pause(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return None;
    }
    Some(
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(LONGEST_PAUSE)
            .min(LONGEST_PAUSE),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn limited(pairs: &[(&'static str, &str)], body: &str) -> RateSignals {
        let headers = headers(pairs);
        RateSignals::from_headers(&headers).limited(&headers, &crate::model::read(body.as_bytes()))
    }

    #[test]
    fn d02_the_longest_of_header_body_and_reset_wins() {
        let told = [
            ("x-ratelimit-scope", "user"),
            ("retry-after", "1"),
            ("x-ratelimit-reset-after", "1.25"),
        ];
        let signals = limited(&told, r#"{"retry_after":1.75,"global":false}"#);
        assert_eq!(signals.retry_after, Some(Duration::from_millis(1750)));
        assert_eq!(signals.scope, Some(LimitScope::Bucket));
        let signals = limited(&told, r#"{"retry_after":0.3}"#);
        assert_eq!(signals.retry_after, Some(Duration::from_millis(1250)));
    }

    #[test]
    fn d03_d04_scopes_are_told_apart() {
        let scope = |pairs: &[(&'static str, &str)], body| limited(pairs, body).scope.unwrap();
        assert_eq!(scope(&[("x-ratelimit-scope", "global")], ""), LimitScope::Global);
        assert_eq!(scope(&[("x-ratelimit-global", "true")], ""), LimitScope::Global);
        assert_eq!(
            scope(&[("x-ratelimit-limit", "5")], r#"{"global":true}"#),
            LimitScope::Global
        );
        assert_eq!(scope(&[("x-ratelimit-scope", "shared")], ""), LimitScope::Shared);
        assert_eq!(scope(&[("x-ratelimit-limit", "5")], ""), LimitScope::Bucket);
        assert_eq!(scope(&[("retry-after", "3600")], "<html>"), LimitScope::Unknown);
    }

    #[test]
    fn d04_hostile_waits_are_cut_and_missing_ones_have_a_default() {
        let wait = |value: &str| limited(&[("retry-after", value)], "").retry_after.unwrap();
        assert_eq!(wait("3600"), Duration::from_secs(3600));
        for endless in ["inf", "1e300", "99999999999"] {
            assert_eq!(wait(endless), LONGEST_PAUSE, "{endless}");
        }
        for unreadable in ["NaN", "-5", "Wed, 21 Oct 2026 07:28:00 GMT", ""] {
            assert_eq!(wait(unreadable), UNSTATED_PAUSE, "{unreadable}");
        }
    }
}
