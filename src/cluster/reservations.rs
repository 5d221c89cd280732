//! What the members of a guest cluster send beside data: persistent reservations and other SCSI
//! commands, tunnelled to the coordinator.
//!
//! **Modelled.** Each member, passive ones too, sends `shared-vhdx.tunnel-rate` commands a second
//! on each shared disk (`reservations` of the guest cluster states another rate, zero none): an
//! `FSCTL_SVHDX_SYNC_TUNNEL_REQUEST` to the owner's shared-VHDX filter, on the owner itself without
//! network. Background traffic, evenly spaced as the cluster's checks are. Every command is taken
//! as a reading of the registered keys:
//!
//! | | bytes on TCP |
//! |---|---|
//! | request | framing 4, SMB2 header 64, IOCTL 56, tunnel header 16, SCSI request 36 |
//! | response | 4, 64, IOCTL 48, 16, SCSI response 36, keys 8 + 8 a member |
//!
//! **Not modelled.** Arbitration when a member fails; a LUN's reservations, which go to the array.
//! Source: <https://learn.microsoft.com/openspecs/windows_protocols/ms-rsvd/> 2.2.4.7, 2.2.4.8,
//! 2.2.4.11; MS-SMB2 2.2.31, 2.2.32.
//! Parameters: `shared-vhdx.tunnel-rate`, `owner.shared-vhdx-per-io`.

use super::build::{Build, CompileError};
use super::control::Exchange;
use super::share::serving_node;
use crate::network::{Arrivals, Direction, Mix, Step};
use crate::topology::{Attachment, DiskId, GuestClusterId, Sharing};

/// Bytes of a request without parameters.
const REQUEST: u32 = 4 + 64 + 56 + 16 + 36;
/// Bytes of a response without data.
const RESPONSE: u32 = 4 + 64 + 48 + 16 + 36;

impl Build<'_> {
    /// The commands of every guest cluster.
    pub(super) fn reservations(&mut self) -> Result<(), CompileError> {
        for id in self.cluster.guest_clusters.ids() {
            let of = &self.cluster.guest_clusters[id];
            let rate = match of.tunnel_per_s {
                Some(rate) => rate,
                None => self.value("shared-vhdx.tunnel-rate")?,
            };
            let disks = self.shared_disks(id);
            if rate <= 0.0 || disks.is_empty() {
                continue;
            }
            let keys = 8 + 8 * u32::try_from(of.members.len()).unwrap_or(u32::MAX / 16);
            let sizes = Exchange { request: REQUEST, response: RESPONSE.saturating_add(keys) };
            let group = self.net.add_background(format!("reservations, {}", of.name));
            let text = format!(
                "each of its {} members sends {rate} tunnelled SCSI commands a second on each \
                 shared disk to the owner, passive members too; they are counted as \
                 `reservations, {}`",
                of.members.len(),
                of.name
            );
            self.tell(&of.name, text);
            for disk in disks {
                let steps = self.tunnelled(disk, sizes)?;
                let route = self.net.add_route("tunnelled SCSI command", steps);
                let bytes = u64::from(sizes.request) + u64::from(sizes.response);
                let mix = vec![Mix { weight: 1.0, direction: Direction::Read, bytes, route }];
                let arrivals = Arrivals::Paced { interval_ps: 1e12 / rate };
                let label = format!("reservations, {}: {}", of.name, self.cluster.disk_label(disk));
                self.background_source(&label, group, arrivals, mix)?;
            }
        }
        Ok(())
    }

    /// The shared disks of the members.
    fn shared_disks(&self, cluster: GuestClusterId) -> Vec<DiskId> {
        let members = &self.cluster.guest_clusters[cluster].members;
        let mut sorted = members.clone();
        sorted.sort_unstable();
        let shared = |&id: &DiskId| {
            let d = &self.cluster.disks[id];
            d.sharing != Sharing::None && !d.away && sorted.binary_search(&d.vm).is_ok()
        };
        self.cluster.disks.ids().filter(shared).collect()
    }

    fn tunnelled(&mut self, disk: DiskId, sizes: Exchange) -> Result<Vec<Step>, CompileError> {
        let d = &self.cluster.disks[disk];
        let (volume, node) = (d.volume, self.cluster.vms[d.vm].node);
        let owner = self.cluster.volumes[volume].owner;
        let cores = self.cores(owner)?;
        let costs = ["owner.shared-vhdx-per-io"];
        let filter = self.software(cores, owner, "shared VHDX filter", &costs, None)?;
        let mut steps = vec![filter.into()];
        let hop = |build: &mut Self, from, to, steps| {
            if from == to {
                return Ok(steps);
            }
            let session = build.session_for(from, to, volume)?;
            build.control(from, to, &session, sizes, steps)
        };
        if let Attachment::SmbShare(server) = d.attachment {
            let (serving, _) = serving_node(self.cluster, self.fabric, server, node, volume);
            steps = hop(self, serving, owner, steps)?;
            steps.insert(0, self.share_work(serving)?);
            return hop(self, node, serving, steps);
        }
        hop(self, node, owner, steps)
    }
}
