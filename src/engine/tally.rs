//! What the completions of a group add up to.

use super::record::{DirectionRecord, GroupRecord};
use super::second::Second;
use crate::network::Direction;
use crate::stats::{BatchedSeries, SecondBins};

/// What completed so far; the second at hand goes into the bins when it is over.
#[derive(Debug)]
pub(super) struct Tally {
    record: GroupRecord,
    /// Completions, bytes, latencies in microseconds.
    second: Second<3>,
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
        Self { record, second: Second::default() }
    }

    /// Adds a completion, no earlier than the one before: the record of its direction.
    #[inline]
    pub(super) fn add(&mut self, completion: Completion) -> &mut DirectionRecord {
        let Completion { at_ps, latency_ps, bytes, direction, counts } = completion;
        if self.second.is_over(at_ps) {
            self.flush();
            self.second.begin(at_ps);
        }
        self.second.add([1, bytes.into(), latency_ps / 1_000_000]);
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
        let [completions, bytes, latency_us] = self.second.take();
        if completions > 0 {
            let start_ps = self.second.start_ps;
            self.record.completions.add(start_ps, completions);
            self.record.bytes.add(start_ps, bytes);
            self.record.latency_us.add(start_ps, latency_us);
        }
    }

    pub(super) fn close(mut self) -> GroupRecord {
        self.flush();
        self.record
    }
}
