//! Whole days of a server, looked at as the program does: with a watch and the rules for alerts.

use std::time::Duration;

use isr_core::game::alert::{Desk, LogSource, News, Rule, Settings, Signals};
use isr_core::game::{Asked, LinkChange, LogSign, Mono, Now, Sample, TimeAnswer, Watch, WatchOptions};

use crate::world::{Dice, Why, World, mono};

const DAY: f64 = 86_400.0;

/// What the game runs at when it is not well, and from when until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dip {
    pub(crate) from: f64,
    pub(crate) until: f64,
    pub(crate) rate: f64,
}

/// One day.
pub(crate) struct Day {
    world: World,
    /// From when until when somebody is there.
    visits: Vec<(f64, f64)>,
    /// When saves began and ended, where the log tells of them.
    saves: Vec<(f64, f64)>,
}

impl Day {
    /// A day on which all is well, apart from a dip: visits, a save every ten minutes, a short one with each join.
    pub(crate) fn new(dip: Option<Dip>, dice: &mut Dice) -> Self {
        let mut day = Self {
            world: World::new(dice.between(0.0, 1e8).floor()),
            visits: Vec::new(),
            saves: Vec::new(),
        };
        let why = *dice.one_of(&[Why::ToldSave, Why::UntoldSave]);
        while day.world.end < DAY {
            day.world.stand(dice.between(300.0, 14_000.0), Why::Pause);
            let came = day.world.end;
            let goes = came + dice.between(300.0, 14_000.0);
            let mut saves = came + dice.between(0.0, 600.0);
            while day.world.end < goes {
                let rate = match dip {
                    Some(dip) if (dip.from..dip.until).contains(&day.world.end) => dip.rate,
                    _ if dice.share() < 0.8 => 60.0,
                    _ => dice.between(58.5, 60.0),
                };
                day.world.play(dice.between(20.0, 120.0), rate, 0.01, dice);
                // Others come and go: the map is written for each, in which the game stands for a moment.
                if dice.share() < 0.02 {
                    day.save(dice.between(0.2, 3.0), Why::UntoldSave);
                }
                if day.world.end >= saves {
                    day.save(dice.between(0.5, 9.0), why);
                    saves += 600.0;
                }
            }
            day.visits.push((came, day.world.end));
            // The last one to leave has it saved.
            day.save(dice.between(0.5, 9.0), why);
        }
        day
    }

    fn save(&mut self, seconds: f64, why: Why) {
        let began = self.world.end;
        self.world.stand(seconds, why);
        if why == Why::ToldSave {
            self.saves.push((began, self.world.end));
        }
    }

    fn is_visited(&self, at: f64) -> bool {
        self.visits
            .iter()
            .any(|(came, went)| (*came..*went).contains(&at))
    }

    /// Watches the day; what was told about the updates per second, and when.
    pub(crate) fn watched(&self, dice: &mut Dice) -> Vec<(f64, News)> {
        let mut watch = Watch::new(WatchOptions::default());
        let mut desk = Desk::restore(Settings::default(), []);
        let signals = Signals {
            log: LogSource::Followed,
            ..Signals::default()
        };
        watch.link(LinkChange::Up, now(0.0));
        let mut told = Vec::new();
        let (mut next, mut listed, mut looked) = (dice.between(0.0, 5.0), -100.0, -100.0);
        let mut saves = self.saves.iter().peekable();
        let mut breaks = dice.between(3_600.0, DAY);
        while next < DAY {
            if next > breaks {
                // The network, for half a minute.
                watch.link(LinkChange::Connecting, now(next));
                next += 30.0;
                watch.link(LinkChange::Up, now(next));
                breaks += dice.between(3_600.0, DAY);
            }
            let dealt = self.world.dealt_with(next + dice.between(0.001, 0.05));
            let received = dealt + dice.between(0.001, 0.05);
            while let Some((began, ended)) = saves.next_if(|(_, ended)| ended + 1.0 <= received) {
                watch.told(&LogSign::SaveBegan, unix_ms(*began), now(began + 0.8));
                let took = Some(Duration::from_secs_f64(ended - began));
                watch.told(&LogSign::SaveEnded { took }, unix_ms(*ended), now(ended + 0.8));
            }
            let mut sample = Sample::empty(now(received));
            sample.time = Ok(TimeAnswer {
                asked: Asked {
                    sent: mono(next),
                    received: mono(received),
                },
                game_time: Duration::from_secs_f64((self.world.ticks(dealt) / 60.0).floor()),
            });
            if received - listed >= 60.0 {
                listed = received;
                let visitors = if self.is_visited(dealt) {
                    vec!["Ann".to_owned()]
                } else {
                    Vec::new()
                };
                sample.players = Ok(visitors);
            }
            watch.took(&sample);
            if received - looked >= 57.5 {
                looked = received;
                let steps = desk.step(&watch.snapshot(now(received)), &signals, now(received));
                let news = steps.into_iter().filter(|step| step.rule == Rule::UpsLow);
                told.extend(news.filter_map(|step| Some((received, step.news?))));
            }
            next = (next + watch.ask_time_after().as_secs_f64()).max(received + 0.01);
        }
        told
    }
}

fn now(seconds: f64) -> Now {
    Now {
        mono: Mono(mono(seconds).0),
        unix_ms: unix_ms(seconds),
    }
}

fn unix_ms(seconds: f64) -> i64 {
    1_700_000_000_000 + i64::try_from(mono(seconds).0.as_millis()).unwrap_or(0)
}
