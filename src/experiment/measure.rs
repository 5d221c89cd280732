//! What the replications measured, with intervals.

use super::plan::{Plan, Precision};
use super::window::WarmUpFound;
use crate::engine::{GroupRecord, RunRecord, StationRecord};
use crate::network::Network;
use crate::random::Seed;
use crate::stats::{Estimate, Quantiles, SecondBins};

/// Percentiles every report shows.
const QUANTILES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

/// What one replication measured of a workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which replication.
    pub replication: u64,
    /// I/Os completed in the window.
    pub ios: u64,
    /// I/Os a second.
    pub iops: f64,
    /// Mean latency in seconds; none where no I/O completed.
    pub latency_s: Option<f64>,
    /// 99th percentile of the latency in seconds; none as above.
    pub p99_s: Option<f64>,
}

/// One workload.
#[derive(Clone, Debug)]
pub struct GroupMeasure {
    /// Name.
    pub name: String,
    /// Whether it is a workload, and not traffic the cluster makes beside them.
    pub workload: bool,
    /// I/Os completed in all windows.
    pub ios: u64,
    /// I/Os a second.
    pub iops: Estimate,
    /// Bytes a second.
    pub bytes_per_s: Estimate,
    /// Bytes read a second.
    pub read_bytes_per_s: Estimate,
    /// Bytes written a second.
    pub write_bytes_per_s: Estimate,
    /// Mean latency in seconds.
    pub latency_s: Estimate,
    /// Percentiles 50, 95, 99 and 99.9 of the latency in seconds. The value is that of all
    /// replications' sketches merged, the half width that of their own percentiles.
    pub quantiles_s: [Estimate; 4],
    /// Mean latency from intended issue, where one was intended.
    pub intended_s: Option<Estimate>,
    /// Latencies of all replications.
    pub latencies: Quantiles,
    /// Those of reads.
    pub read_latencies: Quantiles,
    /// Those of writes.
    pub write_latencies: Quantiles,
    /// Reads a second.
    pub read_iops: Estimate,
    /// Writes a second.
    pub write_iops: Estimate,
    /// Completions and bytes by second, mean of the replications.
    pub completions: Series,
    /// Bytes by second.
    pub bytes: Series,
    /// Latencies of all replications by whole second of the run; empty unless something changes
    /// at stated instants.
    pub second_latencies: Vec<Quantiles>,
    /// Mean latency and IOPS of each replication, in order.
    pub samples: Vec<Sample>,
}

impl GroupMeasure {
    /// The wider of the relative half widths of mean latency and IOPS; not a number or infinite
    /// where one of them is not known at all.
    #[must_use]
    pub fn precision(&self) -> f64 {
        wider(self.latency_s.relative(), self.iops.relative())
    }
}

/// Why no more replications were run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As many were run as stated; no precision was asked for.
    Planned,
    /// The precision asked for was reached.
    Reached,
    /// The precision was not reached with the most replications allowed.
    Bound,
    /// The run was cancelled before that.
    Cancelled,
}

/// A series by second: mean of the replications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Width of a bin in seconds.
    pub width_s: f64,
    /// Amount in each bin.
    pub amounts: Vec<f64>,
}

/// One station.
#[derive(Clone, Debug)]
pub struct StationMeasure {
    /// Busy share of its servers.
    pub utilisation: Estimate,
    /// Mean time of a visit in seconds.
    pub response_s: f64,
    /// Visits a second.
    pub visits_per_s: f64,
    /// Visits refused for want of room, in all windows.
    pub refused: u64,
    /// Visits made, in all windows.
    pub visits: u64,
    /// Payload bytes a second; ports only.
    pub payload_per_s: Estimate,
    /// Wire bytes a second; ports only.
    pub wire_per_s: Estimate,
    /// Wire bytes of the highest whole second within the window; ports only.
    pub wire_highest: Estimate,
    /// Wire bytes by second.
    pub wire: Series,
}

