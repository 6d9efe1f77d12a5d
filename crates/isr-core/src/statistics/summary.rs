//! What happened on a server during a stretch of time, summed up.
//!
//! Owns the sums: hours played, sessions, messages, deaths by cause, research, the most players at a time, and how many
//! were there when. Must not know where the rows come from. Cannot fail; sessions are cut to the stretch of time.

use std::collections::BTreeMap;

use super::Period;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The most steps that the curve of players has.
const MOST_STEPS: i64 = 62;

/// A player's stay, cut or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The player.
    pub player: String,
    /// Its beginning, Unix milliseconds.
    pub began_ms: i64,
    /// Its end; nothing while the player is there.
    pub ended_ms: Option<i64>,
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// To whom.
    pub player: Option<String>,
    /// The kind of event.
    pub kind: String,
    /// The cause, the technology.
    pub detail: Option<String>,
    /// How often.
    pub count: u64,
}

/// One player's part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlayerSum {
    /// The name.
    pub name: String,
    /// Milliseconds on the server.
    pub played_ms: u64,
    /// Sessions that touch the stretch.
    pub sessions: u64,
    /// Chat and shouts.
    pub messages: u64,
    /// Deaths.
    pub deaths: u64,
}

/// The most players at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peak {
    /// How many.
    pub players: u64,
    /// Since when, Unix milliseconds.
    pub at_ms: i64,
}

/// A stretch of time of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The stretch.
    pub period: Period,
    /// The players, the longest stay first.
    pub players: Vec<PlayerSum>,
    /// Players who came for the first time.
    pub newcomers: Vec<String>,
    /// Events by kind, the most frequent first.
    pub kinds: Vec<(String, u64)>,
    /// Deaths by cause, the most frequent first; an empty cause is unknown.
    pub causes: Vec<(String, u64)>,
    /// Technologies researched, by name.
    pub research: Vec<String>,
    /// The most players at a time.
    pub peak: Peak,
    /// Milliseconds played in each of the equal steps that the stretch is cut into: hours, days, or parts of a year.
    pub curve: Vec<u64>,
}

impl Summary {
    /// Sums up rows that touch a stretch of time.
    #[must_use]
    pub fn of(period: Period, sessions: &[Session], counts: &[Count], newcomers: Vec<String>) -> Self {
        let mut players: BTreeMap<&str, PlayerSum> = BTreeMap::new();
        let mut stays = Vec::with_capacity(sessions.len());
        for session in sessions {
            let Some(stay) = cut(session, period) else {
                continue;
            };
            let player = players.entry(&session.player).or_default();
            player.sessions += 1;
            player.played_ms += stay.length();
            stays.push(stay);
        }
        let (mut kinds, mut causes, mut research) = (Tops::default(), Tops::default(), Tops::default());
        for row in counts {
            kinds.add(&row.kind, row.count);
            match row.kind.as_str() {
                "death" => causes.add(row.detail.as_deref().unwrap_or_default(), row.count),
                "research" => research.add(row.detail.as_deref().unwrap_or_default(), row.count),
                _ => {}
            }
            let Some(name) = &row.player else { continue };
            let player = players.entry(name).or_default();
            match row.kind.as_str() {
                "chat" | "shout" => player.messages += row.count,
                "death" => player.deaths += row.count,
                _ => {}
            }
        }
        let mut players: Vec<PlayerSum> = players
            .into_iter()
            .map(|(name, sum)| PlayerSum {
                name: name.to_owned(),
                ..sum
            })
            .collect();
        players.sort_by_key(|player| std::cmp::Reverse((player.played_ms, player.messages)));
        Self {
            period,
            players,
            newcomers,
            kinds: kinds.most_first(),
            causes: causes.most_first(),
            research: research.names(),
            peak: peak(&stays),
            curve: curve(period, &stays),
        }
    }

