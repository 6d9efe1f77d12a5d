//! Shapes and letters as SVG.
//!
//! Owns the colours of Discord's dark theme and the wire form. Must not know what is drawn. Cannot fail.

use std::fmt::Write as _;

use super::metrics::Face;

/// Colours.
pub(super) struct Fill;

impl Fill {
    pub(super) const GROUND: &'static str = "#313338";
    pub(super) const PRIVATE: &'static str = "#363a4c";
    pub(super) const EMBED: &'static str = "#2b2d31";
    pub(super) const CODE: &'static str = "#1e1f22";
    pub(super) const TEXT: &'static str = "#dbdee1";
    pub(super) const NAME: &'static str = "#f2f3f5";
    pub(super) const FAINT: &'static str = "#949ba4";
    pub(super) const LINK: &'static str = "#00a8fc";
    pub(super) const MENTION: &'static str = "#3c4270";
    pub(super) const MENTIONED: &'static str = "#c9cdfb";
    pub(super) const TIME: &'static str = "#41434a";
    pub(super) const QUOTE: &'static str = "#4e5058";
    pub(super) const BLURPLE: &'static str = "#5865f2";
    pub(super) const GREY: &'static str = "#4e5058";
    pub(super) const GREEN: &'static str = "#248046";
    pub(super) const RED: &'static str = "#da373c";
    pub(super) const WHITE: &'static str = "#ffffff";
}

/// How a text is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letters {
    pub(super) size: f64,
    pub(super) face: Face,
    pub(super) colour: &'static str,
    pub(super) italic: bool,
}

/// A picture that grows downwards.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    shapes: String,
}

impl Canvas {
    /// A filled rectangle with round corners.
    pub(super) fn block(&mut self, x: f64, y: f64, width: f64, height: f64, round: f64, fill: &str) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        let round = if round > 0.0 {
            format!(" rx=\"{}\"", number(round))
        } else {
            String::new()
        };
        let _ = writeln!(
            self.shapes,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round} fill=\"{fill}\"/>"
        );
    }

    /// A filled circle.
    pub(super) fn disc(&mut self, x: f64, y: f64, radius: f64, fill: &str) {
        let [x, y, radius] = [x, y, radius].map(number);
        let _ = writeln!(
            self.shapes,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"/>"
        );
    }

    /// The gear of the program, in a disc.
    pub(super) fn gear(&mut self, x: f64, y: f64, radius: f64) {
        self.disc(x, y, radius, "#e39827");
        let teeth: String = (0..8)
            .map(|tooth| {
                let angle = f64::from(tooth) * std::f64::consts::FRAC_PI_4;
                let (sin, cos) = angle.sin_cos();
                let at = |distance: f64, aside: f64| {
                    let (along, across) = (distance * radius, aside * radius);
                    let (px, py) = (x + along * cos - across * sin, y + along * sin + across * cos);
                    format!("{} {}", number(px), number(py))
                };
                format!(
                    "M{}L{}L{}L{}Z",
                    at(0.38, -0.16),
                    at(0.7, -0.11),
                    at(0.7, 0.11),
                    at(0.38, 0.16)
                )
            })
            .collect();
        let _ = writeln!(self.shapes, "<path d=\"{teeth}\" fill=\"{}\"/>", Fill::EMBED);
        self.disc(x, y, 0.48 * radius, Fill::EMBED);
        self.disc(x, y, 0.2 * radius, "#e39827");
    }

    /// A text of a width, its base line at `y`.
    pub(super) fn text(&mut self, text: &str, x: f64, y: f64, width: f64, letters: Letters) {
        let shown = text.trim();
        if shown.is_empty() {
            return;
        }
        // Viewers leave out blanks at both ends.
        let blanks = |count: usize| super::metrics::width(&" ".repeat(count), letters.face) * letters.size;
        let before = blanks(text.len() - text.trim_start().len());
        let width = width - blanks(text.len() - shown.len());
        let x = x + before;
        let mut attributes = String::new();
        match letters.face {
            Face::Plain => {}
            Face::Bold => attributes.push_str(" font-weight=\"700\""),
            Face::Fixed => attributes.push_str(" font-family=\"Consolas, DejaVu Sans Mono, monospace\""),
        }
        if letters.italic {
            attributes.push_str(" font-style=\"italic\"");
        }
        if (letters.size - 16.0).abs() > 0.01 {
            let _ = write!(attributes, " font-size=\"{}\"", number(letters.size));
        }
        let _ = writeln!(
            self.shapes,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{attributes}>{}</text>",
            number(x),
            number(y),
            number(width),
            letters.colour,
            escaped(shown)
        );
    }

    /// A picture in the text.
    pub(super) fn emoji(&mut self, text: &str, x: f64, y: f64, size: f64) {
        let sign = text.trim_end();
        let _ = writeln!(
            self.shapes,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" font-family=\"Noto Color Emoji, Apple Color Emoji, Segoe UI Emoji, \
             sans-serif\">{}</text>",
            number(x),
            number(y),
            number(size),
            escaped(sign)
        );
    }

    /// The whole picture.
    pub(super) fn finish(self, width: f64, height: f64, about: &str) -> String {
        let [width, height] = [width, height].map(number);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{}\" style=\"white-space:pre\" \
             font-family=\"gg sans, Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif\" font-size=\"16\">\n\
             <rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"{}\"/>\n{}</svg>\n",
            escaped(about).replace('"', "&quot;"),
            Fill::GROUND,
            self.shapes
        )
    }
}

/// At most one decimal.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
