//! What the completions of a group add up to.

use super::record::{DirectionRecord, GroupRecord};
use crate::network::Direction;
use crate::stats::{BatchedSeries, SecondBins};

/// Sums of the second at hand, which go into the record when it is over.
#[derive(Debug)]
pub(super) struct Tally {
    record: GroupRecord,
    /// Start of the second.
    start_ps: u64,
    completions: u64,
    bytes: u64,
    latency_us: u64,
}

/// A completion.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completion {
    pub(super) at_ps: u64,
    pub(super) latency_ps: u64,
    pub(super) bytes: u32,
    pub(super) direction: Direction,
    /// Whether it lies in the measured window.
    pub(super) counts: bool,
}

impl Tally {
    pub(super) fn new() -> Self {
        let bins = || SecondBins::new(SecondBins::SECOND_PS, 4096);
        let record = GroupRecord {
            reads: DirectionRecord::default(),
            writes: DirectionRecord::default(),
            completions: bins(),
            bytes: bins(),
            latency_us: bins(),
            series: BatchedSeries::new(512, 5),
        };
        Self { record, start_ps: 0, completions: 0, bytes: 0, latency_us: 0 }
    }

    /// Adds a completion, no earlier than the one before: the record of its direction.
    #[inline]
    pub(super) fn add(&mut self, completion: Completion) -> &mut DirectionRecord {
        let Completion { at_ps, latency_ps, bytes, direction, counts } = completion;
        if at_ps - self.start_ps >= SecondBins::SECOND_PS {
            self.flush();
            self.start_ps = at_ps - at_ps % SecondBins::SECOND_PS;
        }
        self.completions += 1;
        self.bytes = self.bytes.saturating_add(bytes.into());
        self.latency_us = self.latency_us.saturating_add(latency_ps / 1_000_000);
        self.record.series.push(latency_ps as f64);
        let record = match direction {
            Direction::Read => &mut self.record.reads,
            Direction::Write => &mut self.record.writes,
        };
        if counts {
            record.count += 1;
            record.bytes += u64::from(bytes);
            record.latency.record_ps(latency_ps);
        }
        record
    }

    #[cold]
    fn flush(&mut self) {
        if self.completions > 0 {
            self.record.completions.add(self.start_ps, self.completions);
            self.record.bytes.add(self.start_ps, self.bytes);
            self.record.latency_us.add(self.start_ps, self.latency_us);
        }
        (self.completions, self.bytes, self.latency_us) = (0, 0, 0);
    }

    pub(super) fn close(mut self) -> GroupRecord {
        self.flush();
        self.record
    }
}
