//! Limits against the analytic solver, corrected by a simulation nearby.

use thiserror::Error;

use crate::experiment::ExperimentError;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::{Limit, LimitOp, Scenario};
use crate::stats::Estimate;
use crate::timeline::{EvaluateError, Figures, Steady, nearest};
use crate::workload::WorkloadSpec;

/// Relative half width of mean latencies in the simulation that corrects the solver.
const PRECISION: f64 = 0.02;

/// Why a state could not be evaluated.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct QuickError(#[from] EvaluateError);

impl QuickError {
    /// That of an interrupted search.
    pub(super) const fn cancelled() -> Self {
        Self(EvaluateError::Run(ExperimentError::Cancelled))
    }

    /// Whether it was only interrupted.
    #[must_use]
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.0, EvaluateError::Run(ExperimentError::Cancelled))
    }
}

/// The limit that nobody needs to state: what loads ask for by rate they get.
pub const CARRIED: &str = "the rate asked for is carried";
/// Share of its rate that a load must get.
const CARRIED_SHARE: f64 = 0.99;
/// Busy share of a resource that leaves nothing to those who wait for their I/Os.
const FULL: f64 = 0.95;

/// How near a limit is to being broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    /// Position of the limit; none for [`CARRIED`], which is told of only where it is broken.
    pub limit: Option<usize>,
    /// What it is held against.
    pub subject: String,
    /// The figure, in the base unit of the quantity.
    pub value: f64,
    /// The figure as a share of the limit, or the limit as a share of the figure where it is at
    /// least that much: above 1 the limit is broken.
    pub stress: f64,
}

/// Evaluates scenarios that are like some that were simulated.
#[derive(Clone, Debug)]
pub struct Quick {
    parameters: FrozenParameters,
    limits: Vec<Limit>,
    /// Solved and simulated; what the one is of the other depends on how busy things are.
    anchors: Vec<(Figures, Figures)>,
}

