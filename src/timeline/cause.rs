//! Whether a disk's I/O crosses the network to the coordinator, and why.

use crate::cluster::{BlockReason, FileSystemReason, IoPath, disk_path, volume_state};
use crate::topology::{Attachment, Cluster, DiskId, Fabric, NodeId};

/// Why I/O crosses the network to the coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The file is a shared VHDX or VHD Set.
    SharedDisk,
    /// A filter has vetoed direct I/O for the file.
    FileVeto,
    /// The volume is file-system redirected, for these reasons.
    FileSystem(u32),
    /// The volume is block redirected, for these reasons.
    Block(u32),
    /// Behind the share of a file server.
    Share,
}

impl Cause {
    /// What reports call it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::SharedDisk => "shared disk".to_owned(),
            Self::FileVeto => "file vetoed by a filter".to_owned(),
            Self::FileSystem(0) => "file system: snapshot".to_owned(),
            Self::FileSystem(mask) => format!("file system: {}", FileSystemReason(mask)),
            Self::Block(mask) => format!("block: {}", BlockReason(mask)),
            Self::Share => "behind a share".to_owned(),
        }
    }
}

/// A disk cannot be reached at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// Why a disk's I/O crosses the network to the coordinator, if it does, with machine and owner
/// where the cluster has them.
///
/// # Errors
/// When the disk cannot be reached.
pub fn crossing(
    cluster: &Cluster,
    fabric: &Fabric,
    disk: DiskId,
) -> Result<Option<Cause>, Unreachable> {
    let d = &cluster.disks[disk];
    let node = cluster.vms[d.vm].node;
    let volume = &cluster.volumes[d.volume];
    let (path, _) = disk_path(cluster, fabric, disk);
    let joined = |a: NodeId, b: NodeId| {
        a == b || fabric.joining(a, b).any(|network| cluster.networks[network].cluster)
    };
    let cause = match path {
        IoPath::None => return Err(Unreachable),
        IoPath::FileRedirected => Some(Cause::SharedDisk),
        IoPath::FileVetoed => Some(Cause::FileVeto),
        IoPath::FileSystemRedirected | IoPath::BlockRedirected => {
            let state = volume_state(cluster, fabric, node, d.volume);
            Some(if path == IoPath::FileSystemRedirected {
                Cause::FileSystem(state.file_system_cause.0)
            } else {
                Cause::Block(state.block_cause.0)
            })
        }
        IoPath::SmbShare { redirected: true } => Some(Cause::Share),
        _ => None,
    };
    let reached = match d.attachment {
        Attachment::Csv => cause.is_none() || joined(node, volume.owner),
        _ => true,
    };
    if reached { Ok(cause) } else { Err(Unreachable) }
}
