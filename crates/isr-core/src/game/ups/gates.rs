//! Lines through gates: the rates at which a game can have run to give these answers.
//!
//! Owns the geometry. Times are seconds before some origin, heights are ticks. Must not know questions or pauses. Cannot
//! fail: gates that no line passes leave no slopes.

/// One answer: at some moment between two, the game was between two ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gate {
    /// When the question left, in seconds.
    pub(super) sent: f64,
    /// When the answer was there, in seconds.
    pub(super) received: f64,
    /// The game had made so many ticks,
    pub(super) from: f64,
    /// and fewer than so many.
    pub(super) below: f64,
}

impl Gate {
    /// How long the answer took.
    pub(super) fn took(&self) -> f64 {
        self.received - self.sent
    }

    /// The moment that it is most likely true of.
    pub(super) fn middle(&self) -> f64 {
        f64::midpoint(self.sent, self.received)
    }
}

/// The slopes that are possible, in ticks per second. Empty where `most` is below `least`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slopes {
    pub(super) least: f64,
    pub(super) most: f64,
}

/// Why a gate is not passed by any line that passes the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    /// Between it and the later ones the game made less than its rate: it stood for a while, or was slower before.
    Lost,
    /// It made more.
    Gained,
}

impl Slopes {
    /// Every rate that there can be.
    pub(super) const ANY: Self = Self {
        least: 0.0,
        most: f64::INFINITY,
    };

    pub(super) fn middle(self) -> f64 {
        f64::midpoint(self.least, self.most)
    }

    pub(super) fn half_width(self) -> f64 {
        (self.most - self.least) / 2.0
    }

    /// The slopes that are in both.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let both = Self {
            least: self.least.max(other.least),
            most: self.most.min(other.most),
        };
        (both.least <= both.most).then_some(both)
    }

    /// The slopes that one more gate leaves of these, with all other gates of the same line; it lies after or before them.
    ///
    /// A slope is possible when for every two gates the line can be above the lower edge of one and below the upper edge
    /// of the other: each pair limits the slope once from below and once from above, and that is all.
    pub(super) fn with(self, more: &Gate, line: &[Gate]) -> Result<Self, Miss> {
        let (mut least, mut most) = (self.least, self.most);
        for gate in line {
            let (earlier, later) = if gate.sent <= more.sent {
                (gate, more)
            } else {
                (more, gate)
            };
            let longest = later.received - earlier.sent;
            let shortest = later.sent - earlier.received;
            if longest > 0.0 {
                least = least.max((later.from - earlier.below) / longest);
            }
            if shortest > 0.0 {
                most = most.min((later.below - earlier.from) / shortest);
            }
        }
        if least <= most {
            Ok(Self { least, most })
        } else if most < self.least {
            Err(Miss::Lost)
        } else {
            Err(Miss::Gained)
        }
    }
}

/// The heights at which lines through all these gates pass a moment: the lowest and the highest.
pub(super) fn heights(line: &[Gate], slopes: Slopes, at: f64) -> (f64, f64) {
    // The edges are convex in the slope: a few slopes between the ends come near enough.
    const STEPS: u32 = 8;
    let most = if slopes.most.is_finite() {
        slopes.most
    } else {
        slopes.least
    };
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for step in 0..=STEPS {
        let slope = slopes.least + (most - slopes.least) * f64::from(step) / f64::from(STEPS);
        let floor = line.iter().map(|gate| gate.from + slope * (at - gate.received));
        let ceiling = line.iter().map(|gate| gate.below + slope * (at - gate.sent));
        lowest = lowest.min(floor.fold(f64::NEG_INFINITY, f64::max));
        highest = highest.max(ceiling.fold(f64::INFINITY, f64::min));
    }
    (lowest, highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(at: f64, second: f64) -> Gate {
        Gate {
            sent: at,
            received: at + 0.05,
            from: second * 60.0,
            below: second * 60.0 + 60.0,
        }
    }

    #[test]
    fn two_answers_a_minute_apart_bound_the_rate_by_a_second() {
        let slopes = Slopes::ANY.with(&gate(0.0, 10.0), &[gate(60.0, 70.0)]).unwrap();
        assert!((slopes.least - 59.0 * 60.0 / 60.05).abs() < 1e-9, "{slopes:?}");
        assert!((slopes.most - 61.0 * 60.0 / 59.95).abs() < 1e-9, "{slopes:?}");
    }

    #[test]
    fn answers_at_other_fractions_of_the_second_bound_it_closer() {
        let newest = gate(60.9, 60.0);
        let slopes = Slopes::ANY.with(&gate(30.5, 30.0), &[newest]).unwrap();
        let closer = slopes.with(&gate(0.1, 0.0), &[newest, gate(30.5, 30.0)]).unwrap();
        assert!(closer.half_width() < slopes.half_width() / 2.0, "{closer:?}");
        assert!(closer.least <= 60.0 && 60.0 <= closer.most, "{closer:?}");
    }

    #[test]
    fn a_standstill_and_a_jump_are_told_apart() {
        let later = [gate(40.0, 40.0), gate(20.0, 20.0)];
        let slopes = Slopes::ANY.with(&later[1], &later[..1]).unwrap();
        assert_eq!(slopes.with(&gate(0.0, 10.0), &later), Err(Miss::Lost));
        assert_eq!(slopes.with(&gate(10.0, 0.0), &later), Err(Miss::Gained));
    }

    #[test]
    fn a_line_passes_a_moment_between_two_heights() {
        let line = [gate(0.0, 0.0), gate(10.5, 10.0), gate(20.9, 20.0)];
        let slopes = line[1..]
            .iter()
            .enumerate()
            .try_fold(Slopes::ANY, |slopes, (at, gate)| slopes.with(gate, &line[..=at]))
            .unwrap();
        let (lowest, highest) = heights(&line, slopes, 20.9);
        assert!(
            lowest <= 20.95 * 60.0 && 20.9 * 60.0 <= highest,
            "{lowest} {highest}"
        );
        let sixty = Slopes {
            least: 60.0,
            most: 60.0,
        };
        let (lowest, highest) = heights(&line, sixty, 20.9);
        assert!(
            highest - lowest < 12.0,
            "closer than one gate alone: {lowest} {highest}"
        );
        let (lowest, highest) = heights(&line[..1], Slopes::ANY, 0.0);
        assert!((highest - lowest - 60.0).abs() < 4.0, "{lowest} {highest}");
    }

    #[test]
    fn answers_that_were_under_way_together_bound_nothing_from_above() {
        let one = Gate {
            sent: 0.0,
            received: 5.0,
            from: 0.0,
            below: 60.0,
        };
        let other = Gate { sent: 1.0, ..one };
        let slopes = Slopes::ANY.with(&one, &[other]).unwrap();
        assert!(slopes.most.is_infinite() && slopes.least.abs() < 1e-9);
    }
}
