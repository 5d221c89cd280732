//! A LUN through an iSCSI initiator in the guest: past the host's file systems, over a network.
//!
//! **Modelled.** The guest's storage stack and initiator (`iscsi.initiator-per-io`) on its virtual
//! processors; the virtual switch in the root partition (`vm-switch.per-io`, `vm-switch.per-byte`)
//! in the place of the host's storage stack; a session over each interface of the node on the
//! network, used in turn (MPIO); commands and data as TCP messages with a 48-byte header (RFC 7143
//! 11.2); the array's iSCSI ports (`iscsi.target-ports` of `iscsi.target-rate`) in both
//! directions, one for each session in turn; receiving on one virtual processor for each session;
//! behind the ports the array's controllers, cache and media, without adapters.
//! **Not modelled.** Ready-to-transfer rounds of writes beyond the first burst (a write's data goes
//! with its command); digests; acknowledgements; SR-IOV; switches between several arrays.
//!
//! | | request | response |
//! |---|---|---|
//! | read | 48 | 48 + n |
//! | write | 48 + n | 48 |
//!
//! Parameters: `iscsi.*`, `vm-switch.*`, `tcp.receive.*`.

use super::build::{Build, CompileError};
use super::receive::Received;
use super::wire::framing;
use crate::network::{Direction, Framing, Port, SelectorKind, Service, StationKind, Step, Visit};
use crate::policy::Transport;
use crate::topology::{Bonding, CsvId, NetworkId, NicId, NodeId, VmId};
use crate::workload::WorkloadSpec;

/// Bytes of a basic header segment.
const HEADER: u32 = 48;
/// More ports than any array has.
const PORTS_MAX: u32 = 1024;

/// What stands behind an interface of the node.
struct End {
    nics: Vec<NicId>,
    inbound_on_first: bool,
}

/// What a message needs to know of its way.
#[derive(Clone, Copy)]
struct Way {
    storage: crate::topology::StorageId,
    network: NetworkId,
    framing: Framing,
    out: bool,
    payload: bool,
}

