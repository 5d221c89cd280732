//! The I/O of a workload: from the machine that asks, past whatever lies between, to the storage.
//!
//! **Modelled.** One source for each pair of workload and disk, one route for each direction. A
//! route begins in the guest, may wait for a new block of its file (`growth`), be answered by the
//! block cache (`block_cache`), cross to a file server (`share`) and to the coordinator (`smb`),
//! fall back (`fallback`), or go past volumes altogether (`attach`, `iscsi`).
//! **Not modelled.** I/Os that depend on each other.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::build::{Build, CompileError};
use super::coalesce::coalesce;
use super::compile::CompiledRoute;
use super::path::{IoPath, file_path};
use super::share::serving_node;
use crate::network::{Arrivals, Clock, Direction, GroupId, Mix, Source, Step, TraceIo};
use crate::random::Shape;
use crate::topology::{Attachment, CsvId, DiskId, NodeId, Sharing};
use crate::workload::{Intensity, WorkloadSpec};

/// A workload on its way into the network.
pub(super) struct Compiling<'b, 'a> {
    pub(super) build: &'b mut Build<'a>,
    pub(super) all: &'b [WorkloadSpec],
    pub(super) routes: &'b mut Vec<CompiledRoute>,
    pub(super) tails: &'b mut Tails,
}

/// What the routes of a workload have in common below its machines, the first run on the node and
/// the rest: by node, volume, direction and path.
pub(super) type Tails = BTreeMap<(NodeId, CsvId, Direction, IoPath), (Step, Arc<[Step]>)>;

impl Compiling<'_, '_> {
    /// Adds the source of a workload on a disk, with its routes.
    pub(super) fn add(
        &mut self,
        index: usize,
        disk: DiskId,
        path: IoPath,
        group: GroupId,
    ) -> Result<(), CompileError> {
        let workload = &self.all[index];
        let label = format!("{}: {}", workload.name, self.build.cluster.disk_label(disk));
        let (mix, trace) = if let Intensity::Replay(ios) = &workload.intensity {
            let mut mix = Vec::new();
            for direction in [Direction::Read, Direction::Write] {
                mix.push(self.mix(index, disk, path, direction, 1.0, workload.block_bytes)?);
            }
            let ios: Vec<TraceIo> = ios
                .iter()
                .map(|io| TraceIo { at_ps: io.at_ps, bytes: io.bytes, mix: io.write.into() })
                .collect();
            (mix, Some(ios))
        } else {
            let mut mix = Vec::new();
            let shares = [
                (Direction::Read, workload.read_share),
                (Direction::Write, 1.0 - workload.read_share),
            ];
            for (direction, weight) in shares {
                if weight > 0.0 {
                    mix.push(self.mix(
                        index,
                        disk,
                        path,
                        direction,
                        weight,
                        workload.block_bytes,
                    )?);
                }
            }
            (mix, None)
        };
        let arrivals = match trace {
            Some(ios) => Arrivals::Trace(ios.into()),
            None => arrivals(&workload.intensity, self.build.guest_clock(disk)?),
        };
        let active = workload.active;
        self.build.net.add_source(Source { label, group: Some(group), arrivals, mix, active });
        Ok(())
    }

    fn mix(
        &mut self,
        index: usize,
        disk: DiskId,
        path: IoPath,
        direction: Direction,
        weight: f64,
        bytes: u64,
    ) -> Result<Mix, CompileError> {
        let build = &mut *self.build;
        let loads = (&self.all[index], self.all);
        let steps = build.disk_steps(disk, path, direction, loads, self.tails)?;
        let mut steps = coalesce(&build.net, steps, loads.0.largest_bytes());
        let d = &build.cluster.disks[disk];
        if matches!(d.attachment, Attachment::Csv | Attachment::SmbShare(_)) {
            steps = build.by_worker(d.vm, path, steps)?;
            steps.extend(build.signals(d.vm)?);
        }
        let word = if direction == Direction::Read { "read" } else { "write" };
        let route = build.net.add_route(format!("{word}, {}", path.name()), steps);
        self.routes.push(CompiledRoute { workload: index, disk, direction, bytes, route });
        Ok(Mix { weight, direction, bytes, route })
    }
}

