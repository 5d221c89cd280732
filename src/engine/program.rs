//! Routes flattened into arrays of operations.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::network::{
    Amount, Framing, Network, Route, Selector, Service, StationKind, Step, Visit, Wait,
};
use crate::random::{Draw, Shape, label_hash};

/// The slot of a draw that is made when it is needed: no row fills it.
pub(super) const KEYED: u8 = 63;

/// The slot of a time without spread: every row has a one there.
pub(super) const CONSTANT: u8 = 0;

/// A draw that belongs to a role.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) role: u64,
    pub(super) draw: Draw,
}

/// What every visit reads of a service time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    pub(super) base_ps: f64,
    pub(super) per_byte_ps: f64,
    /// The station visited.
    pub(super) station: u32,
    /// The place of its draw in the row of a job, or [`KEYED`], or [`CONSTANT`].
    pub(super) slot: u8,
    /// Whether frames cost.
    pub(super) framed: bool,
}

/// What only some visits read of a service time.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeRest {
    pub(super) per_frame_ps: f64,
    pub(super) framing: Framing,
    pub(super) drawn: Drawn,
    pub(super) name: &'static str,
}

/// A message with its constants ready; four fill a cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) header_bytes: u32,
    pub(super) payload: bool,
    /// Whether the next operation is a port that the same message enters.
    pub(super) piped: bool,
    pub(super) class: u8,
    pub(super) framing: Framing,
}

/// Branches that run side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branches {
    /// Where their starts stand in the table.
    pub(super) table: u32,
    pub(super) number: u32,
    /// How many are waited for.
    pub(super) wait: u32,
    /// What comes after them.
    pub(super) next: u32,
}

/// A choice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    pub(super) selector: u32,
    pub(super) ways: u32,
    /// Where the starts of the ways stand in the table.
    pub(super) table: u32,
    pub(super) drawn: Drawn,
    /// The place of the draw in the row of a job, or [`KEYED`].
    pub(super) slot: u8,
}

/// One operation. `time`, `message`, `choice` and `fork` point into the tables of the program. Four
/// fill a cache line: what a cluster's routes do next must be in the cache for every event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// A visit to a first-in-first-out station with one server. `fused`: whatever follows is a
    /// visit to a station that gets its visitors from this one only, so it needs no event.
    /// `ahead`: a delay may follow, which needs nobody's turn.
    Single { station: u32, time: u32, fused: bool, ahead: bool },
    /// What single visits become in the end: `len` of them, one after the other, all but the last
    /// fused, the last if `fused`; then `next`.
    Stretch { time: u32, len: u32, next: u32, fused: bool, ahead: bool },
    /// A visit to a first-in-first-out station with several servers.
    Several { station: u32, time: u32, ahead: bool, rises: bool },
    /// A visit to a delay.
    Delay { station: u32, time: u32, ahead: bool },
    /// A visit to a rate limiter.
    Limiter { station: u32, time: u32 },
    /// A visit to a processor-sharing station.
    Shared { station: u32, time: u32 },
    /// A visit to a station with priorities.
    Priority { station: u32, time: u32, class: u8 },
    /// A transfer through a port of one class.
    Port { station: u32, message: u32 },
    /// A transfer into a port whose visitors all come from ports of one latency: the next
    /// operation, at the moment the transfer begins.
    Send { station: u32, message: u32 },
    /// What a transfer does at the other end, at the moment it begins at `sender`.
    Receive { station: u32, message: u32, sender: u32 },
    /// A transfer through a port of several classes.
    Weighted { station: u32, message: u32 },
    /// Take one of the branches.
    Choose { choice: u32 },
    /// Leave a branch of a selector that counts.
    Leave { selector: u32, way: u32 },
    /// Go to `refused` if `places` I/Os are at the station, which the next operation visits.
    IfRoom { station: u32, places: u32, refused: u32 },
    /// Start branches.
    Fork { fork: u32 },
    /// Cut into chunks; the body follows.
    Split { chunk: u32, window: u32, next: u32 },
    /// The end of a split's body.
    EndChunk { split: u32, next: u32 },
    /// The end of a branch of a fork.
    EndBranch,
    /// Wait for tokens.
    Acquire { pool: u32, amount: u32 },
    /// Give tokens back.
    Release { pool: u32, amount: u32 },
    /// Go on elsewhere.
    Jump { to: u32 },
    /// The I/O is complete.
    End,
}

