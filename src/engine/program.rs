//! Routes flattened into arrays of operations.

use crate::network::{Amount, Framing, Network, Route, Selector, Service, Step, Visit, Wait};
use crate::network::{SelectorKind, StationKind};
use crate::random::{Shape, label_hash};

/// A service time with its constants ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    pub(super) base_ps: f64,
    pub(super) per_byte_ps: f64,
    pub(super) per_frame_ps: f64,
    pub(super) framing: Framing,
    pub(super) shape: Shape,
}

impl Time {
    #[inline]
    pub(super) fn mean_ps(&self, bytes: u32) -> f64 {
        let mut mean = self.base_ps + self.per_byte_ps * f64::from(bytes);
        if self.per_frame_ps != 0.0 {
            mean += self.per_frame_ps * self.framing.frames(bytes.into()) as f64;
        }
        mean
    }
}

/// A message with its constants ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) header_bytes: u32,
    pub(super) payload: bool,
    pub(super) framing: Framing,
}

/// One operation. Every visit ends the handling of an event; the others are done at once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// A visit to a first-in-first-out station with one server. `fused`: whatever follows is a
    /// visit to a station that gets its visitors from this one only, so it needs no event.
    Single { station: u32, role: u64, fused: bool, time: Time },
    /// A visit to a first-in-first-out station with several servers.
    Several { station: u32, role: u64, time: Time },
    /// A visit to a delay.
    Delay { station: u32, role: u64, time: Time },
    /// A visit to a rate limiter.
    Limiter { station: u32, role: u64, time: Time },
    /// A visit to a processor-sharing station.
    Shared { station: u32, role: u64, time: Time },
    /// A visit to a station with priorities.
    Priority { station: u32, role: u64, class: u8, time: Time },
    /// A transfer through a port of one class. `piped`: the next operation is a port as well.
    Port { station: u32, piped: bool, message: Message },
    /// A transfer through a port of several classes.
    Weighted { station: u32, piped: bool, class: u8, message: Message },
    /// Take one of `ways` branches, whose starts stand in the table.
    Choose { selector: u32, role: u64, table: u32, ways: u32 },
    /// Leave a branch of a selector that counts.
    Leave { selector: u32, way: u32 },
    /// Go to `refused` if `places` I/Os are at the station, which the next operation visits.
    IfRoom { station: u32, places: u32, refused: u32 },
    /// Start `branches` children, whose starts stand in the table.
    Fork { table: u32, branches: u32, wait: u32, next: u32 },
    /// Cut into chunks; the body follows.
    Split { chunk: u32, window: u32, next: u32 },
    /// The end of a split's body.
    EndChunk { split: u32, next: u32 },
    /// The end of a branch of a fork.
    EndBranch,
    /// Wait for tokens.
    Acquire { pool: u32, amount: Amount },
    /// Give tokens back.
    Release { pool: u32, amount: Amount },
    /// Go on elsewhere.
    Jump { to: u32 },
    /// The I/O is complete.
    End,
}

/// All routes in one array.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    /// Branch starts of forks and choices.
    pub(super) table: Vec<u32>,
    /// Where each route starts.
    pub(super) starts: Vec<u32>,
}

impl Program {
    /// Flattens every route of a valid network; `fuse` marks the stretches that need no events.
    pub(super) fn of(net: &Network, fuse: bool) -> Self {
        let mut program = Self::default();
        for route in &net.routes {
            program.route(net, route);
        }
        if fuse {
            super::fuse::mark(&mut program, net);
        }
        program
    }

