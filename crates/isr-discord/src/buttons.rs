//! Buttons below a message.
//!
//! Owns their form and Discord's limits of one row of them. Must not know what a click does. Only an address can fail, when
//! it is read; what is too much for a row is left out.

use std::fmt;

use hyper::http::uri::Authority;
use serde_json::{Value, json};

/// A row holds so many buttons.
const BUTTONS: usize = 5;
/// So much stands on a button, in code points.
const LABEL_LENGTH: usize = 80;
/// So long is the address that a button opens, in code points.
const URL_LENGTH: usize = 512;
/// Kinds of components, as Discord numbers them.
const ROW: u8 = 1;
const BUTTON: u8 = 2;
/// The style of a button that leads out of Discord.
const LINK: u8 = 5;

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonStyle {
    /// Grey.
    Plain,
    /// Red: it does what cannot be undone.
    Danger,
}

/// A button whose clicks come back to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyButton {
    /// The name that comes back when it is clicked: 1 to 100 characters.
    pub custom_id: String,
    /// What stands on it; the first 80 characters count.
    pub label: String,
    /// How it looks.
    pub style: ButtonStyle,
}

/// A button that opens an address; nobody is told of a click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkButton {
    /// The address.
    pub url: LinkUrl,
    /// What stands on it; the first 80 characters count.
    pub label: String,
}

/// An address that a button may open: `http` or `https`, at most 512 characters (Discord's documents).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkUrl(String);

/// Why a text is no address for a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkUrlError {
    /// Another scheme, or none.
    #[error("Discord opens only http:// and https:// with a button")]
    Scheme,
    /// No host, or white space in it.
    #[error("this is no address")]
    Form,
    /// Too long.
    #[error("a button opens an address of at most 512 characters")]
    Length,
}

impl LinkUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`LinkUrlError`] when Discord would refuse it.
    pub fn parse(text: &str) -> Result<Self, LinkUrlError> {
        let scheme = text
            .split_once("://")
            .map(|(scheme, rest)| (scheme.to_lowercase(), rest));
        let Some((scheme, rest)) = scheme.filter(|(scheme, _)| scheme == "http" || scheme == "https") else {
            return Err(LinkUrlError::Scheme);
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
        if !is_host(host) || !rest.chars().all(is_plain) {
            return Err(LinkUrlError::Form);
        }
        let url = format!("{scheme}://{rest}");
        match url.chars().count() <= URL_LENGTH {
            true => Ok(Self(url)),
            false => Err(LinkUrlError::Length),
        }
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is a host with or without a port. A letter beyond ASCII is not refused: Discord writes such names anew.
fn is_host(text: &str) -> bool {
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .map(|c| if c.is_ascii() { c } else { 'x' })
        .collect();
    let Ok(authority) = plain.parse::<Authority>() else {
        return false;
    };
    let behind = authority
        .as_str()
        .rsplit_once(authority.host())
        .map(|(_, behind)| behind);
    authority.host().contains(char::is_alphanumeric)
        && (behind.is_none_or(str::is_empty) || authority.port_u16().is_some())
}

impl fmt::Display for LinkUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The buttons below a message: at most 5 in one row, those that come back first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buttons {
    /// Whose clicks come back.
    pub own: Vec<ReplyButton>,
    /// Those that lead elsewhere.
    pub links: Vec<LinkButton>,
}

impl Buttons {
    /// None at all.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            own: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.own.is_empty() && self.links.is_empty()
    }

    /// As Discord wants them; an empty list, which takes away those that are there, where there is none.
    pub(crate) fn rows(&self) -> Value {
        rows(&self.own, &self.links)
    }
}

/// These buttons in one row of Discord's.
pub(crate) fn rows(own: &[ReplyButton], links: &[LinkButton]) -> Value {
    let cut = |label: &str| label.chars().take(LABEL_LENGTH).collect::<String>();
    let button = |button: &ReplyButton| {
        let style = match button.style {
            ButtonStyle::Plain => 2,
            ButtonStyle::Danger => 4,
        };
        json!({"type": BUTTON, "style": style, "label": cut(&button.label), "custom_id": button.custom_id})
    };
    let link = |link: &LinkButton| json!({"type": BUTTON, "style": LINK, "label": cut(&link.label), "url": link.url.as_str()});
    let own = own.iter().map(button);
    let buttons: Vec<Value> = own.chain(links.iter().map(link)).take(BUTTONS).collect();
    match buttons.is_empty() {
        true => json!([]),
        false => json!([{"type": ROW, "components": buttons}]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_opens_the_web_and_nothing_else() {
        for (text, read) in [
            ("https://example.org/play", "https://example.org/play"),
            ("HTTP://example.org:8080?x=1", "http://example.org:8080?x=1"),
        ] {
            assert_eq!(
                LinkUrl::parse(text).map(|url| url.to_string()),
                Ok(read.to_owned())
            );
        }
        for text in [
            "steam://run/427520//--mp-connect=example.org",
            "javascript:alert(1)",
            "discord://x",
            "example.org",
            "",
        ] {
            assert_eq!(LinkUrl::parse(text), Err(LinkUrlError::Scheme), "{text}");
        }
        for text in [
            "https://",
            "https:///x",
            "https://a b",
            "https://a\n",
            "http://?x",
            "https://[a",
            "https://a:b:c",
            "https://a:99999999",
            "https://a:",
        ] {
            assert_eq!(LinkUrl::parse(text), Err(LinkUrlError::Form), "{text:?}");
        }
        let of_length = |length: usize| format!("https://{}", "é".repeat(length - 8));
        assert!(LinkUrl::parse(&of_length(512)).is_ok());
        assert_eq!(LinkUrl::parse(&of_length(513)), Err(LinkUrlError::Length));
    }

    #[test]
    fn a_row_holds_what_discord_takes_and_none_takes_away_what_is_there() {
        let own = |n: usize| ReplyButton {
            custom_id: format!("b{n}"),
            label: "é".repeat(100),
            style: ButtonStyle::Plain,
        };
        let buttons = Buttons {
            own: (0..4).map(own).collect(),
            links: vec![
                LinkButton {
                    url: LinkUrl("https://example.org".to_owned()),
                    label: "Join".to_owned(),
                };
                2
            ],
        };
        let rows = buttons.rows();
        let row = rows[0]["components"].as_array().unwrap();
        assert_eq!((row.len(), rows.as_array().unwrap().len()), (5, 1));
        assert_eq!(row[0]["label"], "é".repeat(80));
        assert_eq!(
            row[4],
            json!({"type": 2, "style": 5, "label": "Join", "url": "https://example.org"})
        );
        assert_eq!(Buttons::none().rows(), json!([]));
        assert!(Buttons::none().is_empty() && !buttons.is_empty());
    }
}
