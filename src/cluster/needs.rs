//! What an administrator wants to do with a disk, held against what its kind allows.
//!
//! **Modelled.** The five limits of a shared VHDX (2012 R2), which of them a VHD Set (2016 and
//! later) lifts, what the host can do with a LUN that it does not see, and that a virtual disk is
//! resized online from 2012 R2 on. A warning says what does not work and what would lift it.
//!
//! | | shared VHDX | VHD Set | LUN in a guest |
//! |---|---|---|---|
//! | storage live migration | no | no | no |
//! | online resize | no | yes | by the array |
//! | host-level backup | no | yes | no |
//! | checkpoints | no | application-consistent | no |
//! | Hyper-V Replica | no | yes | no |
//!
//! Sources: <https://learn.microsoft.com/windows-server/virtualization/hyper-v/manage/create-vhdset-file>,
//! <https://www.starwindsoftware.com/blog/dont-fear-but-respect-redirected-io-with-shared-vhdx>,
//! <https://blog.workinghardinit.work/tag/backing-storage-file/>.

use super::build::Build;
use crate::topology::{Attachment, Cluster, DiskId, Need, Sharing, WindowsVersion};

/// Why a disk does not allow something, and what would.
fn obstacle(cluster: &Cluster, disk: DiskId, need: Need) -> Option<(&'static str, &'static str)> {
    let d = &cluster.disks[disk];
    let set_lifts = need != Need::StorageLiveMigration;
    let other_lift = match need {
        Need::StorageLiveMigration => "a disk that is not shared can be moved while it is in use",
        Need::OnlineResize => "a LUN can be resized on the array",
        Need::HostBackup => "back up in the guest",
        Need::Checkpoints => "a disk that is not shared has them",
        Need::Replica => "replicate in the guest or on the array",
    };
    match (d.attachment, d.sharing) {
        (Attachment::GuestIscsi(_) | Attachment::VirtualFibreChannel, _) => {
            let what = "the host does not see the LUN of a guest";
            (need != Need::OnlineResize).then_some((
                what,
                match need {
                    Need::StorageLiveMigration => "the array can move the LUN",
                    Need::HostBackup => "back up in the guest or by the array's snapshots",
                    Need::Checkpoints => "the array's snapshots come near",
                    _ => "replicate in the guest or on the array",
                },
            ))
        }
        (_, Sharing::SharedVhdx) if set_lifts => Some((
            "a shared VHDX does not allow it",
            if cluster.windows < WindowsVersion::W2016 {
                "a VHD Set, from Windows Server 2016 on, lifts it"
            } else {
                "convert it to a VHD Set (sharing = \"vhd-set\")"
            },
        )),
        (_, Sharing::SharedVhdx) => Some(("a shared VHDX does not allow it", other_lift)),
        (_, Sharing::VhdSet) if !set_lifts => Some(("a VHD Set does not allow it", other_lift)),
        (_, Sharing::None)
            if need == Need::OnlineResize && cluster.windows < WindowsVersion::W2012R2 =>
        {
            Some((
                "Windows Server 2012 resizes disks only while they are not in use",
                "Windows Server 2012 R2 lifts it for VHDX on SCSI",
            ))
        }
        _ => None,
    }
}

impl Build<'_> {
    /// Warns of what is asked for and does not work.
    pub(super) fn needs(&mut self) {
        for disk in self.cluster.disks.ids() {
            let label = self.cluster.disk_label(disk);
            for &need in &self.cluster.disks[disk].needs {
                if let Some((why, lift)) = obstacle(self.cluster, disk, need) {
                    self.warn(&label, format!("no {}: {why}; {lift}", need.name()));
                }
            }
        }
    }
}
