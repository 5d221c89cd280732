//! SMB Multichannel: which interfaces carry the traffic between two nodes, and how many
//! connections each.
//!
//! Rules: RDMA before RSS before plain; within a class the highest speed; only interfaces of one
//! class and one speed are used together. An interface with one receive queue counts as plain.
//! Connections: 4 an RSS interface, 2 an RDMA interface, 1 a plain one, 32 in all.
//! The network metric does not matter while Multichannel is on.
//! Sources: <https://learn.microsoft.com/windows-server/administration/performance-tuning/role/file-server/>,
//! <https://learn.microsoft.com/azure-stack/hci/manage/manage-smb-multichannel>.
//! Not modelled: constraints (`New-SmbMultichannelConstraint`), failure in mid-session.

use crate::topology::{NetworkId, Rdma};

/// Most connections between a client and a server.
const CONNECTIONS_MAX: u32 = 32;

/// An interface one side offers: a port, or a team that looks like one.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// The network it is on.
    pub network: NetworkId,
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

    /// Connections Multichannel opens on each interface of this class.
    #[must_use]
    pub const fn connections(self) -> u32 {
        match self {
            Self::TcpPlain => 1,
            Self::TcpRss => 4,
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

/// Chooses the channels between a client's and a server's interfaces; none if no network joins
/// them.
///
/// ```
/// use csvnet::policy::{Interface, Transport, choose_channels};
/// use csvnet::topology::{NetworkId, Rdma};
/// let port = |gbps: f64, rss_queues| Interface {
///     network: NetworkId::from_index(0),
///     speed_bits_per_s: gbps * 1e9,
///     rdma: Rdma::None,
///     rss_queues,
/// };
/// // A 1 GbE port with RSS is preferred to a 10 GbE port without.
/// let both = [port(10.0, 1), port(1.0, 4)];
/// let plan = choose_channels(&both, &both).unwrap();
/// assert_eq!(plan.transport, Transport::TcpRss);
/// assert_eq!(plan.channels[0].client, 1);
/// ```
#[must_use]
pub fn choose_channels(client: &[Interface], server: &[Interface]) -> Option<ChannelPlan> {
    let mut pairs = Vec::new();
    for (c, a) in client.iter().enumerate() {
        for (s, b) in server.iter().enumerate() {
            if a.network == b.network {
                let speed = a.speed_bits_per_s.min(b.speed_bits_per_s);
                pairs.push((transport(a, b), speed, c, s));
            }
        }
    }
    let (best, speed) = pairs
        .iter()
        .map(|p| (p.0, p.1))
        .max_by(|a, b| a.0.class().cmp(&b.0.class()).then(a.1.total_cmp(&b.1)))?;
    pairs.retain(|p| p.0.class() == best.class() && p.1 == speed);
    // Each interface takes part in one pair: the n-th of one side with the n-th of the other.
    let mut channels: Vec<Channel> = Vec::new();
    for (_, _, c, s) in pairs {
        if channels.iter().all(|ch| ch.client != c && ch.server != s) {
            let used: u32 = channels.iter().map(|ch| ch.connections).sum();
            let connections = best.connections().min(CONNECTIONS_MAX - used.min(CONNECTIONS_MAX));
            if connections > 0 {
                channels.push(Channel { client: c, server: s, connections });
            }
        }
    }
    Some(ChannelPlan { transport: best, channels })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(network: usize, gbps: f64, rdma: Rdma, rss_queues: u32) -> Interface {
        Interface {
            network: NetworkId::from_index(network),
            speed_bits_per_s: gbps * 1e9,
            rdma,
            rss_queues,
        }
    }

    #[test]
    fn rdma_comes_before_rss_even_when_slower() {
        let ports = [port(0, 40.0, Rdma::None, 8), port(0, 10.0, Rdma::RoceV2, 8)];
        let plan = choose_channels(&ports, &ports).unwrap();
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
        let plan = choose_channels(&ports, &ports).unwrap();
        assert_eq!(plan.channels.len(), 2, "both 25 GbE ports, not the 10 GbE one");
        assert!(plan.channels.iter().all(|c| c.client == c.server && c.connections == 4));
    }

    #[test]
    fn there_are_never_more_than_32_connections() {
        let ports: Vec<_> = (0..12).map(|_| port(0, 10.0, Rdma::None, 8)).collect();
        let plan = choose_channels(&ports, &ports).unwrap();
        assert_eq!(plan.channels.iter().map(|c| c.connections).sum::<u32>(), 32);
    }

    #[test]
    fn no_common_network_gives_no_channel() {
        let a = [port(0, 10.0, Rdma::None, 8)];
        let b = [port(1, 10.0, Rdma::None, 8)];
        assert_eq!(choose_channels(&a, &b), None);
    }

    #[test]
    fn rdma_of_two_kinds_does_not_match() {
        let a = [port(0, 10.0, Rdma::RoceV2, 8)];
        let b = [port(0, 10.0, Rdma::Iwarp, 8)];
        assert_eq!(choose_channels(&a, &b).unwrap().transport, Transport::TcpRss);
    }
}
