//! What a voice says of a running game.
//!
//! Owns nothing but the way to the words of the language. Cannot fail.

use super::{GameWord, Voice};
use crate::chat::{Names, Said, Spoken};
use crate::game::alert::{News, Rule};
use crate::game::presence::{self, Watched};
use crate::game::topic::{self, Seen};
use crate::game::{CardContext, Snapshot, WhyDown};
use crate::text::Embed;

impl Voice {
    /// Why there is no connection to RCON, in a few words.
    #[must_use]
    pub fn why_down(&self, why: WhyDown) -> &str {
        self.words.game.get(crate::game::card::why(why))
    }

    /// The card of a server. It carries no moment of its own: equal cards are equal.
    #[must_use]
    pub fn card(&self, snapshot: &Snapshot, context: &CardContext<'_>) -> Embed {
        crate::game::card::card(&self.words, snapshot, context)
    }

    /// What becomes of a card that is shown no more at its place.
    #[must_use]
    pub fn card_left(&self, server: &str) -> Embed {
        crate::game::card::left(&self.words, server)
    }

    /// What somebody wrote on Discord, as lines of the game's console.
    #[must_use]
    pub fn chat(&self, said: &Said<'_>, names: &dyn Names) -> Spoken {
        crate::chat::spoken(&self.words, said, names)
    }

    /// What the message says that shows which of several copies speaks.
    #[must_use]
    pub fn lease(&self) -> &str {
        self.words.game.get(GameWord::Lease)
    }

    /// What stands beside the bot's name; empty where there is nothing to tell.
    #[must_use]
    pub fn presence(&self, seen: &Watched) -> String {
        presence::line(&self.words, seen)
    }

    /// Our part of a channel's topic, of at most `room` UTF-16 units; empty where nothing fits.
    #[must_use]
    pub fn topic(&self, servers: &[Seen], room: usize) -> String {
        topic::line(&self.words, servers, room)
    }

    /// The post of an alert, or what the post becomes when the alert ends.
    #[must_use]
    pub fn alert(&self, server: &str, rule: Rule, news: &News) -> Embed {
        crate::game::alert::words::embed(&self.words, server, rule, news)
    }
}