/// Everything the replications measured.
#[derive(Clone, Debug)]
pub struct Measurements {
    /// Seed of all replications.
    pub seed: Seed,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Start of the window in seconds.
    pub warm_up_s: f64,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Replications done.
    pub replications: u64,
    /// Replications asked for; with a precision the most that may be run for it.
    pub replications_asked: u64,
    /// How the warm-up was found.
    pub warm_up: WarmUpFound,
    /// The precision asked for.
    pub precision: Option<Precision>,
    /// Why no more replications were run.
    pub ended: Ended,
    /// By group id.
    pub groups: Vec<GroupMeasure>,
    /// By station id.
    pub stations: Vec<StationMeasure>,
    /// Busy share by account id.
    pub accounts: Vec<Estimate>,
    /// Events handled.
    pub events: u64,
    /// I/Os completed.
    pub completed: u64,
    /// Folds every completion of every replication.
    pub fingerprint: u64,
}

impl Measurements {
    pub(super) fn of(
        net: &Network,
        plan: &Plan,
        records: &[&RunRecord],
        warm_up: WarmUpFound,
        ended: Ended,
    ) -> Self {
        let level = plan.level;
        let groups = net
            .groups
            .iter_ids()
            .map(|(id, name)| GroupMeasure {
                workload: net.is_workload(id),
                ..group(name, id.index(), records, level)
            })
            .collect();
        let stations = net
            .stations
            .iter()
            .enumerate()
            .map(|(i, s)| station(s.servers(), i, records, level))
            .collect();
        let accounts = net
            .accounts
            .iter_ids()
            .map(|(id, account)| {
                estimate(records, level, |r| {
                    let on = |s: &crate::network::Station| s.account == Some(id);
                    let pairs = net.stations.iter().zip(&r.stations).filter(|(s, _)| on(s));
                    let busy = pairs.fold(0_u64, |sum, (_, s)| sum.saturating_add(s.busy_ps));
                    account.load + busy as f64 / (r.window_ps as f64 * account.servers)
                })
            })
            .collect();
        let first = &records[0];
        let total = |f: fn(&RunRecord) -> u64| -> u64 {
            records.iter().fold(0, |sum, r| sum.saturating_add(f(r)))
        };
        Self {
            seed: plan.seed,
            level,
            warm_up_s: first.warm_up_ps as f64 / 1e12,
            window_s: mean(records, |r| r.window_ps as f64) / 1e12,
            replications: records.len() as u64,
            replications_asked: plan.most(),
            warm_up,
            precision: plan.precision,
            ended,
            groups,
            stations,
            accounts,
            events: total(|r| r.events),
            completed: total(|r| r.completed),
            fingerprint: records.iter().fold(0, |f, r| f.rotate_left(7) ^ r.fingerprint),
        }
    }

    /// Whether a cancellation cut the replications short.
    #[must_use]
    pub fn partial(&self) -> bool {
        self.ended == Ended::Cancelled
    }

    /// The workloads, without the traffic the cluster makes beside them.
    pub fn workloads(&self) -> impl Iterator<Item = &GroupMeasure> + Clone {
        self.groups.iter().filter(|group| group.workload)
    }

    /// Busy share of an account.
    #[must_use]
    pub fn account(&self, id: crate::network::AccountId) -> Estimate {
        self.accounts[id.index()]
    }
}

fn estimate(records: &[&RunRecord], level: f64, f: impl Fn(&RunRecord) -> f64) -> Estimate {
    let samples: Vec<f64> = records.iter().map(|r| f(r)).collect();
    Estimate::from_samples(&samples, level)
}

fn mean(records: &[&RunRecord], f: impl Fn(&RunRecord) -> f64) -> f64 {
    records.iter().map(|r| f(r)).sum::<f64>() / records.len() as f64
}

