//! Where the measured window lies: the pilot run, the warm-up, the length.

use std::borrow::Cow;
use std::sync::Arc;

use super::plan::{Plan, WarmUp};
use super::replicate::ExperimentError;
use crate::engine::{RunPlan, RunRecord, simulate};
use crate::network::{Arrivals, GroupId, Network, Source};
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

/// Pilot runs before the search for the end of the start-up is given up.
const PILOTS_MAX: u32 = 4;

/// What decided the length of the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUpRule {
    /// It was stated.
    Stated,
    /// MSER-5 found it in the pilot run.
    Mser,
    /// MSER-5 found less than the smallest share of the measured window, which was taken.
    Share,
    /// All loads are traces, which are measured from their first I/O to their last completion.
    Trace,
}

/// How the warm-up was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUpFound {
    /// What decided its length.
    pub rule: WarmUpRule,
    /// False where MSER-5 saw no settled state in the longest pilot run, or saw one only after
    /// what was stated.
    pub reliable: bool,
    /// Simulated seconds of the pilot run; none where none was needed.
    pub pilot_s: Option<f64>,
    /// Where MSER-5 saw the end of the start-up in it, in seconds.
    pub settled_s: Option<f64>,
    /// Whether traces run beside other loads: they begin when the warm-up ends.
    pub delays_traces: bool,
}

/// Where the measured window lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) warm_up_ps: u64,
    pub(super) horizon_ps: Option<u64>,
    pub(super) warm_up: WarmUpFound,
}

impl Window {
    /// Finds it, if need be by a pilot run, which is the only thing here that can be cancelled.
    pub(super) fn find(
        net: &Network,
        plan: &Plan,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, ExperimentError> {
        if net.sources.iter().all(is_trace) {
            let rule = WarmUpRule::Trace;
            let warm_up = WarmUpFound { rule, ..WarmUpFound::stated() };
            return Ok(Self { warm_up_ps: 0, horizon_ps: None, warm_up });
        }
        if let Some(end_ps) = trace_end_ps(net) {
            return Self::beside_traces(net, plan, end_ps, cancelled);
        }
        if let (Some(duration), WarmUp::Fixed(warm_up)) = (plan.duration_s, plan.warm_up) {
            return Ok(Self::of(warm_up, duration, WarmUpFound::stated()));
        }
        let pilot = Pilot::run(net, plan, cancelled)?;
        let duration = plan.duration_s.unwrap_or_else(|| pilot.long_enough());
        let (warm_up_s, warm_up) = match plan.warm_up {
            WarmUp::Fixed(stated) => (stated, pilot.against(stated)),
            WarmUp::Auto => pilot.found(WARM_UP_SHARE * duration),
        };
        Ok(Self::of(warm_up_s, duration, warm_up))
    }

    /// Traces run to their end, or for the duration stated, and begin when the other loads have
    /// settled: a trace comes from a cluster that was at work before it.
    fn beside_traces(
        net: &Network,
        plan: &Plan,
        end_ps: u64,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, ExperimentError> {
        let (warm_up_s, found) = match plan.warm_up {
            WarmUp::Fixed(stated) => (stated, WarmUpFound::stated()),
            WarmUp::Auto => {
                let pilot = Pilot::run(&without_traces(net), plan, cancelled)?;
                let (warm_up_s, found) = pilot.found(0.0);
                // A whole second, so that the seconds of the time line are those of the trace.
                (warm_up_s.ceil().max(1.0), found)
            }
        };
        let stated = plan.duration_s.map_or(u64::MAX, |s| (s * SECOND_PS) as u64);
        let warm_up_ps = (warm_up_s * SECOND_PS) as u64;
        let horizon_ps = Some(warm_up_ps.saturating_add(end_ps.min(stated).max(1)));
        let warm_up = WarmUpFound { delays_traces: warm_up_ps > 0, ..found };
        Ok(Self { warm_up_ps, horizon_ps, warm_up })
    }

    fn of(warm_up_s: f64, duration_s: f64, warm_up: WarmUpFound) -> Self {
        let warm_up_ps = (warm_up_s * SECOND_PS) as u64;
        let length_ps = (duration_s * SECOND_PS).max(1.0) as u64;
        Self { warm_up_ps, horizon_ps: Some(warm_up_ps.saturating_add(length_ps)), warm_up }
    }

    /// The network as it is run: traces that must wait for the end of the warm-up are shifted.
    pub(super) fn network<'n>(&self, net: &'n Network) -> Cow<'n, Network> {
        if !self.warm_up.delays_traces {
            return Cow::Borrowed(net);
        }
        let mut net = net.clone();
        for source in &mut net.sources {
            if let Arrivals::Trace(ios) = &mut source.arrivals {
                let mut shifted = ios.to_vec();
                for io in &mut shifted {
                    io.at_ps = io.at_ps.saturating_add(self.warm_up_ps);
                }
                *ios = Arc::from(shifted);
            }
        }
        Cow::Owned(net)
    }

