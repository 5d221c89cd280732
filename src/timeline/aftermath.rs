//! What a failure leaves, as a scenario of its own.

use super::clock::{Clock, TimelineError};
use super::numbers::Numbers;
use super::quiet::{Coming, quiet};
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{Action, Element, GrowthPath, Moment};
use crate::workload::WorkloadSpec;

/// Seconds that a failure is followed.
const FOLLOWED_S: u64 = 3600;

/// What a failure leaves once the cluster has got over it.
#[derive(Clone, Debug)]
pub struct Aftermath {
    /// Whether the cluster has stopped for want of votes.
    pub stopped: bool,
    /// Machines that are off.
    pub off: usize,
    /// Disks with a load that do not answer.
    pub cut_off: usize,
    /// The cluster that is left and the loads that still run on it.
    pub scenario: Scenario,
}

/// Fails an element and follows the cluster for an hour, every load at its full level, those with
/// `when` too, as a run has them.
///
/// # Errors
/// When a state cannot be evaluated, or `cancelled` says so.
pub fn aftermath(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    element: Element,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Aftermath, TimelineError> {
    let actions = vec![Action::Fail(element)];
    let plan = quiet(scenario, parameters, FOLLOWED_S, actions, Coming::There);
    let failed = |source| TimelineError::Evaluate {
        at: plan.calendar.label(Moment::START),
        after: "the start".to_owned(),
        source: Box::new(source),
    };
    let seed = Seed(scenario.run.seed);
    let clock =
        Clock::new(scenario, &plan, parameters, GrowthPath::Central, seed).map_err(failed)?;
    let followed = clock.follow(cancelled, &|_| {})?;
    let end = followed.epochs.last().map_or(0, |epoch| epoch.setting);
    let mut setting = followed.settings[end].clone();
    // What has piled up is worked off some time; what stays is asked about.
    setting.behind.clear();
    let numbers = Numbers::of(parameters).map_err(|source| failed(source.into()))?;
    let built = setting.build(scenario, &plan, numbers.stream_bits_per_s);
    let mut loads: Vec<(usize, WorkloadSpec)> = Vec::new();
    for (part, load) in built.parts.iter().zip(built.loads) {
        match loads.iter_mut().find(|(workload, _)| *workload == part.workload) {
            Some((_, own)) => own.disks.extend(load.disks),
            None => loads.push((part.workload, load)),
        }
    }
    Ok(Aftermath {
        stopped: followed.stopped,
        off: setting.off(scenario).count(),
        cut_off: followed.cut_off[end].len(),
        scenario: Scenario {
            cluster: built.cluster,
            workloads: loads.into_iter().map(|(_, load)| load).collect(),
            replays: Vec::new(),
            timeline: None,
            ..scenario.clone()
        },
    })
}
