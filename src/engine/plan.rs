//! How a replication is run.

use crate::random::Seed;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct RunPlan {
    /// Seed.
    pub seed: Seed,
    /// Which replication; each has streams of its own.
    pub replication: u64,
    /// Start of the measured window, in picoseconds.
    pub warm_up_ps: u64,
    /// End of the run in picoseconds; none: until every source is exhausted.
    pub horizon_ps: Option<u64>,
    /// Most events.
    pub events_max: u64,
    /// Most I/Os (and branches of I/Os) under way.
    pub under_way_max: u32,
    /// Whether stretches of stations that feed only each other run without events between them.
    /// The completions are the same with and without.
    pub fuse: bool,
    /// How many I/Os, the first to be issued, leave a record of each of their visits. Any number
    /// but zero un-fuses the run.
    pub trace_ios: u64,
}

impl RunPlan {
    /// A run of `horizon_ps` measured from `warm_up_ps` on, with generous bounds.
    #[must_use]
    pub fn new(seed: Seed, warm_up_ps: u64, horizon_ps: u64) -> Self {
        Self {
            seed,
            replication: 0,
            warm_up_ps,
            horizon_ps: Some(horizon_ps),
            events_max: u64::MAX,
            under_way_max: 4_000_000,
            fuse: true,
            trace_ios: 0,
        }
    }

    /// The same run as another replication.
    #[must_use]
    pub const fn replication(mut self, replication: u64) -> Self {
        self.replication = replication;
        self
    }
}
