//! The storage below a node: an array, a device, storage spaces; and where a volume is replicated.
//!
//! **Device, modelled.** `servers` operations in latency at once, then one shared transfer pipe;
//! or, with `dies`, one operation at a time on the die that its address leads to (see `dies`).
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
use crate::topology::{CsvId, NodeId, StorageId, StorageKind};
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
        let (latency, rate) = match direction {
            Direction::Read => (p("read-latency"), p("read-rate")),
            Direction::Write => (p("write-latency"), p("write-rate")),
        };
        let scv = p("scv");
        let shape = self.shape(&scv)?;
        if let Some(dies) = self.dies(&p("dies"), 1)? {
            let (base_ps, ps_per_byte) = (self.ps(&latency)?, self.ps_per_byte(&rate)?);
            let origins = vec![latency.as_str(), scv.as_str()];
            let wait = Ask { role: "device latency", base_ps, ps_per_byte: 0.0, shape, origins };
            let origins = vec![rate.as_str()];
            let transfer =
                Ask { role: "device transfer", base_ps: 0.0, ps_per_byte, shape, origins };
            let write = direction == Direction::Write;
            return Ok(self.on_die(&name, dies, write, &wait, &transfer));
        }
        let servers = self.count(&p("servers"))?;
        let channels = self
            .station(&format!("{name}/channels"), || StationKind::Fifo { servers, cost_rise: 0.0 });
        let pipe = self
            .station(&format!("{name}/pipe"), || StationKind::Fifo { servers: 1, cost_rise: 0.0 });
        let wait = Service::time(self.ps(&latency)?, 0.0, shape);
        let transfer = Service::time(0.0, self.ps_per_byte(&rate)?, Shape::Constant);
        Ok(vec![
            Visit::new(channels, "device latency", wait)
                .from(&[&latency, &p("servers"), &scv])
                .into(),
            Visit::new(pipe, "device transfer", transfer).from(&[&rate]).into(),
        ])
    }
}
