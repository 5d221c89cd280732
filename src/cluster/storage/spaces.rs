//! Storage spaces: what the coordinator of a volume does to its drives and to those of other nodes.
//!
//! **Modelled.** All work on a space is done by its coordinator, whatever node the I/O came from.
//! *Shared enclosures* (`storage-spaces`): it reaches every drive over its own adapters; a write
//! goes once over them for each copy. *Storage Spaces Direct*: the drives of other nodes are
//! reached over the Software Storage Bus, an SMB session of its own (instance SBL), block
//! redirected: no file system at the far end. A write waits for all copies. So **mirrored writes
//! cross the network even when the VM runs on the owner**.
//!
//! * simple: written once, on its node
//! * two-way mirror: on 2 nodes, so of two nodes 1 copy crosses; read from a copy
//! * three-way mirror: on 3 nodes, so of three nodes 2 copies cross; read from a copy
//! * nested two-way mirror: 2 copies on each of 2 nodes, 2 cross; read on the owner
//! * nested mirror-accelerated parity: as nested mirror, then a share is moved to parity, which
//!   crosses once more; read on the owner
//! * single, dual parity: data and 1 or 2 parities, old ones read first; read from its node
//!
//! With more nodes than copies, slabs lie on `n` sets of neighbouring nodes, equally often, so the
//! owner holds a copy of the share `copies / n`. **Reads** go to the owner's copy where there is
//! one (`local-reads`, the default: two nodes with a two-way mirror read locally), otherwise to the
//! nodes alike; without `local-reads` to all nodes alike, the other reading of public sources.
//! **Not modelled.** Full-stripe parity writes, the parity journal, columns, drive failures, which
//! slab lies where, hand-over of ownership.
//!
//! Sources: <https://learn.microsoft.com/windows-server/storage/storage-spaces/fault-tolerance>,
//! <https://learn.microsoft.com/windows-server/storage/storage-spaces/nested-resiliency>,
//! <https://www.starwindsoftware.com/blog/microsoft-s2d-east-west-traffic-analysis>,
//! <https://www.starwindsoftware.com/blog/microsoft-s2d-data-locality>.
//! Parameters: `spaces.per-io`, `spaces.copies-per-io`, `sbl.target-per-io`,
//! `spaces.rotation-share`, those of `drives`.

use std::sync::Arc;

use super::Lun;
use super::drives::Place;
use super::paths::{DOWN, Near, UP};
use super::roles::{Part, told_apart};
use crate::cluster::build::{Build, CompileError};
use crate::cluster::session::{Session, SmbInstance};
use crate::network::{Direction, Framing, SelectorKind, Service, Step, Wait};
use crate::topology::{CsvId, NodeId, Resiliency, StorageId, StorageKind};
use crate::workload::WorkloadSpec;

/// Bytes of a command or status frame on a SAS path.
const COMMAND_BYTES: u32 = 64;

/// A volume on storage spaces, and what is done to it.
#[derive(Clone, Copy)]
struct Space<'w> {
    owner: NodeId,
    storage: StorageId,
    resiliency: Resiliency,
    tiered: bool,
    workload: &'w WorkloadSpec,
    all: &'w [WorkloadSpec],
}

impl<'w> Space<'w> {
    fn at(&self, node: Option<NodeId>) -> Place<'w> {
        let copies = match self.resiliency {
            Resiliency::NestedTwoWayMirror | Resiliency::NestedMirrorAcceleratedParity => 4,
            other => other.readable(),
        };
        let Self { storage, tiered, workload, all, .. } = *self;
        Place { storage, node, copies, group: (0, 1), tiered, workload, all }
    }
}

