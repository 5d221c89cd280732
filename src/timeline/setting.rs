//! Between two changes the cluster stands still: a setting. Equal settings are one.
//!
//! A setting is what decides the compiled network: places, states, load levels, what runs beside.
//! [`Setting::build`] lays it over the scenario. Loads are parted by the way their I/O takes, so
//! that what is redirected, and why, is measured apart.

use std::collections::{BTreeMap, BTreeSet};

use super::cause::{Cause, crossing};
use super::state::{NodeState, State, VolumeAccess};
use crate::scenario::Scenario;
use crate::schedule::{MigrationTransport, TimelinePlan};
use crate::topology::{
    Cluster, DiskId, Fabric, NetworkId, NicId, NodeId, Pace, Resync, StorageId, StorageKind,
    Traffic, TrafficKind, VmId,
};
use crate::workload::{Intensity, WorkloadSpec};

/// I/Os that a machine with a backlog keeps under way on each disk, fewest and most.
const CATCHING_UP: (u32, u32) = (64, 4096);
/// Seconds of what it asks for that it keeps under way, between those.
const CATCHING_UP_S: f64 = 0.02;
/// Messages under way for each machine that is migrated.
const MESSAGES: u32 = 8;
/// Bytes of such a message.
const MESSAGE: u64 = 1 << 20;

/// What is the same as long as nothing changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Setting {
    owners: Vec<NodeId>,
    offline: Vec<bool>,
    redirected: Vec<bool>,
    homes: Vec<Option<NodeId>>,
    active: Vec<VmId>,
    gone: BTreeSet<NodeId>,
    absent: BTreeSet<NodeId>,
    ports_down: BTreeSet<NicId>,
    networks_down: BTreeSet<NetworkId>,
    paths_lost: BTreeSet<(NodeId, StorageId)>,
    adapter_ports_lost: BTreeMap<(NodeId, StorageId), u32>,
    controllers_lost: BTreeMap<StorageId, u32>,
    /// Loads by workload, in steps of the plan; zero: none.
    pub(super) levels: Vec<u32>,
    /// Of loads that come and go: the disks they are on now, by their place in the load.
    pub(super) on: BTreeMap<usize, BTreeSet<usize>>,
    /// Disks with a backlog, by load and place in it.
    pub(super) behind: BTreeSet<(usize, usize)>,
    /// Backups in steps; zero: not running.
    pub(super) backups: Vec<u32>,
    /// Background traffic in steps.
    pub(super) traffic: Vec<u32>,
    /// Machines whose memory is on its way, by sender and receiver.
    pub(super) moves: BTreeMap<(NodeId, NodeId), u32>,
    /// Nodes whose copies are brought up to date.
    pub(super) resyncs: BTreeMap<StorageId, (NodeId, u64)>,
}

/// How memory shares ports: see [`Setting::flow`].
pub(super) type Flow = (u32, u32, u32);

/// What settings have in common that differ in places only.
pub(super) type Shape = (Setting, Vec<Flow>);

/// A part of a load whose I/O takes one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Position of the workload in the scenario.
    pub workload: usize,
    /// Why it crosses the network, where it does.
    pub cause: Option<Cause>,
    /// The disks, each with the whole load.
    pub disks: Vec<DiskId>,
    /// Their places among the disks of the load.
    pub(super) places: Vec<usize>,
    /// Whether they work off what has piled up.
    pub behind: bool,
}

/// A setting laid over its scenario.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) cluster: Cluster,
    pub(super) loads: Vec<WorkloadSpec>,
    pub(super) parts: Vec<Part>,
    /// Disks that have a load and cannot be reached.
    pub(super) cut_off: Vec<CutOff>,
}

/// Where machines and volumes are in a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The node of each machine; none: it is off.
    pub homes: Vec<Option<NodeId>>,
    /// The owner of each volume.
    pub owners: Vec<NodeId>,
    /// Whether the I/O of each volume waits, or it is offline.
    pub offline: Vec<bool>,
    /// Nodes that are down, or no members.
    pub gone: Vec<NodeId>,
}

/// A disk that has a load and cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutOff {
    /// Position of the workload.
    pub(super) workload: usize,
    /// Place of the disk in it.
    pub(super) place: usize,
    /// The disk, of the active member in a guest cluster.
    pub(super) disk: DiskId,
}

