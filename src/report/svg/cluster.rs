//! A cluster: the network on the left, nodes one under the other, storage on the right. Redirected
//! I/O bends through the network from the node that asks to the owner of the volume.

use super::WIDTH;
use super::canvas::{Anchor, Canvas, n};
use super::text::{fit, width};
use crate::report::map::{Load, Map, MapFlow, MapLink, MapNode};
use crate::report::number::{Shown, plural};

/// Left edges of the network, of the nodes and of the storage.
const NETWORK: f64 = 176.0;
const NODES: f64 = 424.0;
const STORAGE: f64 = 810.0;
/// Widths of the network and of a node.
const BAR: f64 = 34.0;
const NODE: f64 = 226.0;
/// Top of the first row.
const TOP: f64 = 34.0;
/// Size of small letters.
const SMALL: f64 = 13.0;
/// Thinnest and thickest line.
const THICK: [f64; 2] = [2.0, 15.0];
/// Flows that can be told apart.
const FLOWS: usize = 40;

/// Draws the cluster; its height, or nothing where it has no node.
pub(super) fn draw(map: &Map, canvas: &mut Canvas) -> Option<f64> {
    let count = map.nodes.len();
    if count == 0 {
        return None;
    }
    let row = match count {
        1..=4 => 96.0,
        5..=8 => 78.0,
        _ => 62.0,
    };
    let linked = map.nodes.iter().any(|node| node.sends.is_some() || node.receives.is_some());
    let linked = linked || !map.flows.is_empty();
    let all = Drawing { map, row, height: row * count as f64, linked };
    let nodes = NODES + NODE / 2.0;
    canvas.text("name", (nodes, 16.0), Anchor::Middle, "Nodes");
    if linked {
        let bar = (NETWORK, TOP);
        canvas.card("network", bar, (BAR, all.height));
        canvas.text("name", (NETWORK + BAR / 2.0, 16.0), Anchor::Middle, "CSV network");
    }
    all.storages(canvas);
    all.links(canvas);
    let drawn = all.flows(canvas);
    for (place, node) in map.nodes.iter().enumerate() {
        all.node(canvas, place, node);
    }
    let mut below = TOP + all.height + 26.0;
    for line in all.legend(drawn) {
        canvas.text("note", (0.0, below), Anchor::Start, &line);
        below += 20.0;
    }
    Some(below)
}

struct Drawing<'a> {
    map: &'a Map,
    row: f64,
    height: f64,
    linked: bool,
}

/// Thickness of a share of the most.
fn thick(share: f64) -> f64 {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
    THICK[0] + (THICK[1] - THICK[0]) * share
}

/// Text of a load, which fits into some room: what is busy first gives way.
fn told(before: &str, load: &Load, room: f64) -> (String, String) {
    let full = format!("{before}{} {}", load.name, load.told);
    let left = room - width(&format!("{before} {}", load.told), SMALL);
    let name = fit(&load.name, SMALL, left.max(0.0));
    (format!("{before}{name} {}", load.told), full)
}

