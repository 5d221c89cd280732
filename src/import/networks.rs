//! Networks, and which port or team of a node is on which.

use super::adapters::{self, Adapter};
use super::draft::{Draft, Network, Nic, Node};
use super::enums::{INTERFACE_STATE, NETWORK_ROLE};
use super::nodes::Members;
use super::reading::{Reading, list, same, short};
use super::teams::{self, Switches};

/// Ports of this speed or slower have a switch of this name before them, in Gbit/s.
const SWITCHES: [(u64, &str); 4] =
    [(1, "access-1gbe"), (10, "dell-n4032f"), (25, "mellanox-sn2010"), (100, "mellanox-sn2700")];
const FASTEST: &str = "mellanox-sn3700";

/// The network that is made up where none was exported.
const GUESSED: &str = "csv";

/// A network of the cluster.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) name: String,
    /// 0 to 3, as the cluster numbers them.
    pub(super) role: i64,
    metric: Option<u64>,
}

/// A place where a node is on a network.
#[derive(Debug)]
pub(super) struct Interface {
    node: String,
    pub(super) network: String,
    /// The name of the adapter, as far as it is told.
    pub(super) adapter: String,
    description: String,
}

/// Reads networks, ports and teams into the draft.
pub(super) fn read(reading: &mut Reading<'_>, members: &Members, draft: &mut Draft) {
    let all = adapters::read(reading, members);
    let known = known(reading);
    let interfaces = interfaces(reading, members, &known);
    if !reading.folder.has("Get-NetAdapter") && !interfaces.is_empty() {
        let what = "ports are those that the cluster's networks name";
        reading.assume(what, "Get-NetAdapter was not exported");
    }
    if interfaces.is_empty() {
        guessed(reading, &all, draft);
    } else {
        let switches = Switches::read(reading, members);
        for node in &mut draft.nodes {
            let of: Vec<&Interface> = interfaces.iter().filter(|i| i.node == node.name).collect();
            let adapters = all.iter().find(|(name, _)| *name == node.name);
            let adapters = adapters.map(|(_, adapters)| adapters.as_slice()).unwrap_or_default();
            plug(reading, &known, &switches, adapters, &of, node);
        }
        networks(reading, &known, &all, draft);
        subnets(reading, draft);
    }
    flow_control(reading, draft);
    classes(reading, draft);
}

fn known(reading: &mut Reading<'_>) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for row in reading.rows("Get-ClusterNetwork") {
        let role = reading.take(row.item.enum_of("Role", &NETWORK_ROLE));
        let metric = reading.take(row.item.bytes("Metric"));
        let auto = reading.take(row.item.switch("AutoMetric")).unwrap_or(true);
        let Some(name) = reading.take(row.item.text("Name")) else { continue };
        if known.iter().any(|network| same(&network.name, &name)) {
            continue;
        }
        let metric = metric.filter(|metric| !auto && (1..=1_000_000).contains(metric));
        known.push(Known { name, role: role.unwrap_or(1), metric });
    }
    known
}

fn interfaces(reading: &mut Reading<'_>, members: &Members, known: &[Known]) -> Vec<Interface> {
    let mut interfaces = Vec::new();
    for row in reading.rows("Get-ClusterNetworkInterface") {
        let node = reading.take(row.item.name_of("Node"));
        let network = reading.take(row.item.name_of("Network"));
        let state = reading.take(row.item.enum_of("State", &INTERFACE_STATE)).unwrap_or(3);
        let name = reading.take(row.item.text("Name")).unwrap_or_default();
        let description = reading.take(row.item.text("Adapter")).unwrap_or_default();
        let (Some(node_name), Some(network)) = (node, network) else { continue };
        let node = match members.find(&node_name) {
            super::nodes::Member::Up(node) => node,
            super::nodes::Member::Away => continue,
            super::nodes::Member::Unknown => {
                let help = members.help();
                reading.fault(&row, format!("there is no node `{node_name}`"), &help);
                continue;
            }
        };
        if !known.is_empty() && !known.iter().any(|have| same(&have.name, &network)) {
            let names: Vec<&String> = known.iter().map(|have| &have.name).collect();
            let help = format!("Get-ClusterNetwork has {}", list(&names));
            reading.fault(&row, format!("there is no network `{network}`"), &help);
            continue;
        }
        if ![3, -1].contains(&state) {
            let word = INTERFACE_STATE.word(state).unwrap_or("down");
            let what = format!("`{node}` is not on network `{network}`");
            reading.assume(what, format!("its interface there is {word}"));
            continue;
        }
        let adapter = name.split_once(" - ").filter(|(head, _)| same(short(head), short(&node)));
        let adapter = adapter.map_or(name.as_str(), |(_, adapter)| adapter).to_owned();
        interfaces.push(Interface { node, network, adapter, description });
    }
    interfaces
}