    /// Whether anything is worth telling. Starts and stops alone are not.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.players.is_empty() && self.causes.is_empty() && self.research.is_empty()
    }

    /// Milliseconds played in all.
    #[must_use]
    pub fn played_ms(&self) -> u64 {
        self.players.iter().map(|player| player.played_ms).sum()
    }

    /// How often a kind of event happened.
    #[must_use]
    pub fn count_of(&self, kind: &str) -> u64 {
        self.kinds
            .iter()
            .find(|(name, _)| name == kind)
            .map_or(0, |(_, count)| *count)
    }

    /// Chat and shouts.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.count_of("chat") + self.count_of("shout")
    }

    /// Players by messages, the most talkative first; the silent ones are left out.
    #[must_use]
    pub fn talkers(&self) -> Vec<&PlayerSum> {
        let mut talkers: Vec<&PlayerSum> = self.players.iter().filter(|player| player.messages > 0).collect();
        talkers.sort_by_key(|player| std::cmp::Reverse(player.messages));
        talkers
    }
}

/// A session inside the stretch.
#[derive(Debug, Clone, Copy)]
struct Stay {
    from_ms: i64,
    until_ms: i64,
}

impl Stay {
    fn length(self) -> u64 {
        self.until_ms.saturating_sub(self.from_ms).max(0).unsigned_abs()
    }
}

fn cut(session: &Session, period: Period) -> Option<Stay> {
    let ended = session.ended_ms.unwrap_or(period.until_ms);
    let touches = session.began_ms < period.until_ms && ended >= period.from_ms;
    touches.then(|| Stay {
        from_ms: session.began_ms.max(period.from_ms),
        until_ms: ended.min(period.until_ms).max(session.began_ms),
    })
}

/// Who leaves at a moment makes room for who comes at that moment.
fn peak(stays: &[Stay]) -> Peak {
    let comings = stays.iter().map(|stay| (stay.from_ms, 1_i64));
    let goings = stays
        .iter()
        .filter(|stay| stay.length() > 0)
        .map(|stay| (stay.until_ms, -1));
    let mut moments: Vec<(i64, i64)> = comings
        .chain(goings)
        .chain(
            stays
                .iter()
                .filter(|stay| stay.length() == 0)
                .map(|stay| (stay.from_ms + 1, -1)),
        )
        .collect();
    moments.sort_unstable();
    let (mut here, mut peak) = (0_i64, Peak::default());
    for (at_ms, change) in moments {
        here += change;
        if here > i64::try_from(peak.players).unwrap_or(i64::MAX) {
            peak = Peak {
                players: here.unsigned_abs(),
                at_ms,
            };
        }
    }
    peak
}

/// In how many parts of at most that length a length is cut.
const fn parts(length: i64, part: i64) -> i64 {
    length.saturating_sub(1) / part + 1
}

fn curve(period: Period, stays: &[Stay]) -> Vec<u64> {
    let length = period.until_ms.saturating_sub(period.from_ms).max(1);
    let steps = match length {
        short if short <= 2 * DAY_MS => parts(short, HOUR_MS),
        middle if middle <= MOST_STEPS * DAY_MS => parts(middle, DAY_MS),
        _ => MOST_STEPS,
    };
    let edge = |step: i64| {
        let part = i128::from(length) * i128::from(step) / i128::from(steps);
        period
            .from_ms
            .saturating_add(i64::try_from(part).unwrap_or(length))
    };
    let step_of = |at_ms: i64| {
        let part = i128::from(at_ms.saturating_sub(period.from_ms)) * i128::from(steps) / i128::from(length);
        i64::try_from(part).unwrap_or(0).clamp(0, steps - 1)
    };
    let mut curve = vec![0; usize::try_from(steps).unwrap_or(0)];
    for stay in stays {
        for step in step_of(stay.from_ms)..=step_of(stay.until_ms) {
            let inside = Stay {
                from_ms: stay.from_ms.max(edge(step)),
                until_ms: stay.until_ms.min(edge(step + 1)),
            };
            if let Some(sum) = usize::try_from(step).ok().and_then(|step| curve.get_mut(step)) {
                *sum += inside.length();
            }
        }
    }
    curve
}

/// Names with a number each.
#[derive(Default)]
struct Tops<'a>(BTreeMap<&'a str, u64>);

