//! Personal notices: what somebody wants to be told, for themselves.
//!
//! Owns which events concern whom. Must not know how a notice reads or where people are. Cannot fail.

use crate::event::Event;
use crate::source::ServerTag;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// This player comes and goes, in any case of the name's letters.
    Player(String),
    /// A technology is researched.
    Research,
    /// The server starts, ends, or is in trouble.
    Server,
}

/// Who wants to be told what, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The user of Discord.
    pub person: u64,
    /// On which server.
    pub server: ServerTag,
    /// What.
    pub what: Watched,
    /// The channel in which it was asked for; it is told there, too, unless directly.
    pub channel: u64,
    /// The Discord server of that channel; `None`: it was asked for before that was kept.
    pub guild: Option<u64>,
    /// The channel of direct messages with the person, where it is told there.
    pub direct: Option<u64>,
}

impl Watch {
    /// The channel in which it is told.
    #[must_use]
    pub fn told_in(&self) -> u64 {
        self.direct.unwrap_or(self.channel)
    }

    /// Whether an event of a server is what is watched.
    #[must_use]
    pub fn concerns(&self, server: &ServerTag, event: &Event) -> bool {
        self.server == *server && self.what.concerns(event)
    }
}

impl Watched {
    fn concerns(&self, event: &Event) -> bool {
        match (self, event) {
            (Self::Player(watched), Event::Join { player } | Event::Leave { player }) => {
                watched.to_lowercase() == player.to_lowercase()
            }
            (Self::Research, Event::Research { .. }) => true,
            (
                Self::Server,
                Event::ServerStarted { .. } | Event::ServerStopped { .. } | Event::ServerCrashed { .. },
            ) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_is_about_one_server_and_one_thing() {
        let (here, elsewhere) = (ServerTag::parse("a").unwrap(), ServerTag::parse("b").unwrap());
        let watch = |what| Watch {
            person: 1,
            server: here.clone(),
            what,
            channel: 2,
            guild: Some(3),
            direct: None,
        };
        let join = Event::Join {
            player: "Alice".into(),
        };
        let chat = Event::Chat {
            player: "Alice".into(),
            text: "x".into(),
        };
        let research = Event::Research {
            technology: "steel".into(),
        };
        let alice = watch(Watched::Player("aLICE".into()));
        assert!(alice.concerns(&here, &join) && !alice.concerns(&elsewhere, &join));
        assert!(!alice.concerns(&here, &chat) && !alice.concerns(&here, &research));
        assert!(watch(Watched::Research).concerns(&here, &research));
        assert!(!watch(Watched::Server).concerns(&here, &join));
    }
}
