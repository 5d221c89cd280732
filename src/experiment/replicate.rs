//! The replications: pilot, warm-up, length, and the runs themselves on several threads.

use rayon::prelude::*;
use thiserror::Error;

use super::measure::Measurements;
use super::plan::{Plan, WarmUp};
use crate::engine::{EngineError, RunPlan, RunRecord, simulate};
use crate::network::{Arrivals, Network};
use crate::stats::mser;

/// Picoseconds in a second.
const SECOND_PS: f64 = 1e12;

/// Length of the pilot run, in seconds, where no duration is given.
const PILOT_S: f64 = 0.25;

/// I/Os the slowest workload should complete where no duration is given.
const IOS_WANTED: f64 = 20_000.0;

/// Shortest and longest measured window where no duration is given, in seconds.
const WINDOW_S: (f64, f64) = (1.0, 60.0);

/// Events one replication should stay below where no duration is given.
const EVENTS_WANTED: f64 = 2e7;

/// Shortest warm-up as a share of the measured window.
const WARM_UP_SHARE: f64 = 0.05;

/// Why an experiment failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A run was given up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The threads could not be started.
    #[error("the worker threads could not be started: {0}")]
    Threads(String),
    /// Cancelled before the first replication was done.
    #[error("cancelled before the first replication was done")]
    Cancelled,
}

/// Where the measured window lies.
#[derive(Clone, Copy, Debug)]
struct Window {
    warm_up_ps: u64,
    horizon_ps: Option<u64>,
    reliable: bool,
}

/// Runs the replications. Once `cancelled` says so no new one is begun; those done are reported.
/// `progress` is told the share done.
///
/// # Errors
/// When a run is given up, or nothing was done before the cancellation.
pub fn run(
    net: &Network,
    plan: &Plan,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Measurements, ExperimentError> {
    let window = window(net, plan)?;
    let replications = plan.replications.max(1);
    let done = std::sync::atomic::AtomicU64::new(0);
    let one = |replication: u64| -> Option<Result<RunRecord, EngineError>> {
        if cancelled() {
            return None;
        }
        let mut run = RunPlan::new(plan.seed, window.warm_up_ps, 0).replication(replication);
        run.horizon_ps = window.horizon_ps;
        let record = simulate(net, &run, &|| false);
        let n = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress(n as f64 / replications as f64);
        Some(record)
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.threads.unwrap_or(0))
        .build()
        .map_err(|e| ExperimentError::Threads(e.to_string()))?;
    let records: Vec<_> =
        pool.install(|| (0..replications).into_par_iter().map(one).collect::<Vec<_>>());
    let partial = records.iter().any(Option::is_none);
    let records = records.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    if records.is_empty() {
        return Err(ExperimentError::Cancelled);
    }
    Ok(Measurements::of(net, plan, &records, window.reliable, partial))
}

/// The end of the last trace, if there is one.
fn trace_end_ps(net: &Network) -> Option<u64> {
    net.sources
        .iter()
        .filter_map(|s| match &s.arrivals {
            Arrivals::Trace(ios) => ios.last().map(|io| io.at_ps),
            _ => None,
        })
        .max()
}

fn window(net: &Network, plan: &Plan) -> Result<Window, ExperimentError> {
    let only_traces = net.sources.iter().all(|s| matches!(s.arrivals, Arrivals::Trace(_)));
    if only_traces {
        // A trace is replayed from its first I/O to the completion of its last.
        return Ok(Window { warm_up_ps: 0, horizon_ps: None, reliable: true });
    }
    if let Some(end_ps) = trace_end_ps(net) {
        // Beside other loads a trace is replayed to its end, or for the duration stated.
        let stated = plan.duration_s.map_or(u64::MAX, |s| (s * SECOND_PS) as u64);
        let horizon_ps = Some(end_ps.min(stated).max(1));
        return Ok(Window { warm_up_ps: 0, horizon_ps, reliable: true });
    }
    if let (Some(duration), WarmUp::Fixed(warm_up)) = (plan.duration_s, plan.warm_up) {
        return Ok(make(warm_up, duration, true));
    }
    let mut pilot_s = plan.duration_s.map_or(PILOT_S, |d| d.min(1.0));
    let mut attempt = 0;
    loop {
        let run = RunPlan::new(plan.seed, 0, (pilot_s * SECOND_PS) as u64);
        // The pilot has streams of its own, so that no replication is a repetition of it.
        let record = simulate(net, &run.replication(u64::MAX), &|| false)?;
        let (warm_up, reliable) = truncation(&record, pilot_s);
        attempt += 1;
        if reliable || attempt == 4 {
            let duration = plan.duration_s.unwrap_or_else(|| long_enough(&record, pilot_s));
            let warm_up = match plan.warm_up {
                WarmUp::Fixed(s) => s,
                WarmUp::Auto => warm_up.max(WARM_UP_SHARE * duration),
            };
            return Ok(make(warm_up, duration, reliable));
        }
        pilot_s *= 2.0;
    }
}

fn make(warm_up_s: f64, duration_s: f64, reliable: bool) -> Window {
    let warm_up_ps = (warm_up_s * SECOND_PS) as u64;
    let horizon_ps = Some(warm_up_ps + (duration_s * SECOND_PS).max(1.0) as u64);
    Window { warm_up_ps, horizon_ps, reliable }
}

/// The longest warm-up of any workload, in seconds.
fn truncation(record: &RunRecord, pilot_s: f64) -> (f64, bool) {
    let mut warm_up = 0.0_f64;
    let mut reliable = true;
    for group in &record.groups {
        let batches = group.series.batches();
        if batches.len() < 20 {
            reliable = false;
            continue;
        }
        let cut = mser(&batches);
        reliable &= cut.reliable;
        warm_up = warm_up.max(pilot_s * cut.index as f64 / batches.len() as f64);
    }
    (warm_up, reliable)
}

fn long_enough(record: &RunRecord, pilot_s: f64) -> f64 {
    let slowest = record
        .groups
        .iter()
        .map(|g| (g.reads.count + g.writes.count) as f64 / pilot_s)
        .filter(|rate| *rate > 0.0)
        .fold(f64::INFINITY, f64::min);
    let wanted = if slowest.is_finite() { IOS_WANTED / slowest } else { WINDOW_S.1 };
    let affordable = EVENTS_WANTED / (record.events as f64 / pilot_s).max(1.0);
    wanted.clamp(WINDOW_S.0, WINDOW_S.1).min(affordable.max(pilot_s))
}
