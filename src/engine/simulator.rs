//! The loop: takes the next event and runs the I/O's program to its next visit.

use std::collections::VecDeque;

use super::EngineError;
use super::calendar::{Calendar, Key};
use super::job::{Jobs, NONE};
use super::plan::RunPlan;
use super::program::{Op, Program};
use super::record::{DirectionRecord, GroupRecord, HopRecord, RunRecord};
use super::slots::Slots;
use super::source::{Issue, SourceState};
use super::station::{Departures, StationRest, StationState, Window};
use super::steps::Chooser;
use crate::network::{Direction, Network};
use crate::stats::{BatchedSeries, SecondBins};

/// The bit that tells a station's wake from a job in an event's payload.
pub(super) const WAKE: u32 = 1 << 31;

/// The bit that tells the first departure in a station's order.
pub(super) const HEAD: u32 = 1 << 30;

/// Events between two looks at the cancellation.
const LOOK_EVERY: u64 = 1 << 16;

/// Runs one replication. `cancelled` is looked at now and then.
///
/// # Errors
/// When the network is not valid, a bound is exceeded, the run is cancelled or conservation fails.
///
/// ```
/// use csvnet::engine::{RunPlan, simulate};
/// use csvnet::network::{Network, Service, Source, Station, Step, Visit};
/// use csvnet::random::{Seed, Shape};
///
/// // M/M/1 at utilisation 0.8: the mean response is 1 ms / (1 - 0.8) = 5 ms.
/// let mut net = Network::default();
/// let disk = net.add_station(Station::fifo("disk", 1));
/// let service = Service::time(1e9, 0.0, Shape::Exponential);
/// let route = net.add_route("read", vec![Visit::new(disk, "media", service).into()]);
/// net.add_source(Source::poisson("guest", route, 800.0));
/// let plan = RunPlan::new(Seed(1), 10_000_000_000_000, 500_000_000_000_000);
/// let run = simulate(&net, &plan, &|| false)?;
/// let mean = run.groups[0].reads.latency.mean_secs().unwrap_or_default();
/// assert!((mean - 5e-3).abs() < 0.5e-3, "{mean}");
/// # Ok::<(), csvnet::engine::EngineError>(())
/// ```
pub fn simulate(
    net: &Network,
    plan: &RunPlan,
    cancelled: &dyn Fn() -> bool,
) -> Result<RunRecord, EngineError> {
    if let Err(faults) = net.validate()
        && let Some(first) = faults.into_iter().next()
    {
        return Err(EngineError::Network(first));
    }
    let mut simulator = Simulator::new(net, plan);
    simulator.start();
    simulator.run(plan, cancelled)?;
    simulator.finish(plan)
}

pub(super) struct PoolState {
    pub(super) available: u64,
    pub(super) waiting: VecDeque<(u32, u64)>,
}

pub(super) struct Simulator<'n> {
    net: &'n Network,
    pub(super) now_ps: u64,
    pub(super) calendar: Calendar,
    pub(super) jobs: Jobs,
    pub(super) program: Program,
    pub(super) stations: Vec<StationState>,
    /// Beside `stations`, as are `rests`.
    pub(super) departures: Vec<Departures>,
    pub(super) rests: Vec<StationRest>,
    pub(super) sources: Vec<SourceState>,
    pub(super) pools: Vec<PoolState>,
    pub(super) choosers: Vec<Chooser>,
    groups: Vec<GroupRecord>,
    /// Jobs that go on at this instant.
    pub(super) ready: VecDeque<u32>,
    pub(super) window: Window,
    pub(super) hops: Vec<HopRecord>,
    trace_ios: u64,
    issued: u64,
    completed: u64,
    bytes_issued: u64,
    bytes_completed: u64,
    events: u64,
    fingerprint: u64,
}

impl<'n> Simulator<'n> {
    fn new(net: &'n Network, plan: &RunPlan) -> Self {
        let mut labels: Vec<&str> = net.sources.iter().map(|s| s.label.as_str()).collect();
        labels.sort_unstable();
        let rank = |label: &str| labels.partition_point(|l| *l < label) as u32 + 1;
        let mut program = Program::of(net, plan.fuse && plan.trace_ios == 0);
        let slots = Slots::assign(&mut program, net);
        let random = (plan.seed, plan.replication);
        let source = |(source, slots): ((usize, _), &Vec<_>)| {
            let (_, s): (usize, &crate::network::Source) = source;
            SourceState::new(source, rank(&s.label), random, &program.starts, slots)
        };
        let sources = net.sources.iter().enumerate().zip(&slots.of_source).map(source).collect();
        let (stations, rests) = station_states(net);
        Self {
            net,
            now_ps: 0,
            calendar: Calendar::default(),
            jobs: Jobs::new(slots.stride),
            program,
            departures: vec![Departures::new(); stations.len()],
            stations,
            rests,
            sources,
            pools: net
                .pools
                .iter()
                .map(|p| PoolState { available: p.tokens, waiting: VecDeque::new() })
                .collect(),
            choosers: net.selectors.iter().map(|s| Chooser::new(s, plan)).collect(),
            groups: net.groups.iter().map(|_| new_group()).collect(),
            ready: VecDeque::new(),
            window: Window { from_ps: plan.warm_up_ps, to_ps: plan.horizon_ps.unwrap_or(u64::MAX) },
            hops: Vec::new(),
            trace_ios: plan.trace_ios,
            issued: 0,
            completed: 0,
            bytes_issued: 0,
            bytes_completed: 0,
            events: 0,
            fingerprint: 0xCBF2_9CE4_8422_2325,
        }
    }

