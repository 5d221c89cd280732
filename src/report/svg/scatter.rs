//! Points in the plane.

use std::fmt::Write as _;

use super::WIDTH;
use super::axes::{self, BELOW, Frame};
use super::canvas::{Anchor, Canvas, Shape, n, tone};
use super::legend::{self, Key};
use super::scale::{Scale, scale};
use super::text::{SIZE, fit, width};
use crate::report::chart::{Against, Point, Scatter};

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
    let at = |point: &Point| (onward.at(point.at.0), upward.at(point.at.1));
    for point in &points {
        if let Some([low, high]) = point.interval {
            let (x, _) = at(point);
            canvas.line("whisker", (x, upward.at(low)), (x, upward.at(high)));
        }
    }
    for point in &points {
        canvas.mark(tone(point.tone), Shape::of(point.tone), at(point), 5.0, &point.told);
    }
    let places: Vec<(f64, f64)> = points.iter().map(|point| at(point)).collect();
    names(canvas, frame, &points, &places);
    Some(bottom + BELOW)
}

/// Names beside points, where there is room for them: a name that would stand on another is told
/// by pointing at its point.
fn names(canvas: &mut Canvas, frame: Frame, points: &[&Point], places: &[(f64, f64)]) {
    let mut taken: Vec<Room> = places
        .iter()
        .map(|(x, y)| Room { x: x - 5.0, y: y - 5.0, wide: 10.0, high: 10.0 })
        .collect();
    for (point, (x, y)) in points.iter().zip(places).filter(|(point, _)| !point.name.is_empty()) {
        let name = fit(&point.name, SIZE, 220.0);
        let wide = width(&name, SIZE);
        let right = (x + 9.0, Anchor::Start, x + 9.0);
        let left = (x - 9.0, Anchor::End, x - 9.0 - wide);
        let spots = [-7.0, 16.0, 5.0, -22.0, 32.0]
            .into_iter()
            .flat_map(|down| [right, left].map(|(at, anchor, from)| (at, anchor, from, y + down)));
        for (at, anchor, from, line) in spots {
            let room = Room { x: from, y: line - 13.0, wide, high: 17.0 };
            let fits = from > frame.left
                && from + wide < frame.right
                && line - 13.0 > frame.top
                && line < frame.bottom;
            if fits && !taken.iter().any(|other| room.meets(other)) {
                canvas.cut("lab halo", (at, line), anchor, &name, &point.name);
                taken.push(room);
                break;
            }
        }
    }
}

/// A part of the drawing that is taken.
#[derive(Clone, Copy, Debug)]
struct Room {
    x: f64,
    y: f64,
    wide: f64,
    high: f64,
}

impl Room {
    fn meets(&self, other: &Self) -> bool {
        self.x < other.x + other.wide
            && other.x < self.x + self.wide
            && self.y < other.y + other.high
            && other.y < self.y + self.high
    }
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
