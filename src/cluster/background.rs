//! Traffic the cluster makes beside the workloads.
//!
//! Each kind is a group of its own behind those of the workloads, so that it is reported apart and
//! no limit on a workload is judged by it.

use super::build::{Build, CompileError};
use crate::network::{Arrivals, GroupId, Mix, Source};
use crate::workload::WorkloadSpec;

impl Build<'_> {
    /// Adds all of it.
    pub(super) fn background(&mut self, _: &[WorkloadSpec]) -> Result<(), CompileError> {
        self.resyncs()
    }

    /// A source of background traffic in a group.
    pub(super) fn background_source(
        &mut self,
        label: &str,
        group: GroupId,
        arrivals: Arrivals,
        mix: Vec<Mix>,
    ) {
        self.net.add_source(Source { label: label.into(), group: Some(group), arrivals, mix });
    }
}
