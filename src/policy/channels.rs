//! SMB Multichannel: which interfaces carry the traffic between two nodes, and how many
//! connections each.
//!
//! Rules: RDMA before RSS before plain; within a class the highest speed; only interfaces of one
//! class and one speed are used together. An interface with one receive queue counts as plain.
//! Interfaces pair within a subnet. Before Windows Server 2016 a cluster knows one interface of a
//! node on each subnet; since then all (simplified SMB Multichannel).
//! Connections: 4 an RSS interface, 2 an RDMA interface, 1 a plain one, 32 in all, unless told
//! otherwise. The network metric does not matter while Multichannel is on.
//! Sources: <https://learn.microsoft.com/windows-server/administration/performance-tuning/role/file-server/>,
//! <https://learn.microsoft.com/windows-server/failover-clustering/smb-multichannel>.
//! Not modelled: interfaces that Multichannel sees but cannot reach, link-local addresses.

use crate::topology::{NetworkId, Rdma};

/// Connections on an interface of each class, and in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// On an interface with one receive queue.
    pub plain: u32,
    /// On an interface with several.
    pub rss: u32,
    /// On an RDMA interface.
    pub rdma: u32,
    /// Between a client and a server.
    pub most: u32,
    /// Whether several interfaces of a node on one subnet are used.
    pub whole_subnet: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { plain: 1, rss: 4, rdma: 2, most: 32, whole_subnet: true }
    }
}

impl Rules {
    /// Connections on each interface of a transport.
    #[must_use]
    pub const fn connections(&self, transport: Transport) -> u32 {
        match transport {
            Transport::TcpPlain => self.plain,
            Transport::TcpRss => self.rss,
            Transport::Rdma(_) => self.rdma,
        }
    }
}

/// An interface one side offers: a port, or a team that looks like one.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// The network it is on.
    pub network: NetworkId,
    /// The subnet of that network.
    pub subnet: u32,
    /// Which of its node's interfaces on that network it is, also where others are down.
    pub ordinal: u32,
    /// Its speed; a team shows the sum of its members.
    pub speed_bits_per_s: f64,
    /// RDMA; none for a team.
    pub rdma: Rdma,
    /// Receive queues.
    pub rss_queues: u32,
}

/// How the bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// TCP, one receive queue: one connection.
    TcpPlain,
    /// TCP over an interface with receive-side scaling.
    TcpRss,
    /// SMB Direct.
    Rdma(Rdma),
}

impl Transport {
    /// Rank of the class: the higher is preferred.
    const fn class(self) -> u8 {
        match self {
            Self::TcpPlain => 0,
            Self::TcpRss => 1,
            Self::Rdma(_) => 2,
        }
    }

    /// What reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TcpPlain => "TCP (one queue)",
            Self::TcpRss => "TCP (RSS)",
            Self::Rdma(Rdma::RoceV1) => "SMB Direct (RoCE v1)",
            Self::Rdma(Rdma::RoceV2) => "SMB Direct (RoCE v2)",
            Self::Rdma(Rdma::Iwarp) => "SMB Direct (iWARP)",
            Self::Rdma(Rdma::InfiniBand) => "SMB Direct (InfiniBand)",
            Self::Rdma(Rdma::None) => "SMB Direct",
        }
    }
}

/// A pair of interfaces that carries traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Position of the client's interface in the list given.
    pub client: usize,
    /// Position of the server's interface in the list given.
    pub server: usize,
    /// Connections on this pair.
    pub connections: u32,
}

/// The outcome: the channels, their transport, and why the others idle.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPlan {
    /// How the bytes travel.
    pub transport: Transport,
    /// The pairs in use.
    pub channels: Vec<Channel>,
    /// The other interfaces, each with the reason.
    pub idle: Vec<Idle>,
}

/// One end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The requester.
    Client,
    /// The coordinator.
    Server,
}

/// An interface that carries nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Whose.
    pub side: Side,
    /// Its position in the list given.
    pub interface: usize,
    /// Why.
    pub why: &'static str,
}

