//! From a cluster and its workloads to a network.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::build::{Build, CompileError};
use super::evidence::Evidence;
use super::finding::Finding;
use super::mode::{IoPath, disk_path};
use super::state::{VolumeState, volume_state};
use crate::network::{
    Arrivals, Direction, GroupId, Mix, Network, NetworkError, RouteId, Source, TraceIo,
};
use crate::provenance::FrozenParameters;
use crate::random::Shape;
use crate::topology::{Cluster, CsvId, DiskId, Fabric, NodeId};
use crate::workload::{Intensity, WorkloadSpec};

/// The path of a virtual disk, as resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct DiskPath {
    /// The disk.
    pub disk: DiskId,
    /// Its path.
    pub path: IoPath,
    /// Why.
    pub reason: String,
    /// How redirected bytes travel.
    pub transport: Option<&'static str>,
    /// How far to trust it.
    pub evidence: Evidence,
    /// What the evidence is.
    pub evidence_note: &'static str,
}

/// One route of a workload on a disk.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledRoute {
    /// Position of the workload.
    pub workload: usize,
    /// The disk.
    pub disk: DiskId,
    /// Read or write.
    pub direction: Direction,
    /// Bytes of an I/O.
    pub bytes: u64,
    /// The route.
    pub route: RouteId,
}

/// A compiled cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The network, valid; group n is workload n.
    pub network: Network,
    /// Paths of the disks.
    pub disks: Vec<DiskPath>,
    /// States of the volumes by node.
    pub volumes: Vec<(CsvId, NodeId, VolumeState)>,
    /// Routes, for explaining.
    pub routes: Vec<CompiledRoute>,
    /// What is of note, warnings first.
    pub findings: Vec<Finding>,
}

/// Compiles a cluster and its workloads.
///
/// # Errors
/// When a parameter is missing or out of range, or a disk cannot be reached.
pub fn compile(
    cluster: &Cluster,
    workloads: &[WorkloadSpec],
    parameters: &FrozenParameters,
) -> Result<Compiled, CompileError> {
    let fabric = Fabric::of(cluster);
    let mut build = Build::new(cluster, &fabric, parameters);
    build.all_ports()?;
    for node in cluster.nodes.ids() {
        build.account(node)?;
    }
    let mut disks = BTreeMap::new();
    let mut routes = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let group = build.net.add_group(workload.name.clone());
        for &disk in &workload.disks {
            let path = resolve(&mut build, disk)?;
            let mut source = Compiling { build: &mut build, all: workloads, routes: &mut routes };
            source.add(index, disk, path.path, group)?;
            disks.insert(disk, path);
        }
    }
    for disk in cluster.disks.ids() {
        if let Entry::Vacant(entry) = disks.entry(disk) {
            entry.insert(resolve(&mut build, disk)?);
        }
    }
    let volumes = cluster
        .volumes
        .ids()
        .flat_map(|v| cluster.nodes.ids().map(move |n| (v, n)))
        .map(|(v, n)| (v, n, volume_state(cluster, &fabric, n, v)))
        .collect();
    build.background(workloads)?;
    build.storage_findings();
    let findings = build.findings.into_iter().collect();
    let network = build.net;
    if let Err(faults) = network.validate() {
        let numbers = faults.iter().find(|f| matches!(f, NetworkError::OutOfRange { .. }));
        if let Some(fault) = numbers {
            return Err(CompileError::OutOfRange(fault.to_string()));
        }
        debug_assert!(false, "{faults:?}");
    }
    Ok(Compiled { network, disks: disks.into_values().collect(), volumes, routes, findings })
}

fn resolve(build: &mut Build<'_>, disk: DiskId) -> Result<DiskPath, CompileError> {
    let cluster = build.cluster;
    let (path, reason) = disk_path(cluster, build.fabric, disk);
    if path == IoPath::None {
        return Err(CompileError::Unreachable { disk: cluster.disk_label(disk), why: reason });
    }
    let d = &cluster.disks[disk];
    let volume = &cluster.volumes[d.volume];
    let node = cluster.vms[d.vm].node;
    let mut transport = None;
    if path.crosses_network() {
        let session = build.session(node, volume.owner);
        let session = session.ok_or_else(|| CompileError::NoNetwork {
            requester: cluster.nodes[node].name.clone(),
            owner: cluster.nodes[volume.owner].name.clone(),
            volume: volume.name.clone(),
        })?;
        transport = Some(session.plan.transport.name());
    }
    let fitted = cluster.storages[volume.storage].fitted;
    let (evidence, evidence_note) = Evidence::of(fitted, path.crosses_network());
    Ok(DiskPath { disk, path, reason, transport, evidence, evidence_note })
}

struct Compiling<'b, 'a> {
    build: &'b mut Build<'a>,
    all: &'b [WorkloadSpec],
    routes: &'b mut Vec<CompiledRoute>,
}

impl Compiling<'_, '_> {
    fn add(
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
            None => arrivals(&workload.intensity),
        };
        self.build.net.add_source(Source { label, group: Some(group), arrivals, mix });
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
        let workload = &self.all[index];
        let d = &build.cluster.disks[disk];
        let (vm, volume) = (d.vm, d.volume);
        let node = build.cluster.vms[vm].node;
        let owner = build.cluster.volumes[volume].owner;
        let mut steps = build.guest(disk)?;
        let at = if path.crosses_network() { owner } else { node };
        let mut below = build.owner_work(owner, path)?;
        below.extend(build.storage(at, volume, direction, workload, self.all)?);
        if path.crosses_network() {
            let session = build.session(node, owner).ok_or_else(|| CompileError::NoNetwork {
                requester: build.cluster.nodes[node].name.clone(),
                owner: build.cluster.nodes[owner].name.clone(),
                volume: build.cluster.volumes[volume].name.clone(),
            })?;
            below = build.redirected(node, owner, &session, direction, below)?;
        }
        steps.append(&mut below);
        let word = if direction == Direction::Read { "read" } else { "write" };
        let route = build.net.add_route(format!("{word}, {}", path.name()), steps);
        self.routes.push(CompiledRoute { workload: index, disk, direction, bytes, route });
        Ok(Mix { weight, direction, bytes, route })
    }
}

fn arrivals(intensity: &Intensity) -> Arrivals {
    match *intensity {
        Intensity::Closed { outstanding, think_s } => Arrivals::Closed {
            outstanding,
            think_ps: think_s * 1e12,
            think_shape: Shape::Exponential,
        },
        Intensity::Throttled { outstanding, lanes, iops } => {
            Arrivals::Throttled { outstanding, lanes, interval_ps: 1e12 / iops }
        }
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
