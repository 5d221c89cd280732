//! Limits against the analytic solver, corrected by a simulation nearby.

use thiserror::Error;

use crate::experiment::ExperimentError;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::{Limit, LimitOp, Scenario};
use crate::timeline::{EvaluateError, Figures, Steady, nearest};

/// Relative half width of mean latencies in the simulation that corrects the solver.
const PRECISION: f64 = 0.02;

/// Why a state could not be evaluated.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct QuickError(#[from] EvaluateError);

impl QuickError {
    /// Whether it was only interrupted.
    #[must_use]
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.0, EvaluateError::Run(ExperimentError::Cancelled))
    }
}

/// How near a limit is to being broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    /// Position of the limit.
    pub limit: usize,
    /// What it is held against.
    pub subject: String,
    /// The figure, in the base unit of the quantity.
    pub value: f64,
    /// The figure as a share of the limit, or the limit as a share of the figure where it is at
    /// least that much: above 1 the limit is broken.
    pub stress: f64,
}

/// Evaluates scenarios that are like one that was simulated.
#[derive(Clone, Debug)]
pub struct Quick {
    parameters: FrozenParameters,
    limits: Vec<Limit>,
    solved: Figures,
    simulated: Figures,
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
        let steady = Steady::new(scenario, parameters)?;
        Ok(Self {
            parameters: parameters.clone(),
            limits: limits.to_vec(),
            solved: steady.solved(),
            simulated: steady.simulated(seed, PRECISION, cancelled)?,
        })
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

    /// How each limit that is about something stands, in their order.
    ///
    /// # Errors
    /// When the scenario cannot be compiled or solved.
    pub fn strains(&self, scenario: &Scenario) -> Result<Vec<Strain>, QuickError> {
        let solved = Steady::new(scenario, &self.parameters)?.solved();
        let figures = solved.corrected(&self.solved, &self.simulated);
        Ok(strains(scenario, &self.limits, &figures))
    }

    /// The busiest station of a scenario.
    ///
    /// # Errors
    /// As for [`strains`](Self::strains).
    pub fn busiest(&self, scenario: &Scenario) -> Result<Option<(String, f64)>, QuickError> {
        Ok(Steady::new(scenario, &self.parameters)?.busiest())
    }
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
        Some(Strain { limit, subject, value, stress })
    });
    all.collect()
}
