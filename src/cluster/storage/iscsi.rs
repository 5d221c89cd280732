//! iSCSI: an array reached by the initiator of Windows over network ports.
//!
//! **Modelled.** One session, and so one TCP connection, on each network port, used as MPIO says;
//! the frames of TCP on the port and its network; the initiator's cost an I/O and a byte sent; the
//! receive queue of the connection, one core. No SMB. Ports that CSV traffic uses too share their
//! wire and their queues with it.
//! **Not modelled.** Digests, several connections a session, offload, several data units an I/O
//! (each repeats the 48 bytes of its header), loss.
//!
//! `bytes = 48 + n` with data, `48` without (RFC 7143: basic header segment 48 bytes); a write
//! waits for ready-to-transfer, one round trip, as on Fibre Channel. One way is
//! `2 * nics.<model>.latency + switches.<model>.latency + 2 * wire.propagation`.
//! `front-end-rate` of such an array is the line rate of its ports.
//! Parameters: `iscsi.per-io`, `iscsi.per-byte`, `tcp.receive.*`.

use super::paths::Crossing;
use crate::cluster::build::{Build, CompileError};
use crate::cluster::receive::Received;
use crate::cluster::wire::framing;
use crate::network::{Framing, Service, Step, Visit};
use crate::policy::Transport;
use crate::topology::{NicId, NodeId};

/// Basic header segment of a data unit.
const HEADER_BYTES: u32 = 48;

impl Build<'_> {
    /// The initiator's work for an I/O, with the bytes it sends.
    pub(super) fn initiator(&mut self, node: NodeId, payload: bool) -> Result<Step, CompileError> {
        let cores = self.cores(node)?;
        let per_byte = payload.then_some("iscsi.per-byte");
        Ok(self.software(cores, node, "iscsi initiator", &["iscsi.per-io"], per_byte)?.into())
    }

    /// One way between a network port and an array, in picoseconds, and what it is made from.
    pub(super) fn network_latency(&self, nic: NicId) -> Result<(f64, Vec<String>), CompileError> {
        let model = &self.cluster.nics[nic].model;
        let nic_latency = format!("nics.{model}.latency");
        let mut one_way = 2.0 * self.ps(&nic_latency)? + 2.0 * self.ps("wire.propagation")?;
        let mut origins = vec![nic_latency, "wire.propagation".to_owned()];
        if let Some(network) = self.network_of(nic) {
            let switch = format!("switches.{}.latency", self.cluster.networks[network].switch);
            one_way += self.ps(&switch)?;
            one_way += self.cluster.networks[network].round_trip_ps as f64 / 2.0;
            origins.push(switch);
        }
        Ok((one_way, origins))
    }

    /// One crossing between a network port and a front-end port.
    pub(super) fn iscsi(
        &mut self,
        node: NodeId,
        nic: NicId,
        name: &str,
        front: u32,
        crossing: &Crossing,
        payload: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let options = self.tcp_options();
        let frames = self.network_of(nic).map_or(Framing::NONE, |n| {
            framing(Transport::TcpRss, &self.cluster.networks[n], options)
        });
        let service = Service::Wire { header_bytes: HEADER_BYTES, payload, framing: frames };
        let (port, speed) = self.port(nic, crossing.down)?;
        let near: Step = Visit::new(port, crossing.near, service).from(&[&speed]).into();
        let latency_ps = self.network_latency(nic)?.0 as u64;
        let far = self.front_end(name, front, crossing, latency_ps, service)?;
        if crossing.down {
            return Ok(vec![near, far]);
        }
        let n = &self.cluster.nodes[node];
        let connection =
            format!("iSCSI, {} to {name} {} back", n.name, self.cluster.nics[nic].name);
        let (interface, queues) = (&self.cluster.nics[nic].name, self.cluster.nics[nic].rss_queues);
        let queue = self.queue_at(&connection, node, interface, queues);
        let label = format!("{}/{}/receive queue {queue}", n.name, self.cluster.nics[nic].name);
        let of = Received { role: "iscsi receive", framing: frames, payload, vswitch: false };
        let receive = self.receive_at(&label, node, of)?;
        Ok(vec![far, near, receive])
    }
}
