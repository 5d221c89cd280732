//! The workbench: a network in the making, and the parameters it is made from.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use super::finding::Finding;
use super::session::Session;
use crate::network::{Account, AccountId, Network, PoolId, Selector, SelectorId, SelectorKind};
use crate::network::{Service, Station, StationId, StationKind, Step, Visit};
use crate::provenance::{FrozenParameters, ParameterId};
use crate::random::{Shape, ShapeError};
use crate::topology::{Cluster, CsvId, Fabric, NicId, NodeId};

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
    /// Traffic joins two nodes that share no network it may use.
    #[error("no network joins node `{from}` to `{to}` for traffic `{traffic}`")]
    NoNetworkFor {
        /// The traffic.
        traffic: String,
        /// The sender.
        from: String,
        /// The receiver.
        to: String,
    },
    /// Links fail and leave two nodes that must talk without any.
    #[error(
        "at {at_s} s failed links leave no network between node `{requester}` and `{owner}`, \
         which must talk"
    )]
    CutOff {
        /// The requester.
        requester: String,
        /// The coordinator.
        owner: String,
        /// When, in seconds since the start of the run.
        at_s: f64,
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

/// The network in the making.
#[derive(Debug)]
pub(super) struct Build<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) fabric: &'a Fabric,
    parameters: &'a FrozenParameters,
    /// Which of them were asked for, by id.
    asked: Vec<Cell<bool>>,
    pub(super) net: Network,
    pub(super) findings: BTreeSet<Finding>,
    pub(super) stations: BTreeMap<String, StationId>,
    selectors: BTreeMap<String, SelectorId>,
    pools: BTreeMap<String, PoolId>,
    accounts: BTreeMap<NodeId, AccountId>,
    pub(super) sessions: BTreeMap<(NodeId, NodeId), Option<Session>>,
    /// Receive queues handed out so far, by interface.
    pub(super) queues: BTreeMap<(NodeId, String), u32>,
    /// The queue of each connection and end.
    pub(super) assigned: BTreeMap<String, u32>,
    /// Working sets read through the block cache of each node.
    pub(super) cache_loads: BTreeMap<NodeId, f64>,
    /// The cluster after the loss of each volume's coordinator.
    pub(super) after_loss: BTreeMap<CsvId, Cluster>,
    /// Sources of background traffic so far.
    pub(super) background_sources: usize,
    /// When links fail or come back.
    pub(super) instants_ps: Vec<u64>,
    /// The ports that are down, by phase.
    pub(super) down: Vec<BTreeSet<NicId>>,
    /// Steps that several routes share, by what they do.
    pub(super) shared: BTreeMap<String, Arc<[Step]>>,
}

impl<'a> Build<'a> {
    pub(super) fn new(
        cluster: &'a Cluster,
        fabric: &'a Fabric,
        parameters: &'a FrozenParameters,
    ) -> Self {
        let (instants_ps, down) = super::outage::phases(cluster);
        Self {
            instants_ps,
            down,
            cluster,
            fabric,
            parameters,
            asked: vec![Cell::new(false); parameters.len()],
            net: Network::default(),
            findings: BTreeSet::new(),
            stations: BTreeMap::new(),
            selectors: BTreeMap::new(),
            pools: BTreeMap::new(),
            accounts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            queues: BTreeMap::new(),
            assigned: BTreeMap::new(),
            cache_loads: BTreeMap::new(),
            after_loss: BTreeMap::new(),
            background_sources: 0,
            shared: BTreeMap::new(),
        }
    }

    /// Value of a parameter in its base unit.
    pub(super) fn value(&self, name: &str) -> Result<f64, CompileError> {
        self.optional(name).ok_or_else(|| CompileError::MissingParameter(name.into()))
    }

    /// Value of a parameter that need not be there.
    pub(super) fn optional(&self, name: &str) -> Option<f64> {
        let id = self.parameters.id(name)?;
        self.asked[id.index()].set(true);
        Some(self.parameters.value(id))
    }

    /// The parameters that were asked for so far.
    pub(super) fn asked(&self) -> Vec<ParameterId> {
        self.parameters.ids().filter(|id| self.asked[id.index()].get()).collect()
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
        kind: StationKind,
    ) -> Result<StationId, CompileError> {
        let account = self.account(node)?;
        let id = self.station(label, || kind);
        self.net.stations[id].account = Some(account);
        Ok(id)
    }

    pub(super) fn account(&mut self, node: NodeId) -> Result<AccountId, CompileError> {
        if let Some(&id) = self.accounts.get(&node) {
            return Ok(id);
        }
        let n = &self.cluster.nodes[node];
        let cores = f64::from(self.count(&format!("cpus.{}.cores", n.cpu))?);
        let servers = cores * self.optional(&format!("cpus.{}.counted", n.cpu)).unwrap_or(1.0);
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

    /// The same for work of the network, which is done in batches.
    pub(super) fn batched(
        &self,
        station: StationId,
        node: NodeId,
        role: &'static str,
        per_io: &[&str],
        per_byte: Option<&str>,
    ) -> Result<Visit, CompileError> {
        let visit = self.software(station, node, role, per_io, per_byte)?;
        let alike = self.value("cpu.network-rise")? >= 1.0;
        Ok(if alike { visit } else { visit.in_class(1) })
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
}
