//! Between two nodes: the interfaces each offers, and the SMB session that uses them.
//!
//! **Modelled.** Which networks cluster traffic may use: their role, and whether CSV traffic may
//! use those of clients (`UseClientAccessNetworksForSharedVolumes`; where it may not, it does so
//! only if no other network joins the nodes). Constraints (`New-SmbMultichannelConstraint`).
//! Multichannel's choice ([`choose_channels`]). Multichannel off: one connection over TCP, on the
//! network with the lowest metric, since SMB Direct is found by Multichannel. Host vNICs of a SET
//! team, one after the other on its members (`Set-VMNetworkAdapterTeamMapping`), with RDMA; those
//! above other teams, without. Links that fail and come back ([`super::outage`]).
//! **Not modelled.** The time Multichannel takes to look at its interfaces again (5 s).
//! CSV traffic has an SMB instance of its own, so `Get-SmbMultichannelConnection` shows its
//! connections only with `-SmbInstance CSV`.
//! Sources: <https://learn.microsoft.com/windows-server/failover-clustering/smb-multichannel>,
//! <https://learn.microsoft.com/powershell/module/smbshare/new-smbmultichannelconstraint>.

use std::collections::BTreeSet;

use super::build::{Build, CompileError};
use crate::policy::{
    Channel, ChannelPlan, Interface, Rules, Side, Spread, Transport, all_on_one, auto_metric,
    busy_members, choose_channels, team_spread,
};
use crate::topology::{Bonding, NetworkId, NicId, NodeId, Rdma, WindowsVersion};

/// One side of a channel: what stands behind an interface, one port or the members of a team.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Endpoint {
    pub(super) node: NodeId,
    /// Name of the interface.
    pub(super) name: String,
    /// Where its receive queues are.
    pub(super) queues_of: String,
    /// Receive queues.
    pub(super) queues: u32,
    pub(super) nics: Vec<NicId>,
    /// How what it sends is spread over them.
    pub(super) out: Spread,
    /// How what it receives is.
    pub(super) into: Spread,
    /// Whether it is a host vNIC, behind a virtual switch.
    pub(super) vnic: bool,
}

/// The channels between two nodes, with what stands behind each interface.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lanes {
    pub(super) plan: ChannelPlan,
    pub(super) client: Vec<Endpoint>,
    pub(super) server: Vec<Endpoint>,
    /// Tells apart lanes between the same nodes; empty for the usual ones.
    pub(super) suffix: String,
}

/// What a session is for. Each has connections and credits of its own
/// (`Get-SmbMultichannelConnection -SmbInstance`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SmbInstance {
    /// Cluster Shared Volumes.
    #[default]
    Csv,
    /// Software Storage Bus: the drives of other nodes.
    Sbl,
    /// Storage Replica.
    Replica,
}

impl SmbInstance {
    /// Ahead of the labels of what is its own.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Sbl => "SBL, ",
            Self::Replica => "SR, ",
        }
    }
}

impl Lanes {
    /// What carries traffic; what idles makes no difference.
    fn used(&self) -> (Transport, Vec<(&Endpoint, &Endpoint, u32)>) {
        let channels = self.plan.channels.iter();
        let ends = |c: &Channel| (&self.client[c.client], &self.server[c.server], c.connections);
        (self.plan.transport, channels.map(ends).collect())
    }
}

/// An SMB session, with its lanes while links fail and come back.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) instance: SmbInstance,
    /// Distinct lanes, the usual ones first.
    pub(super) lanes: Vec<Lanes>,
    /// The lanes of each phase.
    pub(super) of_phase: Vec<usize>,
}

impl Session {
    /// The lanes while no link has failed.
    pub(super) fn usual(&self) -> &Lanes {
        &self.lanes[0]
    }

    /// The lanes of a phase.
    pub(super) fn in_phase(&self, phase: usize) -> &Lanes {
        &self.lanes[self.of_phase[phase]]
    }
}

/// What traffic between two nodes may use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed {
    /// One network only, whatever its role.
    pub(super) network: Option<NetworkId>,
    /// TCP only.
    pub(super) tcp: bool,
}

type Offer = (Interface, Endpoint);

