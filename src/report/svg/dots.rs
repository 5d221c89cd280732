//! Several values a row, each with its interval, each with a shape of its own.

use super::WIDTH;
use super::axes::{self, BELOW, Frame};
use super::bars::{ends, limits, whisker};
use super::canvas::{Anchor, Canvas, Shape, tone};
use super::legend::{self, Key};
use super::scale::scale;
use super::text::{SIZE, fit, width};
use crate::report::chart::{DotRow, Dots};

/// Height that a value takes in its row.
const LINE: f64 = 14.0;
/// Gap between rows.
const GAP: f64 = 16.0;

/// Draws the chart; its height, or nothing where there is no value.
pub(super) fn draw(chart: &Dots, canvas: &mut Canvas) -> Option<f64> {
    let marks = || chart.rows.iter().flat_map(|row| row.marks.iter().flatten());
    if !marks().any(|mark| mark.value.is_finite()) {
        return None;
    }
    let shapes = chart.names.iter().enumerate();
    let mut entries: Vec<_> =
        shapes.map(|(place, name)| (Key::Shape(Shape::nth(place)), name.clone())).collect();
    if entries.len() < 2 {
        entries.clear();
    }
    entries.extend(chart.tones.iter().map(|(tone, name)| (Key::Colour(*tone), name.clone())));
    let mut top = legend::draw(canvas, 0.0, &entries) + 6.0;
    if !chart.limits.is_empty() {
        top += 26.0;
    }
    let lines = |row: &DotRow| row.name.split('\n').count();
    let high = |row: &DotRow| (LINE * row.marks.len() as f64).max(18.0 * lines(row) as f64) + GAP;
    let bottom = top + chart.rows.iter().map(high).sum::<f64>();
    let words = chart.rows.iter().flat_map(|row| row.name.split('\n'));
    let names = words.map(|line| width(line, SIZE)).fold(0.0, f64::max).min(330.0);
    let frame = Frame { left: names + 16.0, right: WIDTH - 24.0, top, bottom };
    let values = marks().flat_map(ends).chain(chart.limits.iter().map(|limit| limit.at));
    let (onward, ticks) = scale(&chart.across, values, (frame.left, frame.right), 7, false);
    axes::across(canvas, frame, &onward, &ticks);
    let mut y = top;
    for (place, row) in chart.rows.iter().enumerate() {
        let high = high(row);
        if place > 0 {
            canvas.line("grid", (0.0, y), (frame.right, y));
        }
        let first = y + high / 2.0 + 5.0 - 9.0 * (lines(row) - 1) as f64;
        for (line, text) in row.name.split('\n').enumerate() {
            let at = (names, first + 18.0 * line as f64);
            let class = if line == 0 { "lab" } else { "note" };
            canvas.cut(class, at, Anchor::End, &fit(text, SIZE, names), text);
        }
        let first = y + (high - LINE * (row.marks.len() as f64 - 1.0)) / 2.0;
        for (line, mark) in row.marks.iter().enumerate() {
            let Some(mark) = mark.as_ref().filter(|mark| !mark.value.is_nan()) else { continue };
            let at = first + LINE * line as f64;
            whisker(canvas, &onward, mark, at, 4.0);
            let told = format!("{}: {}", chart.names.get(line).map_or("", |n| n), mark.told);
            let place = (onward.at(mark.value), at);
            canvas.mark(tone(row.tone), Shape::nth(line), place, 5.5, &told);
        }
        y += high;
    }
    limits(canvas, &onward, &chart.limits, frame);
    Some(bottom + BELOW)
}
