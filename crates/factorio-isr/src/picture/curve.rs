//! The curve of players over time.
//!
//! Owns the bars, the lines behind them and what is written at them. Must not know the rest of the card. Draws nothing
//! but the lines where nobody played.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use isr_core::statistics::{RecapWords, Summary};

use super::canvas::{Canvas, Style};
use super::typeface::Weight;
use super::{Area, palette};

/// Room for the numbers at the left, and for the times below.
const LEFT: f32 = 26.0;
const BELOW: f32 = 20.0;
/// So many times are written below.
const TIMES: usize = 5;
const HOUR_MS: i64 = 3_600_000;

const SMALL: Style = Style {
    weight: Weight::Regular,
    size: 12.5,
    colour: palette::MUTED,
};

/// Draws how many players were there, on average in each step.
pub(super) fn draw(canvas: &mut Canvas, area: Area, summary: &Summary, zone: &TimeZone, words: &RecapWords) {
    let period = summary.period;
    let steps = summary.curve.len().max(1) as f32;
    let length = period.until_ms.saturating_sub(period.from_ms).max(1) as f32;
    let players: Vec<f32> = summary
        .curve
        .iter()
        .map(|played| *played as f32 * steps / length)
        .collect();
    let highest = players.iter().copied().fold(0.0, f32::max);
    let top = round_up(highest);
    let plot = Area {
        x: area.x + LEFT,
        y: area.y,
        width: area.width - LEFT,
        height: area.height - BELOW,
    };
    for line in 0..=2 {
        let share = line as f32 / 2.0;
        let y = plot.y + plot.height * (1.0 - share);
        let thin = Area {
            y: y - 0.5,
            height: 1.0,
            ..plot
        };
        canvas.fill(thin, 0.0, palette::LINE);
        canvas.text_ending(&number(top * share), plot.x - 8.0, y + 4.5, SMALL);
    }
    let step = plot.width / steps;
    let gap = (step * 0.22).min(4.0);
    for (index, players) in players.iter().enumerate().filter(|(_, players)| **players > 0.0) {
        let height = (plot.height * players / top).max(2.0);
        let bar = Area {
            x: plot.x + step * index as f32 + gap / 2.0,
            y: plot.y + plot.height - height,
            width: step - gap,
            height,
        };
        canvas.fill(bar, 2.5, palette::ORANGE);
    }
    times(canvas, plot, summary, zone, words);
}

fn times(canvas: &mut Canvas, plot: Area, summary: &Summary, zone: &TimeZone, words: &RecapWords) {
    let period = summary.period;
    let length = period.until_ms.saturating_sub(period.from_ms).max(1);
    let shown = |at: DateTime| match length / HOUR_MS {
        0..=49 => format!("{:02}:{:02}", at.hour(), at.minute()),
        50..=240 => words.day_of_week(at),
        _ => words.date(at),
    };
    for time in 0..TIMES {
        let share = time as f32 / (TIMES - 1) as f32;
        let part = i128::from(length) * time as i128 / (TIMES - 1) as i128;
        let at_ms = period.from_ms.saturating_add(i64::try_from(part).unwrap_or(0));
        let Ok(at) = Timestamp::from_millisecond(at_ms) else {
            continue;
        };
        let text = shown(zone.to_datetime(at));
        let bounds = (plot.x, plot.x + plot.width);
        canvas.text_around(
            &text,
            plot.x + plot.width * share,
            bounds,
            plot.y + plot.height + 17.0,
            SMALL,
        );
    }
}

/// The next even number that can be halved for the line in the middle.
fn round_up(highest: f32) -> f32 {
    let whole = highest.ceil().max(1.0);
    if whole <= 1.0 {
        1.0
    } else {
        (whole / 2.0).ceil() * 2.0
    }
}

fn number(value: f32) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        String::new()
    }
}
