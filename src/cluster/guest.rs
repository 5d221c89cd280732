//! What an I/O costs above the volume: guest processors, `VMBus`, the root partition.
//!
//! **Modelled.** The guest's storage stack on its virtual processors, one `VMBus` channel for each
//! few processors serving one I/O at a time, the limits of the disk (`throttle`), the root
//! partition's stack on the node's cores. The guest sees more latency than the volume does: all of
//! these but the last are the difference, and in bursts the queues before them.
//!
//! A worker in the root partition takes an I/O down to the drive or to the network before it takes
//! the next: VHD parser, file system and storage space of a local volume, or the SMB client of a
//! redirected one. It runs on the cores of the node and waits for one like all else there. An I/O
//! that comes alone is taken down at once; one that comes while others are on their way down, as
//! in a burst, is left to a thread that first has to be scheduled (`vmbus.handover`), unless it is
//! redirected: the SMB client takes what comes and answers later. Each channel
//! has `vmbus.workers`, as many as are needed where that is 0; with a `vmbus.worker-backlog` of
//! `b` the second starts when `b` I/Os wait, the third when `2 b` do. On the way back pass
//! `vmbus.latency` for interrupts and signals, and now and then a virtual processor or a worker
//! is not scheduled for a while (`guest.stall-share` of the I/Os wait `guest.stall` on average,
//! exponentially distributed).
//! **Not modelled.** Contention of virtual processors with each other for cores.
//! Hand-over and backlog are reasoned from measurements: in bursts of 1 to 128 I/Os the latency
//! above the volume grows steeply with the second, then slowly, beyond some twenty hardly at all.
//! Parameters: `guest.per-io`, `guest.stall-share`, `guest.stall`, `vmbus.per-io`, `vmbus.latency`,
//! `host.per-byte`, `host.behind-per-byte`, `vmbus.latency-scv`, `vmbus.vcpus-per-channel`,
//! `vmbus.workers`, `vmbus.handover`, `vmbus.worker-backlog`, `host.per-io`.

use super::build::{Build, CompileError};
use super::path::IoPath;
use crate::network::{
    Amount, SelectorId, SelectorKind, Service, StationId, StationKind, Step, Visit, Wait,
};
use crate::random::Shape;
use crate::topology::{DiskId, NodeId, VmId};

/// Share of I/Os that come alone, as the analytic solver has it of sources that come in no batches.
const SELDOM: f64 = 0.2;

