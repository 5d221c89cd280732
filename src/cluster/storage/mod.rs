//! The storage below a node: an array, a device, storage spaces; and where a volume is replicated.
//!
//! **Device, modelled.** `servers` operations at once, each for a latency and a time a byte, by its
//! law; then one shared transfer pipe, where the device has a rate; or, with `dies`, one operation
//! at a time on the die that its address leads to (see `dies`).
//! Arrays are told of in `array` and `media`, the way to them in `paths` and `iscsi`, storage
//! spaces in `spaces` and `drives`, Storage Replica in `replica`.
//! Parameters: `storage.<name>.*`, `hbas.<model>.*`, `array.*`, `spaces.*`.

mod array;
mod dies;
mod drives;
mod findings;
mod iscsi;
mod media;
mod paths;
mod replica;
mod resync;
mod roles;
mod spaces;

use super::build::{Build, CompileError};
use crate::network::{Direction, Service, StationKind, Step, Visit};
use crate::random::Shape;
use crate::topology::{CsvId, NodeId, ServiceLaw, StorageId, StorageKind};
use crate::workload::WorkloadSpec;
use dies::Ask;

/// Where data lies: a storage system, and a number by which volumes are spread over its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lun {
    storage: StorageId,
    number: usize,
}

impl Build<'_> {
    /// Steps of an I/O from a node to the storage of a volume and back.
    pub(super) fn storage(
        &mut self,
        node: NodeId,
        volume: CsvId,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let v = &self.cluster.volumes[volume];
        if let (Direction::Write, Some(replica)) = (direction, v.replica) {
            return self.replicated(node, volume, replica, workload, all);
        }
        self.on_volume(node, volume, direction, workload, all)
    }

    /// The same without replication.
    fn on_volume(
        &mut self,
        node: NodeId,
        volume: CsvId,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let storage = self.cluster.volumes[volume].storage;
        if self.cluster.storages[storage].kind.is_spaces() {
            return self.spaces(node, volume, direction, workload, all);
        }
        let lun = Lun { storage, number: volume.index() };
        self.on_lun(node, lun, direction, workload, all)
    }

    /// Steps of an I/O on an array or a device.
    fn on_lun(
        &mut self,
        node: NodeId,
        lun: Lun,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        match self.cluster.storages[lun.storage].kind {
            StorageKind::Device => self.device(lun, direction),
            _ => self.array(node, lun, direction, workload, all),
        }
    }

    fn device(&mut self, lun: Lun, direction: Direction) -> Result<Vec<Step>, CompileError> {
        let name = self.cluster.storages[lun.storage].name.clone();
        let p = |field: &str| format!("storage.{name}.{field}");
        let way = if direction == Direction::Read { "read" } else { "write" };
        let latency = p(&format!("{way}-latency"));
        let per_byte = p(&format!("{way}-per-byte"));
        let rate = p(&format!("{way}-rate"));
        let scv = p("scv");
        let shape = match self.cluster.storages[lun.storage].law {
            ServiceLaw::LogNormal => self.shape(&scv)?,
            ServiceLaw::Constant => Shape::Constant,
            ServiceLaw::Exponential => Shape::Exponential,
        };
        let per_byte_ps = self.optional(&per_byte).unwrap_or(0.0) * 1e12;
        let has_rate = self.optional(&rate).is_some();
        let rate_ps = if has_rate { self.ps_per_byte(&rate)? } else { 0.0 };
        if let Some(dies) = self.dies(&p("dies"), 1)? {
            let mut origins = vec![latency.as_str(), scv.as_str()];
            if per_byte_ps > 0.0 {
                origins.push(&per_byte);
            }
            let base_ps = self.ps(&latency)?;
            let role = "device latency";
            let wait = Ask { role, base_ps, ps_per_byte: per_byte_ps, shape, origins };
            let origins = if has_rate { vec![rate.as_str()] } else { Vec::new() };
            let role = "device transfer";
            let transfer = Ask { role, base_ps: 0.0, ps_per_byte: rate_ps, shape, origins };
            let write = direction == Direction::Write;
            return Ok(self.on_die(&name, dies, write, &wait, &transfer));
        }
        let servers = self.count(&p("servers"))?;
        let channels = self
            .station(&format!("{name}/channels"), || StationKind::Fifo { servers, cost_rise: 0.0 });
        let wait = Service::time(self.ps(&latency)?, per_byte_ps, shape);
        let servers = p("servers");
        let mut origins = vec![latency.as_str(), &servers, &scv];
        if per_byte_ps > 0.0 {
            origins.push(&per_byte);
        }
        let mut steps = vec![Visit::new(channels, "device latency", wait).from(&origins).into()];
        if has_rate {
            let pipe = self.station(&format!("{name}/pipe"), || StationKind::Fifo {
                servers: 1,
                cost_rise: 0.0,
            });
            let transfer = Service::time(0.0, rate_ps, Shape::Constant);
            steps.push(Visit::new(pipe, "device transfer", transfer).from(&[&rate]).into());
        }
        Ok(steps)
    }
}
