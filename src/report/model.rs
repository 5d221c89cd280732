//! The report as data. Every format writes exactly these numbers.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::json::Kind;
use super::layout::Layout;

/// One of a few words.
pub type Word = Cow<'static, str>;

/// What a figure counts. Values are in the base unit named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// I/Os a second.
    Iops,
    /// Bytes a second.
    BytesPerSecond,
    /// Seconds.
    Seconds,
    /// A fraction: 0.5 is 50 %.
    Fraction,
}

/// A predicted number with its two intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Figure {
    /// The prediction.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
    /// What more simulation would shrink: low and high; none with fewer than two replications.
    pub sampling: Option<[f64; 2]>,
    /// What only measurement shrinks: low and high, parameters and model error included.
    pub prediction: Option<[f64; 2]>,
}

/// How the run was made, enough to repeat it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunInfo {
    /// Version of csvnet.
    pub version: String,
    /// The scenario file as named on the command line.
    pub scenario: String,
    /// Hash of the scenario with everything it includes, of its models and parameters.
    pub scenario_hash: String,
    /// Seed.
    pub seed: u64,
    /// Replications, the most of any variant.
    pub replications: u64,
    /// Confidence level of every interval: 0.95.
    pub level: f64,
    /// Command that repeats the run.
    pub command: String,
}

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// Version of this schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// What the scenario describes, in its own words.
    pub description: Option<String>,
    /// How the run was made.
    pub run: RunInfo,
    /// Whether any parameter was fitted to measurements: the words for page one.
    pub calibration: String,
    /// Results, side by side.
    pub variants: Vec<VariantReport>,
    /// The assumptions that carried the answer, the most influential first.
    pub assumptions: Vec<AssumptionRow>,
    /// What the reader must know before trusting a number.
    pub warnings: Vec<String>,
    /// True when the run was interrupted and shows what it had.
    pub partial: bool,
    /// Variants without a replication, because the run was interrupted before them.
    pub not_begun: Vec<NotBegun>,
}

impl Kind for Report {
    const KIND: &'static str = "run";
}

/// A variant that an interrupted run did not come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotBegun {
    /// Name.
    pub name: String,
    /// Replications asked for; with a precision the most that may be run for it.
    pub replications_asked: u64,
}

/// One variant of the scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VariantReport {
    /// Name; `base` where the scenario has no variants.
    pub name: String,
    /// What it changes, `path = value` each.
    pub changes: Vec<String>,
    /// Simulated seconds left out at the start of each replication.
    pub warm_up_s: f64,
    /// How that time was found.
    pub warm_up: WarmUpRow,
    /// Simulated seconds measured in each replication.
    pub measured_s: f64,
    /// Replications done.
    pub replications: u64,
    /// Replications asked for; with a precision the most that may be run for it.
    pub replications_asked: u64,
    /// False where the run was interrupted before all it should have were done.
    pub complete: bool,
    /// The precision asked for, and what became of it; none where none was asked for.
    pub precision: Option<PrecisionRow>,
    /// Workloads.
    pub workloads: Vec<WorkloadRow>,
    /// Traffic the cluster makes beside the workloads.
    pub traffic: Vec<TrafficRow>,
    /// Ports of the networks, both directions.
    pub ports: Vec<PortRow>,
    /// CPU of the nodes.
    pub cpus: Vec<CpuRow>,
    /// State of each volume on each node.
    pub volumes: Vec<VolumeRow>,
    /// Path of each virtual disk.
    pub disks: Vec<DiskRow>,
    /// Resources, the busiest first; the first binds.
    pub resources: Vec<ResourceRow>,
    /// Stated limits and whether they hold.
    pub limits: Vec<LimitRow>,
    /// The approximate solver beside the simulation.
    pub cross_check: Vec<CrossCheckRow>,
    /// Predicted against measured response times, where a trace brought them.
    pub replays: Vec<ReplayReport>,
    /// Load second by second, where the load is a trace or something changes in the run.
    pub seconds: Vec<Second>,
    /// Where everything is and what flows, for a drawing.
    pub layout: Layout,
}

/// How the warm-up was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WarmUpRow {
    /// `stated`; `mser5`, found in a pilot run; `share`, 5 % of the time measured because less was
    /// found; `trace`, none because all loads are traces.
    pub rule: Word,
    /// Whether the start-up was seen to end before the time measured begins.
    pub reliable: bool,
    /// Simulated seconds of the pilot run; none where none was needed.
    pub pilot_s: Option<f64>,
    /// Seconds after which MSER-5 saw the start-up end in it.
    pub settled_s: Option<f64>,
    /// Whether traces begin only when it ends, because they run beside other loads.
    pub delays_traces: bool,
    /// The same in a sentence.
    pub words: String,
}

