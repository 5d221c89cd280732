//! Redirected I/O as a matrix: who asks from top to bottom, who owns from left to right.

use super::super::canvas::{Anchor, Canvas};
use super::super::text::fit;
use super::{Drawing, TINY, most};
use crate::report::number::Shown;

/// Room of the sums behind the cells.
const SUMS: f64 = 80.0;

pub(super) fn draw(of: &Drawing<'_>, canvas: &mut Canvas) {
    let flows = &of.map.flows;
    if flows.is_empty() {
        return;
    }
    let count = of.map.nodes.len();
    let right = of.at.network - SUMS;
    let cell = right / count as f64;
    let largest = (cell - 1.0).min(of.row - 8.0).min(26.0);
    let most = most(flows.iter().filter_map(|flow| flow.bytes_per_s));
    canvas.text("name", (right / 2.0, 16.0), Anchor::Middle, "Redirected, by owner");
    let x = |place: usize| cell * (place as f64 + 0.5);
    for (place, node) in of.map.nodes.iter().enumerate() {
        let name = fit(&node.name, TINY, 88.0);
        canvas.upright("tiny", (x(place) + 4.0, of.top - 6.0), &name, &node.name);
        canvas.line("grid", (x(place), of.top), (x(place), of.top + of.height));
        canvas.line("grid", (0.0, of.middle(place)), (right, of.middle(place)));
    }
    for flow in flows {
        let (Some(from), Some(to)) = (of.map.nodes.get(flow.from), of.map.nodes.get(flow.to))
        else {
            continue;
        };
        // The area tells how much.
        let share = flow.bytes_per_s.map_or(0.4, |rate| (rate / most).clamp(0.03, 1.0));
        let side = largest * share.sqrt();
        let told = flow.bytes_per_s.map_or_else(String::new, |rate| Shown::Bytes.text(rate));
        let told = format!("{} to {}, redirected {told}", from.name, to.name);
        let at = (x(flow.to) - side / 2.0, of.middle(flow.from) - side / 2.0);
        canvas.square("a t-redirected", at, side, told.trim_end());
    }
    for place in 0..count {
        let own = flows.iter().filter(|flow| flow.from == place);
        let sum: f64 = own.filter_map(|flow| flow.bytes_per_s).sum();
        if sum > 0.0 {
            let at = (of.at.network - 6.0, of.middle(place) + 4.0);
            canvas.text("small", at, Anchor::End, &Shown::Bytes.text(sum));
        }
    }
}