/// Plugs the ports and teams of a node in.
fn plug(
    reading: &mut Reading<'_>,
    known: &[Known],
    switches: &Switches,
    adapters: &[Adapter],
    interfaces: &[&Interface],
    node: &mut Node,
) {
    let mut above = Vec::new();
    for interface in interfaces {
        let by_name = adapters.iter().find(|a| same(&a.name, &interface.adapter));
        let mut by_text = adapters.iter().filter(|a| same(&a.description, &interface.description));
        let found = by_name.or_else(|| by_text.next().filter(|_| by_text.next().is_none()));
        let made_up;
        let adapter = if let Some(adapter) = found {
            adapter
        } else {
            let name = if interface.adapter.trim().is_empty() {
                interface.description.clone()
            } else {
                interface.adapter.clone()
            };
            let lower = interface.description.to_lowercase();
            let virtual_ = lower.contains("hyper-v virtual") || lower.contains("multiplexor");
            let description = interface.description.clone();
            let bits_per_s = switches
                .speed_of(&node.name, &name)
                .or_else(|| speed_of_alike(adapters, &interface.description));
            made_up = Adapter { name, description, bits_per_s, virtual_, ..Adapter::default() };
            &made_up
        };
        if adapter.virtual_ {
            above.push((*interface, adapter.clone()));
            continue;
        }
        if node.nics.iter().any(|nic| same(&nic.name, &adapter.name)) {
            continue;
        }
        let port = adapters::port(reading, &node.name, adapter);
        node.nics.push(Nic { network: Some(interface.network.clone()), ..port });
    }
    teams::plug(reading, known, switches, adapters, &above, node);
}

/// The speed that all adapters of a description have, where they have one.
fn speed_of_alike(adapters: &[Adapter], description: &str) -> Option<u64> {
    // Windows numbers adapters of one kind, `#2` and on.
    let kind = |text: &str| text.split('#').next().unwrap_or_default().trim().to_lowercase();
    let alike = adapters.iter().filter(|a| kind(&a.description) == kind(description));
    let mut speeds: Vec<u64> = alike.filter_map(|adapter| adapter.bits_per_s).collect();
    speeds.dedup();
    match speeds.as_slice() {
        [speed] if !description.trim().is_empty() => Some(*speed),
        _ => None,
    }
}

