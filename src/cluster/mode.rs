//! The state of a volume on a node: direct, file-system redirected or block redirected.
//!
//! **Modelled.** State and both reason masks for each node and volume, as
//! `Get-ClusterSharedVolumeState` prints them, from Windows version, file system, storage,
//! connectivity, filters, `BitLocker`, replication and administrator. What a single disk does is
//! in `path`.
//! **Not modelled.** Deduplication and metadata have no reason of their own and do not change the
//! state; a backup changes it only where the scenario asks for that reading of the documents.
//!
//! Rules, with sources:
//! * `ReFS` on a SAN is file-system redirected on every version that allows it (2012 R2 on).
//!   <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>
//! * File-system redirection decides over block redirection; both masks may be set.
//!   <https://learn.microsoft.com/windows/win32/api/clusapi/ns-clusapi-cluster_shared_volume_state_info_ex>
//! * A node that lost its path is block redirected, that node only (`NoDiskConnectivity`).
//! * Nothing is redirected to a coordinator that has no path itself: such a disk is unavailable.

use std::fmt;

use crate::topology::{Cluster, CsvId, Fabric, FileSystem, NodeId, WindowsVersion};

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
    if v.redirected_by_snapshot {
        // No reason of the enumeration stands for it.
        why.push("a backup's snapshot is taken to redirect the whole volume".into());
    }
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
    } else if fs != 0 || v.redirected_by_snapshot {
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
