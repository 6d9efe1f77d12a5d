//! The last day of a server: players and updates per second, minute by minute.
//!
//! Owns the layout and what gaps look like: where nothing could be read there is no line, and a game that stood is not
//! a game that was slow. Must not know where minutes come from. Fails never.

mod plot;

use isr_core::game::DayWords;
use isr_core::text::clean;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::plot::{Plot, Step};
use super::canvas::{Canvas, Style};
use super::sheet::{
    EDGE, FIGURE, GAP, HEAD_HEIGHT, HEADING, INNER, LABEL, SUBTITLE, TILE_HEIGHT, TITLE, WIDTH, style,
};
use super::typeface::Weight;
use super::{Area, palette};

const PLOT_HEIGHT: f32 = 128.0;
/// A plot with its heading.
const PART_HEIGHT: f32 = 34.0 + PLOT_HEIGHT;
const LEGEND_HEIGHT: f32 = 26.0;
const HEIGHT: f32 =
    EDGE + HEAD_HEIGHT + TILE_HEIGHT + GAP + PART_HEIGHT + GAP + PART_HEIGHT + LEGEND_HEIGHT + EDGE - 8.0;

/// Minutes of a day.
const MINUTES: i64 = 24 * 60;
/// Minutes that one step of a plot stands for.
const STEP: i64 = 5;
/// A game below this is told to be slow.
const SLOW: f32 = 55.0;
/// What was seen longer ago is not "now".
const NOW: i64 = 5;

const SMALL: Style = style(Weight::Regular, 12.5, palette::MUTED);

/// What was seen in one minute. What could not be read is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// Since 1970, UTC.
    pub minute: i64,
    /// Players on the server.
    pub players: Option<u32>,
    /// Updates per second. A game that stands has none.
    pub ups: Option<f32>,
}

/// What the picture shows.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// The server's name.
    pub title: &'a str,
    /// In which words.
    pub words: DayWords<'a>,
    /// The zone of its times.
    pub zone: &'a TimeZone,
    /// The minute that the day ends before.
    pub until: i64,
    /// What was seen, by time. Minutes of which nothing is known are not in it.
    pub minutes: &'a [Minute],
}

