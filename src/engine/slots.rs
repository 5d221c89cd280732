//! Which draws are made at issue, a block of I/Os at a time, and where they are kept.
//!
//! Draws made beforehand cost a fraction of draws made one by one, but those of paths not taken
//! are wasted. A draw gets a slot in the row of its I/O where the I/Os of some source use it often
//! enough; the others are made when they are needed. Both have the same bits.

use std::collections::BTreeMap;

use super::program::{CONSTANT, Drawn, KEYED, Program};
use crate::network::{Network, Selector, SelectorKind, Service, Source, Step};
use crate::processor::Width;
use crate::random::{BLOCK, Draw, Shape, Stream, label_hash};

/// Most slots: the bits of [`Job::drawn`](super::job::Job::drawn), less the first and the last.
const SLOTS: usize = KEYED as usize - 1;

/// Least expected number of uses by an I/O for which a draw is made beforehand.
const WORTH: f64 = 0.3;

/// What tells draws apart: role, kind, parameter.
type Key = (u64, u8, u64);

fn key(drawn: Drawn) -> Key {
    let (kind, parameter) = match drawn.draw {
        Draw::Unit => (0, 0.0),
        Draw::Shape(Shape::Constant) => (1, 0.0),
        Draw::Shape(Shape::Exponential) => (2, 0.0),
        Draw::Shape(Shape::LogNormal { sigma }) => (3, sigma),
        Draw::Shape(Shape::Gamma { k }) => (4, k),
        Draw::Shape(Shape::HyperExponential { p }) => (5, p),
    };
    (drawn.role, kind, parameter.to_bits())
}

/// How often an I/O uses each draw, with the draw.
type Uses = BTreeMap<Key, (f64, Drawn)>;