impl Quick {
    /// Simulates a scenario; others with the same loads in the same order can then be evaluated.
    ///
    /// # Errors
    /// When it cannot be evaluated, or `cancelled` says so.
    pub fn at(
        scenario: &Scenario,
        parameters: &FrozenParameters,
        limits: &[Limit],
        seed: Seed,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, QuickError> {
        let (parameters, limits) = (parameters.clone(), limits.to_vec());
        let mut quick = Self { parameters, limits, anchors: Vec::new() };
        quick.also_at(scenario, seed, cancelled)?;
        Ok(quick)
    }

    /// Simulates another one. Between states that were simulated corrections are interpolated.
    ///
    /// # Errors
    /// As for [`at`](Self::at).
    pub fn also_at(
        &mut self,
        scenario: &Scenario,
        seed: Seed,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), QuickError> {
        let steady = Steady::new(scenario, &self.parameters)?;
        let simulated = steady.simulated(seed, PRECISION, cancelled)?;
        self.anchors.push((steady.solved(), simulated));
        Ok(())
    }

    /// The same correction with other parameters.
    #[must_use]
    pub fn with(&self, parameters: FrozenParameters) -> Self {
        Self { parameters, ..self.clone() }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// How each limit that is about something stands, in their order; then the loads of which the
    /// rate is not carried.
    ///
    /// # Errors
    /// When the scenario cannot be compiled or solved.
    pub fn strains(&self, scenario: &Scenario) -> Result<Vec<Strain>, QuickError> {
        let steady = Steady::new(scenario, &self.parameters)?;
        let mut all = strains(scenario, &self.limits, &self.corrected(&steady.solved()));
        all.extend(not_carried(scenario, &steady));
        Ok(all)
    }

    /// The loads of which the rate is not carried.
    ///
    /// # Errors
    /// As for [`strains`](Self::strains).
    pub fn not_carried(&self, scenario: &Scenario) -> Result<Vec<Strain>, QuickError> {
        Ok(not_carried(scenario, &Steady::new(scenario, &self.parameters)?))
    }

    fn corrected(&self, solved: &Figures) -> Figures {
        let all: Vec<Figures> =
            self.anchors.iter().map(|(of, by)| solved.corrected(of, by)).collect();
        let Some(mut figures) = all.first().cloned() else { return solved.clone() };
        for (l, load) in figures.loads.iter_mut().enumerate() {
            let at = |of: &Figures| {
                let own = of.loads.iter().find(|o| o.part.workload == load.part.workload);
                own.map_or(f64::NAN, |own| own.latency_s.mean)
            };
            let places: Vec<f64> = self.anchors.iter().map(|(of, _)| at(of)).collect();
            let Some((a, b, share)) = between(&places, solved.loads[l].latency_s.mean) else {
                continue;
            };
            let (low, high) = (&all[a].loads[l], &all[b].loads[l]);
            let mix = |x: f64, y: f64| geometric(x, y, share);
            load.latency_s.mean = mix(low.latency_s.mean, high.latency_s.mean);
            load.quantiles_s = low.quantiles_s.zip(high.quantiles_s).map(|(x, y)| {
                std::array::from_fn(|q| Estimate { mean: mix(x[q].mean, y[q].mean), ..x[q] })
            });
        }
        // Where a queue grows without end no percentile is left out of it.
        let simulated = self.anchors.iter().any(|(_, by)| by.simulated);
        for load in figures.loads.iter_mut().filter(|load| !load.latency_s.mean.is_finite()) {
            load.quantiles_s = simulated.then_some([load.latency_s; 4]);
        }
        for (c, (name, cpu)) in figures.cpus.iter_mut().enumerate() {
            let at = |of: &Figures| {
                of.cpus.iter().find(|(own, _)| own == name).map_or(f64::NAN, |(_, cpu)| *cpu)
            };
            let places: Vec<f64> = self.anchors.iter().map(|(of, _)| at(of)).collect();
            if let Some((a, b, share)) = between(&places, solved.cpus[c].1) {
                *cpu = geometric(all[a].cpus[c].1, all[b].cpus[c].1, share);
            }
        }
        figures
    }

    /// The busiest station of a scenario.
    ///
    /// # Errors
    /// As for [`strains`](Self::strains).
    pub fn busiest(&self, scenario: &Scenario) -> Result<Option<(String, f64)>, QuickError> {
        Ok(Steady::new(scenario, &self.parameters)?.busiest())
    }
}

/// The places on either side of `x`, and the share of the way, on the scale of logarithms; the
/// nearest place twice outside of them all.
fn between(places: &[f64], x: f64) -> Option<(usize, usize, f64)> {
    let usable = |k: &usize| places[*k].is_finite() && places[*k] > 0.0;
    let all = || (0..places.len()).filter(usable);
    let order = |a: &usize, b: &usize| places[*a].total_cmp(&places[*b]);
    let below = all().filter(|k| places[*k] <= x).max_by(order);
    let above = all().filter(|k| places[*k] > x).min_by(order);
    match (below, above) {
        (Some(a), Some(b)) => {
            let share = (x / places[a]).ln() / (places[b] / places[a]).ln();
            Some((a, b, share.clamp(0.0, 1.0)))
        }
        (Some(one), None) | (None, Some(one)) => Some((one, one, 0.0)),
        (None, None) => None,
    }
}

fn geometric(x: f64, y: f64, share: f64) -> f64 {
    if x > 0.0 && y > 0.0 && y.is_finite() && x != y { x * (y / x).powf(share) } else { x }
}

fn strains(scenario: &Scenario, limits: &[Limit], figures: &Figures) -> Vec<Strain> {
    let all = limits.iter().enumerate().filter_map(|(limit, of)| {
        let (subject, value) = nearest(scenario, of, figures)?;
        let stress = match of.op {
            LimitOp::AtMost => value / of.value,
            LimitOp::AtLeast => of.value / value,
        };
        // Nothing of nothing keeps a limit.
        let stress = if stress.is_nan() { 0.0 } else { stress };
        Some(Strain { limit: Some(limit), subject, value, stress })
    });
    all.collect()
}

/// Each load that gets less than the rate it asks for; its stress is how many times too much it
/// asks for. That is a step: a load that is carried in full is not told of, however little is left.
///
/// A throttled load waits for its own I/Os, too: only where something is as good as full is that
/// why it falls short.
fn not_carried(scenario: &Scenario, steady: &Steady) -> Vec<Strain> {
    let full = steady.busiest().is_some_and(|(_, busy)| busy >= FULL);
    let solved = steady.solved().loads;
    let of_load = |(workload, spec): (usize, &WorkloadSpec)| {
        let open = spec.intensity.offered().is_some();
        let own = solved.iter().zip(&steady.solution().groups);
        let (mut asked, mut value, mut endless) = (0.0, 0.0, false);
        for (load, of) in own.filter(|(load, _)| load.part.workload == workload) {
            if let Some(each) = spec.intensity.asked(of.bound_latency_s) {
                asked += each * load.part.disks.len() as f64;
                value += load.iops;
                endless |= open && load.latency_s.mean.is_infinite();
            }
        }
        // A queue that grows without end is broken by however little it does.
        let (subject, stress) = (spec.name.clone(), (asked / value).max(1.0 + f64::EPSILON));
        let short = endless || value < CARRIED_SHARE * asked && (open || full);
        short.then_some(Strain { limit: None, subject, value, stress })
    };
    scenario.workloads.iter().enumerate().filter_map(of_load).collect()
}
