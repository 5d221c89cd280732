//! A cluster: the network on the left, nodes one under the other, storage on the right. Redirected
//! I/O bends through the network from the node that asks to the owner of the volume; where there
//! are too many nodes to follow arrows, a matrix has a column for each owner.

mod flows;
mod matrix;

use super::WIDTH;
use super::canvas::{Anchor, Canvas, n};
use super::text::{fit, width};
use crate::report::map::{Load, Map, MapLink, MapNode};
use crate::report::number::{Shown, plural};

/// Width of the network.
const BAR: f64 = 34.0;

/// Left edges of the columns.
#[derive(Clone, Copy, Debug)]
struct Columns {
    network: f64,
    nodes: f64,
    /// Width of a node.
    node: f64,
    storage: f64,
}

/// With arrows on the left, which need little room.
const BOWS: Columns = Columns { network: 216.0, nodes: 496.0, node: 240.0, storage: 906.0 };
/// With a matrix there.
const CELLS: Columns = Columns { network: 356.0, nodes: 582.0, node: 216.0, storage: 928.0 };

/// Top of the first row, where nothing stands above it but the names of the columns.
const TOP: f64 = 34.0;
/// Size of small letters.
const SMALL: f64 = 13.0;
/// Thinnest and thickest line.
const THICK: [f64; 2] = [2.0, 15.0];
/// Nodes and flows up to which arrows can be followed.
const ARROWS: (usize, usize) = (6, 12);
/// Height of a row in which three lines have room.
const ROOMY: f64 = 70.0;
/// Size of the letters above a matrix.
const TINY: f64 = 11.0;

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
    let arrows = count <= ARROWS.0 && map.flows.len() <= ARROWS.1;
    let names = map.nodes.iter().map(|node| width(&node.name, TINY)).fold(0.0, f64::max);
    let head = if arrows || map.flows.is_empty() { 0.0 } else { names.min(90.0) };
    let at = if arrows || map.flows.is_empty() { BOWS } else { CELLS };
    let height = row * count as f64;
    let all = Drawing { map, row, top: TOP + head, at, height, linked };
    let nodes = at.nodes + at.node / 2.0;
    canvas.text("name", (nodes, all.top - 18.0), Anchor::Middle, "Nodes");
    if linked {
        canvas.card("network", (at.network, all.top), (BAR, all.height));
        let place = (at.network + BAR / 2.0 + 36.0, all.top - 18.0);
        canvas.text("name", place, Anchor::Middle, "CSV network");
    }
    all.storages(canvas);
    all.links(canvas);
    if arrows {
        flows::draw(&all, canvas);
    } else {
        matrix::draw(&all, canvas);
    }
    for (place, node) in map.nodes.iter().enumerate() {
        all.node(canvas, place, node);
    }
    let mut below = all.top + all.height + 26.0;
    for line in all.legend(arrows) {
        canvas.text("note", (0.0, below), Anchor::Start, &line);
        below += 20.0;
    }
    Some(below)
}

