//! The whole of what is planned.

use super::{Calendar, Curve, Event, Moment, Recurrence, Rules};

/// How epochs are evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fidelity {
    /// I/O by I/O.
    #[default]
    Simulate,
    /// By the analytic solver.
    Fast,
}

impl Fidelity {
    /// Every fidelity with its name.
    pub const ALL: [(&'static str, Self); 2] = [("simulate", Self::Simulate), ("fast", Self::Fast)];
}

/// When a load that comes and goes is there.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// When it starts.
    pub starts: Recurrence,
    /// Milliseconds until it is stopped.
    pub lasts_ms: Option<u64>,
    /// Bytes of each disk after which it is done.
    pub amount_bytes: Option<f64>,
    /// Milliseconds by which each disk starts later than the one before it.
    pub stagger_ms: u64,
}

/// How a load follows time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadPlan {
    /// Its curve, by position.
    pub curve: Option<usize>,
    /// When it is there; none: always.
    pub when: Option<When>,
}

/// The timeline of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelinePlan {
    /// Its calendar.
    pub calendar: Calendar,
    /// Its end.
    pub end: Moment,
    /// How epochs are evaluated.
    pub fidelity: Fidelity,
    /// Step of load levels, as a share of the level of the scenario: levels are rounded to it.
    pub load_step: f64,
    /// Relative half width of mean latency at which an epoch is simulated well enough.
    pub precision: f64,
    /// Load curves.
    pub curves: Vec<Curve>,
    /// Loads, by position of the workload.
    pub loads: Vec<LoadPlan>,
    /// Backups, by their position.
    pub backups: Vec<LoadPlan>,
    /// Background traffic, by its position.
    pub traffic: Vec<LoadPlan>,
    /// What is planned or befalls the cluster.
    pub events: Vec<Event>,
    /// What the cluster does by itself.
    pub rules: Rules,
}