fn transport(client: &Interface, server: &Interface) -> Transport {
    if client.rdma != Rdma::None && client.rdma == server.rdma {
        Transport::Rdma(client.rdma)
    } else if client.rss_queues > 1 && server.rss_queues > 1 {
        Transport::TcpRss
    } else {
        Transport::TcpPlain
    }
}

/// Two interfaces on one subnet.
#[derive(Clone, Copy)]
struct Pair {
    transport: Transport,
    speed: f64,
    client: usize,
    server: usize,
}

/// Chooses the channels between a client's and a server's interfaces; none if no network joins
/// them.
///
/// ```
/// use csvnet::policy::{Interface, Rules, Transport, choose_channels};
/// use csvnet::topology::{NetworkId, Rdma};
/// let port = |gbps: f64, rss_queues| Interface {
///     network: NetworkId::from_index(0),
///     subnet: 0,
///     ordinal: 0,
///     speed_bits_per_s: gbps * 1e9,
///     rdma: Rdma::None,
///     rss_queues,
/// };
/// // A 1 GbE port with RSS is preferred to a 10 GbE port without.
/// let both = [port(10.0, 1), port(1.0, 4)];
/// let plan = choose_channels(&both, &both, &Rules::default()).unwrap();
/// assert_eq!(plan.transport, Transport::TcpRss);
/// assert_eq!(plan.channels[0].client, 1);
/// assert_eq!(plan.idle[0].why, "it has no RSS, and others have");
/// ```
#[must_use]
pub fn choose_channels(
    client: &[Interface],
    server: &[Interface],
    rules: &Rules,
) -> Option<ChannelPlan> {
    let mut pairs = Vec::new();
    for (c, a) in client.iter().enumerate() {
        for (s, b) in server.iter().enumerate() {
            if (a.network, a.subnet) == (b.network, b.subnet) {
                let speed = a.speed_bits_per_s.min(b.speed_bits_per_s);
                let transport = transport(a, b);
                pairs.push(Pair { transport, speed, client: c, server: s });
            }
        }
    }
    let best = *pairs.iter().max_by(|a, b| {
        a.transport.class().cmp(&b.transport.class()).then(a.speed.total_cmp(&b.speed))
    })?;
    let fits = |p: &Pair| p.transport.class() == best.transport.class() && p.speed == best.speed;
    // Each interface takes part in one pair: the n-th of one side with the n-th of the other, and
    // only then with any, so that a failure leaves the pairs alone that it does not concern.
    pairs.sort_by_key(|p| client[p.client].ordinal != server[p.server].ordinal);
    let mut channels: Vec<Channel> = Vec::new();
    let mut subnets = Vec::new();
    let mut full = false;
    for p in pairs.iter().filter(|p| fits(p)) {
        if channels.iter().any(|ch| ch.client == p.client || ch.server == p.server) {
            continue;
        }
        let subnet = (client[p.client].network, client[p.client].subnet);
        if !rules.whole_subnet && subnets.contains(&subnet) {
            continue;
        }
        let used: u32 = channels.iter().map(|ch| ch.connections).sum();
        let connections =
            rules.connections(best.transport).min(rules.most.max(1).saturating_sub(used));
        full |= connections == 0;
        if connections > 0 {
            subnets.push(subnet);
            channels.push(Channel { client: p.client, server: p.server, connections });
        }
    }
    let idle = idle(&pairs, &best, &channels, (client.len(), server.len()), full, rules);
    Some(ChannelPlan { transport: best.transport, channels, idle })
}

