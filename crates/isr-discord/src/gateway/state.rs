//! What outlives a connection, and a restart of the program: the session, and how often we identified.
//!
//! Owns one value that the caller stores and gives back. Holds no secret. Times in it are wall-clock times, because
//! only those outlive a restart; nothing here waits for one. Reading never fails: what cannot be read is as if it had
//! not been stored, at the price of one identify.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::IDENTIFIES_PER_HOUR;

/// What to store, and to give back at the next start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GatewayState {
    /// The session that can go on.
    pub session: Option<SavedSession>,
    /// When we identified lately, in milliseconds since 1970, oldest first.
    pub identifies: Vec<u64>,
    /// The gateway's address as Discord told it last.
    pub gateway: Option<String>,
}

/// A session that can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    /// The bot. A session of another bot is of no use.
    pub bot: u64,
    /// What was asked for. A session with other intents is of no use.
    pub intents: u64,
    /// Discord's name of it.
    pub id: String,
    /// Where it is resumed.
    pub resume: Option<String>,
    /// The last event that was handed over.
    pub seq: u64,
}

impl GatewayState {
    /// Reads what [`to_json`](Self::to_json) wrote. What cannot be read is as if nothing had been stored.
    #[must_use]
    pub fn from_json(json: &str) -> Self {
        let mut state: Self = serde_json::from_str(json).unwrap_or_default();
        state.session = state.session.filter(SavedSession::is_sane);
        state
    }

    /// One line of JSON without secrets.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A struct of numbers and texts can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How long ago each identify was, for the latest that still count. A time in the future counts as now.
    pub(super) fn ages(&self, wall: Duration) -> impl Iterator<Item = Duration> {
        let latest = self.identifies.iter().rev().take(IDENTIFIES_PER_HOUR);
        latest.map(move |at| wall.saturating_sub(Duration::from_millis(*at)))
    }
}

impl SavedSession {
    /// A session's name stands in our payload; Discord's have 32 characters.
    pub(super) fn is_sane(&self) -> bool {
        is_session_id(&self.id)
    }
}

/// Whether a text can be the name of a session.
pub(super) fn is_session_id(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_being_stored_and_rubbish_is_as_nothing() {
        let state = GatewayState {
            session: Some(SavedSession {
                bot: 1,
                intents: 33281,
                id: "s".into(),
                resume: None,
                seq: 9,
            }),
            identifies: vec![1_700_000_000_000],
            gateway: Some("wss://gateway.discord.gg".into()),
        };
        assert_eq!(GatewayState::from_json(&state.to_json()), state);
        for rubbish in ["", "null", "[]", "{\"identifies\":\"x\"}"] {
            assert_eq!(
                GatewayState::from_json(rubbish),
                GatewayState::default(),
                "{rubbish}"
            );
        }
        let odd = r#"{"session":{"bot":1,"intents":1,"id":"a b","resume":null,"seq":1},"new":5}"#;
        assert_eq!(GatewayState::from_json(odd).session, None);
    }

    #[test]
    fn a_clock_that_went_back_does_not_lock_us_out() {
        let state = GatewayState {
            identifies: vec![5, 10_000, 99_000],
            ..GatewayState::default()
        };
        let ages: Vec<_> = state.ages(Duration::from_secs(20)).collect();
        assert_eq!(
            ages,
            [
                Duration::ZERO,
                Duration::from_secs(10),
                Duration::from_millis(19_995)
            ]
        );
    }
}