    /// The plan of one replication.
    pub(super) fn plan(&self, plan: &Plan, replication: u64) -> RunPlan {
        let mut run = RunPlan::new(plan.seed, self.warm_up_ps, 0).replication(replication);
        run.horizon_ps = self.horizon_ps;
        run
    }
}

impl WarmUpFound {
    const fn stated() -> Self {
        Self {
            rule: WarmUpRule::Stated,
            reliable: true,
            pilot_s: None,
            settled_s: None,
            delays_traces: false,
        }
    }
}

const fn is_trace(source: &Source) -> bool {
    matches!(source.arrivals, Arrivals::Trace(_))
}

/// The last arrival of any trace, if there is a trace.
fn trace_end_ps(net: &Network) -> Option<u64> {
    let ends = net.sources.iter().filter_map(|source| match &source.arrivals {
        Arrivals::Trace(ios) => Some(ios.last().map_or(0, |io| io.at_ps)),
        _ => None,
    });
    ends.max()
}

fn without_traces(net: &Network) -> Network {
    let mut net = net.clone();
    for source in &mut net.sources {
        if let Arrivals::Trace(ios) = &mut source.arrivals {
            *ios = Arc::from([]);
        }
    }
    net
}

/// What the pilot run showed.
struct Pilot {
    record: RunRecord,
    length_s: f64,
    /// The longest start-up of any workload, in seconds.
    settled_s: f64,
    reliable: bool,
}

impl Pilot {
    /// Runs it, twice as long each time until the end of the start-up is found.
    fn run(
        net: &Network,
        plan: &Plan,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, ExperimentError> {
        let mut length_s = plan.duration_s.map_or(PILOT_S, |d| d.min(1.0));
        let mut attempt = 1;
        loop {
            let run = RunPlan::new(plan.seed, 0, (length_s * SECOND_PS) as u64);
            // The pilot has streams of its own, so that no replication is a repetition of it.
            let record = simulate(net, &run.replication(u64::MAX), cancelled)?;
            let (settled_s, reliable) = settled(net, &record, length_s);
            if reliable || attempt == PILOTS_MAX {
                return Ok(Self { record, length_s, settled_s, reliable });
            }
            attempt += 1;
            length_s *= 2.0;
        }
    }

    /// The warm-up it shows, in seconds, but no less than `least_s`.
    fn found(&self, least_s: f64) -> (f64, WarmUpFound) {
        let short = self.settled_s < least_s;
        let rule = if short { WarmUpRule::Share } else { WarmUpRule::Mser };
        let found = WarmUpFound { rule, ..self.against(f64::INFINITY) };
        (self.settled_s.max(least_s), found)
    }

    /// What it says of a warm-up that was stated, in seconds.
    fn against(&self, stated_s: f64) -> WarmUpFound {
        let beyond = self.reliable && self.settled_s > stated_s;
        // Whoever states a warm-up may know better than a pilot run that saw no end.
        let unknown = !self.reliable && stated_s.is_infinite();
        WarmUpFound {
            reliable: !beyond && !unknown,
            pilot_s: Some(self.length_s),
            settled_s: Some(self.settled_s),
            ..WarmUpFound::stated()
        }
    }

    fn long_enough(&self) -> f64 {
        let slowest = self
            .record
            .groups
            .iter()
            .map(|g| (g.reads.count + g.writes.count) as f64 / self.length_s)
            .filter(|rate| *rate > 0.0)
            .fold(f64::INFINITY, f64::min);
        let wanted = if slowest.is_finite() { IOS_WANTED / slowest } else { WINDOW_S.1 };
        let affordable = EVENTS_WANTED / (self.record.events as f64 / self.length_s).max(1.0);
        wanted.clamp(WINDOW_S.0, WINDOW_S.1).min(affordable.max(self.length_s))
    }
}

/// The longest start-up of any workload that is no trace, in seconds, and whether all were found.
fn settled(net: &Network, record: &RunRecord, length_s: f64) -> (f64, bool) {
    let mut settled_s = 0.0_f64;
    let mut reliable = true;
    for (index, group) in record.groups.iter().enumerate() {
        let id = GroupId::from_index(index);
        if !net.is_workload(id) {
            continue;
        }
        let mut sources = net.sources.iter().filter(|s| s.group == Some(id));
        if sources.all(is_trace) {
            continue;
        }
        let batches = group.series.batches();
        if batches.len() < 20 {
            reliable = false;
            continue;
        }
        let cut = mser(&batches);
        reliable &= cut.reliable;
        settled_s = settled_s.max(length_s * cut.index as f64 / batches.len() as f64);
    }
    (settled_s, reliable)
}
