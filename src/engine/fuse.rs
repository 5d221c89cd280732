//! Finds the stretches of a route that need no event at each station.
//!
//! A first-in-first-out station with one server whose visitors **all** come straight from **one**
//! other such station sees them in the order in which they left it, which is the order in which
//! they entered it. Its departures then follow from the recursion `D = max(A, free) + S` at the
//! moment the first station is entered (Lindley 1952), and no event is needed between the two.
//! Choices that look at nothing but the I/O (weights, turns, hashes) may lie between.
//!
//! A visit is fused when every way on from it leads to such a station. Both conditions depend on
//! each other, because a visitor that leaves a station with an event may be overtaken by one that
//! left it without. So all visits are taken as fused at first, and those that break a condition
//! are not, until none does: each pass looks at every operation once, and few passes are needed.
//!
//! A delay serves everyone at once, so a visitor whose departure from elsewhere is known passes
//! through the delays that follow in the same breath, and the event stands at the end of the last.

use super::program::{Op, Program};
use crate::network::{Network, SelectorKind};

/// Where those come from who arrive at an operation, or at a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    /// Nobody seen so far.
    Nobody,
    /// All straight from a fused visit to this station.
    Only(u32),
    /// From several places, or from where they may overtake.
    Mixed,
}

impl Feed {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, feed) | (feed, Self::Nobody) => feed,
            (a, b) if a == b => a,
            _ => Self::Mixed,
        }
    }
}

/// Marks the fused visits of a program.
pub(super) fn mark(program: &mut Program, net: &Network) {
    let mut graph = Graph::of(program, net);
    while graph.unfuse() {}
    let delays = graph.delays();
    for (pc, op) in program.ops.iter_mut().enumerate() {
        let may = || graph.targets[graph.next[pc].clone()].iter().any(|&t| delays[t as usize]);
        match op {
            Op::Single { station, fused, ahead, .. } => {
                *fused = graph.fused[pc];
                *ahead = may() && !graph.finite[*station as usize];
            }
            Op::Several { ahead, .. } | Op::Delay { ahead, .. } => *ahead = may(),
            _ => {}
        }
    }
}

/// What an operation is to those who pass it.
enum Node {
    /// A visit to a single server; the next operation follows.
    Visit(u32),
    /// A jump, or a choice that looks at nothing but the I/O.
    Pass,
    /// A delay, which needs nobody's turn.
    Delay,
    /// Anything else: it may take time, wait, or look at others.
    Stop,
}

struct Graph {
    nodes: Vec<Node>,
    /// The operations that may come next, by operation: a range of `targets`.
    next: Vec<std::ops::Range<usize>>,
    targets: Vec<u32>,
    /// Operations that I/Os, branches or chunks begin with.
    starts: Vec<u32>,
    /// By operation: whether it is a visit that is fused.
    fused: Vec<bool>,
    /// By station: whether it has a finite buffer. Who is there is counted by the departures to
    /// come, so each needs its own.
    finite: Vec<bool>,
}

