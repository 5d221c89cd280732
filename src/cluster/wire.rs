//! Transfers over a network: framing, ports, propagation.
//!
//! **Modelled.** Full-duplex ports; wire bytes by the frame formulas below; frames pipelined from
//! the sender's port through the switch into the receiver's, so that a lone transfer over two
//! equal idle ports pays its serialization once; several senders into one receiver queue at its
//! port; transfers interleave in segments of `wire.segment`.
//! **Not modelled.** Loss, retransmission, congestion control.
//!
//! `wire = content + frames * overhead`, `frames = ceil(content / payload of a frame)`; overheads
//! include Ethernet's 38 bytes (preamble 8, header 14, check sequence 4, gap 12), VLAN 4 more:
//! * TCP over IPv4: payload MTU - 40, overhead 40 + 38
//! * `RoCE` v1: payload path MTU, overhead GRH 40 + BTH 12 + ICRC 4 + 38
//! * `RoCE` v2: payload path MTU, overhead IPv4 20 + UDP 8 + BTH 12 + ICRC 4 + 38
//! * `iWARP`: payload MTU - 60, overhead 40 + MPA 6 + DDP 14 + 38
//! * `InfiniBand`: payload path MTU, overhead LRH 8 + BTH 12 + ICRC 4 + VCRC 2
//!
//! Sources: IEEE 802.3, RFC 791, RFC 9293, RFC 5040, RFC 5041, RFC 5044, `InfiniBand` specification
//! annexes A16 and A17.

use super::build::{Build, CompileError, Endpoint};
use crate::network::{Framing, Link, Port, SelectorKind, Service, StationId, StationKind};
use crate::network::{Step, Visit};
use crate::policy::Transport;
use crate::topology::{Network, NicId, Rdma};

/// Frame overhead of Ethernet: preamble 8, header 14, check sequence 4, gap 12.
const ETHERNET: u32 = 38;

/// Framing of a transport on a network.
#[must_use]
pub(super) fn framing(transport: Transport, network: &Network) -> Framing {
    let vlan = if network.vlan { 4 } else { 0 };
    let (payload, overhead) = match transport {
        Transport::TcpPlain | Transport::TcpRss | Transport::Rdma(Rdma::None) => {
            (network.mtu_bytes.saturating_sub(40), 40 + ETHERNET + vlan)
        }
        Transport::Rdma(Rdma::Iwarp) => {
            (network.mtu_bytes.saturating_sub(60), 60 + ETHERNET + vlan)
        }
        Transport::Rdma(Rdma::RoceV1) => (network.path_mtu_bytes, 56 + ETHERNET + vlan),
        Transport::Rdma(Rdma::RoceV2) => (network.path_mtu_bytes, 44 + ETHERNET + vlan),
        Transport::Rdma(Rdma::InfiniBand) => (network.path_mtu_bytes, 26),
    };
    Framing { payload: payload.max(1), overhead }
}

/// Name of a role that depends on the direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roles {
    /// The sender's port.
    pub(super) tx: &'static str,
    /// The receiver's port.
    pub(super) rx: &'static str,
    /// The choice of team members.
    pub(super) members: &'static str,
}

/// A message over the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) header_bytes: u32,
    pub(super) payload: bool,
    pub(super) framing: Framing,
}

