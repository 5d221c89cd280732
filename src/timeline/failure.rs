//! What fails, what the cluster does about it, and what comes back.
//!
//! * A failed **node** takes its machines with it. Once it is missed, its volumes move and its
//!   machines are started elsewhere, by priority, so many at once on each node.
//! * A node that no cluster network joins to the others counts as failed; of two halves the larger
//!   stays, of equal ones that with the first node.
//! * The cluster stays up while more than half of the votes stay: since Windows Server 2012 R2 of
//!   those that were there before (dynamic quorum), in 2012 of all.
//! * A node without **paths** to a storage is block redirected; volumes it owns move.
//!
//! Sources: <https://learn.microsoft.com/windows-server/storage/storage-spaces/understand-quorum>,
//! <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>.

use std::collections::BTreeMap;

use super::clock::{Clock, Occurrence};
use super::log::EntryKind;
use super::state::{NodeState, VolumeAccess};
use crate::schedule::Element;
use crate::topology::{
    CsvId, NodeId, Priority, Resiliency, StorageId, StorageKind, VmId, WindowsVersion,
};

impl Clock<'_> {
    fn node_name(&self, node: NodeId) -> &str {
        &self.scenario.cluster.nodes[node].name
    }

    /// What an element is called.
    fn element(&self, element: Element) -> String {
        let cluster = &self.scenario.cluster;
        match element {
            Element::Node(node) => self.node_name(node).to_owned(),
            Element::Nic(nic) => {
                let port = &cluster.nics[nic];
                format!("port {}/{}", self.node_name(port.node), port.name)
            }
            Element::Network(network) => {
                format!("the switch of {}", cluster.networks[network].name)
            }
            Element::Paths(node, storage) => {
                let storage = &cluster.storages[storage].name;
                format!("all paths of {} to {storage}", self.node_name(node))
            }
            Element::AdapterPorts(node, storage, ports) => {
                let storage = &cluster.storages[storage].name;
                format!("{ports} of the adapter ports of {} to {storage}", self.node_name(node))
            }
            Element::Controllers(storage, n) => {
                format!("{n} of the controllers of {}", cluster.storages[storage].name)
            }
            Element::Drives(node, storage, n) => {
                let storage = &cluster.storages[storage].name;
                format!("{n} of the drives of {storage} in {}", self.node_name(node))
            }
        }
    }

    /// Something fails.
    pub(super) fn fail(&mut self, element: Element, subject: &str) {
        let what = self.element(element);
        let fresh = match element {
            // A node that was only cut off may fail for good.
            Element::Node(node) => {
                matches!(self.state.nodes[node], NodeState::Up | NodeState::Paused)
                    || self.isolated.remove(&node)
            }
            Element::Nic(nic) => self.state.ports_down.insert(nic),
            Element::Network(network) => self.state.networks_down.insert(network),
            Element::Paths(node, storage) => self.state.paths_lost.insert((node, storage)),
            Element::AdapterPorts(node, storage, ports) => {
                *self.state.adapter_ports_lost.entry((node, storage)).or_insert(0) += ports;
                true
            }
            Element::Controllers(storage, n) => {
                *self.state.controllers_lost.entry(storage).or_insert(0) += n;
                true
            }
            Element::Drives(..) => true,
        };
        if !fresh {
            let text = format!("{what} cannot fail: it is down already, or no member");
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        let verb = if matches!(element, Element::Node(_) | Element::Nic(_) | Element::Network(_)) {
            "fails"
        } else {
            "fail"
        };
        self.tell(EntryKind::Done, subject, format!("{what} {verb}"));
        match element {
            Element::Node(node) if self.state.nodes[node] == NodeState::Down => {}
            Element::Node(node) => self.lose(&[node]),
            Element::Nic(_) | Element::Network(_) => self.check_links(),
            Element::Paths(_, storage) | Element::AdapterPorts(_, storage, _) => {
                self.check_paths(storage);
            }
            Element::Controllers(storage, _) => {
                self.check_storage();
                self.check_paths(storage);
            }
            Element::Drives(node, storage, n) => self.lose_drives(node, storage, n),
        }
    }

    /// Something is there again.
    pub(super) fn repair(&mut self, element: Element, subject: &str) {
        let what = self.element(element);
        let broken = match element {
            Element::Node(node) => self.state.nodes[node] == NodeState::Down,
            Element::Nic(nic) => self.state.ports_down.contains(&nic),
            Element::Network(network) => self.state.networks_down.contains(&network),
            Element::Paths(node, storage) => self.state.paths_lost.contains(&(node, storage)),
            Element::AdapterPorts(node, storage, _) => {
                self.state.adapter_ports_lost.contains_key(&(node, storage))
            }
            Element::Controllers(storage, _) => self.state.controllers_lost.contains_key(&storage),
            Element::Drives(..) => true,
        };
        if !broken {
            self.tell(EntryKind::Refused, subject, format!("nothing to repair: {what}"));
            return;
        }
        self.tell(EntryKind::Done, subject, format!("back: {what}"));
        match element {
            Element::Node(node) => {
                if self.state.nodes[node] == NodeState::Down {
                    self.node_back(node);
                }
            }
            Element::Nic(nic) => {
                self.state.ports_down.remove(&nic);
                self.check_links();
            }
            Element::Network(network) => {
                self.state.networks_down.remove(&network);
                self.check_links();
            }
            Element::Paths(node, storage) => {
                self.state.paths_lost.remove(&(node, storage));
                self.retry();
            }
            Element::AdapterPorts(node, storage, ports) => {
                let lost = self.state.adapter_ports_lost.entry((node, storage)).or_insert(0);
                *lost = lost.saturating_sub(ports);
                if *lost == 0 {
                    self.state.adapter_ports_lost.remove(&(node, storage));
                }
                self.retry();
            }
            Element::Controllers(storage, n) => {
                let lost = self.state.controllers_lost.entry(storage).or_insert(0);
                *lost = lost.saturating_sub(n);
                if *lost == 0 {
                    self.state.controllers_lost.remove(&storage);
                }
                self.check_storage();
                self.retry();
            }
            Element::Drives(..) => {}
        }
    }

    /// Nodes are gone, all at once.
    pub(super) fn lose(&mut self, nodes: &[NodeId]) {
        for &node in nodes {
            self.state.nodes[node] = NodeState::Down;
            self.draining.remove(&node);
            self.away(node);
            let machines: Vec<VmId> = self.state.on(node).collect();
            for vm in machines {
                self.state.homes[vm] = None;
                self.displaced.insert(vm);
                self.not_missed.insert(vm, node);
            }
            self.drop_migrations(node);
            let upcoming: Vec<VmId> =
                self.starting.iter().filter(|(_, at)| **at == node).map(|(vm, _)| *vm).collect();
            for vm in upcoming {
                self.starting.remove(&vm);
                self.displaced.insert(vm);
            }
            let volumes: Vec<CsvId> = self.state.owned(self.scenario, node).collect();
            for volume in volumes {
                self.state.access[volume] = VolumeAccess::Moving;
            }
            self.soon(self.plan.rules.failover.detection_s, Occurrence::Detected(node));
        }
        self.guests_fail_over();
        self.votes_lost = true;
        self.check_storage();
    }

    /// Judges the votes that are left once everything of an instant has happened.
    pub(super) fn check_quorum(&mut self, before: usize) {
        if std::mem::take(&mut self.votes_lost) && self.state.quorum && !self.keeps_quorum(before) {
            self.stop_cluster();
        }
    }

    /// Storage systems that have lost all controllers, or more nodes than they keep copies for.
    pub(super) fn check_storage(&mut self) {
        let cluster = &self.scenario.cluster;
        for (storage, of) in cluster.storages.iter_ids() {
            let lost = self.state.controllers_lost.get(&storage).copied().unwrap_or(0);
            let controllers = self.parameters.id(&format!("storage.{}.controllers", of.name));
            let controllers = controllers.map_or(f64::INFINITY, |id| self.parameters.value(id));
            let none_left = f64::from(lost + of.controllers_lost) >= controllers;
            let gone = of.kind == StorageKind::SpacesDirect && {
                let behind = self.missed.keys().filter(|(pool, _)| *pool == storage);
                let behind = behind.map(|(_, node)| *node);
                let repaired = self.resyncs.get(&storage).map(|(node, _)| *node);
                let mut missing: Vec<NodeId> = behind.chain(repaired).collect();
                missing.sort_unstable();
                missing.dedup();
                let volumes = cluster.volumes.iter().filter(|volume| volume.storage == storage);
                let spare = volumes.map(|volume| spare(volume.resiliency)).min().unwrap_or(0);
                missing.len() > spare
            };
            let dead = none_left || gone;
            let changed = if dead {
                self.state.dead.insert(storage)
            } else {
                self.state.dead.remove(&storage)
            };
            if !changed {
                continue;
            }
            let text = match (dead, none_left) {
                (true, true) => "no controller is left, so all its volumes are offline",
                (true, false) => {
                    "more copies are missing than it keeps, so its volumes are offline"
                }
                _ => "it can be used again",
            };
            let kind = if dead { EntryKind::Outage } else { EntryKind::Done };
            self.tell(kind, of.name.clone(), text.to_owned());
            for (volume, of) in cluster.volumes.iter_ids() {
                if dead && of.storage == storage {
                    self.state.access[volume] = VolumeAccess::Offline;
                }
            }
        }
    }

    /// Whether the votes that are left are a majority of those there were.
    fn keeps_quorum(&self, before: usize) -> bool {
        let dynamic = self.scenario.cluster.windows > WindowsVersion::W2012;
        let members = self.state.nodes.iter().filter(|s| !s.is_outside()).count();
        let witness = usize::from(self.plan.rules.witness);
        let of = if dynamic { before } else { members } + witness;
        let left = self.state.voting();
        left > 0 && 2 * (left + witness) > of
    }

    fn stop_cluster(&mut self) {
        self.state.quorum = false;
        let text = "no majority of votes is left: the cluster stops, and all machines with it";
        self.tell(EntryKind::Outage, "cluster", text.to_owned());
        for vm in self.scenario.cluster.vms.ids() {
            if self.state.homes[vm].is_some() && !self.scenario.cluster.vms[vm].physical {
                self.state.homes[vm] = None;
                self.displaced.insert(vm);
            }
        }
        self.migrations.clear();
        self.waiting.clear();
        self.starting.clear();
        for volume in self.scenario.cluster.volumes.ids() {
            if !self.scenario.cluster.volumes[volume].lun {
                self.state.access[volume] = VolumeAccess::Offline;
            }
        }
    }

    /// A failed node is missed: what it had goes elsewhere.
    pub(super) fn detected(&mut self, node: NodeId) {
        self.not_missed.retain(|_, of| *of != node);
        if !self.state.quorum {
            return;
        }
        let volumes: Vec<CsvId> = self.state.owned(self.scenario, node).collect();
        for volume in volumes {
            // A volume that has found another owner meanwhile is none of this node's.
            if self.state.access[volume] != VolumeAccess::Moving {
                continue;
            }
            if self.state.able(self.scenario, volume).contains(&node) {
                // It is back before it was missed.
                let pause = self.plan.rules.failover.volume_pause_s;
                self.soon(pause, Occurrence::VolumeBack(volume, node));
            } else {
                self.take_over(volume);
            }
        }
        self.place_displaced();
    }

    /// A volume finds an owner, or goes offline.
    pub(super) fn take_over(&mut self, volume: CsvId) {
        let name = self.scenario.cluster.volumes[volume].name.clone();
        if let Some(owner) = self.next_owner(volume) {
            self.state.owners[volume] = owner;
            self.state.access[volume] = VolumeAccess::Moving;
            let text = format!("it moves to {}", self.node_name(owner));
            self.tell(EntryKind::Done, name, text);
            let pause = self.plan.rules.failover.volume_pause_s;
            self.soon(pause, Occurrence::VolumeBack(volume, owner));
        } else {
            self.state.access[volume] = VolumeAccess::Offline;
            let text = "it is offline: no node that is up can own it".to_owned();
            self.tell(EntryKind::Outage, name, text);
        }
    }

    /// A volume's I/O goes on.
    pub(super) fn volume_back(&mut self, volume: CsvId, owner: NodeId) {
        let current = self.state.owners[volume] == owner;
        let alive = matches!(self.state.nodes[owner], NodeState::Up | NodeState::Paused);
        if current && alive && self.state.access[volume] == VolumeAccess::Moving {
            self.state.access[volume] = VolumeAccess::Online;
        }
    }

    /// Places machines that were on failed nodes, as far as there is room.
    pub(super) fn place_displaced(&mut self) {
        let cluster = &self.scenario.cluster;
        // Machines of nodes that are not missed yet are not looked for.
        let missed = |vm: &VmId| !self.not_missed.contains_key(vm);
        let mut machines: Vec<VmId> = self.displaced.iter().copied().filter(missed).collect();
        machines.sort_by_key(|&vm| (std::cmp::Reverse(cluster.vms[vm].placement.priority), vm));
        let mut begun: BTreeMap<NodeId, u32> = BTreeMap::new();
        for node in self.starting.values() {
            *begun.entry(*node).or_insert(0) += 1;
        }
        let rules = self.plan.rules.failover;
        for vm in machines {
            let of = &cluster.vms[vm];
            let home_up = self.state.nodes[of.node] == NodeState::Up;
            if of.placement.priority == Priority::NoAutoStart && !home_up {
                continue;
            }
            let to = if of.placement.pinned || of.physical {
                home_up.then_some(of.node)
            } else {
                self.room_for(vm, &self.hosts())
            };
            let Some(to) = to else {
                let text = if of.placement.pinned || of.physical {
                    let home = self.node_name(of.node);
                    format!("it stays off: it belongs to {home}, which is not up")
                } else {
                    "it stays off: no node may take it and has memory left".to_owned()
                };
                if self.told_off.insert(vm) {
                    self.tell(EntryKind::Outage, of.name.clone(), text);
                }
                continue;
            };
            self.displaced.remove(&vm);
            self.told_off.remove(&vm);
            self.starting.insert(vm, to);
            let turn = begun.entry(to).or_insert(0);
            let round = f64::from(*turn / rules.starts_at_once.max(1) + 1);
            *turn += 1;
            let text = format!("it starts on {}", self.node_name(to));
            self.tell(EntryKind::Done, of.name.clone(), text);
            self.soon(round * rules.restart_s, Occurrence::MachineUp(vm, to));
        }
    }

    /// A machine runs.
    pub(super) fn machine_up(&mut self, vm: VmId, node: NodeId) {
        if self.starting.get(&vm) == Some(&node) {
            self.starting.remove(&vm);
            self.state.homes[vm] = Some(node);
            self.guests_fail_over();
            self.leave_if_drained(vm, node);
        }
    }

    /// Guest clusters whose active member is off make another one active.
    pub(super) fn guests_fail_over(&mut self) {
        for (id, of) in self.scenario.cluster.guest_clusters.iter_ids() {
            let active = self.state.active[id];
            if self.state.homes[active].is_some() {
                continue;
            }
            let next = of.members.iter().find(|vm| self.state.homes[**vm].is_some());
            if let Some(&next) = next {
                self.state.active[id] = next;
                let name = &self.scenario.cluster.vms[next].name;
                let text = format!("{name} becomes the active member");
                self.tell(EntryKind::Done, of.name.clone(), text);
            }
        }
    }

    /// A node is back.
    pub(super) fn node_back(&mut self, node: NodeId) {
        if self.state.nodes[node] != NodeState::Down {
            return;
        }
        self.isolated.remove(&node);
        self.state.nodes[node] = NodeState::Up;
        let name = self.node_name(node).to_owned();
        self.tell(EntryKind::Done, name, "it is back".to_owned());
        if !self.state.quorum {
            let members = self.state.nodes.iter().filter(|s| !s.is_outside()).count();
            let witness = usize::from(self.plan.rules.witness);
            if 2 * (self.state.voting() + witness) <= members + witness {
                return;
            }
            self.state.quorum = true;
            let text = "a majority of votes is there again: the cluster starts".to_owned();
            self.tell(EntryKind::Done, "cluster", text);
        }
        self.retry();
        self.check_links();
        // What was drained comes back before anything is balanced.
        self.updated(node);
        self.joined();
        self.begin_resyncs();
        self.check_storage();
        self.retry();
    }

    /// Tries again what found no node before.
    pub(super) fn retry(&mut self) {
        if !self.state.quorum {
            return;
        }
        for volume in self.scenario.cluster.volumes.ids() {
            if self.state.access[volume] == VolumeAccess::Offline {
                self.take_over_if_possible(volume);
            }
        }
        self.place_displaced();
    }

    fn take_over_if_possible(&mut self, volume: CsvId) {
        let owner = self.state.owners[volume];
        let able = self.state.able(self.scenario, volume);
        if able.contains(&owner) {
            let pause = self.plan.rules.failover.volume_pause_s;
            self.state.access[volume] = VolumeAccess::Moving;
            self.soon(pause, Occurrence::VolumeBack(volume, owner));
        } else if !able.is_empty() {
            self.take_over(volume);
        }
    }

    /// Volumes whose owner has lost its paths move.
    fn check_paths(&mut self, storage: StorageId) {
        for (volume, of) in self.scenario.cluster.volumes.iter_ids() {
            let owner = self.state.owners[volume];
            if of.storage != storage || self.state.reaches(self.scenario, owner, storage) {
                continue;
            }
            if of.lun {
                self.state.access[volume] = VolumeAccess::Online;
            } else if self.state.access[volume] != VolumeAccess::Offline {
                self.take_over(volume);
            }
        }
    }

    /// Nodes that no cluster network joins to the others count as failed.
    pub(super) fn check_links(&mut self) {
        let alive: Vec<NodeId> = self
            .state
            .nodes
            .iter_ids()
            .filter(|(id, state)| {
                matches!(state, NodeState::Up | NodeState::Paused) || self.isolated.contains(id)
            })
            .map(|(id, _)| id)
            .collect();
        let mut parts: Vec<Vec<NodeId>> = Vec::new();
        for &node in &alive {
            let joined: Vec<usize> = (0..parts.len())
                .filter(|&k| parts[k].iter().any(|other| self.joined_by_network(node, *other)))
                .collect();
            let mut merged = vec![node];
            for k in joined.into_iter().rev() {
                merged.extend(parts.remove(k));
            }
            merged.sort_unstable();
            parts.push(merged);
        }
        parts.sort_by_key(|part| (std::cmp::Reverse(part.len()), part[0]));
        let Some((kept, cut)) = parts.split_first() else { return };
        let back: Vec<NodeId> =
            kept.iter().copied().filter(|n| self.isolated.contains(n)).collect();
        let lost: Vec<NodeId> =
            cut.iter().flatten().copied().filter(|node| !self.isolated.contains(node)).collect();
        for &node in &lost {
            let name = self.node_name(node).to_owned();
            let text = "no cluster network joins it to the others, so it counts as failed";
            self.tell(EntryKind::Outage, name, text.to_owned());
            self.isolated.insert(node);
        }
        if !lost.is_empty() {
            self.lose(&lost);
        }
        for node in back {
            self.node_back(node);
        }
    }

    fn joined_by_network(&self, a: NodeId, b: NodeId) -> bool {
        let cluster = &self.scenario.cluster;
        let networks = |node: NodeId| {
            let plugged = cluster.nodes[node].nics.iter().filter_map(|&nic| {
                let port = &cluster.nics[nic];
                let team = port.team.and_then(|team| cluster.nodes[node].teams.get(team));
                let network = port.network.or(team.map(|team| team.network))?;
                let up = !self.state.ports_down.contains(&nic)
                    && !self.state.networks_down.contains(&network)
                    && cluster.networks[network].cluster;
                up.then_some(network)
            });
            plugged.collect::<std::collections::BTreeSet<_>>()
        };
        !networks(a).is_disjoint(&networks(b))
    }

    /// Drives fail in one node: what they held is made up for from the other copies.
    fn lose_drives(&mut self, node: NodeId, storage: StorageId, drives: u32) {
        let of = &self.scenario.cluster.storages[storage];
        if of.kind != StorageKind::SpacesDirect {
            return;
        }
        let name = format!("storage.{}.capacity-drives", of.name);
        let all = self.parameters.id(&name).map_or(1.0, |id| self.parameters.value(id));
        let held = self.data(storage) * self.copies_share(storage) * f64::from(drives) / all;
        *self.missed.entry((storage, node)).or_insert(0.0) += held;
        self.begin_resyncs();
    }
}

/// Nodes that a volume may miss.
const fn spare(resiliency: Resiliency) -> usize {
    match resiliency {
        Resiliency::Simple => 0,
        Resiliency::ThreeWayMirror | Resiliency::DualParity => 2,
        _ => 1,
    }
}
