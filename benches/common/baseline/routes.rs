//! The routes of a network as one table of operations, each of which names the next.

use std::collections::BTreeMap;

use csvnet::network::{Network, SelectorKind, Service, StationKind, Step, Visit};
use csvnet::random::Shape;

/// What an I/O does next. Each operation names the one after it, so there are no jumps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// Queue at a station with one server.
    Queue(Hop),
    /// Be delayed, without a queue.
    Delay(Hop),
    /// Go on at one of the operations in the table of targets.
    Choose { role: u32, selector: u32, targets: u32 },
    /// The I/O is complete.
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub(super) station: u32,
    pub(super) role: u32,
    pub(super) mean_ps: f64,
    pub(super) shape: Shape,
    pub(super) next: u32,
}

/// How a choice is made.
#[derive(Debug)]
pub(super) enum Ways {
    /// All of equal weight.
    Equal(f64),
    /// Running sums of the weights.
    Weighted(Vec<f64>),
}

/// The routes of a network as one table.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) ops: Vec<Op>,
    pub(super) targets: Vec<u32>,
    pub(super) roles: Vec<&'static str>,
    pub(super) starts: Vec<u32>,
    /// Steps in common, by where they are and what follows them.
    commons: BTreeMap<(usize, u32), u32>,
}

impl Routes {
    pub(super) fn of(net: &Network) -> Self {
        let mut routes = Self { ops: vec![Op::End], ..Self::default() };
        for route in &net.routes {
            let start = routes.block(net, &route.steps, 0);
            routes.starts.push(start);
        }
        routes
    }

    fn push(&mut self, op: Op) -> u32 {
        self.ops.push(op);
        self.ops.len() as u32 - 1
    }

    fn role(&mut self, role: &'static str) -> u32 {
        let known = self.roles.iter().position(|r| *r == role);
        known.unwrap_or_else(|| {
            self.roles.push(role);
            self.roles.len() - 1
        }) as u32
    }

    /// Compiles steps that are followed by the operation `next`: where they start.
    fn block(&mut self, net: &Network, steps: &[Step], next: u32) -> u32 {
        steps.iter().rev().fold(next, |next, step| match step {
            Step::Visit(visit) => self.visit(net, visit, next),
            Step::Choose { selector, role, branches } => {
                let starts: Vec<u32> =
                    branches.iter().map(|branch| self.block(net, branch, next)).collect();
                let targets = self.targets.len() as u32;
                self.targets.extend(starts);
                let role = self.role(role);
                self.push(Op::Choose { role, selector: selector.index() as u32, targets })
            }
            Step::Common(steps) => {
                let key = (steps.as_ptr().addr(), next);
                if let Some(&start) = self.commons.get(&key) {
                    return start;
                }
                let start = self.block(net, steps, next);
                self.commons.insert(key, start);
                start
            }
            other => panic!("the baseline does not know {other:?}"),
        })
    }

    fn visit(&mut self, net: &Network, visit: &Visit, next: u32) -> u32 {
        let Service::Time { shape, .. } = visit.service else {
            panic!("the baseline does not know {:?}", visit.service);
        };
        let mean_ps = visit.service.mean_ps(1, 0.0);
        let (station, role) = (visit.station.index() as u32, self.role(visit.role));
        let hop = Hop { station, role, mean_ps, shape, next };
        self.push(match net.stations[visit.station].kind {
            StationKind::Fifo { servers: 1, .. } => Op::Queue(hop),
            StationKind::Delay => Op::Delay(hop),
            ref other => panic!("the baseline does not know {other:?}"),
        })
    }
}

/// How a selector chooses.
pub(super) fn ways(kind: &SelectorKind) -> Ways {
    let SelectorKind::Weights(weights) = kind else {
        panic!("the baseline does not know {kind:?}");
    };
    if weights.iter().all(|w| *w == 1.0) {
        return Ways::Equal(weights.len() as f64);
    }
    let running = weights.iter().scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    });
    Ways::Weighted(running.collect())
}
