//! One bar a row, with its interval and its number.

use super::WIDTH;
use super::axes::{self, BELOW, Frame};
use super::canvas::{Anchor, Canvas, tone};
use super::scale::{Scale, scale};
use super::text::{SIZE, fit, width};
use crate::report::chart::{Bars, Line, Mark};

/// Height of a row.
const ROW: f64 = 30.0;
/// Height of a bar.
const BAR: f64 = 16.0;

/// Draws the chart; its height, or nothing where there is no row.
pub(super) fn draw(chart: &Bars, canvas: &mut Canvas) -> Option<f64> {
    if chart.rows.is_empty() {
        return None;
    }
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| width(text, SIZE)).fold(0.0, f64::max)
    };
    let names = widest(&mut chart.rows.iter().map(|row| row.name.as_str())).min(370.0);
    let told = widest(&mut chart.rows.iter().map(|row| row.mark.told.as_str())).min(340.0);
    let top = if chart.limits.is_empty() { 6.0 } else { 30.0 };
    let bottom = top + ROW * chart.rows.len() as f64;
    let frame = Frame { left: names + 16.0, right: WIDTH - told - 24.0, top, bottom };
    let values = chart.rows.iter().flat_map(|row| ends(&row.mark));
    let values = values.chain(chart.limits.iter().map(|limit| limit.at));
    let (onward, ticks) = scale(&chart.across, values, (frame.left, frame.right), 6, false);
    axes::across(canvas, frame, &onward, &ticks);
    for (place, row) in chart.rows.iter().enumerate() {
        let middle = top + ROW * (place as f64 + 0.5);
        let name = fit(&row.name, SIZE, names);
        canvas.cut("lab", (names, middle + 5.0), Anchor::End, &name, &row.name);
        let (from, to) = (onward.at(0.0), onward.at(row.mark.value));
        let (left, right) = if to < from { (to, from) } else { (from, to) };
        let class = format!("a {}", tone(row.tone));
        canvas.rect(&class, (left, middle - BAR / 2.0), (right - left, BAR));
        whisker(canvas, &onward, &row.mark, middle, 5.0);
        let told = fit(&row.mark.told, SIZE, told);
        canvas.cut("told", (WIDTH, middle + 5.0), Anchor::End, &told, &row.mark.told);
    }
    limits(canvas, &onward, &chart.limits, frame);
    Some(bottom + BELOW)
}

/// Values that a mark takes room for.
pub(super) fn ends(mark: &Mark) -> impl Iterator<Item = f64> {
    [mark.value].into_iter().chain(mark.interval.into_iter().flatten())
}

/// The interval of a mark; an end that is infinite is an arrow.
pub(super) fn whisker(canvas: &mut Canvas, onward: &Scale, mark: &Mark, y: f64, half: f64) {
    let Some([low, high]) = mark.interval.filter(|ends| !ends.iter().any(|end| end.is_nan()))
    else {
        return;
    };
    let (a, b) = (onward.at(low), onward.at(high));
    canvas.line("whisker", (a, y), (b, y));
    canvas.line("whisker", (a, y - half), (a, y + half));
    if high.is_finite() {
        canvas.line("whisker", (b, y - half), (b, y + half));
    } else {
        canvas.line("whisker", (b - half, y - half), (b, y));
        canvas.line("whisker", (b - half, y + half), (b, y));
    }
}

/// Lines that values are held against.
pub(super) fn limits(canvas: &mut Canvas, onward: &Scale, limits: &[Line], frame: Frame) {
    for limit in limits {
        let x = onward.at(limit.at);
        canvas.line("limit", (x, frame.top - 4.0), (x, frame.bottom));
        // Its letters are bold, a tenth wider than those that are counted.
        let half = 0.56 * width(&limit.name, SIZE) + 2.0;
        let at = x.clamp(half.min(WIDTH / 2.0), (WIDTH - half).max(WIDTH / 2.0));
        let name = fit(&limit.name, SIZE, WIDTH);
        canvas.cut("limit-name", (at, frame.top - 10.0), Anchor::Middle, &name, &limit.name);
    }
}
