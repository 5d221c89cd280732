//! What `timeline` shows: load over time, the worst of it, what was exposed, and what happened.

mod render;
mod rows;
mod show;
mod steps;

use serde::{Deserialize, Serialize};

pub(super) use super::number::{amount, lasting};
pub(super) use show::shown;

use super::{SCHEMA_VERSION, Word};

/// Timelines of the variants of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// Scenario file.
    pub scenario: String,
    /// Version of csvnet.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// The command that repeats it.
    pub command: String,
    /// Whether any parameter was fitted to measurements: the words for page one.
    pub calibration: String,
    /// By variant.
    pub variants: Vec<TimelineOf>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// The timeline of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimelineOf {
    /// Variant.
    pub name: String,
    /// Local date and time of the start.
    pub start: String,
    /// Local date and time of the end.
    pub end: String,
    /// Time zone.
    pub time_zone: String,
    /// `simulate` or `fast`.
    pub fidelity: Word,
    /// Epochs: stretches in which nothing changes.
    pub epochs: usize,
    /// Different settings among them, each evaluated once.
    pub settings: usize,
    /// Settings simulated; the others were solved, and their latencies corrected by those.
    pub simulated: usize,
    /// I/Os simulated.
    pub ios: u64,
    /// Widest relative half width of a mean latency in any setting; none in fast fidelity.
    pub precision: Option<f64>,
    /// The worst five minutes.
    pub worst: Option<WorstRow>,
    /// Limits.
    pub limits: Vec<LimitOverRow>,
    /// Payload bytes redirected, by cause.
    pub redirected: Vec<BytesRow>,
    /// Payload bytes of what ran beside the loads, by name.
    pub beside: Vec<BytesRow>,
    /// What [`StepRow::traffic_bytes_per_s`] counts, in its order: redirected I/O by cause, then
    /// what runs beside the loads by kind.
    pub traffic: Vec<String>,
    /// Steps of time, in order.
    pub steps: Vec<StepRow>,
    /// Ports that may carry CSV traffic, over the whole time.
    pub ports: Vec<PortOverRow>,
    /// Loads over the whole time.
    pub loads: Vec<LoadOverRow>,
    /// Machines that were redirected.
    pub exposure: Vec<ExposureRow>,
    /// Machines that were out of use.
    pub unavailable: Vec<UnavailableRow>,
    /// Live migrations.
    pub migrations: Vec<MigrationRow>,
    /// What happened.
    pub log: Vec<LogRow>,
}

/// The worst five minutes of the port that had them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorstRow {
    /// Port.
    pub port: String,
    /// Mean busy share.
    pub utilisation: f64,
    /// Mean wire bytes a second.
    pub wire_bytes_per_s: f64,
    /// Local date and time of the begin.
    pub from: String,
    /// Seconds since the start.
    pub from_s: f64,
    /// What the port carried then: shares of its bytes on the wire, by cause.
    pub by: Vec<ShareRow>,
    /// What had happened last before.
    pub after: Option<String>,
}

/// A share of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ShareRow {
    /// What.
    pub name: String,
    /// Its share.
    pub share: f64,
}

/// Bytes of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BytesRow {
    /// What.
    pub name: String,
    /// Bytes.
    pub bytes: f64,
}

/// A limit over the whole time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LimitOverRow {
    /// As written.
    pub limit: String,
    /// The value stated, in the unit of the values.
    pub bound: f64,
    /// Whether it is the most that is allowed, or the least.
    pub at_most: bool,
    /// Whether it was looked at: percentiles are not in fast fidelity.
    pub judged: bool,
    /// Seconds in which it was not kept.
    pub seconds_beyond: f64,
    /// What came worst.
    pub subject: Option<String>,
    /// Its value, in base units.
    pub worst: Option<f64>,
    /// Prediction interval of the worst.
    pub prediction: Option<[f64; 2]>,
    /// Unit of the values.
    pub unit: Word,
    /// Local date and time of the worst.
    pub at: Option<String>,
    /// Whether the whole prediction interval keeps it (`met`), none of it does (`missed`), or some
    /// (`undecided`).
    pub verdict: Word,
    /// First month in which it is not kept, where load grows.
    pub month: Option<String>,
    /// The earliest such month that growth and prediction allow.
    pub month_earliest: Option<String>,
    /// The latest; none: maybe not within the horizon.
    pub month_latest: Option<String>,
    /// Whether load grows, so that months are told.
    pub grows: bool,
}

