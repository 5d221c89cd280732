//! What is of note about volumes and storage systems: filters, paths, controllers, copies.

use super::array::write_back;
use crate::cluster::build::Build;
use crate::cluster::state::{VolumeMode, volume_state};
use crate::topology::{CsvId, FileSystem, Mpio, Resiliency, StorageId, StorageKind, WriteThrough};

impl Build<'_> {
    /// Tells all of it.
    pub(in crate::cluster) fn storage_findings(&mut self) {
        for volume in self.cluster.volumes.ids() {
            self.of_volume(volume);
            self.of_space(volume);
            self.of_replica(volume);
        }
        for storage in self.cluster.storages.ids() {
            self.of_paths(storage);
            self.of_controllers(storage);
            self.of_resync(storage);
        }
    }

    fn of_volume(&mut self, volume: CsvId) {
        let v = &self.cluster.volumes[volume];
        let kind = self.cluster.storages[v.storage].kind;
        for filter in v.filters.iter().filter(|filter| filter.trusted) {
            let text = format!(
                "SharedVolumeCompatibleFilters lists {}, so it does not redirect the volume",
                filter.name
            );
            self.tell(&v.name, text);
        }
        for filter in v.filters.iter().filter(|filter| !filter.trusted && !filter.name.is_empty()) {
            let text = format!(
                "{} keeps it in redirected mode on every node; detach it, update it, or list it in \
                 SharedVolumeCompatibleFilters once its maker says it is safe",
                filter.name
            );
            self.warn(&v.name, text);
        }
        if v.file_system == FileSystem::Refs && kind == StorageKind::Array {
            let text = "ReFS on a SAN is redirected on every version; NTFS is direct there";
            self.warn(&v.name, text);
        }
        let off_owner = self.cluster.nodes.ids().filter(|&node| node != v.owner);
        let lost = off_owner.filter(|&node| {
            let state = volume_state(self.cluster, self.fabric, node, volume);
            state.block_reason.0 & 1 != 0 && state.mode != VolumeMode::Unavailable
        });
        if kind == StorageKind::Array {
            let lost: Vec<_> = lost.collect();
            for node in lost {
                let node = self.cluster.nodes[node].name.clone();
                let text = format!("{node} has no path to it and goes through the owner");
                self.warn(&v.name, text);
            }
        }
    }

    fn of_space(&mut self, volume: CsvId) {
        let v = &self.cluster.volumes[volume];
        let storage = &self.cluster.storages[v.storage];
        let kept = v.resiliency;
        if !storage.kind.is_spaces() {
            return;
        }
        let name = kept.name();
        if storage.kind == StorageKind::Spaces {
            let text = if kept.parity() {
                let n = kept.places();
                format!("{name}: a small write reads {n} drives and then writes {n}")
            } else {
                format!("{name}: each write goes to {} drives of the enclosure", kept.places())
            };
            self.tell(&v.name, text);
            return;
        }
        let nodes = storage.nodes.len().max(1) as f64;
        let places = (kept.places() as f64).min(nodes);
        let (written, remote) = match kept {
            Resiliency::NestedTwoWayMirror | Resiliency::NestedMirrorAcceleratedParity => {
                (4.0, 2.0)
            }
            _ => (places, places * (1.0 - 1.0 / nodes)),
        };
        let reads = self.read_shares(v.storage, kept);
        let local = 100.0 * reads.first().copied().unwrap_or(1.0);
        let text = if kept.parity() {
            format!(
                "{name}: a small write reads {written:.0} drives and then writes {written:.0}, \
                 {remote:.2} of each on other nodes; {local:.0} % of the reads are local"
            )
        } else {
            format!(
                "{name}: each write is made {written:.0} times, {remote:.2} of them over the \
                 network even when the VM runs on the owner; {local:.0} % of the owner's reads \
                 are local"
            )
        };
        self.tell(&v.name, text);
        if kept == Resiliency::NestedMirrorAcceleratedParity {
            let text = "what is moved from mirror to parity crosses the network once more";
            self.tell(&v.name, text);
        }
    }

    fn of_replica(&mut self, volume: CsvId) {
        let v = &self.cluster.volumes[volume];
        match v.replica {
            Some(replica) => {
                let partner = &self.cluster.nodes[replica.partner].name;
                let text = if replica.synchronous {
                    format!("each write waits for the log of {partner}, over the network")
                } else {
                    format!("each write follows to {partner} over the network")
                };
                self.tell(&v.name, text);
            }
            None if v.replicated => {
                let text = "its replication traffic is not there: state the partner in `replica`";
                self.warn(&v.name, text);
            }
            None => {}
        }
    }

    fn of_paths(&mut self, id: StorageId) {
        let storage = &self.cluster.storages[id];
        if storage.kind == StorageKind::Device || storage.kind == StorageKind::SpacesDirect {
            return;
        }
        let name = storage.name.clone();
        if storage.kind == StorageKind::Array && storage.mpio != Mpio::default() {
            let policy = storage.mpio.name();
            if storage.mpio == Mpio::RoundRobin && storage.asymmetric {
                let text = "MPIO goes over the paths of the controller that does not own the \
                            volume as well; round robin with subset would not";
                self.warn(&name, text);
            } else if storage.mpio == Mpio::FailOverOnly {
                self.tell(&name, format!("MPIO: {policy}, so one path of each node works"));
            } else {
                self.tell(&name, format!("MPIO: {policy}"));
            }
        }
        let most = |n: &crate::topology::Node| {
            let of = n.hbas.iter().filter(|hba| hba.storage == id);
            of.map(|hba| hba.ports).sum::<u32>()
        };
        let cabled = self.cluster.nodes.iter().map(most).max().unwrap_or(0);
        for node in self.cluster.nodes.iter().filter(|n| (1..cabled).contains(&most(n))) {
            let (have, node) = (most(node), node.name.clone());
            let text = format!("{node} has {have} of the {cabled} paths that others have");
            self.warn(&name, text);
        }
    }

    fn of_controllers(&mut self, id: StorageId) {
        let storage = &self.cluster.storages[id];
        if storage.kind != StorageKind::Array {
            return;
        }
        let (name, lost) = (storage.name.clone(), storage.controllers_lost);
        let back = write_back(storage);
        let always = storage.write_through == WriteThrough::Always;
        if lost > 0 {
            let writes = if back { "are still cached" } else { "wait for the drives" };
            let text = format!("{lost} lost: the others do the work, and writes {writes}");
            self.warn(&name, format!("controllers: {text}"));
        } else if always {
            self.tell(&name, "writes wait for the drives (write-through)");
        }
    }

    fn of_resync(&mut self, id: StorageId) {
        let storage = &self.cluster.storages[id];
        if let Some(resync) = storage.resync {
            let node = &self.cluster.nodes[resync.node].name;
            let rate = resync.bytes_per_s / 1e6;
            let text = format!("{node} is brought up to date at {rate:.0} MB/s by the other nodes");
            self.tell(&storage.name.clone(), text);
        }
    }
}
