//! Transfers over a network: framing, ports, propagation.
//!
//! **Modelled.** Full-duplex ports; wire bytes by the frame formulas below; frames pipelined from
//! the sender's port through the switch into the receiver's, so that a lone transfer over two
//! equal idle ports pays its serialization once; several senders into one receiver queue at its
//! port; transfers interleave in segments of `wire.segment`;
//! traffic classes by weight, which guarantee a share under contention and cap nothing.
//! **Not modelled.** Congestion control. Loss is another matter, of `loss.rs`; what lies between
//! the ports one of `switching.rs`.
//!
//! `wire = content + frames * overhead`, `frames = ceil(content / payload of a frame)`; overheads
//! include Ethernet's 38 bytes (preamble 8, header 14, check sequence 4, gap 12), VLAN 4 more:
//! * TCP over IPv4: payload MTU - 40, overhead 40 + 38, and `tcp.options` more of each
//! * `RoCE` v1: payload path MTU, overhead GRH 40 + BTH 12 + ICRC 4 + 38
//! * `RoCE` v2: payload path MTU, overhead IPv4 20 + UDP 8 + BTH 12 + ICRC 4 + 38
//! * `iWARP`: payload MTU - 60, overhead 40 + MPA 6 + DDP 14 + 38
//! * `InfiniBand`: payload path MTU, overhead LRH 8 + BTH 12 + ICRC 4 + VCRC 2
//!
//! Sources: IEEE 802.3, RFC 791, RFC 9293, RFC 5040, RFC 5041, RFC 5044, `InfiniBand` specification
//! annexes A16 and A17.

use super::build::{Build, CompileError};
use super::session::{Endpoint, Session};
use crate::network::{Framing, Link, Port, SelectorKind, Service, StationId, StationKind};
use crate::network::{Step, Visit};
use crate::policy::{Spread, Transport};
use crate::topology::{Network, NetworkId, NicId, Rdma};

/// Frame overhead of Ethernet: preamble 8, header 14, check sequence 4, gap 12.
const ETHERNET: u32 = 38;

/// Headers of an SMB Direct send (MS-SMBD 2.2.3.1).
const DATA_TRANSFER: u32 = 24;

/// Payload of a send of at most 1364 bytes.
const SEND_PAYLOAD: u32 = 1364 - DATA_TRANSFER;

/// Framing of a transport on a network; `options` are bytes of every TCP header.
#[must_use]
pub(super) fn framing(transport: Transport, network: &Network, options: u32) -> Framing {
    let vlan = if network.vlan { 4 } else { 0 };
    let (payload, overhead) = match transport {
        Transport::TcpPlain | Transport::TcpRss | Transport::Rdma(Rdma::None) => {
            let headers = 40 + options;
            (network.mtu_bytes.saturating_sub(headers), headers + ETHERNET + vlan)
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

/// Framing of data that SMB Direct carries in sends: each has its header, and frames of its own.
#[must_use]
pub(super) fn sends(framing: Framing) -> Framing {
    let frames = (SEND_PAYLOAD + DATA_TRANSFER).div_ceil(framing.payload);
    Framing { payload: SEND_PAYLOAD, overhead: DATA_TRANSFER + frames * framing.overhead }
}

/// Weights of the traffic classes at a port.
#[must_use]
pub(super) fn weights(network: &Network) -> Vec<u32> {
    if network.classes.is_empty() {
        return vec![1];
    }
    let gcd = |a: u32, b: u32| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let all = network.classes.iter().map(|class| class.percent.max(1));
    let common = all.clone().fold(0, gcd).max(1);
    all.map(|weight| weight / common).collect()
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
    /// The choice of the member that receives, where it is one of its own.
    pub(super) arrives: &'static str,
    /// The uplink of the sender's switch, and that of the receiver's.
    pub(super) uplinks: (&'static str, &'static str),
}

/// The roles of a message of some name.
macro_rules! roles {
    ($name:literal) => {
        Roles {
            tx: concat!($name, " tx"),
            rx: concat!($name, " rx"),
            members: concat!($name, " members"),
            arrives: concat!($name, " arrives"),
            uplinks: (concat!($name, " up"), concat!($name, " down")),
        }
    };
}
pub(super) use roles;

/// A message over the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'s> {
    pub(super) header_bytes: u32,
    pub(super) payload: bool,
    pub(super) framing: Framing,
    pub(super) transport: Transport,
    /// Payload bytes of the largest message, where it carries payload.
    pub(super) bytes: u64,
    /// The name of its traffic class.
    pub(super) class: &'s str,
}

/// A session and the phase in which a message of it is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'s> {
    pub(super) session: &'s Session,
    pub(super) phase: usize,
    /// Whether the requester sends.
    pub(super) request: bool,
}

/// A message from one interface to another. `flow` names the connection and direction, which a
/// team hashes onto a member at either end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg<'s> {
    pub(super) from: &'s Endpoint,
    pub(super) to: &'s Endpoint,
    pub(super) flow: &'s str,
    pub(super) roles: Roles,
    pub(super) message: Message<'s>,
    /// How it is sent again where links fail; none: it is not.
    pub(super) sent: Option<Sent<'s>>,
}