impl Build<'_> {
    /// The clock of the machine that has a disk, as its processes read it.
    fn guest_clock(&self, disk: DiskId) -> Result<Option<Clock>, CompileError> {
        let vm = &self.cluster.vms[self.cluster.disks[disk].vm];
        let tick_ps = self.ps("guest.clock-tick")?;
        let lag_ps = self.ps("guest.clock-lag")?;
        Ok((tick_ps > 0.0).then(|| Clock { label: vm.name.as_str().into(), tick_ps, lag_ps }))
    }

    /// Steps of an I/O of a machine on a disk.
    fn disk_steps(
        &mut self,
        disk: DiskId,
        path: IoPath,
        direction: Direction,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
        tails: &mut Tails,
    ) -> Result<Vec<Step>, CompileError> {
        let d = &self.cluster.disks[disk];
        let (vm, volume, attachment) = (d.vm, d.volume, d.attachment);
        let node = self.cluster.vms[vm].node;
        let (workload, all) = loads;
        let (owner, lost) = {
            let v = &self.cluster.volumes[volume];
            (v.owner, v.owner_loss.is_some() || !v.changes.is_empty())
        };
        let mut steps = match attachment {
            Attachment::GuestIscsi(network) => {
                return self.guest_iscsi(vm, network, volume, direction, loads);
            }
            Attachment::VirtualFibreChannel => {
                let role = "synthetic Fibre Channel";
                self.guest_past_the_host(vm, role, "virtual-fc.per-io", None)?
            }
            Attachment::Lun => self.physical(node)?,
            Attachment::Csv | Attachment::SmbShare(_) => self.guest(disk)?,
        };
        if direction == Direction::Write {
            steps.extend(self.growth(disk, workload)?);
        }
        match attachment {
            Attachment::Csv if !lost && self.cache_of(disk).is_none() => {
                // Machines on the same node have all that follows in common.
                let key = (node, volume, direction, path);
                let (first, tail) = match tails.entry(key) {
                    Entry::Occupied(known) => known.get().clone(),
                    Entry::Vacant(place) => {
                        let mut tail = self.host(node)?;
                        let ends = (node, owner);
                        tail.extend(self.owned_steps(ends, volume, path, direction, loads)?);
                        let mut tail = coalesce(&self.net, tail, workload.largest_bytes());
                        let first = tail.remove(0);
                        place.insert((first, tail.into())).clone()
                    }
                };
                steps.push(first);
                steps.push(Step::Common(tail));
            }
            Attachment::Csv => {
                steps.extend(self.host(node)?);
                steps.extend(self.disk_file_steps(disk, node, path, direction, loads)?);
            }
            Attachment::SmbShare(server) => {
                steps.extend(self.host(node)?);
                let (serving, _) = serving_node(self.cluster, self.fabric, server, node, volume);
                let (behind, _) = file_path(self.cluster, self.fabric, serving, disk);
                let mut at_server = vec![self.share_work(serving)?];
                at_server.extend(self.disk_file_steps(disk, serving, behind, direction, loads)?);
                let session = self.session_for(node, serving, volume)?;
                let io = (direction, workload.block_bytes);
                steps.extend(self.redirected(node, serving, &session, io, at_server)?);
            }
            _ => steps.extend(self.storage(node, volume, direction, workload, all)?),
        }
        Ok(steps)
    }

    /// Steps from a node to the file of a disk on a volume, through the node's block cache.
    fn disk_file_steps(
        &mut self,
        disk: DiskId,
        from: NodeId,
        path: IoPath,
        direction: Direction,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let d = &self.cluster.disks[disk];
        let (volume, file) = (d.volume, (d.sharing, d.vetoed));
        let steps = self.file_steps((from, volume), path, file, direction, loads)?;
        if direction == Direction::Write {
            return Ok(steps);
        }
        self.through_cache(disk, loads.0, loads.1, steps)
    }

    /// Steps from a node to a file on a volume and back; the file is shared or vetoed, or neither.
    pub(super) fn file_steps(
        &mut self,
        (from, volume): (NodeId, CsvId),
        path: IoPath,
        file: (Sharing, bool),
        direction: Direction,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let v = &self.cluster.volumes[volume];
        let (owner, loss) = (v.owner, v.owner_loss);
        let changes = !v.changes.is_empty();
        let steps = self.owned_steps((from, owner), volume, path, direction, loads)?;
        if changes {
            return self.through_changes((from, volume), file, direction, loads, steps);
        }
        match loss {
            None => Ok(steps),
            Some(loss) => self.through_loss((from, volume), loss, file, direction, loads, steps),
        }
    }

    /// The same, with a certain coordinator.
    pub(super) fn owned_steps(
        &mut self,
        (from, owner): (NodeId, NodeId),
        volume: CsvId,
        path: IoPath,
        direction: Direction,
        (workload, all): (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let at = if path.crosses_network() { owner } else { from };
        let mut below = self.owner_work(owner, path)?;
        below.extend(self.storage(at, volume, direction, workload, all)?);
        if path.crosses_network() {
            let session = self.session_for(from, owner, volume)?;
            let sized = (direction, workload.block_bytes);
            below = self.redirected(from, owner, &session, sized, below)?;
        } else if path == IoPath::Direct {
            below = self.with_fallback((from, owner), volume, direction, (workload, all), below)?;
        }
        Ok(below)
    }
}

/// When a load issues; `clock` is that of its machine.
fn arrivals(intensity: &Intensity, clock: Option<Clock>) -> Arrivals {
    match *intensity {
        Intensity::Closed { outstanding, think_s } => Arrivals::Closed {
            outstanding,
            think_ps: think_s * 1e12,
            think_shape: Shape::Exponential,
        },
        Intensity::Throttled { outstanding, lanes, iops, ticking } => Arrivals::Throttled {
            outstanding,
            lanes,
            interval_ps: 1e12 / iops,
            clock: clock.filter(|_| ticking),
        },
        Intensity::Poisson { iops } => Arrivals::Poisson { interval_ps: 1e12 / iops },
        Intensity::Paced { iops } => Arrivals::Paced { interval_ps: 1e12 / iops },
        Intensity::Bursty { iops, burst_s, idle_s } => Arrivals::Bursty {
            interval_ps: 1e12 / iops * burst_s / (burst_s + idle_s),
            burst_ps: burst_s * 1e12,
            idle_ps: idle_s * 1e12,
        },
        Intensity::Replay(_) => Arrivals::Trace(Vec::new().into()),
    }
}