struct Drawing<'a> {
    map: &'a Map,
    row: f64,
    top: f64,
    at: Columns,
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
        self.top + self.row * (place as f64 + 0.5)
    }

    fn node(&self, canvas: &mut Canvas, place: usize, node: &MapNode) {
        let middle = self.middle(place);
        let high = self.row - 16.0;
        canvas.card("box", (self.at.nodes, middle - high / 2.0), (self.at.node, high));
        let lines = self.words(node);
        let line = 18.0_f64.min((high - 8.0) / lines.len() as f64);
        let first = middle - line * (lines.len() as f64 - 1.0) / 2.0 + 5.0;
        for (number, (class, text)) in lines.iter().enumerate() {
            let size = if *class == "strong" { 15.0 } else { SMALL };
            let at = (self.at.nodes + 12.0, first + line * number as f64);
            let room = self.at.node - 20.0;
            canvas.cut(class, at, Anchor::Start, &fit(text, size, room), text);
        }
        if let Some(cpu) = node.cpu.as_ref().filter(|_| self.row <= ROOMY) {
            let told = format!("CPU {}", cpu.told);
            let left = self.at.node - 28.0 - width(&node.name, 15.0);
            if width(&told, SMALL) <= left {
                let at = (self.at.nodes + self.at.node - 8.0, first);
                canvas.text("small", at, Anchor::End, &told);
            }
        }
        if self.linked && node.sends.is_none() && node.receives.is_none() {
            canvas.line("w t-idle", (self.at.network + BAR, middle), (self.at.nodes, middle));
        } else if self.linked {
            self.ports(canvas, middle, node);
        }
    }

    /// What stands in a node, line by line.
    fn words(&self, node: &MapNode) -> Vec<(&'static str, String)> {
        let mut about = plural(node.machines, "machine");
        let owned = match node.owns.len() {
            0 => String::new(),
            n if node.nodes > 1 => plural(n, "volume"),
            _ => format!("owns {}", node.owns.join(", ")),
        };
        let mut lines = vec![("strong", node.name.clone())];
        if self.row > ROOMY {
            if let Some(cpu) = &node.cpu {
                about = format!("{about}, CPU {}", cpu.told);
            }
            lines.push(("small", about));
            lines.push(("small", owned));
            lines.retain(|(_, text)| !text.is_empty());
        } else {
            let rest = if owned.is_empty() { about } else { format!("{about}, {owned}") };
            lines.push(("small", rest));
        }
        lines
    }

    /// The ways between a node and the network, sending above, receiving below.
    fn ports(&self, canvas: &mut Canvas, middle: f64, node: &MapNode) {
        let (left, right) = (self.at.network + BAR, self.at.nodes);
        let apart = if self.row > ROOMY { 13.0 } else { 10.0 };
        for (load, y, sends) in
            [(&node.sends, middle - apart, true), (&node.receives, middle + apart, false)]
        {
            let Some(load) = load else { continue };
            let wide = thick(load.busy);
            let (short, full) =
                told(if sends { "sends " } else { "gets " }, load, right - left - 24.0);
            let class = match load.busy {
                busy if busy >= BUSY => "w t-bad",
                busy if busy > 0.0 => "w t-plain",
                _ => "w t-idle",
            };
            let (a, b) = (left + head(wide), right - head(wide));
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
        let (wide, each) = (WIDTH - self.at.storage - 2.0, self.height / count as f64);
        canvas.text(
            "name",
            (self.at.storage + wide / 2.0, self.top - 18.0),
            Anchor::Middle,
            "Storage",
        );
        for (place, storage) in self.map.storages.iter().enumerate() {
            let top = self.top + each * place as f64;
            canvas.card("box", (self.at.storage, top + 8.0), (wide, each - 16.0));
            let mut lines = vec![("strong", storage.name.clone()), ("small", storage.kind.clone())];
            if let Some(load) = &storage.load {
                lines.push(("small", load.name.clone()));
                lines.push(("small", format!("{} busy", load.told)));
            }
            lines.retain(|(_, text)| !text.is_empty());
            lines.truncate(((each - 16.0) / 18.0).max(1.0) as usize);
            // Beside the first nodes, where a tall box is looked at first.
            let middle = (each / 2.0).min(110.0);
            let first = top + middle - 9.0 * (lines.len() as f64 - 1.0) + 5.0;
            for (number, (class, text)) in lines.iter().enumerate() {
                let size = if *class == "strong" { 15.0 } else { SMALL };
                let at = (self.at.storage + wide / 2.0, first + 18.0 * number as f64);
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
            let top = self.top + each * link.storage as f64 + 14.0;
            let to = y.clamp(top, (top + each - 28.0).max(top));
            let (a, b) = (self.at.nodes + self.at.node, self.at.storage);
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

    /// What the drawing tells by what.
    fn legend(&self, arrows: bool) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.map.flows.is_empty() {
            let known = self.map.flows.iter().any(|flow| flow.bytes_per_s.is_some());
            lines.push(if arrows {
                let thick = if known { ", as thick as its payload" } else { "" };
                format!(
                    "Arrows on the left are redirected I/O, from the node that asks to the \
                     owner{thick}."
                )
            } else {
                let large = if known { ", as large as its payload" } else { "" };
                format!(
                    "Squares on the left are redirected I/O: in the row of the node that asks, in \
                     the column of the owner{large}."
                )
            });
        }
        if self.map.nodes.iter().any(|node| node.sends.is_some()) {
            lines.push(
                "Between nodes and network: the busiest port of each direction, as thick as it is \
                 busy."
                    .to_owned(),
            );
        }
        if !self.map.beside.is_empty() {
            let line = format!(
                "In what is busy, though not in the flows: {}.",
                shortened(&self.map.beside, BESIDE)
            );
            lines.push(fit(&line, SMALL, WIDTH));
        }
        lines
    }
}

/// Names that stand in a line.
const BESIDE: usize = 6;

fn shortened(names: &[String], most: usize) -> String {
    let (told, rest) = names.split_at(names.len().min(most));
    let told = told.join(", ");
    if rest.is_empty() { told } else { format!("{told} and {} more", rest.len()) }
}

/// Busy share from which something is drawn as saturated.
const BUSY: f64 = 0.8;

fn most(rates: impl Iterator<Item = f64>) -> f64 {
    let most = rates.filter(|rate| rate.is_finite()).fold(0.0, f64::max);
    if most > 0.0 { most } else { 1.0 }
}

/// How long the head of an arrow is.
fn head(wide: f64) -> f64 {
    9.0 + 0.4 * wide
}

/// The head of an arrow whose tip stands at a place; `back` is the way back along its line.
fn arrow(canvas: &mut Canvas, class: &str, (x, y): (f64, f64), back: f64, wide: f64) {
    let half = wide / 2.0 + 4.5;
    let base = x + back * head(wide);
    let path =
        format!("M{} {}L{} {}L{} {}Z", n(x), n(y), n(base), n(y - half), n(base), n(y + half));
    canvas.path(&format!("{class} head"), &path);
}
