//! Which path an I/O takes: direct, file-system redirected or block redirected.
//!
//! **Modelled.** State and both reason masks for each node and volume, as
//! `Get-ClusterSharedVolumeState` prints them, from Windows version, file system, storage,
//! connectivity, filters, `BitLocker`, replication and administrator; per-file redirection of
//! shared VHDX and VHD Sets, which the state of the volume does not show.
//! **Not modelled.** Backup, deduplication and metadata have no reason of their own and do not
//! change the state.
//!
//! Rules, with sources:
//! * `ReFS` on a SAN is file-system redirected on every version that allows it (2012 R2 on).
//!   <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>
//! * File-system redirection decides over block redirection; both masks may be set.
//!   <https://learn.microsoft.com/windows/win32/api/clusapi/ns-clusapi-cluster_shared_volume_state_info_ex>
//! * A node that lost its path is block redirected, that node only (`NoDiskConnectivity`).
//! * Nothing is redirected to a coordinator that has no path itself: such a disk is unavailable.
//! * The coordinator's own I/O never crosses the network, whatever reason the volume reports.
//! * Shared VHDX: all I/O goes through the coordinator while the volume reports Direct.
//!   <https://learn.microsoft.com/openspecs/windows_protocols/ms-rsvd/>

use std::fmt;

use crate::topology::{
    Cluster, CsvId, DiskId, Fabric, FileSystem, NodeId, Sharing, WindowsVersion,
};

/// What the cmdlet calls `StateInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeMode {
    /// No path at all: 0.
    Unavailable,
    /// Direct: 2.
    Direct,
    /// File-system redirected: 3.
    FileSystemRedirected,
    /// Block redirected: 4.
    BlockRedirected,
}

impl VolumeMode {
    /// The cmdlet's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "Unavailable",
            Self::Direct => "Direct",
            Self::FileSystemRedirected => "FileSystemRedirected",
            Self::BlockRedirected => "BlockRedirected",
        }
    }
}

/// Bit mask `FileSystemRedirectedIOReason`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSystemReason(pub u32);

impl FileSystemReason {
    /// An administrator asked for it.
    pub const USER_REQUEST: Self = Self(1);
    /// A file-system filter cannot do direct I/O.
    pub const INCOMPATIBLE_FILE_SYSTEM_FILTER: Self = Self(2);
    /// A volume filter cannot do direct I/O.
    pub const INCOMPATIBLE_VOLUME_FILTER: Self = Self(4);
    /// `BitLocker` is converting the volume.
    pub const BITLOCKER_INITIALIZING: Self = Self(16);
    /// The file system is `ReFS`.
    pub const FILE_SYSTEM_REFS: Self = Self(32);

    const NAMES: [(u32, &'static str); 6] = [
        (1, "UserRequest"),
        (2, "IncompatibleFileSystemFilter"),
        (4, "IncompatibleVolumeFilter"),
        (8, "FileSystemTiering"),
        (16, "BitLockerInitializing"),
        (32, "FileSystemReFs"),
    ];
}

impl fmt::Display for FileSystemReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_mask(f, self.0, &Self::NAMES, "NotFileSystemRedirected")
    }
}

/// Bit mask `BlockRedirectedIOReason`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockReason(pub u32);

impl BlockReason {
    /// The node has no path to the disk.
    pub const NO_DISK_CONNECTIVITY: Self = Self(1);
    /// Storage Replica replicates the volume.
    pub const VOLUME_REPLICATION_ENABLED: Self = Self(4);

    const NAMES: [(u32, &'static str); 3] = [
        (1, "NoDiskConnectivity"),
        (2, "StorageSpaceNotAttached"),
        (4, "VolumeReplicationEnabled"),
    ];
}

impl fmt::Display for BlockReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_mask(f, self.0, &Self::NAMES, "NotBlockRedirected")
    }
}

fn write_mask(
    f: &mut fmt::Formatter<'_>,
    mask: u32,
    names: &[(u32, &str)],
    none: &str,
) -> fmt::Result {
    if mask == 0 {
        return f.write_str(none);
    }
    let set: Vec<_> = names.iter().filter(|(bit, _)| mask & bit != 0).map(|(_, n)| *n).collect();
    f.write_str(&set.join(", "))
}

/// State of a volume on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeState {
    /// State.
    pub mode: VolumeMode,
    /// File-system reasons.
    pub file_system_reason: FileSystemReason,
    /// Block reasons.
    pub block_reason: BlockReason,
    /// Why, in a sentence.
    pub why: String,
}

