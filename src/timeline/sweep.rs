//! Every element failed, and every two: what is left once the cluster has got over it.
//!
//! Each failure is followed for an hour with every load at its full level, loads, backups and
//! traffic with `when` too, as what a failure does while they run is what matters: detection,
//! failover, restarts. Told is the state at the end of it, by the analytic solver, and the longest
//! time a machine was out of use on the way.

use super::clock::{Clock, Followed, TimelineError};
use super::exposure;
use super::figures::Figures;
use super::queue::{self, Stopped};
use super::quiet::{Coming, quiet};
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{Action, Element, GrowthPath, Moment, TimelinePlan};
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
    /// The worse, the greater: the cluster stops; machines off; machines waiting; a queue without
    /// limit, in which I/O waits ever longer; seconds out of use; how much worse the guests get.
    fn rank(&self, undamaged: &Self) -> (bool, usize, usize, bool, u64, u64) {
        let bits = |x: f64| rounded(x).to_bits();
        let endless = self.latency_s.is_infinite();
        let spent = bits(self.out_of_use_s);
        (self.stopped, self.off, self.waiting, endless, spent, bits(self.worse_than(undamaged)))
    }

    /// How many times worse the guests that still run get: the higher of the highest mean latency
    /// and the busy share of the busiest port, each over that of the undamaged state. A port that
    /// is less than 1 % busy counts as 1 % busy: nobody waits for it.
    #[must_use]
    pub fn worse_than(&self, undamaged: &Self) -> f64 {
        let busy = |of: &Self| of.busiest.as_ref().map_or(0.0, |(_, busy)| *busy).max(0.01);
        let ports = busy(self) / busy(undamaged);
        let known = undamaged.latency_s > 0.0 && undamaged.latency_s.is_finite();
        if known { ports.max(self.latency_s / undamaged.latency_s) } else { ports }
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
    // The first is the state as it is.
    if let Some((undamaged, damaged)) = all.split_first_mut() {
        damaged.sort_by_cached_key(|damage| {
            (std::cmp::Reverse(damage.rank(undamaged)), by_name(&damage.elements))
        });
    }
    Ok(all)
}

/// Three digits of something, so that what differs by less is a tie.
pub(super) fn rounded(x: f64) -> f64 {
    if !x.is_normal() || x <= 0.0 {
        return if x > 0.0 { x } else { 0.0 };
    }
    let unit = 10_f64.powf(x.log10().floor() - 2.0);
    (x / unit).round() * unit
}

/// Names in the order in which people count: `HV2` before `HV10`.
fn by_name(names: &[String]) -> Vec<(String, u64)> {
    let mut parts = vec![(String::new(), 0_u64)];
    let mut counting = false;
    for letter in names.join(" and ").chars() {
        if let (Some((_, number)), Some(digit)) = (parts.last_mut(), letter.to_digit(10)) {
            *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            counting = true;
        } else if counting {
            parts.push((letter.to_string(), 0));
            counting = false;
        } else if let Some((text, _)) = parts.last_mut() {
            text.push(letter);
        }
    }
    parts
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
    let plan = quiet(scenario, parameters, FOLLOWED_S, fails, Coming::There);
    let (followed, last) = follow_quietly(scenario, parameters, &plan, cancelled)?;
    let elements = failing.iter().map(|(_, name)| name.clone()).collect();
    Ok(Damage::of(elements, scenario, &followed, &last))
}

/// Follows a plan to its end; with the figures there.
pub(super) fn follow_quietly(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    plan: &TimelinePlan,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<(Followed, Figures), TimelineError> {
    let seed = Seed(scenario.run.seed);
    let clock =
        Clock::new(scenario, plan, parameters, GrowthPath::Central, seed).map_err(|source| {
            TimelineError::Evaluate {
                at: plan.calendar.label(Moment::START),
                after: "the start".to_owned(),
                source: Box::new(source),
            }
        })?;
    clock.follow_to_last(cancelled)
}

/// Highest mean latency of a load in seconds; infinite where a queue grows without limit.
fn highest_latency_s(figures: &Figures) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn left(latency_us: f64, busy: f64) -> Damage {
        Damage {
            elements: Vec::new(),
            stopped: false,
            off: 0,
            waiting: 0,
            out_of_use_s: 0.0,
            busiest: Some(("p".to_owned(), busy)),
            redirected_bytes_per_s: 0.0,
            latency_s: latency_us * 1e-6,
        }
    }

    #[test]
    fn worse_is_the_higher_of_latency_and_port_over_the_undamaged() {
        let undamaged = left(348.0, 0.04);
        // Latency 985 over 348, ports as they were; ports twice as busy; both lower.
        assert!((left(985.0, 0.04).worse_than(&undamaged) - 985.0 / 348.0).abs() < 1e-12);
        assert!((left(348.0, 0.08).worse_than(&undamaged) - 2.0).abs() < 1e-12);
        assert!((left(174.0, 0.02).worse_than(&undamaged) - 0.5).abs() < 1e-12);
        // Of a port that is hardly used 1 % is taken: 0.1 % and 0.8 % are alike, 3 % is three.
        let idle = left(348.0, 0.001);
        assert!((left(348.0, 0.008).worse_than(&idle) - 1.0).abs() < 1e-12);
        assert!((left(348.0, 0.03).worse_than(&idle) - 3.0).abs() < 1e-12);
        // Where no load has a latency, ports decide.
        assert!((left(300.0, 0.08).worse_than(&left(0.0, 0.04)) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn ranks_go_by_what_stops_first_and_by_what_gets_worse_last() {
        let undamaged = left(348.0, 0.01);
        let rank = |of: &Damage| of.rank(&undamaged);
        let by_worst = [
            Damage { stopped: true, ..left(0.0, 0.0) },
            Damage { off: 1, ..left(348.0, 0.01) },
            Damage { waiting: 5, ..left(348.0, 0.01) },
            left(f64::INFINITY, 0.01),
            Damage { out_of_use_s: 50.0, ..left(348.0, 0.01) },
            left(985.0, 0.01),
            left(348.0, 0.02),
            left(348.0, 0.01),
        ];
        for pair in by_worst.windows(2) {
            assert!(rank(&pair[0]) > rank(&pair[1]), "{pair:#?}");
        }
        assert_eq!(rank(&left(348.0001, 0.01)), rank(&undamaged), "what differs less is a tie");
    }

    #[test]
    fn people_count() {
        let name = |name: &str| by_name(&[name.to_owned()]);
        assert!(name("node HV2") < name("node HV10") && name("a") < name("b"));
        assert!(name("port HV2/smb1") < name("port HV2/smb2"));
    }
}