    fn start(&mut self) {
        for source in 0..self.sources.len() {
            for issue in self.sources[source].initial() {
                self.schedule_issue(source as u32, &issue);
            }
        }
    }

    fn run(&mut self, plan: &RunPlan, cancelled: &dyn Fn() -> bool) -> Result<(), EngineError> {
        let horizon = self.window.to_ps;
        while let Some((key, payload)) = self.calendar.pop() {
            if key.at_ps > horizon {
                break;
            }
            debug_assert!(key.at_ps >= self.now_ps, "time never goes backward");
            self.now_ps = key.at_ps;
            self.events += 1;
            if payload & HEAD != 0 {
                if let Some(job) = self.next_head(payload & !HEAD) {
                    self.advance(job);
                }
            } else if payload & WAKE == 0 {
                self.advance(payload);
            } else {
                self.wake(payload & !WAKE);
            }
            while let Some(job) = self.ready.pop_front() {
                self.advance(job);
            }
            if self.events.is_multiple_of(LOOK_EVERY) {
                self.look(plan, cancelled)?;
            }
        }
        Ok(())
    }

    /// Takes the first departure of a station and puts the second into the calendar.
    #[inline]
    fn next_head(&mut self, station: u32) -> Option<u32> {
        let departures = &mut self.departures[station as usize];
        let first = departures.pop_front();
        if let Some(&(at_ps, next)) = departures.front() {
            let job = self.jobs.get(next);
            let key = Key { at_ps, tie: job.tie, branch: job.branch };
            self.calendar.push(key, station | HEAD);
        }
        first.map(|(_, job)| job)
    }

    fn look(&self, plan: &RunPlan, cancelled: &dyn Fn() -> bool) -> Result<(), EngineError> {
        let at_s = self.now_ps as f64 * 1e-12;
        if self.jobs.len() > plan.under_way_max as usize {
            let most = self.sources.iter().enumerate().max_by_key(|(_, s)| s.under_way);
            let most = most.and_then(|(i, _)| self.net.sources.as_slice().get(i));
            return Err(EngineError::Unstable {
                limit: plan.under_way_max,
                at_s,
                source_label: most.map_or_else(String::new, |s| s.label.clone()),
            });
        }
        if self.events > plan.events_max {
            return Err(EngineError::TooManyEvents { limit: plan.events_max, at_s });
        }
        if cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }

    fn schedule_issue(&mut self, source: u32, issue: &Issue) {
        let (job, kin) = self.sources[source as usize].job(issue);
        let key = Key { at_ps: issue.at_ps, tie: job.tie, branch: 0 };
        let index = self.jobs.insert(job, kin);
        self.sources[source as usize].rows.write(issue.number, self.jobs.row_mut(index));
        self.calendar.push(key, index);
    }

    #[inline]
    fn issue(&mut self, index: u32) {
        let job = self.jobs.get_mut(index);
        job.fresh = false;
        job.traced = self.issued < self.trace_ios;
        let (source, bytes) = (job.source, job.bytes);
        self.issued += 1;
        self.bytes_issued += u64::from(bytes);
        let state = &mut self.sources[source as usize];
        state.under_way += 1;
        if !state.is_closed()
            && let Some(next) = state.next_arrival()
        {
            self.schedule_issue(source, &next);
        }
    }

    /// Runs a job's program until it waits.
    fn advance(&mut self, index: u32) {
        if self.jobs.get(index).fresh {
            self.issue(index);
        }
        // Runs ahead of the clock within a fused stretch.
        let mut now = self.now_ps;
        let mut pc = self.jobs.get(index).pc;
        loop {
            match self.program.ops[pc as usize] {
                Op::Stretch { time, len, next, fused } => {
                    now = self.stretch(index, now, time, len);
                    if !fused {
                        let last = &self.program.times[(time + len - 1) as usize];
                        return self.depart_in_order(index, next, last.station, now);
                    }
                    pc = next;
                }
                Op::Jump { to } => pc = to,
                Op::Choose { choice } => pc = self.choose(index, choice),
                Op::Leave { selector, way } => {
                    self.leave(selector, way);
                    pc += 1;
                }
                Op::IfRoom { station, places, refused } => {
                    let full = self.departures[station as usize].len() >= places as usize;
                    if full && now >= self.window.from_ps {
                        self.rests[station as usize].refused += 1;
                    }
                    pc = if full { refused } else { pc + 1 };
                }
                Op::Acquire { pool, amount } => {
                    pc += 1;
                    if !self.acquire(index, pool, amount) {
                        self.jobs.get_mut(index).pc = pc;
                        return;
                    }
                }
                Op::Release { pool, amount } => {
                    pc += 1;
                    self.release(index, pool, amount);
                }
                Op::Fork { table, branches, wait, next } => {
                    self.jobs.get_mut(index).pc = next;
                    self.fork(index, pc, table, branches, wait);
                    if wait > 0 {
                        return;
                    }
                    pc = next;
                }
                Op::Split { chunk, window, next } => {
                    if self.jobs.get(index).bytes > chunk {
                        self.jobs.get_mut(index).pc = next;
                        self.split(index, pc, chunk, window);
                        return;
                    }
                    pc += 1;
                }
                Op::EndChunk { split, next } => {
                    if self.jobs.get(index).born == split {
                        return self.end_child(index);
                    }
                    pc = next;
                }
                Op::EndBranch => return self.end_child(index),
                Op::End => return self.complete(index),
                visit => return self.visit(index, pc, visit),
            }
        }
    }

