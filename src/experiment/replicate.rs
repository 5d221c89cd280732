//! The replications, on several threads: as many as stated, or rounds of them up to a precision.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;
use thiserror::Error;

use super::measure::{Ended, Measurements, reached};
use super::plan::Plan;
use super::window::Window;
use crate::engine::{EngineError, Ready, RunRecord, Sink, observe, simulate};
use crate::network::Network;

/// Why an experiment failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A run was given up.
    #[error(transparent)]
    Engine(EngineError),
    /// The threads could not be started.
    #[error("the worker threads could not be started: {0}")]
    Threads(String),
    /// Cancelled before the first replication was done.
    #[error("interrupted before the first replication was done")]
    Cancelled,
    /// A replication to continue from is none of this network and plan.
    #[error("replication {replication} of an earlier run is not one of this network and plan")]
    Foreign {
        /// Its number.
        replication: u64,
    },
}

impl From<EngineError> for ExperimentError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => Self::Cancelled,
            other => Self::Engine(other),
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The round under way, from 1; without a precision there is one.
    pub round: u64,
    /// Replications done.
    pub done: u64,
    /// Replications at the end of this round.
    pub round_end: u64,
    /// Replications that will do as it seems from the round before.
    pub expected: u64,
    /// The worst relative half width at the end of the round before, where one is asked for.
    pub reached: Option<f64>,
}

impl Progress {
    /// The share of the work done, 0 to 1. It may fall when a round shows that more is to be done.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.done as f64 / self.expected.max(1) as f64
    }
}

/// How a run is watched and stopped.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Once it says so no new replication is begun; those in hand are finished.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told after each replication.
    pub progress: &'a (dyn Fn(&Progress) + Sync),
    /// Given each replication as it is finished, one at a time, in whatever order that is, with
    /// the seconds it took by `clock`.
    pub finished: &'a (dyn Fn(&RunRecord, f64) + Sync),
    /// Told the seconds by `clock` that the pilot run took, where there was one.
    pub piloted: &'a (dyn Fn(f64) + Sync),
    /// Seconds since some start, for whoever wants to know what a replication took.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Watch<'static> {
    /// Watched by nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self {
            cancelled: &|| false,
            progress: &|_| {},
            finished: &|_, _| {},
            piloted: &|_| {},
            clock: &|| 0.0,
        }
    }
}

/// Runs the replications. Once `cancelled` says so no new one is begun; those done are reported.
/// `progress` is told the share done.
///
/// It waits on a thread pool of its own: called many times at once from the workers of another
/// pool, each wait may begin the next call on the same stack, so use plain threads for that.
///
/// # Errors
/// When a run is given up, or nothing was done before the cancellation.
pub fn run(
    net: &Network,
    plan: &Plan,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Measurements, ExperimentError> {
    let told = |of: &Progress| progress(of.share());
    resume(net, plan, Vec::new(), &Watch { cancelled, progress: &told, ..Watch::silent() })
}

/// The same with replications that an earlier run of the same network and plan has finished; the
/// result is that of one run. Those beyond what is needed are left out.
///
/// # Errors
/// When a run is given up, nothing was done before the cancellation, or `kept` holds what cannot
/// be of this network and plan.
pub fn resume(
    net: &Network,
    plan: &Plan,
    kept: Vec<RunRecord>,
    watch: &Watch<'_>,
) -> Result<Measurements, ExperimentError> {
    // What was finished before is worth a pilot run even when the run is to stop.
    let pilot_cancelled = || kept.is_empty() && (watch.cancelled)();
    let began = (watch.clock)();
    let window = Window::find(net, plan, &pilot_cancelled)?;
    if window.warm_up.pilot_s.is_some() {
        (watch.piloted)((watch.clock)() - began);
    }
    let mut records = BTreeMap::new();
    for record in kept {
        let replication = record.replication;
        let known = belongs(&record, net, &window) && !records.contains_key(&replication);
        if !known {
            return Err(ExperimentError::Foreign { replication });
        }
        records.insert(replication, record);
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.threads.unwrap_or(0))
        .build()
        .map_err(|e| ExperimentError::Threads(e.to_string()))?;
    let shifted = window.network(net);
    let ready = Ready::new(&shifted)?;
    let mut round = Round { net: &ready, plan, window, watch, number: 1, reached: None };
    let mut end = plan.first();
    let ended = loop {
        round.fill(&pool, end, &mut records)?;
        let used: Vec<&RunRecord> = records.range(..end).map(|(_, record)| record).collect();
        if (used.len() as u64) < end {
            break Ended::Cancelled;
        }
        let Some(precision) = plan.precision else { break Ended::Planned };
        let now = reached(net, plan.level, &used);
        if now <= precision.relative {
            break Ended::Reached;
        }
        if end >= plan.most() {
            break Ended::Bound;
        }
        round.reached = Some((end, now));
        round.number += 1;
        end = plan.after(end);
    };
    let used: Vec<&RunRecord> = records.range(..end).map(|(_, record)| record).collect();
    if used.is_empty() {
        return Err(ExperimentError::Cancelled);
    }
    Ok(Measurements::of(net, plan, &used, window.warm_up, ended))
}

/// Runs the first replication once more, with every visit of the first `ios` I/Os to be issued on
/// record. They come at the start of the run, when the queues are still empty.
///
/// # Errors
/// When the run is given up or cancelled.
pub fn trace(
    net: &Network,
    plan: &Plan,
    ios: u64,
    cancelled: &dyn Fn() -> bool,
) -> Result<RunRecord, ExperimentError> {
    let window = Window::find(net, plan, cancelled)?;
    let mut run = window.plan(plan, 0);
    run.trace_ios = ios;
    Ok(simulate(&window.network(net), &run, cancelled)?)
}

/// Runs the first replication once more and shows `sink` every visit of every I/O as it goes on.
///
/// # Errors
/// When the run is given up or cancelled.
pub fn watch(
    net: &Network,
    plan: &Plan,
    cancelled: &dyn Fn() -> bool,
    sink: &mut Sink<'_>,
) -> Result<RunRecord, ExperimentError> {
    let window = Window::find(net, plan, cancelled)?;
    let mut run = window.plan(plan, 0);
    run.trace_ios = u64::MAX;
    Ok(observe(&window.network(net), &run, cancelled, sink)?)
}

/// Whether a record can be of this network and window; what is written in it is taken on trust.
fn belongs(record: &RunRecord, net: &Network, window: &Window) -> bool {
    let end_ps = record.warm_up_ps.checked_add(record.window_ps);
    record.groups.len() == net.groups.len()
        && record.stations.len() == net.stations.len()
        && record.warm_up_ps == window.warm_up_ps
        && record.window_ps > 0
        && match window.horizon_ps {
            Some(horizon_ps) => end_ps == Some(horizon_ps.max(record.warm_up_ps + 1)),
            None => end_ps.is_some(),
        }
}

/// One round of replications.
struct Round<'a> {
    net: &'a Ready<'a>,
    plan: &'a Plan,
    window: Window,
    watch: &'a Watch<'a>,
    number: u64,
    /// Replications at the end of the round before, and the worst relative half width there.
    reached: Option<(u64, f64)>,
}