/// The networks that are in use.
fn networks(
    reading: &mut Reading<'_>,
    known: &[Known],
    all: &[(String, Vec<Adapter>)],
    draft: &mut Draft,
) {
    let mut names: Vec<String> = Vec::new();
    for node in &draft.nodes {
        let of_nics = node.nics.iter().filter_map(|nic| nic.network.clone());
        for name in of_nics.chain(node.teams.iter().map(|team| team.network.clone())) {
            if !names.iter().any(|have| same(have, &name)) {
                names.push(name);
            }
        }
    }
    for name in names {
        let of = known.iter().find(|have| same(&have.name, &name));
        if of.is_none() {
            let what = format!("network `{name}` has the role Cluster");
            reading.assume(what, "Get-ClusterNetwork was not exported");
        }
        let mut speed = 0;
        let mut mtus = Vec::new();
        for (node, adapters) in draft.nodes.iter().zip(all.iter().map(|(_, adapters)| adapters)) {
            let member = |nic: &Nic| {
                node.teams
                    .iter()
                    .any(|team| same(&team.network, &name) && team.members.contains(&nic.name))
            };
            for nic in &node.nics {
                if !nic.network.as_ref().is_some_and(|on| same(on, &name)) && !member(nic) {
                    continue;
                }
                let adapter = adapters.iter().find(|a| same(&a.name, &nic.name));
                let told = adapter.and_then(|adapter| adapter.bits_per_s);
                speed = speed.max(told.unwrap_or_else(|| adapters::speed_of(&nic.model)));
                mtus.extend(adapter.and_then(|adapter| adapter.mtu));
            }
        }
        let gigabits = if speed == 0 { 10 } else { speed.div_ceil(1_000_000_000) };
        let switch = SWITCHES.iter().find(|(most, _)| gigabits <= *most);
        let switch = switch.map_or(FASTEST, |(_, switch)| *switch);
        let what = format!("network `{name}` has a switch as `{switch}`");
        reading.assume(what, "no cmdlet tells the switch, and this one fits the speed");
        draft.networks.push(Network {
            mtu: mtu(reading, &name, &mtus),
            name,
            switch,
            pfc: false,
            role: match of.map_or(1, |of| of.role) {
                0 | 2 => "none",
                1 => "cluster",
                _ => "cluster-and-client",
            },
            metric: of.and_then(|of| of.metric),
            subnets: 1,
            ets: Vec::new(),
        });
    }
}

/// The smallest frame on a network as an IP MTU.
fn mtu(reading: &mut Reading<'_>, network: &str, mtus: &[u64]) -> u64 {
    let Some(least) = mtus.iter().min().copied() else {
        reading.assume(format!("network `{network}` has an MTU of 1500"), "no adapter tells it");
        return 1500;
    };
    let ip = match least {
        1514 | 1518 => 1500,
        9014 | 9018 => 9000,
        4088 => 4074,
        other => other.clamp(576, 9216),
    };
    if ip != least {
        let what = format!("network `{network}` has an IP MTU of {ip}");
        reading.assume(what, format!("{least} is the size of a frame, or none that is possible"));
    }
    if mtus.iter().any(|mtu| *mtu != least) {
        let what = format!("network `{network}` has an MTU of {ip} throughout");
        reading.assume(what, "its adapters differ, and the smallest decides");
    }
    ip
}

/// Where a node has several vNICs of a team on networks alike, the team is on one network of as
/// many subnets.
fn subnets(reading: &mut Reading<'_>, draft: &mut Draft) {
    for network in &mut draft.networks {
        let teams = draft.nodes.iter().flat_map(|node| &node.teams);
        let on = teams.filter(|team| same(&team.network, &network.name));
        let vnics = on.map(|team| team.vnics).max().unwrap_or(0);
        if vnics > 1 && draft.windows < crate::topology::WindowsVersion::W2016 {
            network.subnets = vnics;
            let what = format!("network `{}` has {vnics} subnets", network.name);
            reading.assume(what, "each host vNIC was taken to be on one of its own");
        }
    }
}

