//! Messages as Discord's client shows them, in its dark theme.
//!
//! Owns where everything stands: picture and name, the command that is answered, text, embeds, files, buttons, reactions,
//! and the note of what only one person sees. Must not know who sent it. Cannot fail: what it does not know is not drawn.

use serde_json::Value;

use super::Picture;
use super::canvas::{Canvas, Fill, Letters};
use super::clock;
use super::flow::{self, BODY, EMBED, Line, SMALL, Size};
use super::markdown;
use super::metrics::{self, Face};
use crate::rehearsal::Shown;

const WIDTH: f64 = 720.0;
/// Where the text begins.
const LEFT: f64 = 72.0;
const ROOM: f64 = WIDTH - LEFT - 20.0;
/// The most that an embed takes.
const EMBED_WIDTH: f64 = 520.0;
/// Messages of one author within so many seconds stand together.
const TOGETHER: i64 = 420;

/// Draws a picture.
pub(super) fn draw(picture: &Picture) -> String {
    let mut canvas = Canvas::default();
    let mut y = 6.0;
    let mut before: Option<&Shown> = None;
    for shown in &picture.messages {
        let is_together = before.is_some_and(|before| {
            before.name == shown.name
                && before.app == shown.app
                && shown.used.is_none()
                && before.private == shown.private
                && shown.at - before.at < TOGETHER
        });
        y = Drawing {
            canvas: &mut canvas,
            now: picture.now,
            y,
        }
        .message(shown, is_together);
        before = Some(shown);
    }
    canvas.finish(WIDTH, (y + 12.0).round(), &picture.about)
}

struct Drawing<'a> {
    canvas: &'a mut Canvas,
    now: i64,
    y: f64,
}