impl Build<'_> {
    /// One direction of a port. The transmit side carries the latency up to the far node.
    pub(super) fn port(
        &mut self,
        nic: NicId,
        transmit: bool,
    ) -> Result<(StationId, String), CompileError> {
        let n = &self.cluster.nics[nic];
        let node = &self.cluster.nodes[n.node].name;
        let speed = format!("nics.{}.speed", n.model);
        let rate = self.ps_per_byte(&speed)?;
        let mut latency = 0.0;
        let network = self.network_of(nic);
        if transmit && let Some(network) = network {
            // Both ends of the wire have a NIC of the same class, or Multichannel would not pair
            // them; the far end's latency is taken to be this one's.
            latency = 2.0 * self.ps(&format!("nics.{}.latency", n.model))?
                + self
                    .ps(&format!("switches.{}.latency", self.cluster.networks[network].switch))?
                + 2.0 * self.ps("wire.propagation")?;
        }
        let side = if transmit { "tx" } else { "rx" };
        let label = format!("{node}/{}/{side}", n.name);
        let link =
            Link { node: node.clone(), nic: n.name.clone(), transmit, csv: network.is_some() };
        let id = self.station(&label, || {
            StationKind::Port(Port {
                ps_per_byte: rate,
                latency_ps: latency as u64,
                weights: vec![1],
                link: Some(link),
            })
        });
        Ok((id, speed))
    }

    /// Makes both directions of every port that is plugged in, so that idle ports are reported.
    pub(super) fn all_ports(&mut self) -> Result<(), CompileError> {
        for nic in self.cluster.nics.ids() {
            if self.network_of(nic).is_some() {
                self.port(nic, true)?;
                self.port(nic, false)?;
            }
        }
        Ok(())
    }

    /// Steps of a message from one interface to another. `flow` names the connection and
    /// direction, which a team hashes onto a member at either end.
    pub(super) fn transfer(
        &mut self,
        from: &Endpoint,
        to: &Endpoint,
        flow: &str,
        roles: Roles,
        message: Message,
    ) -> Result<Vec<Step>, CompileError> {
        let receivers: &[NicId] =
            if to.inbound_on_first { &to.nics[..1.min(to.nics.len())] } else { &to.nics };
        let mut ways = Vec::new();
        for &a in &from.nics {
            for &b in receivers {
                ways.push(self.pair(a, b, roles, message)?);
            }
        }
        let inner = if ways.len() == 1 {
            ways.swap_remove(0)
        } else {
            let selector = self.selector(flow, SelectorKind::Hash(ways.len() as u32));
            vec![Step::Choose { selector, role: roles.members, branches: ways }]
        };
        if !message.payload {
            return Ok(inner);
        }
        let chunk_bytes = self.chunk("wire.segment")?;
        Ok(vec![Step::Split { chunk_bytes, window: None, body: inner }])
    }

    fn pair(
        &mut self,
        from: NicId,
        to: NicId,
        roles: Roles,
        message: Message,
    ) -> Result<Vec<Step>, CompileError> {
        let Message { header_bytes, payload, framing } = message;
        let service = Service::Wire { header_bytes, payload, framing };
        let (tx, tx_speed) = self.port(from, true)?;
        let (rx, rx_speed) = self.port(to, false)?;
        Ok(vec![
            Visit::new(tx, roles.tx, service).from(&[&tx_speed]).into(),
            Visit::new(rx, roles.rx, service).from(&[&rx_speed]).into(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(mtu_bytes: u32, path_mtu_bytes: u32, vlan: bool) -> Network {
        Network {
            name: "csv".into(),
            switch: "direct-cable".into(),
            mtu_bytes,
            path_mtu_bytes,
            pfc: true,
            vlan,
            cluster: true,
        }
    }

    #[test]
    fn efficiencies_are_those_of_the_header_sizes() {
        let tcp = Transport::TcpRss;
        let cases = [
            (tcp, 1500, 0, false, 94.93),
            (tcp, 1500, 0, true, 94.68),
            (tcp, 9000, 0, false, 99.14),
            (tcp, 9000, 0, true, 99.09),
            (Transport::Rdma(Rdma::RoceV1), 0, 1024, false, 91.59),
            (Transport::Rdma(Rdma::RoceV1), 0, 4096, true, 97.66),
            (Transport::Rdma(Rdma::RoceV2), 0, 1024, false, 92.59),
            (Transport::Rdma(Rdma::RoceV2), 0, 4096, false, 98.04),
            (Transport::Rdma(Rdma::RoceV2), 0, 4096, true, 97.94),
            (Transport::Rdma(Rdma::Iwarp), 1500, 0, false, 93.63),
            (Transport::Rdma(Rdma::Iwarp), 9000, 0, false, 98.92),
        ];
        for (transport, mtu, path_mtu, vlan, percent) in cases {
            let f = framing(transport, &network(mtu, path_mtu, vlan));
            let got = 100.0 * f64::from(f.payload) / f64::from(f.payload + f.overhead);
            assert!((got - percent).abs() < 0.006, "{transport:?} {mtu}/{path_mtu}: {got}");
        }
    }
}