/// All routes in one array.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) times: Vec<Time>,
    /// Beside `times`.
    pub(super) rests: Vec<TimeRest>,
    pub(super) messages: Vec<Message>,
    /// The roles of the messages, beside them.
    pub(super) message_names: Vec<&'static str>,
    pub(super) choices: Vec<Choice>,
    pub(super) forks: Vec<Branches>,
    pub(super) amounts: Vec<Amount>,
    /// Branch starts of forks and choices.
    pub(super) table: Vec<u32>,
    /// Where each route starts.
    pub(super) starts: Vec<u32>,
    /// Where the steps in common start that end a route, by where they are in memory. Nothing but
    /// this lookup depends on the address.
    commons: BTreeMap<usize, u32>,
}

impl Program {
    /// Flattens every route of a valid network; `fuse` marks the stretches that need no events.
    pub(super) fn of(net: &Network, fuse: bool) -> Self {
        let mut program = Self::default();
        for route in &net.routes {
            program.route(net, route);
        }
        super::wires::mark(&mut program, net);
        if fuse {
            super::fuse::mark(&mut program, net);
        }
        program.stretch();
        program
    }

    /// Joins single visits into stretches. Nothing jumps into the middle of one: what follows a
    /// visit in the array is reached from that visit only, or is no visit.
    fn stretch(&mut self) {
        for pc in (0..self.ops.len()).rev() {
            let Op::Single { time, fused, ahead, .. } = self.ops[pc] else { continue };
            self.ops[pc] = match self.ops.get(pc + 1) {
                // Times are numbered in the order of the visits.
                Some(&Op::Stretch { len, next, fused: last, ahead, time: following })
                    if fused && following == time + 1 =>
                {
                    Op::Stretch { time, len: len + 1, next, fused: last, ahead }
                }
                Some(&Op::Jump { to }) => Op::Stretch { time, len: 1, next: to, fused, ahead },
                _ => Op::Stretch { time, len: 1, next: pc as u32 + 1, fused, ahead },
            };
        }
    }

    fn route(&mut self, net: &Network, route: &Route) {
        self.starts.push(self.here());
        self.block(net, &route.steps, true);
        self.ops.push(Op::End);
    }

    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    /// Flattens steps; `last`: nothing follows them but the end of the I/O.
    fn block(&mut self, net: &Network, steps: &[Step], last: bool) {
        for (i, step) in steps.iter().enumerate() {
            let last = last && i + 1 == steps.len();
            match step {
                Step::Visit(visit) => {
                    // Only one and the same message runs on into the next port.
                    let next = match steps.get(i + 1) {
                        Some(Step::Visit(next) | Step::IfRoom { visit: next, .. }) => Some(next),
                        _ => None,
                    };
                    let piped = next.is_some_and(|next| {
                        net.stations[next.station].as_port().is_some()
                            && next.service == visit.service
                    });
                    self.visit(net, visit, piped);
                }
                Step::Fork { wait, branches } => self.fork(net, *wait, branches),
                Step::Split { chunk_bytes, window, body } => {
                    let split = self.here();
                    self.ops.push(Op::Jump { to: 0 });
                    self.block(net, body, false);
                    let next = self.here() + 1;
                    self.ops.push(Op::EndChunk { split, next });
                    self.ops[split as usize] = Op::Split {
                        chunk: (*chunk_bytes).min(u64::from(u32::MAX)) as u32,
                        window: window.unwrap_or(u32::MAX),
                        next,
                    };
                }
                Step::Choose { selector, role, branches } => {
                    self.choose(net, selector.index() as u32, role, branches, last);
                }
                Step::IfRoom { visit, places, refused } => {
                    let at = self.here() as usize;
                    self.ops.push(Op::End);
                    self.visit(net, visit, false);
                    let jump = self.here();
                    self.ops.push(Op::End);
                    let station = visit.station.index() as u32;
                    self.ops[at] = Op::IfRoom { station, places: *places, refused: self.here() };
                    self.block(net, refused, false);
                    self.ops[jump as usize] = Op::Jump { to: self.here() };
                }
                Step::Common(steps) => self.common(net, steps, last),
                Step::Acquire { pool, amount } => {
                    let amount = self.amount(*amount);
                    self.ops.push(Op::Acquire { pool: pool.index() as u32, amount });
                }
                Step::Release { pool, amount } => {
                    let amount = self.amount(*amount);
                    self.ops.push(Op::Release { pool: pool.index() as u32, amount });
                }
            }
        }
    }

