//! What `Get-ClusterSharedVolumeState` prints for each node and volume.
//!
//! **Modelled.** `StateInfo` and both reason masks from Windows version, storage, connectivity,
//! file system, tiers, filters, `BitLocker`, replication and administrator.
//! **Not modelled.** Backup, deduplication, shared VHDX and metadata have no reason of their own.
//! The short pauses of a volume while its owner moves; `paused` holds one back for good.
//!
//! Rules, with sources:
//! * `ReFS` is file-system redirected on every version that allows it (2012 R2 on), on a SAN too.
//!   <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>
//! * File-system redirection decides over block redirection; both masks may be set.
//!   <https://learn.microsoft.com/windows/win32/api/clusapi/ns-clusapi-cluster_shared_volume_state_info_ex>
//! * A node that lost its path is block redirected, that node only (`NoDiskConnectivity`).
//! * A storage space is attached to the coordinator only, so the other nodes are block redirected
//!   (`StorageSpaceNotAttached`); but a simple space without write-back cache is attached to every
//!   node that reaches its drives. Parity is taken as a mirror, since no reason of its own exists.
//!   <https://techcommunity.microsoft.com/t5/failover-clustering/understanding-the-state-of-your-cluster-shared-volumes/ba-p/371889>
//! * NTFS on a tiered space is file-system redirected on every node, since the coordinator counts
//!   how hot the data is; `ReFS` moves data itself and reports only that it is `ReFS`.
//! * The coordinator prints what holds for the whole volume, though its own I/O stays local; that a
//!   space is not attached or a disk not reached is printed by the nodes it holds for.
//! * Names that the cmdlet prints: 2012 has no such cmdlet, that of 2012 R2 ends at
//!   `FileSystemTiering` and `StorageSpaceNotAttached`, all of them exist from 2016.
//!   <https://learn.microsoft.com/openspecs/windows_protocols/ms-cmrp/326dce1b-b173-47f7-bfd3-f94464a30d07>
//! * A filter that the cluster property `SharedVolumeCompatibleFilters` lists redirects nothing.

use std::fmt;

use crate::topology::{
    Cluster, CsvId, Fabric, FileSystem, FilterDriver, FilterLayer, NodeId, Resiliency, StorageKind,
    Volume, WindowsVersion,
};

/// What the cmdlet calls `StateInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeMode {
    /// No path at all.
    Unavailable = 0,
    /// I/O is held back.
    Paused = 1,
    /// Direct.
    Direct = 2,
    /// File-system redirected.
    FileSystemRedirected = 3,
    /// Block redirected.
    BlockRedirected = 4,
}

impl VolumeMode {
    /// The cmdlet's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "Unavailable",
            Self::Paused => "Paused",
            Self::Direct => "Direct",
            Self::FileSystemRedirected => "FileSystemRedirected",
            Self::BlockRedirected => "BlockRedirected",
        }
    }

    /// The cmdlet's number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self as u32
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
    /// NTFS counts how hot the data of a tiered space is.
    pub const FILE_SYSTEM_TIERING: Self = Self(8);
    /// `BitLocker` is converting the volume.
    pub const BITLOCKER_INITIALIZING: Self = Self(16);
    /// The file system is `ReFS`.
    pub const FILE_SYSTEM_REFS: Self = Self(32);

    /// The reasons that the cmdlet of a version can print. `BitLocker` and `ReFS` redirect before
    /// 2016 too, but the enumeration ends at tiering there.
    #[must_use]
    pub const fn printable(windows: WindowsVersion) -> Self {
        match windows {
            WindowsVersion::W2012 | WindowsVersion::W2012R2 => Self(0b00_1111),
            _ => Self(0b11_1111),
        }
    }

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
    /// The storage space is attached to the coordinator only.
    pub const STORAGE_SPACE_NOT_ATTACHED: Self = Self(2);
    /// Storage Replica replicates the volume.
    pub const VOLUME_REPLICATION_ENABLED: Self = Self(4);

    /// The reasons that the cmdlet of a version can print: Storage Replica came with 2016.
    #[must_use]
    pub const fn printable(windows: WindowsVersion) -> Self {
        match windows {
            WindowsVersion::W2012 | WindowsVersion::W2012R2 => Self(0b011),
            _ => Self(0b111),
        }
    }

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
    /// File-system reasons that the cmdlet of this version prints.
    pub file_system_reason: FileSystemReason,
    /// Block reasons that the cmdlet of this version prints.
    pub block_reason: BlockReason,
    /// File-system reasons there are, whether or not the cmdlet has a name for them.
    pub file_system_cause: FileSystemReason,
    /// Block reasons there are.
    pub block_cause: BlockReason,
    /// Why, in a sentence.
    pub why: String,
}

/// Why a volume is redirected: bits, and sentences.
#[derive(Default)]
struct Causes {
    file_system: u32,
    block: u32,
    why: Vec<String>,
}

impl Causes {
    fn file_system(&mut self, reason: FileSystemReason, why: impl Into<String>) {
        self.file_system |= reason.0;
        self.why.push(why.into());
    }

    fn block(&mut self, reason: BlockReason, why: impl Into<String>) {
        self.block |= reason.0;
        self.why.push(why.into());
    }
}

