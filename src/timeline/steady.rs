//! A cluster as its scenario states it, without a clock: solved, or simulated.

use super::cause::crossing;
use super::figures::{EvaluateError, Figures, Ready};
use super::setting::{Built, Part};
use crate::analytic::Analytic;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::topology::Fabric;
use crate::workload::WorkloadSpec;

/// A scenario ready to be solved or simulated in the state it describes.
pub struct Steady {
    ready: Ready,
}

impl std::fmt::Debug for Steady {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steady").finish_non_exhaustive()
    }
}

impl Steady {
    /// Compiles and solves it.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn new(scenario: &Scenario, parameters: &FrozenParameters) -> Result<Self, EvaluateError> {
        let cluster = scenario.cluster.clone();
        let fabric = Fabric::of(&cluster);
        let (mut loads, mut parts): (Vec<WorkloadSpec>, Vec<Part>) = (Vec::new(), Vec::new());
        for (workload, spec) in scenario.workloads.iter().enumerate() {
            let first = parts.len();
            for (place, &disk) in spec.disks.iter().enumerate() {
                // What cannot be reached is refused when it is compiled.
                let cause = crossing(&cluster, &fabric, disk).unwrap_or(None);
                match parts[first..].iter_mut().find(|part| part.cause == cause) {
                    Some(part) => {
                        part.disks.push(disk);
                        part.places.push(place);
                    }
                    None => parts.push(Part {
                        workload,
                        cause,
                        disks: vec![disk],
                        places: vec![place],
                        behind: false,
                    }),
                }
            }
            let own = parts[first..].iter().map(|part| part.disks.clone());
            loads.extend(own.map(|disks| WorkloadSpec { disks, ..spec.clone() }));
        }
        let built = Built { cluster, loads, parts, cut_off: Vec::new() };
        Ok(Self { ready: Ready::new(built, parameters)? })
    }

    /// What it comes to by the analytic solver: no percentiles.
    #[must_use]
    pub fn solved(&self) -> Figures {
        self.ready.fast()
    }

    /// What it comes to I/O by I/O, with every mean latency known to `precision`, or as well as
    /// some million I/Os tell it.
    ///
    /// # Errors
    /// When the run is given up, or `cancelled` says so.
    pub fn simulated(
        &self,
        seed: Seed,
        precision: f64,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Figures, EvaluateError> {
        self.ready.simulated(seed, precision, cancelled)
    }

    /// The whole solution; its first groups are the parts of the loads, in their order.
    #[must_use]
    pub const fn solution(&self) -> &Analytic {
        self.ready.solution()
    }

    /// The busiest station and the share of it that is busy; none where nothing is.
    #[must_use]
    pub fn busiest(&self) -> Option<(String, f64)> {
        self.ready.busiest()
    }
}
