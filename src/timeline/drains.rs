//! Every node drained in turn: how long that takes, what it costs meanwhile, and what is left.
//!
//! A drain is followed for a day with every load at its full level and nothing else happening; what
//! comes and goes (`when`) is away, as nodes are not drained while a backup runs. Its volumes go to
//! their next owners, its machines are live migrated by the rules of the cluster. The load is that
//! of every setting which the clock has solved on the way: each, unless no more than one machine of
//! fifty has moved since the last.

use super::clock::TimelineError;
use super::log::EntryKind;
use super::migrate::MoveReason;
use super::queue;
use super::quiet::{Coming, quiet};
use super::second;
use super::sweep::{Damage, follow_quietly, rounded};
use crate::provenance::FrozenParameters;
use crate::scenario::Scenario;
use crate::schedule::Action;
use crate::topology::{NodeId, VmId};

/// Seconds that a drain is followed.
const FOLLOWED_S: u64 = 24 * 3600;

/// A node drained.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    /// The node; none where nothing is drained.
    pub node: Option<NodeId>,
    /// Machines that leave it.
    pub moved: usize,
    /// Machines that stay: they are pinned, or no other node may take them and has room. They go
    /// down with the node.
    pub stay: usize,
    /// Volumes that stay, since no other node can own them.
    pub volumes_stay: usize,
    /// Seconds until the last machine has left.
    pub takes_s: f64,
    /// Bytes sent over the network: memory and what was written to it meanwhile, after compression,
    /// without headers.
    pub sent_bytes: f64,
    /// The longest time in seconds that a machine stands still at the end of its migration.
    pub still_s: f64,
    /// The port that may carry CSV traffic with the busiest second, and its busy share then.
    pub busiest: Option<(String, f64)>,
    /// Highest mean latency of a load over a second of it, weighted by I/Os, in seconds; infinite
    /// where a queue grows without limit for as long. The pause of a volume that changes its owner
    /// is not in it.
    pub latency_s: f64,
    /// What could not be done, a sentence each.
    pub refused: Vec<String>,
    /// What is left once the node is empty.
    pub after: Damage,
}

impl Drain {
    /// The worse, the greater.
    fn rank(&self) -> (usize, bool, u64, u64) {
        let bits = |x: f64| rounded(x).to_bits();
        let out = self.stay + self.volumes_stay + self.after.off + self.after.waiting;
        let latency = self.latency_s.max(self.after.latency_s);
        let after = self.after.busiest.as_ref().map_or(0.0, |(_, busy)| *busy);
        (out, latency.is_infinite(), bits(latency), bits(after))
    }
}

/// Drains nothing, then every node in turn; the worst first, behind the state in which nothing is
/// drained. Once `cancelled` says so no other is begun, and those are left out that are not done.
///
/// # Errors
/// When a state cannot be evaluated, or `cancelled` says so before any drain is done.
pub fn drains(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    threads: Option<usize>,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64, &str) + Sync),
) -> Result<Vec<Drain>, TimelineError> {
    let nodes: Vec<Option<NodeId>> =
        std::iter::once(None).chain(scenario.cluster.nodes.ids().map(Some)).collect();
    let one = |k: usize| match drain(scenario, parameters, nodes[k], cancelled) {
        Err(TimelineError::Cancelled) => Ok(None),
        other => other.map(Some),
    };
    let told = |share: f64| progress(share, "drains");
    let done = queue::some(nodes.len(), queue::threads(threads), cancelled, &told, &one);
    let done = done.map_err(|(_, error)| error)?;
    let known = done.first().is_some_and(|first| matches!(first, Some(Some(_))));
    let mut all: Vec<Drain> = done.into_iter().flatten().flatten().collect();
    if !known || (all.len() == 1 && nodes.len() > 1) {
        return Err(TimelineError::Cancelled);
    }
    // The first is the state as it is; ties stay in the order of the nodes.
    all[1..].sort_by_key(|drain| std::cmp::Reverse(drain.rank()));
    Ok(all)
}

fn drain(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    node: Option<NodeId>,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Drain, TimelineError> {
    let actions = node.map(Action::Drain).into_iter().collect();
    let plan = quiet(scenario, parameters, FOLLOWED_S, actions, Coming::Away);
    let (followed, last) = follow_quietly(scenario, parameters, &plan, cancelled)?;
    let cluster = &scenario.cluster;
    let own = followed.moves.iter().filter(|moved| moved.why == MoveReason::Drain);
    let takes_s = own.clone().map(|moved| moved.ended.secs()).fold(0.0, f64::max);
    let end = followed.epochs.last().map_or(0, |epoch| epoch.setting);
    let places = followed.settings[end].places();
    let stays = |vm: &VmId| {
        places.homes[vm.index()] == node && node.is_some() && !cluster.vms[*vm].physical
    };
    let volumes = cluster.volumes.iter().zip(&places.owners);
    let owned = volumes.filter(|(volume, owner)| !volume.lun && Some(**owner) == node);
    // What is worse than the end, until the node is empty.
    let until = followed.epochs.partition_point(|epoch| epoch.from.secs() <= takes_s);
    let meanwhile = &followed.epochs[..until];
    let figures = |setting: usize| followed.solved(setting);
    let ports = second::ports(meanwhile, &figures).into_iter();
    let busiest = ports.reduce(|most, next| if next.1 > most.1 { next } else { most });
    let latencies = second::latencies(meanwhile, &figures, false);
    let refused = followed.log.iter().filter(|entry| entry.kind == EntryKind::Refused);
    let name = node.map(|node| cluster.nodes[node].name.clone());
    Ok(Drain {
        node,
        moved: own.clone().map(|moved| moved.vm).collect::<std::collections::BTreeSet<_>>().len(),
        stay: cluster.vms.ids().filter(stays).count(),
        volumes_stay: owned.count(),
        takes_s,
        sent_bytes: own.clone().map(|moved| moved.bytes).sum(),
        still_s: own.map(|moved| moved.still_s).fold(0.0, f64::max),
        busiest,
        latency_s: latencies.into_values().fold(0.0, f64::max),
        refused: refused.map(|entry| format!("{}: {}", entry.subject, entry.text)).collect(),
        after: Damage::of(name.into_iter().collect(), scenario, &followed, &last),
    })
}