impl Drawing<'_> {
    fn middle(&self, place: usize) -> f64 {
        TOP + self.row * (place as f64 + 0.5)
    }

    fn node(&self, canvas: &mut Canvas, place: usize, node: &MapNode) {
        let middle = self.middle(place);
        let high = self.row - 16.0;
        canvas.card("box", (NODES, middle - high / 2.0), (NODE, high));
        let line = if self.row > 70.0 { 20.0 } else { 17.0 };
        let mut lines = vec![("strong", node.name.clone())];
        let mut about = plural(node.machines, "machine");
        if node.nodes > 1 {
            about = format!("{}, {about}", plural(node.nodes, "node"));
        }
        if let Some(cpu) = &node.cpu {
            about = format!("{about}, CPU {}", cpu.told);
        }
        lines.push(("small", about));
        if !node.owns.is_empty() {
            lines.push(("small", format!("owns {}", node.owns.join(", "))));
        }
        let first = middle - line * (lines.len() as f64 - 1.0) / 2.0 + 5.0;
        for (number, (class, text)) in lines.iter().enumerate() {
            let size = if *class == "strong" { 15.0 } else { SMALL };
            let at = (NODES + 12.0, first + line * number as f64);
            canvas.cut(class, at, Anchor::Start, &fit(text, size, NODE - 20.0), text);
        }
        if self.linked {
            self.ports(canvas, middle, node);
        }
    }

    /// The ways between a node and the network, sending above, receiving below.
    fn ports(&self, canvas: &mut Canvas, middle: f64, node: &MapNode) {
        let (left, right) = (NETWORK + BAR, NODES);
        let apart = if self.row > 70.0 { 13.0 } else { 10.0 };
        for (load, y, sends) in
            [(&node.sends, middle - apart, true), (&node.receives, middle + apart, false)]
        {
            let Some(load) = load else { continue };
            let wide = thick(load.busy);
            let (short, full) =
                told(if sends { "sends " } else { "gets " }, load, right - left - 24.0);
            let class = if load.busy >= BUSY { "w t-bad" } else { "w t-plain" };
            let (a, b) = (left + 10.0, right - 10.0);
            canvas.thick(class, &format!("M{} {}H{}", n(a), n(y), n(b)), wide, &full);
            let (tip, back) = if sends { (left + 1.0, 1.0) } else { (right - 1.0, -1.0) };
            arrow(canvas, class, (tip, y), back, wide);
            let text = if sends { y - wide / 2.0 - 5.0 } else { y + wide / 2.0 + 14.0 };
            let at = (f64::midpoint(left, right), text);
            canvas.cut("small", at, Anchor::Middle, &short, &full);
        }
    }

    fn storages(&self, canvas: &mut Canvas) {
        let count = self.map.storages.len();
        if count == 0 {
            return;
        }
        let (wide, each) = (WIDTH - STORAGE - 2.0, self.height / count as f64);
        canvas.text("name", (STORAGE + wide / 2.0, 16.0), Anchor::Middle, "Storage");
        for (place, storage) in self.map.storages.iter().enumerate() {
            let top = TOP + each * place as f64;
            canvas.card("box", (STORAGE, top + 8.0), (wide, each - 16.0));
            let mut lines = vec![("strong", storage.name.clone()), ("small", storage.kind.clone())];
            if let Some(load) = &storage.load {
                lines.push(("small", load.name.clone()));
                lines.push(("small", format!("{} busy", load.told)));
            }
            lines.retain(|(_, text)| !text.is_empty());
            lines.truncate(((each - 16.0) / 18.0).max(1.0) as usize);
            let first = top + each / 2.0 - 9.0 * (lines.len() as f64 - 1.0) + 5.0;
            for (number, (class, text)) in lines.iter().enumerate() {
                let size = if *class == "strong" { 15.0 } else { SMALL };
                let at = (STORAGE + wide / 2.0, first + 18.0 * number as f64);
                canvas.cut(class, at, Anchor::Middle, &fit(text, size, wide - 10.0), text);
            }
        }
    }

    /// From nodes to storage.
    fn links(&self, canvas: &mut Canvas) {
        let most = most(self.map.links.iter().filter_map(|link| link.bytes_per_s));
        let each = self.height / self.map.storages.len().max(1) as f64;
        for link in &self.map.links {
            let own: Vec<&MapLink> =
                self.map.links.iter().filter(|other| other.node == link.node).collect();
            let place = own.iter().position(|other| other.storage == link.storage).unwrap_or(0);
            let apart = (self.row - 30.0) / own.len().max(2) as f64;
            let y =
                self.middle(link.node) + apart * (place as f64 - (own.len() as f64 - 1.0) / 2.0);
            // A box that stands beside its node is met straight.
            let top = TOP + each * link.storage as f64 + 14.0;
            let to = y.clamp(top, (top + each - 28.0).max(top));
            let (a, b) = (NODES + NODE, STORAGE);
            let carried = link.bytes_per_s.unwrap_or(0.0);
            let wide = if carried > 0.0 { thick(carried / most) } else { 1.5 };
            let rate = link.bytes_per_s.map(|rate| Shown::Bytes.text(rate));
            let full = match (&link.load, &rate) {
                (Some(load), Some(rate)) => format!("{rate}, {} {}", load.name, load.told),
                (_, Some(rate)) => rate.clone(),
                _ => String::new(),
            };
            let class = if carried > 0.0 { "w t-direct" } else { "w t-idle" };
            let path = format!("M{} {}L{} {}", n(a), n(y), n(b), n(to));
            canvas.thick(class, &path, wide, &full);
            if own.len() > 2 || (to - y).abs() > 1.0 {
                continue;
            }
            let above = (f64::midpoint(a, b), y - wide / 2.0 - 5.0);
            if let Some(rate) = rate.filter(|_| carried > 0.0) {
                canvas.text("small", above, Anchor::Middle, &rate);
            }
            if let Some(load) = &link.load {
                let (short, full) = told("", load, b - a - 12.0);
                let below = (f64::midpoint(a, b), y + wide / 2.0 + 14.0);
                canvas.cut("small", below, Anchor::Middle, &short, &full);
            }
        }
    }

    /// Redirected I/O, the most first; how much of it is drawn.
    fn flows(&self, canvas: &mut Canvas) -> usize {
        let rate = |flow: &MapFlow| flow.bytes_per_s.unwrap_or(0.0);
        let mut flows: Vec<&MapFlow> = self.map.flows.iter().collect();
        flows.sort_by(|a, b| rate(b).total_cmp(&rate(a)));
        let most = most(flows.iter().map(|flow| rate(flow)));
        let mut labels: Vec<(f64, f64)> = Vec::new();
        let count = self.map.nodes.len().max(2) as f64 - 1.0;
        for flow in flows.iter().take(FLOWS) {
            let (from, to) = (self.map.nodes.get(flow.from), self.map.nodes.get(flow.to));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let share = flow.from.abs_diff(flow.to) as f64 / count;
            let apart = self.row / 7.0;
            let (a, b) = if flow.from == flow.to {
                (self.middle(flow.from) - apart, self.middle(flow.to) + apart)
            } else {
                // What leaves and what comes in do not begin at one place.
                (self.middle(flow.from) - apart, self.middle(flow.to) + apart)
            };
            let bend = if flow.from == flow.to { 26.0 } else { 60.0 + 140.0 * share };
            let wide = if rate(flow) > 0.0 { thick(rate(flow) / most) } else { THICK[0] };
            let told = match flow.bytes_per_s {
                Some(rate) => Shown::Bytes.text(rate),
                None => "redirected".to_owned(),
            };
            let full = format!("{} to {}, redirected: {told}", from.name, to.name);
            let (x, tip) = (NETWORK, NETWORK - 2.0);
            let back = n(x - bend);
            let path = format!(
                "M{} {}C{back} {} {back} {} {} {}",
                n(x),
                n(a),
                n(a),
                n(b),
                n(tip - 10.0),
                n(b)
            );
            canvas.thick("w t-redirected", &path, wide, &full);
            arrow(canvas, "w t-redirected", (tip, b), -1.0, wide);
            let at = (x - 0.75 * bend, f64::midpoint(a, b) + 4.0);
            let clear =
                labels.iter().all(|(x, y)| (x - at.0).abs() > 70.0 || (y - at.1).abs() > 17.0);
            if clear {
                labels.push(at);
                let left = at.0.max(width(&told, SMALL) / 2.0);
                canvas.cut("small halo", (left, at.1), Anchor::Middle, &told, &full);
            }
        }
        flows.len().min(FLOWS)
    }

    /// What the drawing tells by what.
    fn legend(&self, drawn: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.map.flows.is_empty() {
            let rest = self.map.flows.len() - drawn;
            let rest = match rest {
                0 => String::new(),
                rest => format!(" {} are not drawn.", plural(rest, "smaller flow")),
            };
            lines.push(format!(
                "Arrows on the left are redirected I/O, from the node that asks to the owner, as \
                 thick as its payload.{rest}"
            ));
        }
        if self.linked {
            lines.push(
                "Between nodes and network: the busiest port of each direction, as thick as it is \
                 busy."
                    .to_owned(),
            );
        }
        lines
    }
}

/// Busy share from which something is drawn as saturated.
const BUSY: f64 = 0.8;

fn most(rates: impl Iterator<Item = f64>) -> f64 {
    let most = rates.filter(|rate| rate.is_finite()).fold(0.0, f64::max);
    if most > 0.0 { most } else { 1.0 }
}

/// The head of an arrow whose tip stands at a place; `back` is the way back along its line.
fn arrow(canvas: &mut Canvas, class: &str, (x, y): (f64, f64), back: f64, wide: f64) {
    let half = wide / 2.0 + 3.5;
    let base = x + back * 10.0;
    let path =
        format!("M{} {}L{} {}L{} {}Z", n(x), n(y), n(base), n(y - half), n(base), n(y + half));
    canvas.path(&format!("{class} head"), &path);
}
