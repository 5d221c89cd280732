//! What is where now.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::Scenario;
use crate::schedule::{Action, Moment, TimelinePlan};
use crate::topology::{CsvId, GuestClusterId, NetworkId, NicId, NodeId, StorageId, VmId};
use crate::units::IdVec;

/// State of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeState {
    /// It takes part.
    Up,
    /// Suspended: it keeps its vote, and nothing is placed on it.
    Paused,
    /// Failed, restarting, or cut off from the others.
    Down,
    /// No member of the cluster yet.
    Absent,
    /// No member any more.
    Evicted,
}

impl NodeState {
    /// Whether it is no member of the cluster.
    #[must_use]
    pub const fn is_outside(self) -> bool {
        matches!(self, Self::Absent | Self::Evicted)
    }
}

/// State of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeAccess {
    /// In use.
    Online,
    /// Its I/O waits while ownership moves.
    Moving,
    /// No node can own it.
    Offline,
}

/// Everything that changes over a timeline.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) nodes: IdVec<NodeId, NodeState>,
    pub(super) owners: IdVec<CsvId, NodeId>,
    pub(super) access: IdVec<CsvId, VolumeAccess>,
    pub(super) redirected: IdVec<CsvId, bool>,
    /// Where machines are; none: off.
    pub(super) homes: IdVec<VmId, Option<NodeId>>,
    pub(super) active: IdVec<GuestClusterId, VmId>,
    pub(super) ports_down: BTreeSet<NicId>,
    pub(super) networks_down: BTreeSet<NetworkId>,
    pub(super) paths_lost: BTreeSet<(NodeId, StorageId)>,
    pub(super) adapter_ports_lost: BTreeMap<(NodeId, StorageId), u32>,
    pub(super) controllers_lost: BTreeMap<StorageId, u32>,
    /// Storage systems without a controller that is left, or with copies that are nowhere.
    pub(super) dead: BTreeSet<StorageId>,
    /// Whether a majority of votes is there.
    pub(super) quorum: bool,
}

impl State {
    /// The state that a scenario describes.
    pub(super) fn of(scenario: &Scenario, plan: &TimelinePlan) -> Self {
        let cluster = &scenario.cluster;
        // A node that is evicted before it joins is there at the start.
        let first = |of: &dyn Fn(&Action) -> bool| {
            let own = plan.events.iter().filter(|event| of(&event.action));
            own.filter_map(|event| event.when.at_or_after(&plan.calendar, Moment::START)).min()
        };
        let joins = |node: NodeId| {
            let join = first(&|action| *action == Action::Join(node));
            let evict = first(&|action| *action == Action::Evict(node));
            join.is_some_and(|join| evict.is_none_or(|evict| join < evict))
        };
        let node_state = |node: NodeId| {
            if joins(node) { NodeState::Absent } else { NodeState::Up }
        };
        let nodes: IdVec<NodeId, NodeState> =
            IdVec::from_vec(cluster.nodes.ids().map(node_state).collect());
        let homes = cluster.vms.iter().map(|vm| {
            let there = nodes[vm.node] == NodeState::Up;
            there.then_some(vm.node)
        });
        let access = cluster.volumes.iter().map(|volume| {
            let there = volume.lun || nodes[volume.owner] == NodeState::Up;
            if there { VolumeAccess::Online } else { VolumeAccess::Offline }
        });
        Self {
            owners: IdVec::from_vec(cluster.volumes.iter().map(|v| v.owner).collect()),
            access: IdVec::from_vec(access.collect()),
            redirected: IdVec::from_vec(
                cluster.volumes.iter().map(|v| v.redirected_by_user).collect(),
            ),
            homes: IdVec::from_vec(homes.collect()),
            active: IdVec::from_vec(cluster.guest_clusters.iter().map(|g| g.active).collect()),
            ports_down: BTreeSet::new(),
            networks_down: BTreeSet::new(),
            paths_lost: BTreeSet::new(),
            adapter_ports_lost: BTreeMap::new(),
            controllers_lost: BTreeMap::new(),
            dead: BTreeSet::new(),
            quorum: true,
            nodes,
        }
    }

    /// Nodes that take part and may be given something.
    pub(super) fn up(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes.iter_ids().filter(|(_, state)| **state == NodeState::Up).map(|(id, _)| id)
    }

    /// Nodes that have a vote now.
    pub(super) fn voting(&self) -> usize {
        let votes = |state: &&NodeState| matches!(state, NodeState::Up | NodeState::Paused);
        self.nodes.iter().filter(votes).count()
    }

    /// Whether a node has a path of its own to a storage system.
    pub(super) fn reaches(&self, scenario: &Scenario, node: NodeId, storage: StorageId) -> bool {
        if self.paths_lost.contains(&(node, storage)) || self.dead.contains(&storage) {
            return false;
        }
        let cluster = &scenario.cluster;
        let lost = self.adapter_ports_lost.get(&(node, storage)).copied().unwrap_or(0);
        let s = &cluster.storages[storage];
        let adapters = cluster.nodes[node].hbas.iter().filter(|hba| hba.storage == storage);
        let ports: u32 = adapters.map(|hba| hba.ports).sum();
        ports > lost || s.node == Some(node) || s.nodes.contains(&node)
    }

    /// Nodes that could own a volume now, whether or not it may be placed there.
    pub(super) fn able(&self, scenario: &Scenario, volume: CsvId) -> Vec<NodeId> {
        let v = &scenario.cluster.volumes[volume];
        let possible = |node: &NodeId| {
            let allowed = &v.placement.possible;
            (allowed.is_empty() || allowed.contains(node))
                && !v.lost_paths.contains(node)
                && self.reaches(scenario, *node, v.storage)
        };
        self.up().filter(possible).collect()
    }

    /// Machines on a node.
    pub(super) fn on(&self, node: NodeId) -> impl Iterator<Item = VmId> + '_ {
        self.homes.iter_ids().filter(move |(_, home)| **home == Some(node)).map(|(vm, _)| vm)
    }

    /// Volumes a node owns.
    pub(super) fn owned<'a>(
        &'a self,
        scenario: &'a Scenario,
        node: NodeId,
    ) -> impl Iterator<Item = CsvId> + 'a {
        let volumes = scenario.cluster.volumes.iter_ids();
        volumes.filter(move |(id, v)| !v.lun && self.owners[*id] == node).map(|(id, _)| id)
    }
}
