//! What one run measured.

use crate::stats::{BatchedSeries, Quantiles, SecondBins};

/// One direction of one group.
#[derive(Clone, Debug, Default)]
pub struct DirectionRecord {
    /// I/Os completed in the window.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Latency from actual issue, as the measuring tools take it.
    pub latency: Quantiles,
    /// Latency from intended issue, where a throttle or a schedule intended one.
    pub intended: Quantiles,
}

/// One group of sources: a workload.
#[derive(Clone, Debug)]
pub struct GroupRecord {
    /// Reads.
    pub reads: DirectionRecord,
    /// Writes.
    pub writes: DirectionRecord,
    /// Completions by second of the whole run, warm-up included.
    pub completions: SecondBins,
    /// Bytes completed by second.
    pub bytes: SecondBins,
    /// Sum of latencies in microseconds by second of completion.
    pub latency_us: SecondBins,
    /// Latencies in order of completion, for finding the warm-up.
    pub series: BatchedSeries,
}

/// One station. Times are picoseconds within the measured window.
#[derive(Clone, Debug, Default)]
pub struct StationRecord {
    /// Visits that began in the window.
    pub visits: u64,
    /// Server time used in the window, all servers added.
    pub busy_ps: u64,
    /// Waiting of those visits, before service.
    pub wait_ps: u128,
    /// Time of those visits in the station, waiting and service.
    pub response_ps: u128,
    /// Payload bytes that entered the port in the window.
    pub payload_bytes: u64,
    /// Wire bytes that entered the port in the window.
    pub wire_bytes: u64,
    /// Payload bytes by second of the whole run; ports only.
    pub payload_bins: Option<SecondBins>,
    /// Wire bytes by second of the whole run; ports only.
    pub wire_bins: Option<SecondBins>,
}

/// Everything one replication measured.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// Which replication.
    pub replication: u64,
    /// Length of the measured window in picoseconds.
    pub window_ps: u64,
    /// Where the window begins.
    pub warm_up_ps: u64,
    /// By group id.
    pub groups: Vec<GroupRecord>,
    /// By station id.
    pub stations: Vec<StationRecord>,
    /// I/Os issued in the whole run.
    pub issued: u64,
    /// I/Os completed in the whole run.
    pub completed: u64,
    /// I/Os inside at the end.
    pub inside: u64,
    /// Events handled.
    pub events: u64,
    /// Folds every completion: the same for equal runs, whatever the thread or engine.
    pub fingerprint: u64,
}
