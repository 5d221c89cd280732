//! Waits that the loads of the stations ask for.
//!
//! An arriving I/O of a chain with `N` I/Os finds, of every mean `A` at a station, what all others
//! put there: `A` less `1/N` of its own chain's part (Schweitzer 1979). It waits
//!
//! ```text
//! w = (backlog + P g residual) / (servers (1 - given))
//! ```
//!
//! * `backlog`: work waiting, `sum rate S w` over the visits that are regulated by their queue;
//! * `residual`: mean rest of a service under way, `sum rho S (1 + scv) / 2 / sum rho`;
//! * `P`: probability that all servers are busy, the utilisation at one, Erlang C at several;
//! * `g`: factor for arrivals that are more or less even than Poisson (open sources);
//! * `given`: utilisation by open sources and by work nobody waits for. It stands for their part
//!   of the backlog, which satisfies the same equation. With one class this is Pollaczek and
//!   Khinchine's formula, M/M/c and the mixed networks of Reiser and Lavenberg.
//!
//! Processor sharing counts visitors instead of their work and takes the visitor's own service for
//! each. Priorities: Cobham's formula with means instead of their full-load limits (Bryant et al.
//! 1984). What a transfer waited at the ports before counts as work on its way to the next ports,
//! and as waited for there: a port never idles while work for it waits behind an earlier port that
//! is no slower, so the waits of pipelined ports add up to that of the last alone.
//!
//! What the equations leave above capacity (limiters, tokens, services more even than exponential)
//! is met by a further wait at the station, raised until its use is 1.

use super::{Iteration, SATURATED_IDLE};
use crate::analytic::model::{Law, Leaf};
use crate::analytic::open::{arrival_factor, superposed, wait_probability};
use crate::network::Rise;
use crate::random::maths;