/// A relative precision of mean latency and IOPS of every workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PrecisionRow {
    /// The largest half width asked for, as a fraction of the mean.
    pub asked: f64,
    /// The largest half width there is; not finite where something is not known at all.
    pub reached: f64,
    /// Whose it is.
    pub workload: String,
    /// `iops` or `latency_mean`.
    pub quantity: Word,
    /// Whether the precision was reached.
    pub met: bool,
    /// Replications after which it is given up.
    pub replications_max: u64,
}

/// One workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkloadRow {
    /// Name.
    pub name: String,
    /// The ways of its disks, as in [`DiskRow::mode`].
    pub way: String,
    /// Share of its disks whose I/O crosses the network to the owner of the volume.
    pub redirected: f64,
    /// I/Os a second.
    pub iops: Figure,
    /// Payload bytes a second.
    pub throughput: Figure,
    /// Payload bytes read a second.
    pub read_throughput: Figure,
    /// Payload bytes written a second.
    pub write_throughput: Figure,
    /// Mean latency as the guest sees it, from actual issue.
    pub latency_mean: Figure,
    /// Median latency.
    pub latency_p50: Figure,
    /// 95th percentile.
    pub latency_p95: Figure,
    /// 99th percentile.
    pub latency_p99: Figure,
    /// 99.9th percentile.
    pub latency_p99_9: Figure,
    /// Mean latency from intended issue, where a throttle held I/Os back.
    pub latency_intended_mean: Option<Figure>,
    /// The distribution of the latency of all replications together: fractions of the I/Os, and
    /// seconds within which they were complete; as far up as at least ten I/Os took longer.
    pub latency_distribution: Vec<[f64; 2]>,
}

/// Traffic the cluster makes beside the workloads: metadata, live migration, resync.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrafficRow {
    /// What it is.
    pub name: String,
    /// Messages or transfers a second.
    pub messages: Figure,
    /// Payload bytes a second.
    pub throughput: Figure,
    /// Mean time of one message or transfer.
    pub latency_mean: Figure,
}

/// One direction of one port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortRow {
    /// Node.
    pub node: String,
    /// Interface.
    pub nic: String,
    /// `tx` or `rx`.
    pub direction: Word,
    /// Whether its network may carry CSV traffic.
    pub csv: bool,
    /// Rate in bits a second.
    pub rate_bits_per_s: f64,
    /// Payload bytes a second.
    pub payload: Figure,
    /// Bytes on the wire a second, headers and gaps included.
    pub wire: Figure,
    /// Wire bytes of the highest one-second bin.
    pub wire_highest_second: Figure,
    /// Share of the rate in use.
    pub utilisation: Figure,
}

/// CPU of one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CpuRow {
    /// Node.
    pub node: String,
    /// Cores.
    pub cores: u32,
    /// Share of all cores used by I/O: guests, host stack, SMB.
    pub utilisation: Figure,
}

/// State of a volume on a node, as `Get-ClusterSharedVolumeState` prints it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VolumeRow {
    /// Volume.
    pub volume: String,
    /// Node.
    pub node: String,
    /// Whether the node is the coordinator.
    pub owner: bool,
    /// `Direct`, `FileSystemRedirected`, `BlockRedirected`, `Unavailable`.
    pub state: String,
    /// File-system redirected reasons, names joined by a comma.
    pub file_system_reason: String,
    /// Block redirected reasons, names joined by a comma.
    pub block_reason: String,
    /// Why, in a sentence.
    pub why: String,
}

/// Path of a virtual disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DiskRow {
    /// `vm/disk`.
    pub disk: String,
    /// Node of the virtual machine.
    pub node: String,
    /// Volume.
    pub volume: String,
    /// Coordinator of the volume.
    pub owner: String,
    /// `direct`, `local at the owner`, `file-system redirected`, `block redirected`,
    /// `redirected per file (shared disk)`.
    pub mode: String,
    /// Why, in a sentence.
    pub reason: String,
    /// How redirected bytes travel; none where nothing crosses the network.
    pub transport: Option<String>,
    /// Whether this combination of mode, transport and storage was ever measured:
    /// `measured`, `transferred` or `never measured`.
    pub evidence: String,
    /// What the evidence is.
    pub evidence_note: String,
}

/// A resource and how busy it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResourceRow {
    /// Label.
    pub resource: String,
    /// Busy share.
    pub utilisation: Figure,
}

/// Whether a limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole prediction interval is within the limit.
    Meets,
    /// The whole prediction interval is beyond the limit.
    Misses,
    /// The prediction interval straddles the limit.
    Undecided,
}

impl Verdict {
    /// In a word.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Meets => "meets",
            Self::Misses => "misses",
            Self::Undecided => "undecided",
        }
    }

    /// The higher, the worse.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Meets => 0,
            Self::Undecided => 1,
            Self::Misses => 2,
        }
    }
}

