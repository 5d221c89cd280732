//! Axes that every chart shares.

use super::canvas::{Anchor, Canvas};
use super::scale::{Scale, Ticks};
use super::text::{SIZE, width};

/// The part of a drawing that values stand in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Height that a horizontal axis takes below the frame.
pub(super) const BELOW: f64 = 48.0;

/// Draws a horizontal axis with its lines.
pub(super) fn across(canvas: &mut Canvas, frame: Frame, scale: &Scale, ticks: &Ticks) {
    let Frame { left, right, top, bottom } = frame;
    let mut free = f64::NEG_INFINITY;
    for tick in &ticks.ticks {
        let x = scale.at(tick.value);
        canvas.line("grid", (x, top), (x, bottom));
        let half = width(&tick.label, SIZE) / 2.0;
        // Labels that would touch are left out; their lines stay.
        if x - half > free {
            let at = x.clamp(left.min(half), right.max(right + half));
            canvas.text("tick", (at, bottom + 18.0), Anchor::Middle, &tick.label);
            free = x + half + 8.0;
        }
    }
    canvas.line("axis", (left, bottom), (right, bottom));
    canvas.text("name", (f64::midpoint(left, right), bottom + 40.0), Anchor::Middle, &ticks.name);
}

/// Draws a vertical axis with its lines, its name on top.
pub(super) fn up(canvas: &mut Canvas, frame: Frame, scale: &Scale, ticks: &Ticks) {
    let Frame { left, right, top, .. } = frame;
    for tick in &ticks.ticks {
        let y = scale.at(tick.value);
        canvas.line(if tick.value == 0.0 { "axis" } else { "grid" }, (left, y), (right, y));
        canvas.text("tick", (left - 8.0, y + 5.0), Anchor::End, &tick.label);
    }
    canvas.text("name", (0.0, top - 14.0), Anchor::Start, &ticks.name);
}

/// Room that the labels of a vertical axis take.
pub(super) fn room(ticks: &Ticks) -> f64 {
    ticks.ticks.iter().map(|tick| width(&tick.label, SIZE)).fold(0.0, f64::max) + 16.0
}
