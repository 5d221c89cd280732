//! The fixed point of the approximate equations.
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

use super::accelerate::Mixer;
use super::bounds::Bounds;
use super::latency::Clock;
use super::model::{Drive, Law, Model, NONE, Solution};
use super::open::{arrival_factor, superposed, wait_probability};
use crate::random::maths;

/// Most iterations.
const ITERATIONS: u32 = 1000;
/// Iterations after which smaller steps are taken.
const PATIENCE: u32 = 60;
/// Iterations after which acceleration is given up.
const ACCELERATED: u32 = 240;
/// Largest change, relative to a chain's cycle, at rest.
const TOLERANCE: f64 = 1e-6;
/// The same without acceleration.
const TOLERANCE_CREEPING: f64 = 1e-4;
/// Least idle share a saturated station is taken to have for closed sources.
const SATURATED_IDLE: f64 = 0.01;

/// Sums over visits.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    /// Visits a picosecond.
    flow: f64,
    /// Servers in use.
    busy: f64,
    /// Of them by open sources and work left behind.
    given: f64,
    /// Work waiting (visitors, at processor sharing) that is regulated by the queue.
    backlog: f64,
    /// All work waiting.
    backlog_all: f64,
    /// `sum rho S (1 + scv) / 2`; `sum rho` at processor sharing.
    residual: f64,
}

impl Load {
    fn add(&mut self, other: &Self) {
        self.plus(1.0, other);
    }

    /// Adds `part` of another load.
    fn plus(&mut self, part: f64, other: &Self) {
        self.flow += part * other.flow;
        self.busy += part * other.busy;
        self.given += part * other.given;
        self.backlog += part * other.backlog;
        self.backlog_all += part * other.backlog_all;
        self.residual += part * other.residual;
    }
}

/// A station between iterations.
#[derive(Clone, Copy, Debug)]
struct Centred {
    /// Factor `g`.
    arrivals: f64,
}

struct Iteration<'m> {
    model: &'m Model,
    bounds: &'m Bounds,
    rate: Vec<f64>,
    latency: Vec<f64>,
    /// Wait by leaf; then by centre further wait; then by centre the relative rise of services.
    state: Vec<f64>,
    /// How far the equations want to move the state.
    residual: Vec<f64>,
    service: Vec<f64>,
    centred: Vec<Centred>,
    used: Vec<f64>,
    service_scv: Vec<f64>,
    held: Vec<f64>,
    arrivals: Vec<f64>,
    scratch: Vec<f64>,
    by_centre: Vec<Load>,
    by_cell: Vec<Load>,
    /// Flow by feed.
    by_feed: Vec<f64>,
    /// Part of the flow of the port before that comes here, by feed.
    feed_share: Vec<f64>,
    /// Wait already spent behind work that is on the way here, by leaf.
    upstream: Vec<f64>,
    by_bucket: Vec<Load>,
    /// Time weighted by load in which an I/O comes back to a centre, and the load.
    cycles: Vec<(f64, f64)>,
    concentration: Vec<f64>,
    second_moment: Vec<f64>,
    any_open: bool,
    /// Cycle against which each component of the state is measured.
    scale: Vec<f64>,
}

/// Solves by iteration.
pub(super) fn solve(model: &Model, bounds: &Bounds) -> Solution {
    let mut it = Iteration::new(model, bounds);
    it.start();
    it.measure();
    let mut mixer = Mixer::new(it.scale.iter().map(|s| 1.0 / (s * s)).collect());
    let mut damping = 1.0;
    let mut last = f64::INFINITY;
    let (mut iterations, mut converged) = (0, false);
    while iterations < ITERATIONS && !converged {
        iterations += 1;
        it.flow();
        it.load();
        let change = it.centre().max(it.waits());
        let creeping = iterations > ACCELERATED;
        converged = change < if creeping { TOLERANCE_CREEPING } else { TOLERANCE };
        if change > 10.0 * last || iterations % PATIENCE == 0 {
            // Swinging instead of settling: start anew, with smaller steps.
            mixer.forget();
            damping = (damping * 0.7_f64).max(0.1);
            if iterations == ACCELERATED {
                damping = 0.5;
            }
        }
        last = change;
        if creeping {
            it.creep(damping);
        } else {
            mixer.advance(&mut it.state, &it.residual, damping);
            it.hold_back(mixer.before());
        }
    }
    it.finish(iterations, converged)
}