/// A network that nothing tells of.
fn guessed(reading: &mut Reading<'_>, all: &[(String, Vec<Adapter>)], draft: &mut Draft) {
    if draft.nodes.len() < 2 {
        return;
    }
    let mut speed = 0;
    for node in &mut draft.nodes {
        let own = all.iter().find(|(name, _)| *name == node.name);
        let own: Vec<&Adapter> =
            own.iter().flat_map(|(_, a)| a).filter(|adapter| !adapter.virtual_).collect();
        let with_rdma: Vec<&Adapter> =
            own.iter().copied().filter(|adapter| adapter.rdma == Some(true)).collect();
        let chosen = if with_rdma.is_empty() { own } else { with_rdma };
        for adapter in &chosen {
            let port = adapters::port(reading, &node.name, adapter);
            let of_model = || adapters::speed_of(&port.model);
            speed = speed.max(adapter.bits_per_s.unwrap_or_else(of_model));
            node.nics.push(Nic { network: Some(GUESSED.to_owned()), ..port });
        }
        if chosen.is_empty() {
            for number in 1..=2 {
                node.nics.push(Nic {
                    name: format!("port{number}"),
                    model: "intel-x710".to_owned(),
                    network: Some(GUESSED.to_owned()),
                    rdma: None,
                    rss: true,
                });
            }
            let what = format!("`{}` has two ports of 10 Gbit/s without RDMA", node.name);
            reading.assume(what, "no adapter of it was exported");
        } else {
            let names: Vec<&String> = chosen.iter().map(|adapter| &adapter.name).collect();
            let what = format!("{} of `{}` carry CSV traffic", list(&names), node.name);
            reading.assume(what, "Get-ClusterNetworkInterface was not exported");
        }
    }
    let gigabits = if speed == 0 { 10 } else { speed.div_ceil(1_000_000_000) };
    let switch = SWITCHES.iter().find(|(most, _)| gigabits <= *most);
    let switch = switch.map_or(FASTEST, |(_, switch)| *switch);
    let name = GUESSED.to_owned();
    draft.networks.push(Network {
        name,
        switch,
        mtu: 1500,
        subnets: 1,
        role: "cluster",
        ..Network::default()
    });
    let what = format!("one network `{GUESSED}` behind a switch as `{switch}`, MTU 1500");
    reading.assume(what, "Get-ClusterNetwork and Get-ClusterNetworkInterface were not exported");
}

/// Whether priority flow control is on where RDMA needs it.
fn flow_control(reading: &mut Reading<'_>, draft: &mut Draft) {
    let mut on = false;
    for row in reading.rows("Get-NetQosFlowControl") {
        on |= reading.take(row.item.switch("Enabled")).unwrap_or(false);
    }
    let told = reading.folder.has("Get-NetQosFlowControl");
    let roce = draft.nodes.iter().flat_map(|node| &node.nics).any(|nic| {
        let vendor = nic.model.contains("mellanox") || nic.model.contains("57414");
        nic.rdma != Some("false") && (vendor || nic.rdma == Some("\"roce-v2\""))
    });
    for network in &mut draft.networks {
        network.pfc = if told { on } else { roce };
    }
    if roce && !told {
        let what = "priority flow control is on";
        reading.assume(what, "there is RoCE, and Get-NetQosFlowControl was not exported");
    } else if on {
        let what = "priority flow control is on at the switches too";
        reading.assume(what, "the adapters have it, and no cmdlet asks the switches");
    }
}

/// Shares of traffic classes, by the names they go by.
fn classes(reading: &mut Reading<'_>, draft: &mut Draft) {
    let mut ets: Vec<(&'static str, u64)> = Vec::new();
    for row in reading.rows("Get-NetQosTrafficClass") {
        let name = reading.take(row.item.text("Name")).unwrap_or_default().to_lowercase();
        let percent = reading.take(row.item.bytes("BandwidthPercentage")).unwrap_or(0);
        let class = match name.as_str() {
            n if n.contains("migration") => "live-migration",
            n if n.contains("smb") || n.contains("storage") || n.contains("rdma") => "smb",
            n if n.contains("cluster") || n.contains("heartbeat") => "cluster",
            _ => continue,
        };
        if (1..=100).contains(&percent) && !ets.iter().any(|(have, _)| *have == class) {
            ets.push((class, percent));
        }
    }
    if ets.is_empty() {
        return;
    }
    if ets.iter().map(|(_, percent)| percent).sum::<u64>() >= 100 {
        let what = "traffic classes are left out";
        reading.assume(what, "their shares leave nothing for the default class");
        return;
    }
    for network in draft.networks.iter_mut().filter(|network| network.role != "none") {
        network.ets.clone_from(&ets);
    }
    reading.assume(
        "traffic classes are alike on all nodes and networks of the cluster",
        "Get-NetQosTrafficClass tells them by node",
    );
}