fn group(name: &str, index: usize, records: &[&RunRecord], level: f64) -> GroupMeasure {
    let of = |r: &RunRecord, f: fn(&GroupRecord) -> u64| {
        f(&r.groups[index]) as f64 / (r.window_ps as f64 * 1e-12)
    };
    let per_run: Vec<Quantiles> = records.iter().map(|r| merged(r, index)).collect();
    let mut latencies = Quantiles::default();
    for run in &per_run {
        latencies.merge(run);
    }
    let over = |f: &dyn Fn(&Quantiles) -> Option<f64>| {
        let samples: Vec<f64> = per_run.iter().filter_map(f).collect();
        let mut estimate = Estimate::from_samples(&samples, level);
        estimate.mean = f(&latencies).unwrap_or(f64::NAN);
        estimate
    };
    let intended = |r: &RunRecord| {
        let g = &r.groups[index];
        let mut all = g.reads.intended.clone();
        all.merge(&g.writes.intended);
        all.mean_secs()
    };
    let intended: Vec<f64> = records.iter().filter_map(|r| intended(r)).collect();
    GroupMeasure {
        name: name.to_string(),
        workload: true,
        ios: latencies.count(),
        iops: estimate(records, level, |r| of(r, ios)),
        bytes_per_s: estimate(records, level, |r| {
            of(r, |g| g.reads.bytes.saturating_add(g.writes.bytes))
        }),
        read_bytes_per_s: estimate(records, level, |r| of(r, |g| g.reads.bytes)),
        write_bytes_per_s: estimate(records, level, |r| of(r, |g| g.writes.bytes)),
        latency_s: over(&Quantiles::mean_secs),
        quantiles_s: QUANTILES.map(|q| over(&move |h| h.quantile_secs(q))),
        intended_s: (!intended.is_empty()).then(|| Estimate::from_samples(&intended, level)),
        latencies,
        read_latencies: of_all(records, |r| &r.groups[index].reads.latency),
        write_latencies: of_all(records, |r| &r.groups[index].writes.latency),
        read_iops: estimate(records, level, |r| of(r, |g| g.reads.count)),
        write_iops: estimate(records, level, |r| of(r, |g| g.writes.count)),
        completions: series(records.iter().map(|r| &r.groups[index].completions)),
        bytes: series(records.iter().map(|r| &r.groups[index].bytes)),
        second_latencies: second_latencies(records, index),
        samples: records
            .iter()
            .zip(&per_run)
            .map(|(r, latencies)| Sample {
                replication: r.replication,
                ios: ios(&r.groups[index]),
                iops: of(r, ios),
                latency_s: latencies.mean_secs(),
                p99_s: latencies.quantile_secs(0.99),
            })
            .collect(),
    }
}

fn of_all(records: &[&RunRecord], f: impl Fn(&RunRecord) -> &Quantiles) -> Quantiles {
    let mut all = Quantiles::default();
    for record in records.iter().filter(|record| f(record).count() > 0) {
        all.merge(f(record));
    }
    all
}

fn second_latencies(records: &[&RunRecord], index: usize) -> Vec<Quantiles> {
    let mut seconds: Vec<Quantiles> = Vec::new();
    for record in records {
        let latencies = &record.groups[index].latencies;
        seconds.resize_with(seconds.len().max(latencies.len()), Quantiles::default);
        for (second, latencies) in seconds.iter_mut().zip(latencies) {
            second.merge(&latencies.unpack());
        }
    }
    seconds
}

const fn ios(of: &GroupRecord) -> u64 {
    of.reads.count.saturating_add(of.writes.count)
}

/// Latencies of reads and writes together.
fn merged(record: &RunRecord, index: usize) -> Quantiles {
    let group = &record.groups[index];
    let mut all = group.reads.latency.clone();
    all.merge(&group.writes.latency);
    all
}

