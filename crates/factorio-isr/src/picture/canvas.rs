//! What can be drawn: areas with round corners, shapes, text.
//!
//! Owns the pixels and the scale between the layout's units and them. Must not know what is drawn. A shape without
//! extent is not drawn.

use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::typeface::{Typeface, Weight};
use super::{Area, Colour, png};

/// Pixels for each unit of the layout: sharp also where Discord shows the picture large.
const SCALE: f32 = 2.0;
/// How far the control points of a quarter of a circle lie from its ends.
const ROUND: f32 = 0.552_284_8;

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) colour: Colour,
}

/// A picture that is being drawn.
pub(super) struct Canvas {
    /// Nothing where memory is out: nothing is drawn then.
    pixels: Option<Pixmap>,
    regular: Typeface,
    semi_bold: Typeface,
}

impl Canvas {
    pub(super) fn new(width: f32, height: f32) -> Self {
        // Both are small constants and sums of them.
        let pixels = |units: f32| (units * SCALE).ceil().max(1.0) as u32;
        Self {
            pixels: Pixmap::new(pixels(width), pixels(height)),
            regular: Typeface::new(Weight::Regular),
            semi_bold: Typeface::new(Weight::SemiBold),
        }
    }

    pub(super) fn typeface(&self, weight: Weight) -> &Typeface {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    /// Fills an area with round corners.
    pub(super) fn fill(&mut self, area: Area, radius: f32, colour: Colour) {
        let path = if radius > 0.0 {
            rounded(area, radius.min(area.width / 2.0).min(area.height / 2.0))
        } else {
            Rect::from_xywh(area.x, area.y, area.width, area.height).map(PathBuilder::from_rect)
        };
        self.paint(path, colour);
    }

    /// Fills any shape.
    pub(super) fn paint(&mut self, path: Option<Path>, colour: Colour) {
        let (Some(pixels), Some(path)) = (&mut self.pixels, path) else {
            return;
        };
        let scale = Transform::from_scale(SCALE, SCALE);
        pixels.fill_path(&path, &paint_of(colour), FillRule::Winding, scale, None);
    }

    /// Draws a line along a shape.
    pub(super) fn line(&mut self, path: Option<Path>, width: f32, colour: Colour) {
        let (Some(pixels), Some(path)) = (&mut self.pixels, path) else {
            return;
        };
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        let scale = Transform::from_scale(SCALE, SCALE);
        pixels.stroke_path(&path, &paint_of(colour), &stroke, scale, None);
    }

    /// Sets a text from a point on its base line.
    pub(super) fn text(&mut self, text: &str, x: f32, baseline: f32, style: Style) {
        let shape = self.typeface(style.weight).shape(text, style.size, x, baseline);
        self.paint(shape, style.colour);
    }

    /// Sets a text so that it ends at a point.
    pub(super) fn text_ending(&mut self, text: &str, end: f32, baseline: f32, style: Style) {
        let width = self.typeface(style.weight).width(text, style.size);
        self.text(text, end - width, baseline, style);
    }

    /// Sets a text around a point, kept within two bounds.
    pub(super) fn text_around(
        &mut self,
        text: &str,
        centre: f32,
        (left, right): (f32, f32),
        baseline: f32,
        style: Style,
    ) {
        let width = self.typeface(style.weight).width(text, style.size);
        let x = (centre - width / 2.0).min(right - width).max(left);
        self.text(text, x, baseline, style);
    }

    /// The bytes of a PNG file.
    pub(super) fn finish(self) -> Vec<u8> {
        let Some(pixels) = self.pixels else {
            return Vec::new();
        };
        let plain: Vec<u8> = pixels
            .pixels()
            .iter()
            .map(|pixel| pixel.demultiply())
            .flat_map(|colour| [colour.red(), colour.green(), colour.blue(), colour.alpha()])
            .collect();
        png::encode(&plain, pixels.width(), pixels.height())
    }
}

fn paint_of(colour: Colour) -> Paint<'static> {
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    let Colour(red, green, blue, opacity) = colour;
    paint.set_color_rgba8(red, green, blue, opacity);
    paint
}

fn rounded(area: Area, radius: f32) -> Option<Path> {
    let Area { x, y, width, height } = area;
    let (right, bottom, bend) = (x + width, y + height, radius * (1.0 - ROUND));
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - bend, y, right, y + bend, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - bend, right - bend, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + bend, bottom, x, bottom - bend, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + bend, x + bend, y, x + radius, y);
    path.close();
    path.finish()
}
