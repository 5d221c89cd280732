//! What one run measured.

use serde::{Deserialize, Serialize};

use crate::network::Direction;
use crate::stats::{BatchedSeries, PackedQuantiles, Quantiles, SecondBins};

/// One direction of one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Latencies by second of completion of the whole run; empty unless the network changes at
    /// stated instants.
    #[serde(default)]
    pub latencies: Vec<PackedQuantiles>,
    /// Latencies in order of completion, for finding the warm-up.
    pub series: BatchedSeries,
}

/// One station. Times are picoseconds within the measured window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StationRecord {
    /// Visits that began in the window.
    pub visits: u64,
    /// Server time used in the window, all servers added; no more than the greatest number.
    pub busy_ps: u64,
    /// Waiting of those visits, before service.
    pub wait_ps: u128,
    /// Time of those visits in the station, waiting and service.
    pub response_ps: u128,
    /// Visits refused for want of room.
    pub refused: u64,
    /// Payload bytes that entered the port in the window.
    pub payload_bytes: u64,
    /// Wire bytes that entered the port in the window.
    pub wire_bytes: u64,
    /// Payload bytes by second of the whole run; ports only.
    pub payload_bins: Option<SecondBins>,
    /// Wire bytes by second of the whole run; ports only.
    pub wire_bins: Option<SecondBins>,
}

/// One visit of one I/O, as it happened. Times are picoseconds since the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopRecord {
    /// Index of the source.
    pub source: u32,
    /// Number of the I/O at its source, from 0.
    pub number: u64,
    /// Entry of the source's mix.
    pub mix: u16,
    /// Tells the branches and chunks of one I/O apart; 0 is the I/O itself.
    pub branch: u32,
    /// Index of the station.
    pub station: u32,
    /// The part the visit plays.
    pub role: &'static str,
    /// Bytes of the I/O, branch or chunk.
    pub bytes: u32,
    /// When it came to the station.
    pub arrived_ps: u64,
    /// When its service began.
    pub start_ps: u64,
    /// When its service ended; at a port, when its last bit was through.
    pub end_ps: u64,
    /// When it went on: with its first bit where it is pipelined into the next port.
    pub leave_ps: u64,
}

/// One I/O of which the visits are recorded. Times are picoseconds since the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoRecord {
    /// Index of the source.
    pub source: u32,
    /// Number of the I/O at its source, from 0.
    pub number: u64,
    /// Whether it reads or writes.
    pub direction: Direction,
    /// Its bytes.
    pub bytes: u32,
    /// When it was issued.
    pub issued_ps: u64,
    /// When it was complete; none when the run ended before.
    pub completed_ps: Option<u64>,
}

/// Everything one replication measured. Serialised it leaves the single I/Os and their hops out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Every visit of the first I/Os, as many as the plan asked for, by source, number and arrival.
    #[serde(skip)]
    pub hops: Vec<HopRecord>,
    /// The I/Os whose visits these are, by source and number.
    #[serde(skip)]
    pub ios: Vec<IoRecord>,
    /// Events handled.
    pub events: u64,
    /// Folds every completion: the same for equal runs, whatever the thread or engine.
    pub fingerprint: u64,
}
