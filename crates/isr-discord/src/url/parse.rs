//! From text to the parts of a webhook address.
//!
//! Owns the order of the checks: the most telling mistake is named first. The text is hostile until this returns.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{HostClass, Scheme, WebhookUrlError};

/// Longer tokens are not Discord's (theirs have 68 characters).
const TOKEN_LIMIT: usize = 256;

/// What an address is made of.
pub(super) struct Parts {
    pub(super) base: String,
    pub(super) scheme: Scheme,
    pub(super) host_class: HostClass,
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) thread: Option<u64>,
    pub(super) extra: String,
}

pub(super) fn parse(text: &str) -> Result<Parts, WebhookUrlError> {
    check_characters(text)?;
    let (scheme, rest) = split_scheme(text)?;
    if rest.contains('#') {
        return Err(WebhookUrlError::Fragment);
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let (authority, host) = check_authority(authority)?;
    let host_class = classify_host(&host);
    name_other_links(&host, host_class, path)?;
    if scheme == Scheme::Http && host_class != HostClass::Loopback {
        return Err(WebhookUrlError::PlainHttp);
    }
    let (prefix, id, token) = check_path(path, host_class)?;
    let (thread, extra) = check_query(query)?;
    let scheme_text = match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let base = format!("{scheme_text}://{authority}/{prefix}");
    Ok(Parts {
        base,
        scheme,
        host_class,
        id,
        token,
        thread,
        extra,
    })
}

pub(super) fn check_characters(text: &str) -> Result<(), WebhookUrlError> {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '<' | '>' | '“' | '”' | '‘' | '’');
    if text.is_empty() {
        return Err(WebhookUrlError::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(WebhookUrlError::Space);
    }
    if text.starts_with(is_quote) || text.ends_with(is_quote) {
        return Err(WebhookUrlError::Quoted);
    }
    if !text.is_ascii() || text.contains('\\') {
        return Err(WebhookUrlError::ForbiddenCharacter);
    }
    Ok(())
}

fn split_scheme(text: &str) -> Result<(Scheme, &str), WebhookUrlError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        let looks_like_bot_token =
            !text.contains('/') && text.len() >= 50 && text.bytes().filter(|byte| *byte == b'.').count() == 2;
        return Err(match text.split_once('/') {
            _ if looks_like_bot_token => WebhookUrlError::BotToken,
            Some((host, _)) if host.contains('.') || host.contains(':') || host == "localhost" => {
                WebhookUrlError::NoScheme
            }
            _ => WebhookUrlError::NotAnAddress,
        });
    };
    if scheme.eq_ignore_ascii_case("https") {
        Ok((Scheme::Https, rest))
    } else if scheme.eq_ignore_ascii_case("http") {
        Ok((Scheme::Http, rest))
    } else {
        Err(WebhookUrlError::OtherScheme)
    }
}

/// The authority in lower case, and its host without brackets and port.
pub(super) fn check_authority(authority: &str) -> Result<(String, String), WebhookUrlError> {
    if authority.contains('@') {
        return Err(WebhookUrlError::UserPart);
    }
    let authority = authority.to_ascii_lowercase();
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => {
            host.parse::<Ipv6Addr>()
                .map_err(|_| WebhookUrlError::NotAnAddress)?;
            (host, port.strip_prefix(':').or((!port.is_empty()).then_some("")))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority.as_str(), None),
        },
    };
    let host = host.to_owned();
    let is_host_character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(is_host_character) {
        return Err(WebhookUrlError::NotAnAddress);
    }
    let number = |port: &str| port.parse::<u16>().ok().filter(|port| *port != 0);
    if port.is_some_and(|port| number(port).is_none()) {
        return Err(WebhookUrlError::Port);
    }
    Ok((authority, host))
}

pub(super) fn classify_host(host: &str) -> HostClass {
    let bare = host
        .strip_prefix("canary.")
        .or_else(|| host.strip_prefix("ptb."))
        .unwrap_or(host);
    let is_loopback = host == "localhost"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || host
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    if matches!(bare, "discord.com" | "discordapp.com") {
        HostClass::Discord
    } else if is_loopback {
        HostClass::Loopback
    } else {
        HostClass::Foreign
    }
}

/// Names the links of Discord that people paste by mistake.
fn name_other_links(host: &str, class: HostClass, path: &str) -> Result<(), WebhookUrlError> {
    if matches!(host, "discord.gg" | "www.discord.gg") {
        return Err(WebhookUrlError::ServerInvite);
    }
    if class != HostClass::Discord {
        return Ok(());
    }
    let first = path.split('/').next().unwrap_or_default();
    match first {
        "channels" => Err(WebhookUrlError::ChannelLink),
        "invite" => Err(WebhookUrlError::ServerInvite),
        "developers" => Err(WebhookUrlError::DeveloperPage),
        _ if path.contains("oauth2/authorize") => Err(WebhookUrlError::BotInvite),
        _ => Ok(()),
    }
}

/// The path up to `webhooks`, the id and the token.
fn check_path(path: &str, class: HostClass) -> Result<(String, u64, String), WebhookUrlError> {
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments.last() == Some(&"") {
        segments.pop();
    }
    let place = segments
        .iter()
        .position(|segment| *segment == "webhooks")
        .ok_or(WebhookUrlError::NotAWebhook)?;
    let (before, after) = (&segments[..place], &segments[place + 1..]);
    let is_version = |text: &str| {
        text.strip_prefix('v')
            .is_some_and(|number| number.parse::<u8>().is_ok() && number.len() <= 2)
    };
    let is_api = match before {
        ["api"] => true,
        ["api", version] => is_version(version),
        _ => false,
    };
    // A proxy may have a path of its own; Discord has not.
    if class == HostClass::Discord && !is_api {
        return Err(WebhookUrlError::NotAWebhook);
    }
    let id = after
        .first()
        .filter(|id| !id.is_empty())
        .ok_or(WebhookUrlError::NoId)?;
    let id = digits(id).ok_or(WebhookUrlError::BadId)?;
    let token = after
        .get(1)
        .filter(|token| !token.is_empty())
        .ok_or(WebhookUrlError::NoToken)?;
    if token.len() > TOKEN_LIMIT
        || !token
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    {
        return Err(WebhookUrlError::BadToken);
    }
    match after.get(2) {
        None => Ok((segments[..=place].join("/"), id, (*token).to_owned())),
        Some(&"slack" | &"github") => Err(WebhookUrlError::OtherFormat),
        Some(_) => Err(WebhookUrlError::LongPath),
    }
}

fn check_query(query: &str) -> Result<(Option<u64>, String), WebhookUrlError> {
    let mut thread = None;
    let mut extra = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("wait", _) => {}
            ("thread_id", value) => {
                let id = digits(value).ok_or(WebhookUrlError::ThreadId)?;
                if thread.replace(id).is_some_and(|earlier| earlier != id) {
                    return Err(WebhookUrlError::ThreadId);
                }
            }
            _ => extra.push(pair),
        }
    }
    Ok((thread, extra.join("&")))
}

/// A snowflake: digits only, not zero.
fn digits(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| all_digits && *id != 0)
}