impl Day<'_> {
    /// Draws it: the bytes of a PNG file.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let mut canvas = Canvas::new(WIDTH, HEIGHT);
        let whole = Area {
            x: 0.0,
            y: 0.0,
            width: WIDTH,
            height: HEIGHT,
        };
        canvas.fill(whole, 16.0, palette::BACKGROUND);
        let minutes = self.of_the_day();
        let steps = steps(&minutes, self.from());
        self.head(&mut canvas);
        let mut y = EDGE + HEAD_HEIGHT;
        self.tiles(&mut canvas, y, &minutes);
        y += TILE_HEIGHT + GAP;
        let [players, ups] = self.words.headings();
        canvas.text(players, EDGE, y + 19.0, HEADING);
        self.plot(y).players(&mut canvas, &steps);
        y += PART_HEIGHT + GAP;
        canvas.text(ups, EDGE, y + 19.0, HEADING);
        self.plot(y).ups(&mut canvas, &steps);
        y += PART_HEIGHT;
        legend(&mut canvas, y, &steps, self.words.colours());
        canvas.finish()
    }

    const fn from(&self) -> i64 {
        self.until - MINUTES
    }

    fn of_the_day(&self) -> Vec<Minute> {
        let is_of_it = |minute: &&Minute| (self.from()..self.until).contains(&minute.minute);
        self.minutes.iter().filter(is_of_it).copied().collect()
    }

    fn plot(&self, y: f32) -> Plot<'_> {
        Plot {
            area: Area {
                x: EDGE,
                y: y + 34.0,
                width: INNER,
                height: PLOT_HEIGHT,
            },
            zone: self.zone,
            from: self.from(),
            until: self.until,
        }
    }

    fn head(&self, canvas: &mut Canvas) {
        let title = clean(self.title);
        let title = canvas.typeface(TITLE.weight).fitting(&title, TITLE.size, INNER);
        canvas.text(&title, EDGE, EDGE + 19.0, TITLE);
        let until = Timestamp::from_second(self.until.saturating_mul(60)).map_or_else(
            |_| "?".to_owned(),
            |at| self.words.moment(self.zone.to_datetime(at)),
        );
        let subtitle = self.words.until(&until);
        let subtitle = canvas
            .typeface(SUBTITLE.weight)
            .fitting(&subtitle, SUBTITLE.size, INNER);
        canvas.text(&subtitle, EDGE, EDGE + 41.0, SUBTITLE);
    }

    fn tiles(&self, canvas: &mut Canvas, y: f32, minutes: &[Minute]) {
        let players = || minutes.iter().filter_map(|minute| minute.players);
        let ups = || minutes.iter().filter_map(|minute| minute.ups);
        let now = minutes
            .iter()
            .rev()
            .take_while(|minute| minute.minute >= self.until - NOW)
            .find_map(|minute| minute.players);
        let known = ups().count();
        let average = (known > 0).then(|| ups().sum::<f32>() / known as f32);
        let lowest = ups().reduce(f32::min);
        let shown = |figure: Option<String>| figure.unwrap_or_else(|| "–".to_owned());
        let tiles = [
            shown(now.map(|count| count.to_string())),
            shown(players().max().map(|count| count.to_string())),
            shown(average.map(|ups| format!("{ups:.1}"))),
            shown(lowest.map(|ups| format!("{ups:.1}"))),
            share(minutes.len()),
        ];
        let width = (INNER - GAP * (tiles.len() - 1) as f32) / tiles.len() as f32;
        for (index, (figure, label)) in tiles.iter().zip(self.words.figures()).enumerate() {
            let area = Area {
                x: EDGE + (width + GAP) * index as f32,
                y,
                width,
                height: TILE_HEIGHT,
            };
            canvas.fill(area, 10.0, palette::PANEL);
            canvas.text(figure, area.x + 14.0, y + 31.0, FIGURE);
            let label = canvas
                .typeface(LABEL.weight)
                .fitting(label, LABEL.size, width - 24.0);
            canvas.text(&label, area.x + 14.0, y + 52.0, LABEL);
        }
    }
}

fn share(minutes: usize) -> String {
    let percent = minutes as f32 * 100.0 / MINUTES as f32;
    // A day with a hole in it is not a whole one.
    format!(
        "{:.0} %",
        if percent < 100.0 {
            percent.min(99.0).floor()
        } else {
            100.0
        }
    )
}

/// Sums minutes up to the steps of a plot.
fn steps(minutes: &[Minute], from: i64) -> Vec<Step> {
    let count = usize::try_from(MINUTES / STEP).unwrap_or(0);
    let mut steps = vec![Step::default(); count];
    for minute in minutes {
        let at = usize::try_from((minute.minute - from) / STEP).unwrap_or(usize::MAX);
        if let Some(step) = steps.get_mut(at) {
            step.take(minute);
        }
    }
    steps
}

fn legend(canvas: &mut Canvas, y: f32, steps: &[Step], [slow, stood, unknown]: [&str; 3]) {
    let parts = [
        (steps.iter().any(Step::is_slow), palette::RED, slow),
        (steps.iter().any(Step::stood), plot::STOOD, stood),
        (steps.iter().any(Step::is_unknown), plot::UNKNOWN, unknown),
    ];
    let mut x = EDGE + plot::LEFT;
    for (_, colour, text) in parts.into_iter().filter(|(is_there, ..)| *is_there) {
        let square = Area {
            x,
            y: y + 13.0,
            width: 11.0,
            height: 11.0,
        };
        canvas.fill(square, 3.0, colour);
        canvas.text(text, x + 17.0, y + 23.0, SMALL);
        x += 17.0 + canvas.typeface(SMALL.weight).width(text, SMALL.size) + 18.0;
    }
}

#[cfg(test)]
mod tests;
