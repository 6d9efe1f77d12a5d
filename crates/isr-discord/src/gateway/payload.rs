//! What we send to the gateway.
//!
//! Owns the JSON of heartbeat, identify, resume and presence, and the 4,096 bytes that each may have: what a caller
//! may choose is bounded by type, so that every payload fits. Must not know when they are sent. Nothing here fails.

use serde_json::{Value, json};

use crate::token::BotToken;

/// Discord shows so many characters of an activity.
const ACTIVITY_LIMIT: usize = 128;

/// Which events we want, as Discord's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intents(u64);

impl Intents {
    /// Discord servers, channels, threads.
    pub const GUILDS: Self = Self(1);
    /// Messages in channels.
    pub const GUILD_MESSAGES: Self = Self(1 << 9);
    /// The text of messages. Privileged: it is switched on in the developer portal.
    pub const MESSAGE_CONTENT: Self = Self(1 << 15);
    /// What a two-way chat needs. Commands, buttons and forms come without any intent.
    pub const CHAT: Self = Self(1 | 1 << 9 | 1 << 15);

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Discord's number.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// What Discord shows beside the bot's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// Green.
    #[default]
    Online,
    /// Yellow: a server is down.
    Idle,
    /// Red: a server asks for attention.
    DoNotDisturb,
}

impl Standing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Idle => "idle",
            Self::DoNotDisturb => "dnd",
        }
    }
}

/// What the bot is seen to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    standing: Standing,
    text: String,
}

impl Presence {
    /// A standing and a line of text, of which Discord shows 128 characters. An empty one shows none.
    #[must_use]
    pub fn new(standing: Standing, text: &str) -> Self {
        let is_shown = |c: &char| !c.is_control();
        Self {
            standing,
            text: text
                .trim()
                .chars()
                .filter(is_shown)
                .take(ACTIVITY_LIMIT)
                .collect(),
        }
    }

    fn form(&self) -> Value {
        // Type 4 shows `state` alone; `name` has to be there all the same.
        let activity = json!({"type": 4, "name": "Factorio", "state": self.text});
        let activities = if self.text.is_empty() {
            json!([])
        } else {
            json!([activity])
        };
        json!({"since": null, "afk": false, "status": self.standing.as_str(), "activities": activities})
    }
}

pub(super) fn heartbeat(seq: Option<u64>) -> String {
    json!({"op": 1, "d": seq}).to_string()
}

pub(super) fn identify(token: &BotToken, intents: Intents, presence: Option<&Presence>) -> String {
    let mut form = json!({
        "token": token.expose(),
        "intents": intents.bits(),
        // Without member lists a server arrives with its channels, and little else.
        "large_threshold": 50,
        "properties": {"os": std::env::consts::OS, "browser": "factorio-isr", "device": "factorio-isr"},
    });
    if let Some(presence) = presence {
        form["presence"] = presence.form();
    }
    json!({"op": 2, "d": form}).to_string()
}

pub(super) fn resume(token: &BotToken, session: &str, seq: u64) -> String {
    json!({"op": 6, "d": {"token": token.expose(), "session_id": session, "seq": seq}}).to_string()
}

pub(super) fn presence(presence: &Presence) -> String {
    json!({"op": 3, "d": presence.form()}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A payload may have so many bytes, else Discord closes with 4002.
    const PAYLOAD_LIMIT: usize = 4096;

    #[test]
    fn every_payload_fits_whatever_a_caller_chooses() {
        let token = BotToken::parse(&format!("MTIz.a.{}", "b".repeat(249))).unwrap();
        // Four bytes each, and escaped ones that take six.
        for text in ["\u{1F600}".repeat(500), "\u{2028}\"\\".repeat(500)] {
            let shown = Presence::new(Standing::Idle, &text);
            let longest = [
                identify(&token, Intents::CHAT, Some(&shown)),
                presence(&shown),
                resume(&token, &"x".repeat(256), u64::MAX),
                heartbeat(Some(u64::MAX)),
            ];
            for payload in longest {
                assert!(payload.len() <= PAYLOAD_LIMIT, "{}", payload.len());
            }
        }
    }

    #[test]
    fn payloads_are_as_documented() {
        let token = BotToken::parse("MTIz.a.b").unwrap();
        assert_eq!(heartbeat(None), r#"{"d":null,"op":1}"#);
        assert_eq!(heartbeat(Some(7)), r#"{"d":7,"op":1}"#);
        let resumed: Value = serde_json::from_str(&resume(&token, "s", 3)).unwrap();
        assert_eq!(
            resumed,
            json!({"op": 6, "d": {"token": "MTIz.a.b", "session_id": "s", "seq": 3}})
        );
        let shown = Presence::new(Standing::Online, " 3 players\n ");
        let identified: Value = serde_json::from_str(&identify(&token, Intents::CHAT, Some(&shown))).unwrap();
        assert_eq!(identified["d"]["intents"], 33281);
        assert_eq!(identified["d"]["presence"]["activities"][0]["state"], "3 players");
        let empty: Value = serde_json::from_str(&presence(&Presence::default())).unwrap();
        assert_eq!(empty["d"]["activities"], json!([]));
        assert_eq!(
            Intents::GUILDS
                .and(Intents::GUILD_MESSAGES)
                .and(Intents::MESSAGE_CONTENT),
            Intents::CHAT
        );
    }
}