/// State of `volume` on `node`.
#[must_use]
pub fn volume_state(
    cluster: &Cluster,
    fabric: &Fabric,
    node: NodeId,
    volume: CsvId,
) -> VolumeState {
    let v = &cluster.volumes[volume];
    let mut fs = 0;
    let mut why = Vec::new();
    let mut add = |mask: FileSystemReason, set: bool, reason: &str| {
        if set {
            fs |= mask.0;
            why.push(reason.to_string());
        }
    };
    add(FileSystemReason::USER_REQUEST, v.redirected_by_user, "redirected access was turned on");
    add(
        FileSystemReason::INCOMPATIBLE_FILE_SYSTEM_FILTER,
        v.incompatible_file_system_filter,
        "a file-system filter driver cannot do direct I/O",
    );
    add(
        FileSystemReason::INCOMPATIBLE_VOLUME_FILTER,
        v.incompatible_volume_filter,
        "a volume filter driver cannot do direct I/O",
    );
    add(
        FileSystemReason::BITLOCKER_INITIALIZING,
        v.bitlocker_initializing,
        "BitLocker is converting the volume",
    );
    let refs = v.file_system == FileSystem::Refs;
    add(
        FileSystemReason::FILE_SYSTEM_REFS,
        refs,
        if cluster.windows < WindowsVersion::W2016 {
            "a ReFS volume is file-system redirected (this version may not print the reason)"
        } else {
            "a ReFS volume is file-system redirected on every Windows version"
        },
    );
    let mut block = 0;
    let reaches = fabric.reaches_storage(node, v.storage) && !v.lost_paths.contains(&node);
    if v.replicated {
        block |= BlockReason::VOLUME_REPLICATION_ENABLED.0;
        why.push("Storage Replica replicates the volume".into());
    }
    if !reaches && node != v.owner {
        block |= BlockReason::NO_DISK_CONNECTIVITY.0;
        why.push("this node has no path of its own to the storage".into());
    }
    let mode = if node == v.owner && !reaches {
        why.push("the coordinator itself has no path to the storage".into());
        VolumeMode::Unavailable
    } else if fs != 0 {
        VolumeMode::FileSystemRedirected
    } else if block != 0 {
        VolumeMode::BlockRedirected
    } else {
        why.push("this node has a path of its own and nothing forbids direct I/O".into());
        VolumeMode::Direct
    };
    VolumeState {
        mode,
        file_system_reason: FileSystemReason(fs),
        block_reason: BlockReason(block),
        why: why.join("; "),
    }
}

/// The path the data of a virtual disk takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IoPath {
    /// From this node straight to the storage.
    Direct,
    /// On the coordinator itself, through the coordinator's file system.
    LocalAtOwner {
        /// Through the shared-VHDX filter.
        shared: bool,
    },
    /// Over the network to the coordinator's file system.
    FileSystemRedirected,
    /// Over the network to the coordinator's disk stack.
    BlockRedirected,
    /// Over the network because this file is shared, while the volume is not redirected.
    FileRedirected,
    /// There is none.
    None,
}

impl IoPath {
    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::LocalAtOwner { .. } => "local at the owner",
            Self::FileSystemRedirected => "file-system redirected",
            Self::BlockRedirected => "block redirected",
            Self::FileRedirected => "redirected per file (shared VHDX)",
            Self::None => "unavailable",
        }
    }

    /// Whether the data crosses the CSV network.
    #[must_use]
    pub const fn crosses_network(self) -> bool {
        matches!(self, Self::FileSystemRedirected | Self::BlockRedirected | Self::FileRedirected)
    }
}

/// The path of a virtual disk, and why.
#[must_use]
pub fn disk_path(cluster: &Cluster, fabric: &Fabric, disk: DiskId) -> (IoPath, String) {
    let d = &cluster.disks[disk];
    let node = cluster.vms[d.vm].node;
    let volume = &cluster.volumes[d.volume];
    let state = volume_state(cluster, fabric, node, d.volume);
    let owner = &cluster.nodes[volume.owner].name;
    let shared = d.sharing != Sharing::None;
    let file = match d.sharing {
        Sharing::VhdSet => "VHD Set",
        _ => "shared VHDX",
    };
    if state.mode == VolumeMode::Unavailable {
        return (IoPath::None, state.why);
    }
    if node == volume.owner {
        let through_file_system = shared || state.mode == VolumeMode::FileSystemRedirected;
        return if through_file_system {
            let why = if shared {
                format!("the VM runs on the owner {owner}, so its {file} stays local")
            } else {
                format!("the VM runs on the owner {owner}; the volume's state costs it no network")
            };
            (IoPath::LocalAtOwner { shared }, why)
        } else {
            (IoPath::Direct, format!("the VM runs on the owner {owner}"))
        };
    }
    let through_owner = shared || state.mode != VolumeMode::Direct;
    let at_owner = || volume_state(cluster, fabric, volume.owner, d.volume).mode;
    if through_owner && at_owner() == VolumeMode::Unavailable {
        let why =
            format!("its I/O goes through the owner {owner}, which has no path to the storage");
        return (IoPath::None, why);
    }
    match state.mode {
        VolumeMode::FileSystemRedirected => (IoPath::FileSystemRedirected, state.why),
        VolumeMode::BlockRedirected if !shared => (IoPath::BlockRedirected, state.why),
        _ if shared => (
            IoPath::FileRedirected,
            format!(
                "all I/O to a {file} goes through the owner {owner}, while the volume reports {}",
                state.mode.name()
            ),
        ),
        _ => (IoPath::Direct, state.why),
    }
}
