//! How the notices of the abuse watch read.
//!
//! Owns the sentences, literal but for their parts in braces. A player's name is escaped and cut. Cannot fail.

use super::{AbuseNotice, Excess, FloodAction, Turn};
use crate::text::{clean, cut, fill};
use crate::voice::Words;

/// Room for a player's name in a notice, in UTF-16 units.
const NAME_ROOM: usize = 80;

/// The sentences of the notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbuseWords {
    /// A player floods: `{player}`, `{count}`, `{seconds}`.
    pub flood: String,
    /// The same, where what is beyond the rate is held back.
    pub flood_held: String,
    /// It is over, with one line beyond the rate: `{player}`, `{count}`.
    pub flood_over_one: String,
    /// With several.
    pub flood_over: String,
    /// It is over, and one line was held back.
    pub flood_held_over_one: String,
    /// Several were.
    pub flood_held_over: String,
    /// A player calls people too often: `{player}`.
    pub calls: String,
    /// It is over, and one line was shown without a ping: `{player}`, `{count}`.
    pub calls_over_one: String,
    /// Several were.
    pub calls_over: String,
}

impl Default for AbuseWords {
    /// English.
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            flood: text("🚨 **{player}** floods the chat (more than {count} lines in {seconds} s)"),
            flood_held: text(
                "🚨 **{player}** floods the chat (more than {count} lines in {seconds} s): what is beyond that is held back until it stops",
            ),
            flood_over_one: text(
                "🕊️ **{player}** no longer floods the chat: {count} line was beyond the rate",
            ),
            flood_over: text("🕊️ **{player}** no longer floods the chat: {count} lines were beyond the rate"),
            flood_held_over_one: text(
                "🕊️ **{player}** no longer floods the chat: {count} line was held back",
            ),
            flood_held_over: text("🕊️ **{player}** no longer floods the chat: {count} lines were held back"),
            calls: text("🚨 **{player}** calls people too often: further mentions are shown without a ping"),
            calls_over_one: text(
                "🕊️ **{player}** no longer calls people too often: {count} line was shown without a ping",
            ),
            calls_over: text(
                "🕊️ **{player}** no longer calls people too often: {count} lines were shown without a ping",
            ),
        }
    }
}

impl AbuseNotice {
    /// The notice, as Discord shows it.
    #[must_use]
    pub fn text(&self, words: &Words) -> String {
        let sentences = &words.abuse;
        let held = self.action == FloodAction::HoldBack;
        let (sentence, count) = match (self.excess, self.turn) {
            (Excess::Chat, Turn::Begun) if held => (&sentences.flood_held, u64::from(self.rate.most())),
            (Excess::Chat, Turn::Begun) => (&sentences.flood, u64::from(self.rate.most())),
            (Excess::Mentions, Turn::Begun) => (&sentences.calls, u64::from(self.rate.most())),
            (Excess::Chat, Turn::Over { beyond: 1 }) if held => (&sentences.flood_held_over_one, 1),
            (Excess::Chat, Turn::Over { beyond }) if held => (&sentences.flood_held_over, beyond),
            (Excess::Chat, Turn::Over { beyond: 1 }) => (&sentences.flood_over_one, 1),
            (Excess::Chat, Turn::Over { beyond }) => (&sentences.flood_over, beyond),
            (Excess::Mentions, Turn::Over { beyond: 1 }) => (&sentences.calls_over_one, 1),
            (Excess::Mentions, Turn::Over { beyond }) => (&sentences.calls_over, beyond),
        };
        let name = cut(clean(&self.player).trim(), NAME_ROOM).text;
        let player = if name.is_empty() { &words.nameless } else { &name };
        let (count, seconds) = (u64::to_string(&count), self.rate.within().as_secs().to_string());
        fill(
            sentence,
            &[("player", player), ("count", &count), ("seconds", &seconds)],
        )
    }
}
