//! The record of the first I/Os and of each of their visits.

use super::job::Job;
use super::record::{HopRecord, IoRecord};
use super::simulator::Simulator;

/// Shown what was recorded since the last time; true when it has taken it.
pub type Sink<'a> = dyn FnMut(&[HopRecord], &[IoRecord]) -> bool + 'a;

pub(super) fn drain(hops: &mut Vec<HopRecord>, ios: &mut Vec<IoRecord>, sink: &mut Sink<'_>) {
    if !(hops.is_empty() && ios.is_empty()) && sink(hops, ios) {
        hops.clear();
        ios.clear();
    }
}

/// When a visit came, was served and went on.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "names end in their unit")]
pub(super) struct Stay {
    pub(super) arrived_ps: u64,
    pub(super) start_ps: u64,
    pub(super) end_ps: u64,
    pub(super) leave_ps: u64,
}

/// Records a visit of an I/O that leaves a trail.
#[cold]
pub(super) fn record(
    hops: &mut Vec<HopRecord>,
    job: &Job,
    station: u32,
    role: &'static str,
    stay: Stay,
) {
    hops.push(HopRecord {
        source: job.source,
        number: job.number(),
        mix: job.mix,
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

impl Simulator<'_> {
    /// Records a visit, if the I/O leaves a trail.
    #[inline]
    pub(super) fn note(&mut self, index: u32, station: u32, role: &'static str, stay: Stay) {
        let job = self.jobs.get(index);
        if job.traced {
            record(&mut self.hops, job, station, role, stay);
        }
    }

    /// Records an I/O that leaves a trail, when it is complete or the run ends.
    #[cold]
    pub(super) fn note_io(&mut self, job: &Job, completed_ps: Option<u64>) {
        self.ios.push(IoRecord {
            source: job.source,
            number: job.number(),
            direction: self.sources[job.source as usize].direction(job.mix),
            bytes: job.bytes,
            issued_ps: job.issued_ps,
            completed_ps,
        });
    }
}