const AGAIN: Roles = roles!("sent again");

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
                + 2.0 * self.ps("wire.propagation")?
                + self.cluster.networks[network].round_trip_ps as f64 / 2.0;
        }
        let side = if transmit { "tx" } else { "rx" };
        let label = format!("{node}/{}/{side}", n.name);
        let link = Link {
            node: node.clone(),
            nic: n.name.clone(),
            transmit,
            csv: network.is_some_and(|id| self.cluster.networks[id].cluster),
        };
        let weights = network.map_or_else(|| vec![1], |id| weights(&self.cluster.networks[id]));
        let own = self.cluster.rate_changes.iter().filter(|change| change.nic == nic);
        let changes = own.map(|change| (change.at_ps, 8e12 / change.bits_per_s)).collect();
        let id = self.station(&label, || {
            StationKind::Port(Port {
                ps_per_byte: rate,
                latency_ps: latency as u64,
                weights,
                changes,
                link: Some(link),
            })
        });
        Ok((id, speed))
    }

    /// Makes both directions of every port that is plugged in, so that idle ports are reported.
    pub(super) fn all_ports(&mut self) -> Result<(), CompileError> {
        for nic in self.cluster.nics.ids() {
            if let Some(network) = self.network_of(nic) {
                self.port(nic, true)?;
                self.port(nic, false)?;
                self.check_mtu(nic, network);
            }
        }
        Ok(())
    }

    fn check_mtu(&mut self, nic: NicId, network: NetworkId) {
        let (n, network) = (&self.cluster.nics[nic], &self.cluster.networks[network]);
        let Some(own) = n.mtu_bytes.filter(|own| *own != network.mtu_bytes) else { return };
        let subject = format!("{}/{}", self.cluster.nodes[n.node].name, n.name);
        let text = if own < network.mtu_bytes {
            format!(
                "its MTU of {own} B is smaller than the {} B of network {}: all its traffic runs \
                 at {own} B",
                network.mtu_bytes, network.name
            )
        } else {
            format!(
                "its MTU of {own} B is larger than the {} B of network {}, which drops larger \
                 frames: modelled at {} B, as if both ends found that out",
                network.mtu_bytes, network.name, network.mtu_bytes
            )
        };
        self.warn(&subject, text);
    }

    /// Framing between two interfaces: the smallest MTU on the way counts.
    pub(super) fn framing_between(
        &self,
        transport: Transport,
        from: &Endpoint,
        to: &Endpoint,
    ) -> Framing {
        let Some(network) = from.nics.first().and_then(|&n| self.network_of(n)) else {
            return Framing::NONE;
        };
        let options = self.tcp_options();
        let network = &self.cluster.networks[network];
        let ports = from.nics.iter().chain(&to.nics);
        let least = ports.filter_map(|&n| self.cluster.nics[n].mtu_bytes).min();
        let Some(least) = least.filter(|least| *least < network.mtu_bytes) else {
            return framing(transport, network, options);
        };
        let mut small = network.clone();
        small.mtu_bytes = least;
        // RDMA takes the largest path MTU that fits with its headers.
        while small.path_mtu_bytes > 256 && small.path_mtu_bytes + 104 > least {
            small.path_mtu_bytes /= 2;
        }
        framing(transport, &small, options)
    }

    /// Bytes of options in every TCP header: at most 40, in words of four (RFC 9293).
    pub(super) fn tcp_options(&self) -> u32 {
        let bytes = self.optional("tcp.options").unwrap_or(0.0).clamp(0.0, 40.0) as u32;
        bytes.next_multiple_of(4)
    }

    /// The position of a traffic class on a network; traffic of none is in the one called default.
    pub(super) fn class_on(&self, network: NetworkId, name: &str) -> u8 {
        let classes = &self.cluster.networks[network].classes;
        let find = |name: &str| classes.iter().position(|c| c.name.eq_ignore_ascii_case(name));
        // Live migration over SMB is SMB where it has no class of its own.
        let smb = name == "live-migration";
        find(name)
            .or_else(|| if smb { find("smb") } else { None })
            .or_else(|| find("default"))
            .unwrap_or(0) as u8
    }

    /// Steps of a message.
    pub(super) fn transfer(&mut self, leg: Leg<'_>) -> Result<Vec<Step>, CompileError> {
        let inner = self.over_members(leg)?;
        if !leg.message.payload {
            return Ok(inner);
        }
        let chunk_bytes = self.chunk("wire.segment")?;
        // A sender hands a few segments to its port at once, or a long message would hold up all
        // that other connections have to say.
        // Over links that fail a message is sent again as a whole, so it is handed over as one.
        let whole = leg.sent.is_some_and(|sent| sent.session.lanes.len() > 1);
        let window = if whole { None } else { Some(self.count("wire.window")?) };
        Ok(vec![Step::Split { chunk_bytes, window, body: inner }])
    }

    /// A message, or a segment of it, over the members of teams.
    fn over_members(&mut self, leg: Leg<'_>) -> Result<Vec<Step>, CompileError> {
        let Leg { from, to, flow, roles, .. } = leg;
        let receivers: &[NicId] =
            if to.into == Spread::First { &to.nics[..1.min(to.nics.len())] } else { &to.nics };
        let hashed = |nics: &[NicId], spread| nics.len() < 2 || spread == Spread::Connection;
        if hashed(&from.nics, from.out) && hashed(receivers, to.into) {
            // Both ends hash the connection: one draw for both.
            let mut ways = Vec::new();
            for &a in &from.nics {
                for &b in receivers {
                    ways.push(self.way(leg, a, b)?);
                }
            }
            if ways.len() == 1 {
                return Ok(ways.swap_remove(0));
            }
            let selector = self.selector(flow, SelectorKind::Hash(ways.len() as u32));
            return Ok(vec![Step::Choose { selector, role: roles.members, branches: ways }]);
        }
        let mut outer = Vec::new();
        for &b in receivers {
            let mut inner = Vec::new();
            for &a in &from.nics {
                inner.push(self.way(leg, a, b)?);
            }
            outer.push(self.member(from, to, from.out, (flow, "out"), roles.members, inner));
        }
        Ok(self.member(to, from, to.into, (flow, "in"), roles.arrives, outer))
    }

    /// A choice among the members of a team.
    fn member(
        &mut self,
        of: &Endpoint,
        peer: &Endpoint,
        spread: Spread,
        (flow, side): (&str, &str),
        role: &'static str,
        mut ways: Vec<Vec<Step>>,
    ) -> Vec<Step> {
        if ways.len() == 1 {
            return ways.swap_remove(0);
        }
        let name = |end: &Endpoint| format!("{}/{}", self.cluster.nodes[end.node].name, end.name);
        let n = ways.len() as u32;
        let own = name(of);
        let label = match spread {
            Spread::Pair => {
                format!("{own} {side}, with {}, of {n}", self.cluster.nodes[peer.node].name)
            }
            Spread::Interface => format!("{own}, of {n}"),
            Spread::Connection | Spread::First => format!("{flow}, {own} {side}"),
            Spread::Message => format!("{own} {side} in turn, of {n}"),
        };
        let kind = if spread == Spread::Message {
            SelectorKind::RoundRobin(n)
        } else {
            SelectorKind::Hash(n)
        };
        let selector = self.selector(&label, kind);
        vec![Step::Choose { selector, role, branches: ways }]
    }

    /// A message from one port to another.
    fn way(&mut self, leg: Leg<'_>, from: NicId, to: NicId) -> Result<Vec<Step>, CompileError> {
        let Leg { roles, message, .. } = leg;
        let Message { header_bytes, payload, framing, class, .. } = message;
        let service = Service::Wire { header_bytes, payload, framing };
        let (tx, tx_speed) = self.port(from, true)?;
        let (rx, rx_speed) = self.port(to, false)?;
        let network = self.network_of(from);
        let class = network.map_or(0, |n| self.class_on(n, class));
        let tx = Visit::new(tx, roles.tx, service).in_class(class).from(&[&tx_speed]);
        let rx = Visit::new(rx, roles.rx, service).in_class(class).from(&[&rx_speed]);
        let mut steps = Vec::new();
        let mut wires = vec![tx];
        let mut lossy = None;
        if let Some(network) = network {
            steps.extend(self.store_and_forward(network, &message, &tx_speed)?);
            let (a, b) = (leg.from.node, leg.to.node);
            wires.extend(self.uplinks(network, a, b, roles.uplinks, service, class)?);
            lossy = self.lossy(network, &message)?;
        }
        steps.extend(wires.iter().cloned().map(Step::Visit));
        steps.push(match lossy {
            Some(lossy) => self.if_room(lossy, &rx, &wires)?,
            None => rx.into(),
        });
        steps.extend(self.again(leg, from, to)?);
        Ok(steps)
    }

    /// What becomes of a message whose link failed while it was under way.
    fn again(&mut self, leg: Leg<'_>, from: NicId, to: NicId) -> Result<Vec<Step>, CompileError> {
        let Some(sent) = leg.sent else { return Ok(Vec::new()) };
        let later = (sent.phase + 1..self.phases()).any(|k| self.is_down(k, [from, to]));
        if !later {
            return Ok(Vec::new());
        }
        self.by_phase("link state", |build, phase| {
            if phase <= sent.phase || !build.is_down(phase, [from, to]) {
                return Ok(Vec::new());
            }
            let lanes = sent.session.in_phase(phase);
            let mut branches = Vec::new();
            for (number, channel) in lanes.plan.channels.iter().enumerate() {
                let (client, server) =
                    (&lanes.client[channel.client], &lanes.server[channel.server]);
                let (from, to) = if sent.request { (client, server) } else { (server, client) };
                let transport = lanes.plan.transport;
                let framing = build.framing_between(transport, from, to);
                let flow = format!("{} again over {number}{}", leg.flow, lanes.suffix);
                let message = Message { framing, transport, ..leg.message };
                let leg = Leg { from, to, flow: &flow, roles: AGAIN, message, sent: None };
                branches.push(build.over_members(leg)?);
            }
            let mut steps = vec![build.failover_delay()?];
            if branches.len() == 1 {
                steps.extend(branches.swap_remove(0));
            } else {
                let label = format!("{} again{}", leg.flow, lanes.suffix);
                let kind = SelectorKind::RoundRobin(branches.len() as u32);
                let selector = build.selector(&label, kind);
                steps.push(Step::Choose { selector, role: "sent again over", branches });
            }
            Ok(steps)
        })
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
            round_trip_ps: 0,
            pfc: true,
            vlan,
            cluster: true,
            client: false,
            metric: None,
            subnets: 1,
            buffer_bytes: None,
            store_and_forward: false,
            classes: Vec::new(),
            uplink: None,
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
            let f = framing(transport, &network(mtu, path_mtu, vlan), 0);
            let got = 100.0 * f64::from(f.payload) / f64::from(f.payload + f.overhead);
            assert!((got - percent).abs() < 0.006, "{transport:?} {mtu}/{path_mtu}: {got}");
        }
    }
}
