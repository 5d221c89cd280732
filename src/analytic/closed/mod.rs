//! The fixed point of the approximate equations.
//!
//! The state are the waits; [`load`] makes loads of them and [`waiting`] the waits that the loads
//! ask for. A state that asks for itself is the solution.

mod accelerate;
mod load;
mod waiting;

use accelerate::Mixer;
use load::Load;

use super::batch::{self, Line, Pace};
use super::bounds::Bounds;
use super::latency::Clock;
use super::model::{Drive, Law, Leaf, Model, Solution};
use crate::random::maths;

/// Iterations after which smaller steps are taken.
const PATIENCE: u32 = 60;
/// Accelerated iterations after which another opening is tried, and then acceleration given up.
const ACCELERATED: u32 = 240;
/// Iterations after which acceleration and further waits begin, however far from rest.
const SETTLING: u32 = 30;
/// Largest change, relative to a chain's cycle, from which acceleration helps.
const NEAR: f64 = 0.2;
/// The same from which a station used above capacity is more than a passing overshoot.
const FIRM: f64 = 0.02;
/// Relative excess over capacity that is the iteration's own and holds no one back.
const NOISE: f64 = 1e-5;
/// How much larger it may be without acceleration.
const CREEPING: f64 = 100.0;
/// Least idle share a saturated station is taken to have for closed sources.
const SATURATED_IDLE: f64 = 0.01;

/// How long to iterate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Largest change, relative to a chain's cycle, at rest.
    pub(super) tolerance: f64,
    /// Most iterations.
    pub(super) iterations: u32,
}

impl Effort {
    /// What is enough for any use but tests.
    pub(super) const USUAL: Self = Self { tolerance: 1e-6, iterations: 1000 };
}

struct Iteration<'m> {
    model: &'m Model,
    bounds: &'m Bounds,
    rate: Vec<f64>,
    latency: Vec<f64>,
    /// Wait by leaf; then by centre further wait; then by centre the relative rise of services.
    state: Vec<f64>,
    /// How batches pass, by spot.
    paces: Vec<Pace>,
    /// Wait behind the own batch, by leaf.
    line: Vec<f64>,
    /// How far the equations want to move the state.
    residual: Vec<f64>,
    service: Vec<f64>,
    /// Factor `g`, by centre.
    evenness: Vec<f64>,
    /// Probability that all servers are busy, by centre: at the present load, the present load, and
    /// the difference of both to what the chain with the greatest part there sees.
    all_busy: Vec<[f64; 3]>,
    /// Greatest part of a centre's load that one I/O of a chain makes.
    own_most: Vec<f64>,
    /// Mean time between issues of one I/O, by chain.
    cycle: Vec<f64>,
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
    /// Whether further waits may begin.
    firm: bool,
    /// Cycle against which each component of the state is measured.
    scale: Vec<f64>,
}

/// How to begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Plain steps while far from rest, further waits only near it.
    Patient,
    /// Acceleration and further waits at once.
    Eager,
}

