//! What is sent over the ports, and what runs on the processors, of the sources of a network.

use std::collections::BTreeMap;

use crate::engine::HopRecord;
use crate::network::{Framing, Link, Network, Part, Service, Step};
use crate::topology::{Cluster, NodeId};

/// Bytes a frame has on the medium that no adapter counts: preamble 8, check sequence 4, gap 12.
const UNCOUNTED: u32 = 24;

/// Overhead of a TCP frame without VLAN tag: IP 20, TCP 20, and what the medium adds, 38.
const TCP_OVERHEAD: u32 = 78;

/// Least overhead of a frame of Ethernet; that of `InfiniBand` is less.
const ETHERNET: u32 = 38;

/// A message that a port carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    pub(super) header_bytes: u32,
    pub(super) payload: bool,
    pub(super) framing: Framing,
    pub(super) rdma: bool,
    /// Bytes of a frame's overhead that an adapter counts.
    pub(super) counted: u32,
}

/// Every message of every source, and where the ports stand.
#[derive(Debug)]
pub(super) struct Wires {
    messages: BTreeMap<(u32, u16, u32, &'static str), Wire>,
    /// Visits that are several runs of software, by the same.
    runs: BTreeMap<(u32, u16, u32, &'static str), Vec<Part>>,
    /// By station: whether it is the transmit side of a port on a network.
    pub(super) ports: BTreeMap<u32, bool>,
    /// By station: the node it consumes the processors of.
    pub(super) processors: BTreeMap<u32, NodeId>,
}

impl Wires {
    pub(super) fn of(cluster: &Cluster, net: &Network) -> Self {
        let mut wires = Self {
            messages: BTreeMap::new(),
            runs: BTreeMap::new(),
            ports: BTreeMap::new(),
            processors: BTreeMap::new(),
        };
        let mut vlans = BTreeMap::new();
        for (id, station) in net.stations.iter_ids() {
            let index = id.index() as u32;
            if let Some(link) = station.as_port().and_then(|port| port.link.as_ref()) {
                wires.ports.insert(index, link.transmit);
                vlans.insert(index, vlan(cluster, link));
            }
            let account = station.account.and_then(|id| net.accounts.get(id));
            let node = account.and_then(|a| cluster.node_named(a.label.trim_end_matches("/cpu")));
            if let Some(node) = node {
                wires.processors.insert(index, node);
            }
        }
        for (id, source) in net.sources.iter_ids() {
            for (mix, kind) in source.mix.iter().enumerate() {
                let key = (id.index() as u32, mix as u16);
                wires.walk(key, &net.routes[kind.route].steps, &vlans);
            }
        }
        wires
    }

    fn walk(&mut self, key: (u32, u16), steps: &[Step], vlans: &BTreeMap<u32, u32>) {
        for step in steps {
            match step {
                Step::Visit(visit) | Step::IfRoom { visit, .. } => {
                    let station = visit.station.index() as u32;
                    if !visit.parts.is_empty() {
                        let key = (key.0, key.1, station, visit.role);
                        self.runs.insert(key, visit.parts.clone());
                    }
                    if let (Service::Wire { header_bytes, payload, framing }, Some(vlan)) =
                        (visit.service, vlans.get(&station))
                    {
                        let tcp = TCP_OVERHEAD + vlan;
                        let rdma = framing.overhead != tcp && framing != Framing::NONE;
                        let uncounted =
                            if framing.overhead >= ETHERNET { UNCOUNTED + vlan } else { 0 };
                        let counted = framing.overhead.saturating_sub(uncounted);
                        let wire = Wire { header_bytes, payload, framing, rdma, counted };
                        self.messages.insert((key.0, key.1, station, visit.role), wire);
                    }
                    if let Step::IfRoom { refused, .. } = step {
                        self.walk(key, refused, vlans);
                    }
                }
                Step::Fork { branches, .. } | Step::Choose { branches, .. } => {
                    for branch in branches {
                        self.walk(key, branch, vlans);
                    }
                }
                Step::Split { body, .. } => self.walk(key, body, vlans),
                Step::Common(steps) => self.walk(key, steps, vlans),
                Step::Acquire { .. } | Step::Release { .. } => {}
            }
        }
    }

    /// The runs of software that a visit is made of, one after the other in the share of the time
    /// that each has on average; the visit itself where it is one.
    pub(super) fn runs(&self, hop: &HopRecord) -> Vec<HopRecord> {
        let key = (hop.source, hop.mix, hop.station, hop.role);
        let Some(parts) = self.runs.get(&key) else { return vec![hop.clone()] };
        let of = |part: &Part| part.service.mean_ps(u64::from(hop.bytes), 0.0);
        let all: f64 = parts.iter().map(of).sum();
        let took = hop.end_ps.saturating_sub(hop.start_ps) as f64;
        let mut done = 0.0;
        let mut arrived_ps = hop.arrived_ps;
        let mut start_ps = hop.start_ps;
        let mut runs = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            done += of(part);
            let last = index + 1 == parts.len();
            let share = if all > 0.0 { done / all } else { 1.0 };
            let end_ps = if last { hop.end_ps } else { hop.start_ps + (took * share) as u64 };
            let leave_ps = if last { hop.leave_ps } else { end_ps };
            let role = part.role;
            runs.push(HopRecord { role, arrived_ps, start_ps, end_ps, leave_ps, ..hop.clone() });
            (arrived_ps, start_ps) = (end_ps, end_ps);
        }
        runs
    }

    pub(super) fn message(&self, hop: &HopRecord) -> Option<&Wire> {
        self.messages.get(&(hop.source, hop.mix, hop.station, hop.role))
    }
}

/// Bytes of the VLAN tag on the network of a port; adapters take it off before they count.
fn vlan(cluster: &Cluster, link: &Link) -> u32 {
    let node = cluster.node_named(&link.node).map(|id| &cluster.nodes[id]);
    let network = node.and_then(|node| {
        let nic = node.nics.iter().map(|&id| &cluster.nics[id]).find(|nic| nic.name == link.nic)?;
        nic.network.or_else(|| node.teams.get(nic.team?).map(|team| team.network))
    });
    if network.is_some_and(|id| cluster.networks[id].vlan) { 4 } else { 0 }
}