impl<'m> Iteration<'m> {
    fn new(model: &'m Model, bounds: &'m Bounds) -> Self {
        let (leaves, centres) = (model.leaves.len(), model.centres.len());
        Self {
            model,
            bounds,
            rate: bounds.rate.clone(),
            latency: bounds.latency.clone(),
            state: vec![0.0; leaves + 2 * centres],
            residual: vec![0.0; leaves + 2 * centres],
            service: model.leaves.iter().map(|l| l.service).collect(),
            centred: vec![Centred { arrivals: 1.0 }; centres],
            used: vec![0.0; centres],
            service_scv: vec![1.0; centres],
            held: vec![0.0; model.holdings.len()],
            arrivals: vec![1.0; leaves],
            scratch: Vec::new(),
            by_centre: vec![Load::default(); centres],
            by_cell: vec![Load::default(); model.cells.len()],
            by_feed: vec![0.0; model.feeds],
            feed_share: vec![1.0; model.feeds],
            upstream: vec![0.0; leaves],
            by_bucket: vec![Load::default(); model.buckets],
            cycles: vec![(0.0, 0.0); centres],
            concentration: vec![0.0; centres],
            second_moment: vec![0.0; centres],
            any_open: model.chains.iter().any(|c| c.population().is_none()),
            scale: vec![1.0; leaves + 2 * centres],
        }
    }

    /// Spreads the I/Os that the bound on the rate leaves waiting over the stations, most of them
    /// where the demand is highest.
    fn start(&mut self) {
        for (index, chain) in self.model.chains.iter().enumerate() {
            let Drive::Closed { population, think, most } = chain.drive else {
                if let Drive::Open { rate, .. } = chain.drive {
                    self.rate[index] = rate;
                }
                continue;
            };
            let rate = self.bounds.rate[index];
            if rate >= most {
                continue;
            }
            let left = (population / rate - think - self.bounds.latency[index]).max(0.0);
            let range = chain.leaves.start as usize..chain.leaves.end as usize;
            let queues = |l: &super::model::Leaf| {
                let centre = &self.model.centres[l.centre as usize];
                let waits = !l.loose && !matches!(centre.law, Law::Delay | Law::Pool);
                if waits { l.visits * l.service / centre.servers } else { 0.0 }
            };
            let leaves = &self.model.leaves[range.clone()];
            let highest = leaves.iter().map(queues).fold(1e-300, f64::max);
            let weight = |l: &super::model::Leaf| (queues(l) / highest).powi(4);
            let sum: f64 = leaves.iter().map(weight).sum();
            for (wait, leaf) in self.state[range].iter_mut().zip(leaves) {
                *wait = left * weight(leaf) / sum.max(1e-300) / leaf.visits.max(1e-12);
            }
        }
    }

    /// Latencies and rates from waits.
    fn flow(&mut self) {
        self.held.fill(0.0);
        for (index, chain) in self.model.chains.iter().enumerate() {
            let mut clock = Clock {
                model: self.model,
                wait: &self.state,
                service: &self.service,
                used: &self.used,
                service_scv: &self.service_scv,
                held: &mut self.held,
                arrivals: &mut self.arrivals,
                scratch: &mut self.scratch,
                open: chain.population().is_none(),
            };
            let scv = if let Drive::Open { scv, .. } = chain.drive { scv } else { 1.0 };
            let latency = clock.latency(index, scv).max(self.bounds.latency[index]);
            self.latency[index] = latency;
            if let Drive::Closed { population, think, most } = chain.drive {
                self.rate[index] = most.min(population / (think + latency));
            }
        }
    }