/// Solves by iteration. What does not come to rest from one opening mostly does from the other;
/// what does from neither creeps on in small steps.
pub(super) fn solve(model: &Model, bounds: &Bounds, effort: Effort) -> Solution {
    let mut iterations = 0;
    for opening in [Opening::Patient, Opening::Eager] {
        let mut it = Iteration::new(model, bounds);
        let most = ACCELERATED.min(effort.iterations - iterations);
        let (taken, converged) = it.accelerate(opening, effort.tolerance, most);
        iterations += taken;
        if converged || iterations >= effort.iterations {
            return it.finish(iterations, converged);
        }
        if opening == Opening::Eager {
            let most = effort.iterations - iterations;
            let (taken, converged) = it.creep(CREEPING * effort.tolerance, most);
            return it.finish(iterations + taken, converged);
        }
    }
    Iteration::new(model, bounds).finish(iterations, false)
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
            paces: batch::paces(model),
            line: vec![0.0; leaves],
            residual: vec![0.0; leaves + 2 * centres],
            service: model.leaves.iter().map(|l| l.service).collect(),
            evenness: vec![1.0; centres],
            all_busy: vec![[0.0; 3]; centres],
            own_most: vec![0.0; centres],
            cycle: vec![1.0; model.chains.len()],
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
            firm: false,
            scale: vec![1.0; leaves + 2 * centres],
        }
    }

    /// Accelerated steps, at most so many. Tells how many, and whether they came to rest.
    fn accelerate(&mut self, opening: Opening, tolerance: f64, most: u32) -> (u32, bool) {
        self.start();
        self.measure();
        self.firm = opening == Opening::Eager;
        let mut mixer = Mixer::new(self.weights());
        let mut damping = 1.0;
        let mut last = f64::INFINITY;
        for iterations in 1..=most {
            let change = self.look();
            if self.firm && change < tolerance {
                return (iterations, true);
            }
            if change > 10.0 * last || iterations % PATIENCE == 0 {
                // Swinging instead of settling: start anew, with smaller steps.
                mixer.forget();
                damping = (damping * 0.7_f64).max(0.1);
            }
            last = change;
            self.firm |= change < FIRM || iterations >= SETTLING;
            if opening == Opening::Patient && change > NEAR && iterations < SETTLING {
                // Far from rest the equations are anything but linear: what was learnt misleads.
                mixer.forget();
                self.step(damping);
            } else {
                mixer.advance(&mut self.state, &self.residual, damping);
                self.hold_back(mixer.before());
            }
        }
        (most, false)
    }

    /// Small steps on a logarithmic scale, on which the equations are less steep.
    fn creep(&mut self, tolerance: f64, most: u32) -> (u32, bool) {
        let (mut damping, mut last) = (0.5_f64, f64::INFINITY);
        for iterations in 1..=most {
            let change = self.look();
            if change < tolerance {
                return (iterations, true);
            }
            if change > 10.0 * last || iterations % PATIENCE == 0 {
                damping = (damping * 0.7).max(0.1);
            }
            last = change;
            self.step_by_ratio(damping);
        }
        (most, false)
    }

    /// How far the equations want to move the state; tells the largest move.
    fn look(&mut self) -> f64 {
        self.flow();
        self.load();
        let pressure = self.centre();
        pressure.max(self.waits())
    }

    /// Spreads the I/Os that the bound on the rate leaves waiting over the stations, most of them
    /// where the demand is highest.
    fn start(&mut self) {
        for (index, chain) in self.model.chains.iter().enumerate() {
            let Drive::Closed { population, think, most, .. } = chain.drive else {
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
            let queues = |l: &Leaf| {
                let centre = &self.model.centres[l.centre as usize];
                let waits = !l.loose && !matches!(centre.law, Law::Delay | Law::Pool);
                if waits { l.visits * l.service / centre.servers } else { 0.0 }
            };
            let leaves = &self.model.leaves[range.clone()];
            let highest = leaves.iter().map(queues).fold(1e-300, f64::max);
            let weight = |l: &Leaf| (queues(l) / highest).powi(4);
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
            let paces = batch::pace(self.model, chain, &self.service, &mut self.paces);
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
                line: Line { paces, first: chain.spots.start, wait: &mut self.line, gap: 0.0 },
            };
            let scv = if let Drive::Open { scv, .. } = chain.drive { scv } else { 1.0 };
            let latency = clock.latency(index, scv).max(self.bounds.latency[index]);
            self.latency[index] = latency;
            if let Drive::Closed { population, think, most, .. } = chain.drive {
                self.rate[index] = most.min(population / (think + latency));
                self.cycle[index] = (think + latency).max(population / most);
            }
        }
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

    /// Weights of the components in the norm of a residual: what stands for many counts as many.
    fn weights(&self) -> Vec<f64> {
        let leaves = self.model.leaves.iter().map(|l| self.model.chains[l.chain as usize].members);
        let centres = self.model.centres.iter().map(|c| c.members);
        let members = leaves.chain(centres.clone()).chain(centres);
        self.scale.iter().zip(members).map(|(s, members)| members / (s * s)).collect()
    }

    /// Keeps the state from jumping: no component may fall below half or rise above twice what it
    /// was, but for steps small beside a cycle.
    fn hold_back(&mut self, before: &[f64]) {
        for ((x, &old), &cycle) in self.state.iter_mut().zip(before).zip(&self.scale) {
            let least = if old < 0.01 * cycle { 0.0 } else { 0.5 * old };
            *x = x.clamp(least, 2.0 * old + 0.25 * cycle);
        }
    }

    /// Moves every component by `part` of its residual.
    fn step(&mut self, part: f64) {
        for ((x, &residual), &cycle) in self.state.iter_mut().zip(&self.residual).zip(&self.scale) {
            let least = if *x < 0.01 * cycle { 0.0 } else { 0.5 * *x };
            *x = (*x + part * residual).clamp(least, 2.0 * *x + 0.25 * cycle);
        }
    }

    /// Moves every component by `part` of its residual on a logarithmic scale, on which the
    /// equations are less steep.
    fn step_by_ratio(&mut self, part: f64) {
        for ((x, &residual), &cycle) in self.state.iter_mut().zip(&self.residual).zip(&self.scale) {
            let least = 1e-3 * cycle.min(1e30);
            let ratio = (*x + residual + least) / (*x + least);
            *x = ((*x + least) * maths::exp(part * maths::ln(ratio.max(1e-30))) - least).max(0.0);
        }
    }

    /// Holds the rates to what the stations can serve and puts the rest together.
    fn finish(mut self, iterations: u32, converged: bool) -> Solution {
        self.flow();
        self.load();
        let mut scale = vec![1.0_f64; self.rate.len()];
        for leaf in &self.model.leaves {
            let centre = &self.model.centres[leaf.centre as usize];
            if leaf.given || centre.law == Law::Delay {
                continue;
            }
            let load = &self.by_centre[leaf.centre as usize];
            let given = load.given / centre.servers;
            let regulated = load.busy / centre.servers - given;
            let room = if given < 1.0 { 1.0 - given } else { SATURATED_IDLE };
            if regulated > room {
                let scale = &mut scale[leaf.chain as usize];
                *scale = scale.min(room / regulated);
            }
        }
        for (index, chain) in self.model.chains.iter().enumerate() {
            let Drive::Closed { population, think, .. } = chain.drive else { continue };
            let rate = (self.rate[index] * scale[index]).min(self.bounds.rate[index]);
            let held_back = rate < self.rate[index] * (1.0 - NOISE);
            self.rate[index] = rate.min(self.rate[index]);
            // What is throttled and not held back has I/Os that wait for their slots, not for
            // service: Little's law would count them.
            if held_back {
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
