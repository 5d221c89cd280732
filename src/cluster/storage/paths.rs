//! The way from a node to an array: adapter ports, front-end ports, MPIO.
//!
//! **Modelled.** Ports in both directions; MPIO policies: in turn over the optimised paths (round
//! robin with subset), in turn over all of them, fewest I/Os under way (least queue depth), one
//! path only (fail over only); paths through the controller that does not own the volume, which
//! cost `array.controller-hop` and the link between controllers each way; switched fabrics, where
//! every adapter port reaches every front-end port, and direct cabling, where adapter port n goes
//! to controller n; ports that a node has lost; the iSCSI initiator of Windows (see `iscsi`).
//! **Not modelled.** Zoning, weighted paths, the path verification of MPIO, retries.
//!
//! `ways = max(adapter ports, front-end ports)` in a fabric, way `i` from adapter port `i mod a` to
//! front-end port `i mod f`; the lost ports of an adapter are its last.
//! Source of the policies:
//! <https://learn.microsoft.com/windows/win32/api/vds/ne-vds-vds_loadbalance_policy_enum>.
//! Parameters: `hbas.<model>.*`, `storage.<name>.front-end-*`, `array.controller-hop`.

use std::sync::Arc;

use super::Lun;
use crate::cluster::build::{Build, CompileError};
use crate::network::{Framing, Port, SelectorKind, Service, StationId, StationKind, Step, Visit};
use crate::random::Shape;
use crate::topology::{Mpio, NicId, NodeId, StorageId};

/// Bytes of a command or status frame on a storage path.
const COMMAND_BYTES: u32 = 64;

/// Most front-end ports of an array: each is two stations and a branch of every route.
const PORTS_MAX: u32 = 1024;

/// The near end of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Near {
    /// A port of an adapter, by model and number.
    Adapter { model: String, number: u32 },
    /// A network port with a session of the iSCSI initiator.
    Nic(NicId),
}

/// One path of a node to a volume.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    pub(super) near: Near,
    /// Front-end port, counted over all controllers.
    pub(super) front: u32,
    /// Whether the controller behind it owns the volume.
    optimised: bool,
}

/// Names of the roles of one crossing of the path.
pub(super) struct Crossing {
    pub(super) near: &'static str,
    pub(super) far: &'static str,
    choice: &'static str,
    pub(super) down: bool,
}

/// From the node to the array.
pub(super) const DOWN: Crossing =
    Crossing { near: "path down hba", far: "path down array", choice: "path down", down: true };
/// From the array to the node.
pub(super) const UP: Crossing =
    Crossing { near: "path up hba", far: "path up array", choice: "path up", down: false };

/// Controllers of an array: all, those alive, and the one that serves a volume if only one does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Serving {
    pub(super) all: u32,
    pub(super) alive: u32,
    pub(super) one: Option<u32>,
}