impl Iteration<'_> {
    /// Stations from loads. Tells how far from rest the further waits are.
    pub(super) fn centre(&mut self) -> f64 {
        let mut pressure = 0.0_f64;
        for (c, centre) in self.model.centres.iter().enumerate() {
            let load = self.by_centre[c];
            if load.flow <= 0.0 || centre.law == Law::Delay {
                self.used[c] = 0.0;
                self.service_scv[c] = 1.0;
                continue;
            }
            let used = load.busy / centre.servers;
            self.used[c] = used;
            let mean = load.busy / load.flow;
            let scv = (self.second_moment[c] / load.flow / (mean * mean) - 1.0).clamp(0.0, 1e4);
            let arriving = self.service_scv[c] / load.flow;
            self.service_scv[c] = scv;
            if self.any_open {
                let arriving = superposed(arriving, self.concentration[c], used);
                self.evenness[c] = arrival_factor(arriving, scv, used);
            }
            if centre.servers > 1.0 && !centre.idle {
                let (others, own) = (centre.most_inside - 1.0, self.own_most[c]);
                let all = wait_probability(centre.servers, load.busy, others);
                let less = wait_probability(centre.servers, load.busy - own, others);
                let slope = if own > 0.0 { (all - less) / own } else { 0.0 };
                self.all_busy[c] = [all, load.busy, slope];
            }
            if centre.rise.most > 0.0 {
                let at = self.rise_at(c);
                self.residual[at] = rise(&centre.rise, centre.servers, load.busy) - self.state[at];
                pressure = pressure.max(self.residual[at].abs());
            }
            // Regulated use above what the given use leaves.
            let (time, weight) = self.cycles[c];
            let at = self.extra_at(c);
            self.residual[at] = 0.0;
            if weight > 0.0 && self.firm {
                let room = (1.0 - load.given / centre.servers).max(SATURATED_IDLE);
                let over = (used - load.given / centre.servers) / room - 1.0;
                if over > 0.0 || self.state[at] > 0.0 {
                    let cycle = time / weight;
                    // Not longer than behind all I/Os there are.
                    let most = time / (centre.servers * room);
                    let wanted = self.state[at] + 0.5 * over.min(4.0) * cycle;
                    self.residual[at] = wanted.clamp(0.0, most) - self.state[at];
                    pressure = pressure.max(self.residual[at].abs() / cycle);
                }
            }
        }
        pressure
    }

    /// Moves of the waits. Tells the largest relative to a cycle.
    pub(super) fn waits(&mut self) -> f64 {
        let mut change = 0.0_f64;
        for i in 0..self.model.leaves.len() {
            let leaf = &self.model.leaves[i];
            let difference = self.target(i) - self.state[i];
            let cycle = if leaf.given {
                self.latency[leaf.chain as usize] + self.state[i]
            } else {
                self.cycle[leaf.chain as usize]
            };
            let visits = leaf.visits.min(1.0);
            change = change.max(difference.abs() * visits / cycle.max(1e-300));
            self.residual[i] = difference;
        }
        change
    }

    /// The wait that the present loads ask of a visit.
    fn target(&self, i: usize) -> f64 {
        let leaf = &self.model.leaves[i];
        let centre = &self.model.centres[leaf.centre as usize];
        if centre.law == Law::Delay || centre.idle {
            return 0.0;
        }
        let chain = leaf.chain as usize;
        let Some(population) = self.model.chains[chain].population() else {
            return self.found(i, 0.0);
        };
        match self.model.chains[chain].batch() {
            _ if leaf.given => self.found(i, 0.0),
            None => self.found(i, 1.0 / population),
            Some(batch) => {
                // While it is at work it finds of its own what is there then, not on average.
                let busy = (self.rate[chain] * self.latency[chain] / population).clamp(0.05, 1.0);
                let fresh = batch.fresh(busy);
                let following = self.found(i, 1.0 - (1.0 - 1.0 / population) / busy);
                fresh * (self.found(i, 1.0) + self.line[i]) + (1.0 - fresh) * following
            }
        }
    }

    /// The wait behind all that a visit finds, which of its chain's own is all but the part `own`.
    fn found(&self, i: usize, own: f64) -> f64 {
        let leaf = &self.model.leaves[i];
        let c = leaf.centre as usize;
        let centre = &self.model.centres[c];
        let given = leaf.given;
        let mut seen = self.by_centre[c];
        let cell = &self.by_cell[leaf.cell as usize];
        seen.plus(-own, cell);
        let servers = centre.servers;
        if servers > 1.0 && centre.most_inside.is_finite() {
            // With several servers one visitor less means a share of the queue less that grows as
            // its room, `most_inside - servers + 1`, shrinks.
            let room = centre.most_inside / (centre.most_inside - servers + 1.0).max(1.0);
            seen.backlog -= (own * room).min(1.0).max(own) * cell.backlog - own * cell.backlog;
        }
        let extra = if given { 0.0 } else { self.state[self.extra_at(c)] };
        if let Law::Priority { first, .. } = centre.law {
            return extra + self.behind(leaf, first as usize, own, seen.residual.max(0.0));
        }
        let present = (seen.busy / servers).clamp(0.0, 1.0);
        let busy = seen.busy.max(0.0);
        let mut residual = if busy > 0.0 { seen.residual.max(0.0) / busy } else { 0.0 };
        let all_busy = if servers * leaf.ways == 1.0 {
            busy
        } else if leaf.ways == 1.0 {
            let [all, load, slope] = self.all_busy[c];
            (all + slope * (busy - load)).clamp(0.0, 1.0)
        } else {
            let others = centre.most_inside * leaf.ways - 1.0;
            wait_probability(servers * leaf.ways, busy * leaf.ways, others) / leaf.ways
        };
        residual *= all_busy * self.evenness[c];
        let idle = idle_beside(seen.given / servers, centre.fixed);
        let work = (seen.backlog.max(0.0) + residual) / (servers * idle);
        let wait = match centre.law {
            Law::Sharing => work * self.service[i],
            // Work beyond the burst waits; its amount is about exponential where there is any.
            Law::Limiter { burst } if work > 0.0 && burst > 0.0 => {
                work * maths::exp(-burst * present / work)
            }
            _ => work,
        };
        (wait - self.upstream[i]).max(0.0) + extra
    }

    /// Wait behind higher priorities (0 is the highest) and those of the same class.
    fn behind(&self, leaf: &Leaf, first: usize, own: f64, residual: f64) -> f64 {
        let fixed = self.model.centres[leaf.centre as usize].fixed;
        let (mut work, mut higher) = (residual, 0.0);
        for load in &self.by_bucket[first..first + leaf.class as usize] {
            work += load.backlog_all;
            higher += load.busy;
        }
        let mut same = self.by_bucket[first + leaf.class as usize];
        same.plus(-own, &self.by_cell[leaf.cell as usize]);
        (work + same.backlog.max(0.0)) / idle_beside(higher + same.given, fixed)
    }
}

/// Share of time a station is not busy with given work of utilisation `given`. Where that work is
/// `fixed` for the whole solution, it may be as little as it is.
fn idle_beside(given: f64, fixed: bool) -> f64 {
    let least = if fixed && given < 1.0 { 0.0 } else { SATURATED_IDLE };
    (1.0 - given).max(least)
}

/// Mean relative rise of services: at the start of a service that waited all others are busy, else
/// as many as on average where not all are.
fn rise(rise: &Rise, servers: f64, busy: f64) -> f64 {
    let busy = busy.min(servers);
    let waits = wait_probability(servers, busy, f64::INFINITY);
    let others = waits * (servers - 1.0) + (busy - waits * servers).max(0.0);
    rise.at(others.min(servers - 1.0))
}
