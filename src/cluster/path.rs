//! Which way the data of a virtual disk takes: what the volume's state leaves open, and what goes
//! past Cluster Shared Volumes altogether.
//!
//! **Modelled.** Redirection file by file, which the state of the volume does not show: a shared
//! VHDX or VHD Set always goes through the coordinator's file system, and so does a file for which
//! a filter has vetoed direct I/O (`FSCTL_CSV_CONTROL`); on the coordinator both stay local.
//! Disks on shares, and LUNs that are no volume (see `share`, `attach`).
//! **Not modelled.** Files that change their way while they are open.
//!
//! Rules, with sources:
//! * The coordinator's own I/O never crosses the network, whatever reason the volume reports.
//! * Shared VHDX: all I/O goes through the coordinator while the volume reports Direct.
//!   <https://learn.microsoft.com/openspecs/windows_protocols/ms-rsvd/>
//! * A single file is redirected while the volume stays Direct when a filter vetoes it.
//!   <https://learn.microsoft.com/windows/win32/api/winioctl/ns-winioctl-csv_query_veto_file_direct_io_output>

use super::share::serving_node;
use super::state::{VolumeMode, volume_state};
use crate::topology::{Attachment, Cluster, CsvId, DiskId, Fabric, NodeId, Sharing};

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
    /// Over the network because a filter vetoed direct I/O for this file.
    FileVetoed,
    /// Over the network to a node of a file server.
    SmbShare {
        /// And from there to the coordinator.
        redirected: bool,
    },
    /// Over a network from the guest to the array, past the host's file systems.
    GuestIscsi,
    /// Through the node's adapters to the array, past the host's file systems.
    VirtualFibreChannel,
    /// From a physical machine to its LUN.
    PhysicalLun,
    /// There is none.
    None,
}

impl IoPath {
    /// Whether the machine's own node takes it through a Cluster Shared Volume.
    #[must_use]
    pub const fn is_csv(self) -> bool {
        !matches!(
            self,
            Self::SmbShare { .. }
                | Self::GuestIscsi
                | Self::VirtualFibreChannel
                | Self::PhysicalLun
                | Self::None
        )
    }

    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::LocalAtOwner { .. } => "local at the owner",
            Self::FileSystemRedirected => "file-system redirected",
            Self::BlockRedirected => "block redirected",
            Self::FileRedirected => "redirected per file (shared disk)",
            Self::FileVetoed => "redirected per file (filter's veto)",
            Self::SmbShare { redirected: false } => "SMB share",
            Self::SmbShare { redirected: true } => "SMB share, redirected behind it",
            Self::GuestIscsi => "iSCSI in the guest",
            Self::VirtualFibreChannel => "virtual Fibre Channel",
            Self::PhysicalLun => "physical machine's LUN",
            Self::None => "unavailable",
        }
    }

    /// Whether the data crosses the CSV network to the coordinator of its volume.
    #[must_use]
    pub const fn crosses_network(self) -> bool {
        matches!(
            self,
            Self::FileSystemRedirected
                | Self::BlockRedirected
                | Self::FileRedirected
                | Self::FileVetoed
                | Self::SmbShare { redirected: true }
        )
    }

    /// Whether the data crosses any network between nodes or to an array's iSCSI target.
    #[must_use]
    pub const fn uses_network(self) -> bool {
        self.crosses_network() || matches!(self, Self::SmbShare { .. } | Self::GuestIscsi)
    }
}

