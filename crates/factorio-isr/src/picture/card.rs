//! The card: title, figures, curve, lists.
//!
//! Owns the layout. Lists without entries are left out and the others share their room; the card is as high as what is
//! in it. Must not know Discord. Fails never.

use isr_core::statistics::{Summary, lasted};
use isr_core::text::{clean, readable};
use isr_core::voice::Words;
use jiff::tz::TimeZone;

use super::canvas::{Canvas, Style};
use super::sheet::{
    EDGE, FIGURE, GAP, HEAD_HEIGHT, HEADING, INNER, LABEL, SUBTITLE, TILE_HEIGHT, TITLE, WIDTH, style,
};
use super::typeface::Weight;
use super::{Area, Colour, curve, palette};

const CURVE_HEIGHT: f32 = 136.0;
const ROW_HEIGHT: f32 = 30.0;
/// So many entries a list shows.
const ROWS: usize = 4;

const ENTRY: Style = style(Weight::Regular, 15.0, palette::TEXT);
const VALUE: Style = style(Weight::Regular, 14.0, palette::MUTED);

/// What the picture of a recap shows.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// The server's name.
    pub title: &'a str,
    /// The stretch of time.
    pub subtitle: &'a str,
    /// The zone of its times.
    pub zone: &'a TimeZone,
    /// What happened.
    pub summary: &'a Summary,
    /// The language.
    pub words: &'a Words,
}

/// A list with a bar behind each entry.
struct List<'a> {
    heading: &'a str,
    colour: Colour,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    value: String,
    amount: u64,
}

impl Card<'_> {
    /// Draws the card: the bytes of a PNG file.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let lists = self.lists();
        let rows = lists.iter().map(|list| list.rows.len()).max().unwrap_or(0);
        let research = self.research();
        let mut height = EDGE + HEAD_HEIGHT + TILE_HEIGHT + GAP + CURVE_HEIGHT + 34.0;
        if rows > 0 {
            height += GAP + 36.0 + rows as f32 * ROW_HEIGHT;
        }
        if research.is_some() {
            height += 34.0;
        }
        height += EDGE - 8.0;
        let mut canvas = Canvas::new(WIDTH, height);
        let whole = Area {
            x: 0.0,
            y: 0.0,
            width: WIDTH,
            height,
        };
        canvas.fill(whole, 16.0, palette::BACKGROUND);
        self.head(&mut canvas);
        let mut y = EDGE + HEAD_HEIGHT;
        self.tiles(&mut canvas, y);
        y += TILE_HEIGHT + GAP;
        self.curve(&mut canvas, y);
        y += CURVE_HEIGHT + 34.0;
        if rows > 0 {
            y += GAP;
            draw_lists(&mut canvas, y, &lists);
            y += 36.0 + rows as f32 * ROW_HEIGHT;
        }
        if let Some(research) = research {
            let typeface = canvas.typeface(HEADING.weight);
            let heading = typeface.fitting(&self.words.recap.card.research, HEADING.size, INNER / 3.0);
            let beside = typeface.width(&heading, HEADING.size) + 16.0;
            canvas.text(&heading, EDGE, y + 22.0, HEADING);
            let text = canvas
                .typeface(ENTRY.weight)
                .fitting(&research, ENTRY.size, INNER - beside);
            canvas.text(&text, EDGE + beside, y + 22.0, ENTRY);
        }
        canvas.finish()
    }

    fn head(&self, canvas: &mut Canvas) {
        let title = clean(self.title);
        let title = canvas.typeface(TITLE.weight).fitting(&title, TITLE.size, INNER);
        canvas.text(&title, EDGE, EDGE + 19.0, TITLE);
        let subtitle = canvas
            .typeface(SUBTITLE.weight)
            .fitting(self.subtitle, SUBTITLE.size, INNER);
        canvas.text(&subtitle, EDGE, EDGE + 41.0, SUBTITLE);
    }

    fn tiles(&self, canvas: &mut Canvas, y: f32) {
        let (summary, words) = (self.summary, &self.words.recap.card);
        let deaths: u64 = summary.causes.iter().map(|(_, count)| count).sum();
        let tiles = [
            (summary.players.len().to_string(), &words.players),
            (hours(summary.played_ms(), self.words), &words.played),
            (summary.peak.players.to_string(), &words.peak),
            (summary.messages().to_string(), &words.messages),
            (deaths.to_string(), &words.deaths),
        ];
        let width = (INNER - GAP * (tiles.len() - 1) as f32) / tiles.len() as f32;
        for (index, (figure, label)) in tiles.iter().enumerate() {
            let area = Area {
                x: EDGE + (width + GAP) * index as f32,
                y,
                width,
                height: TILE_HEIGHT,
            };
            canvas.fill(area, 10.0, palette::PANEL);
            let figure = canvas
                .typeface(FIGURE.weight)
                .fitting(figure, FIGURE.size, width - 24.0);
            canvas.text(&figure, area.x + 14.0, y + 31.0, FIGURE);
            let label = canvas
                .typeface(LABEL.weight)
                .fitting(label, LABEL.size, width - 24.0);
            canvas.text(&label, area.x + 14.0, y + 52.0, LABEL);
        }
    }

    fn curve(&self, canvas: &mut Canvas, y: f32) {
        let heading =
            canvas
                .typeface(HEADING.weight)
                .fitting(&self.words.recap.card.curve, HEADING.size, INNER);
        canvas.text(&heading, EDGE, y + 19.0, HEADING);
        let area = Area {
            x: EDGE,
            y: y + 34.0,
            width: INNER,
            height: CURVE_HEIGHT,
        };
        curve::draw(canvas, area, self.summary, self.zone, &self.words.recap);
    }

    fn lists(&self) -> Vec<List<'_>> {
        let (summary, words) = (self.summary, &self.words.recap.card);
        let longest = summary.players.iter().filter(|player| player.played_ms >= 60_000);
        let talkers = summary.talkers();
        let lists = [
            List {
                heading: &words.longest,
                colour: palette::BLUE,
                rows: rows(
                    longest.map(|player| (clean(&player.name).into_owned(), player.played_ms)),
                    |ms| lasted(ms, self.words),
                ),
            },
            List {
                heading: &words.talkers,
                colour: palette::GREEN,
                rows: rows(
                    talkers
                        .iter()
                        .map(|player| (clean(&player.name).into_owned(), player.messages)),
                    |count| count.to_string(),
                ),
            },
            List {
                heading: &words.killers,
                colour: palette::RED,
                rows: rows(
                    summary
                        .causes
                        .iter()
                        .map(|(cause, count)| (self.thing(cause), *count)),
                    |count| count.to_string(),
                ),
            },
        ];
        lists.into_iter().filter(|list| !list.rows.is_empty()).collect()
    }

    fn research(&self) -> Option<String> {
        let names: Vec<String> = self
            .summary
            .research
            .iter()
            .map(|name| self.thing(name))
            .collect();
        (!names.is_empty()).then(|| names.join("  ·  "))
    }

    /// The game's inner name of a technology or a creature, for people.
    fn thing(&self, text: &str) -> String {
        let text = readable(&clean(text)).replace(['-', '_'], " ");
        if text.trim().is_empty() {
            self.words.recap.unknown.clone()
        } else {
            text
        }
    }
}

