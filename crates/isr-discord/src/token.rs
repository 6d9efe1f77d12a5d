//! The bot's token: a secret that is checked once and never shown.
//!
//! Owns what a token looks like and which bot it names. Must not know where it is kept or sent. Fails with
//! [`TokenError`], which names what was pasted instead; no error holds the input.

use std::fmt;

use hyper::header::HeaderValue;
use zeroize::Zeroizing;

/// Longer ones are not Discord's (theirs have about 72 characters).
const TOKEN_LIMIT: usize = 256;

/// A bot's token. Cleared from memory when it is dropped; `Debug` does not show it.
#[derive(Clone)]
pub struct BotToken {
    secret: Zeroizing<String>,
    bot: u64,
}

/// Why a text is not a bot's token. The text of each names the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing was given.
    #[error("the bot's token is empty; {COPY}")]
    Empty,
    /// Quotes, white space or other characters around or in it.
    #[error(
        "the bot's token holds a space, a quote or another character that no token holds; copy it again, alone"
    )]
    Character,
    /// `Bot ` before it.
    #[error("the bot's token begins with the word Bot; remove that word and the space")]
    Prefix,
    /// The address of a webhook.
    #[error("this is a web address, not the token of a bot; {COPY}")]
    Address,
    /// Client secret, public key, or something else.
    #[error(
        "this is not the token of a bot (three parts with dots between them), perhaps the client secret or the public key; {COPY}"
    )]
    NotAToken,
}

/// The remedy that most of them share.
const COPY: &str = "copy it in Discord's developer portal: your application, Bot, Reset Token";

impl BotToken {
    /// Checks a token as the developer portal shows it.
    ///
    /// # Errors
    /// [`TokenError`], with the remedy.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        if text.starts_with("Bot ") {
            return Err(TokenError::Prefix);
        }
        if text.contains("://") {
            return Err(TokenError::Address);
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !text.chars().all(is_allowed) {
            return Err(TokenError::Character);
        }
        let mut parts = text.split('.');
        let first = parts.next().unwrap_or_default();
        let others = parts.filter(|part| !part.is_empty()).count();
        let bot = decode_id(first).filter(|_| others == 2 && text.matches('.').count() == 2);
        match bot {
            Some(bot) if text.len() <= TOKEN_LIMIT => Ok(Self {
                secret: Zeroizing::new(text.to_owned()),
                bot,
            }),
            _ => Err(TokenError::NotAToken),
        }
    }

    /// The id of the bot's user, which a token begins with. It is no secret.
    #[must_use]
    pub const fn bot(&self) -> u64 {
        self.bot
    }

    pub(crate) fn expose(&self) -> &str {
        &self.secret
    }

    /// The value of `Authorization`, marked so that no one prints it.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("Bot {}", self.expose()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// The first part of a token is the bot's id, in base64 without padding.
fn decode_id(part: &str) -> Option<u64> {
    let mut digits = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in part.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            digits.push(char::from_digit(((bits >> held) & 0xFF).checked_sub(0x30)?, 10)?);
        }
    }
    digits.parse().ok().filter(|id| *id != 0)
}

impl PartialEq for BotToken {
    fn eq(&self, other: &Self) -> bool {
        *self.secret == *other.secret
    }
}

impl Eq for BotToken {}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BotToken(of {})", self.bot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The id 1234567890123456789, and nonsense.
    const TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GxYzAb.canary-canary_canary-canary-canary1234";

    #[test]
    fn a_token_names_its_bot_and_is_never_shown() {
        let token = BotToken::parse(TOKEN).unwrap();
        assert_eq!(token.bot(), 1_234_567_890_123_456_789);
        assert_eq!(token.expose(), TOKEN);
        for shown in [format!("{token:?}"), format!("{:?}", token.header().unwrap())] {
            assert!(!shown.contains("canary"), "{shown}");
        }
        assert_eq!(
            token.header().unwrap().to_str().ok(),
            Some(format!("Bot {TOKEN}").as_str())
        );
    }

    #[test]
    fn what_people_paste_by_mistake_is_named() {
        let error = |text: &str| BotToken::parse(text).unwrap_err();
        assert_eq!(error(""), TokenError::Empty);
        assert_eq!(error(&format!("Bot {TOKEN}")), TokenError::Prefix);
        assert_eq!(error(&format!("\"{TOKEN}\"")), TokenError::Character);
        assert_eq!(error(&format!("{TOKEN}\n")), TokenError::Character);
        assert_eq!(error("https://discord.com/api/webhooks/1/t"), TokenError::Address);
        assert_eq!(error(&"0a".repeat(32)), TokenError::NotAToken);
        assert_eq!(error("MTIz.a"), TokenError::NotAToken);
        assert_eq!(error("MTIz.a.b.c"), TokenError::NotAToken);
        assert_eq!(error("MTIz..b"), TokenError::NotAToken);
        assert_eq!(error("not.a.token"), TokenError::NotAToken);
        assert_eq!(
            error(&format!("MTIz.a.{}", "b".repeat(300))),
            TokenError::NotAToken
        );
        assert_eq!(BotToken::parse("MTIz.a.b").unwrap().bot(), 123);
    }
}
