//! All servers in one short line: what stands beside the bot's name.
//!
//! Owns what is told and what is left out. Pure. Cannot fail.

use crate::voice::{GameWord, Words};

/// What is known of all servers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watched {
    /// Servers that are followed.
    pub servers: usize,
    /// Of these the ones whose RCON cannot be reached.
    pub down: usize,
    /// Players who are there. None: nobody knows.
    pub online: Option<usize>,
}

/// The line; empty where there is nothing to tell.
pub(crate) fn line(words: &Words, seen: &Watched) -> String {
    let game = &words.game;
    let online = seen
        .online
        .map(|count| game.fill(GameWord::PresenceOnline, &[("count", &count.to_string())]));
    let reach = match (seen.servers, seen.down) {
        (_, 0) => None,
        (1, _) => Some(game.get(GameWord::PresenceAway).to_owned()),
        (servers, down) => {
            let (up, all) = ((servers - down.min(servers)).to_string(), servers.to_string());
            Some(game.fill(GameWord::PresenceServers, &[("up", &up), ("all", &all)]))
        }
    };
    let parts: Vec<String> = online.into_iter().chain(reach).collect();
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::Voice;

    #[test]
    fn it_tells_who_is_there_and_what_is_out_of_reach() {
        let seen = |servers, down, online| Watched {
            servers,
            down,
            online,
        };
        for (seen, told) in [
            (seen(0, 0, None), ""),
            (seen(1, 0, None), ""),
            (seen(1, 0, Some(0)), "0 online"),
            (seen(3, 0, Some(12)), "12 online"),
            (seen(1, 1, None), "not reachable"),
            (seen(3, 1, Some(2)), "2 online · 2 of 3 servers"),
            (seen(1, 5, Some(2)), "2 online · not reachable"),
        ] {
            assert_eq!(Voice::default().presence(&seen), told, "{seen:?}");
        }
    }
}
