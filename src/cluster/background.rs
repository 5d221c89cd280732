//! Traffic the cluster makes beside the workloads.
//!
//! Each kind is a group of its own behind those of the workloads, so that it is reported apart and
//! no limit on a workload is judged by it.

use super::build::{Build, CompileError};
use crate::network::{Active, Arrivals, GroupId, Mix, Source};
use crate::workload::WorkloadSpec;

/// Most sources of background traffic; more would not be simulated within a day.
const SOURCES_MAX: usize = 65_536;

impl Build<'_> {
    /// Adds all of it.
    pub(super) fn background(&mut self, workloads: &[WorkloadSpec]) -> Result<(), CompileError> {
        self.traffic()?;
        self.resyncs()?;
        self.reservations()?;
        self.metadata()?;
        self.ownership_moves()?;
        self.backups(workloads)
    }

    /// A source of background traffic in a group.
    pub(super) fn background_source(
        &mut self,
        label: &str,
        group: GroupId,
        arrivals: Arrivals,
        mix: Vec<Mix>,
    ) -> Result<(), CompileError> {
        self.background_sources += 1;
        if self.background_sources > SOURCES_MAX {
            let problem = format!("more than {SOURCES_MAX} sources of background traffic");
            return Err(CompileError::OutOfRange(problem));
        }
        let active = Active::default();
        let label = label.into();
        self.net.add_source(Source { label, group: Some(group), arrivals, mix, active });
        Ok(())
    }
}