/// What the threads have done together.
struct Shared<'r> {
    records: &'r mut BTreeMap<u64, RunRecord>,
    failed: Option<(u64, EngineError)>,
}

impl Round<'_> {
    /// Runs what is missing below `end`. Each thread takes the next number, so that what is done
    /// when it is stopped has no gaps, and the failure of the least number is always found.
    fn fill(
        &self,
        pool: &ThreadPool,
        end: u64,
        records: &mut BTreeMap<u64, RunRecord>,
    ) -> Result<(), ExperimentError> {
        let missing: Vec<u64> = (0..end).filter(|n| !records.contains_key(n)).collect();
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let shared = Mutex::new(Shared { records, failed: None });
        pool.broadcast(|_| {
            while !stop.load(Ordering::Relaxed) && !(self.watch.cancelled)() {
                let taken = next.fetch_add(1, Ordering::Relaxed);
                let Some(&replication) = missing.get(taken) else { break };
                let began = (self.watch.clock)();
                let run = self.window.plan(self.plan, replication);
                let done = self.net.simulate(&run, &|| false);
                let took = (self.watch.clock)() - began;
                // A panic on another thread leaves nothing half done here.
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                match done {
                    Ok(record) => {
                        (self.watch.finished)(&record, took);
                        shared.records.insert(replication, record);
                        let done = shared.records.range(..end).count() as u64;
                        (self.watch.progress)(&self.progress(done, end));
                    }
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        let first = shared.failed.as_ref().is_none_or(|(n, _)| replication < *n);
                        if first {
                            shared.failed = Some((replication, error));
                        }
                    }
                }
            }
        });
        let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        shared.failed.map_or(Ok(()), |(_, error)| Err(error.into()))
    }

    fn progress(&self, done: u64, round_end: u64) -> Progress {
        let asked = self.plan.precision.map_or(f64::INFINITY, |p| p.relative);
        // The half width falls with the root of the number.
        let expected = match self.reached {
            Some((after, reached)) if reached.is_finite() => {
                after as f64 * (reached / asked).powi(2)
            }
            Some(_) => self.plan.most() as f64,
            None => round_end as f64,
        };
        let expected = (expected.ceil() as u64).clamp(round_end, self.plan.most().max(round_end));
        let reached = self.reached.map(|(_, reached)| reached);
        Progress { round: self.number, done, round_end, expected, reached }
    }
}