/// The path of a virtual disk, and why.
#[must_use]
pub fn disk_path(cluster: &Cluster, fabric: &Fabric, disk: DiskId) -> (IoPath, String) {
    let d = &cluster.disks[disk];
    let node = cluster.vms[d.vm].node;
    let storage = &cluster.storages[cluster.volumes[d.volume].storage].name;
    let name = &cluster.nodes[node].name;
    let reaches = || fabric.reaches_storage(node, cluster.volumes[d.volume].storage);
    let adapter = |path, what: &str| {
        if reaches() {
            (path, format!("{what} of {name} reach {storage}; no volume and no owner lie between"))
        } else {
            (IoPath::None, format!("node {name} has no adapter to {storage}"))
        }
    };
    match d.attachment {
        Attachment::Csv => file_path(cluster, fabric, node, disk),
        Attachment::SmbShare(server) => {
            let (serving, why) = serving_node(cluster, fabric, server, node, d.volume);
            let (behind, reason) = file_path(cluster, fabric, serving, disk);
            let of = &cluster.file_servers[server].name;
            let at = &cluster.nodes[serving].name;
            if behind == IoPath::None {
                return (IoPath::None, reason);
            }
            let redirected = behind.crosses_network();
            let then = if redirected { "; from there redirected: " } else { "; there: " };
            (
                IoPath::SmbShare { redirected },
                format!("{of} serves it from {at}: {why}{then}{reason}"),
            )
        }
        Attachment::GuestIscsi(network) => {
            let network = &cluster.networks[network].name;
            let why = format!(
                "the guest's initiator reaches {storage} over {network}; no volume and no owner \
                 lie between"
            );
            (IoPath::GuestIscsi, why)
        }
        Attachment::VirtualFibreChannel => {
            adapter(IoPath::VirtualFibreChannel, "virtual ports on the adapters")
        }
        Attachment::Lun => adapter(IoPath::PhysicalLun, "the adapters"),
    }
}

/// The path from a node to the file of a disk on a Cluster Shared Volume, and why.
pub(super) fn file_path(
    cluster: &Cluster,
    fabric: &Fabric,
    node: NodeId,
    disk: DiskId,
) -> (IoPath, String) {
    let d = &cluster.disks[disk];
    let user = match d.attachment {
        Attachment::SmbShare(_) => "the serving node is",
        _ => "the VM runs on",
    };
    path_of(cluster, fabric, (node, user), d.volume, (d.sharing, d.vetoed))
}

/// The path from a node to an ordinary file on a volume, and why.
pub(super) fn volume_path(
    cluster: &Cluster,
    fabric: &Fabric,
    node: NodeId,
    volume: CsvId,
) -> (IoPath, String) {
    path_of(cluster, fabric, (node, "the node is"), volume, (Sharing::None, false))
}

/// The path from a node to a file of a volume that is shared or vetoed, or neither.
pub(super) fn path_of(
    cluster: &Cluster,
    fabric: &Fabric,
    (node, user): (NodeId, &str),
    id: CsvId,
    (sharing, vetoed): (Sharing, bool),
) -> (IoPath, String) {
    let volume = &cluster.volumes[id];
    let state = volume_state(cluster, fabric, node, id);
    let owner = &cluster.nodes[volume.owner].name;
    let shared = sharing != Sharing::None;
    let per_file = shared || vetoed;
    let file = match sharing {
        Sharing::VhdSet => "VHD Set",
        Sharing::SharedVhdx => "shared VHDX",
        Sharing::None => "file vetoed by a filter",
    };
    if matches!(state.mode, VolumeMode::Unavailable | VolumeMode::Paused) {
        return (IoPath::None, state.why);
    }
    if node == volume.owner {
        let through_file_system = per_file || state.mode == VolumeMode::FileSystemRedirected;
        return if through_file_system {
            let why = if per_file {
                format!("{user} the owner {owner}, so its {file} stays local")
            } else {
                format!("{user} the owner {owner}; the volume's state costs it no network")
            };
            (IoPath::LocalAtOwner { shared }, why)
        } else {
            (IoPath::Direct, format!("{user} the owner {owner}"))
        };
    }
    // A coordinator without a path does not stay one: what its volume does then is not known.
    let at_owner = volume_state(cluster, fabric, volume.owner, id);
    if at_owner.mode == VolumeMode::Unavailable {
        return (IoPath::None, format!("on the owner {owner}, {}", at_owner.why));
    }
    match state.mode {
        VolumeMode::FileSystemRedirected => (IoPath::FileSystemRedirected, state.why),
        VolumeMode::BlockRedirected if !per_file => (IoPath::BlockRedirected, state.why),
        _ if per_file => (
            if shared { IoPath::FileRedirected } else { IoPath::FileVetoed },
            format!(
                "all I/O to a {file} goes through the owner {owner}, while the volume reports {}",
                state.mode.name()
            ),
        ),
        _ => (IoPath::Direct, state.why),
    }
}
