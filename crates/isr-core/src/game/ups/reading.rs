//! Reads the pace out of answers: which of them lie on one line, where the game stood, where its rate changed.
//!
//! Owns these judgements. Must not know clocks or questions: times are seconds, heights ticks. Cannot fail: too few
//! answers give no reading.

use super::gates::{Gate, Miss, Slopes, heights};

/// Answers with the same second over so long: the game stood, or as good as.
const FLAT: f64 = 5.0;
/// An answer that takes longer is unusual, unless most take a quarter of it.
const SLOW_ANSWER: f64 = 1.0;
/// So many short standstills of which nobody told are believed among the answers; with more of them the game is slow.
const MOST_LOSSES: usize = 4;
/// Precise enough to need no older answers: this share of the rate.
const PRECISE: f64 = 0.008;
/// A line of the newest answers is too short to tell anything below so many seconds.
const SHORT: f64 = 5.0;

/// What was read: the slopes that are possible, and over how many seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) slopes: Slopes,
    pub(super) span: f64,
}

/// How one line of answers follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// The game stood in between, or for long enough to matter.
    Stood,
    /// The rate changed.
    Changed,
}

/// Answers that one line explains: a range of the gates.
#[derive(Debug, Clone, Copy)]
struct Line {
    first: usize,
    /// One after the last.
    end: usize,
    slopes: Slopes,
    joint: Joint,
}

/// Answers in their order, taken apart into lines.
pub(super) struct Answers {
    gates: Vec<Gate>,
    lines: Vec<Line>,
}

impl Answers {
    /// Takes answers apart, oldest first. `stood` are spans in which the game is known to have stood.
    pub(super) fn new(gates: Vec<Gate>, stood: &[(f64, f64)]) -> Self {
        let (gates, gaps) = gaps(gates, stood);
        let mut lines: Vec<Line> = Vec::new();
        let mut losses = Vec::new();
        for (at, gate) in gates.iter().enumerate() {
            let gap = if at == 0 { Gap::Standstill } else { gaps[at - 1] };
            let missed = match (gap, lines.last_mut()) {
                (Gap::Play, Some(line)) => match line.slopes.with(gate, &gates[line.first..at]) {
                    Ok(slopes) => {
                        line.slopes = slopes;
                        line.end = at + 1;
                        continue;
                    }
                    Err(miss) => Some(miss),
                },
                _ => None,
            };
            if missed == Some(Miss::Lost) || gap == Gap::Silence {
                losses.push(lines.len());
            }
            lines.push(Line {
                first: at,
                end: at + 1,
                slopes: Slopes::ANY,
                joint: match missed {
                    Some(_) => Joint::Changed,
                    None => Joint::Stood,
                },
            });
        }
        let believed = losses.len() <= MOST_LOSSES;
        for at in losses {
            let same_rate = at > 0 && lines[at - 1].slopes.and(lines[at].slopes).is_some();
            lines[at].joint = if believed && same_rate {
                Joint::Stood
            } else {
                Joint::Changed
            };
        }
        Self { gates, lines }
    }

    /// Whether the newest answers came as a surprise that more answers soon would explain.
    pub(super) fn are_in_doubt(&self) -> bool {
        let Some(line) = self.lines.last().filter(|_| self.lines.len() > 1) else {
            return false;
        };
        let span = self.gates[line.end - 1].received - self.gates[line.first].sent;
        span < SHORT
    }

    /// What the answers tell of the last while. What is in doubt is left for later.
    pub(super) fn read(mut self, window: f64) -> Option<Reading> {
        if self.are_in_doubt() {
            let before = self.lines.pop().map_or(0, |line| line.first);
            self.gates.truncate(before);
        }
        let (one_rate, reaches_back) = self.one_rate(window)?;
        if reaches_back {
            return Some(one_rate);
        }
        self.mean(window)
    }

    /// The rate that explains the newest answers, and whether these are all or reach back over the window.
    fn one_rate(&self, window: f64) -> Option<(Reading, bool)> {
        let newest = self.gates.last()?;
        let mut reading = Reading {
            slopes: Slopes::ANY,
            span: 0.0,
        };
        for line in self.lines.iter().rev() {
            if reading.slopes.and(line.slopes).is_none() {
                return Some((reading, reading.span >= window));
            }
            for at in (line.first..line.end).rev() {
                // What the whole line allows is never empty, so neither is what a part of it allows.
                let later = &self.gates[at + 1..line.end];
                if let Ok(slopes) = reading.slopes.with(&self.gates[at], later) {
                    reading.slopes = slopes;
                }
                reading.span = newest.received - self.gates[at].sent;
                let precise = PRECISE * reading.slopes.middle();
                if reading.span >= window && reading.slopes.half_width() <= precise {
                    return Some((reading, true));
                }
            }
            if line.joint == Joint::Changed {
                return Some((reading, reading.span >= window));
            }
        }
        Some((reading, true))
    }

