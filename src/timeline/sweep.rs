//! Every element failed, and every two: what is left once the cluster has got over it.
//!
//! Each failure is followed for an hour with every load at its full level: detection, failover,
//! restarts. Told is the state at the end of it, by the analytic solver, and the longest time a
//! machine was out of use on the way.

use super::clock::{Clock, Followed, TimelineError};
use super::exposure;
use super::figures::Figures;
use super::queue::{self, Stopped};
use super::quiet::quiet;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{Action, Element, GrowthPath, Moment};
use crate::topology::StorageKind;

/// Seconds that a failure is followed.
const FOLLOWED_S: u64 = 3600;

/// What a failure leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    /// What has failed.
    pub elements: Vec<String>,
    /// Whether the cluster has stopped for want of votes.
    pub stopped: bool,
    /// Machines that are off.
    pub off: usize,
    /// Machines that run and have a disk that does not answer.
    pub waiting: usize,
    /// The longest time in seconds that a machine was out of use.
    pub out_of_use_s: f64,
    /// The busiest port that may carry CSV traffic, and its busy share.
    pub busiest: Option<(String, f64)>,
    /// Redirected payload bytes a second.
    pub redirected_bytes_per_s: f64,
    /// Highest mean latency of a load in seconds; infinite where a queue grows without limit.
    pub latency_s: f64,
}

impl Damage {
    /// The worse, the greater.
    fn rank(&self) -> (bool, usize, bool, u64, u64) {
        let bits = |x: f64| x.max(0.0).to_bits();
        let busy = self.busiest.as_ref().map_or(0.0, |(_, busy)| *busy);
        let endless = self.latency_s.is_infinite();
        (self.stopped, self.off + self.waiting, endless, bits(busy), bits(self.latency_s))
    }
}

/// Fails nothing, then every element (`together` = 1), or every two as well (2); the worst first,
/// behind the state in which nothing fails.
///
/// # Errors
/// When a state cannot be evaluated, or `cancelled` says so.
pub fn failures(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    together: u32,
    threads: Option<usize>,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64, &str) + Sync),
) -> Result<Vec<Damage>, TimelineError> {
    let elements = elements(scenario, parameters);
    let mut sets: Vec<Vec<(Element, String)>> = vec![Vec::new()];
    sets.extend(elements.iter().map(|one| vec![one.clone()]));
    if together > 1 {
        for (k, one) in elements.iter().enumerate() {
            sets.extend(elements[k + 1..].iter().map(|other| vec![one.clone(), other.clone()]));
        }
    }
    let one = |k: usize| damage(scenario, parameters, &sets[k], cancelled);
    let told = |share: f64| progress(share, "failures");
    let done = queue::each(sets.len(), queue::threads(threads), cancelled, &told, &one);
    let mut all = done.map_err(|stopped| match stopped {
        Stopped::Cancelled => TimelineError::Cancelled,
        Stopped::At(_, error) => error,
    })?;
    // The first is the state as it is; ties stay in the order of the elements.
    all[1..].sort_by_key(|damage| std::cmp::Reverse(damage.rank()));
    Ok(all)
}

/// Everything that can fail by itself, with its name.
#[must_use]
pub fn elements(scenario: &Scenario, parameters: &FrozenParameters) -> Vec<(Element, String)> {
    let cluster = &scenario.cluster;
    let node_name = |node| cluster.nodes[node].name.as_str();
    let mut all = Vec::new();
    for node in cluster.nodes.ids() {
        all.push((Element::Node(node), format!("node {}", node_name(node))));
    }
    for (nic, port) in cluster.nics.iter_ids() {
        if port.network.is_some() || port.team.is_some() {
            all.push((Element::Nic(nic), format!("port {}/{}", node_name(port.node), port.name)));
        }
    }
    for (network, of) in cluster.networks.iter_ids() {
        if of.cluster {
            all.push((Element::Network(network), format!("switch of {}", of.name)));
        }
    }
    for (storage, of) in cluster.storages.iter_ids() {
        for (node, host) in cluster.nodes.iter_ids() {
            if host.hbas.iter().any(|hba| hba.storage == storage && hba.ports > 0) {
                let name = format!("paths of {} to {}", host.name, of.name);
                all.push((Element::Paths(node, storage), name));
            }
        }
        let controllers = parameters.id(&format!("storage.{}.controllers", of.name));
        if controllers.is_some_and(|id| parameters.value(id) > 1.0) {
            all.push((Element::Controllers(storage, 1), format!("a controller of {}", of.name)));
        }
        if of.kind == StorageKind::SpacesDirect {
            for &node in &of.nodes {
                let name = format!("a drive of {} in {}", of.name, node_name(node));
                all.push((Element::Drives(node, storage, 1), name));
            }
        }
    }
    all
}

fn damage(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    failing: &[(Element, String)],
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Damage, TimelineError> {
    let fails = failing.iter().map(|(element, _)| Action::Fail(*element)).collect();
    let what = (FOLLOWED_S, fails);
    let (followed, last) = follow_quietly(scenario, parameters, what, cancelled)?;
    let elements = failing.iter().map(|(_, name)| name.clone()).collect();
    Ok(Damage::of(elements, scenario, &followed, &last))
}

/// Follows what comes of some actions for so many seconds, nothing else happening; with the figures
/// of the end.
pub(super) fn follow_quietly(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    (seconds, actions): (u64, Vec<Action>),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<(Followed, Figures), TimelineError> {
    let plan = quiet(scenario, parameters, seconds, actions);
    let seed = Seed(scenario.run.seed);
    let clock =
        Clock::new(scenario, &plan, parameters, GrowthPath::Central, seed).map_err(|source| {
            TimelineError::Evaluate {
                at: plan.calendar.label(Moment::START),
                after: "the start".to_owned(),
                source: Box::new(source),
            }
        })?;
    clock.follow_to_last(cancelled)
}

/// Highest mean latency of a load in seconds; infinite where a queue grows without limit.
pub(super) fn highest_latency_s(figures: &Figures) -> f64 {
    let served = figures.loads.iter().filter(|load| load.iops > 0.0);
    served.map(|load| load.latency_s.mean).fold(0.0, f64::max)
}

impl Damage {
    /// What is left at the end.
    pub(super) fn of(
        elements: Vec<String>,
        scenario: &Scenario,
        followed: &Followed,
        last: &Figures,
    ) -> Self {
        let spent = exposure::unavailable(scenario, followed);
        let end = followed.epochs.last().map_or(0, |epoch| epoch.setting);
        let setting = &followed.settings[end];
        let mut waiting: Vec<_> = followed.cut_off[end]
            .iter()
            .map(|of| scenario.cluster.disks[of.disk].vm)
            .filter(|vm| !setting.is_off(*vm))
            .collect();
        waiting.sort_unstable();
        waiting.dedup();
        Self {
            elements,
            stopped: followed.stopped,
            off: setting.off(scenario).count(),
            waiting: waiting.len(),
            out_of_use_s: spent.values().map(|s| s.off_s + s.waiting_s).fold(0.0, f64::max),
            busiest: last.busiest().map(|port| (port.label(), port.utilisation)),
            redirected_bytes_per_s: last.redirected_bytes_per_s(),
            latency_s: highest_latency_s(last),
        }
    }
}