impl Build<'_> {
    /// The ports a node has to a storage system, in order; those it lost are not among them.
    pub(super) fn near_ports(&self, node: NodeId, storage: StorageId) -> Vec<Near> {
        let mut ports: Vec<Near> = Vec::new();
        for hba in self.cluster.nodes[node].hbas.iter().filter(|h| h.storage == storage) {
            if hba.model.is_empty() {
                ports.extend(hba.nics.iter().map(|&nic| Near::Nic(nic)));
                continue;
            }
            for _ in 0..hba.ports {
                let same =
                    |p: &&Near| matches!(p, Near::Adapter { model, .. } if *model == hba.model);
                let number = ports.iter().filter(same).count() as u32;
                ports.push(Near::Adapter { model: hba.model.clone(), number });
            }
        }
        ports
    }

    /// Which controllers serve a volume. Volumes are spread over them in turn; those of a lost
    /// controller, which are the last, go to the others.
    pub(super) fn serving(&self, lun: Lun) -> Result<Serving, CompileError> {
        let storage = &self.cluster.storages[lun.storage];
        let all = self.count(&format!("storage.{}.controllers", storage.name))?;
        let alive = all.saturating_sub(storage.controllers_lost).max(1);
        let usual = lun.number as u32 % all;
        let one = storage.asymmetric.then(|| if usual < alive { usual } else { usual % alive });
        Ok(Serving { all, alive, one })
    }

    /// The paths of a node to a volume that MPIO uses.
    fn ways(&self, node: NodeId, lun: Lun) -> Result<Vec<Way>, CompileError> {
        let storage = &self.cluster.storages[lun.storage];
        let near = self.near_ports(node, lun.storage);
        let Serving { all, alive, one } = self.serving(lun)?;
        let field = format!("storage.{}.front-end-ports", storage.name);
        let front = self.count(&field)?;
        if front > PORTS_MAX {
            let problem = format!("at most {PORTS_MAX} ports can be simulated");
            return Err(CompileError::BadParameter { name: field, problem });
        }
        let each = (front / all).max(1);
        let of = |c: u32| c * each..(c + 1) * each;
        let mut ways = Vec::new();
        if storage.direct_attached {
            for (n, port) in near.iter().enumerate() {
                let controller = n as u32 % all;
                // Each node and port has a cable of its own, as far as there are front-end ports.
                let slot =
                    (node.index() * near.len().div_ceil(all as usize) + n / all as usize) as u32;
                if controller < alive {
                    let front = controller * each + slot % each;
                    let optimised = one.is_none_or(|one| one == controller);
                    ways.push(Way { near: port.clone(), front, optimised });
                }
            }
        } else {
            let best: Vec<u32> = match one {
                Some(one) => of(one).collect(),
                None if alive == all => (0..front).collect(),
                None => (0..each * alive).collect(),
            };
            let mut join = |front: &[u32], optimised| {
                let count = if near.is_empty() { 0 } else { near.len().max(front.len()) };
                for way in 0..count {
                    let near = near[way % near.len()].clone();
                    ways.push(Way { near, front: front[way % front.len()], optimised });
                }
            };
            join(&best, true);
            if let (Some(one), Mpio::RoundRobin) = (one, storage.mpio) {
                for other in (0..alive).filter(|&other| other != one) {
                    join(&of(other).collect::<Vec<_>>(), false);
                }
            }
        }
        if storage.mpio != Mpio::RoundRobin && ways.iter().any(|way| way.optimised) {
            ways.retain(|way| way.optimised);
        }
        if storage.mpio == Mpio::FailOverOnly && !ways.is_empty() {
            ways = vec![ways.swap_remove(lun.number % ways.len())];
        }
        if ways.is_empty() {
            let why = format!("{} has no path to it", self.cluster.nodes[node].name);
            return Err(CompileError::Unreachable { disk: storage.name.clone(), why });
        }
        Ok(ways)
    }

    /// `inner` between the command on its way down and the answer on its way up, over the paths.
    pub(super) fn over_paths(
        &mut self,
        node: NodeId,
        lun: Lun,
        write: bool,
        inner: impl FnOnce(&mut Self) -> Result<Vec<Step>, CompileError>,
    ) -> Result<Vec<Step>, CompileError> {
        let ways = self.ways(node, lun)?;
        let storage = &self.cluster.storages[lun.storage];
        let (name, policy) = (storage.name.clone(), storage.mpio);
        let node_name = self.cluster.nodes[node].name.clone();
        let least = policy == Mpio::LeastQueueDepth && ways.len() > 1;
        let mut steps = Vec::new();
        if write {
            // Command and transfer-ready go ahead of the data.
            steps.push(self.transfer_ready(&name, &ways[0].near)?);
        }
        if least {
            // The path is chosen once, by what is on it between command and answer.
            let inner: Arc<[Step]> = inner(self)?.into();
            let mut branches = Vec::new();
            for way in &ways {
                let mut branch = self.cut(node, lun, way, &DOWN, write)?;
                branch.push(Step::Common(Arc::clone(&inner)));
                branch.extend(self.cut(node, lun, way, &UP, !write)?);
                branches.push(branch);
            }
            let label = format!("paths, {node_name} to {name}, volume {}", lun.number);
            let selector = self.selector(&label, SelectorKind::LeastOutstanding(ways.len() as u32));
            steps.push(Step::Choose { selector, role: "path", branches });
            return Ok(steps);
        }
        steps.extend(self.in_turn(node, lun, &ways, &DOWN, write)?);
        steps.extend(inner(self)?);
        steps.extend(self.in_turn(node, lun, &ways, &UP, !write)?);
        Ok(steps)
    }

    /// One crossing over the paths in turn. The turn is that of the I/O, so that the answer comes
    /// back over the path of the command.
    fn in_turn(
        &mut self,
        node: NodeId,
        lun: Lun,
        ways: &[Way],
        crossing: &Crossing,
        payload: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let label = {
            let name = &self.cluster.storages[lun.storage].name;
            let node = &self.cluster.nodes[node].name;
            let label = format!("paths, {node} to {name} {}", crossing.choice);
            let one = self.serving(lun)?.one;
            one.map_or(label.clone(), |k| format!("{label}, controller {}", k + 1))
        };
        let iscsi = ways.iter().any(|way| matches!(way.near, Near::Nic(_)));
        let mut branches = Vec::new();
        for way in ways {
            branches.push(if iscsi {
                self.cut(node, lun, way, crossing, payload)?
            } else {
                self.crossing(node, lun, way, crossing, payload)?
            });
        }
        let inner = if branches.len() == 1 {
            branches.swap_remove(0)
        } else {
            let selector = self.selector(&label, SelectorKind::RoundRobin(ways.len() as u32));
            vec![Step::Choose { selector, role: crossing.choice, branches }]
        };
        if iscsi || !payload {
            return Ok(inner);
        }
        let chunk_bytes = self.chunk("wire.segment")?;
        Ok(vec![Step::Split { chunk_bytes, window: None, body: inner }])
    }

    /// One crossing of one path, its payload in segments.
    fn cut(
        &mut self,
        node: NodeId,
        lun: Lun,
        way: &Way,
        crossing: &Crossing,
        payload: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let mut steps = Vec::new();
        if let (Near::Nic(_), true) = (&way.near, crossing.down) {
            steps.push(self.initiator(node, payload)?);
        }
        let body = self.crossing(node, lun, way, crossing, payload)?;
        if payload {
            let chunk_bytes = self.chunk("wire.segment")?;
            steps.push(Step::Split { chunk_bytes, window: None, body });
        } else {
            steps.extend(body);
        }
        Ok(steps)
    }

    /// One crossing of one path.
    fn crossing(
        &mut self,
        node: NodeId,
        lun: Lun,
        way: &Way,
        crossing: &Crossing,
        payload: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let name = self.cluster.storages[lun.storage].name.clone();
        let mut steps = match &way.near {
            Near::Adapter { model, number } => {
                let service =
                    Service::Wire { header_bytes: COMMAND_BYTES, payload, framing: Framing::NONE };
                let near = self.adapter(node, (model, *number), crossing, service)?;
                let latency_ps = self.ps(&format!("hbas.{model}.latency"))? as u64;
                let far = self.front_end(&name, way.front, crossing, latency_ps, service)?;
                if crossing.down { vec![near, far] } else { vec![far, near] }
            }
            Near::Nic(nic) => self.iscsi(node, *nic, &name, way.front, crossing, payload)?,
        };
        if !way.optimised {
            let hop = self.controller_hop(&name, payload)?;
            if crossing.down {
                steps.extend(hop);
            } else {
                steps.splice(0..0, hop);
            }
        }
        Ok(steps)
    }

    /// A port of an adapter. The transmit side of a crossing carries its latency.
    pub(super) fn adapter(
        &mut self,
        node: NodeId,
        (model, number): (&str, u32),
        crossing: &Crossing,
        service: Service,
    ) -> Result<Step, CompileError> {
        let (rate, latency) = (format!("hbas.{model}.port-rate"), format!("hbas.{model}.latency"));
        let latency_ps = if crossing.down { self.ps(&latency)? as u64 } else { 0 };
        let side = if crossing.down { "tx" } else { "rx" };
        let label = format!("{}/{model} {}/{side}", self.cluster.nodes[node].name, number + 1);
        let id = self.plain_port(&label, &rate, latency_ps)?;
        Ok(Visit::new(id, crossing.near, service).from(&[&rate, &latency]).into())
    }

    /// A front-end port of an array.
    pub(super) fn front_end(
        &mut self,
        name: &str,
        front: u32,
        crossing: &Crossing,
        latency_ps: u64,
        service: Service,
    ) -> Result<Step, CompileError> {
        let rate = format!("storage.{name}.front-end-rate");
        let latency_ps = if crossing.down { 0 } else { latency_ps };
        let side = if crossing.down { "rx" } else { "tx" };
        let id =
            self.plain_port(&format!("{name}/front end {}/{side}", front + 1), &rate, latency_ps)?;
        Ok(Visit::new(id, crossing.far, service).from(&[&rate]).into())
    }

    fn plain_port(
        &mut self,
        label: &str,
        rate: &str,
        latency_ps: u64,
    ) -> Result<StationId, CompileError> {
        let ps_per_byte = self.ps_per_byte(rate)?;
        let port =
            Port { ps_per_byte, latency_ps, weights: vec![1], changes: Vec::new(), link: None };
        Ok(self.station(label, || StationKind::Port(port)))
    }

    /// The round trip of command and transfer-ready ahead of the data of a write.
    fn transfer_ready(&mut self, name: &str, near: &Near) -> Result<Step, CompileError> {
        let (one_way_ps, origins) = match near {
            Near::Adapter { model, .. } => {
                let latency = format!("hbas.{model}.latency");
                (self.ps(&latency)?, vec![latency])
            }
            Near::Nic(nic) => self.network_latency(*nic)?,
        };
        let delay = self.station(&format!("{name}/transfer ready"), || StationKind::Delay);
        let service = Service::time(2.0 * one_way_ps, 0.0, Shape::Constant);
        let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
        Ok(Visit::new(delay, "transfer ready", service).from(&origins).into())
    }

    /// From one controller to the other: a latency, and the link if its rate is known.
    fn controller_hop(&mut self, name: &str, payload: bool) -> Result<Vec<Step>, CompileError> {
        let hop = "array.controller-hop";
        let delay = self.station(&format!("{name}/controller hop"), || StationKind::Delay);
        let service = Service::time(self.ps(hop)?, 0.0, Shape::Constant);
        let mut steps = vec![Visit::new(delay, "controller hop", service).from(&[hop]).into()];
        if payload {
            steps.extend(self.controller_link(name, "controller link")?);
        }
        Ok(steps)
    }

    /// The bytes of an I/O over the link between controllers, if its rate is known.
    pub(super) fn controller_link(
        &mut self,
        name: &str,
        role: &'static str,
    ) -> Result<Option<Step>, CompileError> {
        let rate = format!("storage.{name}.cache-mirror-rate");
        if self.optional(&rate).is_none() {
            return Ok(None);
        }
        let link = self.station(&format!("{name}/controller link"), || StationKind::Fifo {
            servers: 1,
            cost_rise: 0.0,
        });
        let service = Service::time(0.0, self.ps_per_byte(&rate)?, Shape::Constant);
        Ok(Some(Visit::new(link, role, service).from(&[&rate]).into()))
    }
}
