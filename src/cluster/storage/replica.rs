//! Storage Replica: every write is logged before it is acknowledged.
//!
//! **Modelled.** The coordinator writes each write to its log. *Synchronous*: it sends it to the
//! partner over SMB (instance SR) at the same time and waits for the partner's log as well.
//! *Asynchronous*: it waits for its own log only, the partner follows. Data goes from the logs to
//! the volumes behind the acknowledgement, on both sides. Logs are sequential and lie on the
//! storage of their data. The volume is block redirected for all nodes but its coordinator.
//! **Not modelled.** Initial copy, a log that is full, compression, log reads, a partner's loss.
//!
//! `latency = max(own log, network + partner's log)` if synchronous, `own log` otherwise.
//! Source:
//! <https://learn.microsoft.com/windows-server/storage/storage-replica/storage-replica-overview>.
//! Parameters: `replica.per-io`, `replica.target-per-io`.

use super::roles::{Part, told_apart};
use crate::cluster::build::{Build, CompileError, SmbInstance};
use crate::network::{Direction, Step, Wait};
use crate::topology::{CsvId, NodeId, Replica};
use crate::workload::{Access, WorkloadSpec};

impl Build<'_> {
    /// A write of the coordinator to a replicated volume.
    pub(super) fn replicated(
        &mut self,
        owner: NodeId,
        volume: CsvId,
        replica: Replica,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let log = WorkloadSpec { access: Access::Sequential, ..workload.clone() };
        let write = Direction::Write;
        let cores = self.cores(owner)?;
        let mut steps: Vec<Step> =
            vec![self.software(cores, owner, "storage replica", &["replica.per-io"], None)?.into()];
        let own = told_apart(self.on_volume(owner, volume, write, &log, all)?, Part::Log);
        let far = Self::lun(replica.storage, volume);
        let partner = replica.partner;
        let target = self.cores(partner)?;
        let mut below: Vec<Step> = vec![
            self.software(target, partner, "replica target", &["replica.target-per-io"], None)?
                .into(),
        ];
        below.extend(self.on_lun(partner, far, write, &log, all)?);
        let session = self.instance(owner, partner, SmbInstance::Replica)?;
        let sent = self.redirected(owner, partner, &session, write, below)?;
        let mut sent = told_apart(sent, Part::Partner);
        let data = self.on_volume(owner, volume, write, workload, all)?;
        let copied = self.on_lun(partner, far, write, workload, all)?;
        let copied = told_apart(copied, Part::PartnerData);
        if replica.synchronous {
            steps.push(Step::Fork { wait: Wait::All, branches: vec![own, sent] });
            steps.push(Step::Fork { wait: Wait::None, branches: vec![data, copied] });
        } else {
            steps.extend(own);
            sent.extend(copied);
            steps.push(Step::Fork { wait: Wait::None, branches: vec![data, sent] });
        }
        Ok(steps)
    }
}
