//! The workbench: a network in the making, and the parameters it is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use super::finding::Finding;
use crate::network::{Account, AccountId, Network, PoolId, Selector, SelectorId, SelectorKind};
use crate::network::{Service, Station, StationId, StationKind, Step, Visit};
use crate::policy::{ChannelPlan, Interface, choose_channels};
use crate::provenance::FrozenParameters;
use crate::random::{Shape, ShapeError};
use crate::topology::{Cluster, Fabric, NicId, NodeId};

/// Smallest piece of a transfer in bytes.
const CHUNK_LEAST: f64 = 4096.0;

/// Why a cluster could not be compiled.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A parameter the model needs is not in the set.
    #[error("parameter `{0}` is missing")]
    MissingParameter(String),
    /// A parameter has a value the model cannot take.
    #[error("parameter `{name}`: {problem}")]
    BadParameter {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Numbers that are each possible make something that cannot be simulated.
    #[error("the numbers of the scenario cannot be simulated: {0}")]
    OutOfRange(String),
    /// Two nodes must talk but share no network.
    #[error("no network joins node `{requester}` to `{owner}`, the owner of volume `{volume}`")]
    NoNetwork {
        /// The requester.
        requester: String,
        /// The coordinator.
        owner: String,
        /// The volume.
        volume: String,
    },
    /// A disk has no path at all.
    #[error("disk `{disk}` cannot be reached: {why}")]
    Unreachable {
        /// The disk.
        disk: String,
        /// Why.
        why: String,
    },
}

/// One side of a channel: the ports behind an interface (one, or the members of a team).
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) nics: Vec<NicId>,
    /// Inbound traffic arrives on the first member only.
    pub(super) inbound_on_first: bool,
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

/// The channels between two nodes, with what stands behind each interface.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) instance: SmbInstance,
    pub(super) plan: ChannelPlan,
    pub(super) client: Vec<Endpoint>,
    pub(super) server: Vec<Endpoint>,
}

/// The network in the making.
#[derive(Debug)]
pub(super) struct Build<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) fabric: &'a Fabric,
    pub(super) parameters: &'a FrozenParameters,
    pub(super) net: Network,
    pub(super) findings: BTreeSet<Finding>,
    pub(super) stations: BTreeMap<String, StationId>,
    selectors: BTreeMap<String, SelectorId>,
    pools: BTreeMap<String, PoolId>,
    accounts: BTreeMap<NodeId, AccountId>,
    sessions: BTreeMap<(NodeId, NodeId), Option<Session>>,
    /// Receive queues handed out so far, by port.
    queues: BTreeMap<NicId, u32>,
    /// The queue of each connection and end.
    assigned: BTreeMap<String, u32>,
    /// Steps that several routes share, by what they do.
    pub(super) shared: BTreeMap<String, Arc<[Step]>>,
}

impl<'a> Build<'a> {
    pub(super) fn new(
        cluster: &'a Cluster,
        fabric: &'a Fabric,
        parameters: &'a FrozenParameters,
    ) -> Self {
        Self {
            cluster,
            fabric,
            parameters,
            net: Network::default(),
            findings: BTreeSet::new(),
            stations: BTreeMap::new(),
            selectors: BTreeMap::new(),
            pools: BTreeMap::new(),
            accounts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            queues: BTreeMap::new(),
            assigned: BTreeMap::new(),
            shared: BTreeMap::new(),
        }
    }

    /// Value of a parameter in its base unit.
    pub(super) fn value(&self, name: &str) -> Result<f64, CompileError> {
        let id = self.parameters.id(name);
        id.map(|id| self.parameters.value(id))
            .ok_or_else(|| CompileError::MissingParameter(name.into()))
    }

    /// Value of a parameter that need not be there.
    pub(super) fn optional(&self, name: &str) -> Option<f64> {
        self.parameters.id(name).map(|id| self.parameters.value(id))
    }

    /// A time parameter, or a time a byte, in picoseconds.
    pub(super) fn ps(&self, name: &str) -> Result<f64, CompileError> {
        Ok(self.value(name)? * 1e12)
    }

    /// A count parameter, at least one.
    pub(super) fn count(&self, name: &str) -> Result<u32, CompileError> {
        Ok(self.value(name)?.round().clamp(1.0, 65_536.0) as u32)
    }

    /// A size that transfers are cut into. Smaller pieces than a page would only cost memory.
    pub(super) fn chunk(&self, name: &str) -> Result<u64, CompileError> {
        let bytes = self.value(name)?;
        if bytes >= CHUNK_LEAST {
            Ok(bytes as u64)
        } else {
            let problem = "transfers are not cut into pieces below 4 KiB".into();
            Err(CompileError::BadParameter { name: name.into(), problem })
        }
    }

    /// Picoseconds a byte at a rate parameter (bits a second).
    pub(super) fn ps_per_byte(&self, name: &str) -> Result<f64, CompileError> {
        let rate = self.value(name)?;
        if rate > 0.0 {
            Ok(8e12 / rate)
        } else {
            let problem = "a rate must be greater than zero".into();
            Err(CompileError::BadParameter { name: name.into(), problem })
        }
    }

    /// A log-normal shape with the spread of a parameter.
    pub(super) fn shape(&self, name: &str) -> Result<Shape, CompileError> {
        Shape::log_normal(self.value(name)?).map_err(|e: ShapeError| CompileError::BadParameter {
            name: name.into(),
            problem: e.to_string(),
        })
    }

    /// The station of a label, made the first time it is asked for.
    pub(super) fn station(&mut self, label: &str, kind: impl FnOnce() -> StationKind) -> StationId {
        if let Some(&id) = self.stations.get(label) {
            return id;
        }
        let id = self.net.add_station(Station::new(label, kind()));
        self.stations.insert(label.to_string(), id);
        id
    }