    /// Loads from rates and waits.
    fn load(&mut self) {
        self.by_feed.fill(0.0);
        for loads in [&mut self.by_centre, &mut self.by_cell, &mut self.by_bucket] {
            loads.fill(Load::default());
        }
        self.cycles.fill((0.0, 0.0));
        self.concentration.fill(0.0);
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
            let given = self.model.is_given(leaf);
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
                self.by_feed[leaf.feed as usize] += flow;
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
            self.by_centre[c].add(&load);
            self.by_cell[leaf.cell as usize].flow += flow;
            if !given {
                let cell = &mut self.by_cell[leaf.cell as usize];
                cell.add(&Load { flow: 0.0, ..load });
                if let Drive::Closed { population, .. } = chain.drive
                    && leaf.visits > 0.0
                {
                    // Between two visits passes `population / flow`; weighted by `busy`.
                    let (time, weight) = &mut self.cycles[c];
                    *time += service * population;
                    *weight += busy;
                }
            }
            if let Law::Priority { first, .. } = centre.law {
                self.by_bucket[first as usize + leaf.class as usize].add(&load);
            }
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
        for (cell, &(_, centre)) in self.by_cell.iter().zip(&self.model.cells) {
            let total = self.by_centre[centre as usize].flow;
            if total > 0.0 {
                self.concentration[centre as usize] += (cell.flow / total).powi(2);
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

    /// Stations from loads. Tells how far from rest the further waits are.
    fn centre(&mut self) -> f64 {
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
                self.centred[c].arrivals = arrival_factor(arriving, scv, used);
            }
            if centre.rise > 0.0 {
                let at = self.rise_at(c);
                self.residual[at] = rise(centre.rise, centre.servers, load.busy) - self.state[at];
                pressure = pressure.max(self.residual[at].abs());
            }
            // Regulated use above what the given use leaves.
            let (time, weight) = self.cycles[c];
            let at = self.extra_at(c);
            self.residual[at] = 0.0;
            if weight > 0.0 {
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

    fn extra_at(&self, centre: usize) -> usize {
        self.model.leaves.len() + centre
    }

    fn rise_at(&self, centre: usize) -> usize {
        self.model.leaves.len() + self.model.centres.len() + centre
    }

    /// Measures the components of the state by a cycle of their chain without queueing.
    fn measure(&mut self) {
        let (leaves, centres) = (self.model.leaves.len(), self.model.centres.len());
        self.scale[leaves..leaves + centres].fill(f64::INFINITY);
        for (i, leaf) in self.model.leaves.iter().enumerate() {
            let chain = leaf.chain as usize;
            let cycle = match self.model.chains[chain].drive {
                Drive::Closed { population, .. } => population / self.bounds.rate[chain],
                Drive::Open { .. } => self.bounds.latency[chain],
            };
            let cycle = (cycle / leaf.visits.max(1e-6)).max(leaf.service).max(1.0);
            self.scale[i] = cycle;
            let extra = &mut self.scale[leaves + leaf.centre as usize];
            *extra = extra.min(cycle);
        }
    }

    /// Keeps the state from jumping: no component may fall below half or rise above twice what it
    /// was, but for steps small beside a cycle.
    fn hold_back(&mut self, before: &[f64]) {
        for ((x, &old), &cycle) in self.state.iter_mut().zip(before).zip(&self.scale) {
            let least = if old < 0.01 * cycle { 0.0 } else { 0.5 * old };
            *x = x.clamp(least, 2.0 * old + 0.25 * cycle);
        }
    }

    /// Moves every component by `part` of its residual on a logarithmic scale, on which the
    /// equations are less steep.
    fn creep(&mut self, part: f64) {
        for ((x, &residual), &cycle) in self.state.iter_mut().zip(&self.residual).zip(&self.scale) {
            let least = 1e-3 * cycle.min(1e30);
            let ratio = (*x + residual + least) / (*x + least);
            *x = ((*x + least) * maths::exp(part * maths::ln(ratio.max(1e-30))) - least).max(0.0);
        }
    }

    /// Moves of the waits. Tells the largest relative to a cycle.
    fn waits(&mut self) -> f64 {
        let mut change = 0.0_f64;
        for i in 0..self.model.leaves.len() {
            let leaf = &self.model.leaves[i];
            let chain = &self.model.chains[leaf.chain as usize];
            let difference = self.target(i) - self.state[i];
            let cycle = match chain.drive {
                Drive::Closed { population, .. } if !leaf.loose => {
                    population / self.rate[leaf.chain as usize].max(1e-300)
                }
                _ => self.latency[leaf.chain as usize] + self.state[i],
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
        let c = leaf.centre as usize;
        let centre = &self.model.centres[c];
        if centre.law == Law::Delay || centre.idle {
            return 0.0;
        }
        let given = self.model.is_given(leaf);
        let own = match self.model.chains[leaf.chain as usize].population() {
            Some(population) if !given => 1.0 / population,
            _ => 0.0,
        };
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
        } else {
            let others = centre.most_inside * leaf.ways - 1.0;
            wait_probability(servers * leaf.ways, busy * leaf.ways, others) / leaf.ways
        };
        residual *= all_busy * self.centred[c].arrivals;
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
    fn behind(&self, leaf: &super::model::Leaf, first: usize, own: f64, residual: f64) -> f64 {
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

    /// Holds the rates to what the stations can serve and puts the rest together.
    fn finish(mut self, iterations: u32, converged: bool) -> Solution {
        self.flow();
        self.load();
        let mut scale = vec![1.0_f64; self.rate.len()];
        for leaf in &self.model.leaves {
            let centre = &self.model.centres[leaf.centre as usize];
            if self.model.is_given(leaf) || centre.law == Law::Delay {
                continue;
            }
            let load = &self.by_centre[leaf.centre as usize];
            let given = load.given / centre.servers;
            let regulated = load.busy / centre.servers - given;
            let room = (1.0 - given).max(SATURATED_IDLE);
            if regulated > room {
                let scale = &mut scale[leaf.chain as usize];
                *scale = scale.min(room / regulated);
            }
        }
        for (index, chain) in self.model.chains.iter().enumerate() {
            let Drive::Closed { population, think, .. } = chain.drive else { continue };
            let rate = (self.rate[index] * scale[index]).min(self.bounds.rate[index]);
            if rate < self.rate[index] {
                self.rate[index] = rate;
                let latency = population / self.rate[index].max(1e-300) - think;
                self.latency[index] = self.latency[index].max(latency);
            }
        }
        let mut wait = self.state;
        wait.truncate(self.model.leaves.len());
        Solution {
            rate: self.rate,
            latency: self.latency,
            wait,
            service: self.service,
            iterations,
            converged,
        }
    }
}

/// Share of time a station is not busy with given work of utilisation `given`. Where that work is
/// `fixed` for the whole solution, it may be as little as it is.
fn idle_beside(given: f64, fixed: bool) -> f64 {
    let least = if fixed && given < 1.0 { 0.0 } else { SATURATED_IDLE };
    (1.0 - given).max(least)
}

/// Mean relative rise of services whose cost rises by `most` from one busy server to all: at the
/// start of a service that waited all others are busy, else as many as on average where not all are.
fn rise(most: f64, servers: f64, busy: f64) -> f64 {
    let busy = busy.min(servers);
    let waits = wait_probability(servers, busy, f64::INFINITY);
    let others = waits * (servers - 1.0) + (busy - waits * servers).max(0.0);
    most * (others / (servers - 1.0)).min(1.0)
}
