//! Points in the plane.

use std::fmt::Write as _;

use super::WIDTH;
use super::axes::{self, BELOW, Frame};
use super::canvas::{Anchor, Canvas, Shape, n, tone};
use super::legend::{self, Key};
use super::scale::{Scale, scale};
use super::text::{SIZE, fit, width};
use crate::report::chart::{Against, Scatter};

/// Height of the frame.
const HIGH: f64 = 340.0;
/// Points that are drawn.
const MOST: usize = 3000;

/// Draws the chart; its height, or nothing where nothing can be drawn.
pub(super) fn draw(chart: &Scatter, canvas: &mut Canvas) -> Option<f64> {
    let room = |log: bool, value: f64| value.is_finite() && (!log || value > 0.0);
    let seen = |at: (f64, f64)| room(chart.across.log, at.0) && room(chart.up.log, at.1);
    let points: Vec<_> = chart.points.iter().filter(|point| seen(point.at)).take(MOST).collect();
    if points.is_empty() {
        return None;
    }
    let entries = chart.tones.iter().map(|(tone, name)| (Key::Tone(*tone), name.clone()));
    let top = legend::draw(canvas, 0.0, &entries.collect::<Vec<_>>()) + 34.0;
    let bottom = top + HIGH;
    let both = chart.against == Against::Equal;
    let frontier = || chart.frontier.iter().filter(|at| seen(**at));
    let heights = points
        .iter()
        .flat_map(|point| [point.at.1].into_iter().chain(point.interval.into_iter().flatten()));
    let mut heights: Vec<f64> = heights.chain(frontier().map(|at| at.1)).collect();
    let mut places: Vec<f64> =
        points.iter().map(|point| point.at.0).chain(frontier().map(|at| at.0)).collect();
    if both {
        // Equal ends make the line of equality a diagonal.
        heights.extend_from_slice(&places);
        places.clone_from(&heights);
    }
    if let Against::Height(line) = &chart.against {
        heights.push(line.at);
    }
    let (upward, ticks) = scale(&chart.up, heights.into_iter(), (bottom, top), 6, true);
    let left = axes::room(&ticks);
    let frame = Frame { left, right: WIDTH - 24.0, top, bottom };
    let (onward, below) = scale(&chart.across, places.into_iter(), (left, frame.right), 8, true);
    axes::up(canvas, frame, &upward, &ticks);
    axes::across(canvas, frame, &onward, &below);
    against(chart, canvas, frame, (&onward, &upward));
    let mut path = String::new();
    for (x, y) in frontier() {
        let (x, y) = (n(onward.at(*x)), n(upward.at(*y)));
        let _ = if path.is_empty() { write!(path, "M{x} {y}") } else { write!(path, "H{x}V{y}") };
    }
    if !path.is_empty() {
        canvas.path("l t-plain", &path);
    }
    for point in points {
        let (x, y) = (onward.at(point.at.0), upward.at(point.at.1));
        if let Some([low, high]) = point.interval {
            canvas.line("whisker", (x, upward.at(low)), (x, upward.at(high)));
        }
        canvas.mark(tone(point.tone), Shape::of(point.tone), (x, y), 5.0, &point.told);
        if !point.name.is_empty() {
            let name = fit(&point.name, SIZE, 200.0);
            let after = x + 10.0 + width(&name, SIZE) < frame.right;
            let (at, anchor) =
                if after { (x + 9.0, Anchor::Start) } else { (x - 9.0, Anchor::End) };
            canvas.cut("lab", (at, y - 7.0), anchor, &name, &point.name);
        }
    }
    Some(bottom + BELOW)
}

/// What points are held against.
fn against(chart: &Scatter, canvas: &mut Canvas, frame: Frame, (onward, upward): (&Scale, &Scale)) {
    match &chart.against {
        Against::Nothing => {}
        Against::Equal => {
            let [low, high] = onward.ends();
            let point = |value: f64| (onward.at(value), upward.at(value));
            canvas.line("limit", point(low), point(high));
        }
        Against::Height(line) => {
            let y = upward.at(line.at);
            canvas.line("limit", (frame.left, y), (frame.right, y));
            let name = fit(&line.name, SIZE, frame.right - frame.left);
            canvas.cut("limit-name", (frame.right, y - 5.0), Anchor::End, &name, &line.name);
        }
    }
}
