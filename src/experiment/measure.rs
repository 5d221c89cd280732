//! What the replications measured, with intervals.

use super::plan::Plan;
use crate::engine::{GroupRecord, RunRecord, StationRecord};
use crate::network::Network;
use crate::stats::{Estimate, Quantiles, SecondBins};

/// Percentiles every report shows.
const QUANTILES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

/// One workload.
#[derive(Clone, Debug)]
pub struct GroupMeasure {
    /// Name.
    pub name: String,
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
    /// Completions and bytes by second, mean of the replications.
    pub completions: Series,
    /// Bytes by second.
    pub bytes: Series,
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
    /// Start of the window in seconds.
    pub warm_up_s: f64,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Replications done.
    pub replications: u64,
    /// Whether the warm-up was found with confidence.
    pub warm_up_reliable: bool,
    /// Whether a cancellation cut the replications short.
    pub partial: bool,
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
        records: &[RunRecord],
        warm_up_reliable: bool,
        partial: bool,
    ) -> Self {
        let level = plan.level;
        let groups =
            net.groups.iter().enumerate().map(|(i, name)| group(name, i, records, level)).collect();
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
                    let busy: u64 = pairs.map(|(_, s)| s.busy_ps).sum();
                    busy as f64 / (r.window_ps as f64 * account.servers)
                })
            })
            .collect();
        let first = &records[0];
        Self {
            warm_up_s: first.warm_up_ps as f64 / 1e12,
            window_s: mean(records, |r| r.window_ps as f64) / 1e12,
            replications: records.len() as u64,
            warm_up_reliable,
            partial,
            groups,
            stations,
            accounts,
            events: records.iter().map(|r| r.events).sum(),
            completed: records.iter().map(|r| r.completed).sum(),
            fingerprint: records.iter().fold(0, |f, r| f.rotate_left(7) ^ r.fingerprint),
        }
    }

    /// Busy share of an account.
    #[must_use]
    pub fn account(&self, id: crate::network::AccountId) -> Estimate {
        self.accounts[id.index()]
    }
}

fn estimate(records: &[RunRecord], level: f64, f: impl Fn(&RunRecord) -> f64) -> Estimate {
    let samples: Vec<f64> = records.iter().map(f).collect();
    Estimate::from_samples(&samples, level)
}

fn mean(records: &[RunRecord], f: impl Fn(&RunRecord) -> f64) -> f64 {
    records.iter().map(f).sum::<f64>() / records.len() as f64
}

fn group(name: &str, index: usize, records: &[RunRecord], level: f64) -> GroupMeasure {
    let of = |r: &RunRecord, f: fn(&GroupRecord) -> u64| {
        f(&r.groups[index]) as f64 / (r.window_ps as f64 * 1e-12)
    };
    let merged = |r: &RunRecord| {
        let g = &r.groups[index];
        let mut all = g.reads.latency.clone();
        all.merge(&g.writes.latency);
        all
    };
    let per_run: Vec<Quantiles> = records.iter().map(merged).collect();
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
    let intended: Vec<f64> = records.iter().filter_map(intended).collect();
    GroupMeasure {
        name: name.to_string(),
        ios: latencies.count(),
        iops: estimate(records, level, |r| of(r, |g| g.reads.count + g.writes.count)),
        bytes_per_s: estimate(records, level, |r| of(r, |g| g.reads.bytes + g.writes.bytes)),
        read_bytes_per_s: estimate(records, level, |r| of(r, |g| g.reads.bytes)),
        write_bytes_per_s: estimate(records, level, |r| of(r, |g| g.writes.bytes)),
        latency_s: over(&Quantiles::mean_secs),
        quantiles_s: QUANTILES.map(|q| over(&move |h| h.quantile_secs(q))),
        intended_s: (!intended.is_empty()).then(|| Estimate::from_samples(&intended, level)),
        latencies,
        completions: series(records.iter().map(|r| &r.groups[index].completions)),
        bytes: series(records.iter().map(|r| &r.groups[index].bytes)),
    }
}

fn station(servers: f64, index: usize, records: &[RunRecord], level: f64) -> StationMeasure {
    let of = |r: &RunRecord, f: fn(&StationRecord) -> f64| f(&r.stations[index]);
    let servers = if servers.is_finite() { servers } else { 1.0 };
    let seconds = |r: &RunRecord| r.window_ps as f64 * 1e-12;
    let visits: u64 = records.iter().map(|r| r.stations[index].visits).sum();
    let response: f64 = records.iter().map(|r| r.stations[index].response_ps as f64).sum();
    StationMeasure {
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