impl<'a> Tops<'a> {
    fn add(&mut self, name: &'a str, count: u64) {
        *self.0.entry(name).or_default() += count;
    }

    fn most_first(self) -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> = self
            .0
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }

    fn names(self) -> Vec<String> {
        self.0
            .into_keys()
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn session(player: &str, began: i64, ended: impl Into<Option<i64>>) -> Session {
        Session {
            player: player.into(),
            began_ms: began * MINUTE,
            ended_ms: ended.into().map(|minute| minute * MINUTE),
        }
    }

    fn count(player: Option<&str>, kind: &str, detail: Option<&str>, count: u64) -> Count {
        Count {
            player: player.map(str::to_owned),
            kind: kind.into(),
            detail: detail.map(str::to_owned),
            count,
        }
    }

    fn two_hours() -> Period {
        Period {
            from_ms: 100 * MINUTE,
            until_ms: 220 * MINUTE,
        }
    }

    #[test]
    fn sessions_are_cut_to_the_stretch_and_summed_up() {
        let sessions = [
            session("Ann", 40, 130),
            session("Bob", 110, None),
            session("Ann", 200, 400),
            session("Cid", 10, 20),
        ];
        let summary = Summary::of(two_hours(), &sessions, &[], Vec::new());
        let hours: Vec<(&str, u64, u64)> = summary
            .players
            .iter()
            .map(|player| (player.name.as_str(), player.played_ms / 60_000, player.sessions))
            .collect();
        assert_eq!(hours, [("Bob", 110, 1), ("Ann", 50, 2)]);
        assert_eq!(
            summary.curve,
            [(30 + 50) * 60_000, (60 + 20) * 60_000],
            "an hour each"
        );
    }

    #[test]
    fn the_peak_is_the_most_at_a_time_and_a_change_of_guard_is_one() {
        let sessions = [
            session("Ann", 100, 120),
            session("Bob", 120, 140),
            session("Cid", 130, 150),
        ];
        let summary = Summary::of(two_hours(), &sessions, &[], Vec::new());
        assert_eq!(
            summary.peak,
            Peak {
                players: 2,
                at_ms: 130 * MINUTE
            }
        );
        let glimpse = Summary::of(two_hours(), &[session("Ann", 105, 105)], &[], Vec::new());
        assert_eq!(glimpse.peak.players, 1, "she was there, however short");
    }

    #[test]
    fn counts_become_kinds_causes_and_players() {
        let counts = [
            count(Some("Ann"), "chat", None, 3),
            count(Some("Bob"), "shout", None, 4),
            count(Some("Ann"), "death", Some("biter"), 2),
            count(Some("Bob"), "death", None, 1),
            count(None, "research", Some("oil"), 1),
        ];
        let summary = Summary::of(two_hours(), &[], &counts, Vec::new());
        assert_eq!(summary.causes, [("biter".to_owned(), 2), (String::new(), 1)]);
        assert_eq!(summary.research, ["oil"]);
        assert_eq!(summary.messages(), 7);
        let talkers: Vec<&str> = summary
            .talkers()
            .into_iter()
            .map(|player| player.name.as_str())
            .collect();
        assert_eq!(talkers, ["Bob", "Ann"]);
        assert!(!summary.is_quiet());
    }

    #[test]
    fn a_server_that_only_restarts_is_quiet() {
        let starts = [
            count(None, "server_started", None, 1),
            count(None, "server_stopped", None, 1),
        ];
        assert!(Summary::of(two_hours(), &[], &starts, Vec::new()).is_quiet());
    }

    #[test]
    fn no_stretch_of_time_is_too_odd() {
        for (from_ms, until_ms) in [(0, 0), (5, 1), (i64::MIN, i64::MAX), (0, i64::MAX)] {
            let period = Period { from_ms, until_ms };
            let summary = Summary::of(
                period,
                &[session("Ann", 1, 2), session("Bob", 0, None)],
                &[],
                Vec::new(),
            );
            assert!(summary.curve.len() <= 62);
        }
    }
}
