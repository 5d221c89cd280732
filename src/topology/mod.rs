//! What exists: nodes, interfaces, networks, storage, volumes, virtual machines.
//!
//! Static and immutable; how it behaves is the business of `cluster`. Numbers that describe
//! hardware are parameters and live in the parameter set under the name of their model; the
//! topology keeps names, counts and connections. Connections are a graph (petgraph), so that
//! "which nodes reach this volume" is a question about reachability and not about lists.

mod fabric;
mod file;
mod item;
mod placement;
mod storage;

pub use fabric::{Fabric, Vertex};
pub use file::{
    Attachment, Backup, BackupTarget, BlockCache, DiskFormat, FileServer, FileServerKind, Need,
    OwnerLoss, Snapshot,
};
pub use item::{
    Bonding, ConnectionUse, Disk, DiskQos, FileSystem, GuestCluster, Hashing, Hba, Network, Nic,
    Node, Outage, Pace, RateChange, Rdma, Sharing, Smb, Team, Traffic, TrafficClass, TrafficKind,
    Uplink, Vm, Volume, VolumeChange, WindowsVersion,
};
pub use placement::{Placement, Priority, VmMemory};
pub use storage::{
    FilterDriver, FilterLayer, Mpio, Replica, Resiliency, Resync, ServiceLaw, Storage, StorageKind,
    WriteThrough,
};

use crate::units::{IdVec, id_type};

id_type! {
    /// A node of the failover cluster.
    pub struct NodeId
}
id_type! {
    /// A network interface port of a node.
    pub struct NicId
}
id_type! {
    /// A network: one subnet behind one switch layer.
    pub struct NetworkId
}
id_type! {
    /// A storage system.
    pub struct StorageId
}
id_type! {
    /// A Cluster Shared Volume.
    pub struct CsvId
}
id_type! {
    /// A virtual machine.
    pub struct VmId
}
id_type! {
    /// A virtual disk as one virtual machine sees it.
    pub struct DiskId
}
id_type! {
    /// A guest cluster.
    pub struct GuestClusterId
}

id_type! {
    /// A clustered file server.
    pub struct FileServerId
}

/// A cluster as described.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Windows Server version of every node.
    pub windows: WindowsVersion,
    /// Nodes, by name.
    pub nodes: IdVec<NodeId, Node>,
    /// Interface ports.
    pub nics: IdVec<NicId, Nic>,
    /// Networks.
    pub networks: IdVec<NetworkId, Network>,
    /// Storage systems.
    pub storages: IdVec<StorageId, Storage>,
    /// Volumes.
    pub volumes: IdVec<CsvId, Volume>,
    /// Virtual machines.
    pub vms: IdVec<VmId, Vm>,
    /// Virtual disks.
    pub disks: IdVec<DiskId, Disk>,
    /// Guest clusters.
    pub guest_clusters: IdVec<GuestClusterId, GuestCluster>,
    /// Clustered file servers.
    pub file_servers: IdVec<FileServerId, FileServer>,
    /// Backups.
    pub backups: Vec<Backup>,
    /// The CSV block cache, where it is on.
    pub block_cache: Option<BlockCache>,
    /// What SMB is told.
    pub smb: Smb,
    /// Ports that fail in the run.
    pub outages: Vec<Outage>,
    /// Ports that change their rate in the run, in order of time.
    pub rate_changes: Vec<RateChange>,
    /// Traffic beside the workloads.
    pub traffic: Vec<Traffic>,
}

/// Nodes that a failover cluster has at most.
pub const CLUSTER_NODES: usize = 64;
/// Nodes that Storage Spaces Direct takes.
pub const SPACES_DIRECT_NODES: usize = 16;

impl Cluster {
    /// The node called `name`.
    #[must_use]
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        self.nodes.ids().find(|&id| self.nodes[id].name.eq_ignore_ascii_case(name))
    }

    /// The volume called `name`.
    #[must_use]
    pub fn volume_named(&self, name: &str) -> Option<CsvId> {
        self.volumes.ids().find(|&id| self.volumes[id].name.eq_ignore_ascii_case(name))
    }

    /// `vm/disk`, as the reports call a virtual disk.
    #[must_use]
    pub fn disk_label(&self, disk: DiskId) -> String {
        let d = &self.disks[disk];
        format!("{}/{}", self.vms[d.vm].name, d.name)
    }
}
