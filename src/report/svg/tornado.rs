//! What changes do to one value, the greatest on top: two bars a row, one for each end.

use super::WIDTH;
use super::axes::{self, BELOW, Frame};
use super::canvas::{Anchor, Canvas, n};
use super::legend::{self, Key};
use super::scale::{Scale, scale};
use super::text::{SIZE, fit, width};
use crate::report::chart::{Swing, Tornado, change};

/// Height of a row.
const ROW: f64 = 50.0;
/// Height of a bar.
const BAR: f64 = 18.0;
/// Gap between a bar and its words.
const GAP: f64 = 6.0;

/// Draws the chart; its height, or nothing where there is no row.
pub(super) fn draw(chart: &Tornado, canvas: &mut Canvas) -> Option<f64> {
    if chart.rows.is_empty() {
        return None;
    }
    let entries = [
        (Key::Bar(true), "at the low end of its range".to_owned()),
        (Key::Bar(false), "at the high end".to_owned()),
    ];
    let top = legend::draw(canvas, 0.0, &entries) + 6.0;
    let names = chart.rows.iter().map(|row| width(&row.name, SIZE)).fold(0.0, f64::max).min(330.0);
    let bottom = top + ROW * chart.rows.len() as f64;
    let words = chart.rows.iter().flat_map(|row| [told(row, 0), told(row, 1)]);
    let room = words.map(|text| width(&text, SIZE) + GAP).fold(0.0, f64::max).min(210.0);
    let effects = || chart.rows.iter().flat_map(|row| row.effects);
    // Words stand beyond the end of a bar, so that a side without bars needs no room for them.
    let left = names + 16.0 + if effects().any(|effect| effect < 0.0) { room } else { 0.0 };
    let right = WIDTH - if effects().any(|effect| effect >= 0.0) { room } else { 8.0 };
    let frame = Frame { left, right, top, bottom };
    let (onward, ticks) = scale(&chart.across, effects(), (left, right), 6, false);
    axes::across(canvas, frame, &onward, &ticks);
    for (place, row) in chart.rows.iter().enumerate() {
        let middle = top + ROW * (place as f64 + 0.5);
        let name = fit(&row.name, SIZE, names);
        canvas.cut("lab", (names, middle + 5.0), Anchor::End, &name, &row.name);
        bar(canvas, &onward, row, 0, middle - BAR - 1.0);
        bar(canvas, &onward, row, 1, middle + 1.0);
    }
    let zero = onward.at(0.0);
    canvas.line("axis", (zero, top), (zero, bottom));
    Some(bottom + BELOW)
}

fn told(row: &Swing, end: usize) -> String {
    let effect = change(row.effects[end]);
    if row.ends[end].is_empty() { effect } else { format!("{}: {effect}", row.ends[end]) }
}

fn bar(canvas: &mut Canvas, onward: &Scale, row: &Swing, end: usize, y: f64) {
    let effect = row.effects[end];
    if effect.is_nan() {
        return;
    }
    let (zero, at) = (onward.at(0.0), onward.at(effect));
    let (from, wide) = (zero.min(at), (at - zero).abs());
    let path = format!("M{} {}h{}v{BAR}h-{}Z", n(from), n(y), n(wide), n(wide));
    let text = told(row, end);
    canvas.area("t-plain", usize::from(end == 0), &path, &text);
    let (x, anchor) =
        if effect < 0.0 { (at - GAP, Anchor::End) } else { (at + GAP, Anchor::Start) };
    let short = fit(&text, SIZE, 210.0);
    canvas.cut("told", (x, y + BAR - 4.0), anchor, &short, &text);
}
