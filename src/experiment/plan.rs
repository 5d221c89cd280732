//! How an experiment is run.

use crate::random::Seed;

/// How the start of each replication is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WarmUp {
    /// Found by MSER-5 in a pilot run.
    Auto,
    /// Given, in seconds.
    Fixed(f64),
}

/// How an experiment is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Seed.
    pub seed: Seed,
    /// Replications, at least one; intervals need two.
    pub replications: u64,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Seconds measured in each replication; none: long enough for every workload to complete
    /// some ten thousand I/Os.
    pub duration_s: Option<f64>,
    /// Warm-up.
    pub warm_up: WarmUp,
    /// Threads; none: as many as there are cores. Results do not depend on it.
    pub threads: Option<usize>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: Seed(1),
            replications: 5,
            level: 0.95,
            duration_s: None,
            warm_up: WarmUp::Auto,
            threads: None,
        }
    }
}