/// A step of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepRow {
    /// Seconds since the start.
    pub from_s: f64,
    /// Seconds since the start.
    pub to_s: f64,
    /// Local date and time.
    pub at: String,
    /// The busiest port that may carry CSV traffic.
    pub port: Option<String>,
    /// Its mean busy share.
    pub utilisation: f64,
    /// The mean of a port over the busiest second of it; of a shorter step, over a second that
    /// begins or ends with it.
    pub utilisation_highest: f64,
    /// Wire bytes a second sent over all ports that may carry CSV traffic.
    pub wire_bytes_per_s: f64,
    /// Redirected payload bytes a second.
    pub redirected_bytes_per_s: f64,
    /// Payload bytes a second of what ran beside the loads.
    pub beside_bytes_per_s: f64,
    /// Payload bytes a second by cause and by kind, in the order of [`TimelineOf::traffic`].
    pub traffic_bytes_per_s: Vec<f64>,
    /// Mean latency of the I/O of all loads in seconds; none where there was none, infinite (null)
    /// where a queue grew without limit.
    pub latency_s_mean: Option<f64>,
    /// Highest 99th percentile of a load in seconds, where it was simulated.
    pub latency_s_p99: Option<f64>,
    /// I/Os that waited at the begin because their path or volume was not there or too narrow.
    pub backlog: f64,
    /// What happened in it.
    pub events: Vec<String>,
}

/// A port over the whole time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortOverRow {
    /// Port and direction.
    pub port: String,
    /// Mean busy share.
    pub utilisation_mean: f64,
    /// Busy share in its busiest second.
    pub utilisation_highest: f64,
    /// Wire bytes in all.
    pub wire_bytes: f64,
}

/// A load over the whole time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoadOverRow {
    /// Workload.
    pub workload: String,
    /// The way of its I/O.
    pub way: String,
    /// Seconds in which it was there.
    pub seconds: f64,
    /// Payload bytes.
    pub bytes: f64,
    /// Mean latency in seconds, over its I/Os; of stretches in which it was finite.
    pub latency_s_mean: f64,
    /// Mean latency over its slowest second, weighted by I/Os, in seconds; infinite (null) where a
    /// queue grew without limit for as long.
    pub latency_s_worst: f64,
    /// Highest mean over a second of the 99th percentile in seconds, where it was simulated.
    pub latency_s_p99_worst: Option<f64>,
}

/// What a machine spent redirected, for one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExposureRow {
    /// Machine.
    pub vm: String,
    /// Cause.
    pub cause: String,
    /// Seconds.
    pub seconds: f64,
    /// Payload bytes.
    pub bytes: f64,
}

/// What a machine spent out of use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnavailableRow {
    /// Machine.
    pub vm: String,
    /// Seconds in which it was off.
    pub off_s: f64,
    /// Seconds in which its I/O waited, or it stood still at the end of a migration.
    pub waiting_s: f64,
}

/// A machine that was moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MigrationRow {
    /// Machine.
    pub vm: String,
    /// From this node.
    pub from: String,
    /// To that node.
    pub to: String,
    /// Why.
    pub why: Word,
    /// Local date and time of the begin.
    pub began: String,
    /// Seconds it took.
    pub seconds: f64,
    /// Bytes sent over the network: memory and what was written to it meanwhile, after compression,
    /// without headers.
    pub bytes: f64,
    /// Passes while it ran.
    pub passes: u32,
    /// Seconds that it stood still at the end.
    pub still_s: f64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogRow {
    /// Local date and time.
    pub at: String,
    /// Seconds since the start.
    pub at_s: f64,
    /// `done`, `refused` or `outage`.
    pub kind: Word,
    /// What it is about.
    pub subject: String,
    /// What happened.
    pub text: String,
}

impl TimelineReport {
    /// The report of some timelines.
    #[must_use]
    pub fn new(
        title: String,
        scenario: String,
        seed: u64,
        command: String,
        calibration: String,
        variants: Vec<TimelineOf>,
        warnings: Vec<String>,
    ) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let schema_version = SCHEMA_VERSION;
        Self {
            schema_version,
            title,
            scenario,
            version,
            seed,
            command,
            calibration,
            variants,
            warnings,
        }
    }

    /// Verdicts on limits, all variants together.
    pub fn verdicts(&self) -> impl Iterator<Item = &str> {
        self.variants.iter().flat_map(|variant| &variant.limits).map(|row| row.verdict.as_ref())
    }
}