/// What redirects the whole volume, on every node.
fn causes_of_volume(v: &Volume) -> Causes {
    let mut causes = Causes::default();
    if v.redirected_by_user {
        causes.file_system(FileSystemReason::USER_REQUEST, "redirected access was turned on");
    }
    for filter in v.filters.iter().filter(|filter| !filter.trusted) {
        let reason = match filter.layer {
            FilterLayer::FileSystem => FileSystemReason::INCOMPATIBLE_FILE_SYSTEM_FILTER,
            FilterLayer::Volume => FileSystemReason::INCOMPATIBLE_VOLUME_FILTER,
        };
        causes.file_system(reason, format!("{} cannot do direct I/O", described(filter)));
    }
    let refs = v.file_system == FileSystem::Refs;
    if v.tiered && !refs {
        let why = "the space is tiered, and the coordinator counts how hot its data is";
        causes.file_system(FileSystemReason::FILE_SYSTEM_TIERING, why);
    }
    if v.bitlocker_initializing {
        let why = "BitLocker is converting the volume";
        causes.file_system(FileSystemReason::BITLOCKER_INITIALIZING, why);
    }
    if refs {
        let why = "a ReFS volume is file-system redirected on every Windows version";
        causes.file_system(FileSystemReason::FILE_SYSTEM_REFS, why);
    }
    if v.replicated {
        let why = "Storage Replica replicates the volume";
        causes.block(BlockReason::VOLUME_REPLICATION_ENABLED, why);
    }
    causes
}

fn described(filter: &FilterDriver) -> String {
    let layer = match filter.layer {
        FilterLayer::FileSystem => "file-system",
        FilterLayer::Volume => "volume",
    };
    match filter.name.as_str() {
        "" => format!("a {layer} filter driver"),
        name => format!("the {layer} filter driver {name}"),
    }
}

/// Whether only the coordinator has the storage space of a volume attached.
fn attached_once(cluster: &Cluster, v: &Volume) -> bool {
    let storage = &cluster.storages[v.storage];
    match storage.kind {
        StorageKind::SpacesDirect => true,
        StorageKind::Spaces => v.resiliency != Resiliency::Simple || v.tiered,
        StorageKind::Array | StorageKind::Device => false,
    }
}

fn reaches(cluster: &Cluster, fabric: &Fabric, node: NodeId, v: &Volume) -> bool {
    debug_assert!(cluster.nodes.get(node).is_some());
    fabric.reaches_storage(node, v.storage) && !v.lost_paths.contains(&node)
}

/// The node that takes a volume over when its coordinator lost the storage: of those with a path
/// the one that owns fewest volumes, the first of equals.
#[must_use]
pub fn successor(cluster: &Cluster, fabric: &Fabric, volume: CsvId) -> Option<NodeId> {
    let v = &cluster.volumes[volume];
    let owned = |n: NodeId| cluster.volumes.iter().filter(|other| other.owner == n).count();
    let able = |&n: &NodeId| n != v.owner && reaches(cluster, fabric, n, v);
    cluster.nodes.ids().filter(able).min_by_key(|&n| owned(n))
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
    let mut causes = causes_of_volume(v);
    let reached = reaches(cluster, fabric, node, v);
    if node != v.owner {
        if attached_once(cluster, v) {
            let why = "the storage space is attached to its owner only";
            causes.block(BlockReason::STORAGE_SPACE_NOT_ATTACHED, why);
        }
        if !reached {
            let why = "this node has no path of its own to the storage";
            causes.block(BlockReason::NO_DISK_CONNECTIVITY, why);
        }
    }
    let Causes { file_system, block, mut why } = causes;
    if v.redirected_by_snapshot {
        why.push("a backup's snapshot is taken to redirect the whole volume".into());
    }
    let mode = if node == v.owner && !reached {
        let next = successor(cluster, fabric, volume).map_or_else(
            || "no other node has one, so the volume is lost".to_owned(),
            |next| {
                let next = &cluster.nodes[next].name;
                format!("ownership would move to {next}, which has one; write it as the owner")
            },
        );
        why.push(format!("the coordinator itself has no path to the storage; {next}"));
        VolumeMode::Unavailable
    } else if v.paused {
        why.push("the volume is paused, so its I/O waits".into());
        VolumeMode::Paused
    } else if file_system != 0 || v.redirected_by_snapshot {
        VolumeMode::FileSystemRedirected
    } else if block != 0 {
        VolumeMode::BlockRedirected
    } else {
        why.push("this node has a path of its own and nothing forbids direct I/O".into());
        VolumeMode::Direct
    };
    let windows = cluster.windows;
    let printed = FileSystemReason(file_system & FileSystemReason::printable(windows).0);
    let printed_block = BlockReason(block & BlockReason::printable(windows).0);
    if windows == WindowsVersion::W2012 {
        why.push("Windows Server 2012 has no cmdlet that tells".into());
    } else if (printed.0, printed_block.0) != (file_system, block) {
        let version = windows.name();
        why.push(format!("the cmdlet of Windows Server {version} has no name for one of these"));
    }
    VolumeState {
        mode,
        file_system_reason: printed,
        block_reason: printed_block,
        file_system_cause: FileSystemReason(file_system),
        block_cause: BlockReason(block),
        why: why.join("; "),
    }
}