    /// A single-server or several-server station that consumes the CPU of a node.
    pub(super) fn cpu_station(
        &mut self,
        label: &str,
        node: NodeId,
        servers: u32,
        cost_rise: f64,
    ) -> Result<StationId, CompileError> {
        let account = self.account(node)?;
        let id = self.station(label, || StationKind::Fifo { servers, cost_rise });
        self.net.stations[id].account = Some(account);
        Ok(id)
    }

    pub(super) fn account(&mut self, node: NodeId) -> Result<AccountId, CompileError> {
        if let Some(&id) = self.accounts.get(&node) {
            return Ok(id);
        }
        let n = &self.cluster.nodes[node];
        let servers = f64::from(self.count(&format!("cpus.{}.cores", n.cpu))?);
        let label = format!("{}/cpu", n.name);
        let id = self.net.accounts.push(Account { label, servers, load: n.load });
        self.accounts.insert(node, id);
        Ok(id)
    }

    /// A visit to CPU for software times that are given for the reference core.
    pub(super) fn software(
        &self,
        station: StationId,
        node: NodeId,
        role: &'static str,
        per_io: &[&str],
        per_byte: Option<&str>,
    ) -> Result<Visit, CompileError> {
        let relative = format!("cpus.{}.relative-cost", self.cluster.nodes[node].cpu);
        let cost = self.value(&relative)? * self.slowed(station, node)?;
        let mut base_ps = 0.0;
        for name in per_io {
            base_ps += self.ps(name)? * cost;
        }
        let per_byte_ps = per_byte.map_or(Ok(0.0), |name| self.ps(name))? * cost;
        let service = Service::time(base_ps, per_byte_ps, self.shape("software.scv")?);
        let mut origins = per_io.to_vec();
        origins.extend(per_byte);
        origins.push(&relative);
        Ok(Visit::new(station, role, service).from(&origins))
    }

    /// The selector of a label, made the first time it is asked for.
    pub(super) fn selector(&mut self, label: &str, kind: SelectorKind) -> SelectorId {
        if let Some(&id) = self.selectors.get(label) {
            return id;
        }
        let id = self.net.selectors.push(Selector { label: label.into(), kind });
        self.selectors.insert(label.to_string(), id);
        id
    }

    /// The pool of a label, made the first time it is asked for.
    pub(super) fn pool(&mut self, label: &str, tokens: u64) -> PoolId {
        if let Some(&id) = self.pools.get(label) {
            return id;
        }
        let id = self.net.add_pool(label, tokens);
        self.pools.insert(label.to_string(), id);
        id
    }

    /// The network a port is plugged into, itself or through its team.
    pub(super) fn network_of(&self, nic: NicId) -> Option<crate::topology::NetworkId> {
        let n = &self.cluster.nics[nic];
        let team = n.team.and_then(|t| self.cluster.nodes[n.node].teams.get(t));
        n.network.or(team.map(|t| t.network))
    }

    /// The interfaces a node offers for cluster traffic, and what stands behind each.
    fn interfaces(&self, node: NodeId) -> (Vec<Interface>, Vec<Endpoint>) {
        let n = &self.cluster.nodes[node];
        let mut interfaces = Vec::new();
        let mut endpoints = Vec::new();
        let usable = |network| self.cluster.networks[network].cluster;
        for &id in &n.nics {
            let nic = &self.cluster.nics[id];
            if let (Some(network), None) = (nic.network.filter(|&n| usable(n)), nic.team) {
                interfaces.push(Interface {
                    network,
                    speed_bits_per_s: nic.speed_bits_per_s,
                    rdma: nic.rdma,
                    rss_queues: nic.rss_queues,
                });
                endpoints.push(Endpoint { nics: vec![id], inbound_on_first: false });
            }
        }
        for team in n.teams.iter().filter(|t| usable(t.network)) {
            let members = team.members.iter().map(|&m| &self.cluster.nics[m]);
            interfaces.push(Interface {
                network: team.network,
                speed_bits_per_s: members.clone().map(|m| m.speed_bits_per_s).sum(),
                rdma: crate::topology::Rdma::None,
                rss_queues: members.map(|m| m.rss_queues).min().unwrap_or(1),
            });
            endpoints.push(Endpoint {
                nics: team.members.clone(),
                inbound_on_first: team.bonding == crate::topology::Bonding::SwitchIndependent,
            });
        }
        (interfaces, endpoints)
    }

    /// The SMB session from a requester to a coordinator.
    pub(super) fn session(&mut self, from: NodeId, to: NodeId) -> Option<Session> {
        if let Some(session) = self.sessions.get(&(from, to)) {
            return session.clone();
        }
        let (client, client_ends) = self.interfaces(from);
        let (server, server_ends) = self.interfaces(to);
        let session = choose_channels(&client, &server).map(|plan| Session {
            instance: SmbInstance::Csv,
            plan,
            client: client_ends,
            server: server_ends,
        });
        self.sessions.insert((from, to), session.clone());
        session
    }

    /// The receive queue of a connection's end: connections are spread evenly over the queues.
    pub(super) fn queue_of(&mut self, connection: &str, nic: NicId) -> u32 {
        if let Some(&queue) = self.assigned.get(connection) {
            return queue;
        }
        let queues = self.cluster.nics[nic].rss_queues.max(1);
        let next = self.queues.entry(nic).or_default();
        let queue = *next % queues;
        *next += 1;
        self.assigned.insert(connection.to_string(), queue);
        queue
    }
}
