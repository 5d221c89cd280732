//! Steps that take no time: choices, tokens, forks, splits and their joins.

use super::job::{Job, Kin, NONE};
use super::plan::RunPlan;
use super::program::{Branches, CONSTANT, Choice, Op};
use super::simulator::Simulator;
use super::visit::draw_now;
use crate::network::{Selector, SelectorKind};
use crate::random::Stream;

/// How a selector chooses, with its constants and its memory.
#[derive(Debug)]
pub(super) enum Chooser {
    /// Equal weights.
    Even,
    /// Weights and their sum.
    Weights(Vec<f64>, f64),
    /// By the number of the I/O.
    InTurn,
    /// By the place of the I/O at its source.
    Place,
    /// I/Os inside each way.
    Least(Vec<u32>),
    /// The one way of a hashed flow.
    Always(u32),
    /// By the instants passed.
    Clock(Vec<u64>),
    /// How many are inside.
    Vacant(u32),
    /// The one way, and the instant is noted.
    Mark,
    /// By the time since the instant noted.
    Overdue(u64),
}

impl Chooser {
    pub(super) fn new(selector: &Selector, plan: &RunPlan) -> Self {
        let ways = selector.ways().max(1);
        match &selector.kind {
            SelectorKind::Weights(weights) if weights.iter().all(|w| *w == weights[0]) => {
                Self::Even
            }
            SelectorKind::Weights(weights) => Self::Weights(weights.clone(), weights.iter().sum()),
            SelectorKind::RoundRobin(_) => Self::InTurn,
            SelectorKind::Place(_) => Self::Place,
            SelectorKind::LeastOutstanding(_) => Self::Least(vec![0; ways]),
            SelectorKind::Hash(_) => {
                let draw = Stream::new(plan.seed, plan.replication, &selector.label).at(0);
                Self::Always((draw % ways as u64) as u32)
            }
            SelectorKind::Phase { at_ps } => Self::Clock(at_ps.clone()),
            SelectorKind::Vacant { .. } => Self::Vacant(0),
            SelectorKind::Mark => Self::Mark,
            SelectorKind::Overdue { after_ps } => Self::Overdue(*after_ps),
        }
    }
}

/// The first way whose running sum of weights exceeds the draw; never one without weight.
fn by_weight(weights: &[f64], mut at: f64) -> usize {
    let mut way = 0;
    for (i, weight) in weights.iter().enumerate() {
        if *weight > 0.0 {
            way = i;
            at -= weight;
            if at < 0.0 {
                break;
            }
        }
    }
    way
}

