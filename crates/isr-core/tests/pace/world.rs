//! A game whose truth is known: how fast it ran at each moment, when it stood, and what `/time` answered.
//!
//! Owns the truth and the answers. Must not know how they are judged.

use std::time::Duration;

use isr_core::game::ups::{ASK_IN_DOUBT, Company, Meter, TickAnswer};
use isr_core::game::{Asked, Mono, TimeAnswer};

/// Small seeded dice (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below another.
    #[expect(clippy::cast_possible_truncation, reason = "the result is below a usize")]
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of several.
    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// From one number to another.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }
}

/// Why a game stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It does not.
    Plays,
    /// It saves, and answers nothing. The log tells of it.
    ToldSave,
    /// It saves, and answers nothing. There is no log.
    UntoldSave,
    /// Somebody paused it, or nobody is there: it answers.
    Pause,
}

/// A stretch of time in which the game does one thing.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: f64,
    ticks: f64,
    rate: f64,
    why: Why,
}

/// The game.
#[derive(Debug, Clone)]
pub(crate) struct World {
    stretches: Vec<Stretch>,
    pub(crate) end: f64,
}

impl World {
    /// A game that has run for so many ticks when we first look.
    pub(crate) fn new(ticks: f64) -> Self {
        Self {
            stretches: vec![Stretch {
                from: 0.0,
                ticks,
                rate: 0.0,
                why: Why::Pause,
            }],
            end: 0.0,
        }
    }

    /// Plays at a rate for a while; the rate of each second differs by up to `noise` of it.
    pub(crate) fn play(&mut self, seconds: f64, rate: f64, noise: f64, dice: &mut Dice) {
        let mut left = seconds;
        while left > 0.0 {
            let part = if noise > 0.0 { left.min(1.0) } else { left };
            self.push(part, rate * dice.between(1.0 - noise, 1.0 + noise), Why::Plays);
            left -= part;
        }
    }

    /// Stands for a while.
    pub(crate) fn stand(&mut self, seconds: f64, why: Why) {
        self.push(seconds, 0.0, why);
    }

    fn push(&mut self, seconds: f64, rate: f64, why: Why) {
        let ticks = self.ticks(self.end);
        self.stretches.push(Stretch {
            from: self.end,
            ticks,
            rate,
            why,
        });
        self.end += seconds;
    }

    fn at(&self, at: f64) -> &Stretch {
        let after = self.stretches.partition_point(|stretch| stretch.from <= at);
        &self.stretches[after.saturating_sub(1)]
    }

    /// How many ticks the game has made.
    pub(crate) fn ticks(&self, at: f64) -> f64 {
        let stretch = self.at(at);
        stretch.ticks + stretch.rate * (at - stretch.from)
    }

    /// When a question that comes at a moment is dealt with: not while the game saves.
    pub(crate) fn dealt_with(&self, at: f64) -> f64 {
        match self.at(at).why {
            Why::Plays | Why::Pause => at,
            Why::ToldSave | Why::UntoldSave => {
                let after = self.stretches.partition_point(|stretch| stretch.from <= at);
                self.stretches.get(after).map_or(self.end, |next| next.from)
            }
        }
    }

    /// Ticks by seconds of play in a span, and the seconds of play.
    pub(crate) fn truth(&self, from: f64, until: f64) -> (f64, f64) {
        let ends = self.stretches[1..]
            .iter()
            .map(|stretch| stretch.from)
            .chain([self.end]);
        let mut played = 0.0;
        let mut ticks = 0.0;
        for (stretch, end) in self.stretches.iter().zip(ends) {
            let part = end.min(until) - stretch.from.max(from);
            if part > 0.0 && stretch.why == Why::Plays {
                played += part;
                ticks += part * stretch.rate;
            }
        }
        (ticks / played, played)
    }
}

/// How the game is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// From one question to the next, in seconds.
    pub(crate) every: f64,
    /// The longest way there and back, in seconds.
    pub(crate) trip: f64,
    /// Whether Lua tells ticks.
    pub(crate) basis: Told,
    /// Whether is asked again soon after a surprise.
    pub(crate) follow_up: FollowUp,
}

/// Whether is asked again soon after a surprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FollowUp {
    /// It is.
    Asked,
    /// It is not.
    Left,
}

/// What the game is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// `/time`.
    Seconds,
    /// Ticks.
    Ticks,
}

/// Asks from a moment to another, and gives each answer with the meter after it to `each`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ticks of a game are not negative and fit"
)]
pub(crate) fn ask(
    world: &World,
    plan: Plan,
    meter: &mut Meter,
    dice: &mut Dice,
    mut each: impl FnMut(f64, &mut Meter),
) {
    let mut next = dice.between(0.0, plan.every);
    let mut told_until = 0.0;
    while next < world.end {
        let there = dice.between(0.001, plan.trip / 2.0);
        let dealt = world.dealt_with(next + there);
        let received = dealt + dice.between(0.001, plan.trip / 2.0);
        if received >= world.end {
            break;
        }
        tell_saves(world, &mut told_until, received, meter);
        let asked = Asked {
            sent: mono(next),
            received: mono(received),
        };
        let ticks = world.ticks(dealt);
        match plan.basis {
            Told::Seconds => meter.seconds(&TimeAnswer {
                asked,
                game_time: Duration::from_secs((ticks / 60.0) as u64),
            }),
            Told::Ticks => meter.ticks(&TickAnswer {
                asked,
                tick: ticks as u64,
                speed: 1.0,
            }),
        }
        each(received, meter);
        let wait = match meter.ask_again_after(COMPANY) {
            ASK_IN_DOUBT if plan.follow_up == FollowUp::Asked => ASK_IN_DOUBT.as_secs_f64(),
            _ => plan.every,
        };
        next = (next + wait).max(received + 0.01);
    }
}

/// The log tells of each save that has ended, up to a second late.
fn tell_saves(world: &World, told_until: &mut f64, now: f64, meter: &mut Meter) {
    let ends = world.stretches[1..].iter().map(|stretch| stretch.from);
    for (stretch, end) in world.stretches.iter().zip(ends) {
        let read = end + 0.7;
        if stretch.why == Why::ToldSave && read > *told_until && read <= now {
            meter.stood(mono(stretch.from + 0.7), mono(read));
        }
    }
    *told_until = now;
}

/// A moment of the world.
pub(crate) fn mono(seconds: f64) -> Mono {
    Mono(Duration::from_secs_f64(seconds))
}

/// Somebody is there: what stands was paused.
pub(crate) const COMPANY: Company = Company::Somebody;
