//! More nodes: what a cluster looks like with some that it does not have yet.

use crate::scenario::Scenario;
use crate::topology::{
    CLUSTER_NODES, Cluster, DiskId, Fabric, NicId, NodeId, SPACES_DIRECT_NODES, Sharing,
    StorageKind, VmId,
};

/// What runs on a node that is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Machines {
    /// As much as on the node it is like: its machines and their loads once more.
    #[default]
    Copied,
    /// Its share of the machines there are.
    Spread,
    /// Nothing.
    None,
}

impl Machines {
    /// Every choice with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("copied", Self::Copied), ("spread", Self::Spread), ("none", Self::None)];
}

/// What was added, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grown {
    /// Names of the new nodes.
    pub nodes: Vec<String>,
    /// Machines on them.
    pub machines: usize,
    /// Machines that stay where they are, because they are pinned or part of a guest cluster.
    pub left: usize,
}

/// Adds `count` nodes like the last one that runs machines (the last one where none does): the same
/// processor, ports, adapters, networks and storage.
///
/// Machines of guest clusters, and machines with shared disks, are neither copied nor moved.
pub fn add_nodes(scenario: &mut Scenario, count: usize, machines: Machines) -> Grown {
    let mut grown = Grown::default();
    let cluster = &scenario.cluster;
    let busy = |node: &NodeId| cluster.vms.iter().any(|vm| vm.node == *node);
    let like = cluster.nodes.ids().rev().find(busy).or_else(|| cluster.nodes.ids().next_back());
    let Some(like) = like else { return grown };
    let own: Vec<VmId> = cluster.vms.ids().filter(|vm| cluster.vms[*vm].node == like).collect();
    let old: Vec<NodeId> = cluster.nodes.ids().collect();
    for _ in 0..count {
        let node = add_node(&mut scenario.cluster, like, &old);
        grown.nodes.push(scenario.cluster.nodes[node].name.clone());
        if machines == Machines::Copied {
            for &vm in &own {
                if bound(&scenario.cluster, vm) {
                    grown.left += 1;
                } else {
                    copy(scenario, vm, node);
                    grown.machines += 1;
                }
            }
        }
    }
    if machines == Machines::Spread {
        spread(&mut scenario.cluster, count, &mut grown);
    }
    grown
}

/// Why there cannot be a cluster with so many nodes, where there cannot.
#[must_use]
pub fn refusal(scenario: &Scenario) -> Option<String> {
    let cluster = &scenario.cluster;
    let count = cluster.nodes.len();
    if count > CLUSTER_NODES {
        return Some(format!("a failover cluster has at most {CLUSTER_NODES} nodes, not {count}"));
    }
    let direct = |of: &&crate::topology::Storage| of.kind == StorageKind::SpacesDirect;
    if let Some(most) = cluster.storages.iter().filter(direct).map(|of| of.nodes.len()).max()
        && most > SPACES_DIRECT_NODES
    {
        return Some(format!(
            "Storage Spaces Direct has at most {SPACES_DIRECT_NODES} nodes, not {most}"
        ));
    }
    let fabric = Fabric::of(cluster);
    cluster.networks.iter_ids().filter(|(_, of)| of.switch == "direct-cable").find_map(
        |(id, of)| {
            let others = |node: NodeId| cluster.nodes.ids().filter(move |other| *other != node);
            let on = |node: &NodeId| {
                others(*node).any(|other| fabric.joining(*node, other).any(|network| network == id))
            };
            let there = cluster.nodes.ids().filter(on).count();
            let problem = format!("a cable joins two nodes, and {there} would be on `{}`", of.name);
            (there > 2).then_some(problem)
        },
    )
}

