//! Storage quality of service of virtual disks.
//!
//! **Modelled.** The most a disk of a virtual machine may do, in normalized I/Os and in bytes a
//! second: two rate limiters in the root partition between `VMBus` and the volume, so that the
//! guest feels them and the volume does not. An I/O counts one for each begun 8 KiB: 64 KiB count
//! eight. A shared disk is limited for each virtual machine that has it, each a flow of its own.
//! **Not modelled.** Minimum rates, which a host alone only watches; policies that divide a limit
//! among several disks; bursts (`qos.burst` is the head start a limiter gives, none by default).
//! Source: <https://learn.microsoft.com/windows-server/storage/storage-qos/storage-qos-overview>.
//! Parameters: `qos.burst`; the disk's `max-iops` and `max-bandwidth`.

use super::build::{Build, CompileError};
use crate::network::{Framing, Service, StationKind, Step, Visit};
use crate::random::Shape;
use crate::topology::DiskId;

/// Bytes that count as one normalized I/O.
const NORMALIZED_BYTES: u32 = 8192;

impl Build<'_> {
    /// The limiters of a disk, none where it has no limit.
    pub(super) fn throttle(&mut self, disk: DiskId) -> Result<Vec<Step>, CompileError> {
        let qos = self.cluster.disks[disk].qos;
        let label = self.cluster.disk_label(disk);
        let mut steps = Vec::new();
        let mut said = Vec::new();
        if let Some(iops) = qos.max_iops {
            let framing = Framing { payload: NORMALIZED_BYTES, overhead: 0 };
            let service = Service::Time {
                base_ps: 0.0,
                per_byte_ps: 0.0,
                per_frame_ps: 1e12 / iops,
                framing,
                shape: Shape::Constant,
            };
            steps.push(self.limiter(&format!("{label}/max iops"), "qos iops", service)?);
            said.push(format!("{iops:.0} normalized IOPS (each begun 8 KiB counts as one)"));
        }
        if let Some(rate) = qos.max_bytes_per_s {
            let service = Service::time(0.0, 1e12 / rate, Shape::Constant);
            steps.push(self.limiter(
                &format!("{label}/max bandwidth"),
                "qos bandwidth",
                service,
            )?);
            said.push(format!("{:.1} MB/s", rate / 1e6));
        }
        if !said.is_empty() {
            self.tell(&label, format!("storage QoS lets it do at most {}", said.join(" and ")));
        }
        Ok(steps)
    }

    fn limiter(
        &mut self,
        label: &str,
        role: &'static str,
        service: Service,
    ) -> Result<Step, CompileError> {
        let burst_ps = self.ps("qos.burst")? as u64;
        let station = self.station(label, || StationKind::Limiter { burst_ps });
        Ok(Visit::new(station, role, service).from(&["qos.burst"]).into())
    }
}
