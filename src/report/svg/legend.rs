//! What marks and lines are, above a chart.

use super::WIDTH;
use super::canvas::{Anchor, Canvas, Shape, tone};
use super::text::{SIZE, width};
use crate::report::chart::Tone;

/// How an entry is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The n-th line.
    Line(usize),
    /// The n-th area.
    Area(usize),
    /// A shape without a colour of its own.
    Shape(Shape),
    /// A tone, with its shape.
    Tone(Tone),
    /// A tone whose shapes tell something else.
    Colour(Tone),
    /// The hatched one of two bars, or the other.
    Bar(bool),
}

/// Height of a line of entries.
const LINE: f64 = 24.0;
/// Width of the drawing of an entry, with the gap behind it.
const SWATCH: f64 = 34.0;

/// Draws the entries from `top` on, in as many lines as they need; returns where they end.
pub(super) fn draw(canvas: &mut Canvas, top: f64, entries: &[(Key, String)]) -> f64 {
    if entries.is_empty() {
        return top;
    }
    let (mut x, mut y) = (0.0, top + 14.0);
    for (key, name) in entries {
        let wide = SWATCH + width(name, SIZE);
        if x > 0.0 && x + wide > WIDTH {
            x = 0.0;
            y += LINE;
        }
        swatch(canvas, *key, x, y - 5.0);
        canvas.text("lab", (x + SWATCH - 6.0, y), Anchor::Start, name);
        x += wide + 22.0;
    }
    y + 10.0
}

fn swatch(canvas: &mut Canvas, key: Key, x: f64, y: f64) {
    let middle = (x + 12.0, y);
    match key {
        Key::Line(place) => {
            let place = place % SERIES;
            canvas.line(&format!("l s{place} d{place}"), (x, y), (x + 24.0, y));
            canvas.mark(&format!("s{place}"), Shape::nth(place), middle, 5.0, "");
        }
        Key::Area(place) => {
            let path = format!("M{x} {}h24v14h-24Z", y - 7.0);
            canvas.area(&format!("s{}", place % SERIES), place, &path, "");
        }
        Key::Shape(shape) => canvas.mark("t-neutral", shape, middle, 6.0, ""),
        Key::Tone(of) => canvas.mark(tone(of), Shape::of(of), middle, 6.0, ""),
        Key::Colour(of) => canvas.rect(&format!("a {}", tone(of)), (x, y - 7.0), (24.0, 14.0)),
        Key::Bar(hatched) => {
            let path = format!("M{x} {}h24v14h-24Z", y - 7.0);
            canvas.area("t-plain", usize::from(hatched), &path, "");
        }
    }
}

/// Colours of lines and areas; more of them begin anew.
pub(super) const SERIES: usize = 7;
