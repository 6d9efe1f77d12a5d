//! Each rule's way from quiet to alert to its end.

mod latches;
mod lines;
mod snapshots;

use super::*;
use crate::game::ups::{Basis, Pace, Ups};
use crate::game::{GameState, Link, LinkDown, Mono, Now, Online, Players, Since, Snapshot};

const START_MS: i64 = 1_700_000_000_000;

/// A moment so many seconds after the first one.
fn at(seconds: u64) -> Now {
    Now {
        mono: Mono(Duration::from_secs(seconds)),
        unix_ms: ms(seconds),
    }
}

fn ms(seconds: u64) -> i64 {
    START_MS + i64::try_from(seconds).unwrap() * 1000
}

/// A server on which all is well.
fn well(seconds: u64) -> Snapshot {
    Snapshot {
        at: at(seconds),
        link: Link::Up { since_ms: START_MS },
        game: GameState::Running,
        players: Some(Players::default()),
        pace: running(60.0),
        last_log_line_ms: Some(ms(seconds)),
        version: Some("2.0.77".to_owned()),
        ..Snapshot::default()
    }
}

fn running(value: f64) -> Pace {
    Pace::Running(Ups {
        value,
        plus_minus: 0.4,
        window: Duration::from_secs(60),
        target: 60.0,
        basis: Basis::Seconds,
    })
}

fn signals() -> Signals {
    Signals {
        maintenance_until_ms: None,
        log: LogSource::Followed,
        disk: Some(DiskRoom {
            free: 50 << 30,
            total: 100 << 30,
        }),
    }
}

/// What a server with one thing wrong since a moment looks like.
fn wrong(rule: Rule, since: u64, seconds: u64) -> (Snapshot, Signals) {
    let (mut snapshot, mut signals) = (well(seconds), signals());
    match rule {
        Rule::UpsLow => snapshot.pace = running(40.0),
        Rule::ServerDown => {
            snapshot.game = GameState::Down {
                since_ms: ms(since),
                end: End::Crashed,
            };
            snapshot.link = lost(since);
            snapshot.pace = Pace::Unknown;
        }
        Rule::RconLost => {
            snapshot.game = GameState::Unknown;
            snapshot.link = lost(since);
            snapshot.pace = Pace::Unknown;
        }
        Rule::LogSilent => {
            snapshot.last_log_line_ms = Some(ms(since) - 600_000);
            snapshot.players = Some(Players {
                online: vec![Online {
                    name: "Ann".to_owned(),
                    since: Since::At(ms(since)),
                }],
            });
        }
        Rule::DiskFull => {
            signals.disk = Some(DiskRoom {
                free: 1 << 20,
                total: 100 << 30,
            });
        }
        _ => snapshot.version = Some("2.0.99".to_owned()),
    }
    (snapshot, signals)
}

fn lost(since: u64) -> Link {
    Link::Down(LinkDown {
        since_ms: ms(since),
        why: WhyDown::Unreachable,
        detail: "no".to_owned(),
    })
}

/// A desk with the store behind it.
struct Stage {
    desk: Desk,
    settings: Settings,
    rows: BTreeMap<&'static str, String>,
    maintenance_until_ms: Option<i64>,
}

impl Stage {
    fn new(settings: Settings) -> Self {
        Self {
            desk: Desk::restore(settings.clone(), []),
            settings,
            rows: BTreeMap::new(),
            maintenance_until_ms: None,
        }
    }

    /// The program starts anew.
    fn restart(&mut self) {
        let rows = self.rows.iter().map(|(rule, state)| (*rule, state.as_str()));
        self.desk = Desk::restore(self.settings.clone(), rows);
    }

    fn look(&mut self, (snapshot, signals): (Snapshot, Signals), seconds: u64) -> Vec<(Rule, News)> {
        let signals = Signals {
            maintenance_until_ms: self.maintenance_until_ms,
            ..signals
        };
        let steps = self.desk.step(&snapshot, &signals, at(seconds));
        let mut news = Vec::new();
        for step in steps {
            if let Some(state) = step.state {
                self.rows.insert(step.rule.as_str(), state);
            } else {
                assert!(
                    step.news.is_none() || matches!(step.news, Some(News::StillSo { .. })),
                    "what is told is stored: {step:?}"
                );
            }
            news.extend(step.news.map(|news| (step.rule, news)));
        }
        news
    }

    /// Looks each minute, from one moment to before another; what is told with its moment.
    fn minutes(
        &mut self,
        from: u64,
        until: u64,
        seen: impl Fn(u64) -> (Snapshot, Signals),
    ) -> Vec<(u64, Rule, News)> {
        let mut told = Vec::new();
        for seconds in (from..until).step_by(60) {
            let news = self.look(seen(seconds), seconds);
            told.extend(news.into_iter().map(|(rule, news)| (seconds, rule, news)));
        }
        told
    }
}

fn all_well(seconds: u64) -> (Snapshot, Signals) {
    (well(seconds), signals())
}

fn is_fired(news: &News) -> bool {
    matches!(news, News::Fired(_))
}

#[test]
fn every_rule_has_a_name_of_its_own_and_runs_at_one_desk() {
    for rule in Rule::ALL {
        assert_eq!(Rule::from_name(rule.as_str()), Some(rule));
        assert!(
            Desk::RULES.contains(&rule) != LogDesk::RULES.contains(&rule),
            "{rule:?}"
        );
    }
    assert_eq!(Rule::from_name("nothing"), None);
}
