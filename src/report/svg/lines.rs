//! Lines, steps and stacked areas.

use std::fmt::Write as _;

use super::WIDTH;
use super::axes::{self, BELOW, Frame};
use super::canvas::{Anchor, Canvas, Shape, n};
use super::legend::{self, Key, SERIES};
use super::scale::{Scale, scale};
use super::text::{SIZE, fit, width};
use crate::report::chart::{Form, Lines, Series, thinned};

/// Height of the frame.
const HIGH: f64 = 300.0;
/// Places that are told apart; of more the highest of neighbours is drawn.
const PLACES: usize = 800;
/// Points up to which each has its mark.
const MARKED: usize = 40;
/// Marks on a line of more points, which tell it from others without its colour.
const MARKS: usize = 6;

/// Draws the chart; its height, or nothing where nothing can be drawn.
pub(super) fn draw(chart: &Lines, canvas: &mut Canvas) -> Option<f64> {
    let drawn = || chart.series.iter().flat_map(|series| &series.points);
    if !drawn().any(|point| point.0.is_finite() && point.1.is_finite()) {
        return None;
    }
    let is_stacked = chart.form == Form::Stacked;
    let series: Vec<Vec<(f64, f64)>> = if is_stacked {
        stacked(&chart.series)
    } else {
        chart
            .series
            .iter()
            .map(|series| thinned(&series.points, 2 * PLACES, |point| point.1))
            .collect()
    };
    let top = 34.0 + if series.len() > 1 { legend(chart, canvas) } else { 0.0 };
    let bottom = top + HIGH;
    let heights = series.iter().flatten().map(|point| point.1);
    let heights = heights.chain(chart.limits.iter().map(|limit| limit.at));
    let (upward, ticks) = scale(&chart.up, heights, (bottom, top), 6, false);
    let left = axes::room(&ticks);
    let frame = Frame { left, right: WIDTH - 24.0, top, bottom };
    let places = drawn().map(|point| point.0);
    let (onward, times) = scale(&chart.across, places, (left, frame.right), 8, true);
    if let Some((from, to, name)) = &chart.stretch {
        let (a, b) = (onward.at(*from), onward.at(*to));
        canvas.rect("stretch", (a - 1.5, top), ((b - a).max(3.0), HIGH));
        let half = width(name, SIZE) / 2.0;
        let at = f64::midpoint(a, b).clamp(left + half, (frame.right - half).max(left + half));
        canvas.text("lab", (at, top - 6.0), Anchor::Middle, name);
    }
    axes::up(canvas, frame, &upward, &ticks);
    axes::across(canvas, frame, &onward, &times);
    let steps = chart.form != Form::Straight;
    let on = Places { onward, upward, steps };
    for (place, points) in series.iter().enumerate() {
        if is_stacked {
            let under = place.checked_sub(1).map(|under| series[under].as_slice());
            canvas.area(
                &format!("s{}", place % SERIES),
                place,
                &on.area(points, under, bottom),
                &chart.series[place].name,
            );
        } else {
            let marked = series.len() > 1 || !steps;
            on.line(canvas, place, points, marked.then_some(&chart.series[place].name));
        }
    }
    for limit in &chart.limits {
        let y = on.upward.at(limit.at);
        canvas.line("limit", (left, y), (frame.right, y));
        let name = fit(&limit.name, SIZE, frame.right - left);
        canvas.cut("limit-name", (frame.right, y - 5.0), Anchor::End, &name, &limit.name);
    }
    Some(bottom + BELOW)
}

/// Names the lines; the height that takes.
fn legend(chart: &Lines, canvas: &mut Canvas) -> f64 {
    let key = |place| match chart.form {
        Form::Stacked => Key::Area(place),
        _ => Key::Line(place),
    };
    let entries = chart.series.iter().enumerate();
    let entries: Vec<_> = entries.map(|(place, of)| (key(place), of.name.clone())).collect();
    legend::draw(canvas, 0.0, &entries)
}

