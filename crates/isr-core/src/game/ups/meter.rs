//! Keeps answers and tells the pace from them.
//!
//! Owns which answers belong together: what was a standstill, what a change of the rate. Must not know who asks. Cannot
//! fail; it holds a bounded number of answers.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::gates::Gate;
use super::reading::{Answers, Reading};
use super::{ASK_BUSY, ASK_IDLE, ASK_IN_DOUBT, Basis, NORMAL_UPS, Pace, Ups};
use crate::game::{Asked, Mono, TimeAnswer};

/// Answers and standstills that are kept, at most.
const MOST_KEPT: usize = 64;
/// A game that does not move for so long stands: below 4 UPS.
const STANDS_AFTER: f64 = 15.0;
/// An estimate needs answers that lie so far apart, in seconds,
const SHORTEST: f64 = 20.0;
/// and a precision of this share of it.
const ROUGHEST: f64 = 0.1;
/// After so long without an answer the pace is unknown.
const STALE_AFTER: Duration = Duration::from_secs(150);
/// What the log tells is read so late at most, in seconds.
const READ_LATE: f64 = 2.0;
/// So many questions that come soon after another are asked in a minute, at most: as many as two changes take. A game
/// whose rate never settles is not asked without end.
const MOST_SOON: usize = 8;
/// A question after less has come soon, in seconds.
const SOON: f64 = 3.0;
/// Faster than that no game runs: another map.
const TELEPORT: f64 = 20.0 * NORMAL_UPS;

/// How the pace is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The estimate is of the time so far back, at least.
    pub window: Duration,
    /// Where one rate explains the answers, they are used so far back.
    pub longest: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            longest: Duration::from_secs(300),
        }
    }
}

/// Whether somebody is on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Company {
    /// Nobody is.
    Nobody,
    /// Somebody is.
    Somebody,
    /// Not known.
    #[default]
    Unknown,
}

/// Speeds that are believed: Factorio takes 0.01 and more, and no machine comes near the other end. Whoever answers another one
/// is no game, and beyond it the updates a second that are aimed at would be no number.
const SPEEDS: RangeInclusive<f64> = 0.01..=1e6;

/// The answer to a question for ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickAnswer {
    /// When it was asked.
    pub asked: Asked,
    /// `game.tick`.
    pub tick: u64,
    /// `game.speed`.
    pub speed: f64,
}

/// The pace of one game.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    options: Options,
    answers: VecDeque<Answer>,
    stood: VecDeque<(Mono, Mono)>,
    basis: Basis,
    speed: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Answer {
    asked: Asked,
    from: u64,
    below: u64,
}

impl Meter {
    /// One that has heard nothing.
    #[must_use]
    pub const fn new(options: Options) -> Self {
        Self {
            options,
            answers: VecDeque::new(),
            stood: VecDeque::new(),
            basis: Basis::Seconds,
            speed: 1.0,
        }
    }

    /// Forgets everything: another map, another run.
    pub fn restart(&mut self) {
        *self = Self::new(self.options);
    }

    /// Takes an answer to `/time`. Where ticks are told these are better, and this says nothing new.
    pub fn seconds(&mut self, answer: &TimeAnswer) {
        if self.basis == Basis::Seconds {
            let second = answer.game_time.as_secs();
            self.push(Answer {
                asked: answer.asked,
                from: second.saturating_mul(60),
                below: second.saturating_add(1).saturating_mul(60),
            });
        }
    }

    /// Takes ticks, told by Lua.
    pub fn ticks(&mut self, answer: &TickAnswer) {
        let speed = if SPEEDS.contains(&answer.speed) {
            answer.speed
        } else {
            1.0
        };
        // At another speed the former answers belong to another rate.
        if self.basis == Basis::Seconds || (speed - self.speed).abs() > f64::EPSILON {
            self.restart();
        }
        self.basis = Basis::Ticks;
        self.speed = speed;
        self.push(Answer {
            asked: answer.asked,
            from: answer.tick,
            below: answer.tick.saturating_add(1),
        });
    }

    /// Ticks are not told any more: goes by `/time` again.
    pub fn without_ticks(&mut self) {
        if self.basis == Basis::Ticks {
            self.restart();
        }
    }

    /// Learns that the game stood between two moments, such as for a save that the log told of. The second may be late by
    /// what reading the log takes.
    pub fn stood(&mut self, from: Mono, until: Mono) {
        if self.stood.len() == MOST_KEPT {
            self.stood.pop_front();
        }
        self.stood.push_back((from, until));
    }

