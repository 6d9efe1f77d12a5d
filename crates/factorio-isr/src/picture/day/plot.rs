//! One of the two plots: its grid, its gaps, its curve.
//!
//! Owns the scales. Must not know the rest of the picture. Draws nothing but the grid where nothing is known.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tiny_skia::{Path, PathBuilder};

use super::{Canvas, Minute, SLOW, SMALL};
use crate::picture::{Area, Colour, palette};

/// Room for the numbers at the left, and for the times below.
pub(super) const LEFT: f32 = 26.0;
const BELOW: f32 = 20.0;
/// So many times are written below.
const TIMES: i64 = 7;
/// What a game that stood looks like.
pub(super) const STOOD: Colour = Colour(0x5a, 0xa2, 0xe8, 0x34);
/// What a game that could not be asked looks like.
pub(super) const UNKNOWN: Colour = Colour(0xff, 0xff, 0xff, 0x1a);
const CURVE_WIDTH: f32 = 2.2;

/// What was seen in a few minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Step {
    seen: bool,
    players: Option<u32>,
    ups_sum: f32,
    ups_count: u16,
    ups_least: f32,
}

impl Step {
    pub(super) fn take(&mut self, minute: &Minute) {
        self.seen |= minute.players.is_some() || minute.ups.is_some();
        self.players = self.players.max(minute.players);
        if let Some(ups) = minute.ups {
            self.ups_least = if self.ups_count == 0 {
                ups
            } else {
                self.ups_least.min(ups)
            };
            self.ups_sum += ups;
            self.ups_count += 1;
        }
    }

    fn ups(&self) -> Option<f32> {
        (self.ups_count > 0).then(|| self.ups_sum / f32::from(self.ups_count))
    }

    pub(super) fn is_slow(&self) -> bool {
        self.ups().is_some_and(|ups| ups < SLOW)
    }

    pub(super) const fn stood(&self) -> bool {
        self.seen && self.ups_count == 0
    }

    pub(super) const fn is_unknown(&self) -> bool {
        !self.seen
    }
}

/// Where a plot is, and the day that it shows.
pub(super) struct Plot<'a> {
    pub(super) area: Area,
    pub(super) zone: &'a TimeZone,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// What the lines of a grid stand for.
struct Scale {
    bottom: f32,
    top: f32,
    lines: u8,
}

impl Scale {
    fn height(&self, value: f32) -> f32 {
        ((value - self.bottom) / (self.top - self.bottom)).clamp(0.0, 1.0)
    }
}

