//! Copies of Storage Spaces Direct that were not there when something was written.
//!
//! A node that is away misses its share of what is written; what it misses is bounded by the data
//! there is, since a block that is written twice is copied once. When it is back, that much is read
//! from the other nodes and written to it, at a rate that the repair queue allows. Until then the
//! next node must not be taken away.
//! Source: <https://learn.microsoft.com/windows-server/storage/storage-spaces/understand-storage-resync>.

use super::clock::Clock;
use super::log::EntryKind;
use super::state::NodeState;
use crate::topology::{NodeId, StorageId, StorageKind};

/// Bytes that are not worth a repair.
const LITTLE: f64 = 1e6;

impl Clock<'_> {
    /// Bytes that loads keep on a storage system, one copy.
    pub(super) fn data(&self, storage: StorageId) -> f64 {
        let cluster = &self.scenario.cluster;
        let on = |disk: &&crate::topology::DiskId| {
            cluster.volumes[cluster.disks[**disk].volume].storage == storage
        };
        let of = |load: &crate::workload::WorkloadSpec| {
            load.working_set_bytes * load.disks.iter().filter(on).count() as f64
        };
        self.scenario.workloads.iter().map(of).sum()
    }

    /// Copies of a byte that each node of a pool holds, on average.
    pub(super) fn copies_share(&self, storage: StorageId) -> f64 {
        let cluster = &self.scenario.cluster;
        let volumes = cluster.volumes.iter().filter(|volume| volume.storage == storage);
        let places: Vec<usize> = volumes.map(|volume| volume.resiliency.places()).collect();
        let nodes = cluster.storages[storage].nodes.len().max(1);
        places.iter().sum::<usize>() as f64 / (places.len().max(1) * nodes) as f64
    }

    /// A node is away: from now on it misses what is written.
    pub(super) fn away(&mut self, node: NodeId) {
        for (storage, of) in self.scenario.cluster.storages.iter_ids() {
            if of.kind == StorageKind::SpacesDirect && of.nodes.contains(&node) {
                self.missed.entry((storage, node)).or_insert(0.0);
                if self.resyncs.get(&storage).is_some_and(|(of, _)| *of == node)
                    && let Some((_, left)) = self.resyncs.remove(&storage)
                {
                    *self.missed.entry((storage, node)).or_insert(0.0) += left;
                }
            }
        }
    }

    /// Begins the repairs that can begin: one at a time in each pool.
    pub(super) fn begin_resyncs(&mut self) {
        let ready: Vec<(StorageId, NodeId)> = self
            .missed
            .keys()
            .copied()
            .filter(|(_, node)| self.state.nodes[*node] == NodeState::Up)
            .collect();
        for (storage, node) in ready {
            if self.resyncs.contains_key(&storage) {
                continue;
            }
            let bytes = self.missed.remove(&(storage, node)).unwrap_or(0.0);
            if bytes < LITTLE {
                continue;
            }
            let cluster = &self.scenario.cluster;
            let name = cluster.storages[storage].name.clone();
            let text = format!("{:.1} GB are copied to {}", bytes / 1e9, cluster.nodes[node].name);
            self.tell(EntryKind::Done, name, text);
            self.resyncs.insert(storage, (node, bytes));
        }
    }

    /// A repair is done.
    pub(super) fn resynced(&mut self, storage: StorageId, node: NodeId) {
        let cluster = &self.scenario.cluster;
        let name = cluster.storages[storage].name.clone();
        let text = format!("the copies on {} are up to date", cluster.nodes[node].name);
        self.tell(EntryKind::Done, name, text);
        self.begin_resyncs();
        self.check_storage();
        self.retry();
    }

    /// Whether a node is up to date in every pool.
    pub(super) fn up_to_date(&self, node: NodeId) -> bool {
        let running = self.resyncs.values().any(|(of, _)| *of == node);
        !running && !self.missed.keys().any(|(_, of)| *of == node)
    }
}
