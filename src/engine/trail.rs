//! The record of each visit of the first I/Os.

use super::record::HopRecord;
use super::simulator::Simulator;

/// When a visit came, was served and went on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub(super) arrived_ps: u64,
    pub(super) start_ps: u64,
    pub(super) end_ps: u64,
    pub(super) leave_ps: u64,
}

impl Simulator<'_> {
    /// Records a visit, if the I/O leaves a trail.
    #[inline]
    pub(super) fn note(&mut self, index: u32, station: u32, role: &'static str, stay: Stay) {
        if self.jobs.get(index).traced {
            self.note_traced(index, station, role, stay);
        }
    }

    #[cold]
    fn note_traced(&mut self, index: u32, station: u32, role: &'static str, stay: Stay) {
        let job = self.jobs.get(index);
        self.hops.push(HopRecord {
            source: job.source,
            number: job.number(),
            branch: job.branch,
            station,
            role,
            bytes: job.bytes,
            arrived_ps: stay.arrived_ps,
            start_ps: stay.start_ps,
            end_ps: stay.end_ps,
            leave_ps: stay.leave_ps,
        });
    }
}
