//! Rows about paths: volumes, disks, and the stations of each route.

use std::collections::BTreeMap;

use crate::cluster::{Compiled, CompiledRoute};
use crate::network::{Direction, Service, Step, Visit, for_each_visit};
use crate::provenance::FrozenParameters;
use crate::scenario::Variant;
use crate::units::format_as;

use super::super::explain::{ExplainVariant, FindingRow};
use super::super::model::{DiskRow, PathRow, StationRow, VolumeRow};

pub(super) fn volumes(variant: &Variant, compiled: &Compiled) -> Vec<VolumeRow> {
    let cluster = &variant.scenario.cluster;
    let mut rows: Vec<VolumeRow> = compiled
        .volumes
        .iter()
        .map(|(volume, node, state)| VolumeRow {
            volume: cluster.volumes[*volume].name.clone(),
            node: cluster.nodes[*node].name.clone(),
            owner: cluster.volumes[*volume].owner == *node,
            state: state.mode.name().into(),
            file_system_reason: state.file_system_reason.to_string(),
            block_reason: state.block_reason.to_string(),
            why: state.why.clone(),
        })
        .collect();
    rows.sort_by(|a, b| (&a.volume, &a.node).cmp(&(&b.volume, &b.node)));
    rows
}

pub(super) fn disks(variant: &Variant, compiled: &Compiled) -> Vec<DiskRow> {
    let cluster = &variant.scenario.cluster;
    let mut rows: Vec<DiskRow> = compiled
        .disks
        .iter()
        .map(|path| {
            let disk = &cluster.disks[path.disk];
            let volume = &cluster.volumes[disk.volume];
            DiskRow {
                disk: cluster.disk_label(path.disk),
                node: cluster.nodes[cluster.vms[disk.vm].node].name.clone(),
                volume: volume.name.clone(),
                owner: cluster.nodes[volume.owner].name.clone(),
                mode: path.path.name().into(),
                reason: path.reason.clone(),
                transport: path.transport.map(str::to_string),
                evidence: path.evidence.name().into(),
                evidence_note: path.evidence_note.into(),
            }
        })
        .collect();
    rows.sort_by(|a, b| a.disk.cmp(&b.disk));
    rows
}

fn findings(compiled: &Compiled) -> Vec<FindingRow> {
    let rows = compiled.findings.iter().map(|finding| FindingRow {
        subject: finding.subject.clone(),
        kind: finding.kind.name().into(),
        text: finding.text.clone(),
    });
    rows.collect()
}

/// What `explain` says of a variant.
#[must_use]
pub fn explain_variant(
    variant: &Variant,
    compiled: &Compiled,
    parameters: &FrozenParameters,
) -> ExplainVariant {
    let paths = told(compiled)
        .into_iter()
        .map(|(r, others)| path(variant, compiled, parameters, r, others))
        .collect();
    ExplainVariant {
        name: variant.name.clone(),
        volumes: volumes(variant, compiled),
        disks: disks(variant, compiled),
        findings: findings(compiled),
        paths,
    }
}

/// Routes up to which each is told, however alike they are.
const FEW: usize = 64;

/// The routes to tell of, each with how many others are like it: where there are many, machines
/// on one node that reach one volume for one workload in one way are told of once.
fn told(compiled: &Compiled) -> Vec<(&CompiledRoute, usize)> {
    if compiled.routes.len() <= FEW {
        return compiled.routes.iter().map(|route| (route, 0)).collect();
    }
    let mut told: Vec<(&CompiledRoute, usize)> = Vec::new();
    let mut places = BTreeMap::new();
    for r in &compiled.routes {
        let steps = &compiled.network.routes[r.route].steps;
        // They differ in their own stations at most, which have the machine in their names.
        let like = steps.last().and_then(|step| match step {
            Step::Common(tail) => {
                Some((r.workload, r.direction, r.bytes, Step::place(tail), own(compiled, steps)))
            }
            _ => None,
        });
        let Some(like) = like else {
            told.push((r, 0));
            continue;
        };
        let place = *places.entry(like).or_insert(told.len());
        match told.get_mut(place) {
            Some((_, others)) => *others += 1,
            None => told.push((r, 0)),
        }
    }
    told
}

/// What the stations of a machine's own have to tell them apart but their names: the servers of
/// each.
fn own(compiled: &Compiled, steps: &[Step]) -> Vec<u64> {
    let servers = |step: &Step| match step {
        Step::Visit(visit) => compiled.network.stations[visit.station].servers().to_bits(),
        _ => 0,
    };
    steps.iter().map(servers).collect()
}

fn path(
    variant: &Variant,
    compiled: &Compiled,
    parameters: &FrozenParameters,
    r: &CompiledRoute,
    others: usize,
) -> PathRow {
    let route = &compiled.network.routes[r.route];
    let disk = variant.scenario.cluster.disk_label(r.disk);
    PathRow {
        workload: variant.scenario.workloads[r.workload].name.clone(),
        disk: match others {
            0 => disk,
            1 => format!("{disk} and 1 other like it"),
            n => format!("{disk} and {n} others like it"),
        },
        direction: if r.direction == Direction::Read { "read" } else { "write" }.into(),
        bytes: r.bytes,
        route: route.label.clone(),
        stations: stations(&route.steps, r.bytes, compiled, parameters),
    }
}

fn stations(
    steps: &[Step],
    bytes: u64,
    compiled: &Compiled,
    parameters: &FrozenParameters,
) -> Vec<StationRow> {
    let net = &compiled.network;
    let share = |selector, way| {
        let selector: crate::network::SelectorId = selector;
        net.selectors[selector].share(way)
    };
    let mut rows: Vec<StationRow> = Vec::new();
    let mut add =
        |visit: &Visit, role: &str, service: &Service, origins: &[String], times, bytes| {
            let times: f64 = times;
            let station = &net.stations[visit.station];
            let demand_s = service.mean_ps(bytes, station.ps_per_byte()) * 1e-12;
            // Chunks of one transfer visit the same station in the same role: one row for all.
            let row = rows.iter_mut().find(|r| r.role == role && r.station == station.label);
            if let Some(row) = row {
                let visits = row.visits + times;
                row.demand_s = (row.demand_s * row.visits + demand_s * times) / visits;
                row.visits = visits;
                return;
            }
            rows.push(StationRow {
                role: role.to_string(),
                station: station.label.clone(),
                visits: times,
                demand_s,
                origins: origins.iter().map(|name| origin(name, parameters)).collect(),
            });
        };
    for_each_visit(steps, bytes, 1.0, &share, &mut |visit, times, bytes| {
        // A run of several parts is told part by part.
        if visit.parts.is_empty() {
            add(visit, visit.role, &visit.service, &visit.origins, times, bytes);
        }
        for part in &visit.parts {
            add(visit, part.role, &part.service, &part.origins, times, bytes);
        }
    });
    rows.retain(|r| r.visits > 0.0);
    rows
}

fn origin(name: &str, parameters: &FrozenParameters) -> String {
    let Some(id) = parameters.id(name) else { return name.to_string() };
    let p = parameters.parameter(id);
    format!("{name} = {} ({})", format_as(p.kind, parameters.value(id)), p.source.name())
}
