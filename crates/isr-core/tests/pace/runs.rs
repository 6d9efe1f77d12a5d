//! Many short runs of all sorts, and how far the estimate is from the truth.

use isr_core::game::ups::{Meter, NORMAL_UPS, Options, Pace};

use crate::world::{COMPANY, Dice, FollowUp, Plan, Told, Why, World, ask, mono};

/// What happens in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// One rate, from 12 to 60.
    Steady,
    /// One rate that differs by a tenth from second to second.
    Noisy,
    /// Saves of 1 to 12 s of which the log tells.
    ToldSaves,
    /// The same without a log.
    UntoldSaves,
    /// Pauses of 20 to 200 s.
    Pauses,
    /// The rate changes once or twice.
    Steps,
    /// `game.speed` changes between half and four times.
    Speeds,
    /// All of it.
    Everything,
}

impl Sort {
    pub(crate) const ALL: [Self; 8] = [
        Self::Steady,
        Self::Noisy,
        Self::ToldSaves,
        Self::UntoldSaves,
        Self::Pauses,
        Self::Steps,
        Self::Speeds,
        Self::Everything,
    ];
}

/// One run: some minutes, at whose end the estimate is compared.
pub(crate) fn world(sort: Sort, dice: &mut Dice) -> World {
    let mut world = World::new(dice.between(0.0, 1e8).floor());
    let noise = match sort {
        Sort::Noisy => 0.1,
        Sort::Everything => dice.between(0.0, 0.1),
        _ => dice.between(0.0, 0.01),
    };
    let rate = |dice: &mut Dice| match sort {
        Sort::Speeds => NORMAL_UPS * dice.between(0.5, 4.0),
        _ if dice.share() < 0.4 => NORMAL_UPS,
        _ => dice.between(12.0, 60.0),
    };
    let mut now = rate(dice);
    let minutes = dice.between(2.0, 10.0);
    loop {
        world.play(dice.between(20.0, 240.0), now, noise, dice);
        if world.end >= minutes * 60.0 {
            return world;
        }
        let happens = match sort {
            Sort::Everything => Sort::ALL[dice.below(7)],
            sort => sort,
        };
        match happens {
            Sort::ToldSaves => world.stand(dice.between(1.0, 12.0), Why::ToldSave),
            Sort::UntoldSaves => world.stand(dice.between(1.0, 12.0), Why::UntoldSave),
            Sort::Pauses => world.stand(dice.between(20.0, 200.0), Why::Pause),
            Sort::Steps | Sort::Speeds => now = rate(dice),
            _ => {}
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    /// What the meter said, with how far it may be off.
    pub(crate) said: Option<(f64, f64)>,
    /// What was true over the last 60 s; nothing where the game played for less than half of them.
    pub(crate) truth: Option<f64>,
}

pub(crate) fn judge(sort: Sort, plan: Plan, seed: u64) -> Judged {
    let dice = &mut Dice(seed);
    let world = world(sort, dice);
    let mut meter = Meter::new(Options::default());
    let (mut last, mut pace) = (0.0, Pace::Unknown);
    let until = world.end;
    ask(&world, plan, &mut meter, dice, |at, meter| {
        last = at;
        if at > until - 60.0 {
            pace = meter.pace(mono(at), COMPANY);
        }
    });
    let (truth, played) = world.truth((last - 60.0).max(0.0), last);
    Judged {
        said: pace.ups().map(|ups| (ups.value, ups.plus_minus)),
        truth: (played >= 30.0).then_some(truth),
    }
}

/// How many runs of a sort ended how.
#[derive(Debug, Default, Clone)]
pub(crate) struct Table {
    /// Relative errors, without sign.
    pub(crate) errors: Vec<f64>,
    /// Nothing was said though the game played.
    pub(crate) unknown: usize,
    /// The truth lay in what was said with its precision.
    pub(crate) inside: usize,
    /// The precision that was said, relative.
    pub(crate) stated: Vec<f64>,
}

impl Table {
    pub(crate) fn of(sort: Sort, plan: Plan, runs: u64, seed: u64) -> Self {
        let mut table = Self::default();
        for run in 0..runs {
            table.add(judge(
                sort,
                plan,
                seed.wrapping_add(run.wrapping_mul(0x2545_f491_4f6c_dd1d)),
            ));
        }
        table.errors.sort_by(f64::total_cmp);
        table.stated.sort_by(f64::total_cmp);
        table
    }

    fn add(&mut self, judged: Judged) {
        match judged {
            Judged { truth: None, .. } => {}
            Judged { said: None, .. } => self.unknown += 1,
            Judged {
                said: Some((value, plus_minus)),
                truth: Some(truth),
            } => {
                let off = (value - truth).abs();
                self.errors.push(off / truth);
                self.inside += usize::from(off <= plus_minus + 1e-9);
                self.stated.push(plus_minus / value);
            }
        }
    }

    /// The share of runs within so much of the truth.
    #[expect(clippy::cast_precision_loss, reason = "a number of runs")]
    pub(crate) fn within(&self, relative: f64) -> f64 {
        let near = self.errors.iter().filter(|error| **error <= relative).count();
        near as f64 / self.errors.len().max(1) as f64
    }

    /// The error that so many of a thousand runs stay below.
    pub(crate) fn percentile(sorted: &[f64], per_mille: usize) -> f64 {
        let at = sorted.len().saturating_sub(1) * per_mille / 1000;
        sorted.get(at).copied().unwrap_or(f64::NAN)
    }
}

/// With players there.
pub(crate) const BUSY: Plan = Plan {
    every: 5.618,
    trip: 0.1,
    basis: Told::Seconds,
    follow_up: FollowUp::Asked,
};

/// With nobody there.
pub(crate) const IDLE: Plan = Plan {
    every: 30.618,
    follow_up: FollowUp::Left,
    ..BUSY
};
