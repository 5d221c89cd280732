//! How files lie on a volume, how a machine comes to them, and what else reads them.

use super::{CsvId, FileServerId, NetworkId, NodeId};

/// Format of a virtual disk's file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiskFormat {
    /// All of it is allocated.
    #[default]
    Fixed,
    /// Blocks are allocated when they are first written.
    Dynamic,
    /// A checkpoint's difference (AVHDX): blocks of the disk are allocated again when they are
    /// first written.
    Differencing,
}

impl DiskFormat {
    /// Every format with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("fixed", Self::Fixed), ("dynamic", Self::Dynamic), ("differencing", Self::Differencing)];
}

/// Something an administrator wants to do with a virtual disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Move its file to other storage while the machine runs.
    StorageLiveMigration,
    /// Make it larger while the machine runs.
    OnlineResize,
    /// Back it up from the host.
    HostBackup,
    /// Make checkpoints.
    Checkpoints,
    /// Hyper-V Replica.
    Replica,
}

impl Need {
    /// Every need with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("storage-live-migration", Self::StorageLiveMigration),
        ("online-resize", Self::OnlineResize),
        ("host-backup", Self::HostBackup),
        ("checkpoints", Self::Checkpoints),
        ("replica", Self::Replica),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, need)| *need == self).map_or("", |(name, _)| name)
    }
}

/// How a machine comes to the bytes of a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attachment {
    /// A file on a Cluster Shared Volume of this cluster.
    #[default]
    Csv,
    /// A file on a share of a clustered file server; the machine's node is the SMB client.
    SmbShare(FileServerId),
    /// A LUN, through an iSCSI initiator in the guest and a network of its node.
    GuestIscsi(NetworkId),
    /// A LUN, through a virtual Fibre Channel adapter of the guest and the adapters of its node.
    VirtualFibreChannel,
    /// A LUN of a physical machine.
    Lun,
}

/// Which node of a clustered file server may serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileServerKind {
    /// A Scale-Out File Server: every node serves every share.
    #[default]
    ScaleOut,
    /// A file server for general use: the node that has the disk serves its shares.
    GeneralUse,
}

/// A clustered file server.
#[derive(Clone, Debug, PartialEq)]
pub struct FileServer {
    /// Name.
    pub name: String,
    /// Its nodes.
    pub nodes: Vec<NodeId>,
    /// Who may serve.
    pub kind: FileServerKind,
    /// Whether its storage is symmetric (every node has direct I/O, as on a SAN); found from the
    /// state of the volume where nothing is said.
    pub symmetric: Option<bool>,
}

/// The CSV block cache of every node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockCache {
    /// Bytes of memory of each node.
    pub bytes: f64,
    /// Share of the reads found in it, where stated; otherwise it follows from working sets.
    pub hit_share: Option<f64>,
    /// Whether a requester's cache answers reads that would be redirected.
    pub redirected: bool,
}

/// Where the snapshot of a backup can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snapshot {
    /// On the coordinator, which made it.
    #[default]
    Software,
    /// On the requester, to which the array shows it.
    Hardware,
}

/// Where a backup goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackupTarget {
    /// Somewhere that costs this cluster nothing.
    #[default]
    Outside,
    /// A share on a node, whose disks are not part of this.
    Node(NodeId),
    /// A Cluster Shared Volume.
    Volume(CsvId),
}

/// A host-level backup while it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Backup {
    /// Name.
    pub name: String,
    /// What it reads.
    pub volume: CsvId,
    /// The node that asks for it.
    pub requester: NodeId,
    /// Where the snapshot is.
    pub snapshot: Snapshot,
    /// Bytes a second it reads at most.
    pub bytes_per_s: f64,
    /// Bytes of a read.
    pub block_bytes: u64,
    /// Reads in flight.
    pub outstanding: u32,
    /// Where it goes.
    pub target: BackupTarget,
}

/// The coordinator of a volume that loses its storage in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerLoss {
    /// When, in picoseconds since the start of the run.
    pub at_ps: u64,
    /// How long I/O waits while ownership moves.
    pub pause_ps: u64,
    /// The coordinator afterwards.
    pub to: NodeId,
}