impl Build<'_> {
    /// Steps from the guest's issue to the root partition: what no other machine takes.
    pub(super) fn guest(&mut self, disk: DiskId) -> Result<Vec<Step>, CompileError> {
        let vm = self.cluster.disks[disk].vm;
        let mut steps = self.guest_stack(vm)?;
        steps.extend(self.throttle(disk)?);
        Ok(steps)
    }

    /// What passes on the way back to the guest without anybody working.
    pub(super) fn signals(&mut self, vm: VmId) -> Result<Vec<Step>, CompileError> {
        let node = self.cluster.nodes[self.cluster.vms[vm].node].name.clone();
        let mut steps = Vec::new();
        let latency_ps = self.ps("vmbus.latency")?;
        if latency_ps > 0.0 {
            let station = self.station(&format!("{node}/signals"), || StationKind::Delay);
            let service = Service::time(latency_ps, 0.0, self.shape("vmbus.latency-scv")?);
            let origins = ["vmbus.latency", "vmbus.latency-scv"];
            steps.push(Visit::new(station, "signals", service).from(&origins).into());
        }
        if self.ps("host.behind-per-byte")? > 0.0 {
            let of = self.cluster.vms[vm].node;
            let cores = self.cores(of)?;
            let work =
                self.software(cores, of, "host, behind", &[], Some("host.behind-per-byte"))?;
            let branches = vec![vec![work.into()]];
            steps.push(Step::Fork { wait: Wait::None, branches });
        }
        let share = self.value("guest.stall-share")?.clamp(0.0, 1.0);
        let stall_ps = self.ps("guest.stall")?;
        if share > 0.0 && stall_ps > 0.0 {
            let station = self.station(&format!("{node}/stalls"), || StationKind::Delay);
            let service = Service::time(stall_ps, 0.0, Shape::Exponential);
            let origins = ["guest.stall", "guest.stall-share"];
            let stalled = vec![Visit::new(station, "stall", service).from(&origins).into()];
            let weights = SelectorKind::Weights(vec![share, 1.0 - share]);
            let selector = self.selector("stalls", weights);
            let branches = vec![stalled, Vec::new()];
            steps.push(Step::Choose { selector, role: "whether stalled", branches });
        }
        Ok(steps)
    }

    /// The same steps, with the first run on the node's cores done by a worker of the machine's
    /// channels.
    pub(super) fn by_worker(
        &mut self,
        vm: VmId,
        path: IoPath,
        mut steps: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let workers =
            u64::from(self.channels(vm)?) * (self.value("vmbus.workers")?.max(0.0) as u64);
        if workers == 0 {
            return Ok(steps);
        }
        let cores = self.cores(self.cluster.vms[vm].node)?;
        let first = steps
            .iter()
            .position(|step| matches!(step, Step::Visit(visit) if visit.station == cores));
        if let Some(first) = first {
            let name = &self.cluster.vms[vm].name;
            let pool = self.pool(&format!("{name}/workers"), workers);
            self.net.pools[pool].backlog = self.value("vmbus.worker-backlog")?.max(0.0) as u64;
            let amount = Amount::Fixed(1);
            let release = Step::Release { pool, amount };
            let worker = vec![Step::Acquire { pool, amount }, steps.remove(first), release];
            let here = matches!(path, IoPath::Direct | IoPath::LocalAtOwner { .. });
            let handed_over = if here { self.handover(vm)? } else { None };
            if let Some((selector, visit)) = handed_over {
                let left: Vec<Step> = std::iter::once(visit).chain(worker.clone()).collect();
                let role = "whether handed over";
                let choice = Step::Choose { selector, role, branches: vec![worker, left] };
                steps.insert(first, choice);
            } else {
                steps.splice(first..first, worker);
            }
        }
        Ok(steps)
    }

    /// How a worker of a machine is called, where that takes time, and whether it has to be.
    fn handover(&mut self, vm: VmId) -> Result<Option<(SelectorId, Step)>, CompileError> {
        let time_ps = self.ps("vmbus.handover")?;
        if time_ps <= 0.0 {
            return Ok(None);
        }
        let v = &self.cluster.vms[vm];
        let (name, node) = (v.name.clone(), self.cluster.nodes[v.node].name.clone());
        let kind = SelectorKind::Vacant { expected: SELDOM };
        let selector = self.selector(&format!("{name}/handover"), kind);
        let station = self.station(&format!("{node}/handover"), || StationKind::Delay);
        let service = Service::time(time_ps, 0.0, self.shape("vmbus.latency-scv")?);
        let origins = ["vmbus.handover", "vmbus.latency-scv"];
        Ok(Some((selector, Visit::new(station, "handover", service).from(&origins).into())))
    }

    /// Channels of a machine's disks.
    fn channels(&self, vm: VmId) -> Result<u32, CompileError> {
        let vcpus = self.cluster.vms[vm].vcpus.max(1);
        Ok(vcpus.div_ceil(self.count("vmbus.vcpus-per-channel")?))
    }

    /// The guest's processors and its `VMBus`.
    pub(super) fn guest_stack(&mut self, vm: VmId) -> Result<Vec<Step>, CompileError> {
        let vcpu = self.vcpus(vm)?;
        let v = &self.cluster.vms[vm];
        let node = v.node;
        let bus_label = format!("{}/vmbus", v.name);
        let channels = self.channels(vm)?;
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
        let per_byte = (self.ps("host.per-byte")? > 0.0).then_some("host.per-byte");
        let mut steps =
            vec![self.software(cores, node, "host", &["host.per-io"], per_byte)?.into()];
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
        let kind = StationKind::Fifo { servers: vcpus, cost_rise: 0.0 };
        self.cpu_station(&format!("{}/vcpu", v.name), node, kind)
    }
}
