//! The servers of a channel in one line: our part of the channel's topic.
//!
//! Owns what is told and what is left out: nothing that changes by itself, for Discord takes two changes in ten minutes.
//! Pure. Cannot fail; what finds no room is counted.

use super::{End, GameState, Link, Snapshot};
use crate::text::{Topic, cut, is_blank, units};
use crate::voice::{GameWord, Words};

/// Room for one name, in UTF-16 units.
const NAME_ROOM: usize = 64;
/// Room for a version, which is short unless somebody lies.
const VERSION_ROOM: usize = 24;
const BETWEEN: &str = " | ";

/// One server, as far as a topic tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    name: String,
    state: State,
    online: Option<usize>,
    version: Option<String>,
}

/// What matters enough to be told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody knows.
    Unknown,
    /// It can be played; whether it saves or pauses just now is no matter.
    Up,
    /// Its RCON does not answer.
    Away,
    /// It has ended in order.
    Stopped,
    /// It has crashed.
    Crashed,
    /// Planned work goes on.
    Maintenance,
}

/// Whether work on a server is planned for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It is.
    GoesOn,
    /// It is not.
    None,
}

impl Seen {
    /// What of a snapshot matters to a topic. `name` is the server's for people.
    #[must_use]
    pub fn of(name: &str, snapshot: &Snapshot, work: Work) -> Self {
        let state = match (work, &snapshot.game, &snapshot.link) {
            (Work::GoesOn, ..) => State::Maintenance,
            (_, GameState::Down { end, .. }, _) => match end {
                End::Stopped => State::Stopped,
                End::Crashed => State::Crashed,
            },
            (_, _, Link::Down(_)) => State::Away,
            (_, GameState::Unknown, _) => State::Unknown,
            _ => State::Up,
        };
        let plays = matches!(state, State::Up | State::Maintenance);
        let players = snapshot.players.as_ref().filter(|_| plays);
        Self {
            name: name.to_owned(),
            state,
            online: players.map(|players| players.online.len()),
            version: snapshot.version.clone().filter(|_| plays),
        }
    }

    /// What it does.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    fn told(&self, words: &Words) -> String {
        let game = &words.game;
        let (emoji, state) = match self.state {
            State::Unknown => ("❔", Some(GameWord::TopicUnknown)),
            State::Up => ("🟢", None),
            State::Away => ("🔌", Some(GameWord::PresenceAway)),
            State::Stopped => ("🔴", Some(GameWord::TopicStopped)),
            State::Crashed => ("💥", Some(GameWord::TopicCrashed)),
            State::Maintenance => ("🔧", Some(GameWord::TopicMaintenance)),
        };
        let online = self
            .online
            .map(|count| game.fill(GameWord::PresenceOnline, &[("count", &count.to_string())]));
        let version = self.version.as_deref().filter(|version| !is_blank(version));
        let parts: Vec<String> = state
            .map(|word| game.get(word).to_owned())
            .into_iter()
            .chain(online)
            .chain(version.map(|version| cut(&Topic::harmless(version), VERSION_ROOM).text))
            .collect();
        let name = Topic::harmless(&self.name);
        let name = if is_blank(&name) {
            words.nameless.clone()
        } else {
            cut(name.trim(), NAME_ROOM).text
        };
        if parts.is_empty() {
            format!("{emoji} {name}")
        } else {
            format!("{emoji} {name}: {}", parts.join(" · "))
        }
    }
}

/// The line, of at most `room` UTF-16 units; empty where not even the first server fits.
pub(crate) fn line(words: &Words, servers: &[Seen], room: usize) -> String {
    let told: Vec<String> = servers
        .iter()
        .map(|seen| Topic::harmless(&seen.told(words)))
        .collect();
    let whole = told.join(BETWEEN);
    if units(&whole) <= room {
        return whole;
    }
    let shortened = |shown: usize| {
        let left = (told.len() - shown).to_string();
        let more = words.game.fill(GameWord::More, &[("count", &left)]);
        let shown = told[..shown].join(BETWEEN);
        format!("{shown}{BETWEEN}{}", Topic::harmless(&more))
    };
    (1..told.len())
        .rev()
        .map(shortened)
        .find(|line| units(line) <= room)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::{LinkDown, Online, Players, Since, WhyDown};
    use crate::voice::Voice;

    fn up(players: usize) -> Snapshot {
        let online = |n: usize| Online {
            name: format!("p{n}"),
            since: Since::At(0),
        };
        Snapshot {
            link: Link::Up { since_ms: 0 },
            game: GameState::Running,
            players: Some(Players {
                online: (0..players).map(online).collect(),
            }),
            version: Some("2.0.55".into()),
            ..Snapshot::default()
        }
    }

    fn told(snapshot: &Snapshot) -> String {
        let seen = Seen::of("North", snapshot, Work::None);
        Voice::default().topic(&[seen], 1000)
    }

    #[test]
    fn it_tells_the_state_who_is_there_and_the_version() {
        assert_eq!(told(&up(3)), "🟢 North: 3 online · 2.0.55");
        let down = |end| Snapshot {
            game: GameState::Down { since_ms: 5, end },
            ..up(3)
        };
        assert_eq!(told(&down(End::Stopped)), "🔴 North: stopped");
        assert_eq!(told(&down(End::Crashed)), "💥 North: crashed");
        let away = Snapshot {
            link: Link::Down(LinkDown {
                since_ms: 0,
                why: WhyDown::Unreachable,
                detail: "10.0.0.1".into(),
            }),
            ..up(3)
        };
        assert_eq!(told(&away), "🔌 North: not reachable");
        assert_eq!(told(&Snapshot::default()), "❔ North: state unknown");
        let work = Seen::of("North", &up(1), Work::GoesOn);
        assert_eq!(
            line(&Words::german(), &[work], 1000),
            "🔧 North: Wartung · 1 online · 2.0.55"
        );
    }

    #[test]
    fn what_changes_by_itself_is_not_in_it() {
        let quiet = told(&up(0));
        for game in [
            GameState::AutoPaused,
            GameState::Paused,
            GameState::Saving { since_ms: 9 },
        ] {
            assert_eq!(told(&Snapshot { game, ..up(0) }), quiet);
        }
        let silent = Snapshot {
            link: Link::Silent { since_ms: 3 },
            last_log_line_ms: Some(7),
            ..up(0)
        };
        assert_eq!(told(&silent), quiet);
    }

    #[test]
    fn names_are_harmless_and_what_finds_no_room_is_counted() {
        let hostile = Seen::of("**a**⟧\n<@1> @everyone", &up(0), Work::None);
        let line = Voice::default().topic(&[hostile], 1000);
        assert!(
            !line.contains('⟧') && !line.contains('\n') && !line.contains("**a"),
            "{line}"
        );
        assert!(!line.contains("<@1>"), "{line}");
        let many: Vec<Seen> = (0..30)
            .map(|n| Seen::of(&format!("server {n}"), &up(n), Work::None))
            .collect();
        let line = Voice::default().topic(&many, 200);
        assert!(units(&line) <= 200 && line.ends_with(" more"), "{line}");
        assert!(line.starts_with("🟢 server 0: 0 online"), "{line}");
        assert_eq!(Voice::default().topic(&many, 10), "");
    }
}