    fn complete(&mut self, index: u32) {
        let job = *self.jobs.get(index);
        let now = self.now_ps;
        self.completed += 1;
        self.bytes_completed += u64::from(job.bytes);
        let source = &mut self.sources[job.source as usize];
        source.under_way -= 1;
        let group = &mut self.groups[source.group as usize];
        let latency = now - job.issued_ps;
        group.completions.add(now, 1);
        group.bytes.add(now, job.bytes.into());
        group.latency_us.add(now, latency / 1_000_000);
        group.series.push(latency as f64);
        if now >= self.window.from_ps {
            let record: &mut DirectionRecord = match source.direction(job.mix) {
                Direction::Read => &mut group.reads,
                Direction::Write => &mut group.writes,
            };
            record.count += 1;
            record.bytes += u64::from(job.bytes);
            record.latency.record_ps(latency);
            let intended_ps = self.jobs.kin(index).intended_ps;
            if intended_ps != job.issued_ps {
                record.intended.record_ps(now.saturating_sub(intended_ps));
            }
        }
        self.fingerprint = (self.fingerprint ^ now ^ job.tie.rotate_left(32))
            .wrapping_mul(0x0000_0100_0000_01B3)
            .rotate_left(17);
        if source.is_closed() {
            let issue = source.after_completion(now, self.jobs.kin(index).lane);
            let (job, kin) = source.job(&issue);
            let key = Key { at_ps: issue.at_ps, tie: job.tie, branch: 0 };
            self.jobs.replace(index, job, kin);
            source.rows.write(issue.number, self.jobs.row_mut(index));
            self.calendar.push(key, index);
        } else {
            self.jobs.remove(index);
        }
    }

    fn finish(mut self, plan: &RunPlan) -> Result<RunRecord, EngineError> {
        let whole = || self.jobs.alive().filter(|j| j.born == NONE && !j.fresh);
        let inside = whole().count() as u64;
        let bytes_inside: u64 = whole().map(|j| u64::from(j.bytes)).sum();
        if self.issued != self.completed + inside
            || self.bytes_issued != self.bytes_completed + bytes_inside
        {
            return Err(EngineError::Conservation {
                issued: self.issued,
                completed: self.completed,
                inside,
            });
        }
        let end = plan.horizon_ps.unwrap_or(self.now_ps);
        let window = self.window;
        let close = |(state, rest): (StationState, StationRest)| rest.close(state, end, window);
        self.hops.sort_by_key(|h| (h.source, h.number, h.arrived_ps, h.branch, h.leave_ps));
        Ok(RunRecord {
            replication: plan.replication,
            window_ps: end.saturating_sub(plan.warm_up_ps).max(1),
            warm_up_ps: plan.warm_up_ps,
            groups: self.groups,
            stations: self.stations.into_iter().zip(self.rests).map(close).collect(),
            issued: self.issued,
            completed: self.completed,
            inside,
            hops: self.hops,
            events: self.events,
            fingerprint: self.fingerprint,
        })
    }
}

/// The stations, each with the rank of its label: wakes of one instant follow it, so that they do
/// not depend on the order of declaration.
fn station_states(net: &Network) -> (Vec<StationState>, Vec<StationRest>) {
    let mut labels: Vec<&str> = net.stations.iter().map(|s| s.label.as_str()).collect();
    labels.sort_unstable();
    let rank = |label: &str| labels.partition_point(|l| *l < label) as u64;
    let both = |s| (StationState::new(), StationRest::new(s, rank(&s.label)));
    net.stations.iter().map(both).unzip()
}

fn new_group() -> GroupRecord {
    GroupRecord {
        reads: DirectionRecord::default(),
        writes: DirectionRecord::default(),
        completions: SecondBins::new(1_000_000_000_000, 4096),
        bytes: SecondBins::new(1_000_000_000_000, 4096),
        latency_us: SecondBins::new(1_000_000_000_000, 4096),
        series: BatchedSeries::new(512, 5),
    }
}
