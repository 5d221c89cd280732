//! What the completions of a group add up to.

use super::record::{DirectionRecord, GroupRecord};
use super::second::Second;
use crate::network::Direction;
use crate::stats::{BatchedSeries, Quantiles, SecondBins};

/// Seconds of which the latencies are kept at most, as many as bins before these grow wider.
const SECONDS_MOST: usize = 4096;

/// What completed so far; the second at hand goes into the bins when it is over.
#[derive(Debug)]
pub(super) struct Tally {
    record: GroupRecord,
    /// Completions, bytes, latencies in microseconds.
    second: Second<3>,
    /// Latencies of the second at hand, where those of every second are kept.
    latencies: Option<Box<Quantiles>>,
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
    /// `by_second`: whether the latencies of every second are kept.
    pub(super) fn new(by_second: bool) -> Self {
        let bins = || SecondBins::new(SecondBins::SECOND_PS, SECONDS_MOST);
        let record = GroupRecord {
            reads: DirectionRecord::default(),
            writes: DirectionRecord::default(),
            completions: bins(),
            bytes: bins(),
            latency_us: bins(),
            latencies: Vec::new(),
            series: BatchedSeries::new(512, 5),
        };
        let latencies = by_second.then(Box::default);
        Self { record, second: Second::default(), latencies }
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
        if let Some(latencies) = &mut self.latencies {
            latencies.record_ps(latency_ps);
        }
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
        if let Some(latencies) = &mut self.latencies {
            let latencies = std::mem::take(&mut **latencies);
            let number = (self.second.start_ps / SecondBins::SECOND_PS) as usize;
            let kept = &mut self.record.latencies;
            if latencies.count() > 0 && number < SECONDS_MOST {
                kept.resize_with(number, || Quantiles::default().into());
                kept.push(latencies.into());
            }
        }
    }

    pub(super) fn close(mut self) -> GroupRecord {
        self.flush();
        self.record
    }
}