impl Plot<'_> {
    pub(super) fn players(&self, canvas: &mut Canvas, steps: &[Step]) {
        let most = steps.iter().filter_map(|step| step.players).max().unwrap_or(0);
        let scale = Scale {
            bottom: 0.0,
            // An even number has a whole one in the middle.
            top: (most.max(2).div_ceil(2) * 2) as f32,
            lines: 2,
        };
        self.frame(canvas, &scale);
        self.shade(canvas, steps, Step::is_unknown, UNKNOWN);
        for run in runs(steps, |step| step.players.map(|players| players as f32)) {
            canvas.paint(self.below(&run, &scale), palette::ORANGE.faint(0x48));
            canvas.line(self.stairs(&run, &scale), CURVE_WIDTH, palette::ORANGE);
        }
    }

    pub(super) fn ups(&self, canvas: &mut Canvas, steps: &[Step]) {
        let known = || steps.iter().filter(|step| step.ups_count > 0);
        let least = known().map(|step| step.ups_least).fold(60.0, f32::min);
        let most = known().filter_map(Step::ups).fold(60.0, f32::max);
        let bottom = match least {
            least if least >= 47.0 => 45.0,
            least if least >= 32.0 => 30.0,
            _ => 0.0,
        };
        // Slightly above 60 is what measuring costs; a game at twice the speed is really faster.
        let top = if most <= 66.0 {
            60.0
        } else {
            (most / 30.0).ceil() * 30.0
        };
        let scale = Scale {
            bottom,
            top,
            lines: 3,
        };
        self.frame(canvas, &scale);
        self.shade(canvas, steps, Step::is_unknown, UNKNOWN);
        self.shade(canvas, steps, Step::stood, STOOD);
        for run in runs(steps, Step::ups) {
            canvas.line(self.curve(&run, &scale), CURVE_WIDTH, palette::GREEN);
        }
        for run in runs(steps, |step| step.ups().filter(|_| !step.is_slow())) {
            canvas.paint(self.below(&run, &scale), palette::GREEN.faint(0x30));
        }
        for run in runs(steps, |step| step.ups().filter(|_| step.is_slow())) {
            canvas.paint(self.below(&run, &scale), palette::RED.faint(0x50));
            canvas.line(self.curve(&run, &scale), CURVE_WIDTH, palette::RED);
        }
    }

    fn inner(&self) -> Area {
        Area {
            x: self.area.x + LEFT,
            y: self.area.y,
            width: self.area.width - LEFT,
            height: self.area.height - BELOW,
        }
    }

    fn frame(&self, canvas: &mut Canvas, scale: &Scale) {
        let plot = self.inner();
        for line in 0..=scale.lines {
            let share = f32::from(line) / f32::from(scale.lines);
            let y = plot.y + plot.height * (1.0 - share);
            let thin = Area {
                y: y - 0.5,
                height: 1.0,
                ..plot
            };
            canvas.fill(thin, 0.0, palette::LINE);
            let value = scale.bottom + (scale.top - scale.bottom) * share;
            canvas.text_ending(&format!("{value:.0}"), plot.x - 8.0, y + 4.5, SMALL);
        }
        for time in 0..TIMES {
            let minute = self.from + (self.until - self.from) * time / (TIMES - 1);
            let Ok(at) = Timestamp::from_second(minute.saturating_mul(60)) else {
                continue;
            };
            let text = self.zone.to_datetime(at).strftime("%H:%M").to_string();
            let centre = plot.x + plot.width * time as f32 / (TIMES - 1) as f32;
            let bounds = (plot.x, plot.x + plot.width);
            canvas.text_around(&text, centre, bounds, plot.y + plot.height + 17.0, SMALL);
        }
    }

    /// Shades the stretches of which something is true.
    fn shade(&self, canvas: &mut Canvas, steps: &[Step], is_meant: impl Fn(&Step) -> bool, colour: Colour) {
        let plot = self.inner();
        let width = plot.width / steps.len().max(1) as f32;
        for run in runs(steps, |step| is_meant(step).then_some(0.0)) {
            let stretch = Area {
                x: plot.x + width * run.first as f32,
                width: width * run.values.len() as f32,
                ..plot
            };
            canvas.fill(stretch, 0.0, colour);
        }
    }

    fn place(&self, run: &Run, at: usize, scale: &Scale) -> (f32, f32) {
        let plot = self.inner();
        let value = run.values.get(at).copied().unwrap_or(scale.bottom);
        (
            plot.x + plot.width * (run.first + at) as f32 / run.of as f32,
            plot.y + plot.height * (1.0 - scale.height(value)),
        )
    }

    fn right(&self, run: &Run) -> f32 {
        let plot = self.inner();
        plot.x + plot.width * (run.first + run.values.len()) as f32 / run.of as f32
    }

    /// A line that holds each value for its step.
    fn stairs(&self, run: &Run, scale: &Scale) -> Option<Path> {
        let mut path = PathBuilder::new();
        let mut last = None;
        for at in 0..run.values.len() {
            let (x, y) = self.place(run, at, scale);
            match last {
                None => path.move_to(x, y),
                Some(before) => {
                    path.line_to(x, before);
                    path.line_to(x, y);
                }
            }
            last = Some(y);
        }
        path.line_to(self.right(run), last?);
        path.finish()
    }

    /// A line from value to value.
    fn curve(&self, run: &Run, scale: &Scale) -> Option<Path> {
        let half = self.inner().width / run.of as f32 / 2.0;
        let mut path = PathBuilder::new();
        let first = self.place(run, 0, scale);
        path.move_to(first.0, first.1);
        let mut last = first.1;
        for at in 0..run.values.len() {
            let (x, y) = self.place(run, at, scale);
            path.line_to(x + half, y);
            last = y;
        }
        path.line_to(self.right(run), last);
        path.finish()
    }

    /// The area below a run.
    fn below(&self, run: &Run, scale: &Scale) -> Option<Path> {
        let plot = self.inner();
        let bottom = plot.y + plot.height;
        let mut path = PathBuilder::new();
        path.move_to(self.place(run, 0, scale).0, bottom);
        let width = plot.width / run.of as f32;
        for at in 0..run.values.len() {
            let (x, y) = self.place(run, at, scale);
            path.line_to(x, y);
            path.line_to(x + width, y);
        }
        path.line_to(self.right(run), bottom);
        path.close();
        path.finish()
    }
}

/// Steps in a row that have a value.
struct Run {
    first: usize,
    values: Vec<f32>,
    /// Of so many steps.
    of: usize,
}

fn runs(steps: &[Step], value: impl Fn(&Step) -> Option<f32>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut goes_on = false;
    for (at, step) in steps.iter().enumerate() {
        let Some(value) = value(step) else {
            goes_on = false;
            continue;
        };
        match runs.last_mut().filter(|_| goes_on) {
            Some(run) => run.values.push(value),
            None => runs.push(Run {
                first: at,
                values: vec![value],
                of: steps.len(),
            }),
        }
        goes_on = true;
    }
    runs
}