fn add_node(cluster: &mut Cluster, like: NodeId, old: &[NodeId]) -> NodeId {
    let mut node = cluster.nodes[like].clone();
    node.name = fresh(&node.name, &|name| cluster.nodes.iter().any(|node| node.name == name));
    let id = cluster.nodes.push(node);
    let mut twins: Vec<(NicId, NicId)> = Vec::new();
    for nic in cluster.nodes[like].nics.clone() {
        let mut port = cluster.nics[nic].clone();
        port.node = id;
        twins.push((nic, cluster.nics.push(port)));
    }
    let twin = |nic: NicId| twins.iter().find(|(old, _)| *old == nic).map_or(nic, |(_, new)| *new);
    let node = &mut cluster.nodes[id];
    let teams = node.teams.iter_mut().flat_map(|team| &mut team.members);
    let adapters = node.hbas.iter_mut().flat_map(|hba| &mut hba.nics);
    node.nics.iter_mut().chain(teams).chain(adapters).for_each(|nic| *nic = twin(*nic));
    let join = |nodes: &mut Vec<NodeId>| {
        if nodes.contains(&like) {
            nodes.push(id);
        }
    };
    cluster.storages.iter_mut().for_each(|storage| join(&mut storage.nodes));
    cluster.file_servers.iter_mut().for_each(|server| join(&mut server.nodes));
    for volume in &mut cluster.volumes {
        join(&mut volume.placement.possible);
        join(&mut volume.lost_paths);
        join(&mut volume.direct_failures_on);
    }
    let switches = cluster.networks.iter_mut().filter_map(|network| network.uplink.as_mut());
    switches.flat_map(|uplink| &mut uplink.switches).for_each(join);
    if let Some(ports) = cluster.smb.constraints.get(&like).cloned() {
        cluster.smb.constraints.insert(id, ports);
    }
    // What every node sends to every other, such as heartbeats, the new one does too.
    for traffic in &mut cluster.traffic {
        for nodes in [&mut traffic.from, &mut traffic.to] {
            if old.len() > 1 && old.iter().all(|node| nodes.contains(node)) {
                nodes.push(id);
            }
        }
    }
    id
}

/// A name like `name` that is not taken: the number at its end raised, or one put there.
fn fresh(name: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = name[stem.len()..].parse::<u64>().unwrap_or(1);
    let dash = if stem.len() == name.len() { "-" } else { "" };
    let mut next = number.saturating_add(1);
    loop {
        let name = format!("{stem}{dash}{next}");
        if !taken(&name) || next == u64::MAX {
            return name;
        }
        next += 1;
    }
}

/// Whether a machine belongs to what cannot be copied or moved by itself.
fn bound(cluster: &Cluster, vm: VmId) -> bool {
    let clustered = cluster.guest_clusters.iter().any(|of| of.members.contains(&vm));
    let mut disks = cluster.disks.iter().filter(|disk| disk.vm == vm);
    clustered || cluster.vms[vm].physical || disks.any(|disk| disk.sharing != Sharing::None)
}

fn copy(scenario: &mut Scenario, vm: VmId, node: NodeId) {
    let cluster = &mut scenario.cluster;
    let mut machine = cluster.vms[vm].clone();
    machine.name = fresh(&machine.name, &|name| cluster.vms.iter().any(|vm| vm.name == name));
    if !machine.placement.possible.is_empty() {
        machine.placement.possible.push(node);
    }
    machine.node = node;
    let new = cluster.vms.push(machine);
    let own: Vec<DiskId> = cluster.disks.ids().filter(|d| cluster.disks[*d].vm == vm).collect();
    for disk in own {
        let mut twin = cluster.disks[disk].clone();
        twin.vm = new;
        let twin = cluster.disks.push(twin);
        for load in scenario.workloads.iter_mut().filter(|load| load.disks.contains(&disk)) {
            load.disks.push(twin);
        }
    }
}

/// Moves machines from the nodes with most of them to the last `count` ones, until no new node has
/// fewer than any other by more than one.
fn spread(cluster: &mut Cluster, count: usize, grown: &mut Grown) {
    let first = cluster.nodes.len() - count;
    grown.left = cluster.vms.ids().filter(|vm| fixed(cluster, *vm)).count();
    loop {
        let on = |node: NodeId| cluster.vms.iter().filter(|vm| vm.node == node).count();
        let new = cluster.nodes.ids().skip(first).min_by_key(|node| on(*node));
        let movable = |node: NodeId| {
            cluster.vms.ids().rev().find(|vm| cluster.vms[*vm].node == node && !fixed(cluster, *vm))
        };
        let from = cluster
            .nodes
            .ids()
            .take(first)
            .filter(|node| movable(*node).is_some())
            .max_by_key(|node| (on(*node), std::cmp::Reverse(*node)));
        let (Some(to), Some(from)) = (new, from) else { return };
        let Some(vm) = movable(from).filter(|_| on(from) > on(to) + 1) else { return };
        cluster.vms[vm].node = to;
        grown.machines += 1;
    }
}

fn fixed(cluster: &Cluster, vm: VmId) -> bool {
    bound(cluster, vm) || cluster.vms[vm].placement.pinned
}