/// A long time without its minutes: there is little room.
fn hours(ms: u64, words: &Words) -> String {
    const TEN_HOURS: u64 = 36_000_000;
    if ms >= TEN_HOURS {
        format!("{} {}", ms / 3_600_000, words.hour)
    } else {
        lasted(ms, words)
    }
}

fn rows(entries: impl Iterator<Item = (String, u64)>, show: impl Fn(u64) -> String) -> Vec<Row> {
    entries
        .take(ROWS)
        .map(|(name, amount)| Row {
            name,
            value: show(amount),
            amount,
        })
        .collect()
}

fn draw_lists(canvas: &mut Canvas, y: f32, lists: &[List<'_>]) {
    let between = 20.0;
    let width = (INNER - between * (lists.len() - 1) as f32) / lists.len() as f32;
    for (index, list) in lists.iter().enumerate() {
        let x = EDGE + (width + between) * index as f32;
        let heading = canvas
            .typeface(HEADING.weight)
            .fitting(list.heading, HEADING.size, width);
        canvas.text(&heading, x, y + 20.0, HEADING);
        let most = list.rows.iter().map(|row| row.amount).max().unwrap_or(1).max(1);
        for (row, at) in list.rows.iter().zip(0_u16..) {
            let area = Area {
                x,
                y: y + 32.0 + f32::from(at) * ROW_HEIGHT,
                width,
                height: ROW_HEIGHT - 5.0,
            };
            draw_row(canvas, area, row, most, list.colour);
        }
    }
}

fn draw_row(canvas: &mut Canvas, area: Area, row: &Row, most: u64, colour: Colour) {
    canvas.fill(area, 5.0, palette::PANEL);
    let bar = Area {
        width: (area.width * row.amount as f32 / most as f32).max(6.0),
        ..area
    };
    canvas.fill(bar, 5.0, colour.faint(0x70));
    let baseline = area.y + 17.5;
    let value = canvas.typeface(VALUE.weight).width(&row.value, VALUE.size);
    let name = canvas
        .typeface(ENTRY.weight)
        .fitting(&row.name, ENTRY.size, area.width - value - 32.0);
    canvas.text(&name, area.x + 10.0, baseline, ENTRY);
    canvas.text_ending(&row.value, area.x + area.width - 10.0, baseline, VALUE_ON_BAR);
}

/// On a bar the muted grey would be hard to read.
const VALUE_ON_BAR: Style = style(Weight::Regular, 14.0, palette::TEXT);

#[cfg(test)]
mod tests;
