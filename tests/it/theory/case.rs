//! A network with a known answer.

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::Network;
use csvnet::stats::Estimate;

use crate::support::{SECOND, SEED, run};

/// Replications of a case.
pub(super) const REPLICATIONS: u64 = 10;

/// Level of each interval.
pub(super) const LEVEL: f64 = 0.999;

/// Widest half width an interval may have, relative to its mean.
pub(super) const WIDEST: f64 = 0.06;

/// Share of the window run beforehand.
const WARM_UP: f64 = 0.05;

type Measure = Box<dyn Fn(&RunRecord) -> f64>;

/// A network and what theory says of it.
pub(super) struct Case {
    net: Network,
    window_s: u64,
    claims: Vec<(&'static str, f64, Measure)>,
}

impl Case {
    /// A case without claims, measured over `window_s` simulated seconds.
    pub(super) fn new(net: Network, window_s: u64) -> Self {
        Self { net, window_s, claims: Vec::new() }
    }

    /// Adds a claim: `measure` has the mean `exact`.
    pub(super) fn claim(
        mut self,
        what: &'static str,
        exact: f64,
        measure: impl Fn(&RunRecord) -> f64 + 'static,
    ) -> Self {
        self.claims.push((what, exact, Box::new(measure)));
        self
    }

    /// Number of claims.
    pub(super) fn claims(&self) -> usize {
        self.claims.len()
    }

    /// Runs the replications and checks every claim.
    pub(super) fn check(&self) {
        let window = self.window_s * SECOND;
        let warm_up = (window as f64 * WARM_UP) as u64;
        let plan = RunPlan::new(SEED, warm_up, warm_up + window);
        let records: Vec<RunRecord> =
            (0..REPLICATIONS).map(|k| run(&self.net, &plan.replication(k))).collect();
        let mut faults = Vec::new();
        for (what, exact, measure) in &self.claims {
            let samples: Vec<f64> = records.iter().map(measure).collect();
            let estimate = Estimate::from_samples(&samples, LEVEL);
            let (mean, half) = (estimate.mean, estimate.half_width);
            if !estimate.contains(*exact) {
                faults.push(format!("{what}: {exact} is not within {mean} +- {half}"));
            }
            if estimate.relative() > WIDEST {
                faults.push(format!("{what}: {mean} +- {half} says too little"));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