/// The larger, or what is no number.
fn wider(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The widest relative half width of any workload's mean latency or IOPS; infinite where one is
/// not known at all.
pub(super) fn reached(net: &Network, level: f64, records: &[&RunRecord]) -> f64 {
    let of_group = |index: usize| {
        let runs: Vec<Quantiles> = records.iter().map(|r| merged(r, index)).collect();
        let samples: Vec<f64> = runs.iter().filter_map(Quantiles::mean_secs).collect();
        let half_width = Estimate::from_samples(&samples, level).half_width;
        let mut all = Quantiles::default();
        for run in &runs {
            all.merge(run);
        }
        let mean = all.mean_secs().unwrap_or(f64::NAN);
        let latency = Estimate { mean, half_width, level, n: samples.len() as u64 };
        let iops = estimate(records, level, |r| {
            ios(&r.groups[index]) as f64 / (r.window_ps as f64 * 1e-12)
        });
        wider(latency.relative(), iops.relative())
    };
    // Traffic the cluster makes beside the workloads is not what anyone waits for.
    let workloads = net.groups.ids().filter(|&id| net.is_workload(id));
    let widest = workloads.map(|id| of_group(id.index())).fold(0.0, wider);
    if widest.is_nan() { f64::INFINITY } else { widest }
}

fn station(servers: f64, index: usize, records: &[&RunRecord], level: f64) -> StationMeasure {
    let of = |r: &RunRecord, f: fn(&StationRecord) -> f64| f(&r.stations[index]);
    let servers = if servers.is_finite() { servers } else { 1.0 };
    let seconds = |r: &RunRecord| r.window_ps as f64 * 1e-12;
    let visits = records.iter().fold(0_u64, |sum, r| sum.saturating_add(r.stations[index].visits));
    let response: f64 = records.iter().map(|r| r.stations[index].response_ps as f64).sum();
    let refused =
        records.iter().fold(0_u64, |sum, r| sum.saturating_add(r.stations[index].refused));
    StationMeasure {
        refused,
        visits,
        utilisation: estimate(records, level, |r| {
            of(r, |s| s.busy_ps as f64) / (r.window_ps as f64 * servers)
        }),
        response_s: if visits == 0 { 0.0 } else { response * 1e-12 / visits as f64 },
        visits_per_s: mean(records, |r| of(r, |s| s.visits as f64) / seconds(r)),
        payload_per_s: estimate(records, level, |r| of(r, |s| s.payload_bytes as f64) / seconds(r)),
        wire_per_s: estimate(records, level, |r| of(r, |s| s.wire_bytes as f64) / seconds(r)),
        wire_highest: estimate(records, level, |r| highest(r, index)),
        wire: series(records.iter().filter_map(|r| r.stations[index].wire_bins.as_ref())),
    }
}

/// Wire bytes a second of the fullest bin that lies wholly in the window, or of the window itself
/// where it is shorter than a bin.
fn highest(record: &RunRecord, index: usize) -> f64 {
    let station = &record.stations[index];
    let Some(bins) = &station.wire_bins else { return 0.0 };
    let width = bins.width_ps();
    let first = record.warm_up_ps.div_ceil(width) as usize;
    let last = ((record.warm_up_ps + record.window_ps) / width) as usize;
    let whole = bins.bins().get(first..last.min(bins.bins().len())).unwrap_or(&[]);
    let mean = station.wire_bytes as f64 / (record.window_ps as f64 * 1e-12);
    whole.iter().max().map_or(mean, |&n| (n as f64 / (width as f64 * 1e-12)).max(mean))
}

fn series<'a>(bins: impl Iterator<Item = &'a SecondBins>) -> Series {
    let mut amounts: Vec<f64> = Vec::new();
    let (mut runs, mut width) = (0.0, 0);
    for run in bins {
        // Replications of one network have bins of one width but for the rare doubling.
        if width == 0 {
            width = run.width_ps();
        }
        if run.width_ps() != width {
            continue;
        }
        runs += 1.0;
        if amounts.len() < run.bins().len() {
            amounts.resize(run.bins().len(), 0.0);
        }
        for (sum, n) in amounts.iter_mut().zip(run.bins()) {
            *sum += *n as f64;
        }
    }
    for sum in &mut amounts {
        *sum /= runs;
    }
    Series { width_s: width as f64 * 1e-12, amounts }
}
