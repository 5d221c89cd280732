//! A network with a known answer.

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::Network;
use csvnet::stats::Estimate;

use crate::support::{SECOND, SEED, run};

/// Replications of a case.
pub(super) const REPLICATIONS: u64 = 20;

/// Level of each interval.
pub(super) const LEVEL: f64 = 0.9997;

/// Widest half width an interval may have, relative to its mean.
pub(super) const WIDEST: f64 = 0.05;

/// Share of the window run beforehand.
const WARM_UP: f64 = 0.05;

type Measure = Box<dyn Fn(&RunRecord) -> f64>;

/// What theory says of one measured quantity.
struct Claim {
    what: &'static str,
    /// The least and the greatest it can be; equal where it is known exactly.
    low: f64,
    high: f64,
    measure: Measure,
}

impl Claim {
    /// An exact value must lie in the interval, and an interval between two bounds.
    ///
    /// A bound fails an engine that is right only if the interval misses the truth, or is wider
    /// than half the way from the truth to the bound; the bounds of the cases leave more than that.
    fn agrees(&self, estimate: &Estimate) -> bool {
        if self.low == self.high {
            return estimate.contains(self.low);
        }
        self.low <= estimate.low() && estimate.high() <= self.high
    }
}

/// A network and what theory says of it.
pub(super) struct Case {
    net: Network,
    window_s: u64,
    claims: Vec<Claim>,
}

impl Case {
    /// A case without claims, measured over `window_s` simulated seconds.
    pub(super) fn new(net: Network, window_s: u64) -> Self {
        Self { net, window_s, claims: Vec::new() }
    }

    /// Adds a claim: `measure` has the mean `exact`.
    pub(super) fn claim(
        self,
        what: &'static str,
        exact: f64,
        measure: impl Fn(&RunRecord) -> f64 + 'static,
    ) -> Self {
        self.between(what, exact, exact, measure)
    }

    /// Adds a claim: the mean of `measure` lies between two bounds.
    pub(super) fn between(
        mut self,
        what: &'static str,
        low: f64,
        high: f64,
        measure: impl Fn(&RunRecord) -> f64 + 'static,
    ) -> Self {
        self.claims.push(Claim { what, low, high, measure: Box::new(measure) });
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
        for claim in &self.claims {
            let samples: Vec<f64> = records.iter().map(&claim.measure).collect();
            let estimate = Estimate::from_samples(&samples, LEVEL);
            let Claim { what, low, high, .. } = claim;
            let (mean, half) = (estimate.mean, estimate.half_width);
            if !claim.agrees(&estimate) {
                faults.push(format!("{what}: {mean} +- {half} against {low} to {high}"));
            }
            if estimate.relative() > WIDEST {
                faults.push(format!("{what}: {mean} +- {half} says too little"));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