    /// The pace at a moment.
    #[must_use]
    pub fn pace(&self, now: Mono, company: Company) -> Pace {
        let Some(newest) = self.answers.back() else {
            return Pace::Unknown;
        };
        if now.since(newest.asked.received) > STALE_AFTER {
            return Pace::Unknown;
        }
        if self.stands() {
            return match company {
                Company::Nobody => Pace::AutoPaused,
                Company::Somebody | Company::Unknown => Pace::Standing,
            };
        }
        let reading = self.answers().read(self.options.window.as_secs_f64());
        reading.map_or(Pace::Unknown, |reading| self.told(reading))
    }

    /// How long to wait before `/time` is asked again. After an answer that does not fit those before it is asked again
    /// soon, a few times: that tells a standstill from a change of the rate.
    #[must_use]
    pub fn ask_again_after(&self, company: Company) -> Duration {
        match company {
            Company::Nobody => ASK_IDLE,
            Company::Somebody | Company::Unknown if self.hurries() => ASK_IN_DOUBT,
            Company::Somebody | Company::Unknown => ASK_BUSY,
        }
    }

    fn hurries(&self) -> bool {
        let Some(newest) = self.answers.back() else {
            return false;
        };
        let age = |answer: &Answer| newest.asked.sent.since(answer.asked.sent).as_secs_f64();
        let mut pairs = self.answers.iter().zip(self.answers.iter().skip(1));
        let soon = pairs
            .by_ref()
            .filter(|(earlier, later)| age(earlier) <= 60.0 && age(earlier) - age(later) < SOON);
        soon.count() < MOST_SOON && !self.stands() && self.answers().are_in_doubt()
    }

    fn told(&self, reading: Reading) -> Pace {
        let (value, plus_minus) = (reading.slopes.middle(), reading.slopes.half_width());
        let is_good =
            value.is_finite() && value > 0.0 && plus_minus <= ROUGHEST * value && reading.span >= SHORTEST;
        if !is_good {
            return Pace::Unknown;
        }
        Pace::Running(Ups {
            value,
            plus_minus,
            window: Duration::from_secs_f64(reading.span),
            target: NORMAL_UPS * self.speed,
            basis: self.basis,
        })
    }

    fn push(&mut self, answer: Answer) {
        if let Some(last) = self.answers.back() {
            if answer.asked.sent < last.asked.sent {
                // A late answer to an earlier question.
                return;
            }
            let ticks = answer.from.saturating_sub(last.below);
            let seconds = answer.asked.received.since(last.asked.sent).as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "a tick more or less of 2^53")]
            let jumped = ticks as f64 > TELEPORT * self.speed.max(1.0) * (seconds + 1.0);
            if answer.from < last.from || jumped {
                self.answers.clear();
                self.stood.clear();
            }
        }
        if self.answers.len() == MOST_KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back(answer);
    }

    /// Whether the game has not moved for long enough.
    fn stands(&self) -> bool {
        let Some(newest) = self.answers.back() else {
            return false;
        };
        let same = self
            .answers
            .iter()
            .rev()
            .take_while(|answer| answer.from == newest.from);
        same.last()
            .is_some_and(|first| newest.asked.sent.since(first.asked.received).as_secs_f64() >= STANDS_AFTER)
    }

    /// The answers, with times and ticks before the newest: exact as floating numbers.
    #[expect(
        clippy::cast_precision_loss,
        reason = "differences of ticks within minutes are small"
    )]
    fn answers(&self) -> Answers {
        let Some(newest) = self.answers.back() else {
            return Answers::new(Vec::new(), &[]);
        };
        let moment = |moment: Mono| -newest.asked.received.since(moment).as_secs_f64();
        let gate = |answer: &Answer| {
            let behind = newest.from.saturating_sub(answer.from) as f64;
            Gate {
                sent: moment(answer.asked.sent),
                received: moment(answer.asked.received),
                from: -behind,
                below: (answer.below - answer.from) as f64 - behind,
            }
        };
        let longest = self.options.longest;
        let recent = |answer: &&Answer| newest.asked.received.since(answer.asked.sent) <= longest;
        let gates = self.answers.iter().filter(recent).map(gate).collect();
        let stood: Vec<(f64, f64)> = self
            .stood
            .iter()
            .map(|(from, until)| (moment(*from) - READ_LATE, moment(*until)))
            .collect();
        Answers::new(gates, &stood)
    }
}