impl Build<'_> {
    /// The network a port is plugged into, itself or through its team.
    pub(super) fn network_of(&self, nic: NicId) -> Option<NetworkId> {
        let n = &self.cluster.nics[nic];
        let team = n.team.and_then(|t| self.cluster.nodes[n.node].teams.get(t));
        n.network.or(team.map(|t| t.network))
    }

    /// Everything a node has plugged in and not down, and what stands behind each.
    fn offers(&self, node: NodeId, down: &BTreeSet<NicId>) -> Vec<Offer> {
        let n = &self.cluster.nodes[node];
        let mut offers: Vec<Offer> = Vec::new();
        let mut before: Vec<NetworkId> = Vec::new();
        let mut place = |network: NetworkId| {
            let ordinal = before.iter().filter(|&&b| b == network).count() as u32;
            before.push(network);
            (ordinal, ordinal % self.cluster.networks[network].subnets.max(1))
        };
        for &id in &n.nics {
            let nic = &self.cluster.nics[id];
            if let (Some(network), None) = (nic.network, nic.team) {
                let (ordinal, subnet) = place(network);
                if down.contains(&id) {
                    continue;
                }
                let interface = Interface {
                    network,
                    subnet,
                    ordinal,
                    speed_bits_per_s: nic.speed_bits_per_s,
                    rdma: nic.rdma,
                    rss_queues: nic.rss_queues,
                };
                let endpoint = Endpoint {
                    node,
                    name: nic.name.clone(),
                    queues_of: nic.name.clone(),
                    queues: nic.rss_queues.max(1),
                    nics: vec![id],
                    out: Spread::First,
                    into: Spread::First,
                    vnic: false,
                };
                offers.push((interface, endpoint));
            }
        }
        for team in &n.teams {
            let alive: Vec<NicId> =
                team.members.iter().copied().filter(|m| !down.contains(m)).collect();
            let Some(&first) = alive.first() else { continue };
            let members = || alive.iter().map(|&m| &self.cluster.nics[m]);
            let least = members().map(|m| m.rss_queues).min().unwrap_or(1).max(1);
            let sum = members().map(|m| m.speed_bits_per_s).sum();
            let (out, into) = team_spread(team.bonding, team.hashing);
            for vnic in 0..team.vnics.max(1) {
                let set = team.bonding == Bonding::Set;
                // A vNIC of a SET team is on one member, and moves when that fails.
                let own = alive[vnic as usize % alive.len()];
                let member = &self.cluster.nics[own];
                let behind = team.vnics > 0;
                let queues = if behind && !team.vrss { 1 } else { least };
                let name = if behind {
                    format!("{} vNIC {}", team.name, vnic + 1)
                } else {
                    team.name.clone()
                };
                let (ordinal, subnet) = place(team.network);
                let interface = Interface {
                    network: team.network,
                    subnet,
                    ordinal,
                    speed_bits_per_s: if set { member.speed_bits_per_s } else { sum },
                    rdma: if set { member.rdma } else { Rdma::None },
                    rss_queues: queues,
                };
                let endpoint = Endpoint {
                    node,
                    queues_of: if behind {
                        name.clone()
                    } else {
                        self.cluster.nics[first].name.clone()
                    },
                    name,
                    queues,
                    nics: if set { vec![own] } else { alive.clone() },
                    out,
                    into,
                    vnic: behind,
                };
                offers.push((interface, endpoint));
            }
        }
        offers
    }

    /// Whether a constraint leaves an interface to SMB.
    fn unconstrained(&self, endpoint: &Endpoint) -> bool {
        let Some(names) = self.cluster.smb.constraints.get(&endpoint.node) else { return true };
        let has = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
        // A constraint on a team holds for the vNICs above it.
        let team = endpoint.name.split(" vNIC ").next().unwrap_or_default();
        has(&endpoint.name) || has(team)
    }

    fn rules(&self) -> Result<Rules, CompileError> {
        let count = |name: &str| self.count(&format!("smb.multichannel.{name}"));
        Ok(Rules {
            plain: count("plain-connections")?,
            rss: count("rss-connections")?,
            rdma: count("rdma-connections")?,
            most: count("connections-max")?,
            whole_subnet: self.cluster.windows >= WindowsVersion::W2016,
        })
    }

    /// The lanes between two nodes in a phase.
    pub(super) fn lanes(
        &self,
        from: NodeId,
        to: NodeId,
        phase: usize,
        allowed: Allowed,
    ) -> Result<Option<Lanes>, CompileError> {
        let down = &self.down[phase];
        let (a, b) = (self.offers(from, down), self.offers(to, down));
        let networks = &self.cluster.networks;
        let found = |may: &dyn Fn(NetworkId) -> bool| -> Result<Option<Lanes>, CompileError> {
            let pick = |offers: &[Offer]| -> Vec<Offer> {
                let may = offers.iter().filter(|(i, e)| may(i.network) && self.unconstrained(e));
                let mut picked: Vec<Offer> = may.cloned().collect();
                for (interface, _) in picked.iter_mut().filter(|_| allowed.tcp) {
                    interface.rdma = Rdma::None;
                }
                picked
            };
            self.plan(pick(&a), pick(&b))
        };
        if let Some(network) = allowed.network {
            return found(&|n| n == network);
        }
        if !self.cluster.smb.client_networks {
            let own = found(&|n| networks[n].cluster && !networks[n].client)?;
            if own.is_some() {
                return Ok(own);
            }
        }
        found(&|n| networks[n].cluster)
    }

    fn plan(&self, a: Vec<Offer>, b: Vec<Offer>) -> Result<Option<Lanes>, CompileError> {
        let (client, client_ends): (Vec<_>, Vec<_>) = a.into_iter().unzip();
        let (server, server_ends): (Vec<_>, Vec<_>) = b.into_iter().unzip();
        let plan = if self.cluster.smb.multichannel {
            choose_channels(&client, &server, &self.rules()?)
        } else {
            self.by_metric(&client, &server)
        };
        Ok(plan.map(|plan| Lanes {
            plan,
            client: client_ends,
            server: server_ends,
            suffix: String::new(),
        }))
    }

    /// The metric of a network, as an interface on it makes it.
    fn metric(&self, interface: &Interface) -> f64 {
        let network = &self.cluster.networks[interface.network];
        network.metric.map_or_else(
            || {
                let (rdma, rss) = (interface.rdma != Rdma::None, interface.rss_queues > 1);
                auto_metric(network.client, rdma, rss, interface.speed_bits_per_s)
            },
            f64::from,
        )
    }

    /// One connection on the network with the lowest metric.
    fn by_metric(&self, client: &[Interface], server: &[Interface]) -> Option<ChannelPlan> {
        let pairs = client.iter().enumerate().flat_map(|(c, a)| {
            let same = move |b: &Interface| (a.network, a.subnet) == (b.network, b.subnet);
            server.iter().enumerate().filter(move |(_, b)| same(b)).map(move |(s, b)| (c, a, s, b))
        });
        let (c, a, s, b) = pairs.min_by(|x, y| self.metric(x.1).total_cmp(&self.metric(y.1)))?;
        let rss = a.rss_queues > 1 && b.rss_queues > 1;
        Some(ChannelPlan {
            transport: if rss { Transport::TcpRss } else { Transport::TcpPlain },
            channels: vec![Channel { client: c, server: s, connections: 1 }],
            idle: Vec::new(),
        })
    }

    /// The SMB session from a requester to a coordinator; none if no network joins them.
    pub(super) fn session(
        &mut self,
        from: NodeId,
        to: NodeId,
    ) -> Result<Option<Session>, CompileError> {
        if let Some(session) = self.sessions.get(&(from, to)) {
            return Ok(session.clone());
        }
        let session = self.in_all_phases(from, to, Allowed::default())?;
        if let Some(session) = &session {
            self.tell_session(from, to, session);
        }
        self.sessions.insert((from, to), session.clone());
        Ok(session)
    }

    /// The lanes between two nodes in every phase.
    pub(super) fn in_all_phases(
        &self,
        from: NodeId,
        to: NodeId,
        allowed: Allowed,
    ) -> Result<Option<Session>, CompileError> {
        let mut distinct: Vec<Lanes> = Vec::new();
        let mut of_phase = Vec::new();
        for phase in 0..self.phases() {
            let Some(mut lanes) = self.lanes(from, to, phase, allowed)? else {
                if phase > 0 {
                    return Err(self.cut_off(from, to, phase));
                }
                return Ok(None);
            };
            let same = |d: &Lanes| d.used() == lanes.used();
            let kind = distinct.iter().position(same).unwrap_or_else(|| {
                if !distinct.is_empty() {
                    lanes.suffix = format!(", instead {}", distinct.len());
                }
                distinct.push(lanes.clone());
                distinct.len() - 1
            });
            of_phase.push(kind);
        }
        Ok(Some(Session { instance: SmbInstance::Csv, lanes: distinct, of_phase }))
    }

    fn tell_session(&mut self, from: NodeId, to: NodeId, session: &Session) {
        let names = &self.cluster.nodes;
        let subject = format!("{} to {}", names[from].name, names[to].name);
        let lanes = session.usual();
        let plan = &lanes.plan;
        let pairs: Vec<String> = plan
            .channels
            .iter()
            .map(|c| {
                format!("{} with {}", lanes.client[c.client].name, lanes.server[c.server].name)
            })
            .collect();
        let connections: u32 = plan.channels.iter().map(|c| c.connections).sum();
        let text = if self.cluster.smb.multichannel {
            format!(
                "{} over {}, {connections} connections in all; they belong to the SMB instance \
                 CSV, which Get-SmbMultichannelConnection shows with -SmbInstance CSV only",
                plan.transport.name(),
                pairs.join(", "),
            )
        } else {
            format!(
                "Multichannel is off: one connection over {}, on the network with the lowest \
                 metric, and no SMB Direct",
                pairs.join(", ")
            )
        };
        self.tell(&subject, text);
        self.tell_security(&subject, plan.transport);
        for idle in &plan.idle {
            let (ends, node) = match idle.side {
                Side::Client => (&lanes.client, from),
                Side::Server => (&lanes.server, to),
            };
            let name = &ends[idle.interface].name;
            let text = format!("{name} of {} carries nothing: {}", names[node].name, idle.why);
            self.tell(&subject, text);
        }
        for channel in &plan.channels {
            let ends = [&lanes.client[channel.client], &lanes.server[channel.server]];
            for end in ends.into_iter().filter(|e| e.nics.len() > 1) {
                let (m, k) = (end.nics.len() as u32, channel.connections);
                let team = format!("{}/{}", names[end.node].name, end.name);
                let drawn = |what: &str| {
                    format!(
                        "each of {k} connections {what} the member a hash gives it: {:.3} of {m} \
                         members are busy on average, and all connections share one with a chance \
                         of {:.1} %",
                        busy_members(m, k),
                        100.0 * all_on_one(m, k)
                    )
                };
                if end.out == Spread::Connection {
                    self.tell(&team, drawn("leaves by"));
                }
                if end.into == Spread::Connection {
                    self.tell(&team, drawn("arrives at"));
                }
                let one = match end.into {
                    Spread::First => "on its first member",
                    Spread::Pair => "from each peer on one member",
                    Spread::Interface => "on the one member of its port",
                    _ => continue,
                };
                self.warn(
                    &team,
                    format!(
                        "a switch-independent team receives {one} only, which makes it a poor \
                         network for CSV traffic: use ports without a team, or SET"
                    ),
                );
            }
        }
    }

    /// The receive queue of a connection's end: connections are spread evenly over the queues.
    pub(super) fn queue_of(&mut self, connection: &str, end: &Endpoint) -> u32 {
        self.queue_at(connection, end.node, &end.queues_of, end.queues)
    }

    /// The same for an interface of a node with so many queues.
    pub(super) fn queue_at(
        &mut self,
        connection: &str,
        node: NodeId,
        interface: &str,
        queues: u32,
    ) -> u32 {
        let key = format!("{connection} at {interface}");
        if let Some(&queue) = self.assigned.get(&key) {
            return queue;
        }
        let next = self.queues.entry((node, interface.to_owned())).or_default();
        let queue = *next % queues.max(1);
        *next += 1;
        self.assigned.insert(key, queue);
        queue
    }
}