impl Setting {
    /// What of a state decides the network; loads and what else runs are added by the clock.
    pub(super) fn of(state: &State) -> Self {
        let gone =
            |s: &NodeState| matches!(s, NodeState::Down | NodeState::Absent | NodeState::Evicted);
        Self {
            owners: state.owners.as_slice().to_vec(),
            offline: state.access.iter().map(|a| *a != VolumeAccess::Online).collect(),
            redirected: state.redirected.as_slice().to_vec(),
            homes: state.homes.as_slice().to_vec(),
            active: state.active.as_slice().to_vec(),
            gone: state.nodes.iter_ids().filter(|(_, s)| gone(s)).map(|(id, _)| id).collect(),
            absent: state
                .nodes
                .iter_ids()
                .filter(|(_, s)| **s == NodeState::Absent)
                .map(|(id, _)| id)
                .collect(),
            ports_down: state.ports_down.clone(),
            networks_down: state.networks_down.clone(),
            paths_lost: state.paths_lost.clone(),
            adapter_ports_lost: state.adapter_ports_lost.clone(),
            controllers_lost: state.controllers_lost.clone(),
            ..Self::default()
        }
    }

    /// Where everything is.
    pub(super) fn places(&self) -> Places {
        Places {
            homes: self.homes.clone(),
            owners: self.owners.clone(),
            offline: self.offline.clone(),
            gone: self.gone.iter().copied().collect(),
        }
    }

    /// Whether a machine is off, or not there yet.
    pub(super) fn is_off(&self, vm: VmId) -> bool {
        self.homes[vm.index()].is_none()
    }

    /// Whether a load is asked for, whether or not it is served.
    pub(super) fn asks(&self, scenario: &Scenario, plan: &TimelinePlan, name: &str) -> bool {
        let own = scenario.workloads.iter().enumerate().filter(|(_, load)| load.name == name);
        own.into_iter().any(|(load, _)| {
            let comes = plan.loads.get(load).is_some_and(|load| load.when.is_some());
            let level = self.levels.get(load).copied().unwrap_or(0);
            level > 0 && (!comes || self.on.get(&load).is_some_and(|on| !on.is_empty()))
        })
    }

    /// One of which nothing is known but what memory is on its way.
    pub(super) fn of_moves(moves: BTreeMap<(NodeId, NodeId), u32>) -> Self {
        Self { moves, ..Self::default() }
    }