impl Graph {
    fn of(program: &Program, net: &Network) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            next: Vec::new(),
            targets: Vec::new(),
            starts: program.starts.clone(),
            fused: Vec::new(),
            finite: vec![false; net.stations.len()],
        };
        for op in &program.ops {
            if let Op::IfRoom { station, .. } = *op {
                graph.finite[station as usize] = true;
            }
        }
        for (pc, op) in program.ops.iter().enumerate() {
            let first = graph.targets.len();
            let node = graph.node(program, net, pc as u32, *op);
            let visit = matches!(&node, Node::Visit(station) if !graph.finite[*station as usize]);
            graph.fused.push(visit);
            graph.nodes.push(node);
            graph.next.push(first..graph.targets.len());
        }
        graph
    }

    /// What an operation is; adds its targets.
    fn node(&mut self, program: &Program, net: &Network, pc: u32, op: Op) -> Node {
        let ways = |table: u32, n: u32| &program.table[table as usize..(table + n) as usize];
        match op {
            Op::Single { station, .. } => {
                self.targets.push(pc + 1);
                return Node::Visit(station);
            }
            Op::Jump { to } => {
                self.targets.push(to);
                return Node::Pass;
            }
            Op::Choose { choice } => {
                let choice = &program.choices[choice as usize];
                self.targets.extend(ways(choice.table, choice.ways));
                let selector = net.selectors.as_slice().get(choice.selector as usize);
                let kind = selector.map(|selector| &selector.kind);
                let timed = |kind: &SelectorKind| {
                    matches!(
                        kind,
                        SelectorKind::Phase { .. }
                            | SelectorKind::Mark
                            | SelectorKind::Overdue { .. }
                    )
                };
                if !kind.is_some_and(|kind| kind.counts() || timed(kind)) {
                    return Node::Pass;
                }
            }
            Op::Fork { fork } => {
                let fork = &program.forks[fork as usize];
                self.starts.extend(ways(fork.table, fork.number));
                self.targets.push(fork.next);
            }
            Op::Split { next, .. } | Op::EndChunk { next, .. } => {
                self.targets.extend([pc + 1, next]);
            }
            Op::IfRoom { refused, .. } => self.targets.extend([pc + 1, refused]),
            Op::Delay { .. } => {
                self.targets.push(pc + 1);
                return Node::Delay;
            }
            Op::End | Op::EndBranch => {}
            _ => self.targets.push(pc + 1),
        }
        Node::Stop
    }

    /// Unfuses the visits that break a condition: whether there were any.
    fn unfuse(&mut self) -> bool {
        let feeds = self.feeds();
        let leads = self.leads(&feeds);
        let mut broken = false;
        for pc in 0..self.nodes.len() {
            if self.fused[pc]
                && !self.targets[self.next[pc].clone()].iter().all(|&t| leads[t as usize])
            {
                self.fused[pc] = false;
                broken = true;
            }
        }
        broken
    }

    /// Where the visitors of each station come from.
    fn feeds(&self) -> Vec<Feed> {
        let mut at = vec![Feed::Nobody; self.nodes.len()];
        let mut todo: Vec<(u32, Feed)> = self.starts.iter().map(|&pc| (pc, Feed::Mixed)).collect();
        // Every operation feeds on what it does not pass on, whether or not it is ever reached.
        for (pc, node) in self.nodes.iter().enumerate() {
            let feed = match node {
                Node::Pass => continue,
                Node::Visit(station) if self.fused[pc] => Feed::Only(*station),
                _ => Feed::Mixed,
            };
            todo.extend(self.targets[self.next[pc].clone()].iter().map(|&target| (target, feed)));
        }
        // What arrives changes twice at most, so this ends.
        while let Some((pc, feed)) = todo.pop() {
            let pc = pc as usize;
            let merged = at[pc].and(feed);
            if merged != at[pc] {
                at[pc] = merged;
                if let Node::Pass = self.nodes[pc] {
                    let next = self.targets[self.next[pc].clone()].iter();
                    todo.extend(next.map(|&target| (target, merged)));
                }
            }
        }
        let mut feeds = vec![Feed::Nobody; self.finite.len()];
        for (pc, node) in self.nodes.iter().enumerate() {
            if let Node::Visit(station) = node {
                let own = at[pc] == Feed::Only(*station);
                let feed = &mut feeds[*station as usize];
                *feed = feed.and(if own { Feed::Mixed } else { at[pc] });
            }
        }
        feeds
    }

    /// By operation: whether some way from it leads to a delay.
    fn delays(&self) -> Vec<bool> {
        let mut delays: Vec<bool> =
            self.nodes.iter().map(|node| matches!(node, Node::Delay)).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for pc in (0..self.nodes.len()).rev() {
                if let Node::Pass = self.nodes[pc]
                    && !delays[pc]
                    && self.targets[self.next[pc].clone()].iter().any(|&t| delays[t as usize])
                {
                    delays[pc] = true;
                    changed = true;
                }
            }
        }
        delays
    }

    /// By operation: whether every way from it leads to a station with one feed.
    fn leads(&self, feeds: &[Feed]) -> Vec<bool> {
        let mut leads: Vec<bool> = self
            .nodes
            .iter()
            .map(|node| match node {
                Node::Visit(station) => matches!(feeds[*station as usize], Feed::Only(_)),
                Node::Pass => true,
                Node::Delay | Node::Stop => false,
            })
            .collect();
        // Most lead forward, so going backward few rounds suffice.
        let mut changed = true;
        while changed {
            changed = false;
            for pc in (0..self.nodes.len()).rev() {
                if let Node::Pass = self.nodes[pc]
                    && leads[pc]
                    && !self.targets[self.next[pc].clone()].iter().all(|&t| leads[t as usize])
                {
                    leads[pc] = false;
                    changed = true;
                }
            }
        }
        leads
    }
}