impl Build<'_> {
    /// Steps of an I/O on a storage space, from its coordinator on.
    pub(super) fn spaces(
        &mut self,
        owner: NodeId,
        volume: CsvId,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let v = &self.cluster.volumes[volume];
        let (storage, resiliency, tiered) = (v.storage, v.resiliency, v.tiered);
        let space = Space { owner, storage, resiliency, tiered, workload, all };
        let cores = self.cores(owner)?;
        let write = direction == Direction::Write;
        let mirrored = write && resiliency.places() > 1;
        let costs: &[&str] =
            if mirrored { &["spaces.per-io", "spaces.copies-per-io"] } else { &["spaces.per-io"] };
        let mut steps: Vec<Step> =
            vec![self.software(cores, owner, "storage space", costs, None)?.into()];
        let shared = self.cluster.storages[storage].kind == StorageKind::Spaces;
        steps.extend(match (shared, write) {
            (true, true) => self.shared_write(space)?,
            (true, false) => self.over_sas(space, false, 0)?,
            (false, true) => self.direct_write(space)?,
            (false, false) => self.direct_read(space)?,
        });
        Ok(steps)
    }

    /// One copy on, or from, the drives of a shared enclosure.
    fn over_sas(
        &mut self,
        space: Space<'_>,
        write: bool,
        copy: usize,
    ) -> Result<Vec<Step>, CompileError> {
        let near = self.near_ports(space.owner, space.storage);
        let name = self.cluster.storages[space.storage].name.clone();
        let node = self.cluster.nodes[space.owner].name.clone();
        let mut steps = Vec::new();
        for crossing in [&DOWN, &UP] {
            let payload = crossing.down == write;
            let service =
                Service::Wire { header_bytes: COMMAND_BYTES, payload, framing: Framing::NONE };
            let mut branches = Vec::new();
            for port in &near {
                if let Near::Adapter { model, number } = port {
                    let port = self.adapter(space.owner, (model, *number), crossing, service)?;
                    branches.push(vec![port]);
                }
            }
            let Some(ways) = u32::try_from(branches.len()).ok().filter(|&ways| ways > 0) else {
                let why = format!("{node} has no adapter to it");
                return Err(CompileError::Unreachable { disk: name, why });
            };
            // Another copy of the same write goes over the next port.
            branches.rotate_left(copy % ways as usize);
            let body = if ways == 1 {
                branches.swap_remove(0)
            } else {
                let way = if crossing.down { "down" } else { "up" };
                let label = format!("paths, {node} to {name} path {way}");
                let selector = self.selector(&label, SelectorKind::RoundRobin(ways));
                let role = if crossing.down { "path down" } else { "path up" };
                vec![Step::Choose { selector, role, branches }]
            };
            if payload {
                let chunk_bytes = self.chunk("wire.segment")?;
                steps.push(Step::Split { chunk_bytes, window: None, body });
            } else {
                steps.extend(body);
            }
            if crossing.down {
                // The copies of a write are on drives of their own; a read goes to any of them.
                let groups = if write { space.resiliency.places() } else { 1 };
                let place = Place { group: (copy, groups), ..space.at(None) };
                steps.extend(self.drives(place, write)?);
            }
        }
        Ok(steps)
    }

    /// A write to every drive that holds a part, over the coordinator's adapters.
    fn shared_write(&mut self, space: Space<'_>) -> Result<Vec<Step>, CompileError> {
        let places = space.resiliency.places();
        if places == 1 {
            return self.over_sas(space, true, 0);
        }
        let mut steps = Vec::new();
        if space.resiliency.parity() {
            let mut old = Vec::new();
            for (copy, &part) in Part::OLD.iter().enumerate().take(places) {
                old.push(told_apart(self.over_sas(space, false, copy)?, part));
            }
            steps.push(Step::Fork { wait: Wait::All, branches: old });
        }
        let mut branches = Vec::new();
        for (copy, &part) in Part::COPIES.iter().enumerate().take(places) {
            branches.push(told_apart(self.over_sas(space, true, copy)?, part));
        }
        steps.push(Step::Fork { wait: Wait::All, branches });
        Ok(steps)
    }

    /// The drives of a node of Storage Spaces Direct: its own, or over the Software Storage Bus.
    /// Routes share the steps, which are many with many nodes.
    fn at_node(
        &mut self,
        space: Space<'_>,
        node: NodeId,
        write: bool,
        part: Part,
    ) -> Result<Step, CompileError> {
        let storage = &self.cluster.storages[space.storage].name;
        let names = &self.cluster.nodes;
        let key = format!(
            "{storage}, {} to {}, {write} {part:?} {:?} {} {}",
            names[space.owner].name,
            names[node].name,
            space.resiliency,
            space.tiered,
            space.workload.name,
        );
        if let Some(steps) = self.shared.get(&key) {
            return Ok(Step::Common(Arc::clone(steps)));
        }
        let drives = self.drives(space.at(Some(node)), write)?;
        let steps = if node == space.owner {
            drives
        } else {
            let direction = if write { Direction::Write } else { Direction::Read };
            self.over_bus(space.owner, node, (direction, space.workload.block_bytes), drives)?
        };
        let steps: Arc<[Step]> = told_apart(steps, part).into();
        self.shared.insert(key, Arc::clone(&steps));
        Ok(Step::Common(steps))
    }

    /// `drives` of a node, from another node.
    pub(super) fn over_bus(
        &mut self,
        from: NodeId,
        node: NodeId,
        (direction, bytes): (Direction, u64),
        drives: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let session = self.instance(from, node, SmbInstance::Sbl)?;
        let cores = self.cores(node)?;
        let mut below: Vec<Step> =
            vec![self.batched(cores, node, "sbl target", &["sbl.target-per-io"], None)?.into()];
        below.extend(drives);
        self.redirected(from, node, &session, (direction, bytes), below)
    }

    /// The session between two nodes for a purpose of its own.
    pub(super) fn instance(
        &mut self,
        from: NodeId,
        to: NodeId,
        instance: SmbInstance,
    ) -> Result<Session, CompileError> {
        let session = self.session(from, to)?.ok_or_else(|| {
            let name = |node: NodeId| self.cluster.nodes[node].name.clone();
            let why = format!("no network joins {} to {}", name(from), name(to));
            CompileError::Unreachable { disk: "the drives of another node".into(), why }
        })?;
        Ok(Session { instance, ..session })
    }

    /// The nodes of a pool, its coordinator first.
    fn members(&self, space: Space<'_>) -> Vec<NodeId> {
        let mut members = self.cluster.storages[space.storage].nodes.clone();
        if let Some(first) = members.iter().position(|&node| node == space.owner) {
            members.rotate_left(first);
        }
        members
    }

    fn direct_write(&mut self, space: Space<'_>) -> Result<Vec<Step>, CompileError> {
        let members = self.members(space);
        if space.resiliency.nested() {
            return self.nested_write(space, &members);
        }
        let places = space.resiliency.places().min(members.len());
        if members.len() == places {
            return self.write_to(space, &members);
        }
        let mut branches = Vec::new();
        for first in 0..members.len() {
            let set: Vec<NodeId> =
                (0..places).map(|n| members[(first + n) % members.len()]).collect();
            branches.push(self.write_to(space, &set)?);
        }
        let name = &self.cluster.storages[space.storage].name;
        let owner = &self.cluster.nodes[space.owner].name;
        let label = format!("{name} slabs of {owner}, {places} places");
        let selector = self.selector(&label, SelectorKind::Weights(vec![1.0; branches.len()]));
        Ok(vec![Step::Choose { selector, role: "slab", branches }])
    }

    /// A write to a set of nodes; with parity what it replaces is read first.
    fn write_to(&mut self, space: Space<'_>, set: &[NodeId]) -> Result<Vec<Step>, CompileError> {
        let mut steps = Vec::new();
        if space.resiliency.parity() {
            let mut old = Vec::new();
            for (&node, &part) in set.iter().zip(&Part::OLD) {
                old.push(vec![self.at_node(space, node, false, part)?]);
            }
            steps.push(Step::Fork { wait: Wait::All, branches: old });
        }
        let mut branches = Vec::new();
        for (&node, &part) in set.iter().zip(&Part::COPIES) {
            branches.push(vec![self.at_node(space, node, true, part)?]);
        }
        if branches.len() == 1 {
            steps.append(&mut branches[0]);
        } else {
            steps.push(Step::Fork { wait: Wait::All, branches });
        }
        Ok(steps)
    }

    /// Two copies on each of two nodes; what is moved to parity later is read on the owner, and
    /// written on both once more.
    fn nested_write(
        &mut self,
        space: Space<'_>,
        members: &[NodeId],
    ) -> Result<Vec<Step>, CompileError> {
        let mut branches = Vec::new();
        for (n, &part) in Part::COPIES.iter().enumerate() {
            let node = members[n % members.len()];
            branches.push(vec![self.at_node(space, node, true, part)?]);
        }
        let mut steps = vec![Step::Fork { wait: Wait::All, branches }];
        if space.resiliency == Resiliency::NestedMirrorAcceleratedParity {
            let share = self.value("spaces.rotation-share")?.clamp(0.0, 1.0);
            let weights = SelectorKind::Weights(vec![share, 1.0 - share]);
            let selector = self.selector("rotation from mirror to parity", weights);
            let mut behind = vec![self.at_node(space, space.owner, false, Part::Old1)?];
            let mut written =
                vec![told_apart(self.capacity(space.storage, space.owner, true)?, Part::Old2)];
            for &node in members.iter().filter(|&&node| node != space.owner) {
                let drives = self.capacity(space.storage, node, true)?;
                let write = (Direction::Write, space.workload.block_bytes);
                let over = self.over_bus(space.owner, node, write, drives)?;
                written.push(told_apart(over, Part::Rotation));
            }
            behind.push(Step::Fork { wait: Wait::All, branches: written });
            let branches = vec![behind, Vec::new()];
            let rotate = Step::Choose { selector, role: "rotation", branches };
            steps.push(Step::Fork { wait: Wait::None, branches: vec![vec![rotate]] });
        }
        Ok(steps)
    }

    /// Shares of the reads by node, the coordinator first.
    pub(super) fn read_shares(&self, storage: StorageId, resiliency: Resiliency) -> Vec<f64> {
        let storage = &self.cluster.storages[storage];
        let nodes = storage.nodes.len().max(1) as f64;
        let local = if storage.local_reads && !resiliency.parity() {
            (resiliency.readable() as f64 / nodes).min(1.0)
        } else {
            1.0 / nodes
        };
        let other = if nodes > 1.0 { (1.0 - local) / (nodes - 1.0) } else { 0.0 };
        (0..storage.nodes.len().max(1)).map(|n| if n == 0 { local } else { other }).collect()
    }

    fn direct_read(&mut self, space: Space<'_>) -> Result<Vec<Step>, CompileError> {
        let members = self.members(space);
        let shares = self.read_shares(space.storage, space.resiliency);
        let mut branches = Vec::new();
        let mut weights = Vec::new();
        for (&node, &share) in members.iter().zip(&shares) {
            if share > 0.0 {
                branches.push(vec![self.at_node(space, node, false, Part::Copy1)?]);
                weights.push(share);
            }
        }
        if branches.len() < 2 {
            return Ok(branches.into_iter().flatten().collect());
        }
        let name = &self.cluster.storages[space.storage].name;
        let owner = &self.cluster.nodes[space.owner].name;
        let label = format!("{name} reads of {owner}, {}", space.resiliency.name());
        let selector = self.selector(&label, SelectorKind::Weights(weights));
        Ok(vec![Step::Choose { selector, role: "slab", branches }])
    }

    /// The number by which a volume's replica is spread over its storage.
    pub(super) const fn lun(storage: StorageId, volume: CsvId) -> Lun {
        Lun { storage, number: volume.index() }
    }
}