    /// Steps in common that end a route are flattened once and jumped to from everywhere else.
    fn common(&mut self, net: &Network, steps: &Arc<[Step]>, last: bool) {
        let place = Step::place(steps);
        if last && let Some(&to) = self.commons.get(&place) {
            self.ops.push(Op::Jump { to });
            return;
        }
        if last {
            self.commons.insert(place, self.here());
        }
        self.block(net, steps, last);
    }

    fn amount(&mut self, amount: Amount) -> u32 {
        self.amounts.push(amount);
        (self.amounts.len() - 1) as u32
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
            self.block(net, branch, false);
            self.ops.push(Op::EndBranch);
        }
        let n = branches.len() as u32;
        let wait = match wait {
            Wait::All => n,
            Wait::None => 0,
            Wait::First(k) => k.min(n),
        };
        self.ops[at] = Op::Fork { fork: self.forks.len() as u32 };
        self.forks.push(Branches { table, number: n, wait, next: self.here() });
    }

    fn choose(
        &mut self,
        net: &Network,
        selector: u32,
        role: &str,
        branches: &[Vec<Step>],
        last: bool,
    ) {
        let counts = net.selectors.as_slice().get(selector as usize).is_some_and(counts);
        let table = self.reserve(branches.len());
        let ways = branches.len() as u32;
        let drawn = Drawn { role: label_hash(role), draw: Draw::Unit };
        self.ops.push(Op::Choose { choice: self.choices.len() as u32 });
        self.choices.push(Choice { selector, ways, table, drawn, slot: KEYED });
        let mut jumps = Vec::new();
        for (way, branch) in branches.iter().enumerate() {
            self.table[table as usize + way] = self.here();
            self.block(net, branch, last && !counts);
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

    fn visit(&mut self, net: &Network, visit: &Visit, piped: bool) {
        let station = visit.station.index() as u32;
        let Visit { class, role: name, .. } = *visit;
        let op = match visit.service {
            Service::Wire { header_bytes, payload, framing } => {
                let message = self.messages.len() as u32;
                self.messages.push(Message { header_bytes, payload, piped, class, framing });
                self.message_names.push(name);
                let port = net.stations[visit.station].as_port();
                if port.is_none_or(|p| p.weights.len() == 1) {
                    Op::Port { station, message }
                } else {
                    Op::Weighted { station, message }
                }
            }
            Service::Time { base_ps, per_byte_ps, per_frame_ps, framing, shape } => {
                let time = self.times.len() as u32;
                let slot = if shape == Shape::Constant { CONSTANT } else { KEYED };
                let framed = per_frame_ps != 0.0;
                self.times.push(Time { base_ps, per_byte_ps, station, slot, framed });
                let drawn = Drawn { role: label_hash(name), draw: Draw::Shape(shape) };
                self.rests.push(TimeRest { per_frame_ps, framing, drawn, name });
                match net.stations[visit.station].kind {
                    StationKind::Fifo { servers: 1, .. } => {
                        Op::Single { station, time, fused: false, ahead: false }
                    }
                    StationKind::Delay => Op::Delay { station, time, ahead: false },
                    StationKind::Shared { .. } => Op::Shared { station, time },
                    StationKind::Priority { .. } => Op::Priority { station, time, class },
                    StationKind::Limiter { .. } => Op::Limiter { station, time },
                    // A port never meets a time in a valid network.
                    StationKind::Fifo { .. } | StationKind::Cores { .. } | StationKind::Port(_) => {
                        Op::Several { station, time, ahead: false, rises: class == 0 }
                    }
                }
            }
        };
        self.ops.push(op);
    }
}

fn counts(selector: &Selector) -> bool {
    selector.kind.counts()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_operations_and_four_messages_fill_a_cache_line() {
        assert_eq!((size_of::<Op>(), size_of::<Message>()), (16, 16));
    }
}