/// Why each of the other interfaces carries nothing.
fn idle(
    pairs: &[Pair],
    best: &Pair,
    channels: &[Channel],
    (clients, servers): (usize, usize),
    full: bool,
    rules: &Rules,
) -> Vec<Idle> {
    let mut idle = Vec::new();
    for (side, count) in [(Side::Client, clients), (Side::Server, servers)] {
        for interface in 0..count {
            let takes = |c: usize, s: usize| match side {
                Side::Client => c == interface,
                Side::Server => s == interface,
            };
            if channels.iter().any(|ch| takes(ch.client, ch.server)) {
                continue;
            }
            let own = pairs.iter().filter(|p| takes(p.client, p.server));
            let class = own.clone().map(|p| p.transport.class()).max();
            let fast = own
                .clone()
                .any(|p| p.transport.class() == best.transport.class() && p.speed == best.speed);
            let why = match class {
                None => "no interface of the other node is on its subnet",
                Some(class) if class < best.transport.class() => {
                    if best.transport.class() == 2 {
                        "RDMA comes before it"
                    } else {
                        "it has no RSS, and others have"
                    }
                }
                Some(_) if !fast => "others are faster",
                Some(_) if full => "all connections a session may have are taken",
                Some(_) if !rules.whole_subnet => {
                    "before Windows Server 2016 a cluster uses one interface of a subnet"
                }
                Some(_) => "the other node has no interface left to pair it with",
            };
            idle.push(Idle { side, interface, why });
        }
    }
    idle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(network: usize, gbps: f64, rdma: Rdma, rss_queues: u32) -> Interface {
        Interface {
            network: NetworkId::from_index(network),
            subnet: 0,
            ordinal: 0,
            speed_bits_per_s: gbps * 1e9,
            rdma,
            rss_queues,
        }
    }

    #[test]
    fn a_port_that_is_down_leaves_the_other_pairs_alone() {
        let ports: Vec<_> =
            (0..2).map(|ordinal| Interface { ordinal, ..port(0, 25.0, Rdma::RoceV2, 8) }).collect();
        let plan = choose_channels(&ports[1..], &ports, &Rules::default()).unwrap();
        assert_eq!(plan.channels, vec![Channel { client: 0, server: 1, connections: 2 }]);
    }

    #[test]
    fn rdma_comes_before_rss_even_when_slower() {
        let ports = [port(0, 40.0, Rdma::None, 8), port(0, 10.0, Rdma::RoceV2, 8)];
        let plan = choose_channels(&ports, &ports, &Rules::default()).unwrap();
        assert_eq!(plan.transport, Transport::Rdma(Rdma::RoceV2));
        assert_eq!(plan.channels, vec![Channel { client: 1, server: 1, connections: 2 }]);
    }

    #[test]
    fn only_equal_speeds_are_used_together() {
        let ports = [
            port(0, 10.0, Rdma::None, 8),
            port(0, 25.0, Rdma::None, 8),
            port(1, 25.0, Rdma::None, 8),
        ];
        let plan = choose_channels(&ports, &ports, &Rules::default()).unwrap();
        assert_eq!(plan.channels.len(), 2, "both 25 GbE ports, not the 10 GbE one");
        assert!(plan.channels.iter().all(|c| c.client == c.server && c.connections == 4));
    }

    #[test]
    fn there_are_never_more_than_32_connections() {
        let ports: Vec<_> = (0..12).map(|_| port(0, 10.0, Rdma::None, 8)).collect();
        let plan = choose_channels(&ports, &ports, &Rules::default()).unwrap();
        assert_eq!(plan.channels.iter().map(|c| c.connections).sum::<u32>(), 32);
    }

    #[test]
    fn one_interface_of_a_subnet_before_2016() {
        let mut ports = [port(0, 25.0, Rdma::RoceV2, 8), port(0, 25.0, Rdma::RoceV2, 8)];
        let old = Rules { whole_subnet: false, ..Rules::default() };
        let plan = choose_channels(&ports, &ports, &old).unwrap();
        assert_eq!(plan.channels.len(), 1);
        assert!(plan.idle[0].why.contains("2016"), "{:?}", plan.idle);
        ports[1].subnet = 1;
        assert_eq!(choose_channels(&ports, &ports, &old).unwrap().channels.len(), 2);
    }

    #[test]
    fn no_common_network_gives_no_channel() {
        let a = [port(0, 10.0, Rdma::None, 8)];
        let b = [port(1, 10.0, Rdma::None, 8)];
        assert_eq!(choose_channels(&a, &b, &Rules::default()), None);
    }

    #[test]
    fn rdma_of_two_kinds_does_not_match() {
        let a = [port(0, 10.0, Rdma::RoceV2, 8)];
        let b = [port(0, 10.0, Rdma::Iwarp, 8)];
        assert_eq!(
            choose_channels(&a, &b, &Rules::default()).unwrap().transport,
            Transport::TcpRss
        );
    }
}