    /// Machines that are off, those of nodes that have not joined left out.
    pub(super) fn off<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = VmId> + 'a {
        let off = self.homes.iter().enumerate().filter(|(_, home)| home.is_none());
        let off = off.map(|(index, _)| VmId::from_index(index));
        off.filter(|vm| !self.absent.contains(&scenario.cluster.vms[*vm].node))
    }

    /// The same without the places of machines, but for which of them are off; and, where nodes
    /// are alike, without which of them send memory to which.
    pub(super) fn shape(&self, alike: bool) -> Shape {
        let anywhere = NodeId::from_index(0);
        let homes = self.homes.iter().map(|home| home.map(|_| anywhere)).collect();
        let mut setting = Self { homes, ..self.clone() };
        let mut flows = Vec::new();
        if alike {
            flows = setting.moves.keys().map(|pair| self.flow(*pair)).collect();
            flows.sort_unstable();
            setting.moves.clear();
        }
        (setting, flows)
    }

    /// How the memory between two nodes shares their ports: machines that the one sends, that the
    /// other receives, and that go from the one to the other.
    pub(super) fn flow(&self, (from, to): (NodeId, NodeId)) -> Flow {
        let sum = |of: &dyn Fn(&(NodeId, NodeId)) -> bool| -> u32 {
            self.moves.iter().filter(|(pair, _)| of(pair)).map(|(_, machines)| machines).sum()
        };
        let sent = sum(&|pair| pair.0 == from);
        let received = sum(&|pair| pair.1 == to);
        (sent, received, self.moves.get(&(from, to)).copied().unwrap_or(0))
    }

    /// Machines that are elsewhere in another setting.
    pub(super) fn moved(&self, other: &Self) -> usize {
        self.homes.iter().zip(&other.homes).filter(|(one, other)| one != other).count()
    }

    /// The cluster and the loads of this setting.
    pub(super) fn build(&self, scenario: &Scenario, plan: &TimelinePlan, stream: f64) -> Built {
        let mut cluster = scenario.cluster.clone();
        self.place(&mut cluster, scenario);
        self.unplug(&mut cluster);
        self.beside(&mut cluster, plan, stream);
        self.part(scenario, plan, cluster)
    }

    fn place(&self, cluster: &mut Cluster, scenario: &Scenario) {
        for (volume, (owner, redirected)) in
            cluster.volumes.iter_mut().zip(self.owners.iter().zip(&self.redirected))
        {
            volume.owner = *owner;
            volume.redirected_by_user = *redirected;
            let lost = self.paths_lost.iter().filter(|(_, storage)| *storage == volume.storage);
            for (node, _) in lost {
                if !volume.lost_paths.contains(node) {
                    volume.lost_paths.push(*node);
                }
            }
        }
        let mut busy = vec![0.0; cluster.nodes.len()];
        for (vm, home) in cluster.vms.iter_mut().zip(&self.homes) {
            if let Some(home) = home {
                vm.node = *home;
                busy[home.index()] += vm.memory.cores_busy;
            }
        }
        for (node, busy) in cluster.nodes.iter_mut().zip(busy) {
            let cores = scenario.parameters.get(&format!("cpus.{}.cores", node.cpu));
            let cores = cores.map_or(f64::INFINITY, |cores| cores.value);
            node.load = (node.load + busy / cores).min(0.99);
        }
        for (of, active) in cluster.guest_clusters.iter_mut().zip(&self.active) {
            of.active = *active;
            of.members.retain(|vm| self.homes[vm.index()].is_some());
        }
        for disk in &mut cluster.disks {
            let off = self.homes[disk.vm.index()].is_none();
            disk.away = off || self.offline[disk.volume.index()];
        }
        for storage in &mut cluster.storages {
            if storage.kind == StorageKind::SpacesDirect {
                storage.nodes.retain(|node| !self.gone.contains(node));
            }
        }
        for (storage, lost) in &self.controllers_lost {
            cluster.storages[*storage].controllers_lost += lost;
        }
        for server in &mut cluster.file_servers {
            server.nodes.retain(|node| !self.gone.contains(node));
        }
    }

    /// Takes out what is down.
    fn unplug(&self, cluster: &mut Cluster) {
        let ids: Vec<NicId> = cluster.nics.ids().collect();
        let dead = |cluster: &Cluster, nic: NicId| {
            let port = &cluster.nics[nic];
            self.ports_down.contains(&nic)
                || self.gone.contains(&port.node)
                || port.network.is_some_and(|network| self.networks_down.contains(&network))
        };
        let down: BTreeSet<NicId> = ids.into_iter().filter(|&nic| dead(cluster, nic)).collect();
        for &nic in &down {
            cluster.nics[nic].network = None;
        }
        for node in &mut cluster.nodes {
            for team in &mut node.teams {
                team.members.retain(|nic| !down.contains(nic));
                if self.networks_down.contains(&team.network) {
                    team.members.clear();
                }
            }
            node.teams.retain(|team| !team.members.is_empty());
        }
        for ((node, storage), lost) in &self.adapter_ports_lost {
            let mut left = *lost;
            for hba in cluster.nodes[*node].hbas.iter_mut().filter(|hba| hba.storage == *storage) {
                let taken = left.min(hba.ports);
                hba.ports -= taken;
                left -= taken;
            }
        }
    }

    /// What runs beside the loads.
    fn beside(&self, cluster: &mut Cluster, plan: &TimelinePlan, stream: f64) {
        let step = plan.load_step;
        let gone = |node: &NodeId| self.gone.contains(node);
        let mut backups = Vec::new();
        for (backup, steps) in cluster.backups.iter().zip(&self.backups) {
            let unreachable = gone(&backup.requester) || self.offline[backup.volume.index()];
            if *steps > 0 && !unreachable {
                let mut backup = backup.clone();
                backup.bytes_per_s *= f64::from(*steps) * step;
                backups.push(backup);
            }
        }
        cluster.backups = backups;
        let mut all = Vec::new();
        for (traffic, steps) in cluster.traffic.iter().zip(&self.traffic) {
            let mut traffic = traffic.clone();
            traffic.from.retain(|node| !gone(node));
            traffic.to.retain(|node| !gone(node));
            if let Pace::Rate(rate) = &mut traffic.pace {
                *rate *= f64::from(*steps) * step;
            }
            if let Some(network) = traffic.network {
                let plugged = |node: &NodeId| plugged(cluster, *node, network);
                traffic.from.retain(plugged);
                traffic.to.retain(plugged);
            }
            if *steps > 0 && !traffic.from.is_empty() && !traffic.to.is_empty() {
                all.push(traffic);
            }
        }
        let rules = &plan.rules.migration;
        let smb = rules.transport == MigrationTransport::Smb;
        if smb && rules.limit_bytes_per_s.is_some() {
            cluster.smb.live_migration_limit = rules.limit_bytes_per_s.map(|limit| 8.0 * limit);
        }
        for ((from, to), machines) in &self.moves {
            let on = |network| plugged(cluster, *from, network) && plugged(cluster, *to, network);
            if rules.network.is_some_and(|network| !on(network)) {
                continue;
            }
            let pairs = self.moves.keys().filter(|(sender, _)| sender == from).count();
            let window = MESSAGES.saturating_mul(*machines);
            let pace = if smb {
                Pace::Window(window)
            } else {
                // One connection for each machine, and a core for each connection.
                let share = rules.limit_bytes_per_s.map(|limit| 8.0 * limit / pairs as f64);
                let streams = stream * f64::from(*machines);
                Pace::Capped { window, bits_per_s: streams.min(share.unwrap_or(f64::INFINITY)) }
            };
            all.push(Traffic {
                name: migration(cluster, *from, *to),
                kind: if smb { TrafficKind::LiveMigration } else { TrafficKind::Vm },
                from: vec![*from],
                to: vec![*to],
                network: rules.network,
                pace,
                message_bytes: MESSAGE,
                class: Some("live-migration".to_owned()),
            });
        }
        cluster.traffic = all;
        for storage in &mut cluster.storages {
            storage.resync = None;
        }
        for (storage, (node, rate)) in &self.resyncs {
            let bytes_per_s = f64::from_bits(*rate);
            cluster.storages[*storage].resync = Some(Resync { node: *node, bytes_per_s });
        }
    }

    /// The loads, each parted by the ways its I/O takes.
    fn part(&self, scenario: &Scenario, plan: &TimelinePlan, mut cluster: Cluster) -> Built {
        let fabric = Fabric::of(&cluster);
        let mut loads = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        let mut cut_off = Vec::new();
        let mut away = BTreeSet::new();
        for (workload, spec) in scenario.workloads.iter().enumerate() {
            let steps = self.levels.get(workload).copied().unwrap_or(0);
            let level = f64::from(steps) * plan.load_step;
            if level <= 0.0 {
                continue;
            }
            let when = plan.loads.get(workload).and_then(|load| load.when.as_ref());
            let apart = when.is_some_and(|when| when.amount_bytes.is_some());
            let first = parts.len();
            for (place, &stated) in spec.disks.iter().enumerate() {
                if when.is_some() && !self.on.get(&workload).is_some_and(|on| on.contains(&place)) {
                    continue;
                }
                let disk = active_disk(scenario, &cluster, stated);
                if cluster.disks[disk].away {
                    cut_off.push(CutOff { workload, place, disk });
                    continue;
                }
                let Ok(cause) = crossing(&cluster, &fabric, disk) else {
                    cut_off.push(CutOff { workload, place, disk });
                    away.insert(disk);
                    continue;
                };
                let behind = self.behind.contains(&(workload, place));
                let alike =
                    |part: &&mut Part| part.cause == cause && part.behind == behind && !apart;
                match parts[first..].iter_mut().find(alike) {
                    Some(part) => {
                        part.disks.push(disk);
                        part.places.push(place);
                    }
                    None => parts.push(Part {
                        workload,
                        cause,
                        disks: vec![disk],
                        places: vec![place],
                        behind,
                    }),
                }
            }
            for part in &parts[first..] {
                let mut load = spec.clone();
                load.disks.clone_from(&part.disks);
                load.intensity = spec.intensity.scaled(level);
                if part.behind {
                    let asked = spec.intensity.offered().unwrap_or(0.0) * level;
                    let outstanding = (asked * CATCHING_UP_S).ceil() as u32;
                    let outstanding = outstanding.clamp(CATCHING_UP.0, CATCHING_UP.1);
                    load.intensity = Intensity::Closed { outstanding, think_s: 0.0 };
                }
                loads.push(load);
            }
        }
        for disk in cluster.disks.ids().collect::<Vec<_>>() {
            // A disk without a load must not be looked for where it cannot be found.
            if away.contains(&disk)
                || (!cluster.disks[disk].away && crossing(&cluster, &fabric, disk).is_err())
            {
                cluster.disks[disk].away = true;
            }
        }
        Built { cluster, loads, parts, cut_off }
    }
}