/// The upper edge of each series on top of those before it; all have the same places.
fn stacked(series: &[Series]) -> Vec<Vec<(f64, f64)>> {
    let longest = series.iter().map(|series| series.points.len()).max().unwrap_or(0);
    let value = |series: &Series, place: usize| {
        let value = series.points.get(place).map_or(0.0, |point| point.1);
        if value.is_finite() { value } else { 0.0 }
    };
    let total = |place: &usize| series.iter().map(|series| value(series, *place)).sum::<f64>();
    let places = thinned(&(0..longest).collect::<Vec<usize>>(), 2 * PLACES, total);
    let at = |place: usize| series.iter().find_map(|series| series.points.get(place));
    let mut below = vec![0.0; places.len()];
    let mut edges = Vec::new();
    for series in series {
        for (sum, place) in below.iter_mut().zip(&places) {
            *sum += value(series, *place);
        }
        let edge = places.iter().zip(&below);
        edges.push(edge.filter_map(|(place, sum)| Some((at(*place)?.0, *sum))).collect());
    }
    edges
}

/// Where points stand.
struct Places {
    onward: Scale,
    upward: Scale,
    steps: bool,
}

impl Places {
    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.onward.at(x), self.upward.at(y))
    }

    /// A path along points, without gaps.
    fn along(&self, points: impl Iterator<Item = (f64, f64)>, path: &mut String) {
        let mut before: Option<f64> = None;
        for point in points {
            let (x, y) = self.at(point);
            let _ = match before {
                None if path.is_empty() => write!(path, "M{} {}", n(x), n(y)),
                Some(_) if self.steps => write!(path, "H{}V{}", n(x), n(y)),
                _ => write!(path, "L{} {}", n(x), n(y)),
            };
            before = Some(y);
        }
    }

    /// The area between a line and the one under it.
    fn area(&self, points: &[(f64, f64)], under: Option<&[(f64, f64)]>, bottom: f64) -> String {
        let mut path = String::new();
        self.along(points.iter().copied(), &mut path);
        match under {
            Some(under) => {
                let mut before: Option<f64> = None;
                for point in under.iter().rev() {
                    let (x, y) = self.at(*point);
                    let _ = match before {
                        Some(_) if self.steps => write!(path, "V{}H{}", n(y), n(x)),
                        _ => write!(path, "L{} {}", n(x), n(y)),
                    };
                    before = Some(y);
                }
            }
            None => {
                if let (Some(first), Some(last)) = (points.first(), points.last()) {
                    let (a, b, bottom) = (self.at(*first).0, self.at(*last).0, n(bottom));
                    let _ = write!(path, "L{} {bottom}L{} {bottom}", n(b), n(a));
                }
            }
        }
        path.push('Z');
        path
    }

    /// A line, with marks where it must be told apart from others by its name.
    fn line(
        &self,
        canvas: &mut Canvas,
        place: usize,
        points: &[(f64, f64)],
        name: Option<&String>,
    ) {
        let class = format!("s{}", place % SERIES);
        let dash = place % SERIES;
        for part in points.split(|point| point.1.is_nan()).filter(|part| !part.is_empty()) {
            let mut path = String::new();
            self.along(part.iter().copied(), &mut path);
            canvas.path(&format!("l {class} d{dash}"), &path);
        }
        let Some(name) = name else { return };
        let seen: Vec<_> = points.iter().filter(|point| !point.1.is_nan()).collect();
        let every = if seen.len() <= MARKED && !self.steps { 1 } else { seen.len() / MARKS + 1 };
        // Lines that share places do not hide each other's marks.
        for point in seen.iter().skip(place % every).step_by(every) {
            canvas.mark(&class, Shape::nth(place), self.at(**point), 4.5, name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> Series {
        let points = values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect();
        Series { name: name.into(), points }
    }

    #[test]
    fn areas_stand_on_top_of_one_another() {
        let edges = stacked(&[series("a", &[1.0, 2.0]), series("b", &[3.0, f64::NAN])]);
        assert_eq!(edges, [[(0.0, 1.0), (1.0, 2.0)], [(0.0, 4.0), (1.0, 2.0)]]);
    }
}
