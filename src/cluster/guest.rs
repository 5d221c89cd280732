//! What an I/O costs above the volume: guest processors, `VMBus`, the root partition.
//!
//! **Modelled.** The guest's storage stack on its virtual processors, one `VMBus` channel for each
//! few processors serving one I/O at a time, the limits of the disk (`throttle`), the root
//! partition's stack on the node's cores. The guest sees more latency than the volume does: all of
//! these but the last are the difference.
//! **Not modelled.** Contention of virtual processors with each other for cores.
//! Parameters: `guest.per-io`, `vmbus.per-io`, `vmbus.vcpus-per-channel`, `host.per-io`.

use super::build::{Build, CompileError};
use crate::network::{Service, StationId, StationKind, Step, Visit};
use crate::topology::{DiskId, NodeId, VmId};

impl Build<'_> {
    /// Steps from the guest's issue to the root partition: what no other machine takes.
    pub(super) fn guest(&mut self, disk: DiskId) -> Result<Vec<Step>, CompileError> {
        let mut steps = self.guest_stack(self.cluster.disks[disk].vm)?;
        steps.extend(self.throttle(disk)?);
        Ok(steps)
    }

    /// The guest's processors and its `VMBus`.
    pub(super) fn guest_stack(&mut self, vm: VmId) -> Result<Vec<Step>, CompileError> {
        let vcpu = self.vcpus(vm)?;
        let v = &self.cluster.vms[vm];
        let (node, vcpus) = (v.node, v.vcpus.max(1));
        let channels = vcpus.div_ceil(self.count("vmbus.vcpus-per-channel")?);
        let bus_label = format!("{}/vmbus", v.name);
        let bus =
            self.station(&bus_label, || StationKind::Fifo { servers: channels, cost_rise: 0.0 });
        Ok(vec![
            self.software(vcpu, node, "guest", &["guest.per-io"], None)?.into(),
            self.software(bus, node, "vmbus", &["vmbus.per-io"], None)?.into(),
        ])
    }

    /// The root partition's stack, down to the node's file system.
    pub(super) fn host(&mut self, node: NodeId) -> Result<Vec<Step>, CompileError> {
        let cores = self.cores(node)?;
        let mut steps = vec![self.software(cores, node, "host", &["host.per-io"], None)?.into()];
        let asleep_ps = self.ps("host.latency")?;
        if asleep_ps > 0.0 {
            let station = self.station("asleep", || StationKind::Delay);
            let service = Service::time(asleep_ps, 0.0, self.shape("software.scv")?);
            steps.push(Visit::new(station, "asleep", service).from(&["host.latency"]).into());
        }
        Ok(steps)
    }

    /// The virtual processors of a machine.
    pub(super) fn vcpus(&mut self, vm: VmId) -> Result<StationId, CompileError> {
        let v = &self.cluster.vms[vm];
        let (node, vcpus) = (v.node, v.vcpus.max(1));
        self.cpu_station(&format!("{}/vcpu", v.name), node, vcpus, 0.0)
    }
}