impl Simulator<'_> {
    /// Takes a way: where it starts.
    #[inline]
    pub(super) fn choose(&mut self, index: u32, choice: u32) -> u32 {
        let &Choice { selector, ways, table, ref drawn, slot } =
            &self.program.choices[choice as usize];
        let job = self.jobs.get(index);
        let unit = || {
            if job.drawn & (1 << slot) != 0 {
                self.jobs.row(index)[slot as usize]
            } else {
                draw_now(&self.sources, job, *drawn)
            }
        };
        let way = match &self.choosers[selector as usize] {
            Chooser::Even => (unit() * f64::from(ways)) as u32,
            Chooser::Weights(weights, total) => by_weight(weights, unit() * total) as u32,
            Chooser::InTurn => {
                let turn = job.number() + u64::from(self.jobs.kin(index).turn);
                (turn % u64::from(ways)) as u32
            }
            Chooser::Place => self.jobs.kin(index).lane % ways,
            Chooser::Always(way) => *way,
            Chooser::Clock(at_ps) => at_ps.partition_point(|at| *at <= self.now_ps) as u32,
            Chooser::Mark => {
                self.jobs.kin_mut(index).noted_ps = self.now_ps;
                0
            }
            Chooser::Overdue(after_ps) => {
                u32::from(self.now_ps - self.jobs.kin(index).noted_ps > *after_ps)
            }
            Chooser::Least(_) => self.least(selector),
            Chooser::Vacant(_) => self.vacant(selector),
        };
        self.program.table[(table + way) as usize]
    }

    /// Whether a choice looks at nothing but the I/O, so that it may be made at any time.
    #[inline]
    pub(super) fn is_pure(&self, choice: u32) -> bool {
        let selector = self.program.choices[choice as usize].selector;
        let timed = |chooser: &Chooser| {
            matches!(chooser, Chooser::Clock(_) | Chooser::Mark | Chooser::Overdue(_))
        };
        let chooser = &self.choosers[selector as usize];
        !matches!(chooser, Chooser::Least(_) | Chooser::Vacant(_)) && !timed(chooser)
    }

    fn least(&mut self, selector: u32) -> u32 {
        let Chooser::Least(inside) = &mut self.choosers[selector as usize] else { return 0 };
        let mut best = 0;
        for (i, n) in inside.iter().enumerate() {
            if *n < inside[best] {
                best = i;
            }
        }
        inside[best] += 1;
        best as u32
    }

    fn vacant(&mut self, selector: u32) -> u32 {
        let Chooser::Vacant(inside) = &mut self.choosers[selector as usize] else { return 0 };
        *inside += 1;
        u32::from(*inside > 1)
    }

    pub(super) fn leave(&mut self, selector: u32, way: u32) {
        match &mut self.choosers[selector as usize] {
            Chooser::Least(inside) => inside[way as usize] -= 1,
            Chooser::Vacant(inside) => *inside -= 1,
            _ => {}
        }
    }

    /// Takes tokens or queues for them: whether the job may go on.
    pub(super) fn acquire(&mut self, index: u32, pool: u32, amount: u32) -> bool {
        let bytes = self.jobs.get(index).bytes;
        let amount = self.program.amounts[amount as usize];
        let rule = &self.net.pools.as_slice()[pool as usize];
        let state = &mut self.pools[pool as usize];
        let n = amount.of(bytes.into());
        if state.waiting.is_empty() && rule.grants(n, state.available, 1) {
            state.available -= n;
            return true;
        }
        state.waiting.push_back((index, n));
        if rule.backlog > 0 {
            self.grant(pool);
        }
        false
    }

    pub(super) fn release(&mut self, index: u32, pool: u32, amount: u32) {
        let bytes = self.jobs.get(index).bytes;
        let amount = self.program.amounts[amount as usize];
        self.pools[pool as usize].available += amount.of(bytes.into());
        self.grant(pool);
    }

    /// Grants tokens to those who wait, in their order.
    fn grant(&mut self, pool: u32) {
        let rule = &self.net.pools.as_slice()[pool as usize];
        let state = &mut self.pools[pool as usize];
        while let Some(&(job, n)) = state.waiting.front() {
            if !rule.grants(n, state.available, state.waiting.len() as u64) {
                break;
            }
            state.available -= n;
            state.waiting.pop_front();
            self.ready.push_back(job);
        }
    }

    pub(super) fn fork(&mut self, index: u32, pc: u32, fork: Branches) {
        let Branches { table, number, wait, .. } = fork;
        self.jobs.kin_mut(index).pending = wait;
        for branch in 0..number {
            let start = self.program.table[(table + branch) as usize];
            let bytes = self.jobs.get(index).bytes;
            self.spawn(index, pc, start, bytes, wait > 0);
        }
    }

    pub(super) fn split(&mut self, index: u32, pc: u32, chunk: u32, window: u32) {
        let bytes = self.jobs.get(index).bytes;
        let kin = self.jobs.kin_mut(index);
        kin.unsplit = bytes;
        kin.pending = 0;
        let first = bytes.div_ceil(chunk).min(window);
        for _ in 0..first {
            self.spawn_chunk(index, pc, chunk);
        }
    }

    fn spawn_chunk(&mut self, index: u32, split: u32, chunk: u32) {
        let kin = self.jobs.kin_mut(index);
        let bytes = kin.unsplit.min(chunk);
        kin.unsplit -= bytes;
        kin.pending += 1;
        self.spawn(index, split, split + 1, bytes, true);
    }

    fn spawn(&mut self, parent: u32, born: u32, pc: u32, bytes: u32, waited: bool) {
        if self.jobs.len() > self.under_way_max {
            // The run ends with this event; one I/O must not fill the memory before.
            self.overfull = true;
            return;
        }
        let p = self.jobs.kin_mut(parent);
        p.children += 1;
        let p = *p;
        let parents = *self.jobs.get(parent);
        let branch = parents
            .branch
            .wrapping_mul(0x9E37_79B1)
            .wrapping_add(p.children)
            .wrapping_mul(0x85EB_CA6B);
        let child = Job {
            parent: if waited { parent } else { NONE },
            born,
            pc,
            bytes,
            branch: branch ^ (branch >> 15),
            // The draws of the parent are not those of its children.
            drawn: 1 << CONSTANT,
            ..parents
        };
        let kin = Kin {
            parent_generation: p.generation,
            children: 0,
            pending: 0,
            turn: p.turn.wrapping_add(p.children - 1),
            ..p
        };
        let child = self.jobs.insert(child, kin);
        self.ready.push_back(child);
    }

    pub(super) fn end_child(&mut self, index: u32) {
        let Job { parent, born, .. } = *self.jobs.get(index);
        let parent_generation = self.jobs.kin(index).parent_generation;
        self.jobs.remove(index);
        if parent == NONE {
            return;
        }
        let kin = self.jobs.kin_mut(parent);
        if kin.generation != parent_generation {
            return;
        }
        kin.pending -= 1;
        if kin.unsplit > 0
            && let Op::Split { chunk, .. } = self.program.ops[born as usize]
        {
            return self.spawn_chunk(parent, born, chunk);
        }
        if kin.pending == 0 {
            // Children that end later belong to a fork gone by.
            kin.generation = kin.generation.wrapping_add(1);
            self.ready.push_back(parent);
        }
    }
}