impl Drawing<'_> {
    fn message(mut self, shown: &Shown, is_together: bool) -> f64 {
        self.y += if is_together { 2.0 } else { 14.0 };
        if shown.private {
            // The ground is under everything, so its height has to be known first.
            let mut trial = Canvas::default();
            let end = Drawing {
                canvas: &mut trial,
                now: self.now,
                y: self.y,
            }
            .body(shown, is_together);
            self.canvas
                .block(0.0, self.y - 4.0, WIDTH, end - self.y + 8.0, 0.0, Fill::PRIVATE);
            self.canvas
                .block(0.0, self.y - 4.0, 2.0, end - self.y + 8.0, 0.0, Fill::BLURPLE);
        }
        self.body(shown, is_together)
    }

    fn body(mut self, shown: &Shown, is_together: bool) -> f64 {
        if !is_together {
            self.head(shown);
        }
        if let Some(text) = shown.payload["content"].as_str().filter(|text| !text.is_empty()) {
            let lines = flow::set(&markdown::read(text, self.now), BODY, ROOM);
            self.y = flow::draw(self.canvas, &lines, LEFT, self.y, Fill::TEXT, ROOM);
            if shown.edited {
                let x = LEFT + lines.last().map_or(0.0, Line::width) + 5.0;
                self.plain("(edited)", x, self.y - 6.0, 10.0, Face::Plain, Fill::FAINT);
            }
        }
        for name in &shown.files {
            self.file(name);
        }
        for embed in shown.payload["embeds"].as_array().into_iter().flatten() {
            self.embed(embed);
        }
        for row in shown.payload["components"].as_array().into_iter().flatten() {
            self.buttons(row);
        }
        if !shown.reactions.is_empty() {
            self.reactions(&shown.reactions);
        }
        if shown.private {
            self.y += 4.0;
            let x = self.plain(
                "Only you can see this • ",
                LEFT,
                self.y + 13.0,
                12.0,
                Face::Plain,
                Fill::FAINT,
            );
            self.plain("Dismiss message", x, self.y + 13.0, 12.0, Face::Plain, Fill::LINK);
            self.y += 18.0;
        }
        self.y
    }

    /// A text without markdown; where it ends.
    fn plain(&mut self, text: &str, x: f64, base: f64, size: f64, face: Face, colour: &'static str) -> f64 {
        let width = metrics::width(text, face) * size;
        let letters = Letters {
            size,
            face,
            colour,
            italic: false,
        };
        self.canvas.text(text, x, base, width, letters);
        x + width
    }

    fn head(&mut self, shown: &Shown) {
        if let Some(used) = &shown.used {
            let middle = self.y + 8.0;
            self.canvas.block(36.0, middle, 2.0, 12.0, 0.0, Fill::GREY);
            self.canvas.block(36.0, middle, 28.0, 2.0, 0.0, Fill::GREY);
            self.canvas.disc(LEFT + 8.0, middle, 8.0, "#3ba55c");
            let x = self.plain(&used.by, LEFT + 22.0, middle + 5.0, 14.0, Face::Bold, Fill::TEXT);
            let x = self.plain(" used ", x, middle + 5.0, 14.0, Face::Plain, Fill::FAINT);
            let command = format!("/{}", used.command);
            let width = metrics::width(&command, Face::Plain) * 14.0;
            self.canvas
                .block(x, middle - 8.0, width + 8.0, 17.0, 3.0, Fill::MENTION);
            self.plain(
                &command,
                x + 4.0,
                middle + 5.0,
                14.0,
                Face::Plain,
                Fill::MENTIONED,
            );
            self.y += 22.0;
        }
        let centre = self.y + 20.0;
        if shown.app {
            self.canvas.gear(36.0, centre, 20.0);
        } else {
            self.canvas.disc(36.0, centre, 20.0, "#3ba55c");
            let initial: String = shown.name.chars().take(1).collect();
            let width = metrics::width(&initial, Face::Bold) * 18.0;
            self.plain(
                &initial,
                36.0 - width / 2.0,
                centre + 6.0,
                18.0,
                Face::Bold,
                Fill::WHITE,
            );
        }
        let base = self.y + 16.0;
        let mut x = self.plain(&shown.name, LEFT, base, 16.0, Face::Bold, Fill::NAME) + 6.0;
        if shown.app {
            self.canvas.block(x, base - 12.0, 32.0, 15.0, 4.0, Fill::BLURPLE);
            self.plain("APP", x + 5.0, base - 0.5, 10.5, Face::Bold, Fill::WHITE);
            x += 38.0;
        }
        self.plain(&clock::beside(shown.at), x, base, 12.0, Face::Plain, Fill::FAINT);
        self.y += 24.0;
    }

    fn file(&mut self, name: &str) {
        self.canvas
            .block(LEFT, self.y + 4.0, 300.0, 54.0, 8.0, Fill::EMBED);
        self.canvas.emoji("🖼️", LEFT + 12.0, self.y + 40.0, 24.0);
        self.plain(name, LEFT + 54.0, self.y + 37.0, 16.0, Face::Plain, Fill::LINK);
        self.y += 64.0;
    }

    fn embed(&mut self, embed: &Value) {
        let text = |path: &str| embed.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let room = EMBED_WIDTH - 32.0;
        let set = |text: &str, size: Size, room: f64| flow::set(&markdown::read(text, self.now), size, room);
        let title: Vec<Line> = if text("/title").is_empty() {
            Vec::new()
        } else {
            let runs = flow::bold(&markdown::inline(text("/title"), self.now));
            flow::set(&[markdown::Block::Line(runs)], BODY, room)
        };
        let description = if text("/description").is_empty() {
            Vec::new()
        } else {
            set(text("/description"), EMBED, room)
        };
        let rows = self.rows(embed, room);
        let footer = text("/footer/text").to_owned();
        let widest = title
            .iter()
            .chain(&description)
            .map(Line::width)
            .fold(0.0, f64::max);
        let width = if rows.is_empty() {
            (widest + 32.0).min(EMBED_WIDTH)
        } else {
            EMBED_WIDTH
        };
        let height_of = |lines: &[Line]| {
            let mut trial = Canvas::default();
            flow::draw(&mut trial, lines, 0.0, 0.0, Fill::TEXT, room)
        };
        let mut height = 24.0;
        height += if title.is_empty() {
            0.0
        } else {
            height_of(&title) + 4.0
        };
        height += if description.is_empty() {
            0.0
        } else {
            height_of(&description) + 4.0
        };
        height += rows.iter().map(|row| row.height + 8.0).sum::<f64>();
        height += if footer.is_empty() { 0.0 } else { 22.0 };
        self.y += 4.0;
        let top = self.y;
        let colour = embed["color"]
            .as_u64()
            .map_or_else(|| Fill::CODE.to_owned(), |colour| format!("#{colour:06x}"));
        self.canvas.block(LEFT, top, 12.0, height, 4.0, &colour);
        self.canvas
            .block(LEFT + 4.0, top, width - 4.0, height, 4.0, Fill::EMBED);
        let x = LEFT + 16.0;
        let mut y = top + 12.0;
        if !title.is_empty() {
            y = flow::draw(self.canvas, &title, x, y, Fill::NAME, room) + 4.0;
        }
        if !description.is_empty() {
            y = flow::draw(self.canvas, &description, x, y, Fill::TEXT, room) + 4.0;
        }
        for row in &rows {
            for field in &row.fields {
                let below = flow::draw(
                    self.canvas,
                    &field.name,
                    x + field.x,
                    y + 4.0,
                    Fill::NAME,
                    field.room,
                );
                flow::draw(
                    self.canvas,
                    &field.value,
                    x + field.x,
                    below + 2.0,
                    Fill::TEXT,
                    field.room,
                );
            }
            y += row.height + 8.0;
        }
        if !footer.is_empty() {
            self.plain(&footer, x, y + 14.0, 12.0, Face::Plain, Fill::TEXT);
        }
        self.y = top + height + 4.0;
    }

    /// Fields in rows: up to three beside each other.
    fn rows(&self, embed: &Value, room: f64) -> Vec<Row> {
        let mut groups: Vec<Vec<&Value>> = Vec::new();
        for field in embed["fields"].as_array().into_iter().flatten() {
            let is_beside = field["inline"] == true;
            match groups.last_mut() {
                Some(group) if is_beside && group.len() < 3 && group[0]["inline"] == true => {
                    group.push(field)
                }
                _ => groups.push(vec![field]),
            }
        }
        groups
            .into_iter()
            .map(|group| {
                let column = room / group.len() as f64;
                let fields: Vec<Field> = group
                    .iter()
                    .enumerate()
                    .map(|(at, field)| self.field(field, at as f64 * column, column - 8.0))
                    .collect();
                let height = fields.iter().map(|field| field.height).fold(0.0, f64::max);
                Row { fields, height }
            })
            .collect()
    }

    fn field(&self, field: &Value, x: f64, room: f64) -> Field {
        let text = |name: &str| field[name].as_str().unwrap_or_default();
        let runs = flow::bold(&markdown::inline(text("name"), self.now));
        let name = flow::set(&[markdown::Block::Line(runs)], EMBED, room);
        let value = flow::set(&markdown::read(text("value"), self.now), EMBED, room);
        let mut trial = Canvas::default();
        let below = flow::draw(&mut trial, &name, 0.0, 4.0, Fill::TEXT, room);
        let height = flow::draw(&mut trial, &value, 0.0, below + 2.0, Fill::TEXT, room);
        Field {
            x,
            room,
            name,
            value,
            height,
        }
    }

    fn buttons(&mut self, row: &Value) {
        let mut x = LEFT;
        self.y += 6.0;
        for button in row["components"].as_array().into_iter().flatten() {
            let label = button["label"].as_str().unwrap_or_default();
            let emoji = button["emoji"]["name"].as_str().unwrap_or_default();
            let sign = if emoji.is_empty() { 0.0 } else { 24.0 };
            let is_link = button["style"].as_u64() == Some(5);
            let arrow = if is_link { 20.0 } else { 0.0 };
            let width = metrics::width(label, Face::Bold) * 14.0 + 32.0 + sign + arrow;
            let fill = match button["style"].as_u64() {
                Some(1) => Fill::BLURPLE,
                Some(3) => Fill::GREEN,
                Some(4) => Fill::RED,
                _ => Fill::GREY,
            };
            self.canvas.block(x, self.y, width, 32.0, 4.0, fill);
            if !emoji.is_empty() {
                self.canvas.emoji(emoji, x + 14.0, self.y + 22.0, 16.0);
            }
            self.plain(
                label,
                x + 16.0 + sign,
                self.y + 21.0,
                14.0,
                Face::Bold,
                Fill::WHITE,
            );
            if is_link {
                self.plain(
                    "↗",
                    x + width - 30.0,
                    self.y + 21.0,
                    14.0,
                    Face::Bold,
                    Fill::WHITE,
                );
            }
            x += width + 8.0;
        }
        self.y += 36.0;
    }

    fn reactions(&mut self, reactions: &[String]) {
        let mut x = LEFT;
        self.y += 4.0;
        for emoji in reactions {
            self.canvas.block(x, self.y, 48.0, 26.0, 6.0, Fill::EMBED);
            self.canvas.emoji(emoji, x + 8.0, self.y + 19.0, 16.0);
            self.plain(
                "1",
                x + 33.0,
                self.y + 18.0,
                SMALL.letters,
                Face::Bold,
                Fill::FAINT,
            );
            x += 54.0;
        }
        self.y += 30.0;
    }
}

struct Row {
    fields: Vec<Field>,
    height: f64,
}

struct Field {
    x: f64,
    room: f64,
    name: Vec<Line>,
    value: Vec<Line>,
    height: f64,
}