impl Build<'_> {
    /// Steps of an I/O of a machine to a LUN over a network.
    pub(super) fn guest_iscsi(
        &mut self,
        vm: VmId,
        network: NetworkId,
        volume: CsvId,
        direction: Direction,
        (workload, all): (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let node = self.cluster.vms[vm].node;
        let ends = self.ends_on(node, network);
        let storage = self.cluster.volumes[volume].storage;
        if ends.is_empty() {
            let name = &self.cluster.nodes[node].name;
            let network = &self.cluster.networks[network].name;
            let why = format!("node {name} has no port on network {network}");
            let disk = self.cluster.volumes[volume].name.clone();
            return Err(CompileError::Unreachable { disk, why });
        }
        let vcpus = self.vcpus(vm)?;
        let framing =
            framing(Transport::TcpRss, &self.cluster.networks[network], self.tcp_options());
        let write = direction == Direction::Write;
        let mut steps = self.guest_past_the_host(
            vm,
            "virtual switch",
            "vm-switch.per-io",
            Some("vm-switch.per-byte"),
        )?;
        let initiator = ["iscsi.initiator-per-io"];
        steps.insert(1, self.software(vcpus, node, "iSCSI initiator", &initiator, None)?.into());
        let (mut out, mut back) = (Vec::new(), Vec::new());
        for (session, end) in ends.iter().enumerate() {
            let way = Way { storage, network, framing, out: true, payload: write };
            out.push(self.iscsi_message(vm, session, end, way)?);
            let way = Way { out: false, payload: !write, ..way };
            let mut steps = self.iscsi_message(vm, session, end, way)?;
            steps.push(self.guest_receive(vm, session, way)?);
            back.push(steps);
        }
        steps.push(self.sessions_in_turn(vm, network, out, "iSCSI session out"));
        steps.extend(self.target(volume, direction, workload, all)?);
        steps.push(self.sessions_in_turn(vm, network, back, "iSCSI session back"));
        Ok(steps)
    }

    fn sessions_in_turn(
        &mut self,
        vm: VmId,
        network: NetworkId,
        branches: Vec<Vec<Step>>,
        role: &'static str,
    ) -> Step {
        let name = &self.cluster.vms[vm].name;
        let label = format!("iSCSI sessions, {name} over {}", self.cluster.networks[network].name);
        let ways = branches.len() as u32;
        let selector = self.selector(&label, SelectorKind::RoundRobin(ways));
        Step::Choose { selector, role, branches }
    }

    /// The ports of each interface of a node on a network: by themselves, or in teams.
    fn ends_on(&self, node: NodeId, network: NetworkId) -> Vec<End> {
        let n = &self.cluster.nodes[node];
        let own = |nic: &&NicId| {
            let nic = &self.cluster.nics[**nic];
            nic.team.is_none() && nic.network == Some(network)
        };
        let alone = |&nic| End { nics: vec![nic], inbound_on_first: false };
        let teams = n.teams.iter().filter(|t| t.network == network && !t.members.is_empty());
        let ends = n.nics.iter().filter(own).map(alone);
        ends.chain(teams.map(|team| End {
            nics: team.members.clone(),
            inbound_on_first: team.bonding == Bonding::SwitchIndependent,
        }))
        .collect()
    }

    /// One message between an interface of the node and a port of the array.
    fn iscsi_message(
        &mut self,
        vm: VmId,
        session: usize,
        end: &End,
        way: Way,
    ) -> Result<Vec<Step>, CompileError> {
        let service =
            Service::Wire { header_bytes: HEADER, payload: way.payload, framing: way.framing };
        let members: &[NicId] =
            if !way.out && end.inbound_on_first { &end.nics[..1] } else { &end.nics };
        let mut ways = Vec::new();
        for &nic in members {
            let (near, speed) = self.port(nic, way.out)?;
            let (far, rate) = self.target_port(session, nic, way)?;
            let (near_role, far_role) = if way.out {
                ("iSCSI request tx", "iSCSI request rx")
            } else {
                ("iSCSI response rx", "iSCSI response tx")
            };
            let near: Step = Visit::new(near, near_role, service).from(&[&speed]).into();
            let far: Step = Visit::new(far, far_role, service).from(&[&rate]).into();
            ways.push(if way.out { vec![near, far] } else { vec![far, near] });
        }
        let inner = if ways.len() == 1 {
            ways.swap_remove(0)
        } else {
            let side = if way.out { "out" } else { "back" };
            let name = &self.cluster.vms[vm].name;
            let label = format!("iSCSI members, {name} session {session} {side}");
            let selector = self.selector(&label, SelectorKind::Hash(ways.len() as u32));
            let role = if way.out { "iSCSI members out" } else { "iSCSI members back" };
            vec![Step::Choose { selector, role, branches: ways }]
        };
        if !way.payload {
            return Ok(inner);
        }
        let chunk_bytes = self.chunk("wire.segment")?;
        Ok(vec![Step::Split { chunk_bytes, window: None, body: inner }])
    }

    /// One direction of the array's port of a session.
    fn target_port(
        &mut self,
        session: usize,
        nic: NicId,
        way: Way,
    ) -> Result<(crate::network::StationId, String), CompileError> {
        let ports = self.count("iscsi.target-ports")?.min(PORTS_MAX);
        let rate = "iscsi.target-rate";
        let ps_per_byte = self.ps_per_byte(rate)?;
        let model = &self.cluster.nics[nic].model;
        let switch = &self.cluster.networks[way.network].switch;
        // The sending side carries the latency to the other end, as ports of nodes do.
        let latency = if way.out {
            0.0
        } else {
            2.0 * self.ps(&format!("nics.{model}.latency"))?
                + self.ps(&format!("switches.{switch}.latency"))?
                + 2.0 * self.ps("wire.propagation")?
        };
        let name = &self.cluster.storages[way.storage].name;
        let side = if way.out { "rx" } else { "tx" };
        let label = format!("{name}/iSCSI {}/{side}", session as u32 % ports + 1);
        let port = Port {
            ps_per_byte,
            latency_ps: latency as u64,
            weights: vec![1],
            changes: Vec::new(),
            link: None,
        };
        Ok((self.station(&label, || StationKind::Port(port)), rate.to_owned()))
    }

    /// The virtual processor that receives a session.
    fn guest_receive(&mut self, vm: VmId, session: usize, way: Way) -> Result<Step, CompileError> {
        let v = &self.cluster.vms[vm];
        let (node, queue) = (v.node, session as u32 % v.vcpus.max(1));
        let label = format!("{}/receive queue {queue}", v.name);
        let (framing, payload) = (way.framing, way.payload);
        let of = Received { role: "guest receive", framing, payload, vswitch: false };
        self.receive_at(&label, node, of)
    }
}
