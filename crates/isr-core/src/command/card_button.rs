//! The buttons below a live card.
//!
//! Owns their names, which Discord keeps for as long as the card stands: a click after a restart says all that is needed, and
//! a name that comes in is hostile until it was read. Owns also that two quick clicks on one are one. Must not know what a
//! click does. Cannot fail.

use std::collections::HashMap;
use std::time::Duration;

use super::Verb;
use crate::game::Mono;
use crate::source::ServerTag;
use crate::voice::CommandWord;

/// What the names of these buttons begin with.
const PREFIX: &str = "isr:card:";
/// Clicks on one button within so long a time are one.
const TOGETHER: Duration = Duration::from_secs(5);

/// What a click on a card means. Each is the same as a command, and is allowed to whom that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardClick {
    /// Who is on the server.
    Players,
    /// The card is to show what is known now.
    Refresh,
    /// The game is to be saved.
    Save,
}

impl CardClick {
    /// All of them, in the order in which they stand below a card.
    pub const ALL: [Self; 3] = [Self::Players, Self::Refresh, Self::Save];

    /// The command that means the same.
    #[must_use]
    pub const fn verb(self) -> Verb {
        match self {
            Self::Players => Verb::Players,
            Self::Refresh => Verb::Status,
            Self::Save => Verb::Save,
        }
    }

    /// What stands on it.
    #[must_use]
    pub const fn label(self) -> CommandWord {
        match self {
            Self::Players => CommandWord::CardPlayers,
            Self::Refresh => CommandWord::CardRefresh,
            Self::Save => CommandWord::CardSave,
        }
    }
}

/// A button, as its name tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardButton {
    /// What a click means.
    pub click: CardClick,
    /// The server of the card.
    pub server: ServerTag,
}

impl CardButton {
    /// The name that Discord keeps for us: at most 81 characters.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{PREFIX}{}:{}", self.click.verb().as_str(), self.server)
    }

    /// Reads a name; `None` when it is no button of a card.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (word, server) = name.strip_prefix(PREFIX)?.split_once(':')?;
        Some(Self {
            click: CardClick::ALL
                .into_iter()
                .find(|click| click.verb().as_str() == word)?,
            server: ServerTag::parse(server).ok()?,
        })
    }
}

/// Which button was clicked a moment ago. Holds no more than the servers of a few seconds.
#[derive(Debug, Default)]
pub struct LastClicks(HashMap<ServerTag, Mono>);

impl LastClicks {
    /// Notes a click; whether it is one of its own, and not the second of a double click, whoever made it.
    pub fn is_first(&mut self, server: &ServerTag, now: Mono) -> bool {
        self.0.retain(|_, at| now.since(*at) < TOGETHER);
        if self.0.contains_key(server) {
            return false;
        }
        self.0.insert(server.clone(), now);
        true
    }

    /// What was clicked did not happen: the next click is one of its own.
    pub fn forget(&mut self, server: &ServerTag) {
        self.0.remove(server);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_everything_and_nothing_else_is_one() {
        let tags = ["north".to_owned(), "é".repeat(64)];
        for tag in tags.map(|tag| ServerTag::parse(&tag).unwrap()) {
            for click in CardClick::ALL {
                let button = CardButton {
                    click,
                    server: tag.clone(),
                };
                let name = button.name();
                assert!(name.chars().count() <= 81, "{name}");
                assert_eq!(CardButton::parse(&name), Some(button));
            }
        }
        for name in [
            "isr:card:stop:north",
            "isr:card:SAVE:north",
            "isr:card:save",
            "isr:card:save:",
            "isr:card:save:a b",
            "isr:card:save:north:x",
            "isr:card:save:north\n",
            "isr:page:save:north",
            "",
        ] {
            assert_eq!(CardButton::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn two_quick_clicks_are_one_and_only_on_one_server() {
        let (mut clicks, now) = (LastClicks::default(), Mono(Duration::from_secs(9)));
        let [north, south] = ["north", "south"].map(|tag| ServerTag::parse(tag).unwrap());
        assert!(clicks.is_first(&north, now));
        assert!(clicks.is_first(&south, now));
        assert!(!clicks.is_first(&north, now));
        clicks.forget(&north);
        assert!(clicks.is_first(&north, now));
        let late = Mono(Duration::from_secs(14));
        assert!(clicks.is_first(&north, late));
        assert_eq!(clicks.0.len(), 1, "what is past is forgotten");
    }
}
