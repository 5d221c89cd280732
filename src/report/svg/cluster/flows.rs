//! Redirected I/O as arrows, which begin in the upper half of a node's row and end in the lower.

use super::super::canvas::{Anchor, Canvas, n};
use super::super::text::width;
use super::{Drawing, SMALL, THICK, arrow, head, most};
use crate::report::map::MapFlow;
use crate::report::number::Shown;

pub(super) fn draw(of: &Drawing<'_>, canvas: &mut Canvas) {
    let flows = &of.map.flows;
    let most = most(flows.iter().filter_map(|flow| flow.bytes_per_s));
    // Many thick arrows would hide each other.
    let thickest = match flows.len() {
        0..=2 => THICK[1],
        3..=4 => 8.0,
        _ => 5.0,
    };
    let thick = |rate: f64| THICK[0] + (thickest - THICK[0]) * (rate / most).clamp(0.0, 1.0);
    let count = of.map.nodes.len().max(2) as f64 - 1.0;
    for flow in flows {
        let (Some(from), Some(to)) = (of.map.nodes.get(flow.from), of.map.nodes.get(flow.to))
        else {
            continue;
        };
        let (a, b) = (begin(of, flow), of.middle(flow.to) + of.row / 5.0);
        let share = flow.from.abs_diff(flow.to) as f64 / count;
        let bend = if flow.from == flow.to { 30.0 } else { 60.0 + 140.0 * share };
        let wide = flow.bytes_per_s.map_or(THICK[0], thick);
        let told = flow.bytes_per_s.map_or_else(String::new, |rate| Shown::Bytes.text(rate));
        let full = format!("{} to {}, redirected {told}", from.name, to.name);
        let (x, tip) = (of.at.network, of.at.network - 2.0);
        let (back, end) = (n(x - bend), n(tip - head(wide)));
        let [x, a_, b_] = [x, a, b].map(n);
        let path = format!("M{x} {a_}C{back} {a_} {back} {b_} {end} {b_}");
        canvas.thick("w t-redirected", &path, wide, full.trim_end());
        arrow(canvas, "w t-redirected", (tip, b), -1.0, wide);
    }
    // Words stand above the beginning of their arrow; above the first one for all of a node where
    // they would stand in each other.
    for flow in flows {
        let Some(rate) = flow.bytes_per_s else { continue };
        let own: Vec<&MapFlow> = flows.iter().filter(|other| other.from == flow.from).collect();
        let (step, crowded) = (apart(of, own.len()), own.len() > 1);
        let told = if crowded && step < LINE {
            if own.iter().any(|other| begin(of, other) < begin(of, flow)) {
                continue;
            }
            let all: f64 = own.iter().filter_map(|other| other.bytes_per_s).sum();
            format!("{} to {}", Shown::Bytes.text(all), own.len())
        } else {
            Shown::Bytes.text(rate)
        };
        let at = (of.at.network - 6.0, begin(of, flow) - thick(rate) / 2.0 - 6.0);
        if width(&told, SMALL) < 120.0 {
            canvas.text("small halo", at, Anchor::End, &told);
        }
    }
}

/// Height of a line of words with what keeps it from the next arrow.
const LINE: f64 = 24.0;

/// How far arrows of one node begin from each other.
fn apart(of: &Drawing<'_>, count: usize) -> f64 {
    (of.row / 2.0 - 6.0) / (count as f64 + 1.0)
}

/// Where an arrow begins beside the network: those of one node one under the other.
fn begin(of: &Drawing<'_>, flow: &MapFlow) -> f64 {
    let own = of.map.flows.iter().filter(|other| other.from == flow.from);
    let mut own: Vec<usize> = own.map(|other| other.to).collect();
    own.sort_unstable();
    let place = own.iter().position(|to| *to == flow.to).unwrap_or(0);
    let half = of.row / 2.0 - 6.0;
    of.middle(flow.from) - half + apart(of, own.len()) * (place as f64 + 1.0)
}
