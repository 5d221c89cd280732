//! LUNs that are no volume: virtual Fibre Channel in a guest, a disk of a physical machine.
//!
//! **Virtual Fibre Channel, modelled.** The guest's stack and its `VMBus` channel as for any disk;
//! in the root partition the synthetic adapter (`virtual-fc.per-io`) takes the place of VHD parser
//! and CSV file system; then the ports of the node's adapters and the array, as seen from the node
//! the machine runs on, which is never redirected.
//! **Physical machine, modelled.** One stack (`physical.per-io`) on all cores of the node, then its
//! adapters and the array: no guest, no `VMBus`, no owner.
//! **Not modelled.** NPIV limits and zoning; live migration of virtual ports; persistent
//! reservations, which go to the array.
//! Source: <https://learn.microsoft.com/windows-server/virtualization/hyper-v/hyper-v-virtual-fibre-channel>.
//! Parameters: `virtual-fc.per-io`, `physical.per-io`.

use super::build::{Build, CompileError};
use crate::network::Step;
use crate::topology::{NodeId, VmId};

impl Build<'_> {
    /// The guest's steps with another cost in the place of the host's storage stack.
    pub(super) fn guest_past_the_host(
        &mut self,
        vm: VmId,
        role: &'static str,
        cost: &'static str,
        per_byte: Option<&'static str>,
    ) -> Result<Vec<Step>, CompileError> {
        let node = self.cluster.vms[vm].node;
        let cores = self.cores(node)?;
        let mut steps = self.guest_stack(vm)?;
        steps.push(self.software(cores, node, role, &[cost], per_byte)?.into());
        Ok(steps)
    }

    /// The stack of a physical machine.
    pub(super) fn physical(&mut self, node: NodeId) -> Result<Vec<Step>, CompileError> {
        let cores = self.cores(node)?;
        let costs = ["physical.per-io"];
        Ok(vec![self.software(cores, node, "physical machine", &costs, None)?.into()])
    }
}
