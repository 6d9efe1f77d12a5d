//! The addresses of the webhook API, and those of a bot's messages.
//!
//! Owns which method and path mean what, and the query. Must not know which webhooks exist. Fails with the violation
//! that an unknown address is.

use hyper::{Method, Uri};

use super::violation::Rule;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// The webhook; of the bot's routes the channel.
    pub(crate) webhook: u64,
    pub(crate) token: String,
    pub(crate) action: Action,
    pub(crate) thread: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Execute { wait: bool },
    Inspect,
    ReadMessage(u64),
    EditMessage(u64),
    DeleteMessage(u64),
    Bot(BotAction),
}

/// What the bot does in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BotAction {
    Post,
    Edit(u64),
    Delete(u64),
    React(u64, String),
    Pin(u64),
}

pub(crate) type Fault = (Rule, String);

pub(crate) fn parse(method: &Method, uri: &Uri) -> Result<Route, Fault> {
    let unknown = || {
        (
            Rule::Route,
            format!("{method} on a path that is not of the webhook API"),
        )
    };
    let mut parts = uri.path().split('/').skip(1).peekable();
    if parts.next() != Some("api") {
        return Err(unknown());
    }
    if let Some(version) = parts.next_if(|part| part.starts_with('v'))
        && !matches!(version, "v9" | "v10")
    {
        return Err((
            Rule::Route,
            format!("API version {version}: only v9 and v10 are available"),
        ));
    }
    let rest: Vec<&str> = parts.collect();
    let number = |text: &str| text.parse::<u64>().map_err(|_| unknown());
    let (webhook, token, action) = match rest[..] {
        ["channels", channel, "messages"] if *method == Method::POST => {
            (channel, "", Action::Bot(BotAction::Post))
        }
        ["channels", channel, "messages", message] if *method == Method::PATCH => {
            (channel, "", Action::Bot(BotAction::Edit(number(message)?)))
        }
        ["channels", channel, "messages", message] if *method == Method::DELETE => {
            (channel, "", Action::Bot(BotAction::Delete(number(message)?)))
        }
        ["channels", channel, "messages", "pins", message] if *method == Method::PUT => {
            (channel, "", Action::Bot(BotAction::Pin(number(message)?)))
        }
        [
            "channels",
            channel,
            "messages",
            message,
            "reactions",
            emoji,
            "@me",
        ] if *method == Method::PUT => {
            let emoji = plain(emoji).ok_or_else(unknown)?;
            (
                channel,
                "",
                Action::Bot(BotAction::React(number(message)?, emoji)),
            )
        }
        ["webhooks", id, token] if *method == Method::POST => (
            id,
            token,
            Action::Execute {
                wait: wait(uri)?.unwrap_or(false),
            },
        ),
        ["webhooks", id, token] if *method == Method::GET => (id, token, Action::Inspect),
        ["webhooks", id, token, "messages", message] => {
            let message = number(message)?;
            let action = match *method {
                Method::GET => Action::ReadMessage(message),
                Method::PATCH => Action::EditMessage(message),
                Method::DELETE => Action::DeleteMessage(message),
                _ => return Err(unknown()),
            };
            (id, token, action)
        }
        _ => return Err(unknown()),
    };
    let thread = match value(uri, "thread_id") {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| (Rule::Thread, format!("thread_id={text:?}")))?,
        ),
    };
    Ok(Route {
        webhook: number(webhook)?,
        token: token.to_owned(),
        action,
        thread,
    })
}

/// A part of a path without its `%XX`.
pub(crate) fn plain(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn wait(uri: &Uri) -> Result<Option<bool>, Fault> {
    match value(uri, "wait") {
        None => Ok(None),
        Some("true" | "True" | "1") => Ok(Some(true)),
        Some("false" | "False" | "0") => Ok(Some(false)),
        Some(other) => Err((Rule::Wait, format!("wait={other:?} is not a boolean of Discord"))),
    }
}

pub(crate) fn value<'a>(uri: &'a Uri, key: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| *name == key)
        .map(|(_, value)| value)
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: Method, uri: &str) -> Result<Route, Rule> {
        parse(&method, &uri.parse().unwrap()).map_err(|fault| fault.0)
    }

    #[test]
    fn the_known_addresses() {
        let execute = route(Method::POST, "/api/webhooks/5/tok?wait=true&thread_id=9").unwrap();
        let expected = Route {
            webhook: 5,
            token: "tok".into(),
            action: Action::Execute { wait: true },
            thread: Some(9),
        };
        assert_eq!(execute, expected);
        let action = |method, uri| route(method, uri).map(|route| route.action);
        assert_eq!(
            action(Method::POST, "/api/v10/webhooks/5/t"),
            Ok(Action::Execute { wait: false })
        );
        assert_eq!(
            action(Method::GET, "/api/v9/webhooks/5/t?x=y"),
            Ok(Action::Inspect)
        );
        assert_eq!(
            action(Method::PATCH, "/api/webhooks/5/t/messages/7"),
            Ok(Action::EditMessage(7))
        );
        assert_eq!(
            action(Method::DELETE, "/api/webhooks/5/t/messages/7"),
            Ok(Action::DeleteMessage(7))
        );
        assert_eq!(
            action(Method::GET, "/api/webhooks/5/t/messages/7"),
            Ok(Action::ReadMessage(7))
        );
    }

    #[test]
    fn anything_else_is_a_violation() {
        assert_eq!(route(Method::PUT, "/api/webhooks/5/t"), Err(Rule::Route));
        assert_eq!(route(Method::POST, "/webhooks/5/t"), Err(Rule::Route));
        assert_eq!(route(Method::POST, "/api/v6/webhooks/5/t"), Err(Rule::Route));
        assert_eq!(route(Method::POST, "/api/webhooks/five/t"), Err(Rule::Route));
        assert_eq!(route(Method::POST, "/api/webhooks/5/t?wait=yes"), Err(Rule::Wait));
        assert_eq!(
            route(Method::POST, "/api/webhooks/5/t?thread_id=x"),
            Err(Rule::Thread)
        );
    }
}