    /// The mean over the last while, standstill left out: how much higher the game was at the end of each stretch.
    fn mean(&self, window: f64) -> Option<Reading> {
        let newest = self.gates.last()?;
        let start = newest.received - window;
        let (mut seconds, mut ticks, mut unsure) = (0.0, 0.0, 0.0);
        let mut reached = newest.received;
        let mut end: Option<(f64, (f64, f64))> = None;
        for line in self.lines.iter().rev() {
            let gates = &self.gates[line.first..line.end];
            let (Some(first), Some(last)) = (gates.first(), gates.last()) else {
                continue;
            };
            let height = |at: f64| heights(gates, line.slopes, at);
            let (until, top) = *end.get_or_insert_with(|| (last.middle(), height(last.middle())));
            let from = first.middle().max(start.min(last.middle()));
            let is_over = from <= start || first.middle() <= start;
            reached = reached.min(from);
            if line.joint == Joint::Stood || is_over {
                let bottom = height(from);
                if until > from {
                    seconds += until - from;
                    ticks += f64::midpoint(top.0, top.1) - f64::midpoint(bottom.0, bottom.1);
                    unsure += (top.1 - top.0 + bottom.1 - bottom.0) / 2.0;
                }
                end = None;
            }
            if is_over {
                break;
            }
        }
        if let (Some((until, top)), Some(first)) = (end, self.lines.first()) {
            let gates = &self.gates[first.first..first.end];
            let from = gates.first()?.middle();
            let bottom = heights(gates, first.slopes, from);
            seconds += until - from;
            ticks += f64::midpoint(top.0, top.1) - f64::midpoint(bottom.0, bottom.1);
            unsure += (top.1 - top.0 + bottom.1 - bottom.0) / 2.0;
        }
        (seconds > 0.0).then(|| Reading {
            slopes: Slopes {
                least: (ticks - unsure) / seconds,
                most: (ticks + unsure) / seconds,
            },
            span: newest.received - reached,
        })
    }
}

/// What lies between an answer and the one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing that is known.
    Play,
    /// The game stood there.
    Standstill,
    /// A question was under way for unusually long.
    Silence,
}

/// Leaves out the answers that took unusually long, and says what lies between the others.
fn gaps(mut gates: Vec<Gate>, stood: &[(f64, f64)]) -> (Vec<Gate>, Vec<Gap>) {
    let mut took: Vec<f64> = gates.iter().map(Gate::took).collect();
    took.sort_by(f64::total_cmp);
    let usual = took.get(took.len() / 2).copied().unwrap_or(0.0);
    let slow = SLOW_ANSWER.max(4.0 * usual);
    let silences: Vec<f64> = gates
        .iter()
        .filter(|gate| gate.took() > slow)
        .map(|gate| gate.sent)
        .collect();
    gates.retain(|gate| gate.took() <= slow);
    let gap = |pair: &[Gate]| {
        let (earlier, later) = (&pair[0], &pair[1]);
        let is_between = |(from, until): &(f64, f64)| *from < later.received && *until > earlier.sent;
        if stood.iter().any(is_between) {
            Gap::Standstill
        } else if silences
            .iter()
            .any(|sent| earlier.sent < *sent && *sent < later.sent)
        {
            Gap::Silence
        } else {
            Gap::Play
        }
    };
    let mut gaps: Vec<Gap> = gates.windows(2).map(gap).collect();
    // Before and after it stood it was played for a part of the time only.
    let mut first = 0;
    for at in 1..=gates.len() {
        if gates.get(at).is_some_and(|gate| gate.from <= gates[first].from) {
            continue;
        }
        if gates[at - 1].sent - gates[first].received >= FLAT {
            let around = first.saturating_sub(1)..at.min(gaps.len());
            gaps[around].fill(Gap::Standstill);
        }
        first = at;
    }
    (gates, gaps)
}
