//! Who asks: the virtual disk of each source, and the way it goes.

use crate::cluster::{Compiled, IoPath};
use crate::network::RouteId;
use crate::policy::Transport;
use crate::topology::{Cluster, CsvId, DiskId, NodeId, Rdma, Sharing};

/// A virtual disk under load.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) disk: DiskId,
    /// The node of its machine.
    pub(super) node: NodeId,
    pub(super) volume: CsvId,
    pub(super) owner: NodeId,
    pub(super) path: IoPath,
    /// Whether redirected bytes travel by RDMA.
    pub(super) rdma: bool,
}

/// The askers by source; traffic that is no workload has none.
#[derive(Debug)]
pub(super) struct Sources(Vec<Option<Asker>>);

impl Sources {
    pub(super) fn of(cluster: &Cluster, compiled: &Compiled) -> Self {
        let net = &compiled.network;
        let disk_of = |route: RouteId| {
            compiled.routes.iter().find(|known| known.route == route).map(|known| known.disk)
        };
        let asker = |source: &crate::network::Source| {
            let workload = source.group.is_some_and(|group| net.is_workload(group));
            let disk = disk_of(source.mix.first().filter(|_| workload)?.route)?;
            let way = compiled.disks.iter().find(|way| way.disk == disk)?;
            let d = &cluster.disks[disk];
            let rdma = [Rdma::RoceV1, Rdma::RoceV2, Rdma::Iwarp, Rdma::InfiniBand];
            Some(Asker {
                disk,
                node: cluster.vms[d.vm].node,
                volume: d.volume,
                owner: cluster.volumes[d.volume].owner,
                path: way.path,
                rdma: rdma.iter().any(|kind| way.transport == Some(Transport::Rdma(*kind).name())),
            })
        };
        Self(net.sources.iter().map(asker).collect())
    }

    pub(super) fn path(&self, source: u32) -> Option<IoPath> {
        self.get(source).map(|asker| asker.path)
    }

    pub(super) fn get(&self, source: u32) -> Option<&Asker> {
        self.0.get(source as usize)?.as_ref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Asker)> {
        self.0.iter().enumerate().filter_map(|(index, asker)| Some((index, asker.as_ref()?)))
    }
}

/// The file of a virtual disk below the folder of its volume. The members of a guest cluster have
/// one file together.
pub(super) fn file(cluster: &Cluster, disk: DiskId) -> String {
    let d = &cluster.disks[disk];
    let machine = &cluster.vms[d.vm].name;
    let ending = if d.sharing == Sharing::VhdSet { "vhds" } else { "vhdx" };
    let shared = cluster.guest_clusters.iter().find(|g| g.members.contains(&d.vm));
    let folder = shared.filter(|_| d.sharing != Sharing::None).map_or(machine, |g| &g.name);
    format!("{folder}\\{}.{ending}", d.name)
}
