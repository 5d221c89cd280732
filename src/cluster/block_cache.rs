//! The CSV block cache: memory of each node that answers unbuffered reads.
//!
//! **Modelled.** A read that is found in the cache of the node that reads is answered from memory
//! (`block-cache.per-io`, `block-cache.per-byte`) and takes no path to the volume; writes pass
//! through. The share found is stated (`block-cache-hits`), or it is what the cache holds of the
//! hottest data: the cache, as far as it is useful (`block-cache.cache-share`), divided among the
//! workloads that read through it on this node by working set. A sequential scan of more than the
//! cache holds finds nothing. Never for shared VHDX and VHD Sets, whose opens are unbuffered to the
//! owner's filter; not for redirected reads on a requester, about which nothing is documented,
//! unless asked for; not for volumes with `block-cache = false`. Off unless a size is stated.
//! **Not modelled.** Filling the cache after a start or a move; what writes invalidate; reads of
//! several nodes for one file.
//!
//! Source: <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-manage-cluster-shared-volumes>.
//! Parameters: `block-cache.per-io`, `block-cache.per-byte`, `block-cache.cache-share`.

use super::build::{Build, CompileError};
use super::path::{IoPath, disk_path, file_path};
use super::share::serving_node;
use crate::network::{SelectorKind, Step};
use crate::topology::{Attachment, BlockCache, DiskId, NodeId, Sharing};
use crate::workload::{Access, WorkloadSpec};

impl Build<'_> {
    /// The cache that a path from a node to a disk's file goes through, and the node.
    pub(super) fn cache_of(&self, disk: DiskId) -> Option<(BlockCache, NodeId)> {
        let cache = self.cluster.block_cache?;
        let d = &self.cluster.disks[disk];
        let node = self.cluster.vms[d.vm].node;
        let at = match d.attachment {
            Attachment::Csv => node,
            Attachment::SmbShare(server) => {
                serving_node(self.cluster, self.fabric, server, node, d.volume).0
            }
            _ => return None,
        };
        if d.sharing != Sharing::None || !self.cluster.volumes[d.volume].block_cache {
            return None;
        }
        let (path, _) = file_path(self.cluster, self.fabric, at, disk);
        let local = matches!(path, IoPath::Direct | IoPath::LocalAtOwner { .. });
        (local || cache.redirected).then_some((cache, at))
    }

    /// Working sets that are read through the cache of each node.
    fn cached_bytes(&self, node: NodeId, all: &[WorkloadSpec]) -> f64 {
        let reading = all.iter().filter(|w| w.read_share > 0.0);
        let of = |w: &WorkloadSpec| {
            let on = |&&d: &&DiskId| self.cache_of(d).is_some_and(|(_, at)| at == node);
            w.disks.iter().filter(on).count() as f64 * w.working_set_bytes
        };
        reading.map(of).sum()
    }

    /// Puts the cache in front of the steps of a read.
    pub(super) fn through_cache(
        &mut self,
        disk: DiskId,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
        steps: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let Some((cache, node)) = self.cache_of(disk) else { return Ok(steps) };
        let hit = self.block_cache_hits(node, cache, workload, all)?;
        if hit <= 0.0 {
            return Ok(steps);
        }
        let cores = self.cores(node)?;
        let copy = Some("block-cache.per-byte");
        let memory = self.software(cores, node, "block cache", &["block-cache.per-io"], copy)?;
        let name = &self.cluster.nodes[node].name;
        let selector = self.selector(
            &format!("{name} CSV block cache, {}", workload.name),
            SelectorKind::Weights(vec![hit, 1.0 - hit]),
        );
        let text = format!(
            "the CSV block cache of {name} answers {:.1} % of the reads of {}",
            100.0 * hit,
            workload.name
        );
        let label = self.cluster.disk_label(disk);
        self.tell(&label, text);
        let branches = vec![vec![memory.into()], steps];
        Ok(vec![Step::Choose { selector, role: "block cache lookup", branches }])
    }

    fn block_cache_hits(
        &mut self,
        node: NodeId,
        cache: BlockCache,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<f64, CompileError> {
        if let Some(stated) = cache.hit_share {
            return Ok(stated.clamp(0.0, 1.0));
        }
        let total = if let Some(&total) = self.cache_loads.get(&node) {
            total
        } else {
            let total = self.cached_bytes(node, all);
            self.cache_loads.insert(node, total);
            total
        };
        let useful = cache.bytes * self.value("block-cache.cache-share")?.clamp(0.0, 1.0);
        let own = useful * workload.working_set_bytes / total.max(workload.working_set_bytes);
        let hit = workload.cached_share(own);
        // Reading in turn what does not fit evicts every block before it is read again.
        Ok(if workload.access == Access::Sequential && hit < 1.0 { 0.0 } else { hit })
    }

    /// Tells of disks that the cache does nothing for.
    pub(super) fn cache_findings(&mut self) {
        if self.cluster.block_cache.is_none() {
            return;
        }
        for disk in self.cluster.disks.ids() {
            let d = &self.cluster.disks[disk];
            let why = if d.sharing == Sharing::None {
                let (path, _) = disk_path(self.cluster, self.fabric, disk);
                if !path.crosses_network() || self.cache_of(disk).is_some() {
                    continue;
                }
                "whether it answers redirected reads is not documented, so it is taken not to"
            } else {
                "it holds no blocks of shared disks"
            };
            let label = self.cluster.disk_label(disk);
            self.tell(&label, format!("the CSV block cache does nothing here: {why}"));
        }
    }
}
