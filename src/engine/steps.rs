//! Steps that take no time: choices, tokens, forks, splits and their joins.

use super::job::NONE;
use super::program::Op;
use super::simulator::Simulator;
use crate::network::{Amount, SelectorKind};

impl Simulator<'_> {
    pub(super) fn choose(&mut self, index: u32, selector: u32, role: u64, table: u32, ways: u32) {
        let job = self.jobs.get(index);
        let source = &self.sources[job.source as usize];
        let (kind, inside) = &mut self.selectors[selector as usize];
        let way = match &kind.kind {
            SelectorKind::Weights(weights) => {
                let role = role ^ (u64::from(job.branch) << 32);
                let total: f64 = weights.iter().sum();
                let mut at = source.stream.child(role).unit(job.number) * total;
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
            SelectorKind::RoundRobin(_) => {
                ((job.number + u64::from(job.turn)) % u64::from(ways)) as usize
            }
            SelectorKind::LeastOutstanding(_) => {
                let mut best = 0;
                for (i, n) in inside.iter().enumerate() {
                    if *n < inside[best] {
                        best = i;
                    }
                }
                inside[best] += 1;
                best
            }
            // The hash of the flow was drawn at the start.
            SelectorKind::Hash(_) => inside[0] as usize,
        };
        self.jobs.get_mut(index).pc = self.program.table[table as usize + way];
    }

    /// Takes tokens or queues for them: whether the job may go on.
    pub(super) fn acquire(&mut self, index: u32, pool: u32, amount: Amount) -> bool {
        let bytes = self.jobs.get(index).bytes;
        let pool = &mut self.pools[pool as usize];
        let n = amount.of(bytes.into());
        if pool.waiting.is_empty() && pool.available >= n {
            pool.available -= n;
            return true;
        }
        pool.waiting.push_back((index, n));
        false
    }

    pub(super) fn release(&mut self, index: u32, pool: u32, amount: Amount) {
        let bytes = self.jobs.get(index).bytes;
        let pool = &mut self.pools[pool as usize];
        pool.available += amount.of(bytes.into());
        while let Some(&(job, n)) = pool.waiting.front() {
            if pool.available < n {
                break;
            }
            pool.available -= n;
            pool.waiting.pop_front();
            self.ready.push_back(job);
        }
    }

    pub(super) fn fork(&mut self, index: u32, pc: u32, table: u32, branches: u32, wait: u32) {
        self.jobs.get_mut(index).pending = wait;
        for branch in 0..branches {
            let start = self.program.table[(table + branch) as usize];
            let bytes = self.jobs.get(index).bytes;
            self.spawn(index, pc, start, bytes, wait > 0);
        }
    }

    pub(super) fn split(&mut self, index: u32, pc: u32, chunk: u32, window: u32) {
        let job = self.jobs.get_mut(index);
        job.unsplit = job.bytes;
        job.pending = 0;
        let first = job.bytes.div_ceil(chunk).min(window);
        for _ in 0..first {
            self.spawn_chunk(index, pc, chunk);
        }
    }

    pub(super) fn spawn_chunk(&mut self, index: u32, split: u32, chunk: u32) {
        let job = self.jobs.get_mut(index);
        let bytes = job.unsplit.min(chunk);
        job.unsplit -= bytes;
        job.pending += 1;
        self.spawn(index, split, split + 1, bytes, true);
    }

    pub(super) fn spawn(&mut self, parent: u32, born: u32, pc: u32, bytes: u32, waited: bool) {
        let p = self.jobs.get_mut(parent);
        p.children += 1;
        let branch =
            p.branch.wrapping_mul(0x9E37_79B1).wrapping_add(p.children).wrapping_mul(0x85EB_CA6B);
        let branch = branch ^ (branch >> 15);
        let mut child = *p;
        child.parent = if waited { parent } else { NONE };
        child.parent_generation = p.generation;
        child.born = born;
        child.pc = pc;
        child.bytes = bytes;
        child.branch = branch;
        child.children = 0;
        child.pending = 0;
        child.turn = p.turn.wrapping_add(p.children - 1);
        let child = self.jobs.insert(child);
        self.ready.push_back(child);
    }

    pub(super) fn end_child(&mut self, index: u32) {
        let child = *self.jobs.get(index);
        self.jobs.remove(index);
        if child.parent == NONE {
            return;
        }
        let parent = self.jobs.get_mut(child.parent);
        if parent.generation != child.parent_generation {
            return;
        }
        parent.pending -= 1;
        if parent.unsplit > 0
            && let Op::Split { chunk, .. } = self.program.ops[child.born as usize]
        {
            return self.spawn_chunk(child.parent, child.born, chunk);
        }
        if parent.pending == 0 {
            // Children that end later belong to a fork gone by.
            parent.generation = parent.generation.wrapping_add(1);
            self.ready.push_back(child.parent);
        }
    }
}
