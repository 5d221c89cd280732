//! From a cluster and its workloads to a network.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::build::{Build, CompileError};
use super::evidence::Evidence;
use super::finding::Finding;
use super::path::{IoPath, disk_path};
use super::share::serving_node;
use super::state::{VolumeState, volume_state};
use super::workload::{Compiling, Tails};
use crate::network::{Direction, Network, NetworkError, RouteId};
use crate::provenance::{FrozenParameters, ParameterId};
use crate::topology::{Attachment, Cluster, CsvId, DiskId, Fabric, NodeId};
use crate::workload::WorkloadSpec;

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
    /// The parameters that were asked for: no other moves anything.
    pub asked: Vec<ParameterId>,
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
        let mut tails = Tails::new();
        for &disk in &workload.disks {
            let path = resolve(&mut build, disk)?;
            let mut source = Compiling {
                build: &mut build,
                all: workloads,
                routes: &mut routes,
                tails: &mut tails,
            };
            source.add(index, disk, path.path, group)?;
            disks.insert(disk, path);
        }
    }
    for disk in cluster.disks.ids().filter(|&disk| !cluster.disks[disk].away) {
        if let Entry::Vacant(entry) = disks.entry(disk) {
            entry.insert(resolve(&mut build, disk)?);
        }
    }
    let volumes = cluster
        .volumes
        .ids()
        .filter(|&v| !cluster.volumes[v].lun)
        .flat_map(|v| cluster.nodes.ids().map(move |n| (v, n)))
        .map(|(v, n)| (v, n, volume_state(cluster, &fabric, n, v)))
        .collect();
    build.background(workloads)?;
    build.needs();
    build.cache_findings();
    build.tell_outages();
    build.tell_changes();
    build.tell_uplinks();
    build.storage_findings();
    let asked = build.asked();
    let findings = build.findings.into_iter().collect();
    let network = build.net;
    if let Err(faults) = network.validate() {
        let numbers = faults.iter().find(|f| matches!(f, NetworkError::OutOfRange { .. }));
        if let Some(fault) = numbers {
            return Err(CompileError::OutOfRange(fault.to_string()));
        }
        debug_assert!(false, "{faults:?}");
    }
    Ok(Compiled { network, disks: disks.into_values().collect(), volumes, routes, findings, asked })
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
    if let Attachment::SmbShare(server) = d.attachment {
        // The hop that every byte takes; one behind it is told in the reason.
        let (serving, _) = serving_node(cluster, build.fabric, server, node, d.volume);
        let session = build.session_for(node, serving, d.volume)?;
        transport = Some(session.usual().plan.transport.name());
    } else if path == IoPath::GuestIscsi {
        transport = Some("iSCSI");
    } else if path.crosses_network() {
        let session = build.session_for(node, volume.owner, d.volume)?;
        transport = Some(session.usual().plan.transport.name());
    }
    let fitted = cluster.storages[volume.storage].fitted;
    let (evidence, evidence_note) = Evidence::of(fitted, path.uses_network());
    Ok(DiskPath { disk, path, reason, transport, evidence, evidence_note })
}
