//! Which path an I/O takes: direct, file-system redirected or block redirected.
//!
//! **Modelled.** The path of each virtual disk from the state of its volume on its node (see
//! `state`); per-file redirection of shared VHDX and VHD Sets, which the state of the volume does
//! not show.
//! **Not modelled.** Backup, deduplication and metadata have no reason of their own and do not
//! change the path.
//!
//! Rules, with sources:
//! * Nothing is redirected to a coordinator that has no path itself: such a disk is unavailable.
//! * The coordinator's own I/O never crosses the network, whatever reason the volume reports.
//! * Shared VHDX: all I/O goes through the coordinator while the volume reports Direct.
//!   <https://learn.microsoft.com/openspecs/windows_protocols/ms-rsvd/>

use super::state::{VolumeMode, volume_state};
use crate::topology::{Cluster, DiskId, Fabric, Sharing};

/// The path the data of a virtual disk takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    if matches!(state.mode, VolumeMode::Unavailable | VolumeMode::Paused) {
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
