//! Where everything is, and what flows.

use std::collections::BTreeMap;

use crate::cluster::Compiled;
use crate::network::{Arrivals, GroupId, RouteId, Source};
use crate::scenario::Variant;
use crate::topology::{DiskId, StorageKind};

use super::super::layout::{
    Layout, LayoutFlow, LayoutLink, LayoutNode, LayoutStorage, LayoutVolume,
};

/// The layout of a variant; `bytes_per_s` is what each workload gets through, where it was run.
pub(super) fn layout(
    variant: &Variant,
    compiled: &Compiled,
    bytes_per_s: Option<&[f64]>,
) -> Layout {
    let cluster = &variant.scenario.cluster;
    let nodes = cluster.nodes.ids().map(|id| LayoutNode {
        name: cluster.nodes[id].name.clone(),
        machines: cluster.vms.iter().filter(|vm| vm.node == id && !vm.physical).count(),
    });
    let storages = cluster
        .storages
        .iter()
        .map(|of| LayoutStorage { name: of.name.clone(), kind: of.kind.name().to_owned() });
    let volumes = cluster.volumes.iter().filter(|volume| !volume.lun).map(|of| LayoutVolume {
        name: of.name.clone(),
        storage: cluster.storages[of.storage].name.clone(),
        owner: cluster.nodes[of.owner].name.clone(),
    });
    let backups = cluster.backups.iter().map(|of| format!("backup {}", of.name));
    let traffic = cluster.traffic.iter().map(|of| of.name.clone());
    Layout {
        beside: backups.chain(traffic).collect(),
        nodes: nodes.collect(),
        storages: storages.collect(),
        volumes: volumes.collect(),
        links: links(variant),
        flows: flows(variant, compiled, bytes_per_s),
    }
}

fn links(variant: &Variant) -> Vec<LayoutLink> {
    let cluster = &variant.scenario.cluster;
    let mut links: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for node in &cluster.nodes {
        for hba in &node.hbas {
            let storage = cluster.storages[hba.storage].name.clone();
            let resources = links.entry((node.name.clone(), storage)).or_default();
            if !hba.model.is_empty() {
                resources.push(format!("{}/{} ", node.name, hba.model));
            }
            let nics = hba.nics.iter().map(|nic| &cluster.nics[*nic].name);
            resources.extend(nics.map(|nic| format!("{}/{nic}/", node.name)));
        }
    }
    for storage in &cluster.storages {
        let own = storage.node.into_iter().chain(storage.nodes.iter().copied());
        for node in own {
            let node = cluster.nodes[node].name.clone();
            let drives = match storage.kind {
                StorageKind::SpacesDirect => format!("{}/{node}/", storage.name),
                _ => format!("{}/", storage.name),
            };
            links.entry((node, storage.name.clone())).or_insert_with(|| vec![drives]);
        }
    }
    let link = |((node, storage), resources)| LayoutLink { node, storage, resources };
    links.into_iter().map(link).collect()
}

/// What a source asks for beside others of its workload: I/Os outstanding, or a rate.
fn weight(source: &Source) -> f64 {
    match &source.arrivals {
        Arrivals::Closed { outstanding, .. } => f64::from(*outstanding),
        Arrivals::Throttled { outstanding, lanes, .. } => f64::from(*outstanding * *lanes),
        Arrivals::Poisson { interval_ps } | Arrivals::Paced { interval_ps } => 1e12 / interval_ps,
        Arrivals::Bursty { interval_ps, burst_ps, idle_ps } => {
            1e12 / interval_ps * burst_ps / (burst_ps + idle_ps)
        }
        Arrivals::Trace(ios) => ios.len() as f64,
    }
}

/// Bytes a second of each disk.
fn by_disk(compiled: &Compiled, bytes_per_s: &[f64]) -> BTreeMap<DiskId, f64> {
    let routes: BTreeMap<RouteId, DiskId> =
        compiled.routes.iter().map(|route| (route.route, route.disk)).collect();
    let mut weights: BTreeMap<(GroupId, DiskId), f64> = BTreeMap::new();
    let mut sums: BTreeMap<GroupId, f64> = BTreeMap::new();
    for source in &compiled.network.sources {
        let disk = source.mix.iter().find_map(|mix| routes.get(&mix.route));
        if let (Some(group), Some(disk)) = (source.group, disk) {
            let weight = weight(source);
            *weights.entry((group, *disk)).or_insert(0.0) += weight;
            *sums.entry(group).or_insert(0.0) += weight;
        }
    }
    let mut disks = BTreeMap::new();
    for ((group, disk), weight) in weights {
        let all = bytes_per_s.get(group.index()).copied().unwrap_or(0.0);
        let share = weight / sums.get(&group).copied().unwrap_or(1.0);
        if all.is_finite() && share.is_finite() {
            *disks.entry(disk).or_insert(0.0) += all * share;
        }
    }
    disks
}

/// Requester, owner, volume, mode, and whether it is shared.
type Key<'a> = (String, String, String, &'a str, bool);

fn flows(variant: &Variant, compiled: &Compiled, bytes_per_s: Option<&[f64]>) -> Vec<LayoutFlow> {
    let cluster = &variant.scenario.cluster;
    let rates = bytes_per_s.map(|all| by_disk(compiled, all));
    let mut flows: BTreeMap<Key<'_>, (usize, f64)> = BTreeMap::new();
    for path in &compiled.disks {
        let disk = &cluster.disks[path.disk];
        let volume = &cluster.volumes[disk.volume];
        let key = (
            cluster.nodes[cluster.vms[disk.vm].node].name.clone(),
            volume.name.clone(),
            cluster.nodes[volume.owner].name.clone(),
            path.path.name(),
            path.path.is_csv() && path.path.crosses_network(),
        );
        let flow = flows.entry(key).or_default();
        flow.0 += 1;
        flow.1 += rates.as_ref().and_then(|all| all.get(&path.disk)).copied().unwrap_or(0.0);
    }
    let flow = |((node, volume, owner, mode, redirected), (disks, bytes))| LayoutFlow {
        node,
        volume,
        owner,
        mode: String::from(mode),
        redirected,
        disks,
        bytes_per_s: rates.is_some().then_some(bytes),
    };
    flows.into_iter().map(flow).collect()
}

/// The ways of a workload's disks, and the share of them that cross the network to the owner.
pub(super) fn ways(compiled: &Compiled, disks: &[DiskId]) -> (String, f64) {
    let mut names: Vec<&str> = Vec::new();
    let (mut all, mut crossing) = (0_u32, 0_u32);
    for path in compiled.disks.iter().filter(|path| disks.contains(&path.disk)) {
        all += 1;
        crossing += u32::from(path.path.crosses_network());
        if !names.contains(&path.path.name()) {
            names.push(path.path.name());
        }
    }
    let share = if all > 0 { f64::from(crossing) / f64::from(all) } else { 0.0 };
    (names.join("; "), share)
}
