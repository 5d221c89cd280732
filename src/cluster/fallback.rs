//! Direct I/O that fails and is sent again, block redirected.
//!
//! **Modelled.** On the nodes named, a stated share (`direct-failures`) of the direct I/Os to a
//! volume takes its whole way to the storage in vain and then goes through the coordinator, block
//! redirected, I/O by I/O. The counter is `Cluster CSV Volume Manager\Direct IO Failure
//! Redirection/sec`. The state of the volume stays Direct.
//! **Not modelled.** The timeout of a command that is never answered; a node that gives up its
//! path after too many failures (state that with `lost-paths`). Both tries draw alike.
//!
//! `mean latency = direct + share * block redirected`.
//! Source: <https://techcommunity.microsoft.com/t5/failover-clustering/cluster-shared-volume-performance-counters/ba-p/371980>.

use super::build::{Build, CompileError};
use super::path::IoPath;
use crate::network::{Direction, SelectorKind, Step};
use crate::topology::{CsvId, NodeId};
use crate::workload::WorkloadSpec;

impl Build<'_> {
    /// The steps of a direct I/O from a node that is not the coordinator, with those of a second
    /// try behind some of them.
    pub(super) fn with_fallback(
        &mut self,
        (node, owner): (NodeId, NodeId),
        volume: CsvId,
        direction: Direction,
        (workload, all): (&WorkloadSpec, &[WorkloadSpec]),
        mut direct: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let v = &self.cluster.volumes[volume];
        let share = v.direct_failures;
        let fails = v.direct_failures_on.is_empty() || v.direct_failures_on.contains(&node);
        if share <= 0.0 || node == owner || !fails {
            return Ok(direct);
        }
        let mut below = self.owner_work(owner, IoPath::BlockRedirected)?;
        below.extend(self.storage(owner, volume, direction, workload, all)?);
        let session = self.session_for(node, owner, volume)?;
        let again =
            self.redirected(node, owner, &session, (direction, workload.block_bytes), below)?;
        let name = &self.cluster.nodes[node].name;
        let selector = self.selector(
            &format!("failed direct I/O, {name} to {}", v.name),
            SelectorKind::Weights(vec![share, 1.0 - share]),
        );
        let text = format!(
            "{:.3} % of the direct I/Os from {name} fail and are sent again, block redirected, \
             through the owner {}",
            100.0 * share,
            self.cluster.nodes[owner].name
        );
        self.tell(&v.name, text);
        direct.push(Step::Choose {
            selector,
            role: "failed direct I/O",
            branches: vec![again, Vec::new()],
        });
        Ok(direct)
    }
}