/// Whether a node has a port or a team on a network.
fn plugged(cluster: &Cluster, node: NodeId, network: NetworkId) -> bool {
    let of = &cluster.nodes[node];
    of.nics.iter().any(|nic| cluster.nics[*nic].network == Some(network))
        || of.teams.iter().any(|team| team.network == network && !team.members.is_empty())
}

/// What reports call the memory that travels between two nodes.
pub(super) fn migration(cluster: &Cluster, from: NodeId, to: NodeId) -> String {
    format!("live migration, {} to {}", cluster.nodes[from].name, cluster.nodes[to].name)
}

/// The disk of the same name of the active member, for a disk of a guest cluster.
fn active_disk(scenario: &Scenario, cluster: &Cluster, disk: DiskId) -> DiskId {
    let d = &cluster.disks[disk];
    // Members that are off have been taken out of the cluster, not of the scenario.
    let own = scenario.cluster.guest_clusters.iter_ids();
    for (id, _) in own.filter(|(_, of)| !of.all_active && of.members.contains(&d.vm)) {
        let active = cluster.guest_clusters[id].active;
        let same = |other: &DiskId| {
            let other = &cluster.disks[*other];
            other.vm == active && other.volume == d.volume && other.name == d.name
        };
        if let Some(found) = cluster.disks.ids().find(same) {
            return found;
        }
    }
    disk
}