    fn route(&mut self, net: &Network, route: &Route) {
        self.starts.push(self.here());
        self.block(net, &route.steps);
        self.ops.push(Op::End);
    }

    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    fn block(&mut self, net: &Network, steps: &[Step]) {
        for (i, step) in steps.iter().enumerate() {
            match step {
                Step::Visit(visit) => {
                    // Only one and the same message runs on into the next port.
                    let piped = matches!(steps.get(i + 1), Some(Step::Visit(next))
                        if net.stations[next.station].as_port().is_some()
                            && next.service == visit.service);
                    self.ops.push(visit_op(net, visit, piped));
                }
                Step::Fork { wait, branches } => self.fork(net, *wait, branches),
                Step::Split { chunk_bytes, window, body } => {
                    let split = self.here();
                    self.ops.push(Op::Jump { to: 0 });
                    self.block(net, body);
                    let next = self.here() + 1;
                    self.ops.push(Op::EndChunk { split, next });
                    self.ops[split as usize] = Op::Split {
                        chunk: (*chunk_bytes).min(u64::from(u32::MAX)) as u32,
                        window: window.unwrap_or(u32::MAX),
                        next,
                    };
                }
                Step::Choose { selector, role, branches } => {
                    self.choose(net, selector.index() as u32, role, branches);
                }
                Step::IfRoom { visit, places, refused } => {
                    let at = self.here() as usize;
                    self.ops.push(Op::End);
                    self.ops.push(visit_op(net, visit, false));
                    let jump = self.here();
                    self.ops.push(Op::End);
                    let station = visit.station.index() as u32;
                    self.ops[at] = Op::IfRoom { station, places: *places, refused: self.here() };
                    self.block(net, refused);
                    self.ops[jump as usize] = Op::Jump { to: self.here() };
                }
                Step::Common(steps) => self.block(net, steps),
                Step::Acquire { pool, amount } => {
                    self.ops.push(Op::Acquire { pool: pool.index() as u32, amount: *amount });
                }
                Step::Release { pool, amount } => {
                    self.ops.push(Op::Release { pool: pool.index() as u32, amount: *amount });
                }
            }
        }
    }

    fn reserve(&mut self, n: usize) -> u32 {
        let table = self.table.len() as u32;
        self.table.resize(self.table.len() + n, 0);
        table
    }

    fn fork(&mut self, net: &Network, wait: Wait, branches: &[Vec<Step>]) {
        let at = self.here() as usize;
        self.ops.push(Op::End);
        let table = self.reserve(branches.len());
        for (i, branch) in branches.iter().enumerate() {
            self.table[table as usize + i] = self.here();
            self.block(net, branch);
            self.ops.push(Op::EndBranch);
        }
        let n = branches.len() as u32;
        let wait = match wait {
            Wait::All => n,
            Wait::None => 0,
            Wait::First(k) => k.min(n),
        };
        self.ops[at] = Op::Fork { table, branches: n, wait, next: self.here() };
    }

    fn choose(&mut self, net: &Network, selector: u32, role: &str, branches: &[Vec<Step>]) {
        let counts = net.selectors.iter().nth(selector as usize).is_some_and(counts);
        let table = self.reserve(branches.len());
        let ways = branches.len() as u32;
        self.ops.push(Op::Choose { selector, role: label_hash(role), table, ways });
        let mut jumps = Vec::new();
        for (way, branch) in branches.iter().enumerate() {
            self.table[table as usize + way] = self.here();
            self.block(net, branch);
            if counts {
                self.ops.push(Op::Leave { selector, way: way as u32 });
            }
            jumps.push(self.ops.len());
            self.ops.push(Op::Jump { to: 0 });
        }
        let to = self.here();
        for jump in jumps {
            self.ops[jump] = Op::Jump { to };
        }
    }
}

fn counts(selector: &Selector) -> bool {
    matches!(selector.kind, SelectorKind::LeastOutstanding(_))
}

fn visit_op(net: &Network, visit: &Visit, piped: bool) -> Op {
    let station = visit.station.index() as u32;
    let role = label_hash(visit.role);
    let class = visit.class;
    match visit.service {
        Service::Wire { header_bytes, payload, framing } => {
            let message = Message { header_bytes, payload, framing };
            let single = net.stations[visit.station].as_port().is_none_or(|p| p.weights.len() == 1);
            if single {
                Op::Port { station, piped, message }
            } else {
                Op::Weighted { station, piped, class, message }
            }
        }
        Service::Time { base_ps, per_byte_ps, per_frame_ps, framing, shape } => {
            let time = Time { base_ps, per_byte_ps, per_frame_ps, framing, shape };
            match net.stations[visit.station].kind {
                StationKind::Fifo { servers: 1, .. } => {
                    Op::Single { station, role, fused: false, time }
                }
                StationKind::Delay => Op::Delay { station, role, time },
                StationKind::Shared { .. } => Op::Shared { station, role, time },
                StationKind::Priority { .. } => Op::Priority { station, role, class, time },
                StationKind::Limiter { .. } => Op::Limiter { station, role, time },
                // A port never meets a time in a valid network.
                StationKind::Fifo { .. } | StationKind::Port(_) => {
                    Op::Several { station, role, time }
                }
            }
        }
    }
}
