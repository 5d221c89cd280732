//! Loads of the stations from rates and waits.

use super::Iteration;
use crate::analytic::model::{Cell, Drive, Law, NONE};

/// Sums over visits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    /// Visits a picosecond.
    pub(super) flow: f64,
    /// Servers in use.
    pub(super) busy: f64,
    /// Of them by open sources and work left behind.
    pub(super) given: f64,
    /// Work waiting (visitors, at processor sharing) that is regulated by the queue.
    pub(super) backlog: f64,
    /// All work waiting.
    pub(super) backlog_all: f64,
    /// `sum rho S (1 + scv) / 2`; `sum rho` at processor sharing.
    pub(super) residual: f64,
}

impl Load {
    pub(super) fn add(&mut self, other: &Self) {
        self.plus(1.0, other);
    }

    /// Adds `part` of another load.
    pub(super) fn plus(&mut self, part: f64, other: &Self) {
        self.flow += part * other.flow;
        self.busy += part * other.busy;
        self.given += part * other.given;
        self.backlog += part * other.backlog;
        self.backlog_all += part * other.backlog_all;
        self.residual += part * other.residual;
    }
}

impl Iteration<'_> {
    /// Loads from rates and waits.
    pub(super) fn load(&mut self) {
        self.by_feed.fill(0.0);
        for loads in [&mut self.by_centre, &mut self.by_cell, &mut self.by_bucket] {
            loads.fill(Load::default());
        }
        self.cycles.fill((0.0, 0.0));
        self.concentration.fill(0.0);
        self.own_most.fill(0.0);
        self.second_moment.fill(0.0);
        let mut variation = std::mem::take(&mut self.service_scv);
        variation.fill(0.0);
        for (i, leaf) in self.model.leaves.iter().enumerate() {
            let c = leaf.centre as usize;
            let centre = &self.model.centres[c];
            self.service[i] = self.service_of(i);
            let service = self.service[i];
            let chain = &self.model.chains[leaf.chain as usize];
            let flow = self.rate[leaf.chain as usize] * leaf.visits;
            let given = leaf.given;
            let busy = flow * service;
            let (weight, residual) = match centre.law {
                Law::Sharing => (1.0, 1.0),
                _ => (service, service * 0.5 * (1.0 + leaf.scv)),
            };
            if leaf.before != NONE {
                let before = leaf.before as usize;
                let waited = self.state[before] + self.upstream[before];
                let pace = (service / self.service[before]).min(1.0);
                self.upstream[i] = waited * pace * self.feed_share[leaf.feed as usize];
                self.by_feed[leaf.feed as usize] += leaf.feed_many * flow;
            }
            let all = flow * weight * (self.state[i] + self.upstream[i] + leaf.self_wait);
            let load = Load {
                flow,
                busy,
                given: if given { busy } else { 0.0 },
                backlog: if given { flow * weight * leaf.self_wait } else { all },
                backlog_all: all,
                residual: busy * residual,
            };
            self.by_centre[c].plus(leaf.many, &load);
            self.by_cell[leaf.cell as usize].flow += flow;
            if !given {
                let cell = &mut self.by_cell[leaf.cell as usize];
                cell.add(&Load { flow: 0.0, ..load });
                if let Drive::Closed { population, .. } = chain.drive
                    && leaf.visits > 0.0
                {
                    // Between two visits passes `population / flow`; weighted by `busy`.
                    let (time, weight) = &mut self.cycles[c];
                    *time += leaf.many * service * population;
                    *weight += leaf.many * busy;
                }
            }
            if let Law::Priority { first, .. } = centre.law {
                self.by_bucket[first as usize + leaf.class as usize].plus(leaf.many, &load);
            }
            let flow = leaf.many * flow;
            self.second_moment[c] += flow * service * service * (1.0 + leaf.scv);
            // Here: variation of the arrivals, by flow; `centre` makes use of it.
            variation[c] +=
                flow * if chain.population().is_none() { self.arrivals[i] } else { 1.0 };
        }
        for leaf in self.model.leaves.iter().filter(|l| l.before != NONE) {
            let before = self.model.leaves[leaf.before as usize].centre as usize;
            let share = self.by_feed[leaf.feed as usize] / self.by_centre[before].flow;
            self.feed_share[leaf.feed as usize] = if share.is_finite() { share } else { 1.0 };
        }
        for (cell, &Cell { chain, centre, many }) in self.by_cell.iter().zip(&self.model.cells) {
            let c = centre as usize;
            let total = self.by_centre[c].flow;
            if total > 0.0 {
                self.concentration[c] += many * (cell.flow / total).powi(2);
            }
            if let Some(population) = self.model.chains[chain as usize].population() {
                self.own_most[c] = self.own_most[c].max(cell.busy / population);
            }
        }
        self.service_scv = variation;
    }

    /// Service of a visit under the present load; at a pool, the time its tokens are held.
    fn service_of(&self, i: usize) -> f64 {
        let leaf = &self.model.leaves[i];
        let c = leaf.centre as usize;
        let holding = self.model.holding_of[i];
        if holding == NONE {
            return leaf.service * (1.0 + self.state[self.rise_at(c)]);
        }
        let tokens = self.model.holdings[holding as usize].tokens;
        let held = self.held[holding as usize].max(0.0) / tokens.max(1e-300);
        held * leaf.tokens / self.model.mean_tokens[c]
    }
}