struct Walk<'n> {
    net: &'n Network,
    commons: BTreeMap<usize, Uses>,
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step], bytes: u64, times: f64, uses: &mut Uses) {
        let add = |uses: &mut Uses, drawn: Drawn, times: f64| {
            uses.entry(key(drawn)).or_insert((0.0, drawn)).0 += times;
        };
        for step in steps {
            match step {
                Step::Visit(visit) | Step::IfRoom { visit, .. } => {
                    if let Service::Time { shape, .. } = visit.service
                        && shape != Shape::Constant
                    {
                        let role = label_hash(visit.role);
                        add(uses, Drawn { role, draw: Draw::Shape(shape) }, times);
                    }
                }
                Step::Choose { selector, role, branches } => {
                    let selector: &Selector = &self.net.selectors[*selector];
                    if matches!(selector.kind, SelectorKind::Weights(_)) {
                        add(uses, Drawn { role: label_hash(role), draw: Draw::Unit }, times);
                    }
                    for (way, branch) in branches.iter().enumerate() {
                        self.steps(branch, bytes, times * selector.share(way), uses);
                    }
                }
                // An I/O of one chunk runs the body itself; chunks and branches draw for
                // themselves.
                Step::Split { chunk_bytes, body, .. } if bytes <= *chunk_bytes => {
                    self.steps(body, bytes, times, uses);
                }
                Step::Common(steps) => {
                    let place = Step::place(steps);
                    if !self.commons.contains_key(&place) {
                        let mut inner = Uses::new();
                        self.steps(steps, bytes, 1.0, &mut inner);
                        self.commons.insert(place, inner);
                    }
                    for (n, drawn) in self.commons[&place].values() {
                        add(uses, *drawn, times * n);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The draws made beforehand by each source, and the number of slots.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// By source: slot and draw.
    pub(super) of_source: Vec<Vec<(u8, Drawn)>>,
    /// Draws in a row.
    pub(super) stride: usize,
    /// By source: whether its I/Os ever fork or split.
    pub(super) forks: Vec<bool>,
}

impl Slots {
    /// Gives out slots and writes them into the program.
    pub(super) fn assign(program: &mut Program, net: &Network) -> Self {
        let mut walk = Walk { net, commons: BTreeMap::new() };
        let uses: Vec<Uses> = net.sources.iter().map(|s| of_source(&mut walk, s)).collect();
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        for (key, _) in uses.iter().flatten().filter(|(_, (n, _))| *n >= WORTH) {
            *counts.entry(*key).or_default() += 1;
        }
        // Where there are more than fit, those that most sources use.
        let mut ranked: Vec<(Key, usize)> = counts.into_iter().collect();
        ranked.sort_by_key(|&(key, n)| (std::cmp::Reverse(n), key));
        ranked.truncate(SLOTS);
        let slots: BTreeMap<Key, u8> =
            (1..).zip(&ranked).map(|(slot, (key, _))| (*key, slot)).collect();
        for (time, rest) in program.times.iter_mut().zip(&program.rests) {
            if time.slot != CONSTANT {
                time.slot = slots.get(&key(rest.drawn)).copied().unwrap_or(KEYED);
            }
        }
        for choice in &mut program.choices {
            choice.slot = slots.get(&key(choice.drawn)).copied().unwrap_or(KEYED);
        }
        let of_source = uses.iter().map(|uses| {
            let worth = uses.iter().filter(|(_, (n, _))| *n >= WORTH);
            let mut slots: Vec<(u8, Drawn)> =
                worth.filter_map(|(key, (_, drawn))| Some((*slots.get(key)?, *drawn))).collect();
            slots.sort_by_key(|(slot, _)| *slot);
            slots
        });
        let mut commons = BTreeMap::new();
        let mut forks = |route| forks(&net.routes[route].steps, &mut commons);
        let by_route: Vec<bool> = net.routes.ids().map(&mut forks).collect();
        let any = |s: &Source| s.mix.iter().any(|m| by_route[m.route.index()]);
        Self {
            of_source: of_source.collect(),
            stride: slots.len() + 1,
            forks: net.sources.iter().map(any).collect(),
        }
    }
}

/// Whether steps fork or split; steps in common are looked at once.
fn forks(steps: &[Step], commons: &mut BTreeMap<usize, bool>) -> bool {
    steps.iter().any(|step| match step {
        Step::Fork { .. } | Step::Split { .. } => true,
        Step::Choose { branches, .. } => branches.iter().any(|branch| forks(branch, commons)),
        Step::IfRoom { refused, .. } => forks(refused, commons),
        Step::Common(steps) => {
            let place = Step::place(steps);
            commons.get(&place).copied().unwrap_or_else(|| {
                let found = forks(steps, commons);
                commons.insert(place, found);
                found
            })
        }
        _ => false,
    })
}

fn of_source(walk: &mut Walk, source: &Source) -> Uses {
    let total: f64 = source.mix.iter().map(|m| m.weight).sum();
    let mut uses = Uses::new();
    for mix in &source.mix {
        // What is in common is counted for the size of the first that comes by: a guess suffices.
        let share = if total > 0.0 { mix.weight / total } else { 1.0 };
        walk.steps(&walk.net.routes[mix.route].steps, mix.bytes, share, &mut uses);
    }
    uses
}

/// One stream of draws read in order, a block at a time.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    stream: Stream,
    draw: Draw,
    width: Width,
    first: u64,
    block: [f64; BLOCK],
}

impl Sequence {
    pub(super) fn new(stream: Stream, draw: Draw) -> Self {
        Self { stream, draw, width: Width::widest(), first: u64::MAX, block: [0.0; BLOCK] }
    }

    /// The draw of I/O number `n`.
    #[inline]
    pub(super) fn at(&mut self, n: u64) -> f64 {
        let first = n & !(BLOCK as u64 - 1);
        if first != self.first {
            self.first = first;
            self.draw.block(self.width, self.stream, first, &mut self.block);
        }
        self.block[n as usize % BLOCK]
    }
}

/// The rows of draws of a source's I/Os, read in order, a block at a time.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Rising.
    slots: Vec<u8>,
    draws: Vec<(Draw, Stream)>,
    width: Width,
    first: u64,
    /// `BLOCK` rows, a draw to each slot.
    block: Vec<f64>,
    /// Slots as bits, that of the constants included.
    pub(super) drawn: u64,
}

impl Rows {
    pub(super) fn new(stream: Stream, slots: &[(u8, Drawn)]) -> Self {
        let draw = |(_, drawn): &(u8, Drawn)| (drawn.draw, stream.child(drawn.role));
        Self {
            slots: slots.iter().map(|(slot, _)| *slot).collect(),
            draws: slots.iter().map(draw).collect(),
            width: Width::widest(),
            first: u64::MAX,
            block: vec![0.0; BLOCK * slots.len()],
            drawn: slots.iter().fold(1 << CONSTANT, |bits, (slot, _)| bits | (1 << slot)),
        }
    }

    /// Writes the draws of I/O number `n` into its row.
    #[inline]
    pub(super) fn write(&mut self, n: u64, row: &mut [f64]) {
        let width = self.slots.len();
        let (Some(&low), Some(&high)) = (self.slots.first(), self.slots.last()) else { return };
        let first = n & !(BLOCK as u64 - 1);
        if first != self.first {
            self.fill(first);
        }
        let start = (n as usize % BLOCK) * width;
        let draws = &self.block[start..start + width];
        let (low, high) = (low as usize, high as usize);
        if high - low + 1 == width {
            row[low..=high].copy_from_slice(draws);
        } else {
            for (draw, slot) in draws.iter().zip(&self.slots) {
                row[*slot as usize] = *draw;
            }
        }
    }

    #[cold]
    fn fill(&mut self, first: u64) {
        self.first = first;
        let mut block = [0.0; BLOCK];
        for (k, (draw, stream)) in self.draws.iter().enumerate() {
            draw.block(self.width, *stream, first, &mut block);
            for (row, draw) in self.block.chunks_exact_mut(self.slots.len()).zip(&block) {
                row[k] = *draw;
            }
        }
    }
}
