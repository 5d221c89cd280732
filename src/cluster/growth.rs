//! Growth of dynamic and differencing disks: allocations that go through the coordinator.
//!
//! **Modelled.** A file grows by one block at a time: `vhdx.block` (32 MiB) of a dynamic disk,
//! `vhdx.differencing-block` (2 MiB) of a checkpoint's difference. The write that needs a new block
//! waits for `vhdx.extension-exchanges` metadata operations at the coordinator (new end of the
//! file, new entry of the block table); its data then goes the usual way, Direct where that is
//! possible. The share of writes that need one:
//!
//! * new space, filled in order: `growth * bytes / block`, since one write in `block / bytes`
//!   begins a block; growth in bytes a second is `rate / bytes written a second`;
//! * random overwriting of a checkpointed disk: `growth`, since each write falls into a block of
//!   its own; 100 % just after the checkpoint, less as the difference fills.
//!
//! **Not modelled.** The block's zeroing (NTFS keeps a valid data length instead); writes of the
//! VHDX log; merging a checkpoint back; a full volume.
//! Sources: <https://learn.microsoft.com/openspecs/windows_protocols/ms-vhdx/>,
//! <https://learn.microsoft.com/powershell/module/hyper-v/new-vhd>.
//! Parameters: `vhdx.block`, `vhdx.differencing-block`, `vhdx.extension-exchanges`.

use super::build::{Build, CompileError};
use crate::network::{SelectorKind, Step};
use crate::topology::{DiskFormat, DiskId};
use crate::workload::{Access, WorkloadSpec};

impl Build<'_> {
    /// Share of the writes of a workload on a disk that wait for a new block.
    fn allocating_share(&self, disk: DiskId, workload: &WorkloadSpec) -> Result<f64, CompileError> {
        let d = &self.cluster.disks[disk];
        let block = match d.format {
            DiskFormat::Fixed => return Ok(0.0),
            DiskFormat::Dynamic => self.value("vhdx.block")?,
            DiskFormat::Differencing => self.value("vhdx.differencing-block")?,
        };
        let of_a_block = (workload.block_bytes as f64 / block.max(1.0)).min(1.0);
        let random = d.format == DiskFormat::Differencing && workload.access == Access::Random;
        Ok(d.growth_share * if random { 1.0 } else { of_a_block })
    }

    /// What a write does before its data: nothing, or waiting for a new block now and then.
    pub(super) fn growth(
        &mut self,
        disk: DiskId,
        workload: &WorkloadSpec,
    ) -> Result<Option<Step>, CompileError> {
        let share = self.allocating_share(disk, workload)?;
        if share <= 0.0 {
            return Ok(None);
        }
        let times = self.count("vhdx.extension-exchanges")?.min(64);
        let once = self.disk_metadata(disk)?;
        let mut extension = Vec::new();
        for _ in 0..times {
            extension.extend(once.iter().cloned());
        }
        let label = self.cluster.disk_label(disk);
        let selector = self.selector(
            &format!("new block, {}, {label}", workload.name),
            SelectorKind::Weights(vec![share, 1.0 - share]),
        );
        let d = &self.cluster.disks[disk];
        let owner = &self.cluster.nodes[self.cluster.volumes[d.volume].owner].name;
        let text = format!(
            "{:.3} % of the writes of {} wait for a new block, which takes {times} metadata \
             operations at the owner {owner}",
            100.0 * share,
            workload.name
        );
        self.tell(&label, text);
        Ok(Some(Step::Choose {
            selector,
            role: "new block",
            branches: vec![extension, Vec::new()],
        }))
    }
}