/// A stated limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LimitRow {
    /// The limit as written.
    pub limit: String,
    /// The value stated, in the unit of the figure.
    pub bound: f64,
    /// Whether it is the most that is allowed, or the least.
    pub at_most: bool,
    /// What it was held against.
    pub subject: String,
    /// The figure.
    pub figure: Figure,
    /// Whether it holds.
    pub verdict: Verdict,
}

impl LimitRow {
    /// How near the limit is to being broken: at 1 it is.
    #[must_use]
    pub fn nearness(&self) -> f64 {
        let (value, bound) = (self.figure.value, self.bound);
        let share = if self.at_most { value / bound } else { bound / value };
        // Nothing of nothing keeps a limit.
        if share.is_nan() { 0.0 } else { share }
    }
}

/// The approximate solver beside the simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CrossCheckRow {
    /// Workload.
    pub workload: String,
    /// `iops` or `latency_mean`.
    pub quantity: Word,
    /// Simulated.
    pub simulated: f64,
    /// Its sampling interval: low and high; none with fewer than two replications.
    pub sampling: Option<[f64; 2]>,
    /// Approximated.
    pub approximated: f64,
    /// Relative difference, approximated against simulated.
    pub difference: f64,
    /// What the network has that decides how accurate the approximation is, as in `a network with
    /// tokens`.
    pub kind: Word,
    /// Relative difference that 95 of 100 such networks stay within.
    pub tolerance: f64,
    /// Whether the difference is larger than the tolerance for such networks.
    pub exceeds_tolerance: bool,
    /// Whether it is also larger than tolerance and sampling explain together,
    /// `|simulated - approximated| > tolerance * |approximated| + half width of the sampling
    /// interval`: this is what is warned of.
    pub doubtful: bool,
}

/// One percentile of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReplayQuantile {
    /// The percentile as a fraction.
    pub quantile: f64,
    /// Measured, in seconds.
    pub measured_s: f64,
    /// Predicted.
    pub predicted: Figure,
    /// Relative error, predicted against measured.
    pub error: f64,
}

/// A replayed trace against its own measured response times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReplayReport {
    /// Workload.
    pub workload: String,
    /// I/Os replayed.
    pub ios: u64,
    /// Operations left out because they move no data (discards, flushes).
    pub left_out: u64,
    /// What the device was fitted on, in words; none where it was not.
    pub fitted_on: Option<String>,
    /// Percentiles.
    pub quantiles: Vec<ReplayQuantile>,
}

/// One second of the time line, mean of the replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Second {
    /// Start, in seconds since the traces or the measured window began.
    pub at_s: f64,
    /// Guest I/Os completed.
    pub ios: f64,
    /// Guest payload bytes completed.
    pub guest_bytes: f64,
    /// Wire bytes by port, in the order of `ports`.
    pub wire_bytes: Vec<f64>,
    /// The workloads, where something changes in the run.
    pub workloads: Vec<WorkloadSecond>,
}

/// A workload in one second, by the I/Os completed in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkloadSecond {
    /// Workload.
    pub workload: String,
    /// I/Os, mean of the replications.
    pub ios: f64,
    /// Payload bytes, mean of the replications.
    pub bytes: f64,
    /// Mean latency of all replications in seconds; none where no I/O completed, as below.
    pub latency_s_mean: Option<f64>,
    /// Median.
    pub latency_s_p50: Option<f64>,
    /// 95th percentile.
    pub latency_s_p95: Option<f64>,
    /// 99th percentile.
    pub latency_s_p99: Option<f64>,
}

/// A parameter nobody measured, and how much it matters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AssumptionRow {
    /// Parameter.
    pub parameter: String,
    /// Value, with unit.
    pub value: String,
    /// Range believed, with unit.
    pub range: String,
    /// `assumed`, `documented`, `measured`, `fitted`, `given`.
    pub source: Word,
    /// Link.
    pub link: Option<String>,
    /// Note.
    pub note: Option<String>,
    /// Largest relative change of any workload's mean latency or throughput over its range.
    pub influence: f64,
    /// What it changes so much, such as `mean latency of web`.
    pub affects: String,
    /// The relative change of that at the low end of the range and at the high end; infinite
    /// (null) where a path saturates, no number (null) where nothing can be solved.
    pub effects: [f64; 2],
}

/// One station of a path, for `explain`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StationRow {
    /// Part it plays.
    pub role: String,
    /// Station label.
    pub station: String,
    /// Visits of an I/O.
    pub visits: f64,
    /// Mean service demand of a visit, in seconds.
    pub demand_s: f64,
    /// Where the number comes from: parameter, value, source each.
    pub origins: Vec<String>,
}

/// One path, for `explain`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PathRow {
    /// Workload.
    pub workload: String,
    /// Disk.
    pub disk: String,
    /// `read` or `write`.
    pub direction: Word,
    /// Bytes of an I/O.
    pub bytes: u64,
    /// Label of the route.
    pub route: String,
    /// Its stations in order.
    pub stations: Vec<StationRow>,
}
